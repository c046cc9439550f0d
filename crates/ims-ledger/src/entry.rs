use ims_money::Pence;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::Account;

/// The two sides of the books.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// What the council has gained or is owed.
    Debit,
    /// What it came from.
    Credit,
}

impl Side {
    /// `debit` or `credit`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Debit => "debit",
            Self::Credit => "credit",
        }
    }

    /// The other side.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Debit => Self::Credit,
            Self::Credit => Self::Debit,
        }
    }
}

/// One side of an entry on one control account. The amount is more than
/// nothing; the side gives the sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posting {
    /// Where it falls.
    pub account: Account,
    /// Debit or credit.
    pub side: Side,
    /// How much.
    pub amount: Pence,
}

/// An entry being written. It may not be posted yet: only [`Balanced`] can be.
///
/// ```
/// use ims_ledger::{Account, Draft};
/// use ims_money::Pence;
///
/// let fund: Account = "fund:CT".parse()?;
/// let card: Account = "clearing:card-web".parse()?;
/// let entry = Draft::new().debit(card, Pence::new(100)).credit(fund, Pence::new(100)).balance()?;
/// assert_eq!(entry.reversed().reversed(), entry);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// ```compile_fail
/// use ims_ledger::{Balanced, Draft};
///
/// fn post(_: Balanced) {}
/// post(Draft::new()); // a draft is not a balanced entry
/// ```
#[derive(Clone, Debug, Default)]
pub struct Draft {
    postings: Vec<Posting>,
}

/// An entry whose debits equal its credits.
///
/// The only way to get one is [`Draft::balance`], so a function that takes a
/// `Balanced` has nothing left to check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Balanced {
    postings: Vec<Posting>,
}

/// Why a draft is not an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NotBalanced {
    /// Nothing was written.
    #[error("an entry needs at least two sides, this has {sides}")]
    TooFewSides {
        /// How many it has.
        sides: usize,
    },
    /// The sides differ.
    #[error("debits of {debits} do not equal credits of {credits}")]
    SidesDiffer {
        /// The sum of the debits.
        debits: Pence,
        /// The sum of the credits.
        credits: Pence,
    },
    /// A side's amount is zero or less.
    #[error("side {side} is for {amount}; a side is for more than nothing")]
    NotPositive {
        /// Which side, from 1.
        side: usize,
        /// Its amount.
        amount: Pence,
    },
    /// The sum is beyond what an amount can hold.
    #[error("the entry's sum is too large")]
    Overflow,
}

impl Draft {
    /// An entry with no sides yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a debit.
    #[must_use]
    pub fn debit(self, account: Account, amount: Pence) -> Self {
        self.on(account, Side::Debit, amount)
    }

    /// Adds a credit.
    #[must_use]
    pub fn credit(self, account: Account, amount: Pence) -> Self {
        self.on(account, Side::Credit, amount)
    }

    /// Adds `amount` on `side`, on the other side when it is negative, and
    /// nothing when it is zero: how a flow is mirrored.
    #[must_use]
    pub fn signed(self, account: Account, side: Side, amount: Pence) -> Self {
        if amount.is_zero() {
            return self;
        }
        // The one amount without an opposite stays negative, and `balance` refuses it.
        match amount.checked_neg() {
            Some(size) if amount.is_negative() => self.on(account, side.other(), size),
            Some(_) | None => self.on(account, side, amount),
        }
    }

    /// Adds `amount` on `side`.
    #[must_use]
    pub fn on(mut self, account: Account, side: Side, amount: Pence) -> Self {
        self.postings.push(Posting { account, side, amount });
        self
    }

    /// True while nothing has been written, as for a flow of zero.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.postings.is_empty()
    }

    /// The entry, if it balances.
    ///
    /// # Errors
    ///
    /// [`NotBalanced`] names the first thing wrong; the draft is given up.
    pub fn balance(self) -> Result<Balanced, NotBalanced> {
        if self.postings.len() < 2 {
            return Err(NotBalanced::TooFewSides { sides: self.postings.len() });
        }
        let (mut debits, mut credits) = (Pence::ZERO, Pence::ZERO);
        for (posting, side) in self.postings.iter().zip(1_usize..) {
            if !posting.amount.is_positive() {
                return Err(NotBalanced::NotPositive { side, amount: posting.amount });
            }
            let sum = match posting.side {
                Side::Debit => &mut debits,
                Side::Credit => &mut credits,
            };
            *sum = sum.checked_add(posting.amount).ok_or(NotBalanced::Overflow)?;
        }
        if debits == credits {
            Ok(Balanced { postings: self.postings })
        } else {
            Err(NotBalanced::SidesDiffer { debits, credits })
        }
    }
}

impl Balanced {
    /// The sides, in the order they were written.
    #[must_use]
    pub fn postings(&self) -> &[Posting] {
        &self.postings
    }

    /// The same entry with its sides swapped: how a posting is undone.
    #[must_use]
    pub fn reversed(&self) -> Self {
        let swapped = self.postings.iter().cloned();
        Self { postings: swapped.map(|p| Posting { side: p.side.other(), ..p }).collect() }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn account(text: &str) -> Account {
        text.parse().unwrap()
    }

    #[test]
    fn names_what_is_wrong() {
        let bank = || account("bank:main");
        let fund = || account("fund:CT");
        for (draft, error) in [
            (Draft::new(), "an entry needs at least two sides, this has 0"),
            (
                Draft::new().debit(bank(), Pence::new(100)).credit(fund(), Pence::new(90)),
                "debits of 1.00 do not equal credits of 0.90",
            ),
            (
                Draft::new().debit(bank(), Pence::new(0)).credit(fund(), Pence::new(0)),
                "side 1 is for 0.00; a side is for more than nothing",
            ),
            (
                Draft::new()
                    .debit(bank(), Pence::new(i64::MAX))
                    .debit(bank(), Pence::new(1))
                    .credit(fund(), Pence::new(1)),
                "the entry's sum is too large",
            ),
            (
                Draft::new().signed(bank(), Side::Debit, Pence::new(i64::MIN)).signed(
                    fund(),
                    Side::Credit,
                    Pence::new(i64::MIN),
                ),
                "side 1 is for -92233720368547758.08; a side is for more than nothing",
            ),
        ] {
            assert_eq!(draft.balance().unwrap_err().to_string(), error);
        }
    }

    proptest! {
        #[test]
        fn reversing_twice_is_the_entry(amounts in prop::collection::vec(-1_000_000_i64..1_000_000, 1..8)) {
            let draft = amounts.iter().filter(|pence| **pence != 0).fold(Draft::new(), |draft, &pence| {
                draft
                    .signed(account("bank:main"), Side::Debit, Pence::new(pence))
                    .signed(account("fund:CT"), Side::Credit, Pence::new(pence))
            });
            if !draft.is_empty() {
                let entry = draft.balance().unwrap();
                prop_assert_eq!(entry.reversed().reversed(), entry);
            }
        }
    }
}
