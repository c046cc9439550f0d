use std::{
    borrow::Cow,
    io::{self, BufRead},
};

use encoding_rs::WINDOWS_1252;

use crate::{RECORD_BYTES_MAX, verdict::Faults};

/// What the file is made of, whether its syntax is SGML or XML.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Token<'t> {
    /// `<NAME>`, in upper case.
    Opens(&'t str),
    /// `</NAME>`.
    Closes(&'t str),
    /// `<?NAME …?>`, what is between the question marks.
    Instruction(&'t str),
    /// What stands between tags, its references resolved.
    Text(&'t str),
}

/// Takes a file apart at its tags. A `<` that begins no tag, and a `&` that
/// begins no reference, are text: many banks do not escape them.
pub(super) struct Scanner<'i> {
    input: &'i mut dyn BufRead,
    line: u64,
    /// The `<` of a tag has been read.
    in_tag: bool,
    raw: Vec<u8>,
    text: String,
    /// Bytes that are no UTF-8 are as declared.
    pub(super) is_latin: bool,
    mended: u64,
    too_long: Option<u64>,
    failure: Option<io::Error>,
}

/// What ended a run of bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    At(u8),
    OfFile,
}

impl<'i> Scanner<'i> {
    pub(super) fn new(input: &'i mut dyn BufRead) -> Self {
        Self {
            input,
            line: 1,
            in_tag: false,
            raw: Vec::new(),
            text: String::new(),
            is_latin: false,
            mended: 0,
            too_long: None,
            failure: None,
        }
    }

    /// The line that has been read up to, from 1.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    pub(super) fn next(&mut self) -> Option<Token<'_>> {
        loop {
            self.raw.clear();
            if !self.in_tag {
                self.in_tag = self.gather(b'<', b'<', true) != End::OfFile;
                if !self.raw.trim_ascii().is_empty() {
                    return Some(self.as_text(true));
                }
                if !self.in_tag {
                    return None;
                }
                self.raw.clear();
            }
            self.in_tag = false;
            match self.peek() {
                Some(b'!') => {
                    if self.declaration() {
                        return Some(self.as_text(false));
                    }
                    continue;
                }
                Some(b'?') => {
                    self.gather(b'>', b'>', true);
                    self.decode();
                    return Some(Token::Instruction(self.text.trim_matches('?')));
                }
                Some(first) if first == b'/' || first.is_ascii_alphabetic() => {}
                _ => return Some(self.literal()),
            }
            // A tag that another begins in is none.
            if self.gather(b'>', b'<', false) != End::At(b'>') {
                self.raw.insert(0, b'<');
                return Some(self.as_text(true));
            }
            self.decode();
            self.text.make_ascii_uppercase();
            let name = self.text.trim_end_matches('/');
            if let Some(name) = name.strip_prefix('/') {
                return Some(Token::Closes(name.trim()));
            }
            return Some(Token::Opens(name.split_ascii_whitespace().next().unwrap_or("")));
        }
    }

    /// A `<` and what follows it up to the next.
    fn literal(&mut self) -> Token<'_> {
        self.raw.push(b'<');
        self.in_tag = self.gather(b'<', b'<', true) != End::OfFile;
        self.as_text(true)
    }

    /// A comment, a declaration, or text that is marked as such (true).
    fn declaration(&mut self) -> bool {
        loop {
            if self.gather(b'>', b'>', true) == End::OfFile {
                self.raw.clear();
                return false;
            }
            if let Some(marked) = self.raw.strip_prefix(b"![CDATA[") {
                if let Some(inner) = marked.strip_suffix(b"]]") {
                    self.raw = inner.to_vec();
                    return true;
                }
            } else if !self.raw.starts_with(b"!--") || self.raw.ends_with(b"--") {
                self.raw.clear();
                return false;
            }
            if self.raw.len() >= RECORD_BYTES_MAX {
                self.raw.clear();
                return false;
            }
            self.raw.push(b'>');
        }
    }

    fn as_text(&mut self, references: bool) -> Token<'_> {
        self.decode();
        if references && memchr::memchr(b'&', self.text.as_bytes()).is_some() {
            self.text = resolved(&self.text);
        }
        Token::Text(&self.text)
    }

    /// Makes the bytes gathered into text.
    fn decode(&mut self) {
        self.text.clear();
        if let Ok(text) = std::str::from_utf8(&self.raw) {
            self.text.push_str(text);
            return;
        }
        self.mended = self.mended.saturating_add(1);
        self.text.push_str(&WINDOWS_1252.decode_without_bom_handling(&self.raw).0);
    }

    fn peek(&mut self) -> Option<u8> {
        self.fill().first().copied()
    }

    /// What can be read at once; nothing at the end or behind a failure.
    fn fill(&mut self) -> &[u8] {
        while self.failure.is_none() {
            match self.input.fill_buf() {
                Ok(_) => return self.input.fill_buf().unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => self.failure = Some(error),
            }
        }
        &[]
    }

    /// Adds bytes up to `stop` or `other`, which is read too where `take_other`.
    fn gather(&mut self, stop: u8, other: u8, take_other: bool) -> End {
        loop {
            if self.fill().is_empty() {
                return End::OfFile;
            }
            let Ok(buffer) = self.input.fill_buf() else { return End::OfFile };
            let at = memchr::memchr2(stop, other, buffer);
            let before = buffer.get(..at.unwrap_or(buffer.len())).unwrap_or(buffer);
            let found = at.and_then(|at| buffer.get(at)).copied();
            let room = RECORD_BYTES_MAX.saturating_sub(self.raw.len());
            self.raw.extend_from_slice(before.get(..room.min(before.len())).unwrap_or_default());
            if before.len() > room {
                self.too_long.get_or_insert(self.line);
            }
            let feeds = memchr::memchr_iter(b'\n', before).count();
            self.line = self.line.saturating_add(u64::try_from(feeds).unwrap_or(0));
            let taken = before.len();
            match found {
                Some(byte) => {
                    let all = byte == stop || take_other;
                    self.input.consume(taken + usize::from(all));
                    return End::At(byte);
                }
                None => self.input.consume(taken),
            }
        }
    }

    /// Reports what was met on the way.
    pub(super) fn finish(self, faults: &mut Faults) {
        if let Some(line) = self.too_long {
            faults.error(
                line,
                format!("a text is longer than {RECORD_BYTES_MAX} bytes; its rest was skipped"),
            );
        }
        if self.mended > 0 && !self.is_latin {
            faults.warning(
                None,
                format!("not UTF-8: {} texts were read as Windows-1252", self.mended),
            );
        }
        if let Some(error) = self.failure {
            faults.error(self.line, format!("the file could not be read on: {error}"));
        }
    }
}

