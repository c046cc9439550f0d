//! Writing Standard 18: what is sent to Bacs, byte for byte the same each time.

mod lines;

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use ims_money::Pence;
use thiserror::Error;

use super::{TransactionCode, fitted, is_permitted, julian, text::TEXT_LENGTH};
use crate::FAULTS_MAX;
use lines::{Columns, Line};

/// The service user who sends, and the account that pays or is paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Originator {
    /// The service user's number: six digits.
    pub user_number: String,
    /// The sort code of the account: six digits.
    pub sort_code: String,
    /// The account: eight digits.
    pub account: String,
    /// The account's name, as the bank has it.
    pub account_name: String,
    /// What payers and payees see of us on their statements.
    pub statement_name: String,
}

/// One payment, collection or direct debit instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// What is done.
    pub code: TransactionCode,
    /// The other side's sort code: six digits.
    pub sort_code: String,
    /// The other side's account: eight digits.
    pub account: String,
    /// The other side's name; made to fit by [`fitted`].
    pub name: String,
    /// What tells it apart, at most 18 characters of those Bacs carries.
    pub reference: String,
    /// How much; nothing for an instruction.
    pub amount: Pence,
    /// The processing day. The writer knows no calendar: take it from
    /// [`WorkingDays`](ims_ledger::WorkingDays), not more than thirty days ahead.
    pub day: NaiveDate,
}

/// A file for Bacs, before it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// Who sends.
    pub originator: Originator,
    /// The volume's serial number: six letters and digits, never used again.
    pub serial: String,
    /// The file's number in the volume, up to 999.
    pub file_number: u16,
    /// The day it is made.
    pub created: NaiveDate,
    /// What our own statement says of the sum.
    pub narrative: String,
    /// What is sent, in the order it is written within each processing day.
    pub items: Vec<Instruction>,
}

/// Why a submission cannot be written: everything that is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("cannot be sent to Bacs ({} faults); the first: {}", .faults.len(), .faults.first().map(ToString::to_string).unwrap_or_default())]
pub struct BadSubmission {
    /// What is wrong, at most [`FAULTS_MAX`].
    pub faults: Vec<ItemFault>,
}

/// Something of a submission that Bacs would not take.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}{message}", .item.map(|item| format!("item {item}: ")).unwrap_or_default())]
pub struct ItemFault {
    /// The item, from 1; `None` for what concerns the file.
    pub item: Option<usize>,
    /// What is wrong and what would be right.
    pub message: String,
}

/// A file of refunds to payers: credits, with the contra that pays for them.
///
/// Each instruction's code is [`Credit`](TransactionCode::Credit), whatever it
/// was.
///
/// ```
/// use chrono::NaiveDate;
/// use ims_files::bacs::{Instruction, Originator, TransactionCode, refunds};
/// use ims_money::Pence;
///
/// let day = NaiveDate::from_ymd_opt(2026, 6, 1).ok_or("a day")?;
/// let council = Originator {
///     user_number: "299104".to_owned(),
///     sort_code: "200000".to_owned(),
///     account: "55779911".to_owned(),
///     account_name: "ANYBOROUGH COUNCIL".to_owned(),
///     statement_name: "ANYBOROUGH BC".to_owned(),
/// };
/// let refund = Instruction {
///     code: TransactionCode::Credit,
///     sort_code: "400000".to_owned(),
///     account: "12345678".to_owned(),
///     name: "Zoë O'Brien".to_owned(),
///     reference: "RF000017".to_owned(),
///     amount: Pence::new(12_050),
///     day,
/// };
/// let file = refunds(council, "000001", day, vec![refund]).write()?;
/// let text = String::from_utf8(file)?;
/// assert!(text.contains("ZOE OBRIEN"));
/// assert!(text.contains("CONTRA"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn refunds(
    originator: Originator,
    serial: &str,
    created: NaiveDate,
    refunds: Vec<Instruction>,
) -> Submission {
    let as_credit = |item| Instruction { code: TransactionCode::Credit, ..item };
    Submission {
        originator,
        serial: serial.to_owned(),
        file_number: 1,
        created,
        narrative: "REFUNDS".to_owned(),
        items: refunds.into_iter().map(as_credit).collect(),
    }
}

/// What one processing day comes to, by direction.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    debits: Pence,
    credits: Pence,
    debit_count: u64,
    credit_count: u64,
}

impl Submission {
    /// The file: labels, the items of each processing day in the order given,
    /// the contras that balance them, and the totals.
    ///
    /// # Errors
    ///
    /// Everything that Bacs would not take, with the item's number.
    pub fn write(&self) -> Result<Vec<u8>, BadSubmission> {
        let mut faults = self.faults();
        let days = self.days();
        let sums = self.sums(&mut faults);
        let (Some(first), Some(last)) = (days.keys().next(), days.keys().last()) else {
            faults.push(of_file("nothing to send; at least one item would be right"));
            return Err(BadSubmission { faults });
        };
        if !faults.is_empty() {
            faults.truncate(usize::try_from(FAULTS_MAX).unwrap_or(usize::MAX));
            return Err(BadSubmission { faults });
        }
        let is_multi = days.len() > 1;
        let mut file = Vec::new();
        let expires = last.checked_add_days(Days::new(1)).unwrap_or(*last);
        self.header(&mut file, *first, expires, is_multi);
        for (day, items) in &days {
            for item in items {
                self.item(is_multi, item).end(&mut file);
            }
            let sums = sums.get(day).copied().unwrap_or_default();
            for (amount, code) in
                [(sums.credits, TransactionCode::Debit), (sums.debits, TransactionCode::Credit)]
            {
                if !amount.is_zero() {
                    self.contra(is_multi, code, amount, *day).end(&mut file);
                }
            }
        }
        self.trailer(&mut file, expires, is_multi, &sums);
        Ok(file)
    }

