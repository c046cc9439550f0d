//! What was changed of account holders, and by whom.

use chrono::{DateTime, Utc};
use ims_ledger::{
    id::{CouncilId, ImportId},
    seal::ContentHash,
};
use uuid::Uuid;

use super::{Difference, Tx};
use crate::{
    Result,
    arg::args,
    batch::Batch,
    row::Row,
    sql::{Sql, statements},
};

statements! {
    CHANGES = Sql::both(
        "SELECT h.change_id, h.fund, h.reference, h.version, h.deed, h.fields, h.changed_by, h.changed_at, h.import_id, h.reason,
            h.digest, COALESCE(d.words, '')
         FROM holder_change h LEFT JOIN detail d ON d.council_id = h.council_id AND d.owner_id = h.change_id
         WHERE h.council_id = $1 AND h.fund = $2 AND h.reference = $3 AND h.version < $4 ORDER BY h.version DESC LIMIT $5");
    VERSIONS_THAT_DIFFER = Sql::both(
        "SELECT h.fund || ' ' || h.reference, COALESCE(MAX(a.version), 0), MAX(h.version) FROM holder_change h
         LEFT JOIN account_holder a ON a.council_id = h.council_id AND a.fund = h.fund AND a.reference = h.reference
         WHERE h.council_id = $1 GROUP BY h.fund, h.reference HAVING COALESCE(MAX(a.version), 0) <> MAX(h.version)
         ORDER BY h.fund, h.reference");
    CHANGE_DETAILS = Sql::both(
        "SELECT d.owner_id, d.salt, d.words, h.digest FROM detail d
         JOIN holder_change h ON h.council_id = d.council_id AND h.change_id = d.owner_id WHERE d.council_id = $1");
}

/// A change of an account holder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HolderChangeRow {
    /// Its id.
    pub id: Uuid,
    /// The fund's code.
    pub fund: String,
    /// The account reference.
    pub reference: String,
    /// The version it made.
    pub version: i64,
    /// What was done: `put`, `stop`, `release` or `import`.
    pub deed: String,
    /// Which fields it changed, with spaces between them.
    pub fields: String,
    /// By whom.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
    /// The file it came in.
    pub import: Option<ImportId>,
    /// Why.
    pub reason: String,
    /// The salted digest of `words`.
    pub digest: ContentHash,
    /// What it was before and after, as JSON; empty once erased. Kept in `detail`.
    pub words: String,
}

fn change(row: Row) -> Result<HolderChangeRow> {
    Ok(HolderChangeRow {
        id: row.id(0, |id| id)?,
        fund: row.text(1)?,
        reference: row.text(2)?,
        version: row.int(3)?,
        deed: row.text(4)?,
        fields: row.text(5)?,
        by: row.text(6)?,
        at: row.time(7)?,
        import: row.opt_id(8, ImportId::new)?,
        reason: row.text(9)?,
        digest: row.hash(10)?,
        words: row.text(11)?,
    })
}

impl Tx {
    /// Records changes of account holders; their words go to
    /// [`put_details`](Self::put_details).
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`](crate::StoreError::Duplicate) when somebody
    /// else made the same version.
    pub async fn add_holder_changes(
        &mut self,
        council: CouncilId,
        changes: &[HolderChangeRow],
    ) -> Result<()> {
        let batch = Batch::new("holder_change", changes.len())
            .council(council)
            .uuids("change_id", changes.iter().map(|c| c.id))
            .texts("fund", changes.iter().map(|c| c.fund.as_str()))
            .texts("reference", changes.iter().map(|c| c.reference.as_str()))
            .ints("version", changes.iter().map(|c| c.version))
            .texts("deed", changes.iter().map(|c| c.deed.as_str()))
            .texts("fields", changes.iter().map(|c| c.fields.as_str()))
            .texts("changed_by", changes.iter().map(|c| c.by.as_str()))
            .times("changed_at", changes.iter().map(|c| c.at))
            .opt_uuids("import_id", changes.iter().map(|c| c.import.map(ImportId::get)))
            .texts("reason", changes.iter().map(|c| c.reason.as_str()))
            .bytes("digest", changes.iter().map(|c| c.digest.0.as_slice()));
        self.insert(batch).await?;
        Ok(())
    }

    /// The changes of one account holder, the newest first: at most `limit`
    /// before version `before`.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn holder_changes(
        &mut self,
        council: CouncilId,
        (fund, reference): (&str, &str),
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<HolderChangeRow>> {
        let before = before.unwrap_or(i64::MAX);
        self.all(CHANGES, args![council, fund, reference, before, limit], change).await
    }

    /// Account holders that do not stand at the version their changes made.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn holders_that_differ(&mut self, council: CouncilId) -> Result<Vec<Difference>> {
        let difference = |row: Row| {
            Ok(Difference { of: row.text(0)?, kept: row.int(1)?, adds_up_to: row.int(2)? })
        };
        self.all(VERSIONS_THAT_DIFFER, args![council], difference).await
    }

    /// The first change whose words are not what its digest was made of.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn holder_words_that_differ(&mut self, council: CouncilId) -> Result<Option<Uuid>> {
        let mut differing = None;
        self.each(CHANGE_DETAILS, args![council], &mut |row| {
            let digest = ContentHash::salted(row.bytes(1)?, &row.text(2)?);
            if differing.is_none() && row.hash(3)? != digest {
                differing = Some(row.id(0, |id| id)?);
            }
            Ok(())
        })
        .await?;
        Ok(differing)
    }
}
