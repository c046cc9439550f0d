//! Amounts as files write them, exactly.

use ims_money::{Amount, Pence};

/// What stands for a currency that a file does not state: the code that ISO 4217
/// keeps for "no currency". No account is in it, so nothing is posted in it.
pub(crate) const CURRENCY_UNSTATED: &str = "XXX";

/// How many decimals the currency's smallest coin has.
pub(crate) fn currency_decimals(currency: &str) -> u32 {
    if matches!(currency, "GBP" | "EUR") {
        return 2;
    }
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX"
        | "UYI" | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        "CLF" | "UYW" => 4,
        _ => 2,
    }
}

/// `amount` written with at least the currency's decimals.
pub(crate) fn in_currency(amount: Amount, currency: &str) -> Amount {
    amount.with_decimals(currency_decimals(currency))
}

/// Digits with at most one `point`, and no sign: `1234.5`, `.01`, `1,`. Written
/// with at least `decimals` decimals and no needless ones beyond.
pub(crate) fn unsigned(text: &str, point: u8, decimals: u32) -> Option<Amount> {
    let (mut units, mut scale, mut pointed, mut digits) = (0_i64, 0_u32, false, 0_u32);
    for byte in text.bytes() {
        if byte.is_ascii_digit() {
            let digit = i64::from(byte - b'0');
            units = units.checked_mul(10)?.checked_add(digit)?;
            digits += 1;
            scale += u32::from(pointed);
        } else if byte == point && !pointed {
            pointed = true;
        } else {
            return None;
        }
    }
    if digits == 0 {
        return None;
    }
    while scale > decimals && units % 10 == 0 {
        units /= 10;
        scale -= 1;
    }
    while scale < decimals {
        units = units.checked_mul(10)?;
        scale += 1;
    }
    Amount::from_minor(units, scale)
}

/// An amount as MT940 writes it: a decimal comma; dots between thousands are
/// tolerated, and a decimal point where it cannot be one of those.
pub(crate) fn swift(text: &str, decimals: u32) -> Option<Amount> {
    match (text.contains('.'), text.contains(',')) {
        (false, _) => unsigned(text, b',', decimals),
        (true, true) => {
            let (whole, rest) = text.split_once(',')?;
            let whole = grouped(whole, '.')?;
            unsigned(&format!("{whole},{rest}"), b',', decimals)
        }
        (true, false) => {
            let after = text.rsplit('.').next()?;
            if after.len() == 3 { None } else { unsigned(text, b'.', decimals) }
        }
    }
}

/// A decimal as XML and house layouts write it: `-12.50`.
pub(crate) fn decimal(text: &str, decimals: u32) -> Option<Amount> {
    let (negative, rest) = signed(text);
    let amount = unsigned(rest, b'.', decimals)?;
    Some(if negative { amount.negated() } else { amount })
}

/// Sterling as spreadsheets write it: `£1,234.50`, `-£10.99`, `(5.00)`,
/// `5.00-`, `+3`.
pub(crate) fn sterling(text: &str) -> Result<Amount, String> {
    // Nearly every amount is only digits and a point.
    if let Some(plain) = unsigned(text, b'.', 2) {
        return Ok(plain);
    }
    let wrong = || format!("`{}` is not an amount; 1234.50 would be", clipped(text));
    let trimmed = text.trim();
    let (bracketed, inner) = match trimmed.strip_prefix('(').and_then(|t| t.strip_suffix(')')) {
        Some(inner) => (true, inner),
        None => (false, trimmed),
    };
    // `1.23-`, as accounting systems write it.
    let (behind, inner) = match inner.strip_suffix('-').filter(|_| !bracketed) {
        Some(rest) if !rest.starts_with(['+', '-']) => (true, rest.trim_end()),
        Some(_) | None => (false, inner),
    };
    let (negative, rest) = signed(inner);
    let rest = rest.strip_prefix('£').unwrap_or(rest);
    let (later, rest) =
        if rest.len() < inner.len() && !negative { signed(rest) } else { (false, rest) };
    if (bracketed || behind) && (negative || later) {
        return Err(wrong());
    }
    let plain = if rest.contains(',') {
        let (whole, pence) = rest.split_once('.').unwrap_or((rest, ""));
        let whole = grouped(whole, ',').ok_or_else(wrong)?;
        unsigned(&format!("{whole}.{pence}"), b'.', 2)
    } else {
        unsigned(rest, b'.', 2)
    };
    let amount = plain.ok_or_else(wrong)?;
    Ok(if bracketed || behind || negative || later { amount.negated() } else { amount })
}

