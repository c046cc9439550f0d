//! One byte a character: the encodings of a layout that are not UTF-8, both ways.

use std::io::{self, BufRead, Read};

use encoding_rs::WINDOWS_1252;
use serde::Deserialize;

/// The bytes of a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(super) enum Encoding {
    /// Read tolerantly: what is no UTF-8 is read as Windows-1252, and said so.
    #[serde(rename = "utf-8")]
    Utf8,
    #[serde(rename = "windows-1252", alias = "cp1252")]
    Windows1252,
    #[serde(rename = "latin-1", alias = "iso-8859-1")]
    Latin1,
    #[serde(rename = "ascii")]
    Ascii,
    /// EBCDIC of the United States, Canada, and most exports from mainframes.
    #[serde(rename = "cp037")]
    Cp037,
    /// EBCDIC of Unix on z/OS: six characters lie elsewhere.
    #[serde(rename = "cp1047")]
    Cp1047,
}

/// What an EBCDIC file ends its lines with: NEL and LF.
const EBCDIC_ENDS: [u8; 2] = [0x15, 0x25];

impl Encoding {
    /// Its name in a layout.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Windows1252 => "windows-1252",
            Self::Latin1 => "latin-1",
            Self::Ascii => "ascii",
            Self::Cp037 => "cp037",
            Self::Cp1047 => "cp1047",
        }
    }

    pub(super) const fn is_ebcdic(self) -> bool {
        matches!(self, Self::Cp037 | Self::Cp1047)
    }

    /// The character of each byte; `None` for UTF-8 and ASCII, which are read as
    /// they are.
    fn table(self) -> Option<Vec<char>> {
        let of = |text: &str| Some(text.chars().collect());
        let bytes = || 0..=u8::MAX;
        match self {
            Self::Utf8 | Self::Ascii => None,
            Self::Latin1 => Some(bytes().map(char::from).collect()),
            Self::Windows1252 => {
                let all: Vec<u8> = bytes().collect();
                of(&WINDOWS_1252.decode_without_bom_handling(&all).0)
            }
            Self::Cp037 => of(CP037),
            Self::Cp1047 => of(CP1047),
        }
    }

    /// The byte that is this character.
    pub(super) fn byte(self, wanted: char) -> Option<u8> {
        if wanted.is_ascii() && !self.is_ebcdic() {
            return u8::try_from(wanted).ok();
        }
        let found = match self {
            Self::Utf8 | Self::Ascii => None,
            Self::Latin1 => return u8::try_from(wanted).ok(),
            Self::Windows1252 => {
                let mut held = [0; 4];
                let (bytes, _, bad) = WINDOWS_1252.encode(wanted.encode_utf8(&mut held));
                return bytes.first().copied().filter(|_| !bad);
            }
            Self::Cp037 => CP037.chars().position(|held| held == wanted),
            Self::Cp1047 => CP1047.chars().position(|held| held == wanted),
        };
        found.and_then(|at| u8::try_from(at).ok())
    }
}

/// Bytes of an encoding, read as UTF-8.
pub(super) struct Decoded<'i> {
    input: &'i mut dyn BufRead,
    /// Each byte's character as UTF-8; empty for bytes that are handed on.
    table: Vec<String>,
    text: Vec<u8>,
    at: usize,
}

impl<'i> Decoded<'i> {
    /// Reads lines: what ends a line in EBCDIC becomes a line feed.
    pub(super) fn lines(input: &'i mut dyn BufRead, encoding: Encoding) -> Self {
        let mut decoded = Self::records(input, encoding);
        if encoding.is_ebcdic() {
            for end in EBCDIC_ENDS {
                if let Some(held) = decoded.table.get_mut(usize::from(end)) {
                    "\n".clone_into(held);
                }
            }
        }
        decoded
    }

    /// Reads records that no line end separates: every byte is a character.
    pub(super) fn records(input: &'i mut dyn BufRead, encoding: Encoding) -> Self {
        let table = encoding.table().unwrap_or_default().iter().map(char::to_string).collect();
        Self { input, table, text: Vec::new(), at: 0 }
    }

    /// The next `length` bytes as text, or fewer at the end; `None` after it.
    pub(super) fn record(&mut self, length: usize) -> io::Result<Option<String>> {
        let mut bytes = Vec::with_capacity(length);
        let wanted = u64::try_from(length).unwrap_or(u64::MAX);
        (&mut *self.input).take(wanted).read_to_end(&mut bytes)?;
        if bytes.is_empty() {
            return Ok(None);
        }
        if self.table.is_empty() {
            return Ok(Some(String::from_utf8_lossy(&bytes).into_owned()));
        }
        let texts = bytes.iter().filter_map(|byte| self.table.get(usize::from(*byte)));
        Ok(Some(texts.map(String::as_str).collect()))
    }
}

impl Read for Decoded<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let held = self.fill_buf()?;
        let count = held.len().min(into.len());
        if let (Some(into), Some(held)) = (into.get_mut(..count), held.get(..count)) {
            into.copy_from_slice(held);
        }
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Decoded<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.table.is_empty() {
            return self.input.fill_buf();
        }
        if self.at >= self.text.len() {
            self.text.clear();
            self.at = 0;
            let bytes = self.input.fill_buf()?;
            let count = bytes.len();
            for byte in bytes {
                if let Some(text) = self.table.get(usize::from(*byte)) {
                    self.text.extend_from_slice(text.as_bytes());
                }
            }
            self.input.consume(count);
        }
        Ok(self.text.get(self.at..).unwrap_or_default())
    }

    fn consume(&mut self, count: usize) {
        if self.table.is_empty() {
            self.input.consume(count);
        } else {
            self.at = self.at.saturating_add(count);
        }
    }
}

