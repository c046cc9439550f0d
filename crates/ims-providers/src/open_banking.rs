//! Pay by bank: payment initiation after the Open Banking read/write specification
//! (domestic payments, v3.1 and v4).
//!
//! The payer agrees at their bank to a *consent* that names the amount; then the
//! consent is *authorised* and the payment is made under it, which is what
//! [`Captures`] does here. There is no refund by this way, and no notice.
//!
//! **Unverified**: shaped on the public specification, tried at no bank. Tokens,
//! client certificates and the signing of requests belong to whoever has the keys.

use std::{fmt, sync::Arc};

use chrono::{DateTime, Utc};
use ims_money::Pence;
use ims_pay::{
    Abilities, Ask, Body, Captures, Channel, Delivery, Heeded, Hint, Method, Names, NextStep,
    Order, Paying, Provider, ProviderError, Reply, Request, STERLING, Said, Saying, Secret, form,
};
use serde_json::{Value, json};

use crate::{cannot, json};

/// Makes the address where the payer agrees, out of the consent's name: it holds a
/// request object signed with a key that is not here.
type Authorise = Arc<dyn Fn(&str) -> String + Send + Sync>;

/// A council's account, paid into from payers' banks, at one bank's interface.
#[derive(Clone)]
pub struct OpenBanking {
    base: String,
    token: Secret,
    creditor: Creditor,
    authorise: Authorise,
}

/// The account that is paid into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Creditor {
    /// Its holder's name.
    pub name: String,
    /// Six digits.
    pub sort_code: String,
    /// Eight digits.
    pub account: String,
}

impl fmt::Debug for OpenBanking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenBanking").field("base", &self.base).finish_non_exhaustive()
    }
}

impl OpenBanking {
    /// The bank's interface at `base`, up to `/pisp`, with a token that is good now.
    ///
    /// # Errors
    ///
    /// [`ProviderError::CannotAsk`] for an address not over TLS or an account that
    /// is none.
    pub fn new(
        base: &str,
        token: Secret,
        creditor: Creditor,
        authorise: Authorise,
    ) -> Result<Self, ProviderError> {
        let digits = |text: &str, count| {
            text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !ims_pay::is_safe_address(base) {
            return cannot(&format!("`{base}` is no https:// address"));
        }
        if !digits(&creditor.sort_code, 6) || !digits(&creditor.account, 8) {
            return cannot("an account is six digits of sort code and eight of number");
        }
        let base = base.trim_end_matches('/').to_owned();
        Ok(Self { base, token, creditor, authorise })
    }

    fn request(&self, method: Method, path: &str, body: Vec<u8>) -> Request {
        let url = format!("{}{path}", self.base);
        Request { method, url, headers: Vec::new(), body: Body(body) }
            .with("authorization", format!("Bearer {}", self.token.reveal()))
            .with("accept", "application/json")
    }

    fn post(&self, path: &str, key: &str, body: &Value) -> Request {
        self.request(Method::Post, path, body.to_string().into_bytes())
            .with("content-type", "application/json")
            .with("x-idempotency-key", key)
    }

    fn initiation(&self, order: &Order) -> Result<Value, ProviderError> {
        if *order.channel() != Channel::Online || order.agreement().is_some() {
            return cannot("it is used for payments online only");
        }
        // Faster Payments carry eighteen characters of a reference to us.
        if order.key().len() > 35 {
            return cannot("its references have at most 35 characters");
        }
        let Creditor { name, sort_code, account } = &self.creditor;
        let reference: String = order.key().chars().take(18).collect();
        Ok(json!({
            "InstructionIdentification": order.key(),
            "EndToEndIdentification": order.key().chars().take(31).collect::<String>(),
            "InstructedAmount": { "Amount": order.amount().to_string(), "Currency": STERLING },
            "CreditorAccount": {
                "SchemeName": "UK.OBIE.SortCodeAccountNumber",
                "Identification": format!("{sort_code}{account}"),
                "Name": name,
            },
            "RemittanceInformation": { "Reference": reference },
        }))
    }
}

impl Provider for OpenBanking {
    fn name(&self) -> &'static str {
        "open-banking"
    }

    fn ask(&self, order: &Order, _now: DateTime<Utc>) -> Result<Ask, ProviderError> {
        let body = json!({
            "Data": { "Initiation": self.initiation(order)? },
            "Risk": { "PaymentContextCode": "BillPayment" },
        });
        Ok(Ask::Send(self.post("/domestic-payment-consents", order.key(), &body)))
    }

    fn asked(&self, reply: &Reply) -> Result<Said, ProviderError> {
        self.looked(reply)
    }

