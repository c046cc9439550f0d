//! Audit events and the chain of blocks.

use chrono::{DateTime, Utc};
use ims_ledger::{
    id::{CouncilId, EventId},
    seal::{Content, ContentHash},
};
use uuid::Uuid;

use super::Tx;
use crate::{
    Result,
    arg::args,
    batch::Batch,
    row::Row,
    sql::{Sql, statements},
};

statements! {
    TAKE_UNSEALED = Sql::each(
        "DELETE FROM unsealed WHERE council_id = $1 AND item_id IN
            (SELECT item_id FROM unsealed WHERE council_id = $1 ORDER BY item_id LIMIT $2)
         RETURNING item_id, item_kind, hash",
        // By where they lie: whatever the planner thinks of the queue's length, nothing is looked for.
        "WITH taken AS MATERIALIZED (SELECT ctid AS place FROM unsealed WHERE council_id = $1
            ORDER BY item_id LIMIT $2 FOR UPDATE SKIP LOCKED)
         DELETE FROM unsealed WHERE council_id = $1 AND ctid = ANY(ARRAY(SELECT place FROM taken))
         RETURNING item_id, item_kind, hash");
    COUNT_UNSEALED = Sql::both("SELECT COUNT(*) FROM unsealed WHERE council_id = $1");
    HEAD = Sql::both(
        "SELECT number, previous, hash, sealed_at, items FROM block WHERE council_id = $1 ORDER BY number DESC LIMIT 1");
    BLOCKS = Sql::both(
        "SELECT number, previous, hash, sealed_at, items FROM block WHERE council_id = $1 ORDER BY number");
    BLOCK_ITEMS = Sql::both(
        "SELECT number, item_id, hash FROM block_item WHERE council_id = $1 ORDER BY number, position");
    EVENTS = Sql::both(
        "SELECT event_id, at, actor, origin, deed, subject, data, hash FROM audit_event
         WHERE council_id = $1 AND event_id < $2 ORDER BY event_id DESC LIMIT $3");
    ALL_EVENTS = Sql::both(
        "SELECT event_id, at, actor, origin, deed, subject, data, hash FROM audit_event WHERE council_id = $1 ORDER BY event_id");
}

/// Who did what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// Its id.
    pub id: EventId,
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub actor: String,
    /// Where from: `cli`, `web 127.0.0.1`, `job`.
    pub origin: String,
    /// What: `import`, `allocate suspense`, `close day`.
    pub deed: String,
    /// To what.
    pub subject: String,
    /// The particulars, as JSON.
    pub data: String,
    /// The hash of all this; worked out when it is added.
    pub hash: ContentHash,
}

impl AuditRow {
    /// The hash of its content in the books of `council`.
    #[must_use]
    pub fn content_hash(&self, council: CouncilId) -> ContentHash {
        let mut content = Content::new("event");
        content.number(council.get());
        content.bytes(self.id.get().as_bytes());
        content.time(self.at);
        content.text(&self.actor);
        content.text(&self.origin);
        content.text(&self.deed);
        content.text(&self.subject);
        content.text(&self.data);
        content.hash()
    }
}

/// A link of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockRow {
    /// Counted from 1.
    pub number: i64,
    /// The hash of the block before.
    pub previous: ContentHash,
    /// Its own.
    pub hash: ContentHash,
    /// When.
    pub sealed_at: DateTime<Utc>,
    /// How many items.
    pub items: i64,
}

/// What a block seals: id, kind (`entry` or `event`), hash.
pub type Sealable = (Uuid, String, ContentHash);

fn block(row: Row) -> Result<BlockRow> {
    Ok(BlockRow {
        number: row.int(0)?,
        previous: row.hash(1)?,
        hash: row.hash(2)?,
        sealed_at: row.time(3)?,
        items: row.int(4)?,
    })
}

pub(super) fn event(row: Row) -> Result<AuditRow> {
    Ok(AuditRow {
        id: row.id(0, EventId::new)?,
        at: row.time(1)?,
        actor: row.text(2)?,
        origin: row.text(3)?,
        deed: row.text(4)?,
        subject: row.text(5)?,
        data: row.text(6)?,
        hash: row.hash(7)?,
    })
}

