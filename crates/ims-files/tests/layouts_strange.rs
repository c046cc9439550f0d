//! Layouts under strange inputs: what is written is read back, and no layout that
//! went wrong on the way makes anything panic.
#![allow(clippy::unwrap_used, reason = "tests")]

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
