//! A payment link: what the council asks for, and into the basket with it.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use ims_app::{BasketLine, LinkState, LinkView, NotTakenUp, Unpayable};
use ims_ledger::PortalItem;
use ims_money::Pence;

use super::{
    basket::{Line, lines},
    texts::Said,
    told,
    visit::{Filled, Frame, Visit},
    why,
};
use crate::{
    fault::Fault,
    form::{Errors, FIELD_LENGTH_MAX, Input, amount_of},
    page::Page,
};

/// The fields of the lines whose amount the payer says, by the line's place.
const AMOUNTS: [&str; 10] = [
    "amount-1",
    "amount-2",
    "amount-3",
    "amount-4",
    "amount-5",
    "amount-6",
    "amount-7",
    "amount-8",
    "amount-9",
    "amount-10",
];

/// What is typed into them, by their names.
type Typed = BTreeMap<String, String>;

#[derive(Template)]
#[template(path = "portal/link.html")]
struct Asked {
    page: Page,
    frame: Frame,
    errors: Errors,
    action: String,
    label: Said,
    lines: Vec<(Line, Option<Input>)>,
    until: String,
    is_under_way: bool,
}

/// A link that cannot be paid, and what can be done instead.
#[derive(Template)]
#[template(path = "portal/link_over.html")]
struct Over {
    page: Page,
    frame: Frame,
    words: String,
    help: Said,
}

pub(super) async fn show(visit: Visit, Path(link): Path<String>) -> Response {
    match shown(&visit, &link).await {
        Ok(response) => response,
        Err(fault) => fault.into_response(),
    }
}

async fn shown(visit: &Visit, token: &str) -> Result<Response, Fault> {
    let Some(view) = visit.books.followed_link(token).await? else { return Ok(unknown(visit)) };
    if view.state != LinkState::Open {
        return Ok(over(visit, &view));
    }
    let page = asked(visit, token, &view, &Typed::default(), Errors::default());
    Ok(visit.html(StatusCode::OK, &page))
}

/// Its lines into the basket. What the link itself says is not asked of the form.
pub(super) async fn take_up(
    Path(link): Path<String>,
    Filled { visit, form }: Filled<Typed>,
) -> Response {
    match taken_up(&visit, &link, &form).await {
        Ok(response) => response,
        Err(fault) => fault.into_response(),
    }
}

async fn taken_up(visit: &Visit, token: &str, typed: &Typed) -> Result<Response, Fault> {
    let Some(view) = visit.books.followed_link(token).await? else { return Ok(unknown(visit)) };
    if view.state != LinkState::Open {
        return Ok(over(visit, &view));
    }
    let mut errors = Errors::default();
    let mut amounts: Vec<Option<Pence>> = Vec::new();
    for (line, field) in view.lines.iter().zip(AMOUNTS) {
        let text = typed.get(field).map_or("", String::as_str);
        amounts.push(match (line.amount, amount_of(text)) {
            (Some(amount), _) | (None, Ok(amount)) => Some(amount),
            (None, Err(bad)) => {
                errors.add(field, why::no_amount(visit.language, text, bad));
                None
            }
        });
    }
    let refused = match errors.is_empty() {
        false => None,
        true => match visit.books.take_up_link(&visit.token, token, &amounts).await? {
            Ok(_) => return Ok(visit.go_to("/basket")),
            Err(why) => Some(why),
        },
    };
    match refused {
        Some(NotTakenUp::Line(at, why)) => {
            let (field, words) = not_payable(visit, &view, at, &why);
            errors.add(field, words);
        }
        // It was paid, or taken back, a moment ago.
        Some(_) => return shown(visit, token).await,
        None => {}
    }
    let page = asked(visit, token, &view, typed, errors);
    Ok(visit.html(StatusCode::UNPROCESSABLE_ENTITY, &page))
}

