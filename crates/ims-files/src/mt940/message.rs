use chrono::NaiveDate;
use ims_ledger::{Balance, StatementClose, StatementHead, StatementLine};
use ims_money::Amount;

use super::{
    balance::{Stated, balance},
    line61::{self, Day},
    narrative,
    pages::Pages,
    tag::Tag,
};
use crate::{
    RECORD_BYTES_MAX, accounts,
    amounts::{CURRENCY_UNSTATED, clipped, currency_decimals, swift},
    verdict::Faults,
};

/// One message: a statement, one page of a statement, or an interim report.
#[derive(Debug)]
pub(super) struct Message {
    began: u64,
    interim: bool,
    id: Option<String>,
    account: Option<String>,
    number: Option<String>,
    opening: Option<Stated>,
    /// `:60M:`, `:62M:`.
    continues: bool,
    continued: bool,
    /// From an interim report's limit, which comes before its lines.
    currency: Option<String>,
    closing: Option<(u64, Balance)>,
    opened: bool,
    /// A `:61:` whose `:86:` may follow, if it waits.
    line: StatementLine,
    waits: bool,
    /// The texts that have followed it, joined when it goes out: some banks write
    /// several `:86:` for one line.
    text: String,
    /// The last day known, for lines whose own does not exist.
    last_day: Option<NaiveDate>,
    debits: Side,
    credits: Side,
}

/// What lies on one side of an interim report.
#[derive(Debug, Default)]
struct Side {
    count: u64,
    sum: Option<Amount>,
}

impl Side {
    fn add(&mut self, amount: Amount) {
        self.count += 1;
        self.sum = self.sum.unwrap_or_default().checked_add(amount);
    }
}

impl Message {
    pub(super) fn new(began: u64, interim: bool) -> Self {
        Self {
            began,
            interim,
            id: None,
            account: None,
            number: None,
            opening: None,
            continues: false,
            continued: false,
            currency: None,
            closing: None,
            opened: false,
            line: StatementLine::default(),
            waits: false,
            text: String::new(),
            last_day: None,
            debits: Side::default(),
            credits: Side::default(),
        }
    }

    pub(super) fn has_opening(&self) -> bool {
        self.opening.is_some()
    }

    pub(super) fn has_closing(&self) -> bool {
        self.closing.is_some()
    }

    pub(super) fn field(
        &mut self,
        tag: Tag,
        text: &str,
        number: u64,
        out: &mut Pages<'_>,
        faults: &mut Faults,
    ) {
        match tag {
            Tag::Account => self.account(text, number, faults),
            Tag::Number => {
                self.number = Some(text.trim().to_owned()).filter(|text| !text.is_empty())
            }
            Tag::Opening => self.opening(text, number, faults),
            Tag::OpeningOfPage => {
                self.continues = true;
                self.opening(text, number, faults);
            }
            Tag::Line => self.line(text, number, out, faults),
            Tag::Text => self.text(text, number, faults),
            Tag::Closing => self.closing(text, number, out, faults),
            Tag::ClosingOfPage => {
                self.continued = true;
                self.closing(text, number, out, faults);
            }
            Tag::Interim => self.limit(text),
            Tag::DebitSum => self.side_sum(text, number, out, faults, false),
            Tag::CreditSum => self.side_sum(text, number, out, faults, true),
            Tag::Reference => {
                self.id = Some(text.trim().to_owned()).filter(|text| !text.is_empty());
            }
            Tag::Passed => {}
            Tag::Unknown => {
                faults.warning(number, "a tag that MT940 does not have was passed over")
            }
        }
    }

    fn account(&mut self, text: &str, number: u64, faults: &mut Faults) {
        if self.waits && narrative::german_separator(text).is_some() {
            faults.warning(number, "a :25: that holds what :86: does; it is read as :86:");
            self.text(text, number, faults);
            return;
        }
        if self.account.is_some() {
            faults.error(
                number,
                format!("a second :25: `{}` in one statement; was :86: meant?", clipped(text)),
            );
            return;
        }
        self.account = text.lines().next().map(|line| line.trim().to_owned());
    }

