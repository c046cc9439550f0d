//! Goes through a report element by element.

use std::io::BufRead;

use super::said::Said;
use crate::{
    RECORD_BYTES_MAX,
    verdict::Faults,
    xml::{self, Attributes, Step, Visitor},
};

/// Who is told of the elements.
pub(super) trait Listener {
    /// An element begins, inside the one named.
    fn begins(&mut self, name: &str, said: &Said, line: u64);
    /// It ends, inside the one named, with all the text in it that is in no
    /// element of its own.
    fn ends(&mut self, name: &str, inside: &str, text: &str, line: u64);
}

/// Reads to the end or to the first thing that is not well formed; gives the
/// last line.
pub(super) fn walk(
    input: &mut dyn BufRead,
    faults: &mut Faults,
    listener: &mut dyn Listener,
) -> u64 {
    let mut walk = Walk { listener, open: Vec::new() };
    xml::read(input, faults, &mut walk)
}

struct Walk<'l> {
    listener: &'l mut dyn Listener,
    /// The elements that are open, with their text.
    open: Vec<(String, String)>,
}

impl Visitor for Walk<'_> {
    fn step(&mut self, step: Step<'_>, line: impl FnOnce() -> u64) {
        match step {
            Step::Begins(name, attributes) => self.begins(name, &attributes, line()),
            Step::Text(text) => {
                if let Some((_, held)) = self.open.last_mut()
                    && held.len().saturating_add(text.len()) <= RECORD_BYTES_MAX
                {
                    held.push_str(text);
                }
            }
            Step::Ends => {
                let Some((name, text)) = self.open.pop() else { return };
                let inside = self.open.last().map_or("", |(name, _)| name.as_str());
                self.listener.ends(&name, inside, text.trim(), line());
            }
        }
    }
}

impl Walk<'_> {
    fn begins(&mut self, name: &str, attributes: &Attributes<'_>, line: u64) {
        self.listener.begins(name, &Said::of(attributes), line);
        self.open.push((name.to_owned(), String::new()));
    }
}
