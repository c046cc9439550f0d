//! BAI2 statements: records that continue, and control totals at three levels.

mod control;
mod detail;
mod fields;

use std::io::BufRead;

use chrono::NaiveDate;
use ims_ledger::{Balance, StatementClose, StatementHead};
use ims_money::Amount;

use crate::{
    Confidence, Format, Head, RECORD_BYTES_MAX, Record, STATEMENTS_MAX, Verdict, accounts,
    amounts::{clipped, currency_decimals},
    dates,
    lines::{Lines, first_lines},
    out::Out,
    verdict::Faults,
};
use control::{Control, Level};
use fields::{Fields, Funds, whole};

/// See `docs/formats/bai2.md`.
pub(crate) struct Bai2;

impl Format for Bai2 {
    fn name(&self) -> &'static str {
        "bai2"
    }

    fn title(&self) -> &'static str {
        "BAI2 bank statement"
    }

    fn page(&self) -> &'static str {
        "docs/formats/bai2.md"
    }

    fn recognise(&self, head: &Head<'_>) -> Confidence {
        let lines = first_lines(head.bytes, 3);
        let records: Vec<&str> = lines.iter().flat_map(|line| several(line)).take(2).collect();
        let begins = |nth: usize, code: &str| records.get(nth).is_some_and(|l| l.starts_with(code));
        if begins(0, "01,") && (begins(1, "02,") || begins(1, "88,")) {
            Confidence::Sure
        } else if begins(0, "01,") && records.len() == 1 || begins(0, "02,") && begins(1, "03,") {
            Confidence::Maybe
        } else {
            Confidence::No
        }
    }

    fn read(&self, input: &mut dyn BufRead, sink: &mut dyn FnMut(Record)) -> Verdict {
        let mut lines = Lines::new(input);
        let mut reading = Reading::new(sink);
        let mut record = Logical::default();
        let mut number = 0;
        while let Some(line) = lines.next() {
            number += 1;
            for (nth, line) in several(&line).enumerate() {
                if nth == 1 {
                    reading.faults.warning(number, "several records in one line");
                }
                let Some(more) = continuation(line) else {
                    reading.record(&record);
                    record.begin(line, number);
                    continue;
                };
                if !line.starts_with("88,") && line != "88/" {
                    reading.faults.warning(number, "a continuation (88) without its comma");
                }
                record.go_on(more, number, &mut reading.faults);
            }
            if reading.accounts > STATEMENTS_MAX {
                reading
                    .faults
                    .error(number, format!("more than {STATEMENTS_MAX} accounts; split the file"));
                record.begin("", 0);
                break;
            }
        }
        reading.record(&record);
        reading.finish(lines, number)
    }
}

/// The records of a line: one, unless a `/` ends one and another begins behind it.
fn several(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = line.trim();
    std::iter::from_fn(move || {
        let end = rest.match_indices("/ ").find(|(at, _)| {
            rest.get(at.saturating_add(2)..).is_some_and(|next| begins_record(next.trim_start()))
        });
        let end = end.map_or(rest.len(), |(at, _)| at.saturating_add(1));
        let (record, next) = rest.split_at_checked(end)?;
        rest = next.trim_start();
        (!record.is_empty()).then_some(record)
    })
}

/// Whether a record begins so: `03,` and others, `16,` only with its type behind it,
/// for text may say much.
fn begins_record(text: &str) -> bool {
    let Some((code, after)) = text.split_once(',') else { return false };
    match code {
        "02" | "03" | "49" | "98" | "99" => true,
        "16" => after.split_once(',').is_some_and(|(kind, _)| {
            kind.len() == 3 && kind.bytes().all(|byte| byte.is_ascii_digit())
        }),
        _ => false,
    }
}

/// What an `88` says, the comma behind it written or not.
fn continuation(line: &str) -> Option<&str> {
    let more = line.strip_prefix("88")?;
    match more.strip_prefix(',') {
        Some(more) => Some(more),
        None => more.starts_with(|c: char| !c.is_ascii_alphanumeric()).then_some(more),
    }
}

/// A record with its continuations, each after a line feed, without the slashes
/// that end them.
#[derive(Debug, Default)]
struct Logical {
    text: String,
    line: u64,
    /// How many physical records it is.
    physical: u64,
    too_long: bool,
}

impl Logical {
    fn begin(&mut self, line: &str, number: u64) {
        self.text.clear();
        self.text.push_str(line.strip_suffix('/').unwrap_or(line));
        self.line = number;
        self.physical = 1;
        self.too_long = false;
    }

