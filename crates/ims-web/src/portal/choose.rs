//! The front page: what can be paid.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse as _, Response},
};

use super::{
    texts::Said,
    visit::{Frame, Visit},
};
use crate::{fault::Fault, page::Page, show};

/// Something that can be paid.
struct Choice {
    href: String,
    label: Said,
    hint: Said,
}

#[derive(Template)]
#[template(path = "portal/choose.html")]
struct Front {
    page: Page,
    frame: Frame,
    choices: Vec<Choice>,
    /// What is in the basket already.
    basket: Option<String>,
    help: Said,
    other_ways: String,
}

pub(super) async fn show(visit: Visit) -> Response {
    match front(&visit).await {
        Ok(page) => visit.html(StatusCode::OK, &page),
        Err(fault) => fault.into_response(),
    }
}

async fn front(visit: &Visit) -> Result<Front, Fault> {
    let t = visit.language;
    let basket = visit.basket_of().await?;
    let lines = t.many("line.one", "line.many", basket.lines.len());
    let total = show::money(basket.total);
    let frame = visit.frame();
    let portal = &visit.council.portal;
    let choice = |item: &ims_ledger::PortalItem| Choice {
        href: frame.at(&format!("/pay/{}", item.fund)),
        label: visit.words(&item.label),
        hint: visit.words(&item.hint),
    };
    Ok(Front {
        page: visit.page(t.say("front.title"), false),
        choices: portal.item.iter().map(choice).collect(),
        basket: (!basket.lines.is_empty())
            .then(|| t.with("front.basket", &[("lines", &lines), ("total", &total)])),
        help: visit.words(&portal.help),
        other_ways: visit.council.settings.other_ways_to_pay.clone(),
        frame,
    })
}
