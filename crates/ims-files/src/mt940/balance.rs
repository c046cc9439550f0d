use chrono::NaiveDate;
use ims_ledger::Balance;

use crate::{
    amounts::{clipped, currency_decimals, swift},
    dates,
};

/// A balance and its currency.
#[derive(Clone, Debug)]
pub(super) struct Stated {
    pub(super) balance: Balance,
    /// Blank where it is left out.
    pub(super) currency: String,
    /// Set when its day does not exist and `fallback` stands in its place.
    pub(super) bad_date: Option<String>,
}

/// `C260401GBP1234,56`.
pub(super) fn balance(text: &str, fallback: Option<NaiveDate>) -> Result<Stated, String> {
    let first = text.lines().next().unwrap_or_default().trim();
    let wrong = || format!("`{}` is not a balance; C260401GBP1234,56 would be", clipped(first));
    let (side, rest) = first.split_at_checked(1).ok_or_else(wrong)?;
    let (date, rest) = rest.split_at_checked(6).ok_or_else(wrong)?;
    let left_out = rest.starts_with(|c: char| c.is_ascii_digit());
    let (currency, amount) =
        if left_out { ("", rest) } else { rest.split_at_checked(3).ok_or_else(wrong)? };
    if !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Err(wrong());
    }
    let read = dates::yymmdd(date);
    let bad_date = read.is_none().then(|| date.to_owned());
    let date = read.or(fallback).ok_or_else(|| {
        format!("`{}` in `{}` is not a date YYMMDD", clipped(date), clipped(first))
    })?;
    let amount = swift(amount.trim(), currency_decimals(currency)).ok_or_else(wrong)?;
    let amount = match side {
        "C" => amount,
        "D" => amount.negated(),
        _ => return Err(wrong()),
    };
    Ok(Stated { balance: Balance { date, amount }, currency: currency.to_owned(), bad_date })
}
