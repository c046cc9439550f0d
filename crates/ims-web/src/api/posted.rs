use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts as _, Request},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde::de::DeserializeOwned;

use super::bad;
use crate::{Site, csrf, desk::Desk, fault::Fault};

/// The header with the key under which something is done once.
const KEY: &str = "idempotency-key";

/// The longest key.
const KEY_LENGTH_MAX: usize = 100;

/// What somebody asks to be done: who, under which key, and what.
#[derive(Debug)]
pub(super) struct Posted<T> {
    pub(super) desk: Desk,
    pub(super) key: String,
    pub(super) body: T,
}

impl<T: DeserializeOwned> FromRequest<Site> for Posted<T> {
    type Rejection = Response;

    async fn from_request(request: Request, site: &Site) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        csrf::check_origin(&parts.headers).map_err(Fault::into_response)?;
        let desk = Desk::from_request_parts(&mut parts, site).await?;
        let key = key(&parts.headers, desk.books.actor().name());
        let key = key.map_err(Fault::into_response)?;
        is_json(&parts.headers).map_err(Fault::into_response)?;
        let bytes = Bytes::from_request(Request::from_parts(parts, body), site).await;
        let bytes = bytes.map_err(|refused| refused.into_response())?;
        let body = serde_json::from_slice(&bytes)
            .map_err(|why| bad(format!("the body is not as it should be: {why}")));
        Ok(Self { desk, key, body: body.map_err(Fault::into_response)? })
    }
}

/// The key: visible letters, digits and signs. It belongs to whoever sends it: two who
/// both count from 1 are not answered with each other's receipts. Neither a user name
/// nor a key has a blank in it, so no two of them make the same.
fn key(headers: &HeaderMap, who: &str) -> Result<String, Fault> {
    let sent = headers.get(KEY).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_key = !sent.is_empty()
        && sent.len() <= KEY_LENGTH_MAX
        && sent.bytes().all(|byte| byte.is_ascii_graphic());
    if is_key {
        return Ok(format!("api-{who} {sent}"));
    }
    Err(bad(format!(
        "send a key of yours as `Idempotency-Key`, of 1 to {KEY_LENGTH_MAX} letters, digits and \
         signs: the same key again does nothing more"
    )))
}

/// Nothing but JSON: a form of another site's page cannot send that.
fn is_json(headers: &HeaderMap) -> Result<(), Fault> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let words = "this address takes JSON: send `Content-Type: application/json`";
    Err(Fault::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, words))
}
