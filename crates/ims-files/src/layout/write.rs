mod totals;

use thiserror::Error;

use super::{
    Batch, Control, Formulas, Kind, Layout, Quote, Row, Value,
    charset::Encoding,
    expr::{Held, Scope},
    field::{Field, Place, Rendered, Shape, Source, Total},
    part::{Part, Role},
    text::LineEnd,
};
use crate::FAULTS_MAX;
use totals::Totals;

/// Why a file cannot be written: every row that does not fit its layout.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{} do not fit the layout; the first: {}", count(.faults.len()), .faults.first().map(ToString::to_string).unwrap_or_default())]
pub struct CannotWrite {
    /// What does not fit, at most [`FAULTS_MAX`].
    pub faults: Vec<RowFault>,
}

fn count(faults: usize) -> String {
    if faults == 1 { "1 value".to_owned() } else { format!("{faults} values") }
}

/// A value that does not fit its field.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}, field `{field}`: {message}", .row.map_or_else(|| "header or trailer".to_owned(), |row| format!("row {row}")))]
pub struct RowFault {
    /// The row, from 1; `None` in a header or a trailer.
    pub row: Option<u64>,
    /// The field's name.
    pub field: String,
    /// What is wrong and what would be right.
    pub message: String,
}

pub(super) fn write(
    layout: &Layout,
    batch: &Batch<'_>,
    file: &mut Vec<u8>,
) -> Result<Control, CannotWrite> {
    let began = file.len();
    let mut writing = Writing {
        layout,
        batch,
        file,
        faults: Vec::new(),
        control: Control::default(),
        totals: Totals::of(layout, batch),
        rows: 0,
        details: 0,
        row: None,
    };
    writing.sums();
    writing.all();
    writing.control.rows = writing.details;
    writing.control.left_out = writing.totals.left_out;
    writing.control.first_left_out = writing.totals.first_left_out;
    let Writing { faults, control, file, .. } = writing;
    if faults.is_empty() {
        Ok(control)
    } else {
        file.truncate(began);
        Err(CannotWrite { faults })
    }
}

struct Writing<'w> {
    layout: &'w Layout,
    batch: &'w Batch<'w>,
    file: &'w mut Vec<u8>,
    faults: Vec<RowFault>,
    control: Control,
    /// What all detail records come to, also those not yet written.
    totals: Totals<'w>,
    /// Rows by now.
    rows: u64,
    /// Detail records by now: one row may make several.
    details: u64,
    row: Option<&'w Row>,
}

