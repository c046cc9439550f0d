//! What a new version of a configuration changes, by path.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// The most changes that are written out; the rest are counted.
const CHANGES_MAX: usize = 200;

/// The keys by which the tables of a list are told apart.
const NAMES: [&str; 2] = ["code", "name"];

/// What differs between two documents: `{path, before, after}` for each value,
/// `null` where there was or is none. The tables of a list go by their code or
/// name, so that moving one is no change.
pub(super) fn of(before: &str, after: &str) -> Value {
    let read = |text: &str| toml::from_str::<Value>(text).unwrap_or_default();
    let (mut was, mut is) = (BTreeMap::new(), BTreeMap::new());
    flatten("", &read(before), &mut was);
    flatten("", &read(after), &mut is);
    let mut changes = Vec::new();
    let mut paths: Vec<&String> = was.keys().chain(is.keys()).collect();
    paths.sort_unstable();
    paths.dedup();
    for path in paths {
        if was.get(path) != is.get(path) {
            changes.push(json!({ "path": path, "before": was.get(path), "after": is.get(path) }));
        }
    }
    let more = changes.len().saturating_sub(CHANGES_MAX);
    changes.truncate(CHANGES_MAX);
    if more > 0 {
        changes.push(json!({ "more": more }));
    }
    Value::Array(changes)
}

/// Every plain value under its path: `fund[CT].name`.
fn flatten(path: &str, value: &Value, into: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                flatten(&below, field, into);
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                let name = NAMES.iter().find_map(|key| item.get(key)?.as_str());
                let name = name.map_or_else(|| at.to_string(), str::to_owned);
                flatten(&format!("{path}[{name}]"), item, into);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            into.insert(path.to_owned(), value.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_told_by_its_path_and_a_move_is_none() {
        let before = "name = \"A\"\n[[fund]]\ncode = \"CT\"\nname = \"Tax\"\n[[fund]]\ncode = \"PK\"\nmax_pence = 5\n";
        let after = "name = \"A\"\n[[fund]]\ncode = \"PK\"\nmax_pence = 6\n[[fund]]\ncode = \"CT\"\nname = \"Tax\"\nvat = \"S\"\n";
        assert_eq!(
            of(before, after),
            json!([
                { "path": "fund[CT].vat", "before": null, "after": "S" },
                { "path": "fund[PK].max_pence", "before": 5, "after": 6 },
            ])
        );
        assert_eq!(of(after, after), json!([]));
    }

    #[test]
    fn very_many_changes_are_counted() {
        let document: String = (0..300).map(|n| format!("k{n} = {n}\n")).collect();
        let changes = of("", &document);
        let changes = changes.as_array().unwrap();
        assert_eq!((changes.len(), &changes[200]), (201, &json!({ "more": 100 })));
    }
}
