//! What PostgreSQL locks by number is one thing a number: two that share one wait for each other.

use std::collections::BTreeMap;

use crate::assert_none;
use crate::repository::{files_ending, text};

/// What a lock's statement has before its number; `_shared` may stand between.
const LOCK: &str = "pg_advisory_xact_lock";

#[test]
fn a_lock_has_a_number_of_its_own() {
    let mut kept: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in files_ending("crates/ims-store/src", ".rs") {
        for taken in text(&file).split(LOCK).skip(1) {
            let digits = taken.trim_start_matches("_shared").trim_start_matches('(');
            let number: String = digits.chars().take_while(char::is_ascii_digit).collect();
            let files = kept.entry(number).or_default();
            if !files.contains(&file) {
                files.push(file.clone());
            }
        }
    }
    assert!(kept.len() >= 5, "{kept:?}");
    let shared = kept.iter().filter(|(number, files)| number.is_empty() || files.len() > 1);
    assert_none(&shared.map(|(number, files)| format!("{number}: {files:?}")).collect::<Vec<_>>());
}
