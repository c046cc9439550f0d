//! What is kept of a file: its bytes, but no card number.

use std::io::Write as _;

use flate2::{Compression, write::DeflateEncoder};
use ims_files::{Contents, Record, Verdict, fingerprint::Chain, masked_file, masked_over_lines};
use ims_ledger::seal::ContentHash;

use super::{NewFile, bad};
use crate::{AppError, Result};

/// The bytes, as small as they are kept.
pub(crate) fn deflate(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    let deflated = encoder.write_all(bytes).and_then(|()| encoder.finish());
    deflated.map_err(|error| AppError::BadInput(format!("the file could not be kept: {error}")))
}

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
    let lines = lines_with_cards(verdict);
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
        let left = lines_with_cards(&verdict);
        ((rows.finish(), contents, verdict.errors, verdict.totals), left)
    };
    let all = masked_file(file.bytes, None);
    if all.is_none() && lines.is_empty() {
        return Ok(None);
    }
    let (before, _) = reading(file.bytes);
    let reads_alike = |bytes: &Vec<u8>| reading(bytes).0 == before;
    let bytes = all
        .filter(reads_alike)
        .or_else(|| masked_file(file.bytes, Some(&lines)).filter(reads_alike));
    let bytes = if lines.is_empty() { bytes } else { over_lines(file.bytes, bytes, reading) };
    Ok(bytes.map(|bytes| Masked { hash: ContentHash::of(&bytes), bytes }))
}

/// Masks what is left: a number that begins on one line and ends on the next, of which
/// only the record that holds both knows.
fn over_lines<R: PartialEq>(
    came: &[u8],
    masked: Option<Vec<u8>>,
    reading: impl Fn(&[u8]) -> (R, Vec<u64>),
) -> Option<Vec<u8>> {
    let kept = masked.as_deref().unwrap_or(came);
    let (before, left) = reading(kept);
    let further = masked_over_lines(kept, &left).filter(|further| {
        let (after, still) = reading(further);
        after == before && still.len() < left.len()
    });
    further.or(masked)
}

/// The lines of the records in whose texts card numbers were masked.
fn lines_with_cards(verdict: &Verdict) -> Vec<u64> {
    let cards = |fault: &&ims_files::Fault| fault.message.contains("a card number in the ");
    verdict.faults.iter().filter(cards).filter_map(|fault| fault.line).collect()
}

/// A spreadsheet, which is a zip archive.
fn is_packed(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}
