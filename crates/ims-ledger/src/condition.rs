//! Conditions on a row: the `when` of import rules and bank rules.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use chrono::NaiveDate;
use ims_money::Pence;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use test::Test;

mod test;

/// What of a row a condition looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Field {
    /// The payer's account reference.
    Reference,
    /// The amount, gross.
    Amount,
    /// The fund's code.
    Fund,
    /// The method of payment's code.
    Method,
    /// The office's code.
    Office,
    /// The narrative.
    Narrative,
    /// The bank's kind of transaction.
    Code,
    /// The VAT code.
    VatCode,
    /// The day it happened.
    Date,
}

impl Field {
    /// The name it has in a configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::Amount => "amount",
            Self::Fund => "fund",
            Self::Method => "method",
            Self::Office => "office",
            Self::Narrative => "narrative",
            Self::Code => "code",
            Self::VatCode => "vat-code",
            Self::Date => "date",
        }
    }
}

/// How a field is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operator {
    /// The text occurs in it.
    Contains,
    /// The text does not occur in it.
    NotContains,
    /// It starts with the text.
    StartsWith,
    /// It ends with the text.
    EndsWith,
    /// It is the text; for an amount or a date, it is as much or that day.
    #[serde(alias = "on")]
    Equals,
    /// It is one of `values`.
    OneOf,
    /// An amount above, or a date after.
    #[serde(alias = "after")]
    GreaterThan,
    /// An amount below, or a date before.
    #[serde(alias = "before")]
    LessThan,
    /// An amount or a date from `value` to `and`, both included.
    Between,
    /// Nothing is there.
    Blank,
    /// Something is there.
    NotBlank,
    /// The pattern is found in it.
    Matches,
}

/// How a condition joins those before it in its group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Join {
    /// Both hold.
    #[default]
    And,
    /// Either holds.
    Or,
}

/// One condition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// How it joins those before it; the first in a group stands for itself.
    #[serde(default)]
    pub join: Join,
    /// What it looks at.
    pub field: Field,
    /// How.
    pub is: Operator,
    /// What it is compared with: a text, pounds and pence, or `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub value: String,
    /// Where `between` ends.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub and: String,
    /// What `one-of` chooses from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// Whether capitals and small letters are the same. They differ unless said.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ignore_case: bool,
}

/// Groups of conditions: a row fits when any group holds; inside a group the
/// conditions fold from the left without precedence. No group fits every row.
pub type Groups = Vec<Vec<Condition>>;

/// What rules are applied to.
pub trait Row {
    /// A field as text; absent is empty.
    fn text(&self, field: Field) -> Cow<'_, str>;
    /// The amount.
    fn amount(&self) -> Pence;
    /// The day.
    fn date(&self) -> NaiveDate;
}

/// A condition that could never be compared.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("a condition on {field:?} is {is:?} `{value}`: {why}")]
pub struct BadCondition {
    /// Its field.
    pub field: Field,
    /// Its operator.
    pub is: Operator,
    /// Its value.
    pub value: String,
    /// What would be right.
    pub why: String,
}

/// [`Groups`] ready to be applied.
#[derive(Clone, Debug)]
pub struct When(Vec<Vec<(Join, Test)>>);

impl When {
    /// The conditions, ready to apply.
    ///
    /// # Errors
    ///
    /// [`BadCondition`] for the first whose operator or value does not suit its field.
    pub fn new(groups: &Groups) -> Result<Self, BadCondition> {
        let ready = |group: &Vec<Condition>| {
            group.iter().map(|condition| Ok((condition.join, test::ready(condition)?))).collect()
        };
        groups.iter().map(ready).collect::<Result<_, _>>().map(Self)
    }

    /// Whether `row` fits.
    #[must_use]
    pub fn holds(&self, row: &dyn Row) -> bool {
        self.0.is_empty() || self.0.iter().any(|group| group_holds(group, row))
    }

    /// What the patterns of the first group that holds found in `row`, by the
    /// names and numbers of their groups; the first pattern goes first.
    pub(crate) fn captured(&self, row: &dyn Row) -> BTreeMap<String, String> {
        let mut captured = BTreeMap::new();
        let Some(group) = self.0.iter().find(|group| group_holds(group, row)) else {
            return captured;
        };
        for (_, test) in group {
            test.capture(row, &mut |name, found| {
                captured.entry(name).or_insert(found);
            });
        }
        captured
    }

    /// The names and numbers that whichever group holds can have found.
    pub(crate) fn capture_names(&self) -> BTreeSet<String> {
        let of_group = |group: &Vec<(Join, Test)>| {
            group.iter().flat_map(|(_, test)| test.capture_names()).collect::<BTreeSet<_>>()
        };
        let both = |one: BTreeSet<String>, other: BTreeSet<String>| &one & &other;
        self.0.iter().map(of_group).reduce(both).unwrap_or_default()
    }
}

fn group_holds(group: &[(Join, Test)], row: &dyn Row) -> bool {
    let mut result = None;
    for (join, test) in group {
        let holds = test.holds(row);
        result = Some(match (result, join) {
            (None, _) => holds,
            (Some(before), Join::And) => before && holds,
            (Some(before), Join::Or) => before || holds,
        });
    }
    result.unwrap_or(true)
}

#[cfg(test)]
mod tests;
