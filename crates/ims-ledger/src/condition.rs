//! Conditions on a row: the `when` of import rules and bank rules.

use std::borrow::Cow;

use chrono::NaiveDate;
use ims_money::Pence;
use regex::Regex;
use serde::{Deserialize, Serialize};
use thiserror::Error;

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
    /// The day it happened.
    Date,
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
    Equals,
    /// An amount above, or a date after.
    GreaterThan,
    /// An amount below, or a date before.
    LessThan,
    /// Nothing is there.
    Blank,
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
    #[serde(default)]
    pub value: String,
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

#[derive(Clone, Debug)]
enum Test {
    Text(Field, TextTest),
    Amount(Compare, Pence),
    Date(Compare, NaiveDate),
}

#[derive(Clone, Debug)]
enum TextTest {
    Contains(String),
    NotContains(String),
    StartsWith(String),
    EndsWith(String),
    Equals(String),
    Blank,
    Matches(Regex),
}

#[derive(Clone, Copy, Debug)]
enum Compare {
    Less,
    Equal,
    Greater,
}

impl When {
    /// The conditions, ready to apply.
    ///
    /// # Errors
    ///
    /// [`BadCondition`] for the first whose operator or value does not suit its field.
    pub fn new(groups: &Groups) -> Result<Self, BadCondition> {
        let ready = |group: &Vec<Condition>| {
            group.iter().map(|condition| Ok((condition.join, test(condition)?))).collect()
        };
        groups.iter().map(ready).collect::<Result<_, _>>().map(Self)
    }

