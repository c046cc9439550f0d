//! Amounts, rates and VAT are exact, in the schema and in the code: no floats.

use crate::assert_none;
use crate::repository::{files_ending, text};

/// Whose sources touch money.
const CRATES: &[&str] = &[
    "ims-app",
    "ims-cli",
    "ims-files",
    "ims-gateway",
    "ims-ledger",
    "ims-money",
    "ims-pay",
    "ims-providers",
    "ims-reconcile",
    "ims-store",
    "ims-synthetic",
    "ims-web",
];

/// Types of a column that are not exact, or not whole pence.
const INEXACT: &[&str] = &["DECIMAL", "DOUBLE", "FLOAT", "MONEY", "NUMERIC", "REAL"];

#[test]
fn no_float_touches_money() {
    let mut faults = Vec::new();
    for name in CRATES {
        let files = files_ending(&format!("crates/{name}/src"), ".rs");
        assert!(!files.is_empty(), "{name} has no sources");
        for file in files {
            let text = text(&file);
            for (number, line) in (1..).zip(text.lines()) {
                if words(code(line)).any(is_float) {
                    faults.push(format!("{file}:{number}: money is whole pence, never a float"));
                }
            }
        }
    }
    assert_none(&faults);
}

#[test]
fn no_column_is_inexact() {
    let mut faults = Vec::new();
    let files = files_ending("crates/ims-store/migrations", ".sql");
    assert!(!files.is_empty(), "there are no migrations");
    for file in files {
        let text = text(&file);
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.split("--").next().unwrap_or_default().to_uppercase();
            if words(&line).any(|word| INEXACT.contains(&word)) {
                faults.push(format!("{file}:{number}: whole pence are INTEGER or BIGINT"));
            }
        }
    }
    assert_none(&faults);
}

/// What stands before a comment.
fn code(line: &str) -> &str {
    line.split("//").next().unwrap_or_default()
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.'))
}

/// `f64`, `1.5_f64`, `2.5`: the type, and what is written of it.
fn is_float(word: &str) -> bool {
    let float =
        ["f32", "f64"].iter().any(|kind| word == *kind || word.ends_with(&format!("_{kind}")));
    float || word.ends_with("f64") && word.starts_with(|c: char| c.is_ascii_digit())
}

#[test]
fn a_float_is_known_when_it_is_seen() {
    for (line, has) in [
        ("let x: f64 = 1.0;", true),
        ("let x = 1.5_f32;", true),
        ("let x = 2f64;", true),
        ("to_f64()", true),
        ("let x: Pence = a; // no f64 here", false),
        ("let hash = \"af64b\";", false),
    ] {
        assert_eq!(words(code(line)).any(is_float), has, "{line}");
    }
}
