//! What is written for Bacs: byte for byte as laid out by hand, and read back.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::{fs, path::Path};

use chrono::{Days, NaiveDate};
use ims_files::{
    Contents, Verdict,
    bacs::{Instruction, Originator, Submission, TransactionCode, fitted, refunds},
    by_name,
};
use ims_money::Pence;
use proptest::prelude::*;

fn council() -> Originator {
    Originator {
        user_number: "299104".to_owned(),
        sort_code: "200000".to_owned(),
        account: "55779911".to_owned(),
        account_name: "ANYBOROUGH COUNCIL".to_owned(),
        statement_name: "ANYBOROUGH BC".to_owned(),
    }
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Code, sort code, account, name, reference, pence, day.
type Row<'a> = (&'a str, &'a str, &'a str, &'a str, &'a str, i64, &'a str);

fn items(rows: &[Row<'_>]) -> Vec<Instruction> {
    rows.iter()
        .map(|(code, sort_code, account, name, reference, pence, on)| Instruction {
            code: TransactionCode::parse(code).unwrap(),
            sort_code: (*sort_code).to_owned(),
            account: (*account).to_owned(),
            name: (*name).to_owned(),
            reference: (*reference).to_owned(),
            amount: Pence::new(*pence),
            day: day(on),
        })
        .collect()
}

fn read(file: &[u8]) -> (Contents, Verdict) {
    let mut contents = Contents::default();
    let format = by_name("standard18").unwrap();
    let verdict = format.read(&mut &*file, &mut |record| contents.take(record));
    (contents, verdict)
}

/// A file laid out by hand from the tables of the specification.
fn golden(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/standard18");
    String::from_utf8(fs::read(folder.join(name)).unwrap()).unwrap()
}

#[test]
fn refunds_are_written_as_laid_out_by_hand() {
    let refunds = refunds(
        council(),
        "000042",
        day("2026-05-29"),
        items(&[
            ("99", "400000", "12345678", "Zoë O'Brien", "RF000017", 12_050, "2026-06-01"),
            ("99", "089999", "66374958", "A & B Builders Ltd.", "RF000018", 999, "2026-06-01"),
        ]),
    );
    // The file says that it expires the day after it is processed.
    let golden = golden("refunds.in");
    assert_eq!(String::from_utf8(refunds.write().unwrap()).unwrap(), golden);
}

#[test]
fn several_days_and_directions_are_written_as_laid_out_by_hand() {
    let debits = Submission {
        originator: council(),
        serial: "000042".to_owned(),
        file_number: 1,
        created: day("2026-05-29"),
        narrative: "COUNCIL TAX DD".to_owned(),
        items: items(&[
            ("01", "400000", "12345678", "J Smith", "CT80012345", 2_500, "2026-06-01"),
            ("0N", "400000", "87654321", "L Green", "CT80012361", 0, "2026-06-02"),
            ("17", "309070", "12345668", "P Jones", "CT80012353", 7_725, "2026-06-01"),
            ("19", "309070", "12345668", "P Jones", "CT80012353", 7_725, "2026-06-02"),
            ("99", "400000", "12345678", "J Smith", "CT80012345", 100, "2026-06-02"),
        ]),
    };
    let written = String::from_utf8(debits.write().unwrap()).unwrap();
    assert_eq!(written, golden("several-days.in"));
    assert!(written.lines().all(|line| line.len() == 80 || line.len() == 106));
}

#[test]
fn all_that_bacs_would_not_take_is_told() {
    let mut bad = refunds(
        Originator { sort_code: "20-00-00".to_owned(), ..council() },
        "42",
        day("2026-05-29"),
        items(&[
            ("99", "400000", "1234567", "日本", "rf000017", -5, "2026-06-01"),
            ("99", "400000", "12345678", "J Smith", "CONTRA 1", 5, "2026-06-01"),
        ]),
    );
    bad.items.push(Instruction { code: TransactionCode::NewInstruction, ..bad.items[0].clone() });
    let told: Vec<String> =
        bad.write().unwrap_err().faults.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "sort code `20-00-00`; 6 digits would be right",
            "serial number `42`; six letters and digits would be right",
            "item 1: account `1234567`; 8 digits would be right",
            "item 1: reference `rf000017` has `r`, which is not carried; capital letters, digits, a blank and . & / - are",
            "item 1: nothing of the name `日本` is carried; letters would be",
            "item 1: amount -0.05 of credit; more than nothing would be right",
            "item 2: a reference that begins with CONTRA is the file's own",
            "item 3: account `1234567`; 8 digits would be right",
            "item 3: reference `rf000017` has `r`, which is not carried; capital letters, digits, a blank and . & / - are",
            "item 3: nothing of the name `日本` is carried; letters would be",
            "item 3: amount -0.05 of new direct debit instruction; 0.00 would be right",
        ]
    );
    bad.items.clear();
    assert!(bad.write().is_err());
}

fn instruction() -> impl Strategy<Value = Instruction> {
    let code = prop::sample::select(vec!["01", "17", "18", "19", "99", "0N", "0C", "0S"]);
    let amount = prop_oneof![1..100_i64, 1..99_999_999_i64];
    (code, "[0-9]{6}", "[1-9]{8}", "\\PC{0,10}A\\PC{0,12}", "[A-Z]{2}[0-9]{6,10}", amount, 0..3_u64)
        .prop_map(|(code, sort_code, account, name, reference, pence, later)| {
            let code = TransactionCode::parse(code).unwrap();
            let pence = if code.is_instruction() { 0 } else { pence };
            Instruction {
                code,
                sort_code,
                account,
                name: format!("A{name}"),
                reference,
                amount: Pence::new(pence),
                day: day("2026-06-01").checked_add_days(Days::new(later)).unwrap(),
            }
        })
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(items in prop::collection::vec(instruction(), 1..20)) {
        let submission = Submission { items, ..refunds(council(), "ABC123", day("2026-05-29"), vec![]) };
        let file = submission.write().unwrap();
        prop_assert_eq!(&submission.write().unwrap(), &file, "not the same twice");
        let (contents, verdict) = read(&file);
        prop_assert_eq!(verdict.faults, vec![]);
        let mut wanted: Vec<String> = submission
            .items
            .iter()
            .map(|item| {
                let pence = item.amount.get();
                let pence = if item.code.is_credit() { -pence } else { pence };
                format!("{} {} {} {} {pence}", item.day, item.code, item.reference, fitted(&item.name))
            })
            .collect();
        let lines = contents.schedules.iter().flat_map(|schedule| &schedule.lines).map(|line| {
            let (day, code) = (line.date.unwrap(), line.kind.clone().unwrap());
            let name = line.name.clone().unwrap();
            format!("{day} {code} {} {name} {}", line.reference, line.amount.get())
        });
        let lodged = contents.advices.iter().map(|advice| {
            let name = advice.name.clone().unwrap();
            format!("{} {} {} {name} 0", advice.date, advice.code, advice.reference)
        });
        let mut found: Vec<String> = lines.chain(lodged).collect();
        wanted.sort();
        found.sort();
        prop_assert_eq!(found, wanted);
    }
}
