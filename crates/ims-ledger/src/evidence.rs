//! What speaks for it that a payment is for an account, and how likely it is.
//!
//! Plain facts in, whole numbers out: each fact has a weight, weights add up, and the candidates
//! are measured against each other and against "none of these". A likelihood is for ranking and
//! for people. Whether anything may be booked by it is for a council's policy, not for this.
//!
//! ```
//! use ims_ledger::evidence::{AmountFits, Evidence, NameAgrees, PaidBefore, likelihoods, name_agrees};
//!
//! let slip = 4; // two neighbours swapped, as `Funds::meant` has it
//! let hers = Evidence {
//!     cost: slip,
//!     name: name_agrees("SMITH J", "Mrs Jane Smith"),
//!     paid: PaidBefore::ThisAccount,
//!     amount: AmountFits::Instalment,
//! };
//! let his = Evidence {
//!     cost: slip,
//!     name: name_agrees("SMITH J", "Mr A Okafor"),
//!     paid: PaidBefore::Never,
//!     amount: AmountFits::No,
//! };
//! let [first, second] = likelihoods(&[hers, his])[..] else { panic!() };
//! assert!(first > 950 && second < 10, "in thousandths");
//! assert_eq!(
//!     hers.in_words(),
//!     "surname and initial agree; this account was paid from there before; the amount is its instalment"
//! );
//! ```

mod name;

pub use name::{HolderName, PayerName, name_agrees};

/// How a payer's name agrees with an account holder's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NameAgrees {
    /// One of the two is not known.
    #[default]
    Unknown,
    /// Neither surname nor anything else.
    No,
    /// The surname; the initial is missing or another.
    Surname,
    /// The word that tells a firm from others; more of its name is missing or another.
    FirmInPart,
    /// Surname and initial.
    SurnameAndInitial,
    /// All of a firm's name but its legal form, as far as the bank did not cut it.
    Firm,
}

impl NameAgrees {
    /// The same in words; nothing where it is not known.
    #[must_use]
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Unknown => "",
            Self::No => "the name is another",
            Self::Surname => "the surname agrees",
            Self::FirmInPart => "part of the firm's name agrees",
            Self::SurnameAndInitial => "surname and initial agree",
            Self::Firm => "the firm's name agrees",
        }
    }
}

/// Whom the same sort code and account paid before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PaidBefore {
    /// The payer's account is not known.
    #[default]
    Unknown,
    /// Nobody here.
    Never,
    /// Others, never this account.
    Others,
    /// This account.
    ThisAccount,
}

/// How the amount fits what the account owes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AmountFits {
    /// What it owes is not known.
    #[default]
    Unknown,
    /// Nothing there is of this amount.
    No,
    /// It is what the account owes altogether.
    Balance,
    /// It is what the account paid before.
    AsBefore,
    /// It is the account's instalment.
    Instalment,
}

/// What is known of a payment and one account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Evidence {
    /// How far-fetched the slip is, as [`Meant::cost`](crate::Meant::cost) has it; nought if the
    /// reference was right.
    pub cost: u16,
    /// The names.
    pub name: NameAgrees,
    /// The payer's account.
    pub paid: PaidBefore,
    /// The amount.
    pub amount: AmountFits,
}

/// Weights are in tenths of a doubling: ten more and it is twice as likely. They are how much
/// oftener a fact was seen of the right account than of others, in made-up payments.
const TENTHS: i32 = 10;

impl Evidence {
    /// What speaks for the account, in tenths of a doubling; the more the likelier.
    #[must_use]
    pub fn weight(&self) -> i32 {
        let slip = i32::from(self.cost).saturating_mul(SLIP);
        let name = match self.name {
            NameAgrees::Unknown => 0,
            NameAgrees::No => -22,
            NameAgrees::Surname | NameAgrees::FirmInPart => 0,
            NameAgrees::SurnameAndInitial | NameAgrees::Firm => 68,
        };
        let paid = match self.paid {
            PaidBefore::Unknown => 0,
            PaidBefore::Never => -6,
            PaidBefore::Others => -121,
            PaidBefore::ThisAccount => 166,
        };
        let amount = match self.amount {
            AmountFits::Unknown => 0,
            AmountFits::No => -23,
            AmountFits::Balance => 45,
            AmountFits::AsBefore | AmountFits::Instalment => 52,
        };
        [slip, name, paid, amount].into_iter().fold(0, i32::saturating_add)
    }

