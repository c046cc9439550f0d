//! The day at a glance.

use askama::Template;
use axum::{
    extract::Query,
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use chrono::NaiveDate;
use ims_app::{BankStatus, Dashboard, OpenSuspense, Permission};
use serde::Deserialize;

use super::names::Names;
use crate::{
    desk::Desk,
    fault::Fault,
    form::{Errors, Input, read_day},
    page::{self, Page, Place},
    show,
};

#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    day: String,
}

#[derive(Template)]
#[template(path = "office/dashboard.html")]
struct DashboardPage {
    page: Page,
    errors: Errors,
    day: Input,
    names: Names,
    may_see_suspense: bool,
    may_see_bank: bool,
    oldest: Option<OpenSuspense>,
    today: NaiveDate,
    board: Dashboard,
}

/// The dashboard of a day, or of the newest with receipts.
pub(super) async fn show(desk: Desk, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let elsewhere = Place::ALL.into_iter().find(|place| desk.may(place.needs()));
    if let Some(place) = elsewhere
        && !desk.may(Permission::SeeDashboard)
    {
        // Signing in leads here; whoever may not see a day goes on to what they may.
        return Ok(Redirect::to(place.href()).into_response());
    }
    let mut errors = Errors::default();
    let day = read_day(&asked.day);
    if day.is_none() && !asked.day.is_empty() {
        errors.add("day", "Day must be a real day, like 1/4/2026");
    }
    let board = desk.books.dashboard(day).await?;
    let may_see_suspense = desk.may(Permission::SeeSuspense);
    let oldest = if may_see_suspense { desk.books.open_suspense(None, 1).await? } else { vec![] };
    let title = show::day(board.day);
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let template = DashboardPage {
        page: Page::of(&desk, Some(Place::Today), title).with_errors(!errors.is_empty()),
        day: Input::day("Another day", Some(board.day), errors.of("day")),
        errors,
        names: Names::of(&desk.books).await?,
        may_see_suspense,
        may_see_bank: desk.may(Permission::SeeBank),
        oldest: oldest.into_iter().next(),
        today: desk.today(),
        board,
    };
    Ok(page::html(status, &template))
}

impl DashboardPage {
    /// How much of the day's bank lines is explained, over all accounts.
    fn explained(&self) -> Option<String> {
        let sum = |of: fn(&BankStatus) -> i64| {
            self.board.banks.iter().map(of).fold(0, i64::saturating_add)
        };
        show::share(sum(|bank| bank.explained), sum(|bank| bank.lines))
    }

    fn waiting_for(&self) -> i64 {
        self.board.expected.iter().map(|(_, count, ..)| *count).fold(0, i64::saturating_add)
    }
}
