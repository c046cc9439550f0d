//! The three sides compared, and told as the council knows them.

use std::collections::HashMap;

use chrono::NaiveDate;
use ims_ledger::SettlementKind;
use ims_reconcile::{
    BankLine, Rules,
    three_way::{Explained, Matched, Payout, Settled, SettledAs, Taking, ThreeWay, three_way},
};
use ims_store::{OpenLine, TakingRow};

use super::{
    NotPaidOut, PaidOutLine, PayoutExplained, Payouts, ResidualPart,
    sides::{Sides, Told},
    standing::Standing,
};
use crate::reconcile_bank::key;

pub(super) fn compared(sides: &Sides, rules: &Rules, from: NaiveDate) -> Payouts {
    let covers = days_covered(sides);
    let payouts = payouts_of(sides, &covers);
    let ours: Vec<Taking<'_>> = sides.takings.iter().map(taking).collect();
    let (settled, lines) = settled_of(&sides.told);
    let bank: Vec<BankLine<'_>> = sides.bank.iter().map(bank_line).collect();
    let ThreeWay { payouts: found, not_paid, not_ours, unclear, bank_left } =
        three_way(&ours, &payouts, &settled, &bank, rules);
    let shown = sides.told.iter().zip(covers).zip(&found);
    let at = |at: &u32| lines.get(*at as usize).cloned();
    Payouts {
        payouts: shown
            .map(|((one, covers), found)| explained(sides, &settled, one, covers, found))
            .collect(),
        not_paid: not_paid
            .iter()
            .filter_map(|at| sides.takings.get(*at as usize))
            .filter(|row| sides.waiting.contains(&row.expected))
            .map(in_no_payout)
            .collect(),
        not_ours: not_ours.iter().filter_map(at).collect(),
        unclear: unclear.iter().filter_map(at).collect(),
        bank_left: bank_left
            .iter()
            .filter_map(|at| sides.bank.get(*at as usize))
            .filter(|line| line.booked_on >= from && is_a_providers(sides, line))
            .cloned()
            .collect(),
    }
}

/// The day whose takings each payout is for: that of more than half of its payments. None where
/// another payout of the channel has the same day: then they do not go by days.
fn days_covered(sides: &Sides) -> Vec<Option<NaiveDate>> {
    let mut paid: HashMap<(&str, &str), HashMap<NaiveDate, usize>> = HashMap::new();
    for row in sides.takings.iter().filter(|row| row.amount.is_positive()) {
        if let Some(payout) = &row.payout {
            let days = paid.entry((&row.channel, payout)).or_default();
            let count = days.entry(row.happened_on).or_default();
            *count = count.saturating_add(1);
        }
    }
    let day_of = |one: &Told| {
        let days = paid.get(&(one.channel.as_str(), one.name()))?;
        let all: usize = days.values().sum();
        days.iter().find(|(_, count)| count.saturating_mul(2) > all).map(|(day, _)| *day)
    };
    let days: Vec<_> = sides.told.iter().map(|one| (one.channel.as_str(), day_of(one))).collect();
    let is_alone =
        |it: &(&str, Option<NaiveDate>)| days.iter().filter(|one| *one == it).count() == 1;
    days.iter().map(|it| it.1.filter(|_| is_alone(it))).collect()
}

fn payouts_of<'a>(sides: &'a Sides, covers: &[Option<NaiveDate>]) -> Vec<Payout<'a>> {
    let matched = |it: &'a Standing| Matched {
        lines: &it.lines,
        amount: it.amount,
        is_whole: !it.is_awaited,
    };
    let of = |((one, covers), standing): ((&'a Told, _), &'a Option<Standing>)| Payout {
        provider: &one.channel,
        name: one.name(),
        bank_name: &one.bank_name,
        date: one.date,
        covers,
        stated: one.settlement.head.paid,
        matched: standing.as_ref().map(matched),
    };
    sides.told.iter().zip(covers.iter().copied()).zip(&sides.standing).map(of).collect()
}

