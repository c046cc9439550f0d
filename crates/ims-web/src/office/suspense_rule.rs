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
    form::Errors,
    page::{self, Page, Place},
};

/// Receipts that are named one by one; all are counted.
const NAMED_MAX: usize = 20;

#[derive(Template)]
#[template(path = "office/suspense_rule.html")]
struct RulePage {
    page: Page,
    errors: Errors,
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

impl Shown {
    /// Whether it is what is proposed today, or was yesterday: midnight may have
    /// passed since it was shown.
    fn is_still(&self, new: &NewRedirect) -> bool {
        let to = new.to.as_ref().map(|(fund, reference)| (fund.as_str(), reference.as_str()));
        (self.fund.as_str(), self.reference.as_str()) == (new.fund.as_str(), new.reference.as_str())
            && to == Some((self.to_fund.as_str(), self.to_reference.as_str()))
            && self.reason == new.reason
            && (self.from == new.from || self.from.succ_opt() == Some(new.from))
    }
}

/// The rule, and what it would have changed.
pub(super) async fn show(desk: Desk, Path(text): Path<String>) -> Result<Response, Fault> {
    shown(&desk, id(&text, "suspense item")?, Errors::default()).await
}

async fn shown(desk: &Desk, item: SuspenseId, errors: Errors) -> Result<Response, Fault> {
    let (correction, refused) = match desk.books.suspense_correction(item).await {
        Ok(correction) => (Some(correction), None),
        Err(AppError::Refused(why)) => (None, Some(why)),
        Err(error) => return Err(error.into()),
    };
    let effect = match &correction {
        Some(correction) => tried(desk, correction).await?,
        None => None,
    };
    let (redirect, rule) = match correction {
        Some(Correction::Redirect(new)) => (Some(new), None),
        Some(Correction::Rule { rule, .. }) => (None, Some(rule)),
        None => (None, None),
    };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let template = RulePage {
        page: Page::of(desk, Some(Place::Suspense), "A rule for the next money like it")
            .with_errors(!errors.is_empty()),
        errors,
        names: Names::of(&desk.books).await?,
        item,
        refused,
        redirect,
        rule,
        effect,
        csrf: desk.session.csrf.clone(),
    };
    Ok(page::html(status, &template))
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

/// Switches a redirect on, as it was shown and as long as it is still what would
/// be proposed; the same again changes nothing.
pub(super) async fn switch_on(
    Path(text): Path<String>,
    sent: Sent<Shown>,
) -> Result<Response, Fault> {
    let item: SuspenseId = id(&text, "suspense item")?;
    let Sent { desk, form } = sent;
    match desk.books.suspense_correction(item).await {
        Ok(Correction::Redirect(new)) if form.is_still(&new) => {
            desk.books.redirect_reference(&NewRedirect { from: form.from, ..new }).await?;
        }
        Err(AppError::Refused(why)) if why == Correction::IN_FORCE => {}
        Ok(_) | Err(AppError::Refused(_)) => {
            let mut errors = Errors::default();
            errors.add("", "It has changed since it was shown. Nothing was switched on");
            return shown(&desk, item, errors).await;
        }
        Err(error) => return Err(error.into()),
    }
    Ok(Redirect::to(&format!("/office/suspense/{item}/rule")).into_response())
}
