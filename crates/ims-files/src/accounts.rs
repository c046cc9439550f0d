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

#[cfg(test)]
mod tests {
    use super::*;

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
