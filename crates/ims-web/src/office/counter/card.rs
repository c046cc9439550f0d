//! A card at a terminal that its provider starts. The money comes through the
//! provider and waits where its payouts are waited for: it is in no drawer and in no
//! count. What became of it only the provider says, however often it is asked.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use ims_app::{AppError, NewPayment, PaymentLine, PaymentView, Permission};
use ims_gateway::{AskFor, GatewayError};
use ims_ledger::{Council, Through, id::PaymentId};
use ims_pay::{Channel, ProviderError, StatusName};
use serde::Deserialize;

use super::{at, session_of, taking::Asked};
use crate::{
    Site,
    desk::{Desk, Sent},
    fault::Fault,
    following::looked,
    office::id,
    page::{self, Page, Place},
    show,
};

/// The most payments at terminals that a page lists.
const OPEN_MAX: i64 = 20;

/// What the provider is told it is for.
const DESCRIPTION: &str = "Paid at the counter";

#[derive(Template)]
#[template(path = "office/counter_card.html")]
struct CardPage {
    page: Page,
    number: String,
    view: PaymentView,
    came: Came,
    /// Whether whoever is here may call it off.
    is_called_off: bool,
    csrf: String,
}

/// What is known of a payment.
enum Came {
    /// The payer is at the terminal.
    Open,
    /// The provider was asked for it and did not answer.
    Unknown,
    Paid,
    /// Nothing was taken.
    Not(String),
}

/// Where a payment at a terminal is followed.
fn place_of(number: &str, payment: PaymentId) -> String {
    format!("{}/card/{payment}", at(number))
}

/// A payment at a terminal, as the pages of a till tell of it.
pub(super) struct AtTerminal {
    /// How much, and since when.
    pub(super) words: String,
    /// Where it is followed.
    pub(super) to: String,
}

impl AtTerminal {
    fn of(number: &str, view: &PaymentView) -> Self {
        let row = &view.payment;
        let words = format!("{} since {}", show::money(row.amount), show::moment(row.started_at));
        Self { words, to: place_of(number, row.id) }
    }

    /// Those of whoever is here that have not ended.
    pub(super) async fn open(desk: &Desk, number: &str) -> Result<Vec<Self>, Fault> {
        if !desk.may(Permission::TakeCard) {
            return Ok(Vec::new());
        }
        let views = desk.books.own_open_payments(OPEN_MAX).await?;
        Ok(views.iter().map(|view| Self::of(number, view)).collect())
    }

