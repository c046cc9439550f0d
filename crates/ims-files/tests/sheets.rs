//! Columns of a spreadsheet: what they are taken for, what is left to a person, and
//! what a person confirmed.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use ims_files::{
    Confidence, Contents, Format as _, Head, Severity, Verdict, by_name,
    sheet::{AmountIn, Confirmed, Detected, Role, Sure, detect, read},
};

#[path = "sheets/by_letter.rs"]
mod by_letter;

#[path = "sheets/listed.rs"]
mod listed;

fn columns(file: &str) -> Detected {
    detect(&mut file.as_bytes()).unwrap()
}

fn read_by(file: &str, columns: &Detected) -> (Vec<String>, Verdict) {
    let mut contents = Contents::default();
    let verdict = read(&mut file.as_bytes(), columns, &mut |record| contents.take(record));
    let lines = contents.schedules.iter().flat_map(|schedule| &schedule.lines);
    (lines.map(|line| format!("{} {}", line.reference, line.amount)).collect(), verdict)
}

fn first_fault(file: &str) -> String {
    let verdict = by_name("payments-sheet").unwrap().read(&mut file.as_bytes(), &mut |_| {});
    assert!(!verdict.is_read_whole());
    verdict.faults[0].message.clone()
}

const PENCE: &str =
    "Account Ref,Date to,Amount,Sign\n80012345,31/03/2026,1370,+\n80012346,31/03/2026,370,-\n";

#[test]
fn whole_numbers_beside_a_sign_are_asked_about() {
    let mut found = columns(PENCE);
    assert!(!found.is_certain());
    assert!(first_fault(PENCE).contains("say whether they are pence"), "{}", first_fault(PENCE));
    let (lines, _) = read_by(PENCE, &found);
    assert_eq!(lines, ["80012345 1370.00", "80012346 -370.00"]);
    found.amount_in = AmountIn::Pence;
    let (lines, verdict) = read_by(PENCE, &found);
    assert_eq!(lines, ["80012345 13.70", "80012346 -3.70"]);
    assert!(verdict.is_read_whole());
}

#[test]
fn of_two_amounts_a_person_says_which() {
    let file = "Client Ref,Amount Collected,Amount Paid\n80012345,100.00,80.00\n";
    let mut found = columns(file);
    assert_eq!(found.column(Role::Amount).unwrap().sure, Sure::Likely);
    assert_eq!(found.doubts.len(), 1);
    let fault = first_fault(file);
    assert!(fault.contains("`Amount Paid` was taken for the amount"), "{fault}");
    let amount = found.columns.iter_mut().find(|taken| taken.role == Role::Amount).unwrap();
    "Amount Collected".clone_into(&mut amount.heading);
    // The next file has its columns in another order.
    let next = "Amount Collected,Amount Paid,Client Ref\n50.00,40.00,80012346\n";
    assert_eq!(read_by(next, &found).0, ["80012346 50.00"]);
}

#[test]
fn confirmed_headings_must_be_there_again() {
    let found = columns("Reference,Amount\n80012345,1.00\n");
    assert!(found.is_certain());
    let (lines, verdict) = read_by("Reference,Value\n80012345,1.00\n", &found);
    assert!(lines.is_empty() && !verdict.is_read_whole());
    let (lines, verdict) = read_by("Amount,Reference,Amount\n1.00,80012345,2.00\n", &found);
    assert!(lines.is_empty());
    assert_eq!(verdict.faults[0].message, "two columns are headed `Amount`");
}

#[test]
fn cells_that_do_not_fit_take_the_certainty_away() {
    let found = columns("Reference,Amount\n80012345,ten pounds\n80012346,five\n80012347,1.00\n");
    let amount = found.column(Role::Amount).unwrap();
    assert_eq!(amount.sure, Sure::Likely);
    assert_eq!(amount.because, "its heading, but 2 of 3 cells do not fit");
}

#[test]
fn what_is_due_or_kept_is_no_payment() {
    for heading in ["Balance", "Amount Due", "Total Debt", "Fees", "Earnings", "Outstanding amount"]
    {
        let file = format!("Reference,{heading}\n80012345,1.00\n");
        assert!(detect(&mut file.as_bytes()).is_err(), "{heading}");
    }
}

#[test]
fn detected_columns_can_be_kept() {
    let found = columns(PENCE);
    let kept = serde_json::to_string(&found).unwrap();
    assert_eq!(serde_json::from_str::<Detected>(&kept).unwrap(), found);
}

