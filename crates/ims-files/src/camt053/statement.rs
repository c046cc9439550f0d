use chrono::NaiveDate;
use ims_ledger::{Balance, StatementClose, StatementHead};

use super::{
    entry::Entry,
    money::{Currency, Money, Side},
    paths::{BalanceLeaf, StatementLeaf},
};
use crate::{
    accounts,
    amounts::{CURRENCY_UNSTATED, clipped},
    dates,
    out::Out,
    verdict::Faults,
};

/// A statement, report or notification while it is read.
#[derive(Debug)]
pub(super) struct Statement {
    line: u64,
    interim: bool,
    /// A report or a notification, whose entries need no day of their own.
    notice: bool,
    id: Option<String>,
    number: Option<String>,
    created: Option<NaiveDate>,
    iban: Option<String>,
    other: Option<String>,
    currency: Option<String>,
    /// What the bank that keeps the account is called among others.
    bank: Option<String>,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    page: Option<u32>,
    /// `LastPgInd` is false.
    continued: bool,
    booked_opening: Option<Balance>,
    previous_closing: Option<Balance>,
    closing: Option<Balance>,
    balance: Draft,
    /// What was told to whoever takes the lines.
    opened: Option<Opened>,
}

#[derive(Debug)]
struct Opened {
    currency: String,
    opening: Option<Balance>,
}

/// A balance while it is read.
#[derive(Debug, Default)]
struct Draft {
    line: u64,
    kind: String,
    money: Option<Money>,
    side: Option<Side>,
    date: Option<NaiveDate>,
    wrong: Option<String>,
}

impl Statement {
    /// Of the message of this name: `camt.053`.
    pub(super) fn begun(line: u64, message: &str) -> Self {
        Self {
            line,
            interim: message == "camt.052",
            notice: message != "camt.053",
            id: None,
            number: None,
            created: None,
            iban: None,
            other: None,
            currency: None,
            bank: None,
            from: None,
            to: None,
            page: None,
            continued: false,
            booked_opening: None,
            previous_closing: None,
            closing: None,
            balance: Draft::default(),
            opened: None,
        }
    }

    pub(super) fn begin_balance(&mut self, line: u64) {
        self.balance = Draft { line, ..Draft::default() };
    }

    pub(super) fn take(&mut self, leaf: StatementLeaf, text: &str) {
        let word = || Some(text.trim().to_owned());
        match leaf {
            StatementLeaf::Id => self.id = word(),
            StatementLeaf::ElectronicNumber => self.number = word(),
            StatementLeaf::LegalNumber => self.number = self.number.take().or_else(word),
            StatementLeaf::Created => self.created = dates::iso_in_london(text.trim()),
            StatementLeaf::AccountIban => self.iban = word(),
            StatementLeaf::AccountOther => self.other = word(),
            StatementLeaf::AccountCurrency => self.currency = word(),
            StatementLeaf::AccountSortCode => self.bank = word(),
            StatementLeaf::From => self.from = dates::iso(text.trim()),
            StatementLeaf::To => self.to = dates::iso(text.trim()),
            StatementLeaf::Page => self.page = text.trim().parse().ok(),
            StatementLeaf::LastPage => self.continued = matches!(text.trim(), "false" | "0"),
        }
    }

    pub(super) fn take_balance(
        &mut self,
        leaf: BalanceLeaf,
        text: &str,
        currency: Option<Currency>,
    ) {
        if let Err(message) = self.balance.set(leaf, text, currency) {
            self.balance.wrong.get_or_insert(message);
        }
    }

