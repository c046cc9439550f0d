//! Expressions, worked out for one row.

use chrono::{Datelike, NaiveDate};
use ims_money::Pence;

use super::{Compare, Expr, Held, Node, Sum, call::Function};
use crate::{
    RECORD_BYTES_MAX,
    amounts::{clipped, pence},
    dates,
    layout::pattern,
};

/// The widest a text is padded to.
const PAD_MAX: usize = 4_096;

/// What an expression's names stand for.
pub(in crate::layout) trait Scope {
    /// The value of that name.
    fn value(&self, name: &str) -> Result<Held, String>;

    /// The text in that column, from 1.
    fn column(&self, number: usize) -> Result<Held, String>;

    /// The value under `key` in a table.
    fn lookup(&self, table: &str, key: &str) -> Option<String>;
}

impl Expr {
    /// What it comes to.
    pub(in crate::layout) fn eval(&self, scope: &dyn Scope) -> Result<Held, String> {
        self.root.eval(scope)
    }

    /// Whether it holds.
    pub(in crate::layout) fn holds(&self, scope: &dyn Scope) -> Result<bool, String> {
        self.root.truth(scope)
    }
}

impl Node {
    fn eval(&self, scope: &dyn Scope) -> Result<Held, String> {
        match self {
            Self::Text(text) if text.is_empty() => Ok(Held::Blank),
            Self::Text(text) => Ok(Held::Text(text.clone())),
            Self::Int(number) => Ok(Held::Int(*number)),
            Self::Name(name) => scope.value(name),
            Self::Call(function, given) => call(*function, given, scope),
            Self::Compare(compare, left, right) => {
                let (left, right) = (left.eval(scope)?, right.eval(scope)?);
                compared(*compare, &left, &right).map(Held::Truth)
            }
            Self::Sum(sum, left, right) => added(*sum, left.eval(scope)?, right.eval(scope)?),
            Self::And(left, right) => Ok(Held::Truth(left.truth(scope)? && right.truth(scope)?)),
            Self::Or(left, right) => Ok(Held::Truth(left.truth(scope)? || right.truth(scope)?)),
            Self::Not(node) => Ok(Held::Truth(!node.truth(scope)?)),
        }
    }

    fn truth(&self, scope: &dyn Scope) -> Result<bool, String> {
        match self.eval(scope)? {
            Held::Truth(truth) => Ok(truth),
            other @ (Held::Blank
            | Held::Text(_)
            | Held::Pence(_)
            | Held::Date(_)
            | Held::Int(_)) => Err(format!("{} stands where a condition should", other.what())),
        }
    }

    /// As text; nothing is the empty text.
    fn text(&self, scope: &dyn Scope) -> Result<String, String> {
        match self.eval(scope)? {
            Held::Blank => Ok(String::new()),
            Held::Text(text) => Ok(text),
            Held::Int(number) => Ok(number.to_string()),
            Held::Pence(pence) => Ok(pence.to_string()),
            Held::Date(date) => Ok(date.to_string()),
            Held::Truth(_) => Err("a condition stands where a text should".to_owned()),
        }
    }

    fn date(&self, scope: &dyn Scope) -> Result<Option<NaiveDate>, String> {
        match self.eval(scope)? {
            Held::Blank => Ok(None),
            Held::Date(date) => Ok(Some(date)),
            other @ (Held::Text(_) | Held::Pence(_) | Held::Int(_) | Held::Truth(_)) => {
                Err(format!("{} stands where a date should", other.what()))
            }
        }
    }

    fn size(&self, scope: &dyn Scope) -> Result<usize, String> {
        match self.eval(scope)? {
            Held::Int(number) => {
                usize::try_from(number).map_err(|_| format!("{number} is below 0"))
            }
            other @ (Held::Blank
            | Held::Text(_)
            | Held::Pence(_)
            | Held::Date(_)
            | Held::Truth(_)) => {
                Err(format!("{} stands where a whole number should", other.what()))
            }
        }
    }
}

fn text(text: String) -> Result<Held, String> {
    if text.len() > RECORD_BYTES_MAX {
        return Err(format!("the text grows beyond {RECORD_BYTES_MAX} bytes"));
    }
    Ok(if text.is_empty() { Held::Blank } else { Held::Text(text) })
}

