//! What must hold whatever is given: see the crate's front page.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

use std::collections::BTreeSet;

use chrono::{Datelike, Days, NaiveDate};
use ims_money::Pence;
use ims_reconcile::{
    BankLine, Expected, Outcome, Rules, Why, reconcile,
    rules::{How, Rule, Then},
};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};

#[path = "given/asked.rs"]
mod asked;

use asked::asked;

/// Few references, amounts and days, so that twins and near misses are common.
const REFERENCES: [&str; 7] =
    ["80012345", "80012346", "R123456789", "SDR0000001", "A1B2C3D4", "7", ""];
const AMOUNTS: [i64; 8] = [0, 100, 200, 300, 500, -100, 20_000, i64::MAX];
const BATCHES: [&str; 3] = ["", "po_1", "po_2"];
const MERCHANTS: [&str; 4] = ["", "SHOP 77", "SHOP 78", "shop77"];

#[derive(Clone, Debug)]
struct Row {
    id: u64,
    day: u64,
    amount: i64,
    reference: &'static str,
    merchant: &'static str,
    batch: &'static str,
}

#[derive(Clone, Debug)]
struct Line {
    id: u64,
    day: u64,
    amount: i64,
    reference: String,
    narrative: String,
}

/// How a line comes about: by paying something that is expected, more or less, or at random.
#[derive(Clone, Debug)]
enum Deed {
    Pays { row: prop::sample::Index, lag: u64, off: i64, dress: u8 },
    PaysPart { row: prop::sample::Index, lag: u64 },
    PaysTwo { one: prop::sample::Index, other: prop::sample::Index },
    PaysOut { batch: usize, off: i64 },
    PaysDay { merchant: usize, day: u64, slipped: bool, dated: bool },
    Anything { day: u64, amount: usize, reference: usize },
    Again { line: prop::sample::Index },
}

fn date(day: u64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 4, 1).unwrap() + Days::new(day)
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let row = (0_u64..12, 0..AMOUNTS.len(), 0..REFERENCES.len(), 0_usize..9, 0_usize..9);
    prop::collection::vec(row, 0..24).prop_map(|rows| {
        let row = |(id, (day, amount, reference, merchant, batch))| Row {
            id,
            day,
            amount: AMOUNTS[amount],
            reference: REFERENCES[reference],
            merchant: MERCHANTS.get(merchant).copied().unwrap_or(""),
            batch: BATCHES.get(batch).copied().unwrap_or(""),
        };
        (100..).zip(rows).map(row).collect()
    })
}

fn deed() -> impl Strategy<Value = Deed> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        4 => (index(), 0_u64..25, prop_oneof![9 => Just(0_i64), 1 => -5_i64..5], 0_u8..6)
            .prop_map(|(row, lag, off, dress)| Deed::Pays { row, lag, off, dress }),
        2 => (index(), 0_u64..4).prop_map(|(row, lag)| Deed::PaysPart { row, lag }),
        1 => (index(), index()).prop_map(|(one, other)| Deed::PaysTwo { one, other }),
        1 => (1..BATCHES.len(), prop_oneof![3 => Just(0_i64), 1 => -5_i64..5])
            .prop_map(|(batch, off)| Deed::PaysOut { batch, off }),
        2 => (1..MERCHANTS.len(), 0_u64..12, any::<bool>(), any::<bool>())
            .prop_map(|(merchant, day, slipped, dated)| Deed::PaysDay { merchant, day, slipped, dated }),
        1 => (0_u64..20, 0..AMOUNTS.len(), 0..REFERENCES.len())
            .prop_map(|(day, amount, reference)| Deed::Anything { day, amount, reference }),
        1 => index().prop_map(|line| Deed::Again { line }),
    ]
}

fn dressed(reference: &str, dress: u8) -> (String, String) {
    match dress {
        1 => (reference.to_lowercase(), String::new()),
        2 => (format!("TAX {reference} SMITH"), String::new()),
        3 => (String::new(), format!("from {reference}")),
        4 => (reference.replacen('1', "9", 1), String::new()),
        5 => (reference.chars().skip(1).collect(), String::new()),
        _ => (reference.to_owned(), String::new()),
    }
}

