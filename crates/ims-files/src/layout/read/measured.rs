//! Whether a record has the size its fields make, and nothing is left out that
//! belongs to a number or a reference.

use super::{Layout, Part, Piece};
use crate::{
    columns::between,
    layout::field::{Align, Field, Place, Shape, Sign},
};

/// What is measured of the records of a layout.
pub(super) struct Measures {
    record_length: usize,
    /// Of each kind of record, the characters that no field has and that touch a
    /// number or a reference: from 0, with the field.
    bare: Vec<Vec<(usize, usize)>>,
}

impl Measures {
    pub(super) fn of(layout: &Layout) -> Self {
        let bare = layout.parts.iter().map(bare).collect();
        Self { record_length: layout.record_length.unwrap_or(0), bare }
    }

    pub(super) fn fit(&self, nth: usize, part: &Part, piece: &Piece<'_>) -> Result<(), String> {
        match piece {
            Piece::Line(line) => {
                let width = crate::layout::parse::width(&part.fields).max(self.record_length);
                let length = line.trim_end().chars().count();
                let open = part.fields.iter().any(|field| matches!(field.place, Place::After(_)));
                if !open && length > width {
                    return Err(format!("{length} characters; a `{}` has {width}", part.name));
                }
                let bare = self.bare.get(nth).map(Vec::as_slice).unwrap_or_default();
                bare.iter().try_for_each(|(at, field)| not_touched(part, *field, line, *at))?;
                if length < width { not_cut(part, length, line.chars().count()) } else { Ok(()) }
            }
            Piece::Row(row) => {
                let last = part.fields.iter().filter_map(|field| match field.place {
                    Place::Column(at) => Some((at + 1, field.optional)),
                    Place::Span(..) | Place::After(_) | Place::Cell(_) | Place::Named(_) => None,
                });
                let Some(most) = last.clone().map(|(at, _)| at).max() else { return Ok(()) };
                let least = last.filter(|(_, optional)| !optional).map(|(at, _)| at).max();
                let length = row.filled();
                if length > most || row.len() < least.unwrap_or(0) {
                    let name = &part.name;
                    let named =
                        if name == "detail" { "a row".to_owned() } else { format!("a `{name}`") };
                    return Err(format!("{} columns; {named} has {most}", row.len()));
                }
                Ok(())
            }
        }
    }
}

/// A number does not end with the line, unless what is left of its place may be
/// blank: behind a number on the left, and for a sign behind it.
fn not_cut(part: &Part, length: usize, whole: usize) -> Result<(), String> {
    let is_cut = |field: &&Field| match field.place {
        Place::Span(from, Some(to)) => {
            let spare = usize::from(field.sign == Sign::Trailing);
            is_number(field)
                && field.align == Align::Right
                && from < length
                && whole.saturating_add(spare) < to
        }
        Place::Span(_, None)
        | Place::After(_)
        | Place::Column(_)
        | Place::Cell(_)
        | Place::Named(_) => false,
    };
    match part.fields.iter().find(is_cut) {
        None => Ok(()),
        Some(field) => Err(format!(
            "the line ends after {length} characters, inside `{}` ({}); a whole line or another place for it would be right, or `align = \"left\"` where blanks behind it are left out",
            field.name,
            field.place.words()
        )),
    }
}

/// A digit beside a number or a reference may belong to it.
fn not_touched(part: &Part, field: usize, line: &str, at: usize) -> Result<(), String> {
    let held = between(line, at, at + 1);
    let Some(field) = part.fields.get(field) else { return Ok(()) };
    if !held.bytes().all(|byte| byte.is_ascii_digit()) || held.is_empty() {
        return Ok(());
    }
    Err(format!(
        "character {} is `{held}`, is no field's and touches `{}` ({}); that field's place is wrong, or a field is missing beside it",
        at + 1,
        field.name,
        field.place.words()
    ))
}

fn bare(part: &Part) -> Vec<(usize, usize)> {
    let spans = || {
        part.fields.iter().enumerate().filter_map(|(nth, field)| match field.place {
            Place::Span(from, to) => Some((nth, field, from, to.unwrap_or(usize::MAX))),
            Place::After(_) | Place::Column(_) | Place::Cell(_) | Place::Named(_) => None,
        })
    };
    let is_nobodys = |at: &usize| !spans().any(|(_, _, from, to)| (from..to).contains(at));
    spans()
        .filter(|(_, field, ..)| is_number(field) || field.row_value() == Some("reference"))
        .flat_map(|(nth, _, from, to)| {
            [from.checked_sub(1), Some(to)].into_iter().flatten().map(move |at| (at, nth))
        })
        .filter(|(at, _)| *at < usize::MAX && is_nobodys(at))
        .collect()
}

const fn is_number(field: &Field) -> bool {
    matches!(field.shape, Shape::Pounds | Shape::Pence | Shape::Overpunched | Shape::Integer)
}
