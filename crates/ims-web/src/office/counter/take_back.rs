//! A lift that was mistyped taken back, with the reason.

use askama::Template;
use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use ims_app::{AppError, Permission, TillLiftBackRow, TillLiftRow, TillStatus, TillView};
use serde::Deserialize;

use super::{at, is_own, session_of};
use crate::{
    desk::{Desk, Sent},
    fault::Fault,
    form::{Errors, Input, NOTE_LENGTH_MAX},
    page::{self, Page, Place},
    show,
};

#[derive(Template)]
#[template(path = "office/counter_take_back.html")]
struct TakeBackPage {
    page: Page,
    errors: Errors,
    number: String,
    lift: TillLiftRow,
    is_recount: bool,
    reason: Input,
    csrf: String,
}

/// A lift as the pages of a till list it.
pub(super) struct Lifted {
    pub(super) lift: TillLiftRow,
    /// Who took it back, if somebody did.
    pub(super) back: Option<TillLiftBackRow>,
    /// Where whoever is here takes it back, if they may.
    pub(super) to: Option<String>,
}

impl Lifted {
    /// Those of a session, the first first.
    pub(super) fn of(desk: &Desk, view: &TillView) -> Vec<Self> {
        let may = may_take_back(desk, view);
        let lifted = |lift: &TillLiftRow| {
            let back = view.lifts_back.iter().find(|back| back.lift == lift.number).cloned();
            let to = format!("{}/lifts/{}", at(&format!("T{}", view.row.number)), lift.number);
            let to = (may && back.is_none()).then_some(to);
            Self { lift: lift.clone(), back, to }
        };
        view.lifts.iter().map(lifted).collect()
    }
}

/// Whether whoever is here may take lifts of a session back, as it stands.
fn may_take_back(desk: &Desk, view: &TillView) -> bool {
    let stands_in = desk.may(Permission::ApproveWriteOff);
    match view.status {
        TillStatus::Open => stands_in || (is_own(desk, view) && desk.may(Permission::TakeCash)),
        TillStatus::Recount => stands_in && !is_own(desk, view),
        TillStatus::Counted | TillStatus::Closed => false,
    }
}

/// The form; who may not, or for a lift that was taken back, sees the session.
pub(super) async fn form(
    desk: Desk,
    Path((number, lift)): Path<(String, i64)>,
) -> Result<Response, Fault> {
    let view = session_of(&desk, &number).await?;
    let found = lift_of(&view, lift)?;
    let is_back = view.lifts_back.iter().any(|back| back.lift == lift);
    if is_back || !may_take_back(&desk, &view) {
        return Ok(Redirect::to(&at(&number)).into_response());
    }
    Ok(shown(&desk, (&view, found), "", Errors::default()))
}

/// Why it is taken back.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Why {
    reason: String,
}

/// Takes it back; the same form again changes nothing more.
pub(super) async fn take_back(
    Path((number, lift)): Path<(String, i64)>,
    sent: Sent<Why>,
) -> Result<Response, Fault> {
    let Sent { desk, form } = sent;
    let view = session_of(&desk, &number).await?;
    let found = lift_of(&view, lift)?;
    let mut errors = Errors::default();
    let reason = form.reason.trim();
    if reason.is_empty() {
        errors.add("reason", "Enter what was wrong with it");
    } else if reason.chars().count() > NOTE_LENGTH_MAX {
        errors.add("reason", format!("Reason must be {NOTE_LENGTH_MAX} characters or fewer"));
    } else {
        match desk.books.take_back_lift(view.row.id, lift, reason, None).await {
            Ok(_) => return Ok(Redirect::to(&at(&number)).into_response()),
            // A card's number is not shown again.
            Err(AppError::BadInput(words)) => {
                errors.add("reason", show::upper(&words));
                return Ok(shown(&desk, (&view, found), "", errors));
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(shown(&desk, (&view, found), reason, errors))
}

fn lift_of(view: &TillView, number: i64) -> Result<&TillLiftRow, Fault> {
    let absent =
        || AppError::NotFound { what: "lift", name: format!("{number} of T{}", view.row.number) };
    Ok(view.lifts.iter().find(|lift| lift.number == number).ok_or_else(absent)?)
}

fn shown(
    desk: &Desk,
    (view, lift): (&TillView, &TillLiftRow),
    reason: &str,
    errors: Errors,
) -> Response {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let number = format!("T{}", view.row.number);
    let title = format!("Take back a lift from {number}");
    let template = TakeBackPage {
        page: Page::of(desk, Some(Place::Counter), title).with_errors(!errors.is_empty()),
        reason: Input {
            id: "reason".into(),
            label: "What was wrong with it".into(),
            hint: "For whoever checks this later".to_owned(),
            value: reason.to_owned(),
            error: errors.of("reason"),
            ..Input::default()
        },
        is_recount: view.status == TillStatus::Recount,
        lift: lift.clone(),
        csrf: desk.session.csrf.clone(),
        number,
        errors,
    };
    page::html(status, &template)
}