fn call(function: Function, given: &[Node], scope: &dyn Scope) -> Result<Held, String> {
    // How many are given was checked when the expression was read.
    let missing = || format!("something is missing; it is used so: {}", function.usage());
    let at = |nth: usize| given.get(nth).ok_or_else(missing);
    let words = |nth: usize| at(nth)?.text(scope);
    let truth = |truth: bool| Ok(Held::Truth(truth));
    let of_date = |part: fn(NaiveDate) -> i64| {
        Ok(at(0)?.date(scope)?.map_or(Held::Blank, |date| Held::Int(part(date))))
    };
    match function {
        Function::If => {
            let chosen = if at(0)?.truth(scope)? { 1 } else { 2 };
            at(chosen)?.eval(scope)
        }
        Function::FirstOf => {
            for node in given {
                let held = node.eval(scope)?;
                if held != Held::Blank {
                    return Ok(held);
                }
            }
            Ok(Held::Blank)
        }
        Function::OneOf => {
            let wanted = words(0)?;
            for node in given.iter().skip(1) {
                if node.text(scope)? == wanted {
                    return truth(true);
                }
            }
            truth(false)
        }
        Function::Concat => {
            let parts = given.iter().map(|node| node.text(scope)).collect::<Result<Vec<_>, _>>()?;
            text(parts.concat())
        }
        Function::IsBlank => truth(words(0)?.trim().is_empty()),
        Function::StartsWith => truth(words(0)?.starts_with(&words(1)?)),
        Function::EndsWith => truth(words(0)?.ends_with(&words(1)?)),
        Function::Contains => truth(words(0)?.contains(&words(1)?)),
        Function::Matches => truth(pattern::matches(&words(0)?, &words(1)?)),
        Function::Upper => text(words(0)?.to_uppercase()),
        Function::Lower => text(words(0)?.to_lowercase()),
        Function::Trim => text(words(0)?.trim().to_owned()),
        Function::Text => text(words(0)?),
        Function::WithoutBlanks => text(words(0)?.chars().filter(|c| !c.is_whitespace()).collect()),
        Function::Digits => text(words(0)?.chars().filter(char::is_ascii_digit).collect()),
        Function::Length => Ok(Held::Int(i64::try_from(words(0)?.chars().count()).unwrap_or(0))),
        Function::Replace => {
            let (held, part) = (words(0)?, words(1)?);
            text(if part.is_empty() { held } else { held.replace(&part, &words(2)?) })
        }
        Function::Before => {
            let (held, mark) = (words(0)?, words(1)?);
            text(held.split_once(&mark).map_or(held.as_str(), |parts| parts.0).to_owned())
        }
        Function::After => {
            let (held, mark) = (words(0)?, words(1)?);
            text(held.split_once(&mark).map_or("", |parts| parts.1).to_owned())
        }
        Function::Substring => {
            let from = at(1)?.size(scope)?.checked_sub(1).ok_or("positions count from 1")?;
            let length = given.get(2).map_or(Ok(usize::MAX), |node| node.size(scope))?;
            text(words(0)?.chars().skip(from).take(length).collect())
        }
        Function::Pad | Function::PadRight => {
            let held = words(0)?;
            let fill = if given.len() > 2 { words(2)? } else { " ".to_owned() };
            padded(held, at(1)?.size(scope)?, &fill, function == Function::Pad)
        }
        Function::Lookup => {
            let (table, key) = (words(0)?, words(1)?);
            match (scope.lookup(&table, &key), given.get(2)) {
                (Some(found), _) => text(found),
                (None, Some(other)) => other.eval(scope),
                (None, None) => Err(format!("`{}` is not in the table {table}", clipped(&key))),
            }
        }
        Function::Negate | Function::Abs => match at(0)?.eval(scope)? {
            Held::Blank => Ok(Held::Blank),
            Held::Pence(pence) if function == Function::Negate => {
                pence.checked_neg().map(Held::Pence).ok_or_else(too_large)
            }
            Held::Pence(pence) => pence.checked_abs().map(Held::Pence).ok_or_else(too_large),
            Held::Int(number) if function == Function::Negate => {
                number.checked_neg().map(Held::Int).ok_or_else(too_large)
            }
            Held::Int(number) => number.checked_abs().map(Held::Int).ok_or_else(too_large),
            other @ (Held::Text(_) | Held::Date(_) | Held::Truth(_)) => {
                Err(format!("{} has no sign; {}", other.what(), function.usage()))
            }
        },
        Function::Pounds => number(&words(0)?, |held| pence(held).map(Held::Pence)),
        Function::Pence => {
            number(&words(0)?, |held| whole(held).map(|pence| Held::Pence(Pence::new(pence))))
        }
        Function::Number => number(&words(0)?, |held| whole(held).map(Held::Int)),
        Function::Date => {
            let held = words(0)?;
            if held.trim().is_empty() {
                return Ok(Held::Blank);
            }
            let date = match given.get(1) {
                Some(shape) => pattern::date(held.trim(), &shape.text(scope)?),
                None => dates::uk(&held),
            };
            date.map(Held::Date)
        }
        Function::Format => match at(0)?.date(scope)? {
            Some(date) => text(pattern::shown(date, &words(1)?)),
            None => Ok(Held::Blank),
        },
        Function::Year => of_date(|date| i64::from(date.year())),
        Function::Month => of_date(|date| i64::from(date.month())),
        Function::Day => of_date(|date| i64::from(date.day())),
        Function::FinancialYear => {
            of_date(|date| i64::from(date.year()) - i64::from(date.month() < 4))
        }
        Function::FinancialMonth => of_date(|date| i64::from((date.month() + 8) % 12 + 1)),
        Function::Column => scope.column(at(0)?.size(scope)?),
    }
}

