//! Agreements that a council's own program makes, and the payments it takes under them.

use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use chrono::{DateTime, Utc};
use ims_app::{AgreedUse, AgreementView, AppError, NewAgreedPayment, NewAgreement};
use ims_gateway::{AskFor, GatewayError, Paying};
use ims_ledger::id::AgreementId;
use ims_money::Pence;
use serde::{Deserialize, Serialize};

use super::{
    bad, json,
    payments::{asks_providers, may_return, told},
    posted::Posted,
};
use crate::{Site, desk::Desk, fault::Fault};

/// The longest address to come back to.
const ADDRESS_MAX: usize = 500;

/// An agreement to be made.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    provider: String,
    method: String,
    fund: String,
    reference: String,
    description: String,
    #[serde(default)]
    most_pence: Option<i64>,
}

/// The payment by which the payer agrees.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SetUp {
    amount_pence: i64,
    return_url: String,
}

/// A payment without the payer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Taken {
    amount_pence: i64,
}

/// Why an agreement ends.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ended {
    reason: String,
}

/// Whether the provider is asked first.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Look {
    ask: String,
}

#[derive(Serialize)]
struct Agreement<'a> {
    agreement_id: AgreementId,
    reference: &'a str,
    status: &'a str,
    provider: &'a str,
    method: &'a str,
    fund: &'a str,
    account: &'a str,
    most_pence: Option<i64>,
    description: &'a str,
    /// Whether the provider has said that it keeps it.
    is_kept: bool,
    paid: i64,
    open: i64,
    made_at: DateTime<Utc>,
}

fn shown(view: &AgreementView) -> Response {
    let row = &view.row;
    let agreement = Agreement {
        agreement_id: row.id,
        reference: &row.reference,
        status: view.status.as_str(),
        provider: &row.provider,
        method: &row.method,
        fund: &row.fund,
        account: &row.account,
        most_pence: row.most.map(Pence::get),
        description: &row.description,
        is_kept: row.agreement_ref.is_some(),
        paid: view.payments.paid,
        open: view.payments.open,
        made_at: row.made_at,
    };
    let status = if view.before { StatusCode::OK } else { StatusCode::CREATED };
    (status, json(&agreement)).into_response()
}

/// Makes an agreement; the same again is the same one.
pub(super) async fn make(State(site): State<Site>, sent: Posted<Asked>) -> Result<Response, Fault> {
    let Posted { desk, key, body } = sent;
    let new = NewAgreement {
        provider: body.provider,
        method: body.method,
        fund: body.fund,
        reference: body.reference,
        most: body.most_pence.map(Pence::new),
        description: body.description,
        key: Some(key),
    };
    let made = asks_providers(&site)?.agree(&desk.books, &new).await;
    Ok(shown(&made.map_err(fault)?))
}

/// An agreement as it stands; with `?ask=yes`, as its provider says.
pub(super) async fn show(
    State(site): State<Site>,
    desk: Desk,
    Path(id): Path<String>,
    Query(look): Query<Look>,
) -> Result<Response, Fault> {
    let id = read_id(&id)?;
    let view = match look.ask.as_str() {
        "" | "no" => desk.books.agreement(id).await?,
        "yes" => asks_providers(&site)?.look_at_agreement(&desk.books, id).await.map_err(fault)?,
        _ => return Err(bad("`ask` is yes or no")),
    };
    Ok(shown(&AgreementView { before: true, ..view }))
}

/// Starts the payment by which the payer agrees, and says where they go.
pub(super) async fn set_up(
    State(site): State<Site>,
    Path(id): Path<String>,
    sent: Posted<SetUp>,
) -> Result<Response, Fault> {
    let Posted { desk, key, body } = sent;
    let id = read_id(&id)?;
    if body.return_url.len() > ADDRESS_MAX {
        return Err(bad(format!("`return_url` has at most {ADDRESS_MAX} characters")));
    }
    let description = desk.books.agreement(id).await?.row.description;
    let ask = AskFor::new(&description, &body.return_url);
    may_return(&desk.books.settings().await?.council, &ask)?;
    let new = NewAgreedPayment {
        agreement: id,
        what: AgreedUse::SetUp,
        amount: Pence::new(body.amount_pence),
        asked_with: body.return_url,
        key,
    };
    let done = asks_providers(&site)?.pay_under(&desk.books, &new, &ask).await;
    started(&desk, &new, done).await
}

/// Takes a payment without the payer; the same again is the same payment.
pub(super) async fn take(
    State(site): State<Site>,
    Path(id): Path<String>,
    sent: Posted<Taken>,
) -> Result<Response, Fault> {
    let Posted { desk, key, body } = sent;
    let new = NewAgreedPayment {
        agreement: read_id(&id)?,
        what: AgreedUse::Take,
        amount: Pence::new(body.amount_pence),
        asked_with: String::new(),
        key,
    };
    let done = asks_providers(&site)?.take_under(&desk.books, &new).await;
    started(&desk, &new, done).await
}

/// Ends an agreement; its provider is told, now or by the poll. The same key again is
/// answered as before.
pub(super) async fn end(
    State(site): State<Site>,
    Path(id): Path<String>,
    sent: Posted<Ended>,
) -> Result<Response, Fault> {
    let Posted { desk, key, body } = sent;
    let id = read_id(&id)?;
    let gateways = asks_providers(&site)?;
    let ended = gateways.end_agreement(&desk.books, id, &body.reason, Some(&key)).await;
    Ok(shown(&AgreementView { before: true, ..ended.map_err(fault)? }))
}

async fn started(
    desk: &Desk,
    new: &NewAgreedPayment,
    done: Result<Paying, GatewayError>,
) -> Result<Response, Fault> {
    match done {
        Ok(paying) => told(&paying.view, paying.next, paying.view.before),
        Err(GatewayError::App(error)) if error.is_of_the_database() => Err(error.into()),
        // What was kept under its key says where it stands; it may have been taken.
        Err(error) => match desk.books.agreed_payment_before(new).await {
            Ok(Some(view)) => {
                tracing::error!(%error, "a payment under an agreement could not be asked for");
                told(&view, None, true)
            }
            Ok(None) | Err(_) => Err(fault(error)),
        },
    }
}

/// What a program is told of what did not go.
fn fault(error: GatewayError) -> Fault {
    match error {
        GatewayError::App(error) => error.into(),
        GatewayError::Order(words) => bad(words.to_string()),
        GatewayError::Account { .. } => AppError::Refused(error.to_string()).into(),
        GatewayError::Provider(_) | GatewayError::NotVerified(_) => {
            tracing::error!(%error, "a provider would not have what an agreement asks for");
            Fault::new(StatusCode::BAD_GATEWAY, format!("its provider would not have it: {error}"))
        }
        other => {
            tracing::error!(error = %other, "an agreement was not heeded");
            Fault::ours()
        }
    }
}

fn read_id(text: &str) -> Result<AgreementId, Fault> {
    let absent = |_| Fault::new(StatusCode::NOT_FOUND, format!("there is no agreement `{text}`"));
    text.parse().map_err(absent)
}
