//! Files read by layouts: what the language can say, each thing once.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

#[path = "layouts_read/payouts.rs"]
mod payouts;
#[path = "layouts_read/totals.rs"]
mod totals;

use chrono::NaiveDate;
use ims_files::{
    Confidence, Contents, Format, Head, Verdict,
    layout::{Batch, Layout, Row, Value, in_force, named},
    recognise, recognise_among,
};
use ims_money::Pence;

fn layout(body: &str) -> Layout {
    Layout::check(&format!("name = \"x\"\ntitle = \"x\"\n{body}")).unwrap_or_else(|faults| {
        let all: Vec<String> = faults.iter().map(ToString::to_string).collect();
        panic!("{}", all.join("\n"))
    })
}

fn read(layout: &Layout, bytes: &[u8]) -> (Contents, Verdict) {
    let mut contents = Contents::default();
    let verdict = layout.read(&mut &*bytes, &mut |record| contents.take(record));
    (contents, verdict)
}

fn faults(verdict: &Verdict) -> Vec<String> {
    let shown = |fault: &ims_files::Fault| {
        let line = fault.line.map(|line| format!("{line}: ")).unwrap_or_default();
        format!("{line}{}", fault.message)
    };
    verdict.faults.iter().map(shown).collect()
}

/// A multi-record file of two batches, each with its own totals, and totals of
/// the whole file; every kind of field.
const BATCHES: &str = r##"
reads = "schedule"
kind = "fixed"
[lookup.kind]
P = "Post Office"
T = "PayPoint"
[[record]]
name = "file"
role = "header"
whole_file = true
[[record.field]]
name = "mark"
constant = "F"
width = 1
[[record.field]]
name = "sender"
width = 8
[[record]]
name = "batch"
role = "header"
required = true
[[record.field]]
name = "mark"
constant = "B"
width = 1
[[record.field]]
name = "date"
as = "date"
date_format = "%y%j"
width = 6
[[record.field]]
name = "count"
total = "count"
width = 3
[[record]]
name = "note"
role = "skip"
when = "starts_with(line, '*')"
[[record]]
name = "payment"
role = "detail"
[record.gives]
kind = "lookup('kind', code, 'other')"
amount = "if(side = 'D', negate(amount), amount)"
credit_reference = "concat('BATCH ', format(batch.date, '%Y%m%d'))"
[[record.field]]
name = "mark"
constant = "P"
width = 1
[[record.field]]
name = "reference"
width = 8
[[record.field]]
name = "amount"
as = "pence"
sign = "refuse"
width = 8
[[record.field]]
name = "side"
width = 1
[[record.field]]
name = "code"
at = 20
width = 1
[[record]]
name = "end"
role = "trailer"
[[record.field]]
name = "mark"
constant = "E"
width = 1
[[record.field]]
name = "sum"
total = "sum"
of = "amount"
as = "pence"
width = 9
[[record]]
name = "all"
role = "trailer"
required = true
whole_file = true
[[record.field]]
name = "mark"
constant = "A"
width = 1
[[record.field]]
name = "records"
total = "records"
width = 5
check = "warn"
[[record.field]]
name = "hash"
total = "hash"
of = "reference"
width = 12
"##;

