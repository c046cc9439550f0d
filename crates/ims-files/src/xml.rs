//! XML as a bounded stream of events: elements by local name, nothing copied and
//! nothing kept but the names of the elements that are open.

mod attributes;
mod window;

use std::io::BufRead;

use crate::{XML_DEPTH_MAX, amounts::clipped, verdict::Faults};
pub(crate) use attributes::Attributes;
use window::Window;

/// What a reader of XML is told.
pub(crate) enum Step<'x> {
    /// An element begins. Its name has no prefix.
    Begins(&'x str, Attributes<'x>),
    /// Text of the element that is open, its references resolved.
    Text(&'x str),
    /// The element that is open ends.
    Ends,
}

/// What each event is handed to. `line` counts up to the line it ends on.
pub(crate) trait Visitor {
    fn step(&mut self, step: Step<'_>, line: impl FnOnce() -> u64);
}

/// Reads to the end or to the first thing that is not well formed, which is a
/// fault. A document type is refused: it can make a small file endless.
pub(crate) fn read<V: Visitor>(
    input: &mut dyn BufRead,
    faults: &mut Faults,
    visitor: &mut V,
) -> u64 {
    let mut scan = Scan { window: Window::new(input), names: String::new(), open: Vec::new() };
    let failure = scan.all(visitor).err();
    let line = scan.window.line();
    if let Some(message) = failure {
        faults.error(line, message);
    }
    scan.window.report(faults);
    line
}

const BYTE_ORDER_MARK: char = '\u{feff}';

/// What begins a text in which nothing is a tag or a reference.
const MARK: &str = "<![CDATA[";

/// The scanning of one file.
struct Scan<'i> {
    window: Window<'i>,
    /// The names of the elements that are open, one behind the other, and where
    /// each begins.
    names: String,
    open: Vec<usize>,
}

fn malformed(what: &str) -> String {
    format!("not well-formed XML: {what}")
}

