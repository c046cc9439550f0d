//! What of a suspense item is to be given back to who paid it and is not paid yet; and
//! cancelling that.

use askama::{Template, filters::HtmlSafe};
use axum::{
    extract::Path,
    response::{IntoResponse, Redirect, Response},
};
use ims_app::{AppError, OpenSuspense, Permission, SuspenseReturnRow};
use ims_ledger::id::SuspenseId;
use serde::Deserialize;

use super::{id, suspense_item::not_cancelled};
use crate::{
    desk::{Desk, Sent},
    fault::Fault,
    form::{Errors, NOTE_LENGTH_MAX},
};

/// The returns of an item that are neither paid nor cancelled, each with a form.
#[derive(Template)]
#[template(path = "office/suspense_returns.html")]
pub(super) struct ToGiveBack {
    rows: Vec<SuspenseReturnRow>,
    /// What a form carries; none for whoever may not cancel one.
    csrf: Option<String>,
    /// The form that was sent, and what is wrong with it.
    sent: Option<(Cancelling, Option<String>)>,
}

impl HtmlSafe for ToGiveBack {}

/// Which return was to be cancelled, and why.
pub(super) struct Cancelling {
    back: String,
    why: String,
}

impl ToGiveBack {
    pub(super) async fn of(
        desk: &Desk,
        item: &OpenSuspense,
        sent: Option<Cancelling>,
        errors: &Errors,
    ) -> Result<Self, Fault> {
        let rows = if item.remaining == item.amount {
            Vec::new()
        } else {
            desk.books.suspense_shown(item.id).await?.returns
        };
        let may = desk.may(Permission::AllocateSuspense) || desk.may(Permission::ApproveRefund);
        let csrf = may.then(|| desk.session.csrf.clone());
        let sent = sent.map(|sent| {
            let error = errors.of(&field(&sent.back));
            (sent, error)
        });
        Ok(Self { rows, csrf, sent })
    }

    fn sent_of(&self, row: &SuspenseReturnRow) -> Option<&(Cancelling, Option<String>)> {
        self.sent.as_ref().filter(|(sent, _)| sent.back == row.id.to_string())
    }

    fn why(&self, row: &SuspenseReturnRow) -> &str {
        self.sent_of(row).map_or("", |(sent, _)| &sent.why)
    }

    fn error(&self, row: &SuspenseReturnRow) -> Option<&str> {
        self.sent_of(row)?.1.as_deref()
    }
}

/// A return's form as it is sent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Why {
    why: String,
}

/// Cancels a return that is not paid, with a reason; the same form again changes nothing.
pub(super) async fn cancel(
    Path((item, text)): Path<(String, String)>,
    sent: Sent<Why>,
) -> Result<Response, Fault> {
    let Sent { desk, form } = sent;
    let item: SuspenseId = id(&item, "suspense item")?;
    let back = id(&text, "return of suspense")?;
    let field = field(&text);
    let mut errors = Errors::default();
    if form.why.chars().count() > NOTE_LENGTH_MAX {
        errors.add(field, format!("Reason must be {NOTE_LENGTH_MAX} characters or fewer"));
    } else {
        match desk.books.cancel_suspense_return(back, &form.why).await {
            Ok(_) => return Ok(Redirect::to(&format!("/office/suspense/{item}")).into_response()),
            Err(AppError::BadInput(words) | AppError::Refused(words)) => {
                errors.add(field, crate::show::upper(&words))
            }
            Err(error) => return Err(error.into()),
        }
    }
    not_cancelled(&desk, item, Cancelling { back: text, why: form.why }, errors).await
}

/// The field of a return's reason.
fn field(back: &str) -> String {
    format!("why-{back}")
}
