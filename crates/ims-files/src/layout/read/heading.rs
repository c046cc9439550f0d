//! The row that names the columns, and what stands there instead.

use super::{Columns, Layout, Part};
use crate::{
    amounts::clipped,
    layout::{
        field::{Field, Place},
        part::Role,
    },
    rows::{Header, Row, plain_name},
};

/// The row that is most like the one that names the columns.
#[derive(Default)]
pub(super) struct Nearest(Option<Near>);

struct Near {
    line: u64,
    /// How many of the columns it names.
    named: usize,
    /// The first that it does not, in words.
    without: String,
    /// Its text, where it names none.
    held: String,
}

impl Nearest {
    pub(super) fn look(&mut self, layout: &Layout, row: &Row) {
        let header = Header::of(row);
        let is_there = |names: &&[String]| {
            let names: Vec<String> = names.iter().map(|name| plain_name(name)).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            header.column(&names).is_some()
        };
        let wanted: Vec<&[String]> = wanted(layout).collect();
        let named = wanted.iter().filter(|names| is_there(names)).count();
        if self.0.as_ref().is_some_and(|near| near.named >= named) {
            return;
        }
        let without = wanted.iter().find(|names| !is_there(names));
        self.0 = Some(Near {
            line: row.line,
            named,
            without: without.map(|names| quoted(names)).unwrap_or_default(),
            held: clipped(&row.iter().collect::<Vec<_>>().join(",")),
        });
    }
}

/// The columns that must be there, by their names.
fn wanted(layout: &Layout) -> impl Iterator<Item = &[String]> {
    layout.named_columns().filter(|(field, _)| !field.optional).map(|(_, names)| names)
}

fn quoted(names: &[String]) -> String {
    format!("`{}`", names.join("` or `"))
}

/// That no row names the columns, and which comes nearest.
pub(super) fn absent(layout: &Layout, nearest: &Nearest) -> String {
    let names: Vec<String> = wanted(layout).map(quoted).collect();
    let begin = format!("no row names the columns; one with {} would", names.join(", "));
    match &nearest.0 {
        None => begin,
        Some(near) if near.named > 0 => {
            format!("{begin}; line {} has no {}", near.line, near.without)
        }
        Some(near) => format!("{begin}; line {} is `{}`", near.line, near.held),
    }
}

/// Whether a row is the header of a layout whose columns are counted: it has the
/// fields' names.
pub(super) fn header_of_names(layout: &Layout, row: &Row) -> bool {
    let is_header = |part: &Part| {
        part.fields.len() == row.len()
            && part
                .fields
                .iter()
                .zip(row.iter())
                .all(|(field, held)| plain_name(&field.name) == plain_name(held))
    };
    layout.details().any(is_header)
}

impl Columns {
    /// Where the columns are, if a row names all that cannot be left out.
    pub(in crate::layout) fn named(layout: &Layout, row: &Row) -> Option<Self> {
        let header = Header::of(row);
        let place = |field: &Field| match &field.place {
            Place::Named(names) => {
                let names: Vec<String> = names.iter().map(|name| plain_name(name)).collect();
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                let found = header.column(&names);
                (found.is_some() || field.optional).then_some(found)
            }
            Place::Span(..) | Place::After(_) | Place::Column(_) | Place::Cell(_) => Some(None),
        };
        let of_part = |part: &Part| {
            let found: Option<Vec<Option<usize>>> = part.fields.iter().map(place).collect();
            // Only rows must have their columns: a trailer may be a row of another shape.
            if part.role == Role::Detail { found } else { Some(found.unwrap_or_default()) }
        };
        layout.parts.iter().map(of_part).collect::<Option<Vec<_>>>().map(Self::from)
    }
}
