use ims_money::Pence;
use thiserror::Error;

/// Why an allocation is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BadAllocation {
    /// Nothing left to allocate.
    #[error("nothing of this item is left to allocate")]
    NothingLeft,
    /// More than remains.
    #[error("{asked} is more than the {remaining} that remains")]
    TooMuch {
        /// What was asked.
        asked: Pence,
        /// What remains.
        remaining: Pence,
    },
    /// Nothing, or the other way round.
    #[error(
        "{asked} is not part of an item of {remaining}: the amount must be more than nothing and on the same side"
    )]
    WrongSide {
        /// What was asked.
        asked: Pence,
        /// What remains.
        remaining: Pence,
    },
}

/// What remains of a suspense item of which `remaining` is left, after `asked`
/// of it is allocated. Both are credit positive; a debit item (a bank debit
/// nobody could place) is negative and is allocated by negative amounts.
///
/// # Errors
///
/// [`BadAllocation`]: a remainder stays between zero and the item's amount, on
/// its own side.
///
/// ```
/// use ims_ledger::remaining_after;
/// use ims_money::Pence;
///
/// assert_eq!(remaining_after(Pence::new(100), Pence::new(60)), Ok(Pence::new(40)));
/// assert!(remaining_after(Pence::new(100), Pence::new(101)).is_err());
/// assert!(remaining_after(Pence::new(-100), Pence::new(1)).is_err());
/// ```
pub fn remaining_after(remaining: Pence, asked: Pence) -> Result<Pence, BadAllocation> {
    if remaining.is_zero() {
        return Err(BadAllocation::NothingLeft);
    }
    if asked.is_zero() || asked.is_negative() != remaining.is_negative() {
        return Err(BadAllocation::WrongSide { asked, remaining });
    }
    let too_much = BadAllocation::TooMuch { asked, remaining };
    let left = remaining.checked_sub(asked).ok_or(too_much)?;
    if left.is_zero() || left.is_negative() == remaining.is_negative() {
        Ok(left)
    } else {
        Err(too_much)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_remainder_stays_on_its_own_side(item in -10_000_i64..10_000, asks in prop::collection::vec(-6_000_i64..6_000, 0..8)) {
            let mut remaining = Pence::new(item);
            let mut allocated = 0;
            for ask in asks {
                if let Ok(left) = remaining_after(remaining, Pence::new(ask)) {
                    allocated += ask;
                    remaining = left;
                }
                prop_assert_eq!(remaining.get() + allocated, item);
                prop_assert!(remaining.get() * item >= 0 && remaining.get().abs() <= item.abs());
            }
        }
    }
}
