//! Fields of one record that are from the same value: a debit and a credit column, or
//! a day that stands twice.

use super::Layout;
use crate::{
    amounts::clipped,
    layout::{Value, field::Field, part::Part},
};

/// Of each kind of record, the fields that share a value.
pub(super) struct Shared(Vec<Vec<Vec<usize>>>);

impl Shared {
    pub(super) fn of(layout: &Layout) -> Self {
        let of_part = |part: &Part| {
            let mut names: Vec<&str> = part.values().collect();
            names.sort_unstable();
            names.dedup();
            let fields = |name: &str| -> Vec<usize> {
                let held = part.fields.iter().enumerate();
                held.filter(|(_, field)| field.row_value() == Some(name))
                    .map(|(at, _)| at)
                    .collect()
            };
            names.into_iter().map(fields).filter(|sharing| sharing.len() > 1).collect()
        };
        Self(layout.parts.iter().map(of_part).collect())
    }

    /// Refuses fields that share a value and disagree: nobody could say which is right.
    pub(super) fn agree(
        &self,
        nth: usize,
        part: &Part,
        values: &[Option<Value>],
    ) -> Result<(), String> {
        for sharing in self.0.get(nth).map(Vec::as_slice).unwrap_or_default() {
            let mut first: Option<(&Field, &Value)> = None;
            for at in sharing {
                let (Some(field), Some(Some(value))) = (part.fields.get(*at), values.get(*at))
                else {
                    continue;
                };
                if field.only.is_some() && is_nothing(value) {
                    continue;
                }
                match first {
                    None => first = Some((field, value)),
                    Some((other, _)) if other.only.is_some() || field.only.is_some() => {
                        return Err(format!(
                            "{} ({}) and {} ({}) both hold an amount; one of them would be right",
                            other.name,
                            other.place.words(),
                            field.name,
                            field.place.words()
                        ));
                    }
                    Some((_, held)) if held == value => {}
                    Some((other, held)) => {
                        return Err(format!(
                            "{} ({}) is {}, but {} ({}) is {}; they are the same value",
                            other.name,
                            other.place.words(),
                            shown(held),
                            field.name,
                            field.place.words(),
                            shown(value)
                        ));
                    }
                }
            }
        }
        Ok(())
    }
}

/// The one of several that holds something: an amount rather than nought, nought rather
/// than a blank.
pub(super) fn one<'v>(values: impl Iterator<Item = &'v Option<Value>>) -> Option<&'v Value> {
    let mut nothing = None;
    for value in values.flatten() {
        if !is_nothing(value) {
            return Some(value);
        }
        nothing = nothing.or(Some(value));
    }
    nothing
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Pence(pence) => pence.is_zero(),
        Value::Int(number) => *number == 0,
        Value::Text(_) | Value::Date(_) => false,
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Text(text) => format!("`{}`", clipped(text)),
        Value::Pence(pence) => pence.to_string(),
        Value::Date(date) => date.to_string(),
        Value::Int(number) => number.to_string(),
    }
}
