use chrono::NaiveDate;
use ims_ledger::{Counterparty, StatementLine};

use super::value;
use crate::{
    accounts,
    amounts::{clipped, currency_decimals},
    verdict::Faults,
};

/// A `STMTTRN` while it is read: its elements as they are written.
#[derive(Debug, Default)]
pub(super) struct Entry {
    line: u64,
    /// A `STMTTRNP`: the bank has not booked it yet.
    pending: bool,
    kind: String,
    posted: String,
    value: String,
    amount: String,
    id: String,
    cheque: String,
    reference: String,
    currency: String,
    name: String,
    memo: String,
    corrects: bool,
    to_bank: String,
    to_account: String,
}

impl Entry {
    pub(super) fn begun(line: u64, pending: bool) -> Self {
        Self { line, pending, ..Self::default() }
    }

    /// What the bank names it by, and its line.
    pub(super) fn named(&self) -> (&str, u64) {
        (&self.id, self.line)
    }

    pub(super) fn take(&mut self, name: &str, text: &str) {
        let field = match name {
            "TRNTYPE" => &mut self.kind,
            "DTPOSTED" | "DTTRAN" => &mut self.posted,
            "DTAVAIL" => &mut self.value,
            "TRNAMT" => &mut self.amount,
            "FITID" => &mut self.id,
            "CHECKNUM" => &mut self.cheque,
            "REFNUM" => &mut self.reference,
            "CURSYM" => &mut self.currency,
            "NAME" | "PAYEE" => &mut self.name,
            "MEMO" | "MEMO2" | "EXTDNAME" => {
                if !self.memo.is_empty() {
                    self.memo.push(' ');
                }
                self.memo.push_str(text);
                return;
            }
            "CORRECTFITID" => {
                self.corrects = true;
                return;
            }
            _ => return,
        };
        text.clone_into(field);
    }

    /// Takes what names the account of the other side.
    pub(super) fn take_to(&mut self, name: &str, text: &str) {
        match name {
            "BANKID" => text.clone_into(&mut self.to_bank),
            "ACCTID" => text.clone_into(&mut self.to_account),
            _ => {}
        }
    }

    /// The line of the statement, or `None` where it cannot be one.
    pub(super) fn line(
        self,
        currency: &str,
        fallback: Option<NaiveDate>,
        faults: &mut Faults,
    ) -> Option<StatementLine> {
        let own = Some(self.currency.as_str()).filter(|own| !own.is_empty() && *own != currency);
        let decimals = currency_decimals(own.unwrap_or(currency));
        let amount = match value::amount(&self.amount, decimals) {
            Ok(amount) => amount,
            Err(message) => {
                faults.error(self.line, format!("TRNAMT: {message}"));
                return None;
            }
        };
        let booked = match value::date(&self.posted) {
            Ok(date) => {
                if value::has_six_digits(&self.posted) {
                    let posted = clipped(&self.posted);
                    faults.warning(self.line, format!("DTPOSTED: `{posted}` is taken for {date}"));
                }
                date
            }
            Err(message) => {
                let Some(date) = fallback else {
                    faults.error(self.line, format!("DTPOSTED: {message}"));
                    return None;
                };
                faults.error(
                    self.line,
                    format!("DTPOSTED: {message}; the statement's own day, {date}, is shown"),
                );
                date
            }
        };
        self.warn(amount.is_negative(), amount.is_zero(), faults);
        Some(StatementLine {
            line: self.line,
            booked,
            value: value::date(&self.value).ok(),
            amount,
            currency: own.map(str::to_owned),
            code: given(&self.kind),
            reference: given(&self.reference).or_else(|| given(&self.cheque)),
            bank_reference: given(&self.id),
            counterparty: self.counterparty(currency),
            narrative: narrative(&self.name, &self.memo),
            status: self.pending.then(|| "PDNG".to_owned()),
            ..StatementLine::default()
        })
    }

    fn warn(&self, is_negative: bool, is_zero: bool, faults: &mut Faults) {
        let odd = match self.kind.as_str() {
            "CREDIT" | "DEP" | "DIRECTDEP" => is_negative,
            "DEBIT" | "DIRECTDEBIT" | "CHECK" => !is_negative && !is_zero,
            _ => false,
        };
        if odd {
            faults.warning(
                self.line,
                format!(
                    "type {} with an amount of {}; the sign of the amount is believed",
                    clipped(&self.kind),
                    clipped(&self.amount)
                ),
            );
        }
        if self.corrects {
            faults.warning(
                self.line,
                "the line corrects or deletes an earlier one (CORRECTFITID); undo that one",
            );
        }
    }

    fn counterparty(&self, currency: &str) -> Option<Counterparty> {
        if self.name.is_empty() && self.to_account.is_empty() {
            return None;
        }
        let (sort_code, account) = accounts::split(&self.to_account, currency);
        let sort_code = sort_code.or_else(|| accounts::sort_code(&self.to_bank));
        Some(Counterparty {
            name: given(&self.name),
            account: given(&account),
            sort_code,
            ..Counterparty::default()
        })
    }
}

/// The name and the memo; one of them where the other repeats it.
fn narrative(name: &str, memo: &str) -> String {
    if memo.starts_with(name) {
        return memo.to_owned();
    }
    if memo.is_empty() || name.starts_with(memo) {
        return name.to_owned();
    }
    format!("{name} {memo}")
}

fn given(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
