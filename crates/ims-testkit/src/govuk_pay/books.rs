//! What the stub keeps, and the rules of a payment's life there. No network.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use ims_pay::looks_like_a_card;
use serde_json::{Value, json};

use super::{post::Post, written};
use crate::govuk_pay::{Troubles, Weather};

/// Everything the stub knows.
#[derive(Debug)]
pub struct Books {
    pub(super) url: String,
    pub(super) payments: Vec<Payment>,
    pub(super) refunds: Vec<Refund>,
    pub(super) agreements: Vec<Agreement>,
    pub(super) disputes: Vec<Value>,
    pub(super) keys: BTreeMap<String, (Vec<u8>, String)>,
    pub(super) post: Post,
    takes_moto: bool,
    named: u64,
}

/// A payment, as the stub keeps it.
#[derive(Clone, Debug)]
pub struct Payment {
    /// Its name.
    pub payment_id: String,
    /// The caller's reference.
    pub reference: String,
    /// Whole pence.
    pub amount: i64,
    /// `created`, `started`, `submitted`, `capturable`, `success`, `failed`,
    /// `cancelled` or `error`.
    pub status: &'static str,
    /// The code of how it ended.
    pub code: Option<&'static str>,
    /// What may be kept of the card.
    pub card: Option<Card>,
    pub(super) asked: Value,
    pub(super) created: DateTime<Utc>,
    pub(super) events: Vec<(&'static str, DateTime<Utc>)>,
    pub(super) captured: Option<NaiveDate>,
    pub(super) settled: Option<NaiveDate>,
    /// What was withheld when it was settled, in pence.
    pub(super) fee: i64,
    /// By how much what it brings is said to be more than it is.
    pub(super) misstated: i64,
    /// What the payer paid beside the amount, for a company's card.
    pub(super) surcharge: i64,
}

impl Payment {
    /// Where the payer is sent back to; empty for one without a payer.
    #[must_use]
    pub fn return_url(&self) -> &str {
        self.asked.get("return_url").and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether an officer enters the card.
    #[must_use]
    pub fn is_moto(&self) -> bool {
        self.asked.get("moto").and_then(Value::as_bool).unwrap_or(false)
    }

    /// What the payer is told it is for.
    #[must_use]
    pub fn description(&self) -> &str {
        self.asked.get("description").and_then(Value::as_str).unwrap_or_default()
    }
}

/// What may be kept of a card.
#[derive(Clone, Debug)]
pub struct Card {
    /// The first six digits.
    pub first: String,
    /// The last four.
    pub last: String,
}

#[derive(Clone, Debug)]
pub(super) struct Refund {
    pub(super) refund_id: String,
    pub(super) payment_id: String,
    pub(super) amount: i64,
    pub(super) status: &'static str,
    pub(super) created: DateTime<Utc>,
    pub(super) settled: Option<NaiveDate>,
}

#[derive(Clone, Debug)]
pub(super) struct Agreement {
    pub(super) agreement_id: String,
    pub(super) asked: Value,
    pub(super) status: &'static str,
    pub(super) created: DateTime<Utc>,
}

/// Why the stub will not: an HTTP status, a code and a sentence.
pub(super) type Refusal = (u16, &'static str, &'static str);

#[expect(clippy::disallowed_methods, reason = "a server has a clock")]
pub(super) fn now() -> DateTime<Utc> {
    Utc::now()
}

impl Books {
    pub(super) fn new(url: &str, callback: Option<String>, weather: Weather) -> Self {
        Self {
            url: url.to_owned(),
            payments: Vec::new(),
            refunds: Vec::new(),
            agreements: Vec::new(),
            disputes: Vec::new(),
            keys: BTreeMap::new(),
            post: Post::new(callback, weather),
            takes_moto: true,
            named: 0,
        }
    }

    /// All payments, the oldest first.
    #[must_use]
    pub fn payments(&self) -> &[Payment] {
        &self.payments
    }

    /// What was taken, less what was given back, in pence.
    #[must_use]
    pub fn total(&self) -> i64 {
        let taken = self.payments.iter().filter(|one| one.status == "success");
        let back = self.refunds.iter().filter(|one| one.status != "error");
        taken.map(|one| one.amount).sum::<i64>() - back.map(|one| one.amount).sum::<i64>()
    }

    /// What the weather has done so far.
    #[must_use]
    pub const fn troubles(&self) -> Troubles {
        self.post.troubles
    }

