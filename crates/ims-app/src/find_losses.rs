//! Losses found again: what a bank or a card scheme took back and the accounts
//! no longer had, because it was kept back for a refund that is then not made,
//! or for a dispute that is then won.
//!
//! Without this the payer would keep a credit for money that went back to them,
//! and the council a loss it did not have.

use ims_ledger::flow;
use ims_money::Pence;
use ims_store::{ClaimRow, LineKey, Tx};
use uuid::Uuid;

use crate::{
    AppError, Books, Result,
    outgoing::{Lost, MOVES_MAX, Taking, lost},
    posting::{Writer, about_receipt, some},
};

impl Books {
    /// After money was given back to `lines`: what others had claimed of them
    /// and was not there is taken now.
    pub(crate) async fn find_losses(
        &self,
        tx: &mut Tx,
        writer: &Writer<'_>,
        lines: Vec<LineKey>,
    ) -> Result<()> {
        for line in lines {
            let mut at = Some(line);
            // Whoever claims names the payment; the money may be where it was
            // moved on to.
            for _ in 0..MOVES_MAX {
                let Some(of) = at else { break };
                for (subject, purpose, short) in tx.lost_of_line(self.id(), of).await? {
                    let purpose = if purpose == "return" { "return" } else { "dispute" };
                    self.find_loss(tx, writer, of, (subject, purpose, short)).await?;
                }
                at = tx.moved_from(self.id(), of.receipt).await?;
            }
        }
        Ok(())
    }

    async fn find_loss(
        &self,
        tx: &mut Tx,
        writer: &Writer<'_>,
        of: LineKey,
        (subject, purpose, short): (Uuid, &'static str, Pence),
    ) -> Result<()> {
        let mut taking = Taking::of(writer, purpose, subject);
        let still = taking.as_far_as_it_goes(tx, of, short).await?;
        let found = short.checked_sub(still).ok_or(AppError::Overflow)?;
        let absent = || AppError::NotFound { what: "receipt", name: of.receipt.to_string() };
        let paid = tx.receipt(self.id(), of.receipt).await?.ok_or_else(absent)?;
        let today = self.world().today();
        let Some(mut receipt) = taking.receipt(&paid, today)? else { return Ok(()) };
        taking.record(tx).await?;
        let claims = tx.claims(self.id(), subject).await?.len();
        let number = i64::try_from(claims).unwrap_or(i64::MAX).saturating_add(1);
        let less = found.checked_neg().ok_or(AppError::Overflow)?;
        let purpose = purpose.to_owned();
        let row = ClaimRow { subject, number, purpose, of, amount: Pence::ZERO, short: less };
        tx.add_claims(self.id(), std::slice::from_ref(&row)).await?;
        let lost = lost(Some(&receipt))?;
        let gains: Vec<_> = lost.iter().map(Lost::gain).collect();
        let postings = some(flow::dispute_lost(&gains))?;
        let about = format!("found {} {subject} {found} {}", row.purpose, about_receipt(&receipt));
        let entry = writer.entry("loss-found", today, about, postings);
        receipt.entry = entry.id;
        let data = serde_json::json!({
            "of": row.purpose, "receipt": paid.number, "amount_pence": found,
        });
        tx.post_many(self.id(), &[entry]).await?;
        tx.add_receipts(self.id(), &[receipt]).await?;
        self.note(tx, "find loss", &subject.to_string(), data).await
    }
}
