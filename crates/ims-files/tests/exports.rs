//! Every layout that writes, byte for byte: one file each under `golden/exports`, checked
//! by hand against the page of its format. `UPDATE_EXPORTS=1` writes them anew.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests"
)]

#[path = "exports/back.rs"]
mod back;

use std::{collections::BTreeMap, fs, path::Path};

use chrono::NaiveDate;
use ims_files::layout::{Batch, Layout, Row, Value, named, shipped};
use ims_money::Pence;

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn day(month: u32, day: u32) -> Value {
    Value::Date(NaiveDate::from_ymd_opt(2026, month, day).unwrap())
}

fn posting(date: Value, account: &str, pence: i64, narrative: &str, reference: &str) -> Row {
    Row::new()
        .with("date", date)
        .with("account", text(account))
        .with("amount", Value::Pence(Pence::new(pence)))
        .with("narrative", text(narrative))
        .with("reference", text(reference))
}

/// Two days of income, each balanced; one text that a spreadsheet would run.
fn journal() -> Vec<Row> {
    vec![
        posting(day(3, 31), "1000.CC01.S9", 12_050, "2 postings", "clearing:card"),
        posting(day(3, 31), "2000.CC02", -12_050, "=HYPERLINK(\"http://x\")", "fund:CT"),
        posting(day(4, 1), "1000", 1, "Refund, \"desk\"; £", "suspense"),
        posting(day(4, 1), "3000", -1, "", "fund:HR"),
    ]
}

fn payment(reference: &str, pence: i64, date: Value, method: &str, receipt: &str) -> Row {
    Row::new()
        .with("reference", text(reference))
        .with("amount", Value::Pence(Pence::new(pence)))
        .with("date", date)
        .with("method", text(method))
        .with("receipt", text(receipt))
        .with("fund", text("CT"))
}

fn cash() -> Vec<Row> {
    vec![
        payment("80012345", 12_050, day(3, 31), "90", "R7K2-11"),
        payment("80012346", -505, day(4, 1), "04", "R7K2-12"),
    ]
}

fn written(layout: &Layout, rows: &[Row]) -> Vec<u8> {
    let date = NaiveDate::from_ymd_opt(2026, 4, 1).unwrap();
    let mut file = Vec::new();
    layout.write(&Batch { number: 42, date, rows }, &mut file).unwrap();
    file
}

/// The layouts that write, and what they are given.
fn all() -> Vec<(Layout, Vec<Row>)> {
    let layouts = shipped().iter().map(|(name, _)| named(name).unwrap());
    let rows = |layout: &Layout| {
        if layout.values().contains(&"receipt") { cash() } else { journal() }
    };
    layouts
        .filter(Layout::writes)
        .map(|layout| (rows(&layout), layout))
        .map(|(r, l)| (l, r))
        .collect()
}

