//! Money that came by a channel with nothing to say whose it is: cash without a
//! name, an envelope without a letter. It needs no file to be in the books.

use chrono::NaiveDate;
use ims_ledger::{
    Council, REFERENCE_LENGTH_MAX, flow,
    id::{ChannelCode, ExpectedId, SuspenseId},
};
use ims_money::Pence;
use ims_store::{ExpectedRow, SuspenseRow};
use serde::{Deserialize, Serialize};

use crate::{
    AppError, Books, Permission, Result,
    keyed::{Keyed, once_each, written},
    moving::reasoned,
    no_card::no_card,
    posting::some,
    reconcile_bank::somebodys,
};

/// Money nobody can place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewSuspenseItem {
    /// The channel it came by.
    pub channel: String,
    /// How much, more than nothing.
    pub amount: Pence,
    /// The day it came.
    pub happened_on: NaiveDate,
    /// What the bank will quote of it, or the payer did: a slip, a half of a reference.
    pub reference: String,
    /// What the payer said or wrote.
    pub narrative: String,
    /// The method of payment's code.
    pub method: Option<String>,
    /// Why nobody can place it.
    pub reason: String,
    /// A key of the caller's: the same key again changes nothing.
    #[serde(skip)]
    pub key: Option<String>,
}

/// The most characters of a narrative.
const NARRATIVE_MAX: usize = 500;

impl Books {
    /// Adds an item of suspense: its channel waits for the money to be banked.
    ///
    /// # Errors
    ///
    /// [`AppError::BadInput`] for a channel or method that is not configured,
    /// no amount, a day to come, or a text that is too long.
    pub async fn add_suspense_item(&self, new: &NewSuspenseItem) -> Result<SuspenseId> {
        self.actor().needs(Permission::AllocateSuspense)?;
        let texts =
            [("reason", &new.reason), ("reference", &new.reference), ("narrative", &new.narrative)];
        texts.into_iter().try_for_each(|(what, text)| no_card(what, text))?;
        once_each(|| self.add_item_once(new)).await
    }

    async fn add_item_once(&self, new: &NewSuspenseItem) -> Result<SuspenseId> {
        let document = written(new)?;
        let asked = Keyed::by_caller("add-suspense", new.key.as_deref(), &document)?;
        let mut tx = self.store().begin().await?;
        if let Some(before) = self.answered::<SuspenseId>(&mut tx, asked).await? {
            return Ok(before);
        }
        let settings = self.settings_in(&mut tx).await?;
        let channel = check(new, &settings.council, self.world().today())?;
        let quoted = std::iter::once((new.reference.as_str(), new.happened_on));
        let is_payers = !somebodys(&mut tx, self.id(), &settings.council, quoted).await?.is_empty();
        let writer = self.writer(&mut tx).await?;
        let id = SuspenseId::new(self.world().id());
        let mut details = Vec::new();
        let about = format!("suspense {id} {channel} {} {}", new.happened_on, new.reference);
        let postings = some(flow::taken_unknown(&channel, new.amount))?;
        let mut entry = writer.entry("suspense", new.happened_on, about, postings);
        entry.detail = writer.detail(id.get(), new.narrative.trim(), &mut details);
        entry.key.clone_from(&new.key);
        let item = SuspenseRow {
            id,
            happened_on: new.happened_on,
            amount: new.amount,
            reason: new.reason.trim().to_owned(),
            reference: new.reference.trim().to_owned(),
            entry: entry.id,
            import: None,
            line: None,
            method: new.method.clone(),
            created_at: writer.now,
        };
        let waits = ExpectedRow {
            id: ExpectedId::new(self.world().id()),
            channel: channel.to_string(),
            happened_on: new.happened_on,
            amount: new.amount,
            reference: new.reference.trim().to_owned(),
            batch_ref: String::new(),
            source_ref: String::new(),
            entry: entry.id,
            receipt: None,
            import: None,
            created_at: writer.now,
            // A slip's number is the bank's to quote; an account is the payer's.
            is_payers,
        };
        tx.post_many(self.id(), std::slice::from_ref(&entry)).await?;
        tx.add_suspense(self.id(), std::slice::from_ref(&item)).await?;
        tx.add_expected(self.id(), std::slice::from_ref(&waits)).await?;
        tx.put_details(self.id(), &details).await?;
        let data = serde_json::json!({
            "channel": new.channel, "amount_pence": new.amount, "date": new.happened_on,
            "why": item.reason,
        });
        self.note(&mut tx, "add suspense", &id.to_string(), data).await?;
        self.keep_answer(&mut tx, asked, &id).await?;
        tx.commit().await?;
        Ok(id)
    }
}

/// The channel, when all of it can be used.
fn check(new: &NewSuspenseItem, council: &Council, today: NaiveDate) -> Result<ChannelCode> {
    let bad = |what: String| Err(AppError::BadInput(what));
    reasoned(&new.reason)?;
    if !new.amount.is_positive() {
        return bad(format!("{} is not more than nothing", new.amount));
    }
    if new.happened_on > today {
        return bad(format!("{} has not come yet", new.happened_on));
    }
    if new.reference.trim().chars().count() > REFERENCE_LENGTH_MAX {
        return bad(format!("a reference has at most {REFERENCE_LENGTH_MAX} characters"));
    }
    if new.narrative.chars().count() > NARRATIVE_MAX {
        return bad(format!("a narrative has at most {NARRATIVE_MAX} characters"));
    }
    if let Some(code) = &new.method
        && !council.method.iter().any(|method| method.code.as_str() == code && !method.disabled)
    {
        return bad(format!("method `{code}` is not configured"));
    }
    let channel = council.channel.iter().find(|channel| channel.code.as_str() == new.channel);
    match channel {
        Some(channel) => Ok(channel.code.clone()),
        None => bad(format!("channel `{}` is not configured", new.channel)),
    }
}
