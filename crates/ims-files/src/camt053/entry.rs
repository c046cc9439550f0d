use chrono::NaiveDate;
use ims_ledger::{Counterparty, StatementLine};
use ims_money::Amount;

use super::paths::{DetailLeaf, EntryLeaf};
use crate::{
    PARTS_MAX, RECORD_BYTES_MAX, accounts,
    amounts::{clipped, currency_decimals, decimal},
    dates,
    verdict::Faults,
};

/// An amount with the currency that it is in.
#[derive(Clone, Debug)]
pub(super) struct Money {
    pub(super) amount: Amount,
    pub(super) currency: String,
}

impl Money {
    pub(super) fn read(text: &str, currency: &str) -> Result<Self, String> {
        let text = text.trim();
        let amount = decimal(text, currency_decimals(currency))
            .ok_or_else(|| format!("`{}` is not an amount; 1234.50 would be", clipped(text)))?;
        Ok(Self { amount, currency: currency.to_owned() })
    }
}

/// Which way money goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Credit,
    Debit,
}

impl Side {
    pub(super) fn read(text: &str) -> Result<Self, String> {
        match text.trim() {
            "CRDT" => Ok(Self::Credit),
            "DBIT" => Ok(Self::Debit),
            other => Err(format!("`{}` is neither CRDT nor DBIT", clipped(other))),
        }
    }

    pub(super) fn signed(self, amount: Amount) -> Amount {
        match self {
            Self::Credit => amount,
            Self::Debit => amount.negated(),
        }
    }
}

/// An entry while it is read.
#[derive(Debug, Default)]
pub(super) struct Entry {
    line: u64,
    currency: String,
    money: Option<Money>,
    side: Option<Side>,
    reversal: bool,
    status: Option<String>,
    booked: Option<NaiveDate>,
    value: Option<NaiveDate>,
    bank_reference: Option<String>,
    domain: Option<String>,
    family: Option<String>,
    sub_family: Option<String>,
    bank_code: Option<String>,
    text: String,
    details: Vec<Details>,
    details_left_out: bool,
    /// What is wrong with it, told once, when it ends.
    wrong: Option<String>,
}

/// One payment of an entry.
#[derive(Debug, Default)]
pub(super) struct Details {
    end_to_end: Option<String>,
    bank_reference: Option<String>,
    /// Its own amount, else that of the transaction, else the instructed one.
    own: Option<Money>,
    transaction: Option<Money>,
    instructed: Option<Money>,
    side: Option<Side>,
    debtor: Counterparty,
    creditor: Counterparty,
    remittance: String,
    creditor_reference: Option<String>,
    text: String,
}

impl Entry {
    pub(super) fn begun(line: u64) -> Self {
        Self { line, ..Self::default() }
    }

    pub(super) fn begin_details(&mut self) {
        if self.details.len() >= PARTS_MAX {
            self.details_left_out = true;
            self.details.pop();
        }
        self.details.push(Details::default());
    }

    /// Takes the text of an element; `currency` is its `Ccy`.
    pub(super) fn take(&mut self, leaf: EntryLeaf, text: &str, currency: &str) {
        if let Err(message) = self.set(leaf, text, currency) {
            self.wrong.get_or_insert(message);
        }
    }

    /// As [`take`](Self::take), of the payment that is being read.
    pub(super) fn take_detail(&mut self, leaf: DetailLeaf, text: &str, currency: &str) {
        let set = self.details.last_mut().map(|details| details.set(leaf, text, currency));
        if let Some(Err(message)) = set {
            self.wrong.get_or_insert(message);
        }
    }

    fn set(&mut self, leaf: EntryLeaf, text: &str, currency: &str) -> Result<(), String> {
        let word = || Some(text.trim().to_owned());
        match leaf {
            EntryLeaf::Amount => {
                currency.clone_into(&mut self.currency);
                self.money = Some(Money::read(text, currency)?);
            }
            EntryLeaf::Side => self.side = Some(Side::read(text)?),
            EntryLeaf::Reversal => self.reversal = matches!(text.trim(), "true" | "1"),
            EntryLeaf::Status => self.status = word(),
            EntryLeaf::Booked => self.booked = Some(day(text)?),
            EntryLeaf::Value => self.value = Some(day(text)?),
            EntryLeaf::BankReference => self.bank_reference = word(),
            EntryLeaf::Domain => self.domain = word(),
            EntryLeaf::Family => self.family = word(),
            EntryLeaf::SubFamily => self.sub_family = word(),
            EntryLeaf::BankCode => self.bank_code = word(),
            EntryLeaf::Text => append(&mut self.text, text, " "),
        }
        Ok(())
    }