    fn go_on(&mut self, more: &str, number: u64, faults: &mut Faults) {
        if self.physical == 0 {
            faults.error(number, "a continuation (88) that continues nothing");
            return;
        }
        self.physical += 1;
        if self.text.len() + more.len() > RECORD_BYTES_MAX {
            if !std::mem::replace(&mut self.too_long, true) {
                faults.error(
                    number,
                    format!(
                        "the record is longer than {RECORD_BYTES_MAX} bytes; its rest was skipped"
                    ),
                );
            }
            return;
        }
        self.text.push('\n');
        self.text.push_str(more.strip_suffix('/').unwrap_or(more));
    }
}

/// The reading of one file.
struct Reading<'s> {
    out: Out<'s>,
    faults: Faults,
    file: Control,
    group: Option<Group>,
    account: Option<Open>,
    created: Option<NaiveDate>,
    accounts: u64,
    seen_file: bool,
    ended: bool,
}

struct Group {
    control: Control,
    as_of: Option<NaiveDate>,
    currency: Option<String>,
    interim: bool,
}

struct Open {
    control: Control,
    decimals: u32,
    as_of: NaiveDate,
    closing: Option<Balance>,
}

impl<'s> Reading<'s> {
    fn new(sink: &'s mut dyn FnMut(Record)) -> Self {
        Self {
            out: Out::new(sink),
            faults: Faults::default(),
            file: Control::default(),
            group: None,
            account: None,
            created: None,
            accounts: 0,
            seen_file: false,
            ended: false,
        }
    }

    fn record(&mut self, record: &Logical) {
        if record.physical == 0 || record.text.is_empty() {
            return;
        }
        self.file.records += record.physical;
        if let Some(group) = &mut self.group {
            group.control.records += record.physical;
        }
        if let Some(account) = &mut self.account {
            account.control.records += record.physical;
        }
        let mut fields = Fields::new(&record.text);
        let code = fields.next();
        match code {
            "16" => self.detail(fields, record.line),
            "03" => self.open_account(fields, record),
            "49" => self.close_account(fields, record.line),
            "02" => self.open_group(fields, record),
            "98" => self.close_group(fields, record.line),
            "01" => self.open_file(fields, record),
            "99" => self.close_file(fields, record.line),
            _ => self.faults.error(
                record.line,
                format!(
                    "`{}` is no record of BAI2; one begins with 01, 02, 03, 16, 88, 49, 98 or 99",
                    clipped(code)
                ),
            ),
        }
    }

    /// `01,sender,receiver,date,time,id,record length,block,version`.
    fn open_file(&mut self, mut fields: Fields<'_>, record: &Logical) {
        if self.seen_file && !self.ended {
            self.faults.error(record.line, "a file begins before the one above has ended (99)");
        }
        self.abandon(Level::File, record.line);
        let created = fields.nth(2);
        let version = fields.nth(4);
        self.created = dates::yymmdd(created);
        if !version.is_empty() && version != "2" {
            self.faults.error(record.line, format!("version `{}`; 2 is read", clipped(version)));
        }
        self.file = Control::begun(record.physical);
        (self.seen_file, self.ended) = (true, false);
    }

    /// `02,receiver,originator,status,as-of date,time,currency,modifier`.
    fn open_group(&mut self, mut fields: Fields<'_>, record: &Logical) {
        self.abandon(Level::Group, record.line);
        let status = fields.nth(2);
        let date = fields.next();
        let currency = fields.nth(1);
        let modifier = fields.next();
        match status {
            "1" | "" => {}
            "2" => self.faults.error(record.line, "the group deletes an earlier one; undo that import instead"),
            "3" => self.faults.error(record.line, "the group corrects an earlier one; undo that import first and ask the bank for a new file"),
            "4" => self.faults.error(record.line, "the group is marked as a test"),
            other => self.faults.error(record.line, format!("group status `{}`; 1 is read", clipped(other))),
        }
        let as_of = dates::yymmdd(date).or_else(|| {
            self.faults
                .error(record.line, format!("as-of date `{}` is not a date YYMMDD", clipped(date)));
            self.created
        });
        self.group = Some(Group {
            control: Control::begun(record.physical),
            as_of,
            currency: given(currency),
            interim: matches!(modifier, "1" | "3"),
        });
    }