    fn opening(&mut self, text: &str, number: u64, faults: &mut Faults) {
        if self.opening.is_some() || self.opened {
            faults.error(
                number,
                "a second opening balance in one statement; there is one, before the lines",
            );
            return;
        }
        match balance(text, None) {
            Ok(stated) => {
                self.last_day = Some(stated.balance.date);
                self.interim = false;
                if stated.currency.is_empty() {
                    faults.warning(number, "the balance does not say its currency");
                }
                self.opening = Some(stated);
            }
            Err(message) => faults.error(number, message),
        }
    }

    fn currency(&self) -> &str {
        currency_of(self.opening.as_ref(), self.currency.as_deref())
    }

    fn line(&mut self, text: &str, number: u64, out: &mut Pages<'_>, faults: &mut Faults) {
        self.release(out, faults);
        self.line = StatementLine::default();
        let currency = currency_of(self.opening.as_ref(), self.currency.as_deref());
        match line61::parse(text, number, currency, self.last_day, &mut self.line) {
            Ok(parsed) => {
                let booked = self.line.booked;
                if let Some(raw) = parsed.bad_date {
                    let message = |shown| {
                        format!(
                            "`{raw}` holds a day that does not exist; {shown}, {booked}, is shown; ask the bank"
                        )
                    };
                    // Banks that count 30 days a month value money on 30 February; the
                    // day it was booked stands, and no value date is made up.
                    match parsed.day {
                        Day::Entry => faults.warning(number, message("the day it was booked")),
                        Day::Value => faults.error(number, message("the other date")),
                        Day::Unknown => faults.error(number, message("the last day known")),
                    }
                }
                if parsed.mended {
                    faults.warning(
                        number,
                        "the line was broken inside its amount; it was put together with the next",
                    );
                }
                if parsed.small {
                    faults.warning(number, "its C or D is written small");
                }
                self.last_day = Some(booked);
                self.waits = true;
            }
            Err(message) => faults.error(number, message),
        }
    }

    fn text(&mut self, text: &str, number: u64, faults: &mut Faults) {
        if self.closing.is_some() {
            return;
        }
        if self.waits {
            if self.text.len().saturating_add(text.len()) >= RECORD_BYTES_MAX {
                faults.error(
                    number,
                    format!(
                        "the texts are longer than {RECORD_BYTES_MAX} bytes; the rest was skipped"
                    ),
                );
                return;
            }
            if !self.text.is_empty() {
                self.text.push('\n');
            }
            self.text.push_str(text);
        } else if !self.opened && !text.trim().is_empty() {
            faults.warning(number, "text (:86:) that follows no line (:61:); is a line missing?");
        }
    }

    fn closing(&mut self, text: &str, number: u64, out: &mut Pages<'_>, faults: &mut Faults) {
        self.release(out, faults);
        if self.closing.is_some() {
            faults.error(
                number,
                "a second closing balance in one statement; there is one, after the lines",
            );
            return;
        }
        match balance(text, self.last_day) {
            Ok(stated) => {
                if let Some(raw) = &stated.bad_date {
                    let shown = stated.balance.date;
                    let message = format!(
                        "`{raw}` is a day that does not exist; the last day known, {shown}, is shown; ask the bank"
                    );
                    // The lines make up what it says, so it is of after the last of them.
                    if self.makes(stated.balance.amount) {
                        faults.warning(number, message);
                    } else {
                        faults.error(number, message);
                    }
                }
                let said = !stated.currency.is_empty();
                if self.opening.is_none() && !self.opened && said {
                    self.currency = Some(stated.currency.clone());
                }
                if !said {
                    let currency = self.currency();
                    faults.warning(
                        number,
                        format!("the balance does not say its currency; {currency} is taken"),
                    );
                } else if stated.currency != self.currency() {
                    let currency = self.currency();
                    faults.error(
                        number,
                        format!(
                            "the closing balance is in {}, the statement in {currency}",
                            stated.currency
                        ),
                    );
                }
                self.closing = Some((number, stated.balance));
            }
            Err(message) => faults.error(number, message),
        }
    }

    /// Whether the opening balance and the lines make this.
    fn makes(&self, closing: Amount) -> bool {
        let side = |side: &Side| if side.count == 0 { Some(Amount::default()) } else { side.sum };
        let made = || {
            let opening = self.opening.as_ref()?.balance.amount;
            let with_credits = opening.checked_add(side(&self.credits)?)?;
            with_credits.checked_sub(side(&self.debits)?)
        };
        made() == Some(closing)
    }

