//! Money given up, and differences accepted: one asks, another approves.

use ims_ledger::{
    flow,
    id::{ApprovalId, ChannelCode, ExpectedId, MatchId, SuspenseId},
};
use ims_money::Pence;
use ims_store::{MatchRow, OpenExpected, PairRow, Tx};
use serde::{Deserialize, Serialize};

use crate::{
    AppError, Books, Permission, Result, Verdict,
    approvals::Ask,
    books::patiently,
    keyed::{Said, once_each, read, written},
    no_card::no_card,
    posting::some,
    return_suspense::Part,
};

/// The kind that write-offs of suspense wait by.
pub(crate) const WRITE_OFF: &str = "write-off";

/// The kind that accepted differences wait by.
pub(crate) const DIFFERENCE: &str = "accepted-difference";

/// The name the explanation of an accepted difference goes by.
pub(crate) const ACCEPTED: &str = "difference accepted";

/// A difference that waits to be accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Difference {
    expected: ExpectedId,
    amount: Pence,
}

impl Books {
    /// Asks for an item of suspense, or part of it, to be given up; all that is
    /// left when no amount is said. Nothing is posted yet.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another item, [`AppError::Refused`] when more
    /// is asked than is left.
    pub async fn write_off_suspense(
        &self,
        id: SuspenseId,
        amount: Option<Pence>,
        reason: &str,
        key: Option<&str>,
    ) -> Result<ApprovalId> {
        self.actor().needs(Permission::WriteOff)?;
        no_card("reason", reason)?;
        once_each(|| self.ask_part(WRITE_OFF, id, amount, reason, key)).await
    }

    /// Approves that suspense is given up.
    ///
    /// # Errors
    ///
    /// [`AppError::Refused`] by who asked, when it was decided already, or when
    /// by now less is left of the item.
    pub async fn approve_write_off(&self, id: ApprovalId, reason: &str) -> Result<Pence> {
        self.actor().needs(Permission::ApproveWriteOff)?;
        no_card("reason", reason)?;
        patiently(|| self.write_off_once(id, reason)).await
    }

    async fn write_off_once(&self, id: ApprovalId, reason: &str) -> Result<Pence> {
        let mut tx = self.store().begin().await?;
        let decision = (Verdict::Approved, reason);
        if let Some(row) = self.decided_so(&mut tx, id, WRITE_OFF, decision).await? {
            return Ok(read::<Part>(&row.document)?.amount);
        }
        let (row, part) = self.approved_part(&mut tx, id, WRITE_OFF, reason).await?;
        let writer = self.writer(&mut tx).await?;
        let about = format!("writes off {} {} {id}", part.item, part.amount);
        let postings = some(flow::suspense_written_off(part.amount))?;
        let entry = writer.entry("write-off", self.world().today(), about, postings);
        self.take_part(&mut tx, &writer, part, &entry, &row.reason).await?;
        let data = serde_json::json!({
            "amount_pence": part.amount, "asked_by": row.asked_by, "why": row.reason,
        });
        self.note(&mut tx, "write off suspense", &part.item.to_string(), data).await?;
        tx.commit().await?;
        Ok(part.amount)
    }

    /// Says no to a write-off, with a reason.
    ///
    /// # Errors
    ///
    /// [`AppError::Refused`] when it was decided already.
    pub async fn refuse_write_off(&self, id: ApprovalId, reason: &str) -> Result<()> {
        self.actor().needs(Permission::ApproveWriteOff)?;
        no_card("reason", reason)?;
        patiently(|| self.refuse_once(id, WRITE_OFF, reason)).await
    }

