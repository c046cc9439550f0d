use chrono::NaiveDate;
use ims_ledger::{SettlementKind, SettlementLine};
use ims_money::Pence;

use super::super::{
    book::{self, Book, Key},
    signs::{as_fee, by_sign, less, minor, minus},
};
use crate::{
    amounts::clipped,
    dates,
    rows::{Header, Row},
    verdict::Faults,
};

/// Where in the report we are.
#[derive(Default)]
pub(super) struct Reading {
    version: Option<String>,
    account: String,
    until: Option<NaiveDate>,
    section: u64,
    columns: Option<Columns>,
    /// Body rows of the section, of the report.
    rows: u64,
    all_rows: u64,
    ended: bool,
    begun: bool,
    /// Whether sums or a count stand behind the last row of money.
    summed: bool,
}

struct Columns {
    id: usize,
    invoice: Option<usize>,
    related: Option<usize>,
    custom: Option<usize>,
    code: usize,
    began: usize,
    done: Option<usize>,
    sign: usize,
    gross: usize,
    currency: usize,
    fee_sign: Option<usize>,
    fee: Option<usize>,
    status: Option<usize>,
    bank: Option<usize>,
}

impl Columns {
    fn of(row: &Row) -> Option<Self> {
        let header = Header::of(row);
        let at = |name: &str| header.column(&[name]);
        Some(Self {
            id: at("transactionid")?,
            invoice: at("invoiceid"),
            related: at("paypalreferenceid"),
            custom: at("customfield"),
            code: at("transactioneventcode")?,
            began: at("transactioninitiationdate")?,
            done: at("transactioncompletiondate"),
            sign: at("transactiondebitorcredit")?,
            gross: at("grosstransactionamount")?,
            currency: at("grosstransactioncurrency")?,
            fee_sign: at("feedebitorcredit"),
            fee: at("feeamount"),
            status: at("transactionalstatus"),
            bank: at("bankreferenceid"),
        })
    }
}

/// PayPal's codes of events, by their group.
enum Event {
    Line(SettlementKind),
    /// Money sent to the bank.
    Withdrawal,
}

fn event(code: &str) -> Result<Event, String> {
    let is_code = code.len() == 5
        && code.starts_with('T')
        && code.bytes().skip(1).all(|byte| byte.is_ascii_digit());
    if !is_code {
        let code = clipped(code);
        return Err(format!("transaction event code: `{code}` is none; T0006 would be one"));
    }
    let kind = match code {
        "T1106" | "T1110" | "T1111" | "T1114" | "T1115" | "T1116" | "T1117" => {
            SettlementKind::Dispute
        }
        "T1108" | "T1109" => SettlementKind::Fee,
        _ => match code.get(..3).unwrap_or_default() {
            "T00" => SettlementKind::Payment,
            "T01" => SettlementKind::Fee,
            "T04" => return Ok(Event::Withdrawal),
            "T11" => SettlementKind::Refund,
            "T12" => SettlementKind::Dispute,
            _ => SettlementKind::Adjustment,
        },
    };
    Ok(Event::Line(kind))
}

fn signed(name: &str, text: &str, sign: &str, currency: &str) -> Result<Pence, String> {
    if text.is_empty() {
        return Ok(Pence::ZERO);
    }
    let amount = minor(name, text, currency)?;
    match sign {
        "CR" if !amount.is_negative() => Ok(amount),
        "DR" if !amount.is_negative() => less(amount),
        "" if amount.is_zero() => Ok(amount),
        _ => Err(format!("{name}: {amount} is neither CR nor DR, but `{}`", clipped(sign))),
    }
}

impl Reading {
    pub(super) fn version(&self) -> Option<String> {
        self.version.clone()
    }

