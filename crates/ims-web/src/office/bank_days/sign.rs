//! Putting one's name to a day, and opening it again.

use axum::{
    extract::Path,
    response::{IntoResponse, Redirect, Response},
};
use ims_app::{AppError, BankDay, NOTE_MAX, Permission};
use ims_ledger::seal::ContentHash;
use serde::Deserialize;

use super::{
    day::{Told, shown},
    day_of, href,
};
use crate::{
    desk::{Desk, Sent},
    fault::Fault,
    form::{Errors, Input},
    show,
};

/// What somebody does with a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Deed {
    #[default]
    Prepare,
    Review,
    Reopen,
}

impl Deed {
    /// Its field: opening again has a reason of its own.
    const fn field(self) -> &'static str {
        match self {
            Self::Prepare | Self::Review => "note",
            Self::Reopen => "reason",
        }
    }
}

/// The form as it is sent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Form {
    deed: Deed,
    note: String,
    reason: String,
    mark: String,
}

/// What the reader may do with a day.
#[derive(Debug, Default)]
pub(super) struct Signing {
    pub(super) mark: String,
    /// The note of who prepares it.
    pub(super) prepare: Option<Input>,
    /// The note of who reviews it.
    pub(super) review: Option<Input>,
    /// Why it is opened again.
    pub(super) reopen: Option<Input>,
    /// Why there is nothing to sign.
    pub(super) words: &'static str,
}

impl Signing {
    pub(super) fn of(
        desk: &Desk,
        day: &BankDay,
        mark: String,
        (sent, errors): (&str, &Errors),
    ) -> Self {
        let field = |deed: Deed, label: &'static str, hint: &str| Input {
            id: deed.field().into(),
            label: label.into(),
            hint: hint.to_owned(),
            // What was sent stands in its own form again.
            value: errors.of(deed.field()).map(|_| sent.to_owned()).unwrap_or_default(),
            error: errors.of(deed.field()),
            ..Input::default()
        };
        let note = |deed| field(deed, "Note (optional)", "For whoever reads the certificate");
        let may_prepare = desk.may(Permission::Reconcile);
        let may_review = desk.may(Permission::ReviewReconciliation);
        let none = Self { mark, ..Self::default() };
        let Some(signed) = &day.signed else {
            let prepare = may_prepare.then(|| note(Deed::Prepare));
            let words = "You may see this day, but not prepare it.";
            return Self { prepare, words, ..none };
        };
        let is_own = signed.prepared.by == desk.books.actor().name();
        let has_changed = day.since.iter().any(|change| change.weighs);
        let words = match () {
            () if signed.reviewed.is_some() => "",
            () if has_changed => "It is not any more what was prepared: it has to be opened again.",
            () if is_own => "You prepared it, so somebody else has to review it.",
            () if !may_review => "It waits for somebody who may review it.",
            () => "",
        };
        let is_reviewable = words.is_empty() && signed.reviewed.is_none();
        let reopen = || field(Deed::Reopen, "Why it has to be opened again", "For the auditor");
        Self {
            review: is_reviewable.then(|| note(Deed::Review)),
            reopen: (may_prepare || may_review).then(reopen),
            words,
            ..none
        }
    }
}

/// The mark of a day as it is shown: who signs puts their name to what they saw.
pub(super) fn mark(day: &BankDay) -> Result<String, Fault> {
    if let Some(signed) = &day.signed {
        return Ok(format!("{}-{}", signed.generation, signed.sha256));
    }
    let facts = serde_json::to_vec(&day.facts).map_err(|_| Fault::ours())?;
    Ok(ContentHash::of(&facts).to_string())
}

/// Prepares, reviews or opens again; what was not done is said on the page.
pub(super) async fn sign(
    Path((bank, day)): Path<(String, String)>,
    sent: Sent<Form>,
) -> Result<Response, Fault> {
    let Sent { desk, form } = sent;
    let day = day_of(&day)?;
    let field = form.deed.field();
    let words = if form.deed == Deed::Reopen { form.reason } else { form.note };
    let mut errors = Errors::default();
    let seen = desk.books.bank_day_to_sign(&bank, day).await?;
    if words.chars().count() > NOTE_MAX {
        errors.add(field, format!("What you write must be {NOTE_MAX} characters or fewer"));
    } else if mark(&seen)? != form.mark {
        let words = "The day has changed since this page was shown, and nothing was signed or \
                     opened. Look again";
        errors.add("", words);
    } else {
        let done = match form.deed {
            Deed::Prepare => desk.books.prepare_bank_day(&bank, day, &words).await,
            Deed::Review => desk.books.review_bank_day(&bank, day, &words).await,
            Deed::Reopen => desk.books.reopen_bank_day(&bank, day, &words).await,
        };
        match done {
            Ok(_) => return Ok(Redirect::to(&href(&bank, day)).into_response()),
            Err(AppError::BadInput(words)) => errors.add(field, show::upper(&words)),
            Err(AppError::Refused(words)) => errors.add("", show::upper(&words)),
            Err(error) => return Err(error.into()),
        }
    }
    shown(&desk, &bank, day, Told { errors, note: words, ..Told::default() }).await
}
