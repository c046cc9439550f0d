use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use crate::{Site, cookie::Cookie, desk::Sent, fault::Fault};

#[derive(Debug, Deserialize)]
pub(super) struct Chosen {
    #[serde(default)]
    council: String,
}

/// Opens the books of another council that the person serves.
pub(super) async fn open(State(site): State<Site>, sent: Sent<Chosen>) -> Result<Response, Fault> {
    let books = site.app.books_of(&sent.desk.session, Some(&sent.form.council)).await?;
    let mut response = Redirect::to("/office").into_response();
    if let Some(cookie) = Cookie::Council.set(site.config, &books.council().code) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}