    /// `03,account,currency,(type,amount,count,funds)…`.
    fn open_account(&mut self, mut fields: Fields<'_>, record: &Logical) {
        self.abandon(Level::Account, record.line);
        let number = fields.next();
        let currency = given(fields.next());
        let Some(group) = &self.group else {
            self.faults.error(record.line, "an account outside a group; 02 begins one");
            return;
        };
        let Some(as_of) = group.as_of else {
            self.faults.error(record.line, "the account has no date, so it was passed over");
            return;
        };
        let interim = group.interim;
        let currency = currency.or_else(|| group.currency.clone()).unwrap_or_else(|| {
            self.faults.warning(record.line, "no currency is stated; BAI2 then means US dollars");
            "USD".to_owned()
        });
        let decimals = currency_decimals(&currency);
        let mut control = Control::begun(record.physical);
        let (mut opening, mut closing) = (None, None);
        while let Some(summary) = fields::summary(&mut fields) {
            if summary.amount.is_empty() {
                continue;
            }
            let parsed = whole(summary.amount)
                .and_then(|units| Some((units, Amount::from_minor(units, decimals)?)));
            let Some((units, amount)) = parsed else {
                let (kind, amount) = (clipped(summary.kind), clipped(summary.amount));
                self.faults.error(
                    record.line,
                    format!("amount `{amount}` of type {kind} is not a whole number"),
                );
                continue;
            };
            control.add(i128::from(units));
            let balance = Some(Balance { date: as_of, amount });
            match summary.kind {
                "010" => opening = balance,
                "015" => closing = balance,
                _ => {}
            }
        }
        let (sort_code, account) = accounts::split(number, &currency);
        if account.is_empty() {
            self.faults
                .error(record.line, "the account is not stated; the second field of 03 does");
        }
        self.out.open(StatementHead {
            account,
            sort_code,
            currency,
            number: None,
            opening,
            interim,
            ..StatementHead::default()
        });
        self.account = Some(Open { control, decimals, as_of, closing });
        self.accounts += 1;
    }

    fn detail(&mut self, mut fields: Fields<'_>, line: u64) {
        let Some(account) = &mut self.account else {
            self.faults.error(line, "a transaction (16) outside an account (03)");
            return;
        };
        match detail::parse(&mut fields, line, account.as_of, account.decimals) {
            Ok(Some((units, entry))) => {
                account.control.add(i128::from(units));
                self.out.line(entry);
            }
            Ok(None) => {}
            Err(message) => self.faults.error(line, message),
        }
    }

    fn close_account(&mut self, fields: Fields<'_>, line: u64) {
        let Some(open) = self.account.take() else {
            self.faults.error(line, "an account trailer (49) without an account (03)");
            return;
        };
        let total = open.control.compare(Level::Account, fields, line, &mut self.faults);
        if let Some(group) = &mut self.group {
            group.control.add_child(total);
        }
        let close = StatementClose { closing: open.closing, ..StatementClose::default() };
        self.out.close(close, line, &mut self.faults);
    }

    fn close_group(&mut self, fields: Fields<'_>, line: u64) {
        self.abandon(Level::Account, line);
        let Some(group) = self.group.take() else {
            self.faults.error(line, "a group trailer (98) without a group (02)");
            return;
        };
        let total = group.control.compare(Level::Group, fields, line, &mut self.faults);
        self.file.add_child(total);
    }

    fn close_file(&mut self, fields: Fields<'_>, line: u64) {
        self.abandon(Level::Group, line);
        let file = std::mem::take(&mut self.file);
        file.compare(Level::File, fields, line, &mut self.faults);
        self.ended = true;
    }

    /// Closes what is open at `level` and below; it has no trailer.
    fn abandon(&mut self, level: Level, line: u64) {
        if let Some(open) = self.account.take() {
            self.faults.error(
                line,
                "the account above has no trailer (49); the file may have been cut off",
            );
            let close = StatementClose { closing: open.closing, ..StatementClose::default() };
            self.out.close(close, line, &mut self.faults);
        }
        if level != Level::Account && self.group.take().is_some() {
            self.faults
                .error(line, "the group above has no trailer (98); the file may have been cut off");
        }
    }

    fn finish(mut self, lines: Lines<'_>, number: u64) -> Verdict {
        self.abandon(Level::File, number);
        if !self.seen_file {
            self.faults.error(None, "no file header; the first record begins with 01");
        } else if !self.ended {
            self.faults.error(number, "no file trailer (99); the file may have been cut off");
        }
        let Self { out, mut faults, .. } = self;
        lines.finish(&mut faults);
        faults.verdict(Some("2".to_owned()), out.totals())
    }
}

fn given(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// What a funds type says about a transaction's value date.
fn value_date(funds: &Funds<'_>) -> Option<Result<NaiveDate, String>> {
    match funds {
        Funds::Valued { date: "" } | Funds::Plain | Funds::Split | Funds::Distributed => None,
        Funds::Valued { date } => Some(
            dates::yymmdd(date)
                .ok_or_else(|| format!("value date `{}` is not a date YYMMDD", clipped(date))),
        ),
    }
}
