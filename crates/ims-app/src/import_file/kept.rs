//! What is kept of a file: its bytes, but no card number.

use ims_files::{Contents, Record, Verdict, fingerprint::Chain, masked_file};
use ims_ledger::seal::ContentHash;

use super::{NewFile, bad};
use crate::Result;

/// The bytes to keep, where they are not those that came, and their hash.
pub(super) struct Masked {
    pub(super) bytes: Vec<u8>,
    pub(super) hash: ContentHash,
}

/// Reads these bytes as the file's format.
pub(super) type Reads<'a> = dyn Fn(&[u8], &mut dyn FnMut(Record)) -> Verdict + 'a;

/// The file with its card numbers masked; `None` where it has none.
///
/// Readers mask what they hand on. Numbers in columns that nobody reads are masked
/// too, unless the file would then read otherwise: digits that count for something
/// are no card number, and stay.
///
/// # Errors
///
/// A card number in a spreadsheet, whose packed bytes nobody can mask.
pub(super) fn masked(
    file: &NewFile<'_>,
    verdict: &Verdict,
    read: &Reads<'_>,
) -> Result<Option<Masked>> {
    let cards = |fault: &&ims_files::Fault| fault.message.contains("a card number in the ");
    let lines: Vec<u64> =
        verdict.faults.iter().filter(cards).filter_map(|fault| fault.line).collect();
    if is_packed(file.bytes) {
        return match lines.first() {
            Some(line) => {
                let what = "holds a card number, which would be kept in the spreadsheet; take it out, or save the sheet as CSV";
                Err(bad(file, Some(*line), what))
            }
            None => Ok(None),
        };
    }
    let reading = |bytes: &[u8]| {
        let (mut rows, mut contents) = (Chain::default(), Contents::default());
        let verdict = read(bytes, &mut |record| {
            rows.take(&record);
            if !matches!(record, Record::Receipt(_)) {
                contents.take(record);
            }
        });
        (rows.finish(), contents, verdict.errors, verdict.totals)
    };
    let Some(all) = masked_file(file.bytes, None) else { return Ok(None) };
    let before = reading(file.bytes);
    let reads_alike = |bytes: &Vec<u8>| reading(bytes) == before;
    let bytes = Some(all)
        .filter(reads_alike)
        .or_else(|| masked_file(file.bytes, Some(&lines)).filter(reads_alike));
    Ok(bytes.map(|bytes| Masked { hash: ContentHash::of(&bytes), bytes }))
}

/// A spreadsheet, which is a zip archive.
fn is_packed(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}
