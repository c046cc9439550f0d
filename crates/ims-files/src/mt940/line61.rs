use chrono::NaiveDate;
use ims_ledger::StatementLine;
use ims_money::Amount;

use crate::{
    amounts::{clipped, currency_decimals, swift},
    dates,
};

/// What is to be said of a `:61:` that was read.
#[derive(Debug)]
pub(super) struct Parsed {
    /// Set when a date is none: what was written.
    pub(super) bad_date: Option<String>,
    /// How `booked` is known.
    pub(super) day: Day,
    /// The line was broken before or inside its amount, and was put together.
    pub(super) mended: bool,
    /// Its mark is written small: `d` for `D`.
    pub(super) small: bool,
}

/// How the day of a line is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Day {
    /// From the line's own entry date.
    Entry,
    /// From its value date only.
    Value,
    /// It is only that of `fallback`.
    Unknown,
}

/// `2604010401C120,50NTRF80012345//BANKREF` and what follows on the next line,
/// taken apart into `line`, which is blank. A day that does not exist leaves its
/// date empty.
///
/// `fallback` is shown as the day of a line whose own days do not exist.
pub(super) fn parse(
    text: &str,
    number: u64,
    currency: &str,
    fallback: Option<NaiveDate>,
    line: &mut StatementLine,
) -> Result<Parsed, String> {
    let mended = unbroken(text, currency);
    let text = mended.as_deref().unwrap_or(text);
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let wrong = |what: &str| {
        format!("{what} in `{}`; 2604010401C120,50NTRFREFERENCE would be right", clipped(first))
    };
    let (date_text, after) = first
        .trim_start()
        .split_at_checked(6)
        .filter(|(date, _)| all_digits(date))
        .ok_or_else(|| wrong("no value date YYMMDD"))?;
    let (entry_text, after) = entry_date(after);
    let (sign, after) = sign(after).ok_or_else(|| wrong("no C, D, RC or RD"))?;
    let (amount, after) = amount(after, currency).ok_or_else(|| wrong("no amount"))?;
    let (code, references) = after.split_at_checked(4).unwrap_or((after, ""));
    let (reference, bank_reference, supplementary) = references_of(references, rest);

    let value = dates::yymmdd(date_text);
    let near = value.or(fallback);
    let entry = match (entry_text, near) {
        ("", _) => None,
        (text, Some(near)) => dates::mmdd_near(text, near),
        (_, None) => None,
    };
    let entry_is_bad = !entry_text.is_empty() && entry.is_none();
    let bad_date = (value.is_none() || entry_is_bad).then(|| format!("{date_text}{entry_text}"));
    let booked = entry.or(value);
    let mut narrative = supplementary;
    if let Some(raw) = &bad_date {
        narrative = format!("{narrative} [:61:{raw}]").trim_start().to_owned();
    }
    line.line = number;
    line.booked = booked.or(fallback).ok_or_else(|| wrong("no date that exists"))?;
    line.value = value;
    line.amount = if sign.is_negative { amount.negated() } else { amount };
    line.code = given(code);
    line.reference = reference.filter(|text| !is_mark(text));
    line.bank_reference = bank_reference;
    line.narrative = narrative;
    line.status = sign.is_expected.then(|| "PDNG".to_owned());
    line.returned = (sign.is_reversed || code.get(1..) == Some("RTI")).then(String::new);
    let day = match (entry, value) {
        (Some(_), _) => Day::Entry,
        (None, Some(_)) => Day::Value,
        (None, None) => Day::Unknown,
    };
    Ok(Parsed { bad_date, day, mended: mended.is_some(), small: sign.is_small })
}

/// Words that stand for a reference: there is none, or `:86:` has it.
fn is_mark(reference: &str) -> bool {
    let word = reference.strip_suffix('+').unwrap_or(reference);
    matches!(word, "NONREF" | "KREF" | "EREF" | "MARF" | "PREF")
}

