//! "Have you had my money?"

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use ims_app::MoneyReceived;
use ims_ledger::ReceiptNumber;
use serde::Deserialize;

use super::visit::{Filled, Frame, Visit};
use crate::{
    fault::Fault,
    form::{Errors, FIELD_LENGTH_MAX, Input},
    page::Page,
};

/// A number as they look, which nobody has: it is made of noughts.
const EXAMPLE: ReceiptNumber = ReceiptNumber::from_random(0x0123_4567_89AB_CDEF);

#[derive(Debug, Default, Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    number: String,
}

#[derive(Template)]
#[template(path = "portal/received.html")]
struct Received {
    page: Page,
    frame: Frame,
    errors: Errors,
    number: Input,
    answer: Option<String>,
}

fn page_of(visit: &Visit, typed: &Typed, answer: Option<String>, errors: Errors) -> Received {
    let t = visit.language;
    Received {
        page: visit.page(t.say("received.title"), !errors.is_empty()),
        frame: visit.frame(),
        number: Input {
            id: "number".into(),
            label: t.say("received.number").into(),
            hint: t.with("received.hint", &[("example", &EXAMPLE.to_string())]),
            value: typed.number.chars().take(FIELD_LENGTH_MAX).collect(),
            error: errors.of("number"),
            width: "govuk-input--width-20",
            autocomplete: "off",
            error_word: t.say("error"),
            ..Input::default()
        },
        errors,
        answer,
    }
}

pub(super) async fn form(visit: Visit) -> Response {
    visit.html(StatusCode::OK, &page_of(&visit, &Typed::default(), None, Errors::default()))
}

/// A number is sent as a form, so that it stands in no address and no log.
pub(super) async fn find(Filled { visit, form }: Filled<Typed>) -> Response {
    let t = visit.language;
    let wrong = match form.number.trim() {
        "" => Some("received.enter"),
        text if text.parse::<ReceiptNumber>().is_err() => Some("received.bad"),
        _ => None,
    };
    if let Some(key) = wrong {
        let mut errors = Errors::default();
        errors.add("number", t.say(key));
        let page = page_of(&visit, &form, None, errors);
        return visit.html(StatusCode::UNPROCESSABLE_ENTITY, &page);
    }
    if let Err(words) = visit.try_looking() {
        return super::told::often(&visit, words);
    }
    let received = visit.books.money_received(&form.number).await;
    if received.as_ref().is_ok_and(|received| *received != MoneyReceived::Unknown) {
        visit.found();
    }
    let answer = match received {
        Ok(MoneyReceived::On(day)) => t.with("received.yes", &[("day", &t.day(day))]),
        Ok(MoneyReceived::UnderWay) => t.say("received.under_way").to_owned(),
        Ok(MoneyReceived::NotPaid) => t.say("received.not_paid").to_owned(),
        Ok(MoneyReceived::Unknown) => t.say("received.unknown").to_owned(),
        Err(error) => return Fault::from(error).into_response(),
    };
    let page = page_of(&visit, &form, Some(answer), Errors::default());
    visit.html(StatusCode::OK, &page)
}