#[test]
fn batches_have_their_totals_and_the_file_has_its_own() {
    let layout = layout(BATCHES);
    let good = "FAGENT   \nB 26091002\n* a note\nP80012345   12050C P\nP80012346     500D T\nE    12550\n\
                B 26092001\nP00000001       1C X\nE        1\nA    9   160024692\n";
    let (contents, verdict) = read(&layout, good.as_bytes());
    assert_eq!(faults(&verdict), Vec::<String>::new());
    let shown: Vec<String> = contents
        .schedules
        .iter()
        .flat_map(|schedule| {
            let head = &schedule.head;
            let reference = head.reference.clone().unwrap_or_default();
            schedule.lines.iter().map(move |line| {
                let kind = line.kind.clone().unwrap_or_default();
                let date = head.date.unwrap();
                format!(
                    "{} {date} {reference}: {} {} {kind}",
                    head.sender, line.reference, line.amount
                )
            })
        })
        .collect();
    assert_eq!(
        shown,
        [
            "AGENT 2026-04-01 BATCH 20260401: 80012345 120.50 Post Office",
            "AGENT 2026-04-01 BATCH 20260401: 80012346 -5.00 PayPoint",
            "AGENT 2026-04-02 BATCH 20260402: 00000001 0.01 other",
        ]
    );
    for (from, to, expected) in [
        ("002", "003", vec!["2: batch.count: the file says 3, but what was read makes 2"]),
        (
            "12550",
            "12551",
            vec!["6: end.sum: the file says 125.51, but what was read makes 125.50"],
        ),
        ("A    9", "A    7", vec!["10: all.records: the file says 7, but what was read makes 9"]),
        (
            "160024692",
            "160024693",
            vec!["10: all.hash: the file says 160024693, but what was read makes 160024692"],
        ),
        ("A    9   160024692\n", "", vec!["`all` is missing; the file may have been cut off"]),
        (
            "E    12550\n",
            "E    12550\nP80012345       1C P\n",
            vec!["7: a `payment` comes after the totals; nothing may but a new header"],
        ),
        (
            "     500D",
            "    -500D",
            vec![
                "2: batch.count: the file says 2, but what was read makes 1",
                "5: amount (characters 10 to 17): `-500` has a sign where none stands; no sign would be",
                "6: end.sum: the file says 125.50, but what was read makes 120.50",
                "10: all.hash: the file says 160024692, but what was read makes 80012346",
            ],
        ),
    ] {
        let (_, verdict) = read(&layout, good.replacen(from, to, 1).as_bytes());
        assert_eq!(faults(&verdict), expected, "{from} > {to}");
    }
    let (_, verdict) = read(&layout, b"");
    assert!(
        faults(&verdict).contains(&"`batch` is missing; the file may have been cut off".to_owned())
    );
}

#[test]
fn ebcdic_records_without_line_ends_are_read_and_written() {
    for encoding in ["cp037", "cp1047"] {
        let body = format!(
            "reads = \"receipts\"\nwrites = \"rows\"\nkind = \"fixed\"\nencoding = \"{encoding}\"\nline_end = \"none\"\n\
             record_length = 30\n\
             [[detail.field]]\nname = \"mark\"\nconstant = \"D\"\nwidth = 1\n\
             [[detail.field]]\nname = \"reference\"\nwidth = 8\n\
             [[detail.field]]\nname = \"amount\"\nas = \"overpunched\"\nsign = \"plus-minus\"\nwidth = 7\npad = \"0\"\n\
             [[detail.field]]\nname = \"date\"\nas = \"date\"\ndate_format = \"%y%j\"\nwidth = 5\n\
             [[detail.field]]\nname = \"narrative\"\nwidth = 6\n"
        );
        let layout = layout(&body);
        let date = NaiveDate::from_ymd_opt(2026, 4, 1).unwrap();
        let row = |reference: &str, pence: i64, words: &str| {
            Row::new()
                .with("reference", Value::Text(reference.to_owned()))
                .with("amount", Value::Pence(Pence::new(pence)))
                .with("date", Value::Date(date))
                .with("narrative", Value::Text(words.to_owned()))
        };
        let rows = [row("80012345", 12_050, "a^b[c]"), row("X1", -505, "\u{a3}")];
        let mut file = Vec::new();
        layout.write(&Batch { number: 1, date, rows: &rows }, &mut file).unwrap();
        assert_eq!(file.len(), 60);
        // D80012345001205{: the last digit is overpunched.
        assert_eq!(&file[..4], [0xC4, 0xF8, 0xF0, 0xF0]);
        assert_eq!((file[15], file[45]), (0xC0, 0xD5));
        let (contents, verdict) = read(&layout, &file);
        assert_eq!(faults(&verdict), Vec::<String>::new());
        let held: Vec<_> = contents
            .receipts
            .iter()
            .map(|r| (r.reference.as_str(), r.amount.get(), r.narrative.as_deref(), r.date))
            .collect();
        assert_eq!(
            held,
            [("80012345", 12_050, Some("a^b[c]"), date), ("X1", -505, Some("\u{a3}"), date)]
        );
        file.truncate(50);
        assert!(faults(&read(&layout, &file).1)[0].starts_with("2: the last record has 20 of 30"));
    }
}

