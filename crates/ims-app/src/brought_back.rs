//! What a payment brought in, as it goes back: its lines; what was more than was
//! owed, in suspense; and where what was in suspense was put since.
//!
//! *Invariant:* of an item no more goes back than it was: what is left of it, what
//! allocations that still stand gave to accounts, what was to be given back to its
//! payer and is not paid, and what its payer was paid back, which nobody has any
//! more and is a loss.

use ims_ledger::{id::SuspenseId, remaining_after};
use ims_money::Pence;
use ims_store::{
    AllocationRow, ClaimRow, EntryRow, ItemClaimRow, LineKey, OpenSuspense, ReceiptRow, StoreError,
    Tx,
};

use crate::{AppError, Books, Result, outgoing::Taking, posting::Writer};

/// What goes back of a payment: so much of each line, so much of each item.
#[derive(Debug, Default)]
pub(crate) struct Brought {
    pub(crate) lines: Vec<(LineKey, Pence)>,
    pub(crate) items: Vec<(OpenSuspense, Pence)>,
}

/// Where that is now.
#[derive(Debug, Default)]
pub(crate) struct Whereabouts {
    /// Of lines: the payment's own, and those an item was put into; in order.
    pub(crate) lines: Vec<(LineKey, Pence)>,
    /// What was left of items, taken off them.
    pub(crate) taken: Vec<(SuspenseId, Pence)>,
    /// What of items their payer was given back: an item, which of its claims, how much.
    pub(crate) gone: Vec<(SuspenseId, i64, Pence)>,
    /// The receipts that items became.
    pub(crate) receipts: Vec<ReceiptRow>,
}

impl Brought {
    /// All of it together.
    pub(crate) fn amount(&self) -> Result<Pence> {
        let lines = self.lines.iter().map(|(_, amount)| *amount);
        let items = self.items.iter().map(|(_, amount)| *amount);
        Pence::checked_sum(lines.chain(items)).ok_or(AppError::Overflow)
    }

    /// `part` of what is one thing only; else somebody has to say of what.
    pub(crate) fn part(mut self, part: Pence) -> Result<Self> {
        match (self.lines.as_mut_slice(), self.items.as_mut_slice()) {
            ([(_, only)], []) | ([], [(_, only)]) => *only = part,
            _ => {
                let mut what =
                    "say which line of the payment a part of it was sent back of".to_owned();
                if let Some((item, _)) = self.items.first() {
                    what += &format!(
                        ", or name suspense item {}: what was more than was owed",
                        item.id
                    );
                }
                return Err(AppError::BadInput(what));
            }
        }
        Ok(self)
    }
}

impl Whereabouts {
    /// What was taken off suspense.
    pub(crate) fn of_suspense(&self) -> Result<Pence> {
        Pence::checked_sum(self.taken.iter().map(|(_, took)| *took)).ok_or(AppError::Overflow)
    }
}

impl Books {
    /// All that a payment brought in: its lines, and what was more than was owed.
    pub(crate) async fn brought_in(&self, tx: &mut Tx, paid: &ReceiptRow) -> Result<Brought> {
        let lines = paid.lines.iter().zip(1_i64..).filter(|(row, _)| row.amount.is_positive());
        let of = |line| LineKey { receipt: paid.id, line };
        let lines: Vec<_> = lines.map(|(row, line)| (of(line), row.amount)).collect();
        let items = tx.suspense_of_entry(self.id(), paid.entry).await?;
        let items = items.into_iter().filter(|item| item.amount.is_positive());
        let whole = |item: OpenSuspense| {
            let amount = item.amount;
            (item, amount)
        };
        Ok(Brought { lines, items: items.map(whole).collect() })
    }

