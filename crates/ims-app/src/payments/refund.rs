//! Giving money back through the provider that took it.
//!
//! That a refund is sent is recorded before anybody is asked for it, and of one
//! payment only one refund is under way at a time: so what is left of the payment
//! is the same however often the provider is asked, and it pays once.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use ims_ledger::{
    Council, RefundEvent, RefundState,
    card_number::masked,
    id::{PaymentId, ReceiptId, RefundId},
};
use ims_money::Pence;
use ims_pay::{BadRefund, RefundOrder};
use ims_store::{PaymentRow, RefundRow, RefundStepRow, Tx};

use super::{exceptions::ExceptionKind, status::named};
use crate::{
    AppError, Books, Permission, ROWS_MAX, RefundNews, RefundStanding, Result,
    books::patiently,
    keyed::{PAYMENT, PAYMENT_BEFORE},
    posting::Writer,
    refund_steps::{Step, next},
};

/// A refund as its provider is asked for it: the same each time.
#[derive(Clone, Debug)]
pub struct RefundExchange {
    /// Where it stands: sent, or sent before and without an answer.
    pub standing: RefundStanding,
    /// The account at the provider that took the payment.
    pub provider: String,
    /// What is asked.
    pub order: RefundOrder,
    /// Whether it may have been asked for before: look first.
    pub is_again: bool,
    /// What the provider calls it, if that is known.
    pub name: Option<String>,
    /// What the provider calls other refunds of the payment, and what it called
    /// this one before its money came back.
    pub others: Vec<String>,
    /// When it was sent last.
    pub sent_at: DateTime<Utc>,
    /// When it was sent first, since its money came back: from then on the provider may know
    /// the key.
    pub first_sent_at: DateTime<Utc>,
}

impl Books {
    /// Records that an approved refund is sent to the provider that took the
    /// payment, and gives what to ask. One that was sent stays as it is, and what
    /// to ask is the same.
    ///
    /// Before it is recorded as sent, `ready` is asked whether the account of this
    /// name can be asked at all, or else why not: what is sent and was never asked
    /// for, nobody hears of again.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another refund; [`AppError::Refused`] when it
    /// cannot be sent, goes by bank, is of a payment that no provider here took,
    /// another refund of the payment is under way, or the account is not ready.
    pub async fn send_refund(
        &self,
        id: RefundId,
        ready: impl Fn(&Council, &str) -> std::result::Result<(), String>,
    ) -> Result<RefundExchange> {
        self.actor().needs(Permission::Refund)?;
        patiently(|| self.send_refund_once(id, &ready)).await
    }

    async fn send_refund_once(
        &self,
        id: RefundId,
        ready: &impl Fn(&Council, &str) -> std::result::Result<(), String>,
    ) -> Result<RefundExchange> {
        let mut tx = self.store().begin().await?;
        let refund = self.refund_in(&mut tx, id).await?;
        if refund.channel.is_none() {
            let what = format!("refund {} goes by bank, not through a provider", refund.number);
            return Err(AppError::Refused(what));
        }
        let payment = self.payment_of_receipt(&mut tx, refund.receipt).await?.ok_or_else(|| {
            AppError::Refused(format!(
                "receipt {} is of no payment taken through a provider here; refund it there, and \
                 record what became of it",
                refund.receipt_number
            ))
        })?;
        // Whoever sends another refund of it waits here.
        let absent = || AppError::NotFound { what: "payment", name: payment.to_string() };
        let payment = tx.hold_payment(self.id(), payment).await?.ok_or_else(absent)?;
        let refund = self.refund_in(&mut tx, id).await?;
        let (given, others) = self.given_before(&mut tx, &refund).await?;
        let steps = tx.refund_steps(self.id(), id).await?;
        let is_again = is_under_way(&refund);
        if !is_again {
            let council = self.settings_in(&mut tx).await?.council;
            ready(&council, &payment.provider).map_err(AppError::Refused)?;
        }
        let standing = if is_again {
            RefundStanding::of(&mut tx, self, refund, true).await?
        } else {
            let writer = Writer {
                books: self,
                now: self.world().now(),
                closed_through: tx.closed_through(self.id()).await?,
                import: None,
            };
            let step = Step::of(&refund, next(&refund, RefundEvent::Send)?, "");
            let data = serde_json::json!({
                "refund": refund.number, "receipt": refund.receipt_number,
                "amount_pence": refund.amount, "provider": payment.provider,
            });
            self.note(&mut tx, "send refund", &id.to_string(), data).await?;
            self.take_step(&mut tx, &writer, refund, step).await?
        };
        let order = order_of(&standing, &payment, given)?;
        let name = if is_again { name_of(&steps) } else { None };
        let sent = steps.iter().rev().find(|step| step.state == RefundState::Sent.as_str());
        let now = self.world().now();
        let sent_at = sent.filter(|_| is_again).map_or(now, |step| step.at);
        let first = first_sent(&steps).filter(|_| is_again);
        let first_sent_at = first.map_or(sent_at, |step| step.at).min(sent_at);
        let provider = payment.provider;
        tx.commit().await?;
        Ok(RefundExchange {
            standing,
            provider,
            order,
            is_again,
            name,
            others,
            sent_at,
            first_sent_at,
        })
    }

