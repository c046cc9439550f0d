//! Card money three ways: what we took, what the provider says it settled, what the bank shows.
//!
//! Each payout's residual (our takings of its day less what arrived) is explained line by line,
//! to the penny: fees, refunds, disputes, timing, rounding; what nothing explains is named so.
//! Providers are told apart by name, so two at once, during a change from one to the other, do
//! not get into each other's way. Pure: it posts nothing.
//!
//! ```
//! use chrono::NaiveDate;
//! use ims_money::Pence;
//! use ims_reconcile::{BankLine, Rules, three_way::*};
//!
//! let day = |day| NaiveDate::from_ymd_opt(2026, 4, day).unwrap_or_default();
//! let takings = [("pi_1", 5_000), ("pi_2", 2_500)].map(|(provider_ref, pence)| Taking {
//!     id: pence as u64,
//!     provider: "stripe",
//!     provider_ref,
//!     reference: "",
//!     date: day(1),
//!     amount: Pence::new(pence),
//! });
//! let settled = takings.map(|taking| Settled {
//!     payout: 0,
//!     provider_ref: taking.provider_ref,
//!     reference: "",
//!     kind: SettledAs::Payment,
//!     gross: taking.amount,
//!     fee: Pence::new(20),
//! });
//! let payout = Payout {
//!     provider: "stripe",
//!     name: "po_7",
//!     bank_name: "STRIPE",
//!     date: day(3),
//!     covers: Some(day(1)),
//!     stated: Some(Pence::new(7_460)),
//!     matched: None,
//! };
//! let line = BankLine {
//!     id: 1,
//!     date: day(3),
//!     amount: Pence::new(7_460),
//!     reference: "STRIPE PO_7",
//!     narrative: "",
//!     kind: "",
//! };
//! let found = three_way(&takings, &[payout], &settled, &[line], &Rules::default());
//! let one = &found.payouts[0];
//! assert_eq!((one.residual, one.unexplained), (Pence::new(40), Pence::ZERO));
//! assert_eq!(one.parts.len(), 2);
//! assert_eq!(one.parts[0].because.to_string(), "fee withheld");
//! ```

mod at_bank;
mod explain;

use std::{
    collections::{HashMap, HashSet},
    fmt,
};

use chrono::NaiveDate;
use ims_money::Pence;

use crate::{BankLine, Rules};

/// What we took by card, or gave back (negative).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taking<'a> {
    /// The caller's stable key, different for each.
    pub id: u64,
    /// The provider it went through.
    pub provider: &'a str,
    /// The provider's reference, when we know it.
    pub provider_ref: &'a str,
    /// Our reference, as the provider was told it.
    pub reference: &'a str,
    /// The day it counts in.
    pub date: NaiveDate,
    /// In pence.
    pub amount: Pence,
}

/// A payout a provider announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payout<'a> {
    /// Whose it is.
    pub provider: &'a str,
    /// Its name, which its bank line may quote.
    pub name: &'a str,
    /// Under which name the provider pays at the bank.
    pub bank_name: &'a str,
    /// When it is paid.
    pub date: NaiveDate,
    /// The day whose takings it is for, where payouts go by days.
    pub covers: Option<NaiveDate>,
    /// What it says it pays; else the sum of its lines.
    pub stated: Option<Pence>,
    /// What it is matched with already: the rules are asked for the rest only.
    pub matched: Option<Matched<'a>>,
}

/// What of the bank's a payout is matched with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Matched<'a> {
    /// The bank lines, by their places: they pay no payout that is not matched with them.
    pub lines: &'a [u32],
    /// How much of them is the payout's.
    pub amount: Pence,
    /// Whether nothing of the payout is waited for any more.
    pub is_whole: bool,
}

/// One line of a settlement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled<'a> {
    /// The place of its payout.
    pub payout: u32,
    /// The provider's reference.
    pub provider_ref: &'a str,
    /// Our reference, when it is given.
    pub reference: &'a str,
    /// What it is for.
    pub kind: SettledAs,
    /// Before the fee; what is taken off is negative.
    pub gross: Pence,
    /// The fee withheld; negative when one is given back.
    pub fee: Pence,
}

