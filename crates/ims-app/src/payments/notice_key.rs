//! What the notice of a single payment is signed with, where its provider gives each
//! payment a key of its own: kept beside the payment, apart from the books.

use chrono::TimeDelta;
use ims_ledger::id::PaymentId;
use ims_pay::Secret;
use ims_store::Tx;

use crate::{Books, Permission, Result, books::patiently};

/// How long a key is kept. A payment has ended by then, and a notice whose thanks
/// were lost has been sent again.
const KEPT: TimeDelta = TimeDelta::days(7);

/// The key of a payment's notice, and where its payer comes back to.
#[derive(Clone, Debug)]
pub struct NoticeKey {
    /// What the notice will be signed with. It is never printed.
    pub key: Secret,
    /// Where the provider sends the payer's browser once the notice is kept.
    pub back: String,
}

impl Books {
    /// Keeps the key of a payment's notice, for some days: before its payer is sent
    /// on, so that no notice comes that cannot be verified.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn keep_notice_key(&self, payment: PaymentId, key: &NoticeKey) -> Result<()> {
        self.actor().needs(Permission::Import)?;
        patiently(|| async {
            let now = self.world().now();
            let mut tx = self.store().begin().await?;
            let kept = (payment, key.key.reveal(), key.back.as_str());
            tx.keep_notice_key(self.id(), kept, now).await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    /// The key of a payment's notice; none once it was forgotten.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn notice_key(&self, payment: PaymentId) -> Result<Option<NoticeKey>> {
        self.actor().needs(Permission::Import)?;
        let kept = self.store().snapshot().await?.notice_key(self.id(), payment).await?;
        Ok(kept.map(|(key, back)| NoticeKey { key: Secret::new(key), back }))
    }

    pub(super) async fn forget_notice_keys(&self, tx: &mut Tx) -> Result<()> {
        let before = self.world().now().checked_sub_signed(KEPT).unwrap_or_default();
        tx.forget_notice_keys(self.id(), before).await?;
        Ok(())
    }
}
