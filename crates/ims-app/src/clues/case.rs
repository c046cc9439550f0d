//! What speaks for an account that money may be meant for, and how much.

mod weights;

use std::collections::BTreeSet;

use ims_ledger::{
    evidence::{AmountFits, Evidence, NameAgrees, PaidBefore, rarer, shares},
    id::ExpectedId,
};
use ims_money::Pence;
use ims_store::HolderRow;

use super::{Account, Clue};
use crate::payer_accounts::{LINES_MAX, Times};

/// What speaks against an account of which no reference is quoted, looked at
/// alone, as a slip's cost.
const UNQUOTED: u16 = 26;
/// From this cost on a slip is two.
const TWO_SLIPS: u16 = 10;

/// What money has in common with money that was placed before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Like {
    /// The reference it came with.
    Reference,
    /// The name in its words.
    Payer,
}

impl Like {
    pub(crate) const fn in_words(self) -> &'static str {
        match self {
            Self::Reference => "with the same reference",
            Self::Payer => "of the same payer",
        }
    }
}

/// What was paid before from the bank account that the money came from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum PaidFrom {
    /// The bank does not say from where it came, or nothing is known of it.
    #[default]
    Unknown,
    /// Others, never this account.
    Others,
    /// This account, so often of so many times.
    This(Times),
}

/// What speaks for an account that money may be meant for.
#[derive(Debug, Default)]
pub(crate) struct Case {
    /// The reference's slip, or that none is quoted, and in words.
    pub(crate) quoted: Option<(u16, String)>,
    /// Where like money went, in words.
    pub(crate) placed: Option<(Like, String)>,
    /// Like money went to another account, always.
    pub(crate) elsewhere: bool,
    /// The payer's bank account.
    pub(crate) from: PaidFrom,
    /// The names.
    pub(crate) name: NameAgrees,
    /// The amount.
    pub(crate) amount: AmountFits,
    /// Old references that lead to the account.
    pub(crate) olds: BTreeSet<String>,
    /// Money of it that was told of and that the bank has not shown, in words, and which.
    pub(crate) told: Option<(String, Vec<ExpectedId>)>,
}

impl Case {
    /// Keeps the less far-fetched slip.
    pub(crate) fn quote(&mut self, cost: u16, why: String) {
        if self.quoted.as_ref().is_none_or(|(kept, _)| cost < *kept) {
            self.quoted = Some((cost, why));
        }
    }

    /// The same for the account that the old account leads to.
    pub(crate) fn led_from(self, (fund, reference): &Account) -> Self {
        let quoted = self.quoted.map(|(cost, why)| {
            let old =
                if cost == 0 { String::new() } else { format!("; that is {fund} {reference}") };
            (cost, format!("{why}{old}, which leads there"))
        });
        let led = |(like, why)| (like, format!("{why}, as {fund} {reference}, which leads there"));
        let mut olds = self.olds;
        olds.insert(reference.clone());
        Self { quoted, placed: self.placed.map(led), olds, ..self }
    }

    /// Takes in what speaks for another account that is this one now, before it
    /// is looked at who holds it.
    pub(crate) fn join(&mut self, other: Self) {
        if let Some((cost, why)) = other.quoted {
            self.quote(cost, why);
        }
        self.placed = self.placed.take().or(other.placed);
        self.elsewhere |= other.elsewhere;
        self.olds.extend(other.olds);
        self.from = match (self.from, other.from) {
            (PaidFrom::This(one), PaidFrom::This(other)) => PaidFrom::This(one.and(other)),
            (it @ PaidFrom::This(_), _) | (_, it @ PaidFrom::This(_)) => it,
            (PaidFrom::Others, _) | (_, PaidFrom::Others) => PaidFrom::Others,
            (PaidFrom::Unknown, PaidFrom::Unknown) => PaidFrom::Unknown,
        };
    }

    /// Looks at who holds the account: `paid` is whether it paid that before.
    pub(crate) fn look_at(&mut self, clue: &Clue, holder: Option<&HolderRow>, paid: bool) {
        let name = holder.map(|holder| clue.name_agrees(&holder.name));
        self.name = name.unwrap_or_default();
        self.amount = Self::amount_fits(clue, holder, paid);
    }

