//! How well the default rules do on dirty data whose answers are known, on seeds and shapes that
//! no figure of the engine was fitted to; and that threads and order do not matter there.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

use std::num::NonZeroUsize;

use ims_money::Pence;
use ims_reconcile::{BankLine, Expected, Outcome, Rules, reconcile, reconcile_on};
use ims_testkit::dirty::{Kind, Knobs, Score, Shapes, Suggestions, make};

#[path = "../benches/matching/sides.rs"]
mod sides;

#[path = "given/asked.rs"]
mod asked;

use asked::asked;
use sides::{bank, expected, judged};

const SEEDS: [u64; 3] = [901, 902, 903];
const SHAPES: [Shapes; 3] = [Shapes::familiar(), Shapes::renamed(), Shapes::short()];

fn measured(knobs: &Knobs) -> (Score, Suggestions) {
    measured_by(&Rules::default(), knobs)
}

fn measured_by(rules: &Rules, knobs: &Knobs) -> (Score, Suggestions) {
    let made = make(knobs);
    let (rows, lines) = (expected(&made), bank(&made));
    let outcome = reconcile(&rows, &lines, rules);
    judged(&made, &outcome, &rows, &lines)
}

#[test]
fn plain_data_is_matched_nearly_whole() {
    // Of two payments alike in all but the payout, nobody can say which is which: so one
    // seed may have more of them than another.
    let mut precisions = Vec::new();
    for seed in SEEDS {
        for shapes in SHAPES {
            let name = shapes.name;
            let (score, _) = measured(&Knobs::plain(20_000, seed).in_shapes(shapes));
            assert!(score.precision() >= 999_700, "{name} {seed}: {score:?}");
            assert!(score.recall() >= 998_500, "{name} {seed}: {score:?}");
            precisions.push(score.precision());
        }
    }
    let mean = precisions.iter().sum::<u64>() / precisions.len() as u64;
    assert!(mean >= 999_900, "{precisions:?}");
}

#[test]
fn hard_data_is_matched_safely_and_the_rest_proposed() {
    for seed in SEEDS {
        for shapes in SHAPES {
            let name = shapes.name;
            let (score, rest) = measured(&Knobs::hard(20_000, seed).in_shapes(shapes));
            assert!(score.precision() >= 999_500, "{name} {seed}: {score:?}");
            assert!(score.recall() >= 985_000, "{name} {seed}: {score:?}");
            assert!(rest.found() >= 800_000, "{name} {seed}: {rest:?}");
        }
    }
}

#[test]
fn harder_data_still_is() {
    for seed in SEEDS {
        let (score, rest) = measured(&Knobs::harder(20_000, seed).in_shapes(Shapes::renamed()));
        assert!(score.precision() >= 999_500, "{seed}: {score:?}");
        assert!(score.recall() >= 985_000, "{seed}: {score:?}");
        assert!(rest.found() >= 700_000, "{seed}: {rest:?}");
        for kind in [Kind::Together, Kind::Split, Kind::Deposit, Kind::Batch] {
            let (found, all) = score.kinds[&kind];
            assert!(found * 1_000 >= all * 990, "{kind}: {found} of {all}");
        }
    }
}

#[test]
fn nothing_goes_to_an_account_quoted_by_mistake() {
    // The account quoted owes another amount: that is what makes it a mistake.
    for seed in SEEDS {
        let (score, _) = measured(&Knobs { wrong: 2_000, ..Knobs::hard(10_000, seed) });
        let (found, all) = score.kinds[&Kind::Wrong];
        assert!(all > 500 && found <= all / 100, "{found} of {all} found by chance");
        assert!(score.booked_to_another <= 1, "{score:?}");
    }
}

/// By the default rules and by the careful ones, which propose what the others match. Only many
/// seeds together have enough proposals that are neither sure nor hopeless: the long tier.
#[test]
fn likelihoods_are_what_comes_true() {
    let is_long = std::env::var_os("IMS_TEST_LONG").is_some();
    let (seeds, rows) = if is_long { (1_001..1_181, 60_000) } else { (901..910, 30_000) };
    for (rules, least) in [(Rules::default(), [1, 3]), (Rules::careful(), [2, 6])] {
        let mut all = Suggestions::default();
        // Each seed in one shape: in another it is the same money.
        for (seed, shapes) in seeds.clone().zip(SHAPES.into_iter().cycle()) {
            all.add(&measured_by(&rules, &Knobs::hard(rows, seed).in_shapes(shapes)).1);
        }
        let many = all.tenths.iter().filter(|tenth| tenth.count >= 300);
        assert!(many.clone().count() >= least[usize::from(is_long)], "{all:?}");
        for tenth in many {
            let off = tenth.share().abs_diff(tenth.given());
            // Of so few, two standard errors either way are chance.
            let chance = (tenth.given() * (1_000_000 - tenth.given()) / tenth.count).isqrt();
            let most = 30_000 + 2 * chance;
            assert!(off <= most, "{tenth:?}: {} right, {} given", tenth.share(), tenth.given());
        }
    }
}

