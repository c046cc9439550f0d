//! Who pays: kept beside the payment until its receipt says it, apart from the
//! books, so that it can be erased.

use ims_ledger::id::PaymentId;
use ims_store::Tx;

use crate::{Books, Result, keyed::written, take_receipt::Payer};

impl Books {
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
