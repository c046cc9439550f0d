//! What was done, by whom and from where; and one file with which anybody can
//! check the books without us.

use std::io::{self, Write};

use chrono::{DateTime, NaiveDate, Utc};
use ims_ledger::{
    id::{EntryId, EventId},
    london_end,
    seal::ContentHash,
};
use ims_store::{AuditRow, AuditedEntry, BlockRow, FindEvents, Sealable, Tx};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    AppError, Books, Permission, ROWS_MAX, Result,
    books::{first_day, last_day},
};

/// The days an audit file is of; a side left open has no bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AuditRange {
    /// The first accounting day of entries, the first London day of events.
    pub from: Option<NaiveDate>,
    /// The last.
    pub through: Option<NaiveDate>,
}

/// What an audit file came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditFile {
    /// Entries in it.
    pub entries: u64,
    /// Audit events in it.
    pub events: u64,
    /// Blocks in it: all there are.
    pub blocks: u64,
    /// Entries and events no block has yet.
    pub unsealed: i64,
    /// The newest block.
    pub head: ContentHash,
}

/// The version of the file's format, which `docs/formats/audit-export.md` tells.
const FORMAT: &str = "ims-audit-1";

impl Books {
    /// Audit events looked for, the newest first, at most `limit` before `before`.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn find_events(
        &self,
        find: &FindEvents,
        before: Option<EventId>,
        limit: i64,
    ) -> Result<Vec<AuditRow>> {
        self.actor().needs(Permission::Audit)?;
        let limit = limit.clamp(1, ROWS_MAX);
        Ok(self.store().snapshot().await?.find_events(self.id(), find, before, limit).await?)
    }

    /// One audit event.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another.
    pub async fn event(&self, id: EventId) -> Result<AuditRow> {
        self.actor().needs(Permission::Audit)?;
        let event = self.store().snapshot().await?.event(self.id(), id).await?;
        event.ok_or_else(|| AppError::NotFound { what: "audit event", name: id.to_string() })
    }

    /// Writes entries, events and the whole chain to `out`, a JSON document a
    /// line: all that is needed to work out every hash, link and balance anew.
    /// No text about people is in it, only its digests. That somebody had it is
    /// itself an event, and in it.
    ///
    /// # Errors
    ///
    /// [`AppError::BadInput`] when `out` cannot be written, or the days end
    /// before they begin.
    pub async fn export_audit(
        &self,
        range: AuditRange,
        out: &mut (dyn Write + Send),
    ) -> Result<AuditFile> {
        self.actor().needs(Permission::Audit)?;
        let (from, through) =
            (range.from.unwrap_or_else(first_day), range.through.unwrap_or_else(last_day));
        if through < from {
            return Err(AppError::BadInput(format!("{through} is before {from}")));
        }
        let mut tx = self.store().begin().await?;
        let data = json!({ "from": range.from, "through": range.through });
        self.note(&mut tx, "export audit", &self.council().code, data).await?;
        tx.commit().await?;
        let head = self.seal().await?;
        let mut tx = self.store().snapshot().await?;
        let council = self.council();
        put(
            out,
            &json!({
                "t": "council", "format": FORMAT, "council": council.id, "code": council.code,
                "name": council.name, "from": range.from, "through": range.through,
                "written_us": self.world().now().timestamp_micros(),
            }),
        )?;
        let entries = self.put_entries(&mut tx, (from, through), out).await?;
        let events = self.put_events(&mut tx, range, out).await?;
        let (blocks, head) = self.put_blocks(&mut tx, head, out).await?;
        let unsealed = tx.count_unsealed(self.id()).await?;
        put(
            out,
            &json!({
                "t": "end", "entries": entries, "events": events, "blocks": blocks,
                "unsealed": unsealed, "head": head.to_string(),
            }),
        )?;
        out.flush().map_err(|error| unwritten(&error))?;
        Ok(AuditFile { entries, events, blocks, unsealed, head })
    }

    async fn put_entries(
        &self,
        tx: &mut Tx,
        days: (NaiveDate, NaiveDate),
        out: &mut (dyn Write + Send),
    ) -> Result<u64> {
        let (mut count, mut after) = (0_u64, EntryId::new(Uuid::nil()));
        loop {
            let page = tx.entries_after(self.id(), after, days.0, days.1).await?;
            let Some(last) = page.last() else { return Ok(count) };
            after = last.id;
            for entry in &page {
                put(out, &entry_line(entry))?;
                count = count.saturating_add(1);
            }
        }
    }

    async fn put_events(
        &self,
        tx: &mut Tx,
        range: AuditRange,
        out: &mut (dyn Write + Send),
    ) -> Result<u64> {
        let (from, until) = (start_of(range.from), start_after(range.through));
        let (mut count, mut after) = (0_u64, EventId::new(Uuid::nil()));
        loop {
            let page = tx.events_after(self.id(), after, from, until).await?;
            let Some(last) = page.last() else { return Ok(count) };
            after = last.id;
            for event in &page {
                put(out, &event_line(event))?;
                count = count.saturating_add(1);
            }
        }
    }

    async fn put_blocks(
        &self,
        tx: &mut Tx,
        head: ContentHash,
        out: &mut (dyn Write + Send),
    ) -> Result<(u64, ContentHash)> {
        let (mut count, mut head) = (0_u64, head);
        for block in tx.blocks(self.id()).await? {
            let items = tx.items_of_block(self.id(), block.number).await?;
            put(out, &block_line(&block, &items))?;
            count = count.saturating_add(1);
            head = block.hash;
        }
        Ok((count, head))
    }
}

/// The first instant of a day in London.
pub(crate) fn start_of(day: Option<NaiveDate>) -> Option<DateTime<Utc>> {
    start_after(day?.pred_opt())
}

/// The first instant after a day in London.
pub(crate) fn start_after(day: Option<NaiveDate>) -> Option<DateTime<Utc>> {
    london_end(day?)?.checked_add_signed(chrono::TimeDelta::microseconds(1))
}

fn entry_line(entry: &AuditedEntry) -> Value {
    json!({
        "t": "entry", "id": entry.id, "kind": entry.kind, "happened_on": entry.happened_on,
        "accounting_day": entry.accounting_day, "posted_us": entry.posted_at.timestamp_micros(),
        "actor": entry.actor, "key": entry.key, "about": entry.about,
        "detail": entry.detail.map(|digest| digest.to_string()).unwrap_or_default(),
        "postings": entry.sides, "hash": entry.hash.to_string(),
    })
}

fn event_line(event: &AuditRow) -> Value {
    json!({
        "t": "event", "id": event.id, "at_us": event.at.timestamp_micros(), "actor": event.actor,
        "origin": event.origin, "deed": event.deed, "subject": event.subject, "data": event.data,
        "hash": event.hash.to_string(),
    })
}

fn block_line(block: &BlockRow, items: &[Sealable]) -> Value {
    let items: Vec<Value> =
        items.iter().map(|(id, kind, hash)| json!([kind, id, hash.to_string()])).collect();
    json!({
        "t": "block", "number": block.number, "previous": block.previous.to_string(),
        "sealed_us": block.sealed_at.timestamp_micros(), "items": items,
        "hash": block.hash.to_string(),
    })
}

fn put(out: &mut (dyn Write + Send), line: &Value) -> Result<()> {
    writeln!(out, "{line}").map_err(|error| unwritten(&error))
}

fn unwritten(error: &io::Error) -> AppError {
    AppError::BadInput(format!("the audit file cannot be written: {error}"))
}
