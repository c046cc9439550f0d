//! Who pays, where a fund needs to know.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use ims_app::Payer;
use ims_ledger::card_number;
use serde::Deserialize;

use super::{
    texts::Language,
    visit::{Filled, Frame, Visit},
};
use crate::{
    fault::Fault,
    form::{Errors, Input},
    page::Page,
};

/// As typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    name: String,
    line1: String,
    line2: String,
    town: String,
    postcode: String,
}

/// A field: its name, its label, what is said when it is empty, the most
/// characters, what browsers fill it in by, its width.
type Field = (&'static str, &'static str, Option<&'static str>, usize, &'static str, &'static str);

const FIELDS: [Field; 5] = [
    ("name", "payer.name", Some("payer.name.enter"), 50, "name", "govuk-input--width-20"),
    ("line1", "payer.line1", Some("payer.line1.enter"), 50, "address-line1", ""),
    ("line2", "payer.line2", None, 50, "address-line2", ""),
    ("town", "payer.town", Some("payer.town.enter"), 50, "address-level2", "govuk-input--width-20"),
    (
        "postcode",
        "payer.postcode",
        Some("payer.postcode.enter"),
        10,
        "postal-code",
        "govuk-input--width-10",
    ),
];

impl Typed {
    fn values(&self) -> [&str; 5] {
        [&self.name, &self.line1, &self.line2, &self.town, &self.postcode].map(|text| text.trim())
    }

    fn errors(&self, t: Language) -> Errors {
        let mut errors = Errors::default();
        for ((id, label, empty, most, ..), text) in FIELDS.into_iter().zip(self.values()) {
            let label = t.say(label);
            match empty {
                Some(words) if text.is_empty() => errors.add(id, t.say(words)),
                _ if text.chars().count() > most => {
                    let most = most.to_string();
                    errors.add(id, t.with("payer.long", &[("name", label), ("most", &most)]));
                }
                _ if card_number::masked(text).is_some() => errors.add(id, t.say("why.card")),
                _ if text.contains(char::is_control) => {
                    errors.add(id, t.with("payer.control", &[("name", label)]));
                }
                _ if !text.is_empty() && !text.chars().any(char::is_alphabetic) => {
                    errors.add(id, t.with("payer.letter", &[("name", label)]));
                }
                _ => {}
            }
        }
        errors
    }
}

#[derive(Template)]
#[template(path = "portal/payer.html")]
struct PayerPage {
    page: Page,
    frame: Frame,
    errors: Errors,
    fields: Vec<Input>,
}

fn page_of(visit: &Visit, typed: &Typed, errors: Errors) -> PayerPage {
    let t = visit.language;
    let field = |((id, label, _, most, autocomplete, width), text): (Field, &str)| Input {
        id,
        label: t.say(label).into(),
        value: text.chars().take(most.saturating_add(10)).collect(),
        error: errors.of(id),
        autocomplete,
        width,
        error_word: t.say("error"),
        ..Input::default()
    };
    PayerPage {
        page: visit.page(t.say("payer.title"), !errors.is_empty()),
        frame: visit.frame(),
        fields: FIELDS.into_iter().zip(typed.values()).map(field).collect(),
        errors,
    }
}

pub(super) async fn form(visit: Visit) -> Response {
    let basket = match visit.basket_of().await {
        Ok(basket) => basket,
        Err(error) => return Fault::from(error).into_response(),
    };
    if !basket.asks_payer {
        return visit.go_to("/basket");
    }
    let Payer { name, line1, line2, town, postcode } = basket.payer.unwrap_or_default();
    let typed = Typed { name, line1, line2, town, postcode };
    visit.html(StatusCode::OK, &page_of(&visit, &typed, Errors::default()))
}

pub(super) async fn keep(Filled { visit, form }: Filled<Typed>) -> Response {
    let errors = form.errors(visit.language);
    if !errors.is_empty() {
        let page = page_of(&visit, &form, errors);
        return visit.html(StatusCode::UNPROCESSABLE_ENTITY, &page);
    }
    let [name, line1, line2, town, postcode] = form.values().map(str::to_owned);
    let payer = Payer { name, line1, line2, town, postcode };
    match visit.books.set_basket_payer(&visit.token, &payer).await {
        Ok(_) => visit.go_to("/check"),
        Err(error) => Fault::from(error).into_response(),
    }
}