    /// How the amount agrees with what the account owes, pays at a time, or paid before.
    pub(crate) fn amount_fits(clue: &Clue, holder: Option<&HolderRow>, paid: bool) -> AmountFits {
        let of = |known: fn(&HolderRow) -> Option<Pence>| holder.and_then(known);
        match of(|holder| holder.balance) {
            _ if paid => AmountFits::AsBefore,
            _ if of(|holder| holder.instalment) == Some(clue.amount) => AmountFits::Instalment,
            Some(balance) if balance == clue.amount => AmountFits::Balance,
            Some(_) => AmountFits::No,
            None => AmountFits::Unknown,
        }
    }

    /// Looks at where other money went, once all that was placed there before is
    /// known: `to_one` is whether money with its reference went to one account
    /// always, `somebody` whether its bank account paid anybody before.
    pub(crate) fn compare(&mut self, to_one: bool, somebody: bool) {
        self.elsewhere = to_one && self.placed.is_none();
        if somebody && self.from == PaidFrom::Unknown {
            self.from = PaidFrom::Others;
        }
    }

    /// How far-fetched it is that the money quotes it; the lower the less.
    pub(crate) fn cost(&self) -> u16 {
        self.quoted.as_ref().map_or(u16::MAX, |(cost, _)| *cost)
    }

    /// Whether anything at all speaks for it.
    pub(crate) fn is_any(&self) -> bool {
        self.quoted.is_some()
            || self.placed.is_some()
            || matches!(self.from, PaidFrom::This(_))
            || self.name > NameAgrees::No
            || self.amount > AmountFits::No
    }

    /// The same looked at alone, where nobody asks whose else it may be.
    pub(crate) fn alone(&self) -> Evidence {
        let paid = match (&self.placed, self.from) {
            (Some(_), _) | (None, PaidFrom::This(_)) => PaidBefore::ThisAccount,
            (None, PaidFrom::Unknown | PaidFrom::Others) => PaidBefore::Unknown,
        };
        let cost = self.quoted.as_ref().map_or(UNQUOTED, |(cost, _)| *cost);
        Evidence { cost, name: self.name, paid, amount: self.amount }
    }

    /// What speaks for it beside others, in tenths of a doubling; the more the
    /// likelier.
    fn weight(&self, namesakes: Namesakes) -> i32 {
        let amount = match self.amount {
            AmountFits::Unknown | AmountFits::No => 0,
            AmountFits::Balance => weights::BALANCE,
            AmountFits::AsBefore => weights::SAME_AMOUNT,
            AmountFits::Instalment => weights::INSTALMENT,
        };
        [self.weight_quoted(), self.weight_before(), self.weight_name(namesakes), amount]
            .into_iter()
            .fold(0, i32::saturating_add)
    }

    /// The more holders have as good a name, the less it says.
    fn weight_name(&self, namesakes: Namesakes) -> i32 {
        let is_known = self.placed.is_some() || matches!(self.from, PaidFrom::This(_));
        let among = |weight: i32, all| {
            weight.saturating_sub(rarer(1, all).saturating_mul(7).div_euclid(10))
        };
        match self.name {
            NameAgrees::Unknown => 0,
            NameAgrees::No if is_known => 0,
            NameAgrees::Surname if is_known => weights::KNOWN_SURNAME,
            NameAgrees::SurnameAndInitial if is_known => weights::KNOWN_FULL_NAME,
            NameAgrees::FirmInPart if is_known => weights::KNOWN_FIRM_IN_PART,
            NameAgrees::Firm if is_known => weights::KNOWN_FIRM,
            NameAgrees::No => weights::ANOTHER_NAME,
            NameAgrees::Surname => among(weights::SURNAME, namesakes.in_part),
            NameAgrees::FirmInPart => among(weights::FIRM_IN_PART, namesakes.in_part),
            NameAgrees::SurnameAndInitial => among(weights::FULL_NAME, namesakes.full),
            NameAgrees::Firm => among(weights::FIRM, namesakes.full),
        }
    }

