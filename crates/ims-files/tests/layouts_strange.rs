//! Layouts under strange inputs: what is written is read back, and no layout that
//! went wrong on the way makes anything panic.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use chrono::NaiveDate;
use ims_files::{
    Contents, Format,
    layout::{Batch, Layout, Row, Value},
};
use ims_money::Pence;
use proptest::prelude::*;

/// Both directions of one layout: what is written is read back to equal values.
const BOTH: &str = "name = \"x\"\ntitle = \"x\"\nreads = \"receipts\"\nwrites = \"rows\"\nkind = \"delimited\"\ndelimiter = \"|\"\n\
    [[header.field]]\nname = \"mark\"\nconstant = \"H\"\n[[header.field]]\nname = \"batch\"\nbatch = \"number\"\n\
    [[header.field]]\nname = \"sum\"\ntotal = \"sum\"\nof = \"amount\"\n\
    [[detail.field]]\nname = \"mark\"\nconstant = \"D\"\n[[detail.field]]\nname = \"reference\"\n\
    [[detail.field]]\nname = \"date\"\nas = \"date\"\ndate_format = \"%d%b%Y\"\n\
    [[detail.field]]\nname = \"amount\"\nas = \"pence\"\nsign = \"trailing\"\n[[detail.field]]\nname = \"narrative\"\ndefault = \"\"\n\
    [trailer]\nrequired = true\n[[trailer.field]]\nname = \"mark\"\nconstant = \"T\"\n[[trailer.field]]\nname = \"rows\"\ntotal = \"count\"\n\
    [[trailer.field]]\nname = \"hash\"\ntotal = \"hash\"\nof = \"reference\"\n";

proptest! {
    #[test]
    fn what_is_written_is_read_back(
        rows in prop::collection::vec(
            ("[A-Z0-9]([ -~]{0,20}[A-Z0-9])?", -99_999_999_i64..99_999_999, 1..3_000_i64, "[!-~£é]{0,20}"), 0..12)
    ) {
        let layout = Layout::check(BOTH).unwrap();
        let first = NaiveDate::from_ymd_opt(2020, 1, 1).unwrap();
        let day = |days: i64| first + chrono::TimeDelta::days(days);
        let given: Vec<Row> = rows.iter().map(|(reference, pence, days, words)| Row::new()
            .with("reference", Value::Text(reference.clone()))
            .with("amount", Value::Pence(Pence::new(*pence)))
            .with("date", Value::Date(day(*days)))
            .with("narrative", Value::Text(words.clone()))).collect();
        let mut file = Vec::new();
        layout.write(&Batch { number: 9, date: first, rows: &given }, &mut file).unwrap();
        let mut contents = Contents::default();
        let verdict = layout.read(&mut &file[..], &mut |record| contents.take(record));
        prop_assert!(verdict.faults.is_empty(), "{:?}", verdict.faults);
        prop_assert_eq!(contents.receipts.len(), rows.len());
        for (receipt, (reference, pence, days, words)) in contents.receipts.iter().zip(&rows) {
            prop_assert_eq!(&receipt.reference, reference);
            prop_assert_eq!(receipt.amount.get(), *pence);
            prop_assert_eq!(receipt.date, day(*days));
            prop_assert_eq!(receipt.narrative.clone().unwrap_or_default(), words.clone());
            prop_assert_eq!(receipt.batch.as_deref(), Some("9"));
        }
    }

    /// Layouts that went wrong on the way are refused or used, never a panic.
    #[test]
    fn a_mutilated_layout_never_panics(
        which in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), length in 0..60_usize,
        more in prop::sample::select(vec!["", "0", "-1", "99999999999", "\"", "[[", "''", "width = 0\n", "at = 1\n", "is = \"(\"\n", "%"]),
    ) {
        let (_, toml) = which.get(ims_files::layout::shipped());
        let mut chars: Vec<char> = toml.chars().collect();
        let from = at.index(chars.len());
        let to = (from + length).min(chars.len());
        chars.splice(from..to, more.chars());
        let text: String = chars.into_iter().collect();
        if let Ok(layout) = Layout::check(&text) {
            let sample = b"HDRPAYPOINT00123420260401000042\nD,1,01/04/2026,8,1.00,C\n\xFF\xFEx\n";
            let _ = layout.read(&mut &sample[..], &mut |_| {});
            let date = NaiveDate::from_ymd_opt(2026, 4, 1).unwrap();
            let rows = [Row::new().with("amount", Value::Pence(Pence::new(1)))];
            let _ = layout.write(&Batch { number: 1, date, rows: &rows }, &mut Vec::new());
        }
    }
}