impl Scan<'_> {
    fn all<V: Visitor>(&mut self, visitor: &mut V) -> Result<(), String> {
        while self.window.rest().len() < MARK.len() && self.window.grow()? {}
        if self.window.rest().starts_with(BYTE_ORDER_MARK) {
            self.window.pass(BYTE_ORDER_MARK.len_utf8());
        }
        loop {
            let Some(end) = self.text_end()? else {
                self.window.pass(self.window.rest().len());
                if !self.open.is_empty() {
                    return Err(
                        "the file ends in the middle of an element; it was cut off".to_owned()
                    );
                }
                return Ok(());
            };
            if end > 0 {
                self.text(end, visitor)?;
            }
            self.markup(visitor)?;
        }
    }

    /// How much text stands before the next `<`; `None` at the end of the file.
    fn text_end(&mut self) -> Result<Option<usize>, String> {
        match near(self.window.rest().as_bytes(), b'<') {
            Some(end) => Ok(Some(end)),
            None => self.window.find(b'<', 0),
        }
    }

    fn text<V: Visitor>(&mut self, end: usize, visitor: &mut V) -> Result<(), String> {
        let mut rest = self.window.rest().get(..end).unwrap_or_default();
        while let Some((before, after)) = rest.split_once('&') {
            if !before.is_empty() {
                visitor.step(Step::Text(before), || 0);
            }
            let (name, more) = after.split_once(';').unwrap_or((after, ""));
            let sign = reference(name).ok_or_else(|| {
                format!("`&{};` stands for nothing; `&amp;` would be an ampersand", clipped(name))
            })?;
            visitor.step(Step::Text(sign.encode_utf8(&mut [0; 4])), || 0);
            rest = more;
        }
        if !rest.is_empty() {
            visitor.step(Step::Text(rest), || 0);
        }
        self.window.pass(end);
        Ok(())
    }

    /// What begins with the `<` that comes next.
    fn markup<V: Visitor>(&mut self, visitor: &mut V) -> Result<(), String> {
        let second = loop {
            match self.window.rest().as_bytes().get(1).copied() {
                Some(second) => break second,
                None if self.window.grow()? => {}
                None => {
                    return Err("the file ends in the middle of a tag; it was cut off".to_owned());
                }
            }
        };
        match second {
            b'/' => self.end_tag(visitor),
            b'!' => self.declaration(visitor),
            b'?' => {
                let end = self.closed_by("?>", 2)?;
                self.window.pass(end);
                Ok(())
            }
            _ if second.is_ascii_alphabetic() || matches!(second, b'_' | b':' | 128..) => {
                self.start_tag(visitor)
            }
            _ => Err(malformed("a `<` that begins no tag; `&lt;` would be one")),
        }
    }

    /// Where the next `>` ends what has begun.
    fn tag_end(&mut self, from: usize) -> Result<usize, String> {
        let found = self.window.find(b'>', from)?;
        found.ok_or_else(|| "the file ends in the middle of a tag; it was cut off".to_owned())
    }

    /// Where a start tag ends: a `>` inside quotes does not end it.
    fn start_tag_end(&mut self) -> Result<usize, String> {
        let (mut end, mut seen, mut quote) = (self.tag_end(1)?, 1, None);
        loop {
            let bytes = self.window.rest().as_bytes().get(seen..end).unwrap_or_default();
            for byte in bytes {
                match (quote, byte) {
                    (None, b'"' | b'\'') => quote = Some(*byte),
                    (None, b'<') => return Err(malformed("a tag begins inside another")),
                    (Some(open), byte) if open == *byte => quote = None,
                    _ => {}
                }
            }
            if quote.is_none() {
                return Ok(end);
            }
            seen = end;
            end = self.tag_end(end.saturating_add(1))?;
        }
    }

    fn start_tag<V: Visitor>(&mut self, visitor: &mut V) -> Result<(), String> {
        // Nearly every tag is only a short name.
        let end = match plain_tag_end(self.window.rest().as_bytes()) {
            Some(end) => end,
            None => self.start_tag_end()?,
        };
        let tag = self.window.rest().get(1..end).unwrap_or_default();
        let (tag, is_empty) = match tag.strip_suffix('/') {
            Some(tag) => (tag, true),
            None => (tag, false),
        };
        let (mut name, mut attributes, mut prefix) = (tag, "", None);
        for (at, byte) in tag.bytes().enumerate() {
            match byte {
                b':' if prefix.is_none() => prefix = Some(at),
                b' ' | b'\n' | b'\r' | b'\t' => {
                    (name, attributes) = tag.split_at_checked(at).unwrap_or((tag, ""));
                    break;
                }
                _ => {}
            }
        }
        if self.open.len() >= XML_DEPTH_MAX {
            return Err(format!("elements nest more than {XML_DEPTH_MAX} deep"));
        }
        if !is_empty {
            self.open.push(self.names.len());
            self.names.push_str(name);
        }
        let local = prefix.and_then(|at| name.get(at.saturating_add(1)..)).unwrap_or(name);
        visitor.step(Step::Begins(local, Attributes::new(attributes)), || self.window.line());
        if is_empty {
            visitor.step(Step::Ends, || self.window.line());
        }
        self.window.pass(end.saturating_add(1));
        Ok(())
    }

    fn end_tag<V: Visitor>(&mut self, visitor: &mut V) -> Result<(), String> {
        let Some(begun) = self.open.pop() else {
            let end = self.tag_end(2)?;
            let name = self.window.rest().get(2..end).unwrap_or_default();
            return Err(malformed(&format!("`</{}>` closes nothing", clipped(name))));
        };
        let length = self.names.len().saturating_sub(begun);
        let behind = length.saturating_add(2);
        let end = if self.ends_as_expected(begun, behind) { behind } else { self.tag_end(2)? };
        let name = self.window.rest().get(2..end).unwrap_or_default().trim_ascii_end();
        let expected = self.names.get(begun..).unwrap_or_default();
        if name != expected {
            return Err(malformed(&format!(
                "`</{}>` where `</{}>` would be right",
                clipped(name),
                clipped(expected)
            )));
        }
        self.names.truncate(begun);
        visitor.step(Step::Ends, || self.window.line());
        self.window.pass(end.saturating_add(1));
        Ok(())
    }

    /// Whether the name of the element that is open comes next, and nothing more.
    fn ends_as_expected(&self, begun: usize, behind: usize) -> bool {
        let rest = self.window.rest().as_bytes();
        rest.get(behind) == Some(&b'>') && rest.get(2..behind) == self.names.as_bytes().get(begun..)
    }

    /// A comment, a text marked as such, or a document type.
    fn declaration<V: Visitor>(&mut self, visitor: &mut V) -> Result<(), String> {
        while self.window.rest().len() < MARK.len() && self.window.grow()? {}
        let rest = self.window.rest();
        if rest.starts_with("<!--") {
            let end = self.closed_by("-->", 4)?;
            self.window.pass(end);
            return Ok(());
        }
        if rest.starts_with(MARK) {
            let end = self.closed_by("]]>", MARK.len())?;
            let inner = self.window.rest().get(MARK.len()..end.saturating_sub(3));
            visitor.step(Step::Text(inner.unwrap_or_default()), || 0);
            self.window.pass(end);
            return Ok(());
        }
        let word = rest.get(..MARK.len()).unwrap_or(rest).to_ascii_uppercase();
        if word.starts_with("<!DOCTYPE") {
            return Err("a document type (DOCTYPE) is refused; a bank's file has none".to_owned());
        }
        Err(malformed("a declaration that no document has"))
    }

    /// The length of what begins here, up to and with `close`.
    fn closed_by(&mut self, close: &str, mut from: usize) -> Result<usize, String> {
        let inside = from;
        while let Some(at) = self.window.find(b'>', from)? {
            from = at.saturating_add(1);
            let whole = self.window.rest().get(inside..from).unwrap_or_default();
            if whole.ends_with(close) {
                return Ok(from);
            }
        }
        Err("the file ends in the middle of a comment or a marked text; it was cut off".to_owned())
    }
}