#[test]
fn a_statement_and_a_settlement_are_read_too() {
    let statement = layout(
        "reads = \"statement\"\nkind = \"delimited\"\ndelimiter = \";\"\nencoding = \"latin-1\"\n\
         [header]\nrequired = true\n\
         [[header.field]]\nname = \"mark\"\nconstant = \"H\"\n[[header.field]]\nname = \"account\"\n\
         [[header.field]]\nname = \"opening_date\"\nas = \"date\"\n[[header.field]]\nname = \"opening\"\nas = \"pounds\"\n\
         [[detail.field]]\nname = \"mark\"\nconstant = \"L\"\n[[detail.field]]\nname = \"booked\"\nas = \"date\"\n\
         [[detail.field]]\nname = \"paid_in\"\nas = \"pounds\"\n[[detail.field]]\nname = \"paid_out\"\nas = \"pounds\"\n\
         only = \"negative\"\n[[detail.field]]\nname = \"narrative\"\n\
         [detail.gives]\namount = \"first_of(paid_in, paid_out)\"\n\
         [trailer]\nrequired = true\n[[trailer.field]]\nname = \"mark\"\nconstant = \"T\"\n\
         [[trailer.field]]\nname = \"closing_date\"\nas = \"date\"\n[[trailer.field]]\nname = \"closing\"\nas = \"pounds\"\n",
    );
    let text = b"H;12345678;01/04/2026;10.00\nL;01/04/2026;120.50;;caf\xE9\nL;01/04/2026;;20.50;x\nT;01/04/2026;110.00\n";
    let (contents, verdict) = read(&statement, text);
    assert_eq!(faults(&verdict), Vec::<String>::new());
    let held = &contents.statements[0];
    assert_eq!((held.head.account.as_str(), held.balanced()), ("12345678", Some(true)));
    assert_eq!(held.lines[0].narrative, "caf\u{e9}");
    assert_eq!(held.lines[1].amount.to_string(), "-20.50");
    let settlement = layout(
        "reads = \"settlement\"\nkind = \"delimited\"\n[recognise]\n[detail]\n\
         gives = { provider = \"'Acme'\", kind = \"if(gross < 0, 'refund', 'payment')\", payout = \"upper(batch)\" }\n\
         [[detail.field]]\nname = \"provider_ref\"\ncolumn = \"ID\"\n[[detail.field]]\nname = \"date\"\ncolumn = \"Date\"\nas = \"date\"\n\
         [[detail.field]]\nname = \"gross\"\ncolumn = \"Gross\"\nas = \"pounds\"\n[[detail.field]]\nname = \"fee\"\ncolumn = \"Fee\"\nas = \"pounds\"\n\
         [[detail.field]]\nname = \"batch\"\ncolumn = [\"Payout\", \"Batch\"]\n",
    );
    let text = "Fee,Gross,Batch,ID,Date,Other\n0.20,12.00,b1,T1,01/04/2026,z\n,-2.00,b1,T2,02/04/2026,z\n0.01,1.00,b2,T3,02/04/2026,\n0.01,1.00,b1,T3,02/04/2026,\n";
    let head = Head { bytes: text.as_bytes(), file_name: "x.csv" };
    assert_eq!(settlement.recognise(&head), Confidence::Sure);
    let (contents, verdict) = read(&settlement, text.as_bytes());
    assert_eq!(
        faults(&verdict),
        ["5: rows of `Acme` stand further up; keep those of one together"]
    );
    let nets: Vec<_> = contents
        .settlements
        .iter()
        .map(|s| (s.head.payout.clone().unwrap(), s.lines.iter().map(|l| l.net.get()).sum::<i64>()))
        .collect();
    assert_eq!(nets, [("B1".to_owned(), 980), ("B2".to_owned(), 99)]);
}

#[test]
fn the_version_of_the_day_is_used() {
    let version = |from: &str, until: &str| {
        layout(&format!(
            "kind = \"delimited\"\n{}{}[[detail.field]]\nname = \"a\"\n",
            if from.is_empty() {
                String::new()
            } else {
                format!("version = \"{from}\"\nin_force_from = {from}\n")
            },
            if until.is_empty() { String::new() } else { format!("in_force_until = {until}\n") },
        ))
    };
    let all = [version("", "2026-03-31"), version("2026-04-01", ""), version("2026-06-01", "")];
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    for (on, nth) in [("2026-03-31", 0), ("2026-04-01", 1), ("2026-05-31", 1), ("2026-06-01", 2)] {
        assert_eq!(in_force(&all, "x", day(on)), Some(&all[nth]), "{on}");
    }
    assert_eq!(in_force(&all, "y", day("2026-04-01")), None);
    assert_eq!(in_force(&all[1..], "x", day("2026-03-31")), None);
}

