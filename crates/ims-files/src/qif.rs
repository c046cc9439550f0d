//! QIF: what accounting programs write. It has no currency, no balances and no
//! fixed order of day and month.

mod day;

use std::io::BufRead;

use chrono::NaiveDate;
use ims_ledger::{Counterparty, StatementClose, StatementHead, StatementLine};
use ims_money::Amount;

use crate::{
    Confidence, Format, Head, RECORD_BYTES_MAX, Record, STATEMENTS_MAX, Verdict, accounts,
    amounts::sterling,
    lines::{Lines, first_lines},
    out::Out,
    verdict::Faults,
};
use day::{Found, Order};

/// How many records wait, at most, for a date that shows their order.
const UNDECIDED_MAX: usize = 20_000;

/// See `docs/formats/qif.md`.
pub(crate) struct Qif;

impl Format for Qif {
    fn name(&self) -> &'static str {
        "qif"
    }

    fn title(&self) -> &'static str {
        "QIF transactions (Quicken, and many programs and banks)"
    }

    fn page(&self) -> &'static str {
        "docs/formats/qif.md"
    }

    fn recognise(&self, head: &Head<'_>) -> Confidence {
        let begins = |line: &str| {
            let line = line.trim().to_ascii_lowercase();
            ["!type:", "!account", "!option:"].iter().any(|name| line.starts_with(name))
        };
        if first_lines(head.bytes, 12).iter().any(|line| begins(line)) {
            Confidence::Sure
        } else {
            Confidence::No
        }
    }

    fn read(&self, input: &mut dyn BufRead, sink: &mut dyn FnMut(Record)) -> Verdict {
        let mut lines = Lines::new(input);
        let mut reading = Reading::new(sink);
        let mut number = 0;
        while let Some(line) = lines.next() {
            number += 1;
            reading.line(line.trim_end(), number);
            if reading.statements > STATEMENTS_MAX {
                reading
                    .faults
                    .error(number, format!("more than {STATEMENTS_MAX} accounts; split the file"));
                break;
            }
        }
        reading.finish(lines, number)
    }
}

/// What the records of a section are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Section {
    /// Before any `!`.
    None,
    /// `!Account`.
    Account,
    /// `!Type:Bank`, `Cash`, `CCard`, `Oth A`, `Oth L`.
    Lines,
    /// Categories, classes, securities, investments, prices.
    Passed,
}

/// A record while it is read.
#[derive(Debug, Default)]
struct Draft {
    line: u64,
    date: String,
    amount: String,
    payee: String,
    memo: String,
    number: String,
    category: String,
    /// What its splits make, where it has some; `None` within where they cannot be read.
    splits: Option<Option<Amount>>,
}

/// A line whose date is still open.
#[derive(Debug)]
struct Waiting {
    date: Found,
    line: StatementLine,
    /// The first record names the balance before it.
    is_opening: bool,
}

/// The reading of one file.
struct Reading<'s> {
    out: Out<'s>,
    faults: Faults,
    section: Section,
    draft: Draft,
    /// What `!Account` named last.
    account: String,
    order: Option<Order>,
    /// What waits for a date that shows the order: all of the open account.
    waiting: Vec<Event>,
    undecided: bool,
    opened: bool,
    passed: u64,
    statements: u64,
    first_of_account: bool,
}

/// What happens to a statement, in the order of the file.
#[derive(Debug)]
enum Event {
    Opens { account: String, line: u64 },
    Line(Box<Waiting>),
    Closes { line: u64 },
}

impl<'s> Reading<'s> {
    fn new(sink: &'s mut dyn FnMut(Record)) -> Self {
        Self {
            out: Out::new(sink),
            faults: Faults::default(),
            section: Section::None,
            draft: Draft::default(),
            account: String::new(),
            order: None,
            waiting: Vec::new(),
            undecided: false,
            opened: false,
            passed: 0,
            statements: 0,
            first_of_account: false,
        }
    }

