//! From the values of a record to what the file becomes.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use ims_ledger::{
    Acknowledgement, Balance, Counterparty, IncomingReceipt, Outcome, ScheduleHead, ScheduleLine,
    SettlementHead, SettlementLine, StatementClose, StatementHead, StatementLine,
};
use ims_money::Pence;

use super::{
    Piece, RowScope,
    settled::{Settled, rowless},
};
use crate::{
    Record, STATEMENTS_MAX,
    amounts::clipped,
    layout::{
        Becomes, Layout, Value,
        expr::{Held, Scope},
        part::Part,
    },
    out::Out,
    settle, settlement_csv,
    verdict::Faults,
};

/// Hands on what a file becomes, and knows what is open.
pub(super) struct Neutral<'s> {
    becomes: Option<Becomes>,
    pub(super) out: Out<'s>,
    open: Open,
    /// What was open before, so that rows of one batch stand together.
    seen: HashSet<String>,
    again: bool,
    /// Of a payout that has ended: what its rows do not make.
    doubts: Vec<(u64, String)>,
}

/// What rows belong to.
enum Open {
    Nothing,
    Schedule(ScheduleHead),
    Settlement(Settled),
    Statement { account: String, number: Option<String>, last: Option<NaiveDate> },
}

/// What one record says, by name.
struct Said<'a> {
    part: &'a Part,
    scope: &'a dyn Scope,
}

impl Said<'_> {
    fn held(&self, key: &str) -> Result<Held, String> {
        let given = self.part.gives.iter().find(|(what, _)| what == key);
        match given {
            Some((_, expr)) => expr.eval(self.scope),
            None => self.scope.value(key),
        }
        .map_err(|message| format!("{key}: {message}"))
    }

    fn wrong<T>(key: &str, held: &Held, right: &str) -> Result<T, String> {
        Err(format!("{key}: it is {}; {right} would be right", held.what()))
    }

    fn text(&self, key: &str) -> Result<Option<String>, String> {
        match self.held(key)? {
            Held::Blank => Ok(None),
            Held::Text(text) => Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty())),
            Held::Int(number) => Ok(Some(number.to_string())),
            other @ (Held::Pence(_) | Held::Date(_) | Held::Truth(_)) => {
                Self::wrong(key, &other, "a text")
            }
        }
    }

    fn some_text(&self, key: &str) -> Result<String, String> {
        self.text(key)?.ok_or_else(|| format!("{key}: is empty"))
    }

    fn money(&self, key: &str) -> Result<Option<Pence>, String> {
        match self.held(key)? {
            Held::Blank => Ok(None),
            Held::Pence(pence) => Ok(Some(pence)),
            other @ (Held::Text(_) | Held::Int(_) | Held::Date(_) | Held::Truth(_)) => {
                Self::wrong(key, &other, "money, `as` pounds or pence,")
            }
        }
    }

    fn some_money(&self, key: &str) -> Result<Pence, String> {
        self.money(key)?.ok_or_else(|| format!("{key}: is empty; an amount would be right"))
    }

    fn date(&self, key: &str) -> Result<Option<NaiveDate>, String> {
        match self.held(key)? {
            Held::Blank => Ok(None),
            Held::Date(date) => Ok(Some(date)),
            other @ (Held::Text(_) | Held::Int(_) | Held::Pence(_) | Held::Truth(_)) => {
                Self::wrong(key, &other, "a date, `as` date,")
            }
        }
    }

    fn some_date(&self, key: &str) -> Result<NaiveDate, String> {
        self.date(key)?.ok_or_else(|| format!("{key}: is empty; a date would be right"))
    }

    fn balance(&self, key: &str, date: &str) -> Result<Option<Balance>, String> {
        match (self.money(key)?, self.date(date)?) {
            (None, _) => Ok(None),
            (Some(amount), Some(date)) => Ok(Some(Balance { date, amount: amount.into() })),
            (Some(_), None) => Err(format!("{date}: is empty; the day of the balance is needed")),
        }
    }
}

impl<'s> Neutral<'s> {
    pub(super) fn new(becomes: Option<Becomes>, out: Out<'s>) -> Self {
        Self {
            becomes,
            out,
            open: Open::Nothing,
            seen: HashSet::new(),
            again: true,
            doubts: Vec::new(),
        }
    }

    /// A header came: what follows is opened anew.
    pub(super) fn new_batch(&mut self) {
        self.again = true;
    }

    /// Hands on a row.
    pub(super) fn row(&mut self, part: &Part, scope: &dyn Scope, line: u64) -> Result<(), String> {
        let said = Said { part, scope };
        match self.becomes {
            Some(Becomes::Receipts) => {
                let receipt = receipt(&said, line)?;
                self.out.give(Record::Receipt(receipt));
            }
            Some(Becomes::Schedule) => self.schedule(&said, line)?,
            Some(Becomes::Settlement) => self.settlement(&said, line)?,
            Some(Becomes::Statement) => self.statement(&said, line)?,
            Some(Becomes::Acknowledgement) => {
                let acknowledgement = acknowledgement(&said, line)?;
                self.out.give(Record::Acknowledgement(acknowledgement));
            }
            None => return Err("the layout does not say what it `reads`".to_owned()),
        }
        self.again = false;
        Ok(())
    }

