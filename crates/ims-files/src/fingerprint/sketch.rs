use std::collections::BTreeMap;

use chrono::NaiveDate;
use ims_money::Pence;

use super::{Fingerprint, Teller};
use crate::Record;

/// How many different rows a sketch keeps.
pub const SKETCH_ROWS_MAX: usize = 2_048;

/// What is kept of a file of rows so that later ones can be compared with it: small,
/// however long the file is.
///
/// Of its rows the [`SKETCH_ROWS_MAX`] smallest fingerprints are kept, which are the
/// same whichever file a row stands in, so that two long files are compared by a
/// fair part of them and short ones whole.
///
/// ```
/// use ims_files::{by_name, fingerprint::Sketch};
///
/// let sketch = |file: &[u8]| {
///     let mut sketch = Sketch::default();
///     by_name("schedule-csv").unwrap().read(&mut &file[..], &mut |record| sketch.take(&record));
///     sketch
/// };
/// let monday = sketch(b"sender,reference,amount,date\nAcme,8001,10.00,2026-04-01\n");
/// let tuesday = sketch(b"sender,reference,amount,date\nAcme,8002,1.00,2026-04-02\nAcme,8001,10.00,2026-04-01\n");
///
/// assert_eq!((tuesday.rows, tuesday.sum.get(), tuesday.sender.as_str()), (2, 1_100, "Acme"));
/// let shared = tuesday.prints.compare(&monday.prints);
/// assert_eq!((shared.rows, shared.of), (1, 2));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sketch {
    /// What its rows are; `None` where it has none that are compared.
    pub kind: Option<Rows>,
    /// Who sent it, as far as the file says: of a schedule or a settlement.
    pub sender: String,
    /// The days of the first and the last of its rows.
    pub days: Option<(NaiveDate, NaiveDate)>,
    /// How many rows there are.
    pub rows: u64,
    /// What they come to, at most and at least what [`Pence`] can hold.
    pub sum: Pence,
    /// By what they are known again.
    pub prints: RowPrints,
    teller: Teller,
    /// The day of a schedule or settlement, for rows that have none.
    day: Option<NaiveDate>,
}

/// What the rows of a file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rows {
    /// Payers' receipts.
    Receipts,
    /// Lines that explain one credit.
    Schedules,
    /// Lines of a payment provider's payout.
    Settlements,
}

impl Rows {
    /// Its name, for keeping it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Receipts => "receipts",
            Self::Schedules => "schedules",
            Self::Settlements => "settlements",
        }
    }
}

impl Sketch {
    /// Takes the next record of the file. Statements, account holders and reports are
    /// passed over: they tell in other ways what came before.
    pub fn take(&mut self, record: &Record) {
        let row = match record {
            Record::Receipt(receipt) => Some((Rows::Receipts, receipt.date, receipt.amount)),
            Record::ScheduleOpens(head) => {
                self.opens(&head.sender, head.date);
                None
            }
            Record::SettlementOpens(head) => {
                self.opens(&head.provider, head.date);
                None
            }
            Record::ScheduleLine(line) => {
                // A row of no day can be told from last week's only by the file's own.
                let day = line.date.or(self.day);
                day.map(|day| (Rows::Schedules, day, line.amount)).or_else(|| {
                    self.kind = Some(Rows::Schedules);
                    self.count(line.amount);
                    None
                })
            }
            Record::SettlementLine(line) => Some((Rows::Settlements, line.date, line.gross)),
            Record::StatementOpens(_)
            | Record::Line(_)
            | Record::StatementCloses(_)
            | Record::Holder(_)
            | Record::Advice(_)
            | Record::Acknowledgement(_) => return,
        };
        let print = self.teller.print(record);
        if let Some((kind, day, amount)) = row {
            self.kind = Some(kind);
            let (first, last) = self.days.unwrap_or((day, day));
            self.days = Some((first.min(day), last.max(day)));
            self.count(amount);
        }
        if let Some(print) = print {
            self.prints.add(print);
        }
    }

    fn opens(&mut self, sender: &str, day: Option<NaiveDate>) {
        if self.sender.is_empty() {
            sender.clone_into(&mut self.sender);
        }
        self.day = day;
        if let Some(day) = day {
            let (first, last) = self.days.unwrap_or((day, day));
            self.days = Some((first.min(day), last.max(day)));
        }
    }

    fn count(&mut self, amount: Pence) {
        self.rows = self.rows.saturating_add(1);
        self.sum = Pence::new(self.sum.get().saturating_add(amount.get()));
    }
}

