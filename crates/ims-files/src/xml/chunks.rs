use std::io::{self, BufRead, Read};

use encoding_rs::WINDOWS_1252;

use crate::{RECORD_BYTES_MAX, verdict::Faults};

/// Feeds the XML reader with UTF-8, whatever the file is, counts its lines, and
/// stops a token that grows without end.
pub(super) struct Chunks<'i> {
    input: &'i mut dyn BufRead,
    chunk: Vec<u8>,
    at: usize,
    /// The start of a character whose rest is in the next chunk.
    held: Vec<u8>,
    /// Line feeds before the chunk, and up to where those of the chunk are counted.
    lines: u64,
    counted: usize,
    token: usize,
    latin: Option<bool>,
    mended: u64,
}

impl<'i> Chunks<'i> {
    pub(super) fn new(input: &'i mut dyn BufRead) -> Self {
        Self {
            input,
            chunk: Vec::new(),
            at: 0,
            held: Vec::new(),
            lines: 0,
            counted: 0,
            token: 0,
            latin: None,
            mended: 0,
        }
    }

    pub(super) fn token_begins(&mut self) {
        self.token = 0;
    }

    /// The line that has been read up to, from 1.
    pub(super) fn line(&mut self) -> u64 {
        self.count_to(self.at);
        self.lines + 1
    }

    fn count_to(&mut self, at: usize) {
        let passed = self.chunk.get(self.counted..at).unwrap_or_default();
        let feeds = memchr::memchr_iter(b'\n', passed).count();
        self.lines += u64::try_from(feeds).unwrap_or(0);
        self.counted = at;
    }

    fn refill(&mut self) -> io::Result<()> {
        self.count_to(self.chunk.len());
        self.chunk.clear();
        (self.at, self.counted) = (0, 0);
        self.chunk.append(&mut self.held);
        let input = loop {
            match self.input.fill_buf() {
                Ok(_) => break self.input.fill_buf()?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        };
        let (taken, ended) = (input.len(), input.is_empty());
        self.chunk.extend_from_slice(input);
        self.input.consume(taken);
        let latin = *self.latin.get_or_insert_with(|| declares_latin(&self.chunk));
        if latin {
            self.chunk =
                WINDOWS_1252.decode_without_bom_handling(&self.chunk).0.into_owned().into_bytes();
        } else {
            self.mend(ended);
        }
        // A chunk that held only the start of a character.
        if self.chunk.is_empty() && !ended { self.refill() } else { Ok(()) }
    }

    /// Makes the chunk UTF-8: what is not, is Windows-1252.
    fn mend(&mut self, ended: bool) {
        let mut mended: Option<Vec<u8>> = None;
        let mut from = 0;
        loop {
            let rest = self.chunk.get(from..).unwrap_or_default();
            let Err(error) = std::str::from_utf8(rest) else {
                if let Some(mut text) = mended {
                    text.extend_from_slice(rest);
                    self.chunk = text;
                }
                return;
            };
            let (good, bad) = rest.split_at_checked(error.valid_up_to()).unwrap_or((rest, &[]));
            if error.error_len().is_none() && !ended {
                self.held = bad.to_vec();
                let keep = from + good.len();
                match mended {
                    Some(mut text) => {
                        text.extend_from_slice(good);
                        self.chunk = text;
                    }
                    None => self.chunk.truncate(keep),
                }
                return;
            }
            let length = error.error_len().unwrap_or(bad.len());
            let text = mended.get_or_insert_with(Vec::new);
            text.extend_from_slice(good);
            let odd = bad.get(..length).unwrap_or_default();
            text.extend_from_slice(WINDOWS_1252.decode_without_bom_handling(odd).0.as_bytes());
            from += good.len() + length;
            self.mended += 1;
        }
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

fn declares_latin(chunk: &[u8]) -> bool {
    let start: Vec<u8> = chunk.iter().take(200).map(u8::to_ascii_lowercase).collect();
    let declaration = start.split(|byte| *byte == b'>').next().unwrap_or_default();
    [&b"iso-8859-1"[..], b"windows-1252", b"iso-8859-15", b"latin1"]
        .iter()
        .any(|name| memchr::memmem::find(declaration, name).is_some())
}

impl Read for Chunks<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let mut held = self.fill_buf()?;
        let count = held.read(into)?;
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Chunks<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.token > RECORD_BYTES_MAX {
            return Err(io::Error::other(format!(
                "a text or a tag is longer than {RECORD_BYTES_MAX} bytes"
            )));
        }
        if self.at >= self.chunk.len() {
            self.refill()?;
        }
        Ok(self.chunk.get(self.at..).unwrap_or_default())
    }

    fn consume(&mut self, amount: usize) {
        self.at = self.at.saturating_add(amount).min(self.chunk.len());
        self.token = self.token.saturating_add(amount);
    }
}
