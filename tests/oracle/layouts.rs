//! What is read by layouts, beside the verdicts of other projects.

use std::fs;

use ims_files::{Head, by_name, recognise};
use ims_ledger::{Outcome, acknowledged};

use super::{files, name, read, samples};

/// Each of these is refused by the importer it comes from, for one reason; ours
/// finds that reason too, at the line it is in.
#[test]
fn allpay_files_that_others_refuse_have_their_faults() {
    let Some(folder) = samples("agents' files").map(|folder| folder.join("agents")) else { return };
    let expected = [
        ("bad-amount", Some(1), "is not an amount"),
        ("bad-date", Some(1), "does not exist in the calendar"),
        ("count-mismatch", Some(4), "the file says 4, but what was read makes 1"),
        ("no-amount-total", Some(3), "is empty; the total would be right"),
        ("no-count-total", Some(4), "is empty; the total would be right"),
    ];
    let mut seen = 0;
    for path in files(&folder) {
        let file = name(&path);
        let Some((_, line, words)) = expected.iter().find(|(kind, ..)| {
            file.starts_with("allpay-") && file.ends_with(&format!("__{kind}.txt"))
        }) else {
            continue;
        };
        seen += 1;
        let bytes = fs::read(&path).unwrap();
        let head = Head { bytes: &bytes, file_name: &file };
        assert_eq!(recognise(&head).map(|format| format.name()), Ok("allpay"), "{file}");
        let (_, verdict) = read("allpay", &bytes);
        let found =
            verdict.faults.iter().any(|fault| fault.line == *line && fault.message.contains(words));
        assert!(found, "{file}: {:?}", verdict.faults);
    }
    assert!(seen > 0, "no allpay file in {}", folder.display());
}

/// What Oracle said of invoices: how many rows, and how many of them rejected.
#[test]
fn results_of_oracle_become_acknowledgements() {
    let Some(folder) = samples("results of exports").map(|folder| folder.join("gl")) else {
        return;
    };
    let mut seen = 0;
    for path in files(&folder) {
        let file = name(&path);
        if !file.contains("failures") || !file.ends_with(".csv") {
            continue;
        }
        seen += 1;
        let bytes = fs::read(&path).unwrap();
        let head = Head { bytes: &bytes, file_name: &file };
        let format = recognise(&head).unwrap_or_else(|error| panic!("{file}: {error}")).name();
        assert!(by_name(format).is_some_and(|known| known.page().contains("oracle")), "{format}");
        let (contents, verdict) = read(format, &bytes);
        assert_eq!(verdict.faults, [], "{file}");
        let lines = contents.acknowledgements;
        let text = String::from_utf8_lossy(&bytes);
        let rows: Vec<&str> = text.lines().skip(1).filter(|row| !row.trim().is_empty()).collect();
        let taken = |row: &&&str| row.contains("SUCCESS,") || row.contains("\"Validated\"");
        let rejected = rows.len() - rows.iter().filter(taken).count();
        let ours = lines.iter().filter(|line| line.outcome == Outcome::Rejected).count();
        assert_eq!(ours, rejected, "{file}");
        assert_eq!(lines.len(), rows.len(), "{file}");
        assert_eq!(acknowledged(&lines).map(|said| said.0), Some(Outcome::Rejected), "{file}");
    }
    assert!(seen > 0, "no result in {}", folder.display());
}
