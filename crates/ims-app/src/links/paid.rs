//! What was paid by a link.

use ims_ledger::id::{LinkId, PaymentId};
use ims_store::{PaymentRow, Tx};

use super::LinkUses;
use crate::{Books, Result};

impl Books {
    /// Keeps which links a payment was started by; whether one of them is new.
    pub(crate) async fn use_links(
        &self,
        tx: &mut Tx,
        payment: PaymentId,
        links: &[LinkId],
    ) -> Result<bool> {
        let (mut is_new, now) = (false, self.world().now());
        for link in links {
            is_new |= tx.use_link(self.id(), (*link, payment), now).await?;
        }
        Ok(is_new)
    }

    /// Says of each link for one payment that this payment, which is being booked,
    /// has paid it. When another one has before: that one's reference.
    pub(crate) async fn pay_links(&self, tx: &mut Tx, row: &PaymentRow) -> Result<Option<String>> {
        let mut before = None;
        // Held in the order of their ids, whoever holds them.
        for id in tx.links_of_payment(self.id(), row.id).await? {
            let Some(link) = tx.hold_link(self.id(), id).await? else { continue };
            match link.paid_by {
                _ if LinkUses::named(&link.uses)? == LinkUses::Many => {}
                Some(other) => {
                    let other = tx.payment(self.id(), other).await?;
                    before = other.map(|other| other.reference).or(before);
                }
                None => {
                    tx.link_paid(self.id(), (id, row.id), self.world().now()).await?;
                    let data = serde_json::json!({ "payment": row.reference });
                    self.note(tx, "payment link paid", &id.to_string(), data).await?;
                }
            }
        }
        Ok(before)
    }
}
