//! One data record.

use chrono::NaiveDate;
use ims_money::Pence;

use super::columns::{
    MULTI_DAY, SINGLE_DAY,
    item::{
        ACCOUNT, ACCOUNT_TYPE, AMOUNT, CODE, DAY, NAME, OWN_ACCOUNT, OWN_NAME, OWN_SORT_CODE,
        REFERENCE, SORT_CODE,
    },
};
use crate::{
    amounts::clipped,
    bacs::{TransactionCode, is_permitted, julian, text::debit_reference_fault},
    columns::between,
};

/// A sort code and an account.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Account {
    pub(super) sort_code: String,
    pub(super) number: String,
}

/// A record as read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) line: u64,
    /// Where the money goes to or is taken from.
    pub(super) to: Account,
    /// The sender's own account.
    pub(super) own: Account,
    pub(super) code: TransactionCode,
    pub(super) amount: Pence,
    /// The sender's name; the narrative of a contra.
    pub(super) own_name: String,
    pub(super) reference: String,
    /// The name of the destination account.
    pub(super) name: String,
    pub(super) day: Option<NaiveDate>,
}

/// What a record does that is told once for a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Oddities {
    pub(super) blank_amount: bool,
    pub(super) character: Option<char>,
}

/// A record that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Read {
    pub(super) item: Item,
    pub(super) oddities: Oddities,
    /// What Bacs would not take, were it sent there.
    pub(super) refused: Vec<String>,
}

impl Item {
    /// Whether it balances the others on the sender's own account.
    pub(super) fn is_contra(&self) -> bool {
        self.to == self.own && self.reference.starts_with("CONTRA")
    }

    /// Reads a line, or says all that is wrong with it.
    pub(super) fn read(
        line: &str,
        number: u64,
        is_multi: Option<bool>,
    ) -> Result<Read, Vec<String>> {
        let length = line.chars().count();
        if !(AMOUNT.1..=MULTI_DAY).contains(&length) {
            return Err(vec![format!(
                "{length} characters; a record has {SINGLE_DAY}, or {MULTI_DAY} with its own day"
            )]);
        }
        let mut reading = Fields { line, faults: Vec::new(), oddities: Oddities::default() };
        let code = reading.code();
        let is_instruction = code.is_some_and(TransactionCode::is_instruction);
        let item = Self {
            line: number,
            to: reading.account(SORT_CODE, ACCOUNT, "destination"),
            own: reading.own_account(),
            code: code.unwrap_or(TransactionCode::Credit),
            amount: reading.amount(is_instruction),
            own_name: reading.text(OWN_NAME),
            reference: reading.text(REFERENCE),
            name: reading.text(NAME),
            day: reading.day(length, is_multi),
        };
        let mut faults = std::mem::take(&mut reading.faults);
        // An amount that did not read is told already.
        if faults.is_empty() && item.amount.is_zero() && !item.code.is_instruction() {
            reading.fault("a payment of 0.00; one of more than nothing would be right".to_owned());
        }
        reading.submitted(&item);
        let Fields { faults: refused, oddities, .. } = reading;
        if faults.is_empty() {
            return Ok(Read { item, oddities, refused });
        }
        faults.extend(refused);
        Err(faults)
    }
}

struct Fields<'a> {
    line: &'a str,
    faults: Vec<String>,
    oddities: Oddities,
}