/// What a line of a settlement is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettledAs {
    /// A payment.
    Payment,
    /// A refund.
    Refund,
    /// A charge of its own.
    Fee,
    /// A dispute taken off or given back.
    Dispute,
    /// A reserve, a transfer, a correction.
    Adjustment,
}

/// A part of a residual: by how much our takings are more than what arrived, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Why.
    pub because: Because,
    /// Positive if less arrived for it.
    pub amount: Pence,
    /// The place of the settlement's line, if it is about one.
    pub settled: Option<u32>,
    /// The place of the taking, if it is about one.
    pub taking: Option<u32>,
}

/// What explains a part of a residual.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Because {
    /// The provider withheld a fee.
    Fee,
    /// A refund was taken off that the day's takings do not have.
    Refund,
    /// A dispute was taken off or given back.
    Dispute,
    /// A reserve, a transfer, a correction.
    Adjustment,
    /// Taken on the day, but paid out by another payout.
    PaidElsewhere,
    /// Taken on the day, in no payout yet.
    NotPaidYet,
    /// Taken on another day, in this payout.
    OfAnotherDay,
    /// The provider has another amount than we.
    AmountDiffers,
    /// The provider was paid; we know of no such payment.
    NotOurs,
    /// The provider's total is a few half pennies off its lines.
    Rounding,
    /// The provider's lines do not make its total.
    LinesDiffer,
    /// The bank's amount is not the provider's total.
    BankDiffers,
}

impl fmt::Display for Because {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Fee => "fee withheld",
            Self::Refund => "refund taken off",
            Self::Dispute => "dispute",
            Self::Adjustment => "adjustment by the provider",
            Self::PaidElsewhere => "timing: in another payout",
            Self::NotPaidYet => "timing: in no payout yet",
            Self::OfAnotherDay => "timing: taken on another day",
            Self::AmountDiffers => "the provider has another amount",
            Self::NotOurs => "paid at the provider, not known here",
            Self::Rounding => "rounding",
            Self::LinesDiffer => "unexplained: the lines do not make the payout",
            Self::BankDiffers => "unexplained: the bank does not show the payout's amount",
        })
    }
}

impl Because {
    /// True if it names a difference without explaining it.
    #[must_use]
    pub const fn is_unexplained(self) -> bool {
        matches!(self, Self::LinesDiffer | Self::BankDiffers)
    }
}

/// A payout and its residual.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// Whether all of it has arrived at the bank.
    pub has_arrived: bool,
    /// The bank lines that pay it, by their places; while it has not all arrived, those of a
    /// part.
    pub bank: Vec<u32>,
    /// What arrived, or is to arrive: all of it while a part is still to come.
    pub paid: Pence,
    /// Our takings of the day it covers; of what it names, if it covers no day.
    pub taken: Pence,
    /// Taken less paid: always the sum of the parts.
    pub residual: Pence,
    /// What makes the residual, settlement's lines first, in their order.
    pub parts: Vec<Part>,
    /// The sum of those parts that explain nothing.
    pub unexplained: Pence,
}

/// What comes of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ThreeWay {
    /// For each payout, in their order. A payout whose sums are beyond counting is left out of
    /// the explanation: it has no parts and all of it is unexplained.
    pub payouts: Vec<Explained>,
    /// Places of takings in no payout, in order of date and id.
    pub not_paid: Vec<u32>,
    /// Places of settlement lines for payments and refunds that we do not know.
    pub not_ours: Vec<u32>,
    /// Places of settlement lines that several of our takings could be, all alike.
    pub unclear: Vec<u32>,
    /// Places of bank lines that pay none of the payouts.
    pub bank_left: Vec<u32>,
}

