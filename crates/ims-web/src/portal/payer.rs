//! Who pays, where a fund needs to know; and where the receipt is wanted by e-mail.
//! Where addresses can be looked up, that comes first.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use ims_app::{BasketView, Payer, PostalAddress};
use ims_ledger::{card_number, is_mail_address};
use serde::Deserialize;

use super::{
    address,
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

/// The most characters of a text that is shown again.
const SHOWN_LENGTH_MAX: usize = 300;

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
    /// What was said before.
    fn of(basket: &BasketView) -> Self {
        let Payer { name, line1, line2, town, postcode } = basket.payer.clone().unwrap_or_default();
        let mail = basket.mail.clone().unwrap_or_default();
        Self { name, line1, line2, town, postcode, mail }
    }

    fn values(&self) -> [&str; 5] {
        [&self.name, &self.line1, &self.line2, &self.town, &self.postcode].map(|text| text.trim())
    }

    /// What is too long of an address that somebody else wrote.
    fn too_long(&self, t: Language) -> Errors {
        let mut errors = Errors::default();
        for ((id, label, _, most, ..), text) in FIELDS.into_iter().zip(self.values()) {
            if text.chars().count() > most {
                errors.add(id, too_long(t, label, most));
            }
        }
        errors
    }

    fn errors(&self, t: Language, basket: &BasketView) -> Errors {
        let mut errors = Errors::default();
        let fields = FIELDS.into_iter().filter(|_| basket.asks_payer);
        for ((id, label, empty, most, ..), text) in fields.zip(self.values()) {
            match empty {
                Some(words) if text.is_empty() => errors.add(id, t.say(words)),
                _ if text.chars().count() > most => errors.add(id, too_long(t, label, most)),
                _ if card_number::masked(text).is_some() => errors.add(id, t.say("why.card")),
                _ if text.contains(char::is_control) => {
                    errors.add(id, t.with("payer.control", &[("name", t.say(label))]));
                }
                _ if !text.is_empty() && !text.chars().any(char::is_alphabetic) => {
                    errors.add(id, t.with("payer.letter", &[("name", t.say(label))]));
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

fn too_long(t: Language, label: &'static str, most: usize) -> String {
    t.with("payer.long", &[("name", t.say(label)), ("most", &most.to_string())])
}

#[derive(Template)]
#[template(path = "portal/payer.html")]
struct PayerPage {
    page: Page,
    frame: Frame,
    errors: Errors,
    /// Why the address is to be typed, where it could not be looked up.
    notice: Option<String>,
    /// Whether it can be looked up.
    finds: bool,
    /// Why the name and the address are asked for, if they are.
    why: Option<&'static str>,
    fields: Vec<Input>,
    mail: Option<Input>,
}

fn page_of(visit: &Visit, basket: &BasketView, typed: &Typed, errors: Errors) -> PayerPage {
    let t = visit.language;
    let field = |((id, label, _, _, autocomplete, width), text): (Field, &str)| Input {
        id: id.into(),
        label: t.say(label).into(),
        value: text.chars().take(SHOWN_LENGTH_MAX).collect(),
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
        notice: None,
        finds: address::is_asked(visit, basket),
        why: basket.asks_payer.then(|| t.say("payer.why")),
        fields: fields.zip(typed.values()).map(field).collect(),
        mail: basket.asks_mail.then(|| Input {
            id: MAIL.into(),
            label: t.say("payer.mail").into(),
            hint: t.say("payer.mail.hint").to_owned(),
            value: typed.mail.chars().take(SHOWN_LENGTH_MAX).collect(),
            error: errors.of(MAIL),
            autocomplete: "email",
            kind: "email",
            error_word: t.say("error"),
            ..Input::default()
        }),
        errors,
    }
}

/// Asks who pays; for the postcode first, where addresses are looked up and none was said.
pub(super) async fn form(visit: Visit) -> Response {
    match visit.basket_of().await {
        Ok(basket) if basket.payer.is_none() && address::is_asked(&visit, &basket) => {
            address::asking(&visit, "", Errors::default())
        }
        Ok(basket) => shown(&visit, &basket),
        Err(error) => Fault::from(error).into_response(),
    }
}

/// The same, of whoever types the address.
pub(super) async fn by_hand(visit: Visit) -> Response {
    match visit.basket_of().await {
        Ok(basket) => shown(&visit, &basket),
        Err(error) => Fault::from(error).into_response(),
    }
}

fn shown(visit: &Visit, basket: &BasketView) -> Response {
    if !basket.asks_payer && !basket.asks_mail {
        return visit.go_to("/basket");
    }
    let page = page_of(visit, basket, &Typed::of(basket), Errors::default());
    visit.html(StatusCode::OK, &page)
}

/// The page with an address that was found, for its owner to add who they are and to
/// change what is not so.
pub(super) fn with_address(visit: &Visit, basket: &BasketView, found: PostalAddress) -> Response {
    let PostalAddress { line1, line2, town, postcode } = found;
    let typed = Typed { line1, line2, town, postcode, ..Typed::of(basket) };
    let page = page_of(visit, basket, &typed, typed.too_long(visit.language));
    visit.html(StatusCode::OK, &page)
}

/// The page with a postcode whose addresses could not be had, and the words why.
pub(super) fn by_hand_instead(
    visit: &Visit,
    basket: &BasketView,
    postcode: String,
    (status, words): (StatusCode, String),
) -> Response {
    let typed = Typed { postcode, ..Typed::of(basket) };
    let page = page_of(visit, basket, &typed, Errors::default());
    visit.html(status, &PayerPage { notice: Some(words), ..page })
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