    /// Finds what goes back: what is left of each item is taken off it; of the
    /// rest, the lines it was put into, what was to be given back to its payer and is
    /// not now, and what its payer was given back.
    pub(crate) async fn find_brought(&self, tx: &mut Tx, brought: Brought) -> Result<Whereabouts> {
        let mut found = Whereabouts { lines: brought.lines, ..Whereabouts::default() };
        for (item, amount) in brought.items {
            let took = amount.min(item.remaining);
            if took.is_positive() {
                let left = remaining_after(item.remaining, took)
                    .map_err(|refused| AppError::Refused(refused.to_string()))?;
                if !tx.lower_suspense(self.id(), item.id, item.remaining, left).await? {
                    return Err(StoreError::Busy.into());
                }
                found.taken.push((item.id, took));
            }
            let rest = amount.checked_sub(took).ok_or(AppError::Overflow)?;
            let rest = self.find_put(tx, item.id, rest, &mut found).await?;
            let rest = self.find_unpaid(tx, item.id, rest, &mut found).await?;
            let nowhere = self.find_gone(tx, item.id, rest, &mut found).await?;
            if nowhere.is_positive() {
                return Err(AppError::Refused(format!(
                    "{nowhere} of suspense item {} came back already, or was written off or matched with a bank line: take that back first",
                    item.id
                )));
            }
        }
        found.lines.sort_unstable();
        Ok(found)
    }

    /// The lines that `rest` of an item was put into, by allocations that stand;
    /// gives what is in none.
    async fn find_put(
        &self,
        tx: &mut Tx,
        item: SuspenseId,
        mut rest: Pence,
        found: &mut Whereabouts,
    ) -> Result<Pence> {
        let less = |from: Pence, by: Pence| from.checked_sub(by).ok_or(AppError::Overflow);
        for part in tx.allocations(self.id(), item).await? {
            let (Some(id), true, true) =
                (part.receipt, part.amount.is_positive(), rest.is_positive())
            else {
                continue;
            };
            // Undone, it is in suspense again, or was put elsewhere from there.
            if tx.allocation(self.id(), part.id).await?.is_some_and(|(_, undone)| undone.is_some())
            {
                continue;
            }
            let absent = || AppError::NotFound { what: "receipt", name: id.to_string() };
            let receipt = tx.receipt(self.id(), id).await?.ok_or_else(absent)?;
            self.needs_receipt(&receipt)?;
            let mut lines = Vec::new();
            for (row, line) in receipt.lines.iter().zip(1_i64..) {
                if row.amount.is_positive() {
                    let of = LineKey { receipt: id, line };
                    lines.push((of, row.amount, tx.claimed_of_line(self.id(), of).await?));
                }
            }
            let claimed = Pence::checked_sum(lines.iter().map(|(_, _, claimed)| *claimed));
            // With credit notes the lines are more than was put there.
            let mut here = rest.min(less(part.amount, claimed.ok_or(AppError::Overflow)?)?);
            for (of, paid, claimed) in lines {
                let there = here.min(less(paid, claimed)?);
                if there.is_positive() {
                    found.lines.push((of, there));
                    here = less(here, there)?;
                    rest = less(rest, there)?;
                }
            }
            found.receipts.push(receipt);
        }
        Ok(rest)
    }

    /// What of `rest` the item's payer was given back and nobody claimed yet;
    /// gives what is there neither.
    async fn find_gone(
        &self,
        tx: &mut Tx,
        item: SuspenseId,
        rest: Pence,
        found: &mut Whereabouts,
    ) -> Result<Pence> {
        if !rest.is_positive() {
            return Ok(rest);
        }
        let (claims, gone) = tx.gone_of_item(self.id(), item).await?;
        // Less than nothing where its payment was taken back since.
        let gone = rest.min(gone).max(Pence::ZERO);
        if gone.is_positive() {
            let number = claims.checked_add(1).ok_or(AppError::Overflow)?;
            found.gone.push((item, number, gone));
        }
        rest.checked_sub(gone).ok_or(AppError::Overflow)
    }