fn taking(row: &TakingRow) -> Taking<'_> {
    Taking {
        id: key(row.expected.get()),
        provider: &row.channel,
        provider_ref: &row.source_ref,
        // The same account often pays the same: only what has no name of the provider's goes by
        // ours.
        reference: if row.source_ref.is_empty() { &row.reference } else { "" },
        date: row.happened_on,
        amount: row.amount,
    }
}

fn bank_line(line: &OpenLine) -> BankLine<'_> {
    BankLine {
        id: key(line.id.get()),
        date: line.booked_on,
        amount: line.amount,
        reference: &line.reference,
        narrative: &line.narrative,
        kind: &line.code,
    }
}

/// The lines of all settlements, and how each is told.
fn settled_of(told: &[Told]) -> (Vec<Settled<'_>>, Vec<PaidOutLine>) {
    let of = |(payout, one): (u32, &'_ Told)| (payout, one.channel.clone(), one.name().to_owned());
    let mut all = (Vec::new(), Vec::new());
    for (payout, one) in (0_u32..).zip(told) {
        let (payout, channel, name) = of((payout, one));
        for line in &one.settlement.lines {
            let reference = line.reference.as_deref().unwrap_or_default();
            all.0.push(Settled {
                payout,
                provider_ref: &line.provider_ref,
                reference,
                kind: settled_as(line.kind),
                gross: line.gross,
                fee: line.fee,
            });
            all.1.push(PaidOutLine {
                channel: channel.clone(),
                payout: name.clone(),
                file_name: one.import.file_name.clone(),
                line: line.line,
                date: line.date,
                amount: line.gross,
                provider_ref: line.provider_ref.clone(),
                reference: reference.to_owned(),
            });
        }
    }
    all
}

fn explained(
    sides: &Sides,
    settled: &[Settled<'_>],
    one: &Told,
    covers: Option<NaiveDate>,
    found: &Explained,
) -> PayoutExplained {
    let part = |part: &ims_reconcile::three_way::Part| {
        let line = part.settled.and_then(|at| settled.get(at as usize));
        let taking = part.taking.and_then(|at| sides.takings.get(at as usize));
        let ours = taking.map(|row| row.source_ref.clone()).unwrap_or_default();
        ResidualPart {
            why: part.because.to_string(),
            is_unexplained: part.because.is_unexplained(),
            amount: part.amount,
            provider_ref: line.map_or(ours, |line| line.provider_ref.to_owned()),
            receipt: taking.map(|row| row.receipt.clone()).unwrap_or_default(),
        }
    };
    PayoutExplained {
        provider: one.settlement.head.provider.clone(),
        channel: one.channel.clone(),
        payout: one.name().to_owned(),
        date: one.date,
        import: one.import.id,
        file_name: one.import.file_name.clone(),
        lines: one.settlement.lines.len(),
        taken: found.taken,
        paid: found.paid,
        residual: found.residual,
        unexplained: found.unexplained,
        covers,
        has_arrived: found.has_arrived,
        bank: found.bank.iter().filter_map(|at| sides.bank.get(*at as usize)).cloned().collect(),
        parts: found.parts.iter().map(part).collect(),
    }
}

fn in_no_payout(row: &TakingRow) -> NotPaidOut {
    NotPaidOut {
        channel: row.channel.clone(),
        happened_on: row.happened_on,
        amount: row.amount,
        provider_ref: row.source_ref.clone(),
        reference: row.reference.clone(),
        receipt: row.receipt.clone(),
    }
}

fn is_a_providers(sides: &Sides, line: &OpenLine) -> bool {
    let words = format!("{} {}", line.reference, line.narrative).to_uppercase();
    sides.bank_names.iter().any(|name| words.contains(name))
}

const fn settled_as(kind: SettlementKind) -> SettledAs {
    match kind {
        SettlementKind::Payment => SettledAs::Payment,
        SettlementKind::Refund => SettledAs::Refund,
        SettlementKind::Fee => SettledAs::Fee,
        SettlementKind::Dispute => SettledAs::Dispute,
        SettlementKind::Adjustment => SettledAs::Adjustment,
    }
}
