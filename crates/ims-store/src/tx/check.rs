//! What `verify` asks: every kept figure against what the books add up to.

use ims_ledger::{
    Side,
    id::{CouncilId, EntryId},
    seal::{ContentHash, EntryContent},
};
use ims_money::Pence;
use uuid::Uuid;

use super::Tx;
use crate::{
    Result,
    arg::args,
    row::Row,
    sql::{Sql, statements},
};

statements! {
    ENTRIES_AFTER = Sql::both(
        "SELECT e.entry_id, e.kind, e.happened_on, e.accounting_day, e.posted_at, e.actor,
            COALESCE(e.idempotency_key, ''), e.about, e.detail_digest, e.hash
         FROM entry e WHERE e.council_id = $1 AND e.entry_id > $2 ORDER BY e.entry_id LIMIT $3");
    POSTINGS_BETWEEN = Sql::both(
        "SELECT entry_id, account, side, amount_pence, accounting_day FROM posting
         WHERE council_id = $1 AND entry_id > $2 AND entry_id <= $3 ORDER BY entry_id, side_no");
    ORPHAN_SIDE = Sql::both(
        "SELECT p.entry_id FROM posting p WHERE p.council_id = $1
            AND NOT EXISTS (SELECT 1 FROM entry e WHERE e.council_id = p.council_id AND e.entry_id = p.entry_id)
         ORDER BY p.entry_id LIMIT 1");
    COUNT_ENTRIES = Sql::both("SELECT COUNT(*) FROM entry WHERE council_id = $1");
    DAYS_THAT_DIFFER = Sql::both(
        "SELECT CAST(accounting_day AS TEXT),
            CAST(COALESCE(SUM(CASE side WHEN 'debit' THEN amount_pence ELSE 0 END), 0) AS BIGINT),
            CAST(COALESCE(SUM(CASE side WHEN 'credit' THEN amount_pence ELSE 0 END), 0) AS BIGINT)
         FROM posting WHERE council_id = $1 GROUP BY accounting_day
         HAVING SUM(CASE side WHEN 'debit' THEN amount_pence ELSE -amount_pence END) <> 0");
    CLOSING_BALANCES = Sql::both(
        "SELECT s.bank, s.closing_pence FROM statement s WHERE s.council_id = $1
            AND s.sequence = (SELECT MAX(t.sequence) FROM statement t WHERE t.council_id = s.council_id AND t.bank = s.bank
                AND NOT EXISTS (SELECT 1 FROM import_reversal r WHERE r.council_id = t.council_id AND r.import_id = t.import_id))
         ORDER BY s.bank");
    SUSPENSE_ITEMS_THAT_DIFFER = Sql::both(
        "SELECT CAST(s.reference AS TEXT), COALESCE(o.remaining_pence, 0), s.amount_pence - COALESCE(a.allocated, 0)
         FROM suspense_item s
         LEFT JOIN open_suspense o ON o.council_id = s.council_id AND o.suspense_id = s.suspense_id
         LEFT JOIN (SELECT suspense_id, CAST(SUM(amount_pence) AS BIGINT) AS allocated FROM suspense_allocation
                    WHERE council_id = $1 GROUP BY suspense_id) a ON a.suspense_id = s.suspense_id
         WHERE s.council_id = $1 AND COALESCE(o.remaining_pence, 0) <> s.amount_pence - COALESCE(a.allocated, 0)");
    EXPECTED_THAT_DIFFER = Sql::both(
        "SELECT x.reference, x.is_open, 1 - x.is_matched FROM (
            SELECT e.reference AS reference,
                CASE WHEN EXISTS (SELECT 1 FROM open_expected o WHERE o.council_id = e.council_id AND o.expected_id = e.expected_id)
                     THEN 1 ELSE 0 END AS is_open,
                CASE WHEN EXISTS (SELECT 1 FROM match_pair p WHERE p.council_id = e.council_id AND p.expected_id = e.expected_id
                     AND NOT EXISTS (SELECT 1 FROM match_undo u WHERE u.council_id = p.council_id AND u.match_id = p.match_id))
                     THEN 1 ELSE 0 END AS is_matched
            FROM expected e WHERE e.council_id = $1) x WHERE x.is_open = x.is_matched");
    LINES_THAT_DIFFER = Sql::both(
        "SELECT x.reference, x.is_open, 1 - x.is_matched FROM (
            SELECT l.reference AS reference,
                CASE WHEN EXISTS (SELECT 1 FROM open_line o WHERE o.council_id = l.council_id AND o.line_id = l.line_id)
                     THEN 1 ELSE 0 END AS is_open,
                CASE WHEN EXISTS (SELECT 1 FROM match_pair p WHERE p.council_id = l.council_id AND p.line_id = l.line_id
                     AND NOT EXISTS (SELECT 1 FROM match_undo u WHERE u.council_id = p.council_id AND u.match_id = p.match_id))
                     THEN 1 ELSE 0 END AS is_matched
            FROM statement_line l WHERE l.council_id = $1 AND l.amount_pence <> 0) x WHERE x.is_open = x.is_matched");
    FUND_INCOME = Sql::both(
        "SELECT l.fund, CAST(COALESCE(SUM(l.amount_pence - l.vat_pence), 0) AS BIGINT),
            CAST(COALESCE(SUM(l.vat_pence), 0) AS BIGINT) FROM receipt_line l WHERE l.council_id = $1 GROUP BY l.fund");
    RECEIPTS_THAT_DIFFER = Sql::both(
        "SELECT r.number, r.total_pence, CAST(COALESCE(SUM(l.amount_pence), 0) AS BIGINT) FROM receipt r
         LEFT JOIN receipt_line l ON l.council_id = r.council_id AND l.receipt_id = r.receipt_id
         WHERE r.council_id = $1 GROUP BY r.receipt_id, r.number, r.total_pence
         HAVING COUNT(l.line_no) = 0 OR SUM(l.amount_pence) <> r.total_pence");
    UNDONE_OTHERWISE = Sql::both(
        "SELECT r.number, l.amount_pence, CAST(COALESCE(-o.amount_pence, 0) AS BIGINT) FROM receipt r
         JOIN receipt_line l ON l.council_id = r.council_id AND l.receipt_id = r.receipt_id
         LEFT JOIN receipt_line o ON o.council_id = r.council_id AND o.receipt_id = r.reverses AND o.line_no = l.line_no
         WHERE r.council_id = $1 AND r.reverses IS NOT NULL AND (o.receipt_id IS NULL OR o.fund <> l.fund
            OR o.reference <> l.reference OR o.amount_pence <> -l.amount_pence OR o.vat_pence <> -l.vat_pence
            OR COALESCE(o.vat_code, '') <> COALESCE(l.vat_code, ''))
         ORDER BY r.number");
    NUMBERS_WITH_GAPS = Sql::both(
        "SELECT kind, MAX(number), COUNT(*) FROM export WHERE council_id = $1 GROUP BY kind HAVING MAX(number) <> COUNT(*)");
    POSTED_AFTER_CLOSE = Sql::both(
        "WITH covered AS (
            SELECT x.accounting_day, g.generation,
                (SELECT MIN(c.day) FROM day_close c WHERE c.council_id = $1 AND c.generation = g.generation AND c.day >= x.accounting_day) AS day,
                (SELECT MIN(r.reopened_at) FROM day_reopen r WHERE r.council_id = $1 AND r.number > g.generation
                    AND r.closed_through < x.accounting_day) AS open_from
            FROM (SELECT DISTINCT e.accounting_day FROM entry e WHERE e.council_id = $1) x
            CROSS JOIN (SELECT DISTINCT c.generation FROM day_close c WHERE c.council_id = $1) g)
         SELECT CAST(d.day AS TEXT), COUNT(*), 0 FROM covered v
         JOIN day_close d ON d.council_id = $1 AND d.generation = v.generation AND d.day = v.day
         JOIN entry e ON e.council_id = $1 AND e.accounting_day = v.accounting_day AND e.posted_at > d.closed_at
            AND (v.open_from IS NULL OR e.posted_at < v.open_from)
         GROUP BY d.day ORDER BY d.day");
    UNCHAINED = Sql::both(
        "SELECT COUNT(*) FROM entry e WHERE e.council_id = $1
            AND NOT EXISTS (SELECT 1 FROM block_item b WHERE b.council_id = e.council_id AND b.item_id = e.entry_id)
            AND NOT EXISTS (SELECT 1 FROM unsealed u WHERE u.council_id = e.council_id AND u.item_id = e.entry_id)");
    MISSING = Sql::both(
        "SELECT b.item_kind, b.number, b.position, b.item_id FROM block_item b WHERE b.council_id = $1
            AND NOT EXISTS (SELECT 1 FROM entry e WHERE e.council_id = b.council_id AND e.entry_id = b.item_id)
            AND NOT EXISTS (SELECT 1 FROM audit_event v WHERE v.council_id = b.council_id AND v.event_id = b.item_id)
         ORDER BY b.number, b.position LIMIT 1");
    DETAILS = Sql::both(
        "SELECT d.owner_id, d.salt, d.words, e.detail_digest FROM detail d
         LEFT JOIN receipt r ON r.council_id = d.council_id AND r.receipt_id = d.owner_id
         LEFT JOIN statement_line l ON l.council_id = d.council_id AND l.line_id = d.owner_id
         LEFT JOIN suspense_item s ON s.council_id = d.council_id AND s.suspense_id = d.owner_id
         JOIN entry e ON e.council_id = d.council_id AND e.entry_id = COALESCE(r.entry_id, l.entry_id, s.entry_id)
         WHERE d.council_id = $1");
}

/// Something kept that is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What: a day, an account, a reference, a number.
    pub of: String,
    /// What is kept.
    pub kept: i64,
    /// What it adds up to.
    pub adds_up_to: i64,
}

impl Difference {
    /// A row of what, what is kept, and what it adds up to.
    pub(super) fn of(row: Row) -> Result<Self> {
        Ok(Self { of: row.text(0)?, kept: row.int(1)?, adds_up_to: row.int(2)? })
    }
}

/// An entry that is not what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryFault {
    /// Which.
    pub entry: EntryId,
    /// What is wrong, in words.
    pub what: String,
}

struct Kept {
    id: EntryId,
    kind: String,
    happened_on: chrono::NaiveDate,
    accounting_day: chrono::NaiveDate,
    posted_at: chrono::DateTime<chrono::Utc>,
    actor: String,
    key: String,
    about: String,
    detail: Option<ContentHash>,
    hash: ContentHash,
}

fn kept(row: Row) -> Result<Kept> {
    Ok(Kept {
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
    })
}

type Sided = (EntryId, String, String, i64, chrono::NaiveDate);

fn sided(row: Row) -> Result<Sided> {
    Ok((row.id(0, EntryId::new)?, row.text(1)?, row.text(2)?, row.int(3)?, row.day(4)?))
}

/// What is wrong with an entry, if anything.
fn fault_of(council: CouncilId, entry: &Kept, sides: &[Sided]) -> Option<String> {
    let content = EntryContent {
        council,
        entry: entry.id,
        kind: &entry.kind,
        happened_on: entry.happened_on,
        accounting_day: entry.accounting_day,
        posted_at: entry.posted_at,
        actor: &entry.actor,
        key: &entry.key,
        about: &entry.about,
        detail: entry.detail,
    };
    let hash =
        content.hash_of(sides.iter().map(|(_, account, side, pence, _)| (account, side, *pence)));
    if hash != entry.hash {
        return Some("its content is not what its hash was made of".to_owned());
    }
    if sides.iter().any(|(_, _, _, _, day)| *day != entry.accounting_day) {
        return Some("one of its sides counts in another day than it".to_owned());
    }
    let sum = sides.iter().try_fold(Pence::ZERO, |sum, (_, _, side, pence, _)| {
        let amount = Pence::new(*pence);
        if side == Side::Debit.as_str() { sum.checked_add(amount) } else { sum.checked_sub(amount) }
    });
    match sum {
        Some(Pence::ZERO) if !sides.is_empty() => None,
        Some(Pence::ZERO) => Some("it has no sides".to_owned()),
        Some(over) => Some(format!("its debits are more than its credits by {over}")),
        None => Some("its sides are too large to add".to_owned()),
    }
}

/// Entries read at a time.
const ENTRIES_AT_ONCE: i64 = 5_000;

impl Tx {
    /// How many entries there are.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn count_entries(&mut self, council: CouncilId) -> Result<i64> {
        self.one(COUNT_ENTRIES, args![council], |row| row.int(0)).await
    }

    /// Reads every entry in the order of their ids, works its hash out anew and
    /// adds its sides up. `each` is told the id and hash of every entry; the
    /// first few that are wrong come back, with how many were read.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn check_entries(
        &mut self,
        council: CouncilId,
        faults_max: usize,
        each: &mut (dyn FnMut(Uuid, ContentHash) + Send),
    ) -> Result<(u64, Vec<EntryFault>)> {
        let (mut count, mut faults) = (0_u64, Vec::new());
        let mut after = Uuid::nil();
        // No id is all noughts, and pages begin after it.
        let nobody = EntryId::new(after);
        if self.entry(council, nobody).await?.is_some() {
            let what = "no entry has this id: it was slipped in".to_owned();
            faults.push(EntryFault { entry: nobody, what });
        }
        loop {
            let args = args![council, after, ENTRIES_AT_ONCE];
            let entries = self.all(ENTRIES_AFTER, args, kept).await?;
            let Some(last) = entries.last().map(|entry| entry.id.get()) else { break };
            let sides = self.all(POSTINGS_BETWEEN, args![council, after, last], sided).await?;
            let mut rest = sides.as_slice();
            for entry in &entries {
                // Sides of an entry that is not there are left behind: the day's sums show them.
                let start = rest.partition_point(|side| side.0 < entry.id);
                let (_, from) = rest.split_at_checked(start).unwrap_or((&[], rest));
                let length = from.partition_point(|side| side.0 == entry.id);
                let (own, left) = from.split_at_checked(length).unwrap_or((from, &[]));
                rest = left;
                if let Some(what) = fault_of(council, entry, own)
                    && faults.len() < faults_max
                {
                    faults.push(EntryFault { entry: entry.id, what });
                }
                each(entry.id.get(), entry.hash);
                count = count.saturating_add(1);
            }
            after = last;
        }
        Ok((count, faults))
    }

    /// A side whose entry is not there, if there is one.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn orphan_side(&mut self, council: CouncilId) -> Result<Option<EntryId>> {
        self.first(ORPHAN_SIDE, args![council], |row| row.id(0, EntryId::new)).await
    }

    /// Accounting days whose debits and credits differ.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn days_that_differ(&mut self, council: CouncilId) -> Result<Vec<Difference>> {
        self.all(DAYS_THAT_DIFFER, args![council], Difference::of).await
    }

    /// The last posted closing balance of each bank account.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn closing_balances(&mut self, council: CouncilId) -> Result<Vec<(String, Pence)>> {
        self.all(CLOSING_BALANCES, args![council], |row| Ok((row.text(0)?, row.pence(1)?))).await
    }

    /// Suspense items whose kept remainder is not amount less allocations.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn suspense_that_differs(&mut self, council: CouncilId) -> Result<Vec<Difference>> {
        self.all(SUSPENSE_ITEMS_THAT_DIFFER, args![council], Difference::of).await
    }

    /// Expected items kept as open although matched, or the other way round.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn expected_that_differ(&mut self, council: CouncilId) -> Result<Vec<Difference>> {
        self.all(EXPECTED_THAT_DIFFER, args![council], Difference::of).await
    }

    /// Bank lines kept as open although explained, or the other way round.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn lines_that_differ(&mut self, council: CouncilId) -> Result<Vec<Difference>> {
        self.all(LINES_THAT_DIFFER, args![council], Difference::of).await
    }

    /// What each fund's receipt lines come to: net, and VAT.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn fund_income(&mut self, council: CouncilId) -> Result<Vec<(String, Pence, Pence)>> {
        self.all(FUND_INCOME, args![council], |row| {
            Ok((row.text(0)?, row.pence(1)?, row.pence(2)?))
        })
        .await
    }

    /// Receipts whose total is not the sum of their lines.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn receipts_that_differ(&mut self, council: CouncilId) -> Result<Vec<Difference>> {
        self.all(RECEIPTS_THAT_DIFFER, args![council], Difference::of).await
    }

    /// Receipts that undo another, but not line by line.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn receipts_undone_otherwise(
        &mut self,
        council: CouncilId,
    ) -> Result<Vec<Difference>> {
        self.all(UNDONE_OTHERWISE, args![council], Difference::of).await
    }

    /// Series of exports with a gap in their numbers.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn numbers_with_gaps(&mut self, council: CouncilId) -> Result<Vec<Difference>> {
        self.all(NUMBERS_WITH_GAPS, args![council], Difference::of).await
    }

    /// Closed days into which something was posted after they closed.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn posted_after_close(&mut self, council: CouncilId) -> Result<Vec<Difference>> {
        self.all(POSTED_AFTER_CLOSE, args![council], Difference::of).await
    }

    /// How many entries are in no block and not waiting for one.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn count_unchained(&mut self, council: CouncilId) -> Result<i64> {
        self.one(UNCHAINED, args![council], |row| row.int(0)).await
    }

    /// The first item a block seals that is no longer there: its kind, block,
    /// position and id.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn missing_item(
        &mut self,
        council: CouncilId,
    ) -> Result<Option<(String, i64, i64, Uuid)>> {
        self.first(MISSING, args![council], |row| {
            Ok((row.text(0)?, row.int(1)?, row.int(2)?, row.id(3, |id| id)?))
        })
        .await
    }

    /// The first text kept apart that is not what its entry was sealed with.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn details_that_differ(&mut self, council: CouncilId) -> Result<Option<Uuid>> {
        let mut differing = None;
        self.each(DETAILS, args![council], &mut |row| {
            let digest = ContentHash::salted(row.bytes(1)?, &row.text(2)?);
            if differing.is_none() && row.opt_hash(3)? != Some(digest) {
                differing = Some(row.id(0, |id| id)?);
            }
            Ok(())
        })
        .await?;
        Ok(differing)
    }
}
