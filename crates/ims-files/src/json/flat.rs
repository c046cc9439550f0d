use std::fmt;

use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::RECORD_BYTES_MAX;

/// How deep below an item fields are kept: `settlement_summary.settled_date`.
const DEPTH_MAX: usize = 4;

/// The most fields of one item that are kept.
const FIELDS_MAX: usize = 300;

/// One object, its fields by their path, as text: a number in the file's own digits,
/// never as what a machine makes of them. Lists in it are left out.
#[derive(Debug, Default)]
pub(crate) struct Item {
    /// The line it begins on, or the one before.
    pub(crate) line: u64,
    fields: Vec<(String, String)>,
    bytes: usize,
    /// It was longer than what is kept of it.
    pub(crate) is_cut: bool,
}

impl Item {
    pub(super) fn begins(line: u64) -> Self {
        Self { line, ..Self::default() }
    }

    /// The field at that path; empty where there is none or it is null.
    pub(crate) fn get(&self, path: &str) -> &str {
        let found = self.fields.iter().find(|(held, _)| held == path);
        found.map_or("", |(_, text)| text.as_str())
    }

    pub(crate) fn given(&self, path: &str) -> Option<String> {
        let text = self.get(path).trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// The first of the paths that has something.
    pub(crate) fn first_of(&self, paths: &[&str]) -> &str {
        paths.iter().map(|path| self.get(path)).find(|text| !text.is_empty()).unwrap_or("")
    }

    /// What is filled in below that path, by the names there.
    pub(crate) fn below<'i>(&'i self, path: &'i str) -> impl Iterator<Item = (&'i str, &'i str)> {
        let all = self
            .fields
            .iter()
            .filter_map(move |(held, text)| Some((held.strip_prefix(path)?, text.trim())));
        all.filter(|(_, text)| !text.is_empty())
    }

    /// Takes the fields of another, below a name of its own.
    pub(super) fn adopt(&mut self, name: &str, other: &Self) {
        for (path, text) in &other.fields {
            self.keep(format!("{name}.{path}"), text.clone());
        }
    }

    /// Takes the item itself.
    pub(super) fn take<E: Error>(&mut self, value: &RawValue) -> Result<(), E> {
        self.put(String::new(), value, 0).map_err(E::custom)
    }

    /// Takes a field of it.
    pub(super) fn take_field<E: Error>(&mut self, key: String, value: &RawValue) -> Result<(), E> {
        self.put(key, value, 1).map_err(E::custom)
    }

    fn put(&mut self, path: String, value: &RawValue, depth: usize) -> serde_json::Result<()> {
        let text = value.get();
        match text.as_bytes().first() {
            Some(b'{') if depth < DEPTH_MAX => {
                let mut fields = serde_json::Deserializer::from_str(text);
                fields.deserialize_map(Fields { item: self, path, depth })?;
            }
            Some(b'"') => self.keep(path, serde_json::from_str(text)?),
            Some(b'{' | b'[' | b'n') | None => {}
            Some(_) => self.keep(path, text.to_owned()),
        }
        Ok(())
    }

    fn keep(&mut self, path: String, text: String) {
        let bytes = self.bytes.saturating_add(path.len()).saturating_add(text.len());
        if self.fields.len() >= FIELDS_MAX || bytes > RECORD_BYTES_MAX {
            self.is_cut = true;
            return;
        }
        self.bytes = bytes;
        self.fields.push((path, text));
    }
}

/// The fields of an object in an item.
struct Fields<'i> {
    item: &'i mut Item,
    path: String,
    depth: usize,
}

impl<'de> Visitor<'de> for Fields<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            let value: &RawValue = map.next_value()?;
            let path = if self.path.is_empty() { key } else { format!("{}.{key}", self.path) };
            self.item.put(path, value, self.depth + 1).map_err(A::Error::custom)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(text: &str) -> Item {
        let mut item = Item::begins(1);
        let value: &RawValue = serde_json::from_str(text).unwrap();
        item.take::<serde_json::Error>(value).unwrap();
        item
    }

    #[test]
    fn numbers_keep_the_digits_of_the_file() {
        for number in [
            "0",
            "-0",
            "1250",
            "12.50",
            "0.10",
            "1e9",
            "90071992547409931",
            "123456789012345678901234567890",
            "0.1000000000000000055511151231257827",
        ] {
            let read = item(&format!("{{\"amount\": {number} }}"));
            assert_eq!(read.get("amount"), number);
        }
    }

    #[test]
    fn fields_have_their_paths_down_to_a_depth() {
        let read = item(
            r#"{"a":{"b":{"c":{"d":"here","e":{"f":"too deep"}}}},"l":[1],"n":null,"t":true,"s":"\u00a3"}"#,
        );
        for (path, text) in [
            ("a.b.c.d", "here"),
            ("a.b.c.e.f", ""),
            ("l", ""),
            ("n", ""),
            ("t", "true"),
            ("s", "£"),
        ] {
            assert_eq!(read.get(path), text, "{path}");
        }
    }

    #[test]
    fn what_is_too_long_is_cut_and_said() {
        let long = "x".repeat(RECORD_BYTES_MAX);
        let read = item(&format!("{{\"a\":\"{long}\",\"b\":1}}"));
        assert!(read.is_cut && read.get("a").is_empty() && read.get("b") == "1");
    }
}
