//! JSON as a bounded stream of flat items: the objects of the list that an API's
//! page is made of.

mod flat;

use std::{
    cell::Cell,
    io::{self, BufRead},
};

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::{amounts::clipped, verdict::Faults};
pub(crate) use flat::Item;

/// Reads every object of the lists named so (`results`, `_embedded.refunds`), or the
/// file's own object or list where there is none. An object of a list inside another
/// object knows the fields of the page before it as `page.…`. What is not JSON is a fault; items before it stand.
pub(crate) fn read(
    input: &mut dyn BufRead,
    lists: &[&str],
    faults: &mut Faults,
    sink: &mut dyn FnMut(Item),
) {
    let line = Cell::new(1);
    let counted = Counted { input, line: &line };
    let mut source = serde_json::Deserializer::from_reader(counted);
    loop {
        let page = Page { lists, line: &line, sink };
        if let Err(error) = page.deserialize(&mut source) {
            let message = error.to_string();
            let why = message.split(" at line ").next().unwrap_or(&message);
            faults.error(line.get(), format!("not well-formed JSON: {}", clipped(why)));
            return;
        }
        // Pages saved one after the other.
        if source.end().is_ok() {
            return;
        }
    }
}

/// Counts the lines that have been read.
struct Counted<'i, 'l> {
    input: &'i mut dyn BufRead,
    line: &'l Cell<u64>,
}

impl io::Read for Counted<'_, '_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(into)?;
        let read = into.get(..count).unwrap_or_default();
        let feeds = read.iter().filter(|byte| **byte == b'\n').count();
        self.line.set(self.line.get() + u64::try_from(feeds).unwrap_or(0));
        Ok(count)
    }
}

/// A page: an object with a list, a list, or an object that is an item itself.
struct Page<'p, 's> {
    lists: &'p [&'p str],
    line: &'p Cell<u64>,
    sink: &'s mut dyn FnMut(Item),
}

impl<'de> DeserializeSeed<'de> for Page<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Page<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object or a list")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut own = Item::begins(self.line.get());
        let mut listed = false;
        while let Some(key) = map.next_key::<String>()? {
            // One published example has a colon inside the name.
            if self.lists.contains(&key.trim_end_matches(':')) {
                listed = true;
                map.next_value_seed(List { line: self.line, sink: &mut *self.sink })?;
            } else if let inside = below(self.lists, &key)
                && !inside.is_empty()
            {
                let sink = &mut *self.sink;
                let mut adopt = |mut item: Item| {
                    item.adopt("page", &own);
                    sink(item);
                };
                let inside = Inside { lists: &inside, line: self.line, sink: &mut adopt };
                listed |= map.next_value_seed(inside)?;
            } else {
                let value: Box<RawValue> = map.next_value()?;
                own.take_field(key, &value)?;
            }
        }
        if !listed {
            (self.sink)(own);
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<(), A::Error> {
        List { line: self.line, sink: self.sink }.visit_seq(seq)
    }
}

/// The lists that are named inside the object of that key.
fn below<'l>(lists: &[&'l str], key: &str) -> Vec<&'l str> {
    lists.iter().filter_map(|list| list.strip_prefix(key)?.strip_prefix('.')).collect()
}

/// An object inside a page, of which only its lists are wanted. Whether it has one.
struct Inside<'p, 's> {
    lists: &'p [&'p str],
    line: &'p Cell<u64>,
    sink: &'s mut dyn FnMut(Item),
}

impl<'de> DeserializeSeed<'de> for Inside<'_, '_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<bool, D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Inside<'_, '_> {
    type Value = bool;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        let mut listed = false;
        while let Some(key) = map.next_key::<String>()? {
            if self.lists.contains(&key.as_str()) {
                listed = true;
                map.next_value_seed(List { line: self.line, sink: &mut *self.sink })?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(listed)
    }

    fn visit_unit<E>(self) -> Result<bool, E> {
        Ok(false)
    }
}

/// The items of a list, handed on one at a time.
struct List<'p, 's> {
    line: &'p Cell<u64>,
    sink: &'s mut dyn FnMut(Item),
}

impl<'de> DeserializeSeed<'de> for List<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for List<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        loop {
            let mut item = Item::begins(self.line.get());
            let Some(value) = seq.next_element::<Box<RawValue>>()? else { return Ok(()) };
            item.take(&value)?;
            (self.sink)(item);
        }
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        // A list inside an object of the same name, as some pages nest it.
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }
}
