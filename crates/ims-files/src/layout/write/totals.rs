//! What the detail records of a file come to before they are written: a header may
//! state it. As a file is added up when it is read: by record, not by row.

use ims_money::Pence;

use super::{
    super::{
        Batch, Layout, Row, Value,
        field::{Field, Side, Source},
        part::Part,
    },
    RowOf, digits,
};

/// The sums of the detail records of a file.
pub(super) struct Totals<'l> {
    /// Detail records.
    pub(super) details: u64,
    /// Rows that no record tells of, or not of all their money; the first of them.
    pub(super) left_out: u64,
    pub(super) first_left_out: Option<u64>,
    sums: Vec<Sums<'l>>,
}

/// What one value comes to in all records that hold it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sums<'l> {
    of: &'l str,
    /// Whether a record has a field for it; a value without one counts by row.
    has_field: bool,
    has_money: bool,
    pub(super) debits: i128,
    /// Positive.
    pub(super) credits: i128,
    /// `None` once it is too large.
    pub(super) hash: Option<i128>,
}

impl<'l> Totals<'l> {
    pub(super) fn of(layout: &'l Layout, batch: &Batch<'_>) -> Self {
        let sums = summed(layout);
        let mut totals = Self { details: 0, left_out: 0, first_left_out: None, sums };
        let told: Vec<&str> =
            layout.values().into_iter().filter(|of| is_told(layout, of)).collect();
        for (nth, row) in (1..).zip(batch.rows) {
            let mut untold: Vec<&str> = told.iter().copied().filter(|of| has(row, of)).collect();
            let before = totals.details;
            for part in layout.details() {
                let mut scope = RowOf { layout, batch, row: Some(row), details: totals.details };
                // What cannot be decided is a fault where the record is written.
                if part.when.as_ref().is_some_and(|when| when.holds(&scope) != Ok(true)) {
                    continue;
                }
                totals.details += 1;
                scope.details = totals.details;
                for sums in totals.sums.iter_mut().filter(|sums| sums.has_field) {
                    if let Some(value) = held(part, sums.of, &scope) {
                        sums.add(&value);
                    }
                }
                untold.retain(|of| !tells(part, of, &scope));
            }
            let is_written = totals.details > before;
            if !is_written || !untold.is_empty() {
                totals.left_out += 1;
                totals.first_left_out = totals.first_left_out.or(Some(nth));
            }
            for sums in totals.sums.iter_mut().filter(|sums| is_written && !sums.has_field) {
                if let Some(value) = row.get(sums.of) {
                    sums.add(value);
                }
            }
        }
        totals
    }

    /// Those of one value, by its name or its field's.
    pub(super) fn sums(&self, of: &str) -> Sums<'l> {
        let found = self.sums.iter().find(|sums| sums.of == of);
        found.copied().unwrap_or(Sums { hash: Some(0), ..Sums::default() })
    }

    /// The sum of every value of the rows that is money; `None` where it is too large.
    pub(super) fn of_values(&self, layout: &'l Layout) -> Vec<(&'l str, Option<Pence>)> {
        let values = layout.values().into_iter().filter_map(|name| {
            let sums = self.sums.iter().find(|sums| sums.of == name && sums.has_money)?;
            let sum = i64::try_from(sums.debits.saturating_sub(sums.credits));
            Some((name, sum.ok().map(Pence::new)))
        });
        values.collect()
    }
}

impl Sums<'_> {
    fn add(&mut self, value: &Value) {
        let number = match value {
            Value::Pence(pence) => i128::from(pence.get()),
            Value::Int(number) => i128::from(*number),
            Value::Text(_) | Value::Date(_) => 0,
        };
        self.has_money |= matches!(value, Value::Pence(_));
        let side = if number < 0 { &mut self.credits } else { &mut self.debits };
        *side = side.saturating_add(number.saturating_abs());
        self.hash = self.hash.and_then(|sum| sum.checked_add(digits(value)?));
    }
}

/// What is added up: what totals are of, and every value.
fn summed(layout: &Layout) -> Vec<Sums<'_>> {
    let stated = layout.parts.iter().flat_map(|part| &part.fields).filter_map(|field| {
        if let Source::Total { of, .. } = &field.source { of.as_deref() } else { None }
    });
    let mut names: Vec<&str> = stated.chain(layout.values()).collect();
    names.sort_unstable();
    names.dedup();
    let sums = names.into_iter().map(|of| {
        let has_field = layout.details().any(|part| part.fields_of(of).next().is_some());
        Sums { of, has_field, hash: Some(0), ..Sums::default() }
    });
    sums.collect()
}

/// What a record has of a value. A debit and a credit column share one: it stands in
/// one of them, or in none.
fn held(part: &Part, of: &str, scope: &RowOf<'_>) -> Option<Value> {
    part.fields_of(of).find_map(|field| {
        let value = match &field.source {
            Source::Row(name) => scope.row?.get(name).cloned(),
            // What cannot be worked out is a fault where the record is written.
            Source::Is(expr) => expr.eval(scope).and_then(|held| held.value()).ok().flatten(),
            Source::Constant(_)
            | Source::BatchNumber
            | Source::BatchDate
            | Source::Line
            | Source::Total { .. } => None,
        };
        value.filter(|value| stands_in(field, value))
    })
}

/// Whether a row has that money at all.
fn has(row: &Row, of: &str) -> bool {
    matches!(row.get(of), Some(Value::Pence(pence)) if !pence.is_zero())
}

/// Whether any record of a layout has a place for a value.
fn is_told(layout: &Layout, of: &str) -> bool {
    layout.details().flat_map(|part| &part.fields).any(|field| is_about(field, of))
}

fn is_about(field: &Field, of: &str) -> bool {
    match &field.source {
        Source::Row(name) => name == of,
        Source::Is(expr) => expr.names().iter().any(|name| name == of),
        Source::Constant(_)
        | Source::BatchNumber
        | Source::BatchDate
        | Source::Line
        | Source::Total { .. } => false,
    }
}

/// Whether a record of that kind holds something of a value that is not nothing.
fn tells(part: &Part, of: &str, scope: &RowOf<'_>) -> bool {
    let told = |field: &Field| match &field.source {
        Source::Row(name) => {
            scope.row.and_then(|row| row.get(name)).is_some_and(|value| stands_in(field, value))
        }
        // What cannot be worked out is a fault where the record is written.
        Source::Is(expr) => {
            expr.eval(scope).and_then(|held| held.value()).ok().flatten().is_some_and(|value| {
                match value {
                    Value::Pence(pence) => !pence.is_zero(),
                    Value::Text(_) | Value::Date(_) | Value::Int(_) => true,
                }
            })
        }
        Source::Constant(_)
        | Source::BatchNumber
        | Source::BatchDate
        | Source::Line
        | Source::Total { .. } => false,
    };
    part.fields.iter().filter(|field| is_about(field, of)).any(told)
}

fn stands_in(field: &Field, value: &Value) -> bool {
    let number = match value {
        Value::Pence(pence) => pence.get(),
        Value::Int(number) => *number,
        Value::Text(_) | Value::Date(_) => return true,
    };
    match field.only {
        Some(Side::Positive) => number > 0,
        Some(Side::Negative) => number < 0,
        None => true,
    }
}
