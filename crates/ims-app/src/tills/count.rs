//! A till counted, blind: what is there is said before what should be is told.

use ims_ledger::{
    CardMachine, TillBanking, TillCount, TillLine,
    id::{ApprovalId, TillSessionId},
    seal::ContentHash,
};
use ims_money::Pence;
use ims_store::{StoreError, TillCountRow, Tx};

use super::{Held, TillStatus};
use crate::{
    AppError, Books, Permission, Result,
    approvals::Ask,
    keyed::{Keyed, once_each, written},
};

/// The kind of its approvals.
pub(super) const KIND: &str = "till-difference";

/// What a count came to. Whoever counts is told only once it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountedTill {
    /// The session's number as people see it.
    pub number: String,
    /// Where it stands now.
    pub status: TillStatus,
    /// Each kind of money: expected and counted, without the float.
    pub lines: Vec<TillLine>,
    /// What the receipts say.
    pub expected: Pence,
    /// What is paid in.
    pub counted: Pence,
    /// What is paid in above what the receipts say; negative when it is short.
    pub over: Pence,
    /// What of the float is missing.
    pub float_short: Pence,
    /// The paying-in slips, as the bank will show them.
    pub slips: Vec<String>,
    /// What a second person is asked, if the difference is above the limit.
    pub waits_for: Option<ApprovalId>,
    /// Whether the same had been counted before.
    pub before: bool,
}

impl Books {
    /// Counts a till: notes and coins with the float, cheques, totals of card
    /// terminals. Nothing goes into it after that. It is paid in at once, unless
    /// it differs by more than the council's limit: then a second person is asked.
    /// The same count again is answered as before; under a caller's key it is so
    /// whatever was decided since, where a recount would otherwise take it for a new
    /// count.
    ///
    /// Its cashier counts it, or whoever may approve write-offs, in their place.
    ///
    /// # Errors
    ///
    /// [`AppError::BadInput`] for a count that cannot be meant; [`AppError::Refused`]
    /// for somebody else's till, one that was counted, and a key that was used for
    /// another count.
    pub async fn count_till(
        &self,
        id: TillSessionId,
        count: &TillCount,
        key: Option<&str>,
    ) -> Result<CountedTill> {
        self.needs_counting()?;
        let asked = written(&(id, count))?;
        let asked = Keyed::by_caller("count till", key, &asked)?;
        once_each(|| self.count_till_once(id, count, asked)).await
    }

    /// Whoever may take cash or stand in for a cashier.
    pub(super) fn needs_counting(&self) -> Result<()> {
        if self.actor().may(Permission::ApproveWriteOff) {
            return Ok(());
        }
        self.actor().needs(Permission::TakeCash)
    }

    async fn count_till_once(
        &self,
        id: TillSessionId,
        count: &TillCount,
        asked: Keyed<'_>,
    ) -> Result<CountedTill> {
        let mut tx = self.store().begin().await?;
        let held = self.held_till(&mut tx, id).await?;
        if !self.actor().may(Permission::ApproveWriteOff) {
            held.is_of(self.actor().name())?;
        }
        let document = written(count)?;
        let counts = tx.till_counts(self.id(), id).await?;
        if let Some(number) = self.answered::<i64>(&mut tx, asked).await? {
            let absent = || AppError::NotFound { what: "count", name: number.to_string() };
            let kept = counts.iter().find(|row| row.number == number).ok_or_else(absent)?;
            return self.told(&mut tx, &held, kept, true).await;
        }
        if !matches!(held.status, TillStatus::Open | TillStatus::Recount) {
            return match counts.last() {
                Some(last) if last.document == document && last.by == self.actor().name() => {
                    let told = self.told(&mut tx, &held, last, true).await?;
                    self.keep_answer(&mut tx, asked, &last.number).await?;
                    tx.commit().await?;
                    Ok(told)
                }
                _ => Err(AppError::Refused(format!("{} was counted already", held.label()))),
            };
        }
        tx.hold_batches(self.id()).await?;
        // From here on it takes nothing more, and what it took is what it took.
        if !tx.move_till(self.id(), id, held.row.status.as_str(), "counted").await? {
            return Err(StoreError::Busy.into());
        }
        let number = i64::try_from(counts.len()).unwrap_or(i64::MAX).saturating_add(1);
        let taken = self.till_taken(&mut tx, &held, number).await?;
        if let Some(fault) = count.faults(&taken).first() {
            return Err(AppError::BadInput(fault.to_string()));
        }
        if !count.card_machines.is_empty() && held.till.terminal_channel.is_none() {
            return Err(AppError::BadInput(format!("till {} takes no cards", held.till.code)));
        }
        let is_strange = |card: &&CardMachine| {
            let batch = (card.terminal.trim().to_owned(), card.batch.trim().to_owned());
            !taken.cards.contains_key(&batch)
        };
        let strange = count.card_machines.iter().filter(is_strange);
        self.batches_are_free(&mut tx, strange, Some(id), &held.label()).await?;
        let banking = count.against(&taken).ok_or(AppError::Overflow)?;
        let approval = self.asks_about(&mut tx, &held, number, &banking).await?;
        let row = TillCountRow {
            number,
            content_hash: ContentHash::of(document.as_bytes()),
            document,
            by: self.actor().name().to_owned(),
            at: self.world().now(),
            approval,
        };
        tx.add_till_count(self.id(), id, &row).await?;
        self.keep_answer(&mut tx, asked, &number).await?;
        let data = serde_json::json!({
            "count": number, "hash": row.content_hash.to_string(),
            "expected_pence": banking.expected, "counted_pence": banking.counted,
            "over_pence": banking.over, "float_short_pence": banking.float_short,
            "approval": approval.map(|id| id.to_string()),
        });
        self.note(&mut tx, "count till", &held.label(), data).await?;
        if approval.is_none() {
            self.pay_in(&mut tx, &held, &row, count, &banking).await?;
        }
        let held = self.held_till(&mut tx, id).await?;
        let told = self.told(&mut tx, &held, &row, false).await?;
        tx.commit().await?;
        Ok(told)
    }

    /// Asks a second person about a difference above the limit.
    async fn asks_about(
        &self,
        tx: &mut Tx,
        held: &Held,
        number: i64,
        banking: &TillBanking,
    ) -> Result<Option<ApprovalId>> {
        if held.difference_above.is_none_or(|limit| banking.differs <= limit) {
            return Ok(None);
        }
        let said =
            |line: &TillLine| format!("{} {} for {}", line.what, line.counted, line.expected);
        let lines: Vec<_> = banking.lines.iter().map(said).collect();
        let ask = Ask {
            kind: KIND,
            subject: format!(
                "{} at till {}: {} counted, {} expected",
                held.label(),
                held.row.till,
                banking.counted,
                banking.expected
            ),
            amount: banking.differs,
            document: serde_json::json!({ "session": held.row.id, "count": number }).to_string(),
            reason: &format!("counted {}", lines.join("; ")),
            key: None,
        };
        Ok(Some(self.ask(tx, ask).await?))
    }
}
