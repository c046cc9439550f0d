//! The page where a payer enters a card, plain and accessible.

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Path, State},
    http::{Response, StatusCode},
    routing::get,
};
use ims_pay::form;
use serde_json::Value;

use super::{Shared, post};

type Answer = Response<Body>;

pub(super) fn routes(shared: Shared) -> Router {
    Router::new().route("/card/{id}", get(show).post(entered)).with_state(shared)
}

fn page(status: StatusCode, title: &str, inside: &str) -> Answer {
    let html = format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title} - a stub of GOV.UK Pay</title></head>\
         <body><main><h1>{title}</h1>{inside}</main></body></html>"
    );
    let answer =
        Response::builder().status(status).header("content-type", "text/html; charset=utf-8");
    answer.body(Body::from(html)).expect("a response")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

/// The form, with an error if there was one.
fn card(shared: &Shared, id: &str, error: Option<&str>) -> Answer {
    let books = shared.books();
    let Some(payment) = books.find(id) else {
        return page(StatusCode::NOT_FOUND, "Page not found", "");
    };
    if !matches!(payment.status, "created" | "started") {
        let back = payment.asked.get("return_url").and_then(Value::as_str).unwrap_or_default();
        let back =
            format!("<p><a href=\"{}\">Go back to try the payment again</a></p>", escaped(back));
        return page(StatusCode::OK, "This payment is over", &back);
    }
    let description = payment.asked.get("description").and_then(Value::as_str).unwrap_or_default();
    let (pounds, pence) = (payment.amount / 100, payment.amount % 100);
    let wrong = error.map(|error| {
        format!("<p role=\"alert\" id=\"wrong\"><a href=\"#card-no\">{}</a></p>", escaped(error))
    });
    let field = |name: &str, label: &str, complete: &str| {
        format!(
            "<p><label for=\"{name}\">{label}</label><br>\
             <input id=\"{name}\" name=\"{name}\" autocomplete=\"{complete}\"></p>"
        )
    };
    let inside = format!(
        "{wrong}<p>{description}</p><p>Total amount: <strong id=\"amount\">£{pounds}.{pence:02}</strong></p>\
         <form method=\"post\" novalidate>{number}{expiry}{name}{cvc}\
         <p><button type=\"submit\" name=\"action\" value=\"pay\" id=\"confirm\">Confirm payment</button></p>\
         <p><button type=\"submit\" name=\"action\" value=\"cancel\" id=\"cancel-payment\">Cancel payment</button></p>\
         </form>",
        wrong = wrong.unwrap_or_default(),
        description = escaped(description),
        number = field("card-no", "Card number", "cc-number"),
        expiry = field("expiry", "Expiry date, for example 12/30", "cc-exp"),
        name = field("cardholder-name", "Name on card", "cc-name"),
        cvc = field("cvc", "Card security code", "cc-csc"),
    );
    page(StatusCode::OK, "Enter card details", &inside)
}

async fn show(State(shared): State<Shared>, Path(id): Path<String>) -> Answer {
    shared.books().open(&id);
    card(&shared, &id, None)
}

async fn entered(State(shared): State<Shared>, Path(id): Path<String>, body: Bytes) -> Answer {
    let pairs = std::str::from_utf8(&body).ok().and_then(form::decode).unwrap_or_default();
    let done = {
        let mut books = shared.books();
        match form::only(&pairs, "action") {
            Some("cancel") => books.end(&id, "P0030"),
            _ => books.pay(&id, form::only(&pairs, "card-no").unwrap_or_default()),
        }
    };
    post::send(&shared);
    if let Err((status, _, words)) = done {
        return card(&shared, &id, (status == 422).then_some(words));
    }
    let books = shared.books();
    let back = books.find(&id).and_then(|one| one.asked.get("return_url"));
    let back = back.and_then(Value::as_str).unwrap_or("/");
    let answer = Response::builder().status(StatusCode::SEE_OTHER).header("location", back);
    answer.body(Body::empty()).expect("a response")
}