    fn look(
        &self,
        _order: &Order,
        provider_ref: Option<&str>,
        _now: DateTime<Utc>,
    ) -> Result<Request, ProviderError> {
        let name = form::part(provider_ref.ok_or(ProviderError::AskAgain)?);
        Ok(self.request(Method::Get, &format!("/domestic-payment-consents/{name}"), Vec::new()))
    }

    /// A consent, or the payment made under it.
    fn looked(&self, reply: &Reply) -> Result<Said, ProviderError> {
        let value = heard(reply)?;
        let consent = json::need(&value, "Data.ConsentId")?;
        let status = json::need(&value, "Data.Status")?;
        let payment = json::text(&value, "Data.DomesticPaymentId");
        let saying = match (payment, status) {
            (None, "AwaitingAuthorisation" | "AWAU") => {
                let url = (self.authorise)(consent);
                if !ims_pay::is_safe_address(&url) {
                    return cannot("where the payer agrees is no https:// address");
                }
                Saying::Accepted { next: Some(NextStep::redirect(url)) }
            }
            (None, "Authorised" | "AUTH") => Saying::Authorised { transaction: None },
            // Made under it, and not known here how that went.
            (None, "Consumed" | "COND") => Saying::Waiting,
            (None, "Rejected" | "RJCT" | "Revoked" | "CANC") => Saying::Cancelled,
            (None, "Expired" | "EXPD") => Saying::Expired,
            // On its way, as far as it may have come: not yet in the council's account. From
            // now on it is followed by its own name.
            (
                Some(name),
                "Pending"
                | "AcceptedSettlementInProcess"
                | "AcceptedWithoutPosting"
                | "RCVD"
                | "PDNG"
                | "PATC"
                | "ACTC"
                | "ACCP"
                | "ACFC"
                | "ACSP"
                | "ACWC"
                | "ACWP",
            ) => Saying::Authorised { transaction: Some(name.to_owned()) },
            (
                Some(name),
                "AcceptedSettlementCompleted"
                | "AcceptedCreditSettlementCompleted"
                | "ACSC"
                | "ACCC",
            ) => {
                let at = json::time(&value, "Data.StatusUpdateDateTime");
                let transaction = Some(name.to_owned());
                Saying::Paid(Paying { at, transaction, ..Paying::default() })
            }
            (Some(_), "Rejected" | "RJCT") => Saying::refused("the payer's bank did not pay"),
            (_, other) => {
                return Err(ProviderError::unreadable(format!("`{other}` is no status it has")));
            }
        };
        let path = |name: &str| format!("Data.Initiation.{name}");
        let amount = json::need(&value, &path("InstructedAmount.Amount"))?;
        let bad = |_| ProviderError::unreadable(format!("`{amount}` is no amount"));
        let amount: Pence = amount.parse().map_err(bad)?;
        Ok(Said::new(consent, saying)
            .about(json::need(&value, &path("InstructionIdentification"))?)
            .for_amount(amount, json::need(&value, &path("InstructedAmount.Currency"))?))
    }

    fn returned(&self, _back: &Delivery) -> Hint {
        Hint::default()
    }

    fn abilities(&self) -> Abilities<'_> {
        Abilities { captures: Some(self), ..Abilities::NONE }
    }
}

fn heard(reply: &Reply) -> Result<Value, ProviderError> {
    let Some(why) = json::fault(reply, &["Code"]) else { return json::read(reply) };
    let body = json::read(reply).ok();
    let first = body.as_ref().and_then(|body| json::list(body, "Errors").first());
    match first.and_then(|error| json::text(error, "ErrorCode")) {
        // It has no 404 for what it does not know.
        Some("UK.OBIE.Resource.NotFound") if matches!(why, ProviderError::Rejected { .. }) => {
            Err(ProviderError::NotFound)
        }
        code => Err(if code.is_some() { why.with_code(code) } else { why }),
    }
}

impl Captures for OpenBanking {
    /// Makes the payment under the consent; the token is the payer's own then. What
    /// it answers reads by [`looked`](Provider::looked) too.
    fn capture(
        &self,
        order: &Order,
        payment: Names<'_>,
        _now: DateTime<Utc>,
    ) -> Result<Request, ProviderError> {
        let body = json!({
            "Data": { "ConsentId": payment.provider_ref, "Initiation": self.initiation(order)? },
            "Risk": { "PaymentContextCode": "BillPayment" },
        });
        Ok(self.post("/domestic-payments", order.key(), &body))
    }

    fn captured(&self, reply: &Reply) -> Result<Heeded, ProviderError> {
        heard(reply).map(|_| Heeded)
    }

    fn look_at_capture(&self, payment: Names<'_>, _now: DateTime<Utc>) -> Option<Request> {
        let name = form::part(payment.transaction?);
        Some(self.request(Method::Get, &format!("/domestic-payments/{name}"), Vec::new()))
    }
}
