//! A payment as Stripe describes it: a Checkout session, or a Payment Intent.

use chrono::{DateTime, Utc};
use ims_pay::{
    CardShown, Hidden, NextStep, Paying, ProviderError, RefundSaying, Said, SaidRefund, Saying,
};
use serde_json::Value;

use crate::json;

/// What it says of a payment; `now` is the time of what says so, where that is told: what
/// is told of money has no time of its own until its charge is told with it.
pub(super) fn said(value: &Value, now: Option<DateTime<Utc>>) -> Result<Said, ProviderError> {
    match json::need(value, "object")? {
        "checkout.session" => session(value, now),
        "payment_intent" => intent(value, now),
        other => Err(ProviderError::unreadable(format!("`{other}` is no payment"))),
    }
}

fn session(value: &Value, now: Option<DateTime<Utc>>) -> Result<Said, ProviderError> {
    let saying = match (json::need(value, "status")?, json::text(value, "payment_status")) {
        ("open", _) => Saying::Accepted { next: json::text(value, "url").map(NextStep::redirect) },
        ("complete", Some("paid")) => {
            Saying::Paid(paying(value, "payment_intent.latest_charge", now))
        }
        ("complete", Some("unpaid")) => match json::text(value, "payment_intent.status") {
            Some("requires_capture") => Saying::Authorised { transaction: intent_of(value) },
            Some("canceled") => Saying::Cancelled,
            Some(_) | None => Saying::Waiting,
        },
        ("expired", _) => Saying::Expired,
        (status, _) => return Err(unknown(status)),
    };
    let saying = match saying {
        Saying::Paid(paying) => Saying::Paid(Paying { transaction: intent_of(value), ..paying }),
        other => other,
    };
    let mut said = Said::new(json::need(value, "id")?, saying);
    if let Some(reference) = json::text(value, "client_reference_id") {
        said = said.about(reference);
    }
    // What was taken, where its intent is told: less than the total was, if in part.
    let taken = matches!(said.saying(), Saying::Paid(_))
        .then(|| json::at(value, "payment_intent.amount_received"))
        .flatten()
        .map(|_| json::need_pence(value, "payment_intent.amount_received"));
    let amount = taken.transpose()?.or_else(|| json::pence(value, "amount_total"));
    if let Some(amount) = amount {
        said = said.for_amount(amount, json::need(value, "currency")?);
    }
    Ok(said)
}

/// The intent's name, whether it is only named or told whole.
pub(super) fn intent_of(value: &Value) -> Option<String> {
    let name = json::text(value, "payment_intent.id");
    name.or_else(|| json::text(value, "payment_intent")).map(str::to_owned)
}

fn intent(value: &Value, now: Option<DateTime<Utc>>) -> Result<Said, ProviderError> {
    let saying = match json::need(value, "status")? {
        // A card that was declined leads back here, and another may be tried.
        "requires_payment_method" | "requires_confirmation" | "requires_action" => {
            let secret = json::text(value, "client_secret").map(Hidden::new);
            Saying::Accepted { next: secret.map(|secret| NextStep::PayerSecret { secret }) }
        }
        "processing" => Saying::Waiting,
        "requires_capture" => Saying::Authorised { transaction: None },
        "succeeded" => Saying::Paid(paying(value, "latest_charge", now)),
        "canceled" => Saying::Cancelled,
        other => return Err(unknown(other)),
    };
    let amount = match &saying {
        // What was taken, which a part capture makes less than what was asked.
        Saying::Paid(_) => json::need_pence(value, "amount_received")?,
        _ => json::need_pence(value, "amount")?,
    };
    let said = Said::new(json::need(value, "id")?, saying)
        .for_amount(amount, json::need(value, "currency")?);
    Ok(match json::text(value, "metadata.reference") {
        Some(reference) => said.about(reference),
        None => said,
    })
}

/// When the session or the intent was opened says nothing of when it was paid.
fn paying(value: &Value, charge: &str, now: Option<DateTime<Utc>>) -> Paying {
    let told = json::at(value, charge);
    let charge = told.unwrap_or(value);
    let card = json::text(charge, "payment_method_details.card.last4").and_then(|digits| {
        let brand = json::text(charge, "payment_method_details.card.brand").unwrap_or_default();
        CardShown::of(brand, digits)
    });
    let at = told.and_then(|charge| time(charge, "created")).or(now);
    Paying { at, card, ..Paying::default() }
}

/// A time in seconds since 1970.
pub(super) fn time(value: &Value, path: &str) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(json::at(value, path)?.as_i64()?, 0)
}

fn unknown(status: &str) -> ProviderError {
    ProviderError::unreadable(format!("`{status}` is no status it has"))
}

pub(super) fn refund(value: &Value) -> Result<SaidRefund, ProviderError> {
    if json::need(value, "object")? != "refund" {
        return Err(ProviderError::unreadable("it is no refund"));
    }
    let saying = match json::need(value, "status")? {
        "pending" | "requires_action" => RefundSaying::Submitted,
        "succeeded" => RefundSaying::Paid,
        "failed" | "canceled" => {
            let reason = json::text(value, "failure_reason").unwrap_or("no reason given");
            RefundSaying::Refused { reason: ProviderError::shown(reason) }
        }
        other => return Err(unknown(other)),
    };
    let amount = json::need_pence(value, "amount")?;
    Ok(SaidRefund {
        refund_ref: Some(json::need(value, "id")?.to_owned()),
        provider_ref: intent_of(value),
        reference: json::text(value, "metadata.reference").map(str::to_owned),
        amount: Some((amount, json::need(value, "currency")?.to_owned())),
        saying,
    })
}