    /// The currency, once its amount has been read.
    pub(super) fn currency(&self) -> Option<&str> {
        Some(self.currency.as_str()).filter(|currency| !currency.is_empty())
    }

    /// The line of the statement, or `None` where it cannot be one.
    pub(super) fn line(
        mut self,
        currency: &str,
        fallback: Option<NaiveDate>,
        faults: &mut Faults,
    ) -> Option<StatementLine> {
        let number = self.line;
        let (Some(money), Some(side), None) = (&self.money, self.side, &self.wrong) else {
            let message =
                self.wrong.unwrap_or_else(|| "the entry has no Amt or no CdtDbtInd".to_owned());
            faults.error(number, message);
            return None;
        };
        if money.amount.is_negative() {
            faults.error(
                number,
                format!("the amount {} is negative; CdtDbtInd says the direction", money.amount),
            );
            return None;
        }
        if self.booked.is_none() && self.value.is_none() {
            faults.error(number, "the entry has neither a booking nor a value date");
        }
        let amount = side.signed(money.amount);
        let own_currency = (money.currency != currency && !money.currency.is_empty())
            .then(|| money.currency.clone());
        let booked = self.booked.or(self.value).or(fallback)?;
        // Who paid is the debtor of a credit, and of a credit taken back.
        let payer_is_debtor = (side == Side::Credit) != self.reversal;
        let mut line = StatementLine {
            line: number,
            booked,
            value: self.value,
            amount,
            currency: own_currency,
            code: self.code(),
            bank_reference: self.bank_reference.take(),
            status: self.status.take().filter(|status| status != "BOOK"),
            ..StatementLine::default()
        };
        let details = std::mem::take(&mut self.details);
        if let [only] = details.as_slice() {
            only.describe(payer_is_debtor, &mut line);
        } else if !details.is_empty() {
            line.parts = self.parts(&details, side, payer_is_debtor, &line, currency, faults);
        }
        append(&mut line.narrative, &self.text, " ");
        Some(line)
    }

    fn code(&self) -> Option<String> {
        let words = [&self.domain, &self.family, &self.sub_family];
        let known: Vec<&str> =
            words.into_iter().flatten().map(String::as_str).filter(|w| !w.is_empty()).collect();
        if known.is_empty() {
            self.bank_code.clone().filter(|code| !code.is_empty())
        } else {
            Some(known.join("-"))
        }
    }

    /// The payments of a batch, if they add up to it; else none.
    fn parts(
        &self,
        details: &[Details],
        side: Side,
        payer_is_debtor: bool,
        whole: &StatementLine,
        currency: &str,
        faults: &mut Faults,
    ) -> Vec<StatementLine> {
        if self.details_left_out {
            faults.warning(
                whole.line,
                format!("the batch has more than {PARTS_MAX} payments; they are not shown"),
            );
            return Vec::new();
        }
        let entry_currency = whole.currency.as_deref().unwrap_or(currency);
        let amounts: Option<Vec<Amount>> =
            details.iter().map(|each| each.amount(entry_currency, side)).collect();
        let sum = amounts.as_ref().and_then(|all| Amount::checked_sum(all.iter().copied()));
        let Some(amounts) = amounts.filter(|_| sum == Some(whole.amount)) else {
            let made = sum.map_or_else(|| "an unknown sum".to_owned(), |sum| sum.to_string());
            faults.warning(
                whole.line,
                format!(
                    "the {} payments of the batch make {made}, not {}; only the batch is shown",
                    details.len(),
                    whole.amount
                ),
            );
            return Vec::new();
        };
        let part = |(each, amount): (&Details, Amount)| {
            let mut part = StatementLine {
                line: whole.line,
                booked: whole.booked,
                value: whole.value,
                amount,
                bank_reference: each.bank_reference.clone(),
                ..StatementLine::default()
            };
            each.describe(payer_is_debtor, &mut part);
            part
        };
        details.iter().zip(amounts).map(part).collect()
    }
}

