//! Whether one statement opens where another closed.

use std::fmt;

use chrono::NaiveDate;
use ims_ledger::{Balance, StatementClose, StatementHead};
use ims_money::Amount;

use crate::Statement;

/// How a statement stands to the one before it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Continuity {
    /// It opens with what the other closed, and nothing says that one lies
    /// between.
    Follows,
    /// It opens with another balance.
    Breaks {
        /// What the earlier one closed with.
        closed: Balance,
        /// What the later one opens with.
        opened: Balance,
        /// What lies between; `None` where it is too large to say.
        by: Option<Amount>,
    },
    /// The balances agree, or are not stated, but the bank's own numbers say that
    /// statements or pages lie between. Money may have come and gone.
    Skips {
        /// The number, or page, after that of the earlier one.
        from: u64,
        /// The number, or page, before that of the later one.
        to: u64,
        /// Pages of one statement, not statements.
        pages: bool,
    },
    /// It is about days that the other is about too, and does not open where that
    /// closed: the same statement again, or an older one.
    Overlaps {
        /// The first day of the later one.
        first: NaiveDate,
        /// The last day of the earlier one.
        last: NaiveDate,
    },
    /// Nothing can be said.
    Unknown(Why),
}

/// Why two statements cannot be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Why {
    /// They are of different accounts or currencies.
    OtherAccount,
    /// One is a report during the day.
    Interim,
    /// The earlier one has no closing balance.
    NoClosing,
    /// The later one has no opening balance.
    NoOpening,
}

impl Continuity {
    /// Judges whether `later` goes on from where `earlier` ended. Only what opens
    /// and closes them is looked at, so that lines need not be kept.
    ///
    /// ```
    /// use ims_files::Continuity;
    /// use ims_ledger::{Balance, StatementClose, StatementHead};
    ///
    /// let balance = |day, amount: &str| -> Option<Balance> {
    ///     let date = chrono::NaiveDate::from_ymd_opt(2026, 4, day)?;
    ///     Some(Balance { date, amount: amount.parse().ok()? })
    /// };
    /// let head = |opening| StatementHead { opening, ..StatementHead::default() };
    /// let close = |closing| StatementClose { closing, ..StatementClose::default() };
    ///
    /// let monday = (&head(balance(1, "10.00")), &close(balance(1, "25.00")));
    /// let tuesday = (&head(balance(1, "25.00")), &close(balance(2, "5.00")));
    /// assert_eq!(Continuity::of(monday, tuesday), Continuity::Follows);
    /// ```
    #[must_use]
    pub fn of(
        earlier: (&StatementHead, &StatementClose),
        later: (&StatementHead, &StatementClose),
    ) -> Self {
        let ((before, closes), (after, later_closes)) = (earlier, later);
        if before.account != after.account
            || before.sort_code != after.sort_code
            || before.currency != after.currency
        {
            return Self::Unknown(Why::OtherAccount);
        }
        if before.interim || after.interim {
            return Self::Unknown(Why::Interim);
        }
        let opening = later_closes.opening.or(after.opening);
        if let (Some(closed), Some(opened)) = (closes.closing, opening)
            && closed.amount != opened.amount
        {
            let (last, first) = (before.to.unwrap_or(closed.date), after.from);
            if let Some(first) = first.or_else(|| last_day(later_closes)).filter(|day| *day <= last)
            {
                return Self::Overlaps { first, last };
            }
            return Self::Breaks { closed, opened, by: opened.amount.checked_sub(closed.amount) };
        }
        if let Some(skips) = skipped(before, closes, after) {
            return skips;
        }
        match (closes.closing, opening) {
            (Some(_), Some(_)) => Self::Follows,
            (None, _) => Self::Unknown(Why::NoClosing),
            (_, None) => Self::Unknown(Why::NoOpening),
        }
    }

    /// As [`of`](Self::of), of statements held whole.
    #[must_use]
    pub fn between(earlier: &Statement, later: &Statement) -> Self {
        Self::of((&earlier.head, &earlier.close), (&later.head, &later.close))
    }

    /// Whether nothing is amiss.
    #[must_use]
    pub fn follows(&self) -> bool {
        *self == Self::Follows
    }
}

fn last_day(close: &StatementClose) -> Option<NaiveDate> {
    close.closing.map(|closing| closing.date)
}

