use serde::Deserialize;

use super::Value;

/// A field of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) source: Source,
    pub(super) shape: Shape,
    pub(super) sign: Sign,
    pub(super) only: Option<Side>,
    pub(super) width: Option<usize>,
    pub(super) align: Align,
    pub(super) pad: char,
    pub(super) truncate: bool,
    pub(super) blank_zero: bool,
    /// What stands for a value that the row does not have.
    pub(super) default: Option<String>,
    pub(super) replace_unmappable: Option<char>,
}

/// Where a field's value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Constant(String),
    Row(String),
    BatchNumber,
    BatchDate,
    /// The number of the detail record, from 1.
    Line,
    Total {
        total: Total,
        of: Option<String>,
    },
}

/// What is added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Total {
    /// Detail records.
    Count,
    /// Money.
    Sum,
    /// Money above nothing.
    Debits,
    /// Money below nothing, as a positive amount.
    Credits,
    /// The digits of texts or numbers, as one number each.
    Hash,
}

/// How a value is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Text,
    /// `120.50`
    Pounds,
    /// `12050`
    Pence,
    Integer,
    Date(String),
}

/// Where the sign of a number stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Sign {
    /// In front, only a minus.
    Minus,
    /// In front, plus or minus.
    PlusMinus,
    /// Behind, only a minus.
    Trailing,
    /// Nowhere: a negative number is a fault.
    Refuse,
    /// Nowhere, on purpose: another field says the direction.
    Drop,
}

/// Numbers of one side only; the others leave the field blank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Side {
    /// Above nothing.
    Positive,
    /// Below nothing, written as a positive number.
    Negative,
}

/// At which end the padding is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Align {
    Left,
    Right,
}

/// A value as it is to be written, before padding.
pub(super) struct Rendered {
    pub(super) text: String,
    /// Words from outside, which a spreadsheet might take for a formula.
    pub(super) is_text: bool,
    /// The sign that stands before the padding.
    pub(super) sign: Option<char>,
}

impl Field {
    /// The row's value it is made from.
    pub(super) fn row_value(&self) -> Option<&str> {
        match &self.source {
            Source::Row(name) => Some(name),
            Source::Constant(_)
            | Source::BatchNumber
            | Source::BatchDate
            | Source::Line
            | Source::Total { .. } => None,
        }
    }

    pub(super) fn render(&self, value: &Value) -> Result<Rendered, String> {
        match (&self.shape, value) {
            (Shape::Text, Value::Text(text)) => {
                Ok(Rendered { text: text.clone(), is_text: true, sign: None })
            }
            (Shape::Text, Value::Int(number)) | (Shape::Integer, Value::Int(number)) => {
                self.number(i128::from(*number), 0)
            }
            (Shape::Pounds, Value::Pence(pence)) => self.number(i128::from(pence.get()), 2),
            (Shape::Pence, Value::Pence(pence)) => self.number(i128::from(pence.get()), 0),
            (Shape::Date(format), Value::Date(date)) => {
                Ok(Rendered { text: date.format(format).to_string(), is_text: false, sign: None })
            }
            (
                Shape::Text | Shape::Pounds | Shape::Pence | Shape::Integer | Shape::Date(_),
                other,
            ) => {
                let what = match other {
                    Value::Text(_) => "a text",
                    Value::Pence(_) => "money",
                    Value::Date(_) => "a date",
                    Value::Int(_) => "a number",
                };
                Err(format!("the value is {what}, which the layout does not write there"))
            }
        }
    }

    /// A number of smallest units with `decimals` of them behind the point.
    pub(super) fn number(&self, number: i128, decimals: usize) -> Result<Rendered, String> {
        let number = match self.only {
            Some(Side::Positive) if number <= 0 => return Ok(blank()),
            Some(Side::Negative) if number >= 0 => return Ok(blank()),
            Some(Side::Negative) => -number,
            Some(Side::Positive) | None => number,
        };
        if number == 0 && self.blank_zero {
            return Ok(blank());
        }
        let mut digits = format!("{:0width$}", number.unsigned_abs(), width = decimals + 1);
        if decimals > 0 {
            digits.insert(digits.len() - decimals, '.');
        }
        let sign = match (self.sign, number < 0) {
            (Sign::Minus | Sign::PlusMinus, true) => Some('-'),
            (Sign::PlusMinus, false) => Some('+'),
            (Sign::Trailing, negative) => {
                digits.push(if negative { '-' } else { ' ' });
                None
            }
            (Sign::Refuse, true) => {
                return Err(format!("-{digits} is negative, which the layout refuses"));
            }
            (Sign::Minus | Sign::Refuse, false) | (Sign::Drop, _) => None,
        };
        Ok(Rendered { text: digits, is_text: false, sign })
    }

    /// The field at its width: a sign stands before zeros and after blanks.
    pub(super) fn fitted(&self, rendered: Rendered) -> Result<String, String> {
        let Rendered { mut text, sign, .. } = rendered;
        let Some(width) = self.width else {
            return Ok(sign.into_iter().chain(text.chars()).collect());
        };
        let length = text.chars().count() + usize::from(sign.is_some());
        if length > width {
            if !self.truncate {
                return Err(format!("`{}` is longer than {width}", crate::amounts::clipped(&text)));
            }
            text = text.chars().take(width).collect();
            return Ok(text);
        }
        let padding = std::iter::repeat_n(self.pad, width - length);
        Ok(match (self.align, self.pad.is_ascii_digit()) {
            (Align::Right, true) => sign.into_iter().chain(padding).chain(text.chars()).collect(),
            (Align::Right, false) => padding.chain(sign).chain(text.chars()).collect(),
            (Align::Left, _) => sign.into_iter().chain(text.chars()).chain(padding).collect(),
        })
    }
}

fn blank() -> Rendered {
    Rendered { text: String::new(), is_text: false, sign: None }
}
