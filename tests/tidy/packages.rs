//! Which of other people's packages may be used where.

use crate::assert_none;
use crate::manifest::{Kind, all, crates};

/// A package with the only places that may name it. Names ending in `*` are
/// beginnings.
const ONLY_IN: &[(&str, &[&str])] = &[
    // The benchmarks measure ours against the barest SQL.
    ("sqlx", &["ims-store", "xtask"]),
    ("axum*", &["ims-web", "ims-server", "ims-testkit", "ims-examples", "ims-tests", "xtask"]),
    ("clap*", &["ims-cli", "ims", "ims-server", "xtask"]),
    // The outside world.
    ("reqwest*", &["ims-gateway"]),
    ("lettre", &["ims-edge"]),
    ("russh*", &["ims-edge"]),
    // Money is whole pence; a decimal is a tool for rates and for reading.
    ("rust_decimal", &["ims-money", "ims-files"]),
    ("thirtyfour", &["ims-testkit"]),
    // Errors have names.
    ("anyhow", &[]),
    ("eyre", &[]),
];

/// They take bytes, values and `now`: no I/O, no clock, no randomness, no waiting.
const PURE: &[&str] =
    &["ims-money", "ims-ledger", "ims-reconcile", "ims-files", "ims-pay", "ims-providers"];

/// What brings one of those in.
const IMPURE: &[&str] = &[
    "async-trait",
    "axum",
    "fastrand",
    "futures*",
    "getrandom",
    "hyper*",
    "notify",
    "rand",
    "reqwest*",
    "sqlx*",
    "tokio*",
    "tower*",
    "ureq",
];

fn is(name: &str, pattern: &str) -> bool {
    pattern.strip_suffix('*').map_or(name == pattern, |start| name.starts_with(start))
}

#[test]
fn packages_stay_where_they_belong() {
    let mut faults = Vec::new();
    for manifest in all() {
        for kind in [Kind::Always, Kind::Dev] {
            for name in manifest.dependencies(kind) {
                for (pattern, places) in ONLY_IN {
                    if is(&name, pattern) && !places.contains(&manifest.name()) {
                        faults.push(format!("{} may not use {name}", manifest.name()));
                    }
                }
            }
        }
    }
    assert_none(&faults);
}

#[test]
fn pure_crates_bring_in_nothing_that_waits_or_wonders() {
    let mut faults = Vec::new();
    for manifest in crates().iter().filter(|manifest| PURE.contains(&manifest.name())) {
        for name in manifest.dependencies(Kind::Always) {
            if IMPURE.iter().any(|pattern| is(&name, pattern)) {
                faults.push(format!("{} may not use {name}", manifest.name()));
            }
        }
    }
    assert_none(&faults);
}

#[test]
fn pure_crates_reach_for_nothing_outside() {
    const OUTSIDE: &[&str] = &[
        "async fn",
        ".await",
        "std::env",
        "std::fs",
        "std::net",
        "std::process",
        "std::thread::sleep",
        "Instant::now",
        "SystemTime",
        "Utc::now",
        "Local::now",
        "RandomState::new",
        "Uuid::new_v4",
        "Uuid::now_v7",
    ];
    let mut faults = Vec::new();
    for name in PURE {
        for file in crate::repository::files_ending(&format!("crates/{name}/src"), ".rs") {
            for (number, line) in shipped(&crate::repository::text(&file)) {
                for outside in OUTSIDE.iter().filter(|outside| line.contains(*outside)) {
                    faults.push(format!("{file}:{number}: a pure crate has no `{outside}`"));
                }
            }
        }
    }
    assert_none(&faults);
}

#[test]
fn every_package_has_its_reason() {
    const REASONS: &str = "docs/decisions/0001-packages.md";
    let workspace: toml::Table = crate::repository::text("Cargo.toml").parse().unwrap();
    let reasons = crate::repository::text(REASONS);
    let given: Vec<&str> = reasons
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split('|').next())
        .flat_map(|names| names.split(',').map(str::trim))
        .collect();
    let faults: Vec<String> = workspace["workspace"]["dependencies"]
        .as_table()
        .unwrap()
        .keys()
        .filter(|name| !name.starts_with("ims-") && !given.contains(&name.as_str()))
        .map(|name| format!("{REASONS} does not say what {name} is for"))
        .collect();
    assert_none(&faults);
}

/// The lines of a source that are code and come before its tests.
fn shipped(text: &str) -> Vec<(usize, String)> {
    (1..)
        .zip(text.lines())
        .take_while(|(_, line)| line.trim() != "#[cfg(test)]")
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .map(|(number, line)| (number, line.to_owned()))
        .collect()
}
