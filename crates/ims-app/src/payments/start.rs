//! Starting a payment: a basket, checked as money at a counter is, and kept
//! under a reference of ours before anybody is asked.

use chrono::TimeDelta;
use ims_ledger::{ReceiptNumber, id::PaymentId};
use ims_pay::StatusName;
use ims_store::{PaymentLineRow, PaymentRow, PaymentStepRow, Tx};

use super::{NewPayment, PaymentView, as_receipt, digest_for, look_at, name_of};
use crate::{
    AppError, Books, Permission, Result,
    agreements::Under,
    keyed::{no_card_in_key, once_each},
    take_receipt::Basket,
};

/// For how long a payment that the provider does not know may still begin.
const GOOD_FOR: TimeDelta = TimeDelta::hours(3);

/// A key that something else was done under.
fn used(key: &str) -> AppError {
    AppError::Refused(format!("`{key}` was used before for something else"))
}

/// Refuses what is not what was asked for under its key before.
pub(crate) fn is_same(before: &PaymentRow, new: &NewPayment) -> Result<()> {
    if before.digest == digest_for(new) && before.provider == new.provider {
        return Ok(());
    }
    Err(used(before.key.as_deref().unwrap_or_default()))
}

/// The most characters of a provider's name.
const NAME_MAX: usize = 40;

impl Books {
    /// Starts a payment: nothing is posted, and nobody was asked yet. The answer
    /// says under which reference and for how much to ask.
    ///
    /// # Errors
    ///
    /// As [`take_receipt`](Self::take_receipt); [`AppError::BadInput`] for a
    /// method that is no card, or a line of nothing or less; [`AppError::Refused`] for an
    /// actor who works for some offices only, as a payment is at none.
    pub async fn start_payment(&self, new: &NewPayment) -> Result<PaymentView> {
        self.actor().needs(Permission::TakeCard)?;
        once_each(|| self.start_once(new, None)).await
    }

    /// The same, perhaps under an agreement.
    pub(crate) async fn start_once(
        &self,
        new: &NewPayment,
        under: Option<Under>,
    ) -> Result<PaymentView> {
        if new.provider.trim().is_empty() || new.provider.chars().count() > NAME_MAX {
            let what = format!("a provider has a name of 1 to {NAME_MAX} characters");
            return Err(AppError::BadInput(what));
        }
        no_card_in_key(new.key.as_deref())?;
        let asked = as_receipt(new);
        let mut tx = self.store().begin().await?;
        let settings = self.settings_in(&mut tx).await?;
        if let Some(key) = &new.key
            && let Some(before) = tx.payment_by_key(self.id(), key).await?
        {
            is_same(&before, new)?;
            if self.is_paid_by_another(&mut tx, before.id, new).await? {
                return Err(used(key));
            }
            new.lines.iter().try_for_each(|line| self.needs_fund(line.fund.trim()))?;
            // Whoever else says where the receipt goes, or books it, waits or was first.
            let held = tx.hold_payment(self.id(), before.id).await?;
            let is_open = name_of(held.as_ref().unwrap_or(&before))?.is_open();
            let is_other = is_open
                && (self.want_mail(&mut tx, before.id, new.mail.as_ref()).await?
                    | self.use_links(&mut tx, before.id, &new.links).await?);
            let view = self.payment_view(&mut tx, before, true).await?;
            if is_other {
                tx.commit().await?;
            }
            return Ok(view);
        }
        self.key_is_new(&mut tx, new.key.as_deref()).await?;
        if let Some(under) = under {
            self.may_be_under(&mut tx, under).await?;
        }
        let basket = self.checked_basket(&mut tx, &settings, &asked).await?;
        let row = self.payment_row(new, &basket);
        self.add_started(&mut tx, new, &basket, &row).await?;
        if let Some(under) = under {
            self.is_under(&mut tx, under, &row).await?;
        }
        self.keep_payer(&mut tx, row.id, new.payer.as_ref()).await?;
        self.want_mail(&mut tx, row.id, new.mail.as_ref()).await?;
        self.use_links(&mut tx, row.id, &new.links).await?;
        let view = self.payment_view(&mut tx, row, false).await?;
        tx.commit().await?;
        Ok(view)
    }

    /// Refuses a key under which money was taken otherwise: one form at the counter
    /// is sent for cash and, gone back to, for a card.
    async fn key_is_new(&self, tx: &mut Tx, key: Option<&str>) -> Result<()> {
        let Some(key) = key else { return Ok(()) };
        match tx.entry_by_key(self.id(), key).await? {
            None => Ok(()),
            Some(_) => Err(used(key)),
        }
    }

    /// Whether somebody else pays than whoever was named before. A resident's basket
    /// may change that, and stays one payment.
    async fn is_paid_by_another(
        &self,
        tx: &mut Tx,
        before: PaymentId,
        new: &NewPayment,
    ) -> Result<bool> {
        if new.asked_with.is_empty() {
            return Ok(false);
        }
        let kept = self.payer_of(tx, before).await?;
        // Erased, or kept with the receipt by now.
        Ok(kept.is_some() && kept != new.payer)
    }

    fn payment_row(&self, new: &NewPayment, basket: &Basket) -> PaymentRow {
        let now = self.world().now();
        PaymentRow {
            id: PaymentId::new(self.world().id()),
            reference: self.fresh_reference(),
            provider: new.provider.clone(),
            method: new.method.clone(),
            channel: basket.channel.clone(),
            through: new.through.as_str().to_owned(),
            amount: basket.total,
            key: new.key.clone(),
            digest: digest_for(new),
            started_by: self.actor().name().to_owned(),
            started_at: now,
            expires_at: now.checked_add_signed(GOOD_FOR).unwrap_or(now),
            status: StatusName::Created.as_str().to_owned(),
            steps: 1,
            provider_ref: None,
            transaction: None,
            reason: String::new(),
        }
    }

    /// A reference that cannot be guessed, and that no provider takes for a card.
    pub(crate) fn fresh_reference(&self) -> String {
        loop {
            let random = u64::from_be_bytes(self.world().bytes());
            let reference = ReceiptNumber::from_random(random).to_string();
            if !ims_pay::looks_like_a_card(&reference) {
                return reference;
            }
        }
    }

    async fn add_started(
        &self,
        tx: &mut Tx,
        new: &NewPayment,
        basket: &Basket,
        row: &PaymentRow,
    ) -> Result<()> {
        let line = |(line, (fund, reference)): (&super::PaymentLine, &(String, String))| {
            let (fund, reference) = (fund.clone(), reference.clone());
            PaymentLineRow { fund, reference, amount: line.amount, vat_code: line.vat_code.clone() }
        };
        let lines: Vec<_> = new.lines.iter().zip(&basket.accounts).map(line).collect();
        let first = PaymentStepRow {
            payment: row.id,
            number: 1,
            status: row.status.clone(),
            heard: "ordered".to_owned(),
            provider: row.provider.clone(),
            news: None,
            provider_ref: None,
            transaction: None,
            reason: String::new(),
            entry: None,
            receipt: None,
            suspense: None,
            by: row.started_by.clone(),
            at: row.started_at,
        };
        let at = look_at(row.started_at, row.started_at);
        tx.add_payment(self.id(), row, &lines, &first, at).await?;
        let data = serde_json::json!({
            "provider": row.provider, "method": row.method, "through": row.through,
            "total_pence": row.amount,
            "lines": lines.iter().map(|line| serde_json::json!({
                "fund": line.fund, "reference": line.reference, "amount_pence": line.amount,
            })).collect::<Vec<_>>(),
        });
        self.note(tx, "start payment", &row.reference, data).await
    }
}
