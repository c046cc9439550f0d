//! Many items of suspense put into many accounts in one deed: all of it or none.
//!
//! Each item says how much of it is taken and where that goes; a credit note
//! debits an account of a fund that allows it and adds to what is given. Each
//! item has an entry and a receipt of its own, so that each balances alone.

use ims_ledger::{Council, Fund, Stops, Through, id::SuspenseId, remaining_after};
use ims_money::Pence;
use ims_store::{AllocationRow, OpenSuspense, ReceiptLineRow, StoreError, Tx};
use serde::{Deserialize, Serialize};

use crate::{
    AppError, Books, MovedPart, Permission, Result,
    allocate_suspense::METHOD,
    keyed::{Keyed, once_each, written},
    moving::{FromSuspense, PARTS_MAX, entry_of, lines_for, negated, receipt_of, sum_of},
    no_card::no_card,
    posting::{Writer, about_receipt},
};

/// Where items go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewAllocations {
    /// Each item once.
    pub items: Vec<ItemAllocation>,
    /// Why, for the auditor.
    pub note: String,
    /// A key of the caller's: the same key again changes nothing.
    #[serde(skip)]
    pub key: Option<String>,
}

/// Where one item goes: `to` adds up to `amount` and the credit notes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemAllocation {
    /// The item.
    pub item: SuspenseId,
    /// How much of it is taken; of a debit item a negative amount.
    pub amount: Pence,
    /// The accounts it belongs to, of the item's own sign.
    pub to: Vec<MovedPart>,
    /// Accounts that are debited, each with a positive amount, in funds that
    /// take credit notes.
    pub credit_notes: Vec<MovedPart>,
}

/// What was made of many items.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllocatedMany {
    /// Each item, in the order of their ids.
    pub items: Vec<AllocatedItem>,
    /// Whether it had been done under the same key before.
    #[serde(skip)]
    pub before: bool,
}

/// What was made of one of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllocatedItem {
    /// The item.
    pub item: SuspenseId,
    /// The receipt's number.
    pub receipt: String,
    /// How much of the item was taken.
    pub amount: Pence,
    /// What is left of it.
    pub remaining: Pence,
}

impl Books {
    /// Puts many items, or parts of them, into many accounts.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another item; [`AppError::BadInput`] when an
    /// account is none, or an item's sums differ; [`AppError::Refused`] when
    /// more is asked than is left, or a fund takes no credit notes. Then
    /// nothing of any item is allocated.
    pub async fn allocate_many(&self, new: &NewAllocations) -> Result<AllocatedMany> {
        self.actor().needs(Permission::AllocateSuspense)?;
        no_card("note", &new.note)?;
        once_each(|| self.allocate_many_once(new)).await
    }

    async fn allocate_many_once(&self, new: &NewAllocations) -> Result<AllocatedMany> {
        let document = written(new)?;
        let asked = Keyed::by_caller("allocate-many", new.key.as_deref(), &document)?;
        let mut tx = self.store().begin().await?;
        if let Some(before) = self.answered::<AllocatedMany>(&mut tx, asked).await? {
            return Ok(AllocatedMany { before: true, ..before });
        }
        let items = in_order(new)?;
        let settings = self.settings_in(&mut tx).await?;
        let writer = self.writer(&mut tx).await?;
        let mut done = AllocatedMany { items: Vec::new(), before: false };
        let mut key = new.key.clone();
        for wanted in items {
            let one = self.allocate_item(
                &mut tx,
                &writer,
                &settings.council,
                wanted,
                (&new.note, key.take()),
            );
            done.items.push(one.await?);
        }
        self.keep_answer(&mut tx, asked, &done).await?;
        tx.commit().await?;
        Ok(done)
    }

