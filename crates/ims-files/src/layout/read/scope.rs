//! What the names of an expression stand for while a file is read.

use std::collections::HashMap;

use super::{Columns, Piece, shared};
use crate::layout::{
    Formulas, Kind, Layout, Value,
    expr::{Held, Scope},
    part::Part,
};

/// The values of one record, and what headers said before it.
pub(in crate::layout) struct RowScope<'r> {
    layout: &'r Layout,
    part: &'r Part,
    values: &'r [Option<Value>],
    piece: &'r Piece<'r>,
    memory: &'r HashMap<String, Value>,
}

impl<'r> RowScope<'r> {
    pub(in crate::layout) const fn new(
        layout: &'r Layout,
        part: &'r Part,
        values: &'r [Option<Value>],
        piece: &'r Piece<'r>,
        memory: &'r HashMap<String, Value>,
    ) -> Self {
        Self { layout, part, values, piece, memory }
    }
}

impl Scope for RowScope<'_> {
    fn value(&self, name: &str) -> Result<Held, String> {
        let fields = self.part.fields.iter().zip(self.values);
        let mut named = fields.filter(|(field, _)| field.read_value() == Some(name)).peekable();
        if named.peek().is_some() {
            let value = shared::one(named.map(|(_, value)| value));
            return Ok(value.map_or(Held::Blank, Held::from));
        }
        if name == "line" {
            return Ok(Held::Text(self.piece.start().to_owned()));
        }
        Ok(self.memory.get(name).map_or_else(|| self.layout.setting(name), Held::from))
    }

    fn column(&self, number: usize) -> Result<Held, String> {
        Ok(words(self.layout.plain(self.piece.column(number))))
    }

    fn lookup(&self, table: &str, key: &str) -> Option<String> {
        self.layout.looked_up(table, key)
    }
}

/// A record's texts, before anything says what kind of record it is.
struct Untold<'r> {
    layout: &'r Layout,
    part: &'r Part,
    nth: usize,
    piece: &'r Piece<'r>,
    columns: &'r Columns,
}

impl Scope for Untold<'_> {
    fn value(&self, name: &str) -> Result<Held, String> {
        let fields = self.part.fields.iter().enumerate();
        let mut named = fields.filter(|(_, field)| field.read_value() == Some(name)).peekable();
        if named.peek().is_some() {
            let mut texts = named.filter_map(|(at, field)| {
                self.piece.field(field, self.columns.of(self.nth, at)).map(str::trim)
            });
            return Ok(words(texts.find(|text| !text.is_empty()).unwrap_or_default()));
        }
        if name == "line" {
            return Ok(Held::Text(self.piece.start().to_owned()));
        }
        Ok(self.layout.setting(name))
    }

    fn column(&self, number: usize) -> Result<Held, String> {
        Ok(words(self.piece.column(number)))
    }

    fn lookup(&self, table: &str, key: &str) -> Option<String> {
        self.layout.looked_up(table, key)
    }
}

fn words(text: &str) -> Held {
    if text.is_empty() { Held::Blank } else { Held::Text(text.to_owned()) }
}

/// Whether a record is of that kind: by its `when`, else by its constants and
/// labels.
pub(in crate::layout) fn tells(
    layout: &Layout,
    part: &Part,
    nth: usize,
    piece: &Piece<'_>,
    columns: &Columns,
) -> bool {
    if let Some(when) = &part.when {
        let scope = Untold { layout, part, nth, piece, columns };
        return when.holds(&scope).unwrap_or(false);
    }
    let mut told = false;
    for (at, field) in part.fields.iter().enumerate() {
        if field.place.label().is_some() {
            if piece.field(field, None).is_none() {
                return false;
            }
            told = true;
        }
        if field.tag {
            let raw = piece.field(field, columns.of(nth, at)).unwrap_or_default();
            if Some(raw.trim()) != field.constant().map(str::trim) {
                return false;
            }
            told = true;
        }
    }
    told
}

impl Layout {
    /// What is `[set]` under a name like `set.client`.
    pub(in crate::layout) fn setting(&self, name: &str) -> Held {
        let held = name.strip_prefix("set.").and_then(|name| self.set.get(name));
        held.map_or(Held::Blank, |text| words(text))
    }

    pub(in crate::layout) fn looked_up(&self, table: &str, key: &str) -> Option<String> {
        self.tables.get(table)?.get(key).cloned()
    }

    /// A text without the apostrophe that keeps a spreadsheet from running it.
    pub(in crate::layout) fn plain<'t>(&self, text: &'t str) -> &'t str {
        match self.kind {
            Kind::Delimited { formulas: Formulas::Neutralise, .. } => text
                .strip_prefix('\'')
                .filter(|rest| crate::layout::write::is_formula(rest))
                .unwrap_or(text),
            Kind::Delimited { .. } | Kind::Fixed | Kind::Sheet => text,
        }
    }
}