    /// Whether `row` fits.
    #[must_use]
    pub fn holds(&self, row: &dyn Row) -> bool {
        self.0.is_empty() || self.0.iter().any(|group| group_holds(group, row))
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

impl Test {
    fn holds(&self, row: &dyn Row) -> bool {
        match self {
            Self::Amount(compare, amount) => compare.holds(&row.amount(), amount),
            Self::Date(compare, date) => compare.holds(&row.date(), date),
            Self::Text(field, test) => {
                let text = row.text(*field);
                match test {
                    TextTest::Contains(part) => text.contains(part),
                    TextTest::NotContains(part) => !text.contains(part),
                    TextTest::StartsWith(part) => text.starts_with(part),
                    TextTest::EndsWith(part) => text.ends_with(part),
                    TextTest::Equals(whole) => text == *whole,
                    TextTest::Blank => text.trim().is_empty(),
                    TextTest::Matches(regex) => regex.is_match(&text),
                }
            }
        }
    }
}

impl Compare {
    fn holds<T: Ord>(self, found: &T, wanted: &T) -> bool {
        match self {
            Self::Less => found < wanted,
            Self::Equal => found == wanted,
            Self::Greater => found > wanted,
        }
    }
}

fn test(condition: &Condition) -> Result<Test, BadCondition> {
    let bad = |why: &str| BadCondition {
        field: condition.field,
        is: condition.is,
        value: condition.value.clone(),
        why: why.to_owned(),
    };
    let compare = match condition.is {
        Operator::LessThan => Some(Compare::Less),
        Operator::Equals => Some(Compare::Equal),
        Operator::GreaterThan => Some(Compare::Greater),
        Operator::Contains
        | Operator::NotContains
        | Operator::StartsWith
        | Operator::EndsWith
        | Operator::Blank
        | Operator::Matches => None,
    };
    match condition.field {
        Field::Amount => {
            let compare =
                compare.ok_or_else(|| bad("an amount equals, or is greater-than or less-than"))?;
            let amount =
                condition.value.parse().map_err(|_| bad("an amount is pounds and pence: 12.50"))?;
            Ok(Test::Amount(compare, amount))
        }
        Field::Date => {
            let compare =
                compare.ok_or_else(|| bad("a date equals, or is greater-than or less-than"))?;
            let date = condition.value.parse().map_err(|_| bad("a date is written 2026-04-01"))?;
            Ok(Test::Date(compare, date))
        }
        Field::Reference
        | Field::Fund
        | Field::Method
        | Field::Office
        | Field::Narrative
        | Field::Code => text_test(condition, bad).map(|test| Test::Text(condition.field, test)),
    }
}

fn text_test(
    condition: &Condition,
    bad: impl Fn(&str) -> BadCondition,
) -> Result<TextTest, BadCondition> {
    let value = condition.value.clone();
    Ok(match condition.is {
        Operator::Contains => TextTest::Contains(value),
        Operator::NotContains => TextTest::NotContains(value),
        Operator::StartsWith => TextTest::StartsWith(value),
        Operator::EndsWith => TextTest::EndsWith(value),
        Operator::Equals => TextTest::Equals(value),
        Operator::Blank => TextTest::Blank,
        Operator::Matches => {
            TextTest::Matches(Regex::new(&value).map_err(|error| bad(&error.to_string()))?)
        }
        Operator::GreaterThan | Operator::LessThan => {
            return Err(bad("only an amount or a date is greater-than or less-than"));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Sample;

    impl Row for Sample {
        fn text(&self, field: Field) -> Cow<'_, str> {
            match field {
                Field::Narrative => Cow::Borrowed("RENT JONES"),
                Field::Reference => Cow::Borrowed("R123"),
                Field::Fund
                | Field::Method
                | Field::Office
                | Field::Code
                | Field::Amount
                | Field::Date => Cow::Borrowed(""),
            }
        }
        fn amount(&self) -> Pence {
            Pence::new(1_000)
        }
        fn date(&self) -> NaiveDate {
            NaiveDate::from_ymd_opt(2026, 4, 1).unwrap()
        }
    }

    fn condition(join: Join, field: Field, is: Operator, value: &str) -> Condition {
        Condition { join, field, is, value: value.to_owned() }
    }

    #[test]
    fn each_operator_on_each_kind_of_field() {
        for (field, is, value, holds) in [
            (Field::Narrative, Operator::Contains, "JON", true),
            (Field::Narrative, Operator::Contains, "jon", false),
            (Field::Narrative, Operator::NotContains, "SMITH", true),
            (Field::Narrative, Operator::StartsWith, "RENT", true),
            (Field::Narrative, Operator::EndsWith, "RENT", false),
            (Field::Reference, Operator::Equals, "R123", true),
            (Field::Reference, Operator::Matches, "^R[0-9]+$", true),
            (Field::Fund, Operator::Blank, "", true),
            (Field::Reference, Operator::Blank, "", false),
            (Field::Amount, Operator::Equals, "10", true),
            (Field::Amount, Operator::GreaterThan, "9.99", true),
            (Field::Amount, Operator::LessThan, "10.00", false),
            (Field::Date, Operator::Equals, "2026-04-01", true),
            (Field::Date, Operator::GreaterThan, "2026-03-31", true),
        ] {
            let when = When::new(&vec![vec![condition(Join::And, field, is, value)]]).unwrap();
            assert_eq!(when.holds(&Sample), holds, "{field:?} {is:?} {value}");
        }
    }

    #[test]
    fn groups_are_alternatives_and_fold_from_the_left() {
        let c = |join, yes: bool| {
            condition(join, Field::Reference, Operator::Equals, if yes { "R123" } else { "no" })
        };
        use Join::{And, Or};
        for (groups, holds) in [
            (vec![], true),
            (vec![vec![]], true),
            (vec![vec![c(And, true)]], true),
            (vec![vec![c(And, false)], vec![c(And, true)]], true),
            (vec![vec![c(And, false)], vec![c(And, false)]], false),
            // (true or false) and false: no precedence of and over or.
            (vec![vec![c(And, true), c(Or, false), c(And, false)]], false),
            (vec![vec![c(And, false), c(And, false), c(Or, true)]], true),
            // The first join is ignored.
            (vec![vec![c(Or, false)]], false),
        ] {
            assert_eq!(When::new(&groups).unwrap().holds(&Sample), holds, "{groups:?}");
        }
    }

    #[test]
    fn a_condition_that_cannot_be_compared_is_refused() {
        for (field, is, value) in [
            (Field::Amount, Operator::Contains, "1"),
            (Field::Amount, Operator::Equals, "ten"),
            (Field::Date, Operator::Equals, "1/4/2026"),
            (Field::Narrative, Operator::GreaterThan, "1"),
            (Field::Narrative, Operator::Matches, "("),
        ] {
            assert!(
                When::new(&vec![vec![condition(Join::And, field, is, value)]]).is_err(),
                "{is:?}"
            );
        }
    }
}