fn sum(amounts: impl Iterator<Item = i64>) -> i64 {
    amounts.fold(0, i64::saturating_add)
}

/// The lines of a deed, ids still to be given.
fn lines_of(deed: &Deed, rows: &[Row], before: &[Line]) -> Vec<Line> {
    let line = |day: u64, amount: i64, reference: String, narrative: String| Line {
        id: 0,
        day,
        amount,
        reference,
        narrative,
    };
    let pick = |index: &prop::sample::Index| (!rows.is_empty()).then(|| index.get(rows));
    match deed {
        Deed::Pays { row, lag, off, dress } => pick(row).map_or_else(Vec::new, |row| {
            let (reference, narrative) = dressed(row.reference, *dress);
            vec![line(row.day + lag, row.amount.saturating_add(*off), reference, narrative)]
        }),
        Deed::PaysPart { row, lag } => pick(row).map_or_else(Vec::new, |row| {
            let part = row.amount / 4;
            let text = || row.reference.to_owned();
            vec![
                line(row.day + lag, part, text(), String::new()),
                line(row.day + lag, row.amount - part, text(), String::new()),
            ]
        }),
        Deed::PaysTwo { one, other } => match (pick(one), pick(other)) {
            (Some(one), Some(other)) => vec![line(
                one.day,
                one.amount.saturating_add(other.amount),
                format!("{} {}", one.reference, other.reference),
                String::new(),
            )],
            _ => Vec::new(),
        },
        Deed::PaysOut { batch, off } => {
            let paid = rows.iter().filter(|row| row.batch == BATCHES[*batch]);
            let amount = sum(paid.map(|row| row.amount)).saturating_add(*off);
            vec![line(12, amount, BATCHES[*batch].to_owned(), String::new())]
        }
        Deed::PaysDay { merchant, day, slipped, dated } => {
            let of_day = rows.iter().filter(|row| {
                row.merchant == MERCHANTS[*merchant] && row.day == *day && row.batch.is_empty()
            });
            let all: Vec<i64> = of_day.map(|row| row.amount).collect();
            let held_back = all.last().copied().filter(|_| *slipped);
            let amount = sum(all.into_iter()).saturating_sub(held_back.unwrap_or(0));
            let on = date(*day);
            let text = if *dated {
                format!("{} {:02}{:02}", MERCHANTS[*merchant], on.day(), on.month())
            } else {
                MERCHANTS[*merchant].to_owned()
            };
            vec![line(day + 2, amount, text, String::new())]
        }
        Deed::Anything { day, amount, reference } => {
            let text = REFERENCES[*reference].to_owned();
            vec![line(*day, AMOUNTS[*amount], text, String::new())]
        }
        Deed::Again { line } if !before.is_empty() => vec![line.get(before).clone()],
        Deed::Again { .. } => Vec::new(),
    }
}

/// A row that nothing above has to do with, but for its day and amount.
fn stranger() -> impl Strategy<Value = Row> {
    let of = (0_u64..20, 0..AMOUNTS.len(), any::<bool>(), any::<bool>());
    of.prop_map(|(day, amount, has_merchant, has_batch)| Row {
        id: 98,
        day,
        amount: AMOUNTS[amount],
        reference: "ZZZZZZZZZZZZ",
        merchant: if has_merchant { "ANOTHER" } else { "" },
        batch: if has_batch { "other_9" } else { "" },
    })
}

/// Whether what some line leaves over beside some row of the stranger's day is the stranger's
/// amount.
fn may_join(stranger: &Row, rows: &[Row], lines: &[Line]) -> bool {
    let of_day = || rows.iter().filter(|row| row.day == stranger.day);
    lines.iter().any(|line| {
        of_day().any(|row| line.amount.checked_sub(row.amount) == Some(stranger.amount))
    })
}