impl Writing<'_> {
    fn all(&mut self) {
        let layout = self.layout;
        if !layout.writes() {
            self.fault(
                None,
                "",
                "the layout is for reading; `writes` would let it write".to_owned(),
            );
            return;
        }
        let of = |role: Role| layout.parts.iter().filter(move |part| part.role == role);
        for part in of(Role::Header).filter(|part| !part.fields.is_empty()) {
            self.record(part);
        }
        if layout.header_row && layout.named_columns().next().is_some() {
            self.names();
        }
        for row in self.batch.rows {
            self.rows += 1;
            self.row = Some(row);
            for part in of(Role::Detail) {
                self.detail(part);
            }
        }
        self.row = None;
        for part in of(Role::Trailer).filter(|part| !part.fields.is_empty()) {
            self.record(part);
        }
    }

    fn detail(&mut self, part: &Part) {
        let wanted = part.when.as_ref().map_or(Ok(true), |when| when.holds(&self.scope()));
        match wanted {
            Ok(false) => {}
            Ok(true) => {
                self.details += 1;
                self.record(part);
            }
            Err(message) => self.fault(Some(self.rows), "when", message),
        }
    }

    /// The sums come first: a header may state them.
    fn sums(&mut self) {
        for (name, sum) in self.totals.of_values(self.layout) {
            match sum {
                Some(sum) => {
                    self.control.sums.insert(name.to_owned(), sum);
                }
                None => self.fault(None, name, "the sum is too large".to_owned()),
            }
        }
    }

    fn fault(&mut self, row: Option<u64>, field: &str, message: String) {
        if u64::try_from(self.faults.len()).is_ok_and(|held| held < FAULTS_MAX) {
            self.faults.push(RowFault { row, field: field.to_owned(), message });
        }
    }

    /// The row that names the columns.
    fn names(&mut self) {
        self.control.records += 1;
        let Some(part) = self.layout.details().next() else { return };
        for (nth, field) in part.fields.iter().enumerate() {
            let name = match &field.place {
                Place::Named(names) => names.first().map_or("", String::as_str),
                Place::Span(..) | Place::After(_) | Place::Column(_) | Place::Cell(_) => {
                    &field.name
                }
            };
            self.part_columns(nth);
            let written = self.quoted(name.to_owned());
            if let Err(message) = written.and_then(|text| self.put(&text, None)) {
                self.fault(None, &field.name, message);
            }
        }
        self.end();
    }

    fn record(&mut self, part: &Part) {
        self.control.records += 1;
        let mut at = 0;
        for (nth, field) in part.fields.iter().enumerate() {
            match field.place {
                // What no field stands in is blank.
                Place::Span(from, to) => {
                    self.blanks(from.saturating_sub(at));
                    at = to.unwrap_or(from);
                }
                Place::Column(column) => {
                    for gap in at..=column {
                        self.part_columns(gap);
                    }
                    at = column + 1;
                }
                Place::Named(_) | Place::After(_) | Place::Cell(_) => self.part_columns(nth),
            }
            let written = self.field(field);
            if let Err(message) = written.and_then(|text| self.put(&text, field.replace_unmappable))
            {
                let row = self.row.map(|_| self.rows);
                self.fault(row, &field.name, message);
            }
        }
        if let (Kind::Fixed, Some(length)) = (self.layout.kind, self.layout.record_length) {
            self.blanks(length.saturating_sub(at));
        }
        self.end();
    }

    fn end(&mut self) {
        let end = match self.layout.line_end {
            LineEnd::Crlf => "\r\n",
            LineEnd::Lf => "\n",
            LineEnd::None => "",
        };
        if self.layout.encoding.is_ebcdic() && !end.is_empty() {
            // NEL, which EBCDIC ends its lines with.
            self.file.push(0x15);
        } else {
            self.file.extend_from_slice(end.as_bytes());
        }
    }

    fn part_columns(&mut self, nth: usize) {
        if let (Kind::Delimited { delimiter, .. }, true) = (self.layout.kind, nth > 0) {
            let delimiter = delimiter.unwrap_or(',').to_string();
            // A delimiter is ASCII, which every encoding has.
            self.put(&delimiter, None).unwrap_or_default();
        }
    }

    fn blanks(&mut self, count: usize) {
        let blank = self.layout.encoding.byte(' ').unwrap_or(b' ');
        self.file.extend(std::iter::repeat_n(blank, count));
    }

    fn field(&self, field: &Field) -> Result<String, String> {
        let mut rendered = self.rendered(field)?;
        if rendered.text.chars().any(|c| c.is_control() && !(c == '\n' && self.may_quote())) {
            return Err("it holds a control character".to_owned());
        }
        let Kind::Delimited { formulas, .. } = self.layout.kind else {
            return field.fitted(rendered);
        };
        if rendered.is_text && is_formula(&rendered.text) {
            match formulas {
                Formulas::Neutralise => rendered.text.insert(0, '\''),
                Formulas::Refuse => {
                    return Err(format!(
                        "`{}` begins as a spreadsheet's formula does, which the layout refuses",
                        crate::amounts::clipped(&rendered.text)
                    ));
                }
                Formulas::Allow => {}
            }
        }
        self.quoted(field.fitted(rendered)?)
    }

    fn may_quote(&self) -> bool {
        matches!(self.layout.kind, Kind::Delimited { quote: Quote::Needed | Quote::Always, .. })
    }

    fn quoted(&self, text: String) -> Result<String, String> {
        let Kind::Delimited { delimiter, quote, .. } = self.layout.kind else { return Ok(text) };
        let needs = text.contains([delimiter.unwrap_or(','), '"', '\n', '\r']);
        match quote {
            Quote::Never if needs => {
                Err("it holds the delimiter, a quote or a line end, and the layout never quotes"
                    .to_owned())
            }
            Quote::Never => Ok(text),
            Quote::Needed if !needs => Ok(text),
            Quote::Needed | Quote::Always => Ok(format!("\"{}\"", text.replace('"', "\"\""))),
        }
    }

    fn rendered(&self, field: &Field) -> Result<Rendered, String> {
        match &field.source {
            Source::Constant(text) => Ok(Rendered::plain(text)),
            Source::Row(name) => match (self.row.and_then(|row| row.get(name)), &field.default) {
                (Some(value), _) => field.render(value),
                (None, Some(default)) => Ok(Rendered::plain(default)),
                (None, None) => {
                    Err(format!("the row has no value `{name}`; a default would stand in for it"))
                }
            },
            Source::Is(expr) => match (expr.eval(&self.scope())?.value()?, &field.default) {
                (Some(value), _) => field.render(&value),
                (None, default) => Ok(Rendered::plain(default.as_deref().unwrap_or_default())),
            },
            Source::BatchNumber => field.number(i128::from(self.batch.number), 0),
            Source::BatchDate => field.render(&Value::Date(self.batch.date)),
            Source::Line => field.number(i128::from(self.details), 0),
            Source::Total { total, of } => {
                self.total(field, *total, of.as_deref().unwrap_or_default())
            }
        }
    }

    /// How many records of a role there are in all.
    fn count_of(&self, role: Role) -> u64 {
        let parts = self.layout.parts.iter().filter(|part| part.role == role);
        let held = parts.filter(|part| !part.fields.is_empty()).count();
        u64::try_from(held).unwrap_or_default()
    }

    fn total(&self, field: &Field, total: Total, of: &str) -> Result<Rendered, String> {
        let sums = self.totals.sums(of);
        let number = match total {
            Total::Count => i128::from(self.totals.details),
            Total::Records => {
                let names = self.layout.header_row && self.layout.named_columns().next().is_some();
                let others = self.count_of(Role::Header) + self.count_of(Role::Trailer);
                i128::from(self.totals.details + others + u64::from(names))
            }
            Total::Sum => sums.debits.saturating_sub(sums.credits),
            Total::Debits => sums.debits,
            Total::Credits => sums.credits,
            Total::Hash => sums.hash.ok_or("the hash total is too large")?,
        };
        match field.shape {
            Shape::Overpunched => field.overpunched(number),
            Shape::Pounds => field.number(number, 2),
            Shape::Pence | Shape::Integer | Shape::Text | Shape::Date(_) => field.number(number, 0),
        }
    }

    /// Writes text in the layout's encoding.
    fn put(&mut self, text: &str, replace: Option<char>) -> Result<(), String> {
        let encoding = self.layout.encoding;
        if encoding == Encoding::Utf8 {
            self.file.extend_from_slice(text.as_bytes());
            return Ok(());
        }
        for c in text.chars() {
            let byte = encoding.byte(c).or_else(|| encoding.byte(replace?));
            let unmappable = || {
                format!(
                    "`{c}` does not exist in the layout's encoding; replace_unmappable would allow it"
                )
            };
            self.file.push(byte.ok_or_else(unmappable)?);
        }
        Ok(())
    }
}

