//! Giving money back through the provider that took it.
//!
//! That a refund is sent is recorded before anybody is asked for it, and of one
//! payment only one refund is under way at a time: so what is left of the payment
//! is the same however often the provider is asked, and it pays once.

use ims_ledger::{
    RefundEvent, RefundState,
    id::{PaymentId, ReceiptId, RefundId},
};
use ims_money::Pence;
use ims_pay::{BadRefund, RefundOrder};
use ims_store::{PaymentRow, RefundRow, RefundStepRow, Tx};

use super::status::named;
use crate::{
    AppError, Books, Permission, RefundStanding, Result,
    books::patiently,
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
    /// What the provider calls other refunds of the payment.
    pub others: Vec<String>,
}

impl Books {
    /// Records that an approved refund is sent to the provider that took the
    /// payment, and gives what to ask. One that was sent stays as it is, and what
    /// to ask is the same.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another refund; [`AppError::Refused`] when it
    /// cannot be sent, goes by bank, is of a payment that no provider here took,
    /// or another refund of the payment is under way.
    pub async fn send_refund(&self, id: RefundId) -> Result<RefundExchange> {
        self.actor().needs(Permission::Refund)?;
        patiently(|| self.send_refund_once(id)).await
    }

    async fn send_refund_once(&self, id: RefundId) -> Result<RefundExchange> {
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
        let (given, others) = self.other_refunds(&mut tx, &refund).await?;
        let steps = tx.refund_steps(self.id(), id).await?;
        let is_again = is_under_way(&refund);
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
        let provider = payment.provider;
        tx.commit().await?;
        Ok(RefundExchange { standing, provider, order, is_again, name, others })
    }

    /// The payment that was posted as this receipt, if a provider took it.
    pub(super) async fn payment_of_receipt(
        &self,
        tx: &mut Tx,
        receipt: ReceiptId,
    ) -> Result<Option<PaymentId>> {
        let key = tx.key_of_receipt(self.id(), receipt).await?;
        let id = key.and_then(|key| key.strip_prefix("payment ")?.parse().ok());
        let Some(id) = id.map(PaymentId::new) else { return Ok(None) };
        // A counter may have used such a key as well.
        let steps = tx.payment_steps(self.id(), id).await?;
        Ok(steps.iter().any(|step| step.receipt == Some(receipt)).then_some(id))
    }

    /// What the provider gave back of the payment by other refunds, and what it
    /// calls them.
    async fn other_refunds(&self, tx: &mut Tx, refund: &RefundRow) -> Result<(Pence, Vec<String>)> {
        let (mut given, mut names) = (Pence::ZERO, Vec::new());
        for other in tx.refunds_of_receipt(self.id(), refund.receipt).await? {
            if other.id == refund.id || other.channel.is_none() {
                continue;
            }
            if is_under_way(&other) {
                let what = format!(
                    "refund {} of the same payment is under way; see first what becomes of it",
                    other.number
                );
                return Err(AppError::Refused(what));
            }
            let steps = tx.refund_steps(self.id(), other.id).await?;
            if steps.iter().any(|step| step.state == RefundState::Paid.as_str()) {
                given = given.checked_add(other.amount).ok_or(AppError::Overflow)?;
            }
            names.extend(steps.into_iter().map(|step| step.reference).filter(|n| !n.is_empty()));
        }
        Ok((given, names))
    }
}

fn is_under_way(refund: &RefundRow) -> bool {
    [RefundState::Sent, RefundState::Unknown].iter().any(|state| refund.state == state.as_str())
}

/// What the provider called it since it was last sent.
fn name_of(steps: &[RefundStepRow]) -> Option<String> {
    let bounced = RefundState::Bounced.as_str();
    let since = steps.iter().rev().take_while(|step| step.state != bounced);
    since.map(|step| step.reference.clone()).find(|name| !name.is_empty())
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