/// The text with its first two lines made one, where a line break stands before or
/// inside the amount: only together do they have an amount and a type (`NTRF`)
/// behind it. `None` where nothing is broken, or it cannot be told.
fn unbroken(text: &str, currency: &str) -> Option<String> {
    let (first, rest) = text.split_once('\n')?;
    let after = |line: &str| -> Option<String> {
        let (date, after) = line.trim_start().split_at_checked(6)?;
        let (_, after) = entry_date(after.get(..).filter(|_| all_digits(date))?);
        let (_, after) = sign(after)?;
        match amount(after, currency) {
            Some((_, code)) => Some(code.to_owned()),
            None => Some(String::new()).filter(|_| after.trim().is_empty()),
        }
    };
    // What is whole goes on behind its amount.
    after(first.trim_end()).filter(String::is_empty)?;
    let joined = format!("{}{}", first.trim_end(), rest.trim_start());
    let one = joined.split('\n').next().unwrap_or_default();
    after(one).filter(|code| is_type(code)).map(|_| joined)
}

/// `NTRF`, `S103`, `N024`: how the type that follows an amount begins.
fn is_type(text: &str) -> bool {
    let code = text.as_bytes().get(..4).unwrap_or_default();
    matches!(code.first(), Some(b'N' | b'F' | b'S'))
        && code.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The four digits MMDD, which may be absent or blank.
fn entry_date(after: &str) -> (&str, &str) {
    match after.split_at_checked(4) {
        Some((date, rest)) if all_digits(date) => (date, rest),
        _ => ("", after.trim_start()),
    }
}

struct Sign {
    is_negative: bool,
    is_expected: bool,
    is_reversed: bool,
    is_small: bool,
}

/// `C`, `D`; `RC` takes a credit back and so is a debit, `RD` the other way;
/// `EC`, `ED` are only expected. A letter of the currency may follow.
fn sign(after: &str) -> Option<(Sign, &str)> {
    let bytes = after.as_bytes();
    let (reversed, is_expected, skip) = match bytes.first()?.to_ascii_uppercase() {
        b'R' => (true, false, 1),
        b'E' => (false, true, 1),
        _ => (false, false, 0),
    };
    let mark = bytes.get(skip)?;
    let debit = match mark.to_ascii_uppercase() {
        b'C' => false,
        b'D' => true,
        _ => return None,
    };
    let letter = usize::from(bytes.get(skip + 1).is_some_and(u8::is_ascii_alphabetic));
    let rest = after.get(skip + 1 + letter..)?;
    let (is_negative, is_small) = (debit != reversed, mark.is_ascii_lowercase());
    Some((Sign { is_negative, is_expected, is_reversed: reversed, is_small }, rest))
}

fn amount<'t>(after: &'t str, currency: &str) -> Option<(Amount, &'t str)> {
    let after = after.trim_start();
    let of_amount = |byte: u8| byte.is_ascii_digit() || byte == b',' || byte == b'.';
    let end = after.bytes().position(|byte| !of_amount(byte)).unwrap_or(after.len());
    let (text, rest) = after.split_at_checked(end)?;
    Some((swift(text, currency_decimals(currency))?, rest))
}

