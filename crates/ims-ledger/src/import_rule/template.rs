//! Texts with gaps: `HB${digits}`.

use std::{collections::BTreeMap, fmt};

use crate::{Field, Row};

/// The fields of a row that a gap can name.
const FIELDS: [Field; 8] = [
    Field::Reference,
    Field::Amount,
    Field::Fund,
    Field::Method,
    Field::Office,
    Field::Narrative,
    Field::VatCode,
    Field::Date,
];

/// A text whose gaps are filled from a row: `$1` and `${name}` by what a
/// pattern found, `${fund}` and the like by the row's own fields, `$$` by `$`.
#[derive(Clone, Debug)]
pub(super) struct Template(Vec<Piece>);

#[derive(Clone, Debug)]
enum Piece {
    Text(String),
    Found(String),
    Field(Field),
}

/// A gap that nothing fills.
#[derive(Clone, Debug)]
pub(super) struct BadTemplate(String);

impl fmt::Display for BadTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Template {
    /// Reads a text; `is_found` says which names the patterns can have found.
    pub(super) fn new(text: &str, is_found: impl Fn(&str) -> bool) -> Result<Self, BadTemplate> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            push_text(&mut pieces, before);
            let (name, after) = gap(after).ok_or_else(|| {
                BadTemplate(format!("`{text}` has a `$` without a name; write `$$` for the sign"))
            })?;
            rest = after;
            if name == "$" {
                push_text(&mut pieces, "$");
            } else if is_found(name) {
                pieces.push(Piece::Found(name.to_owned()));
            } else if let Some(field) = FIELDS.into_iter().find(|field| field.name() == name) {
                pieces.push(Piece::Field(field));
            } else {
                return Err(BadTemplate(format!(
                    "`{text}` has a gap `{name}` that no pattern in every group of its conditions fills"
                )));
            }
        }
        push_text(&mut pieces, rest);
        Ok(Self(pieces))
    }

    /// Whether patterns are asked what they found.
    pub(super) fn asks_patterns(&self) -> bool {
        self.0.iter().any(|piece| matches!(piece, Piece::Found(_)))
    }

    /// The whole text when it has no gap.
    pub(super) fn literal(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The text, its gaps filled; `None` when a pattern did not find what is asked for.
    pub(super) fn filled(&self, row: &dyn Row, found: &BTreeMap<String, String>) -> Option<String> {
        let mut text = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(part) => text.push_str(part),
                Piece::Found(name) => text.push_str(found.get(name)?),
                Piece::Field(field) => text.push_str(&row.text(*field)),
            }
        }
        Some(text)
    }
}

fn push_text(pieces: &mut Vec<Piece>, text: &str) {
    if let Some(Piece::Text(last)) = pieces.last_mut() {
        last.push_str(text);
    } else if !text.is_empty() {
        pieces.push(Piece::Text(text.to_owned()));
    }
}

/// The name of a gap, and what follows it.
fn gap(after: &str) -> Option<(&str, &str)> {
    if let Some(rest) = after.strip_prefix('$') {
        return Some(("$", rest));
    }
    if let Some(rest) = after.strip_prefix('{') {
        return rest.split_once('}').filter(|(name, _)| !name.is_empty());
    }
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    // A number ends with its digits, so that `$1A` is the first and an A.
    let is_number = after.starts_with(|c: char| c.is_ascii_digit());
    let ends = |c: char| if is_number { !c.is_ascii_digit() } else { !is_name(c) };
    let end = after.find(ends).unwrap_or(after.len());
    after.split_at_checked(end).filter(|(name, _)| !name.is_empty())
}
