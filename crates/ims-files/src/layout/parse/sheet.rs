//! What only a sheet has: letters above its columns, a first row, a name.

use std::ops::Range;

use toml::Spanned;

use super::{
    super::text::{ColumnText, FieldText, RecogniseText},
    Checking, Kind, LayoutText,
};
use crate::{
    COLUMNS_MAX,
    amounts::clipped,
    layout::{charset::Encoding, field::Place},
    xlsx,
};

impl Checking<'_> {
    /// A sheet is read only, and its cells are parted by nobody.
    pub(super) fn sheet(&mut self, text: &LayoutText) -> Kind {
        if text.writes.is_some() || text.reads.is_none() {
            let message = "a sheet is only read; `reads` says what it becomes";
            self.fault(Some(text.name.span()), "kind", message);
        }
        if let Some(delimiter) = &text.delimiter {
            let message = "a sheet has no delimiter; of a CSV it is found";
            self.fault(Some(delimiter.span()), "delimiter", message);
        }
        if text.quote.is_some() || text.formulas.is_some() || text.encoding != Encoding::Utf8 {
            let message = "quote, formulas and encoding are for delimited layouts";
            self.fault(Some(text.name.span()), "kind", message);
        }
        if let Some(given) = text.header_row.as_ref().filter(|given| *given.get_ref()) {
            let message = "it is for layouts that are delimited; `first_row` says where the rows of a sheet begin, and fields with a `column` name its headings";
            self.fault(Some(given.span()), "header_row", message);
        }
        Kind::Sheet
    }

    pub(super) fn of_a_sheet(
        &mut self,
        sheet: Option<&Spanned<String>>,
        first_row: Option<&Spanned<u64>>,
        kind: Kind,
    ) {
        let given =
            [("sheet", sheet.map(Spanned::span)), ("first_row", first_row.map(Spanned::span))];
        for (key, span) in given.into_iter().filter(|(_, span)| span.is_some()) {
            if kind != Kind::Sheet {
                self.fault(span, key, "it is for `kind = \"sheet\"`");
            }
        }
        if let Some(first) = first_row.filter(|first| *first.get_ref() == 0) {
            self.fault(Some(first.span()), "first_row", "rows count from 1");
        }
    }

    /// A workbook is known by its name alone: what is in it is packed.
    pub(super) fn told_by_name(&mut self, span: &Range<usize>, text: &RecogniseText) {
        if text.file_name.is_empty() || !text.records.is_empty() {
            let message =
                "a sheet is known by its file_name, like `[\"dwp*.xlsx\"]`, and by nothing else";
            self.fault(Some(span.clone()), "recognise", message);
        }
    }
}

/// Where a field of a sheet stands: under a letter, or under a heading.
pub(super) fn place(text: &FieldText) -> Result<Place, String> {
    if text.after.is_some() || text.at.is_some() || text.width.is_some() {
        return Err(
            "at, after and width are for other kinds; `letter = \"F\"` is the column of a sheet"
                .to_owned(),
        );
    }
    match (&text.letter, &text.column) {
        (Some(letter), None) => column(letter).map(Place::Cell),
        (None, Some(column)) => named(None, column),
        (Some(_), Some(_)) => Err("`letter` or `column`, not both".to_owned()),
        (None, None) => Err(
            "a field of a sheet needs its column: `letter = \"F\"`, or `column` with its heading"
                .to_owned(),
        ),
    }
}

/// The columns that the header row may call so.
pub(super) fn named(at: Option<usize>, column: &ColumnText) -> Result<Place, String> {
    let names = match column.clone() {
        ColumnText::One(name) => vec![name],
        ColumnText::Several(names) => names,
    };
    if at.is_some() {
        return Err("it is found by its column's name; leave `at` out".to_owned());
    }
    if names.is_empty() || names.iter().any(|name| name.trim().is_empty()) {
        return Err("`column` is the name that the header row has for it".to_owned());
    }
    Ok(Place::Named(names))
}

fn column(letter: &str) -> Result<usize, String> {
    let written = clipped(letter.trim());
    let last = || xlsx::letters(COLUMNS_MAX - 1);
    let is_letters = !written.is_empty() && written.bytes().all(|byte| byte.is_ascii_alphabetic());
    if is_letters {
        let column = xlsx::column(&written).filter(|column| *column < COLUMNS_MAX);
        return column.ok_or_else(|| {
            format!("`{written}` lies beyond `{}`, the last column there may be", last())
        });
    }
    let number = written.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    if let Some(number) = number.filter(|number| *number < COLUMNS_MAX) {
        let right = xlsx::letters(number);
        return Err(format!("`{written}` is no letter; the column of that number is `{right}`"));
    }
    let begin: String = written.chars().take_while(char::is_ascii_alphabetic).collect();
    let is_cell = written.get(begin.len()..).is_some_and(|rest| rest.parse::<u64>().is_ok());
    if !begin.is_empty() && is_cell {
        let begin = begin.to_ascii_uppercase();
        return Err(format!("`{written}` is a cell; its column is `{begin}`"));
    }
    Err(format!(
        "`{written}` is no column of a sheet; the letters above it, `A` to `{}`, would be right",
        last()
    ))
}
