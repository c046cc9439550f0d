//! Lists of accounts: every one is answered for, or the whole list is refused.

use ims_files::sheet::{ListedBy, accounts};

use super::by_letter::workbook;

fn read(mut file: &[u8], by: ListedBy<'_>) -> Result<String, String> {
    let list = accounts(&mut file, by).map_err(|fault| {
        let line = fault.line.map(|line| format!("{line}: ")).unwrap_or_default();
        format!("{line}{}", fault.message)
    })?;
    let accounts = list.accounts.iter();
    let written: Vec<_> =
        accounts.map(|it| format!("{} {} {}", it.line, it.fund, it.reference)).collect();
    Ok(written.join(", "))
}

const CT: ListedBy<'_> = ListedBy { column: None, fund: Some("CT") };
const NONE: ListedBy<'_> = ListedBy { column: None, fund: None };

#[test]
fn lists_are_read_as_hosts_write_them() {
    let wide = |text: &str| {
        let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
        units.flat_map(u16::to_le_bytes).collect::<Vec<u8>>()
    };
    for (file, by, wanted) in [
        (&b"reference,fund\n801,CT\n802,NR\n"[..], NONE, "2 CT 801, 3 NR 802"),
        // The fund of the row before the fund of all.
        (b"ref,stream\n801,NR\n802,\n", CT, "2 NR 801, 3 CT 802"),
        // Semicolons, tabs, bars; a comma in a name beside them.
        (b"Acc No;Name\n801;Smith, J\n802;Jones\n", CT, "2 CT 801, 3 CT 802"),
        (b"Name\tAccount Ref\nSmith, J\t801\n", CT, "2 CT 801"),
        (b"CT Ref|Fund Code\n801|CT\n", NONE, "2 CT 801"),
        (b"sep=;\nRef No;Name\n801;A\n", CT, "3 CT 801"),
        // Windows-1252, UTF-8 with its mark, UTF-16 as Excel's Unicode text.
        (b"Charge Payer Ref,Name,Owes\n801,Zo\xEB,\xA35.00\n", CT, "2 CT 801"),
        (b"\xEF\xBB\xBFRent Account,Name\r\n801,Zo\xC3\xAB\r\n", CT, "2 CT 801"),
        (&wide("Account No\tName\n801\tZoë\n802\tB\n"), CT, "2 CT 801, 3 CT 802"),
        // Titles above, with commas too; headings on every page; empty rows anywhere.
        (b"Summons list, run 1, all wards, 2026\nDate,23/11/2026\n\nAccount Reference Number,Name\n801,A\n,,\nAccount Reference Number,Name,,\n802,B\n,,\n", CT, "5 CT 801, 8 CT 802"),
        // Columns that the exporter left off at the end of a row.
        (b"Account Ref,Fund,Note\n801,CT\n", NONE, "2 CT 801"),
        // What keeps a spreadsheet from dropping noughts.
        (b"Account Ref\n=\"0801\"\n'0802\n", CT, "2 CT 0801, 3 CT 0802"),
        // Bare lists.
        (b"801\n\n802\n801\n", CT, "1 CT 801, 3 CT 802, 4 CT 801"),
        (b"801,,\n,,\n802,,\n", CT, "1 CT 801, 3 CT 802"),
        (b"8001 2345\n", CT, "1 CT 8001 2345"),
        // A heading that only a person knows, and one of two.
        (b"Folio,Name\n801,A\n", ListedBy { column: Some("folio"), ..CT }, "2 CT 801"),
        (b"Account Ref,Payment Reference\n801,P1\n", ListedBy { column: Some("Account ref."), ..CT }, "2 CT 801"),
    ] {
        assert_eq!(read(file, by).as_deref(), Ok(wanted), "{}", String::from_utf8_lossy(file));
    }
}