    /// What speaks for it and against it, in words, separated by semicolons.
    #[must_use]
    pub fn in_words(&self) -> String {
        let name = self.name.in_words();
        let paid = match self.paid {
            PaidBefore::Unknown => "",
            PaidBefore::Never => "nobody was paid from there before",
            PaidBefore::Others => "others were paid from there before",
            PaidBefore::ThisAccount => "this account was paid from there before",
        };
        let amount = match self.amount {
            AmountFits::Unknown => "",
            AmountFits::No => "nothing there is of this amount",
            AmountFits::Balance => "the amount is all it owes",
            AmountFits::AsBefore => "it paid the same amount before",
            AmountFits::Instalment => "the amount is its instalment",
        };
        let said = [name, paid, amount].into_iter().filter(|words| !words.is_empty());
        said.collect::<Vec<_>>().join("; ")
    }
}

/// What a slip that is farther-fetched by one takes off.
const SLIP: i32 = -6;
/// What speaks for none of the candidates.
const NONE: i32 = -57;

/// For each candidate how likely it is the one, in thousandths, beside the others and none.
///
/// Together they are never more than a thousand. The order is that of the candidates.
#[must_use]
pub fn likelihoods(candidates: &[Evidence]) -> Vec<u16> {
    let weights: Vec<i32> = candidates.iter().map(Evidence::weight).collect();
    shares(&weights, NONE)
}

/// For each of these weights, in tenths of a doubling, how likely it is the one, in thousandths,
/// beside the others and beside none of them, for which `none` speaks.
///
/// ```
/// use ims_ledger::evidence::shares;
///
/// assert_eq!(shares(&[10, 0], 0), [500, 250]);
/// ```
#[must_use]
pub fn shares(weights: &[i32], none: i32) -> Vec<u16> {
    let most = weights.iter().copied().max().unwrap_or(none).max(none);
    let shares: Vec<u64> = weights.iter().map(|weight| share(most, *weight)).collect();
    let all = shares.iter().copied().fold(share(most, none), u64::saturating_add).max(1);
    let thousandths = |share: u64| share.saturating_mul(1_000).checked_div(all).unwrap_or(0);
    shares.into_iter().map(|share| u16::try_from(thousandths(share)).unwrap_or(1_000)).collect()
}

/// What it takes off that only so many of so many were so: ten for each halving. Nothing where
/// all were, and a thousand where none was.
///
/// ```
/// use ims_ledger::evidence::rarer;
///
/// assert_eq!((rarer(4, 4), rarer(2, 4), rarer(1, 3), rarer(0, 3)), (0, 10, 16, 1_000));
/// ```
#[must_use]
pub fn rarer(some: usize, all: usize) -> i32 {
    if some == 0 {
        return RAREST;
    }
    let [some, all] = [some, all].map(|count| u128::try_from(count).unwrap_or(u128::MAX));
    let is_within = |less: &i32| {
        u128::from(share(0, less.saturating_neg())).saturating_mul(all) <= some << 40_u32
    };
    (0..RAREST).find(is_within).unwrap_or(RAREST)
}

/// What none of many takes off.
const RAREST: i32 = 1_000;

/// A weight as a share of the greatest, in 2⁻⁴⁰.
fn share(most: i32, weight: i32) -> u64 {
    /// 2^(-n/10), in 2⁻²⁰.
    const TENTH: [u64; 10] = [
        1_048_576, 978_356, 912_838, 851_708, 794_672, 741_455, 691_802, 645_474, 602_249, 561_918,
    ];
    let below = most.saturating_sub(weight).max(0);
    let (whole, rest) = (below.div_euclid(TENTHS), below.rem_euclid(TENTHS));
    let rest = usize::try_from(rest).ok().and_then(|rest| TENTH.get(rest)).copied();
    let scaled = rest.unwrap_or(0) << 20_u32;
    scaled.checked_shr(u32::try_from(whole).unwrap_or(u32::MAX)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_more_is_twice_as_likely() {
        for (most, weight, shares) in
            [(0, 0, 1 << 40), (10, 0, 1 << 39), (100, 0, 1 << 30), (1_000, 0, 0)]
        {
            assert_eq!(share(most, weight), shares, "{most} {weight}");
        }
    }

    #[test]
    fn likelihoods_are_shares_of_a_thousand() {
        let sure = Evidence {
            cost: 0,
            name: NameAgrees::SurnameAndInitial,
            paid: PaidBefore::ThisAccount,
            amount: AmountFits::Instalment,
        };
        assert_eq!(likelihoods(&[]), [] as [u16; 0]);
        assert_eq!(likelihoods(&[sure]), [999]);
        assert_eq!(likelihoods(&[sure, sure]), [499, 499]);
        let nothing = Evidence { cost: 60, ..Evidence::default() };
        assert_eq!(likelihoods(&[sure, nothing]), [999, 0]);
        let many = vec![sure; 2_000];
        assert!(likelihoods(&many).iter().map(|share| u64::from(*share)).sum::<u64>() <= 1_000);
    }
}
