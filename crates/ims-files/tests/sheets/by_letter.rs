//! Sheets read by a layout: columns by the letters above them.

use ims_files::{Confidence, Contents, Format as _, Head, layout::Layout, recognise_among};

use super::{TWO_AMOUNTS, confirmed};

#[allow(dead_code, reason = "words that another test damages sheets with")]
#[path = "../mutation/zipped.rs"]
mod zipped;

const LAYOUT: &str = r#"name = "deductions"
title = "Deductions"
reads = "schedule"
kind = "sheet"
first_row = 3
[recognise]
file_name = ["deductions_*"]
[[detail.field]]
name = "sign"
letter = "ab"
[[detail.field]]
name = "reference"
letter = "B"
[[detail.field]]
name = "taken"
letter = "AA"
as = "pence"
[detail.gives]
sender = "'DWP'"
reference = "without_blanks(reference)"
amount = "if(sign = '-', negate(taken), taken)"
"#;

/// A row: its number, and its cells by their letters.
pub(super) type Filled<'r> = (u64, &'r [(&'r str, &'r str)]);

/// A workbook with these sheets, each of rows of cells.
pub(super) fn workbook(sheets: &[(&str, &[Filled<'_>])]) -> Vec<u8> {
    let part = |name: &str, text: String| zipped::Part {
        name: name.as_bytes().to_vec(),
        bytes: text.into_bytes(),
    };
    let mut parts = vec![part("[Content_Types].xml", "<Types/>".to_owned())];
    let mut names = String::new();
    for (nth, (name, rows)) in (1..).zip(sheets) {
        names += &format!("<sheet name=\"{name}\" sheetId=\"{nth}\"/>");
        let mut held = String::new();
        for (line, cells) in *rows {
            held += &format!("<row r=\"{line}\">");
            for (column, text) in *cells {
                held +=
                    &format!("<c r=\"{column}{line}\" t=\"inlineStr\"><is><t>{text}</t></is></c>");
            }
            held += "</row>";
        }
        let sheet = format!("<worksheet><sheetData>{held}</sheetData></worksheet>");
        parts.push(part(&format!("xl/worksheets/sheet{nth}.xml"), sheet));
    }
    parts.push(part("xl/workbook.xml", format!("<workbook><sheets>{names}</sheets></workbook>")));
    zipped::packed(&parts)
}

/// References and amounts as they were read, and what was said.
fn read(layout: &str, mut file: &[u8]) -> (Vec<String>, Vec<String>) {
    let layout = Layout::parse(layout).unwrap();
    let mut contents = Contents::default();
    let verdict = layout.read(&mut file, &mut |record| contents.take(record));
    let lines = contents.schedules.iter().flat_map(|schedule| &schedule.lines);
    let lines = lines.map(|line| format!("{} {} {}", line.line, line.reference, line.amount));
    let said = verdict.faults.iter().map(|fault| fault.message.clone());
    (lines.collect(), said.collect())
}

const ROWS: &[Filled<'_>] = &[
    (1, &[("A", "Deductions")]),
    (2, &[("B", "Ref"), ("AA", "Pence"), ("AB", "+/-"), ("AC", "Remarks")]),
    (3, &[("B", "8001 2345"), ("AA", "1370"), ("AB", "+"), ("AC", "moved")]),
    (5, &[("B", " 800\u{a0}12346"), ("AA", "370"), ("AB", "-")]),
    (6, &[("B", "80012347"), ("AA", "25")]),
];

#[test]
fn cells_are_taken_by_their_letters_wherever_a_row_ends() {
    let (lines, said) = read(LAYOUT, &workbook(&[("Schedule", ROWS)]));
    assert_eq!(lines, ["3 80012345 13.70", "5 80012346 -3.70", "6 80012347 0.25"]);
    assert_eq!(said, [""; 0]);
    // Rows counted from another one are other rows.
    let (_, said) =
        read(&LAYOUT.replace("first_row = 3", "first_row = 2"), &workbook(&[("S", ROWS)]));
    assert!(said[0].starts_with("taken (column AA): `Pence` is not a whole number"), "{said:?}");
}

#[test]
fn a_sheet_saved_as_csv_is_read_alike() {
    let csv = format!(
        "Deductions,,,\n,Ref{blank}Pence,+/-\n,8001 2345{blank}1370,-\n",
        blank = ",".repeat(25)
    );
    assert_eq!(read(LAYOUT, csv.as_bytes()), (vec!["3 80012345 -13.70".to_owned()], Vec::new()));
}

#[test]
fn the_sheet_that_is_named_is_read_and_no_other_in_silence() {
    let other: &[Filled<'_>] = &[(3, &[("B", "9"), ("AA", "100")])];
    let file = workbook(&[("Front", other), ("Data", ROWS)]);
    let (lines, said) = read(LAYOUT, &file);
    assert_eq!(lines, ["3 9 1.00"]);
    assert_eq!(
        said,
        ["only the sheet `Front` was read, not `Data`; `sheet` in the layout would name another"]
    );
    let named = LAYOUT.replace("first_row", "sheet = \"Data\"\nfirst_row");
    let (lines, said) = read(&named, &file);
    assert_eq!((lines.len(), said.len()), (3, 0), "{said:?}");
    let (lines, said) = read(&named.replace("\"Data\"", "\"Daten\""), &file);
    assert!(lines.is_empty());
    assert_eq!(said[0], "there is no sheet `Daten`; there are `Front`, `Data`");
}

#[test]
fn headings_name_the_columns_of_a_sheet_too() {
    let layout = LAYOUT
        .replace("first_row = 3\n", "")
        .replace("letter = \"ab\"", "column = \"+/-\"\noptional = true")
        .replace("letter = \"B\"", "column = \"Ref\"")
        .replace("letter = \"AA\"", "column = \"Pence\"");
    // The last row ends before the last heading.
    let (lines, said) = read(&layout, &workbook(&[("Schedule", ROWS)]));
    assert_eq!(lines.len(), 3, "{said:?}");
    let wide: &[Filled<'_>] = &[ROWS[1], (3, &[("B", "80012345"), ("AA", "1370"), ("AD", "?")])];
    let (lines, said) = read(&layout, &workbook(&[("Schedule", wide)]));
    assert!(lines.is_empty() && said[0] == "30 columns; the header has 29", "{said:?}");
}

#[test]
fn a_workbook_is_known_by_its_name_before_any_other() {
    let layout = Layout::parse(LAYOUT).unwrap();
    let sheets = confirmed(&[("bailiffs", TWO_AMOUNTS.as_bytes())]);
    let file = workbook(&[("Schedule", ROWS)]);
    let whose = |file_name: &str, bytes: &[u8]| {
        recognise_among(&Head { bytes, file_name }, &[&layout, &sheets])
            .map(|format| format.name().to_owned())
            .map_err(|fault| fault.to_string())
    };
    assert_eq!(whose("Deductions_612.xlsx", &file), Ok("deductions".to_owned()));
    assert_eq!(whose("april.xlsx", &file), Ok("payments-sheet".to_owned()));
    let of = |file: &[u8]| layout.recognise(&Head { bytes: file, file_name: "deductions_612" });
    assert_eq!(of(b"a,b,c\n"), Confidence::Sure);
    assert_eq!(of(b"PK\x03\x04 some other archive"), Confidence::No);
    assert_eq!(of(b"<html>"), Confidence::No);
}

#[test]
fn a_letter_that_is_none_is_told_what_was_meant() {
    let last = "the letters above it, `A` to `SF`, would be right";
    for (written, wanted) in [
        ("27", "`27` is no letter; the column of that number is `AA`".to_owned()),
        ("AA3", "`AA3` is a cell; its column is `AA`".to_owned()),
        ("SG", "`SG` lies beyond `SF`, the last column there may be".to_owned()),
        (
            "ZZZZZZZZZZZZZZZ",
            "`ZZZZZZZZZZZZZZZ` lies beyond `SF`, the last column there may be".to_owned(),
        ),
        ("0", format!("`0` is no column of a sheet; {last}")),
        ("", format!("`` is no column of a sheet; {last}")),
        ("É", format!("`É` is no column of a sheet; {last}")),
        ("A:C", format!("`A:C` is no column of a sheet; {last}")),
        ("B", "column B is that of `reference` already".to_owned()),
    ] {
        let faults =
            Layout::check(&LAYOUT.replace("\"AA\"", &format!("\"{written}\""))).unwrap_err();
        let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert_eq!(told, [format!("line 15: detail.field[3] `taken`: {wanted}")]);
    }
    let faults = Layout::check(&LAYOUT.replace("\"AA\"", "27")).unwrap_err();
    assert!(faults[0].to_string().contains("a text, in quotes,"), "{faults:?}");
}

#[test]
fn what_a_sheet_does_not_have_is_a_fault() {
    for (from, to, wanted) in [
        ("reads = \"schedule\"", "writes = \"rows\"", "a sheet is only read"),
        ("first_row = 3", "delimiter = \";\"", "a sheet has no delimiter"),
        ("first_row = 3", "quote = \"never\"", "are for delimited layouts"),
        ("first_row = 3", "header_row = true", "`first_row` says where the rows"),
        ("first_row = 3", "first_row = 0", "rows count from 1"),
        ("first_row = 3", "line_end = \"none\"", "`none` is for fixed layouts"),
        ("letter = \"B\"", "at = 2", "`letter = \"F\"` is the column of a sheet"),
        ("letter = \"B\"", "after = \"Ref\"", "`letter = \"F\"` is the column of a sheet"),
        ("letter = \"B\"", "", "a field of a sheet needs its column"),
        ("letter = \"B\"", "letter = \"B\"\ncolumn = \"Ref\"", "`letter` or `column`, not both"),
        ("letter = \"B\"", "column = \"Ref\"", "give each its column"),
        ("file_name = [\"deductions_*\"]", "", "known by its file_name"),
        ("file_name =", "records = [\"detail\"]\nfile_name =", "known by its file_name"),
        ("kind = \"sheet\"", "kind = \"delimited\"", "it is for `kind = \"sheet\"`"),
        ("first_row = 3\n", "sheet = \"Data\"\n", ""),
    ] {
        let checked = Layout::check(&LAYOUT.replacen(from, to, 1));
        let told = checked.err().unwrap_or_default();
        let told: Vec<String> = told.iter().map(ToString::to_string).collect();
        if wanted.is_empty() {
            assert_eq!(told, [""; 0]);
        } else {
            assert!(told.iter().any(|fault| fault.contains(wanted)), "{to}: {told:?}");
        }
    }
    let delimited = LAYOUT.replace("kind = \"sheet\"\nfirst_row = 3", "kind = \"delimited\"");
    let told = Layout::check(&delimited).unwrap_err()[0].to_string();
    assert!(told.ends_with("`at` is the number of a column"), "{told}");
}
