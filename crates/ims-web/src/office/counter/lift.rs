//! Cash lifted from the drawer to the safe while the till is open.

use askama::Template;
use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use ims_app::AppError;

use super::{
    super::form_key, at, coins, session_of, take::is_taken_into, typed::Typed, was_sent_before,
};
use crate::{
    desk::{Desk, Sent},
    fault::Fault,
    form::{Errors, Input},
    page::{self, Page, Place},
    show,
};

#[derive(Template)]
#[template(path = "office/counter_lift.html")]
struct LiftPage {
    page: Page,
    errors: Errors,
    number: String,
    coins: Vec<Input>,
    bag: Input,
    csrf: String,
    key: String,
}

/// The form; from a till that takes no money of theirs nobody lifts any.
pub(super) async fn form(desk: Desk, Path(number): Path<String>) -> Result<Response, Fault> {
    let view = session_of(&desk, &number).await?;
    if !is_taken_into(&desk, &view) {
        return Ok(Redirect::to(&at(&number)).into_response());
    }
    Ok(shown(&desk, number, &Typed::default(), Errors::default()))
}

/// Lifts what was counted; the same form again lifts nothing more.
pub(super) async fn lift(Path(number): Path<String>, sent: Sent<Typed>) -> Result<Response, Fault> {
    let Sent { desk, form } = sent;
    let key = form_key::read(form.of("key"))?;
    let view = session_of(&desk, &number).await?;
    let mut errors = Errors::default();
    let mut typed = form.cleaned(&mut errors);
    let cash = coins::read(&typed, typed.of("bag"), &mut errors);
    if errors.is_empty() {
        match desk.books.lift_from_till(view.row.id, &cash, Some(&key)).await {
            Ok(_) => return Ok(Redirect::to(&at(&number)).into_response()),
            Err(AppError::BadInput(words)) => {
                let field = if words.contains("bag") { "bag" } else { "" };
                errors.add(field, show::upper(&words));
            }
            Err(AppError::Refused(words)) if was_sent_before(&words) => {
                typed = typed.under_new_key();
                let words = "This form was sent before, and what it lifted then stands: the till’s \
                             page lists it. Nothing was lifted now";
                errors.add("", words);
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(shown(&desk, number, &typed, errors))
}

fn shown(desk: &Desk, number: String, typed: &Typed, errors: Errors) -> Response {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let title = format!("Lift cash from {number}");
    let template = LiftPage {
        page: Page::of(desk, Some(Place::Counter), title).with_errors(!errors.is_empty()),
        coins: coins::fields(typed, &errors),
        bag: Input {
            hint: "If it goes to the safe in a bag".to_owned(),
            ..typed.input("bag", "Number on the bag (optional)", "govuk-input--width-10", &errors)
        },
        csrf: desk.session.csrf.clone(),
        key: form_key::kept(typed.of("key"), desk),
        number,
        errors,
    };
    page::html(status, &template)
}
