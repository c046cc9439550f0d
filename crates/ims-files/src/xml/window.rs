use std::{
    cell::Cell,
    io::{self, BufRead},
};

use encoding_rs::WINDOWS_1252;

use crate::{RECORD_BYTES_MAX, verdict::Faults};

/// The part of a file that is being looked at, as text, whatever its encoding
/// is. It grows until what is looked for has been found, and no further than a
/// token may.
pub(super) struct Window<'i> {
    input: &'i mut dyn BufRead,
    text: String,
    /// How much of `text` is done with.
    at: usize,
    /// The start of a character whose rest has not been read.
    held: Vec<u8>,
    /// Line feeds before the window, and up to where those in it are counted.
    lines: Cell<u64>,
    counted: Cell<usize>,
    latin: Option<bool>,
    mended: u64,
    ended: bool,
}

impl<'i> Window<'i> {
    pub(super) fn new(input: &'i mut dyn BufRead) -> Self {
        Self {
            input,
            text: String::new(),
            at: 0,
            held: Vec::new(),
            lines: Cell::new(0),
            counted: Cell::new(0),
            latin: None,
            mended: 0,
            ended: false,
        }
    }

    /// What is in the window and has not been passed.
    pub(super) fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Passes over so many bytes.
    pub(super) fn pass(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes).min(self.text.len());
    }

    /// The line that has been passed up to, from 1.
    pub(super) fn line(&self) -> u64 {
        let counted = self.counted.get();
        let passed = self.text.as_bytes().get(counted..self.at).unwrap_or_default();
        let feeds = memchr::memchr_iter(b'\n', passed).count();
        let lines = self.lines.get().saturating_add(u64::try_from(feeds).unwrap_or(0));
        self.lines.set(lines);
        self.counted.set(self.at);
        lines.saturating_add(1)
    }

    /// Where that byte is in the rest, from `from` on; `None` where the file ends
    /// before it.
    pub(super) fn find(&mut self, byte: u8, mut from: usize) -> Result<Option<usize>, String> {
        loop {
            let rest = self.rest().as_bytes();
            if let Some(at) = rest.get(from..).and_then(|rest| memchr::memchr(byte, rest)) {
                return Ok(Some(from.saturating_add(at)));
            }
            from = rest.len();
            if !self.grow()? {
                return Ok(None);
            }
        }
    }

    /// Reads more of the file; false at its end.
    pub(super) fn grow(&mut self) -> Result<bool, String> {
        self.line();
        if self.at > 0 {
            self.text.drain(..self.at);
            self.at = 0;
            self.counted.set(0);
        }
        if self.text.len() > RECORD_BYTES_MAX {
            return Err(format!("a text or a tag is longer than {RECORD_BYTES_MAX} bytes"));
        }
        let before = self.text.len();
        while !self.ended && self.text.len() == before {
            self.refill().map_err(|error| format!("the file could not be read on: {error}"))?;
        }
        Ok(self.text.len() > before)
    }

    fn refill(&mut self) -> io::Result<()> {
        let input = loop {
            match self.input.fill_buf() {
                Ok(_) => break self.input.fill_buf()?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        };
        // A buffer that holds the whole file is taken piece by piece.
        let input = input.get(..input.len().min(RECORD_BYTES_MAX)).unwrap_or(input);
        let taken = input.len();
        self.ended = input.is_empty();
        let latin = *self.latin.get_or_insert_with(|| declares_latin(input));
        if latin {
            self.text.push_str(&WINDOWS_1252.decode_without_bom_handling(input).0);
        } else if self.held.is_empty() {
            self.mended += mend(input, self.ended, &mut self.text, &mut self.held);
        } else {
            let mut joined = std::mem::take(&mut self.held);
            joined.extend_from_slice(input);
            self.mended += mend(&joined, self.ended, &mut self.text, &mut self.held);
        }
        self.input.consume(taken);
        Ok(())
    }

    pub(super) fn report(&self, faults: &mut Faults) {
        if self.mended > 0 {
            faults.warning(
                None,
                format!("not UTF-8: {} characters were read as Windows-1252", self.mended),
            );
        }
    }
}

/// Adds the bytes to `text`; what of them is not UTF-8, is Windows-1252. The
/// start of a character at their end is held back. How much was mended.
fn mend(mut bytes: &[u8], ended: bool, text: &mut String, held: &mut Vec<u8>) -> u64 {
    let mut mended = 0;
    loop {
        let error = match std::str::from_utf8(bytes) {
            Ok(good) => {
                text.push_str(good);
                return mended;
            }
            Err(error) => error,
        };
        let (good, bad) = bytes.split_at_checked(error.valid_up_to()).unwrap_or((bytes, &[]));
        text.push_str(std::str::from_utf8(good).unwrap_or_default());
        if error.error_len().is_none() && !ended {
            held.extend_from_slice(bad);
            return mended;
        }
        let length = error.error_len().unwrap_or(bad.len());
        let (odd, rest) = bad.split_at_checked(length).unwrap_or((bad, &[]));
        text.push_str(&WINDOWS_1252.decode_without_bom_handling(odd).0);
        mended += 1;
        bytes = rest;
    }
}

fn declares_latin(start: &[u8]) -> bool {
    let start: Vec<u8> = start.iter().take(200).map(u8::to_ascii_lowercase).collect();
    let declaration = start.split(|byte| *byte == b'>').next().unwrap_or_default();
    [&b"iso-8859-1"[..], b"windows-1252", b"iso-8859-15", b"latin1"]
        .iter()
        .any(|name| memchr::memmem::find(declaration, name).is_some())
}
