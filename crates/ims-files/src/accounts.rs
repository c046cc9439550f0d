//! UK account numbers as files write them.

/// Six digits, however they are grouped.
pub(crate) fn sort_code(text: &str) -> Option<String> {
    let allowed = |c: char| c.is_ascii_digit() || c == '-' || c == ' ';
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    (digits.len() == 6 && text.trim().chars().all(allowed)).then_some(digits)
}

/// A sterling account that carries its sort code, `20000012345678`,
/// `20-00-00 12345678` or `200000-12345678`, as sort code and account; anything
/// else as it is.
pub(crate) fn split(account: &str, currency: &str) -> (Option<String>, String) {
    if account.len() < 14 || currency != "GBP" {
        return (None, account.to_owned());
    }
    let plain = |c: char| c.is_ascii_digit() || matches!(c, '-' | ' ' | '/');
    let digits: String = account.chars().filter(char::is_ascii_digit).collect();
    match digits.split_at_checked(6) {
        Some((sort_code, number)) if digits.len() == 14 && account.trim().chars().all(plain) => {
            (Some(sort_code.to_owned()), number.to_owned())
        }
        _ => (None, account.to_owned()),
    }
}

/// An account as `:25:` writes it, without the bank's BIC before it and the currency
/// behind it: `NWBKGB2L/60111112345678`, `60111112345678GBP`.
pub(crate) fn bare<'a>(account: &'a str, currency: &str) -> &'a str {
    let whole = account.trim();
    let account = whole.strip_suffix(currency).unwrap_or(whole).trim_end_matches(['/', ' ']);
    let account = if account.ends_with(|c: char| c.is_ascii_digit()) { account } else { whole };
    match account.split_once('/') {
        Some((bank, number)) if is_bic(bank) && !number.is_empty() => number.trim_start(),
        _ => account,
    }
}

/// Four letters of the bank, two of the country, two or five of the place.
fn is_bic(text: &str) -> bool {
    matches!(text.len(), 8 | 11)
        && text.bytes().take(6).all(|byte| byte.is_ascii_uppercase())
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_stands_without_bank_and_currency() {
        for (text, currency, wanted) in [
            ("60111112345678GBP", "GBP", "60111112345678"),
            ("NWBKGB2L/60111112345678", "GBP", "60111112345678"),
            ("NWBKGB2LXXX/60111112345678/GBP", "GBP", "60111112345678"),
            ("60111112345678GBP", "EUR", "60111112345678GBP"),
            ("NL62INGB0001212121EUR", "EUR", "NL62INGB0001212121"),
            ("51210600/9223382012", "EUR", "51210600/9223382012"),
            ("NWBKGB2L/", "GBP", "NWBKGB2L/"),
            ("RATES GBP", "GBP", "RATES GBP"),
            ("", "GBP", ""),
        ] {
            assert_eq!(bare(text, currency), wanted, "{text}");
        }
    }

    #[test]
    fn only_fourteen_sterling_digits_are_split() {
        for (text, currency, sort_code, account) in [
            ("20000012345678", "GBP", Some("200000"), "12345678"),
            ("20-00-00 12345678", "GBP", Some("200000"), "12345678"),
            ("600000-12345678", "GBP", Some("600000"), "12345678"),
            ("20000012345678", "EUR", None, "20000012345678"),
            ("12345678", "GBP", None, "12345678"),
            ("GB29NWBK60161331926819", "GBP", None, "GB29NWBK60161331926819"),
        ] {
            assert_eq!(
                split(text, currency),
                (sort_code.map(str::to_owned), account.to_owned()),
                "{text}"
            );
        }
        assert_eq!(super::sort_code("30-00-00").as_deref(), Some("300000"));
        assert_eq!(super::sort_code("3000000"), None);
    }
}
