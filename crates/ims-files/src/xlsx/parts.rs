use std::collections::HashMap;

use crate::xml::{Step, Visitor};

/// How writers name the relation of a sheet.
const RELATIONS: &[&str] = &["r:id", "id", "rel:id", "d3p1:id", "ns0:id", "ns1:id"];

/// What the workbook says: its sheets, and where days are counted from.
#[derive(Default)]
pub(super) struct Workbook {
    pub(super) sheets: Vec<Named>,
    /// There are more sheets than are looked at.
    pub(super) has_more: bool,
    /// Days are counted from 1904, as old Macintosh programs did.
    pub(super) from_1904: bool,
}

pub(super) struct Named {
    pub(super) name: String,
    /// What its relation is called.
    pub(super) id: String,
}

impl Visitor for Workbook {
    fn step(&mut self, step: Step<'_>, _: impl FnOnce() -> u64) {
        let Step::Begins(name, attributes) = step else { return };
        let is_hidden =
            attributes.get("state").is_some_and(|state| state == "hidden" || state == "veryHidden");
        match name {
            "workbookPr" => {
                let date = attributes.get("date1904").unwrap_or_default();
                self.from_1904 = date == "1" || date == "true";
            }
            "sheet" if is_hidden => {}
            "sheet" if self.sheets.len() >= crate::XLSX_SHEETS_MAX => self.has_more = true,
            "sheet" => {
                let name = attributes.get("name").unwrap_or_default();
                let id = RELATIONS.iter().find_map(|name| attributes.get(name));
                let id = id.unwrap_or_default();
                self.sheets.push(Named { name, id });
            }
            _ => {}
        }
    }
}

/// Where each relation of the workbook leads.
#[derive(Default)]
pub(super) struct Targets(HashMap<String, String>);

impl Targets {
    /// The part in the archive.
    pub(super) fn of(&self, id: &str) -> Option<String> {
        let target = self.0.get(id)?;
        Some(match target.strip_prefix('/') {
            Some(whole) => whole.to_owned(),
            None => format!("xl/{target}"),
        })
    }
}

impl Visitor for Targets {
    fn step(&mut self, step: Step<'_>, _: impl FnOnce() -> u64) {
        let Step::Begins("Relationship", attributes) = step else { return };
        if self.0.len() < crate::XLSX_PARTS_MAX
            && let (Some(id), Some(target)) = (attributes.get("Id"), attributes.get("Target"))
        {
            self.0.insert(id, target);
        }
    }
}

/// How many formats of numbers a spreadsheet may have.
const FORMATS_MAX: usize = 10_000;

/// How a format shows a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Shown {
    #[default]
    Plainly,
    AsDate,
    /// With noughts before it, to at least so many digits.
    Padded(usize),
}

impl Shown {
    /// `dd/mm/yyyy` is a date; `00000000` has eight digits.
    fn by(code: &str) -> Self {
        if shows_date(code) {
            Self::AsDate
        } else if (2..=PADDED_MAX).contains(&code.len()) && code.bytes().all(|byte| byte == b'0') {
            Self::Padded(code.len())
        } else {
            Self::Plainly
        }
    }
}

/// The most digits that a number is shown with: a spreadsheet counts with fifteen.
const PADDED_MAX: usize = 30;

/// How the formats of cells show numbers.
#[derive(Default)]
pub(super) struct Styles {
    own: HashMap<u32, Shown>,
    cells: Vec<Shown>,
    in_cells: bool,
}

impl Styles {
    pub(super) fn of(&self, style: usize) -> Shown {
        self.cells.get(style).copied().unwrap_or_default()
    }
}

impl Visitor for Styles {
    fn step(&mut self, step: Step<'_>, _: impl FnOnce() -> u64) {
        let Step::Begins(name, attributes) = step else { return };
        let number = || attributes.get("numFmtId").and_then(|id| id.parse().ok());
        match name {
            "numFmt" if self.own.len() < FORMATS_MAX => {
                let code = attributes.get("formatCode").unwrap_or_default();
                let shown = Shown::by(&code);
                if let Some(id) = number()
                    && shown != Shown::Plainly
                {
                    self.own.insert(id, shown);
                }
            }
            "cellXfs" => self.in_cells = true,
            "cellStyles" | "dxfs" | "cellStyleXfs" => self.in_cells = false,
            "xf" if self.in_cells && self.cells.len() < FORMATS_MAX => {
                let id = number().unwrap_or(0);
                let shown = match id {
                    14..=17 | 22 | 27..=31 | 36 | 50..=58 => Shown::AsDate,
                    _ => self.own.get(&id).copied().unwrap_or_default(),
                };
                self.cells.push(shown);
            }
            _ => {}
        }
    }
}

/// Whether the code shows a day or a year, outside quotes, brackets and escapes.
fn shows_date(code: &str) -> bool {
    let (mut quoted, mut bracketed, mut escaped) = (false, false, false);
    for letter in code.chars() {
        match letter {
            _ if std::mem::take(&mut escaped) => {}
            '\\' | '_' | '*' => escaped = true,
            '"' => quoted = !quoted,
            '[' if !quoted => bracketed = true,
            ']' if !quoted => bracketed = false,
            'd' | 'D' | 'y' | 'Y' if !quoted && !bracketed => return true,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_that_show_noughts_before_a_number() {
        assert_eq!(Shown::by("00000000"), Shown::Padded(8));
        assert_eq!(Shown::by("dd/mm/yyyy"), Shown::AsDate);
        for code in ["0", "0.00", "#,##0", "00-00", "", "General", &"0".repeat(31)] {
            assert_eq!(Shown::by(code), Shown::Plainly, "{code}");
        }
    }

    #[test]
    fn codes_that_show_dates() {
        for code in ["dd\\/mm\\/yyyy", "[$-809]d mmmm yyyy;@", "yyyy\\-mm\\-dd"] {
            assert!(shows_date(code), "{code}");
        }
        for code in ["0.00", "\\£#,##0.00;[Red]\\£#,##0.00", "\"day\" 0", "General", "[Red]0", "@"]
        {
            assert!(!shows_date(code), "{code}");
        }
    }
}
