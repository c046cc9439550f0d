//! Files read by their layout: one record at a time, nothing kept but totals.

mod batch;
mod heading;
mod measured;
mod neutral;
mod piece;
mod scope;
mod settled;
mod shared;
mod sheet;

use std::{collections::HashMap, io::BufRead};

use super::{
    Kind, Layout, Quote, Value,
    charset::Decoded,
    field::{Field, Source, Total},
    part::{Part, Role},
    text::LineEnd,
};
use crate::{
    Record, Verdict,
    amounts::clipped,
    lines::Lines,
    out::Out,
    rows::{Row, Rows},
    verdict::Faults,
};
use batch::{Batch, Stated};
use heading::{Nearest, header_of_names};
use measured::Measures;
use neutral::Neutral;
pub(super) use piece::{Columns, Piece};
use scope::RowScope;
pub(super) use scope::tells;
use shared::Shared;

/// How many rows may stand before the one that names the columns.
const HEADER_ROW_MAX: u64 = 40;

pub(super) fn read(
    layout: &Layout,
    input: &mut dyn BufRead,
    sink: &mut dyn FnMut(Record),
) -> Verdict {
    let mut reading = Reading::new(layout, Out::new(sink));
    match (layout.kind, layout.line_end, layout.record_length) {
        (Kind::Sheet, ..) => sheet::read(&mut reading, input),
        (Kind::Delimited { delimiter, quote, .. }, _, _) => {
            let mut decoded = Decoded::lines(input, layout.encoding);
            let mut rows = Rows::new(&mut decoded);
            rows.parted_by(delimiter.and_then(|c| u8::try_from(c).ok()), quote != Quote::Never);
            while let Some(row) = rows.next() {
                reading.row(row);
            }
            rows.finish(&mut reading.faults);
        }
        (Kind::Fixed, LineEnd::None, Some(length)) => {
            let mut decoded = Decoded::records(input, layout.encoding);
            reading.blocks(&mut decoded, length);
        }
        (Kind::Fixed, _, _) => {
            let mut decoded = Decoded::lines(input, layout.encoding);
            let mut lines = Lines::new(&mut decoded);
            while let Some(line) = lines.next() {
                // The number is that of the line handed out, which borrows the lines.
                let line = line.into_owned();
                if !line.trim().is_empty() {
                    reading.piece(&Piece::Line(&line), lines.number());
                }
            }
            lines.finish(&mut reading.faults);
        }
    }
    reading.finish()
}

struct Reading<'l, 's> {
    layout: &'l Layout,
    faults: Faults,
    /// Where the columns are that are found by their names, by record and field.
    columns: Columns,
    /// How many columns the row has that names them; `None` until it came.
    header_row: Option<usize>,
    passed_over: u64,
    /// Of the rows before it, the one most like it.
    nearest: Nearest,
    measures: Measures,
    shared: Shared,
    /// What headers and trailers said, by name and by `record.name`.
    memory: HashMap<String, Value>,
    batch: Batch,
    file: Batch,
    /// Whether any batch has ended.
    ended: bool,
    last_line: u64,
    neutral: Neutral<'s>,
}

impl<'l, 's> Reading<'l, 's> {
    fn new(layout: &'l Layout, out: Out<'s>) -> Self {
        let wanted: Vec<String> = layout
            .parts
            .iter()
            .flat_map(|part| &part.fields)
            .filter_map(|field| match &field.source {
                Source::Total { of, .. } => of.clone(),
                Source::Constant(_)
                | Source::Row(_)
                | Source::BatchNumber
                | Source::BatchDate
                | Source::Line
                | Source::Is(_) => None,
            })
            .collect();
        Self {
            layout,
            faults: Faults::default(),
            columns: Columns::default(),
            header_row: None,
            passed_over: 0,
            nearest: Nearest::default(),
            measures: Measures::of(layout),
            shared: Shared::of(layout),
            memory: HashMap::new(),
            batch: Batch::of(&wanted, layout.parts.len()),
            file: Batch::of(&wanted, layout.parts.len()),
            ended: false,
            last_line: 0,
            neutral: Neutral::new(layout.becomes, out),
        }
    }

