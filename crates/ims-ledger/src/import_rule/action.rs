//! What a rule does to one field, ready.

use std::collections::BTreeMap;

use super::{ImportRule, Lookup, NewText, Ready, Set, template::Template};
use crate::{Council, Field, Row, When};

#[derive(Debug)]
pub(super) struct Action<'a> {
    pub(super) field: Field,
    value: Value<'a>,
}

#[derive(Debug)]
enum Value<'a> {
    Text(Template),
    LookedUp { table: &'a Lookup, by: Template },
}

impl Action<'_> {
    /// The field's new value; `None` when it stays as it was.
    pub(super) fn value(&self, row: &dyn Row, found: &BTreeMap<String, String>) -> Option<String> {
        match &self.value {
            Value::Text(template) => template.filled(row, found),
            Value::LookedUp { table, by } => {
                table.values.get(by.filled(row, found)?.trim()).cloned()
            }
        }
    }

    /// Every value it may give, as far as that is settled beforehand.
    pub(super) fn settled(&self) -> Vec<&str> {
        match &self.value {
            Value::Text(template) => template.literal().into_iter().collect(),
            Value::LookedUp { table, .. } => table.values.values().map(String::as_str).collect(),
        }
    }

    fn template(&self) -> &Template {
        match &self.value {
            Value::Text(template) | Value::LookedUp { by: template, .. } => template,
        }
    }
}

impl<'a> Ready<'a> {
    /// A rule, ready to apply, or what is wrong with it.
    pub(super) fn new(council: &'a Council, rule: &'a ImportRule) -> Result<Self, String> {
        let when = When::new(&rule.when).map_err(|bad| bad.to_string())?;
        let names = when.capture_names();
        let is_found = |name: &str| names.contains(name);
        let mut actions = Vec::new();
        for (field, value) in rule.set.texts() {
            let read = |text: &str| Template::new(text, is_found).map_err(|bad| bad.to_string());
            let value = match value {
                NewText::Text(text) => Value::Text(read(text)?),
                NewText::LookedUp(look_up) => {
                    let mut tables = council.lookup.iter();
                    let table = tables.find(|table| table.name == look_up.lookup);
                    let table = table.ok_or_else(|| {
                        format!("looks up in `{}`, which is no lookup", look_up.lookup)
                    })?;
                    Value::LookedUp { table, by: read(&look_up.by)? }
                }
            };
            actions.push(Action { field, value });
        }
        let asks_patterns = actions.iter().any(|action| action.template().asks_patterns());
        Ok(Self { rule, when, actions, asks_patterns })
    }
}

impl Set {
    /// The texts it sets, each with its field.
    fn texts(&self) -> impl Iterator<Item = (Field, &NewText)> {
        let all = [
            (Field::Fund, &self.fund),
            (Field::Reference, &self.reference),
            (Field::Method, &self.method),
            (Field::Office, &self.office),
            (Field::Narrative, &self.narrative),
            (Field::VatCode, &self.vat_code),
        ];
        all.into_iter().filter_map(|(field, value)| Some((field, value.as_ref()?)))
    }

    pub(super) fn is_empty(&self) -> bool {
        !self.negate && self.texts().next().is_none()
    }
}
