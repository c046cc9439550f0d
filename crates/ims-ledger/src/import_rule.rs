//! Import rules: what rows of files are changed into before they are placed.
//!
//! *Invariant:* what a row is worth is never made up. A rule may say that a
//! sender writes its signs the other way round; it cannot put another amount
//! in, because that would be money from nowhere.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use chrono::NaiveDate;
use ims_money::Pence;
use serde::{Deserialize, Serialize};

use crate::{Council, Field, Groups, IncomingReceipt, Row, When};

use action::Action;

mod action;
mod check;
mod template;

/// A change made to rows of imported files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportRule {
    /// What it is called.
    pub name: String,
    /// The formats it is for; none is for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub formats: Vec<String>,
    /// The first day rows of which it applies to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<NaiveDate>,
    /// The last day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<NaiveDate>,
    /// Whether it is off.
    #[serde(default)]
    pub disabled: bool,
    /// Which rows.
    #[serde(default)]
    pub when: Groups,
    /// What is set on them.
    pub set: Set,
}

/// What an import rule sets. What is left out stays; an empty text takes away.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Set {
    /// The fund; empty takes it away, so that the row is placed by its
    /// reference alone, or goes to suspense.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fund: Option<NewText>,
    /// The account reference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<NewText>,
    /// The method of payment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<NewText>,
    /// The office.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub office: Option<NewText>,
    /// The narrative.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub narrative: Option<NewText>,
    /// The VAT code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vat_code: Option<NewText>,
    /// Whether the sender writes money received as negative: the amount is the
    /// file's with its sign turned, once, however many rules say so. Only for
    /// rules that name their formats.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub negate: bool,
}

/// What a field is set to. Gaps are filled from the row: `$1` and `${name}` by
/// what the rule's patterns found, `${fund}` and the other fields by what the
/// row says. A gap that nothing fills leaves the field as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum NewText {
    /// A text.
    Text(String),
    /// What a table says.
    LookedUp(LookUp),
}

/// Where a field's new value is looked up. What is not in the table leaves the
/// field as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LookUp {
    /// The table's name.
    pub lookup: String,
    /// What is looked up in it, with gaps.
    pub by: String,
}

/// A table that import rules look things up in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lookup {
    /// What it is called.
    pub name: String,
    /// What stands for what: a cost centre for a fund's code.
    pub values: BTreeMap<String, String>,
}

/// What a rule changed on a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleChange {
    /// The rule.
    pub rule: String,
    /// The field.
    pub field: Field,
    /// What was there.
    pub from: String,
    /// What is there now.
    pub to: String,
}

impl fmt::Display for RuleChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown =
            |text: &str| if text.is_empty() { "nothing".to_owned() } else { format!("`{text}`") };
        let (from, to) = (shown(&self.from), shown(&self.to));
        write!(f, "rule `{}`: {} from {from} to {to}", self.rule, self.field.name())
    }
}

/// The rules that apply to a format, ready: read once, however many rows there are.
#[derive(Debug)]
pub struct ImportRules<'a>(Vec<Ready<'a>>);

#[derive(Debug)]
struct Ready<'a> {
    rule: &'a ImportRule,
    when: When,
    actions: Vec<Action<'a>>,
    asks_patterns: bool,
}

impl<'a> ImportRules<'a> {
    /// The rules of `council` for `format` that are on, all of them: those that
    /// name the format first, then those for every format, each in the
    /// document's order; the last to set a field wins.
    ///
    /// # Errors
    ///
    /// What is wrong with the first that cannot be used; a configuration without
    /// faults has none.
    pub fn of(council: &'a Council, format: &str) -> Result<Self, String> {
        let enabled = || council.import_rule.iter().filter(|rule| !rule.disabled);
        let own = enabled().filter(|rule| rule.formats.iter().any(|name| name == format));
        let global = enabled().filter(|rule| rule.formats.is_empty());
        own.chain(global).map(|rule| Ready::new(council, rule)).collect::<Result<_, _>>().map(Self)
    }

