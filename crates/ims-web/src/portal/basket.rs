//! The basket.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use ims_app::BasketLine;
use serde::Deserialize;

use super::{
    texts::Said,
    visit::{Filled, Frame, Visit},
};
use crate::{page::Page, show};

/// A line of a basket as it is shown.
pub(super) struct Line {
    pub(super) fund: String,
    pub(super) label: Said,
    pub(super) name: Said,
    pub(super) reference: String,
    pub(super) amount: String,
}

/// The lines of a basket; what an old reference led to may be no item of its own.
pub(super) fn lines(visit: &Visit, lines: impl Iterator<Item = BasketLine>) -> Vec<Line> {
    let line = |line: BasketLine| {
        let item = visit.council.portal.item(&line.fund);
        let fund = || visit.council.fund.iter().find(|fund| fund.code.as_str() == line.fund);
        let label = match (item, fund()) {
            (Some(item), _) => visit.words(&item.label),
            (None, fund) => Said {
                text: fund.map_or_else(|| line.fund.clone(), |fund| fund.name.clone()),
                is_english: false,
            },
        };
        Line {
            fund: line.fund,
            label,
            name: item.map(|item| visit.words(&item.reference)).unwrap_or_default(),
            reference: line.reference,
            amount: show::money(line.amount),
        }
    };
    lines.map(line).collect()
}

#[derive(Template)]
#[template(path = "portal/basket.html")]
struct Basket {
    page: Page,
    frame: Frame,
    lines: Vec<Line>,
    total: String,
    next: String,
}

pub(super) async fn show(visit: Visit) -> Response {
    let basket = match visit.basket_of().await {
        Ok(basket) => basket,
        Err(error) => return crate::fault::Fault::from(error).into_response(),
    };
    let frame = visit.frame();
    let asks = basket.needs_payer || (basket.asks_mail && !basket.said_mail);
    let next = if asks { "/your-details" } else { "/check" };
    let page = Basket {
        page: visit.page(visit.language.say("basket.title"), false),
        lines: lines(&visit, basket.lines.into_iter()),
        total: show::money(basket.total),
        next: frame.at(next),
        frame,
    };
    visit.html(StatusCode::OK, &page)
}

/// Which line is taken out.
#[derive(Debug, Deserialize)]
pub(super) struct Removed {
    #[serde(default)]
    fund: String,
    #[serde(default)]
    reference: String,
}

pub(super) async fn remove(Filled { visit, form }: Filled<Removed>) -> Response {
    let Removed { fund, reference } = form;
    match visit.books.remove_from_basket(&visit.token, &fund, &reference).await {
        Ok(_) => visit.go_to("/basket"),
        Err(error) => crate::fault::Fault::from(error).into_response(),
    }
}
