//! MT940 statements and MT942 interim reports, in every dialect met.

mod balance;
mod line61;
mod message;
mod narrative;
mod pages;
mod tag;

use std::io::BufRead;

use crate::{
    Confidence, Format, Head, RECORD_BYTES_MAX, Record, STATEMENTS_MAX, Verdict,
    lines::{Lines, first_lines},
    out::Out,
    verdict::Faults,
};
use message::Message;
use pages::Pages;
use tag::Tag;

/// See `docs/formats/mt940.md`.
pub(crate) struct Mt940;

impl Format for Mt940 {
    fn name(&self) -> &'static str {
        "mt940"
    }

    fn title(&self) -> &'static str {
        "MT940 bank statement, MT942 interim report"
    }

    fn page(&self) -> &'static str {
        "docs/formats/mt940.md"
    }

    fn recognise(&self, head: &Head<'_>) -> Confidence {
        let mut tags = 0;
        for line in first_lines(head.bytes, 60) {
            if line.starts_with("{1:F") || line.starts_with("{1:D") {
                return Confidence::Sure;
            }
            tags += line.split("@@").filter(|part| Tag::of(part).is_some()).count();
        }
        match tags {
            0 => Confidence::No,
            1 => Confidence::Maybe,
            _ => Confidence::Sure,
        }
    }

    fn read(&self, input: &mut dyn BufRead, sink: &mut dyn FnMut(Record)) -> Verdict {
        let mut lines = Lines::new(input);
        let mut reading = Reading::new(sink);
        // Some banks write `@@` for a line end.
        let mut ends_in_ats = None;
        while let Some(line) = lines.next() {
            reading.number += 1;
            let number = reading.number;
            if ends_in_ats.is_none() && !line.trim().is_empty() {
                ends_in_ats = Some(line.contains("@@:"));
            }
            if ends_in_ats == Some(true) {
                for part in line.split("@@") {
                    reading.line(part, number);
                }
            } else {
                reading.line(&line, number);
            }
            if reading.statements > STATEMENTS_MAX {
                reading.faults.error(
                    number,
                    format!("more than {STATEMENTS_MAX} statements; split the file"),
                );
                break;
            }
        }
        reading.finish(lines)
    }
}

/// The reading of one file.
struct Reading<'s> {
    out: Pages<'s>,
    faults: Faults,
    message: Option<Message>,
    /// The field being gathered, and the line it began on.
    field: Option<(Tag, u64)>,
    text: String,
    too_long: bool,
    /// The header of the message to come says that it is an MT942.
    interim: bool,
    /// A dash alone on a line: the end of the message, or a line of its text.
    dash: bool,
    /// A colon alone on a line: a tag that was broken over two, or a line of text.
    colon: bool,
    number: u64,
    statements: u64,
}

impl<'s> Reading<'s> {
    fn new(sink: &'s mut dyn FnMut(Record)) -> Self {
        Self {
            out: Pages::new(Out::new(sink)),
            faults: Faults::default(),
            message: None,
            field: None,
            text: String::new(),
            too_long: false,
            interim: false,
            dash: false,
            colon: false,
            number: 0,
            statements: 0,
        }
    }

    fn line(&mut self, line: &str, number: u64) {
        let line = line.trim_end_matches(['\0', '\u{1a}', '\u{3}']);
        let bare = line.trim();
        if bare.is_empty() {
            return;
        }
        if std::mem::take(&mut self.colon) {
            let whole = format!(":{bare}");
            if let Some((tag, value)) = Tag::of(&whole).filter(|(tag, _)| tag.is_known()) {
                self.faults.warning(number, "a tag was broken over two lines; it was put together");
                return self.tag(tag, value, number);
            }
            self.text_line(":");
        }
        if bare == ":" {
            self.colon = true;
            return;
        }
        if let Some((tag, value)) = Tag::of(line.trim_start_matches(['\u{1}', ' ']))
            && (tag.is_known() || self.field.is_none())
        {
            self.tag(tag, value, number);
        } else if bare == "-" && !self.ends_here() {
            self.give_back_dash();
            self.dash = true;
        } else if is_end(bare) {
            self.end_message(number);
        } else if let Some(rest) = block_header(bare) {
            self.block(bare, rest, number);
        } else {
            self.text_line(line);
        }
    }

