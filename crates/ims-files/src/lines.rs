//! The lines of a file, whatever ends them and however they are encoded.

use std::{
    borrow::Cow,
    io::{self, BufRead},
};

use encoding_rs::WINDOWS_1252;

use crate::{FAULTS_MAX, LINE_BYTES_MAX, verdict::Faults};

/// Reads lines that end in LF, CRLF or CR, without their ends. Bytes that are
/// no UTF-8 are read as Windows-1252, line by line, and counted.
pub(crate) struct Lines<'i> {
    input: &'i mut dyn BufRead,
    /// Bytes of the input's buffer that the line handed out last still occupies.
    pending: usize,
    /// The last line ended in a CR at the very end of the buffer.
    after_cr: bool,
    number: u64,
    /// A line that lies across two buffers.
    carried: Vec<u8>,
    tolerated: u64,
    tolerated_first: u64,
    too_long: Vec<u64>,
    failure: Option<io::Error>,
}

/// Where the bytes of the current line are.
enum Found {
    InBuffer(usize),
    Carried,
}

impl<'i> Lines<'i> {
    pub(crate) fn new(input: &'i mut dyn BufRead) -> Self {
        Self {
            input,
            pending: 0,
            after_cr: false,
            number: 0,
            carried: Vec::new(),
            tolerated: 0,
            tolerated_first: 0,
            too_long: Vec::new(),
            failure: None,
        }
    }