/// The smallest fingerprints of a file's rows, with how often each is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowPrints {
    kept: BTreeMap<Fingerprint, u32>,
    /// Some are not kept.
    is_part: bool,
}

/// What two files have in common, of what can be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shared {
    /// How many rows of the one are in the other.
    pub rows: u64,
    /// Of how many that were compared.
    pub of: u64,
}

impl RowPrints {
    fn add(&mut self, print: Fingerprint) {
        if self.kept.len() >= SKETCH_ROWS_MAX && self.last().is_some_and(|last| print > last) {
            self.is_part = true;
            return;
        }
        let count = self.kept.entry(print).or_insert(0);
        *count = count.saturating_add(1);
        if self.kept.len() > SKETCH_ROWS_MAX {
            self.kept.pop_last();
            self.is_part = true;
        }
    }

    fn last(&self) -> Option<Fingerprint> {
        self.kept.last_key_value().map(|(print, _)| *print)
    }

    /// How many rows of this file are in the other, of those that both could keep.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Shared {
        let ends = [self, other].into_iter().filter(|prints| prints.is_part);
        let end = ends.filter_map(Self::last).min();
        let mut shared = Shared { rows: 0, of: 0 };
        for (print, count) in &self.kept {
            if end.is_some_and(|end| *print > end) {
                break;
            }
            let there = other.kept.get(print).copied().unwrap_or(0);
            shared.of = shared.of.saturating_add(u64::from(*count));
            shared.rows = shared.rows.saturating_add(u64::from(there.min(*count)));
        }
        shared
    }

    /// As bytes, for keeping them.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![u8::from(self.is_part)];
        for (print, count) in &self.kept {
            bytes.extend(print.bytes());
            bytes.extend(count.to_be_bytes());
        }
        bytes
    }

    /// Those that were kept; `None` where the bytes are none.
    #[must_use]
    pub fn kept(bytes: &[u8]) -> Option<Self> {
        let (first, rest) = bytes.split_first()?;
        let rows = rest.chunks_exact(20);
        if *first > 1 || !rows.remainder().is_empty() {
            return None;
        }
        let row = |row: &[u8]| {
            let (print, count) = row.split_first_chunk::<16>()?;
            let count = u32::from_be_bytes(*count.first_chunk::<4>()?);
            Some((Fingerprint::kept(*print), count))
        };
        Some(Self { kept: rows.map(row).collect::<Option<_>>()?, is_part: *first == 1 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prints(rows: impl IntoIterator<Item = u32>) -> RowPrints {
        let mut prints = RowPrints::default();
        rows.into_iter().for_each(|row| prints.add(Fingerprint::of(&row.to_be_bytes())));
        prints
    }

    #[test]
    fn short_files_are_compared_whole() {
        for (later, earlier, wanted) in [
            (vec![], vec![1], (0, 0)),
            (vec![1, 2, 3], vec![3, 1, 2], (3, 3)),
            (vec![1, 1, 2], vec![1, 2], (2, 3)),
            (vec![1, 2], vec![1, 1, 2], (2, 2)),
            (vec![4, 5], vec![1, 2], (0, 2)),
        ] {
            let shared = prints(later.clone()).compare(&prints(earlier.clone()));
            assert_eq!((shared.rows, shared.of), wanted, "{later:?} {earlier:?}");
        }
    }

    #[test]
    fn long_files_are_compared_by_a_fair_part() {
        let whole = prints(0..50_000);
        assert_eq!(whole.kept.len(), SKETCH_ROWS_MAX);
        let same = whole.compare(&prints((0..50_000).rev()));
        assert_eq!((same.rows, same.of), (2_048, 2_048));
        let half = whole.compare(&prints(25_000..90_000));
        // Of those that are compared, which are at least a thousand, about a half.
        let percent = half.rows * 100 / half.of;
        assert!((45..=55).contains(&percent) && half.of > 1_000, "{half:?}");
        // Of a few rows of it, those it kept are found.
        let few = prints(0..500).compare(&whole);
        assert!(few.rows == few.of && few.of > 5, "{few:?}");
    }

    #[test]
    fn what_is_kept_comes_back() {
        for prints in [prints([]), prints([1, 1, 2]), prints(0..3_000)] {
            assert_eq!(RowPrints::kept(&prints.bytes()), Some(prints));
        }
        for bytes in [&[][..], &[2], &[0, 1, 2]] {
            assert_eq!(RowPrints::kept(bytes), None);
        }
    }
}