    /// Records that nothing ends.
    fn blocks(&mut self, input: &mut Decoded<'_>, length: usize) {
        let mut number = 0_u64;
        loop {
            number = number.saturating_add(1);
            match input.record(length) {
                Ok(Some(text)) if text.trim().is_empty() => {}
                Ok(Some(text)) => {
                    if text.chars().count() < length {
                        let message = format!(
                            "the last record has {} of {length} characters; the file may have been cut off",
                            text.chars().count()
                        );
                        self.faults.error(number, message);
                    }
                    self.piece(&Piece::Line(&text), number);
                }
                Ok(None) => return,
                Err(error) => {
                    let message = format!("the file could not be read on: {error}");
                    self.faults.error(number, message);
                    return;
                }
            }
        }
    }

    fn row(&mut self, row: &Row) {
        let named = self.layout.named_columns().next().is_some();
        if self.layout.header_row && self.header_row.is_none() {
            if named && let Some(columns) = Columns::named(self.layout, row) {
                self.columns = columns;
                self.header_row = Some(row.len());
                return;
            }
            if !named && header_of_names(self.layout, row) {
                self.header_row = Some(row.len());
                return;
            }
            self.before_the_names(row, named);
            return;
        }
        if let Some(width) = self.header_row.filter(|_| named)
            && !self.fits(row, width)
            && self.part_of(&Piece::Row(row)).is_none_or(|nth| self.is_a_row(nth))
        {
            let message = format!("{} columns; the header has {width}", row.len());
            self.faults.error(row.line, message);
            return;
        }
        self.piece(&Piece::Row(row), row.line);
    }

    /// Whether a row has the columns of the header; a sheet leaves blank cells at the
    /// end of a row out.
    fn fits(&self, row: &Row, width: usize) -> bool {
        if self.layout.kind == Kind::Sheet { row.filled() <= width } else { row.fits(width) }
    }

    fn is_a_row(&self, part: usize) -> bool {
        self.layout.parts.get(part).is_some_and(|part| part.role == Role::Detail)
    }

    /// A row before the one that names the columns.
    fn before_the_names(&mut self, row: &Row, named: bool) {
        let piece = Piece::Row(row);
        let told = self.part_of(&piece).filter(|nth| {
            self.layout.parts.get(*nth).is_some_and(|part| {
                part.is_told() && matches!(part.role, Role::Header | Role::Skip)
            })
        });
        if told.is_some() {
            self.piece(&piece, row.line);
        } else if !named {
            // The header was left out: the first row is a row.
            self.header_row = Some(row.len());
            self.piece(&piece, row.line);
        } else if self.passed_over == HEADER_ROW_MAX {
            self.passed_over = self.passed_over.saturating_add(1);
            self.nearest.look(self.layout, row);
            self.faults.error(row.line, heading::absent(self.layout, &self.nearest));
        } else if self.passed_over < HEADER_ROW_MAX {
            self.nearest.look(self.layout, row);
            self.passed_over = self.passed_over.saturating_add(1);
        }
    }

    /// The kind of record a piece is: told ones first, then the one that nothing
    /// tells.
    fn part_of(&self, piece: &Piece<'_>) -> Option<usize> {
        let parts = || self.layout.parts.iter().enumerate();
        let told = parts().find(|(nth, part)| {
            part.is_told() && tells(self.layout, part, *nth, piece, &self.columns)
        });
        let untold = || parts().find(|(_, part)| !part.is_told() && !part.fields.is_empty());
        told.or_else(untold).map(|(nth, _)| nth)
    }

