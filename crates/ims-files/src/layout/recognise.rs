//! Whether a file is of a layout, by what the layout says it is known by.

use super::{
    Kind, Layout, Quote,
    charset::Decoded,
    pattern,
    read::{Columns, Piece, tells},
    text::LineEnd,
};
use crate::{Confidence, Head, lines::Lines, rows::Rows, sheet, xlsx};

/// What a file is known by. All that is said must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Recognise {
    /// Patterns of its name, in small letters.
    pub(super) file_name: Vec<String>,
    /// Records one of which is among its first lines.
    pub(super) records: Vec<String>,
    /// How many lines are looked at.
    pub(super) within: usize,
    pub(super) is_maybe: bool,
    /// Whether the layout says anything; without it the layout is only named.
    pub(super) is_said: bool,
}

pub(super) fn recognise(layout: &Layout, head: &Head<'_>) -> Confidence {
    let rules = &layout.recognise;
    if !rules.is_said || layout.becomes.is_none() {
        return Confidence::No;
    }
    let name = head.file_name.to_lowercase();
    let is_named = || rules.file_name.iter().any(|shape| pattern::matches(&name, shape));
    if !rules.file_name.is_empty() && !is_named() {
        return Confidence::No;
    }
    if layout.kind == Kind::Sheet && !is_sheet(head.bytes) {
        return Confidence::No;
    }
    let seen = look(layout, head.bytes);
    let named_columns =
        layout.kind != Kind::Sheet && layout.header_row && layout.named_columns().next().is_some();
    if (!rules.records.is_empty() && !seen.a_record) || (named_columns && !seen.the_names) {
        return Confidence::No;
    }
    if rules.is_maybe { Confidence::Maybe } else { Confidence::Sure }
}

fn is_sheet(head: &[u8]) -> bool {
    xlsx::is_likely(head) || (!head.starts_with(b"PK") && sheet::is_text(head))
}

/// What is among the first lines.
#[derive(Default)]
struct Seen {
    a_record: bool,
    the_names: bool,
}

impl Seen {
    fn piece(&mut self, layout: &Layout, piece: &Piece<'_>) {
        let none = Columns::default();
        let named = |name: &str| layout.recognise.records.iter().any(|wanted| wanted == name);
        let mut parts = layout.parts.iter().enumerate().filter(|(_, part)| named(&part.name));
        self.a_record =
            self.a_record || parts.any(|(nth, part)| tells(layout, part, nth, piece, &none));
    }
}

fn look(layout: &Layout, mut bytes: &[u8]) -> Seen {
    let mut seen = Seen::default();
    let within = layout.recognise.within;
    match (layout.kind, layout.line_end, layout.record_length) {
        // Its rows are packed, and the head of a file is not all of it.
        (Kind::Sheet, ..) => {}
        (Kind::Delimited { delimiter, quote, .. }, _, _) => {
            let mut decoded = Decoded::lines(&mut bytes, layout.encoding);
            let mut rows = Rows::new(&mut decoded);
            rows.parted_by(delimiter.and_then(|c| u8::try_from(c).ok()), quote != Quote::Never);
            for _ in 0..within {
                let Some(row) = rows.next() else { break };
                seen.piece(layout, &Piece::Row(row));
                seen.the_names = seen.the_names || Columns::named(layout, row).is_some();
            }
        }
        (Kind::Fixed, LineEnd::None, Some(length)) => {
            let mut decoded = Decoded::records(&mut bytes, layout.encoding);
            for _ in 0..within {
                let Ok(Some(text)) = decoded.record(length) else { break };
                seen.piece(layout, &Piece::Line(&text));
            }
        }
        (Kind::Fixed, _, _) => {
            let mut decoded = Decoded::lines(&mut bytes, layout.encoding);
            let mut lines = Lines::new(&mut decoded);
            let mut count = 0_usize;
            while let Some(line) = lines.next() {
                if !line.trim().is_empty() {
                    seen.piece(layout, &Piece::Line(&line));
                    count = count.saturating_add(1);
                }
                if count >= within {
                    break;
                }
            }
        }
    }
    seen
}