/// What the names of an expression stand for while a file is written.
struct RowOf<'r> {
    layout: &'r Layout,
    batch: &'r Batch<'r>,
    row: Option<&'r Row>,
    /// Detail records by now.
    details: u64,
}

impl Scope for RowOf<'_> {
    fn value(&self, name: &str) -> Result<Held, String> {
        let number = |number: u64| Held::Int(i64::try_from(number).unwrap_or(i64::MAX));
        Ok(match (self.row.and_then(|row| row.get(name)), name) {
            (Some(value), _) => value.into(),
            (None, "batch.number") => number(self.batch.number),
            (None, "batch.date") => Held::Date(self.batch.date),
            (None, "row.number") => number(self.details),
            (None, other) => self.layout.setting(other),
        })
    }

    fn column(&self, _number: usize) -> Result<Held, String> {
        Err("column(…) is for reading".to_owned())
    }

    fn lookup(&self, table: &str, key: &str) -> Option<String> {
        self.layout.looked_up(table, key)
    }
}

impl<'w> Writing<'w> {
    const fn scope(&self) -> RowOf<'w> {
        RowOf { layout: self.layout, batch: self.batch, row: self.row, details: self.details }
    }
}

/// Whether a spreadsheet would take a text for a formula: by its first character
/// that is no blank, also where it is a wide one.
#[must_use]
pub fn is_formula(text: &str) -> bool {
    const BEGINS: [char; 8] = ['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];
    // Behind apostrophes too, so that taking one off gives the text back.
    let text = text.trim_start_matches('\'');
    text.starts_with(['\t', '\r', '\n']) || text.trim_start().starts_with(BEGINS)
}

/// The text as a spreadsheet may have it: an apostrophe before what it would take
/// for a formula.
#[must_use]
pub fn no_formula(text: &str) -> String {
    if is_formula(text) { format!("'{text}") } else { text.to_owned() }
}

/// The digits of a value as one number, for a hash total.
pub(super) fn digits(value: &Value) -> Option<i128> {
    let text = match value {
        Value::Text(text) => text.clone(),
        Value::Int(number) => number.to_string(),
        Value::Pence(pence) => pence.get().to_string(),
        Value::Date(_) => return Some(0),
    };
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if digits.is_empty() { Some(0) } else { digits.parse().ok() }
}