    /// What clearing accounts still wait for, the oldest first: of one channel,
    /// or of all.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn waited_for(&self, channel: Option<&str>) -> Result<Vec<OpenExpected>> {
        self.actor().needs(Permission::SeeBank)?;
        let mut items = self.store().snapshot().await?.open_expected(self.id()).await?;
        items.retain(|item| channel.is_none_or(|channel| item.channel == channel));
        Ok(items)
    }

    /// Asks for a difference to be accepted: what a clearing account waits for
    /// will not come, or what it holds is nobody's. Nothing is posted yet.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] when nothing open waits under that id.
    pub async fn accept_difference(
        &self,
        id: ExpectedId,
        reason: &str,
        key: Option<&str>,
    ) -> Result<ApprovalId> {
        self.actor().needs(Permission::WriteOff)?;
        no_card("reason", reason)?;
        once_each(|| self.ask_difference(id, reason, key)).await
    }

    async fn ask_difference(
        &self,
        id: ExpectedId,
        reason: &str,
        key: Option<&str>,
    ) -> Result<ApprovalId> {
        let mut tx = self.store().begin().await?;
        let item = self.open_item(&mut tx, id).await?;
        let ask = Ask {
            kind: DIFFERENCE,
            subject: format!("{} {} of {}", item.channel, item.reference, item.happened_on),
            amount: item.amount,
            document: written(&Difference { expected: id, amount: item.amount })?,
            reason,
            key,
        };
        let asked = self.ask(&mut tx, ask).await?;
        tx.commit().await?;
        Ok(asked)
    }

    async fn open_item(&self, tx: &mut Tx, id: ExpectedId) -> Result<OpenExpected> {
        let open = tx.these_expected(self.id(), &[id]).await?;
        let absent = || AppError::NotFound { what: "open item of a channel", name: id.to_string() };
        open.into_iter().next().ok_or_else(absent)
    }

    /// Approves that a difference is accepted: the item is waited for no more.
    ///
    /// # Errors
    ///
    /// [`AppError::Refused`] by who asked, when it was decided already, or when
    /// the money has come since.
    pub async fn approve_difference(&self, id: ApprovalId, reason: &str) -> Result<MatchId> {
        self.actor().needs(Permission::ApproveWriteOff)?;
        no_card("reason", reason)?;
        patiently(|| self.difference_once(id, reason)).await
    }

    async fn difference_once(&self, id: ApprovalId, reason: &str) -> Result<MatchId> {
        let mut tx = self.store().begin().await?;
        let said = Said { deed: "approve difference", of: id.to_string(), words: reason };
        if let Some(matched) = self.said::<MatchId>(&mut tx, &said).await? {
            return Ok(matched);
        }
        let row = self.waiting(&mut tx, id, DIFFERENCE).await?;
        let difference: Difference = read(&row.document)?;
        self.decide(&mut tx, &row, Verdict::Approved, reason).await?;
        let come = || AppError::Refused("it is waited for no more: the money has come".to_owned());
        let item = match self.open_item(&mut tx, difference.expected).await {
            Err(AppError::NotFound { .. }) => return Err(come()),
            other => other?,
        };
        let channel =
            ChannelCode::parse(&item.channel).map_err(|bad| AppError::BadInput(bad.to_string()))?;
        let writer = self.writer(&mut tx).await?;
        let postings = some(flow::difference_accepted(&channel, item.amount))?;
        let about = format!("accepts {} {} {id}", item.id, item.amount);
        let entry = writer.entry("difference", self.world().today(), about, postings);
        let set = MatchRow {
            id: MatchId::new(self.world().id()),
            rule: ACCEPTED.to_owned(),
            reason: row.reason.clone(),
            amount: Pence::ZERO,
            entry: Some(entry.id),
            made_by: self.actor().name().to_owned(),
            made_at: writer.now,
            config_version: None,
            undone_at: None,
        };
        let pair = PairRow {
            matched: set.id,
            line: None,
            suspense: None,
            expected: Some(item.id),
            receipt: None,
            amount: item.amount,
        };
        // One bank line may explain it at this very moment: one of the two wins.
        if tx.close_expected(self.id(), &[item.id]).await? != 1 {
            return Err(come());
        }
        tx.post_many(self.id(), std::slice::from_ref(&entry)).await?;
        tx.add_matches(self.id(), std::slice::from_ref(&set), &[pair]).await?;
        let data = serde_json::json!({
            "channel": item.channel, "amount_pence": item.amount, "asked_by": row.asked_by,
            "why": row.reason, "match": set.id,
        });
        self.note(&mut tx, "accept difference", &item.id.to_string(), data).await?;
        self.keep_said(&mut tx, &said, &set.id).await?;
        tx.commit().await?;
        Ok(set.id)
    }

    /// Says no to an accepted difference, with a reason.
    ///
    /// # Errors
    ///
    /// [`AppError::Refused`] when it was decided already.
    pub async fn refuse_difference(&self, id: ApprovalId, reason: &str) -> Result<()> {
        self.actor().needs(Permission::ApproveWriteOff)?;
        no_card("reason", reason)?;
        patiently(|| self.refuse_once(id, DIFFERENCE, reason)).await
    }
}