    pub(super) fn take(&mut self, row: &Row, book: &mut Book<'_>) -> Result<(), String> {
        match row.get(0) {
            "RH" => {
                self.begun = true;
                self.account = row.get(3).to_owned();
                self.version = Some(row.get(4).to_owned()).filter(|text| !text.is_empty());
                Ok(())
            }
            "FH" | "FF" => Ok(()),
            "SH" => {
                self.section += 1;
                self.rows = 0;
                self.until = slashed(row.get(2));
                if !row.get(3).is_empty() {
                    self.account = row.get(3).to_owned();
                }
                Ok(())
            }
            "CH" => {
                self.columns = Columns::of(row);
                match self.columns {
                    Some(_) => Ok(()),
                    None => Err("the columns lack one of Transaction ID, Transaction Event Code, Transaction Initiation Date, Transaction Debit or Credit, Gross Transaction Amount and Gross Transaction Currency".to_owned()),
                }
            }
            "SB" => {
                self.summed = false;
                self.rows += 1;
                self.all_rows += 1;
                self.body(row, book)
            }
            "SF" | "RF" => {
                self.summed = true;
                Ok(())
            }
            "SC" => {
                self.summed = true;
                self.count("section", row.get(1), self.rows)
            }
            "RC" => {
                self.ended = true;
                self.count("report", row.get(1), self.all_rows)
            }
            other => Err(format!(
                "the row begins with `{}`; RH, FH, SH, CH, SB, SF, SC, RF, RC or FF would be right",
                clipped(other)
            )),
        }
    }

    fn count(&self, what: &str, stated: &str, rows: u64) -> Result<(), String> {
        if stated.parse() == Ok(rows) {
            return Ok(());
        }
        Err(format!("the {what} says it has {} rows, but there are {rows}", clipped(stated)))
    }

    fn body(&self, row: &Row, book: &mut Book<'_>) -> Result<(), String> {
        let Some(columns) = &self.columns else {
            return Err("a row of money before the columns (CH) are named".to_owned());
        };
        let given = |column: Option<usize>| column.map_or("", |column| row.get(column));
        let status = given(columns.status);
        if !["", "S"].contains(&status) {
            book.pass(row.line, &format!("status {status}"));
            return Ok(());
        }
        let event = event(row.get(columns.code))?;
        let currency = row.get(columns.currency).to_ascii_uppercase();
        let sign = row.get(columns.sign);
        let gross = signed("gross amount", row.get(columns.gross), sign, &currency)?;
        let charged = signed("fee", given(columns.fee), given(columns.fee_sign), &currency)?;
        let fee = less(charged)?;
        let net = minus(gross, fee)?;
        let began = row.get(columns.began);
        let date = slashed(began).or_else(|| slashed(given(columns.done))).ok_or_else(|| {
            format!(
                "transaction date: `{}` is not a date; 2026/04/01 09:00:00 +0100 would be",
                clipped(began)
            )
        })?;
        let key =
            Key { part: format!("{} {}", self.account, self.section), currency, ..Key::default() };
        if let Some(until) = self.until {
            book.dated(key.clone(), until)?;
        }
        let id = row.get(columns.id);
        let kind = match event {
            Event::Withdrawal => {
                // The bank line quotes it; what it takes may have come in earlier days.
                let name = [given(columns.bank), id].into_iter().find(|text| !text.is_empty());
                book.renamed(key.clone(), name.unwrap_or("withdrawal"))?;
                book.paid(key, row.line, less(net)?, Some(date))?;
                return Ok(());
            }
            Event::Line(kind) => by_sign(kind, gross),
        };
        let ours = [given(columns.invoice), given(columns.custom)];
        let theirs = [id, given(columns.related)];
        let first =
            |texts: [&str; 2]| texts.into_iter().find(|text| !text.is_empty()).map(str::to_owned);
        let line = SettlementLine {
            reference: first(ours),
            provider_ref: first(theirs).unwrap_or_default(),
            ..book::line(row.line, kind, date)
        };
        let line = match kind {
            SettlementKind::Fee => as_fee(line, net)?,
            SettlementKind::Payment
            | SettlementKind::Refund
            | SettlementKind::Dispute
            | SettlementKind::Adjustment => SettlementLine { gross, fee, net, ..line },
        };
        book.line(key, line)?;
        Ok(())
    }

    pub(super) fn finish(&self, faults: &mut Faults) {
        if !self.begun && self.section == 0 {
            faults.error(None, "the report begins neither with RH nor with SH");
        } else if self.begun && !self.ended {
            faults.error(None, "the report's closing count (RC) is missing; it was cut off");
        } else if !self.begun && !self.ended && !self.summed {
            faults.error(
                None,
                "neither sums (SF) nor a count (SC) stand behind the section's rows; it was cut off",
            );
        } else if !self.begun {
            faults.warning(
                None,
                "the report's head (RH) is missing, so whether all of it is here is not checked; ask for the whole report",
            );
        }
    }
}

/// `2026/04/01 09:00:00 +0100`.
fn slashed(text: &str) -> Option<NaiveDate> {
    dates::iso(&text.get(..10)?.replace('/', "-"))
}
