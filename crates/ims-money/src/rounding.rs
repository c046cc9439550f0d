use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};
use serde::{Deserialize, Serialize};

use crate::Pence;

/// What becomes of a half penny. A VAT code names its rule, so that a council
/// can follow the one its ledger uses.
///
/// ```
/// use ims_money::Rounding;
/// assert_eq!(Rounding::default(), Rounding::HalfEven);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rounding {
    /// To the even penny (banker's rounding), as LocalGov IMS does.
    #[default]
    HalfEven,
    /// Away from zero: 0.5p becomes 1p.
    HalfUp,
    /// Any fraction is dropped, as HMRC allows on an invoice's total VAT.
    Down,
}

impl Rounding {
    /// Whole pence nearest to `pence` by this rule, or `None` beyond an `i64`.
    pub(crate) fn whole(self, pence: Decimal) -> Option<Pence> {
        let strategy = match self {
            Self::HalfEven => RoundingStrategy::MidpointNearestEven,
            Self::HalfUp => RoundingStrategy::MidpointAwayFromZero,
            Self::Down => RoundingStrategy::ToZero,
        };
        pence.round_dp_with_strategy(0, strategy).to_i64().map(Pence::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_half_penny_follows_the_named_rule() {
        for (tenths, even, up, down) in
            [(25, 2, 3, 2), (35, 4, 4, 3), (-25, -2, -3, -2), (24, 2, 2, 2), (26, 3, 3, 2)]
        {
            let pence = Decimal::new(tenths, 1);
            for (rule, expected) in
                [(Rounding::HalfEven, even), (Rounding::HalfUp, up), (Rounding::Down, down)]
            {
                assert_eq!(rule.whole(pence), Some(Pence::new(expected)), "{pence} {rule:?}");
            }
        }
    }
}
