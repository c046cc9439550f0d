//! A bank line, and every explanation it ever had; each can be taken back.

use askama::Template;
use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use ims_app::{AppError, Explained, PairRow, Permission};
use ims_ledger::id::{LineId, MatchId};
use serde::Deserialize;

use super::{id, names::Names};
use crate::{
    desk::{Desk, Sent},
    fault::Fault,
    form::{Errors, NOTE_LENGTH_MAX, percent_encoded},
    page::{self, Page, Place},
};

#[derive(Template)]
#[template(path = "office/line.html")]
struct LinePage {
    page: Page,
    errors: Errors,
    names: Names,
    explained: Explained,
    is_open: bool,
    /// The explanation whose form was sent, and what it said.
    sent: Option<(MatchId, String)>,
    /// What a form carries; none for whoever may not take a match back.
    csrf: Option<String>,
}

/// The form that takes an explanation back.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TakenBack {
    r#match: String,
    why: String,
}

/// The line.
pub(super) async fn show(desk: Desk, Path(text): Path<String>) -> Result<Response, Fault> {
    shown(&desk, id(&text, "bank line")?, None, Errors::default()).await
}

/// Takes an explanation of the line back, with a reason: what it joined is open again.
pub(super) async fn undo(
    Path(text): Path<String>,
    sent: Sent<TakenBack>,
) -> Result<Response, Fault> {
    let Sent { desk, form } = sent;
    let line: LineId = id(&text, "bank line")?;
    let set: MatchId = id(&form.r#match, "match")?;
    let mut errors = Errors::default();
    if form.why.chars().count() > NOTE_LENGTH_MAX {
        errors.add(field(set), format!("Reason must be {NOTE_LENGTH_MAX} characters or fewer"));
    } else {
        match desk.books.undo_match(set, &form.why).await {
            Ok(_) => return Ok(Redirect::to(&format!("/office/lines/{line}")).into_response()),
            Err(AppError::BadInput(words)) => errors.add(field(set), crate::show::upper(&words)),
            Err(AppError::Refused(words)) => errors.add("", crate::show::upper(&words)),
            Err(error) => return Err(error.into()),
        }
    }
    shown(&desk, line, Some((set, form.why)), errors).await
}

async fn shown(
    desk: &Desk,
    line: LineId,
    sent: Option<(MatchId, String)>,
    errors: Errors,
) -> Result<Response, Fault> {
    let explained = desk.books.explain_line(line).await?;
    let is_open = explained.explanations.iter().all(|one| one.set.undone_at.is_some());
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let template = LinePage {
        page: Page::of(desk, Some(Place::Reconciliation), "Bank line")
            .with_errors(!errors.is_empty()),
        errors,
        names: Names::of(&desk.books).await?,
        explained,
        is_open,
        sent,
        csrf: desk.may(Permission::Reconcile).then(|| desk.session.csrf.clone()),
    };
    Ok(page::html(status, &template))
}

/// The field of the reason why a match is taken back.
fn field(set: MatchId) -> String {
    format!("why-{set}")
}

impl LinePage {
    /// The page of the line's day.
    fn day(&self) -> String {
        let line = &self.explained.line;
        format!("/office/reconciliation/{}/{}", percent_encoded(&line.bank), line.booked_on)
    }

    fn why(&self, set: &MatchId) -> &str {
        self.sent.as_ref().filter(|(of, _)| of == set).map_or("", |(_, why)| why)
    }

    fn error(&self, set: &MatchId) -> Option<String> {
        self.errors.of(&field(*set))
    }

    /// Whether a pair is of this line, and not of another of the same explanation.
    fn is_this(&self, pair: &PairRow) -> bool {
        pair.line == Some(self.explained.line.id)
    }
}