    /// Changes a row by every rule that holds for it.
    pub fn apply(&self, row: &mut IncomingReceipt) {
        self.change(row, &mut |_, _, _, _| {});
    }

    /// Changes a row by every rule that holds for it, and says what each changed.
    pub fn traced(&self, row: &mut IncomingReceipt) -> Vec<RuleChange> {
        let mut changes = Vec::new();
        self.change(row, &mut |rule, field, from, to| {
            let (rule, from, to) = (rule.to_owned(), from.to_owned(), to.to_owned());
            changes.push(RuleChange { rule, field, from, to });
        });
        changes
    }

    fn change(&self, row: &mut IncomingReceipt, note: &mut dyn FnMut(&str, Field, &str, &str)) {
        let mut is_turned = false;
        for ready in &self.0 {
            let rule = ready.rule;
            let begun = rule.from.is_none_or(|from| row.date >= from);
            let lasts = rule.until.is_none_or(|until| row.date <= until);
            if !(begun && lasts && ready.when.holds(&Incoming(row))) {
                continue;
            }
            let found = if ready.asks_patterns {
                ready.when.captured(&Incoming(row))
            } else {
                BTreeMap::new()
            };
            // All of a rule's gaps see the row as the rule found it.
            let values: Vec<_> =
                ready.actions.iter().map(|action| action.value(&Incoming(row), &found)).collect();
            for (action, value) in ready.actions.iter().zip(values) {
                if let Some(value) = value {
                    let from = put(row, action.field, &value);
                    if from != value {
                        note(&rule.name, action.field, &from, &value);
                    }
                }
            }
            if rule.set.negate && !is_turned {
                is_turned = true;
                let from = row.amount;
                negate(row);
                note(&rule.name, Field::Amount, &from.to_string(), &row.amount.to_string());
            }
        }
    }
}

/// Turns the signs; an amount that has no opposite stays.
fn negate(row: &mut IncomingReceipt) {
    if let Some(amount) = row.amount.checked_neg() {
        row.amount = amount;
        row.vat = row.vat.and_then(Pence::checked_neg);
    }
}

/// Sets a field, and gives what was there.
fn put(row: &mut IncomingReceipt, field: Field, value: &str) -> String {
    let place = match field {
        Field::Reference => return std::mem::replace(&mut row.reference, value.to_owned()),
        Field::Fund => &mut row.fund,
        Field::Method => &mut row.method,
        Field::Office => &mut row.office,
        Field::Narrative => &mut row.narrative,
        Field::VatCode => &mut row.vat_code,
        // No action is of these.
        Field::Amount | Field::Code | Field::Date => return value.to_owned(),
    };
    let new = Some(value).filter(|value| !value.is_empty()).map(str::to_owned);
    std::mem::replace(place, new).unwrap_or_default()
}

struct Incoming<'a>(&'a IncomingReceipt);

impl Row for Incoming<'_> {
    fn text(&self, field: Field) -> Cow<'_, str> {
        fn text(text: Option<&String>) -> Cow<'_, str> {
            Cow::Borrowed(text.map_or("", String::as_str))
        }
        match field {
            Field::Reference => Cow::Borrowed(self.0.reference.as_str()),
            Field::Fund => text(self.0.fund.as_ref()),
            Field::Method => text(self.0.method.as_ref()),
            Field::Office => text(self.0.office.as_ref()),
            Field::Narrative => text(self.0.narrative.as_ref()),
            Field::VatCode => text(self.0.vat_code.as_ref()),
            Field::Code => Cow::Borrowed(""),
            Field::Amount => Cow::Owned(self.0.amount.to_string()),
            Field::Date => Cow::Owned(self.0.date.to_string()),
        }
    }

    fn amount(&self) -> Pence {
        self.0.amount
    }

    fn date(&self) -> NaiveDate {
        self.0.date
    }
}

#[cfg(test)]
mod tests;
