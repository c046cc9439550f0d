//! Taking over: opening balances, item by item.

use chrono::NaiveDate;
use ims_ledger::{
    Account, flow,
    id::{ExpectedId, SuspenseId},
};
use ims_money::Pence;
use ims_store::{ExpectedRow, SuspenseRow};

use crate::{
    AppError, Books, Permission, Result,
    posting::{Writer, some},
};

/// One balance or open item taken over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpeningItem {
    /// A bank account, a clearing account, suspense.
    pub account: Account,
    /// Debit positive: money in the bank, money on its way. Suspense owes its
    /// owner and is negative.
    pub amount: Pence,
    /// The day it is from.
    pub date: NaiveDate,
    /// Its reference, where it has one.
    pub reference: String,
    /// What is known of it.
    pub narrative: String,
}

/// The reason suspense that was taken over carries.
pub(crate) const TAKEN_OVER: &str = "taken over";

impl Books {
    /// Takes opening balances over, all or none; once for each account.
    ///
    /// # Errors
    ///
    /// [`AppError::BadInput`] for an account that is not taken over item by
    /// item, [`AppError::Refused`] for a bank account that has begun already.
    pub async fn open_books(&self, items: &[OpeningItem]) -> Result<usize> {
        self.actor().needs(Permission::Configure)?;
        let mut tx = self.store().begin().await?;
        let writer = Writer {
            books: self,
            now: self.world().now(),
            closed_through: tx.closed_through(self.id()).await?,
            import: None,
        };
        let (mut entries, mut suspense, mut expected, mut details) =
            (vec![], vec![], vec![], vec![]);
        for item in items {
            let postings = some(flow::opening(item.account.clone(), item.amount))?;
            let about = format!("opening {} {} {}", item.account, item.reference, item.date);
            let mut entry = writer.entry("opening", item.date, about, postings);
            match &item.account {
                Account::Bank(bank) => {
                    if !tx.balance(self.id(), &item.account).await?.is_zero()
                        || tx.last_statement(self.id(), bank.as_str()).await?.is_some()
                    {
                        return Err(AppError::Refused(format!(
                            "{} has begun already",
                            item.account
                        )));
                    }
                    // Once, whoever else tries at the same moment.
                    entry.key = Some(format!("opening {}", item.account));
                }
                Account::Suspense => {
                    let id = SuspenseId::new(self.world().id());
                    entry.detail = writer.detail(id.get(), &item.narrative, &mut details);
                    let amount = item.amount.checked_neg().ok_or(AppError::Overflow)?;
                    suspense.push(suspense_row(&writer, item, id, amount, entry.id));
                }
                Account::Clearing(channel) => {
                    expected.push(expected_row(&writer, item, channel.to_string(), entry.id));
                }
                other => {
                    return Err(AppError::BadInput(format!(
                        "{other} is not taken over; opening items are of bank:, clearing: and suspense"
                    )));
                }
            }
            entries.push(entry);
        }
        tx.post_many(self.id(), &entries).await?;
        tx.add_suspense(self.id(), &suspense).await?;
        tx.add_expected(self.id(), &expected).await?;
        tx.put_details(self.id(), &details).await?;
        let data = serde_json::json!({ "items": items.len() });
        self.note(&mut tx, "open books", &self.council().code, data).await?;
        tx.commit().await?;
        Ok(items.len())
    }
}

fn suspense_row(
    writer: &Writer<'_>,
    item: &OpeningItem,
    id: SuspenseId,
    amount: Pence,
    entry: ims_ledger::id::EntryId,
) -> SuspenseRow {
    SuspenseRow {
        id,
        happened_on: item.date,
        amount,
        reason: TAKEN_OVER.to_owned(),
        reference: item.reference.clone(),
        entry,
        import: None,
        line: None,
        method: None,
        created_at: writer.now,
    }
}

fn expected_row(
    writer: &Writer<'_>,
    item: &OpeningItem,
    channel: String,
    entry: ims_ledger::id::EntryId,
) -> ExpectedRow {
    ExpectedRow {
        id: ExpectedId::new(writer.books.world().id()),
        channel,
        happened_on: item.date,
        amount: item.amount,
        reference: item.reference.clone(),
        batch_ref: item.reference.clone(),
        source_ref: String::new(),
        entry,
        receipt: None,
        import: None,
        created_at: writer.now,
        is_payers: false,
    }
}
