//! What every record passes on its way out of a reader: card numbers are masked.
//!
//! [`formats`](crate::formats), [`by_name`](crate::by_name) and
//! [`recognise`](crate::recognise) give guarded formats only, and a
//! [`Layout`](crate::layout::Layout) guards itself. A format made elsewhere is
//! guarded by [`Guarded::new`].

mod file;
mod over_lines;
mod texts;

use std::{fmt, io::BufRead};

pub use file::masked_file;
pub use ims_ledger::card_number::masked;
pub use over_lines::masked_over_lines;

use crate::{Confidence, Format, Head, Record, Verdict, verdict::Faults};

/// A format whose records and faults hold no card number.
///
/// A number of 13 to 19 digits in a range that card schemes use, with a right check
/// digit, is masked to its last four wherever it stands in a text, and a warning
/// names the line and the field. The number itself is nowhere.
///
/// ```
/// use ims_files::{Contents, by_name};
///
/// let file = b"Fund,Ref\n"; // any file
/// let format = by_name("mt940").unwrap();
/// let verdict = format.read(&mut &file[..], &mut |_record| {});
/// assert!(!verdict.is_read_whole());
///
/// let masked = ims_files::masked("paid with 4111 1111 1111 1111 today");
/// assert_eq!(masked.as_deref(), Some("paid with **** **** **** 1111 today"));
/// ```
#[derive(Clone, Copy)]
pub struct Guarded<'f>(&'f dyn Format);

impl<'f> Guarded<'f> {
    /// Guards the format.
    #[must_use]
    pub const fn new(format: &'f dyn Format) -> Self {
        Self(format)
    }
}

impl fmt::Debug for Guarded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())
    }
}

impl Format for Guarded<'_> {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn title(&self) -> &str {
        self.0.title()
    }

    fn page(&self) -> &str {
        self.0.page()
    }

    fn recognise(&self, head: &Head<'_>) -> Confidence {
        self.0.recognise(head)
    }

    fn read(&self, input: &mut dyn BufRead, sink: &mut dyn FnMut(Record)) -> Verdict {
        guarded(|sink| self.0.read(input, sink), sink)
    }
}

/// What `read` reads, with its card numbers masked.
pub(crate) fn guarded(
    read: impl FnOnce(&mut dyn FnMut(Record)) -> Verdict,
    sink: &mut dyn FnMut(Record),
) -> Verdict {
    let mut found = Faults::default();
    let mut verdict = read(&mut |mut record| {
        mask(&mut record, &mut found);
        sink(record);
    });
    for fault in &mut verdict.faults {
        if let Some(message) = masked(&fault.message) {
            fault.message = message;
        }
    }
    verdict.add(found);
    verdict
}

/// Masks the card numbers of a record and reports each.
pub(crate) fn mask(record: &mut Record, found: &mut Faults) {
    texts::each(record, &mut |line, field, text| {
        if let Some(masked) = masked(text) {
            *text = masked;
            found.warning(
                line,
                format!(
                    "a card number in the {field} was masked; ask the sender to leave them out"
                ),
            );
        }
    });
}
