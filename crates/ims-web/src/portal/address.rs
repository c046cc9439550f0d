//! A payer's address, found by its postcode: a step before who pays is asked. Whatever
//! goes wrong, the next page has the fields to type it into.
//!
//! A postcode is sent as a form, so that it stands in no address of a page and no log.
//! What was found is kept nowhere: the address that is chosen comes with the form, and
//! its owner may change it before it is kept.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use ims_app::{AddressesFound, BasketView, PostalAddress};
use ims_ledger::{BadPostcode, Postcode, card_number};
use serde::Deserialize;

use super::{
    payer,
    texts::Language,
    visit::{Filled, Frame, Visit},
};
use crate::{
    fault::Fault,
    form::{Errors, FIELD_LENGTH_MAX, Input},
    page::Page,
};

/// The field of the postcode.
const POSTCODE: &str = "postcode";

/// The field of the address.
const ADDRESS: &str = "address";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    postcode: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Chosen {
    postcode: String,
    address: String,
}

#[derive(Template)]
#[template(path = "portal/postcode.html")]
struct PostcodePage {
    page: Page,
    frame: Frame,
    errors: Errors,
    postcode: Input,
}

#[derive(Template)]
#[template(path = "portal/addresses.html")]
struct AddressesPage {
    page: Page,
    frame: Frame,
    errors: Errors,
    error: Option<String>,
    postcode: String,
    /// How many there are.
    count: String,
    /// What is sent of each, and what is read.
    choices: Vec<(String, String)>,
}

/// Asks for the postcode, of whoever has to say who they are.
pub(super) async fn form(visit: Visit) -> Response {
    match visit.basket_of().await {
        Ok(basket) if is_asked(&visit, &basket) => asking(&visit, "", Errors::default()),
        Ok(_) => visit.go_to("/your-details"),
        Err(error) => Fault::from(error).into_response(),
    }
}

/// Whether an address is needed here, and can be looked up.
pub(super) fn is_asked(visit: &Visit, basket: &BasketView) -> bool {
    basket.asks_payer && visit.finds_addresses()
}

/// The page that asks for the postcode.
pub(super) fn asking(visit: &Visit, typed: &str, errors: Errors) -> Response {
    let t = visit.language;
    let page = PostcodePage {
        page: visit.page(t.say("address.title"), !errors.is_empty()),
        frame: visit.frame(),
        postcode: Input {
            id: POSTCODE.into(),
            label: t.say("payer.postcode").into(),
            hint: t.say("address.hint").to_owned(),
            value: typed.chars().take(FIELD_LENGTH_MAX).collect(),
            error: errors.of(POSTCODE),
            width: "govuk-input--width-10",
            autocomplete: "postal-code",
            error_word: t.say("error"),
            ..Input::default()
        },
        errors,
    };
    let is_fine = page.errors.is_empty();
    let status = if is_fine { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    visit.html(status, &page)
}

/// Looks a postcode up: the addresses to choose from.
pub(super) async fn find(Filled { visit, form }: Filled<Asked>) -> Response {
    answered(&visit, &form.postcode, false).await.unwrap_or_else(Fault::into_response)
}

/// Takes the address that was chosen to the page that asks who pays.
pub(super) async fn choose(Filled { visit, form }: Filled<Chosen>) -> Response {
    chosen(&visit, &form).await.unwrap_or_else(Fault::into_response)
}

async fn chosen(visit: &Visit, form: &Chosen) -> Result<Response, Fault> {
    let Ok([line1, line2, town, postcode]) = serde_json::from_str::<[String; 4]>(&form.address)
    else {
        return answered(visit, &form.postcode, true).await;
    };
    let basket = visit.basket_of().await?;
    if !basket.asks_payer {
        return Ok(visit.go_to("/your-details"));
    }
    let address = PostalAddress { line1, line2, town, postcode };
    Ok(payer::with_address(visit, &basket, address))
}

/// What a postcode leads to; `is_again` when nothing was chosen of its addresses.
async fn answered(visit: &Visit, typed: &str, is_again: bool) -> Result<Response, Fault> {
    let t = visit.language;
    let basket = visit.basket_of().await?;
    if !is_asked(visit, &basket) {
        return Ok(visit.go_to("/your-details"));
    }
    let postcode = match read(t, typed) {
        Ok(postcode) => postcode,
        Err(words) => return Ok(asking(visit, typed, wrong(POSTCODE, words))),
    };
    let by_hand = |status, words| {
        let postcode = postcode.as_str().to_owned();
        payer::by_hand_instead(visit, &basket, postcode, (status, words))
    };
    if let Err(words) = visit.try_finding() {
        let words = format!("{words}. {}", t.say("address.instead"));
        return Ok(by_hand(StatusCode::TOO_MANY_REQUESTS, words));
    }
    Ok(match visit.books.find_addresses(&postcode).await? {
        AddressesFound::Listed(found) => choosing(visit, &postcode, &found, is_again),
        AddressesFound::Nobody => {
            let words = t.with("address.nobody", &[("postcode", postcode.as_str())]);
            asking(visit, typed, wrong(POSTCODE, words))
        }
        AddressesFound::Away => by_hand(StatusCode::OK, t.say("address.away").to_owned()),
    })
}

fn read(t: Language, typed: &str) -> Result<Postcode, String> {
    if card_number::masked(typed).is_some() {
        return Err(t.say("why.card").to_owned());
    }
    let key = |bad| match bad {
        BadPostcode::Empty => "payer.postcode.enter",
        BadPostcode::Half => "address.half",
        BadPostcode::Shape => "address.shape",
    };
    typed.parse().map_err(|bad| t.say(key(bad)).to_owned())
}

fn wrong(field: &'static str, words: String) -> Errors {
    let mut errors = Errors::default();
    errors.add(field, words);
    errors
}

/// The page of the addresses of a postcode.
fn choosing(
    visit: &Visit,
    postcode: &Postcode,
    found: &[PostalAddress],
    is_again: bool,
) -> Response {
    let t = visit.language;
    let choice = |address: &PostalAddress| {
        let PostalAddress { line1, line2, town, postcode } = address;
        let words = [line1, line2, town].into_iter().filter(|line| !line.is_empty());
        let words: Vec<_> = words.map(String::as_str).collect();
        (serde_json::json!([line1, line2, town, postcode]).to_string(), words.join(", "))
    };
    let errors = match is_again {
        true => wrong(ADDRESS, t.say("address.choose.enter").to_owned()),
        false => Errors::default(),
    };
    let page = AddressesPage {
        page: visit.page(t.say("address.choose"), is_again),
        frame: visit.frame(),
        error: errors.of(ADDRESS),
        errors,
        postcode: postcode.as_str().to_owned(),
        count: t.many("address.found.one", "address.found.many", found.len()),
        choices: found.iter().map(choice).collect(),
    };
    let status = if is_again { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    visit.html(status, &page)
}
