//! Who pays: kept beside the payment until its receipt says it, apart from the
//! books, so that it can be erased.

use chrono::TimeDelta;
use ims_ledger::id::PaymentId;
use ims_store::Tx;

use crate::{Books, Result, books::patiently, keyed::written, take_receipt::Payer};

/// How long who pays is kept of a payment that ended unpaid: it may turn out to be
/// paid all the same.
const KEPT: TimeDelta = TimeDelta::days(7);

impl Books {
    /// Forgets who meant to pay and never did, old keys of payments' notices, and the
    /// baskets that have ended.
    pub(crate) async fn forget_payers(&self) -> Result<()> {
        patiently(|| async {
            let now = self.world().now();
            let before = now.checked_sub_signed(KEPT).unwrap_or_default();
            let mut tx = self.store().begin().await?;
            let payers = tx.forget_payers(self.id(), before).await?;
            if payers > 0 {
                let data = serde_json::json!({ "payers": payers, "ended_before": before });
                self.note(&mut tx, "forget payers", &self.council().code, data).await?;
            }
            self.forget_notice_keys(&mut tx).await?;
            tx.end_old_baskets(self.id(), now).await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    /// Keeps who pays.
    pub(super) async fn keep_payer(
        &self,
        tx: &mut Tx,
        payment: PaymentId,
        payer: Option<&Payer>,
    ) -> Result<()> {
        let Some(payer) = payer else { return Ok(()) };
        let salt: [u8; 16] = self.world().bytes();
        let detail = (payment.get(), salt.to_vec(), written(payer)?);
        Ok(tx.put_details(self.id(), &[detail]).await?)
    }

    /// Who pays; nobody once it was erased.
    pub(super) async fn payer_of(&self, tx: &mut Tx, payment: PaymentId) -> Result<Option<Payer>> {
        let words = tx.words_of(self.id(), payment.get()).await?;
        Ok(words.and_then(|words| serde_json::from_str(&words).ok()))
    }
}
