//! A card through a provider: at a terminal that it starts, or by telephone, entered by
//! the cashier on its page. The money comes through the provider and waits where its
//! payouts are waited for: it is in no drawer and in no count. What became of it only the
//! provider says, however often it is asked.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use ims_app::{AppError, NewPayment, PaymentLine, PaymentView, Permission};
use ims_gateway::{AskFor, GatewayError};
use ims_ledger::{Council, Through, id::PaymentId};
use ims_pay::{Channel, StatusName};
use serde::Deserialize;

use super::{at, phone, session_of, taking::Asked};
use crate::{
    Site,
    desk::{Desk, Sent},
    fault::Fault,
    following::looked,
    office::id,
    page::{self, Page, Place},
    show,
};

/// The most open payments that a page lists.
const OPEN_MAX: i64 = 20;

/// What the provider is told a card at a terminal is for.
const AT_TERMINAL: &str = "Paid at the counter";

#[derive(Template)]
#[template(path = "office/counter_card.html")]
struct CardPage {
    page: Page,
    number: String,
    view: PaymentView,
    came: Came,
    is_phone: bool,
    /// Whether whoever is here may call it off.
    is_called_off: bool,
    csrf: String,
}

/// What is known of a payment.
enum Came {
    /// The payer is at the terminal, or the card at the provider's page.
    Open,
    /// The provider was asked for it and did not answer.
    Unknown,
    Paid,
    /// Nothing was taken.
    Not(String),
}

/// Where a payment is followed.
pub(super) fn place_of(number: &str, payment: PaymentId) -> String {
    format!("{}/card/{payment}", at(number))
}

/// A card that was started, as the pages of a till tell of it.
pub(super) struct Started {
    /// How much, and since when.
    pub(super) words: String,
    /// Where it is followed.
    pub(super) to: String,
}

impl Started {
    fn of(number: &str, view: &PaymentView) -> Self {
        let row = &view.payment;
        let how = if is_phone(view) { "by telephone " } else { "" };
        let since = show::moment(row.started_at);
        let words = format!("{} {how}since {since}", show::money(row.amount));
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

    /// The one that a form had started when it was sent before.
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

/// Starts a card at a terminal, or by telephone where none is named; the same form again is
/// the same payment. The inner error says why it was not started.
pub(super) async fn start(
    (site, desk): (&Site, &Desk),
    number: &str,
    (council, headers): (&Council, &HeaderMap),
    asked: &Asked,
    terminal: Option<&str>,
) -> Result<Result<Response, String>, Fault> {
    let new = &asked.new;
    let funds = new.lines.iter().map(|line| line.fund.as_str());
    let account = council.provider_for_all(&new.method, funds);
    let (Some(account), Some(gateways)) = (account, &site.gateways) else {
        return Ok(Err(no_account(terminal)));
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
        asked_with: match terminal {
            Some(terminal) => format!("at terminal {terminal}"),
            None => phone::ASKED_WITH.to_owned(),
        },
        key: new.key.clone(),
    };
    let ask = match terminal {
        Some(terminal) => AskFor {
            channel: Channel::Terminal(terminal.to_owned()),
            ..AskFor::new(AT_TERMINAL, &site.public_address(headers, &at(number))?)
        },
        None => phone::ask_for((site, desk), number, (council, headers), &payment)?,
    };
    match gateways.pay(&desk.books, &payment, &ask).await {
        Ok(paying) if terminal.is_none() => {
            Ok(phone::onward((site, desk), number, headers, paying))
        }
        Ok(paying) => {
            let to = place_of(number, paying.view.payment.id);
            Ok(Ok(Redirect::to(&to).into_response()))
        }
        Err(GatewayError::App(AppError::Refused(words) | AppError::BadInput(words))) => {
            Ok(Err(words))
        }
        Err(GatewayError::Order(bad)) => Ok(Err(bad.to_string())),
        Err(GatewayError::App(error)) => Err(error.into()),
        Err(error) => {
            // Kept all the same, or started by the same form before: its page says
            // what became of it, and nobody else guesses.
            let key = new.key.as_deref().unwrap_or_default();
            if let Some(kept) = Started::of_form(desk, number, key).await? {
                tracing::error!(account = account.name, %error, "a card was started, and refused");
                return Ok(Ok(Redirect::to(&kept.to).into_response()));
            }
            Ok(Err(not_started(&account.name, terminal, &error)))
        }
    }
}

/// What a cashier is told of a card that was not even kept.
fn not_started(account: &str, terminal: Option<&str>, error: &GatewayError) -> String {
    match (error.never_taken(), terminal) {
        (Some(words), Some(_)) => words.to_owned(),
        (Some(words), None) => {
            format!("the account {account} takes no such card by telephone: {words}")
        }
        (None, _) => {
            tracing::error!(account, %error, "a card could not be started");
            "the card could not be started, and nothing was taken".to_owned()
        }
    }
}

/// What a cashier is told where nobody can be asked.
fn no_account(terminal: Option<&str>) -> String {
    let words = match terminal {
        Some(_) => {
            "No account at a provider takes all of these funds by this method: take it by a \
             terminal that stands alone"
        }
        None => {
            "No account at a provider takes all of these funds by telephone: take those of each \
             account by themselves, or another way"
        }
    };
    words.to_owned()
}

/// Whether a payment is by telephone.
fn is_phone(view: &PaymentView) -> bool {
    view.payment.through == Through::Phone.as_str()
}

/// The payment, if it is one through staff or by telephone: no other is followed or
/// called off here.
async fn at_counter(desk: &Desk, payment: PaymentId) -> Result<PaymentView, Fault> {
    let view = desk.books.payment(payment).await?;
    if is_phone(&view) || view.payment.through == Through::Staff.as_str() {
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
        is_phone: is_phone(&view),
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