    fn line(&mut self, line: &str, number: u64) {
        if let Some(directive) = line.trim_start().strip_prefix('!') {
            self.directive(directive.trim(), number);
            return;
        }
        let Some(code) = line.chars().next() else { return };
        if code == '^' {
            self.end_record(number);
            return;
        }
        if self.draft.line == 0 {
            self.draft.line = number;
        }
        let value = line.get(code.len_utf8()..).unwrap_or_default().trim();
        if code == '$' {
            let more = sterling(value).ok();
            let sum = self.draft.splits.unwrap_or(Some(Amount::ZERO));
            self.draft.splits = Some(sum.and_then(|sum| sum.checked_add(more?)));
            return;
        }
        let field = match code {
            'D' => &mut self.draft.date,
            'T' => &mut self.draft.amount,
            'U' if self.draft.amount.is_empty() => &mut self.draft.amount,
            'P' => &mut self.draft.payee,
            'M' => &mut self.draft.memo,
            'N' => &mut self.draft.number,
            'L' => &mut self.draft.category,
            _ => return,
        };
        if value.len() <= RECORD_BYTES_MAX {
            value.clone_into(field);
        }
    }

    /// `!Type:Bank`, `!Account`, `!Option:AutoSwitch`.
    fn directive(&mut self, text: &str, number: u64) {
        self.end_record(number);
        let lower = text.to_ascii_lowercase();
        if lower == "account" {
            self.section = Section::Account;
            return;
        }
        let Some(kind) = lower.strip_prefix("type:").map(str::trim) else { return };
        let kind = kind.split(':').next().unwrap_or(kind).trim();
        if matches!(kind, "bank" | "cash" | "ccard" | "oth a" | "oth l") {
            self.close(number);
            self.section = Section::Lines;
            self.statements = self.statements.saturating_add(1);
            self.event(Event::Opens { account: self.account.clone(), line: number });
            self.opened = true;
            self.first_of_account = true;
        } else {
            self.section = Section::Passed;
        }
    }

    fn end_record(&mut self, number: u64) {
        let draft = std::mem::take(&mut self.draft);
        if draft.line == 0 {
            return;
        }
        match self.section {
            Section::Account => self.account = draft.number,
            Section::Passed => self.passed = self.passed.saturating_add(1),
            Section::None => {
                if !draft.date.is_empty() && !draft.amount.is_empty() {
                    self.faults.error(draft.line, "a record before !Type says what it is");
                }
            }
            Section::Lines => {
                self.compare_splits(&draft);
                let first = std::mem::take(&mut self.first_of_account);
                match read(draft, first) {
                    Ok(Some(waiting)) => self.event(Event::Line(Box::new(waiting))),
                    Ok(None) => self.first_of_account = first,
                    Err((line, message)) => self.faults.error(line, message),
                }
            }
        }
        if self.waiting.len() >= UNDECIDED_MAX {
            self.decide(Order::DayFirst, number);
        }
    }

    /// The sum is the bank's, the splits are its owner's.
    fn compare_splits(&mut self, draft: &Draft) {
        let (Some(splits), Ok(amount)) = (draft.splits, sterling(&draft.amount)) else { return };
        if splits != Some(amount) {
            let made = splits.map_or_else(|| "no sum".to_owned(), |sum| sum.to_string());
            self.faults.warning(
                draft.line,
                format!(
                    "the splits make {made}, but the transaction is of {amount}, which is taken"
                ),
            );
        }
    }

    fn close(&mut self, line: u64) {
        if std::mem::take(&mut self.opened) {
            self.event(Event::Closes { line });
        }
    }

    fn event(&mut self, event: Event) {
        if self.order.is_none() {
            let shows = match &event {
                Event::Line(waiting) => match waiting.date {
                    Found::Open(written) => {
                        self.undecided = true;
                        written.order()
                    }
                    Found::Certain(_) => None,
                },
                Event::Opens { .. } | Event::Closes { .. } => None,
            };
            self.waiting.push(event);
            if let Some(order) = shows {
                self.release(order);
            }
            return;
        }
        self.give(event, self.order.unwrap_or(Order::DayFirst));
    }

    /// Takes that order where nothing has shown one.
    fn decide(&mut self, order: Order, number: u64) {
        if self.order.is_none() {
            if self.undecided {
                self.faults.warning(
                    number,
                    "no date up to here shows whether day or month stands first; day first, as in the UK, is taken",
                );
            }
            self.release(order);
        }
    }