#[test]
fn the_number_of_threads_does_not_matter() {
    let made = make(&Knobs::harder(40_000, 904));
    let (rows, lines, rules) = (expected(&made), bank(&made), Rules::default());
    let one = reconcile(&rows, &lines, &rules);
    assert!(one.bank_left.len() > 1_000 && !one.proposals.is_empty(), "too little is left to say");
    for threads in [2, 3, 8] {
        let threads = NonZeroUsize::new(threads).unwrap();
        assert_eq!(reconcile_on(threads, &rows, &lines, &rules), one, "{threads} threads");
    }
}

#[test]
fn the_order_of_a_whole_year_does_not_matter() {
    let made = make(&Knobs::harder(10_000, 905));
    let (rows, lines, rules) = (expected(&made), bank(&made), Rules::default());
    let told = |outcome: &Outcome, rows: &[Expected<'_>], lines: &[BankLine<'_>]| {
        let told = |found: &ims_reconcile::Match| {
            let lines: Vec<u64> = found.bank.iter().map(|at| lines[*at as usize].id).collect();
            let rows: Vec<u64> = found.expected.iter().map(|at| rows[*at as usize].id).collect();
            (lines, rows, rules.name(found.rule).to_owned(), found.fee)
        };
        let mut told: Vec<_> = outcome.matches.iter().map(told).collect();
        told.sort();
        told
    };
    let one = told(&reconcile(&rows, &lines, &rules), &rows, &lines);
    let turned_rows: Vec<_> = rows.iter().rev().copied().collect();
    let turned_lines: Vec<_> = lines.iter().rev().copied().collect();
    let other = reconcile(&turned_rows, &turned_lines, &rules);
    assert_eq!(told(&other, &turned_rows, &turned_lines), one);
}

/// Rows of another merchant and lines that quote nobody, of amounts nobody else has, change no
/// match: also none net of a fee, which goes by a merchant's other payouts. (A row of an amount
/// that a joint payment leaves over may: then more than one fits.)
#[test]
fn strangers_change_no_match_of_a_year() {
    for seed in SEEDS {
        let made = make(&Knobs::harder(5_000, seed));
        let (rows, lines) = (expected(&made), bank(&made));
        let days: Vec<_> = rows.iter().map(|row| row.date).step_by(100).collect();
        let names: Vec<_> = (0..days.len()).map(|at| format!("QQZ{at:04}WWX")).collect();
        let amount = |at: usize| Pence::new(77_777_701 + 2 * i64::try_from(at).unwrap());
        let (mut more_rows, mut more_lines) = (rows.clone(), lines.clone());
        for (at, date) in days.iter().copied().enumerate() {
            let id = 1_000_000 + u64::try_from(at).unwrap();
            let (reference, merchant, batch) = (names[at].as_str(), "ZQW90909", "");
            let amount = amount(at);
            more_rows.push(Expected { id, date, amount, reference, merchant, batch });
            let (reference, narrative, kind) = ("FROM A STRANGER", "", "");
            let amount = Pence::new(amount.get() + 1);
            more_lines.push(BankLine { id, date, amount, reference, narrative, kind });
        }
        for rules in [Rules::default(), Rules::careful()] {
            let one = reconcile(&rows, &lines, &rules);
            let other = reconcile(&more_rows, &more_lines, &rules);
            let is_net =
                |of: &Outcome| of.matches.iter().any(|it| rules.name(it.rule) == "net-of-fee");
            assert_eq!(is_net(&one), rules == Rules::default());
            assert_eq!(one.matches, other.matches, "{seed}");
        }
    }
}

#[test]
fn a_search_finds_what_all_rows_would_give() {
    for (seed, shapes) in SEEDS.into_iter().zip(SHAPES) {
        for rules in [Rules::default(), Rules::careful()] {
            let made = make(&Knobs::harder(10_000, seed).in_shapes(shapes.clone()));
            let (rows, lines) = (expected(&made), bank(&made));
            // A month of lines, and all rows of the year.
            let first = lines.len() / 2;
            let lines: Vec<_> = lines[first..first + lines.len() / 12].to_vec();
            let search = asked(&rows, Vec::new(), (&lines, &rules));
            assert!(search.rows().len() < rows.len() / 2, "{} rows", search.rows().len());
            let told = |outcome: &Outcome, rows: &[Expected<'_>]| {
                let ids = |items: &[u32]| -> Vec<u64> {
                    items.iter().map(|at| rows[*at as usize].id).collect()
                };
                let matches: Vec<_> = outcome
                    .matches
                    .iter()
                    .map(|found| (found.bank.clone(), ids(&found.expected), found.rule, found.fee))
                    .collect();
                let proposals: Vec<_> = outcome
                    .proposals
                    .iter()
                    .filter(|found| rules.name(found.rule) != "joint-typo")
                    .map(|found| (found.bank.clone(), ids(&found.expected), found.rule))
                    .collect();
                (matches, proposals, outcome.bank_left.clone())
            };
            let all = reconcile(&rows, &lines, &rules);
            assert_eq!(told(&search.outcome(), search.rows()), told(&all, &rows));
        }
    }
}