const CP037: &str = "\
     \u{0}\u{1}\u{2}\u{3}\u{9c}\u{9}\u{86}\u{7f}\u{97}\u{8d}\u{8e}\u{b}\u{c}\u{d}\u{e}\u{f}\
     \u{10}\u{11}\u{12}\u{13}\u{9d}\u{85}\u{8}\u{87}\u{18}\u{19}\u{92}\u{8f}\u{1c}\u{1d}\u{1e}\u{1f}\
     \u{80}\u{81}\u{82}\u{83}\u{84}\u{a}\u{17}\u{1b}\u{88}\u{89}\u{8a}\u{8b}\u{8c}\u{5}\u{6}\u{7}\
     \u{90}\u{91}\u{16}\u{93}\u{94}\u{95}\u{96}\u{4}\u{98}\u{99}\u{9a}\u{9b}\u{14}\u{15}\u{9e}\u{1a}\
     \u{20}\u{a0}âäàáãåçñ¢.<(+|\
     &éêëèíîïìß!$*);¬\
     -/ÂÄÀÁÃÅÇÑ¦,%_>?\
     øÉÊËÈÍÎÏÌ`:#@'=\u{22}\
     Øabcdefghi«»ðýþ±\
     °jklmnopqrªºæ¸Æ¤\
     µ~stuvwxyz¡¿ÐÝÞ®\
     ^£¥·©§¶¼½¾[]¯¨´×\
     {ABCDEFGHI\u{ad}ôöòóõ\
     }JKLMNOPQR¹ûüùúÿ\
     \u{5c}÷STUVWXYZ²ÔÖÒÓÕ\
     0123456789³ÛÜÙÚ\u{9f}";

const CP1047: &str = "\
     \u{0}\u{1}\u{2}\u{3}\u{9c}\u{9}\u{86}\u{7f}\u{97}\u{8d}\u{8e}\u{b}\u{c}\u{d}\u{e}\u{f}\
     \u{10}\u{11}\u{12}\u{13}\u{9d}\u{85}\u{8}\u{87}\u{18}\u{19}\u{92}\u{8f}\u{1c}\u{1d}\u{1e}\u{1f}\
     \u{80}\u{81}\u{82}\u{83}\u{84}\u{a}\u{17}\u{1b}\u{88}\u{89}\u{8a}\u{8b}\u{8c}\u{5}\u{6}\u{7}\
     \u{90}\u{91}\u{16}\u{93}\u{94}\u{95}\u{96}\u{4}\u{98}\u{99}\u{9a}\u{9b}\u{14}\u{15}\u{9e}\u{1a}\
     \u{20}\u{a0}âäàáãåçñ¢.<(+|\
     &éêëèíîïìß!$*);^\
     -/ÂÄÀÁÃÅÇÑ¦,%_>?\
     øÉÊËÈÍÎÏÌ`:#@'=\u{22}\
     Øabcdefghi«»ðýþ±\
     °jklmnopqrªºæ¸Æ¤\
     µ~stuvwxyz¡¿Ð[Þ®\
     ¬£¥·©§¶¼½¾Ý¨¯]´×\
     {ABCDEFGHI\u{ad}ôöòóõ\
     }JKLMNOPQR¹ûüùúÿ\
     \u{5c}÷STUVWXYZ²ÔÖÒÓÕ\
     0123456789³ÛÜÙÚ\u{9f}";

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Encoding; 4] =
        [Encoding::Windows1252, Encoding::Latin1, Encoding::Cp037, Encoding::Cp1047];

    #[test]
    fn every_byte_has_a_character_and_goes_back() {
        for encoding in ALL {
            let table = encoding.table().unwrap();
            assert_eq!(table.len(), 256, "{encoding:?}");
            for (byte, held) in (0..=u8::MAX).zip(table) {
                assert_eq!(encoding.byte(held), Some(byte), "{encoding:?} {held:?}");
            }
            assert_eq!(encoding.byte('\u{20ac}').is_some(), encoding == Encoding::Windows1252);
        }
    }

    /// Known points of both code pages.
    #[test]
    fn the_code_pages_differ_where_they_should() {
        for (wanted, cp037, cp1047) in [
            ('A', 0xC1, 0xC1),
            ('0', 0xF0, 0xF0),
            (' ', 0x40, 0x40),
            ('{', 0xC0, 0xC0),
            ('\u{a3}', 0xB1, 0xB1),
            ('^', 0xB0, 0x5F),
            ('\u{ac}', 0x5F, 0xB0),
            ('[', 0xBA, 0xAD),
            (']', 0xBB, 0xBD),
        ] {
            assert_eq!(Encoding::Cp037.byte(wanted), Some(cp037), "{wanted}");
            assert_eq!(Encoding::Cp1047.byte(wanted), Some(cp1047), "{wanted}");
        }
    }

    #[test]
    fn ebcdic_lines_end_in_nel_or_lf() {
        let mut bytes: &[u8] = b"\xC1\x15\xC2\x25\xB1";
        let mut text = String::new();
        Decoded::lines(&mut bytes, Encoding::Cp037).read_to_string(&mut text).unwrap();
        assert_eq!(text, "A\nB\n\u{a3}");
        let mut bytes: &[u8] = b"\xC1\x15\xC2\xC3";
        let mut records = Decoded::records(&mut bytes, Encoding::Cp037);
        assert_eq!(records.record(3).unwrap().as_deref(), Some("A\u{85}B"));
        assert_eq!(records.record(3).unwrap().as_deref(), Some("C"));
        assert_eq!(records.record(3).unwrap(), None);
    }
}
