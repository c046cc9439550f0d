//! Matching against more rows than can be handed over: the rows wanted are asked for.

use std::{collections::HashSet, num::NonZeroUsize};

use chrono::NaiveDate;
use ims_money::Pence;

use crate::{BankLine, Expected, Outcome, Rules, engine, reconcile_on};

/// Some bank lines, and the few of very many open rows that may have to do with them.
///
/// It does not look anything up itself, so that an index in a database, in memory or in a file
/// will do, asked at once or later. It asks twice: for the rows that the lines quote, and, for
/// what those do not explain, for rows of some amounts on some days. How often it asks does not
/// depend on the number of lines or rows.
///
/// ```
/// use chrono::NaiveDate;
/// use ims_money::Pence;
/// use ims_reconcile::{BankLine, Expected, Rules, Search, Wanted, plain};
///
/// let date = NaiveDate::from_ymd_opt(2026, 4, 1).unwrap_or_default();
/// let (amount, merchant, batch) = (Pence::new(9_550), "", "");
/// let open = [("R123456789", 1), ("R987654321", 2)]
///     .map(|(reference, id)| Expected { id, date, amount, reference, merchant, batch });
/// let narrative = "RENT R123456788";
/// let lines = [BankLine { id: 1, date, amount, reference: "", narrative, kind: "" }];
///
/// let rules = Rules::default();
/// let mut search = Search::new(&lines, &rules);
/// while let Some(wanted) = search.wants() {
///     // An index would not look at every row.
///     search.give(open.iter().copied().filter(|row| match &wanted {
///         Wanted::Quoted { texts } => texts.contains(&plain(row.reference)),
///         Wanted::Amounts(amounts) => amounts.iter().any(|on| on.holds(row)),
///     }));
/// }
/// let outcome = search.outcome();
/// assert_eq!(rules.name(outcome.matches[0].rule), "typo");
/// assert_eq!(search.rows()[outcome.matches[0].expected[0] as usize].id, 1);
/// ```
///
/// # What it promises
///
/// What comes of it is what comes of [`reconcile`](crate::reconcile) with all rows, if it is given
/// what it asks for, whatever else it is given of them: the same matches, proposals and doubts.
/// Only a rule [`Joint`](crate::rules::How::Joint) with slips of the pen, which never matches, may propose
/// less: which two rows of a day make an amount is not asked of an index.
#[derive(Clone, Debug)]
pub struct Search<'a> {
    threads: NonZeroUsize,
    bank: &'a [BankLine<'a>],
    rules: &'a Rules,
    rows: Vec<Expected<'a>>,
    ids: HashSet<u64>,
    asked: u8,
}

/// Rows that are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Open rows whose reference, batch or merchant, made [`plain`], is one of these texts.
    /// Of a batch or a merchant only those of some days: [`Search::days_of`]. Of a reference
    /// those of all days, and at least one row even if none is open, because somebody's
    /// reference is no slip of the pen.
    Quoted {
        /// The texts, sorted, each once.
        texts: Vec<String>,
    },
    /// Open rows that have a reference, of these amounts and days; sorted, each once.
    Amounts(Vec<AmountOn>),
}

/// An amount, and from which day to which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AmountOn {
    /// In pence, negative for what goes out.
    pub amount: Pence,
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
}

impl AmountOn {
    /// True if the row is one of those wanted.
    #[must_use]
    pub fn holds(&self, row: &Expected<'_>) -> bool {
        row.amount == self.amount
            && (self.from..=self.to).contains(&row.date)
            && !row.reference.is_empty()
    }
}

/// A text as it is compared, and as an index must hold it: letters as capitals, and digits.
#[must_use]
pub fn plain(text: &str) -> String {
    String::from_utf8_lossy(&engine::plain(text).collect::<Vec<u8>>()).into_owned()
}

impl<'a> Search<'a> {
    /// A search for what `bank` pays.
    #[must_use]
    pub fn new(bank: &'a [BankLine<'a>], rules: &'a Rules) -> Self {
        Self::on(NonZeroUsize::MIN, bank, rules)
    }

    /// As [`new`](Self::new), on so many threads.
    #[must_use]
    pub fn on(threads: NonZeroUsize, bank: &'a [BankLine<'a>], rules: &'a Rules) -> Self {
        Self { threads, bank, rules, rows: Vec::new(), ids: HashSet::new(), asked: 0 }
    }

    /// What it wants to see next; `None` when it has seen enough.
    #[must_use]
    pub fn wants(&mut self) -> Option<Wanted> {
        self.asked = self.asked.saturating_add(1);
        match self.asked {
            1 => {
                if self.bank.is_empty() {
                    return None;
                }
                Some(Wanted::Quoted { texts: engine::wanted::texts(self.bank) })
            }
            2 => {
                let amounts =
                    engine::wanted::amounts(self.threads, &self.rows, self.bank, self.rules);
                (!amounts.is_empty()).then_some(Wanted::Amounts(amounts))
            }
            _ => None,
        }
    }

    /// As after its first question was answered with these rows, and perhaps more: it goes on
    /// from there. For rows that cannot be kept beside a search that goes on.
    #[must_use]
    pub fn having(mut self, rows: impl IntoIterator<Item = Expected<'a>>) -> Self {
        self.asked = self.asked.max(1);
        self.give(rows);
        self
    }

    /// From when to when rows whose batch or merchant is one of these texts, made [`plain`],
    /// may have to do with the lines that say it; for each of the texts, the earliest first.
    #[must_use]
    pub fn days_of(&self, texts: &[&str]) -> Vec<Vec<(NaiveDate, NaiveDate)>> {
        engine::wanted::stretches(self.bank, texts, engine::wanted::widest_of_sums(self.rules))
    }

    /// Takes the rows that were wanted, in any order; more than were wanted do no harm, and one
    /// that was given before counts once.
    pub fn give(&mut self, rows: impl IntoIterator<Item = Expected<'a>>) {
        for row in rows {
            if self.ids.insert(row.id) {
                self.rows.push(row);
            }
        }
    }

    /// The rows it was given, each once: what the outcome's indexes of expected rows are of.
    #[must_use]
    pub fn rows(&self) -> &[Expected<'a>] {
        &self.rows
    }

    /// What comes of it.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        reconcile_on(self.threads, &self.rows, self.bank, self.rules)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{card, line};

    /// What slipped into the payout of the first day of a window is of a day before it.
    #[test]
    fn rows_beyond_the_window_are_asked_for_too() {
        let rows = [card(1, 1, 500), card(2, 1, 41), card(3, 2, 600), card(4, 40, 641)];
        let lines = [line(9, 9, 641, "SHOP77 0204")];
        let rules = Rules::careful();
        let mut search = Search::new(&lines, &rules);
        assert!(matches!(search.wants(), Some(Wanted::Quoted { .. })));
        let days = search.days_of(&["SHOP77", "SHOP78"]);
        let [asked, none] = days.as_slice() else { panic!("{days:?}") };
        assert_eq!(none, &[]);
        let near = |row: &&Expected<'_>| asked.iter().any(|(a, b)| (*a..=*b).contains(&row.date));
        search.give(rows.iter().filter(near).copied());
        assert_eq!(search.rows().len(), 3);
        let found = search.outcome().matches;
        assert_eq!((found.len(), rules.name(found[0].rule)), (1, "merchant-day-slip"));
    }
}