    /// The number of the line handed out last, from 1.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// The next line as text, or `None` at the end of what can be read.
    pub(crate) fn next(&mut self) -> Option<Cow<'_, str>> {
        if self.failure.is_some() {
            return None;
        }
        let found = match self.find() {
            Ok(found) => found?,
            Err(error) => {
                self.failure = Some(error);
                return None;
            }
        };
        self.number += 1;
        let bytes = match found {
            // The buffer is not empty, so this reads nothing and cannot fail.
            Found::InBuffer(length) => self.input.fill_buf().ok()?.get(..length)?,
            Found::Carried => &self.carried,
        };
        let bytes = if self.number == 1 { without_bom(bytes) } else { bytes };
        if let Ok(text) = std::str::from_utf8(bytes) {
            return Some(Cow::Borrowed(text));
        }
        if self.tolerated == 0 {
            self.tolerated_first = self.number;
        }
        self.tolerated += 1;
        Some(WINDOWS_1252.decode_without_bom_handling(bytes).0)
    }

    /// Finds the next line: in the buffer if it is all there (the usual case,
    /// nothing is copied), else gathered in `carried`.
    fn find(&mut self) -> io::Result<Option<Found>> {
        self.input.consume(std::mem::take(&mut self.pending));
        if std::mem::take(&mut self.after_cr) && self.fill()?.first() == Some(&b'\n') {
            self.input.consume(1);
        }
        self.carried.clear();
        let (mut begun, mut length) = (false, 0_usize);
        loop {
            let buffer = self.fill()?;
            if buffer.is_empty() {
                return Ok(begun.then_some(Found::Carried));
            }
            let held = buffer.len();
            let end = memchr::memchr2(b'\n', b'\r', buffer);
            let taken = end.unwrap_or(held);
            let end_bytes = match end.and_then(|at| buffer.get(at..)) {
                Some([b'\r', b'\n', ..]) => 2,
                Some([b'\r']) => {
                    self.after_cr = true;
                    1
                }
                Some(_) => 1,
                None => 0,
            };
            if end.is_some() && !begun && taken <= LINE_BYTES_MAX {
                self.pending = taken + end_bytes;
                return Ok(Some(Found::InBuffer(taken)));
            }
            begun = true;
            length = length.saturating_add(taken);
            let room = LINE_BYTES_MAX.saturating_sub(self.carried.len());
            let buffer = self.input.fill_buf()?;
            self.carried.extend_from_slice(buffer.get(..taken.min(room)).unwrap_or(buffer));
            self.input.consume(taken + end_bytes);
            if length > LINE_BYTES_MAX && self.too_long.last() != Some(&(self.number + 1)) {
                self.remember_too_long();
            }
            if end.is_some() {
                return Ok(Some(Found::Carried));
            }
        }
    }

    fn remember_too_long(&mut self) {
        if u64::try_from(self.too_long.len()).is_ok_and(|held| held < FAULTS_MAX) {
            self.too_long.push(self.number + 1);
        }
    }

    fn fill(&mut self) -> io::Result<&[u8]> {
        loop {
            match self.input.fill_buf() {
                Ok(_) => return self.input.fill_buf(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Reports what was met on the way.
    pub(crate) fn finish(self, faults: &mut Faults) {
        for line in self.too_long {
            faults.error(
                line,
                format!("the line is longer than {LINE_BYTES_MAX} bytes; its rest was skipped"),
            );
        }
        if self.tolerated > 0 {
            faults.warning(
                self.tolerated_first,
                format!(
                    "not UTF-8: {} lines from here on were read as Windows-1252",
                    self.tolerated
                ),
            );
        }
        if let Some(error) = self.failure {
            faults.error(self.number + 1, format!("the file could not be read on: {error}"));
        }
    }
}

pub(crate) fn without_bom(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)
}

/// The first line of a head that is not blank, as text, with its bytes as
/// Windows-1252 where they are no UTF-8.
pub(crate) fn first_lines(head: &[u8], count: usize) -> Vec<String> {
    let mut bytes = without_bom(head);
    let mut lines = Lines::new(&mut bytes);
    let mut found = Vec::new();
    while found.len() < count {
        let Some(line) = lines.next() else { break };
        if !line.trim().is_empty() {
            found.push(line.into_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    fn lines(bytes: &[u8], buffer: usize) -> Vec<String> {
        let mut input = BufReader::with_capacity(buffer, bytes);
        let mut lines = Lines::new(&mut input);
        let mut found = Vec::new();
        while let Some(line) = lines.next() {
            found.push(line.into_owned());
        }
        found
    }

    #[test]
    fn every_line_end_and_buffer_size_gives_the_same_lines() {
        let wanted = ["one", "", "three", "four"];
        for end in ["\n", "\r\n", "\r"] {
            let bytes = format!("\u{feff}{}", wanted.join(end));
            for buffer in 4..40 {
                assert_eq!(lines(bytes.as_bytes(), buffer), wanted, "{end:?} {buffer}");
                let ended = format!("{bytes}{end}");
                assert_eq!(lines(ended.as_bytes(), buffer), wanted, "{end:?} {buffer} ended");
            }
        }
    }

    #[test]
    fn says_what_it_tolerated() {
        let mut bytes: &[u8] = b"plain\ncaf\xE9\n\xA35.00\n";
        let mut lines = Lines::new(&mut bytes);
        let mut found = Vec::new();
        while let Some(line) = lines.next() {
            found.push(line.into_owned());
        }
        assert_eq!(found, ["plain", "café", "£5.00"]);
        let mut faults = Faults::default();
        lines.finish(&mut faults);
        let faults = faults.verdict(None, None).faults;
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].line, Some(2));
        assert_eq!(faults[0].message, "not UTF-8: 2 lines from here on were read as Windows-1252");
    }

    #[test]
    fn a_line_without_end_is_cut_and_reported() {
        let mut long = vec![b'x'; LINE_BYTES_MAX + 10];
        long.extend_from_slice(b"\nnext\n");
        let mut input = BufReader::with_capacity(8192, &long[..]);
        let mut lines = Lines::new(&mut input);
        assert_eq!(lines.next().map(|line| line.len()), Some(LINE_BYTES_MAX));
        assert_eq!(lines.next().as_deref(), Some("next"));
        let mut faults = Faults::default();
        lines.finish(&mut faults);
        assert_eq!(faults.verdict(None, None).faults[0].line, Some(1));
    }
}
