use super::*;
use crate::{Contents, Severity};

const HEADER: &str = "VOL1000042                               299104                                1\n\
    HDR1A299104S   29910400004200010001       26149 26153 000000\n\
    HDR2F0200000100                                   00\n\
    UHL1 26152999999    000000001 DAILY  001\n";
const CREDIT: &str =
    "4000001234567809920000055779911    00000012050ANYBOROUGH BC     RF000017          J SMITH\n";
const CONTRA: &str = "2000005577991101720000055779911    00000012050REFUNDS           CONTRA            ANYBOROUGH COUNCIL\n";
const TRAILER: &str = "EOF1A299104S   29910400004200010001       26149 26153 000000\n\
    EOF2F0200000100                                   00\n\
    UTL10000000012050000000001205000000010000001\n";

fn read(file: &str) -> (Contents, Vec<String>) {
    let mut contents = Contents::default();
    let verdict = Standard18.read(&mut file.as_bytes(), &mut |record| contents.take(record));
    let told = verdict.faults.iter().map(|fault| {
        let mark = if fault.severity == Severity::Error { "" } else { "(" };
        format!("{mark}{}: {}", fault.line.unwrap_or(0), fault.message)
    });
    (contents, told.collect())
}

#[test]
fn a_submission_of_refunds_takes_money_out() {
    let (contents, faults) = read(&[HEADER, CREDIT, CONTRA, TRAILER].concat());
    assert_eq!(faults, Vec::<String>::new());
    let schedule = &contents.schedules[0];
    assert_eq!(schedule.head.sender, "bacs 299104 out");
    assert_eq!(schedule.head.reference.as_deref(), Some("REFUNDS"));
    assert_eq!(schedule.lines.len(), 1);
    assert_eq!(schedule.lines[0].amount.to_string(), "-120.50");
    assert_eq!(schedule.lines[0].name.as_deref(), Some("J SMITH"));
    assert_eq!(schedule.lines[0].date.unwrap().to_string(), "2026-06-01");
}

#[test]
fn every_mistake_is_told_with_its_line_and_what_would_be_right() {
    for (from, to, wanted) in [
        (
            "40000012345678099",
            "4000X012345678042",
            "5: transaction code `42` in characters 16 to 17; one of 01, 17, 18, 19, 99, Z4, Z5, 86, 90, 93, 0N, 0C, 0S would be right",
        ),
        (
            "400000123456780",
            "4000X0123456780",
            "5: destination sort code `4000X0` in characters 1 to 6; 6 digits would be right",
        ),
        (
            "00000012050ANY",
            "0000001205OANY",
            "5: amount `0000001205O` in characters 36 to 46; 11 digits of pence would be right",
        ),
        (
            "J SMITH",
            "J SMITHé",
            "5: `é` is not carried; capital letters, digits, a blank and . & / - are",
        ),
        (
            "          J SMITH",
            "",
            "5: no name in characters 83 to 100; the account's name would be right",
        ),
        (
            "UHL1 26152",
            "UHL1 26366",
            "4: the processing day ` 26366` is no day; a blank, the year and the day of the year, ` 26152`, would be",
        ),
        ("000000001 DAILY", "010000001 DAILY", "4: the currency `01` is not sterling, which is 00"),
        (
            "HDR2F0200000100",
            "HDR2F0200000080",
            "3: records of 80 characters; 00100 or 00106 would be right",
        ),
        (
            "00000012050REF",
            "00000012051REF",
            "6: the contra on account 200000 55779911 on 2026-06-01 is 120.51, but the credits make 120.50",
        ),
        (
            "UTL10000000012050",
            "UTL10000000012051",
            "9: UTL1 states debits of 120.51, but the records make 120.50",
        ),
        ("0000001\n", "0000003\n", "9: UTL1 states 3 credits, but there are 1"),
        ("EOF2F", "EOFX", "8: a record after the end of the file; UTL1 would be the last line"),
        ("UTL1", "ULT1", "0: UTL1 is missing; the file may have been cut off"),
        ("EOF1A299104", "EOF1A299105", "(7: EOF1 does not repeat HDR1; it would"),
        (
            "UHL1 26152",
            "UHL1 26151",
            "(4: 2026-05-31 is no working day in England and Wales; 2026-06-01 would be the next",
        ),
        (
            "1 DAILY",
            "4 MULTI",
            "5: 89 characters; a record of a file for several days has 106, the last six its day",
        ),
    ] {
        let file = [HEADER, CREDIT, CONTRA, TRAILER].concat().replacen(from, to, 1);
        let (_, faults) = read(&file);
        let found = faults.iter().any(|fault| fault == wanted);
        assert!(found, "{wanted}\n{faults:#?}");
    }
}

#[test]
fn a_missing_contra_is_told_and_a_second_file_read() {
    let (contents, faults) = read(
        &[
            HEADER,
            CREDIT,
            &TRAILER
                .replace("00000120500000000012050", "00000000000000000012050")
                .replace("00000010000001", "00000000000001"),
            HEADER.split_once('\n').unwrap().1,
            CREDIT,
            CONTRA,
            TRAILER,
        ]
        .concat(),
    );
    assert_eq!(contents.schedules.len(), 2);
    assert_eq!(
        faults,
        [
            "(5: no contra for the credits of 120.50 on account 200000 55779911 on 2026-06-01; Bacs makes one"
        ]
    );
}

#[test]
fn direct_debit_references_are_checked_in_submissions() {
    let debit = CREDIT.replace("678099", "678017").replace("RF000017", "DDIC0017");
    let (_, faults) = read(&[HEADER, &debit, TRAILER].concat());
    assert!(
        faults[0].starts_with("5: reference `DDIC0017`: a reference that begins with DDIC"),
        "{faults:?}"
    );
}

#[test]
fn a_statement_of_bankline_is_not_taken() {
    let head = |volume: &str| {
        let text = format!("{volume}\nHDR1\nUHL1\n");
        Standard18.recognise(&Head { bytes: text.as_bytes(), file_name: "" })
    };
    assert_eq!(head("VOL1BACSSTANDARD18"), Confidence::Sure);
    assert_eq!(head(&format!("VOL1{:33}****830000", "")), Confidence::No);
}

/// An agent that fills its labels as for Bacs, but pays one account from many.
#[test]
fn credits_sent_on_under_full_labels_are_ours_to_keep() {
    let to_us = |own: &str, reference: &str| {
        format!(
            "20000055779911099{own}    00000000500Mrs D Richards    {reference:18}ANYBOROUGH COUNCIL\n"
        )
    };
    let file = [
        HEADER,
        &to_us("40000012345678", "80012345"),
        &to_us("40000087654321", "80012353"),
        TRAILER,
    ]
    .concat();
    let (contents, faults) = read(&file);
    let amounts: Vec<String> =
        contents.schedules[0].lines.iter().map(|line| line.amount.to_string()).collect();
    assert_eq!(amounts, ["5.00", "5.00"], "{faults:#?}");
    assert_eq!(contents.schedules[0].head.sender, "bacs 200000-55779911");
    assert!(faults.iter().all(|fault| fault.starts_with('(')), "{faults:#?}");
    assert!(faults.iter().any(|fault| fault.contains("UTL1 states credits of 120.50")));
}