/// Which field it is about, and what is said of it: of a line that has no field,
/// at the head of the page.
fn not_payable(
    visit: &Visit,
    view: &LinkView,
    at: usize,
    why: &Unpayable,
) -> (&'static str, String) {
    let t = visit.language;
    let line = view.lines.get(at);
    let Some(item) = line.and_then(|line| visit.council.portal.item(&line.fund)) else {
        return ("", t.say("why.not_offered").to_owned());
    };
    let (field, words) = why::not_payable(t, &visit.council, item, why);
    let is_asked = field == "amount" && line.is_some_and(|line| line.amount.is_none());
    let field = AMOUNTS.get(at).copied().filter(|_| is_asked).unwrap_or_default();
    (field, words)
}

/// This council made no such address; somebody may be guessing.
fn unknown(visit: &Visit) -> Response {
    if let Err(words) = visit.try_once() {
        return told::often(visit, words);
    }
    let words = visit.language.say("link.unknown").to_owned();
    said(visit, StatusCode::NOT_FOUND, "link.unknown.title", words)
}

fn over(visit: &Visit, view: &LinkView) -> Response {
    let t = visit.language;
    let until = t.day(view.until);
    let paid = view.paid_on.map(|day| t.day(day)).unwrap_or_default();
    let (title, words) = match view.state {
        LinkState::Paid => ("link.paid.title", t.with("link.paid", &[("day", &paid)])),
        LinkState::Expired => ("link.expired.title", t.with("link.expired", &[("day", &until)])),
        LinkState::Withdrawn | LinkState::Open => {
            ("link.withdrawn.title", t.say("link.withdrawn").to_owned())
        }
    };
    said(visit, StatusCode::GONE, title, words)
}

fn said(visit: &Visit, status: StatusCode, title: &'static str, words: String) -> Response {
    let page = visit.page(visit.language.say(title), false);
    let help = visit.words(&visit.council.portal.help);
    visit.html(status, &Over { page, frame: visit.frame(), words, help })
}

fn asked(visit: &Visit, token: &str, view: &LinkView, typed: &Typed, errors: Errors) -> Asked {
    let (t, frame) = (visit.language, visit.frame());
    let as_basket = view.lines.iter().map(|line| BasketLine {
        fund: line.fund.clone(),
        reference: line.reference.clone(),
        amount: line.amount.unwrap_or_default(),
    });
    let fields = view.lines.iter().zip(AMOUNTS).map(|(line, id)| {
        let item = visit.council.portal.item(&line.fund);
        line.amount.is_none().then(|| field(visit, id, item, typed, &errors))
    });
    let lines = lines(visit, as_basket).into_iter().zip(fields);
    let lines = lines.map(|(line, field)| match &field {
        None => (line, field),
        Some(_) => (Line { amount: t.say("link.amount.open").to_owned(), ..line }, field),
    });
    Asked {
        page: visit.page(t.say("link.title"), !errors.is_empty()),
        action: frame.at(&format!("/link/{token}")),
        label: t.english(&view.label),
        lines: lines.collect(),
        until: t.with("link.until", &[("day", &t.day(view.until))]),
        is_under_way: view.under_way > 0 && view.uses == ims_app::LinkUses::Once,
        frame,
        errors,
    }
}

fn field(
    visit: &Visit,
    id: &'static str,
    item: Option<&PortalItem>,
    typed: &Typed,
    errors: &Errors,
) -> Input {
    let t = visit.language;
    let what = item.map(|item| visit.words(&item.label).inside()).unwrap_or_default();
    let value = typed.get(id).map(String::as_str).unwrap_or_default();
    Input {
        id: id.into(),
        label: t.with("link.amount", &[("what", &what)]).into(),
        hint: t.say("add.amount.hint").to_owned(),
        value: value.chars().take(FIELD_LENGTH_MAX).collect(),
        error: errors.of(id),
        width: "govuk-input--width-10",
        is_money: true,
        error_word: t.say("error"),
        ..Input::default()
    }
}