/// What the bank's numbers say lies between.
fn skipped(
    before: &StatementHead,
    closes: &StatementClose,
    after: &StatementHead,
) -> Option<Continuity> {
    let (earlier, later) = (number(before)?, number(after)?);
    if later == earlier {
        let (last, page) = (closes.page.or(before.page)?, after.page?);
        let (last, page) = (u64::from(last), u64::from(page));
        return between(last, page, true);
    }
    // Numbers begin anew with each year.
    between(earlier, later, false)
}

fn between(earlier: u64, later: u64, pages: bool) -> Option<Continuity> {
    let (from, to) = (earlier.checked_add(1)?, later.checked_sub(1)?);
    (from <= to).then_some(Continuity::Skips { from, to, pages })
}

/// The number of a statement, where it is one: `12` of `12/1`.
fn number(head: &StatementHead) -> Option<u64> {
    head.number.as_deref()?.split('/').next()?.trim().parse().ok()
}

impl fmt::Display for Continuity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Follows => f.write_str("it opens where the one before closed"),
            Self::Breaks { closed, opened, by } => {
                write!(
                    f,
                    "it opens with {} on {}, but the one before closed with {} on {}",
                    opened.amount, opened.date, closed.amount, closed.date
                )?;
                match by {
                    Some(by) => write!(f, ": {by} lies between"),
                    None => Ok(()),
                }
            }
            Self::Skips { from, to, pages } => {
                let what = if *pages { "page" } else { "statement" };
                match from == to {
                    true => write!(f, "{what} {from} lies between, and is missing"),
                    false => write!(f, "{what}s {from} to {to} lie between, and are missing"),
                }
            }
            Self::Overlaps { first, last } => write!(
                f,
                "it is about {first}, and the one before about days up to {last}: it is the same again, or older"
            ),
            Self::Unknown(why) => f.write_str(match why {
                Why::OtherAccount => "they are of different accounts or currencies",
                Why::Interim => "one is a report during the day",
                Why::NoClosing => "the one before has no closing balance",
                Why::NoOpening => "it has no opening balance",
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `number page opening-day opening closing-day closing`, `-` for none.
    fn statement(text: &str) -> Statement {
        let words: Vec<&str> = text.split(' ').collect();
        let balance = |day: &str, amount: &str| {
            let date = NaiveDate::from_ymd_opt(2026, 4, day.parse().ok()?)?;
            Some(Balance { date, amount: amount.parse().ok()? })
        };
        let head = StatementHead {
            account: "12345678".to_owned(),
            currency: "GBP".to_owned(),
            number: Some(words[0].to_owned()).filter(|number| number != "-"),
            page: words[1].parse().ok(),
            opening: balance(words[2], words[3]),
            ..StatementHead::default()
        };
        let close = StatementClose { closing: balance(words[4], words[5]), ..Default::default() };
        Statement { head, close, ..Statement::default() }
    }

    #[test]
    fn the_second_of_two() {
        for (earlier, later, wanted) in [
            ("- - 1 10 1 20", "- - 1 20 2 5", "it opens where the one before closed"),
            ("5 - 1 10 1 20", "6 - 1 20 2 5", "it opens where the one before closed"),
            ("5 - 1 10 1 20", "8 - 1 20 2 5", "statements 6 to 7 lie between, and are missing"),
            ("5/1 1 1 10 1 20", "5/3 3 1 20 2 5", "page 2 lies between, and is missing"),
            ("366 - 1 10 1 20", "1 - 1 20 2 5", "it opens where the one before closed"),
            (
                "- - 1 10 1 20",
                "- - 2 25 2 5",
                "it opens with 25 on 2026-04-02, but the one before closed with 20 on 2026-04-01: 5 lies between",
            ),
            (
                "- - 1 10 3 20",
                "- - 1 10 3 20",
                "it is about 2026-04-03, and the one before about days up to 2026-04-03: it is the same again, or older",
            ),
            ("- - 1 10 - -", "- - 1 20 2 5", "the one before has no closing balance"),
            ("- - 1 10 1 20", "- - - - 2 5", "it has no opening balance"),
            ("5 - 1 10 1 20", "7 - - - 2 5", "statement 6 lies between, and is missing"),
        ] {
            let judged = Continuity::between(&statement(earlier), &statement(later));
            assert_eq!(judged.to_string(), wanted, "{earlier} then {later}");
            assert_eq!(judged.follows(), wanted.starts_with("it opens where"));
        }
        let other = Statement::default();
        let judged = Continuity::between(&statement("- - 1 10 1 20"), &other);
        assert_eq!(judged, Continuity::Unknown(Why::OtherAccount));
    }
}
