//! Payments that a council's own program starts: it asks for one, sends its payer
//! where the answer says, and reads what became of it.

mod asked;
mod told;

use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use ims_app::{AppError, NewPayment, PaymentView, Permission};
use ims_gateway::{AskFor, GatewayError, Gateways};
use ims_ledger::{Council, id::PaymentId};
use ims_pay::ProviderError;
use serde::Deserialize;

use self::asked::Asked;
pub(super) use self::told::told;
use super::{bad, posted::Posted};
use crate::{Site, desk::Desk, fault::Fault, following::looked};

/// Starts a payment; the same again is the same payment, with what its payer does next.
pub(super) async fn start(
    State(site): State<Site>,
    headers: HeaderMap,
    sent: Posted<Asked>,
) -> Result<Response, Fault> {
    let Posted { desk, key, body } = sent;
    let gateways = asks_providers(&site)?;
    let council = desk.books.settings().await?.council;
    let (mut new, mut ask) = body.read(&key)?;
    let kept = kept(&desk, &key).await?;
    match &kept {
        // Whoever says it again is answered whatever the configuration says by now.
        Some(view) => new.provider.clone_from(&view.payment.provider),
        None => {
            may_return(&council, &ask)?;
            new.provider = account_for(&council, &new)?;
        }
    }
    if kept.is_some() {
        // Refuses another payment under the same key.
        let view = desk.books.start_payment(&new).await?;
        if !view.status()?.is_open() {
            return told(&view, None, true);
        }
    }
    let is_before = kept.is_some();
    let notices = format!("/webhooks/{}/{}", desk.books.council().code, new.provider);
    ask.notice_url = Some(site.public_address(&headers, &notices)?);
    match gateways.pay(&desk.books, &new, &ask).await {
        Ok(paying) => told(&paying.view, paying.next, is_before),
        Err(GatewayError::App(error)) => Err(error.into()),
        Err(error) => not_asked(&desk, (&new, &key), is_before, error).await,
    }
}

/// The provider could not be asked, or would not have it. What was kept of it says
/// where it stands; else nothing was.
async fn not_asked(
    desk: &Desk,
    (new, key): (&NewPayment, &str),
    is_before: bool,
    error: GatewayError,
) -> Result<Response, Fault> {
    tracing::error!(account = new.provider, %error, "a payment could not be started");
    match (kept(desk, key).await?, error) {
        (Some(view), _) => told(&view, None, is_before),
        (None, GatewayError::Provider(ProviderError::CannotAsk(words))) => Err(bad(words)),
        (None, GatewayError::Order(words)) => Err(bad(words.to_string())),
        (None, _) => {
            let words = format!("{} could not be asked; nothing was started", new.provider);
            Err(Fault::new(StatusCode::BAD_GATEWAY, words))
        }
    }
}

/// The payment that was started under a key.
async fn kept(desk: &Desk, key: &str) -> Result<Option<PaymentView>, Fault> {
    match desk.books.payment_keyed(key).await {
        Ok(view) => Ok(Some(view)),
        Err(AppError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

pub(super) fn asks_providers(site: &Site) -> Result<&Gateways, Fault> {
    let words = "this server asks no payment providers";
    site.gateways.as_ref().ok_or_else(|| Fault::new(StatusCode::CONFLICT, words))
}

pub(super) fn may_return(council: &Council, ask: &AskFor) -> Result<(), Fault> {
    if council.api.may_return_to(&ask.return_url) {
        return Ok(());
    }
    let words = "`return_url` is an address that begins as one of the council's own: `return_to` \
                 under `[api]` in its configuration names them";
    Err(bad(words))
}

/// The account that takes all of a payment.
fn account_for(council: &Council, new: &NewPayment) -> Result<String, Fault> {
    let funds = new.lines.iter().map(|line| line.fund.trim());
    let account = council.provider_for_all(&new.method, funds);
    account.map(|account| account.name.clone()).ok_or_else(|| {
        let words = format!(
            "no account at a provider takes all of these funds by method {}: start a payment for \
             those of each account",
            new.method
        );
        Fault::new(StatusCode::CONFLICT, words)
    })
}

/// What became of a payment: of one that is open, its provider is asked.
pub(super) async fn show(
    State(site): State<Site>,
    desk: Desk,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let known = desk.books.payment(read_id(&id)?).await?;
    told(&looked(&site, &desk.books, known).await?, None, true)
}

/// Nothing more is said of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CalledOff {}

/// Calls a payment off that whoever asks has started. The answer says how it stands
/// then, however often it is asked: it may have been paid meanwhile.
pub(super) async fn call_off(
    State(site): State<Site>,
    Path(id): Path<String>,
    sent: Posted<CalledOff>,
) -> Result<Response, Fault> {
    let desk = sent.desk;
    let gateways = asks_providers(&site)?;
    let (who, id) = (desk.books.actor().name().to_owned(), read_id(&id)?);
    if !desk.may(Permission::TakeCard) {
        let deed = Permission::TakeCard.in_words();
        return Err(AppError::NotAllowed { who, deed }.into());
    }
    let view = desk.books.payment(id).await?;
    if view.payment.started_by != who {
        let words = format!("only {} may call it off", view.payment.started_by);
        return Err(AppError::Refused(words).into());
    }
    if !view.status()?.is_open() {
        return told(&view, None, true);
    }
    match gateways.cancel(&desk.books, id).await {
        Ok(view) => told(&view, None, true),
        Err(GatewayError::App(AppError::Refused(words))) => {
            // Somebody may have been faster; else its provider cannot.
            let view = desk.books.payment(id).await?;
            if view.status()?.is_open() {
                return Err(AppError::Refused(words).into());
            }
            told(&view, None, true)
        }
        Err(GatewayError::App(error)) => Err(error.into()),
        Err(error) => {
            tracing::error!(%error, "a payment could not be called off");
            let words = "its provider could not be asked; it stands as it did";
            Err(Fault::new(StatusCode::BAD_GATEWAY, words))
        }
    }
}

fn read_id(text: &str) -> Result<PaymentId, Fault> {
    let absent = |_| Fault::new(StatusCode::NOT_FOUND, format!("there is no payment `{text}`"));
    text.parse().map_err(absent)
}
