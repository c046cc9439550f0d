//! The layouts that come with the crate, written and read back.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use chrono::NaiveDate;
use ims_files::layout::{Batch, CannotWrite, Control, Layout, Row, Value, shipped};
use ims_money::Pence;
use proptest::prelude::*;

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 4, day).unwrap()
}

fn layout(name: &str) -> Layout {
    let (_, toml) = shipped().iter().find(|(held, _)| *held == name).unwrap();
    Layout::parse(toml).unwrap()
}

fn written(layout: &Layout, rows: &[Row]) -> Result<(Control, String), CannotWrite> {
    let mut file = Vec::new();
    let control = layout.write(&Batch { number: 42, date: day(2), rows }, &mut file)?;
    Ok((control, String::from_utf8(file).unwrap()))
}

fn posting(account: &str, pence: i64, narrative: &str) -> Row {
    Row::new()
        .with("date", Value::Date(day(1)))
        .with("account", text(account))
        .with("amount", Value::Pence(Pence::new(pence)))
        .with("narrative", text(narrative))
}

fn cash(reference: &str, pence: i64) -> Row {
    Row::new()
        .with("reference", text(reference))
        .with("amount", Value::Pence(Pence::new(pence)))
        .with("date", Value::Date(day(1)))
        .with("method", text("90"))
        .with("receipt", text("R1"))
}

#[test]
fn the_journal_has_two_columns_and_totals() {
    let rows = [
        posting("B100", 12_050, "Council tax, web").with("reference", text("E1")),
        posting("C200", -12_000, "=1+1").with("cost_centre", text("CC1")),
        posting("C300", -50, "Fee \"card\""),
    ];
    let (control, file) = written(&layout("ledger-journal"), &rows).unwrap();
    assert_eq!(
        file,
        "batch,line,date,account,cost_centre,debit,credit,narrative,reference\r\n\
         42,1,01/04/2026,B100,,120.50,,\"Council tax, web\",E1\r\n\
         42,2,01/04/2026,C200,CC1,,120.00,'=1+1,\r\n\
         42,3,01/04/2026,C300,,,0.50,\"Fee \"\"card\"\"\",\r\n\
         42,TOTAL,02/04/2026,3,,120.50,120.50,,\r\n"
    );
    assert_eq!((control.rows, control.records), (3, 5));
    assert_eq!(control.sums["amount"], Pence::new(0));
}

#[test]
fn the_host_file_is_110_wide_with_count_total_and_hash() {
    let rows = [cash("80012345", 12_050), cash("80012346", -500)];
    let (_, file) = written(&layout("host-cash"), &rows).unwrap();
    let lines: Vec<&str> = file.split_terminator("\r\n").collect();
    assert!(lines.iter().all(|line| line.len() == 110), "{file}");
    assert_eq!(lines[0].trim_end(), "H0000004202042026");
    assert_eq!(
        lines[1].trim_end(),
        format!("D{:<30}+000001205001042026{:<40}R1", "80012345", "90")
    );
    assert_eq!(
        lines[2].trim_end(),
        format!("D{:<30}-000000050001042026{:<40}R1", "80012346", "90")
    );
    assert_eq!(lines[3].trim_end(), format!("T00000002+0000000011550{:0>40}", "160024691"));
}

#[test]
fn what_does_not_fit_is_a_fault_and_nothing_is_written() {
    let long = "X".repeat(31);
    let rows = [cash(&long, 1), cash("1", i64::MAX), cash("É", 1).with("date", text("today"))];
    let mut file = b"before".to_vec();
    let error = layout("host-cash")
        .write(&Batch { number: 1, date: day(2), rows: &rows }, &mut file)
        .unwrap_err();
    assert_eq!(file, b"before");
    let faults: Vec<String> = error.faults.iter().map(ToString::to_string).collect();
    assert_eq!(
        faults,
        [
            "header or trailer, field `amount`: the sum is too large",
            "row 1, field `reference`: `XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX` is longer than 30",
            "row 2, field `amount`: `9223372036854775807` is longer than 11",
            "row 3, field `reference`: `É` does not exist in the layout's encoding; replace_unmappable would allow it",
            "row 3, field `date`: the value is a text, which the layout does not write there",
            "header or trailer, field `total`: `9223372036854775809` is longer than 14",
        ]
    );
}