    fn piece(&mut self, piece: &Piece<'_>, line: u64) {
        self.last_line = line;
        let layout = self.layout;
        let found = self.part_of(piece);
        let Some((nth, part)) = found.and_then(|nth| Some((nth, layout.parts.get(nth)?))) else {
            let known: Vec<String> = layout.parts.iter().map(Part::telling).collect();
            let held = clipped(piece.start().trim_end());
            self.faults.error(
                line,
                format!("`{held}` is no record of the layout; there are {}", known.join(", ")),
            );
            return;
        };
        match part.role {
            Role::Skip => {}
            Role::Header => self.header(nth, part, piece, line),
            Role::Detail => self.detail(nth, part, piece, line),
            Role::Trailer => self.trailer(nth, part, piece, line),
        }
    }

    fn header(&mut self, nth: usize, part: &Part, piece: &Piece<'_>, line: u64) {
        if !part.whole_file {
            // Several headers may stand together before the first row.
            if self.batch.count > 0 || self.batch.is_closed || self.batch.has_seen(nth) {
                self.end_batch(line);
            }
            self.neutral.new_batch();
        }
        self.head_or_tail(nth, part, piece, line);
    }

    fn trailer(&mut self, nth: usize, part: &Part, piece: &Piece<'_>, line: u64) {
        if part.whole_file && (self.batch.is_begun() || !self.ended) {
            self.end_batch(line);
        }
        let batch = if part.whole_file { &mut self.file } else { &mut self.batch };
        if batch.has_seen(nth) {
            let of = if part.whole_file { "file" } else { "batch" };
            self.faults.error(line, format!("a second `{}`; there is one in a {of}", part.name));
            return;
        }
        batch.is_closed = true;
        self.head_or_tail(nth, part, piece, line);
    }

    /// Reads a header or a trailer: its values are remembered, its totals kept to
    /// be compared.
    fn head_or_tail(&mut self, nth: usize, part: &Part, piece: &Piece<'_>, line: u64) {
        self.file.see(nth);
        if !part.whole_file {
            self.batch.see(nth);
        }
        let Some(values) = self.values(nth, part, piece, line) else { return };
        for (field, value) in part.fields.iter().zip(&values) {
            if let Source::Total { total, of } = &field.source {
                let stated = Stated::read(field, *total, of.as_ref(), value.as_ref(), line);
                let batch = if part.whole_file { &mut self.file } else { &mut self.batch };
                match stated {
                    Ok(Some(stated)) => batch.stated.push((part.name.clone(), stated)),
                    Ok(None) => {}
                    Err(message) => self.faults.error(line, message),
                }
            }
        }
        let mut given = Vec::new();
        for (what, expr) in &part.gives {
            let scope = RowScope::new(self.layout, part, &values, piece, &self.memory);
            match expr.eval(&scope).and_then(|held| held.value()) {
                Ok(value) => given.push((what.clone(), value)),
                Err(message) => self.faults.error(line, format!("{what}: {message}")),
            }
        }
        for (field, value) in part.fields.iter().zip(values) {
            if let Some(name) = field.read_value() {
                given.push((format!("{}.{name}", part.name), value.clone()));
                given.push((name.to_owned(), value));
            }
        }
        for (name, value) in given {
            match value {
                Some(value) => self.memory.insert(name, value),
                None => self.memory.remove(&name),
            };
        }
    }

    fn detail(&mut self, nth: usize, part: &Part, piece: &Piece<'_>, line: u64) {
        if self.batch.is_closed {
            let message =
                format!("a `{}` comes after the totals; nothing may but a new header", part.name);
            self.faults.error(line, message);
            return;
        }
        self.file.see(nth);
        self.batch.see(nth);
        let Some(values) = self.values(nth, part, piece, line) else { return };
        let scope = RowScope::new(self.layout, part, &values, piece, &self.memory);
        match self.neutral.row(part, &scope, line) {
            Ok(()) => {
                self.batch.add(part, &values);
                self.file.add(part, &values);
            }
            Err(message) => self.faults.error(line, message),
        }
    }

