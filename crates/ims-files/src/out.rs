//! Where readers put what they find: it is counted on its way to the sink.

use ims_ledger::{Balance, StatementClose, StatementHead, StatementLine};
use ims_money::Amount;

use crate::{Record, Totals, verdict::Faults};

/// The sink, with the running totals of the file and of the open statement.
pub(crate) struct Out<'s> {
    sink: &'s mut dyn FnMut(Record),
    count: u64,
    /// `None` once it is too large or of several currencies.
    sum: Option<Amount>,
    currency: Option<String>,
    open: Option<Open>,
}

/// The statement that is open.
struct Open {
    /// Until its first line.
    currency: Option<String>,
    opening: Option<Balance>,
    booked: Option<Amount>,
    /// Of lines that are no part of the balance.
    other: Option<Amount>,
}

impl<'s> Out<'s> {
    pub(crate) fn new(sink: &'s mut dyn FnMut(Record)) -> Self {
        Self { sink, count: 0, sum: Some(Amount::ZERO), currency: None, open: None }
    }

    pub(crate) fn open(&mut self, head: StatementHead) {
        self.open = Some(Open {
            currency: Some(head.currency.clone()),
            opening: head.opening,
            booked: Some(Amount::ZERO),
            other: Some(Amount::ZERO),
        });
        (self.sink)(Record::StatementOpens(head));
    }

    /// Hands on a line of the open statement.
    #[inline(always)]
    pub(crate) fn line(&mut self, line: StatementLine) {
        if let Some(currency) = self.open.as_mut().and_then(|open| open.currency.take()) {
            self.in_currency(&currency);
        }
        if let Some(currency) = &line.currency {
            self.in_currency(&currency.clone());
        }
        if let Some(open) = &mut self.open {
            let side = if counts_in_balance(&line) { &mut open.booked } else { &mut open.other };
            *side = side.and_then(|sum| sum.checked_add(line.amount));
        }
        self.count = self.count.saturating_add(1);
        (self.sink)(Record::Line(line));
    }

    /// Closes the open statement. Balances that disagree are a warning at
    /// `line`: whoever posts it decides.
    pub(crate) fn close(&mut self, close: StatementClose, line: u64, faults: &mut Faults) {
        let Some(open) = self.open.take() else { return };
        for side in [open.booked, open.other] {
            self.sum = self.sum.and_then(|sum| sum.checked_add(side?));
        }
        if let (Some(opening), Some(closing)) = (close.opening.or(open.opening), close.closing) {
            let expected = open.booked.and_then(|sum| sum.checked_add(opening.amount));
            if expected != Some(closing.amount) {
                let expected =
                    expected.map_or_else(|| "too much".to_owned(), |sum| sum.to_string());
                faults.warning(
                    line,
                    format!(
                        "the opening balance and the lines make {expected}, but the closing balance is {}; ask for the whole statement",
                        closing.amount
                    ),
                );
            }
        }
        (self.sink)(Record::StatementCloses(close));
    }

    /// Hands on anything but a statement's records.
    pub(crate) fn give(&mut self, record: Record) {
        match &record {
            Record::Receipt(receipt) => self.add(receipt.amount.into()),
            Record::ScheduleLine(line) => self.add(line.amount.into()),
            Record::SettlementLine(line) => self.add(line.net.into()),
            Record::Advice(advice) => {
                if let Some(amount) = advice.amount {
                    self.add(amount);
                }
            }
            Record::SettlementOpens(head) => {
                let currency = head.currency.as_deref().unwrap_or("GBP").to_owned();
                self.in_currency(&currency);
            }
            Record::Acknowledgement(_)
            | Record::Holder(_)
            | Record::ScheduleOpens(_)
            | Record::StatementOpens(_)
            | Record::Line(_)
            | Record::StatementCloses(_) => {}
        }
        (self.sink)(record);
    }

    fn add(&mut self, amount: Amount) {
        self.count = self.count.saturating_add(1);
        self.sum = self.sum.and_then(|sum| sum.checked_add(amount));
    }

    fn in_currency(&mut self, currency: &str) {
        match &self.currency {
            Some(known) if known != currency => self.sum = None,
            Some(_) => {}
            None => self.currency = Some(currency.to_owned()),
        }
    }

    /// What was read, or `None` for a file without money or of several currencies.
    pub(crate) fn totals(&self) -> Option<Totals> {
        let sum = self.sum?;
        (self.count > 0).then_some(Totals { count: self.count, sum })
    }

    /// How many rows of money were handed on.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }
}

/// Whether a line is part of what lies between two booked balances.
pub(crate) fn counts_in_balance(line: &StatementLine) -> bool {
    !matches!(line.status.as_deref(), Some("PDNG" | "INFO" | "FUTR"))
}