    /// The one that a form started when it was sent before.
    pub(super) async fn of_form(
        desk: &Desk,
        number: &str,
        key: &str,
    ) -> Result<Option<Self>, Fault> {
        if !desk.may(Permission::TakeCard) {
            return Ok(None);
        }
        match desk.books.payment_keyed(key).await {
            Ok(view) => Ok(Some(Self::of(number, &view))),
            Err(AppError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// Starts a payment at a terminal; the same form again is the same payment. The inner
/// error says why it was not started.
pub(super) async fn start(
    (site, desk): (&Site, &Desk),
    number: &str,
    (council, headers): (&Council, &HeaderMap),
    asked: &Asked,
    terminal: &str,
) -> Result<Result<Response, String>, Fault> {
    let new = &asked.new;
    let funds = new.lines.iter().map(|line| line.fund.as_str());
    let account = council.provider_for_all(&new.method, funds);
    let (Some(account), Some(gateways)) = (account, &site.gateways) else {
        let words = "No account at a provider takes all of these funds by this method: take it \
                     by a terminal that stands alone";
        return Ok(Err(words.to_owned()));
    };
    let line = |line: &ims_app::NewReceiptLine| PaymentLine {
        fund: line.fund.clone(),
        reference: line.reference.clone(),
        amount: line.amount,
        vat_code: line.vat_code.clone(),
    };
    let payment = NewPayment {
        provider: account.name.clone(),
        method: new.method.clone(),
        through: new.through,
        lines: new.lines.iter().map(line).collect(),
        payer: new.payer.clone(),
        mail: None,
        links: Vec::new(),
        asked_with: format!("at terminal {terminal}"),
        key: new.key.clone(),
    };
    let back = site.public_address(headers, &at(number))?;
    let ask = AskFor {
        channel: Channel::Terminal(terminal.to_owned()),
        ..AskFor::new(DESCRIPTION, &back)
    };
    match gateways.pay(&desk.books, &payment, &ask).await {
        Ok(paying) => {
            let to = place_of(number, paying.view.payment.id);
            Ok(Ok(Redirect::to(&to).into_response()))
        }
        Err(GatewayError::App(AppError::Refused(words) | AppError::BadInput(words)))
        | Err(GatewayError::Provider(ProviderError::CannotAsk(words))) => Ok(Err(words)),
        Err(GatewayError::App(error)) => Err(error.into()),
        Err(error) => {
            tracing::error!(account = account.name, %error, "a terminal could not be started");
            // Kept all the same, or started by the same form before: its page says
            // what became of it, and nobody else guesses.
            let key = new.key.as_deref().unwrap_or_default();
            Ok(match AtTerminal::of_form(desk, number, key).await? {
                Some(kept) => Ok(Redirect::to(&kept.to).into_response()),
                None => Err("the terminal could not be started, and nothing was taken".to_owned()),
            })
        }
    }
}

/// The payment, if it is one through staff: no other is followed or called off here.
async fn at_counter(desk: &Desk, payment: PaymentId) -> Result<PaymentView, Fault> {
    let view = desk.books.payment(payment).await?;
    if view.payment.through == Through::Staff.as_str() {
        return Ok(view);
    }
    Err(AppError::NotFound { what: "payment", name: payment.to_string() }.into())
}

/// What became of a payment: the provider is asked, and what it says is booked once.
pub(super) async fn show(
    State(site): State<Site>,
    desk: Desk,
    Path((number, payment)): Path<(String, String)>,
) -> Result<Response, Fault> {
    session_of(&desk, &number).await?;
    // Whether it is seen by whoever asks, before anybody else is asked.
    let known = at_counter(&desk, id(&payment, "payment")?).await?;
    let view = looked(&site, &desk.books, known).await?;
    let came = match view.status()? {
        StatusName::Captured => Came::Paid,
        StatusName::Unknown => Came::Unknown,
        status if status.is_open() => Came::Open,
        status => {
            let why = match view.payment.reason.as_str() {
                "" => String::new(),
                reason => format!(": {reason}"),
            };
            Came::Not(format!("{}{why}", show::upper(status.as_str())))
        }
    };
    let is_called_off = is_called_off_by(&desk, &view);
    let template = CardPage {
        page: Page::of(&desk, Some(Place::Counter), format!("{number}: by card")),
        number,
        view,
        came,
        is_called_off,
        csrf: desk.session.csrf.clone(),
    };
    Ok(page::html(StatusCode::OK, &template))
}

/// Whether somebody may call a payment off: whoever started it.
fn is_called_off_by(desk: &Desk, view: &PaymentView) -> bool {
    desk.may(Permission::TakeCard) && view.payment.started_by == desk.books.actor().name()
}

#[derive(Debug, Deserialize)]
pub(super) struct CalledOff {}

/// Calls a payment off, if its provider still can; what became of it is shown either way.
pub(super) async fn call_off(
    State(site): State<Site>,
    Path((number, payment)): Path<(String, String)>,
    sent: Sent<CalledOff>,
) -> Result<Response, Fault> {
    session_of(&sent.desk, &number).await?;
    let payment = id(&payment, "payment")?;
    let view = at_counter(&sent.desk, payment).await?;
    if !is_called_off_by(&sent.desk, &view) {
        let words = format!("only {} may call it off", view.payment.started_by);
        return Err(AppError::Refused(words).into());
    }
    if let Some(gateways) = &site.gateways {
        match gateways.cancel(&sent.desk.books, payment).await {
            Ok(_) => {}
            Err(GatewayError::App(
                error @ (AppError::NotAllowed { .. } | AppError::NotFound { .. }),
            )) => {
                return Err(error.into());
            }
            Err(error) => tracing::info!(%error, "a payment was not called off"),
        }
    }
    Ok(Redirect::to(&place_of(&number, payment)).into_response())
}
