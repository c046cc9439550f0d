use std::fmt;

use chrono::NaiveDate;

use crate::Record;

/// From when to when a statement covers an account.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Period {
    /// The account's number, with its sort code where the file gives it.
    pub account: String,
    /// The currency.
    pub currency: String,
    /// Whether it is an interim report, which later ones repeat.
    pub interim: bool,
    /// The day of its first line.
    pub from: NaiveDate,
    /// The day of its last line, or of its closing balance where that is later.
    pub to: NaiveDate,
}

impl Period {
    /// The days that both cover, if they are of one account and neither is interim.
    #[must_use]
    pub fn overlap(&self, other: &Self) -> Option<Overlap> {
        let same = self.account == other.account && self.currency == other.currency;
        if !same || self.interim || other.interim {
            return None;
        }
        let (from, to) = (self.from.max(other.from), self.to.min(other.to));
        (from <= to).then(|| Overlap { account: self.account.clone(), from, to })
    }
}

/// Days of an account that two statements cover.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Overlap {
    /// The account.
    pub account: String,
    /// The first day.
    pub from: NaiveDate,
    /// The last.
    pub to: NaiveDate,
}

impl fmt::Display for Overlap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { account, from, to } = self;
        if from == to {
            write!(f, "both cover {from} of account {account}")
        } else {
            write!(f, "both cover {from} to {to} of account {account}")
        }
    }
}

/// Gathers the periods while a file is read.
#[derive(Debug, Default)]
pub(super) struct Periods {
    done: Vec<Period>,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    account: String,
    currency: String,
    interim: bool,
    lines: Option<(NaiveDate, NaiveDate)>,
}

impl Periods {
    pub(super) fn take(&mut self, record: &Record) {
        match record {
            Record::StatementOpens(head) => {
                self.close(None);
                let sort_code = head.sort_code.as_deref().unwrap_or_default();
                self.open = Some(Open {
                    account: format!("{sort_code} {}", head.account).trim_start().to_owned(),
                    currency: head.currency.clone(),
                    interim: head.interim,
                    lines: None,
                });
            }
            Record::Line(line) => {
                if let Some(open) = &mut self.open {
                    let (from, to) = open.lines.unwrap_or((line.booked, line.booked));
                    open.lines = Some((from.min(line.booked), to.max(line.booked)));
                }
            }
            Record::StatementCloses(close) => {
                self.close(close.closing.map(|balance| balance.date));
            }
            Record::Receipt(_)
            | Record::ScheduleOpens(_)
            | Record::ScheduleLine(_)
            | Record::SettlementOpens(_)
            | Record::SettlementLine(_)
            | Record::Holder(_)
            | Record::Advice(_)
            | Record::Acknowledgement(_) => {}
        }
    }

    fn close(&mut self, closing: Option<NaiveDate>) {
        let Some(open) = self.open.take() else { return };
        // A statement without lines says nothing that another could say twice.
        let Some((first, last)) = open.lines else { return };
        // Banks date an opening balance with the day before; a closing balance on a
        // later day says that the days between had no lines.
        let to = closing.map_or(last, |day| day.max(last));
        self.done.push(Period {
            account: open.account,
            currency: open.currency,
            interim: open.interim,
            from: first,
            to,
        });
    }

    pub(super) fn finish(&mut self) -> Vec<Period> {
        self.close(None);
        std::mem::take(&mut self.done)
    }
}
