//! Taking an explanation of bank lines back: what it joined is open again.

use std::collections::{BTreeMap, BTreeSet};

use ims_ledger::{
    Account, Draft, RefundEvent, RefundState, Side,
    id::{LineId, MatchId, ReceiptId},
};
use ims_money::Pence;
use ims_store::{
    AllocationRow, EntryRow, LineKey, MatchRow, PairRow, ReceiptRow, RefundRow, StoreError, Tx,
};

use crate::{
    AppError, Books, Permission, Result,
    books::patiently,
    close_day::TO_SUSPENSE,
    keyed::Said,
    no_card::no_card,
    outgoing::{STANDING_MAX, Taking, in_words},
    payments::RENAMED,
    posting::Writer,
    reconcile_bank::{TOGETHER, net, unmatched},
    refund_steps::{Step, next},
    tills::PAID_IN,
};

/// The name the explanation of what is waited for no more goes by.
pub(crate) const NO_MORE: &str = "match taken back";

impl Books {
    /// Takes a match back, with a reason.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another, [`AppError::Refused`] when it was
    /// taken back already or is part of what closing a day or reversing an
    /// import did.
    pub async fn undo_match(&self, id: MatchId, reason: &str) -> Result<MatchRow> {
        self.actor().needs(Permission::Reconcile)?;
        no_card("reason", reason)?;
        if reason.trim().is_empty() {
            return Err(AppError::BadInput("say why the match is taken back".to_owned()));
        }
        let done = patiently(|| self.undo_once(id, reason)).await;
        match done {
            Err(AppError::Store(StoreError::Duplicate(_))) => {
                Err(AppError::Refused(format!("match {id} was taken back already")))
            }
            other => other,
        }
    }

    async fn undo_once(&self, id: MatchId, reason: &str) -> Result<MatchRow> {
        let mut tx = self.store().begin().await?;
        let absent = || AppError::NotFound { what: "match", name: id.to_string() };
        let set = tx.match_set(self.id(), id).await?.ok_or_else(absent)?;
        let said = Said { deed: "undo match", of: id.to_string(), words: reason };
        if self.said::<()>(&mut tx, &said).await?.is_some() {
            return Ok(MatchRow { undone_at: None, ..set });
        }
        let pairs: Vec<PairRow> =
            tx.pairs(self.id(), id).await?.into_iter().map(|(pair, _, _)| pair).collect();
        check(&set, &pairs)?;
        let shown = self.refunds_shown(&mut tx, id).await?;
        let writer = Writer {
            books: self,
            now: self.world().now(),
            closed_through: tx.closed_through(self.id()).await?,
            import: None,
        };
        let entry = self.contra(&mut tx, &writer, &set, &pairs).await?;
        if let Some(entry) = &entry {
            tx.post_many(self.id(), std::slice::from_ref(entry)).await?;
        }
        self.open_again(&mut tx, &pairs).await?;
        self.wait_no_more(&mut tx, &writer, &set, &pairs, entry.as_ref()).await?;
        self.give_back(&mut tx, &writer, &set, &pairs, entry.as_ref(), reason).await?;
        for receipt in pairs.iter().filter_map(|pair| pair.receipt) {
            self.undo_receipt(&mut tx, &writer, receipt, entry.as_ref()).await?;
        }
        let entry = entry.map(|entry| entry.id);
        for (refund, state) in shown {
            let mut step = Step::of(&refund, state, reason);
            step.entry = entry;
            self.take_step(&mut tx, &writer, refund, step).await?;
        }
        tx.add_undo(self.id(), id, entry, reason, self.actor().name(), writer.now).await?;
        let data =
            serde_json::json!({ "rule": set.rule, "reason": reason, "amount_pence": set.amount });
        self.note(&mut tx, "undo match", &id.to_string(), data).await?;
        self.keep_said(&mut tx, &said, &()).await?;
        tx.commit().await?;
        Ok(set)
    }

    /// The refunds that the match showed paid, or come back, and where they
    /// stand without it.
    async fn refunds_shown(
        &self,
        tx: &mut Tx,
        id: MatchId,
    ) -> Result<Vec<(RefundRow, RefundState)>> {
        let mut shown = Vec::new();
        for step in tx.refund_steps_of_match(self.id(), id).await? {
            let refund = self.refund_in(tx, step.refund).await?;
            if refund.steps != step.number {
                let what =
                    format!("refund {} has gone on since: it is {}", refund.number, refund.state);
                return Err(AppError::Refused(what));
            }
            let state = next(&refund, RefundEvent::TakeBack)?;
            shown.push((refund, state));
        }
        Ok(shown)
    }

