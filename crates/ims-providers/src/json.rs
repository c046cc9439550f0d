//! JSON as providers write it. Whatever is not there, or is of another kind, is
//! none: an amount that is no whole number is no amount.

use chrono::{DateTime, NaiveDate, Utc};
use ims_money::Pence;
use ims_pay::{Heeded, ProviderError, Reply};
use serde_json::Value;

/// A reply's body, or why it is none.
pub(crate) fn read(reply: &Reply) -> Result<Value, ProviderError> {
    parse(reply.body.text()?)
}

/// An answer's body, or why it is none that can be acted on; the provider's own
/// code stands at the first of `codes` that is there.
pub(crate) fn heard(reply: &Reply, codes: &[&str]) -> Result<Value, ProviderError> {
    fault(reply, codes).map_or_else(|| read(reply), Err)
}

/// Why an answer is a refusal, if it is one, with the provider's own code.
pub(crate) fn fault(reply: &Reply, codes: &[&str]) -> Option<ProviderError> {
    let error = ProviderError::of_reply(reply)?;
    let body = read(reply).ok();
    let code = |path: &&str| body.as_ref().and_then(|body| text(body, path));
    Some(error.with_code(codes.iter().find_map(code)))
}

/// That it will do what it was asked, unless the answer is a refusal.
pub(crate) fn heeded(reply: &Reply, codes: &[&str]) -> Result<Heeded, ProviderError> {
    fault(reply, codes).map_or(Ok(Heeded), Err)
}

/// A text that has to be a JSON object.
pub(crate) fn parse(text: &str) -> Result<Value, ProviderError> {
    let value: Value =
        serde_json::from_str(text).map_err(|_| ProviderError::unreadable("it is no JSON"))?;
    if value.is_object() { Ok(value) } else { Err(ProviderError::unreadable("it is no object")) }
}

/// What stands at `path`, names between dots; null is nothing.
pub(crate) fn at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    let found = path.split('.').try_fold(value, |value, name| value.get(name));
    found.filter(|value| !value.is_null())
}

/// A text that is not empty.
pub(crate) fn text<'v>(value: &'v Value, path: &str) -> Option<&'v str> {
    at(value, path)?.as_str().filter(|text| !text.is_empty())
}

/// As [`text`], or that it is not there.
pub(crate) fn need<'v>(value: &'v Value, path: &str) -> Result<&'v str, ProviderError> {
    text(value, path).ok_or_else(|| absent(path))
}

/// Whole pence.
pub(crate) fn pence(value: &Value, path: &str) -> Option<Pence> {
    at(value, path)?.as_i64().map(Pence::new)
}

/// As [`pence`], or that it is not there.
pub(crate) fn need_pence(value: &Value, path: &str) -> Result<Pence, ProviderError> {
    pence(value, path).ok_or_else(|| absent(path))
}

/// A time.
pub(crate) fn time(value: &Value, path: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text(value, path)?).ok().map(|time| time.to_utc())
}

/// A day, alone or with a time after it.
pub(crate) fn day(value: &Value, path: &str) -> Option<NaiveDate> {
    text(value, path)?.get(..10)?.parse().ok()
}

/// The elements of a list; none is an empty one.
pub(crate) fn list<'v>(value: &'v Value, path: &str) -> &'v [Value] {
    at(value, path).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// That something is not there.
pub(crate) fn absent(path: &str) -> ProviderError {
    ProviderError::unreadable(format!("it does not say `{path}`"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_no_whole_number_of_pence_is_no_amount() {
        for (value, pence_of) in [
            (json!(4_500), Some(4_500)),
            (json!(-1), Some(-1)),
            (json!(45.5), None),
            (json!("4500"), None),
            (json!(null), None),
            (json!(9_999_999_999_999_999_999_u64), None),
        ] {
            assert_eq!(pence(&json!({ "amount": value }), "amount"), pence_of.map(Pence::new));
        }
    }

    #[test]
    fn a_path_that_is_not_there_says_so() {
        let value = json!({ "a": { "b": "" } });
        assert_eq!(need(&value, "a.b"), Err(absent("a.b")));
        assert_eq!(
            need(&value, "a.c.d").unwrap_err().to_string(),
            "the provider's answer does not read: it does not say `a.c.d`"
        );
        assert!(list(&value, "a").is_empty());
    }
}
