use std::collections::{BTreeSet, HashMap};

use super::*;

fn sets() -> Vec<Dirty> {
    let harder = Knobs::harder(3_000, 5);
    vec![
        make(&Knobs::plain(3_000, 5)),
        make(&harder),
        make(&harder.clone().in_shapes(Shapes::renamed())),
        make(&harder.in_shapes(Shapes::short())),
    ]
}

#[test]
fn a_seed_makes_the_same_again_and_another_something_else() {
    assert_eq!(make(&Knobs::hard(1_000, 1)), make(&Knobs::hard(1_000, 1)));
    assert_ne!(make(&Knobs::hard(1_000, 1)), make(&Knobs::hard(1_000, 2)));
}

#[test]
fn every_kind_occurs_and_the_money_adds_up() {
    for made in sets() {
        assert_eq!(made.ledger.len(), 3_000);
        let rows: HashMap<u64, &LedgerRow> = made.ledger.iter().map(|row| (row.id, row)).collect();
        let mut by_line: HashMap<u64, (Kind, i64)> = HashMap::new();
        for pair in made.truth.iter().filter(|pair| pair.kind != Kind::Split) {
            by_line.entry(pair.bank).or_insert((pair.kind, 0)).1 += rows[&pair.ledger].amount;
        }
        for line in &made.bank {
            if let Some((kind, sum)) = by_line.get(&line.id) {
                let is_right =
                    if *kind == Kind::Net { line.amount < *sum } else { line.amount == *sum };
                assert!(is_right, "{kind}: {line:?} {sum}");
            }
        }
    }
    let kinds: BTreeSet<Kind> = sets()[1].truth.iter().map(|pair| pair.kind).collect();
    assert_eq!(kinds.len(), 14, "{kinds:?}");
}

#[test]
fn no_two_accounts_share_a_reference() {
    for shapes in [Shapes::familiar(), Shapes::renamed(), Shapes::short()] {
        let references: BTreeSet<String> = (0..50_000).map(|at| shapes.reference(at)).collect();
        assert_eq!(references.len(), 50_000, "{}", shapes.name);
    }
}

#[test]
fn wrong_and_repeated_pairs_are_counted_against_the_matcher() {
    let made = make(&Knobs::plain(1_000, 3));
    let (copy, line) = made.copies[0];
    let row = made.truth.iter().find(|pair| pair.bank == line).unwrap().ledger;
    for (pairs, right, wrong) in [
        (vec![(line, row)], 1, 0),
        (vec![(copy, row)], 1, 0),
        (vec![(line, row), (copy, row)], 1, 1),
        (vec![(line, row + 1)], 0, 1),
        (vec![], 0, 0),
    ] {
        let score = made.score(pairs);
        assert_eq!((score.right, score.wrong), (right, wrong));
    }
}

#[test]
fn the_files_are_what_was_made() {
    let folder = tempfile::tempdir().unwrap();
    let made = make(&Knobs::harder(500, 9).in_shapes(Shapes::renamed()));
    made.write(folder.path()).unwrap();
    let lines =
        |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap().lines().count() - 1;
    assert_eq!(lines("ledger.csv"), made.ledger.len());
    assert_eq!(lines("bank.csv"), made.bank.len());
    assert_eq!(lines("truth.csv"), made.truth.len());
    assert_eq!(lines("dups.csv"), made.copies.len());
}

#[test]
fn suggestions_are_held_against_what_is_left() {
    let made = make(&Knobs::plain(1_000, 3));
    let pair = made.truth.iter().find(|pair| pair.kind == Kind::One).unwrap();
    let suggested = |row, rank, basis_points| {
        let (lines, rows) = (vec![pair.bank], vec![row]);
        Suggested { lines, rows, rank, basis_points }
    };
    let others: Vec<u64> =
        made.truth.iter().map(|pair| pair.bank).filter(|line| *line != pair.bank).collect();
    for (rank, found) in [(1, 1), (3, 1), (4, 0)] {
        let these = [suggested(pair.ledger, rank, 9_000), suggested(pair.ledger + 1, 1, 500)];
        let judged = made.judge(others.clone(), &these);
        assert_eq!(judged.left, [(Kind::One, (found, 1))].into());
        assert_eq!(judged.found(), found * 1_000_000);
        assert_eq!((judged.tenths[9].share(), judged.tenths[9].given()), (1_000_000, 900_000));
        assert_eq!((judged.tenths[0].share(), judged.tenths[0].given()), (0, 50_000));
    }
    let kinds: BTreeSet<_> =
        made.truth.iter().filter(|it| it.bank != pair.bank).map(|it| it.kind).collect();
    let left: BTreeSet<_> = made.judge(vec![pair.bank], &[]).left.into_keys().collect();
    assert_eq!(left, kinds);
}