    fn weight_quoted(&self) -> i32 {
        let Some((cost, _)) = self.quoted else { return weights::UNQUOTED };
        let slips = match cost {
            0 => weights::EXACT,
            1..TWO_SLIPS => 0,
            _ => match self.name {
                NameAgrees::Unknown => weights::TWO_SLIPS_AND_NO_NAME,
                NameAgrees::No => weights::TWO_SLIPS_AND_ANOTHER_NAME,
                NameAgrees::Surname
                | NameAgrees::FirmInPart
                | NameAgrees::SurnameAndInitial
                | NameAgrees::Firm => weights::TWO_SLIPS,
            },
        };
        i32::from(cost).saturating_mul(weights::SLIP).saturating_add(slips)
    }

    /// Where like money went says little more where the bank account says it already.
    fn weight_before(&self) -> i32 {
        let placed = match self.placed {
            Some((Like::Reference, _)) => weights::SAME_REFERENCE,
            Some((Like::Payer, _)) => weights::SAME_PAYER,
            None if self.elsewhere => weights::ELSEWHERE,
            None => 0,
        };
        let from = match self.from {
            // That it paid others is said by what it adds to those.
            PaidFrom::Unknown | PaidFrom::Others => 0,
            PaidFrom::This(Times { this, all, .. }) => {
                let less = rarer(this, all).saturating_mul(5).div_euclid(4);
                weights::PAID_THIS.saturating_sub(less)
            }
        };
        let is_both = self.placed.is_some() && matches!(self.from, PaidFrom::This(_));
        let both = if is_both { weights::BOTH } else { 0 };
        placed.saturating_add(from).saturating_add(both)
    }

    /// What speaks for it and against it, each in words.
    pub(crate) fn reasons(&self) -> Vec<String> {
        let quoted = self.quoted.as_ref().map(|(_, why)| why.clone());
        let mut reasons: Vec<String> = quoted.into_iter().collect();
        reasons.extend(self.paid_in_words());
        reasons.extend(self.placed.as_ref().map(|(_, why)| why.clone()));
        if self.elsewhere && self.placed.is_none() {
            reasons.push("money with the same reference was placed elsewhere before".to_owned());
        }
        let name = self.name.in_words();
        let amount = match self.amount {
            AmountFits::Unknown => "",
            AmountFits::No => "it does not owe this amount, and never paid it",
            AmountFits::Balance => "the amount is all it owes",
            AmountFits::AsBefore => "it paid the same amount before",
            AmountFits::Instalment => "the amount is its instalment",
        };
        let said = [name, amount].into_iter().filter(|words| !words.is_empty());
        reasons.extend(said.map(str::to_owned));
        reasons.extend(self.told.iter().map(|(told, _)| format!("for it {told}")));
        reasons
    }

    fn paid_in_words(&self) -> Option<String> {
        let Times { this, all, last } = match self.from {
            PaidFrom::Unknown => return None,
            PaidFrom::Others => {
                return Some("others were paid from the same bank account before".to_owned());
            }
            PaidFrom::This(times) => times,
        };
        let is_many = usize::try_from(LINES_MAX).is_ok_and(|most| all >= most);
        let often = match (this, all) {
            (1, 1) => "once".to_owned(),
            (this, all) if this < all => format!("{this} of {all} times"),
            (this, _) if is_many => format!("{this} times and more"),
            (this, _) => format!("{this} times"),
        };
        Some(format!("it was paid {often} before from the same bank account, last on {last}"))
    }
}

/// How many of an item's cases have a name that agrees.
#[derive(Clone, Copy, Debug, Default)]
struct Namesakes {
    in_part: usize,
    full: usize,
}

/// What each case weighs, and how likely it is the one, in thousandths, beside
/// the others and none.
pub(crate) fn weighed<'a>(cases: impl Iterator<Item = &'a Case> + Clone) -> Vec<(i32, u16)> {
    let of = |these: [NameAgrees; 2]| cases.clone().filter(|it| these.contains(&it.name)).count();
    let namesakes = Namesakes {
        in_part: of([NameAgrees::Surname, NameAgrees::FirmInPart]),
        full: of([NameAgrees::SurnameAndInitial, NameAgrees::Firm]),
    };
    let weights: Vec<i32> = cases.map(|case| case.weight(namesakes)).collect();
    let likely = shares(&weights, weights::NONE);
    weights.into_iter().zip(likely).collect()
}
