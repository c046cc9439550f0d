//! A schedule as somebody's spreadsheet: an employer's attachments of earnings, an
//! enforcement agent's or a parking contractor's remittance, a list from DWP.
//!
//! Nobody agreed on a layout, so the columns are looked for: [`detect`] says what
//! it took each column for, how sure it is and why. Where it is certain of all that
//! is needed, the file is read as it is; otherwise a person confirms or changes the
//! [`Detected`] columns, and [`read`] reads by them. [`Confirmed`] is the format with
//! what a council has confirmed for its senders. [`accounts`] reads a list of accounts,
//! which has no amounts.
//!
//! ```
//! use ims_files::sheet::{Role, Sure, detect};
//!
//! let file = b"Acme Ltd\nPayroll No,Employee,Council Tax Ref,Deduction\n7,A Smith,80012345,25.00\n";
//! let detected = detect(&mut &file[..])?;
//! let reference = detected.column(Role::Reference).unwrap();
//! assert_eq!((reference.heading.as_str(), reference.sure), ("Council Tax Ref", Sure::Certain));
//! assert_eq!(detected.sender, "Acme Ltd");
//! assert!(detected.is_certain());
//! # Ok::<(), String>(())
//! ```

mod accounts;
mod confirmed;
mod detect;
mod headings;
mod role;
mod schedule;
mod table;

use std::io::BufRead;

use crate::{Confidence, Format, Head, Record, Verdict, out::Out, verdict::Faults};

pub use accounts::{AccountList, ListedAccount, ListedBy, accounts};
pub use confirmed::Confirmed;
pub use role::{AmountIn, Detected, Role, Sure, Taken};

pub(crate) use table::{is_text, read as rows_of};

use schedule::{By, Reading};

/// See `docs/formats/payments-sheet.md`.
pub(crate) struct PaymentsSheet;

impl Format for PaymentsSheet {
    fn name(&self) -> &'static str {
        "payments-sheet"
    }

    fn title(&self) -> &'static str {
        "Schedule as a spreadsheet (xlsx, CSV), columns by their headings"
    }

    fn page(&self) -> &'static str {
        "docs/formats/payments-sheet.md"
    }

    fn recognise(&self, head: &Head<'_>) -> Confidence {
        if crate::xlsx::is_likely(head.bytes) {
            return Confidence::Sure;
        }
        let found = table::is_text(head.bytes).then(|| detect(&mut &*head.bytes));
        let fits = matches!(found, Some(Ok(detected)) if detected.is_certain());
        if fits { Confidence::Guess } else { Confidence::No }
    }

    fn read(&self, input: &mut dyn BufRead, sink: &mut dyn FnMut(Record)) -> Verdict {
        read_by(By::Headings, input, sink)
    }
}

/// What the columns of a spreadsheet (xlsx or CSV) seem to be.
///
/// # Errors
///
/// A sentence when no row looks like the headings of a schedule, or the file cannot
/// be read.
pub fn detect(input: &mut dyn BufRead) -> Result<Detected, String> {
    let mut faults = Faults::default();
    let mut finder = table::Finder::default();
    table::read(input, &mut faults, &mut finder);
    if let Some(detected) = finder.found() {
        return Ok(detected);
    }
    let verdict = faults.verdict(None, None);
    let first = verdict.faults.into_iter().find(|fault| fault.severity == crate::Severity::Error);
    Err(first.map_or_else(|| NO_HEADINGS.to_owned(), |fault| fault.message))
}

/// Reads a spreadsheet by columns that a person confirmed: the headings must be
/// there again, wherever they stand.
pub fn read(input: &mut dyn BufRead, columns: &Detected, sink: &mut dyn FnMut(Record)) -> Verdict {
    read_by(By::Confirmed(columns), input, sink)
}

const NO_HEADINGS: &str = "no row names the columns; a row with an account reference and an amount, `Reference` and `Amount`, would";

fn read_by(by: By<'_>, input: &mut dyn BufRead, sink: &mut dyn FnMut(Record)) -> Verdict {
    let mut faults = Faults::default();
    let mut reading = Reading::new(by, Out::new(sink));
    table::read(input, &mut faults, &mut reading);
    let totals = reading.finish(&mut faults);
    faults.verdict(None, totals)
}