#[test]
fn a_bad_layout_is_refused_with_its_line() {
    let field = |body: &str| {
        format!(
            "name = \"x\"\ntitle = \"x\"\nkind = \"fixed\"\n[[detail.field]]\nname = \"a\"\n{body}\n"
        )
    };
    for (toml, line, words) in [
        (field("from = \"a\""), Some(5), "needs a width"),
        (field("from = \"a\"\nconstant = \"b\"\nwidth = 3"), Some(5), "just one of"),
        (field("constant = \"long\"\nwidth = 3"), Some(5), "longer than 3"),
        (field("from = \"a\"\nwidth = 3\ntotal = \"count\""), Some(5), "just one of"),
        (field("total = \"count\"\nwidth = 3"), Some(5), "for the header and the trailer"),
        (field("from = \"a\"\nwidth = 3\nas = \"date\"\ndate_format = \"%H\""), Some(5), "%d, %m"),
        (field("from = \"a\"\nwidth = 3\npad = \"00\""), Some(5), "not one character"),
        (
            field("from = \"a\"\nwidth = 3\nas = \"pence\"\npad = \"0\"\nalign = \"left\""),
            Some(5),
            "changes it",
        ),
        (
            field("from = \"a\"\nwidth = 3\nas = \"pence\"\ntruncate = true"),
            Some(5),
            "never truncated",
        ),
        (
            field("from = \"a\"\nwidth = 3\nwidht = 4"),
            Some(8),
            "there is no key `widht` here; `width` would be right",
        ),
        (field("from = \"a\"\nwidth = three"), Some(7), ""),
        (
            field(
                "from = \"a\"\nwidth = 3\n[[trailer.field]]\nname = \"t\"\ntotal = \"sum\"\nof = \"b\"\nwidth = 9",
            ),
            Some(8),
            "no detail field is from `b`",
        ),
        (
            "name = \"x\"\ntitle = \"x\"\nkind = \"fixed\"\n[detail]\n".to_owned(),
            Some(4),
            "at least one",
        ),
    ] {
        let fault = Layout::parse(&toml).unwrap_err();
        assert!(fault.message.contains(words), "{toml}: {fault}");
        let near = match (fault.line, line) {
            (Some(found), Some(wanted)) => found.abs_diff(wanted) <= 1,
            (found, wanted) => found == wanted,
        };
        assert!(near, "{toml}: {fault:?}");
    }
}

proptest! {
    #[test]
    fn a_journal_reads_back_as_it_was_written(
        rows in prop::collection::vec(("[A-Z0-9]{1,8}", -9_999_999_i64..9_999_999, "[ -~£é]{0,30}"), 0..20)
    ) {
        let written_rows: Vec<Row> = rows.iter().map(|(account, pence, words)| posting(account, *pence, words)).collect();
        let (control, file) = written(&layout("ledger-journal"), &written_rows).unwrap();
        prop_assert_eq!(written(&layout("ledger-journal"), &written_rows).unwrap().1, file.clone());
        let mut reader = csv::Reader::from_reader(file.as_bytes());
        let records: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().unwrap();
        prop_assert_eq!(records.len(), rows.len() + 1);
        prop_assert_eq!(control.rows, u64::try_from(rows.len()).unwrap());
        let pence = |text: &str| if text.is_empty() { 0 } else { text.parse::<Pence>().unwrap().get() };
        for ((account, amount, words), record) in rows.iter().zip(&records) {
            prop_assert_eq!(&record[3], account.as_str());
            prop_assert_eq!(pence(&record[5]) - pence(&record[6]), *amount);
            let guarded = words.trim_start_matches('\'').trim_start().starts_with(['=', '+', '-', '@']);
            let read = if guarded { &record[7][1..] } else { &record[7] };
            prop_assert_eq!(read, words.as_str());
        }
        let last = records.last().unwrap();
        prop_assert_eq!(pence(&last[5]) - pence(&last[6]), rows.iter().map(|row| row.1).sum::<i64>());
    }

    #[test]
    fn a_host_file_reads_back_as_it_was_written(
        rows in prop::collection::vec(("[A-Z0-9]{1,30}", -9_999_999_999_i64..9_999_999_999), 0..20)
    ) {
        let written_rows: Vec<Row> = rows.iter().map(|(reference, pence)| cash(reference, *pence)).collect();
        let (_, file) = written(&layout("host-cash"), &written_rows).unwrap();
        let lines: Vec<&str> = file.split_terminator("\r\n").collect();
        prop_assert_eq!(lines.len(), rows.len() + 2);
        for ((reference, pence), line) in rows.iter().zip(&lines[1..]) {
            prop_assert_eq!(line.len(), 110);
            prop_assert_eq!(line[1..31].trim_end(), reference.as_str());
            prop_assert_eq!(line[31..42].parse::<i64>().unwrap(), *pence);
        }
        let trailer = lines[lines.len() - 1];
        prop_assert_eq!(trailer[1..9].parse::<usize>().unwrap(), rows.len());
        prop_assert_eq!(trailer[9..23].parse::<i64>().unwrap(), rows.iter().map(|row| row.1).sum::<i64>());
    }
}
