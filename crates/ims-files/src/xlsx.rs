//! Spreadsheets (xlsx) as rows of text, bounded however they are packed.
//!
//! Numbers come as the decimals that Excel shows (15 digits), dates as
//! `2026-04-01`, by the number format of their cell. Formulas are not computed:
//! the value last saved is read.

mod cells;
mod letters;
mod parts;
mod strings;
mod zip;

use std::io::{BufRead, BufReader};

pub(crate) use letters::{column, letters};

use crate::{XLSX_SHEETS_MAX, amounts::clipped, rows::Row, verdict::Faults, xml};
use parts::{Styles, Workbook};
use strings::Strings;
use zip::Archive;

/// What the rows are handed to.
pub(crate) trait Sheets {
    /// A sheet begins. False when its rows are not wanted.
    fn begins(&mut self, name: &str) -> bool;

    /// The next row with something in it.
    fn row(&mut self, row: &Row);

    /// Whether it matters that a cell of the column cannot be read.
    fn reads(&self, _column: usize) -> bool {
        true
    }

    /// There are more sheets than are looked at.
    fn has_more(&mut self) {}
}

/// Whether a file that begins so may be a spreadsheet.
pub(crate) fn is_likely(head: &[u8]) -> bool {
    let has = |name: &[u8]| memchr::memmem::find(head, name).is_some();
    head.starts_with(b"PK\x03\x04") && (has(b"[Content_Types].xml") || has(b"xl/"))
}

/// Reads every sheet in the order of the workbook.
pub(crate) fn read(input: &mut dyn BufRead, faults: &mut Faults, sheets: &mut dyn Sheets) {
    if let Err(message) = try_read(input, faults, sheets) {
        faults.error(None, message);
    }
}

fn try_read(
    input: &mut dyn BufRead,
    faults: &mut Faults,
    sheets: &mut dyn Sheets,
) -> Result<(), String> {
    let mut archive = Archive::read(input)?;
    let workbook = part(&mut archive, "xl/workbook.xml", Workbook::default(), faults)?
        .ok_or("it is a zip archive, but no spreadsheet")?;
    let targets =
        part(&mut archive, "xl/_rels/workbook.xml.rels", parts::Targets::default(), faults)?
            .unwrap_or_default();
    let strings =
        part(&mut archive, "xl/sharedStrings.xml", Strings::default(), faults)?.unwrap_or_default();
    if strings.is_too_long() {
        return Err(format!(
            "the cells hold more than {} bytes of text; save the sheet as CSV",
            crate::XLSX_STRINGS_MAX
        ));
    }
    let styles =
        part(&mut archive, "xl/styles.xml", Styles::default(), faults)?.unwrap_or_default();
    for (nth, sheet) in (1..).zip(workbook.sheets.iter().take(XLSX_SHEETS_MAX)) {
        // Without a relation that is known, the sheets are numbered in their order.
        let target =
            targets.of(&sheet.id).unwrap_or_else(|| format!("xl/worksheets/sheet{nth}.xml"));
        if !sheets.begins(&sheet.name) {
            continue;
        }
        let look =
            cells::Look { strings: &strings, styles: &styles, from_1904: workbook.from_1904 };
        let reading = cells::Reading::new(look, sheets);
        let name = clipped(&sheet.name);
        match part(&mut archive, &target, reading, faults)? {
            Some(reading) => reading.finish(faults),
            None => {
                faults.error(None, format!("the sheet `{name}` is named, but not in the file"));
            }
        }
    }
    if workbook.has_more {
        sheets.has_more();
    }
    Ok(())
}

/// Reads one part, if the archive has it.
fn part<V: xml::Visitor>(
    archive: &mut Archive,
    name: &str,
    mut visitor: V,
    faults: &mut Faults,
) -> Result<Option<V>, String> {
    let Some(unpacked) = archive.open(name)? else { return Ok(None) };
    let mut inside = Faults::default();
    xml::read(&mut BufReader::new(unpacked), &mut inside, &mut visitor);
    for fault in inside.verdict(None, None).faults {
        let (name, message) = (clipped(name), fault.message);
        match fault.severity {
            crate::Severity::Error => faults.error(None, format!("{name}: {message}")),
            crate::Severity::Warning => faults.warning(None, format!("{name}: {message}")),
        }
    }
    Ok(Some(visitor))
}