    /// The keys of requests are forgotten, as GOV.UK Pay's are after a day.
    pub fn forget_keys(&mut self) {
        self.keys.clear();
    }

    /// Another weather from now on.
    pub fn set_weather(&mut self, weather: Weather) {
        self.post.weather = weather;
    }

    /// No card is entered by an officer here from now on: GOV.UK Pay has not switched that
    /// on for the account.
    pub const fn refuse_moto(&mut self) {
        self.takes_moto = false;
    }

    fn name(&mut self, of: &str) -> String {
        self.named += 1;
        // Twenty-six letters and digits, as GOV.UK Pay's names are.
        format!("{of}{:0>width$}", self.named, width = 26 - of.len())
    }

    pub(super) fn find(&self, payment_id: &str) -> Option<&Payment> {
        self.payments.iter().find(|one| one.payment_id == payment_id)
    }

    fn find_mut(&mut self, payment_id: &str) -> Option<&mut Payment> {
        self.payments.iter_mut().find(|one| one.payment_id == payment_id)
    }

    pub(super) fn create(&mut self, asked: Value) -> Result<String, Refusal> {
        let text = |name: &str| asked.get(name).and_then(Value::as_str);
        let amount = asked.get("amount").and_then(Value::as_i64);
        let amount = amount.ok_or((422, "P0101", "Missing mandatory attribute: amount"))?;
        if !(1..=10_000_000).contains(&amount) {
            return Err((422, "P0102", "Invalid attribute value: amount"));
        }
        let reference = text("reference").filter(|text| (1..=255).contains(&text.len()));
        let reference =
            reference.ok_or((422, "P0101", "Missing mandatory attribute: reference"))?;
        let description = text("description").filter(|text| text.len() <= 255);
        description.ok_or((422, "P0101", "Missing mandatory attribute: description"))?;
        if looks_like_a_card(reference) {
            return Err((422, "P0105", "Card number entered in a payment link reference"));
        }
        let is_moto = asked.get("moto").and_then(Value::as_bool).unwrap_or(false);
        if is_moto && !self.takes_moto {
            return Err((422, "P0196", "MOTO payments are not enabled for this account"));
        }
        let by_agreement = text("authorisation_mode") == Some("agreement");
        if by_agreement == text("return_url").is_some() {
            return Err((422, "P0104", "Unexpected or missing attribute: return_url"));
        }
        for name in ["set_up_agreement", "agreement_id"] {
            let known = |id: &str| self.agreements.iter().any(|one| one.agreement_id == id);
            if text(name).is_some_and(|id| !known(id)) {
                return Err((422, "P0103", "Invalid attribute value: agreement"));
            }
        }
        let is_active = |id: &str| {
            let mut all = self.agreements.iter();
            all.any(|one| one.agreement_id == id && one.status == "active")
        };
        if text("agreement_id").is_some_and(|id| !is_active(id)) {
            return Err((400, "P0103", "Agreement is not active"));
        }
        let (reference, created) = (reference.to_owned(), now());
        let payment_id = self.name("pay");
        self.payments.push(Payment {
            payment_id: payment_id.clone(),
            reference,
            amount,
            status: "created",
            code: None,
            card: None,
            asked,
            created,
            events: vec![("created", created)],
            captured: None,
            settled: None,
            fee: 0,
            misstated: 0,
            surcharge: 0,
        });
        if by_agreement {
            let card = if amount % 100 == 13 { "4000000000000002" } else { "4242424242424242" };
            self.pay(&payment_id, card)?;
        }
        Ok(payment_id)
    }

    /// The payer opens the page.
    pub(super) fn open(&mut self, payment_id: &str) {
        if self.find(payment_id).is_some_and(|one| one.status == "created") {
            self.becomes(payment_id, "started", None);
        }
    }

