//! A card over the telephone: the cashier's browser goes to the provider's page, where they
//! enter it, and comes back to the page that follows the payment. No page of ours asks for a
//! card.

use askama::Template;
use axum::{
    body::Bytes,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Redirect, Response},
};
use ims_app::{Actor, AppError, NewPayment};
use ims_gateway::{AskFor, GatewayError, Paying};
use ims_ledger::Council;
use serde::Deserialize;

use super::{at, card::place_of};
use crate::{
    Site,
    caller::Caller,
    desk::Desk,
    fault::Fault,
    onward::Onward,
    page::{self, Page, Place},
};

/// How it is asked for, beside what it is for.
pub(super) const ASKED_WITH: &str = "by telephone";

/// Where a browser comes back to.
#[derive(Debug, Deserialize)]
pub(super) struct Back {
    number: String,
    council: String,
    account: String,
    reference: String,
}

impl Back {
    fn place(number: &str, council: &str, account: &str, reference: &str) -> String {
        format!("{}/back/{council}/{account}/{reference}", at(number))
    }
}

/// What the provider is asked beside the amount.
pub(super) fn ask_for(
    (site, desk): (&Site, &Desk),
    number: &str,
    (council, headers): (&Council, &HeaderMap),
    new: &NewPayment,
) -> Result<AskFor, Fault> {
    let code = &desk.books.council().code;
    let back = Back::place(number, code, &new.provider, "{reference}");
    let notices = format!("/webhooks/{code}/{}", new.provider);
    let ask = AskFor::by_staff(council, new, &site.public_address(headers, &back)?);
    Ok(AskFor { notice_url: Some(site.public_address(headers, &notices)?), ..ask })
}

#[derive(Template)]
#[template(path = "office/counter_onward.html")]
struct OnwardPage<'a> {
    page: Page,
    to: &'a Onward,
}

/// On to where the card is entered; else to the page that follows the payment, where it is
/// over, where nobody knows yet, or where the card is typed somewhere else. The inner error
/// says why nobody is sent on.
pub(super) fn onward(
    (site, desk): (&Site, &Desk),
    number: &str,
    headers: &HeaderMap,
    paying: Paying,
) -> Result<Response, String> {
    let row = &paying.view.payment;
    let here = place_of(number, row.id);
    let back = Back::place(number, &desk.books.council().code, &row.provider, &row.reference);
    // A sandbox has no page of its own.
    let is_ours = |to: &Onward| site.public_address(headers, &back).is_ok_and(|us| to.url == us);
    match Onward::of(paying.next).filter(|to| !is_ours(to)) {
        None => Ok(Redirect::to(&here).into_response()),
        Some(to) if !to.is_safe() => {
            Err("the provider’s page cannot be gone to, and nothing was taken".to_owned())
        }
        Some(to) => {
            let page = Page::of(desk, Some(Place::Counter), "Enter the card at the provider");
            let page = page::html(StatusCode::OK, &OnwardPage { page, to: &to });
            Ok(to.told_with(page))
        }
    }
}

/// A cashier is back from the provider: on to the page that follows the payment, which says
/// whether they may see it.
pub(super) async fn returned(
    State(site): State<Site>,
    desk: Desk,
    Path(back): Path<Back>,
) -> Result<Response, Fault> {
    let Back { number, account, reference, .. } = back;
    let absent = || AppError::NotFound { what: "payment", name: reference.clone() };
    let gateways = site.gateways.as_ref().ok_or_else(absent)?;
    match gateways.payment_called(&desk.books, &account, &reference).await {
        Ok(Some(id)) => Ok(Redirect::to(&place_of(&number, id)).into_response()),
        Ok(None) => Err(absent().into()),
        Err(GatewayError::App(error)) => Err(error.into()),
        Err(error) => Err(Fault::new(StatusCode::CONFLICT, error.to_string())),
    }
}

/// Some providers have the browser post a form here. It comes from another site, so without
/// our cookies, and counts only as far as the provider signed it; then the cashier comes as
/// anybody does.
pub(super) async fn posted(
    State(site): State<Site>,
    Path(back): Path<Back>,
    uri: Uri,
    RawQuery(query): RawQuery,
    caller: Caller,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let delivery = crate::webhooks::delivery(query, &headers, &body);
    if let Some(gateways) = &site.gateways {
        let actor = Actor::system("webhooks").with_origin(&caller.origin());
        let heeded = match site.app.books(Some(&back.council), actor).await {
            Ok(books) => gateways.brought(&books, &back.account, &delivery).await.map(|_| ()),
            Err(error) => Err(error.into()),
        };
        if let Err(error) = heeded {
            tracing::error!(%error, "what a cashier brought back could not be recorded");
        }
    }
    Redirect::to(uri.path()).into_response()
}
