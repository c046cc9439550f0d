//! `POST /webhooks/{council}/{account}`: what a payment provider says unasked.
//!
//! Only what its adapter verifies is recorded. An answer that begins with 2 is
//! given once all of it is in the books; any other asks the provider to say it
//! again.

use axum::{
    Router,
    body::Bytes,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use ims_app::{Actor, AppError};
use ims_gateway::{GatewayError, Noticed};
use ims_pay::{Body, Delivery};

use crate::{Site, caller::Caller, fault::Fault};

/// The route of the notices.
pub(crate) fn routes() -> Router<Site> {
    Router::new().route("/webhooks/{council}/{account}", post(noticed))
}

async fn noticed(
    State(site): State<Site>,
    Path((council, account)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    caller: Caller,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Fault> {
    let absent = || AppError::NotFound { what: "account for notices", name: account.clone() };
    let gateways = site.gateways.as_ref().ok_or_else(absent)?;
    let actor = Actor::system("webhooks").with_origin(&caller.origin());
    let books = site.app.books(Some(&council), actor).await?;
    if books.settings().await?.council.provider(&account).is_none() {
        return Err(absent().into());
    }
    let delivery = delivery(query, &headers, &body);
    match gateways.notice(&books, &account, &delivery).await {
        Ok(Noticed { thanks, .. }) => {
            let status = StatusCode::from_u16(thanks.status).unwrap_or(StatusCode::OK);
            let plain = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
            Ok((status, plain, thanks.body.0).into_response())
        }
        Err(error) => Err(refused(&account, error)),
    }
}

/// What was sent to us, byte for byte.
pub(crate) fn delivery(query: Option<String>, headers: &HeaderMap, body: &Bytes) -> Delivery {
    let text = |value: &HeaderValue| value.to_str().unwrap_or_default().to_owned();
    Delivery {
        query: query.unwrap_or_default(),
        headers: headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
        body: Body(body.to_vec()),
    }
}

/// What was not recorded, and whether it should be said again.
fn refused(account: &str, error: GatewayError) -> Fault {
    match error {
        GatewayError::NotVerified(why) => {
            tracing::warn!(account, %why, "a notice was refused");
            Fault::new(StatusCode::UNAUTHORIZED, why.to_string())
        }
        GatewayError::App(error) => error.into(),
        error => {
            tracing::error!(account, %error, "a notice could not be recorded");
            Fault::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "this cannot be recorded now; send it again",
            )
        }
    }
}