#[test]
fn a_layout_longer_than_any_is_refused_unread() {
    let long = "# a remark\n".repeat(ims_files::LAYOUT_BYTES_MAX / 11 + 1);
    let fault = Layout::parse(&long).unwrap_err();
    assert!(fault.message.contains("131072 are the most"), "{}", fault.message);
}

/// A layout whose amount stands at a place, with two characters that no field has.
fn fixed(at: usize, more: &str) -> Layout {
    Layout::check(&format!(
        "name = \"x\"\ntitle = \"x\"\nreads = \"schedule\"\nkind = \"fixed\"\n\
         [detail.gives]\nsender = \"'X'\"\n\
         [[detail.field]]\nname = \"reference\"\nwidth = 8\n\
         [[detail.field]]\nname = \"amount\"\nas = \"pence\"\nat = {at}\nwidth = 8\n{more}\n"
    ))
    .unwrap()
}

fn first_fault(layout: &Layout, line: &str) -> String {
    let mut count = 0;
    let verdict = layout.read(&mut line.as_bytes(), &mut |record| {
        count += usize::from(matches!(record, ims_files::Record::ScheduleLine(_)));
    });
    assert_eq!(count == 0, !verdict.faults.is_empty(), "{line}: {:?}", verdict.faults);
    let fault = verdict.faults.first();
    fault
        .map(|fault| format!("line {}: {}", fault.line.unwrap_or_default(), fault.message))
        .unwrap_or_default()
}

#[test]
fn a_number_is_never_read_without_its_first_or_last_digits() {
    let right = fixed(11, "");
    assert_eq!(first_fault(&right, "80012345  00012050"), "");
    // Its place is two characters too far on: a hundred thousand pounds would be lost.
    let late = fixed(13, "");
    assert_eq!(
        first_fault(&late, "80012345  10012050"),
        "line 1: character 12 is `0`, is no field's and touches `amount` (characters 13 to 20); that field's place is wrong, or a field is missing beside it"
    );
    assert_eq!(first_fault(&late, "80012345    00012050"), "");
    // The line was cut, or the width is wrong.
    assert_eq!(
        first_fault(&right, "80012345  0001205"),
        "line 1: the line ends after 17 characters, inside `amount` (characters 11 to 18); a whole line or another place for it would be right, or `align = \"left\"` where blanks behind it are left out"
    );
    // Where the number stands at the left, what is behind it may be left out.
    assert_eq!(first_fault(&fixed(11, "align = \"left\""), "80012345  12050"), "");
    // So may the blank for its sign; not a digit more.
    let signed = fixed(11, "sign = \"trailing\"");
    assert_eq!(first_fault(&signed, "80012345  0012050"), "");
    assert!(first_fault(&signed, "80012345  001205").contains("inside `amount`"));
    // A reference that was cut is another account.
    let touched = first_fault(&right, "800123459 00012050");
    assert!(
        touched.contains("character 9 is `9`, is no field's and touches `reference`"),
        "{touched}"
    );
}

#[test]
fn the_row_that_should_name_the_columns_is_told() {
    let layout = Layout::check(
        "name = \"x\"\ntitle = \"x\"\nreads = \"receipts\"\nkind = \"delimited\"\n\
         [[detail.field]]\nname = \"date\"\ncolumn = \"Date\"\nas = \"date\"\n\
         [[detail.field]]\nname = \"reference\"\ncolumn = \"Account\"\n\
         [[detail.field]]\nname = \"amount\"\ncolumn = [\"Amount\", \"Value\"]\nas = \"pounds\"\n",
    )
    .unwrap();
    let begin = "no row names the columns; one with `Date`, `Account`, `Amount` or `Value` would";
    for (file, wanted) in [
        ("Till 4\nDate,Acct,Amount\n01/04/2026,8001,1.00\n", "; line 2 has no `Account`"),
        ("Date;Account;Amount\n01/04/2026;8001;1.00\n", "; line 1 is `Date;Account;Amount`"),
        ("", ""),
    ] {
        let verdict = layout.read(&mut file.as_bytes(), &mut |_| {});
        assert_eq!(verdict.faults[0].message, format!("{begin}{wanted}"));
    }
}
