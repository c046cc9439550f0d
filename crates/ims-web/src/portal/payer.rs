//! Who pays, where a fund needs to know; and where the receipt is wanted by e-mail.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use ims_app::{BasketView, Payer};
use ims_ledger::{card_number, is_mail_address};
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
    mail: String,
}

/// The most characters of an address that is shown again.
const ADDRESS_LENGTH_MAX: usize = 300;

/// A field: its name, its label, what is said when it is empty, the most
/// characters, what browsers fill it in by, its width.
type Field = (&'static str, &'static str, Option<&'static str>, usize, &'static str, &'static str);

/// Where the receipt goes: a field of its own, which may stay empty.
const MAIL: &str = "mail";

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

    fn errors(&self, t: Language, basket: &BasketView) -> Errors {
        let mut errors = Errors::default();
        let fields = FIELDS.into_iter().filter(|_| basket.asks_payer);
        for ((id, label, empty, most, ..), text) in fields.zip(self.values()) {
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
        let mail = self.mail.trim();
        if basket.asks_mail && card_number::masked(mail).is_some() {
            errors.add(MAIL, t.say("why.card"));
        } else if basket.asks_mail && !mail.is_empty() && !is_mail_address(mail) {
            errors.add(MAIL, t.say("payer.mail.shape"));
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
    /// Why the name and the address are asked for, if they are.
    why: Option<&'static str>,
    fields: Vec<Input>,
    mail: Option<Input>,
}

fn page_of(visit: &Visit, basket: &BasketView, typed: &Typed, errors: Errors) -> PayerPage {
    let t = visit.language;
    let field = |((id, label, _, most, autocomplete, width), text): (Field, &str)| Input {
        id: id.into(),
        label: t.say(label).into(),
        value: text.chars().take(most.saturating_add(10)).collect(),
        error: errors.of(id),
        autocomplete,
        width,
        error_word: t.say("error"),
        ..Input::default()
    };
    let fields = FIELDS.into_iter().filter(|_| basket.asks_payer);
    let title = t.say(if basket.asks_payer { "payer.title" } else { "payer.mail.title" });
    PayerPage {
        page: visit.page(title, !errors.is_empty()),
        frame: visit.frame(),
        why: basket.asks_payer.then(|| t.say("payer.why")),
        fields: fields.zip(typed.values()).map(field).collect(),
        mail: basket.asks_mail.then(|| Input {
            id: MAIL.into(),
            label: t.say("payer.mail").into(),
            hint: t.say("payer.mail.hint").to_owned(),
            value: typed.mail.chars().take(ADDRESS_LENGTH_MAX).collect(),
            error: errors.of(MAIL),
            autocomplete: "email",
            kind: "email",
            error_word: t.say("error"),
            ..Input::default()
        }),
        errors,
    }
}

pub(super) async fn form(visit: Visit) -> Response {
    let basket = match visit.basket_of().await {
        Ok(basket) => basket,
        Err(error) => return Fault::from(error).into_response(),
    };
    if !basket.asks_payer && !basket.asks_mail {
        return visit.go_to("/basket");
    }
    let Payer { name, line1, line2, town, postcode } = basket.payer.clone().unwrap_or_default();
    let mail = basket.mail.clone().unwrap_or_default();
    let typed = Typed { name, line1, line2, town, postcode, mail };
    visit.html(StatusCode::OK, &page_of(&visit, &basket, &typed, Errors::default()))
}

pub(super) async fn keep(Filled { visit, form }: Filled<Typed>) -> Response {
    let basket = match visit.basket_of().await {
        Ok(basket) => basket,
        Err(error) => return Fault::from(error).into_response(),
    };
    let errors = form.errors(visit.language, &basket);
    if !errors.is_empty() {
        let page = page_of(&visit, &basket, &form, errors);
        return visit.html(StatusCode::UNPROCESSABLE_ENTITY, &page);
    }
    match kept(&visit, &basket, &form).await {
        Ok(()) => visit.go_to("/check"),
        Err(error) => Fault::from(error).into_response(),
    }
}

async fn kept(visit: &Visit, basket: &BasketView, form: &Typed) -> ims_app::Result<()> {
    if basket.asks_payer {
        let [name, line1, line2, town, postcode] = form.values().map(str::to_owned);
        let payer = Payer { name, line1, line2, town, postcode };
        visit.books.set_basket_payer(&visit.token, &payer).await?;
    }
    if basket.asks_mail {
        visit.books.set_basket_mail(&visit.token, &form.mail).await?;
    }
    Ok(())
}
