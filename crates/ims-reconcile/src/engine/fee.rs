//! Payouts that are short by a fee, learnt from the merchant's other payouts.

use std::collections::BTreeMap;

use super::{
    batch,
    claims::Claim,
    desk::{At, Desk},
    left::Left,
    merchant_day, slips, text,
};
use crate::rules::Days;

/// How many rows a day may slip past the cut-off of a merchant that pays net.
const SLIPS_MAX: u8 = 2;
const WHOLE: i128 = 10_000;

/// Payouts of merchants of which at least `batches_min` are short at one rate, to the penny.
pub(crate) fn claims(
    desk: &Desk<'_>,
    left: &Left,
    days: Days,
    batches_min: u16,
    basis_points_max: u16,
) -> Vec<Claim> {
    let batches = quoted_batches(desk, left, days);
    let lines = slips::dated_lines(desk, left, days);
    let rates = learn(desk, left, &batches, &lines, batches_min, basis_points_max);
    let mut claims: Vec<Claim> = batches
        .into_iter()
        .filter_map(|(line, rows)| {
            let (merchant, rate) = (merchant_of(desk, &rows)?, &rates);
            let rate = *rate.get(&merchant)?;
            let (sum, amount) = (desk.sum(&rows), i128::from(desk.lines.at(line).amount));
            let fee = i64::try_from(sum - amount).ok()?;
            is_rate(sum, amount, rate).then(|| Claim { fee, ..Claim::whole(vec![line], rows) })
        })
        .collect();
    for (merchant, lines) in &lines {
        let Some(rate) = rate_of(desk, left, *merchant, &rates) else { continue };
        let mut walk = slips::Walk::new(desk, left, *merchant, SLIPS_MAX);
        walk.all(lines, &|line| worth(i128::from(desk.lines.at(line).amount), rate));
        claims.extend(walk.claims);
    }
    claims
}

/// Open lines that quote one batch, with its rows.
fn quoted_batches(desk: &Desk<'_>, left: &Left, days: Days) -> Vec<(u32, Vec<u32>)> {
    let one = |at| {
        let mut batches = batch::quoted(desk, left, at, days);
        if batches.len() == 1 { batches.pop() } else { None }
    };
    left.open(desk).filter_map(|(at, open)| Some((open.line, one(at)?))).collect()
}

/// The rows' merchant as it is compared, if they have one and the same.
fn merchant_of(desk: &Desk<'_>, rows: &[u32]) -> Option<Vec<u8>> {
    let mut merchants =
        rows.iter().filter_map(|row| desk.expected.get(*row as usize)).map(|row| row.merchant);
    let first = merchants.next().filter(|merchant| text::plain(merchant).next().is_some())?;
    merchants
        .all(|merchant| merchant == first || text::same(merchant, first))
        .then(|| text::plain(first).collect())
}

fn rate_of(
    desk: &Desk<'_>,
    left: &Left,
    merchant: u32,
    rates: &BTreeMap<Vec<u8>, i128>,
) -> Option<i128> {
    let rows = left.merchants.get(merchant as usize)?.values().next()?;
    rates.get(&merchant_of(desk, rows)?).copied()
}

/// The rate of each merchant that shows one often enough and no other half as often, in
/// hundredths of a per cent.
fn learn(
    desk: &Desk<'_>,
    left: &Left,
    batches: &[(u32, Vec<u32>)],
    lines: &BTreeMap<u32, BTreeMap<i32, Vec<u32>>>,
    batches_min: u16,
    basis_points_max: u16,
) -> BTreeMap<Vec<u8>, i128> {
    let mut seen: BTreeMap<Vec<u8>, BTreeMap<i128, u16>> = BTreeMap::new();
    let mut see = |line: u32, rows: &[u32]| {
        let Some(merchant) = merchant_of(desk, rows) else { return };
        let (sum, amount) = (desk.sum(rows), i128::from(desk.lines.at(line).amount));
        let rates = rates(sum, amount, i128::from(basis_points_max));
        for rate in rates {
            let times = seen.entry(merchant.clone()).or_default().entry(rate).or_default();
            *times = times.saturating_add(1);
        }
    };
    for (line, rows) in batches {
        see(*line, rows);
    }
    for (merchant, days) in lines {
        for (day, lines) in days {
            let rows = merchant_day::rows_of(desk, left, *merchant, *day);
            if let [line] = lines.as_slice() {
                see(*line, &rows);
            }
        }
    }
    let clear = |times: BTreeMap<i128, u16>| {
        let most = times.values().copied().max().filter(|most| *most >= batches_min.max(2))?;
        // A rate that another comes near is no rate.
        let mut best = times.into_iter().filter(|(_, count)| count.saturating_mul(2) > most);
        let (rate, _) = best.next()?;
        best.next().is_none().then_some(rate)
    };
    seen.into_iter().filter_map(|(merchant, times)| Some((merchant, clear(times)?))).collect()
}

