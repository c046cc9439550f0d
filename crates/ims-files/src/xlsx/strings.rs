use crate::{
    XLSX_STRINGS_MAX,
    xml::{Step, Visitor},
};

/// The texts that cells share, one after the other.
#[derive(Default)]
pub(super) struct Strings {
    text: String,
    ends: Vec<u32>,
    /// In `t`, and not in the reading aid of an Asian text.
    in_text: bool,
    aid: u32,
    too_long: bool,
}

impl Strings {
    pub(super) fn get(&self, at: usize) -> Option<&str> {
        let end = *self.ends.get(at)?;
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before)).copied();
        let range = usize::try_from(start.unwrap_or(0)).ok()?..usize::try_from(end).ok()?;
        self.text.get(range)
    }

    pub(super) fn is_too_long(&self) -> bool {
        self.too_long
    }
}

impl Visitor for Strings {
    fn step(&mut self, step: Step<'_>, _: impl FnOnce() -> u64) {
        match step {
            Step::Begins("si", _) => {
                self.in_text = false;
                // An empty text costs its place too.
                let full = self.ends.len().saturating_mul(4) > XLSX_STRINGS_MAX;
                self.too_long |= full;
                if !self.too_long {
                    self.ends.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
                }
            }
            Step::Begins("rPh", _) => self.aid = 1,
            Step::Begins("t", _) => {
                self.in_text = true;
                self.aid += u32::from(self.aid > 0);
            }
            Step::Begins(..) => self.aid += u32::from(self.aid > 0),
            Step::Text(text) if self.in_text && self.aid == 0 => {
                if self.text.len().saturating_add(text.len()) > XLSX_STRINGS_MAX {
                    self.too_long = true;
                } else if let Some(end) = self.ends.last_mut() {
                    self.text.push_str(text);
                    *end = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
                }
            }
            Step::Text(_) => {}
            Step::Ends => {
                self.in_text = false;
                self.aid = self.aid.saturating_sub(1);
            }
        }
    }
}
