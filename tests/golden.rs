//! Every format on files of our own: `golden/FORMAT/NAME.in` is read and shown
//! in the neutral shape, and must be `NAME.expected` beside it.
//!
//! `UPDATE_GOLDEN=1` writes the expected files anew; read the difference before
//! you keep it.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests read the environment")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use ims_files::{Contents, Format, Head, Totals, by_name, recognise};
use serde::Serialize;

/// What a file is, in the shape of `ims file inspect --json` without its path.
#[derive(Serialize)]
struct Shown<'a> {
    format: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(flatten)]
    contents: Contents,
    #[serde(skip_serializing_if = "Option::is_none")]
    totals: Option<Totals>,
    problems: Vec<ims_files::Fault>,
}

fn shown(format: &dyn Format, bytes: &[u8]) -> String {
    let mut contents = Contents::default();
    let verdict = format.read(&mut &*bytes, &mut |record| contents.take(record));
    let shown = Shown {
        format: format.name(),
        version: verdict.version.clone(),
        contents,
        totals: verdict.totals,
        problems: verdict.faults,
    };
    serde_json::to_string_pretty(&shown).unwrap() + "\n"
}

fn head<'a>(bytes: &'a [u8], path: &'a Path) -> Head<'a> {
    Head { bytes, file_name: path.file_name().unwrap().to_str().unwrap() }
}

/// The golden inputs of a folder, in the order of their names.
fn inputs(folder: &Path) -> Vec<PathBuf> {
    let all = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut inputs: Vec<PathBuf> =
        all.filter(|path| path.extension().is_some_and(|ext| ext == "in")).collect();
    inputs.sort();
    inputs
}

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden")
}

/// Compares, or writes anew when asked to. Gives what is wrong.
fn check(input: &Path, actual: &str) -> Option<String> {
    let expected = input.with_extension("expected");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&expected, actual).unwrap();
        return None;
    }
    let held = fs::read_to_string(&expected).unwrap_or_default();
    if held == actual {
        return None;
    }
    let differs = held.lines().zip(actual.lines()).position(|(held, actual)| held != actual);
    let line = differs.unwrap_or(held.lines().count().min(actual.lines().count()));
    let at = |text: &str| text.lines().nth(line).unwrap_or("the end").to_owned();
    Some(format!(
        "{}:{}: expected `{}`, found `{}`",
        expected.display(),
        line + 1,
        at(&held),
        at(actual)
    ))
}

/// Templates for files that nothing but a council's own file name tells.
const ONLY_NAMED: &[&str] = &["dwp-sheet"];

#[test]
fn every_format_reads_its_golden_files() {
    let mut wrong = Vec::new();
    for format in ims_files::formats() {
        let inputs = inputs(&golden().join(format.name()));
        assert!(!inputs.is_empty(), "no golden file for {}", format.name());
        for input in inputs {
            let bytes = fs::read(&input).unwrap();
            wrong.extend(check(&input, &shown(*format, &bytes)));
            let recognised = recognise(&head(&bytes, &input)).map(|found| found.name());
            if !ONLY_NAMED.contains(&format.name()) && recognised != Ok(format.name()) {
                wrong.push(format!("{}: recognised as {recognised:?}", input.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_file_named_bad_has_an_error_and_no_other_has() {
    for format in ims_files::formats() {
        for input in inputs(&golden().join(format.name())) {
            let bytes = fs::read(&input).unwrap();
            let verdict = format.read(&mut &*bytes, &mut |_| {});
            let named_bad = input.file_name().unwrap().to_str().unwrap().starts_with("bad-");
            // A balance that disagrees is a warning: a person decides.
            assert_eq!(verdict.is_read_whole(), !named_bad, "{}", input.display());
        }
    }
}

#[test]
fn what_no_format_reads_is_refused_in_one_sentence() {
    let mut wrong = Vec::new();
    for input in inputs(&golden().join("refused")) {
        let bytes = fs::read(&input).unwrap();
        let message = recognise(&head(&bytes, &input)).unwrap_err().to_string();
        wrong.extend(check(&input, &(message + "\n")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_golden_folder_and_every_page_is_of_a_format() {
    for entry in fs::read_dir(golden()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(name == "refused" || by_name(&name).is_some(), "{name} is no format");
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for format in ims_files::formats() {
        assert!(root.join(format.page()).is_file(), "{} does not exist", format.page());
    }
}

/// What `ims file formats` lists, read or written, has a page that is about it: its
/// name is on it, with a line taken apart, the traps and where it is specified.
#[test]
fn every_page_is_about_its_format() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let read = ims_files::formats().iter().map(|format| (format.name(), format.page()));
    let written: Vec<_> = ims_files::layout::shipped()
        .iter()
        .map(|(name, _)| ims_files::layout::named(name).unwrap())
        .collect();
    let written = written.iter().map(|layout| (layout.name(), layout.page()));
    let mut wrong = Vec::new();
    for (name, page) in read.chain(written) {
        let text = fs::read_to_string(root.join(page)).unwrap_or_default();
        if !text.contains(name) {
            wrong.push(format!("{page} of {name}: no `{name}`"));
        }
        // A paragraph or a part of its own, not a word in passing.
        let mut starts = text.lines().map(|line| line.trim_start_matches(['#', ' ']));
        for part in ["Trap", "Source"] {
            if !starts.clone().any(|line| line.starts_with(part)) {
                wrong.push(format!("{page} of {name}: nothing begins with `{part}`"));
            }
        }
        // A table of positions shows no line.
        if !starts.any(|line| line.starts_with("```")) && !text.contains("\n    ") {
            wrong.push(format!("{page} of {name}: no line taken apart"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
