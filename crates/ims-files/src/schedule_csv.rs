//! Schedules of agents, employers and benefit offices, our own layout.

use std::{collections::HashSet, io::BufRead};

use ims_ledger::{ScheduleHead, ScheduleLine};

use crate::{
    Confidence, Format, Head, Record, STATEMENTS_MAX, Verdict,
    amounts::pence,
    dates,
    out::Out,
    rows::{Header, Row, headed, read_headed},
};

/// What its first line names.
const WANTED: &str =
    "sender, reference and amount, and may name date, credit_reference, name, paid_on and kind";

/// See `docs/formats/schedule-csv.md`.
pub(crate) struct ScheduleCsv;

impl Format for ScheduleCsv {
    fn name(&self) -> &'static str {
        "schedule-csv"
    }

    fn title(&self) -> &'static str {
        "Schedule of payments behind one credit (CSV)"
    }

    fn page(&self) -> &'static str {
        "docs/formats/schedule-csv.md"
    }

    fn recognise(&self, head: &Head<'_>) -> Confidence {
        headed(head.bytes, Columns::of)
    }

    fn read(&self, input: &mut dyn BufRead, sink: &mut dyn FnMut(Record)) -> Verdict {
        let mut reading = Reading { out: Out::new(sink), open: None, seen: HashSet::new() };
        let faults = read_headed(input, Columns::of, WANTED, |columns, row| {
            columns.line(row).and_then(|(head, line)| reading.take(head, line))
        });
        faults.verdict(None, reading.out.totals())
    }
}

struct Reading<'s> {
    out: Out<'s>,
    open: Option<ScheduleHead>,
    seen: HashSet<(String, String)>,
}

impl Reading<'_> {
    fn take(&mut self, head: ScheduleHead, line: ScheduleLine) -> Result<(), String> {
        if self.open.as_ref() != Some(&head) {
            let key = (
                head.sender.clone(),
                format!("{:?} {}", head.date, head.reference.as_deref().unwrap_or_default()),
            );
            if !self.seen.insert(key) {
                return Err(format!(
                    "a schedule of `{}` began further up; keep the rows of one schedule together",
                    crate::amounts::clipped(&head.sender)
                ));
            }
            if u64::try_from(self.seen.len()).is_ok_and(|count| count > STATEMENTS_MAX) {
                return Err(format!("more than {STATEMENTS_MAX} schedules; split the file"));
            }
            self.out.give(Record::ScheduleOpens(head.clone()));
            self.open = Some(head);
        }
        self.out.give(Record::ScheduleLine(line));
        Ok(())
    }
}

/// Where each column is.
struct Columns {
    sender: usize,
    date: Option<usize>,
    credit_reference: Option<usize>,
    reference: usize,
    name: Option<usize>,
    amount: usize,
    paid_on: Option<usize>,
    kind: Option<usize>,
    width: usize,
}

impl Columns {
    fn of(row: &Row) -> Option<Self> {
        let header = Header::of(row);
        Some(Self {
            sender: header.column(&["sender"])?,
            date: header.column(&["date"]),
            credit_reference: header.column(&["creditreference"]),
            reference: header.column(&["reference"])?,
            name: header.column(&["name"]),
            amount: header.column(&["amount"])?,
            paid_on: header.column(&["paidon"]),
            kind: header.column(&["kind"]),
            width: row.len(),
        })
    }

    fn line(&self, row: &Row) -> Result<(ScheduleHead, ScheduleLine), String> {
        if !row.fits(self.width) {
            return Err(format!("{} columns; the header has {}", row.len(), self.width));
        }
        let given = |column: Option<usize>| column.map(|at| row.get(at)).filter(|t| !t.is_empty());
        let day = |name: &str, column| {
            let date = given(column).map(dates::uk).transpose();
            date.map_err(|message| format!("{name}: {message}"))
        };
        let sender = row.get(self.sender);
        if sender.is_empty() {
            return Err("sender: is empty; say who sent the schedule".to_owned());
        }
        let head = ScheduleHead {
            sender: sender.to_owned(),
            date: day("date", self.date)?,
            reference: given(self.credit_reference).map(str::to_owned),
        };
        let line = ScheduleLine {
            line: row.line,
            reference: row.get(self.reference).to_owned(),
            name: given(self.name).map(str::to_owned),
            amount: pence(row.get(self.amount)).map_err(|message| format!("amount: {message}"))?,
            date: day("paid_on", self.paid_on)?,
            kind: given(self.kind).map(str::to_owned),
        };
        Ok((head, line))
    }
}