    fn schedule(&mut self, said: &Said<'_>, line: u64) -> Result<(), String> {
        let head = schedule_head(said)?;
        let row = ScheduleLine {
            line,
            reference: said.text("reference")?.unwrap_or_default(),
            name: said.text("name")?,
            amount: said.some_money("amount")?,
            date: said.date("paid_on")?,
            kind: said.text("kind")?,
        };
        let is_open = matches!(&self.open, Open::Schedule(open) if *open == head);
        if !is_open || self.again {
            let key = format!("{} {:?} {:?}", head.sender, head.date, head.reference);
            self.see(key, &head.sender)?;
            self.out.give(Record::ScheduleOpens(head.clone()));
            self.open = Open::Schedule(head);
        }
        self.out.give(Record::ScheduleLine(row));
        Ok(())
    }

    fn settlement(&mut self, said: &Said<'_>, line: u64) -> Result<(), String> {
        let head = SettlementHead {
            provider: said.some_text("provider")?,
            payout: said.text("payout")?,
            date: said.date("payout_date")?,
            currency: match said.text("currency")? {
                Some(code) => settle::currency(&code.to_ascii_uppercase())?,
                None => None,
            },
            paid: said.money("paid")?,
        };
        let gross = said.some_money("gross")?;
        let fee = said.money("fee")?.unwrap_or(Pence::ZERO);
        let made = gross.checked_sub(fee).ok_or("the amount is too large")?;
        let net = said.money("net")?.unwrap_or(made);
        if net != made {
            return Err(format!("net: {net} is not gross {gross} less fee {fee}"));
        }
        let kind = settlement_csv::kind(&said.some_text("kind")?)?;
        settlement_csv::check_sign(kind, gross)?;
        let row = SettlementLine {
            line,
            reference: said.text("reference")?,
            provider_ref: said.text("provider_ref")?.unwrap_or_default(),
            kind,
            date: said.some_date("date")?,
            gross,
            fee,
            net,
        };
        let paid = head.paid;
        let is_open = matches!(&self.open, Open::Settlement(open) if open.is_of(&head));
        if !is_open || self.again {
            let key = format!("{} {:?} {:?}", head.provider, head.payout, head.currency);
            self.see(key, &head.provider)?;
            self.end_payout(None, line.saturating_sub(1));
            self.out.give(Record::SettlementOpens(head.clone()));
            self.open = Open::Settlement(Settled::new(head));
        }
        if let Open::Settlement(open) = &mut self.open {
            open.add(row.net, paid)?;
        }
        self.out.give(Record::SettlementLine(row));
        Ok(())
    }

    /// The open payout ends: its rows may not make what was paid.
    fn end_payout(&mut self, later: Option<Pence>, line: u64) {
        if let Open::Settlement(open) = &self.open {
            self.doubts.extend(open.doubt(later).map(|doubt| (line, doubt)));
            self.open = Open::Nothing;
        }
    }

    fn statement(&mut self, said: &Said<'_>, line: u64) -> Result<(), String> {
        let booked = said.some_date("booked")?;
        let row = statement_line(said, line, booked)?;
        let (account, number) = (said.some_text("account")?, said.text("number")?);
        let is_open = matches!(&self.open, Open::Statement { account: open, number: held, .. }
            if *open == account && *held == number);
        if !is_open || self.again {
            let head = StatementHead {
                account: account.clone(),
                sort_code: said.text("sort_code")?,
                currency: said.text("currency")?.unwrap_or_else(|| "GBP".to_owned()),
                number: number.clone(),
                id: None,
                page: None,
                continues: false,
                from: None,
                to: None,
                opening: said.balance("opening", "opening_date")?,
                interim: false,
            };
            self.see(format!("{account} {number:?}"), &account)?;
            self.out.open(head);
        }
        self.open = Open::Statement { account, number, last: Some(booked) };
        self.out.line(row);
        Ok(())
    }

    /// Refuses what was opened before: its rows should stand together.
    fn see(&mut self, key: String, name: &str) -> Result<(), String> {
        if !self.seen.insert(key) {
            return Err(format!(
                "rows of `{}` stand further up; keep those of one together",
                clipped(name)
            ));
        }
        if u64::try_from(self.seen.len()).is_ok_and(|count| count > STATEMENTS_MAX) {
            return Err(format!("more than {STATEMENTS_MAX} in one file; split it"));
        }
        if let Open::Statement { .. } = self.open {
            self.out.close(StatementClose::default(), 0, &mut Faults::default());
        }
        Ok(())
    }

