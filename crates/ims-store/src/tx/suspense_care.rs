//! Who sees to suspense: owners, due dates, groups and notes; and looking for it.

use chrono::{DateTime, NaiveDate, Utc};
use ims_ledger::id::{CouncilId, ImportId, SuspenseId};
use ims_money::Pence;
use uuid::Uuid;

use super::{
    Tx,
    suspense::{OpenSuspense, open},
};
use crate::{
    Result,
    arg::args,
    batch::Batch,
    row::Row,
    sql::{Sql, statements},
};

macro_rules! found {
    ($from:literal) => {
        concat!(
            "SELECT s.suspense_id, s.happened_on, s.amount_pence, COALESCE(o.remaining_pence, 0), s.reason, s.reference, s.line_id,
                s.method, COALESCE(d.words, ''), s.created_at, s.import_id, c.owner, c.due_on, c.item_group ",
            $from,
            " LEFT JOIN detail d ON d.council_id = s.council_id AND d.owner_id = s.suspense_id
              LEFT JOIN suspense_care c ON c.council_id = s.council_id AND c.suspense_id = s.suspense_id
              WHERE s.council_id = $1 AND s.suspense_id > $2
                AND CASE $3 WHEN 'unallocated' THEN COALESCE(o.remaining_pence, 0) = s.amount_pence
                    WHEN 'part' THEN o.remaining_pence IS NOT NULL AND o.remaining_pence <> s.amount_pence
                    WHEN 'open' THEN o.remaining_pence IS NOT NULL
                    WHEN 'allocated' THEN o.remaining_pence IS NULL
                    ELSE 1 = 1 END
                AND (s.created_at >= $4 OR $4 IS NULL) AND (s.created_at < $5 OR $5 IS NULL)
                AND (UPPER(s.reference) LIKE $6 ESCAPE '!' OR $6 IS NULL)
                AND (UPPER(COALESCE(d.words, '')) LIKE $7 ESCAPE '!' OR $7 IS NULL)
                AND (s.amount_pence = $8 OR $8 IS NULL)
                AND (s.import_id = $9 OR $9 IS NULL)
                AND (c.owner = $10 OR $10 IS NULL)
                AND (c.item_group = $11 OR $11 IS NULL)
                AND ((c.due_on < $12 AND o.remaining_pence IS NOT NULL) OR $12 IS NULL)
              ORDER BY s.suspense_id LIMIT $13"
        )
    };
}

statements! {
    SEARCH = Sql::both(found!(
        "FROM suspense_item s LEFT JOIN open_suspense o ON o.council_id = s.council_id AND o.suspense_id = s.suspense_id"));
    SEARCH_OPEN = Sql::both(found!(
        "FROM open_suspense o JOIN suspense_item s ON s.council_id = o.council_id AND s.suspense_id = o.suspense_id"));
    CARE = Sql::both(
        "SELECT owner, due_on, item_group FROM suspense_care WHERE council_id = $1 AND suspense_id = $2");
    PUT_CARE = Sql::both(
        "INSERT INTO suspense_care (council_id, suspense_id, owner, due_on, item_group, changed_by, changed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (council_id, suspense_id) DO UPDATE SET owner = excluded.owner, due_on = excluded.due_on,
            item_group = excluded.item_group, changed_by = excluded.changed_by, changed_at = excluded.changed_at
         WHERE suspense_care.owner IS NOT DISTINCT FROM $8 AND suspense_care.due_on IS NOT DISTINCT FROM $9
            AND suspense_care.item_group IS NOT DISTINCT FROM $10");
    NOTES = Sql::both(
        "SELECT note_id, suspense_id, note, noted_by, noted_at FROM suspense_note
         WHERE council_id = $1 AND suspense_id = $2 ORDER BY note_id");
    BEYOND = Sql::both(
        "SELECT s.reference, o.remaining_pence, s.amount_pence FROM open_suspense o
         LEFT JOIN suspense_item s ON s.council_id = o.council_id AND s.suspense_id = o.suspense_id
         WHERE o.council_id = $1 AND (s.suspense_id IS NULL OR (s.amount_pence > 0) <> (o.remaining_pence > 0)
            OR ABS(o.remaining_pence) > ABS(s.amount_pence)) ORDER BY o.suspense_id");
}

/// Which suspense items are looked for, by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SuspenseStatus {
    /// Nothing of it is placed.
    Unallocated,
    /// Part of it is placed, part is not.
    Part,
    /// Something of it is left.
    #[default]
    Open,
    /// Nothing of it is left.
    Allocated,
    /// Whatever became of it.
    All,
}

impl SuspenseStatus {
    /// Every one.
    pub const ALL: [Self; 5] =
        [Self::Unallocated, Self::Part, Self::Open, Self::Allocated, Self::All];

    /// The word it is asked for by.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unallocated => "unallocated",
            Self::Part => "part",
            Self::Open => "open",
            Self::Allocated => "allocated",
            Self::All => "all",
        }
    }
}

/// What suspense is looked for by; what is not said is not asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchSuspense {
    /// What became of it.
    pub status: SuspenseStatus,
    /// Known since this instant.
    pub created_from: Option<DateTime<Utc>>,
    /// Known before this instant.
    pub created_before: Option<DateTime<Utc>>,
    /// Part of the reference it came with, in any letters.
    pub reference: Option<String>,
    /// Part of what the payer wrote, in any letters.
    pub narrative: Option<String>,
    /// Exactly this amount, credit positive.
    pub amount: Option<Pence>,
    /// The file it came in.
    pub import: Option<ImportId>,
    /// Who sees to it.
    pub owner: Option<String>,
    /// Its group.
    pub group: Option<String>,
    /// Open, and due before this day.
    pub overdue_on: Option<NaiveDate>,
}