    fn release(&mut self, order: Order) {
        self.order = Some(order);
        for event in std::mem::take(&mut self.waiting) {
            self.give(event, order);
        }
    }

    fn give(&mut self, event: Event, order: Order) {
        match event {
            Event::Opens { account, line } => {
                if account.is_empty() {
                    self.faults.warning(
                        line,
                        "the file does not name its account; say which it is when it is imported",
                    );
                }
                let (sort_code, account) = accounts::split(&account, "GBP");
                self.out.open(StatementHead {
                    account,
                    sort_code,
                    currency: "GBP".to_owned(),
                    ..StatementHead::default()
                });
            }
            Event::Closes { line } => {
                self.out.close(StatementClose::default(), line, &mut self.faults);
            }
            Event::Line(waiting) => self.give_line(*waiting, order),
        }
    }

    fn give_line(&mut self, waiting: Waiting, order: Order) {
        let Waiting { date, mut line, is_opening } = waiting;
        match dated(date, order) {
            Ok(day) => line.booked = day,
            Err(message) => {
                self.faults.error(line.line, message);
                return;
            }
        }
        if matches!(date, Found::Open(written) if written.is_old) {
            self.faults.warning(
                line.line,
                format!(
                    "the year behind the apostrophe is taken for one of the last century: {}",
                    line.booked
                ),
            );
        }
        if is_opening {
            self.faults.warning(
                line.line,
                format!(
                    "the opening balance of {} on {} is no transaction; it is not shown as one",
                    line.amount, line.booked
                ),
            );
            return;
        }
        self.out.line(line);
    }

    fn finish(mut self, lines: Lines<'_>, number: u64) -> Verdict {
        if self.draft.line != 0 && self.section == Section::Lines {
            self.faults.warning(
                self.draft.line,
                "the last record does not end in `^`; the file may have been cut off",
            );
        }
        self.end_record(number);
        self.close(number);
        self.decide(Order::DayFirst, number);
        if self.passed > 0 {
            self.faults.warning(
                None,
                format!(
                    "{} records of categories, securities or investments were passed over",
                    self.passed
                ),
            );
        }
        if self.statements == 0 {
            self.faults.error(None, "no transactions of a bank account; !Type:Bank begins them");
        }
        let Self { out, mut faults, .. } = self;
        lines.finish(&mut faults);
        faults.verdict(None, out.totals())
    }
}

fn dated(date: Found, order: Order) -> Result<NaiveDate, String> {
    let written = match date {
        Found::Certain(day) => return Ok(day),
        Found::Open(written) => written,
    };
    let (taken, other) = match order {
        Order::DayFirst => ("day", Order::MonthFirst),
        Order::MonthFirst => ("month", Order::DayFirst),
    };
    written.day(order).ok_or_else(|| {
        if written.day(other).is_some() {
            format!(
                "the date has not its {taken} first, as the dates above have; ask for ISO dates"
            )
        } else {
            "the date does not exist in the calendar".to_owned()
        }
    })
}

/// A record as a line; `None` for one that is empty.
fn read(draft: Draft, first: bool) -> Result<Option<Waiting>, (u64, String)> {
    if draft.date.is_empty() && draft.amount.is_empty() {
        return Ok(None);
    }
    let at = |message| (draft.line, message);
    let amount = sterling(&draft.amount).map_err(at)?;
    let date = day::read(&draft.date).map_err(at)?;
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let named = |name: String| Counterparty { name: Some(name), ..Counterparty::default() };
    let narrative = match (draft.payee.as_str(), draft.memo.as_str()) {
        ("", memo) => memo.to_owned(),
        (payee, "") => payee.to_owned(),
        (payee, memo) if memo.starts_with(payee) => memo.to_owned(),
        (payee, memo) => format!("{payee} {memo}"),
    };
    let is_opening = first && draft.payee.eq_ignore_ascii_case("opening balance");
    let line = StatementLine {
        line: draft.line,
        amount,
        code: given(&draft.category),
        reference: given(&draft.number),
        counterparty: given(&draft.payee).map(named),
        narrative,
        ..StatementLine::default()
    };
    Ok(Some(Waiting { date, line, is_opening }))
}