    /// Whether a dash can only be the end: the closing balance has been read, or
    /// there is no text that it could be part of.
    fn ends_here(&self) -> bool {
        let closed = self.message.as_ref().is_some_and(Message::has_closing);
        let closing = self.field.is_some_and(|(tag, _)| tag.closes());
        closed || closing || self.field.is_none()
    }

    fn tag(&mut self, tag: Tag, value: &str, number: u64) {
        if tag == Tag::Reference && self.dash {
            self.end_message(number);
        }
        self.give_back_dash();
        self.end_field();
        let message = self.message.as_ref();
        let opened = message.is_some_and(Message::has_opening);
        if tag.opens_message(opened, message.is_some_and(Message::has_closing)) {
            self.end_message(number);
            self.statements += 1;
            self.message = Some(Message::new(number, std::mem::take(&mut self.interim)));
        }
        self.field = Some((tag, number));
        self.text.push_str(value);
    }

    fn text_line(&mut self, line: &str) {
        self.give_back_dash();
        // Outside a field it is a bank's own header line, such as `940 00`.
        if self.field.is_none() {
            return;
        }
        if self.text.len() + line.len() > RECORD_BYTES_MAX {
            self.too_long = true;
            return;
        }
        self.text.push('\n');
        self.text.push_str(line);
    }

    fn give_back_dash(&mut self) {
        if std::mem::take(&mut self.dash) {
            self.text.push_str("\n-");
        }
    }

    fn block(&mut self, line: &str, rest: &str, number: u64) {
        self.end_message(number);
        if line.contains("{2:I942") || line.contains("{2:O942") {
            self.interim = true;
        }
        if !rest.is_empty() {
            self.line(rest, number);
        }
    }

    fn end_field(&mut self) {
        let Some((tag, number)) = self.field.take() else { return };
        let text = std::mem::take(&mut self.text);
        if std::mem::take(&mut self.too_long) {
            self.faults.error(
                number,
                format!("the field is longer than {RECORD_BYTES_MAX} bytes; its rest was skipped"),
            );
        }
        let message = self.message.get_or_insert_with(|| Message::new(number, false));
        message.field(tag, &text, number, &mut self.out, &mut self.faults);
        self.text = text;
        self.text.clear();
    }

    fn end_message(&mut self, number: u64) {
        self.dash = false;
        if std::mem::take(&mut self.colon) {
            self.text_line(":");
        }
        self.end_field();
        if let Some(message) = self.message.take() {
            message.end(number, &mut self.out, &mut self.faults);
        }
    }

    fn finish(mut self, lines: Lines<'_>) -> Verdict {
        let number = self.number;
        let found = self.message.is_some() || self.field.is_some() || self.statements > 0;
        self.end_message(number);
        if !found {
            self.faults.error(None, "no statement; one begins with :20: and :25:");
        }
        let Self { out, mut faults, .. } = self;
        let out = out.finish(&mut faults);
        lines.finish(&mut faults);
        faults.verdict(None, out.totals())
    }
}

/// The end of a message: `-}`, or a dash as some banks dress it.
fn is_end(bare: &str) -> bool {
    bare == "-" || bare.starts_with("-}") || bare == "-XXX"
}

/// What follows the `{4:` of a SWIFT envelope; empty for its other lines.
fn block_header(bare: &str) -> Option<&str> {
    if !bare.starts_with('{') || !bare.get(1..3).is_some_and(|s| s.ends_with(':')) {
        return None;
    }
    Some(bare.split_once("{4:").map_or("", |(_, rest)| rest))
}