    fn days(&self) -> BTreeMap<NaiveDate, Vec<&Instruction>> {
        let mut days: BTreeMap<NaiveDate, Vec<&Instruction>> = BTreeMap::new();
        for item in &self.items {
            days.entry(item.day).or_default().push(item);
        }
        days
    }

    /// The items of each day, without their contras.
    fn sums(&self, faults: &mut Vec<ItemFault>) -> BTreeMap<NaiveDate, Sums> {
        let mut days: BTreeMap<NaiveDate, Sums> = BTreeMap::new();
        for item in &self.items {
            let sums = days.entry(item.day).or_default();
            let (sum, count) = match (item.code.is_debit(), item.code.is_credit()) {
                (true, _) => (&mut sums.debits, &mut sums.debit_count),
                (false, true) => (&mut sums.credits, &mut sums.credit_count),
                (false, false) => continue,
            };
            *count = count.saturating_add(1);
            *sum = sum.checked_add(item.amount).unwrap_or(Pence::new(i64::MAX));
        }
        for (day, sums) in &days {
            for sum in [sums.debits, sums.credits] {
                if lines::digits(sum, 11).is_none() {
                    faults.push(of_file(&format!(
                        "the items of {day} make {sum}, more than 11 digits of pence; send them in two files"
                    )));
                }
            }
        }
        days
    }

    fn header(&self, file: &mut Vec<u8>, first: NaiveDate, expires: NaiveDate, is_multi: bool) {
        let user = &self.originator.user_number;
        Line::label("VOL1").put(5, &self.serial).put(42, user).put(80, "1").end(file);
        self.label1("HDR1", expires).end(file);
        label2("HDR2", is_multi).end(file);
        Line::label("UHL1")
            .put(5, &day_of(first))
            .put(11, "999999")
            .put(21, "00")
            .put(23, "000000")
            .put(29, if is_multi { "4 MULTI" } else { "1 DAILY" })
            .put(38, &format!("{:03}", self.file_number))
            .end(file);
    }

    fn label1(&self, name: &str, expires: NaiveDate) -> Line {
        let user = &self.originator.user_number;
        Line::label(name)
            .put(5, "A")
            .put(6, user)
            .put(12, "S")
            .put(16, user)
            .put(22, &self.serial)
            .put(28, "0001")
            .put(32, "0001")
            .put(42, &day_of(self.created))
            .put(48, &day_of(expires))
            .put(55, "000000")
    }

    fn trailer(
        &self,
        file: &mut Vec<u8>,
        expires: NaiveDate,
        is_multi: bool,
        sums: &BTreeMap<NaiveDate, Sums>,
    ) {
        self.label1("EOF1", expires).end(file);
        label2("EOF2", is_multi).end(file);
        // Each contra equals what it balances, so both sides come to the same.
        let amounts = sums.values().flat_map(|sums| [sums.debits, sums.credits]);
        let total = Pence::checked_sum(amounts).unwrap_or_default();
        let contras = |is_debit: bool| {
            let of = |sums: &&Sums| !(if is_debit { sums.credits } else { sums.debits }).is_zero();
            u64::try_from(sums.values().filter(of).count()).unwrap_or(u64::MAX)
        };
        let debits: u64 = sums.values().map(|sums| sums.debit_count).sum();
        let credits: u64 = sums.values().map(|sums| sums.credit_count).sum();
        let sum = lines::digits(total, 13).unwrap_or_default();
        Line::label("UTL1")
            .put(5, &sum)
            .put(18, &sum)
            .put(31, &format!("{:07}", debits.saturating_add(contras(true))))
            .put(38, &format!("{:07}", credits.saturating_add(contras(false))))
            .end(file);
    }

    fn item(&self, is_multi: bool, item: &Instruction) -> Line {
        self.record(is_multi, item.code, item.amount, item.day)
            .put(Columns::SORT_CODE, &item.sort_code)
            .put(Columns::ACCOUNT, &item.account)
            .put(Columns::OWN_NAME, &self.originator.statement_name)
            .put(Columns::REFERENCE, &item.reference)
            .put(Columns::NAME, &fitted(&item.name))
    }

    fn contra(&self, is_multi: bool, code: TransactionCode, sum: Pence, day: NaiveDate) -> Line {
        self.record(is_multi, code, sum, day)
            .put(Columns::SORT_CODE, &self.originator.sort_code)
            .put(Columns::ACCOUNT, &self.originator.account)
            .put(Columns::OWN_NAME, &self.narrative)
            .put(Columns::REFERENCE, "CONTRA")
            .put(Columns::NAME, &self.originator.account_name)
    }