/// Where `wanted` is among the next bytes, eight at a time; `None` where it is
/// further away, or too near the end of what there is.
fn near(bytes: &[u8], wanted: u8) -> Option<usize> {
    let (words, _) = bytes.as_chunks::<8>();
    let pattern = u64::from_le_bytes([wanted; 8]);
    for (nth, word) in words.iter().take(8).enumerate() {
        let differs = u64::from_le_bytes(*word) ^ pattern;
        let zero = differs.wrapping_sub(0x0101_0101_0101_0101) & !differs & 0x8080_8080_8080_8080;
        if zero != 0 {
            let within = usize::try_from(zero.trailing_zeros() / 8).ok()?;
            return nth.checked_mul(8)?.checked_add(within);
        }
    }
    None
}

/// Where a start tag ends that is a short name and nothing else.
fn plain_tag_end(bytes: &[u8]) -> Option<usize> {
    let end = near(bytes, b'>')?;
    let inner = bytes.get(1..end)?;
    let is_plain = |byte: &u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'/' | b'_' | b'-' | b'.')
    };
    inner.iter().all(is_plain).then_some(end)
}

/// What a reference stands for. There are only XML's own five and numbers.
fn reference(name: &str) -> Option<char> {
    Some(match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "apos" => '\'',
        "quot" => '"',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix('x') {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code).filter(|sign| *sign != '\0')?
        }
    })
}

/// The root element of a head that looks like XML, or the message its namespace
/// names: `pain.001.001.03`.
pub(crate) fn root(head: &[u8]) -> Option<String> {
    struct Root(Option<String>);
    impl Visitor for Root {
        fn step(&mut self, step: Step<'_>, _: impl FnOnce() -> u64) {
            if let (None, Step::Begins(name, attributes)) = (&self.0, step) {
                let spaces = attributes.namespaces();
                let message = spaces.iter().filter_map(|space| space.rsplit_once("xsd:")).next();
                self.0 = Some(message.map_or(name, |(_, message)| message).to_owned());
            }
        }
    }
    if !crate::lines::without_bom(head).trim_ascii_start().starts_with(b"<") {
        return None;
    }
    let mut root = Root(None);
    read(&mut &*head, &mut Faults::default(), &mut root);
    root.0
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    struct Told(String);

    impl Visitor for Told {
        fn step(&mut self, step: Step<'_>, line: impl FnOnce() -> u64) {
            match step {
                Step::Begins(name, attributes) => {
                    self.0.push_str(&format!("<{name}@{}", line()));
                    if let Some(value) = attributes.value("a") {
                        self.0.push_str(&format!(" a={value}"));
                    }
                }
                Step::Text(text) => self.0.push_str(text),
                Step::Ends => self.0.push('/'),
            }
        }
    }

    fn told(text: &str, buffer: usize) -> String {
        let mut input = BufReader::with_capacity(buffer, text.as_bytes());
        let mut told = Told(String::new());
        let mut faults = Faults::default();
        read(&mut input, &mut faults, &mut told);
        let faults = faults.verdict(None, None).faults;
        let wrong = faults.iter().map(|fault| format!(" !{}", fault.message)).collect::<String>();
        told.0 + &wrong
    }

    #[test]
    fn every_piece_in_every_buffer() {
        for (text, wanted) in [
            (
                "\u{feff}<?xml v?><r>\n<n:b a='>\"'>x &amp; &#65;\n</n:b><c/></r>\n",
                "<r@1\n<b@2 a=>\"x & A\n/<c@3//",
            ),
            ("<r><!-- <x> -- > --><![CDATA[a]b]] <c> &amp;]]></r>", "<r@1a]b]] <c> &amp;/"),
            ("<r></s>", "<r@1 !not well-formed XML: `</s>` where `</r>` would be right"),
            ("</s>", " !not well-formed XML: `</s>` closes nothing"),
            ("<r>&x;</r>", "<r@1 !`&x;` stands for nothing; `&amp;` would be an ampersand"),
            (
                "<r>1 < 2</r>",
                "<r@11  !not well-formed XML: a `<` that begins no tag; `&lt;` would be one",
            ),
            ("<r><a <b></r>", "<r@1 !not well-formed XML: a tag begins inside another"),
            ("<r>", "<r@1 !the file ends in the middle of an element; it was cut off"),
            ("<r", " !the file ends in the middle of a tag; it was cut off"),
            ("<!DOCTYPE r><r/>", " !a document type (DOCTYPE) is refused; a bank's file has none"),
            (
                "<r><!-->",
                "<r@1 !the file ends in the middle of a comment or a marked text; it was cut off",
            ),
        ] {
            for buffer in [1, 2, 3, 5, 8, 1000] {
                assert_eq!(told(text, buffer), wanted, "{text} in {buffer}");
            }
        }
    }
}
