//! Files read whole, by the reader of their format.

use std::collections::BTreeSet;

use ims_files::{Head, Record};
use ims_ledger::{
    IncomingHolder, IncomingReceipt, ScheduleHead, ScheduleLine, SettlementHead, SettlementLine,
    StatementClose, StatementHead, StatementLine,
};
use ims_money::Pence;
use ims_synthetic::{Borough, Day, File, working_day_after};

/// Everything that a day's files say.
#[derive(Debug, Default)]
pub(crate) struct Read {
    pub(crate) holders: Vec<IncomingHolder>,
    pub(crate) receipts: Vec<(String, IncomingReceipt)>,
    pub(crate) schedules: Vec<(ScheduleHead, Vec<ScheduleLine>)>,
    pub(crate) settlements: Vec<(SettlementHead, Vec<SettlementLine>)>,
    pub(crate) statements: Vec<Statement>,
}

#[derive(Debug)]
pub(crate) struct Statement {
    pub(crate) file: String,
    pub(crate) head: StatementHead,
    pub(crate) lines: Vec<StatementLine>,
    pub(crate) close: Option<StatementClose>,
}

impl Statement {
    pub(crate) fn opening(&self) -> Pence {
        self.head.opening.unwrap().amount.pence().unwrap()
    }

    pub(crate) fn closing(&self) -> Pence {
        self.close.as_ref().unwrap().closing.unwrap().amount.pence().unwrap()
    }
}

/// What a line says, all of it.
pub(crate) fn words(line: &StatementLine) -> String {
    format!("{} {}", line.reference.as_deref().unwrap_or_default(), line.narrative)
}

/// What the lines of the statements say must be theirs alone, so the repeated
/// file is left out here.
pub(crate) fn read(day: &Day) -> Read {
    let mut read = Read::default();
    let mut seen = BTreeSet::new();
    for file in &day.files {
        if seen.insert(&file.bytes) {
            read.file(file);
        }
    }
    read
}

impl Read {
    fn file(&mut self, file: &File) {
        let head =
            Head { bytes: &file.bytes[..file.bytes.len().min(4_096)], file_name: &file.name };
        let format =
            ims_files::recognise(&head).unwrap_or_else(|why| panic!("{}: {why}", file.name));
        assert_eq!(format.name(), file.format, "{}", file.name);
        let verdict = format.read(&mut &file.bytes[..], &mut |record| self.take(file, record));
        assert_eq!(verdict.faults, [], "{}", file.name);
    }

    fn take(&mut self, file: &File, record: Record) {
        match record {
            Record::Holder(holder) => self.holders.push(holder),
            Record::Receipt(receipt) => self.receipts.push((file.name.clone(), receipt)),
            Record::ScheduleOpens(head) => self.schedules.push((head, Vec::new())),
            Record::ScheduleLine(line) => self.schedules.last_mut().unwrap().1.push(line),
            Record::SettlementOpens(head) => self.settlements.push((head, Vec::new())),
            Record::SettlementLine(line) => self.settlements.last_mut().unwrap().1.push(line),
            Record::StatementOpens(head) => {
                let file = file.name.clone();
                self.statements.push(Statement { file, head, lines: Vec::new(), close: None });
            }
            Record::Line(line) => self.statements.last_mut().unwrap().lines.push(line),
            Record::StatementCloses(close) => {
                self.statements.last_mut().unwrap().close = Some(close);
            }
            other => panic!("nothing is made that reads as {other:?}"),
        }
    }
}

/// The first `count` working days of a seed.
pub(crate) fn days(seed: u64, rows: usize, count: usize) -> (Borough, Vec<Day>) {
    let mut borough = Borough::new(seed, rows);
    let first = borough.first_day();
    let dates = std::iter::successors(Some(first), |date| Some(working_day_after(*date)));
    let days = dates.take(count).map(|date| borough.day(date)).collect();
    (borough, days)
}
