//! Which bank line pays which payout.

use ims_money::Pence;

use super::{Payout, Settled};
use crate::{BankLine, Expected, Rules, Why, reconcile};

/// For each payout the line that pays it, or that quotes it and nothing else and pays another
/// amount.
pub(super) fn of(
    payouts: &[Payout<'_>],
    settled: &[Settled<'_>],
    bank: &[BankLine<'_>],
    rules: &Rules,
) -> Vec<Option<u32>> {
    let rows: Vec<Expected<'_>> = (0_u32..)
        .zip(payouts)
        .map(|(at, payout)| Expected {
            id: u64::from(at),
            date: payout.date,
            amount: net(at, payout, settled).unwrap_or_default(),
            reference: payout.name,
            merchant: payout.bank_name,
            batch: payout.name,
        })
        .collect();
    // A payout is already net: what is short of it is a difference and no fee.
    let outcome = reconcile(&rows, bank, &rules.clone().with_fees_proposed());
    let mut lines = vec![None; payouts.len()];
    let mut set = |payout: u32, line: u32| {
        if let Some(place) = lines.get_mut(payout as usize) {
            *place = Some(line);
        }
    };
    for found in &outcome.matches {
        // A line that pays two payouts pays each of them.
        if let [line] = &*found.bank {
            found.expected.iter().for_each(|payout| set(*payout, *line));
        }
    }
    for found in &outcome.ambiguous {
        if let (Why::Differs { .. }, [line], [payout]) = (found.why, &*found.bank, &*found.expected)
        {
            let others = outcome.ambiguous.iter().filter(|other| {
                matches!(other.why, Why::Differs { .. }) && other.expected == found.expected
            });
            if others.count() == 1 && outcome.expected_left.contains(payout) {
                set(*payout, *line);
            }
        }
    }
    lines
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
