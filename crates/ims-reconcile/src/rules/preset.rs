//! The rules a council starts with.

use super::{Days, How, Rule, Rules, Then};

const NEAR: Days = Days { before: 0, after: 5 };
const PAYOUT: Days = Days { before: 0, after: 7 };
// Less than a month, so that a standing order is not taken for the one before it; and some
// days ahead, so that one paid early is not taken for an old debt.
const WIDE: Days = Days { before: 5, after: 21 };

impl Default for Rules {
    /// Strict rules match, looser ones only propose.
    fn default() -> Self {
        let rule = RULES
            .iter()
            .filter_map(|(name, how, then, says)| {
                let says = says.parse().ok()?;
                Some(Rule { name: (*name).to_owned(), how: *how, then: *then, says })
            })
            .collect();
        Self { rule }
    }
}

impl Rules {
    /// As the default, but two slips of the pen, joint payments and payouts net of a fee are
    /// matches too, where there is no other candidate.
    #[must_use]
    pub fn wide() -> Self {
        let mut rules = Self::default();
        for rule in &mut rules.rule {
            if WIDER.contains(&rule.name.as_str()) {
                rule.then = Then::Match;
            }
        }
        rules
    }
}

/// The rules of the default that [`Rules::wide`] lets match.
const WIDER: [&str; 3] = ["two-typos", "joint", "net-of-fee"];

const RULES: [(&str, How, Then, &str); 15] = [
    (
        "exact",
        How::SameReference { days: NEAR },
        Then::Match,
        "reference {reference} and amount {amount} agree, paid {when}",
    ),
    (
        "batch",
        How::Batch { days: PAYOUT },
        Then::Match,
        "quotes batch {batch} and pays the sum of its rows, {amount}",
    ),
    (
        "merchant-day",
        How::MerchantDay { days: PAYOUT, slips_max: 0 },
        Then::Match,
        "quotes merchant {merchant} and pays the sum of its rows of one day, {amount}",
    ),
    (
        "merchant-day-slip",
        How::MerchantDay { days: PAYOUT, slips_max: 3 },
        Then::Match,
        "quotes merchant {merchant} and pays one day of it, {amount}, counting what slipped past the cut-off",
    ),
    (
        "split",
        How::Split { days: NEAR, parts_max: 3 },
        Then::Match,
        "{lines} lines of reference {reference} add up to {sum}",
    ),
    (
        "quoted",
        How::Quoted { days: NEAR, length_min: 6 },
        Then::Match,
        "reference {reference} stands in `{quoted}` and amount {amount} agrees, paid {when}",
    ),
    (
        "typo",
        How::Typo { days: NEAR, edits: 1, length_min: 6 },
        Then::Match,
        "`{quoted}` is one slip of the pen from {reference}, amount {amount} agrees, paid {when}, no other candidate",
    ),
    (
        "together",
        How::Together { days: NEAR, rows_max: 4 },
        Then::Match,
        "quotes the references of {rows} rows that add up to {amount}",
    ),
    (
        "early-or-late",
        How::Quoted { days: WIDE, length_min: 6 },
        Then::Match,
        "reference {reference} and amount {amount} agree, paid {when}, no other candidate",
    ),
    (
        "two-typos",
        How::Typo { days: NEAR, edits: 2, length_min: 8 },
        Then::Propose,
        "`{quoted}` is two slips of the pen from {reference}, amount {amount} agrees, paid {when}",
    ),
    (
        "typos-early-or-late",
        How::Typo { days: WIDE, edits: 2, length_min: 8 },
        Then::Propose,
        "`{quoted}` is nearly {reference}, amount {amount} agrees, paid {when}",
    ),
    (
        "joint",
        How::Joint { days: NEAR },
        Then::Propose,
        "pays {reference} and one other row of the same day, together {amount}",
    ),
    (
        "net-of-fee",
        How::NetOfFee { days: PAYOUT, batches_min: 5, basis_points_max: 500 },
        Then::Propose,
        "pays {rows} rows of merchant {merchant}, {sum}, less {difference}, the rate of its other payouts",
    ),
    (
        "other-amount",
        How::OtherAmount { days: NEAR },
        Then::Propose,
        "quotes reference {reference}, which owes {sum}, but pays {amount}",
    ),
    (
        "same-amount",
        How::SameAmount { days: NEAR, candidates_max: 3 },
        Then::Propose,
        "amount {amount} agrees, due {date}; the reference does not say whose it is",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_of_the_preset_is_sound() {
        let rules = Rules::default();
        assert_eq!(rules.rule.len(), RULES.len());
        assert_eq!(rules.check(), Ok(()));
        assert_eq!(Rules::wide().check(), Ok(()));
        let proposing =
            |rules: Rules| rules.rule.iter().filter(|rule| rule.then == Then::Propose).count();
        assert_eq!(proposing(Rules::default()), proposing(Rules::wide()) + WIDER.len());
    }
}