/// The rows of an audit event: itself, and its place in the queue for sealing.
pub(crate) fn event_batches(council: CouncilId, row: &AuditRow) -> [Batch; 2] {
    let hash = row.content_hash(council);
    let rows = Batch::new("audit_event", 1)
        .council(council)
        .uuids("event_id", [row.id.get()].into_iter())
        .times("at", [row.at].into_iter())
        .texts("actor", [row.actor.as_str()].into_iter())
        .texts("origin", [row.origin.as_str()].into_iter())
        .texts("deed", [row.deed.as_str()].into_iter())
        .texts("subject", [row.subject.as_str()].into_iter())
        .texts("data", [row.data.as_str()].into_iter())
        .bytes("hash", [hash.0.as_slice()].into_iter());
    let waiting = Batch::new("unsealed", 1)
        .council(council)
        .uuids("item_id", [row.id.get()].into_iter())
        .texts("item_kind", ["event"].into_iter())
        .bytes("hash", [hash.0.as_slice()].into_iter());
    [rows, waiting]
}

impl Tx {
    /// Adds an audit event and queues it for sealing.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn add_event(&mut self, council: CouncilId, row: &AuditRow) -> Result<()> {
        for batch in event_batches(council, row) {
            self.insert(batch).await?;
        }
        Ok(())
    }

    /// Takes up to `limit` items no block has yet off the queue, by id. On
    /// PostgreSQL, those another sealer is taking are passed over.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn take_unsealed(&mut self, council: CouncilId, limit: i64) -> Result<Vec<Sealable>> {
        let read = |row: Row| Ok((row.id(0, |id| id)?, row.text(1)?, row.hash(2)?));
        let mut items = self.all(TAKE_UNSEALED, args![council, limit], read).await?;
        items.sort_by_key(|(id, _, _)| *id);
        Ok(items)
    }

    /// How many items no block has yet.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn count_unsealed(&mut self, council: CouncilId) -> Result<i64> {
        self.one(COUNT_UNSEALED, args![council], |row| row.int(0)).await
    }

    /// The newest block.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn head(&mut self, council: CouncilId) -> Result<Option<BlockRow>> {
        self.first(HEAD, args![council], block).await
    }

    /// Every block, the first first.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn blocks(&mut self, council: CouncilId) -> Result<Vec<BlockRow>> {
        self.all(BLOCKS, args![council], block).await
    }

    /// Hands every sealed item to `each`, in the chain's order: block, id, hash.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn each_block_item(
        &mut self,
        council: CouncilId,
        each: &mut (dyn FnMut(i64, Uuid, ContentHash) + Send),
    ) -> Result<()> {
        self.each(BLOCK_ITEMS, args![council], &mut |row| {
            each(row.int(0)?, row.id(1, |id| id)?, row.hash(2)?);
            Ok(())
        })
        .await
    }

    /// Adds a block with its items in their order.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`](crate::StoreError::Duplicate) when another
    /// sealer added this number a moment before: try again.
    pub async fn add_block(
        &mut self,
        council: CouncilId,
        row: &BlockRow,
        items: &[Sealable],
    ) -> Result<()> {
        let block = Batch::new("block", 1)
            .council(council)
            .ints("number", [row.number].into_iter())
            .bytes("previous", [row.previous.0.as_slice()].into_iter())
            .bytes("hash", [row.hash.0.as_slice()].into_iter())
            .times("sealed_at", [row.sealed_at].into_iter())
            .ints("items", [row.items].into_iter());
        self.insert(block).await?;
        let rows = Batch::new("block_item", items.len())
            .council(council)
            .ints("number", items.iter().map(|_| row.number))
            .ints("position", (1_i64..).take(items.len()))
            .texts("item_kind", items.iter().map(|(_, kind, _)| kind.as_str()))
            .uuids("item_id", items.iter().map(|(id, _, _)| *id))
            .bytes("hash", items.iter().map(|(_, _, hash)| hash.0.as_slice()));
        self.insert(rows).await?;
        Ok(())
    }

    /// The newest `limit` audit events before `before`, newest first.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn events(
        &mut self,
        council: CouncilId,
        before: Option<EventId>,
        limit: i64,
    ) -> Result<Vec<AuditRow>> {
        let before = before.map_or(Uuid::max(), EventId::get);
        self.all(EVENTS, args![council, before, limit], event).await
    }

    /// Hands every audit event to `each`, the oldest first.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn each_event(
        &mut self,
        council: CouncilId,
        each: &mut (dyn FnMut(AuditRow) + Send),
    ) -> Result<()> {
        self.each(ALL_EVENTS, args![council], &mut |row| {
            each(event(row)?);
            Ok(())
        })
        .await
    }
}
