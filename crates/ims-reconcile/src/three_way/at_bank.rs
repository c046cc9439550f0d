//! Which bank line pays which payout.

use std::collections::HashSet;

use ims_money::Pence;

use super::{Payout, Settled};
use crate::{BankLine, Expected, Rules, Why, reconcile};

/// What arrived for a payout.
pub(super) struct Arrived {
    /// The lines it came by, by their places.
    pub(super) lines: Vec<u32>,
    /// How much of them is the payout's.
    pub(super) amount: Pence,
    /// Whether nothing is to come any more.
    pub(super) is_whole: bool,
}

impl Arrived {
    /// These lines too, which bring the rest.
    fn with(self, lines: impl Iterator<Item = u32>, amount: Pence) -> Option<Self> {
        let amount = self.amount.checked_add(amount)?;
        Some(Self { lines: self.lines.into_iter().chain(lines).collect(), amount, is_whole: true })
    }
}

/// For each payout the lines it is matched with; for what of it is not, the line that pays it,
/// or that quotes it and nothing else and pays another amount.
pub(super) fn of(
    payouts: &[Payout<'_>],
    settled: &[Settled<'_>],
    bank: &[BankLine<'_>],
    rules: &Rules,
) -> Vec<Option<Arrived>> {
    let arrived = |payout: &Payout<'_>| {
        payout.matched.map(|it| Arrived {
            lines: it.lines.to_vec(),
            amount: it.amount,
            is_whole: it.is_whole,
        })
    };
    let mut at_bank: Vec<Option<Arrived>> = payouts.iter().map(arrived).collect();
    let taken: HashSet<u32> =
        at_bank.iter().flatten().flat_map(|it| it.lines.iter().copied()).collect();
    let free = (0_u32..).zip(bank).filter(|(at, _)| !taken.contains(at));
    let (places, lines): (Vec<u32>, Vec<BankLine<'_>>) = free.map(|(at, it)| (at, *it)).unzip();
    let is_asked = |payout: &Payout<'_>| payout.matched.is_none_or(|it| !it.is_whole);
    let asked = (0_u32..).zip(payouts).filter(|(_, payout)| is_asked(payout));
    let (of, rows): (Vec<u32>, Vec<Expected<'_>>) =
        asked.map(|(at, payout)| (at, row(at, payout, settled))).unzip();
    // A payout is already net: what is short of it is a difference and no fee.
    let outcome = reconcile(&rows, &lines, &rules.clone().with_fees_proposed());
    let mut set = |payout: u32, shown: &[u32], amount: Option<Pence>| {
        let place = |at: &u32| places.get(*at as usize).copied();
        let at = of.get(payout as usize).and_then(|at| at_bank.get_mut(*at as usize));
        if let (Some(at), Some(amount)) = (at, amount) {
            let nothing = Arrived { lines: Vec::new(), amount: Pence::ZERO, is_whole: false };
            *at = at.take().unwrap_or(nothing).with(shown.iter().filter_map(place), amount);
        }
    };
    let shown = |places: &[u32]| {
        let lines = places.iter().filter_map(|at| lines.get(*at as usize));
        Pence::checked_sum(lines.map(|line| line.amount))
    };
    for found in &outcome.matches {
        match &*found.expected {
            [payout] => set(*payout, &found.bank, shown(&found.bank)),
            // What pays several pays each of them what it comes to.
            several => several.iter().for_each(|payout| {
                set(*payout, &found.bank, rows.get(*payout as usize).map(|row| row.amount));
            }),
        }
    }
    for found in &outcome.ambiguous {
        if let (Why::Differs { .. }, [line], [payout]) = (found.why, &*found.bank, &*found.expected)
        {
            let others = outcome.ambiguous.iter().filter(|other| {
                matches!(other.why, Why::Differs { .. }) && other.expected == found.expected
            });
            if others.count() == 1 && outcome.expected_left.contains(payout) {
                set(*payout, &[*line], shown(&[*line]));
            }
        }
    }
    at_bank
}

/// What of a payout no line is matched with.
fn row<'a>(at: u32, payout: &Payout<'a>, settled: &[Settled<'_>]) -> Expected<'a> {
    Expected {
        id: u64::from(at),
        date: payout.date,
        amount: rest(at, payout, settled).unwrap_or_default(),
        reference: payout.name,
        merchant: payout.bank_name,
        batch: payout.name,
    }
}

fn rest(at: u32, payout: &Payout<'_>, settled: &[Settled<'_>]) -> Option<Pence> {
    let before = payout.matched.map_or(Pence::ZERO, |it| it.amount);
    net(at, payout, settled)?.checked_sub(before)
}

/// What a payout comes to: as it states, or as its lines make it.
pub(super) fn net(at: u32, payout: &Payout<'_>, settled: &[Settled<'_>]) -> Option<Pence> {
    payout.stated.or_else(|| sum_of_lines(at, settled))
}

pub(super) fn sum_of_lines(at: u32, settled: &[Settled<'_>]) -> Option<Pence> {
    let of_payout = settled.iter().filter(|line| line.payout == at);
    of_payout
        .into_iter()
        .try_fold(Pence::ZERO, |sum, line| sum.checked_add(line.gross)?.checked_sub(line.fee))
}
