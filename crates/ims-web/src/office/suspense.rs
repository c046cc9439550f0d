//! Money whose owner is not known yet, the oldest first.

use askama::Template;
use axum::{extract::Query, http::StatusCode, response::Response};
use chrono::NaiveDate;
use ims_app::{OpenSuspense, Permission, ReceiptView};
use ims_ledger::id::SuspenseId;
use serde::Deserialize;

use super::{
    ROWS, form_key,
    names::Names,
    offers::{Offer, Sender, receipt},
    one_page, place,
};
use crate::{
    desk::Desk,
    fault::Fault,
    form::{Further, address},
    page::{self, Page, Place},
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    after: String,
    made: String,
}

#[derive(Template)]
#[template(path = "office/suspense.html")]
struct SuspensePage {
    page: Page,
    today: NaiveDate,
    names: Names,
    rows: Vec<Row>,
    may_accept: bool,
    /// The receipt that accepting a suggestion has just made.
    made: Option<ReceiptView>,
    further: Further,
}

/// An item, and the likeliest account it was meant for.
struct Row {
    item: OpenSuspense,
    offer: Option<Offer>,
}

/// One page of the list.
pub(super) async fn list(desk: Desk, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let after = place::<SuspenseId>(&asked.after)?;
    let found = desk.books.open_suspense(after, ROWS.saturating_add(1)).await?;
    let (items, has_more) = one_page(found);
    let last = items.last().filter(|_| has_more).map(|item| item.id.to_string());
    let further = Further {
        first: after.map(|_| "/office/suspense".to_owned()),
        next: last.map(|last| address("/office/suspense", &[("after", &last)])),
    };
    let names = Names::of(&desk.books).await?;
    let meant = desk.books.meant_by(&items).await?;
    let row = |item: OpenSuspense| {
        let best = meant.get(&item.id).and_then(|perhaps| perhaps.first());
        let key = form_key::kept("", &desk);
        let sender = Sender { desk: &desk, names: &names, item: &item, key: &key };
        let offer = best.map(|best| sender.listed(best, &asked.after));
        Row { item, offer }
    };
    let rows = items.into_iter().map(row).collect();
    let template = SuspensePage {
        page: Page::of(&desk, Some(Place::Suspense), "Suspense"),
        today: desk.today(),
        rows,
        names,
        may_accept: desk.may(Permission::AllocateSuspense),
        made: receipt(&desk, &asked.made).await?,
        further,
    };
    Ok(page::html(StatusCode::OK, &template))
}