#[test]
fn every_export_is_as_it_was_checked_by_hand() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/exports");
    let mut wrong = Vec::new();
    for (layout, rows) in all() {
        let file = written(&layout, &rows);
        assert_eq!(file, written(&layout, &rows), "{} is not the same twice", layout.name());
        let path = folder.join(format!("{}.expected", layout.name()));
        if std::env::var_os("UPDATE_EXPORTS").is_some() {
            fs::write(&path, &file).unwrap();
        }
        if fs::read(&path).unwrap_or_default() != file {
            wrong.push(format!("{}:\n{}", path.display(), String::from_utf8_lossy(&file)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The positions of the specification, written out once more: what stands where,
/// and blanks everywhere else.
#[test]
fn a_gl07_record_has_every_value_at_its_position() {
    let file = written(&named("unit4-gl07").unwrap(), &journal());
    let lines: Vec<&[u8]> = file.split(|byte| *byte == b'\n').collect();
    assert_eq!(lines.len(), 5);
    let expected: [(usize, usize, [&str; 4]); 21] = [
        (1, 25, ["IMS000042"; 4]),
        (26, 50, ["BI"; 4]),
        (51, 75, ["IM"; 4]),
        (76, 77, ["GL"; 4]),
        (78, 102, ["01"; 4]),
        (103, 127, ["1000", "2000", "1000", "3000"]),
        (128, 152, ["CC01", "CC02", "", ""]),
        (153, 177, ["S9", "", "", ""]),
        (303, 327, ["0"; 4]),
        (353, 377, ["GBP"; 4]),
        (378, 379, ["1", "-1", "1", "-1"]),
        (380, 399, ["12050", "-12050", "1", "-1"]),
        (400, 419, ["12050", "-12050", "1", "-1"]),
        (491, 745, ["2 postings", "=HYPERLINK(\"http://x\")", "Refund, \"desk\"; \u{a3}", ""]),
        (746, 753, ["20260331", "20260331", "20260401", "20260401"]),
        (754, 761, ["20260331", "20260331", "20260401", "20260401"]),
        (762, 776, ["4226090", "4226090", "4226091", "4226091"]),
        (777, 782, ["202512", "202512", "202601", "202601"]),
        (783, 783, [""; 4]),
        (784, 883, ["clearing:card", "fund:CT", "suspense", "fund:HR"]),
        (884, 2060, [""; 4]),
    ];
    for (nth, line) in lines.iter().take(4).enumerate() {
        assert_eq!((line.len(), line.last()), (2061, Some(&b'\r')));
        let mut checked = vec![b' '; 2060];
        for (from, to, values) in &expected {
            // Windows-1252 has a byte for each of these characters.
            let bytes: Vec<u8> = values[nth].chars().map(|c| u8::try_from(c).unwrap()).collect();
            assert!(bytes.len() <= to - from + 1);
            checked[from - 1..from - 1 + bytes.len()].copy_from_slice(&bytes);
        }
        assert_eq!(&line[..2060], checked, "record {}", nth + 1);
    }
    assert!(lines[4].is_empty());
}

#[test]
fn an_fbdi_row_has_150_columns_and_each_at_its_place() {
    let file = String::from_utf8(written(&named("oracle-fbdi-gl").unwrap(), &journal())).unwrap();
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(file.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().unwrap();
    assert_eq!(rows.len(), 4);
    let expected: [(usize, &str); 18] = [
        (1, "NEW"),
        (2, "1"),
        (3, "2026/03/31"),
        (4, "IMS"),
        (5, "Income"),
        (6, "GBP"),
        (7, "2026/04/01"),
        (8, "A"),
        (9, "1000"),
        (10, "CC01"),
        (11, "S9"),
        (39, "120.50"),
        (43, "IMS 000042"),
        (46, "IMS 000042 2026-03-31"),
        (52, "2 postings"),
        (53, "clearing:card"),
        (67, "1000042"),
        (95, "Mar-26"),
    ];
    let expected: BTreeMap<usize, &str> = expected.into_iter().chain([(150, "END")]).collect();
    for (nth, held) in rows[0].iter().enumerate() {
        assert_eq!(
            held,
            expected.get(&(nth + 1)).copied().unwrap_or_default(),
            "column {}",
            nth + 1
        );
    }
    assert_eq!((rows[0].len(), &rows[1][38], &rows[1][39]), (150, "", "120.50"));
    assert_eq!(&rows[1][51], "'=HYPERLINK(\"http://x\")");
}

/// No cell of any CSV export begins a formula, unless it is a number.
#[test]
fn no_cell_runs_in_a_spreadsheet() {
    for begins in ["=1+1", "+44 20", "-x", "@SUM(A1)", " =1", "\u{ff1d}1"] {
        for (layout, mut rows) in all() {
            let name = if layout.values().contains(&"receipt") { "receipt" } else { "narrative" };
            rows[0] = rows[0].clone().with(name, text(begins));
            let mut file = Vec::new();
            let date = NaiveDate::from_ymd_opt(2026, 4, 1).unwrap();
            let done = layout.write(&Batch { number: 1, date, rows: &rows }, &mut file);
            if layout.name() == "host-parking" {
                let fault = done.unwrap_err().to_string();
                assert!(fault.contains("as a spreadsheet's formula does"), "{fault}");
                continue;
            }
            if let Err(fault) = done {
                assert!(
                    fault.to_string().contains("does not exist in the layout's encoding"),
                    "{fault}"
                );
                continue;
            }
            let file: String = file.iter().map(|byte| char::from(*byte)).collect();
            let delimiter = if layout.name() == "sap-journal" { b';' } else { b',' };
            let mut reader = csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .delimiter(delimiter)
                .from_reader(file.as_bytes());
            if layout.title().contains("fixed") || layout.title().contains("characters") {
                continue;
            }
            for cell in reader
                .records()
                .flat_map(|row| row.unwrap().iter().map(str::to_owned).collect::<Vec<_>>())
            {
                let runs = cell.trim_start().starts_with(['=', '+', '-', '@']);
                assert!(!runs || cell.parse::<Pence>().is_ok(), "{}: {cell}", layout.name());
            }
        }
    }
    for control in ["a\tb", "\rx"] {
        let rows = [posting(day(4, 1), "1", 1, control, "")];
        let date = NaiveDate::from_ymd_opt(2026, 4, 1).unwrap();
        let fault = named("ledger-journal")
            .unwrap()
            .write(&Batch { number: 1, date, rows: &rows }, &mut Vec::new())
            .unwrap_err();
        assert!(fault.to_string().contains("control character"), "{fault}");
    }
}

#[test]
fn what_is_set_is_written_and_what_cannot_be_set_is_said() {
    let set = |name: &str, value: &str| BTreeMap::from([(name.to_owned(), value.to_owned())]);
    let layout = named("sap-journal").unwrap().with(&set("company_code", "TB01")).unwrap();
    assert!(String::from_utf8(written(&layout, &journal())).unwrap().contains("TB01"));
    // What only the council knows is not left blank.
    for blank in [set("client", "TB"), set("tax_system", " ")] {
        let fault = named("unit4-gl07").unwrap().with(&blank).unwrap_err();
        assert!(fault.contains("unit4-gl07 needs `tax_system`"), "{fault}");
    }
    let layout = named("unit4-gl07").unwrap().with(&set("tax_system", "UK")).unwrap();
    assert_eq!(&written(&layout, &journal())[327..331], b"UK  ");
    let toml =
        ims_files::layout::shipped().iter().find(|(name, _)| *name == "unit4-gl07").unwrap().1;
    let faults = Layout::check(&toml.replace("[\"tax_system\"]", "[\"tax_sistem\"]")).unwrap_err();
    assert!(
        faults[0].to_string().contains("`tax_sistem` is none of what is in [set]"),
        "{faults:?}"
    );
    let fault = named("unit4-gl07").unwrap().with(&set("clinet", "TB")).unwrap_err();
    assert!(
        fault.contains("`clinet` cannot be set in unit4-gl07; batch_prefix, client,"),
        "{fault}"
    );
}
