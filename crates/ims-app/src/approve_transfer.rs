//! A second person's say on transfers and journals above the council's limit.

use ims_ledger::id::{ApprovalId, TransferId};
use ims_money::Pence;
use ims_store::{TransferRow, Tx};
use serde::{Deserialize, Serialize};

use crate::{
    AppError, Books, NewJournal, NewTransfer, Permission, ROWS_MAX, Result, Transferred, Verdict,
    approvals::Ask,
    books::patiently,
    journal_line::Under,
    keyed::{Said, read},
    moving::reasoned,
    no_card::no_card,
    who::SeenPage,
};

/// What waits: a journal or a transfer, as it was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Move {
    /// Of a posted line.
    Journal(NewJournal),
    /// Between accounts.
    Transfer(NewTransfer),
}

/// The kind that approvals of both go by.
pub(crate) const KIND: &str = "transfer";

impl Books {
    /// Approves a transfer or journal, which is posted now, if it still can be.
    ///
    /// # Errors
    ///
    /// [`AppError::Refused`] by who asked for it, when it was decided already,
    /// or when by now less is left of the line than it takes: then it still waits.
    pub async fn approve_transfer(&self, id: ApprovalId, reason: &str) -> Result<Transferred> {
        self.actor().needs(Permission::ApproveTransfer)?;
        no_card("reason", reason)?;
        patiently(|| self.approve_move_once(id, reason)).await
    }

    async fn approve_move_once(&self, id: ApprovalId, reason: &str) -> Result<Transferred> {
        let mut tx = self.store().begin().await?;
        let said = Said { deed: "approve transfer", of: id.to_string(), words: reason };
        if let Some(done) = self.said::<Transferred>(&mut tx, &said).await? {
            return Ok(Transferred { before: true, ..done });
        }
        let row = self.waiting(&mut tx, id, KIND).await?;
        let what: Move = read(&row.document)?;
        self.decide(&mut tx, &row, Verdict::Approved, reason).await?;
        let done = self.post_move(&mut tx, &what, Under { approval: Some(id), key: None }).await?;
        self.keep_said(&mut tx, &said, &done).await?;
        tx.commit().await?;
        Ok(done)
    }

    /// Says no to a transfer or journal, with a reason.
    ///
    /// # Errors
    ///
    /// [`AppError::Refused`] when it was decided already.
    pub async fn refuse_transfer(&self, id: ApprovalId, reason: &str) -> Result<()> {
        self.actor().needs(Permission::ApproveTransfer)?;
        no_card("reason", reason)?;
        patiently(|| self.refuse_once(id, KIND, reason)).await
    }

    /// Says no to what waits, of this kind; nothing was posted, so nothing is undone.
    pub(crate) async fn refuse_once(
        &self,
        id: ApprovalId,
        kind: &'static str,
        reason: &str,
    ) -> Result<()> {
        let reason = reasoned(reason)?;
        let mut tx = self.store().begin().await?;
        if self.decided_so(&mut tx, id, kind, (Verdict::Refused, reason)).await?.is_some() {
            return Ok(());
        }
        let row = self.waiting(&mut tx, id, kind).await?;
        self.decide(&mut tx, &row, Verdict::Refused, reason).await?;
        Ok(tx.commit().await?)
    }

    /// Transfers and journals, the newest first, at most `limit` before `before`.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn transfers(
        &self,
        before: Option<TransferId>,
        limit: i64,
    ) -> Result<Vec<TransferRow>> {
        self.actor().needs(Permission::SeeIncome)?;
        let mut tx = self.store().snapshot().await?;
        let (mut before, limit) = (before, limit.clamp(1, ROWS_MAX));
        let mut seen = SeenPage::of(limit);
        loop {
            let rows = tx.transfers(self.id(), before, limit).await?;
            before = rows.last().map(|row| row.id);
            let page = rows.into_iter().map(|row| (Some(row.receipt), row)).collect();
            if !seen.take_of(self, &mut tx, page).await? {
                return Ok(seen.rows);
            }
        }
    }

    /// One transfer or journal, with the receipt whose lines say what it moved.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another.
    pub async fn transfer_shown(
        &self,
        id: TransferId,
    ) -> Result<(TransferRow, ims_store::ReceiptRow)> {
        self.actor().needs(Permission::SeeIncome)?;
        let mut tx = self.store().snapshot().await?;
        let absent = || AppError::NotFound { what: "transfer or journal", name: id.to_string() };
        let row = tx.transfer(self.id(), id).await?.ok_or_else(absent)?;
        let receipt = tx.receipt(self.id(), row.receipt).await?.ok_or_else(absent)?;
        self.needs_receipt(&receipt).map_err(|_| absent())?;
        Ok((row, receipt))
    }

    pub(crate) async fn post_move(
        &self,
        tx: &mut Tx,
        what: &Move,
        under: Under<'_>,
    ) -> Result<Transferred> {
        match what {
            Move::Journal(new) => self.post_journal(tx, new, under).await,
            Move::Transfer(new) => self.post_transfer(tx, new, under).await,
        }
    }

    pub(crate) async fn ask_to_move(
        &self,
        tx: &mut Tx,
        what: &Move,
        (amount, funds): (Pence, &[String]),
        document: &str,
        key: Option<&str>,
    ) -> Result<ApprovalId> {
        let (word, to, reason) = match what {
            Move::Journal(new) => ("journal", &new.to, &new.reason),
            Move::Transfer(new) => ("transfer", &new.to, &new.reason),
        };
        let to: Vec<_> =
            to.iter().map(|part| format!("{} {}", part.fund, part.reference)).collect();
        let ask = Ask {
            kind: KIND,
            subject: format!("{word} to {}", to.join(", ")),
            amount,
            document: document.to_owned(),
            reason,
            key,
        };
        let id = self.ask(tx, ask).await?;
        self.ask_about(tx, id, &funds.iter().map(String::as_str).collect::<Vec<_>>()).await?;
        Ok(id)
    }

    /// The funds that money leaves or reaches, old references followed; of a
    /// journal, those of all the payment too.
    pub(crate) async fn funds_moved(
        &self,
        tx: &mut Tx,
        what: &Move,
        made: TransferId,
    ) -> Result<Vec<String>> {
        let source = match what {
            Move::Transfer(_) => None,
            Move::Journal(new) => Some(new.receipt),
        };
        let made = tx.transfer(self.id(), made).await?.map(|row| row.receipt);
        let mut funds = Vec::new();
        for receipt in made.into_iter().chain(source) {
            let receipt = tx.receipt(self.id(), receipt).await?;
            let lines = receipt.into_iter().flat_map(|receipt| receipt.lines);
            funds.extend(lines.map(|line| line.fund));
        }
        Ok(funds)
    }
}
