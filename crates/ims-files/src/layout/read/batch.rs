//! What a batch, or the whole file, adds up to, and what it says it does.

use ims_money::Pence;

use super::shared;
use crate::{
    amounts::clipped,
    layout::{
        Value,
        field::{Check, Field, Shape, Total},
        part::Part,
        write::digits,
    },
    verdict::Faults,
};

/// The sums of a batch as it is read.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) count: u64,
    records: u64,
    sums: Vec<Sums>,
    /// Which records came, by their place in the layout.
    seen: Vec<bool>,
    /// Whether its trailer came.
    pub(super) is_closed: bool,
    /// The totals it states, with the record they stand in.
    pub(super) stated: Vec<(String, Stated)>,
}

/// The sums of one value.
#[derive(Debug, Default)]
struct Sums {
    of: String,
    debits: i128,
    credits: i128,
    /// `None` once it is too large.
    hash: Option<i128>,
}

/// A total that a file states.
#[derive(Debug)]
pub(super) struct Stated {
    field: String,
    total: Total,
    of: Option<String>,
    number: i128,
    is_money: bool,
    check: Check,
    line: u64,
}

impl Stated {
    /// The total in a field; `None` for one that nobody compares.
    pub(super) fn read(
        field: &Field,
        total: Total,
        of: Option<&String>,
        value: Option<&Value>,
        line: u64,
    ) -> Result<Option<Self>, String> {
        if field.check == Check::Ignore {
            return Ok(None);
        }
        let number = match value {
            Some(Value::Pence(pence)) => i128::from(pence.get()),
            Some(Value::Int(number)) => i128::from(*number),
            Some(Value::Text(text)) => {
                text.parse().map_err(|_| format!("`{}` is not a whole number", clipped(text)))?
            }
            Some(Value::Date(_)) => return Err("a date is no total".to_owned()),
            None if field.optional => return Ok(None),
            None => {
                let place = field.place.words();
                return Err(format!(
                    "{} ({place}): is empty; the total would be right",
                    field.name
                ));
            }
        };
        let is_money = matches!(field.shape, Shape::Pounds | Shape::Pence | Shape::Overpunched);
        Ok(Some(Self {
            field: field.name.clone(),
            total,
            of: of.cloned(),
            number,
            is_money,
            check: field.check,
            line,
        }))
    }
}

impl Batch {
    /// An empty one that adds up the values named.
    pub(super) fn of(wanted: &[String], parts: usize) -> Self {
        let mut sums: Vec<Sums> = Vec::new();
        for of in wanted {
            if !sums.iter().any(|held| held.of == *of) {
                sums.push(Sums { of: of.clone(), hash: Some(0), ..Sums::default() });
            }
        }
        Self { sums, seen: vec![false; parts], ..Self::default() }
    }

    pub(super) fn see(&mut self, part: usize) {
        self.records = self.records.saturating_add(1);
        if let Some(seen) = self.seen.get_mut(part) {
            *seen = true;
        }
    }

    pub(super) fn has_seen(&self, part: usize) -> bool {
        self.seen.get(part).copied().unwrap_or_default()
    }

    /// Whether any record came.
    pub(super) const fn is_begun(&self) -> bool {
        self.records > 0
    }

    pub(super) fn start_again(&mut self) {
        for sums in &mut self.sums {
            (sums.debits, sums.credits, sums.hash) = (0, 0, Some(0));
        }
        self.seen.fill(false);
        self.stated.clear();
        (self.count, self.records, self.is_closed) = (0, 0, false);
    }

    /// Adds a row that was read.
    pub(super) fn add(&mut self, part: &Part, values: &[Option<Value>]) {
        self.count = self.count.saturating_add(1);
        for sums in &mut self.sums {
            let wanted = part.fields_of(&sums.of).filter_map(|wanted| {
                let mut held = part.fields.iter().zip(values);
                held.find(|(field, _)| std::ptr::eq(*field, wanted)).map(|(_, value)| value)
            });
            let Some(value) = shared::one(wanted) else { continue };
            let number = match value {
                Value::Pence(pence) => i128::from(pence.get()),
                Value::Int(number) => i128::from(*number),
                Value::Text(_) | Value::Date(_) => 0,
            };
            let side = if number < 0 { &mut sums.credits } else { &mut sums.debits };
            *side = side.saturating_add(number.saturating_abs());
            sums.hash = sums.hash.and_then(|sum| sum.checked_add(digits(value)?));
        }
    }

    /// Compares what is stated with what was read.
    pub(super) fn compare(&self, faults: &mut Faults) {
        for (part, stated) in &self.stated {
            let sums = self.sums.iter().find(|sums| Some(&sums.of) == stated.of.as_ref());
            let read = match (stated.total, sums) {
                (Total::Count, _) => Some(i128::from(self.count)),
                (Total::Records, _) => Some(i128::from(self.records)),
                (Total::Sum, Some(sums)) => Some(sums.debits.saturating_sub(sums.credits)),
                (Total::Debits, Some(sums)) => Some(sums.debits),
                (Total::Credits, Some(sums)) => Some(sums.credits),
                (Total::Hash, Some(sums)) => sums.hash,
                (Total::Sum | Total::Debits | Total::Credits | Total::Hash, None) => None,
            };
            if read == Some(stated.number) {
                continue;
            }
            let shown = |number: i128| match i64::try_from(number) {
                Ok(number) if stated.is_money => Pence::new(number).to_string(),
                _ => number.to_string(),
            };
            let read = read.map_or_else(|| "too much".to_owned(), shown);
            let message = format!(
                "{part}.{}: the file says {}, but what was read makes {read}",
                stated.field,
                shown(stated.number)
            );
            match stated.check {
                Check::Warn => faults.warning(stated.line, message),
                Check::Error | Check::Ignore => faults.error(stated.line, message),
            }
        }
    }
}
