//! Whether a POST comes from a page of ours. Two checks that do not rest on
//! each other: what the browser says of where it comes from, and a token that
//! only our page holds.

use axum::http::{HeaderMap, StatusCode, Uri, header};
use subtle::ConstantTimeEq as _;

use crate::fault::Fault;

/// Refuses what a browser says another site has sent.
pub(crate) fn check_origin(headers: &HeaderMap) -> Result<(), Fault> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let site = text("sec-fetch-site").is_none_or(|site| matches!(site, "same-origin" | "none"));
    let host = text(header::HOST.as_str());
    let origin = text(header::ORIGIN.as_str()).is_none_or(|origin| {
        let origin = origin.parse::<Uri>().ok();
        let from = origin.as_ref().and_then(|origin| origin.authority());
        from.map(|from| from.as_str()) == host && host.is_some()
    });
    if site && origin { Ok(()) } else { Err(elsewhere()) }
}

/// Refuses a form without the token.
pub(crate) fn check_token(held: &str, sent: &str) -> Result<(), Fault> {
    let is_right = !held.is_empty() && bool::from(held.as_bytes().ct_eq(sent.as_bytes()));
    if is_right { Ok(()) } else { Err(elsewhere()) }
}

fn elsewhere() -> Fault {
    Fault::new(
        StatusCode::FORBIDDEN,
        "this form did not come from a page of this service, or its page was opened before you \
         signed in; nothing was changed. Go back, reload the page and try again",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn what_comes_from_elsewhere_is_refused() {
        let host = ("host", "ims.example:8080");
        for (pairs, is_fine) in [
            (vec![host], true),
            (vec![host, ("origin", "http://ims.example:8080")], true),
            (vec![host, ("origin", "http://ims.example")], false),
            (vec![host, ("origin", "null")], false),
            (vec![host, ("origin", "https://evil.example")], false),
            (vec![("origin", "https://evil.example")], false),
            (vec![host, ("sec-fetch-site", "same-origin")], true),
            (vec![host, ("sec-fetch-site", "same-site")], false),
            (vec![host, ("sec-fetch-site", "cross-site")], false),
        ] {
            assert_eq!(check_origin(&headers(&pairs)).is_ok(), is_fine, "{pairs:?}");
        }
    }

    #[test]
    fn only_the_very_token_is_right() {
        for (held, sent, is_fine) in
            [("abc", "abc", true), ("abc", "abd", false), ("abc", "", false), ("", "", false)]
        {
            assert_eq!(check_token(held, sent).is_ok(), is_fine, "{held} {sent}");
        }
    }
}
