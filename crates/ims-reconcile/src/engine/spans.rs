//! What a bank line says, cut where words, digits and letters meet.

use super::text;

/// The most pieces of one line that are looked at, and of which a quoted text may consist.
const PIECES_MAX: usize = 64;
const PIECES_IN_SPAN_MAX: usize = 6;
/// Longer texts are not looked for.
const SPAN_MAX: u32 = 64;

/// A stretch of what a line says, from one cut to another, spaces and punctuation left out.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Span {
    pub(crate) number: u64,
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// True if it is the whole of the line's reference.
    pub(crate) is_whole: bool,
}

/// A run of digits or a run of letters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) is_number: bool,
    in_narrative: bool,
}

/// The texts of many lines, and their spans.
#[derive(Default)]
pub(crate) struct Spans {
    said: Vec<u8>,
    spans: Vec<Span>,
    pieces: Vec<Piece>,
    /// For each line where its spans and pieces end.
    ends: Vec<(u32, u32)>,
}

impl Spans {
    /// Adds a line's texts; lines are numbered from nought as they come.
    pub(crate) fn push(&mut self, reference: &str, narrative: &str) {
        let first = self.pieces.len();
        self.cut(reference, false, first);
        let in_reference = self.pieces.len().saturating_sub(first);
        if narrative != reference {
            self.cut(narrative, true, first);
        }
        let pieces = self.pieces.get(first..).unwrap_or(&[]);
        for (from, start) in pieces.iter().enumerate() {
            for (count, end) in pieces.iter().skip(from).take(PIECES_IN_SPAN_MAX).enumerate() {
                let length = end.end.saturating_sub(start.start);
                if end.in_narrative != start.in_narrative || length > SPAN_MAX {
                    break;
                }
                let bytes = self.said.get(start.start as usize..end.end as usize);
                self.spans.push(Span {
                    number: text::number(bytes.unwrap_or(&[]).iter().copied()),
                    start: start.start,
                    end: end.end,
                    is_whole: from == 0 && count + 1 == in_reference,
                });
            }
        }
        self.ends.push((self.spans.len() as u32, self.pieces.len() as u32));
    }

    fn cut(&mut self, text: &str, in_narrative: bool, first: usize) {
        let mut last: Option<bool> = None;
        for byte in text.bytes() {
            let Some(plain) = text::plain_byte(byte) else {
                last = None;
                continue;
            };
            let is_number = plain.is_ascii_digit();
            let at = self.said.len() as u32;
            if last != Some(is_number) {
                if self.pieces.len().saturating_sub(first) >= PIECES_MAX {
                    return;
                }
                self.pieces.push(Piece { start: at, end: at, is_number, in_narrative });
                last = Some(is_number);
            }
            self.said.push(plain);
            if let Some(piece) = self.pieces.last_mut() {
                piece.end = at.saturating_add(1);
            }
        }
    }

    /// The spans of a line.
    pub(crate) fn of(&self, line: usize) -> &[Span] {
        let (start, end) = self.ends_of(line, |ends| ends.0);
        self.spans.get(start..end).unwrap_or(&[])
    }

    /// The pieces of a line.
    pub(crate) fn pieces(&self, line: usize) -> &[Piece] {
        let (start, end) = self.ends_of(line, |ends| ends.1);
        self.pieces.get(start..end).unwrap_or(&[])
    }

    /// Every span of every line.
    pub(crate) fn all(&self) -> &[Span] {
        &self.spans
    }

    /// The letters and digits from `start` to `end`.
    pub(crate) fn said(&self, start: u32, end: u32) -> &[u8] {
        self.said.get(start as usize..end as usize).unwrap_or(&[])
    }

    fn ends_of(&self, line: usize, which: impl Fn(&(u32, u32)) -> u32) -> (usize, usize) {
        let end = |line: usize| self.ends.get(line).map_or(0, &which) as usize;
        (line.checked_sub(1).map_or(0, end), end(line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(reference: &str, narrative: &str) -> Vec<String> {
        let mut spans = Spans::default();
        spans.push("of another line", "");
        spans.push(reference, narrative);
        let said = |span: &Span| {
            let said = String::from_utf8_lossy(spans.said(span.start, span.end)).into_owned();
            if span.is_whole { said + "!" } else { said }
        };
        spans.of(1).iter().map(said).collect()
    }

    #[test]
    fn texts_are_cut_where_words_digits_and_letters_meet() {
        assert_eq!(
            spans("ref12 34-5", ""),
            ["REF", "REF12", "REF1234", "REF12345!", "12", "1234", "12345", "34", "345", "5"]
        );
        assert_eq!(spans("12", "A 3"), ["12!", "A", "A3", "3"]);
        assert_eq!(spans("", ""), [""; 0]);
        assert_eq!(spans("12", "12"), ["12!"]);
    }
}