/// As [`sterling`], in whole pence.
pub(crate) fn pence(text: &str) -> Result<Pence, String> {
    sterling(text)?.pence().ok_or_else(|| {
        format!("`{}` has a fraction of a penny; whole pence would be right", clipped(text))
    })
}

fn signed(text: &str) -> (bool, &str) {
    if let Some(rest) = text.strip_prefix('-') {
        (true, rest)
    } else {
        (false, text.strip_prefix('+').unwrap_or(text))
    }
}

/// `1,234,567` without its separators; `None` where they are not every three digits.
fn grouped(whole: &str, separator: char) -> Option<String> {
    let mut groups = whole.split(separator);
    let first = groups.next()?;
    let digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let first_fits = (1..=3).contains(&first.len()) || !whole.contains(separator);
    if !first_fits || !digits(first) || !groups.all(|group| group.len() == 3 && digits(group)) {
        return None;
    }
    Some(whole.replace(separator, ""))
}

/// A file's text for use in a message: short, without control characters, and
/// without card numbers, also those that the cut would hide from the guard.
pub(crate) fn clipped(text: &str) -> String {
    let begin: String = text.chars().take(120).collect();
    let begin = crate::masked(&begin).unwrap_or(begin);
    let mut short: String =
        begin.chars().take(60).map(|c| if c.is_control() { '\u{b7}' } else { c }).collect();
    if text.chars().nth(60).is_some() {
        short.push('\u{2026}');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(amount: Option<Amount>) -> String {
        amount.map_or_else(|| "-".to_owned(), |amount| amount.to_string())
    }

    #[test]
    fn a_cut_does_not_unmask_a_card() {
        let text = format!("{}4111111111111111", "x ".repeat(24));
        assert!(!clipped(&text).contains("41111"), "{}", clipped(&text));
    }

    #[test]
    fn swift_amounts() {
        for (text, amount) in [
            ("1,", "1.00"),
            (",01", "0.01"),
            ("1.234,56", "1234.56"),
            ("0,", "0.00"),
            ("000000000001,62", "1.62"),
            ("8,850", "8.85"),
            ("0,12345", "0.12345"),
            ("99.5", "99.50"),
            ("1.234", "-"),
            ("12.34,56", "-"),
            ("", "-"),
            (",", "-"),
            ("1,2,3", "-"),
            ("99999999999999999999", "-"),
        ] {
            assert_eq!(shown(swift(text, 2)), amount, "{text}");
        }
        assert_eq!(shown(swift("1250,", 0)), "1250");
        assert_eq!(shown(swift("1,5", 3)), "1.500");
    }

    #[test]
    fn sterling_as_spreadsheets_write_it() {
        for (text, amount) in [
            ("£1,234.50", "1234.50"),
            ("-1,234.50", "-1234.50"),
            ("-£10.99", "-10.99"),
            ("£-10.99", "-10.99"),
            ("(5.00)", "-5.00"),
            ("+3", "3.00"),
            ("1.23-", "-1.23"),
            ("£1,234.50 -", "-1234.50"),
            ("1,234,567.8", "1234567.80"),
            ("0.00", "0.00"),
        ] {
            assert_eq!(shown(sterling(text).ok()), amount, "{text}");
        }
        for text in [
            "", "-", "£", "1,5", "12,34.00", "1.2.3", "--1", "-£-1", "1e3", "(−5)", "(-5)",
            "1 000", "-5-", "+5-", "£-5-", "(5-)", "5--",
        ] {
            assert!(sterling(text).is_err(), "{text}");
        }
        assert_eq!(
            pence("1.005"),
            Err("`1.005` has a fraction of a penny; whole pence would be right".to_owned())
        );
    }
}
