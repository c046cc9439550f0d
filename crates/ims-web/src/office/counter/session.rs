//! One session: while it takes money, the page that takes it; later what it came to.

use askama::Template;
use axum::{
    extract::{Path, Query},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use ims_app::{AppError, CountedTill, Permission, TillStatus, TillView, Verdict};
use ims_ledger::{TillLine, id::ApprovalId};
use ims_money::Pence;
use serde::Deserialize;

use super::{
    Receipts, at, count::is_counted_by, is_own, session_of, stands, take, take_back::Lifted,
};
use crate::{
    desk::{Desk, Sent},
    fault::Fault,
    form::{Errors, Input, NOTE_LENGTH_MAX},
    office::{id, place},
    page::{self, Page, Place},
    show,
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    receipt: String,
    before: String,
}

#[derive(Template)]
#[template(path = "office/counter_session.html")]
struct SessionPage {
    page: Page,
    errors: Errors,
    number: String,
    view: TillView,
    receipts: Receipts,
    lifts: Vec<Lifted>,
    may_count: bool,
    decide: Option<DecideForm>,
}

struct DecideForm {
    approval: ApprovalId,
    reason: Input,
    csrf: String,
}

impl SessionPage {
    fn stands(&self) -> &'static str {
        stands(self.view.status)
    }

    /// What a kind of money is over; negative when it is short.
    fn over(&self, line: &TillLine) -> Pence {
        line.counted.checked_sub(line.expected).unwrap_or_default()
    }

    /// The count that stands: what was counted before a recount is told no more.
    fn counted(&self) -> Option<&CountedTill> {
        self.view.counted.as_ref().filter(|_| self.view.status != TillStatus::Recount)
    }
}

pub(super) async fn show(
    desk: Desk,
    Path(number): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    let view = session_of(&desk, &number).await?;
    let before = place(&asked.before)?;
    if take::is_taken_into(&desk, &view) {
        return take::fresh(&desk, view, &asked.receipt, before).await;
    }
    let receipts = Receipts::of(&desk, &view, before).await?;
    Ok(shown(&desk, view, receipts, "", Errors::default()))
}

/// What a second person says of a difference.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Said {
    approval: String,
    reason: String,
    r#do: String,
}

/// Pays a till in as it was counted, or has it counted again.
pub(super) async fn decide(
    Path(number): Path<String>,
    sent: Sent<Said>,
) -> Result<Response, Fault> {
    let Sent { desk, form } = sent;
    let view = session_of(&desk, &number).await?;
    let approval = id(&form.approval, "approval")?;
    is_asked_of(&view, approval)?;
    let mut errors = Errors::default();
    let reason = form.reason.trim();
    if reason.chars().count() > NOTE_LENGTH_MAX {
        errors.add("reason", format!("Reason must be {NOTE_LENGTH_MAX} characters or fewer"));
    } else {
        let verdict = if form.r#do == "yes" { Verdict::Approved } else { Verdict::Refused };
        match desk.books.decide_till_difference(approval, verdict, reason).await {
            Ok(_) => return Ok(Redirect::to(&at(&number)).into_response()),
            Err(AppError::BadInput(words) | AppError::Refused(words)) => {
                errors.add("reason", show::upper(&words));
            }
            Err(error) => return Err(error.into()),
        }
    }
    let receipts = Receipts::of(&desk, &view, None).await?;
    Ok(shown(&desk, view, receipts, reason, errors))
}

/// Refuses what a second person was asked about another session.
fn is_asked_of(view: &TillView, approval: ApprovalId) -> Result<(), Fault> {
    if view.counts.iter().any(|count| count.approval == Some(approval)) {
        return Ok(());
    }
    let words = format!("nobody was asked `{approval}` about T{}", view.row.number);
    Err(Fault::new(StatusCode::NOT_FOUND, words))
}

fn shown(
    desk: &Desk,
    view: TillView,
    receipts: Receipts,
    reason: &str,
    errors: Errors,
) -> Response {
    let waits_for = view.counted.as_ref().and_then(|counted| counted.waits_for);
    let may_decide = desk.may(Permission::ApproveWriteOff) && !is_own(desk, &view);
    let decide = waits_for.filter(|_| may_decide).map(|approval| DecideForm {
        approval,
        reason: Input {
            id: "reason".into(),
            label: "Reason".into(),
            hint: "Why, for whoever checks this later".to_owned(),
            value: reason.to_owned(),
            error: errors.of("reason"),
            ..Input::default()
        },
        csrf: desk.session.csrf.clone(),
    });
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let number = format!("T{}", view.row.number);
    let title = format!("{number}: {}", view.till.name);
    let template = SessionPage {
        page: Page::of(desk, Some(Place::Counter), title).with_errors(!errors.is_empty()),
        errors,
        lifts: Lifted::of(desk, &view),
        may_count: is_counted_by(desk, &view),
        decide,
        number,
        receipts,
        view,
    };
    page::html(status, &template)
}
