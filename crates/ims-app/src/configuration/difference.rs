//! What differs between two configurations, path by path.

use std::collections::BTreeSet;

use ims_ledger::Council;
use toml::{Table, Value};

use crate::{AppError, Result};

/// One difference. Both texts are as TOML writes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Where: `fund.CT.reference.mask`.
    pub path: String,
    /// What was there; nothing where something was added.
    pub from: Option<String>,
    /// What is there now; nothing where something was removed.
    pub to: Option<String>,
}

/// What names an item of a list, the first that its items have.
const KEYS: [&str; 3] = ["code", "name", "from"];

/// What differs from `old` to `new`, by path. Items of lists are compared by
/// their code, name or first day, not by where they stand; that their order
/// changed is a difference of its own.
pub(super) fn between(old: &Council, new: &Council) -> Result<Vec<Change>> {
    let mut changes = Vec::new();
    tables("", &as_table(old)?, &as_table(new)?, &mut changes);
    Ok(changes)
}

fn as_table(council: &Council) -> Result<Table> {
    let bad = |error| AppError::BadInput(format!("the configuration cannot be written: {error}"));
    Table::try_from(council).map_err(bad)
}

fn tables(path: &str, old: &Table, new: &Table, changes: &mut Vec<Change>) {
    let added = new.keys().filter(|key| !old.contains_key(*key));
    for key in old.keys().chain(added) {
        values(&joined(path, key), old.get(key), new.get(key), changes);
    }
}

fn values(path: &str, old: Option<&Value>, new: Option<&Value>, changes: &mut Vec<Change>) {
    match (old, new) {
        (Some(old), Some(new)) if old == new => {}
        (Some(Value::Table(old)), Some(Value::Table(new))) => tables(path, old, new, changes),
        (Some(Value::Array(old)), Some(Value::Array(new))) => lists(path, old, new, changes),
        // A list of its own that is there only on one side.
        (None, Some(Value::Array(new))) if keyed(new).is_some() => lists(path, &[], new, changes),
        (Some(Value::Array(old)), None) if keyed(old).is_some() => lists(path, old, &[], changes),
        (old, new) => changes.push(Change {
            path: path.to_owned(),
            from: old.map(ToString::to_string),
            to: new.map(ToString::to_string),
        }),
    }
}

fn lists(path: &str, old: &[Value], new: &[Value], changes: &mut Vec<Change>) {
    let (Some(before), Some(after)) = (keyed(old), keyed(new)) else {
        let whole = |values: &[Value]| Some(Value::Array(values.to_vec()).to_string());
        changes.push(Change { path: path.to_owned(), from: whole(old), to: whole(new) });
        return;
    };
    let find = |all: &[(String, &Value)], key: &str| {
        all.iter().find(|(other, _)| other == key).map(|(_, value)| (*value).clone())
    };
    for (key, value) in &before {
        values(&joined(path, key), Some(value), find(&after, key).as_ref(), changes);
    }
    for (key, value) in &after {
        if find(&before, key).is_none() {
            values(&joined(path, key), None, Some(value), changes);
        }
    }
    // Rules and funds are tried in their order.
    let both = |one: &[(String, &Value)], other: &[(String, &Value)]| -> Vec<String> {
        let there = |(key, _): &&(String, &Value)| other.iter().any(|(known, _)| known == key);
        one.iter().filter(there).map(|(key, _)| key.clone()).collect()
    };
    let (from, to) = (both(&before, &after), both(&after, &before));
    if from != to {
        let path = format!("{path} (order)");
        changes.push(Change { path, from: Some(from.join(", ")), to: Some(to.join(", ")) });
    }
}

/// The items of a list by what names them; `None` when nothing does, or twice.
fn keyed(values: &[Value]) -> Option<Vec<(String, &Value)>> {
    let named = |key: &str| -> Option<Vec<(String, &Value)>> {
        let name = |value: &Value| match value.as_table()?.get(key)? {
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        };
        let all: Option<Vec<_>> = values.iter().map(|value| Some((name(value)?, value))).collect();
        let all = all?;
        let once: BTreeSet<_> = all.iter().map(|(name, _)| name).collect();
        (once.len() == all.len()).then_some(all)
    };
    KEYS.into_iter().find_map(named)
}

/// A path one step longer; what is no bare key is quoted, as TOML quotes it.
fn joined(path: &str, key: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let key = if !key.is_empty() && key.chars().all(is_bare) {
        key.to_owned()
    } else {
        Value::String(key.to_owned()).to_string()
    };
    if path.is_empty() { key } else { format!("{path}.{key}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(old: &str, new: &str) -> Vec<String> {
        let read = |text: &str| {
            super::super::read(&format!("code = \"T\"\nname = \"T\"\n{text}")).unwrap()
        };
        let side = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        let changes = between(&read(old), &read(new)).unwrap();
        changes
            .into_iter()
            .map(|change| format!("{}: {} > {}", change.path, side(change.from), side(change.to)))
            .collect()
    }

    #[test]
    fn every_difference_has_its_path() {
        let fund = |code: &str, rest: &str| {
            format!("[[fund]]\ncode = \"{code}\"\nname = \"{code}\"\n{rest}\n")
        };
        let rule = |name: &str| {
            format!("[[import_rule]]\nname = \"{name}\"\nset = {{ narrative = \"x\" }}\n")
        };
        let vat = |rates: &str| format!("[[vat]]\ncode = \"S\"\nname = \"S\"\nrate = [{rates}]\n");
        for (old, new, expected) in [
            (fund("A", ""), fund("A", ""), vec![]),
            (fund("A", ""), fund("A", "disabled = true"), vec!["fund.A.disabled: false > true"]),
            (
                fund("A", "reference = { mask = \"##\" }"),
                fund("A", "reference = { mask = \"###\" }"),
                vec!["fund.A.reference.mask: \"##\" > \"###\""],
            ),
            (fund("A", "max_pence = 5"), fund("A", ""), vec!["fund.A.max_pence: 5 > -"]),
            (
                fund("A", "") + fund("B", "").as_str(),
                fund("B", "") + fund("A", "").as_str(),
                vec!["fund (order): A, B > B, A"],
            ),
            (
                rule("a b"),
                String::new(),
                vec![
                    "import_rule.\"a b\": { disabled = false, name = \"a b\", set = { narrative = \"x\" }, when = [] } > -",
                ],
            ),
            (
                vat("{ from = \"2011-01-04\", basis_points = 2000 }"),
                vat(
                    "{ from = \"2011-01-04\", basis_points = 2000 }, { from = \"2027-04-01\", basis_points = 2100 }",
                ),
                vec!["vat.S.rate.2027-04-01: - > { basis_points = 2100, from = \"2027-04-01\" }"],
            ),
            (
                String::new(),
                "[approval]\nconfiguration = true".to_owned(),
                vec!["approval: - > { configuration = true }"],
            ),
        ] {
            assert_eq!(shown(&old, &new), expected, "{old}\n{new}");
        }
    }
}