    /// The values of a record's fields; `None` when one of them does not read.
    fn values(
        &mut self,
        nth: usize,
        part: &Part,
        piece: &Piece<'_>,
        line: u64,
    ) -> Option<Vec<Option<Value>>> {
        if let Err(message) = self.measures.fit(nth, part, piece) {
            self.faults.error(line, message);
            return None;
        }
        let mut whole = true;
        let mut values = Vec::with_capacity(part.fields.len());
        for (at, field) in part.fields.iter().enumerate() {
            let raw = piece.field(field, self.columns.of(nth, at));
            match self.value(field, raw) {
                Ok(value) => values.push(value),
                Err(message) => {
                    let place = field.place.words();
                    self.faults.error(line, format!("{} ({place}): {message}", field.name));
                    whole = false;
                }
            }
        }
        if let (true, Err(message)) = (whole, self.shared.agree(nth, part, &values)) {
            self.faults.error(line, message);
            return None;
        }
        whole.then_some(values)
    }

    fn value(&self, field: &Field, raw: Option<&str>) -> Result<Option<Value>, String> {
        let Some(raw) = raw else {
            return if field.optional { Ok(None) } else { Err("it is missing".to_owned()) };
        };
        match &field.source {
            Source::Is(_) => Ok(None),
            Source::Constant(constant) => {
                if raw.trim() == constant.trim() {
                    return Ok(None);
                }
                Err(format!("`{}` should be `{constant}`", clipped(raw.trim())))
            }
            Source::Row(_) => field.read(self.layout.plain(raw)),
            // A hash total may have more digits than a number.
            Source::Total { total: Total::Count | Total::Records | Total::Hash, .. } => {
                let text = raw.trim();
                Ok((!text.is_empty()).then(|| Value::Text(text.to_owned())))
            }
            Source::BatchNumber | Source::BatchDate | Source::Line | Source::Total { .. } => {
                field.read(raw)
            }
        }
    }

    fn end_batch(&mut self, line: u64) {
        for (nth, part) in self.layout.parts.iter().enumerate() {
            if part.required && !part.whole_file && !self.batch.has_seen(nth) {
                let message = format!("`{}` is missing; the file may have been cut off", part.name);
                self.faults.error(None, message);
            }
        }
        self.batch.compare(&mut self.faults);
        self.neutral.end_batch(&self.memory, line, &mut self.faults);
        // A trailer spoke of this batch, not of the next.
        self.memory.remove("paid");
        self.batch.start_again();
        self.ended = true;
    }

    fn finish(mut self) -> Verdict {
        if self.batch.is_begun() || !self.ended {
            self.end_batch(self.last_line);
        }
        for (nth, part) in self.layout.parts.iter().enumerate() {
            if part.required && part.whole_file && !self.file.has_seen(nth) {
                let message = format!("`{}` is missing; the file may have been cut off", part.name);
                self.faults.error(None, message);
            }
        }
        self.file.compare(&mut self.faults);
        let named = self.layout.named_columns().next().is_some();
        if self.layout.header_row && named && self.header_row.is_none() {
            if self.passed_over <= HEADER_ROW_MAX {
                self.faults.error(None, heading::absent(self.layout, &self.nearest));
            }
        } else if self.passed_over > 0 {
            let message = format!(
                "{} rows before the one that names the columns were passed over",
                self.passed_over
            );
            self.faults.warning(None, message);
        }
        if self.faults.is_clean() {
            self.neutral.nothing_opened(self.layout, &self.memory);
            if !self.file.is_begun() {
                self.faults.error(None, "there is nothing in the file");
            }
        }
        let (out, version) = (self.neutral.out, self.layout.version.clone());
        let totals = out.totals();
        self.faults.verdict(version, totals)
    }
}
