//! The last look before paying.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use ims_app::{BasketLine, BasketPart, BasketView, LinkState, Payer};

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
    notice: Option<String>,
    /// Which state of the basket is shown.
    content: i64,
    /// What the button says; none where nobody takes the money.
    pay: Option<String>,
    /// Says that it takes several payments, where it does.
    parts_words: Option<String>,
    parts: Vec<Part>,
    payer: Option<Payer>,
    /// Whether the receipt can be had by e-mail, and where it is wanted.
    asks_mail: bool,
    mail: Option<String>,
}

/// What is paid with one payment.
struct Part {
    /// Which of how many, where there are several.
    title: Option<String>,
    lines: Vec<Line>,
    total: String,
}

fn parts(visit: &Visit, basket: &BasketView) -> Vec<Part> {
    let count = basket.parts.len();
    let part = |(part, number): (&BasketPart, usize)| {
        let said = [("number", &*number.to_string()), ("count", &*count.to_string())];
        Part {
            title: (count > 1).then(|| visit.language.with("check.part", &said)),
            lines: lines(visit, part.lines.iter().cloned()),
            total: show::money(part.total),
        }
    };
    basket.parts.iter().zip(1..).map(part).collect()
}

impl Check {
    fn address(&self) -> Vec<&str> {
        let Some(payer) = &self.payer else { return Vec::new() };
        let parts = [&payer.line1, &payer.line2, &payer.town, &payer.postcode];
        parts.into_iter().map(String::as_str).filter(|part| !part.is_empty()).collect()
    }
}

pub(super) async fn show(visit: Visit) -> Response {
    match shown(&visit, None).await {
        Ok(response) => response,
        Err(fault) => fault.into_response(),
    }
}

/// The page again, with why the basket was not brought to a payment.
pub(super) async fn again(visit: &Visit, why: &'static str) -> Result<Response, Fault> {
    shown(visit, Some(visit.language.say(why).to_owned())).await
}

/// The same, when a line came by a payment link that cannot be paid any more.
pub(super) async fn link_ended(
    visit: &Visit,
    reference: &str,
    state: LinkState,
) -> Result<Response, Fault> {
    let why = match state {
        LinkState::Paid => "check.link.paid",
        LinkState::Withdrawn | LinkState::Open => "check.link.withdrawn",
        LinkState::Expired => "check.link.expired",
    };
    shown(visit, Some(visit.language.with(why, &[("reference", reference)]))).await
}

async fn shown(visit: &Visit, notice: Option<String>) -> Result<Response, Fault> {
    let t = visit.language;
    let basket = visit.basket_of().await?;
    if basket.lines.is_empty() {
        return Ok(visit.go_to("/basket"));
    }
    if basket.needs_payer {
        return Ok(visit.go_to("/your-details"));
    }
    let council = &visit.council;
    let method = council.portal.method.as_ref();
    let is_taken = |line: &BasketLine| {
        method.is_some_and(|method| council.provider_for(method.as_str(), &line.fund).is_some())
    };
    let can_pay = visit.site.gateways.is_some() && basket.lines.iter().all(is_taken);
    let parts = parts(visit, &basket);
    // The others are paid once this one is.
    let first = parts.first().filter(|_| can_pay);
    let has_notice = notice.is_some();
    let page = Check {
        page: visit.page(t.say("check.title"), has_notice),
        frame: visit.frame(),
        notice,
        content: basket.content,
        pay: first.map(|part| t.with("check.pay", &[("total", &part.total)])),
        parts_words: (parts.len() > 1)
            .then(|| t.with("check.parts", &[("count", &parts.len().to_string())])),
        parts,
        payer: basket.payer,
        asks_mail: basket.asks_mail,
        mail: basket.mail,
    };
    let status = if has_notice { StatusCode::CONFLICT } else { StatusCode::OK };
    Ok(visit.html(status, &page))
}
