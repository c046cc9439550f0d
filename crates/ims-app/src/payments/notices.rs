//! What a provider says unasked of refunds and disputes.

use ims_ledger::{
    RefundEvent, RefundState,
    id::{PaymentId, RefundId},
    seal::ContentHash,
};
use ims_pay::{DisputeState, ProviderError, RefundOrder, RefundSaying, SaidDispute, SaidRefund};
use ims_store::{PaymentExceptionRow, PaymentRow, RefundRow, Tx};

use super::{
    PaymentNews, Word,
    exceptions::{ExceptionKind, Odd, known_by},
    refund::{before_it_came_back, name_of as refund_name},
};
use crate::{
    AppError, Books, DisputeOutcome, NewDispute, PaymentHeard, Permission, RefundNews,
    RefundStanding, Result, keyed::once_each,
};

impl Books {
    /// Records what a provider says of a refund: which of ours it is, it says by
    /// its name for it, by our key, or by being the one under way. A refund that
    /// nobody here asked for is listed for a person.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn hear_of_refund(
        &self,
        provider: &str,
        notice: Option<&str>,
        said: &SaidRefund,
    ) -> Result<Option<PaymentExceptionRow>> {
        self.actor().needs(Permission::Import)?;
        let (payment, refund) = self.refund_meant(provider, said).await?;
        let Some(standing) = refund else {
            if matches!(said.saying, RefundSaying::Refused { .. }) {
                return Ok(None);
            }
            let name = ProviderError::shown(said.refund_ref.as_deref().unwrap_or("without a name"));
            let why = format!("refund {name}: made at the provider, and none of ours is under way");
            return self
                .listed_alone(provider, payment.as_ref(), ExceptionKind::Unknown, why)
                .await;
        };
        let refund = &standing.refund;
        if self.is_of_before(refund.id, said).await? {
            return Ok(None);
        }
        let order = payment.as_ref().and_then(|payment| order_of(&standing, payment, said).ok());
        let Some(order) = order else { return Ok(None) };
        let event = match said.of(&order) {
            // That it was paid was known: its money came back.
            Ok(RefundEvent::Fail) if was_paid(refund) => RefundEvent::Bounce,
            Ok(event) => event,
            Err(why) => {
                let kind = ExceptionKind::of(&why);
                let why = format!("refund {}: {why}", refund.number);
                return self.listed_alone(provider, payment.as_ref(), kind, why).await;
            }
        };
        let reason = match &said.saying {
            RefundSaying::Refused { reason } | RefundSaying::CameBack { reason } => reason.clone(),
            RefundSaying::Submitted | RefundSaying::Paid => String::new(),
        };
        let news = RefundNews {
            notice: notice.map(str::to_owned),
            reference: said.refund_ref.clone().unwrap_or_default(),
            reason: ProviderError::shown(&reason),
            ..RefundNews::of(event)
        };
        match self.record_refund(refund.id, &news).await {
            Ok(_) => Ok(None),
            Err(AppError::Refused(why)) => {
                let (kind, why) =
                    (ExceptionKind::OutOfTurn, format!("refund {}: {why}", refund.number));
                self.listed_alone(provider, payment.as_ref(), kind, why).await
            }
            Err(error) => Err(error),
        }
    }

    /// Records what a provider says of a dispute. One of a payment unknown here,
    /// of a part of one, that a payout took before it was heard of, or that cannot be, is
    /// listed for a person, and stays off the
    /// list once it was taken off until it stands otherwise: providers list it each
    /// night. What is charged for it is withheld from a payout, and booked with that.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn hear_of_dispute(
        &self,
        provider: &str,
        said: &SaidDispute,
    ) -> Result<Option<PaymentExceptionRow>> {
        self.actor().needs(Permission::Import)?;
        let mut tx = self.store().snapshot().await?;
        let names = (Some(said.provider_ref.as_str()), said.reference.as_deref());
        let payment = match self.payment_told_of(&mut tx, provider, names).await? {
            Some(id) => tx.payment(self.id(), id).await?,
            None => None,
        };
        let receipt = match &payment {
            Some(row) => self.payment_view(&mut tx, row.clone(), true).await?.receipt,
            None => None,
        };
        drop(tx);
        let name = ProviderError::shown(&said.dispute_ref);
        if said.state == DisputeState::Closed {
            let done = self.end_inquiry(payment.as_ref(), said).await;
            return self.listed_if_refused(provider, payment.as_ref(), &name, done).await;
        }
        let is_whole = payment.as_ref().is_some_and(|row| row.amount == said.amount.0);
        let (Some(receipt), true) = (receipt, is_whole) else {
            let why = format!(
                "dispute {name} of {}, {}: record it by hand, it is not of a whole payment known here",
                said.amount.0, said.state
            );
            return self
                .listed_until_otherwise(provider, payment.as_ref(), ExceptionKind::Unknown, why)
                .await;
        };
        let known = payment.iter().flat_map(|row| [&row.provider_ref, &row.transaction]);
        let mut called: Vec<_> = known.flatten().cloned().collect();
        called.push(said.provider_ref.clone());
        let new = NewDispute {
            receipt,
            lines: Vec::new(),
            reference: said.dispute_ref.clone(),
            reason: ProviderError::shown(&said.reason),
            happened_on: None,
        };
        let done = async {
            let disputed = self.open_dispute_of(&new, &called).await?;
            let outcome = match said.state {
                DisputeState::Won => DisputeOutcome::Won,
                DisputeState::Lost => DisputeOutcome::Lost,
                DisputeState::Opened | DisputeState::UnderReview | DisputeState::Closed => {
                    return Ok(());
                }
            };
            self.end_dispute(disputed.dispute.id, outcome, "the provider says so").await.map(drop)
        };
        let done = done.await;
        self.listed_if_refused(provider, payment.as_ref(), &name, done).await
    }

    /// An inquiry is over, for which no money was taken: one that is in the books as a
    /// dispute ends; of another there is nothing to record.
    async fn end_inquiry(&self, payment: Option<&PaymentRow>, said: &SaidDispute) -> Result<()> {
        let Some(row) = payment else { return Ok(()) };
        let mut tx = self.store().snapshot().await?;
        let known = tx.dispute_by_reference(self.id(), &row.channel, &said.dispute_ref).await?;
        drop(tx);
        let Some(dispute) = known else { return Ok(()) };
        let why = "an inquiry that the provider has closed";
        self.end_dispute(dispute.id, DisputeOutcome::Won, why).await.map(drop)
    }

    async fn listed_if_refused(
        &self,
        provider: &str,
        payment: Option<&PaymentRow>,
        name: &str,
        done: Result<()>,
    ) -> Result<Option<PaymentExceptionRow>> {
        match done {
            Ok(()) => Ok(None),
            Err(AppError::Refused(why) | AppError::BadInput(why)) => {
                let why = format!("dispute {name}: {why}");
                let kind = ExceptionKind::OutOfTurn;
                self.listed_until_otherwise(provider, payment, kind, why).await
            }
            Err(error) => Err(error),
        }
    }

    /// The payment of which a refund or a dispute is told, by its provider's name for
    /// it or for its movement of money, or by our own.
    async fn payment_told_of(
        &self,
        tx: &mut Tx,
        provider: &str,
        (name, reference): (Option<&str>, Option<&str>),
    ) -> Result<Option<PaymentId>> {
        if let Some(name) = name {
            let found = tx.payment_they_call(self.id(), provider, name).await?;
            if found.is_some() {
                return Ok(found);
            }
            let found = tx.payment_moved_as(self.id(), provider, name).await?;
            if found.is_some() {
                return Ok(found);
            }
        }
        match reference {
            Some(reference) => Ok(tx.payment_we_call(self.id(), provider, reference).await?),
            None => Ok(None),
        }
    }

    /// The payment that a refund is of, and which refund of ours it is.
    async fn refund_meant(
        &self,
        provider: &str,
        said: &SaidRefund,
    ) -> Result<(Option<PaymentRow>, Option<RefundStanding>)> {
        let mut tx = self.store().snapshot().await?;
        // Its reference is our name for the refund, not for the payment.
        let names = (said.provider_ref.as_deref(), None);
        let Some(id) = self.payment_told_of(&mut tx, provider, names).await? else {
            return Ok((None, None));
        };
        let payment = tx.payment(self.id(), id).await?;
        let steps = tx.payment_steps(self.id(), id).await?;
        let Some(receipt) = steps.iter().find_map(|step| step.receipt) else {
            return Ok((payment, None));
        };
        let mut under_way = None;
        for refund in tx.refunds_of_receipt(self.id(), receipt).await? {
            if refund.channel.is_none() {
                continue;
            }
            let is_named = self.is_called(&mut tx, refund.id, said).await?;
            let is_sent = matches!(refund.state.as_str(), "sent" | "unknown");
            let standing = RefundStanding::of(&mut tx, self, refund, true).await?;
            if is_named || said.reference.as_ref() == Some(&standing.provider_key) {
                return Ok((payment, Some(standing)));
            }
            if is_sent && said.reference.is_none() && is_as_much(said, &standing.refund) {
                under_way = Some(standing);
            }
        }
        Ok((payment, under_way))
    }

    /// Whether it is told once more of the time before the refund's money came
    /// back, of which all is known.
    async fn is_of_before(&self, id: RefundId, said: &SaidRefund) -> Result<bool> {
        let Some(name) = &said.refund_ref else { return Ok(false) };
        let steps = self.store().snapshot().await?.refund_steps(self.id(), id).await?;
        let before = before_it_came_back(&steps).iter().any(|step| step.reference == *name);
        Ok(before && refund_name(&steps).as_ref() != Some(name))
    }

    async fn is_called(&self, tx: &mut Tx, id: RefundId, said: &SaidRefund) -> Result<bool> {
        let Some(name) = &said.refund_ref else { return Ok(false) };
        let steps = tx.refund_steps(self.id(), id).await?;
        Ok(steps.iter().any(|step| step.reference == *name))
    }

    /// Lists what is heard each night, once: it stays off the list once it was taken off.
    pub(super) async fn listed_until_otherwise(
        &self,
        provider: &str,
        payment: Option<&PaymentRow>,
        kind: ExceptionKind,
        why: String,
    ) -> Result<Option<PaymentExceptionRow>> {
        let once = ContentHash::of(known_by(kind, payment, (None, None), &why).as_bytes());
        let mut tx = self.store().snapshot().await?;
        if let Some(row) = tx.payment_exception_once(self.id(), provider, once).await?
            && tx.is_payment_exception_ended(self.id(), row.id).await?
        {
            return Ok(None);
        }
        drop(tx);
        self.listed_alone(provider, payment, kind, why).await
    }

    /// Lists what is said of no payment's own life.
    pub(super) async fn listed_alone(
        &self,
        provider: &str,
        payment: Option<&PaymentRow>,
        kind: ExceptionKind,
        why: String,
    ) -> Result<Option<PaymentExceptionRow>> {
        let news = PaymentNews {
            provider: provider.to_owned(),
            channel: String::new(),
            payment: None,
            id: None,
            word: Word::Silent,
        };
        let listed = once_each(|| async {
            let tx = self.store().begin().await?;
            let odd = Odd { kind, why: why.clone() };
            self.odd(tx, &news, payment, odd).await
        });
        match listed.await? {
            PaymentHeard::Exception(row) => Ok(Some(*row)),
            PaymentHeard::Of(_) | PaymentHeard::Nothing => Ok(None),
        }
    }
}

fn was_paid(refund: &RefundRow) -> bool {
    [RefundState::Paid, RefundState::Bounced].iter().any(|state| refund.state == state.as_str())
}

fn is_as_much(said: &SaidRefund, refund: &RefundRow) -> bool {
    said.amount.as_ref().is_some_and(|(amount, _)| *amount == refund.amount)
}

/// The order, as far as what is said is held against it.
fn order_of(
    standing: &RefundStanding,
    payment: &PaymentRow,
    said: &SaidRefund,
) -> Result<RefundOrder> {
    let amount = standing.refund.amount;
    let name = said.provider_ref.as_deref().unwrap_or(&payment.reference);
    let key = &standing.provider_key;
    let order = RefundOrder::of(key, &payment.reference, name, amount, payment.amount);
    order.map_err(|bad| AppError::BadInput(bad.to_string()))
}
