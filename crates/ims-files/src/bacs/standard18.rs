//! Standard 18: what is sent to Bacs, and what banks and agents send on in the
//! same shape.

pub(crate) mod columns;
mod file;
mod item;
mod labels;

use std::io::BufRead;

use crate::{
    Confidence, Format, Head, Record, Verdict,
    amounts::clipped,
    columns::between,
    lines::{Lines, first_lines},
    out::Out,
    verdict::Faults,
};
use file::File;
use labels::Label;

/// See `docs/formats/standard18.md`.
pub(crate) struct Standard18;

impl Format for Standard18 {
    fn name(&self) -> &'static str {
        "standard18"
    }

    fn title(&self) -> &'static str {
        "Bacs Standard 18: submissions, and credits sent on in their shape"
    }

    fn page(&self) -> &'static str {
        "docs/formats/standard18.md"
    }

    fn recognise(&self, head: &Head<'_>) -> Confidence {
        let lines = first_lines(head.bytes, 12);
        let has = |label: &str| lines.iter().any(|line| line.starts_with(label));
        // Statements of Bankline come under the same labels.
        let is_statement = lines
            .iter()
            .any(|line| line.starts_with("VOL1") && between(line, 37, 47).ends_with("830000"));
        let begins = lines.first().is_some_and(|line| line.starts_with("VOL1"));
        if !begins || is_statement || !(has("HDR1") || has("UHL1")) {
            Confidence::No
        } else if head.file_name.contains(".CARS.") {
            // With bare labels only the name tells that it is a statement.
            Confidence::Maybe
        } else {
            Confidence::Sure
        }
    }

    fn read(&self, input: &mut dyn BufRead, sink: &mut dyn FnMut(Record)) -> Verdict {
        let mut lines = Lines::new(input);
        let mut reading = Reading {
            out: Out::new(sink),
            faults: Faults::default(),
            volume: None,
            file: None,
            files: 0,
        };
        while let Some(line) = lines.next() {
            let line = line.trim_end_matches(['\u{1a}', ' ']).to_owned();
            if !line.is_empty() {
                reading.take(&line, lines.number());
            }
        }
        let end = lines.number();
        reading.finish(lines, end)
    }
}

/// The reading of a volume, which holds one file or several.
struct Reading<'s> {
    out: Out<'s>,
    faults: Faults,
    /// The `VOL1` label.
    volume: Option<String>,
    file: Option<File>,
    files: u64,
}

impl Reading<'_> {
    fn take(&mut self, line: &str, number: u64) {
        match Label::of(line) {
            Some(Label::Volume) => {
                self.close();
                self.volume = Some(line.to_owned());
            }
            Some(label) => self.label(label, line, number),
            None => match &mut self.file {
                Some(file) => file.item(line, number, &mut self.out, &mut self.faults),
                None => self.faults.error(
                    number,
                    format!("`{}` comes outside a file; HDR1 would begin one", clipped(line)),
                ),
            },
        }
    }

    fn label(&mut self, label: Label, line: &str, number: u64) {
        // A second file of the volume begins where the label has been seen.
        if label.is_of_header() && self.file.as_ref().is_some_and(|file| file.has(label)) {
            self.close();
        }
        if self.file.is_none() {
            self.files = self.files.saturating_add(1);
        }
        let volume = self.volume.as_deref();
        let file = self.file.get_or_insert_with(|| File::begun(number, volume));
        file.label(label, line, number, &mut self.faults);
    }

    fn close(&mut self) {
        if let Some(file) = self.file.take() {
            file.close(&mut self.out, &mut self.faults);
        }
    }

    fn finish(mut self, lines: Lines<'_>, end: u64) -> Verdict {
        self.close();
        lines.finish(&mut self.faults);
        if self.files == 0 {
            self.faults.error(None, "there is no file in it; HDR1, HDR2 and UHL1 would begin one");
        } else if self.volume.is_none() {
            self.faults.warning(end.min(1), "VOL1 is missing; it would be the first line");
        }
        let totals = self.out.totals();
        self.faults.verdict(None, totals)
    }
}

#[cfg(test)]
mod tests;
