//! A bank account day by day: the list of its days, and what the pages of one day share.

mod accept;
mod certificate;
mod day;
mod lines;
mod proposal;
mod sign;

use askama::Template;
use axum::{
    Router,
    extract::{Path, Query},
    http::StatusCode,
    response::Response,
    routing::{get, post},
};
use chrono::NaiveDate;
use ims_app::ListedBankDay;
use serde::Deserialize;

use crate::{
    Site,
    desk::Desk,
    fault::Fault,
    form::{Further, address, percent_encoded},
    page::{self, Page, Place},
};

/// The most days on one page: each signed one is held against what it is now.
const DAYS: i64 = 31;

/// The routes of a bank account's days.
pub(super) fn routes() -> Router<Site> {
    const DAY: &str = "/office/reconciliation/{bank}/{day}";
    let at = |path: &str| format!("{DAY}{path}");
    Router::new()
        .route("/office/reconciliation/{bank}", get(list))
        .route(DAY, get(day::show))
        .route(&at("/lines"), get(lines::show))
        .route(&at("/accept"), post(accept::accept))
        .route(&at("/sign"), post(sign::sign))
        .route(&at("/certificate/{kind}"), get(certificate::fetch))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    /// The newest day that is listed.
    to: String,
}

#[derive(Template)]
#[template(path = "office/bank_days.html")]
struct DaysPage {
    page: Page,
    bank: String,
    days: Vec<ListedBankDay>,
    further: Further,
}

impl DaysPage {
    fn href(&self, day: &NaiveDate) -> String {
        href(&self.bank, *day)
    }
}

/// The page of a day.
fn href(bank: &str, day: NaiveDate) -> String {
    format!("/office/reconciliation/{}/{day}", percent_encoded(bank))
}

/// A day out of an address.
fn day_of(text: &str) -> Result<NaiveDate, Fault> {
    let absent = |_| Fault::new(StatusCode::NOT_FOUND, format!("`{text}` is no day"));
    text.parse().map_err(absent)
}

/// One page of an account's days that have lines, the newest first.
async fn list(
    desk: Desk,
    Path(bank): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    let to = match asked.to.as_str() {
        "" => NaiveDate::MAX,
        text => day_of(text)?,
    };
    let first = NaiveDate::from_ymd_opt(1900, 1, 1).unwrap_or_default();
    let mut days =
        desk.books.bank_days(&bank, first, to.min(last()), DAYS.saturating_add(1)).await?;
    let most = usize::try_from(DAYS).unwrap_or_default();
    let next = days.get(most).map(|day| day.day.to_string());
    days.truncate(most);
    let path = format!("/office/reconciliation/{}", percent_encoded(&bank));
    let council = desk.books.settings().await?.council;
    let name = council.bank_account.iter().find(|account| account.code.as_str() == bank);
    let name = name.map_or(bank.as_str(), |account| account.name.as_str());
    let template = DaysPage {
        page: Page::of(&desk, Some(Place::Reconciliation), format!("Days of {name}")),
        days,
        further: Further {
            first: (!asked.to.is_empty()).then(|| path.clone()),
            next: next.map(|next| address(&path, &[("to", &next)])),
        },
        bank,
    };
    Ok(page::html(StatusCode::OK, &template))
}

/// The last day that either database can name.
fn last() -> NaiveDate {
    NaiveDate::from_ymd_opt(2199, 12, 31).unwrap_or_default()
}
