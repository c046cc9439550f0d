//! A zip archive held in memory, its parts unpacked within bounds.

use std::{
    collections::HashMap,
    io::{self, BufRead, Read},
};

use flate2::read::DeflateDecoder;

use crate::{XLSX_BYTES_MAX, XLSX_PARTS_MAX, XLSX_RATIO_MAX, XLSX_UNPACKED_MAX, amounts::clipped};

/// What a part may always unpack to, whatever its ratio.
const SMALL_PART: u64 = 256 << 10;

/// The signature of the record at the end, and how far a comment may push it.
const END: &[u8] = b"PK\x05\x06";
const END_BYTES: usize = 22;
const COMMENT_MAX: usize = 0xFFFF;

pub(super) struct Archive {
    bytes: Vec<u8>,
    parts: HashMap<String, Part>,
    /// How many bytes may still be unpacked.
    room: u64,
}

#[derive(Clone, Copy)]
struct Part {
    flags: u16,
    method: u16,
    packed: usize,
    at: usize,
}

fn small(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

fn large(bytes: &[u8], at: usize) -> Option<usize> {
    let four = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
    usize::try_from(u32::from_le_bytes(four)).ok()
}

impl Archive {
    /// Reads the whole file and the list of its parts.
    pub(super) fn read(input: &mut dyn BufRead) -> Result<Self, String> {
        let mut bytes = Vec::new();
        let max = u64::try_from(XLSX_BYTES_MAX).unwrap_or(u64::MAX);
        let read = input.take(max.saturating_add(1)).read_to_end(&mut bytes);
        read.map_err(|error| format!("the file could not be read: {error}"))?;
        if bytes.len() > XLSX_BYTES_MAX {
            return Err(format!(
                "the spreadsheet is larger than {XLSX_BYTES_MAX} bytes; save the sheet as CSV"
            ));
        }
        let parts = listed(&bytes)?;
        Ok(Self { bytes, parts, room: XLSX_UNPACKED_MAX })
    }

    /// The part of that name, unpacked as it is read; `None` where there is none.
    pub(super) fn open(&mut self, name: &str) -> Result<Option<Unpacked<'_>>, String> {
        let Some(part) = self.parts.get(name).copied() else { return Ok(None) };
        let name = clipped(name);
        if part.flags & 1 != 0 {
            return Err(format!("{name} is encrypted; save the spreadsheet without a password"));
        }
        let cut = || format!("{name} lies outside the file; it was cut off on the way");
        let local = part.at;
        if self.bytes.get(local..).is_none_or(|from| !from.starts_with(b"PK\x03\x04")) {
            return Err(cut());
        }
        let skip = |at: usize| small(&self.bytes, local.checked_add(at)?).map(usize::from);
        let begin = skip(26)
            .zip(skip(28))
            .and_then(|(named, extra)| {
                local.checked_add(30)?.checked_add(named)?.checked_add(extra)
            })
            .ok_or_else(cut)?;
        let end = begin.checked_add(part.packed).ok_or_else(cut)?;
        let packed = self.bytes.get(begin..end).ok_or_else(cut)?;
        let size = u64::try_from(part.packed).unwrap_or(u64::MAX);
        let max = size.saturating_mul(XLSX_RATIO_MAX).max(SMALL_PART).min(self.room);
        let source: Box<dyn Read + '_> = match part.method {
            0 => Box::new(packed),
            8 => Box::new(DeflateDecoder::new(packed)),
            method => {
                return Err(format!("{name} is packed by a method ({method}) that is not read"));
            }
        };
        Ok(Some(Unpacked { source, left: max, room: &mut self.room }))
    }
}

/// The central directory: what parts there are, and where.
fn listed(bytes: &[u8]) -> Result<HashMap<String, Part>, String> {
    let cut = || "the archive has no end; it was cut off on the way".to_owned();
    let from = bytes.len().saturating_sub(END_BYTES + COMMENT_MAX);
    let tail = bytes.get(from..).ok_or_else(cut)?;
    let end = from + memchr::memmem::rfind(tail, END).ok_or_else(cut)?;
    let count = small(bytes, end + 10).ok_or_else(cut)?;
    if usize::from(count) > XLSX_PARTS_MAX {
        return Err(format!("the archive holds more than {XLSX_PARTS_MAX} files"));
    }
    let mut at = large(bytes, end + 16).ok_or_else(cut)?;
    let mut parts = HashMap::new();
    for _ in 0..count {
        let (part, name, next) = entry(bytes, at).ok_or_else(cut)?;
        if parts.insert(name, part).is_some() {
            return Err("two files of the archive have one name".to_owned());
        }
        at = next;
    }
    Ok(parts)
}

fn entry(bytes: &[u8], at: usize) -> Option<(Part, String, usize)> {
    if !bytes.get(at..)?.starts_with(b"PK\x01\x02") {
        return None;
    }
    let part = Part {
        flags: small(bytes, at.checked_add(8)?)?,
        method: small(bytes, at.checked_add(10)?)?,
        packed: large(bytes, at.checked_add(20)?)?,
        at: large(bytes, at.checked_add(42)?)?,
    };
    let named = usize::from(small(bytes, at.checked_add(28)?)?);
    let extra = usize::from(small(bytes, at.checked_add(30)?)?);
    let comment = usize::from(small(bytes, at.checked_add(32)?)?);
    let from = at.checked_add(46)?;
    let name = bytes.get(from..from.checked_add(named)?)?;
    let next = from.checked_add(named)?.checked_add(extra)?.checked_add(comment)?;
    // Some writers begin names with a slash, some turn it round.
    let name = String::from_utf8_lossy(name).replace('\\', "/");
    Some((part, name.trim_start_matches('/').to_owned(), next))
}

/// A part as it is unpacked. More than it may unpack to is an error of reading.
pub(super) struct Unpacked<'a> {
    source: Box<dyn Read + 'a>,
    left: u64,
    room: &'a mut u64,
}

impl Read for Unpacked<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(into)?;
        let read = u64::try_from(count).unwrap_or(u64::MAX);
        if read > self.left {
            return Err(io::Error::other(format!(
                "it unpacks to more than {XLSX_RATIO_MAX} times its size, or {XLSX_UNPACKED_MAX} bytes in all; a spreadsheet of people does not"
            )));
        }
        self.left -= read;
        *self.room = self.room.saturating_sub(read);
        Ok(count)
    }
}
