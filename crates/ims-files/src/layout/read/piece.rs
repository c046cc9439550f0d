//! One record of a file, before it is read: a line or a row of columns.

use crate::{
    columns::between,
    layout::field::{Field, Place},
    rows::Row,
};

/// Where columns are that are found by their names: by record and field.
#[derive(Debug, Default)]
pub(in crate::layout) struct Columns(Vec<Vec<Option<usize>>>);

impl From<Vec<Vec<Option<usize>>>> for Columns {
    fn from(found: Vec<Vec<Option<usize>>>) -> Self {
        Self(found)
    }
}

impl Columns {
    pub(in crate::layout) fn of(&self, part: usize, field: usize) -> Option<usize> {
        self.0.get(part)?.get(field).copied().flatten()
    }
}

/// A record's text.
pub(in crate::layout) enum Piece<'p> {
    /// A line of fixed positions.
    Line(&'p str),
    /// A row of columns.
    Row(&'p Row),
}

impl Piece<'_> {
    /// A field's text; `None` where the record does not have it.
    pub(in crate::layout) fn field(&self, field: &Field, named: Option<usize>) -> Option<&str> {
        match (self, &field.place) {
            (Self::Line(line), Place::Span(from, to)) => {
                Some(between(line, *from, to.unwrap_or(usize::MAX)))
            }
            (Self::Line(line), Place::After(label)) => {
                let after = after(line, label)?;
                Some(field.width.map_or(after, |width| between(after, 0, width)))
            }
            (Self::Row(row), Place::Column(at)) => (*at < row.len()).then(|| row.get(*at)),
            (Self::Row(row), Place::Cell(at)) => Some(row.get(*at)),
            (Self::Row(row), Place::Named(_)) => named.map(|at| row.get(at)),
            (Self::Line(_), Place::Column(_) | Place::Cell(_) | Place::Named(_))
            | (Self::Row(_), Place::Span(..) | Place::After(_)) => None,
        }
    }

    /// All of it, or the text of its columns together.
    pub(in crate::layout) fn start(&self) -> &str {
        match self {
            Self::Line(line) => line,
            Self::Row(row) => row.text(),
        }
    }

    /// The text in that column, from 1.
    pub(in crate::layout) fn column(&self, number: usize) -> &str {
        match self {
            Self::Line(_) => "",
            Self::Row(row) => number.checked_sub(1).map_or("", |at| row.get(at)),
        }
    }
}

/// What follows a label, whatever its case.
fn after<'t>(line: &'t str, label: &str) -> Option<&'t str> {
    let start = line.len() - line.trim_start().len();
    let found = line.get(start..start.checked_add(label.len())?)?;
    found.eq_ignore_ascii_case(label).then(|| line.get(start + label.len()..))?
}
