use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
};

use chrono::NaiveDate;
use ims_ledger::{Balance, StatementClose, StatementHead};

use super::{entry::Entry, value};
use crate::{
    accounts,
    amounts::{CURRENCY_UNSTATED, clipped, currency_decimals},
    out::Out,
    verdict::Faults,
};

/// How many names of transactions are remembered, to tell one that comes again.
const NAMES_MAX: usize = 200_000;

/// A `STMTRS`, `CCSTMTRS` or `INVSTMTRS` while it is read.
#[derive(Debug, Default)]
pub(super) struct Statement {
    line: u64,
    currency: Option<String>,
    bank: String,
    account: Option<String>,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    /// The day the bank wrote it.
    pub(super) written: Option<NaiveDate>,
    balance: String,
    balance_date: String,
    balance_line: u64,
    /// The currency, once the head has gone out.
    opened: Option<String>,
    /// The transactions by their `FITID`, each with its line.
    named: HashMap<u64, u64>,
}

impl Statement {
    pub(super) fn begun(line: u64, written: Option<NaiveDate>) -> Self {
        Self { line, written, ..Self::default() }
    }

    pub(super) fn take(&mut self, name: &str, text: &str) {
        match name {
            "CURDEF" => self.currency = Some(text.to_ascii_uppercase()),
            "DTSTART" => self.from = value::date(text).ok(),
            "DTEND" => self.to = value::date(text).ok(),
            _ => {}
        }
    }

    /// Takes what names its own account.
    pub(super) fn take_account(&mut self, name: &str, text: &str) {
        match name {
            "BANKID" => text.clone_into(&mut self.bank),
            "ACCTID" => self.account = Some(text.to_owned()),
            _ => {}
        }
    }

    pub(super) fn take_balance(&mut self, name: &str, text: &str, line: u64) {
        match name {
            "BALAMT" => {
                text.clone_into(&mut self.balance);
                self.balance_line = line;
            }
            "DTASOF" => text.clone_into(&mut self.balance_date),
            _ => {}
        }
    }

    pub(super) fn entry(&mut self, entry: Entry, out: &mut Out<'_>, faults: &mut Faults) {
        let fallback = self.to.or(self.written);
        let currency = self.open(out, faults);
        self.warn_again(&entry, faults);
        if let Some(line) = entry.line(&currency, fallback, faults) {
            out.line(line);
        }
    }

    /// Banks repeat a `FITID`, so it proves nothing; but a person may look.
    fn warn_again(&mut self, entry: &Entry, faults: &mut Faults) {
        let (name, line) = entry.named();
        if name.is_empty() {
            return;
        }
        let mut hasher = DefaultHasher::new();
        name.hash(&mut hasher);
        let key = hasher.finish();
        if let Some(before) = self.named.get(&key) {
            let name = clipped(name);
            faults.warning(
                line,
                format!("FITID `{name}` is that of line {before} too; look whether it is one transaction twice"),
            );
        } else if self.named.len() < NAMES_MAX {
            self.named.insert(key, line);
        }
    }

    /// Hands on its head, once. Its currency.
    fn open(&mut self, out: &mut Out<'_>, faults: &mut Faults) -> String {
        if let Some(currency) = &self.opened {
            return currency.clone();
        }
        let currency = self.currency.clone().unwrap_or_else(|| {
            faults.error(self.line, "the statement does not say its currency; CURDEF does");
            CURRENCY_UNSTATED.to_owned()
        });
        let number = self.account.clone().unwrap_or_default();
        if number.is_empty() {
            faults.error(self.line, "the account is not stated; BANKACCTFROM with ACCTID does");
        }
        let (sort_code, account) = accounts::split(&number, &currency);
        let of_bank = || accounts::sort_code(&self.bank).filter(|_| currency == "GBP");
        out.open(StatementHead {
            account,
            sort_code: sort_code.or_else(of_bank),
            currency: currency.clone(),
            from: self.from,
            to: self.to,
            ..StatementHead::default()
        });
        self.opened = Some(currency.clone());
        currency
    }

    fn closing(&self, currency: &str, faults: &mut Faults) -> Option<Balance> {
        if self.balance.is_empty() {
            return None;
        }
        let amount = value::amount(&self.balance, currency_decimals(currency));
        let date = value::date(&self.balance_date).ok().or(self.to).or(self.written);
        match (amount, date) {
            (Ok(amount), Some(date)) => Some(Balance { date, amount }),
            (Err(message), _) => {
                faults.error(self.balance_line, format!("LEDGERBAL: {message}"));
                None
            }
            (Ok(_), None) => {
                faults.error(self.balance_line, "LEDGERBAL has no date; DTASOF would say it");
                None
            }
        }
    }

    pub(super) fn end(mut self, line: u64, out: &mut Out<'_>, faults: &mut Faults) {
        let currency = self.open(out, faults);
        let closing = self.closing(&currency, faults);
        out.close(StatementClose { closing, ..StatementClose::default() }, line, faults);
    }
}