    /// `:34F:GBP0,`, or the time of an interim report.
    fn limit(&mut self, text: &str) {
        if self.opening.is_none() {
            self.interim = true;
        }
        let currency =
            text.get(..3).filter(|text| text.bytes().all(|byte| byte.is_ascii_uppercase()));
        if self.currency.is_none() {
            self.currency = currency.map(str::to_owned);
        }
    }

    /// `:90D:2GBP186,33`.
    fn side_sum(
        &mut self,
        text: &str,
        number: u64,
        out: &mut Pages<'_>,
        faults: &mut Faults,
        credit: bool,
    ) {
        self.release(out, faults);
        let side = if credit { &self.credits } else { &self.debits };
        let text = text.lines().next().unwrap_or_default().trim();
        let digits = text.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
        let parsed = text.split_at_checked(digits).and_then(|(count, rest)| {
            let (currency, amount) = rest.split_at_checked(3)?;
            Some((count.parse::<u64>().ok()?, swift(amount, currency_decimals(currency))?))
        });
        let Some((count, sum)) = parsed else {
            faults.warning(
                number,
                format!("`{}` is not a count and a sum; 2GBP186,33 would be", clipped(text)),
            );
            return;
        };
        let held = side.sum.unwrap_or_default();
        if (count, sum) != (side.count, held) {
            let name = if credit { "credits" } else { "debits" };
            faults.warning(
                number,
                format!(
                    "the report says {count} {name} of {sum}, but has {} of {held}",
                    side.count
                ),
            );
        }
    }

    /// Hands on the line that waited for its text.
    fn release(&mut self, out: &mut Pages<'_>, faults: &mut Faults) {
        if !std::mem::take(&mut self.waits) {
            return;
        }
        self.open(out, faults);
        narrative::add(&self.text, &mut self.line);
        self.text.clear();
        let amount = self.line.amount;
        if amount.is_negative() {
            self.debits.add(amount.negated());
        } else {
            self.credits.add(amount);
        }
        out.line(std::mem::take(&mut self.line));
    }

    fn open(&mut self, out: &mut Pages<'_>, faults: &mut Faults) {
        if std::mem::replace(&mut self.opened, true) {
            return;
        }
        if self.opening.is_none() && !self.interim {
            faults.warning(self.began, "the statement has no opening balance (:60F:)");
        }
        let currency = self.currency().to_owned();
        if currency == CURRENCY_UNSTATED {
            faults.warning(
                self.began,
                "the currency is not stated; :60F: does, as in C260401GBP1234,56",
            );
        }
        let account = self.account.clone().unwrap_or_default();
        if account.is_empty() {
            faults.warning(self.began, "the account is not stated; :25: does");
        }
        let (sort_code, account) = accounts::split(accounts::bare(&account, &currency), &currency);
        let page = self.number.as_deref().and_then(|number| number.split_once('/'));
        let head = StatementHead {
            account,
            sort_code,
            currency,
            number: self.number.clone(),
            id: self.id.clone(),
            page: page.and_then(|(_, page)| page.trim().parse().ok()),
            continues: self.continues,
            opening: self.opening.as_ref().map(|stated| stated.balance),
            interim: self.interim,
            ..StatementHead::default()
        };
        out.open(head, self.began, faults);
    }

    pub(super) fn end(mut self, number: u64, out: &mut Pages<'_>, faults: &mut Faults) {
        self.release(out, faults);
        if !self.opened && self.opening.is_none() && self.closing.is_none() && !self.interim {
            faults.warning(
                self.began,
                "the statement has neither balances nor lines; it would have :60F:, :61: and :62F:",
            );
        }
        self.open(out, faults);
        if self.closing.is_none() && !self.interim {
            faults.warning(
                number,
                "the statement has no closing balance (:62F:); the file may have been cut off",
            );
        }
        let (line, closing) = match self.closing {
            Some((line, closing)) => (line, Some(closing)),
            None => (number, None),
        };
        let close = StatementClose {
            closing,
            continued: self.continued && closing.is_some(),
            ..StatementClose::default()
        };
        out.close(close, line, faults);
    }
}

/// The currency of the opening balance, else what else says it.
fn currency_of<'m>(opening: Option<&'m Stated>, other: Option<&'m str>) -> &'m str {
    let opening = opening.map(|stated| stated.currency.as_str());
    opening.filter(|currency| !currency.is_empty()).or(other).unwrap_or(CURRENCY_UNSTATED)
}
