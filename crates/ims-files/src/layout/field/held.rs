//! A field's text, read as the value it stands for.

use ims_money::Pence;

use super::{Align, Field, Shape, Side, Sign};
use crate::{
    amounts::{clipped, pence},
    dates,
    layout::{Value, pattern},
};

impl Field {
    /// The value a text stands for; `None` where nothing stands there.
    pub(in crate::layout) fn read(&self, raw: &str) -> Result<Option<Value>, String> {
        let mut text = raw.trim();
        if self.pad != ' ' && !self.pad.is_ascii_digit() {
            text = match self.align {
                Align::Left => text.trim_end_matches(self.pad),
                Align::Right => text.trim_start_matches(self.pad),
            };
        }
        if text.is_empty() {
            match &self.default {
                Some(default) if !default.is_empty() => text = default,
                Some(_) | None => return Ok(None),
            }
        }
        let money = |pence: Pence| self.of_side(pence).map(|pence| pence.map(Value::Pence));
        match &self.shape {
            Shape::Text => Ok(Some(Value::Text(text.to_owned()))),
            Shape::Pounds => {
                let (negative, plain) = self.unsigned(text)?;
                money(signed(pence(plain)?, negative)?)
            }
            Shape::Pence => {
                let (negative, plain) = self.unsigned(text)?;
                let number = whole(plain, "12050 for 120.50")?;
                money(signed(Pence::new(number), negative)?)
            }
            Shape::Overpunched => money(overpunched(text)?),
            Shape::Integer => {
                let (negative, plain) = self.unsigned(text)?;
                let number = whole(plain, "42")?;
                Ok(self.kept(number).then_some(Value::Int(if negative { -number } else { number })))
            }
            Shape::Date(_) if self.blank_zero && text.bytes().all(|byte| byte == b'0') => Ok(None),
            Shape::Date(Some(format)) => pattern::date(text, format).map(Value::Date).map(Some),
            Shape::Date(None) => dates::uk(text).map(Value::Date).map(Some),
        }
    }

    /// Whether a number stands for something.
    const fn kept(&self, number: i64) -> bool {
        number != 0 || !self.blank_zero
    }

    /// A debit or credit column holds amounts without a sign: those of the
    /// credit column are below nothing.
    fn of_side(&self, pence: Pence) -> Result<Option<Pence>, String> {
        if !self.kept(pence.get()) {
            return Ok(None);
        }
        match self.only {
            Some(Side::Negative) => Ok(Some(pence.checked_neg().ok_or("it is too large")?)),
            Some(Side::Positive) | None => Ok(Some(pence)),
        }
    }

    /// A number without the sign that stands where the layout says.
    fn unsigned<'t>(&self, text: &'t str) -> Result<(bool, &'t str), String> {
        let plain = match self.sign {
            Sign::Minus | Sign::PlusMinus => text
                .strip_prefix('-')
                .map(|rest| (true, rest))
                .or_else(|| text.strip_prefix('+').map(|rest| (false, rest))),
            Sign::Trailing => text
                .strip_suffix('-')
                .map(|rest| (true, rest))
                .or_else(|| text.strip_suffix('+').map(|rest| (false, rest))),
            Sign::Refuse | Sign::Drop => None,
        };
        let (negative, plain) = plain.map_or((false, text), |(sign, rest)| (sign, rest.trim()));
        // Pounds may stand in brackets, or have their sign before a pound sign.
        let spare = |c: char| matches!(c, '-' | '+' | '(');
        let is_signed = match self.sign {
            Sign::Minus | Sign::PlusMinus => negative && plain.contains(spare),
            Sign::Trailing | Sign::Refuse | Sign::Drop => plain.contains(spare),
        };
        if is_signed {
            let right = match self.sign {
                Sign::Minus | Sign::PlusMinus => "one sign in front",
                Sign::Trailing => "a sign behind the digits",
                Sign::Refuse | Sign::Drop => "no sign",
            };
            return Err(format!(
                "`{}` has a sign where none stands; {right} would be",
                clipped(text)
            ));
        }
        Ok((negative, plain))
    }
}

fn signed(pence: Pence, negative: bool) -> Result<Pence, String> {
    let too_large = || "the amount is too large".to_owned();
    if negative { pence.checked_neg().ok_or_else(too_large) } else { Ok(pence) }
}

fn whole(text: &str, right: &str) -> Result<i64, String> {
    let wrong = || format!("`{}` is not a whole number; {right} would be", clipped(text));
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    text.parse().map_err(|_| wrong())
}

/// `1205{` is 120.50, `1205}` is -120.50, `12050` is 120.50; `p` to `y` are the
/// minus of some ASCII systems.
fn overpunched(text: &str) -> Result<Pence, String> {
    let wrong = || {
        format!(
            "`{}` is no overpunched amount; 1205{{ for 120.50 or 1205}} for -120.50 would be",
            clipped(text)
        )
    };
    let mut characters = text.chars();
    let last = characters.next_back().ok_or_else(wrong)?;
    let found = ["0123456789", "{ABCDEFGHI", "}JKLMNOPQR", "pqrstuvwxy"]
        .iter()
        .enumerate()
        .find_map(|(row, letters)| letters.find(last).map(|digit| (row >= 2, digit)));
    let (negative, digit) = found.ok_or_else(wrong)?;
    let digits = format!("{}{digit}", characters.as_str());
    signed(Pence::new(whole(&digits, "1205{").map_err(|_| wrong())?), negative)
}
