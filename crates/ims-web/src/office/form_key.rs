//! The key a form carries, under which what it asks for is done once.

use axum::http::StatusCode;

use crate::{desk::Desk, fault::Fault};

/// What a key of ours begins with.
const KEY: &str = "office-";

/// The longest key taken from a form.
const KEY_LENGTH_MAX: usize = 64;

/// The key of a form: `sent`, as a form that is shown again is the same deed tried
/// again, or a new one.
pub(super) fn kept(sent: &str, desk: &Desk) -> String {
    if sent.is_empty() {
        return format!("{KEY}{}", desk.books.app().world().id());
    }
    sent.to_owned()
}

/// The key that a form was made with.
pub(super) fn read(sent: &str) -> Result<String, Fault> {
    let is_key = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let is_ours = sent.starts_with(KEY) && sent.bytes().all(is_key);
    if !is_ours || sent.len() > KEY_LENGTH_MAX {
        let words = "the form is not as it was made; reload its page and fill it in again";
        return Err(Fault::new(StatusCode::BAD_REQUEST, words));
    }
    Ok(sent.to_owned())
}
