//! The rows of a spreadsheet: of one sheet, from the row that the layout says.

use std::io::BufRead;

use super::Reading;
use crate::{amounts::clipped, rows::Row, sheet, verdict::Faults, xlsx::Sheets};

pub(super) fn read(reading: &mut Reading<'_, '_>, input: &mut dyn BufRead) {
    let mut faults = Faults::default();
    let mut one = OneSheet { reading, read: None, others: Vec::new(), left: 0 };
    sheet::rows_of(input, &mut faults, &mut one);
    one.finish(&mut faults);
    reading.faults.absorb(faults);
}

/// Takes the sheet that is named, else the first, and counts the rest.
struct OneSheet<'r, 'l, 's> {
    reading: &'r mut Reading<'l, 's>,
    read: Option<String>,
    /// The first few that are not read.
    others: Vec<String>,
    left: u64,
}

impl Sheets for OneSheet<'_, '_, '_> {
    fn begins(&mut self, name: &str) -> bool {
        // A CSV is one sheet without a name.
        let wanted = self.reading.layout.sheet.as_deref();
        let is_it = wanted.is_none_or(|wanted| name.is_empty() || name.trim() == wanted.trim());
        if is_it && self.read.is_none() {
            self.read = Some(name.to_owned());
            return true;
        }
        if self.others.len() < 5 {
            self.others.push(format!("`{}`", clipped(name)));
        }
        self.left = self.left.saturating_add(1);
        false
    }

    fn row(&mut self, row: &Row) {
        if row.line >= self.reading.layout.first_row {
            self.reading.row(row);
        }
    }
}

impl OneSheet<'_, '_, '_> {
    fn finish(self, faults: &mut Faults) {
        let others = self.others.join(", ");
        match (&self.reading.layout.sheet, &self.read) {
            (Some(wanted), None) if self.left > 0 => {
                faults.error(None, format!("there is no sheet `{}`; there are {others}", clipped(wanted)));
            }
            (None, Some(read)) if self.left > 0 => faults.warning(
                None,
                format!(
                    "only the sheet `{}` was read, not {others}; `sheet` in the layout would name another",
                    clipped(read)
                ),
            ),
            (_, _) => {}
        }
    }
}
