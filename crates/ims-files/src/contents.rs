//! A whole file held in memory, for showing it.

mod neutral;

use ims_ledger::{
    Acknowledgement, Advice, Balance, IncomingHolder, IncomingReceipt, ScheduleHead, ScheduleLine,
    SettlementHead, SettlementLine, StatementClose, StatementHead, StatementLine,
};
use ims_money::Amount;

use crate::{Record, out::counts_in_balance};

/// Everything a file says, gathered from its records.
///
/// Importing streams; this is for looking at one file, and for tests. Its
/// [`Serialize`](serde::Serialize) is the neutral shape of
/// `ims file inspect --json` without what concerns the file as such.
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
        let sum = Amount::checked_sum(booked).and_then(|sum| sum.checked_add(opening.amount));
        Some(sum == Some(closing.amount))
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
}

/// A schedule with its lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Schedule {
    /// What opened it.
    pub head: ScheduleHead,
    /// Its lines.
    pub lines: Vec<ScheduleLine>,
}

impl Contents {
    /// Takes the next record of the file.
    pub fn take(&mut self, record: Record) {
        match record {
            Record::StatementOpens(head) => {
                self.statements.push(Statement { head, ..Statement::default() });
            }
            Record::Line(line) => {
                if let Some(statement) = self.statements.last_mut() {
                    statement.lines.push(line);
                }
            }
            Record::StatementCloses(close) => {
                if let Some(statement) = self.statements.last_mut() {
                    statement.close = close;
                }
            }
            Record::Receipt(receipt) => self.receipts.push(receipt),
            Record::ScheduleOpens(head) => {
                self.schedules.push(Schedule { head, lines: Vec::new() })
            }
            Record::ScheduleLine(line) => {
                if let Some(schedule) = self.schedules.last_mut() {
                    schedule.lines.push(line);
                }
            }
            Record::SettlementOpens(head) => {
                self.settlements.push(Settlement { head, lines: Vec::new() });
            }
            Record::SettlementLine(line) => {
                if let Some(settlement) = self.settlements.last_mut() {
                    settlement.lines.push(line);
                }
            }
            Record::Holder(holder) => self.holders.push(holder),
            Record::Advice(advice) => self.advices.push(advice),
            Record::Acknowledgement(one) => self.acknowledgements.push(one),
        }
    }
}