    /// Takes what is claimed as far as it is there, records both, and gives what
    /// is short: of lines, and all that payers were given back of items. No more
    /// of a line is claimed than was paid.
    pub(crate) async fn claim(
        &self,
        tx: &mut Tx,
        taking: &mut Taking<'_, '_>,
        wanted: &Whereabouts,
    ) -> Result<Pence> {
        let gone = wanted.gone.iter().map(|(_, _, amount)| *amount);
        let mut short = Pence::checked_sum(gone).ok_or(AppError::Overflow)?;
        let mut claims = Vec::with_capacity(wanted.lines.len());
        for ((of, amount), number) in wanted.lines.iter().zip(1_i64..) {
            let Some(state) = tx.lock_line(self.id(), *of).await? else {
                let receipt = self.number_of(tx, *of).await?;
                let what = format!("line {} of receipt {receipt} is no payment", of.line);
                return Err(AppError::Refused(what));
            };
            // Whoever undoes it takes of its lines too: so only now it is known.
            self.stands(tx, *of).await?;
            let claimed = tx.claimed_of_line(self.id(), *of).await?;
            if claimed.checked_add(*amount).is_none_or(|sum| sum > state.amount) {
                let receipt = self.number_of(tx, *of).await?;
                return Err(AppError::Refused(format!(
                    "{amount} of line {} of receipt {receipt} cannot be claimed back: {claimed} of its {} was already",
                    of.line, state.amount
                )));
            }
            let missing = taking.as_far_as_it_goes(tx, *of, *amount).await?;
            short = short.checked_add(missing).ok_or(AppError::Overflow)?;
            claims.push(ClaimRow {
                subject: taking.subject,
                number,
                purpose: taking.purpose.to_owned(),
                of: *of,
                amount: *amount,
                short: missing,
            });
        }
        taking.record(tx).await?;
        tx.add_claims(self.id(), &claims).await?;
        let gone = wanted.gone.iter().map(|(suspense, number, amount)| ItemClaimRow {
            suspense: *suspense,
            number: *number,
            subject: taking.subject,
            purpose: taking.purpose.to_owned(),
            amount: *amount,
        });
        tx.add_item_claims(self.id(), &gone.collect::<Vec<_>>()).await?;
        Ok(short)
    }

    /// What a dispute or return claimed and nobody had any more.
    pub(crate) async fn claimed_short(&self, tx: &mut Tx, subject: uuid::Uuid) -> Result<Pence> {
        let claims = tx.claims(self.id(), subject).await?;
        let of_lines = Pence::checked_sum(claims.iter().map(|claim| claim.short));
        let of_items = tx.lost_of_items(self.id(), subject).await?;
        of_lines.and_then(|short| short.checked_add(of_items)).ok_or(AppError::Overflow)
    }

    /// Refuses what was undone.
    async fn stands(&self, tx: &mut Tx, of: LineKey) -> Result<()> {
        let Some(by) = tx.undone_by(self.id(), of.receipt).await? else { return Ok(()) };
        Err(AppError::Refused(format!(
            "receipt {} was undone by {by}: it brought no money in that could go back; \
             name the payment that stands now, if there is one",
            self.number_of(tx, of).await?
        )))
    }

    async fn number_of(&self, tx: &mut Tx, of: LineKey) -> Result<String> {
        let receipt = tx.receipt(self.id(), of.receipt).await?;
        Ok(receipt.map_or_else(|| of.receipt.to_string(), |receipt| receipt.number))
    }

    /// Records what `entry` took off items, or, negative, gives them back.
    pub(crate) async fn took_of_items(
        &self,
        tx: &mut Tx,
        writer: &Writer<'_>,
        items: &[(SuspenseId, Pence)],
        entry: &EntryRow,
        note: &str,
    ) -> Result<()> {
        let row = |(suspense, amount): &(SuspenseId, Pence)| AllocationRow {
            id: self.world().id(),
            suspense: *suspense,
            amount: *amount,
            entry: entry.id,
            receipt: None,
            matched: None,
            note: note.to_owned(),
            by: self.actor().name().to_owned(),
            at: writer.now,
        };
        let rows: Vec<_> = items.iter().map(row).collect();
        Ok(tx.add_allocations(self.id(), &rows).await?)
    }
}
