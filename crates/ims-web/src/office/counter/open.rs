use askama::Template;
use axum::{
    extract::Query,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use ims_app::{AppError, NewTillSession, Permission, TillSessionRow, TillStatus};
use serde::Deserialize;

use super::{super::form_key, at, coins, stands, typed::Typed, was_sent_before};
use crate::{
    desk::{Desk, Sent},
    fault::Fault,
    form::{CHOOSE, Errors, Further, Input, Select, address},
    office::{ROWS, one_page, place},
    page::{self, Page, Place},
};

#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    before: String,
}

#[derive(Template)]
#[template(path = "office/counter.html")]
struct CounterPage {
    page: Page,
    errors: Errors,
    /// What the form opened when it was sent before.
    opened: Option<TillSessionRow>,
    form: Option<OpenForm>,
    sessions: Vec<TillSessionRow>,
    further: Further,
}

struct OpenForm {
    till: Select,
    coins: Vec<Input>,
    csrf: String,
    key: String,
}

impl CounterPage {
    fn stands(&self, row: &TillSessionRow) -> &'static str {
        TillStatus::named(&row.status).map_or("", stands)
    }
}

/// The cashier's open till; or, when they have none, one to open.
pub(super) async fn show(desk: Desk, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let (books, who) = (&desk.books, desk.books.actor().name());
    let own = books.till_sessions(Some(TillStatus::Open), Some(who), None, 1).await?;
    match own.first().filter(|_| asked.before.is_empty()) {
        Some(own) => Ok(Redirect::to(&at(&format!("T{}", own.number))).into_response()),
        None => {
            let before = place(&asked.before)?;
            shown(&desk, &Typed::default(), Errors::default(), before, None).await
        }
    }
}

/// Opens a till with the float that was counted into it; the same form again opens
/// nothing more.
pub(super) async fn open(sent: Sent<Typed>) -> Result<Response, Fault> {
    let Sent { desk, form } = sent;
    let key = form_key::read(form.of("key"))?;
    let mut errors = Errors::default();
    let typed = form.cleaned(&mut errors);
    let float = coins::read(&typed, "", &mut errors);
    let till = typed.of("till").to_owned();
    if till.is_empty() {
        errors.add("till", "Choose the till");
    }
    if errors.is_empty() {
        let new = NewTillSession { till, float, key: Some(key.clone()) };
        match desk.books.open_till(&new).await {
            Ok(opened) => return Ok(Redirect::to(&at(&opened.number)).into_response()),
            Err(AppError::Refused(words)) if was_sent_before(&words) => {
                return sent_before(&desk, typed, &key).await;
            }
            Err(AppError::BadInput(words) | AppError::Refused(words)) => {
                errors.add("till", crate::show::upper(&words));
            }
            Err(error) => return Err(error.into()),
        }
    }
    shown(&desk, &typed, errors, None, None).await
}

/// The form again under another key, with the till that it opened when it was sent
/// before.
async fn sent_before(desk: &Desk, typed: Typed, key: &str) -> Result<Response, Fault> {
    let who = desk.books.actor().name();
    let own = desk.books.till_sessions(None, Some(who), None, ROWS).await?;
    let opened = own.into_iter().find(|row| row.key.as_deref() == Some(key));
    let mut errors = Errors::default();
    let words = "This form was sent before, and what it did then stands. No till was opened now";
    errors.add("", words);
    shown(desk, &typed.under_new_key(), errors, None, opened).await
}

async fn shown(
    desk: &Desk,
    typed: &Typed,
    errors: Errors,
    before: Option<i64>,
    opened: Option<TillSessionRow>,
) -> Result<Response, Fault> {
    let found = desk.books.till_sessions(None, None, before, ROWS.saturating_add(1)).await?;
    let (sessions, has_more) = one_page(found);
    let last = sessions.last().filter(|_| has_more).map(|last| last.number.to_string());
    let further = Further {
        first: before.map(|_| "/office/counter".to_owned()),
        next: last.map(|last| address("/office/counter", &[("before", &last)])),
    };
    let form =
        if desk.may(Permission::TakeCash) { Some(form(desk, typed, &errors).await?) } else { None };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let template = CounterPage {
        page: Page::of(desk, Some(Place::Counter), "Counter").with_errors(!errors.is_empty()),
        errors,
        opened,
        form,
        sessions,
        further,
    };
    Ok(page::html(status, &template))
}

async fn form(desk: &Desk, typed: &Typed, errors: &Errors) -> Result<OpenForm, Fault> {
    let council = desk.books.settings().await?.council;
    let scope = desk.books.actor().scope();
    let tills = council.till.iter().filter(|till| !till.disabled);
    let tills = tills.filter(|till| scope.may_office(till.office.as_str()));
    Ok(OpenForm {
        till: Select {
            id: "till".into(),
            label: "Till",
            hint: "",
            value: typed.of("till").to_owned(),
            error: errors.of("till"),
            blank: CHOOSE,
            choices: tills
                .map(|till| (till.code.to_string(), format!("{} ({})", till.name, till.code)))
                .collect(),
        },
        coins: coins::fields(typed, errors),
        csrf: desk.session.csrf.clone(),
        key: form_key::kept(typed.of("key"), desk),
    })
}
