//! Every test of the store and of the app is written once and run on both
//! engines.

use crate::assert_none;
use crate::repository::{files_ending, text};

/// Where tests touch a database.
const FOLDERS: &[&str] = &["crates/ims-store/tests", "crates/ims-app/tests"];

/// Files whose tests are about one engine, or about none. Each needs a reason.
const OF_THEIR_OWN: &[(&str, &str)] = &[];

/// What makes a test without asking for both engines.
const BARE: &[&str] = &["#[test]", "#[tokio::test", "#[rstest", "proptest! {"];

#[test]
fn tests_that_store_are_run_on_both_engines() {
    let mut faults = Vec::new();
    for folder in FOLDERS {
        let files = files_ending(folder, ".rs");
        let mut bodies = 0;
        for file in &files {
            let text = text(file);
            bodies += text.matches("on_both! {").count();
            if OF_THEIR_OWN.iter().any(|(known, _)| known == file) {
                continue;
            }
            for (number, line) in (1..).zip(text.lines()) {
                if BARE.iter().any(|bare| line.trim_start().starts_with(bare)) {
                    faults.push(format!("{file}:{number}: write it in `on_both!`"));
                }
            }
        }
        if !files.is_empty() && bodies == 0 {
            faults.push(format!("{folder}: no test is run on both engines"));
        }
    }
    assert_none(&faults);
}

#[test]
fn what_is_excused_is_there() {
    let faults: Vec<String> = OF_THEIR_OWN
        .iter()
        .filter(|(file, reason)| reason.is_empty() || files_ending(file, "").is_empty())
        .map(|(file, _)| format!("{file}: excused, but not there or without a reason"))
        .collect();
    assert_none(&faults);
}
