//! Losses found again: what a bank or a card scheme took back and the accounts
//! no longer had, because it was kept back for a refund that is then not made,
//! or for a dispute that is then won. A dispute that is still open keeps it back.
//!
//! Without this the payer would keep a credit for money that went back to them,
//! and the council a loss it did not have.

use ims_ledger::flow;
use ims_money::Pence;
use ims_store::{ClaimRow, LineKey, LostClaim, Tx};

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
                for lost in tx.lost_of_line(self.id(), of).await? {
                    self.find_loss(tx, writer, of, &lost).await?;
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
        lost: &LostClaim,
    ) -> Result<()> {
        let purpose = if lost.purpose == "return" { "return" } else { "dispute" };
        let mut taking = Taking::of(writer, purpose, lost.subject);
        let still = taking.as_far_as_it_goes(tx, of, lost.short).await?;
        let less = still.checked_sub(lost.short).ok_or(AppError::Overflow)?;
        if less.is_zero() {
            return Ok(());
        }
        taking.record(tx).await?;
        let claims = tx.claims(self.id(), lost.subject).await?.len();
        let row = ClaimRow {
            subject: lost.subject,
            number: i64::try_from(claims).unwrap_or(i64::MAX).saturating_add(1),
            purpose: purpose.to_owned(),
            of,
            amount: Pence::ZERO,
            short: less,
        };
        tx.add_claims(self.id(), std::slice::from_ref(&row)).await?;
        // An open dispute only keeps it back; the accounts lose it if it is lost.
        if !lost.is_open {
            self.post_found(tx, &taking, of).await?;
        }
        let data = serde_json::json!({ "of": purpose, "amount_pence": less });
        self.note(tx, "find loss", &lost.subject.to_string(), data).await
    }

    async fn post_found(&self, tx: &mut Tx, taking: &Taking<'_, '_>, of: LineKey) -> Result<()> {
        let writer = taking.writer;
        let absent = || AppError::NotFound { what: "receipt", name: of.receipt.to_string() };
        let paid = tx.receipt(self.id(), of.receipt).await?.ok_or_else(absent)?;
        let today = self.world().today();
        let Some(mut receipt) = taking.receipt(&paid, today)? else { return Ok(()) };
        let lost = lost(Some(&receipt))?;
        let gains: Vec<_> = lost.iter().map(Lost::gain).collect();
        let postings = some(flow::dispute_lost(&gains))?;
        let said = about_receipt(&receipt);
        let about = format!("found {} {} {said}", taking.purpose, taking.subject);
        let entry = writer.entry("loss-found", today, about, postings);
        receipt.entry = entry.id;
        tx.post_many(self.id(), &[entry]).await?;
        Ok(tx.add_receipts(self.id(), &[receipt]).await?)
    }
}