    /// What it posted, the other way round.
    async fn contra(
        &self,
        tx: &mut Tx,
        writer: &Writer<'_>,
        set: &MatchRow,
        pairs: &[PairRow],
    ) -> Result<Option<EntryRow>> {
        let Some(id) = set.entry else { return Ok(None) };
        let absent = || AppError::NotFound { what: "entry", name: id.to_string() };
        let entry = tx.entry(self.id(), id).await?.ok_or_else(absent)?;
        let draft = if entry.kind == TOGETHER {
            // Of what it posted with other matches, this match's part.
            let sums = self.net_of(tx, pairs).await?;
            sums.into_iter().fold(Draft::new(), |draft, (account, sum)| {
                draft.signed(account, Side::Credit, sum)
            })
        } else {
            let postings = tx.postings(self.id(), id).await?;
            postings.into_iter().fold(Draft::new(), |draft, (account, side, amount)| {
                draft.on(account, side.other(), amount)
            })
        };
        let about = format!("takes back {} {id}", set.id);
        Ok(Some(writer.entry("undo", self.world().today(), about, draft.balance()?)))
    }

    /// What bank lines and expected money that a match joined put on each account.
    async fn net_of(&self, tx: &mut Tx, pairs: &[PairRow]) -> Result<BTreeMap<Account, Pence>> {
        let lines: BTreeSet<LineId> = pairs.iter().filter_map(|pair| pair.line).collect();
        let mut shown = Vec::new();
        for id in lines {
            let absent = || AppError::NotFound { what: "bank line", name: id.to_string() };
            let line = tx.line(self.id(), id).await?.ok_or_else(absent)?;
            shown.push(unmatched(&line.bank).map(|account| (account, line.amount)));
        }
        let expected: BTreeSet<_> = pairs.iter().filter_map(|pair| pair.expected).collect();
        let expected: Vec<_> = expected.into_iter().collect();
        let expected = tx.expected_of(self.id(), &expected).await?;
        net(shown.into_iter(), expected.iter())
    }

    async fn open_again(&self, tx: &mut Tx, pairs: &[PairRow]) -> Result<()> {
        let mut lines: Vec<_> = pairs.iter().filter_map(|pair| pair.line).collect();
        lines.sort_unstable();
        lines.dedup();
        for id in lines {
            if let Some(line) = tx.line(self.id(), id).await? {
                tx.open_lines_again(self.id(), &line.bank, &[id]).await?;
            }
        }
        let mut expected: Vec<_> = pairs.iter().filter_map(|pair| pair.expected).collect();
        expected.sort_unstable();
        expected.dedup();
        Ok(tx.open_expected_again(self.id(), &expected).await?)
    }

    /// What the match itself made wait for an advice is not waited for any more.
    async fn wait_no_more(
        &self,
        tx: &mut Tx,
        writer: &Writer<'_>,
        set: &MatchRow,
        pairs: &[PairRow],
        entry: Option<&EntryRow>,
    ) -> Result<()> {
        // Only a bank rule makes something wait, and it joins nothing but lines.
        let joins_lines = |pair: &PairRow| {
            pair.suspense.is_none() && pair.expected.is_none() && pair.receipt.is_none()
        };
        let Some(made_by) = set.entry.filter(|_| pairs.iter().all(joins_lines)) else {
            return Ok(());
        };
        let waiting = tx.expected_of_entry(self.id(), made_by).await?;
        if waiting.iter().any(|(_, is_open)| !is_open) {
            return Err(AppError::Refused(
                "what it made wait is matched already: take that match back first".to_owned(),
            ));
        }
        if waiting.is_empty() {
            return Ok(());
        }
        let undone = MatchRow {
            id: MatchId::new(self.world().id()),
            rule: NO_MORE.to_owned(),
            reason: format!("the match that made it wait was taken back: {}", set.id),
            amount: Pence::ZERO,
            entry: entry.map(|entry| entry.id),
            made_by: self.actor().name().to_owned(),
            made_at: writer.now,
            config_version: None,
            undone_at: None,
        };
        let pair = |item: &ims_store::OpenExpected| PairRow {
            matched: undone.id,
            line: None,
            suspense: None,
            expected: Some(item.id),
            receipt: None,
            amount: item.amount,
        };
        let pairs: Vec<PairRow> = waiting.iter().map(|(item, _)| pair(item)).collect();
        tx.add_matches(self.id(), std::slice::from_ref(&undone), &pairs).await?;
        let ids: Vec<_> = waiting.iter().map(|(item, _)| item.id).collect();
        if tx.close_expected(self.id(), &ids).await? != u64::try_from(ids.len()).unwrap_or(u64::MAX)
        {
            // Somebody matched it since we looked.
            return Err(StoreError::Busy.into());
        }
        Ok(())
    }