    /// A trailer, a new header or the end of the file: a statement closes.
    pub(super) fn end_batch(
        &mut self,
        memory: &HashMap<String, Value>,
        line: u64,
        faults: &mut Faults,
    ) {
        if self.becomes == Some(Becomes::Settlement) {
            self.end_payouts(memory, line, faults);
        }
        let Open::Statement { last, .. } = &self.open else { return };
        let money = |key: &str| match memory.get(key) {
            Some(Value::Pence(pence)) => Some(*pence),
            Some(Value::Text(_) | Value::Date(_) | Value::Int(_)) | None => None,
        };
        let date = |key: &str| match memory.get(key) {
            Some(Value::Date(date)) => Some(*date),
            Some(Value::Text(_) | Value::Pence(_) | Value::Int(_)) | None => *last,
        };
        let balance = |amount: &str, day: &str| {
            let (amount, date) = (money(amount)?, date(day)?);
            Some(Balance { date, amount: amount.into() })
        };
        let close = StatementClose {
            opening: balance("opening", "opening_date"),
            closing: balance("closing", "closing_date"),
            page: None,
            continued: false,
        };
        self.out.close(close, line, faults);
        self.open = Open::Nothing;
    }

    /// What the payouts of a batch do not come to, as far as it says what was paid.
    fn end_payouts(&mut self, memory: &HashMap<String, Value>, line: u64, faults: &mut Faults) {
        let paid = match memory.get("paid") {
            Some(Value::Pence(paid)) => Some(*paid),
            Some(Value::Text(_) | Value::Date(_) | Value::Int(_)) | None => None,
        };
        let payout = match memory.get("payout") {
            Some(Value::Text(payout)) => Some(payout.as_str()),
            Some(Value::Pence(_) | Value::Date(_) | Value::Int(_)) | None => None,
        };
        if self.again {
            let doubt = paid.and_then(|paid| rowless(payout, paid));
            self.doubts.extend(doubt.map(|doubt| (line, doubt)));
        }
        self.end_payout(paid, line);
        for (line, doubt) in self.doubts.drain(..) {
            faults.warning(line, doubt);
        }
    }

    /// A file without rows still opens what it is, where it says whose it is.
    pub(super) fn nothing_opened(&mut self, layout: &Layout, memory: &HashMap<String, Value>) {
        let (true, Some(Becomes::Schedule)) = (self.out.count() == 0, self.becomes) else {
            return;
        };
        let Some(part) = layout.details().next() else { return };
        let (piece, values) = (Piece::Line(""), vec![None; part.fields.len()]);
        let scope = RowScope::new(layout, part, &values, &piece, memory);
        if let Ok(head) = schedule_head(&Said { part, scope: &scope }) {
            self.out.give(Record::ScheduleOpens(head));
        }
    }
}

fn schedule_head(said: &Said<'_>) -> Result<ScheduleHead, String> {
    Ok(ScheduleHead {
        sender: said.some_text("sender")?,
        date: said.date("date")?,
        reference: said.text("credit_reference")?,
    })
}

fn receipt(said: &Said<'_>, line: u64) -> Result<IncomingReceipt, String> {
    Ok(IncomingReceipt {
        line,
        date: said.some_date("date")?,
        amount: said.some_money("amount")?,
        reference: said.text("reference")?.unwrap_or_default(),
        fund: said.text("fund")?,
        method: said.text("method")?,
        office: said.text("office")?,
        vat_code: said.text("vat_code")?,
        vat: said.money("vat")?,
        narrative: said.text("narrative")?,
        source_ref: said.text("source_ref")?,
        batch: said.text("batch")?,
    })
}

fn statement_line(said: &Said<'_>, line: u64, booked: NaiveDate) -> Result<StatementLine, String> {
    let counterparty = Counterparty {
        name: said.text("name")?,
        sort_code: said.text("their_sort_code")?,
        account: said.text("their_account")?,
        iban: said.text("their_iban")?,
    };
    Ok(StatementLine {
        line,
        booked,
        value: said.date("value")?,
        amount: said.some_money("amount")?.into(),
        currency: None,
        code: said.text("code")?,
        reference: said.text("reference")?,
        bank_reference: said.text("bank_reference")?,
        narrative: said.text("narrative")?.unwrap_or_default(),
        counterparty: (counterparty != Counterparty::default()).then_some(counterparty),
        status: said.text("status")?,
        returned: None,
        parts: Vec::new(),
    })
}

fn acknowledgement(said: &Said<'_>, line: u64) -> Result<Acknowledgement, String> {
    let outcome = match said.some_text("outcome")?.to_ascii_lowercase().as_str() {
        "accepted" => Outcome::Accepted,
        "rejected" => Outcome::Rejected,
        other => {
            return Err(format!(
                "outcome: `{}` is neither accepted nor rejected; lookup(…) would make it one",
                clipped(other)
            ));
        }
    };
    let export = match said.held("export")? {
        Held::Blank => None,
        Held::Int(number) => u64::try_from(number).ok(),
        Held::Text(text) => {
            let wrong = || format!("export: `{}` is not the number of an export", clipped(&text));
            Some(text.trim().parse().map_err(|_| wrong())?)
        }
        other @ (Held::Pence(_) | Held::Date(_) | Held::Truth(_)) => {
            return Said::wrong("export", &other, "a number");
        }
    };
    Ok(Acknowledgement {
        line,
        export,
        their_reference: said.text("their_reference")?,
        reference: said.some_text("reference")?,
        outcome,
        message: said.text("message")?,
        amount: said.money("amount")?,
    })
}
