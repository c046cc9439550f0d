use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::RECORD_BYTES_MAX;

/// How deep below an item fields are kept: `settlement_summary.settled_date`.
const DEPTH_MAX: usize = 4;

/// The most fields of one item that are kept.
const FIELDS_MAX: usize = 300;

/// One object, its fields by their path, as text. Lists in it are left out.
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

    pub(super) fn root(&mut self) -> Leaf<'_> {
        Leaf { item: self, path: String::new(), depth: 0 }
    }

    pub(super) fn at(&mut self, key: &str) -> Leaf<'_> {
        Leaf { item: self, path: key.to_owned(), depth: 1 }
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

/// A place in an item, into which a value is read.
pub(super) struct Leaf<'i> {
    item: &'i mut Item,
    path: String,
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Leaf<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Leaf<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let deeper = self.depth + 1;
        while let Some(key) = map.next_key::<String>()? {
            if deeper > DEPTH_MAX {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let path = if self.path.is_empty() { key } else { format!("{}.{key}", self.path) };
            map.next_value_seed(Leaf { item: &mut *self.item, path, depth: deeper })?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.item.keep(self.path, text.to_owned());
        Ok(())
    }

    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        self.item.keep(self.path, number.to_string());
        Ok(())
    }

    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        self.item.keep(self.path, number.to_string());
        Ok(())
    }

    /// Not whole, so no number of pence: kept only so that it is refused by name.
    #[expect(clippy::disallowed_types, reason = "the trait's; nothing is counted with it")]
    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        self.item.keep(self.path, format!("{number:?}"));
        Ok(())
    }

    fn visit_bool<E>(self, is: bool) -> Result<(), E> {
        self.item.keep(self.path, is.to_string());
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}
