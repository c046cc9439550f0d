//! Card money three ways: what was taken, what its provider paid out, what the bank shows.

use askama::Template;
use axum::{
    extract::{Path, Query},
    http::StatusCode,
    response::Response,
};
use chrono::{Days, NaiveDate};
use ims_app::{PayoutExplained, Payouts};
use serde::Deserialize;

use super::names::Names;
use crate::{
    desk::Desk,
    fault::Fault,
    form::{Errors, Input, address, percent_encoded, read_day},
    page::{self, Page, Place},
};

/// Days before the last one that are shown.
const DAYS: u64 = 31;

/// Rows of each list on the page; the command line and the API have all of them.
const LISTED: usize = 100;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    /// The last day that is shown.
    day: String,
}

#[derive(Template)]
#[template(path = "office/payouts.html")]
struct PayoutsPage {
    page: Page,
    errors: Errors,
    field: Input,
    names: Names,
    from: NaiveDate,
    to: NaiveDate,
    told: Payouts,
    /// How many rows are not shown.
    left_out: i64,
}

impl PayoutsPage {
    fn href(&self, one: &PayoutExplained) -> String {
        href(one, self.to)
    }
}

#[derive(Template)]
#[template(path = "office/payout.html")]
struct PayoutPage {
    page: Page,
    back: String,
    names: Names,
    lines: i64,
    one: PayoutExplained,
}

fn href(one: &PayoutExplained, to: NaiveDate) -> String {
    let (channel, payout) = (percent_encoded(&one.channel), percent_encoded(&one.payout));
    address(&format!("/office/payouts/{channel}/{payout}"), &[("day", &to.to_string())])
}

fn from(to: NaiveDate) -> NaiveDate {
    to.checked_sub_days(Days::new(DAYS)).unwrap_or(to)
}

/// The payouts of a month, and what is in none of them.
pub(super) async fn list(desk: Desk, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let mut errors = Errors::default();
    let day = read_day(&asked.day);
    if day.is_none() && !asked.day.is_empty() {
        errors.add("day", "Last day must be a real day, like 1/4/2026");
    }
    let to = day.unwrap_or_else(|| desk.books.app().world().today());
    let mut told = desk.books.payouts(from(to), to).await?;
    let left_out = cut(&mut told);
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let template = PayoutsPage {
        page: Page::of(&desk, Some(Place::Reconciliation), "Payouts of card providers")
            .with_errors(!errors.is_empty()),
        field: Input::day("Last day", Some(to), errors.of("day")),
        errors,
        names: Names::of(&desk.books).await?,
        from: from(to),
        to,
        told,
        left_out,
    };
    Ok(page::html(status, &template))
}

/// Cuts each list to what a page shows; how many rows that leaves out.
fn cut(told: &mut Payouts) -> i64 {
    fn one<T>(rows: &mut Vec<T>) -> usize {
        let more = rows.len().saturating_sub(LISTED);
        rows.truncate(LISTED);
        more
    }
    let Payouts { payouts, not_paid, not_ours, unclear, bank_left } = told;
    // The newest payouts are the ones that are looked for.
    payouts.reverse();
    let more = [one(payouts), one(not_paid), one(not_ours), one(unclear), one(bank_left)];
    i64::try_from(more.iter().sum::<usize>()).unwrap_or(i64::MAX)
}

/// One payout: what makes the difference between what was taken and what arrived.
pub(super) async fn show(
    desk: Desk,
    Path((channel, payout)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    let absent = || Fault::new(StatusCode::NOT_FOUND, format!("there is no payout `{payout}`"));
    let to = match asked.day.as_str() {
        "" => desk.books.app().world().today(),
        text => text.parse().map_err(|_| absent())?,
    };
    let told = desk.books.payouts(from(to), to).await?.payouts;
    let is_it = |one: &PayoutExplained| one.channel == channel && one.payout == payout;
    let one = told.into_iter().find(is_it).ok_or_else(absent)?;
    let template = PayoutPage {
        page: Page::of(&desk, Some(Place::Reconciliation), format!("Payout {payout}")),
        back: address("/office/payouts", &[("day", &to.to_string())]),
        names: Names::of(&desk.books).await?,
        lines: i64::try_from(one.lines).unwrap_or(i64::MAX),
        one,
    };
    Ok(page::html(StatusCode::OK, &template))
}