#[test]
fn what_is_wrong_with_a_layout_is_all_said_with_line_and_key() {
    let faults = |body: &str| -> Vec<String> {
        Layout::check(&format!("name = \"x\"\ntitle = \"x\"\n{body}"))
            .unwrap_err()
            .iter()
            .map(ToString::to_string)
            .collect()
    };
    assert_eq!(
        faults(
            "reads = \"schedule\"\nkind = \"fixed\"\n[[detail.field]]\nname = \"reference\"\nwidth = 8\n\
             [[detail.field]]\nname = \"amount\"\nat = 5\nwidth = 6\nas = \"text\"\nsign = \"trailing\"\n\
             [[detail.field]]\nname = \"paid_on\"\nat = 8\nwidth = 6\nas = \"date\"\ndate_format = \"%Q\"\n\
             [[detail.field]]\nname = \"kind\"\nat = 7\nwidth = 1\n"
        ),
        [
            "line 9: detail.field[2] `amount`: sign and only are for pounds, pence, overpunched and integers",
            "line 15: detail.field[3] `paid_on`: date_format `%Q`; %d, %m, %b, %y, %Y and %j are known, to read also %H, %M and %S",
            "line 21: detail.field[4] `kind`: it begins at 7, but `reference` before it ends at 8; at = 9 would be right, or another width there",
        ]
    );
    for (body, words) in [
        (
            "reads = \"schedule\"\nkind = \"fixed\"\n[[detail.field]]\nname = \"amount\"\nwidth = 6\nas = \"pence\"\n",
            "a schedule needs `sender`; name a field so, or say how it is made: [detail.gives] sender =",
        ),
        (
            "reads = \"receipts\"\nkind = \"delimited\"\n[detail]\ngives = { amout = \"x\" }\n[[detail.field]]\nname = \"x\"\n",
            "detail.gives.amout: a receipt has no `amout`; it has date, amount,",
        ),
        (
            "reads = \"receipts\"\nkind = \"delimited\"\n[detail]\ngives = { amount = \"amuont\" }\n[[detail.field]]\nname = \"x\"\n",
            "detail.gives.amount: there is no value `amuont`; there are detail.x, line, x",
        ),
        (
            "writes = \"journal\"\nkind = \"delimited\"\n[[detail.field]]\nname = \"acount\"\n",
            "a journal's row has no `acount`; it has date, account, amount, narrative, reference; a default",
        ),
        (
            "writes = \"journal\"\nkind = \"delimited\"\n[[detail.field]]\nname = \"a\"\nis = \"set.client\"\n",
            "nothing is set as `client`; [set] client = ",
        ),
        (
            "writes = \"journal\"\nkind = \"delimited\"\n[[detail.field]]\nname = \"a\"\nis = \"lookup('k', account)\"\n",
            "there is no table `k`; [lookup.k] would be right",
        ),
        (
            "writes = \"journal\"\nkind = \"delimited\"\n[[detail.field]]\nname = \"a\"\nis = \"conct(account)\"\n",
            "line 6: detail.field[1] `a`: there is no function `conct`",
        ),
        (
            "writes = \"journal\"\nkind = \"fixed\"\n[[detail.field]]\nname = \"account\"\nafter = \"Account:\"\n",
            "`after` is for reading",
        ),
        (
            "reads = \"receipts\"\nkind = \"delimited\"\n[recognise]\nrecords = [\"head\"]\n[[detail.field]]\nname = \"x\"\n",
            "there is no record `head`; there are detail",
        ),
        (
            "kind = \"delimited\"\nline_end = \"none\"\n[[detail.field]]\nname = \"x\"\n",
            "`none` is for fixed layouts",
        ),
        (
            "kind = \"delimited\"\ndelimiter = \"ab\"\n[[detail.field]]\nname = \"x\"\n",
            "is not one character",
        ),
        (
            "kind = \"delimited\"\n[[record]]\nname = \"r\"\n[[record.field]]\nname = \"x\"\n",
            "record[1]: it has no role; one of header",
        ),
        (
            "kind = \"delimited\"\nin_force_from = 2026-04-02\nin_force_until = 2026-04-01\n[[detail.field]]\nname = \"x\"\n",
            "lies before in_force_from",
        ),
        (
            "reads = \"receipts\"\nkind = \"delimited\"\n[[detail.field]]\nname = \"date\"\nas = \"date\"\ndate_format = \"%d%m\"\n",
            "does not say which day it is",
        ),
    ] {
        let found = faults(body);
        assert!(found.iter().any(|fault| fault.contains(words)), "{words}\nin {found:#?}");
    }
}