    pub(super) fn pay(&mut self, payment_id: &str, card: &str) -> Result<(), Refusal> {
        let digits: String = card.chars().filter(char::is_ascii_digit).collect();
        if !looks_like_a_card(&digits) {
            return Err((422, "P0010", "Enter a valid card number"));
        }
        let payment = self.find_mut(payment_id).ok_or((404, "P0200", "Not found"))?;
        if !matches!(payment.status, "created" | "started") {
            return Err((409, "P0502", "The payment is over"));
        }
        let (first, last) = (digits[..6].to_owned(), digits[digits.len() - 4..].to_owned());
        payment.card = Some(Card { first, last });
        let holds = payment.asked.get("delayed_capture") == Some(&json!(true));
        let agreement = payment.asked.get("set_up_agreement").cloned();
        self.becomes(payment_id, "submitted", None);
        match digits.as_str() {
            "4000000000000002" | "4000000000000069" | "4000000000000127" => {
                self.becomes(payment_id, "failed", Some("P0010"));
            }
            "4000000000000119" => self.becomes(payment_id, "error", Some("P0050")),
            _ if holds => self.becomes(payment_id, "capturable", None),
            _ => self.take(payment_id),
        }
        let paid = self.find(payment_id).is_some_and(|one| one.status == "success");
        for one in self.agreements.iter_mut().filter(|_| paid) {
            if agreement.as_ref() == Some(&json!(one.agreement_id)) {
                one.status = "active";
            }
        }
        Ok(())
    }

    fn take(&mut self, payment_id: &str) {
        self.becomes(payment_id, "success", None);
        if let Some(payment) = self.find_mut(payment_id) {
            payment.captured = Some(now().date_naive());
        }
        self.tell(payment_id, "card_payment_captured");
    }

    pub(super) fn capture(&mut self, payment_id: &str) -> Result<(), Refusal> {
        let payment = self.find(payment_id).ok_or((404, "P1000", "Not found"))?;
        if payment.status != "capturable" {
            return Err((400, "P1003", "Payment cannot be captured"));
        }
        self.take(payment_id);
        Ok(())
    }

    /// By the caller, by the payer (`P0030`), or because ninety minutes went by
    /// (`P0020`).
    pub(super) fn end(&mut self, payment_id: &str, code: &'static str) -> Result<(), Refusal> {
        let payment = self.find(payment_id).ok_or((404, "P0500", "Not found"))?;
        if !matches!(payment.status, "created" | "started" | "submitted" | "capturable") {
            return Err((400, "P0501", "Cancellation of charge failed"));
        }
        let status = if code == "P0040" { "cancelled" } else { "failed" };
        self.becomes(payment_id, status, Some(code));
        Ok(())
    }

    /// The payer of a payment has a company's card, and pays so much more.
    pub fn surcharge(&mut self, payment_id: &str, pence: i64) {
        if let Some(payment) = self.find_mut(payment_id) {
            payment.surcharge = pence;
        }
    }

    /// The money of a payment is held until the service takes it.
    pub fn hold(&mut self, payment_id: &str) {
        if let Some(payment) = self.find_mut(payment_id) {
            payment.asked["delayed_capture"] = json!(true);
        }
    }

    /// From now on a payment is said to be what nobody knows the meaning of.
    /// Gives what it was said to be.
    pub fn muddle(&mut self, payment_id: &str) -> Option<&'static str> {
        let payment = self.find_mut(payment_id)?;
        Some(std::mem::replace(&mut payment.status, "muddled"))
    }

    /// The payment is said to be `status` again.
    pub fn clear(&mut self, payment_id: &str, status: &'static str) {
        if let Some(payment) = self.find_mut(payment_id) {
            payment.status = status;
        }
    }

    /// Ninety minutes go by: whatever was not paid has expired.
    pub fn expire(&mut self) {
        let open = self.payments.iter().filter(|one| matches!(one.status, "created" | "started"));
        let open: Vec<String> = open.map(|one| one.payment_id.clone()).collect();
        for payment_id in open {
            let _ = self.end(&payment_id, "P0020");
        }
    }

    fn becomes(&mut self, payment_id: &str, status: &'static str, code: Option<&'static str>) {
        if let Some(payment) = self.find_mut(payment_id) {
            (payment.status, payment.code) = (status, code);
            payment.events.push((status, now()));
        }
        match (status, code) {
            ("success", _) => self.tell(payment_id, "card_payment_succeeded"),
            ("failed", Some("P0020")) => self.tell(payment_id, "card_payment_expired"),
            ("failed", _) => self.tell(payment_id, "card_payment_failed"),
            _ => {}
        }
    }

    fn tell(&mut self, payment_id: &str, event: &str) {
        let resource = self.find(payment_id).map(|one| written::payment(self, one));
        if let Some(mut resource) = resource {
            resource.as_object_mut().expect("an object").remove("_links");
            self.post.put(event, "payment", payment_id, &resource);
        }
    }

    /// What of a payment can still be given back.
    pub(super) fn left(&self, payment: &Payment) -> i64 {
        let given = self
            .refunds
            .iter()
            .filter(|one| one.payment_id == payment.payment_id && one.status != "error");
        payment.amount - given.map(|one| one.amount).sum::<i64>()
    }

