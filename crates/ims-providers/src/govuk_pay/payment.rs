//! A payment as GOV.UK Pay describes it.

use ims_money::Pence;
use ims_pay::{Again, CardShown, NextStep, Paying, ProviderError, STERLING, Said, Saying};
use serde_json::Value;

use crate::json;

/// What is said of a payment. The service knows pounds only, and names no currency.
pub(super) fn said(payment: &Value) -> Result<Said, ProviderError> {
    let saying = saying(payment)?;
    let said = Said::new(json::need(payment, "payment_id")?, saying)
        .about(json::need(payment, "reference")?)
        .for_amount(json::need_pence(payment, "amount")?, STERLING);
    Ok(match refundable(payment) {
        Some(amount) => said.with_refundable(amount),
        None => said,
    })
}

fn saying(payment: &Value) -> Result<Saying, ProviderError> {
    Ok(match json::need(payment, "state.status")? {
        "created" | "started" => Saying::Accepted { next: next(payment) },
        "submitted" => Saying::Waiting,
        "capturable" => Saying::Authorised { transaction: None },
        "success" => Saying::Paid(paying(payment)?),
        "failed" => failed(payment),
        "cancelled" => Saying::Cancelled,
        "error" => Saying::broke(reason(payment)),
        other => {
            return Err(ProviderError::unreadable(format!("`{other}` is no status it has")));
        }
    })
}

fn next(payment: &Value) -> Option<NextStep> {
    if json::text(payment, "authorisation_mode") == Some("agreement") {
        return Some(NextStep::Nothing);
    }
    json::text(payment, "_links.next_url.href").map(NextStep::redirect)
}

/// A payer who chose *cancel* and one who left are `failed` too, told apart by code.
fn failed(payment: &Value) -> Saying {
    match json::text(payment, "state.code") {
        Some("P0020") => Saying::Expired,
        Some("P0030") => Saying::Cancelled,
        Some(_) | None => {
            let again = match json::at(payment, "state.can_retry").and_then(Value::as_bool) {
                Some(true) => Again::May,
                Some(false) => Again::MustNot,
                None => Again::Unsaid,
            };
            Saying::Refused { reason: reason(payment), again }
        }
    }
}

fn reason(payment: &Value) -> String {
    let code = json::text(payment, "state.code").unwrap_or("no code");
    let message = json::text(payment, "state.message").unwrap_or("no reason given");
    format!("{code}: {message}")
}

fn paying(payment: &Value) -> Result<Paying, ProviderError> {
    let surcharge = json::pence(payment, "corporate_card_surcharge");
    if let (Some(total), Some(amount)) =
        (json::pence(payment, "total_amount"), json::pence(payment, "amount"))
        && total.checked_sub(surcharge.unwrap_or(Pence::ZERO)) != Some(amount)
    {
        let why = format!("a total of {total} is not {amount} and its surcharge");
        return Err(ProviderError::unreadable(why));
    }
    let brand = json::text(payment, "card_details.card_brand").unwrap_or_default();
    let digits = json::text(payment, "card_details.last_digits_card_number");
    // A look some days later must not make it a payment of that later day.
    let at = json::time(payment, "settlement_summary.capture_submit_time")
        .or_else(|| json::time(payment, "created_date"));
    Ok(Paying {
        at,
        transaction: None,
        // Refunds and the service's own lists go by the payment; what Worldpay or Stripe pays out
        // goes by theirs.
        processor: json::text(payment, "provider_id").map(str::to_owned),
        card: digits.and_then(|digits| CardShown::of(brand, digits)),
        surcharge,
        fee: json::pence(payment, "fee"),
    })
}

fn refundable(payment: &Value) -> Option<Pence> {
    match json::text(payment, "refund_summary.status") {
        Some("available") => json::pence(payment, "refund_summary.amount_available"),
        Some("full") => Some(Pence::ZERO),
        Some(_) | None => None,
    }
}