/// `&amp;` and its like as what they stand for; anything else as it is.
fn resolved(text: &str) -> String {
    let mut whole = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        whole.push_str(before);
        let reference = after.split_once(';').and_then(|(name, after)| Some((named(name)?, after)));
        match reference {
            Some((sign, after)) => {
                whole.push_str(&sign);
                rest = after;
            }
            None => {
                whole.push('&');
                rest = after;
            }
        }
    }
    whole.push_str(rest);
    whole
}

fn named(name: &str) -> Option<Cow<'static, str>> {
    let sign = match name {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        "nbsp" => " ",
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            let sign = char::from_u32(code).filter(|sign| !sign.is_control())?;
            return Some(Cow::Owned(sign.to_string()));
        }
    };
    Some(Cow::Borrowed(sign))
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    fn tokens(text: &str, buffer: usize) -> Vec<String> {
        let mut input = BufReader::with_capacity(buffer, text.as_bytes());
        let mut scanner = Scanner::new(&mut input);
        let mut found = Vec::new();
        while let Some(token) = scanner.next() {
            found.push(match token {
                Token::Opens(name) => format!("<{name}"),
                Token::Closes(name) => format!("/{name}"),
                Token::Instruction(text) => format!("?{text}"),
                Token::Text(text) => format!("`{}`", text.trim()),
            });
        }
        found
    }

    #[test]
    fn tags_and_what_only_looks_like_one() {
        for (text, wanted) in [
            ("<a>1\n<B/>2</a >", vec!["<A", "`1`", "<B", "`2`", "/A"]),
            (
                "<?OFX V=\"2\"?><!-- <x> --><N>a &amp; b & c &#163;",
                vec!["?OFX V=\"2\"", "<N", "`a & b & c £`"],
            ),
            ("<N>1 < 2 <", vec!["<N", "`1`", "`< 2`", "`<`"]),
            ("<N<M>x", vec!["`<N`", "<M", "`x`"]),
            ("<M><![CDATA[a <b> &amp;]]></M>", vec!["<M", "`a <b> &amp;`", "/M"]),
            ("<A href='x'>", vec!["<A"]),
            ("<![CDATA[", vec![]),
            ("", vec![]),
        ] {
            for buffer in [1, 2, 3, 7, 100] {
                assert_eq!(tokens(text, buffer), wanted, "{text} {buffer}");
            }
        }
    }
}
