//! VAT held in an amount, with the rounding rule as an argument.

use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{Pence, Rounding};

/// A rate of VAT, in hundredths of a per cent: 2,000 is 20%.
///
/// ```
/// use ims_money::vat::BasisPoints;
/// assert_eq!(BasisPoints::new(2_000).map(|r| r.to_string()), Some("20%".to_owned()));
/// assert_eq!(BasisPoints::new(10_001), None);
/// ```
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(try_from = "u16", into = "u16")]
pub struct BasisPoints(u16);

impl BasisPoints {
    /// No VAT: zero-rated, exempt or outside the scope.
    pub const ZERO: Self = Self(0);

    /// A rate, or `None` above 100%.
    #[must_use]
    pub const fn new(points: u16) -> Option<Self> {
        if points <= 10_000 { Some(Self(points)) } else { None }
    }

    /// The rate in hundredths of a per cent.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl TryFrom<u16> for BasisPoints {
    type Error = &'static str;

    fn try_from(points: u16) -> Result<Self, Self::Error> {
        Self::new(points).ok_or("a VAT rate is at most 10000 hundredths of a per cent")
    }
}

impl From<BasisPoints> for u16 {
    fn from(rate: BasisPoints) -> Self {
        rate.0
    }
}

impl fmt::Display for BasisPoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", Decimal::new(self.0.into(), 2).normalize())
    }
}

/// The VAT held inside a `gross` amount: gross × rate ÷ (100% + rate), half
/// pennies by `rounding`. A negative amount (a refund) holds negative VAT of
/// the same size. `None` only beyond an `i64`.
#[must_use]
pub fn held_in_gross(gross: Pence, rate: BasisPoints, rounding: Rounding) -> Option<Pence> {
    let rate = Decimal::from(rate.0);
    let whole = Decimal::from(10_000_u16).checked_add(rate)?;
    rounding.whole(Decimal::from(gross.get()).checked_mul(rate)?.checked_div(whole)?)
}

/// The part of `held`, the VAT held in `whole`, that belongs to `part` of it:
/// all of it for the whole. Half pennies go to the even penny. Working out the
/// VAT of the second part of two as that of both less that of the first, the
/// parts always add up. `None` for a part of nothing, or beyond an `i64`.
///
/// ```
/// use ims_money::{Pence, vat::part};
///
/// let (held, whole) = (Pence::new(100), Pence::new(600));
/// assert_eq!(part(held, Pence::new(200), whole), Some(Pence::new(33)));
/// assert_eq!(part(held, whole, whole), Some(held));
/// ```
#[must_use]
pub fn part(held: Pence, part: Pence, whole: Pence) -> Option<Pence> {
    let share = Decimal::from(held.get()).checked_mul(Decimal::from(part.get()))?;
    Rounding::HalfEven.whole(share.checked_div(Decimal::from(whole.get()))?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_sixth_of_gross_at_the_standard_rate() {
        let standard = BasisPoints::new(2_000).unwrap();
        for (gross, held) in [(12_000, 2_000), (3, 0), (9, 2), (-9, -2), (0, 0), (1, 0)] {
            assert_eq!(
                held_in_gross(Pence::new(gross), standard, Rounding::HalfEven),
                Some(Pence::new(held)),
                "{gross}"
            );
        }
        assert_eq!(
            held_in_gross(Pence::new(3), standard, Rounding::HalfUp),
            Some(Pence::new(1)),
            "half a penny goes up"
        );
    }

    /// R-VAT-1: gross, rate, VAT, in pence; half pennies to the even one, the
    /// sign the amount's, and no rate no VAT.
    #[test]
    fn vat_is_what_the_gross_holds() {
        for (gross, rate, even, up, down) in [
            (1_000, 2_000, 167, 167, 166),
            (-1_000, 2_000, -167, -167, -166),
            (3, 2_000, 0, 1, 0),
            (-3, 2_000, 0, -1, 0),
            (9, 2_000, 2, 2, 1),
            (15, 2_000, 2, 3, 2),
            (1_000, 0, 0, 0, 0),
            (1_000, 500, 48, 48, 47),
            (1_175, 1_750, 175, 175, 175),
            (1_000, 1_500, 130, 130, 130),
            (9_999, 2_000, 1_666, 1_667, 1_666),
            (100, 10_000, 50, 50, 50),
            (1, 10_000, 0, 1, 0),
        ] {
            let rate = BasisPoints::new(rate).unwrap();
            for (rule, held) in
                [(Rounding::HalfEven, even), (Rounding::HalfUp, up), (Rounding::Down, down)]
            {
                let found = held_in_gross(Pence::new(gross), rate, rule);
                assert_eq!(found, Some(Pence::new(held)), "{gross} at {rate} {rule:?}");
            }
        }
        let most = BasisPoints::new(10_000).unwrap();
        assert!(held_in_gross(Pence::new(i64::MAX), most, Rounding::HalfEven).is_some());
        assert!(BasisPoints::new(10_001).is_none(), "no rate is above 100%");
    }

    proptest! {
        #[test]
        fn parts_hold_no_more_than_the_whole(whole in 1_i64..1_000_000, held_of in 0_u32..=100, part_of in 0_u32..=100) {
            let held = Pence::new(whole * i64::from(held_of) / 100);
            let first = Pence::new(whole * i64::from(part_of) / 100);
            let share = part(held, first, Pence::new(whole)).unwrap();
            prop_assert!(share.get() >= 0 && share <= held && share <= first);
            prop_assert_eq!(part(held, Pence::new(whole), Pence::new(whole)), Some(held));
            prop_assert_eq!(part(held, Pence::ZERO, Pence::ZERO), None);
        }

        #[test]
        fn a_refund_holds_what_its_sale_held(pence in -1_000_000_000_i64..1_000_000_000, points in 0_u16..=10_000) {
            let rate = BasisPoints::new(points).unwrap();
            for rule in [Rounding::HalfEven, Rounding::HalfUp, Rounding::Down] {
                let sale = held_in_gross(Pence::new(pence), rate, rule).unwrap();
                let refund = held_in_gross(Pence::new(-pence), rate, rule).unwrap();
                prop_assert_eq!(refund.get(), -sale.get());
                prop_assert!(sale.get().abs() <= pence.abs());
            }
        }
    }
}
