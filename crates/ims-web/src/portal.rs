//! The pages for residents, at `/` in English and at `/cy` in Welsh: choose what
//! to pay, put it into a basket, say who pays where that is needed, check it and
//! pay; and ask whether money has come. Or follow a link of the council's, which puts
//! what it asks for into the basket.
//!
//! What can be paid, and what it is called, is in the council's configuration
//! (`[portal]`). What is in a basket is on the server, under a random name that
//! only a cookie holds: no address has anything of a payer in it.

mod address;
mod back;
mod basket;
mod check;
mod choose;
mod cookies;
pub(crate) mod faults;
mod link;
mod pay;
mod payer;
mod received;
mod texts;
mod told;
mod visit;
mod what;
mod why;

use axum::{
    Router,
    routing::{get, post},
};

use crate::Site;
use texts::Language;

/// The routes of the portal.
pub fn routes() -> Router<Site> {
    [Language::English, Language::Welsh].into_iter().fold(Router::new(), |router, language| {
        let at = |path: &str| format!("{}{path}", language.prefix());
        router
            .route(language.home(), get(choose::show))
            .route(&at("/pay/{fund}"), get(what::form).post(what::add))
            .route(&at("/basket"), get(basket::show))
            .route(&at("/basket/remove"), post(basket::remove))
            .route(&at("/your-details"), get(payer::form).post(payer::keep))
            .route(&at("/your-details/by-hand"), get(payer::by_hand))
            .route(&at("/your-details/address"), get(address::form).post(address::find))
            .route(&at("/your-details/choose"), get(address::form).post(address::choose))
            .route(&at("/check"), get(check::show).post(pay::pay))
            .route(&at("/back/{reference}"), get(back::show).post(back::posted))
            .route(&at("/cancel"), post(back::cancel))
            .route(&at("/link/{link}"), get(link::show).post(link::take_up))
            .route(&at("/received"), get(received::form).post(received::find))
            .route(&at("/cookies"), get(cookies::show))
    })
}
