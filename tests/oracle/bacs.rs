//! Bacs files and bank accounts that others wrote.

use std::fs;

use ims_files::{
    Head,
    bacs::{Checked, WeightTable},
    recognise,
};
use ims_ledger::ScheduleLine;

use super::{files, name, read, samples};

/// What a line says: reference, name, pence, day, code.
fn said(line: &ScheduleLine) -> String {
    let name = line.name.as_deref().unwrap_or("-");
    let day = line.date.map(|day| day.to_string()).unwrap_or_default();
    let kind = line.kind.as_deref().unwrap_or("-");
    format!("{} {name} {} {day} {kind}", line.reference, line.amount.get())
}

#[test]
fn credits_in_the_shape_of_standard_18_are_read_whole() {
    let Some(samples) = samples("Standard 18 files") else { return };
    let mut count = 0;
    for path in files(&samples.join("bacs")) {
        let bytes = fs::read(&path).unwrap();
        let head = Head { bytes: &bytes, file_name: &name(&path) };
        let format = recognise(&head).unwrap_or_else(|error| panic!("{}: {error}", name(&path)));
        let (contents, verdict) = read(format.name(), &bytes);
        assert!(verdict.is_read_whole(), "{}: {:?}", name(&path), verdict.faults);
        if !name(&path).contains("opal") || format.name() != "standard18" {
            continue;
        }
        // Each was made from the same two payments.
        let lines: Vec<String> =
            contents.schedules.iter().flat_map(|schedule| &schedule.lines).map(said).collect();
        assert_eq!(
            lines,
            [
                "08000066I Mrs D Richardson 1500 2026-06-01 99",
                "08000067E Mr A Waddams 500 2026-06-01 99",
            ],
            "{}",
            name(&path)
        );
        count += 1;
    }
    // The fifth has a statement's name, and is read as one.
    assert!(count >= 4, "only {count} files of Standard 18");
}

#[test]
fn labelled_accounts_are_checked_as_they_were_labelled() {
    let Some(samples) = samples("labelled sort codes and accounts") else { return };
    let folder = samples.join("modulus");
    let starting = |begin: &str| {
        let all = files(&folder);
        all.into_iter().find(|path| name(path).to_lowercase().starts_with(begin))
    };
    let Some(weights) = starting("valacdos") else {
        eprintln!("left out: labelled accounts; there is no valacdos file beside them");
        return;
    };
    let (mut table, verdict) = WeightTable::read(&mut fs::read(weights).unwrap().as_slice());
    assert_eq!(verdict.faults, []);
    if let Some(substitutes) = starting("scsubtab") {
        let verdict = table.substitute(&mut fs::read(substitutes).unwrap().as_slice());
        assert_eq!(verdict.faults, []);
    }
    let pairs = fs::read_to_string(starting("helper_pairs").unwrap()).unwrap();
    let mut wrong = Vec::new();
    for line in pairs.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let found = match table.check(fields[0], fields[1]).unwrap() {
            Checked::Invalid => "invalid",
            Checked::NotListed => "unchecked",
            _ => "valid",
        };
        if found != fields[2] {
            wrong.push(format!("{line}: {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
