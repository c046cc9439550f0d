//! Cybersource's REST interface, with HTTP signatures.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use ims_money::Pence;
use ims_pay::{
    AskedTwice, Body, CardShown, MacKey, Method, Paying, ProviderError, RefundOrder, RefundSaying,
    Refunds, Reply, Request, STERLING, Said, SaidRefund, Saying, form,
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::Fuse;
use crate::{cannot, json};

impl Fuse {
    /// Signed with the key: host, date, target, digest and merchant.
    fn post(&self, path: &str, body: &Value, now: DateTime<Utc>) -> Result<Request, ProviderError> {
        let Some(key) = MacKey::base64(&self.key) else {
            return cannot("its key is not written in base 64");
        };
        let body = body.to_string();
        let digest = format!("SHA-256={}", STANDARD.encode(Sha256::digest(body.as_bytes())));
        let date = now.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let host = self.api.split_once("://").map_or(self.api.as_str(), |(_, host)| host);
        let (merchant, id) = (&self.merchant, &self.key_id);
        let message = format!(
            "host: {host}\ndate: {date}\n(request-target): post {path}\ndigest: {digest}\n\
             v-c-merchant-id: {merchant}"
        );
        let signature = key.sign_base64(message.as_bytes());
        let names = "host date (request-target) digest v-c-merchant-id";
        let signature = format!(
            "keyid=\"{id}\", algorithm=\"HmacSHA256\", headers=\"{names}\", signature=\"{signature}\""
        );
        let url = format!("{}{path}", self.api);
        let body = Body(body.into_bytes());
        Ok(Request { method: Method::Post, url, headers: Vec::new(), body }
            .with("content-type", "application/json")
            .with("v-c-merchant-id", merchant.clone())
            .with("host", host)
            .with("date", date)
            .with("digest", digest)
            .with("signature", signature))
    }
}

/// Everything under a reference of ours. It lags behind: nothing found is not
/// "not paid".
pub(super) fn search(
    fuse: &Fuse,
    reference: &str,
    now: DateTime<Utc>,
) -> Result<Request, ProviderError> {
    let body = json!({
        "save": false,
        "name": "MRN",
        "timezone": "Europe/London",
        "query": format!("clientReferenceInformation.code:{reference}"),
        "offset": 0,
        "limit": 100,
        "sort": "submitTimeUtc:desc",
    });
    fuse.post("/tss/v2/searches", &body, now)
}

fn heard(reply: &Reply) -> Result<Value, ProviderError> {
    json::heard(reply, &["reason"])
}

/// The transactions a search found, newest first.
fn found(value: &Value) -> Result<&[Value], ProviderError> {
    let total = json::at(value, "totalCount").and_then(Value::as_i64);
    let total = total.ok_or_else(|| json::absent("totalCount"))?;
    let rows = json::list(value, "_embedded.transactionSummaries");
    if usize::try_from(total) != Ok(rows.len()) {
        return Err(ProviderError::unreadable("it found more than it tells"));
    }
    Ok(rows)
}

/// Whether a transaction has an application of these names, and whether it went well.
fn application(row: &Value, names: &[&str]) -> Option<bool> {
    let applications = json::list(row, "applicationInformation.applications");
    let mut ours = applications
        .iter()
        .filter(|one| json::text(one, "name").is_some_and(|name| names.contains(&name)))
        .peekable();
    ours.peek()?;
    Some(ours.all(|one| json::text(one, "rFlag") == Some("SOK")))
}

pub(super) fn payment(reply: &Reply) -> Result<Said, ProviderError> {
    let value = heard(reply)?;
    let rows = found(&value)?;
    let well = |row: &Value, names: &[&str]| application(row, names) == Some(true);
    let taken: Vec<&Value> = rows.iter().filter(|row| well(row, &["ics_bill"])).collect();
    let undone =
        rows.iter().filter(|row| well(row, &["ics_void"]) || well(row, &["ics_auth_reversal"]));
    let undone: Vec<&Value> = undone.collect();
    match taken.as_slice() {
        [one] if !undone.is_empty() => of_undone(one, &undone),
        [one] => {
            let transaction = Some(json::need(one, "id")?.to_owned());
            let digits = json::text(one, "paymentInformation.card.suffix");
            let brand = json::text(one, "paymentInformation.card.type").unwrap_or_default();
            let card = digits.and_then(|digits| CardShown::of(brand, digits));
            let at = json::time(one, "submitTimeUtc");
            summed(one, Saying::Paid(Paying { at, transaction, card, ..Paying::default() }))
        }
        [] => {
            let held = rows.iter().find(|row| application(row, &["ics_auth"]) == Some(true));
            if let (Some(held), false) = (held, undone.is_empty()) {
                return of_undone(held, &undone);
            }
            if let Some(held) = held {
                let transaction = Some(json::need(held, "id")?.to_owned());
                return summed(held, Saying::Authorised { transaction });
            }
            let tried = |row: &&Value| application(row, &["ics_auth", "ics_bill"]).is_some();
            let refused = rows.iter().find(tried).ok_or(ProviderError::NotFound)?;
            summed(refused, Saying::refused("the card was declined"))
        }
        several => {
            let many = several.len();
            let why = format!("it took {many} payments under one reference of ours");
            Err(ProviderError::unreadable(why))
        }
    }
}

/// What was called off after it was taken is not paid. Of what was called off before,
/// or of a time that is not told, nobody knows what it undid.
fn of_undone(taken: &Value, undone: &[&Value]) -> Result<Said, ProviderError> {
    let at = json::time(taken, "submitTimeUtc");
    let is_after = |row: &&&Value| {
        let same =
            json::text(row, "id").is_some() && json::text(row, "id") == json::text(taken, "id");
        same || json::time(row, "submitTimeUtc").zip(at).is_some_and(|(row, at)| row >= at)
    };
    if undone.iter().all(|row| is_after(&row)) {
        return summed(taken, Saying::Cancelled);
    }
    let why = "something of it was called off, and not after it was taken: see what stands";
    Err(ProviderError::unreadable(why))
}

fn summed(row: &Value, saying: Saying) -> Result<Said, ProviderError> {
    let said = Said::unnamed(saying).about(json::need(row, "clientReferenceInformation.code")?);
    let (amount, currency) = amount(row, "orderInformation.amountDetails.totalAmount")?;
    Ok(said.for_amount(amount, currency))
}

/// What a transaction says of a refund, if it is of one.
fn refund_of(row: &Value) -> Result<Option<SaidRefund>, ProviderError> {
    let saying = match application(row, &["ics_credit"]) {
        Some(true) => RefundSaying::Paid,
        Some(false) => RefundSaying::Refused { reason: "it was declined".to_owned() },
        None => return Ok(None),
    };
    Ok(Some(SaidRefund {
        refund_ref: json::text(row, "id").map(str::to_owned),
        provider_ref: None,
        reference: json::text(row, "clientReferenceInformation.code").map(str::to_owned),
        amount: amount_told(row, "orderInformation.amountDetails.totalAmount")?,
        saying,
    }))
}

/// The amount, if there is one; one that does not read is none that was not told.
fn amount_told(row: &Value, path: &str) -> Result<Option<(Pence, String)>, ProviderError> {
    json::at(row, path).map(|_| amount(row, path)).transpose()
}

fn amount(row: &Value, path: &str) -> Result<(Pence, String), ProviderError> {
    let text = json::need(row, path)?;
    let bad = |_| ProviderError::unreadable(format!("`{text}` is no amount"));
    let currency = path.rsplit_once('.').map(|(of, _)| format!("{of}.currency"));
    let currency = json::need(row, currency.as_deref().unwrap_or("currency"))?;
    Ok((text.parse().map_err(bad)?, currency.to_owned()))
}

impl Refunds for Fuse {
    fn refund(&self, refund: &RefundOrder, now: DateTime<Utc>) -> Result<Request, ProviderError> {
        let path = format!("/pts/v2/payments/{}/refunds", form::part(refund.transaction()));
        let total = refund.amount().to_string();
        let body = json!({
            "clientReferenceInformation": { "code": refund.key() },
            "orderInformation": { "amountDetails": { "totalAmount": total, "currency": STERLING } },
        });
        let request = self.post(&path, &body, now)?;
        Ok(request.with("v-c-idempotency-id", refund.key()))
    }

    /// It has keys for a quarter of an hour, and not for every merchant; the search has
    /// what was made a day ago.
    fn asked_twice(&self) -> AskedTwice {
        AskedTwice::GivenTwice(Some(TimeDelta::hours(24)))
    }

    fn refunded(&self, reply: &Reply) -> Result<SaidRefund, ProviderError> {
        let value = heard(reply)?;
        let saying = match json::need(&value, "status")? {
            "PENDING" | "TRANSMITTED" => RefundSaying::Submitted,
            "DECLINED" | "INVALID_REQUEST" => RefundSaying::Refused {
                reason: ProviderError::shown(
                    json::text(&value, "errorInformation.reason").unwrap_or("no reason given"),
                ),
            },
            other => {
                return Err(ProviderError::unreadable(format!("`{other}` is no status it has")));
            }
        };
        let answered = amount_told(&value, "refundAmountDetails.refundAmount")?;
        Ok(SaidRefund {
            refund_ref: Some(json::need(&value, "id")?.to_owned()),
            provider_ref: None,
            reference: Some(json::need(&value, "clientReferenceInformation.code")?.to_owned()),
            amount: answered,
            saying,
        })
    }

    fn look_at_refund(
        &self,
        refund: &RefundOrder,
        _refund_ref: Option<&str>,
        now: DateTime<Utc>,
    ) -> Option<Request> {
        search(self, refund.key(), now).ok()
    }

    fn looked_at_refund(&self, reply: &Reply) -> Result<Vec<SaidRefund>, ProviderError> {
        let value = heard(reply)?;
        found(&value)?.iter().filter_map(|row| refund_of(row).transpose()).collect()
    }
}
