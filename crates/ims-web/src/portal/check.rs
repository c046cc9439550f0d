//! The last look before paying.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use ims_app::Payer;

use super::{
    basket::{Line, lines},
    visit::{Frame, Visit},
};
use crate::{fault::Fault, page::Page, show};

#[derive(Template)]
#[template(path = "portal/check.html")]
struct Check {
    page: Page,
    frame: Frame,
    lines: Vec<Line>,
    total: String,
    payer: Option<Payer>,
}

impl Check {
    fn address(&self) -> Vec<&str> {
        let Some(payer) = &self.payer else { return Vec::new() };
        let parts = [&payer.line1, &payer.line2, &payer.town, &payer.postcode];
        parts.into_iter().map(String::as_str).filter(|part| !part.is_empty()).collect()
    }
}

pub(super) async fn show(visit: Visit) -> Response {
    let basket = match visit.basket_of().await {
        Ok(basket) => basket,
        Err(error) => return Fault::from(error).into_response(),
    };
    if basket.lines.is_empty() {
        return visit.go_to("/basket");
    }
    if basket.needs_payer {
        return visit.go_to("/your-details");
    }
    let page = Check {
        page: visit.page(visit.language.say("check.title"), false),
        frame: visit.frame(),
        lines: lines(&visit, &basket),
        total: show::money(basket.total),
        payer: basket.payer,
    };
    visit.html(StatusCode::OK, &page)
}
