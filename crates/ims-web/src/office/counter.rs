//! The counter: a cashier opens a till with a float, takes money into it, and at the
//! end of the day counts it before anybody says what should be there.
//!
//! ```text
//! /office/counter              the cashier's open till, or one to open, and all sessions
//! /office/counter/T7           money taken into it while it is open; later what it came to
//! /office/counter/T7/count     the blind count
//! /office/counter/T7/lift      cash lifted to the safe
//! /office/counter/T7/lifts/1   one that was mistyped taken back
//! /office/counter/T7/card/…    a card through a provider, at a terminal or by telephone
//! /office/counter/T7/back/…    where the cashier comes back to from the provider's page
//! ```

mod card;
mod choice;
mod coins;
mod count;
mod done;
mod lift;
mod open;
mod phone;
mod session;
mod take;
mod take_back;
mod taking;
mod typed;
mod vat;

use axum::{
    Router,
    routing::{get, post},
};
use ims_app::{NumberedTillReceipt, TillStatus, TillView};
use ims_ledger::id::ReceiptId;

use super::ROWS;
use crate::{
    Site,
    desk::Desk,
    fault::Fault,
    form::{Further, address},
};

/// The routes of the counter.
pub(super) fn routes() -> Router<Site> {
    Router::new()
        .route("/office/counter", get(open::show).post(open::open))
        .route("/office/counter/{number}", get(session::show).post(take::take))
        .route("/office/counter/{number}/count", get(count::form).post(count::count))
        .route("/office/counter/{number}/lift", get(lift::form).post(lift::lift))
        .route(
            "/office/counter/{number}/lifts/{lift}",
            get(take_back::form).post(take_back::take_back),
        )
        .route("/office/counter/{number}/card/{payment}", get(card::show).post(card::call_off))
        .route(
            "/office/counter/{number}/back/{council}/{account}/{reference}",
            get(phone::returned).post(phone::posted),
        )
        .route("/office/counter/{number}/difference", post(session::decide))
}

/// Where a session is shown.
fn at(number: &str) -> String {
    format!("/office/counter/{number}")
}

/// The session of a number out of an address.
async fn session_of(desk: &Desk, number: &str) -> Result<TillView, Fault> {
    let id = desk.books.till_numbered(number).await?;
    Ok(desk.books.till_session(id).await?)
}

/// Whether it is the till of whoever is here.
fn is_own(desk: &Desk, view: &TillView) -> bool {
    view.row.cashier == desk.books.actor().name()
}

/// Whether a refusal says that its form was sent before, and did something else then.
/// That stands; what the form asks for now is a new deed.
fn was_sent_before(words: &str) -> bool {
    words.contains("was used before for ")
}

/// A session's status as people say it.
fn stands(status: TillStatus) -> &'static str {
    match status {
        TillStatus::Open => "Open",
        TillStatus::Counted => "Waits for a second person",
        TillStatus::Recount => "To be counted again",
        TillStatus::Closed => "Paid in",
    }
}

/// Receipts of a session as a page shows them.
struct Receipts {
    rows: Vec<NumberedTillReceipt>,
    further: Further,
}

impl Receipts {
    /// Those before one, or the newest.
    async fn of(desk: &Desk, view: &TillView, before: Option<ReceiptId>) -> Result<Self, Fault> {
        let limit = ROWS.saturating_add(1);
        let found = desk.books.till_receipts(view.row.id, before, limit).await?;
        let (rows, has_more) = super::one_page(found);
        let to = at(&format!("T{}", view.row.number));
        let last = rows.last().filter(|_| has_more).map(|last| last.row.receipt.to_string());
        let further = Further {
            first: before.map(|_| to.clone()),
            next: last.map(|last| address(&to, &[("before", &last)])),
        };
        Ok(Self { rows, further })
    }

    /// What one was paid by.
    fn kind(&self, one: &NumberedTillReceipt) -> String {
        match one.row.kind.as_str() {
            "card" => format!("Card, terminal {} batch {}", one.row.terminal, one.row.batch),
            other => crate::show::upper(other),
        }
    }
}