impl Details {
    pub(super) fn set(
        &mut self,
        leaf: DetailLeaf,
        text: &str,
        currency: &str,
    ) -> Result<(), String> {
        let word = || Some(text.trim().to_owned());
        match leaf {
            DetailLeaf::EndToEnd => self.end_to_end = word(),
            DetailLeaf::BankReference => self.bank_reference = word(),
            DetailLeaf::Amount => self.own = Some(Money::read(text, currency)?),
            DetailLeaf::TransactionAmount => self.transaction = Some(Money::read(text, currency)?),
            DetailLeaf::InstructedAmount => self.instructed = Some(Money::read(text, currency)?),
            DetailLeaf::Side => self.side = Some(Side::read(text)?),
            DetailLeaf::DebtorName => self.debtor.name = word(),
            DetailLeaf::CreditorName => self.creditor.name = word(),
            DetailLeaf::DebtorIban => self.debtor.iban = word(),
            DetailLeaf::CreditorIban => self.creditor.iban = word(),
            DetailLeaf::DebtorAccount => self.debtor.set_account(text),
            DetailLeaf::CreditorAccount => self.creditor.set_account(text),
            DetailLeaf::DebtorSortCode => self.debtor.set_sort_code(text),
            DetailLeaf::CreditorSortCode => self.creditor.set_sort_code(text),
            // A full chunk of 140 goes on in the next without a blank.
            DetailLeaf::Remittance => {
                let full = self.remittance.chars().count().is_multiple_of(140);
                append(&mut self.remittance, text, if full { "" } else { " " });
            }
            DetailLeaf::CreditorReference => self.creditor_reference = word(),
            DetailLeaf::Text => append(&mut self.text, text, " "),
        }
        Ok(())
    }

    /// Its amount, signed, in the entry's currency.
    fn amount(&self, currency: &str, side: Side) -> Option<Amount> {
        let money =
            [&self.own, &self.transaction, &self.instructed].into_iter().flatten().next()?;
        let fits = money.currency == currency || money.currency.is_empty();
        fits.then(|| self.side.unwrap_or(side).signed(money.amount))
    }

    /// Says of `line` what is known of this payment.
    fn describe(&self, payer_is_debtor: bool, line: &mut StatementLine) {
        let provided = |text: &Option<String>| {
            text.clone().filter(|text| {
                !matches!(text.as_str(), "" | "NOTPROVIDED" | "NOT PROVIDED" | "NONREF")
            })
        };
        line.reference = provided(&self.end_to_end).or_else(|| provided(&self.creditor_reference));
        if line.bank_reference.is_none() {
            line.bank_reference.clone_from(&self.bank_reference);
        }
        line.narrative.clone_from(&self.remittance);
        if let Some(reference) = &self.creditor_reference
            && line.reference.as_ref() != Some(reference)
        {
            append(&mut line.narrative, reference, " ");
        }
        append(&mut line.narrative, &self.text, " ");
        let party = if payer_is_debtor { &self.debtor } else { &self.creditor };
        if *party != Counterparty::default() {
            line.counterparty = Some(party.clone());
        }
    }
}

/// How a party's account comes in.
trait Named {
    fn set_account(&mut self, text: &str);
    fn set_sort_code(&mut self, text: &str);
}

impl Named for Counterparty {
    fn set_account(&mut self, text: &str) {
        let (sort_code, account) = accounts::split(text.trim(), "GBP");
        if sort_code.is_some() {
            self.sort_code = sort_code;
        }
        self.account = Some(account);
    }

    fn set_sort_code(&mut self, text: &str) {
        if let Some(sort_code) = accounts::sort_code(text.trim()) {
            self.sort_code = Some(sort_code);
        }
    }
}

fn day(text: &str) -> Result<NaiveDate, String> {
    dates::iso(text.trim())
        .ok_or_else(|| format!("`{}` is not a date; 2026-04-01 would be", clipped(text.trim())))
}

/// Adds a text to one before it, up to what a record may hold.
fn append(whole: &mut String, text: &str, between: &str) {
    if text.trim().is_empty() || whole.len().saturating_add(text.len()) > RECORD_BYTES_MAX {
        return;
    }
    if !whole.is_empty() && !whole.ends_with(' ') {
        whole.push_str(between);
    }
    whole.push_str(text.trim_matches(['\n', '\r', '\t']));
}
