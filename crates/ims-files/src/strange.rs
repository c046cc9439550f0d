//! What a file plainly is when it is nothing that is read here.

use std::fmt;

/// A kind of file that no format reads, told by its first bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Strange {
    /// No bytes, or only white space.
    Empty,
    /// A zip archive, or what is one inside: a spreadsheet, a document.
    Zip,
    /// Compressed by gzip.
    Gzip,
    /// A PDF document.
    Pdf,
    /// An old Excel or Word file.
    OldOffice,
    /// A web page.
    Html,
    /// XML whose root element is no format's.
    Xml {
        /// The root element, or the message's name where it has one.
        root: String,
    },
    /// Text of two bytes a character.
    Utf16,
    /// Bytes that are no text.
    Binary,
}

impl fmt::Display for Strange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the file is empty"),
            Self::Zip => f.write_str(
                "it is a zip archive, but no spreadsheet; unpack it and give the file inside",
            ),
            Self::Gzip => f.write_str("it is compressed by gzip; unpack it first"),
            Self::Pdf => f.write_str("it is a PDF; ask the sender for the data file"),
            Self::OldOffice => {
                f.write_str("it is an old Excel or Word file; save the sheet as CSV")
            }
            Self::Html => f.write_str(
                "it is a web page, perhaps a sign-in page saved by mistake; download the file again",
            ),
            Self::Xml { root } => {
                write!(f, "it is XML of another kind (`{root}`), not a bank statement")
            }
            Self::Utf16 => f.write_str("it is UTF-16 text; save it as UTF-8"),
            Self::Binary => f.write_str("it is not text"),
        }
    }
}

impl Strange {
    /// What a file that begins so plainly is, if it is nothing to be read.
    pub(crate) fn of(head: &[u8]) -> Option<Self> {
        let begins = |magic: &[u8]| head.starts_with(magic);
        let text = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head).trim_ascii();
        if text.is_empty() {
            Some(Self::Empty)
        } else if begins(b"PK\x03\x04") || begins(b"PK\x05\x06") {
            Some(Self::Zip)
        } else if begins(b"\x1F\x8B") {
            Some(Self::Gzip)
        } else if begins(b"%PDF") {
            Some(Self::Pdf)
        } else if begins(b"\xD0\xCF\x11\xE0") {
            Some(Self::OldOffice)
        } else if begins(b"\xFF\xFE") || begins(b"\xFE\xFF") {
            Some(Self::Utf16)
        } else if is_html(text) {
            Some(Self::Html)
        } else if is_binary(text) {
            Some(Self::Binary)
        } else {
            None
        }
    }
}

fn is_html(text: &[u8]) -> bool {
    let start: Vec<u8> = text.iter().take(15).map(u8::to_ascii_lowercase).collect();
    start.starts_with(b"<!doctype html") || start.starts_with(b"<html")
}

/// More than one control byte in fifty. A stray one is met in real statements.
fn is_binary(text: &[u8]) -> bool {
    let odd = text.iter().filter(|b| b.is_ascii_control() && !b.is_ascii_whitespace()).count();
    odd > 2 && odd.saturating_mul(50) > text.len()
}