    /// What all records have in common.
    fn record(&self, is_multi: bool, code: TransactionCode, amount: Pence, day: NaiveDate) -> Line {
        let line = Line::record(is_multi)
            .put(Columns::ACCOUNT_TYPE, "0")
            .put(Columns::CODE, code.as_str())
            .put(Columns::OWN_SORT_CODE, &self.originator.sort_code)
            .put(Columns::OWN_ACCOUNT, &self.originator.account)
            .put(Columns::AMOUNT, &lines::digits(amount, 11).unwrap_or_default());
        if is_multi { line.put(Columns::DAY, &day_of(day)) } else { line }
    }

    fn faults(&self) -> Vec<ItemFault> {
        let own = self.originator.faults();
        let mut faults: Vec<_> = own.iter().map(|message| of_file(message)).collect();
        let is_serial =
            self.serial.len() == 6 && self.serial.bytes().all(|b| b.is_ascii_alphanumeric());
        if !is_serial {
            faults.push(of_file(&format!(
                "serial number `{}`; six letters and digits would be right",
                self.serial
            )));
        }
        if !(1..=999).contains(&self.file_number) {
            faults.push(of_file(&format!(
                "file number {}; 1 to 999 would be right",
                self.file_number
            )));
        }
        faults.extend(not_carried(&self.narrative, "narrative").map(|message| of_file(&message)));
        if julian::written(self.created).is_none() {
            faults
                .push(of_file(&format!("the day {}; one up to 2079 would be right", self.created)));
        }
        for (number, item) in (1..).zip(&self.items) {
            let messages = item.faults();
            faults.extend(
                messages.into_iter().map(|message| ItemFault { item: Some(number), message }),
            );
        }
        faults
    }
}

fn label2(name: &str, is_multi: bool) -> Line {
    let length = if is_multi { "00106" } else { "00100" };
    Line::label(name).put(5, "F").put(6, "02000").put(11, length).put(51, "00")
}

fn day_of(day: NaiveDate) -> String {
    julian::written(day).unwrap_or_default()
}

fn of_file(message: &str) -> ItemFault {
    ItemFault { item: None, message: message.to_owned() }
}

fn not_digits(text: &str, length: usize, what: &str) -> Option<String> {
    let is_right = text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
    (!is_right).then(|| format!("{what} `{text}`; {length} digits would be right"))
}

fn not_carried(text: &str, what: &str) -> Option<String> {
    if text.trim().is_empty() {
        return Some(format!("no {what}; 1 to {TEXT_LENGTH} characters would be right"));
    }
    if text.trim() != text {
        return Some(format!("{what} `{text}` has blanks around it; none would be right"));
    }
    if text.chars().count() > TEXT_LENGTH {
        return Some(format!("{what} `{text}` is longer than {TEXT_LENGTH} characters"));
    }
    let odd = text.chars().find(|character| !is_permitted(*character))?;
    Some(format!(
        "{what} `{text}` has `{odd}`, which is not carried; capital letters, digits, a blank and . & / - are"
    ))
}

impl Originator {
    /// Everything of it that Bacs would not take, in words; nothing when it can
    /// send.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        let digits = [
            not_digits(&self.user_number, 6, "service user number"),
            not_digits(&self.sort_code, 6, "sort code"),
            not_digits(&self.account, 8, "account"),
        ];
        let names = [
            not_carried(&self.account_name, "account name"),
            not_carried(&self.statement_name, "name on statements"),
        ];
        digits.into_iter().chain(names).flatten().collect()
    }
}

impl Instruction {
    /// Everything of it that Bacs would not take, in words; nothing when it
    /// can be sent.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        let (item, amount) = (self, self.amount);
        let mut faults = Vec::new();
        faults.extend(not_digits(&item.sort_code, 6, "sort code"));
        faults.extend(not_digits(&item.account, 8, "account"));
        faults.extend(not_carried(&item.reference, "reference"));
        if fitted(&item.name).is_empty() {
            faults
                .push(format!("nothing of the name `{}` is carried; letters would be", item.name));
        }
        if item.code.is_credit() {
            if item.reference.starts_with("CONTRA") {
                faults.push("a reference that begins with CONTRA is the file's own".to_owned());
            }
        } else if let Some(why) = super::text::debit_reference_fault(&item.reference) {
            faults.push(format!("reference `{}`: {why}", item.reference));
        }
        if item.code.is_instruction() != amount.is_zero() || amount.is_negative() {
            let right = if item.code.is_instruction() { "0.00" } else { "more than nothing" };
            faults.push(format!(
                "amount {amount} of {}; {right} would be right",
                item.code.meaning()
            ));
        } else if lines::digits(amount, 11).is_none() {
            faults.push(format!("amount {amount} has more than 11 digits of pence"));
        }
        if julian::written(item.day).is_none() {
            faults.push(format!("processing day {}; one up to 2079 would be right", item.day));
        }
        faults
    }
}