    async fn allocate_item(
        &self,
        tx: &mut Tx,
        writer: &Writer<'_>,
        council: &Council,
        wanted: &ItemAllocation,
        (note, key): (&str, Option<String>),
    ) -> Result<AllocatedItem> {
        let id = wanted.item;
        let absent = || AppError::NotFound { what: "suspense item", name: id.to_string() };
        let item = tx.suspense(self.id(), id).await?.ok_or_else(absent)?;
        let refused =
            |refused: ims_ledger::BadAllocation| AppError::Refused(format!("item {id}: {refused}"));
        let remaining = remaining_after(item.remaining, wanted.amount).map_err(refused)?;
        check_sums(wanted)?;
        let lines = self.lines_of(tx, council, wanted, &item).await?;
        let method = item.method.as_deref().unwrap_or(METHOD);
        // The money came on its own day; it is known whose it is today.
        let mut receipt = receipt_of(writer, method, item.happened_on, lines)?;
        let postings = entry_of(&receipt.lines, FromSuspense::Yes)?;
        let about = format!("allocate {id} {} {}", wanted.amount, about_receipt(&receipt));
        let mut entry = writer.entry("allocation", self.world().today(), about, postings);
        entry.key = key;
        receipt.entry = entry.id;
        if !tx.lower_suspense(self.id(), id, item.remaining, remaining).await? {
            return Err(StoreError::Busy.into());
        }
        let row = AllocationRow {
            id: self.world().id(),
            suspense: id,
            amount: wanted.amount,
            entry: entry.id,
            receipt: Some(receipt.id),
            matched: None,
            note: note.to_owned(),
            by: self.actor().name().to_owned(),
            at: writer.now,
        };
        tx.post_many(self.id(), std::slice::from_ref(&entry)).await?;
        tx.add_receipts(self.id(), std::slice::from_ref(&receipt)).await?;
        tx.add_allocations(self.id(), &[row]).await?;
        let data = serde_json::json!({
            "amount_pence": wanted.amount, "to": wanted.to, "credit_notes": wanted.credit_notes,
            "receipt": receipt.number, "note": note, "remaining_pence": remaining,
        });
        self.note(tx, "allocate suspense", &id.to_string(), data).await?;
        Ok(AllocatedItem { item: id, receipt: receipt.number, amount: wanted.amount, remaining })
    }

    /// What the accounts gain and, negative, the credit notes.
    async fn lines_of(
        &self,
        tx: &mut Tx,
        council: &Council,
        wanted: &ItemAllocation,
        item: &OpenSuspense,
    ) -> Result<Vec<ReceiptLineRow>> {
        let (day, stops) = (item.happened_on, self.stops(Through::Staff));
        let mut lines = lines_for(self, tx, council, &wanted.to, day, stops).await?.lines;
        let notes = &wanted.credit_notes;
        let notes = lines_for(self, tx, council, notes, day, Stops::Overridden).await?;
        for note in notes.lines {
            let takes = |fund: &&Fund| fund.code.as_str() == note.fund && fund.credit_notes;
            if !council.fund.iter().any(|fund| takes(&fund)) {
                let what = format!("fund {} takes no credit notes", note.fund);
                return Err(AppError::Refused(what));
            }
            lines.push(negated(note)?);
        }
        Ok(lines)
    }
}

/// The items in the order of their ids, so that two who allocate the same ones
/// never wait for each other.
fn in_order(new: &NewAllocations) -> Result<Vec<&ItemAllocation>> {
    if new.items.is_empty() || new.items.len() > PARTS_MAX {
        let what = format!("say one item or more, at most {PARTS_MAX}");
        return Err(AppError::BadInput(what));
    }
    let mut items: Vec<_> = new.items.iter().collect();
    items.sort_by_key(|item| item.item);
    let twice = items.windows(2).find_map(|pair| match pair {
        [one, other] if one.item == other.item => Some(one.item),
        _ => None,
    });
    match twice {
        Some(item) => Err(AppError::BadInput(format!("item {item} is there twice"))),
        None => Ok(items),
    }
}

/// What is given is what is taken of the item and the credit notes, exactly.
fn check_sums(wanted: &ItemAllocation) -> Result<()> {
    let id = wanted.item;
    let is_debit = wanted.amount.is_negative();
    let wrong = |part: &&MovedPart| part.amount.is_zero() || part.amount.is_negative() != is_debit;
    if let Some(part) = wanted.to.iter().find(wrong) {
        let what = format!(
            "item {id}: {} to {} {} is not on the item's side",
            part.amount, part.fund, part.reference
        );
        return Err(AppError::BadInput(what));
    }
    if let Some(note) = wanted.credit_notes.iter().find(|note| !note.amount.is_positive()) {
        let what = format!("item {id}: a credit note of {} is not more than nothing", note.amount);
        return Err(AppError::BadInput(what));
    }
    if is_debit && !wanted.credit_notes.is_empty() {
        return Err(AppError::BadInput(format!("item {id} is a debit: it has no credit notes")));
    }
    let (given, notes) = (sum_of(&wanted.to)?, sum_of(&wanted.credit_notes)?);
    let there = wanted.amount.checked_add(notes).ok_or(AppError::Overflow)?;
    if given != there {
        let what = format!(
            "item {id}: {given} is given, but {} is taken of it and {notes} of credit notes: they must be equal",
            wanted.amount
        );
        return Err(AppError::BadInput(what));
    }
    Ok(())
}
