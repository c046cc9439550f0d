//! A file held in memory, whole or its first rows, for showing it.

mod neutral;
mod room;

use ims_ledger::{
    Acknowledgement, Advice, Balance, IncomingHolder, IncomingReceipt, ScheduleHead, ScheduleLine,
    SettlementHead, SettlementLine, StatementClose, StatementHead, StatementLine,
};
use ims_money::Amount;

use crate::{Record, out::counts_in_balance};
pub use room::LeftOut;
use room::Room;

/// Everything a file says, gathered from its records.
///
/// Importing streams; this is for looking at one file, and for tests. Its
/// [`Serialize`](serde::Serialize) is the neutral shape of
/// `ims file inspect --json` without what concerns the file as such.
///
/// [`Contents::of_first`] keeps the first rows only, and counts the others.
///
/// ```
/// use ims_files::{Contents, by_name};
///
/// let rows: String = (1..=1_000).map(|_| "01/04/2026,SMITH J 80012345,120.50\n").collect();
/// let mut contents = Contents::of_first(3);
/// let verdict = by_name("hsbc-csv").unwrap().read(&mut rows.as_bytes(), &mut |record| contents.take(record));
/// assert!(verdict.is_read_whole());
/// let statement = &contents.statements[0];
/// assert_eq!((statement.lines.len(), statement.left_out()), (3, 997));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Contents {
    /// Bank statements.
    pub statements: Vec<Statement>,
    /// Receipts.
    pub receipts: Vec<IncomingReceipt>,
    /// Settlements of payment providers.
    pub settlements: Vec<Settlement>,
    /// Schedules of agents, employers, benefit offices.
    pub schedules: Vec<Schedule>,
    /// Account holders.
    pub holders: Vec<IncomingHolder>,
    /// Items of Bacs reports.
    pub advices: Vec<Advice>,
    /// What a system that took a file of ours says of it.
    pub acknowledgements: Vec<Acknowledgement>,
    room: Option<Room>,
    left_out: LeftOut,
}

/// A bank statement with its lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Statement {
    /// What opened it.
    pub head: StatementHead,
    /// Its lines in the order of the file.
    pub lines: Vec<StatementLine>,
    /// What closed it.
    pub close: StatementClose,
    pub(crate) left_out: u64,
    /// What the lines left out come to that count in the balance; `None` once it is
    /// too large.
    pub(crate) rest: Rest,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rest(Option<Amount>);

impl Default for Rest {
    fn default() -> Self {
        Self(Some(Amount::ZERO))
    }
}

impl Statement {
    /// The balance before the first line, wherever the file states it.
    #[must_use]
    pub fn opening(&self) -> Option<Balance> {
        self.close.opening.or(self.head.opening)
    }

    /// Whether opening balance and booked lines make the closing balance;
    /// `None` where the file does not state both.
    #[must_use]
    pub fn balanced(&self) -> Option<bool> {
        let (opening, closing) = (self.opening()?, self.close.closing?);
        let booked =
            self.lines.iter().filter(|line| counts_in_balance(line)).map(|line| line.amount);
        let sum = Amount::checked_sum(booked).and_then(|sum| sum.checked_add(self.rest.0?));
        let sum = sum.and_then(|sum| sum.checked_add(opening.amount));
        Some(sum == Some(closing.amount))
    }

    /// How many more lines the file has.
    #[must_use]
    pub const fn left_out(&self) -> u64 {
        self.left_out
    }

    fn take(&mut self, line: StatementLine, room: &mut Option<Room>) {
        let (counts, amount) = (counts_in_balance(&line), line.amount);
        if room::put(&mut self.lines, line, room, &mut self.left_out) || !counts {
            return;
        }
        self.rest = Rest(self.rest.0.and_then(|sum| sum.checked_add(amount)));
    }
}

/// A settlement with its lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settlement {
    /// What opened it.
    pub head: SettlementHead,
    /// Its lines.
    pub lines: Vec<SettlementLine>,
    left_out: u64,
}

impl Settlement {
    /// How many more lines the file has.
    #[must_use]
    pub const fn left_out(&self) -> u64 {
        self.left_out
    }
}

/// A schedule with its lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Schedule {
    /// What opened it.
    pub head: ScheduleHead,
    /// Its lines.
    pub lines: Vec<ScheduleLine>,
    left_out: u64,
}

impl Schedule {
    /// How many more lines the file has.
    #[must_use]
    pub const fn left_out(&self) -> u64 {
        self.left_out
    }
}

impl Contents {
    /// One that keeps the first rows of each statement, schedule, settlement and list,
    /// a hundred times as many in all, and counts the others: what it holds does not
    /// grow with the file's rows.
    #[must_use]
    pub fn of_first(rows: usize) -> Self {
        Self { room: Some(Room::of(rows)), ..Self::default() }
    }

    /// Takes the next record of the file.
    pub fn take(&mut self, record: Record) {
        let (room, left_out) = (&mut self.room, &mut self.left_out);
        match record {
            Record::StatementOpens(head) => {
                self.statements.push(Statement { head, ..Statement::default() });
            }
            Record::Line(line) => {
                if let Some(statement) = self.statements.last_mut() {
                    statement.take(line, room);
                }
            }
            Record::StatementCloses(close) => {
                if let Some(statement) = self.statements.last_mut() {
                    statement.close = close;
                }
            }
            Record::ScheduleOpens(head) => {
                self.schedules.push(Schedule { head, ..Schedule::default() });
            }
            Record::ScheduleLine(line) => {
                if let Some(schedule) = self.schedules.last_mut() {
                    room::put(&mut schedule.lines, line, room, &mut schedule.left_out);
                }
            }
            Record::SettlementOpens(head) => {
                self.settlements.push(Settlement { head, ..Settlement::default() });
            }
            Record::SettlementLine(line) => {
                if let Some(settlement) = self.settlements.last_mut() {
                    room::put(&mut settlement.lines, line, room, &mut settlement.left_out);
                }
            }
            Record::Receipt(one) => {
                room::put(&mut self.receipts, one, room, &mut left_out.receipts);
            }
            Record::Holder(one) => {
                room::put(&mut self.holders, one, room, &mut left_out.holders);
            }
            Record::Advice(one) => {
                room::put(&mut self.advices, one, room, &mut left_out.advices);
            }
            Record::Acknowledgement(one) => {
                room::put(&mut self.acknowledgements, one, room, &mut left_out.acknowledgements);
            }
        }
    }

    /// How many more receipts, holders, advices and acknowledgements the file has.
    #[must_use]
    pub const fn left_out(&self) -> LeftOut {
        self.left_out
    }
}
