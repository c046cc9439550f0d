//! Our readers beside those of other open-source projects, on files that others
//! wrote: an optional folder named by `IMS_SAMPLES`, else `../shared/samples`
//! beside the workspace. Without it these tests say what they leave out.
//!
//! `docs/formats/README.md` lists where we differ, and why; so does `oracle/differs.rs`,
//! and the tests fail when that list is too short or too long.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "tests"
)]

#[path = "oracle/bacs.rs"]
mod bacs;
#[path = "oracle/differs.rs"]
mod differs;
#[path = "oracle/layouts.rs"]
mod layouts;
#[path = "oracle/more.rs"]
mod more;
#[path = "oracle/others.rs"]
mod others;
#[path = "oracle/schedules.rs"]
mod schedules;
#[path = "oracle/table.rs"]
mod table;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use differs::DIFFERS;
use ims_files::{Contents, Head, Statement, Verdict, by_name, recognise};
use ims_money::Amount;
use serde_json::Value;

/// The folder of samples, or `None` with a word about what is left out.
fn samples(check: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/samples");
    let folder = std::env::var_os("IMS_SAMPLES").map_or_else(beside, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("left out: {check}; IMS_SAMPLES names no folder of sample files");
    None
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    files
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

fn read(format: &str, bytes: &[u8]) -> (Contents, Verdict) {
    let mut contents = Contents::default();
    let verdict = by_name(format).unwrap().read(&mut &*bytes, &mut |record| contents.take(record));
    (contents, verdict)
}

/// What differs, as `file: check`, with what was found.
#[derive(Default)]
struct Found(Vec<(String, String)>);

impl Found {
    fn compare<T: PartialEq + std::fmt::Debug>(
        &mut self,
        file: &str,
        check: &str,
        ours: T,
        theirs: T,
    ) {
        if ours != theirs {
            self.0.push((format!("{file}: {check}"), format!("ours {ours:?}, theirs {theirs:?}")));
        }
    }

    /// Every difference is listed, and every listed one of `group` is found.
    fn assert_listed(self, group: &str) {
        let listed: BTreeSet<String> = DIFFERS
            .iter()
            .filter(|differs| differs.group == group)
            .flat_map(|differs| {
                differs.files.iter().map(|file| format!("{file}: {}", differs.check))
            })
            .collect();
        let found: BTreeSet<String> = self.0.iter().map(|(key, _)| key.clone()).collect();
        let new: Vec<String> = self
            .0
            .iter()
            .filter(|(key, _)| !listed.contains(key))
            .map(|(key, values)| format!("not listed: {key}: {values}"))
            .collect();
        let gone: Vec<String> =
            listed.difference(&found).map(|key| format!("listed, but not found: {key}")).collect();
        assert!(new.is_empty() && gone.is_empty(), "{}\n{}", new.join("\n"), gone.join("\n"));
    }
}

fn sum(statements: &[Statement]) -> Amount {
    let lines = statements.iter().flat_map(|statement| &statement.lines);
    Amount::checked_sum(lines.map(|line| line.amount)).unwrap()
}

fn count(statements: &[Statement]) -> usize {
    statements.iter().map(|statement| statement.lines.len()).sum()
}

fn amount(text: &str) -> Amount {
    text.parse::<Amount>().unwrap().with_decimals(2)
}

fn summary(folder: &Path) -> serde_json::Map<String, Value> {
    let text = fs::read_to_string(folder.join("_summary.json")).unwrap();
    serde_json::from_str::<Value>(&text).unwrap().as_object().unwrap().clone()
}

#[test]
fn mt940_counts_sums_and_balances_agree() {
    let Some(samples) = samples("MT940 counts, sums and balances") else { return };
    let folder = samples.join("mt940");
    let mut found = Found::default();
    for (file, theirs) in summary(&folder) {
        let Ok(bytes) = fs::read(folder.join(&file)) else { continue };
        let (contents, verdict) = read("mt940", &bytes);
        let lines = usize::try_from(theirs["lines61"].as_u64().unwrap()).unwrap();
        found.compare(&file, "lines", count(&contents.statements), lines);
        if let Some(net) = theirs["net"].as_str() {
            found.compare(&file, "sum", sum(&contents.statements).with_decimals(2), amount(net));
        }
        if let Some(identity) = theirs["identity"].as_bool() {
            let ours =
                contents.statements.iter().all(|statement| statement.balanced() == Some(true));
            found.compare(&file, "balanced", ours, identity);
            if identity {
                found.compare(&file, "read whole", verdict.is_read_whole(), true);
            }
        }
    }
    found.assert_listed("mt940");
}

#[test]
fn bai2_counts_and_sums_agree() {
    let Some(samples) = samples("BAI2 counts and sums") else { return };
    let folder = samples.join("bai2");
    let mut found = Found::default();
    for (file, theirs) in summary(&folder) {
        let Ok(bytes) = fs::read(folder.join(&file)) else { continue };
        let (contents, _) = read("bai2", &bytes);
        let lines = usize::try_from(theirs["transactions"].as_u64().unwrap()).unwrap();
        found.compare(&file, "lines", count(&contents.statements), lines);
        let sizes = contents.statements.iter().flat_map(|statement| &statement.lines).map(|line| {
            let size = if line.amount.is_negative() { line.amount.negated() } else { line.amount };
            size.pence().unwrap().get()
        });
        found.compare(
            &file,
            "sum of sizes",
            sizes.sum::<i64>().to_string(),
            theirs["amount_sum"].as_str().unwrap().to_owned(),
        );
        let accounts = usize::try_from(theirs["records"]["03"].as_u64().unwrap_or(0)).unwrap();
        found.compare(&file, "accounts", contents.statements.len(), accounts);
    }
    found.assert_listed("bai2");
}

#[test]
fn camt_counts_sums_and_balances_agree() {
    let Some(samples) = samples("camt counts, sums and balances") else { return };
    let folder = samples.join("camt");
    let mut found = Found::default();
    for (file, theirs) in summary(&folder) {
        let (Ok(bytes), Some(theirs)) =
            (fs::read(folder.join(&file)), theirs["statements"].as_array())
        else {
            continue;
        };
        let (contents, verdict) = read("camt053", &bytes);
        found.compare(&file, "statements", contents.statements.len(), theirs.len());
        for (ours, theirs) in contents.statements.iter().zip(theirs) {
            let entries = usize::try_from(theirs["entries"].as_u64().unwrap()).unwrap();
            found.compare(&file, "entries", ours.lines.len(), entries);
            found.compare(
                &file,
                "account",
                ours.head.account.as_str(),
                theirs["account"].as_str().unwrap(),
            );
            for (check, negative) in [("credit", false), ("debit", true)] {
                let of_side = ours
                    .lines
                    .iter()
                    .map(|line| line.amount)
                    .filter(|a| a.is_negative() == negative);
                let side = Amount::checked_sum(of_side).unwrap();
                let side = if negative { side.negated() } else { side };
                found.compare(
                    &file,
                    check,
                    side.with_decimals(2),
                    amount(theirs[check].as_str().unwrap()),
                );
            }
            if let Some(identity) = theirs["identity"].as_bool() {
                found.compare(&file, "balanced", ours.balanced(), Some(identity));
                if identity {
                    found.compare(&file, "read whole", verdict.is_read_whole(), true);
                }
            }
        }
    }
    found.assert_listed("camt");
}

#[test]
fn other_projects_expected_results_agree() {
    let Some(samples) = samples("expected results of other projects") else { return };
    let mut found = Found::default();
    let mut compared = 0;
    for expected in files(&samples.join("mt940")).into_iter().chain(files(&samples.join("camt"))) {
        let extension = expected.extension().and_then(|e| e.to_str()).unwrap_or_default();
        let Some((input, text)) = others::pair(&expected, extension) else { continue };
        let is_camt = input.to_str().unwrap().contains("/camt/");
        let (contents, _) =
            read(if is_camt { "camt053" } else { "mt940" }, &fs::read(&input).unwrap());
        let Some(theirs) = others::lines(&name(&expected), &text) else { continue };
        let ours: Vec<String> = others::ours(&name(&expected), &contents)
            .iter()
            .enumerate()
            .map(|(at, ours)| others::without_more(ours, theirs.get(at).map_or("", String::as_str)))
            .collect();
        found.compare(&name(&expected), "lines", ours, theirs);
        compared += 1;
    }
    assert!(compared > 20, "only {compared} expected results were compared");
    found.assert_listed("expected");
}

#[test]
fn agents_files_that_must_be_refused_have_errors() {
    let Some(samples) = samples("allpay files that must be refused") else { return };
    let mut refused = 0;
    for expected in files(&samples.join("agents")) {
        let Some(stem) = name(&expected).strip_suffix(".expected.json").map(str::to_owned) else {
            continue;
        };
        let theirs: Value = serde_json::from_str(&fs::read_to_string(&expected).unwrap()).unwrap();
        let bytes = fs::read(expected.with_file_name(format!("{stem}.txt"))).unwrap();
        let recognised =
            recognise(&Head { bytes: &bytes, file_name: &stem }).map(|format| format.name());
        assert_eq!(recognised, Ok("allpay"), "{stem}");
        let (_, verdict) = read("allpay", &bytes);
        assert_eq!(
            verdict.is_read_whole(),
            theirs["accepted"].as_bool().unwrap(),
            "{stem}: {:?}",
            verdict.faults
        );
        refused += u32::from(!verdict.is_read_whole());
    }
    assert!(refused >= 5, "only {refused} were refused");
}

#[test]
fn no_reader_panics_or_hangs_on_any_sample() {
    let Some(samples) = samples("every sample through every reader") else { return };
    let mut read_files = 0;
    for folder in fs::read_dir(&samples).unwrap().map(|entry| entry.unwrap().path()) {
        if !folder.is_dir() {
            continue;
        }
        for file in files(&folder) {
            let bytes = fs::read(&file).unwrap();
            let _ = recognise(&Head { bytes: &bytes[..bytes.len().min(65_536)], file_name: "" });
            for format in ims_files::formats() {
                format.read(&mut &*bytes, &mut |_| {});
            }
            read_files += 1;
        }
    }
    assert!(read_files > 500, "only {read_files} files");
}
