//! The two files as the engine takes them.

use std::collections::HashMap;

use chrono::NaiveDate;
use ims_money::Pence;
use ims_reconcile::{BankLine, Expected};

use super::table::{BadTable, Columns, Records, Table};

/// The expected rows, and the ids by which the file knows them.
pub(super) struct ExpectedSide<'t> {
    pub(super) rows: Vec<Expected<'t>>,
    pub(super) ids: Vec<&'t str>,
}

/// The bank lines, and the ids by which the file knows them.
pub(super) struct BankSide<'t> {
    pub(super) lines: Vec<BankLine<'t>>,
    pub(super) ids: Vec<&'t str>,
}

impl<'t> ExpectedSide<'t> {
    pub(super) fn read(table: &'t Table) -> Result<Self, BadTable> {
        let (columns, records) = table.records()?;
        let (reference, merchant, batch) =
            (columns.find("reference"), columns.find("merchant"), columns.find("batch_ref"));
        let mut side = Self { rows: with_room(&records), ids: with_room(&records) };
        let keys = each(&columns, records, |id, date, amount, fields| {
            let text = |column| text(fields, column);
            side.ids.push(id);
            side.rows.push(Expected {
                id: 0,
                date,
                amount,
                reference: text(reference),
                merchant: text(merchant),
                batch: text(batch),
            });
        })?;
        side.rows.iter_mut().zip(keys).for_each(|(row, key)| row.id = key);
        Ok(side)
    }
}

impl<'t> BankSide<'t> {
    pub(super) fn read(table: &'t Table) -> Result<Self, BadTable> {
        let (columns, records) = table.records()?;
        let (reference, narrative, kind) =
            (columns.find("reference"), columns.find("narrative"), columns.find("type"));
        let mut side = Self { lines: with_room(&records), ids: with_room(&records) };
        let keys = each(&columns, records, |id, date, amount, fields| {
            let text = |column| text(fields, column);
            side.ids.push(id);
            side.lines.push(BankLine {
                id: 0,
                date,
                amount,
                reference: text(reference),
                narrative: text(narrative),
                kind: text(kind),
            });
        })?;
        side.lines.iter_mut().zip(keys).for_each(|(line, key)| line.id = key);
        Ok(side)
    }
}

/// As much room as the records will need, and some; room that is not used costs nothing.
fn with_room<T>(records: &Records<'_>) -> Vec<T> {
    const BYTES_A_RECORD_MIN: usize = 24;
    Vec::with_capacity(records.bytes_left() / BYTES_A_RECORD_MIN)
}

fn text<'t>(fields: &[&'t str], column: Option<usize>) -> &'t str {
    column.and_then(|column| fields.get(column)).map_or("", |field| field.trim())
}

/// Hands over each record's id, date, amount and fields, and gives the key of each id.
fn each<'t>(
    columns: &Columns<'_>,
    mut records: Records<'t>,
    mut add: impl FnMut(&'t str, NaiveDate, Pence, &[&'t str]),
) -> Result<Vec<u64>, BadTable> {
    let (id, date, amount) = (columns.need("id")?, columns.need("date")?, columns.need("amount")?);
    let mut fields: Vec<&'t str> = Vec::new();
    let mut ids = Vec::new();
    let mut last = ("", NaiveDate::default());
    while let Some(line) = records.next_into(&mut fields)? {
        let field = |column: usize| fields.get(column).map_or("", |field| field.trim());
        let id = field(id);
        if id.is_empty() {
            return Err(BadTable::new(line, "the id is empty; each record needs its own"));
        }
        if field(date) != last.0 || last.0.is_empty() {
            last = (field(date), day(field(date)).map_err(|fault| BadTable::new(line, fault))?);
        }
        let amount = pence(field(amount)).map_err(|fault| BadTable::new(line, fault))?;
        add(id, last.1, amount, &fields);
        ids.push((id, line));
    }
    keys(&ids)
}

fn day(text: &str) -> Result<NaiveDate, String> {
    // `%Y` also takes signs and fewer digits.
    let is_plain =
        text.len() == 10 && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit());
    let date = if is_plain { text.parse().ok() } else { None };
    date.ok_or_else(|| format!("`{text}` is not a date; write it as 2026-04-01"))
}

fn pence(text: &str) -> Result<Pence, String> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let pence = if is_plain { text.parse().ok() } else { None };
    pence.map(Pence::new).ok_or_else(|| {
        format!("amount `{text}` is not a whole number of pence; write 12.34 pounds as 1234")
    })
}

/// A key for each id, in the order of the ids: of their numbers if all are numbers, else of
/// their bytes.
fn keys(ids: &[(&str, u64)]) -> Result<Vec<u64>, BadTable> {
    let numbers: Option<Vec<u64>> = ids.iter().map(|(id, _)| number(id)).collect();
    if let Some(numbers) = numbers {
        if !numbers.is_sorted_by(|one, other| one < other) {
            no_id_twice(ids)?;
        }
        return Ok(numbers);
    }
    no_id_twice(ids)?;
    let mut order: Vec<usize> = (0..ids.len()).collect();
    order.sort_unstable_by_key(|at| ids.get(*at).map(|(id, _)| *id));
    let mut keys = vec![0; ids.len()];
    for (key, at) in (0_u64..).zip(order) {
        if let Some(place) = keys.get_mut(at) {
            *place = key;
        }
    }
    Ok(keys)
}

/// The number, if the id is written as numbers are: two ids never have the same one.
fn number(id: &str) -> Option<u64> {
    let is_plain =
        id.bytes().all(|byte| byte.is_ascii_digit()) && (id == "0" || !id.starts_with('0'));
    if is_plain { id.parse().ok() } else { None }
}

fn no_id_twice(ids: &[(&str, u64)]) -> Result<(), BadTable> {
    let mut seen: HashMap<&str, u64> = HashMap::with_capacity(ids.len());
    for (id, line) in ids {
        if let Some(before) = seen.insert(id, *line) {
            let fault =
                format!("id `{id}` stands on line {before} already; each record needs its own");
            return Err(BadTable::new(*line, fault));
        }
    }
    Ok(())
}