/// What a person confirmed after looking at each of these files.
fn confirmed(files: &[(&str, &[u8])]) -> Confirmed {
    let sheet = |(name, mut file): (&str, &[u8])| {
        let mut found = detect(&mut file).unwrap();
        if found.sender.is_empty() {
            name.clone_into(&mut found.sender);
        }
        found.to_confirm(name)
    };
    Confirmed::of(&files.iter().copied().map(sheet).collect::<Vec<_>>())
}

/// Sender and number of lines, or the first error.
fn read_with(sheets: &Confirmed, mut file: &[u8]) -> Result<(String, usize), String> {
    let mut contents = Contents::default();
    let verdict = sheets.read(&mut file, &mut |record| contents.take(record));
    let error = verdict.faults.into_iter().find(|fault| fault.severity == Severity::Error);
    match error {
        Some(fault) => Err(fault.message),
        None => Ok((
            contents.schedules[0].head.sender.clone(),
            contents.schedules.iter().map(|schedule| schedule.lines.len()).sum(),
        )),
    }
}

const TWO_AMOUNTS: &str =
    "Client Ref,Debtor,Amount Collected,Amount Paid\n80012345,A Smith,100.00,80.00\n";

#[test]
fn a_confirmed_sheet_is_read_in_any_order_and_never_otherwise() {
    let sheets = confirmed(&[("bailiffs", TWO_AMOUNTS.as_bytes())]);
    let read = |file: &str| read_with(&sheets, file.as_bytes());
    assert_eq!(read(TWO_AMOUNTS), Ok(("bailiffs".to_owned(), 1)));
    let turned =
        "Amount Paid,Debtor,Client  ref.,Amount collected\n80.00,A Smith,80012345,100.00\n";
    assert_eq!(read(turned), Ok(("bailiffs".to_owned(), 1)));
    for (from, to, words) in [
        ("Amount Paid", "Paid to you", "gone `Amount Paid`, new `Paid to you`"),
        ("Debtor,", "", "gone `Debtor`"),
        ("Debtor", "Debtor,Debtor", "new `Debtor`"),
    ] {
        let file = TWO_AMOUNTS
            .replace(from, to)
            .replace("A Smith,", if to.is_empty() { "" } else { "A Smith," });
        let why = read(&file).unwrap_err();
        assert!(
            why.starts_with(&format!("the headings are not as confirmed for `bailiffs`: {words};")),
            "{why}"
        );
    }
    // Another's sheet has nothing to do with it, and is certain by itself.
    let other = "PCN Number,Amount\nAB123,35.00\n";
    assert_eq!(read(other), Ok((String::new(), 1)));
    let named = format!("From: Others Ltd\n{TWO_AMOUNTS}");
    assert!(read(&named).unwrap_err().starts_with("columns to be confirmed first"));
    let head = |file: &'static str| Head { bytes: file.as_bytes(), file_name: "" };
    assert_eq!(sheets.recognise(&head(TWO_AMOUNTS)), Confidence::Sure);
    assert_eq!(sheets.recognise(&head("a,b\n1,2\n")), Confidence::No);
}

#[test]
fn of_two_senders_with_the_same_headings_the_sheet_must_say_which() {
    let acme = format!("Employer: Acme\n{TWO_AMOUNTS}");
    let bolt = format!("Employer: Bolt\n{TWO_AMOUNTS}");
    let sheets = confirmed(&[("acme", acme.as_bytes()), ("bolt", bolt.as_bytes())]);
    assert_eq!(read_with(&sheets, bolt.as_bytes()), Ok(("Bolt".to_owned(), 1)));
    let why = read_with(&sheets, TWO_AMOUNTS.as_bytes()).unwrap_err();
    assert!(why.contains("its headings are those of `acme` and of `bolt`"), "{why}");
}

#[test]
fn an_xlsx_is_read_as_it_was_confirmed() {
    let file = include_bytes!("../../../tests/golden/payments-sheet/enquiry-line.in");
    let sheets = confirmed(&[("line", file)]);
    let (sender, lines) = read_with(&sheets, file).unwrap();
    assert!(sender == "line" && lines > 1, "{sender} {lines}");
    let mut found = detect(&mut &file[..]).unwrap();
    "line".clone_into(&mut found.sender);
    let mut sheet = found.to_confirm("line");
    sheet.headings.push("Gone".to_owned());
    let why = read_with(&Confirmed::of(&[sheet]), file).unwrap_err();
    assert!(why.contains("gone `Gone`;"), "{why}");
}
