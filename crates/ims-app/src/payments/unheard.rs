//! Payments of which nobody told and whose provider cannot be asked: given up, and listed
//! for a person until somebody looked, or it is heard of after all.

use ims_ledger::seal::ContentHash;
use ims_pay::Saying;
use ims_store::{PaymentRow, Tx};

use super::{
    PaymentNews, Word,
    exceptions::{ExceptionKind, Odd, known_by},
    status::named,
};
use crate::{Books, Result};

/// Why such a payment is listed.
const NOBODY_TO_ASK: &str = "nobody can be asked whether it was paid, and no notice told of it: \
                             look at the provider's own pages";

impl Books {
    /// Lists a payment that is given up. Of one that the provider has not named no payer
    /// was ever sent there.
    pub(super) async fn list_unheard(
        &self,
        tx: &mut Tx,
        news: &PaymentNews,
        row: &PaymentRow,
    ) -> Result<()> {
        if news.word == Word::GivenUp && named(row).is_some() {
            let odd = Odd { kind: ExceptionKind::Unreadable, why: NOBODY_TO_ASK.to_owned() };
            self.listed(tx, news, Some(row), odd, None).await?;
        }
        Ok(())
    }

    /// Takes it off the list when its provider says after all what became of it.
    pub(super) async fn is_heard_of(
        &self,
        tx: &mut Tx,
        news: &PaymentNews,
        row: &PaymentRow,
    ) -> Result<()> {
        let Word::Said(said) = &news.word else { return Ok(()) };
        match said.saying() {
            Saying::Paid(_)
            | Saying::Refused { .. }
            | Saying::Cancelled
            | Saying::Expired
            | Saying::Broke { .. } => {
                self.end_unheard(tx, row, "the provider has told what became of it").await
            }
            _ => Ok(()),
        }
    }

    /// The same of those that a payout names by our references: their money is in it.
    pub(crate) async fn are_paid_out(
        &self,
        tx: &mut Tx,
        references: &[String],
        payout: &str,
    ) -> Result<()> {
        for id in tx.payments_expired(self.id(), references).await? {
            if let Some(row) = tx.payment(self.id(), id).await? {
                self.end_unheard(tx, &row, &format!("its money is in payout {payout}")).await?;
            }
        }
        Ok(())
    }

    async fn end_unheard(&self, tx: &mut Tx, row: &PaymentRow, why: &str) -> Result<()> {
        let known = known_by(ExceptionKind::Unreadable, Some(row), (None, None), NOBODY_TO_ASK);
        let once = ContentHash::of(known.as_bytes());
        let Some(listed) = tx.payment_exception_once(self.id(), &row.provider, once).await? else {
            return Ok(());
        };
        let by = (why, self.actor().name(), self.world().now());
        if tx.end_payment_exception(self.id(), listed.id, by).await? {
            let data = serde_json::json!({ "kind": listed.kind, "what": listed.why, "why": why });
            self.note(tx, "end payment exception", &listed.id.to_string(), data).await?;
        }
        Ok(())
    }
}
