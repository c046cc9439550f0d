//! Both engines migrate alike, and what has been released stays as it was.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use sha2::{Digest, Sha256};

use crate::assert_none;
use crate::manifest::version;
use crate::repository::{files, names, root, text};

const FOLDER: &str = "crates/ims-store/migrations";
const RELEASED: &str = "tests/tidy/migrations.sha256";

/// Of this version nothing has been released, so anything may still be mended.
const UNRELEASED: &str = "0.1.0";

const HEAD: &str = "\
# Migrations that have been released, by the hash of their content. They are
# never edited: some council's books were made by them. Written at a release by
# `UPDATE_TIDY=1 cargo test -p ims-tests --test tidy migrations`.
";

#[test]
fn both_engines_have_the_same_migrations() {
    assert_eq!(names(&format!("{FOLDER}/sqlite")), names(&format!("{FOLDER}/postgres")));
}

#[test]
fn released_migrations_are_as_they_were_released() {
    let here = here();
    let mut released = released();
    if std::env::var_os("UPDATE_TIDY").is_some() {
        if version() == UNRELEASED {
            released.clear();
        }
        for (file, hash) in &here {
            // A released one keeps its hash, so that an edit still shows.
            released.entry(file.clone()).or_insert_with(|| hash.clone());
        }
        write(&released);
    }
    let faults: Vec<String> = released
        .iter()
        .filter(|(file, hash)| here.get(*file) != Some(*hash))
        .map(|(file, _)| format!("{file} was released and has been edited; write another"))
        .collect();
    assert_none(&faults);
    let is_listed = !released.is_empty() || version() == UNRELEASED;
    assert!(is_listed, "version {} has been released: list its migrations", version());
}

/// The migrations that are there, each with its hash.
fn here() -> BTreeMap<String, String> {
    let files = files(FOLDER).into_iter();
    files
        .map(|file| {
            let content = fs::read(root().join(&file)).unwrap();
            let hash = Sha256::digest(content).iter().fold(String::new(), |mut hash, byte| {
                write!(hash, "{byte:02x}").unwrap();
                hash
            });
            (file, hash)
        })
        .collect()
}

/// The list, which `sha256sum --check` reads as well.
fn released() -> BTreeMap<String, String> {
    text(RELEASED)
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split_once("  ").unwrap_or_else(|| panic!("{RELEASED}: `{line}`")))
        .map(|(hash, file)| (file.to_owned(), hash.to_owned()))
        .collect()
}

fn write(released: &BTreeMap<String, String>) {
    let mut list = HEAD.to_owned();
    for (file, hash) in released {
        writeln!(list, "{hash}  {file}").unwrap();
    }
    fs::write(root().join(RELEASED), list).unwrap();
}
