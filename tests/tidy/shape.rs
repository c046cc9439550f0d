//! The folders as the architecture lists them, and the size of what is in them.

use std::fs;

use crate::assert_none;
use crate::repository::{files, files_ending, is_made, names, root, text};

/// What lies at the top, exactly.
const TOP: &[&str] = &[
    ".cargo",
    ".ci",
    ".clippy.toml",
    ".editorconfig",
    ".gitattributes",
    ".github",
    ".gitignore",
    ".rustfmt.toml",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "bins",
    "crates",
    "deny.toml",
    "docs",
    "examples",
    "rust-toolchain.toml",
    "tests",
];

const LINES_MAX: usize = 500;
const MAIN_LINES_MAX: usize = 80;
const BYTES_MAX: u64 = 1024 * 1024;

/// Names that say nothing about what is inside.
const EMPTY_NAMES: &[&str] = &["common", "helper", "helpers", "misc", "models", "types", "utils"];

#[test]
fn the_top_holds_what_it_should_and_no_more() {
    let mut here = names(".");
    here.retain(|name| !is_made(name));
    assert_eq!(here, TOP);
}

/// A provider of one's own is written in a day: its example is short, and a test.
#[test]
fn the_example_of_a_provider_is_short_and_run() {
    let example = text("examples/a_provider_of_your_own.rs");
    assert!(example.lines().count() < 200, "{} lines", example.lines().count());
    assert!(example.contains("#[test]") && example.contains("Suite::new("));
    let manifest = text("examples/Cargo.toml");
    let (_, its) = manifest.split_once("name = \"a_provider_of_your_own\"").unwrap();
    let its = its.split("[[").next().unwrap();
    assert!(its.contains("test = true"), "`cargo test` does not run it: {its}");
}

#[test]
fn examples_and_tests_are_packages_without_src() {
    for folder in ["examples", "tests"] {
        assert!(!root().join(folder).join("src").exists(), "{folder}/src");
    }
}

#[test]
fn sources_are_short() {
    let mut faults = Vec::new();
    for file in files_ending(".", ".rs") {
        let lines = text(&file).lines().count();
        let is_main = file.starts_with("bins/") && file.ends_with("/src/main.rs");
        let max = if is_main { MAIN_LINES_MAX } else { LINES_MAX };
        if lines > max {
            faults.push(format!("{file} has {lines} lines, at most {max}: one concept a file"));
        }
    }
    assert_none(&faults);
}

#[test]
fn files_are_named_for_what_they_hold() {
    let mut faults = Vec::new();
    for file in files_ending(".", ".rs") {
        let name = file.rsplit('/').next().unwrap().trim_end_matches(".rs");
        if name == "mod" {
            faults.push(format!("{file}: write `name.rs` beside `name/`"));
        }
        if EMPTY_NAMES.contains(&name) {
            faults.push(format!("{file}: `{name}` says nothing about what is inside"));
        }
    }
    assert_none(&faults);
}

#[test]
fn nothing_large_is_kept() {
    let mut faults = Vec::new();
    for file in files(".") {
        let bytes = fs::metadata(root().join(&file)).map_or(0, |about| about.len());
        if bytes > BYTES_MAX {
            faults.push(format!("{file} has {bytes} bytes, at most {BYTES_MAX}"));
        }
    }
    assert_none(&faults);
}
