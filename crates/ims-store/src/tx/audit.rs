//! What an auditor reads: events looked for, and entries with all that their
//! hashes cover.

use chrono::{DateTime, NaiveDate, Utc};
use ims_ledger::{
    id::{CouncilId, EntryId, EventId},
    seal::ContentHash,
};
use uuid::Uuid;

use super::{AuditRow, Sealable, Tx, seal::event};
use crate::{
    Result,
    arg::{Arg, args},
    row::Row,
    sql::{Sql, statements},
};

statements! {
    FIND_EVENTS = Sql::both(
        "SELECT event_id, at, actor, origin, deed, subject, data, hash FROM audit_event
         WHERE council_id = $1 AND event_id < $2 AND at >= $3 AND at < $4
            AND (CAST($5 AS TEXT) IS NULL OR actor = $5) AND (CAST($6 AS TEXT) IS NULL OR deed = $6)
            AND (CAST($7 AS TEXT) IS NULL OR subject = $7)
         ORDER BY event_id DESC LIMIT $8");
    EVENT = Sql::both(
        "SELECT event_id, at, actor, origin, deed, subject, data, hash FROM audit_event WHERE council_id = $1 AND event_id = $2");
    EVENTS_FROM = Sql::both(
        "SELECT event_id, at, actor, origin, deed, subject, data, hash FROM audit_event
         WHERE council_id = $1 AND event_id > $2 AND at >= $3 AND at < $4 ORDER BY event_id LIMIT $5");
    ENTRIES_FROM = Sql::both(
        "SELECT entry_id, kind, happened_on, accounting_day, posted_at, actor, COALESCE(idempotency_key, ''), about, detail_digest, hash
         FROM entry WHERE council_id = $1 AND entry_id > $2 AND accounting_day BETWEEN $3 AND $4 ORDER BY entry_id LIMIT $5");
    SIDES_FROM = Sql::both(
        "SELECT entry_id, account, side, amount_pence FROM posting
         WHERE council_id = $1 AND entry_id > $2 AND entry_id <= $3 AND accounting_day BETWEEN $4 AND $5 ORDER BY entry_id, side_no");
    ITEMS_OF_BLOCK = Sql::both(
        "SELECT item_id, item_kind, hash FROM block_item WHERE council_id = $1 AND number = $2 ORDER BY position");
}

/// What audit events are looked for by; all that is said must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FindEvents {
    /// Who did it.
    pub actor: Option<String>,
    /// What was done.
    pub deed: Option<String>,
    /// To what.
    pub subject: Option<String>,
    /// Not before.
    pub from: Option<DateTime<Utc>>,
    /// Before this.
    pub until: Option<DateTime<Utc>>,
}

/// An entry with all that its hash covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditedEntry {
    /// Its id.
    pub id: EntryId,
    /// What happened, in one word.
    pub kind: String,
    /// The day it happened.
    pub happened_on: NaiveDate,
    /// The day it counts in.
    pub accounting_day: NaiveDate,
    /// When we knew.
    pub posted_at: DateTime<Utc>,
    /// Who did it.
    pub actor: String,
    /// The key under which it was done once; empty if none.
    pub key: String,
    /// Where it came from.
    pub about: String,
    /// The salted digest of what it says about people.
    pub detail: Option<ContentHash>,
    /// The hash of its content, as it is kept.
    pub hash: ContentHash,
    /// Its sides as they are kept: account, side, pence.
    pub sides: Vec<(String, String, i64)>,
}

fn audited(row: Row) -> Result<AuditedEntry> {
    Ok(AuditedEntry {
        id: row.id(0, EntryId::new)?,
        kind: row.text(1)?,
        happened_on: row.day(2)?,
        accounting_day: row.day(3)?,
        posted_at: row.time(4)?,
        actor: row.text(5)?,
        key: row.text(6)?,
        about: row.text(7)?,
        detail: row.opt_hash(8)?,
        hash: row.hash(9)?,
        sides: Vec::new(),
    })
}

type Side = (EntryId, (String, String, i64));

fn side(row: Row) -> Result<Side> {
    Ok((row.id(0, EntryId::new)?, (row.text(1)?, row.text(2)?, row.int(3)?)))
}

/// Rows read at a time.
const AT_ONCE: i64 = 1_000;

/// A time before, and one after, all that either database compares rightly.
fn range(from: Option<DateTime<Utc>>, until: Option<DateTime<Utc>>) -> (Arg, Arg) {
    let year = |year| NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or_default();
    let start = |day: NaiveDate| day.and_time(chrono::NaiveTime::MIN).and_utc();
    let from = from.unwrap_or_else(|| start(year(1)));
    (Arg::from(from), Arg::from(until.unwrap_or_else(|| start(year(9999)))))
}

impl Tx {
    /// Audit events looked for, the newest first, at most `limit` before `before`.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn find_events(
        &mut self,
        council: CouncilId,
        find: &FindEvents,
        before: Option<EventId>,
        limit: i64,
    ) -> Result<Vec<AuditRow>> {
        let before = before.map_or(Uuid::max(), EventId::get);
        let (from, until) = range(find.from, find.until);
        let args = [
            Arg::from(council),
            Arg::from(before),
            from,
            until,
            Arg::from(find.actor.as_deref()),
            Arg::from(find.deed.as_deref()),
            Arg::from(find.subject.as_deref()),
            Arg::from(limit),
        ];
        self.all(FIND_EVENTS, &args, event).await
    }

    /// One audit event.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn event(&mut self, council: CouncilId, id: EventId) -> Result<Option<AuditRow>> {
        self.first(EVENT, args![council, id], event).await
    }

    /// The next audit events of a time, the oldest first: at most a thousand
    /// after `after`.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn events_after(
        &mut self,
        council: CouncilId,
        after: EventId,
        from: Option<DateTime<Utc>>,
        until: Option<DateTime<Utc>>,
    ) -> Result<Vec<AuditRow>> {
        let (from, until) = range(from, until);
        let args = [Arg::from(council), Arg::from(after), from, until, Arg::from(AT_ONCE)];
        self.all(EVENTS_FROM, &args, event).await
    }

    /// The next entries of some accounting days, by id, each with its sides: at
    /// most a thousand after `after`.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn entries_after(
        &mut self,
        council: CouncilId,
        after: EntryId,
        from: NaiveDate,
        through: NaiveDate,
    ) -> Result<Vec<AuditedEntry>> {
        let args = args![council, after, from, through, AT_ONCE];
        let mut entries = self.all(ENTRIES_FROM, args, audited).await?;
        let Some(last) = entries.last().map(|entry| entry.id) else { return Ok(entries) };
        let sides = self.all(SIDES_FROM, args![council, after, last, from, through], side).await?;
        let mut sides = sides.into_iter().peekable();
        for entry in &mut entries {
            while sides.next_if(|(of, _)| *of < entry.id).is_some() {}
            while let Some((_, side)) = sides.next_if(|(of, _)| *of == entry.id) {
                entry.sides.push(side);
            }
        }
        Ok(entries)
    }

    /// What a block seals, in its order.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn items_of_block(
        &mut self,
        council: CouncilId,
        number: i64,
    ) -> Result<Vec<Sealable>> {
        let read = |row: Row| Ok((row.id(0, |id| id)?, row.text(1)?, row.hash(2)?));
        self.all(ITEMS_OF_BLOCK, args![council, number], read).await
    }
}