    /// Gives suspense back what the match had taken of it.
    async fn give_back(
        &self,
        tx: &mut Tx,
        writer: &Writer<'_>,
        set: &MatchRow,
        pairs: &[PairRow],
        entry: Option<&EntryRow>,
        reason: &str,
    ) -> Result<()> {
        let mut items: Vec<_> = pairs.iter().filter_map(|pair| pair.suspense).collect();
        items.sort_unstable();
        items.dedup();
        for id in items {
            let taken = tx.allocations(self.id(), id).await?;
            let taken =
                taken.iter().filter(|row| row.matched == Some(set.id)).map(|row| row.amount);
            let amount = Pence::checked_sum(taken).ok_or(AppError::Overflow)?;
            tx.reopen_suspense(self.id(), id, amount).await?;
            let row = AllocationRow {
                id: self.world().id(),
                suspense: id,
                amount: amount.checked_neg().ok_or(AppError::Overflow)?,
                entry: entry.map_or(ims_ledger::id::EntryId::new(uuid::Uuid::nil()), |e| e.id),
                receipt: None,
                matched: Some(set.id),
                note: format!("the match was taken back: {reason}"),
                by: self.actor().name().to_owned(),
                at: writer.now,
            };
            tx.add_allocations(self.id(), &[row]).await?;
        }
        Ok(())
    }

    /// A receipt made of the line is undone by another.
    async fn undo_receipt(
        &self,
        tx: &mut Tx,
        writer: &Writer<'_>,
        id: ReceiptId,
        entry: Option<&EntryRow>,
    ) -> Result<()> {
        let absent = || AppError::NotFound { what: "receipt", name: id.to_string() };
        let receipt = tx.receipt(self.id(), id).await?.ok_or_else(absent)?;
        let entry = entry.map_or(receipt.entry, |entry| entry.id);
        let undone = writer.undoing(&receipt, entry)?;
        self.use_up(tx, writer, &receipt, &undone).await?;
        Ok(tx.add_receipts(self.id(), &[undone]).await?)
    }

    /// What is reversed cannot be refunded, moved or returned any more, and
    /// what was cannot be reversed.
    async fn use_up(
        &self,
        tx: &mut Tx,
        writer: &Writer<'_>,
        receipt: &ReceiptRow,
        undone: &ReceiptRow,
    ) -> Result<()> {
        let mut taking = Taking::of(writer, "reversal", undone.id.get());
        let paid = receipt.lines.iter().zip(1_i64..).filter(|(row, _)| row.amount.is_positive());
        for (row, line) in paid {
            let of = LineKey { receipt: receipt.id, line };
            if taking.exactly(tx, of, row.amount).await?.is_err() {
                let standing = tx.standing_on_receipt(self.id(), receipt.id, STANDING_MAX).await?;
                return Err(AppError::Refused(format!(
                    "it cannot be taken back while these stand on it: {}",
                    in_words(&standing)
                )));
            }
        }
        taking.record(tx).await
    }
}

fn check(set: &MatchRow, pairs: &[PairRow]) -> Result<()> {
    if set.undone_at.is_some() {
        return Err(AppError::Refused(format!("match {} was taken back already", set.id)));
    }
    let makes_suspense = set.rule == TO_SUSPENSE;
    let reverses = pairs.iter().all(|pair| pair.amount.is_zero())
        && set.amount.is_zero()
        && pairs.len() > 1
        && pairs.iter().any(|pair| pair.expected.is_some());
    if makes_suspense {
        let what =
            "the line went to suspense when its day closed: allocate the suspense item instead";
        return Err(AppError::Refused(what.to_owned()));
    }
    if set.rule == PAID_IN {
        let what = "a till that was paid in stays so: what the bank counts otherwise is asked for by its slip";
        return Err(AppError::Refused(what.to_owned()));
    }
    if set.rule == RENAMED {
        let what =
            "the provider calls that money by another name, under which it is waited for now";
        return Err(AppError::Refused(what.to_owned()));
    }
    if set.rule == NO_MORE {
        return Err(AppError::Refused("it is part of a match that was taken back".to_owned()));
    }
    if reverses || set.rule == "import reversed" {
        return Err(AppError::Refused("it is part of an import that was reversed".to_owned()));
    }
    Ok(())
}