/// A number out of a text that is not blank.
fn number(held: &str, read: impl Fn(&str) -> Result<Held, String>) -> Result<Held, String> {
    let held = held.trim();
    if held.is_empty() { Ok(Held::Blank) } else { read(held) }
}

fn whole(held: &str) -> Result<i64, String> {
    held.parse().map_err(|_| format!("`{}` is not a whole number", clipped(held)))
}

fn padded(held: String, width: usize, fill: &str, before: bool) -> Result<Held, String> {
    let mut fills = fill.chars();
    let (Some(fill), None) = (fills.next(), fills.next()) else {
        return Err("pad takes one character to fill with".to_owned());
    };
    if width > PAD_MAX {
        return Err(format!("pad makes nothing wider than {PAD_MAX}"));
    }
    let length = held.chars().count();
    if length > width {
        return Err(format!("`{}` is longer than {width}", clipped(&held)));
    }
    let padding: String = std::iter::repeat_n(fill, width.saturating_sub(length)).collect();
    text(if before { padding + &held } else { held + &padding })
}

fn too_large() -> String {
    "the number is too large".to_owned()
}

/// The two as numbers, where both are; a number beside money is pence.
fn numbers(left: &Held, right: &Held) -> Option<(i64, i64)> {
    let number = |held: &Held| match held {
        Held::Pence(pence) => Some(pence.get()),
        Held::Int(number) => Some(*number),
        Held::Blank | Held::Text(_) | Held::Date(_) | Held::Truth(_) => None,
    };
    Some((number(left)?, number(right)?))
}

fn compared(compare: Compare, left: &Held, right: &Held) -> Result<bool, String> {
    let order = match (left, right) {
        (Held::Text(left), Held::Text(right)) => left.cmp(right),
        (Held::Date(left), Held::Date(right)) => left.cmp(right),
        (Held::Blank, Held::Blank) => std::cmp::Ordering::Equal,
        (Held::Blank, _) | (_, Held::Blank) => return Ok(compare == Compare::IsNot),
        (left, right) => match numbers(left, right) {
            Some((left, right)) => left.cmp(&right),
            None => {
                return Err(format!("{} and {} cannot be compared", left.what(), right.what()));
            }
        },
    };
    Ok(match compare {
        Compare::Is => order.is_eq(),
        Compare::IsNot => order.is_ne(),
        Compare::Less => order.is_lt(),
        Compare::LessOrIs => order.is_le(),
        Compare::More => order.is_gt(),
        Compare::MoreOrIs => order.is_ge(),
    })
}

fn added(sum: Sum, left: Held, right: Held) -> Result<Held, String> {
    let (left, right) = match (left, right) {
        // Nothing adds nothing.
        (Held::Blank, Held::Pence(right)) => (Held::Pence(Pence::ZERO), Held::Pence(right)),
        (Held::Pence(left), Held::Blank) => return Ok(Held::Pence(left)),
        other => other,
    };
    let Some((first, second)) = numbers(&left, &right) else {
        return Err(format!(
            "{} and {} cannot be added; concat joins texts",
            left.what(),
            right.what()
        ));
    };
    let total = match sum {
        Sum::Plus => first.checked_add(second),
        Sum::Minus => first.checked_sub(second),
    };
    let total = total.ok_or_else(too_large)?;
    Ok(match (left, right) {
        (Held::Int(_), Held::Int(_)) => Held::Int(total),
        _ => Held::Pence(Pence::new(total)),
    })
}
