//! Refunds, delayed capture, calling off, and the search.

use chrono::{DateTime, SecondsFormat, Utc};
use ims_pay::{
    AskedTwice, Cancels, Captures, Heeded, Names, Order, Page, ProviderError, RefundOrder,
    RefundSaying, Refunds, Reply, Request, STERLING, Said, SaidRefund, Searches, Span, form,
};
use serde_json::{Value, json};

use super::{GovUkPay, ROWS, heard, heeded, payment};
use crate::json;

impl Refunds for GovUkPay {
    /// There is no key for a refund. What is left of the payment goes with it
    /// instead, and a second one is refused (HTTP status 412, P0604).
    fn refund(&self, refund: &RefundOrder, _now: DateTime<Utc>) -> Result<Request, ProviderError> {
        let path = format!("/v1/payments/{}/refunds", form::part(refund.provider_ref()));
        Ok(self.post(
            &path,
            &json!({
                "amount": refund.amount().get(),
                "refund_amount_available": refund.available().get(),
            }),
        ))
    }

    fn asked_twice(&self) -> AskedTwice {
        AskedTwice::Refused
    }

    fn refunded(&self, reply: &Reply) -> Result<SaidRefund, ProviderError> {
        said_refund(&heard(reply)?)
    }

    fn look_at_refund(
        &self,
        refund: &RefundOrder,
        refund_ref: Option<&str>,
        _now: DateTime<Utc>,
    ) -> Option<Request> {
        let refunds = format!("/v1/payments/{}/refunds", form::part(refund.provider_ref()));
        Some(match refund_ref {
            Some(name) => self.get(&format!("{refunds}/{}", form::part(name))),
            None => self.get(&refunds),
        })
    }

    fn looked_at_refund(&self, reply: &Reply) -> Result<Vec<SaidRefund>, ProviderError> {
        let value = heard(reply)?;
        match json::at(&value, "_embedded.refunds") {
            Some(_) => json::list(&value, "_embedded.refunds").iter().map(said_refund).collect(),
            None => said_refund(&value).map(|said| vec![said]),
        }
    }
}

/// What is said of a refund. In live accounts it is `submitted` first, which is
/// under way and not paid.
pub(super) fn said_refund(refund: &Value) -> Result<SaidRefund, ProviderError> {
    let saying = match json::need(refund, "status")? {
        "submitted" => RefundSaying::Submitted,
        "success" => RefundSaying::Paid,
        "error" => RefundSaying::Refused { reason: "GOV.UK Pay could not refund".to_owned() },
        other => {
            return Err(ProviderError::unreadable(format!("`{other}` is no status it has")));
        }
    };
    Ok(SaidRefund {
        refund_ref: Some(json::need(refund, "refund_id")?.to_owned()),
        provider_ref: json::text(refund, "payment_id").map(str::to_owned),
        reference: None,
        amount: Some((json::need_pence(refund, "amount")?, STERLING.to_owned())),
        saying,
    })
}

impl Captures for GovUkPay {
    fn capture(
        &self,
        _order: &Order,
        payment: Names<'_>,
        _now: DateTime<Utc>,
    ) -> Result<Request, ProviderError> {
        Ok(self.post(
            &format!("/v1/payments/{}/capture", form::part(payment.provider_ref)),
            &json!({}),
        ))
    }

    fn captured(&self, reply: &Reply) -> Result<Heeded, ProviderError> {
        heeded(reply)
    }
}

impl Cancels for GovUkPay {
    fn cancel(
        &self,
        _order: &Order,
        payment: Names<'_>,
        _now: DateTime<Utc>,
    ) -> Result<Request, ProviderError> {
        Ok(self
            .post(&format!("/v1/payments/{}/cancel", form::part(payment.provider_ref)), &json!({})))
    }

    fn cancelled(&self, reply: &Reply) -> Result<Heeded, ProviderError> {
        heeded(reply)
    }
}

impl Searches for GovUkPay {
    fn search(
        &self,
        span: Span,
        after: Option<&str>,
        _now: DateTime<Utc>,
    ) -> Result<Request, ProviderError> {
        Ok(self.get(&format!("/v1/payments?{}", pages(span, after))))
    }

    fn found(&self, reply: &Reply) -> Result<Page<Result<Said, ProviderError>>, ProviderError> {
        let value = heard(reply)?;
        let rows = results(&value)?.iter().map(payment::said).collect();
        Ok(Page { rows, after: after(&value)? })
    }
}

/// The query of a search, whose pages are numbered from 1.
pub(super) fn pages(span: Span, after: Option<&str>) -> String {
    let time = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Secs, true);
    form::encode(&[
        ("from_date", &time(span.from)),
        ("to_date", &time(span.to)),
        ("display_size", ROWS),
        ("page", after.unwrap_or("1")),
    ])
}

/// The rows of a search; one without them is none.
pub(super) fn results(value: &Value) -> Result<&[Value], ProviderError> {
    let found = json::at(value, "results").and_then(Value::as_array);
    found.map(Vec::as_slice).ok_or_else(|| json::absent("results"))
}

/// The number of the page after this one, if there is one.
pub(super) fn after(value: &Value) -> Result<Option<String>, ProviderError> {
    if json::text(value, "_links.next_page.href").is_none() {
        return Ok(None);
    }
    // Without a number the rest could not be asked for, and would be missed by nobody.
    let page = json::at(value, "page").and_then(Value::as_i64).and_then(|page| page.checked_add(1));
    page.map(|page| Some(page.to_string())).ok_or_else(|| json::absent("page"))
}
