//! One condition, ready to be compared with rows.

use std::borrow::Cow;

use chrono::NaiveDate;
use ims_money::Pence;
use regex::{Regex, RegexBuilder};

use super::{BadCondition, Condition, Field, Operator, Row};

#[derive(Clone, Debug)]
pub(super) enum Test {
    Text { field: Field, ignore_case: bool, test: TextTest },
    Amount(Compare<Pence>),
    Date(Compare<NaiveDate>),
}

#[derive(Clone, Debug)]
pub(super) enum TextTest {
    Contains(String),
    NotContains(String),
    StartsWith(String),
    EndsWith(String),
    OneOf(Vec<String>),
    Blank,
    NotBlank,
    Matches(Regex),
}

#[derive(Clone, Debug)]
pub(super) enum Compare<T> {
    Less(T),
    Greater(T),
    Between(T, T),
    OneOf(Vec<T>),
}

impl Test {
    pub(super) fn holds(&self, row: &dyn Row) -> bool {
        match self {
            Self::Amount(compare) => compare.holds(&row.amount()),
            Self::Date(compare) => compare.holds(&row.date()),
            Self::Text { field, ignore_case, test } => {
                let text = row.text(*field);
                // A pattern sees to capitals by itself, so that what it captures is as written.
                let folds = *ignore_case && !matches!(test, TextTest::Matches(_));
                let text = if folds { Cow::Owned(text.to_lowercase()) } else { text };
                match test {
                    TextTest::Contains(part) => text.contains(part),
                    TextTest::NotContains(part) => !text.contains(part),
                    TextTest::StartsWith(part) => text.starts_with(part),
                    TextTest::EndsWith(part) => text.ends_with(part),
                    TextTest::OneOf(wholes) => wholes.iter().any(|whole| *whole == text),
                    TextTest::Blank => text.trim().is_empty(),
                    TextTest::NotBlank => !text.trim().is_empty(),
                    TextTest::Matches(regex) => regex.is_match(&text),
                }
            }
        }
    }

    /// Hands over what a pattern captures of `row`, by name and by number.
    pub(super) fn capture(&self, row: &dyn Row, take: &mut dyn FnMut(String, String)) {
        let Self::Text { field, test: TextTest::Matches(regex), .. } = self else { return };
        let text = row.text(*field);
        let Some(captures) = regex.captures(&text) else { return };
        for ((number, name), found) in regex.capture_names().enumerate().zip(captures.iter()) {
            if let Some(found) = found {
                take(number.to_string(), found.as_str().to_owned());
                if let Some(name) = name {
                    take(name.to_owned(), found.as_str().to_owned());
                }
            }
        }
    }

    pub(super) fn capture_names(&self) -> Vec<String> {
        let Self::Text { test: TextTest::Matches(regex), .. } = self else { return Vec::new() };
        let all = regex.capture_names().enumerate();
        all.flat_map(|(number, name)| {
            std::iter::once(number.to_string()).chain(name.map(str::to_owned))
        })
        .collect()
    }
}

impl<T: Ord> Compare<T> {
    fn holds(&self, found: &T) -> bool {
        match self {
            Self::Less(than) => found < than,
            Self::Greater(than) => found > than,
            Self::Between(from, to) => (from..=to).contains(&found),
            Self::OneOf(wanted) => wanted.contains(found),
        }
    }
}

