//! Who pays today: each source of money asks here for its next payment, and no
//! account pays twice in a day while there are others.

use ims_money::Pence;

use crate::{accounts::Accounts, income::Income, payer::Payer, random::Random};

/// Shares of the funds in what comes from one source.
pub(crate) type Mix = [(Income, u64)];

/// A payment for an account, however it comes.
#[derive(Clone, Debug)]
pub(crate) struct Payment {
    pub(crate) income: Income,
    pub(crate) reference: String,
    pub(crate) payer: Payer,
    pub(crate) amount: Pence,
}

/// Today's payers.
#[derive(Clone, Debug)]
pub(crate) struct Payers<'a> {
    accounts: &'a Accounts,
    walks: Vec<Walk>,
    random: Random,
}

/// A walk over all accounts of a fund that meets none twice.
#[derive(Clone, Debug)]
struct Walk {
    income: Income,
    at: u64,
    step: u64,
    /// Nought for a fund whose payers hold no account: then each is new.
    holders: u64,
}

/// Parking and planning payers are new each day; so many are kept for a day.
const NEW_A_DAY: u64 = 200_003;

impl<'a> Payers<'a> {
    pub(crate) fn new(accounts: &'a Accounts, mut random: Random, day: u64) -> Self {
        let walk = |income: Income| {
            let holders = accounts.holders(income);
            if holders == 0 {
                return Walk { income, at: day.wrapping_mul(NEW_A_DAY), step: 1, holders };
            }
            let mut step = random.between(holders / 2, holders.saturating_mul(2) / 3).max(1);
            while common_divisor(step, holders) != 1 {
                step += 1;
            }
            Walk { income, at: random.below(holders), step, holders }
        };
        Self { accounts, walks: Income::ALL.map(walk).to_vec(), random }
    }

    /// The next payment for one of the funds of `mix`, each as often as its
    /// share says.
    pub(crate) fn next(&mut self, mix: &Mix) -> Payment {
        let shares = mix.iter().map(|(_, share)| share).sum();
        let mut drawn = self.random.below(shares);
        let mut income = Income::CouncilTax;
        for (of, share) in mix {
            income = *of;
            if drawn < *share {
                break;
            }
            drawn -= share;
        }
        self.of(income)
    }

    fn of(&mut self, income: Income) -> Payment {
        let walk = self.walks.iter_mut().find(|walk| walk.income == income);
        let number = walk.map_or(0, Walk::next);
        let (payer, amount) = self.accounts.payer(income, number);
        Payment { income, reference: self.accounts.reference(income, number), payer, amount }
    }
}

impl Walk {
    fn next(&mut self) -> u64 {
        let met = self.at;
        self.at = self.at.wrapping_add(self.step);
        if self.holders > 0 {
            self.at %= self.holders;
        }
        met
    }
}

fn common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn nobody_pays_twice_while_others_have_not_paid() {
        let council = crate::council::council();
        for rows in [50, 51, 997, 1_000] {
            let accounts = Accounts::new(3, rows, &council);
            let mut payers = Payers::new(&accounts, Random::new(3, "day"), 4);
            for income in Income::ALL {
                let all = match accounts.holders(income) {
                    0 => 100,
                    holders => holders,
                };
                let met: BTreeSet<String> =
                    (0..all).map(|_| payers.next(&[(income, 1)]).reference).collect();
                assert_eq!(u64::try_from(met.len()).unwrap(), all, "{income:?} of {rows}");
            }
        }
    }
}
