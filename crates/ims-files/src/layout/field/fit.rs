//! A value as it is written into its field.

use super::{Align, Field, Shape, Side, Sign};
use crate::layout::{Value, pattern};

/// A value as it is to be written, before padding.
pub(in crate::layout) struct Rendered {
    pub(in crate::layout) text: String,
    /// Words from outside, which a spreadsheet might take for a formula.
    pub(in crate::layout) is_text: bool,
    /// The sign that stands before the padding.
    pub(in crate::layout) sign: Option<char>,
}

impl Rendered {
    /// Text of the layout's own.
    pub(in crate::layout) fn plain(text: &str) -> Self {
        Self { text: text.to_owned(), is_text: false, sign: None }
    }
}

impl Field {
    pub(in crate::layout) fn render(&self, value: &Value) -> Result<Rendered, String> {
        match (&self.shape, value) {
            (Shape::Text, Value::Text(text)) => {
                Ok(Rendered { text: text.clone(), is_text: true, sign: None })
            }
            (Shape::Text | Shape::Integer, Value::Int(number)) => {
                self.number(i128::from(*number), 0)
            }
            (Shape::Pounds, Value::Pence(pence)) => self.number(i128::from(pence.get()), 2),
            (Shape::Pence, Value::Pence(pence)) => self.number(i128::from(pence.get()), 0),
            (Shape::Overpunched, Value::Pence(pence)) => self.overpunched(i128::from(pence.get())),
            (Shape::Date(format), Value::Date(date)) => {
                let text = pattern::shown(*date, format.as_deref().unwrap_or("%Y-%m-%d"));
                Ok(Rendered { text, is_text: false, sign: None })
            }
            (
                Shape::Text
                | Shape::Pounds
                | Shape::Pence
                | Shape::Overpunched
                | Shape::Integer
                | Shape::Date(_),
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

    /// The number of this side, or `None` where the field is left blank.
    fn on_side(&self, number: i128) -> Option<i128> {
        let number = match self.only {
            Some(Side::Positive) if number <= 0 => return None,
            Some(Side::Negative) if number >= 0 => return None,
            Some(Side::Negative) => -number,
            Some(Side::Positive) | None => number,
        };
        (number != 0 || !self.blank_zero).then_some(number)
    }

    /// A number of smallest units with `decimals` of them behind the point.
    pub(in crate::layout) fn number(
        &self,
        number: i128,
        decimals: usize,
    ) -> Result<Rendered, String> {
        let Some(number) = self.on_side(number) else { return Ok(Rendered::plain("")) };
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

    /// Pence with the sign in the last digit: always below nothing; above it
    /// only where the layout says `plus-minus`.
    pub(in crate::layout) fn overpunched(&self, number: i128) -> Result<Rendered, String> {
        let Some(number) = self.on_side(number) else { return Ok(Rendered::plain("")) };
        let mut digits = number.unsigned_abs().to_string();
        let last = digits.pop().and_then(|digit| digit.to_digit(10)).unwrap_or_default();
        let letters = match (self.sign, number < 0) {
            (Sign::Refuse, true) => {
                return Err(format!("{number} is negative, which the layout refuses"));
            }
            (Sign::PlusMinus, false) => "{ABCDEFGHI",
            (Sign::Minus | Sign::PlusMinus | Sign::Trailing, true) => "}JKLMNOPQR",
            (Sign::Minus | Sign::Trailing | Sign::Refuse, false) | (Sign::Drop, _) => "0123456789",
        };
        let nth = usize::try_from(last).unwrap_or_default();
        digits.extend(letters.chars().nth(nth));
        Ok(Rendered { text: digits, is_text: false, sign: None })
    }

    /// The field at its width: a sign stands before zeros and after blanks.
    pub(in crate::layout) fn fitted(&self, rendered: Rendered) -> Result<String, String> {
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