/// A condition, ready.
pub(super) fn ready(condition: &Condition) -> Result<Test, BadCondition> {
    use Operator::{Between, Blank, NotBlank, OneOf};
    let is = condition.is;
    if !condition.and.is_empty() && is != Between {
        return Err(bad(condition, "only `between` has an `and`"));
    }
    if !condition.values.is_empty() && is != OneOf {
        return Err(bad(condition, "only `one-of` has `values`"));
    }
    if !condition.value.is_empty() && matches!(is, Blank | NotBlank | OneOf) {
        return Err(bad(condition, "it has no `value`; `one-of` has `values`"));
    }
    match condition.field {
        Field::Amount => {
            let read = |text: &str| text.parse().ok();
            let compare = compared(condition, "an amount is pounds and pence: 12.50", read)?;
            Ok(Test::Amount(compare))
        }
        Field::Date => {
            let read = |text: &str| text.parse().ok();
            let compare = compared(condition, "a date is written 2026-04-01", read)?;
            Ok(Test::Date(compare))
        }
        field @ (Field::Reference
        | Field::Fund
        | Field::Method
        | Field::Office
        | Field::Narrative
        | Field::Code
        | Field::VatCode) => {
            let ignore_case = condition.ignore_case;
            Ok(Test::Text { field, ignore_case, test: text_test(condition)? })
        }
    }
}

fn bad(condition: &Condition, why: &str) -> BadCondition {
    let Condition { field, is, value, .. } = condition;
    BadCondition { field: *field, is: *is, value: value.clone(), why: why.to_owned() }
}

/// A condition on an amount or a date.
fn compared<T: Ord>(
    condition: &Condition,
    right: &str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<Compare<T>, BadCondition> {
    let read = |text: &str| read(text).ok_or_else(|| bad(condition, right));
    if condition.ignore_case {
        return Err(bad(condition, "only a text has capitals to ignore"));
    }
    match condition.is {
        Operator::LessThan => Ok(Compare::Less(read(&condition.value)?)),
        Operator::GreaterThan => Ok(Compare::Greater(read(&condition.value)?)),
        Operator::Equals => Ok(Compare::OneOf(vec![read(&condition.value)?])),
        Operator::OneOf => {
            let values: Result<Vec<_>, _> =
                condition.values.iter().map(|value| read(value)).collect();
            some(condition, values?).map(Compare::OneOf)
        }
        Operator::Between => {
            let (from, to) = (read(&condition.value)?, read(&condition.and)?);
            if from > to {
                return Err(bad(condition, "nothing lies between; the lower one comes first"));
            }
            Ok(Compare::Between(from, to))
        }
        Operator::Contains
        | Operator::NotContains
        | Operator::StartsWith
        | Operator::EndsWith
        | Operator::Blank
        | Operator::NotBlank
        | Operator::Matches => Err(bad(
            condition,
            "an amount or a date equals, is one-of, greater-than, less-than or between",
        )),
    }
}

fn some<T>(condition: &Condition, values: Vec<T>) -> Result<Vec<T>, BadCondition> {
    if values.is_empty() { Err(bad(condition, "there are no `values`")) } else { Ok(values) }
}

fn text_test(condition: &Condition) -> Result<TextTest, BadCondition> {
    let folded = |text: &String| {
        if condition.ignore_case { text.to_lowercase() } else { text.clone() }
    };
    let part = || match condition.value.as_str() {
        "" => Err(bad(condition, "there is nothing to look for")),
        _ => Ok(folded(&condition.value)),
    };
    Ok(match condition.is {
        Operator::Contains => TextTest::Contains(part()?),
        Operator::NotContains => TextTest::NotContains(part()?),
        Operator::StartsWith => TextTest::StartsWith(part()?),
        Operator::EndsWith => TextTest::EndsWith(part()?),
        Operator::Equals => TextTest::OneOf(vec![folded(&condition.value)]),
        Operator::OneOf => {
            TextTest::OneOf(some(condition, condition.values.iter().map(folded).collect())?)
        }
        Operator::Blank => TextTest::Blank,
        Operator::NotBlank => TextTest::NotBlank,
        Operator::Matches => {
            let pattern = RegexBuilder::new(&condition.value)
                .case_insensitive(condition.ignore_case)
                .build()
                .map_err(|error| bad(condition, &error.to_string()))?;
            TextTest::Matches(pattern)
        }
        Operator::GreaterThan | Operator::LessThan | Operator::Between => {
            return Err(bad(condition, "only an amount or a date is greater, less or between"));
        }
    })
}