impl Fields<'_> {
    fn raw(&self, (from, to): (usize, usize)) -> &str {
        between(self.line, from, to)
    }

    fn fault(&mut self, message: String) {
        self.faults.push(message);
    }

    fn code(&mut self) -> Option<TransactionCode> {
        let text = self.raw(CODE).to_owned();
        let code = TransactionCode::parse(&text);
        if code.is_none() {
            let known: Vec<&str> = TransactionCode::ALL.iter().map(|code| code.as_str()).collect();
            self.fault(format!(
                "transaction code `{}` in characters 16 to 17; one of {} would be right",
                clipped(&text),
                known.join(", ")
            ));
        }
        code
    }

    fn account(
        &mut self,
        sort_code: (usize, usize),
        number: (usize, usize),
        whose: &str,
    ) -> Account {
        let account = Account {
            sort_code: self.raw(sort_code).to_owned(),
            number: self.raw(number).to_owned(),
        };
        for (text, (from, to), what) in
            [(&account.sort_code, sort_code, "sort code"), (&account.number, number, "account")]
        {
            let digits = to.saturating_sub(from);
            if text.len() != digits || !text.bytes().all(|b| b.is_ascii_digit()) {
                self.fault(format!(
                    "{whose} {what} `{}` in characters {} to {to}; {digits} digits would be right",
                    clipped(text),
                    from.saturating_add(1)
                ));
            }
        }
        account
    }

    /// The sender's own account, which who sends credits on may leave blank.
    fn own_account(&mut self) -> Account {
        if self.raw((OWN_SORT_CODE.0, OWN_ACCOUNT.1)).trim().is_empty() {
            return Account::default();
        }
        self.account(OWN_SORT_CODE, OWN_ACCOUNT, "originating")
    }

    fn amount(&mut self, may_be_blank: bool) -> Pence {
        let text = self.raw(AMOUNT).to_owned();
        let digits = text.trim_start();
        if digits.is_empty() && may_be_blank {
            return Pence::ZERO;
        }
        self.oddities.blank_amount = digits.len() < text.len();
        let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        match digits.parse() {
            Ok(pence) if is_number => Pence::new(pence),
            Ok(_) | Err(_) => {
                self.fault(format!(
                    "amount `{}` in characters 36 to 46; 11 digits of pence would be right",
                    clipped(&text)
                ));
                Pence::ZERO
            }
        }
    }

    fn text(&mut self, columns: (usize, usize)) -> String {
        let text = self.raw(columns).trim().to_owned();
        if let Some(odd) = text.chars().find(|character| !is_permitted(*character)) {
            self.oddities.character.get_or_insert(odd);
        }
        text
    }

    fn day(&mut self, length: usize, is_multi: Option<bool>) -> Option<NaiveDate> {
        if length <= SINGLE_DAY {
            if is_multi == Some(true) {
                self.fault(format!(
                    "{length} characters; a record of a file for several days has {MULTI_DAY}, the last six its day"
                ));
            }
            return None;
        }
        let text = self.raw(DAY).to_owned();
        let day = julian::parse(&text);
        if day.is_none() {
            self.fault(format!(
                "processing day `{}` in characters 101 to 106; a blank, the year and the day of the year, ` 26152`, would be right",
                clipped(&text)
            ));
        }
        day
    }

    /// What Bacs demands of what is sent to it.
    fn submitted(&mut self, item: &Item) {
        if item.own == Account::default() {
            self.fault(
                "no originating account in characters 18 to 31; our own would be right".to_owned(),
            );
        }
        if let Some(odd) = self.oddities.character {
            self.fault(format!(
                "`{}` is not carried; capital letters, digits, a blank and . & / - are",
                clipped(&odd.to_string())
            ));
        }
        let kind = self.raw(ACCOUNT_TYPE).to_owned();
        if !kind.bytes().all(|b| b.is_ascii_digit()) {
            self.fault(format!(
                "account type `{}` in character 15; 0 would be right",
                clipped(&kind)
            ));
        }
        if item.code.is_instruction() && !item.amount.is_zero() {
            self.fault(format!(
                "an instruction ({}) of {}; it moves no money, so 0 would be right",
                item.code, item.amount
            ));
        }
        let is_debit = item.code.is_debit() || item.code.is_instruction();
        if is_debit
            && !item.is_contra()
            && let Some(why) = debit_reference_fault(&item.reference)
        {
            self.fault(format!("reference `{}`: {why}", clipped(&item.reference)));
        }
        if item.name.is_empty() {
            self.fault(
                "no name in characters 83 to 100; the account's name would be right".to_owned(),
            );
        }
    }
}