/// Compares the three. Which bank line pays which payout goes by what they are matched with, and
/// for all others by `rules`.
#[must_use]
pub fn three_way(
    takings: &[Taking<'_>],
    payouts: &[Payout<'_>],
    settled: &[Settled<'_>],
    bank: &[BankLine<'_>],
    rules: &Rules,
) -> ThreeWay {
    let paired = Paired::new(takings, payouts, settled);
    let at_bank = at_bank::of(payouts, settled, bank, rules);
    let explain = |(payout, arrived): (u32, Option<at_bank::Arrived>)| {
        let sides = explain::Sides { takings, payouts, settled, paired: &paired };
        sides.explained(payout, arrived)
    };
    let lines: HashSet<u32> =
        at_bank.iter().flatten().flat_map(|arrived| arrived.lines.iter().copied()).collect();
    let mut not_paid: Vec<u32> = places(takings).filter(|at| !paired.is_paid(*at)).collect();
    not_paid.sort_by_key(|at| takings.get(*at as usize).map(|taking| (taking.date, taking.id)));
    ThreeWay {
        payouts: (0_u32..).zip(at_bank).map(explain).collect(),
        not_paid,
        not_ours: paired.not_ours,
        unclear: paired.unclear,
        bank_left: places(bank).filter(|line| !lines.contains(line)).collect(),
    }
}

fn places<T>(items: &[T]) -> impl Iterator<Item = u32> {
    (0_u32..).zip(items).map(|(at, _)| at)
}

/// Which taking each line of the settlements is about.
struct Paired {
    taking_of: HashMap<u32, u32>,
    payout_of: HashMap<u32, u32>,
    not_ours: Vec<u32>,
    unclear: Vec<u32>,
}

impl Paired {
    fn new(takings: &[Taking<'_>], payouts: &[Payout<'_>], settled: &[Settled<'_>]) -> Self {
        // By the provider's reference and sign; else by ours and the amount.
        let mut by_name: HashMap<(&str, &str, bool), Vec<u32>> = HashMap::new();
        let mut by_ours: HashMap<(&str, &str, Pence), Vec<u32>> = HashMap::new();
        for (at, taking) in (0_u32..).zip(takings) {
            let is_back = taking.amount.get() < 0;
            if !taking.provider_ref.is_empty() {
                let name = (taking.provider, taking.provider_ref, is_back);
                by_name.entry(name).or_default().push(at);
            }
            if !taking.reference.is_empty() {
                let ours = (taking.provider, taking.reference, taking.amount);
                by_ours.entry(ours).or_default().push(at);
            }
        }
        let mut paired = Self {
            taking_of: HashMap::new(),
            payout_of: HashMap::new(),
            not_ours: Vec::new(),
            unclear: Vec::new(),
        };
        for (at, line) in (0_u32..).zip(settled) {
            let Some(payout) = payouts.get(line.payout as usize) else { continue };
            if !matches!(line.kind, SettledAs::Payment | SettledAs::Refund) {
                continue;
            }
            let is_back = line.gross.get() < 0;
            let named = by_name.get(&(payout.provider, line.provider_ref, is_back));
            let ours = by_ours.get(&(payout.provider, line.reference, line.gross));
            let free = |all: Option<&Vec<u32>>| -> Vec<u32> {
                let all = all.map_or(&[][..], Vec::as_slice).iter().copied();
                all.filter(|taking| !paired.is_paid(*taking)).collect()
            };
            let mut candidates = free(named);
            if candidates.len() > 1 {
                let is_as_much = |at: &u32| {
                    takings.get(*at as usize).is_some_and(|taking| taking.amount == line.gross)
                };
                let exact: Vec<u32> = candidates.iter().copied().filter(is_as_much).collect();
                if !exact.is_empty() {
                    candidates = exact;
                }
            }
            if candidates.is_empty() {
                candidates = free(ours);
            }
            match candidates.as_slice() {
                [] => paired.not_ours.push(at),
                [taking] => {
                    paired.taking_of.insert(at, *taking);
                    paired.payout_of.insert(*taking, line.payout);
                }
                _ => paired.unclear.push(at),
            }
        }
        paired
    }

    fn is_paid(&self, taking: u32) -> bool {
        self.payout_of.contains_key(&taking)
    }
}

#[cfg(test)]
mod tests;