    pub(super) fn refund(&mut self, payment_id: &str, asked: &Value) -> Result<String, Refusal> {
        let payment = self.find(payment_id).ok_or((404, "P0600", "Not found"))?;
        let number = |name: &str| asked.get(name).and_then(Value::as_i64);
        let (Some(amount), Some(available)) = (number("amount"), number("refund_amount_available"))
        else {
            return Err((400, "P0601", "Missing mandatory attribute"));
        };
        let left = self.left(payment);
        if payment.status != "success" || left == 0 {
            return Err((400, "P0603", "The payment is not available for refund"));
        }
        if available != left {
            return Err((412, "P0604", "Refund amount available mismatch."));
        }
        if !(1..=left).contains(&amount) {
            return Err((422, "P0602", "Invalid attribute value: amount"));
        }
        let refund_id = self.name("ref");
        let status = if amount % 100 == 13 { "error" } else { "submitted" };
        self.refunds.push(Refund {
            refund_id: refund_id.clone(),
            payment_id: payment_id.to_owned(),
            amount,
            status,
            created: now(),
            settled: None,
        });
        Ok(refund_id)
    }

    /// The refunds under way are paid, and told of.
    pub fn pay_refunds(&mut self) {
        for at in 0..self.refunds.len() {
            if self.refunds[at].status == "submitted" {
                self.refunds[at].status = "success";
                let refund = self.refunds[at].clone();
                let resource = written::refund(self, &refund);
                self.post.put("card_payment_refunded", "refund", &refund.payment_id, &resource);
            }
        }
    }

    /// Everything taken or given back so far is settled on this day.
    pub fn settle(&mut self, day: NaiveDate) {
        let paid: Vec<String> = self
            .payments
            .iter_mut()
            .filter(|one| one.status == "success" && one.settled.is_none())
            .map(|one| {
                one.settled = Some(day);
                one.payment_id.clone()
            })
            .collect();
        for payment_id in paid {
            self.tell(&payment_id, "card_payment_settled");
        }
        for refund in self.refunds.iter_mut().filter(|one| one.status == "success") {
            refund.settled.get_or_insert(day);
        }
    }

    /// The same, with so many pence withheld from each payment.
    pub fn settle_less(&mut self, day: NaiveDate, fee: i64) {
        for one in self.payments.iter_mut().filter(|one| one.settled.is_none()) {
            one.fee = fee;
        }
        self.settle(day);
    }

    /// What a settled payment brings is said to be so many pence more than it is.
    pub fn misstate(&mut self, payment_id: &str, pence: i64) {
        if let Some(payment) = self.find_mut(payment_id) {
            payment.misstated = pence;
        }
    }

    /// The payer's bank takes a payment back; `status` is where that stands.
    pub fn dispute(&mut self, payment_id: &str, status: &str) {
        let amount = self.find(payment_id).map(|one| one.amount).unwrap_or_default();
        let dispute_id = format!("dispute-{payment_id}");
        self.disputes.retain(|one| one["dispute_id"] != json!(dispute_id));
        self.disputes.push(json!({
            "amount": amount, "created_date": written::time(now()), "dispute_id": dispute_id,
            "evidence_due_date": written::time(now()), "fee": 1500,
            "net_amount": -amount - 1500, "payment_id": payment_id, "reason": "fraudulent",
            "status": status, "settlement_summary": {},
        }));
    }

    /// All agreements, the oldest first: the name of each, and its status.
    #[must_use]
    pub fn agreements(&self) -> Vec<(String, &'static str)> {
        self.agreements.iter().map(|one| (one.agreement_id.clone(), one.status)).collect()
    }

    /// The payers end all their agreements, at their banks.
    pub fn payers_end_agreements(&mut self) {
        for one in self.agreements.iter_mut().filter(|one| one.status == "active") {
            one.status = "inactive";
        }
    }

    pub(super) fn agree(&mut self, asked: Value) -> Result<String, Refusal> {
        let has = |name: &str| asked.get(name).and_then(Value::as_str).is_some();
        if !has("reference") || !has("description") {
            return Err((422, "P2101", "Missing mandatory attribute"));
        }
        let agreement_id = self.name("agr");
        let (status, created) = ("created", now());
        self.agreements.push(Agreement {
            agreement_id: agreement_id.clone(),
            asked,
            status,
            created,
        });
        Ok(agreement_id)
    }
}
