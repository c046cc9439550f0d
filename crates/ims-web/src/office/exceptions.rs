//! What a payment provider said that cannot be: listed until a person looked into it.

use askama::Template;
use axum::{
    extract::{Path, Query},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use ims_app::{AppError, PaymentExceptionRow, Permission};
use ims_ledger::id::ExceptionId;
use serde::Deserialize;

use super::{ROWS, id, one_page, place};
use crate::{
    desk::{Desk, Sent},
    fault::Fault,
    form::{Errors, Further, NOTE_LENGTH_MAX, address},
    page::{self, Page, Place},
};

const LIST: &str = "/office/exceptions";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    after: String,
}

#[derive(Template)]
#[template(path = "office/exceptions.html")]
struct ExceptionsPage {
    page: Page,
    errors: Errors,
    rows: Vec<PaymentExceptionRow>,
    /// The row whose form was sent, and what it said.
    sent: Option<(ExceptionId, String)>,
    /// What a form carries; none for whoever may not end one.
    csrf: Option<String>,
    after: String,
    further: Further,
}

impl ExceptionsPage {
    fn why(&self, id: &ExceptionId) -> &str {
        self.sent.as_ref().filter(|(of, _)| of == id).map_or("", |(_, why)| why)
    }

    fn error(&self, id: &ExceptionId) -> Option<String> {
        self.errors.of(&field(*id))
    }
}

/// A row's form as it is sent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Ending {
    why: String,
    after: String,
    /// `suspense`, where its money is to go there.
    money: String,
}

/// One page of the list, the oldest first.
pub(super) async fn list(desk: Desk, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    shown(&desk, asked.after, None, Errors::default()).await
}

/// Takes one off the list, with a reason; its money goes into suspense if that is said.
pub(super) async fn end(Path(text): Path<String>, sent: Sent<Ending>) -> Result<Response, Fault> {
    let Sent { desk, form } = sent;
    let id: ExceptionId = id(&text, "payment exception")?;
    let mut errors = Errors::default();
    if form.why.chars().count() > NOTE_LENGTH_MAX {
        errors.add(field(id), format!("Reason must be {NOTE_LENGTH_MAX} characters or fewer"));
    } else {
        let to = if form.money == "suspense" {
            let booked = desk.books.book_payment_exception(id, &form.why).await;
            booked.map(|item| format!("/office/suspense/{item}"))
        } else {
            let ended = desk.books.end_payment_exception(id, &form.why).await;
            ended.map(|()| address(LIST, &[("after", &form.after)]))
        };
        match to {
            Ok(to) => return Ok(Redirect::to(&to).into_response()),
            Err(AppError::BadInput(words) | AppError::Refused(words)) => {
                errors.add(field(id), crate::show::upper(&words))
            }
            Err(error) => return Err(error.into()),
        }
    }
    shown(&desk, form.after, Some((id, form.why)), errors).await
}

async fn shown(
    desk: &Desk,
    after: String,
    sent: Option<(ExceptionId, String)>,
    errors: Errors,
) -> Result<Response, Fault> {
    let from = place::<ExceptionId>(&after)?;
    let found = desk.books.payment_exceptions(from, ROWS.saturating_add(1)).await?;
    let (rows, has_more) = one_page(found);
    let last = rows.last().filter(|_| has_more).map(|row| row.id.to_string());
    let further = Further {
        first: from.map(|_| LIST.to_owned()),
        next: last.map(|last| address(LIST, &[("after", &last)])),
    };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let may_end = desk.may(Permission::AllocateSuspense);
    let template = ExceptionsPage {
        page: Page::of(desk, Some(Place::Suspense), "Payments to look into")
            .with_errors(!errors.is_empty()),
        errors,
        rows,
        sent,
        csrf: may_end.then(|| desk.session.csrf.clone()),
        after,
        further,
    };
    Ok(page::html(status, &template))
}

/// The field of a row's reason.
fn field(id: ExceptionId) -> String {
    format!("why-{id}")
}

/// What a kind of exception is, for who reads it.
fn words(kind: &str) -> &'static str {
    match kind {
        "unknown" => "Not known here",
        "another" => "Another payment than ours",
        "twice" => "Paid twice",
        "amount" => "Another amount than was asked for",
        "currency" => "Another currency than pounds",
        "order" => "Another order than was asked about",
        "out-of-turn" => "Says otherwise than before",
        "unreadable" => "Does not read, or says too little",
        _ => "To be looked into",
    }
}