#[test]
fn an_apostrophe_before_a_formula_is_taken_off_again() {
    let layout = named("receipts-by-name").unwrap();
    let text = "Date Paid,Account Number,Amount Paid,Narrative\n01/04/2026,'=1+1,1.00,'+44 is ours\n01/04/2026,'plain',1.00,'quoted\n";
    let (contents, verdict) = read(&layout, text.as_bytes());
    assert!(verdict.is_read_whole());
    let held: Vec<_> =
        contents.receipts.iter().map(|r| (r.reference.as_str(), r.narrative.as_deref())).collect();
    assert_eq!(held, [("=1+1", Some("+44 is ours")), ("'plain'", Some("'quoted"))]);
}

/// Every layout of the reference is a layout, and its sample is read whole.
#[test]
fn the_examples_of_the_page_are_as_it_says() {
    let page =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats/layouts.md");
    let page = std::fs::read_to_string(page).unwrap();
    let blocks = |language: &str| -> Vec<String> {
        let mark = format!("```{language}\n");
        page.split(&mark).skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
    };
    let layouts: Vec<Layout> = blocks("toml")
        .iter()
        .filter(|block| block.starts_with("name = "))
        .map(|block| Layout::check(block).unwrap_or_else(|faults| panic!("{faults:?}")))
        .collect();
    assert_eq!(layouts.len(), 3);
    let sample = &blocks("text")[0];
    let (contents, verdict) = read(&layouts[0], sample.as_bytes());
    assert_eq!(faults(&verdict), Vec::<String>::new());
    assert_eq!(verdict.totals.unwrap().sum.to_string(), "115.50");
    assert_eq!(contents.schedules[0].lines[1].kind.as_deref(), Some("debit card"));
    let head = Head { bytes: sample.as_bytes(), file_name: "x" };
    assert_eq!(layouts[0].recognise(&head), Confidence::Sure);
    assert!(layouts[1].writes() && !layouts[1].reads());
}

/// By its name, by its records, and though its bytes are no text to others.
#[test]
fn a_file_is_recognised_by_what_its_layout_says() {
    let body = "reads = \"receipts\"\nkind = \"fixed\"\nencoding = \"cp037\"\n\
        [recognise]\nfile_name = [\"till_*.dat\"]\nrecords = [\"detail\"]\n\
        [[detail.field]]\nname = \"mark\"\nconstant = \"D\"\nwidth = 1\n\
        [[detail.field]]\nname = \"reference\"\nwidth = 4\n[[detail.field]]\nname = \"amount\"\nas = \"pence\"\nwidth = 5\n\
        [[detail.field]]\nname = \"date\"\nas = \"date\"\ndate_format = \"%y%j\"\nwidth = 5\n";
    let layout = layout(body);
    // D8001  100 26091, lines that end in NEL.
    let line = b"\xC4\xF8\xF0\xF0\xF1\x40\x40\xF1\xF0\xF0\xF2\xF6\xF0\xF9\xF1\x15".repeat(9);
    let head = |bytes, file_name| Head { bytes, file_name };
    let own: [&dyn Format; 1] = [&layout];
    let found = recognise_among(&head(&line, "TILL_0401.dat"), &own);
    assert_eq!(found.map(Format::name), Ok("x"));
    let (contents, verdict) = read(&layout, &line);
    assert_eq!((contents.receipts.len(), verdict.errors), (9, 0));
    for (bytes, name) in [(&line[..], "other.dat"), (b"\xC5\xF8\x15\x15\x15", "till_1.dat")] {
        assert!(recognise_among(&head(bytes, name), &own).is_err(), "{name}");
    }
    assert!(recognise(&head(&line, "till_1.dat")).is_err());
}