#[test]
fn headings_are_known_however_they_are_written() {
    for heading in [
        "Reference",
        "REF",
        "Ref.",
        "Ref No",
        "Reference Number",
        "Account",
        "Account Ref",
        "Account Reference Number",
        "Account Ref No",
        "Acc No",
        "Acc. No.",
        "Account_No",
        "A/C No",
        "Acct #",
        "Payment Reference",
        "Payment Ref",
        "CT Ref",
        "CTAX Account No",
        "Council Tax Ref",
        "Council Tax Account Number",
        "Charge Payer Ref",
        "Rent Account",
        "Rent Acc Ref",
        "Tenancy Ref",
        "NNDR Account",
        "Business Rates Ref",
        "PCN",
        "PCN Number",
        "Customer Ref",
        "Invoice No",
        "Debtor Account",
    ] {
        let file = format!("{heading},Name\n801,A\n");
        assert_eq!(read(file.as_bytes(), CT).as_deref(), Ok("2 CT 801"), "{heading}");
    }
    for heading in [
        "No",
        "No.",
        "Number",
        "Name",
        "Account Name",
        "Council Tax",
        "Rent",
        "Payment",
        "Customer",
        "Property Ref",
        "Summons No",
        "UPRN",
        "Invoice",
        "Casino",
    ] {
        let file = format!("{heading},Address\n801,A\n");
        let why = read(file.as_bytes(), CT).unwrap_err();
        assert!(
            why.starts_with("1: no row names the column of the references"),
            "{heading}: {why}"
        );
    }
}