/// Who sees to an item of suspense, by when, and with which others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SuspenseCare {
    /// The user name.
    pub owner: Option<String>,
    /// The last day it should be open.
    pub due_on: Option<NaiveDate>,
    /// Items that belong together.
    pub group: Option<String>,
}

/// A suspense item as it is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundSuspense {
    /// The item.
    pub item: OpenSuspense,
    /// The file it came in.
    pub import: Option<ImportId>,
    /// Who sees to it.
    pub care: SuspenseCare,
}

/// What somebody wrote about an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuspenseNoteRow {
    /// Its id.
    pub id: Uuid,
    /// The item.
    pub suspense: SuspenseId,
    /// The words.
    pub note: String,
    /// By whom.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

fn found(row: Row) -> Result<FoundSuspense> {
    let import = row.opt_id(10, ImportId::new)?;
    let care = SuspenseCare {
        owner: row.opt_text(11)?,
        due_on: row.opt_day(12)?,
        group: row.opt_text(13)?,
    };
    Ok(FoundSuspense { item: open(row)?, import, care })
}

fn care(row: Row) -> Result<SuspenseCare> {
    Ok(SuspenseCare { owner: row.opt_text(0)?, due_on: row.opt_day(1)?, group: row.opt_text(2)? })
}

fn note(row: Row) -> Result<SuspenseNoteRow> {
    Ok(SuspenseNoteRow {
        id: row.id(0, |id| id)?,
        suspense: row.id(1, SuspenseId::new)?,
        note: row.text(2)?,
        by: row.text(3)?,
        at: row.time(4)?,
    })
}

/// A pattern for texts that contain `part`, whatever letters it has.
fn containing(part: &str) -> String {
    let mut pattern = "%".to_owned();
    for letter in part.chars() {
        if matches!(letter, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(letter.to_ascii_uppercase());
    }
    pattern.push('%');
    pattern
}

impl Tx {
    /// Suspense looked for, the oldest first, at most `limit` after `after`.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn search_suspense(
        &mut self,
        council: CouncilId,
        search: &SearchSuspense,
        after: Option<SuspenseId>,
        limit: i64,
    ) -> Result<Vec<FoundSuspense>> {
        // Few items are open, however many there ever were.
        let sql = match search.status {
            SuspenseStatus::Unallocated | SuspenseStatus::Part | SuspenseStatus::Open => {
                SEARCH_OPEN
            }
            SuspenseStatus::Allocated | SuspenseStatus::All => SEARCH,
        };
        let args = args![
            council,
            after.map_or(Uuid::nil(), SuspenseId::get),
            search.status.as_str(),
            search.created_from,
            search.created_before,
            search.reference.as_deref().map(containing),
            search.narrative.as_deref().map(containing),
            search.amount,
            search.import,
            search.owner.as_deref(),
            search.group.as_deref(),
            search.overdue_on,
            limit,
        ];
        self.all(sql, args, found).await
    }

    /// Who sees to an item; nobody when nothing was said of it.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn suspense_care(
        &mut self,
        council: CouncilId,
        id: SuspenseId,
    ) -> Result<SuspenseCare> {
        Ok(self.first(CARE, args![council, id], care).await?.unwrap_or_default())
    }

    /// Says who sees to an item, instead of what was said before. False when
    /// that is something else by now.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn put_suspense_care(
        &mut self,
        council: CouncilId,
        id: SuspenseId,
        (from, to): (&SuspenseCare, &SuspenseCare),
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let SuspenseCare { owner, due_on, group } = to;
        let args = args![
            council,
            id,
            owner.as_deref(),
            *due_on,
            group.as_deref(),
            by.to_owned(),
            now,
            from.owner.as_deref(),
            from.due_on,
            from.group.as_deref(),
        ];
        Ok(self.execute(PUT_CARE, args).await? == 1)
    }

    /// Adds what somebody wrote about an item.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn add_suspense_note(
        &mut self,
        council: CouncilId,
        row: &SuspenseNoteRow,
    ) -> Result<()> {
        let rows = Batch::new("suspense_note", 1)
            .council(council)
            .uuids("note_id", [row.id].into_iter())
            .uuids("suspense_id", [row.suspense.get()].into_iter())
            .texts("note", [row.note.as_str()].into_iter())
            .texts("noted_by", [row.by.as_str()].into_iter())
            .times("noted_at", [row.at].into_iter());
        self.insert(rows).await?;
        Ok(())
    }

    /// What was written about an item, the oldest first.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn suspense_notes(
        &mut self,
        council: CouncilId,
        id: SuspenseId,
    ) -> Result<Vec<SuspenseNoteRow>> {
        self.all(NOTES, args![council, id], note).await
    }

    /// Items of which more is left than there was, or on the other side.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn suspense_beyond(&mut self, council: CouncilId) -> Result<Vec<super::Difference>> {
        self.all(BEYOND, args![council], |row| {
            let of = row.opt_text(0)?.unwrap_or_else(|| "an item that is not there".to_owned());
            let adds_up_to = row.opt_int(2)?.unwrap_or_default();
            Ok(super::Difference { of, kept: row.int(1)?, adds_up_to })
        })
        .await
    }
}