fn given(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The payer's reference, the bank's after `//`, and the supplementary details
/// of the next line.
fn references_of(first: &str, rest: &str) -> (Option<String>, Option<String>, String) {
    if let Some((reference, bank)) = first.split_once("//") {
        return (given(reference), given(bank), joined(rest));
    }
    // A line break inside the references: their second half has the slashes.
    let (next, later) = rest.split_once('\n').unwrap_or((rest, ""));
    match next.split_once("//") {
        Some((half, bank)) if half.len() < 16 && !next.contains(' ') && !next.starts_with('/') => {
            (given(&format!("{}{half}", first.trim_end())), given(bank), joined(later))
        }
        _ => (given(first), None, joined(rest)),
    }
}

fn joined(lines: &str) -> String {
    if lines.is_empty() {
        return String::new();
    }
    lines.split('\n').map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let mut line = StatementLine::default();
        match parse(text, 7, "GBP", NaiveDate::from_ymd_opt(2026, 1, 1), &mut line) {
            Ok(Parsed { bad_date, day, mended, small }) => {
                let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
                format!(
                    "{} {} {} {} {} {} `{}`{}{}{}{}",
                    line.booked,
                    or_dash(line.value.map(|date| date.to_string())),
                    line.amount,
                    or_dash(line.code),
                    or_dash(line.reference),
                    or_dash(line.bank_reference),
                    line.narrative,
                    or_dash(bad_date),
                    if day == Day::Unknown { " undated" } else { "" },
                    if mended { " mended" } else { "" },
                    if small { " small" } else { "" },
                )
            }
            Err(message) => message,
        }
    }

    #[test]
    fn every_shape_of_a_line() {
        for (text, wanted) in [
            (
                "2604010402C120,50NTRF80012345//BANK1",
                "2026-04-02 2026-04-01 120.50 NTRF 80012345 BANK1 ``-",
            ),
            ("260401D1,NMSCNONREF", "2026-04-01 2026-04-01 -1.00 NMSC - - ``-"),
            ("2512310102RC5,NTRFX", "2026-01-02 2025-12-31 -5.00 NTRF X - ``-"),
            ("2601021231RD5,NTRFX", "2025-12-31 2026-01-02 5.00 NTRF X - ``-"),
            (
                "260401CP1.234,56N024NONREF//9\nMORE TEXT",
                "2026-04-01 2026-04-01 1234.56 N024 - 9 `MORE TEXT`-",
            ),
            ("260401    C4NTRFA", "2026-04-01 2026-04-01 4.00 NTRF A - ``-"),
            ("260401C,01NTRF1234\n5678//BANK", "2026-04-01 2026-04-01 0.01 NTRF 12345678 BANK ``-"),
            ("2602300301D6,00NMSCX", "2026-03-01 - -6.00 NMSC X - `[:61:2602300301]`2602300301"),
            ("260230D6,00NMSCX", "2026-01-01 - -6.00 NMSC X - `[:61:260230]`260230 undated"),
            ("260401C5,NTRFKREF+", "2026-04-01 2026-04-01 5.00 NTRF - - ``-"),
            ("260401C5,N541EREF", "2026-04-01 2026-04-01 5.00 N541 - - ``-"),
            ("260401C5,N541MARF+//B", "2026-04-01 2026-04-01 5.00 N541 - B ``-"),
            ("260401C5,N541PREF1", "2026-04-01 2026-04-01 5.00 N541 PREF1 - ``-"),
            ("260401EC5,NTRFX", "2026-04-01 2026-04-01 5.00 NTRF X - ``-"),
            ("2604010402d1,01N946NONREF", "2026-04-02 2026-04-01 -1.01 N946 - - ``- small"),
            ("260401CR\n30,00N062A\nB", "2026-04-01 2026-04-01 30.00 N062 A - `B`- mended"),
            ("260401CR30,\n00N062A", "2026-04-01 2026-04-01 30.00 N062 A - ``- mended"),
            ("260401CR30,00\nN062A//B", "2026-04-01 2026-04-01 30.00 N062 A B ``- mended"),
            // No type behind it: the next line is text, not more of the amount.
            ("260401C30,00\n15 MAIN ROAD", "2026-04-01 2026-04-01 30.00 - - - `15 MAIN ROAD`-"),
        ] {
            assert_eq!(shown(text), wanted, "{text}");
        }
        for (text, wanted) in [
            ("2604", "no value date YYMMDD"),
            ("2604010401X5,N", "no C, D, RC or RD"),
            ("2604010401CNTRF", "no amount"),
            ("2604010401C\nNTRF", "no amount"),
            ("2604010401C\n-30,00NTRF", "no amount"),
            ("2604010401C1,2,3NTRF", "no amount"),
        ] {
            assert!(shown(text).starts_with(wanted), "{text}: {}", shown(text));
        }
    }
}
