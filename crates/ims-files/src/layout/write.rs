use std::collections::BTreeMap;

use encoding_rs::WINDOWS_1252;
use ims_money::Pence;
use thiserror::Error;

use super::{
    Batch, Control, Encoding, Kind, Layout, Quote, Row, Value,
    field::{Field, Rendered, Shape, Source, Total},
};
use crate::FAULTS_MAX;

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
    let mut writing =
        Writing { layout, batch, file, faults: Vec::new(), control: Control::default() };
    writing.sums();
    if !layout.header.is_empty() {
        writing.record(&layout.header, None);
    }
    for row in batch.rows {
        writing.control.rows += 1;
        writing.record(&layout.detail, Some(row));
    }
    if !layout.trailer.is_empty() {
        writing.record(&layout.trailer, None);
    }
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
}

impl Writing<'_> {
    /// The sums come first: a header may state them.
    fn sums(&mut self) {
        let mut sums: BTreeMap<String, Option<Pence>> = BTreeMap::new();
        for name in self.layout.values() {
            for row in self.batch.rows {
                if let Some(Value::Pence(pence)) = row.get(name) {
                    let sum = sums.entry(name.to_owned()).or_insert(Some(Pence::ZERO));
                    *sum = sum.and_then(|sum| sum.checked_add(*pence));
                }
            }
        }
        for (name, sum) in sums {
            match sum {
                Some(sum) => {
                    self.control.sums.insert(name, sum);
                }
                None => self.fault(None, &name, "the sum is too large".to_owned()),
            }
        }
    }

    fn fault(&mut self, row: Option<u64>, field: &str, message: String) {
        if u64::try_from(self.faults.len()).is_ok_and(|held| held < FAULTS_MAX) {
            self.faults.push(RowFault { row, field: field.to_owned(), message });
        }
    }

    fn record(&mut self, fields: &[Field], row: Option<&Row>) {
        self.control.records += 1;
        for (nth, field) in fields.iter().enumerate() {
            if let Kind::Delimited { delimiter, .. } = self.layout.kind
                && nth > 0
            {
                self.put(&delimiter.to_string(), None).unwrap_or_default();
            }
            let written = self.field(field, row);
            if let Err(message) = written.and_then(|text| self.put(&text, field.replace_unmappable))
            {
                self.fault(row.map(|_| self.control.rows), &field.name, message);
            }
        }
        self.file.extend_from_slice(self.layout.line_end.as_bytes());
    }

    fn field(&self, field: &Field, row: Option<&Row>) -> Result<String, String> {
        let mut rendered = self.rendered(field, row)?;
        if rendered.text.chars().any(|c| c.is_control() && !(c == '\n' && self.may_quote())) {
            return Err("it holds a control character".to_owned());
        }
        match self.layout.kind {
            Kind::Fixed => field.fitted(rendered),
            Kind::Delimited { delimiter, quote, guard_formulas } => {
                if guard_formulas
                    && rendered.is_text
                    && rendered.text.starts_with(['=', '+', '-', '@'])
                {
                    rendered.text.insert(0, '\'');
                }
                quoted(field.fitted(rendered)?, delimiter, quote)
            }
        }
    }

    fn may_quote(&self) -> bool {
        matches!(self.layout.kind, Kind::Delimited { quote: Quote::Needed | Quote::Always, .. })
    }

    fn rendered(&self, field: &Field, row: Option<&Row>) -> Result<Rendered, String> {
        let plain = |text: &str| Rendered { text: text.to_owned(), is_text: false, sign: None };
        match &field.source {
            Source::Constant(text) => Ok(plain(text)),
            Source::Row(name) => match (row.and_then(|row| row.get(name)), &field.default) {
                (Some(value), _) => field.render(value),
                (None, Some(default)) => Ok(plain(default)),
                (None, None) => {
                    Err(format!("the row has no value `{name}`; a default would stand in for it"))
                }
            },
            Source::BatchNumber => field.number(i128::from(self.batch.number), 0),
            Source::BatchDate => field.render(&Value::Date(self.batch.date)),
            Source::Line => field.number(i128::from(self.control.rows), 0),
            Source::Total { total, of } => {
                self.total(field, *total, of.as_deref().unwrap_or_default())
            }
        }
    }

    fn total(&self, field: &Field, total: Total, of: &str) -> Result<Rendered, String> {
        let values = || self.batch.rows.iter().filter_map(|row| row.get(of));
        let money = |keep: fn(i64) -> bool| -> i128 {
            values()
                .filter_map(|value| match value {
                    Value::Pence(pence) if keep(pence.get()) => Some(i128::from(pence.get())),
                    Value::Pence(_) | Value::Text(_) | Value::Date(_) | Value::Int(_) => None,
                })
                .sum()
        };
        let number = match total {
            Total::Count => {
                i128::try_from(self.batch.rows.len()).map_err(|_| "too many rows".to_owned())?
            }
            Total::Sum => money(|_| true),
            Total::Debits => money(|pence| pence > 0),
            Total::Credits => -money(|pence| pence < 0),
            Total::Hash => values()
                .try_fold(0_i128, |sum, value| sum.checked_add(digits(value)?))
                .ok_or("the hash total is too large")?,
        };
        field.number(number, if field.shape == Shape::Pounds { 2 } else { 0 })
    }

    /// Writes text in the layout's encoding.
    fn put(&mut self, text: &str, replace: Option<char>) -> Result<(), String> {
        let unmappable = |c: char| {
            format!(
                "`{c}` does not exist in the layout's encoding; replace_unmappable would allow it"
            )
        };
        match self.layout.encoding {
            Encoding::Utf8 => self.file.extend_from_slice(text.as_bytes()),
            Encoding::Ascii => {
                for c in text.chars() {
                    let c = if c.is_ascii() { c } else { replace.ok_or_else(|| unmappable(c))? };
                    self.file.push(u8::try_from(c).map_err(|_| unmappable(c))?);
                }
            }
            Encoding::Windows1252 => {
                for c in text.chars() {
                    let mut bytes = [0; 4];
                    let (encoded, _, bad) = WINDOWS_1252.encode(c.encode_utf8(&mut bytes));
                    match (bad, replace) {
                        (false, _) => self.file.extend_from_slice(&encoded),
                        (true, Some(other)) => {
                            self.file.push(u8::try_from(other).map_err(|_| unmappable(other))?)
                        }
                        (true, None) => return Err(unmappable(c)),
                    }
                }
            }
        }
        Ok(())
    }
}

/// The digits of a value as one number, for a hash total.
fn digits(value: &Value) -> Option<i128> {
    let text = match value {
        Value::Text(text) => text.clone(),
        Value::Int(number) => number.to_string(),
        Value::Pence(pence) => pence.get().to_string(),
        Value::Date(_) => return Some(0),
    };
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if digits.is_empty() { Some(0) } else { digits.parse().ok() }
}

fn quoted(text: String, delimiter: char, quote: Quote) -> Result<String, String> {
    let needs = text.contains([delimiter, '"', '\n', '\r']);
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