fn world() -> impl Strategy<Value = (Vec<Row>, Vec<Line>)> {
    (rows(), prop::collection::vec(deed(), 0..24)).prop_map(|(rows, deeds)| {
        let mut lines: Vec<Line> = Vec::new();
        for deed in &deeds {
            let more = lines_of(deed, &rows, &lines);
            lines.extend(more);
        }
        lines.iter_mut().zip(100..).for_each(|(line, id)| line.id = id);
        (rows, lines)
    })
}

fn expected(rows: &[Row]) -> Vec<Expected<'_>> {
    let row = |row: &Row| Expected {
        id: row.id,
        date: date(row.day),
        amount: Pence::new(row.amount),
        reference: row.reference,
        merchant: row.merchant,
        batch: row.batch,
    };
    rows.iter().map(row).collect()
}

fn bank(lines: &[Line]) -> Vec<BankLine<'_>> {
    fn line(line: &Line) -> BankLine<'_> {
        BankLine {
            id: line.id,
            date: date(line.day),
            amount: Pence::new(line.amount),
            reference: &line.reference,
            narrative: &line.narrative,
            kind: "",
        }
    }
    lines.iter().map(line).collect()
}

/// The outcome by the callers' ids, as sets.
fn by_id(
    outcome: &Outcome,
    rules: &Rules,
    rows: &[Expected<'_>],
    lines: &[BankLine<'_>],
) -> BTreeSet<String> {
    let row_ids =
        |items: &[u32]| items.iter().map(|row| rows[*row as usize].id).collect::<Vec<_>>();
    let line_ids =
        |items: &[u32]| items.iter().map(|line| lines[*line as usize].id).collect::<Vec<_>>();
    let mut said = BTreeSet::new();
    for found in &outcome.matches {
        let reason = rules.reason(found, rows, lines);
        let (bank, expected) = (line_ids(&found.bank), row_ids(&found.expected));
        said.insert(format!(
            "{} {bank:?} {expected:?} {} {reason}",
            rules.name(found.rule),
            found.fee
        ));
    }
    for found in &outcome.ambiguous {
        let (bank, expected) = (line_ids(&found.bank), row_ids(&found.expected));
        said.insert(format!("{} {bank:?} {expected:?} {}", rules.name(found.rule), found.why));
    }
    for found in &outcome.proposals {
        let (bank, expected) = (line_ids(&found.bank), row_ids(&found.expected));
        let (rule, rank, points) = (rules.name(found.rule), found.rank, found.basis_points);
        said.insert(format!("proposal {rule} {bank:?} {expected:?} {rank} {points}"));
    }
    said
}

/// Two worlds some days apart, and which rows are given without being asked for.
fn years() -> impl Strategy<Value = (Vec<Row>, Vec<Line>, u64)> {
    let later = prop_oneof![0_u64..70, Just(2_000)];
    (world(), world(), later, any::<bool>(), any::<u64>()).prop_map(
        |((mut rows, mut lines), (more_rows, more_lines), later, is_paid, given)| {
            let row = |row: Row| Row { id: row.id + 1_000, day: row.day + later, ..row };
            rows.extend(more_rows.into_iter().map(row));
            let line = |line: Line| Line { id: line.id + 1_000, day: line.day + later, ..line };
            lines.extend(more_lines.into_iter().filter(|_| is_paid).map(line));
            (rows, lines, given)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn asking_comes_to_what_reading_all_comes_to((rows, lines, given) in years()) {
        for mut rules in [Rules::default(), Rules::careful()] {
            // Which two rows of a day make an amount is not asked of an index.
            rules.rule.retain(|rule| !matches!(rule.how, How::Joint { edits: 1.., .. }));
            let (rows, lines) = (expected(&rows), bank(&lines));
            let all = reconcile(&rows, &lines, &rules);
            for given in [0, given] {
                let is_given = |row: &&Expected<'_>| given >> (row.id % 61) & 1 == 1;
                let more = rows.iter().filter(is_given).copied().collect();
                let search = asked(&rows, more, (&lines, &rules));
                let outcome = search.outcome();
                prop_assert_eq!(
                    by_id(&outcome, &rules, search.rows(), &lines),
                    by_id(&all, &rules, &rows, &lines)
                );
                prop_assert_eq!(&outcome.bank_left, &all.bank_left);
            }
        }
    }

    #[test]
    fn every_item_comes_back_once((rows, lines) in world()) {
        for rules in [Rules::default(), Rules::careful()] {
            let outcome = reconcile(&expected(&rows), &bank(&lines), &rules);
            let mut bank_back: Vec<u32> = outcome.bank_left.clone();
            let mut expected_back: Vec<u32> = outcome.expected_left.clone();
            for found in &outcome.matches {
                prop_assert!(!found.bank.is_empty() && !found.expected.is_empty());
                bank_back.extend(found.bank.iter());
                expected_back.extend(found.expected.iter());
            }
            bank_back.sort_unstable();
            expected_back.sort_unstable();
            prop_assert_eq!(bank_back, (0..lines.len() as u32).collect::<Vec<_>>());
            prop_assert_eq!(expected_back, (0..rows.len() as u32).collect::<Vec<_>>());
        }
    }

    /// By however many rules, so that nothing that is there twice takes the place of another.
    #[test]
    fn what_is_proposed_for_a_line_has_one_rank((rows, lines) in world()) {
        for mut rules in [Rules::default(), Rules::careful()] {
            // Each rule once more, proposing under another name.
            let again: Vec<_> = rules.rule.iter().cloned().map(|rule| Rule {
                name: format!("again {}", rule.name),
                then: Then::Propose,
                ..rule
            }).collect();
            rules.rule.iter_mut().for_each(|rule| rule.then = Then::Propose);
            rules.rule.extend(again);
            let outcome = reconcile(&expected(&rows), &bank(&lines), &rules);
            let mut seen = BTreeSet::new();
            let mut before = (None, 0);
            for one in &outcome.proposals {
                let pair = (one.bank.to_vec(), one.expected.to_vec());
                prop_assert!(seen.insert(pair.clone()), "{:?} twice", pair);
                let line = one.bank.first().copied();
                let rank = if before.0 == line { before.1 + 1 } else { 1 };
                prop_assert_eq!(one.rank, rank);
                before = (line, rank);
            }
        }
    }

    #[test]
    fn order_does_not_matter(
        ((rows, lines), (turned_rows, turned_lines)) in world().prop_flat_map(|(rows, lines)| {
            let turned = (Just(rows.clone()).prop_shuffle(), Just(lines.clone()).prop_shuffle());
            (Just((rows, lines)), turned)
        })
    ) {
        for rules in [Rules::default(), Rules::careful()] {
            let (one_rows, one_lines) = (expected(&rows), bank(&lines));
            let (other_rows, other_lines) = (expected(&turned_rows), bank(&turned_lines));
            let one = reconcile(&one_rows, &one_lines, &rules);
            let other = reconcile(&other_rows, &other_lines, &rules);
            prop_assert_eq!(
                by_id(&one, &rules, &one_rows, &one_lines),
                by_id(&other, &rules, &other_rows, &other_lines)
            );
        }
    }

    #[test]
    fn both_sides_of_a_match_have_one_total((rows, lines) in world()) {
        for rules in [Rules::default(), Rules::careful()] {
            let outcome = reconcile(&expected(&rows), &bank(&lines), &rules);
            for found in &outcome.matches {
                let paid: i128 =
                    found.bank.iter().map(|line| i128::from(lines[*line as usize].amount)).sum();
                let owed: i128 =
                    found.expected.iter().map(|row| i128::from(rows[*row as usize].amount)).sum();
                prop_assert_eq!(paid + i128::from(found.fee.get()), owed, "{:?}", found);
                prop_assert!(found.fee.is_zero() || rules.name(found.rule) == "net-of-fee");
                prop_assert!(!rules.reason(found, &expected(&rows), &bank(&lines)).is_empty());
            }
        }
    }

    /// Whether a line says nothing, or what has to do with nobody here.
    #[test]
    fn nothing_is_matched_on_amount_alone((rows, mut lines) in world(), says in 0_usize..5) {
        let words = ["", "FROM A STRANGER", "QQQQQQQQQQQQ", "FPI SMITH J 55501", "99999999"];
        for (line, at) in lines.iter_mut().zip(says..) {
            line.reference.clear();
            words[at % 5].clone_into(&mut line.narrative);
            if at % 2 == 0 {
                std::mem::swap(&mut line.reference, &mut line.narrative);
            }
        }
        for rules in [Rules::default(), Rules::careful()] {
            let outcome = reconcile(&expected(&rows), &bank(&lines), &rules);
            prop_assert!(outcome.matches.is_empty(), "{:?}", outcome.matches);
        }
    }

    #[test]
    fn a_stranger_changes_nothing((rows, lines) in world(), stranger in stranger()) {
        for rules in [Rules::default(), Rules::careful()] {
            // Of rows of one day a joint payment takes the only one of its amount, whoever owes
            // it; there a stranger has an amount of his own.
            let joins = rules.rule.iter().any(|rule| {
                matches!(rule.how, How::Joint { .. }) && rule.then == Then::Match
            });
            let is_joined = joins && may_join(&stranger, &rows, &lines);
            let amount = if is_joined { 777 } else { stranger.amount };
            let (mut more_rows, mut more_lines) = (rows.clone(), lines.clone());
            more_rows.push(Row { amount, ..stranger.clone() });
            let narrative = "FROM A STRANGER".to_owned();
            more_lines.push(Line {
                id: 99,
                day: stranger.day,
                amount,
                reference: "QQQQQQQQQQQQ".to_owned(),
                narrative,
            });
            let (one_rows, one_lines) = (expected(&rows), bank(&lines));
            let (other_rows, other_lines) = (expected(&more_rows), bank(&more_lines));
            let one = reconcile(&one_rows, &one_lines, &rules);
            let other = reconcile(&other_rows, &other_lines, &rules);
            let matches = |outcome: Outcome| Outcome { matches: outcome.matches, ..Outcome::default() };
            prop_assert_eq!(
                by_id(&matches(one), &rules, &one_rows, &one_lines),
                by_id(&matches(other), &rules, &other_rows, &other_lines)
            );
        }
    }

    #[test]
    fn what_is_unclear_or_proposed_is_also_left((rows, lines) in world()) {
        let outcome = reconcile(&expected(&rows), &bank(&lines), &Rules::default());
        let is_left = |line: &u32| outcome.bank_left.contains(line);
        for found in &outcome.ambiguous {
            match found.why {
                Why::Duplicate => prop_assert!(found.bank.iter().any(is_left)),
                _ => prop_assert!(found.bank.iter().all(is_left), "{:?}", found),
            }
        }
        for found in &outcome.proposals {
            prop_assert!(found.bank.iter().all(is_left));
            prop_assert!(found.expected.iter().all(|row| outcome.expected_left.contains(row)));
        }
    }
}

/// What is promised above is promised of rules that these worlds reach: each of them matches, or
/// proposes, in some. Payouts net of a fee need many of one merchant, and are measured in
/// `quality.rs`.
#[test]
fn every_rule_is_reached() {
    let mut runner = TestRunner::deterministic();
    for rules in [Rules::default(), Rules::careful()] {
        let mut reached: BTreeSet<String> = BTreeSet::new();
        for _ in 0..4_000 {
            let (rows, lines) = world().new_tree(&mut runner).unwrap().current();
            let outcome = reconcile(&expected(&rows), &bank(&lines), &rules);
            let matched = outcome.matches.iter().map(|found| found.rule);
            let proposed = outcome.proposals.iter().map(|found| found.rule);
            reached.extend(matched.chain(proposed).map(|rule| rules.name(rule).to_owned()));
        }
        for rule in rules.rule.iter().filter(|rule| !matches!(rule.how, How::NetOfFee { .. })) {
            assert!(reached.contains(&rule.name), "{} is not among {reached:?}", rule.name);
        }
    }
}
