//! Names and values as browsers and some providers write them:
//! `application/x-www-form-urlencoded`.

/// The most names in one text.
pub const FIELDS_MAX: usize = 500;

/// The pairs in one text.
///
/// ```
/// use ims_pay::form;
///
/// assert_eq!(form::encode(&[("a", "1 & 2"), ("b", "£")]), "a=1+%26+2&b=%C2%A3");
/// ```
#[must_use]
pub fn encode(pairs: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (name, value) in pairs {
        if !text.is_empty() {
            text.push('&');
        }
        escape(name, &mut text);
        text.push('=');
        escape(value, &mut text);
    }
    text
}

/// One part of an address: what is not a letter, a digit or one of `-._~` as
/// percent and hexadecimal digits.
///
/// ```
/// assert_eq!(ims_pay::form::part("a/b c"), "a%2Fb%20c");
/// ```
#[must_use]
pub fn part(text: &str) -> String {
    let mut escaped = String::new();
    escape(text, &mut escaped);
    escaped.replace('+', "%20")
}

fn escape(text: &str, into: &mut String) {
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                into.push(char::from(byte));
            }
            b' ' => into.push('+'),
            _ => {
                into.push('%');
                into.push_str(&hex::encode_upper([byte]));
            }
        }
    }
}

/// The pairs of a text, in its order. `None` for what no browser writes: a
/// percent without two digits, bytes that are no text, more than [`FIELDS_MAX`].
///
/// ```
/// use ims_pay::form;
///
/// let pairs = form::decode("a=1+%26+2&b=");
/// assert_eq!(pairs, Some(vec![("a".to_owned(), "1 & 2".to_owned()), ("b".to_owned(), String::new())]));
/// assert_eq!(form::decode("a=%2"), None);
/// ```
#[must_use]
pub fn decode(text: &str) -> Option<Vec<(String, String)>> {
    let parts = text.split('&').filter(|part| !part.is_empty());
    let pairs: Option<Vec<_>> = parts
        .take(FIELDS_MAX.saturating_add(1))
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            Some((unescape(name)?, unescape(value)?))
        })
        .collect();
    pairs.filter(|pairs| pairs.len() <= FIELDS_MAX)
}

fn unescape(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => bytes.extend(hex::decode([rest.next()?, rest.next()?]).ok()?),
            other => bytes.push(other),
        }
    }
    String::from_utf8(bytes).ok()
}

/// The only value of a name; none when it is there twice, as nobody could say
/// which of the two was meant.
#[must_use]
pub fn only<'p>(pairs: &'p [(String, String)], name: &str) -> Option<&'p str> {
    let mut found = pairs.iter().filter(|(given, _)| given == name);
    let value = found.next().map(|(_, value)| value.as_str());
    if found.next().is_some() { None } else { value }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_written_reads_back(pairs in prop::collection::vec((".{1,8}", ".{0,12}"), 0..6)) {
            let given: Vec<(&str, &str)> = pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            prop_assert_eq!(decode(&encode(&given)), Some(pairs));
        }

        #[test]
        fn no_text_is_too_strange(text in ".{0,64}") {
            let _ = decode(&text);
        }
    }

    #[test]
    fn a_name_given_twice_has_no_value() {
        let pairs = decode("a=1&b=2&a=3").unwrap();
        assert_eq!(
            (only(&pairs, "a"), only(&pairs, "b"), only(&pairs, "c")),
            (None, Some("2"), None)
        );
    }
}
