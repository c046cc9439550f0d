//! Layouts as operators write them, with what no layout of the program has: EBCDIC,
//! records that nothing ends, overpunched money, several kinds of record.

use ims_files::{Format as _, layout::Layout};

/// A council's mainframe: EBCDIC blocks, a header, payments, a trailer with totals.
const EBCDIC: &str = r#"
name = "ebcdic"
title = "Mainframe cash"
reads = "receipts"
kind = "fixed"
encoding = "cp037"
line_end = "none"
record_length = 40
[[record]]
name = "head"
role = "header"
required = true
field = [
  { name = "mark", constant = "H", width = 1, tag = true },
  { name = "date", as = "date", date_format = "%y%j", width = 5 },
]
[[record]]
name = "payment"
role = "detail"
field = [
  { name = "mark", constant = "D", width = 1, tag = true },
  { name = "reference", width = 10 },
  { name = "amount", as = "overpunched", width = 9, pad = "0" },
  { name = "narrative", width = 20, optional = true },
]
[[record]]
name = "tail"
role = "trailer"
required = true
field = [
  { name = "mark", constant = "T", width = 1, tag = true },
  { name = "count", total = "count", width = 6, pad = "0" },
  { name = "sum", total = "sum", of = "amount", as = "overpunched", width = 12, pad = "0" },
  { name = "hash", total = "hash", of = "reference", width = 20, pad = "0" },
]
"#;

/// Lines of several kinds in batches: each told by an expression, totals of each.
const BATCHES: &str = r#"
name = "batches"
title = "Agent's batches"
reads = "schedule"
kind = "fixed"
encoding = "windows-1252"
[lookup.kind]
P = "Post Office"
[[record]]
name = "batch"
role = "header"
when = "starts_with(line, 'H')"
field = [{ name = "mark", width = 1 }, { name = "sender", width = 8 }, { name = "date", as = "date", date_format = "%d%m%y", width = 6 }]
[[record]]
name = "noise"
role = "skip"
when = "starts_with(line, '*')"
[[record]]
name = "row"
role = "detail"
when = "starts_with(line, 'D')"
gives = { kind = "lookup('kind', code, 'other')" }
field = [
  { name = "mark", width = 1 },
  { name = "reference", width = 8 },
  { name = "amount", as = "pence", sign = "trailing", width = 9 },
  { name = "code", width = 1 },
]
[[record]]
name = "end"
role = "trailer"
when = "starts_with(line, 'T')"
field = [{ name = "mark", width = 1 }, { name = "count", total = "count", width = 5 }, { name = "debits", total = "debits", of = "amount", as = "pence", width = 9 }]
"#;

/// Any delimiter, columns by their names, debits and credits apart.
const NAMED: &str = r#"
name = "named"
title = "Statement by names"
reads = "statement"
kind = "delimited"
delimiter = "any"
[detail]
gives = { account = "first_of(account, '12345678')" }
[[detail.field]]
name = "booked"
column = ["Date", "Transaction Date", "Booked"]
as = "date"
[[detail.field]]
name = "account"
column = ["Account", "Account Number"]
optional = true
[[detail.field]]
name = "in"
from = "amount"
column = ["Credit", "Paid in", "Credit Amount", "Money in"]
as = "pounds"
only = "positive"
[[detail.field]]
name = "out"
from = "amount"
column = ["Debit", "Paid out", "Debit Amount", "Money out"]
as = "pounds"
only = "negative"
[[detail.field]]
name = "narrative"
column = ["Description", "Details", "Transaction Description", "Memo"]
optional = true
"#;

/// Columns counted, rows told by their first; quotes of any kind.
const COUNTED: &str = r#"
name = "counted"
title = "Settlement by columns"
reads = "settlement"
kind = "delimited"
header_row = false
[detail]
gives = { provider = "'any'", kind = "if(gross < 0, 'refund', 'payment')", provider_ref = "column(2)" }
[[detail.field]]
name = "date"
as = "date"
[[detail.field]]
name = "reference"
[[detail.field]]
name = "gross"
as = "pounds"
"#;

/// All of them, with the names of their doors.
pub fn all() -> impl Iterator<Item = (&'static str, Layout)> {
    let all = [
        ("by-ebcdic", EBCDIC),
        ("by-batches", BATCHES),
        ("by-named", NAMED),
        ("by-counted", COUNTED),
    ];
    all.into_iter().map(|(name, toml)| {
        let layout = Layout::parse(toml).unwrap_or_else(|fault| panic!("{name}: {fault}"));
        // Damage says nothing of a file that is refused anyway.
        let own = samples().into_iter().filter(|(of, _)| *of == name);
        for (_, file) in own {
            let verdict = layout.read(&mut &*file, &mut |_| {});
            assert!(verdict.is_read_whole(), "{name}: {:?}", verdict.faults);
        }
        (name, layout)
    })
}

/// Files of these layouts, which nothing else has: what each door reads when whole.
pub fn samples() -> Vec<(&'static str, Vec<u8>)> {
    let blocks = [
        "H26091".to_owned(),
        "D80012345  00001205{Mr J Smith".to_owned(),
        "D80012346  00000700}taken back".to_owned(),
        "D80012347  000000005".to_owned(),
        format!("T{:06}{:012}{:020}", 3, 5_055, 240_037_038),
    ];
    let ebcdic = blocks.iter().flat_map(|block| format!("{block:40}").into_bytes());
    vec![
        ("by-ebcdic", ebcdic.map(ebcdic_of).collect()),
        (
            "by-batches",
            b"* noise\r\nHAGENT   010426\r\nD80012345    12050P\r\nD80012346     700-X\r\nT00002    12050\r\n"
                .to_vec(),
        ),
        (
            "by-named",
            b"Some; bank;;;\nDate;Account;Description;Debit;Credit\n01/04/2026;12345678;SMITH J;;120.50\n02/04/2026;12345678;FEE;7.00;0.00\n"
                .to_vec(),
        ),
        (
            "by-counted",
            b"01/04/2026,80012345,120.50\n02/04/2026,\"80012346\",-7.00\n".to_vec(),
        ),
    ]
}

/// Digits, letters, blanks and braces in EBCDIC.
fn ebcdic_of(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => byte - b'0' + 0xF0,
        b'A'..=b'I' => byte - b'A' + 0xC1,
        b'J'..=b'R' => byte - b'J' + 0xD1,
        b'S'..=b'Z' => byte - b'S' + 0xE2,
        b'a'..=b'i' => byte - b'a' + 0x81,
        b'j'..=b'r' => byte - b'j' + 0x91,
        b's'..=b'z' => byte - b's' + 0xA2,
        b'{' => 0xC0,
        b'}' => 0xD0,
        _ => 0x40,
    }
}
