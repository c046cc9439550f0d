//! What is planted can be seen, and is little enough that most lines explain
//! themselves.

use ims_ledger::{Field, Row, When};
use ims_money::Pence;
use ims_synthetic::{Day, Fault};

use crate::reading::{days, read};

fn of(day: &Day, kind: Fault) -> usize {
    day.planted.iter().filter(|planted| planted.kind == kind).count()
}

#[test]
fn every_kind_is_planted_on_the_first_day() {
    for (seed, rows) in [(1, 500), (2, 501), (3, 750), (4, 5_000)] {
        let (_, days) = days(seed, rows, 1);
        for kind in Fault::ALL {
            assert!(of(&days[0], kind) > 0, "{kind} of {rows} rows");
        }
    }
}

#[test]
fn each_is_in_the_file_it_names() {
    let (_, days) = days(31, 1_000, 6);
    for day in &days {
        for planted in &day.planted {
            let file = day.files.iter().find(|file| file.name == planted.file).unwrap();
            let text = std::str::from_utf8(&file.bytes).unwrap();
            if planted.kind == Fault::DuplicateFile {
                let first = day.files.iter().find(|file| file.name == planted.reference).unwrap();
                assert_eq!(first.bytes, file.bytes);
                assert_ne!(first.name, file.name);
            } else {
                assert!(text.contains(&planted.reference), "{planted:?}");
            }
            assert!(planted.says.ends_with('.') && planted.says.len() > 20, "{planted:?}");
        }
    }
}

#[test]
fn most_lines_explain_themselves() {
    for rows in [50, 200, 500, 1_000, 20_000] {
        for seed in 0..5 {
            let (_, days) = days(seed, rows, 1);
            let lines: usize = read(&days[0]).statements.iter().map(|s| s.lines.len()).sum();
            let kinds = [
                Fault::MistypedReference,
                Fault::NameOnly,
                Fault::CreditWaiting,
                Fault::ShortPayout,
            ];
            let left: usize = kinds.iter().map(|kind| of(&days[0], *kind)).sum();
            let per_mille = (lines - left) * 1_000 / lines;
            assert!((900..=970).contains(&per_mille), "{per_mille} of {rows} rows, seed {seed}");
        }
    }
}

#[test]
fn mistakes_are_three_or_four_in_a_hundred_credits() {
    let (_, days) = days(1, 10_000, 1);
    let wrong = of(&days[0], Fault::MistypedReference) + of(&days[0], Fault::NameOnly);
    assert!((66..=88).contains(&wrong), "{wrong} of 2,200");
}

#[test]
fn files_arrive_in_the_order_of_their_names() {
    let (_, days) = days(1, 60, 9);
    for (number, day) in days.iter().enumerate() {
        let names: Vec<_> = day.files.iter().map(|file| &file.name).collect();
        assert!(names.is_sorted(), "{names:?}");
        // The duplicate comes with the first day and every seventh after it.
        assert_eq!(names.len(), if number.is_multiple_of(7) { 11 } else { 10 });
    }
}

struct Line(String, Pence);

impl Row for Line {
    fn text(&self, field: Field) -> std::borrow::Cow<'_, str> {
        if field == Field::Narrative { self.0.as_str().into() } else { "".into() }
    }
    fn amount(&self) -> Pence {
        self.1
    }
    fn date(&self) -> chrono::NaiveDate {
        chrono::NaiveDate::default()
    }
}

#[test]
fn each_bank_rule_takes_the_lines_it_is_for_and_no_others() {
    let (borough, days) = days(41, 3_000, 1);
    let mut taken: Vec<(String, usize)> = Vec::new();
    let statements = read(&days[0]).statements;
    for rule in &borough.council().bank_rule {
        let when = When::new(&rule.when).unwrap();
        let lines = statements.iter().flat_map(|statement| &statement.lines);
        let lines = lines.map(|line| Line(line.narrative.clone(), line.amount.pence().unwrap()));
        taken.push((rule.name.clone(), lines.filter(|line| when.holds(line)).count()));
    }
    let all = taken.iter().map(|(name, count)| format!("{name}: {count}")).collect::<Vec<_>>();
    assert_eq!(
        all,
        [
            "Overnight sweep: 1",
            "Interest: 1",
            "Bank charges: 1",
            "Returned direct debit: 1",
            "Transfer to the housing account: 1",
        ]
    );
}