    /// Nobody knows what became of a refund, some time after it was sent: it is listed
    /// for a person, with `why`. Once it is known, it changes nothing.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another refund.
    pub async fn miss_refund(&self, id: RefundId, why: &str) -> Result<RefundStanding> {
        self.actor().needs(Permission::Import)?;
        let mut tx = self.store().snapshot().await?;
        let refund = self.refund_in(&mut tx, id).await?;
        let payment = match self.payment_of_receipt(&mut tx, refund.receipt).await? {
            Some(payment) => tx.payment(self.id(), payment).await?,
            None => None,
        };
        drop(tx);
        let why = masked(why).unwrap_or_else(|| why.to_owned());
        let news = RefundNews { reason: why.clone(), ..RefundNews::of(RefundEvent::NoAnswer) };
        let standing = self.record_refund(id, &news).await?;
        if let Some(payment) = payment.filter(|_| is_under_way(&standing.refund)) {
            let why = format!("refund {}: {why}", refund.number);
            let kind = ExceptionKind::OutOfTurn;
            self.listed_alone(&payment.provider, Some(&payment), kind, why).await?;
        }
        Ok(standing)
    }

    /// Refunds that a provider was sent and nobody knows the end of, the oldest
    /// first: at most `limit` after `after`.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn refunds_at_providers(
        &self,
        after: Option<RefundId>,
        limit: i64,
    ) -> Result<Vec<RefundRow>> {
        self.actor().needs(Permission::Import)?;
        let mut tx = self.store().snapshot().await?;
        Ok(tx.refunds_at_providers(self.id(), after, limit.clamp(1, ROWS_MAX)).await?)
    }

    /// The payment that was posted as this receipt, if a provider took it.
    pub(super) async fn payment_of_receipt(
        &self,
        tx: &mut Tx,
        receipt: ReceiptId,
    ) -> Result<Option<PaymentId>> {
        let key = tx.key_of_receipt(self.id(), receipt).await?;
        let id = key.and_then(|key| {
            let id = key.strip_prefix(PAYMENT).or_else(|| key.strip_prefix(PAYMENT_BEFORE))?;
            id.parse().ok()
        });
        let Some(id) = id.map(PaymentId::new) else { return Ok(None) };
        // Others may have used such a key as well.
        let steps = tx.payment_steps(self.id(), id).await?;
        Ok(steps.iter().any(|step| step.receipt == Some(receipt)).then_some(id))
    }

    /// What the provider has given back of the payment, and what it calls those
    /// refunds: all the others, and this one before its money came back.
    async fn given_before(&self, tx: &mut Tx, refund: &RefundRow) -> Result<(Pence, Vec<String>)> {
        let (mut given, mut names) = (Pence::ZERO, Vec::new());
        for other in tx.refunds_of_receipt(self.id(), refund.receipt).await? {
            if other.channel.is_none() {
                continue;
            }
            let is_this = other.id == refund.id;
            if is_under_way(&other) && !is_this {
                let what = format!(
                    "refund {} of the same payment is under way; see first what becomes of it",
                    other.number
                );
                return Err(AppError::Refused(what));
            }
            let steps = tx.refund_steps(self.id(), other.id).await?;
            for _ in 0..times_given(&steps) {
                given = given.checked_add(other.amount).ok_or(AppError::Overflow)?;
            }
            let known = if is_this { before_it_came_back(&steps) } else { steps.as_slice() };
            let known = known.iter().map(|step| step.reference.clone());
            names.extend(known.filter(|name| !name.is_empty()));
        }
        Ok((given, names))
    }
}

fn is_under_way(refund: &RefundRow) -> bool {
    [RefundState::Sent, RefundState::Unknown].iter().any(|state| refund.state == state.as_str())
}

/// How often the provider has given a refund's money and has it not back, as far
/// as it knows: of what came back another way it knows nothing.
fn times_given(steps: &[RefundStepRow]) -> u32 {
    let (mut times, mut names) = (0_u32, BTreeSet::new());
    for step in steps {
        if step.state == RefundState::Paid.as_str() {
            times = times.saturating_add(1);
        }
        if step.state == RefundState::Bounced.as_str() && names.contains(&step.reference) {
            times = times.saturating_sub(1);
        }
        if !step.reference.is_empty() {
            names.insert(&step.reference);
        }
    }
    times
}

/// The steps up to the last time its money came back.
pub(super) fn before_it_came_back(steps: &[RefundStepRow]) -> &[RefundStepRow] {
    let bounced = RefundState::Bounced.as_str();
    let last = steps.iter().rposition(|step| step.state == bounced);
    steps.get(..last.map_or(0, |at| at.saturating_add(1))).unwrap_or_default()
}

/// What the provider called it since it was last sent.
pub(crate) fn name_of(steps: &[RefundStepRow]) -> Option<String> {
    let before = before_it_came_back(steps).len();
    let since = steps.iter().skip(before).rev();
    since.map(|step| step.reference.clone()).find(|name| !name.is_empty())
}

/// The first time it was sent since its money came back, or that nobody knew whether it was.
fn first_sent(steps: &[RefundStepRow]) -> Option<&RefundStepRow> {
    let before = before_it_came_back(steps).len();
    let under_way = [RefundState::Sent, RefundState::Unknown].map(RefundState::as_str);
    steps.iter().skip(before).find(|step| under_way.contains(&step.state.as_str()))
}

fn order_of(standing: &RefundStanding, payment: &PaymentRow, given: Pence) -> Result<RefundOrder> {
    let refused = |bad: BadRefund| AppError::Refused(bad.to_string());
    let left = payment.amount.checked_sub(given).ok_or(AppError::Overflow)?;
    let name = named(payment).unwrap_or(&payment.reference);
    let (key, amount) = (&standing.provider_key, standing.refund.amount);
    let order = RefundOrder::of(key, &payment.reference, name, amount, left).map_err(refused)?;
    Ok(match &payment.transaction {
        Some(transaction) => order.from_transaction(transaction),
        None => order,
    })
}