#[test]
fn a_list_that_would_leave_an_account_out_is_refused_whole() {
    let folio = ListedBy { column: Some("Folio"), ..CT };
    for (file, by, why) in [
        (&b""[..], CT, "the file is empty"),
        (b"\n \n", CT, "the file is empty"),
        (b"Account Ref,Fund\n", NONE, "there are no accounts in it"),
        (b"Account Ref,Name\n801,A\n,Jones\n", CT, "3: an account needs a reference"),
        (b"Account Ref,Fund\n801,\n", NONE, "2: an account needs a fund"),
        (b"Account Ref\n801\n", NONE, "1: the headings must name a column `fund`, or say --fund"),
        (b"801\n802\n", NONE, "1: a bare list of references needs --fund"),
        (b"801,A\n802,B\n", CT, "1: no row names the column of the references"),
        (b"801\n802,B\n", CT, "2: no row names the column of the references"),
        (b"Folio\n801\n", CT, "1: `Folio` is no heading that is known and no reference"),
        (b"Account Ref\n801\n", folio, "1: no row names a column `Folio`"),
        (b"Folio,folio\n801,2\n", folio, "1: `Folio` and `folio` may hold the references"),
        (
            b"Account Ref;Payment Reference\n801;2\n",
            CT,
            "1: `Account Ref` and `Payment Reference` may hold the references: say which with --column",
        ),
        (b"Ref,Fund,Fund Code\n801,CT,1\n", NONE, "1: `Fund` and `Fund Code` may name the fund"),
        // A comma nobody quoted moves what is behind it.
        (
            b"Name,Account Ref\nSmith, J,801\n",
            CT,
            "2: the row has 3 columns and the headings of line 1 have 2",
        ),
        // Nor where its last column is blank.
        (
            b"Name,Acc No,Notes\nSmith, J,801,\n",
            CT,
            "2: the row has 4 columns and the headings of line 1 have 3: put",
        ),
        (
            b"Name,Acc No,Notes\nSmith,802,\nSmith, 7 J,801,\n",
            CT,
            "3: the row has 4 columns and the headings of line 1 have 3, other rows 3: put",
        ),
        (
            b"Name,Acc No,Notes\nSmith, 7 J,801,\nSmith,802,\n",
            CT,
            "3: the row has 3 columns and the headings of line 1 have 3, other rows 4: put",
        ),
        (b"Account Ref,Name\n801,\"A\n802,B\n", CT, "2: a quote opens and never closes"),
        // Accounts where none is read.
        (b"112233448,A\nAccount Ref,Name\n801,A\n", CT, "1: `112233448` stands above the headings"),
        (
            b"Account Ref,Name\n801,A\nName,Account Ref\nB,802\n",
            CT,
            "3: the row names columns, other than those of line 1",
        ),
        (b"Account Ref\n1.12233E+08\n", CT, "2: `1.12233E+08` is a reference whose digits"),
        (b"Account Ref\n#N/A\n", CT, "2: `#N/A` is a spreadsheet's error"),
        (b"<html><table>", CT, "it begins as a web page"),
        (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", CT, "it is an Excel file of the old kind"),
        (b"Account Ref\n80\x001\n", CT, "it is no text and no xlsx"),
        (b"PK\x03\x04 no archive", CT, "the archive has no end"),
    ] {
        let told = read(file, by).unwrap_err();
        assert!(told.starts_with(why), "{}: {told}", String::from_utf8_lossy(file));
    }
    let two = read(b"Account Ref,Name\n,A\n801,B\n,C\n", CT).unwrap_err();
    assert!(two.starts_with("2: ") && two.ends_with("(and one more fault)"), "{two}");
    // One at the end of each row moves nothing.
    assert!(read(b"Name,Acc No\nA,801,\nB,802,\n", CT).is_ok());
    let late = format!("{}Account Ref,Name\n801,A\n", "Title,x\n".repeat(31));
    let late = read(late.as_bytes(), CT).unwrap_err();
    assert!(late.starts_with("32: the headings stand below 31 rows"), "{late}");
}

#[test]
fn spreadsheets_are_read_on_every_sheet_or_refused() {
    type Rows<'r> = &'r [(u64, &'r [(&'r str, &'r str)])];
    let list: Rows<'_> = &[
        (1, &[("A", "Summonses")]),
        (3, &[("B", "Acc No"), ("C", "Name")]),
        (4, &[("B", "801"), ("C", "A")]),
        (6, &[("B", "802"), ("D", "rang twice")]),
    ];
    let more: Rows<'_> = &[(1, &[("A", "801")]), (2, &[("A", "803")])];
    let notes: Rows<'_> = &[(1, &[("A", "Ward"), ("B", "North")])];
    let of = |sheets: &[(&str, Rows<'_>)]| read(&workbook(sheets), CT);
    assert_eq!(of(&[("List", list)]).as_deref(), Ok("4 CT 801, 6 CT 802"));
    assert_eq!(
        of(&[("List", list), ("Empty", &[]), ("More", more)]).as_deref(),
        Ok("4 CT 801, 6 CT 802, 1 CT 801, 2 CT 803")
    );
    // Whichever comes first.
    let before = of(&[("More", more), ("List", list)]);
    assert_eq!(before.as_deref(), Ok("1 CT 801, 2 CT 803, 4 CT 801, 6 CT 802"));
    for sheets in [[("List", list), ("Notes", notes)], [("Notes", notes), ("List", list)]] {
        let why = of(&sheets).unwrap_err();
        assert!(why.starts_with("1: sheet `Notes`: no row names the column"), "{why}");
    }
    let many: Vec<(String, Rows<'_>)> = (0..21).map(|n| (format!("S{n}"), more)).collect();
    let many: Vec<_> = many.iter().map(|(name, rows)| (name.as_str(), *rows)).collect();
    assert!(of(&many[..20]).is_ok());
    let why = of(&many).unwrap_err();
    assert!(why.starts_with("it has more than 20 sheets"), "{why}");
}

/// An error in a column of no concern is none of ours; one in the references is.
#[test]
fn a_spreadsheets_errors_matter_where_references_stand() {
    let with_error = |column: &str| {
        let error = format!(
            "</t></is></c><c r=\"{column}2\" t=\"e\"><v>#N/A</v></c><c r=\"D2\" t=\"inlineStr\"><is><t>"
        );
        let list: &[(u64, &[(&str, &str)])] = &[
            (1, &[("A", "Name"), ("B", "Acc No"), ("C", "Band")]),
            (2, &[("A", "A"), ("B", if column == "B" { "" } else { "801" }), ("C", &error)]),
        ];
        read(&workbook(&[("List", list)]), CT)
    };
    assert_eq!(with_error("C").as_deref(), Ok("2 CT 801"));
    let why = with_error("B").unwrap_err();
    assert!(why.starts_with("2: a cell holds the error `#N/A`"), "{why}");
}
