//! OFX, QIF and Bankline Direct beside counts and sums made without our readers.

use std::fs;

use ims_files::{Head, recognise};
use serde_json::Value;

use crate::{Found, count, files, name, others, read, samples, sum, summary};

/// A number of theirs as we would write it, if it is one.
fn plain(text: &str) -> Option<String> {
    let text = text.replace(',', ".");
    text.parse::<ims_money::Amount>().ok().map(|amount| amount.with_decimals(2).to_string())
}

#[test]
fn ofx_counts_sums_and_balances_agree() {
    let Some(samples) = samples("OFX counts, sums and balances") else { return };
    let folder = samples.join("ofx");
    let mut found = Found::default();
    let mut compared = 0;
    for (file, theirs) in summary(&folder) {
        let Ok(bytes) = fs::read(folder.join(&file)) else { continue };
        let (contents, _) = read("ofx", &bytes);
        let lines = usize::try_from(theirs["transactions"].as_u64().unwrap()).unwrap();
        found.compare(&file, "lines", count(&contents.statements), lines);
        if let Some(net) = theirs["net"].as_str().and_then(plain) {
            let ours = sum(&contents.statements).with_decimals(2).to_string();
            found.compare(&file, "sum", ours, net);
        }
        let closing = contents.statements.iter().filter_map(|statement| statement.close.closing);
        let ours: Vec<String> =
            closing.map(|balance| balance.amount.with_decimals(2).to_string()).collect();
        let theirs = theirs["ledger"].as_array().unwrap();
        let theirs: Vec<String> =
            theirs.iter().filter_map(|text| plain(text.as_str().unwrap())).collect();
        found.compare(&file, "balances", ours, theirs);
        compared += 1;
    }
    assert!(compared > 50, "only {compared} files");
    found.assert_listed("ofx");
}

#[test]
fn qif_counts_agree() {
    let Some(samples) = samples("QIF counts") else { return };
    let folder = samples.join("qif");
    let mut found = Found::default();
    let mut compared = 0;
    for (file, theirs) in summary(&folder) {
        let Ok(bytes) = fs::read(folder.join(&file)) else { continue };
        let types: Vec<&str> =
            theirs["types"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let of_banks = |kind: &&str| {
            ["Type:Bank", "Type:Cash", "Type:CCard", "Account"].contains(kind)
                || kind.starts_with("Type:Oth")
        };
        if types.is_empty() || !types.iter().all(of_banks) {
            continue;
        }
        // Their count has the `T` of each `!Account` in it.
        let accounts = types.iter().filter(|kind| **kind == "Account").count();
        let lines = usize::try_from(theirs["amounts"].as_u64().unwrap()).unwrap();
        let (contents, verdict) = read("qif", &bytes);
        found.compare(&file, "lines", count(&contents.statements), lines - accounts);
        found.compare(&file, "read whole", verdict.is_read_whole(), true);
        compared += 1;
    }
    assert!(compared > 12, "only {compared} files");
    found.assert_listed("qif");
}

#[test]
fn bankline_counts_and_sums_agree() {
    let Some(samples) = samples("Bankline Direct counts and sums") else { return };
    let mut compared = 0;
    for folder in ["ukbank", "bacs"] {
        for path in files(&samples.join(folder)) {
            let bytes = fs::read(&path).unwrap();
            let head = Head { bytes: &bytes, file_name: "" };
            if recognise(&head).map(|format| format.name()) != Ok("bankline-direct") {
                continue;
            }
            let (mut lines, mut pence) = (0, 0_i64);
            for line in String::from_utf8_lossy(&bytes).lines().filter(|line| line.len() >= 100) {
                let of = |from: usize, to: usize| line.get(from..to).unwrap_or_default().trim();
                let units: i64 = of(35, 46).parse().unwrap_or_default();
                match of(15, 17) {
                    _ if !line.starts_with(|c: char| c.is_ascii_digit()) => {}
                    "44" | "54" | "Y1" => {}
                    "99" | "93" | "RA" | "86" | "90" | "Z4" | "Z5" => {
                        lines += 1;
                        pence += units;
                    }
                    _ => {
                        lines += 1;
                        pence -= units;
                    }
                }
            }
            let (contents, verdict) = read("bankline-direct", &bytes);
            assert_eq!(count(&contents.statements), lines, "{}", path.display());
            let ours = sum(&contents.statements).pence().unwrap().get();
            assert_eq!(ours, pence, "{}", path.display());
            assert!(verdict.is_read_whole(), "{}: {:?}", path.display(), verdict.faults);
            compared += 1;
        }
    }
    assert!(compared >= 2, "only {compared} files");
}

#[test]
fn what_has_an_expected_result_is_read_whole() {
    let Some(samples) = samples("files with an expected result are read whole") else { return };
    let mut found = Found::default();
    let mut compared = 0;
    for expected in files(&samples.join("mt940")).into_iter().chain(files(&samples.join("camt"))) {
        let extension = expected.extension().and_then(|e| e.to_str()).unwrap_or_default();
        let Some((input, _)) = others::pair(&expected, extension) else { continue };
        let format = if input.to_str().unwrap().contains("/camt/") { "camt053" } else { "mt940" };
        let (_, verdict) = read(format, &fs::read(&input).unwrap());
        found.compare(&name(&input), "read whole", verdict.is_read_whole(), true);
        compared += 1;
    }
    assert!(compared > 60, "only {compared} files");
    found.assert_listed("golden");
}