/// The rates that make `amount` of `sum`; none if the sum is too small to tell.
fn rates(sum: i128, amount: i128, most: i128) -> std::ops::Range<i128> {
    let fee = sum - amount;
    if sum < WHOLE || fee <= 0 {
        return 0..0;
    }
    let (low, high) = ((fee * WHOLE - WHOLE / 2 + sum - 1) / sum, (fee * WHOLE + WHOLE / 2) / sum);
    if low < 1 || high > most { 0..0 } else { low..high + 1 }
}

/// True if `amount` is `sum` less the rate, whichever way half a penny was rounded.
fn is_rate(sum: i128, amount: i128, rate: i128) -> bool {
    ((sum - amount) * WHOLE - sum * rate).abs() <= WHOLE / 2
}

/// The sums of which `amount` is what the rate leaves.
fn worth(amount: i128, rate: i128) -> Vec<i128> {
    let near = amount * WHOLE / (WHOLE - rate).max(1);
    (near - 2..=near + 2).filter(|sum| is_rate(*sum, amount, rate)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Rules,
        sample::{card, line, told, told_by},
    };

    const DATED: [&str; 6] =
        ["SHOP77 0104", "SHOP77 0204", "SHOP77 0304", "SHOP77 0404", "SHOP77 0504", "SHOP77 0604"];

    #[test]
    fn a_fee_at_the_merchants_rate_is_no_shortage() {
        let rows: Vec<_> = (1..=6).map(|n| card(n, n, 20_000 + n as i64 * 1_000)).collect();
        let paid = |n: u64, off: i64| {
            let sum = 20_000 + n as i64 * 1_000;
            line(10 + n, n + 1, sum - sum / 50 - off, DATED[n as usize - 1])
        };
        let mut lines: Vec<_> = (1..=6).map(|n| paid(n, 0)).collect();
        let all = "net-of-fee: 11 pays 1; net-of-fee: 12 pays 2; net-of-fee: 13 pays 3; \
                   net-of-fee: 14 pays 4; net-of-fee: 15 pays 5; net-of-fee: 16 pays 6";
        assert_eq!(told(&rows, &lines), all);
        let careful = told_by(&Rules::careful(), &rows, &lines);
        assert!(!careful.contains("net-of-fee"), "the careful rules only propose");
        // One payout off the rate stays out; four are too few to learn from.
        lines[5] = paid(6, 1);
        let said = told(&rows, &lines);
        assert!(said.starts_with("net-of-fee: 11 pays 1; ") && !said.contains("16 pays"), "{said}");
        lines[4] = paid(5, 1);
        let said = told(&rows, &lines);
        assert!(!said.contains("net-of-fee"), "{said}");
    }

    #[test]
    fn a_rate_is_told_from_a_sum_and_what_arrived() {
        assert_eq!(rates(200_000, 197_600, 500).collect::<Vec<_>>(), [120]);
        assert_eq!(rates(200_000, 200_000, 500).count(), 0);
        assert_eq!(rates(200_000, 100_000, 500).count(), 0);
        assert_eq!(rates(50, 49, 500).count(), 0);
        assert_eq!(worth(197_600, 120), [200_000]);
        assert!(is_rate(200_041, 197_641, 120));
        assert!(!is_rate(200_041, 197_639, 120));
    }
}
