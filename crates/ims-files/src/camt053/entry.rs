use chrono::NaiveDate;
use ims_ledger::StatementLine;
use ims_money::Amount;

use super::{
    append,
    details::{Details, is_sent_back},
    given,
    money::{Currency, Money, Side},
    paths::{DetailLeaf, EntryLeaf},
};
use crate::{PARTS_MAX, amounts::clipped, dates, verdict::Faults};

/// How many payments keep their memory from entry to entry.
const DETAILS_KEPT: usize = 64;

/// An entry while it is read. One serves the whole file.
#[derive(Debug, Default)]
pub(super) struct Entry {
    line: u64,
    money: Option<Money>,
    side: Option<Side>,
    reversal: bool,
    /// Its code says that a payment was sent back.
    sent_back: bool,
    status: String,
    booked: Option<NaiveDate>,
    value: Option<NaiveDate>,
    bank_reference: String,
    /// Domain, family and sub-family, joined.
    code: String,
    bank_code: String,
    text: String,
    details: Vec<Details>,
    /// How many of them are this entry's.
    used: usize,
    details_left_out: bool,
    /// What is wrong with it, told once, when it ends.
    wrong: Option<String>,
}

impl Entry {
    /// Forgets the entry before.
    pub(super) fn begin(&mut self, line: u64) {
        self.line = line;
        (self.money, self.side, self.reversal) = (None, None, false);
        self.sent_back = false;
        (self.booked, self.value, self.wrong) = (None, None, None);
        (self.used, self.details_left_out) = (0, false);
        if self.details.len() > DETAILS_KEPT {
            self.details.truncate(DETAILS_KEPT);
            self.details.shrink_to_fit();
        }
        for text in [
            &mut self.status,
            &mut self.bank_reference,
            &mut self.code,
            &mut self.bank_code,
            &mut self.text,
        ] {
            text.clear();
        }
    }

    pub(super) fn begin_details(&mut self) {
        if self.used >= PARTS_MAX {
            self.details_left_out = true;
            self.used = self.used.saturating_sub(1);
        }
        match self.details.get_mut(self.used) {
            Some(details) => details.clear(),
            None => self.details.push(Details::default()),
        }
        self.used = self.used.saturating_add(1);
    }

    fn last(&mut self) -> Option<&mut Details> {
        self.details.get_mut(self.used.checked_sub(1)?)
    }

    pub(super) fn begin_return(&mut self) {
        if let Some(details) = self.last() {
            details.begin_return();
        }
    }

    /// Takes the text of an element; `currency` is its `Ccy`.
    pub(super) fn take(&mut self, leaf: EntryLeaf, text: &str, currency: Option<Currency>) {
        if let Err(message) = self.set(leaf, text, currency) {
            self.wrong.get_or_insert(message);
        }
    }

    /// As [`take`](Self::take), of the payment that is being read.
    pub(super) fn take_detail(&mut self, leaf: DetailLeaf, text: &str, currency: Option<Currency>) {
        let set = self.last().map(|details| details.set(leaf, text, currency));
        if let Some(Err(message)) = set {
            self.wrong.get_or_insert(message);
        }
    }

    fn set(
        &mut self,
        leaf: EntryLeaf,
        text: &str,
        currency: Option<Currency>,
    ) -> Result<(), String> {
        let word = text.trim_ascii();
        match leaf {
            EntryLeaf::Amount => self.money = Some(Money::read(text, currency)?),
            EntryLeaf::Side => self.side = Some(Side::read(text)?),
            EntryLeaf::Reversal => self.reversal = matches!(word, "true" | "1"),
            EntryLeaf::Status => word.clone_into(&mut self.status),
            EntryLeaf::Booked => self.booked = Some(day(word)?),
            EntryLeaf::Value => self.value = Some(day(word)?),
            EntryLeaf::BankReference => word.clone_into(&mut self.bank_reference),
            EntryLeaf::Code => append(&mut self.code, word, "-"),
            EntryLeaf::SubFamily => {
                self.sent_back = is_sent_back(word);
                append(&mut self.code, word, "-");
            }
            EntryLeaf::BankCode => word.clone_into(&mut self.bank_code),
            EntryLeaf::Text => append(&mut self.text, text, " "),
        }
        Ok(())
    }

    /// The currency, once its amount has been read.
    pub(super) fn currency(&self) -> Option<&str> {
        let money = self.money.as_ref().filter(|money| !money.currency.is_blank())?;
        Some(money.currency.as_str())
    }

    /// The line of the statement, or `None` where it cannot be one.
    pub(super) fn line(
        &self,
        currency: &str,
        fallback: Option<NaiveDate>,
        notice: bool,
        faults: &mut Faults,
    ) -> Option<StatementLine> {
        let number = self.line;
        let (Some(money), Some(side), None) = (&self.money, self.side, &self.wrong) else {
            let message = self.wrong.as_deref().unwrap_or("the entry has no Amt or no CdtDbtInd");
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
            let message = "the entry has neither a booking nor a value date";
            match fallback {
                // A statement is of days; a notice need not say one but its own.
                Some(day) if notice => {
                    faults.warning(number, format!("{message}; the notice's, {day}, is shown"));
                }
                Some(_) | None => faults.error(number, message),
            }
        }
        let own_currency = self.currency().filter(|own| *own != currency).map(str::to_owned);
        let booked = self.booked.or(self.value).or(fallback)?;
        // Who paid is the debtor of a credit, and of a credit taken back.
        let payer_is_debtor = (side == Side::Credit) != self.reversal;
        let code = if self.code.is_empty() { &self.bank_code } else { &self.code };
        let mut line = StatementLine {
            line: number,
            booked,
            value: self.value,
            amount: side.signed(money.amount),
            currency: own_currency,
            code: given(code),
            bank_reference: given(&self.bank_reference),
            status: given(&self.status).filter(|status| status != "BOOK"),
            ..StatementLine::default()
        };
        match self.details.get(..self.used).unwrap_or_default() {
            [] => {}
            [only] => only.describe(payer_is_debtor, &mut line),
            several => {
                line.parts = self.parts(several, side, payer_is_debtor, &line, currency, faults);
            }
        }
        append(&mut line.narrative, &self.text, " ");
        if self.reversal || self.sent_back {
            line.returned.get_or_insert_default();
            for part in &mut line.parts {
                part.returned.get_or_insert_default();
            }
        }
        Some(line)
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
                bank_reference: each.bank_reference(),
                ..StatementLine::default()
            };
            each.describe(payer_is_debtor, &mut part);
            part
        };
        details.iter().zip(amounts).map(part).collect()
    }
}

fn day(text: &str) -> Result<NaiveDate, String> {
    dates::iso_in_london(text)
        .ok_or_else(|| format!("`{}` is not a date; 2026-04-01 would be", clipped(text)))
}
