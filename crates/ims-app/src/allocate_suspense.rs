//! Putting suspense where it belongs, whole or in part.

use ims_ledger::{Through, flow, id::SuspenseId, remaining_after};
use ims_money::Pence;
use ims_store::{AllocationRow, ReceiptRow};

use crate::{
    AppError, Books, Permission, Result,
    admit::{Terms, Wish, admit},
    books::patiently,
    keyed::callers,
    no_card::no_card,
    posting::{Income, Writer, about_receipt, gains, some, vat_held},
    redirects::about_old,
};

/// Where part of an item goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAllocation {
    /// The fund's code.
    pub fund: String,
    /// The account reference in it.
    pub reference: String,
    /// How much; `None` for all that is left.
    pub amount: Option<Pence>,
    /// Why, for the auditor.
    pub note: String,
    /// A key of the caller's: the same key again changes nothing.
    pub key: Option<String>,
}

/// What an allocation made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allocated {
    /// The receipt's number.
    pub receipt: String,
    /// How much was allocated.
    pub amount: Pence,
    /// What is left of the item.
    pub remaining: Pence,
    /// Whether it had been done under the same key before.
    pub before: bool,
}

/// Who chose the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Chosen {
    /// A person, who may know better than the books.
    ByHand,
    /// A person saw it suggested, with what was known then.
    AsSuggested,
}

/// What receipts from suspense go by when the item came by no method.
pub(crate) const METHOD: &str = "suspense";

impl Books {
    /// Puts a suspense item, or part of it, into an account.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another item, [`AppError::BadInput`] when the
    /// account is none, [`AppError::Refused`] when more is asked than is left.
    pub async fn allocate_suspense(&self, id: SuspenseId, to: &NewAllocation) -> Result<Allocated> {
        self.actor().needs(Permission::AllocateSuspense)?;
        no_card("note", &to.note)?;
        callers(to.key.as_deref())?;
        patiently(|| self.allocate_once(id, to, Chosen::ByHand)).await
    }

    pub(crate) async fn allocate_once(
        &self,
        id: SuspenseId,
        to: &NewAllocation,
        chosen: Chosen,
    ) -> Result<Allocated> {
        let mut tx = self.store().begin().await?;
        let absent = || AppError::NotFound { what: "suspense item", name: id.to_string() };
        let item = tx.suspense(self.id(), id).await?.ok_or_else(absent)?;
        let amount = to.amount.unwrap_or(item.remaining);
        let about_item = format!("allocate {id} {}/{} ", to.fund, to.reference);
        let about_key = format!("{about_item}{amount}");
        if let Some(key) = &to.key
            && let Some(entry) = tx.entry_by_key(self.id(), key).await?
        {
            return before(&entry.about, &about_item, key, to.amount, item.remaining);
        }
        let remaining = remaining_after(item.remaining, amount)
            .map_err(|refused| AppError::Refused(refused.to_string()))?;
        let settings = self.settings_in(&mut tx).await?;
        let funds = settings.funds()?;
        // The money is here already: no limit of fund or method stands in its way.
        let terms = Terms {
            council: &settings.council,
            funds: &funds,
            method: None,
            through: Through::Staff,
            stops: self.stops(Through::Staff),
            on: item.happened_on,
        };
        let wish = Wish { fund: &to.fund, reference: &to.reference, amount: None };
        let admitted = admit(&mut tx, self, terms, &[wish]).await?.pop().ok_or_else(absent)??;
        let (fund, reference) = (admitted.fund, admitted.reference);
        if chosen == Chosen::AsSuggested {
            let account = (fund.code.to_string(), reference.clone());
            self.refuse_awaited(&mut tx, &settings.council, &item, account).await?;
        }
        let writer = Writer {
            books: self,
            now: self.world().now(),
            closed_through: tx.closed_through(self.id()).await?,
            import: None,
        };
        let today = self.world().today();
        let vat = vat_held(&settings.council, fund, None, amount, item.happened_on, None)
            .map_err(|bad| AppError::BadInput(bad.to_string()))?;
        let lines = [Income { fund, reference, amount, vat }];
        let method = item.method.as_deref().unwrap_or(METHOD);
        // The money came on its own day; it is known whose it is today.
        let mut receipt = writer.receipt(method, item.happened_on, &lines)?;
        receipt.accounting_day = writer.day(today);
        let postings = some(flow::allocated(&gains(&lines)))?;
        let old = about_old(admitted.old.as_deref());
        let about = format!("{about_key} {old}{}", about_receipt(&receipt));
        let mut entry = writer.entry("allocation", today, about, postings);
        entry.key.clone_from(&to.key);
        receipt.entry = entry.id;
        if !tx.lower_suspense(self.id(), id, item.remaining, remaining).await? {
            return Err(ims_store::StoreError::Busy.into());
        }
        let row = AllocationRow {
            id: self.world().id(),
            suspense: id,
            amount,
            entry: entry.id,
            receipt: Some(receipt.id),
            matched: None,
            note: to.note.clone(),
            by: self.actor().name().to_owned(),
            at: writer.now,
        };
        tx.post_many(self.id(), std::slice::from_ref(&entry)).await?;
        tx.add_receipts(self.id(), std::slice::from_ref(&receipt)).await?;
        tx.add_allocations(self.id(), &[row]).await?;
        self.note_allocation(&mut tx, id, &receipt, to).await?;
        tx.commit().await?;
        Ok(Allocated { receipt: receipt.number, amount, remaining, before: false })
    }

    async fn note_allocation(
        &self,
        tx: &mut ims_store::Tx,
        id: SuspenseId,
        receipt: &ReceiptRow,
        to: &NewAllocation,
    ) -> Result<()> {
        let data = serde_json::json!({
            "fund": to.fund, "reference": to.reference, "amount_pence": receipt.total,
            "receipt": receipt.number, "note": to.note,
        });
        self.note(tx, "allocate suspense", &id.to_string(), data).await
    }
}

fn before(
    about: &str,
    asked: &str,
    key: &str,
    amount: Option<Pence>,
    remaining: Pence,
) -> Result<Allocated> {
    let other = || AppError::Refused(format!("`{key}` was used before for something else"));
    let (done, receipt) = about
        .strip_prefix(asked)
        .and_then(|rest| rest.split_once(" receipt "))
        .ok_or_else(other)?;
    // After the amount it may say that an old reference was followed.
    let done = done.split(' ').next().unwrap_or_default();
    let done: Pence = done.parse().map_err(|_| other())?;
    // Who asked for all there was asked for what there was then.
    if amount.is_some_and(|amount| amount != done) {
        return Err(other());
    }
    // The number stands second in what the receipt says of itself.
    let number = receipt.split(' ').nth(1);
    Ok(Allocated {
        receipt: number.unwrap_or_default().to_owned(),
        amount: done,
        remaining,
        before: true,
    })
}
