use chrono::NaiveDate;
use ims_ledger::{Balance, Counterparty, StatementLine};
use ims_money::{Amount, Pence};

use crate::{amounts::clipped, columns::between};

/// What a row is, with its pence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Debit(i64),
    Credit(i64),
    /// `44`: the bank's sum of the account's debits.
    DebitTotal(i64),
    /// `54`: of its credits.
    CreditTotal(i64),
    /// `Y1`: the ledger balance.
    Ledger(Balance),
    /// `0N`, `0C`, `0S`: an instruction.
    NoMoney,
}

/// A row of the file.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) sort_code: String,
    pub(super) account: String,
    pub(super) kind: Kind,
    /// Where it is a debit or a credit.
    pub(super) line: Option<StatementLine>,
}

impl Row {
    /// `fallback` is the day of rows that have none.
    pub(super) fn read(
        line: &str,
        number: u64,
        fallback: Option<NaiveDate>,
    ) -> Result<Self, String> {
        let (sort_code, account) = (between(line, 0, 6), between(line, 6, 14));
        if digits(sort_code).is_none() || digits(account).is_none() || account.len() != 8 {
            return Err(format!(
                "`{}` does not begin with a sort code and an account of 6 and 8 digits",
                clipped(line)
            ));
        }
        let (code, date) = (between(line, 15, 17), between(line, 100, 106));
        let written = julian(date);
        if written.is_none() && !date.trim().is_empty() {
            return Err(format!(
                "`{}` is no day; the year's last two digits and the day of the year, 26091, would be",
                clipped(date)
            ));
        }
        let day = written.or(fallback).ok_or("the row has no day, nor has the header (UHL1)")?;
        let kind = kind(code, line, day)?;
        let signed = match kind {
            Kind::Debit(pence) => pence.checked_neg(),
            Kind::Credit(pence) => Some(pence),
            Kind::DebitTotal(_) | Kind::CreditTotal(_) | Kind::Ledger(_) | Kind::NoMoney => None,
        };
        Ok(Self {
            sort_code: sort_code.to_owned(),
            account: account.to_owned(),
            kind,
            line: signed.map(|pence| statement_line(line, number, code, day, pence)),
        })
    }
}

fn kind(code: &str, line: &str, day: NaiveDate) -> Result<Kind, String> {
    let pence = || {
        let text = between(line, 35, 46).trim();
        digits(text).ok_or_else(|| format!("`{}` is no whole number of pence", clipped(text)))
    };
    Ok(match code {
        "01" | "17" | "18" | "19" | "03" | "11" | "U1" | "U7" | "U8" | "U9" => {
            Kind::Debit(pence()?)
        }
        "86" | "90" | "93" | "99" | "Z4" | "Z5" | "RA" => Kind::Credit(pence()?),
        "44" => Kind::DebitTotal(pence()?),
        "54" => Kind::CreditTotal(pence()?),
        "Y1" => Kind::Ledger(ledger(line, day)?),
        "0N" | "0C" | "0S" => Kind::NoMoney,
        other => {
            return Err(format!(
                "code `{}` does not say credit or debit; 99 or 17 would",
                clipped(other)
            ));
        }
    })
}

/// The ledger balance of a `Y1`: fifteen digits and its side.
fn ledger(line: &str, day: NaiveDate) -> Result<Balance, String> {
    let (amount, side) = (between(line, 36, 51), between(line, 51, 52));
    let pence = digits(amount.trim());
    let signed = match (pence, side) {
        (Some(pence), "C") => Some(pence),
        (Some(pence), "D") => pence.checked_neg(),
        _ => None,
    };
    let pence = signed.ok_or_else(|| {
        format!(
            "`{}` is no balance; 000000000012050C would be",
            clipped(&format!("{amount}{side}"))
        )
    })?;
    Ok(Balance { date: day, amount: Amount::from(Pence::new(pence)) })
}

fn statement_line(
    line: &str,
    number: u64,
    code: &str,
    day: NaiveDate,
    pence: i64,
) -> StatementLine {
    let text = |from: usize, to: usize| {
        let text = between(line, from, to).trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    let (name, reference) = (text(46, 64), text(64, 82));
    let told: Vec<&str> =
        [name.as_deref(), reference.as_deref(), Some(between(line, 82, 100).trim())]
            .into_iter()
            .flatten()
            .filter(|part| !part.is_empty())
            .collect();
    let narrative = told.join(" ");
    // Noughts stand for no account.
    let other = |from: usize, to: usize| {
        text(from, to).filter(|text| text.bytes().any(|byte| byte != b'0'))
    };
    let counterparty = Counterparty {
        name: name.filter(|name| name.bytes().any(|byte| byte.is_ascii_alphabetic())),
        sort_code: other(17, 23).filter(|text| digits(text).is_some()),
        account: other(23, 31),
        iban: None,
    };
    StatementLine {
        line: number,
        booked: day,
        amount: Amount::from(Pence::new(pence)),
        code: Some(code.to_owned()),
        reference,
        narrative,
        counterparty: (counterparty != Counterparty::default()).then_some(counterparty),
        returned: matches!(code, "U1" | "U7" | "U8" | "U9" | "RA").then(String::new),
        ..StatementLine::default()
    }
}

/// A number of digits only.
pub(super) fn digits(text: &str) -> Option<i64> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok())?
}

/// `26091`: the year and the day of the year.
pub(super) fn julian(text: &str) -> Option<NaiveDate> {
    let text = text.trim();
    let (year, day) = text.split_at_checked(2).filter(|_| text.len() == 5)?;
    let year = i32::try_from(digits(year)?).ok()?;
    let century = if year >= 80 { 1900 } else { 2000 };
    NaiveDate::from_yo_opt(century + year, u32::try_from(digits(day)?).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(code: &str, amount: &str, date: &str) -> String {
        format!(
            "2000001234567{}0{code}40000087654321    {amount:>11}{:<18}{:<18}{:<18}{date:>6}",
            8, "SMITH J", "80012345", ""
        )
    }

    #[test]
    fn codes_say_the_direction() {
        for (code, wanted) in [
            ("99", "1.50"),
            ("RA", "1.50"),
            ("17", "-1.50"),
            ("U7", "-1.50"),
            ("44", "-"),
            ("0N", "-"),
            ("77", "code `77` does not say credit or debit; 99 or 17 would"),
        ] {
            let shown = match Row::read(&row(code, "150", "26091"), 1, None) {
                Ok(row) => row.line.map_or("-".to_owned(), |line| line.amount.to_string()),
                Err(message) => message,
            };
            assert_eq!(shown, wanted, "{code}");
        }
    }

    #[test]
    fn days_are_of_the_year() {
        let day = |date: &str, fallback| {
            Row::read(&row("99", "1", date), 1, fallback)
                .map(|row| row.line.unwrap().booked.to_string())
                .unwrap_or_default()
        };
        assert_eq!(day("26091", None), "2026-04-01");
        assert_eq!(day("24366", None), "2024-12-31");
        assert_eq!(day("26366", None), "");
        assert_eq!(day("26000", None), "");
        assert_eq!(day("", None), "");
        assert_eq!(day("", julian("26091")), "2026-04-01");
    }
}