    pub(super) fn end_balance(&mut self, faults: &mut Faults) {
        let draft = std::mem::take(&mut self.balance);
        let keeps = matches!(draft.kind.as_str(), "OPBD" | "PRCD" | "CLBD");
        if !keeps {
            return;
        }
        let (Some(money), Some(side), None) = (draft.money, draft.side, &draft.wrong) else {
            let message = draft.wrong.unwrap_or_else(|| "it has no Amt or no CdtDbtInd".to_owned());
            faults.error(draft.line, format!("balance {}: {message}", draft.kind));
            return;
        };
        let Some(date) = draft.date.or(self.created) else {
            faults.error(draft.line, format!("balance {} has no date", draft.kind));
            return;
        };
        if draft.date.is_none() {
            faults.warning(
                draft.line,
                format!("balance {} has no date; that of the statement is shown", draft.kind),
            );
        }
        if !money.currency.is_blank() && self.currency.is_none() {
            self.currency = Some(money.currency.as_str().to_owned());
        }
        let balance = Balance { date, amount: side.signed(money.amount) };
        // Of several pages or days, the first opens and the last closes.
        let earlier =
            |held: Option<Balance>| held.filter(|held| held.date <= date).or(Some(balance));
        match draft.kind.as_str() {
            "OPBD" => self.booked_opening = earlier(self.booked_opening),
            "PRCD" => self.previous_closing = earlier(self.previous_closing),
            _ => self.closing = self.closing.filter(|held| held.date > date).or(Some(balance)),
        }
    }

    fn opening(&self) -> Option<Balance> {
        self.booked_opening.or(self.previous_closing)
    }

    pub(super) fn entry(&mut self, entry: &Entry, out: &mut Out<'_>, faults: &mut Faults) {
        if self.currency.is_none() {
            self.currency = entry.currency().map(str::to_owned);
        }
        self.open(out, faults);
        let currency = self.opened.as_ref().map_or("", |opened| opened.currency.as_str());
        if let Some(line) = entry.line(currency, self.created, self.notice, faults) {
            out.line(line);
        }
    }

    fn open(&mut self, out: &mut Out<'_>, faults: &mut Faults) {
        if self.opened.is_some() {
            return;
        }
        let currency = self.currency.clone().unwrap_or_else(|| {
            faults.warning(self.line, "the statement does not say its currency");
            CURRENCY_UNSTATED.to_owned()
        });
        let (sort_code, account) = match (&self.iban, &self.other) {
            (Some(iban), _) => (None, iban.clone()),
            (None, Some(other)) => {
                let (of_account, account) = accounts::split(other, &currency);
                let of_bank = || accounts::sort_code(self.bank.as_deref()?);
                (of_account.or_else(|| of_bank().filter(|_| currency == "GBP")), account)
            }
            (None, None) => {
                faults.error(self.line, "the account is not stated; Acct/Id does");
                (None, String::new())
            }
        };
        let opening = self.opening();
        out.open(StatementHead {
            account,
            sort_code,
            currency: currency.clone(),
            number: self.number.clone().or_else(|| self.id.clone()).filter(|text| !text.is_empty()),
            opening,
            interim: self.interim,
            id: self.id.clone().filter(|text| !text.is_empty()),
            page: self.page,
            continues: self.page.is_some_and(|page| page > 1),
            from: self.from,
            to: self.to,
        });
        self.opened = Some(Opened { currency, opening });
    }

    pub(super) fn end(mut self, line: u64, out: &mut Out<'_>, faults: &mut Faults) {
        self.open(out, faults);
        // A balance that stands behind the entries.
        let opening = self.opening();
        let told = self.opened.and_then(|opened| opened.opening);
        let opening = opening.filter(|_| opening != told);
        out.close(
            StatementClose {
                opening,
                closing: self.closing,
                page: self.page,
                continued: self.continued,
            },
            line,
            faults,
        );
    }
}

impl Draft {
    fn set(
        &mut self,
        leaf: BalanceLeaf,
        text: &str,
        currency: Option<Currency>,
    ) -> Result<(), String> {
        match leaf {
            BalanceLeaf::Kind => text.trim().clone_into(&mut self.kind),
            BalanceLeaf::Amount => self.money = Some(Money::read(text, currency)?),
            BalanceLeaf::Side => self.side = Some(Side::read(text)?),
            BalanceLeaf::Date => {
                let date = dates::iso_in_london(text.trim());
                let wrong = || format!("`{}` is not a date", clipped(text.trim()));
                self.date = Some(date.ok_or_else(wrong)?);
            }
        }
        Ok(())
    }
}
