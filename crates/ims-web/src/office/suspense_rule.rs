//! Where a person put a suspense item, as a rule for the next money like it:
//! shown with what it would have changed, before somebody switches it on.

use askama::Template;
use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use chrono::NaiveDate;
use ims_app::{
    AppError, Correction, NewRedirect, Permission,
    configuration::{Replayed, Window},
};
use ims_ledger::id::SuspenseId;
use serde::Deserialize;

use super::{id, names::Names};
use crate::{
    desk::{Desk, Sent},
    fault::Fault,
    page::{self, Page, Place},
};

/// Receipts that are named one by one; all are counted.
const NAMED_MAX: usize = 20;

#[derive(Template)]
#[template(path = "office/suspense_rule.html")]
struct RulePage {
    page: Page,
    names: Names,
    item: SuspenseId,
    /// Why there is nothing to switch on.
    refused: Option<String>,
    redirect: Option<NewRedirect>,
    /// An import rule, as the configuration writes it.
    rule: Option<String>,
    /// What it would have changed; none for who may not try it.
    effect: Option<Replayed>,
    csrf: String,
}

impl RulePage {
    fn moved(&self) -> i64 {
        let moved = self.effect.as_ref().map_or(0, |effect| effect.moved);
        i64::try_from(moved).unwrap_or(i64::MAX)
    }
}

/// A redirect as it was shown, sent back to be switched on.
#[derive(Debug, Deserialize)]
pub(super) struct Shown {
    fund: String,
    reference: String,
    to_fund: String,
    to_reference: String,
    from: NaiveDate,
    reason: String,
}

/// The rule, and what it would have changed.
pub(super) async fn show(desk: Desk, Path(text): Path<String>) -> Result<Response, Fault> {
    let item: SuspenseId = id(&text, "suspense item")?;
    let (correction, refused) = match desk.books.suspense_correction(item).await {
        Ok(correction) => (Some(correction), None),
        Err(AppError::Refused(why)) => (None, Some(why)),
        Err(error) => return Err(error.into()),
    };
    let effect = match &correction {
        Some(correction) => tried(&desk, correction).await?,
        None => None,
    };
    let (redirect, rule) = match correction {
        Some(Correction::Redirect(new)) => (Some(new), None),
        Some(Correction::Rule { rule, .. }) => (None, Some(rule)),
        None => (None, None),
    };
    let template = RulePage {
        page: Page::of(&desk, Some(Place::Suspense), "A rule for the next money like it"),
        names: Names::of(&desk.books).await?,
        item,
        refused,
        redirect,
        rule,
        effect,
        csrf: desk.session.csrf.clone(),
    };
    Ok(page::html(StatusCode::OK, &template))
}

/// What it would have changed of the past months, for who may try it.
async fn tried(desk: &Desk, correction: &Correction) -> Result<Option<Replayed>, Fault> {
    let window = Window::of_months_to(desk.today(), NAMED_MAX);
    let books = &desk.books;
    Ok(match correction {
        Correction::Redirect(new) if desk.may(Permission::ManageHolders) => {
            Some(books.replay_redirect(new, window, &mut |_, _| {}).await?)
        }
        Correction::Rule { document, .. } if desk.may(Permission::Configure) => {
            Some(books.replay(document, window, &mut |_, _| {}).await?)
        }
        Correction::Redirect(_) | Correction::Rule { .. } => None,
    })
}

/// Switches a redirect on, as it was shown; the same again changes nothing.
pub(super) async fn switch_on(
    Path(text): Path<String>,
    sent: Sent<Shown>,
) -> Result<Response, Fault> {
    let item: SuspenseId = id(&text, "suspense item")?;
    let Sent { desk, form } = sent;
    let new = NewRedirect {
        fund: form.fund,
        reference: form.reference,
        to: Some((form.to_fund, form.to_reference)),
        from: form.from,
        reason: form.reason,
    };
    desk.books.redirect_reference(&new).await?;
    Ok(Redirect::to(&format!("/office/suspense/{item}/rule")).into_response())
}
