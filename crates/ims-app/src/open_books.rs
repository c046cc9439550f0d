//! Taking over: opening balances, item by item.

use chrono::NaiveDate;
use ims_ledger::{
    Account, flow,
    id::{CouncilId, ExpectedId, SuspenseId},
    seal::{Content, ContentHash},
};
use ims_money::Pence;
use ims_store::{ExpectedRow, SuspenseRow, Tx};

use crate::{
    AppError, Books, Permission, Result,
    keyed::{Keyed, once_each},
    no_card::no_card,
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
    /// Takes opening balances over, all or none; once for each bank account, and
    /// the same list once: said again it is answered as before.
    ///
    /// # Errors
    ///
    /// [`AppError::BadInput`] for an account that is not taken over item by
    /// item, [`AppError::Refused`] for a bank account that has begun already.
    pub async fn open_books(&self, items: &[OpeningItem]) -> Result<usize> {
        self.actor().needs(Permission::Configure)?;
        for (item, number) in items.iter().zip(1..) {
            no_card(&format!("reference of item {number}"), &item.reference)?;
            no_card(&format!("narrative of item {number}"), &item.narrative)?;
        }
        once_each(|| self.open_list_once(items)).await
    }

    async fn open_list_once(&self, items: &[OpeningItem]) -> Result<usize> {
        let (key, document) = (list_key(items), format!("{} items", items.len()));
        let asked = Keyed { deed: "open-books", key: Some(&key), document: &document };
        let mut tx = self.store().begin().await?;
        if let Some(before) = self.answered::<usize>(&mut tx, asked).await? {
            return Ok(before);
        }
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
                    entry.key = Some(opening_key(&mut tx, self.id(), &item.account).await?);
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
                other => return Err(AppError::BadInput(not_taken_over(other))),
            }
            entries.push(entry);
        }
        tx.post_many(self.id(), &entries).await?;
        tx.add_suspense(self.id(), &suspense).await?;
        tx.add_expected(self.id(), &expected).await?;
        tx.put_details(self.id(), &details).await?;
        let data = serde_json::json!({ "items": items.len() });
        self.note(&mut tx, "open books", &self.council().code, data).await?;
        self.keep_answer(&mut tx, asked, &items.len()).await?;
        tx.commit().await?;
        Ok(items.len())
    }
}

/// The key under which a bank account is opened: once, whoever else tries at the
/// same moment, a list or its first statement; again when that statement was
/// reversed.
pub(crate) async fn opening_key(tx: &mut Tx, council: CouncilId, bank: &Account) -> Result<String> {
    let first = format!("opening {bank}");
    let (mut key, mut again) = (first.clone(), 1_u32);
    while tx.import_of_key(council, &key).await?.is_some_and(|(_, is_reversed)| is_reversed) {
        again = again.saturating_add(1);
        key = format!("{first}, {again}");
    }
    Ok(key)
}

/// Why, and what would be right: what waits has an item that something can meet.
fn not_taken_over(account: &Account) -> String {
    let instead = match account {
        Account::Unmatched(_) => "a line of the bank that nobody has explained is one of suspense",
        Account::RefundsDue => {
            "a refund that is agreed and not yet paid is one of the clearing: it is paid through, below nothing"
        }
        _ => "opening items are of bank:, clearing: and suspense",
    };
    format!("{account} is not taken over; {instead}")
}

/// The key of a list: the same for the same items, in whatever order.
fn list_key(items: &[OpeningItem]) -> String {
    let written = |item: &OpeningItem| {
        let mut content = Content::new("opening item");
        content.text(&item.account.to_string());
        content.number(item.amount.get());
        content.day(item.date);
        content.text(&item.reference);
        content.text(&item.narrative);
        content.hash().to_string()
    };
    let mut each: Vec<_> = items.iter().map(written).collect();
    each.sort_unstable();
    format!("opening {}", ContentHash::of(each.concat().as_bytes()))
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
