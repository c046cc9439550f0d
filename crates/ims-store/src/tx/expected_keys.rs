//! Open money, by what it may be found by: what is old has keys, what is new is read whole.

use chrono::NaiveDate;
use ims_ledger::id::{CouncilId, ExpectedId};
use ims_money::Pence;

use super::{
    Tx,
    expected::{OpenExpected, open},
    open_rows::{open_of_these, open_rows, open_rows_each, open_without_keys},
};
use crate::{
    Result,
    arg::{Arg, args},
    row::Row,
    sql::{Sql, statements},
};

/// Open rows of one kind with all that their keys are made of, a row for each payout.
macro_rules! keyable {
    ($which:literal) => {
        concat!(
            "SELECT e.expected_id, e.channel, e.happened_on, e.amount_pence, e.reference, e.batch_ref, COALESCE(b.batch_ref, ''),
                CASE WHEN n.entry_id IS NULL THEN 0 ELSE 1 END
             FROM (SELECT council_id, expected_id FROM open_expected WHERE council_id = $1 AND ",
            $which,
            ") o JOIN expected e ON e.council_id = o.council_id AND e.expected_id = o.expected_id
             LEFT JOIN expected_batch b ON b.council_id = e.council_id AND b.expected_id = e.expected_id
             LEFT JOIN entry n ON n.council_id = e.council_id AND n.entry_id = e.entry_id
                AND e.import_id IS NULL AND e.receipt_id IS NULL AND e.batch_ref = '' AND n.kind IN ('bank-rule', 'return', 'dispute')
             ORDER BY e.expected_id"
        )
    };
}

statements! {
    NEW_EXPECTED = Sql::both(open_rows!("AND o.is_keyed = 0"));
    NEW_BESIDE_KEYED = Sql::each(
        open_rows!("AND o.is_keyed = 0"),
        open_rows_each!(open_without_keys!()));
    THESE_EXPECTED = Sql::each(
        open_rows!("AND o.expected_id IN (SELECT unhex(value) FROM json_each($2))"),
        open_rows_each!(open_of_these!()));
    // Each asked for by the whole key, whatever the planner thinks of the table's size.
    KEYED = Sql::each(
        "SELECT k.expected_id FROM json_each($2) v
         CROSS JOIN expected_key k ON k.council_id = $1 AND k.key_text = substr(v.value, 21)
            AND k.happened_on BETWEEN substr(v.value, 1, 10) AND substr(v.value, 11, 10)",
        "SELECT k.expected_id FROM UNNEST(CAST($2 AS TEXT[])) AS v (value)
         CROSS JOIN LATERAL (SELECT x.expected_id FROM expected_key x
            WHERE x.council_id = $1 AND x.key_text = substr(v.value, 21)
                AND x.happened_on BETWEEN CAST(substr(v.value, 1, 10) AS DATE) AND CAST(substr(v.value, 11, 10) AS DATE)
            OFFSET 0) k");
    ANY_KEYED = Sql::both("SELECT 1 FROM expected_key WHERE council_id = $1 LIMIT 1");
    COUNT_NEW = Sql::both("SELECT COUNT(*) FROM open_expected WHERE council_id = $1 AND is_keyed = 0");
    OLDEST_NEW = Sql::both(keyable!("is_keyed = 0 ORDER BY expected_id LIMIT $2"));
    KEYED_ROWS = Sql::both(keyable!("is_keyed = 1"));
    KEYS_OF_KEYED = Sql::both(
        "SELECT k.key_text, k.happened_on, k.expected_id FROM expected_key k
         JOIN open_expected o ON o.council_id = k.council_id AND o.expected_id = k.expected_id AND o.is_keyed = 1
         WHERE k.council_id = $1");
    PUT_KEYS = Sql::each(
        "INSERT INTO expected_key (council_id, key_text, happened_on, expected_id)
         SELECT $1, substr(v.value, 43), substr(v.value, 33, 10), unhex(substr(v.value, 1, 32)) FROM json_each($2) v
         WHERE TRUE ON CONFLICT DO NOTHING",
        "INSERT INTO expected_key (council_id, key_text, happened_on, expected_id)
         SELECT $1, substr(v.value, 43), CAST(substr(v.value, 33, 10) AS DATE), CAST(substr(v.value, 1, 32) AS UUID)
         FROM UNNEST(CAST($2 AS TEXT[])) AS v (value)
         WHERE TRUE ON CONFLICT DO NOTHING");
    MARK_KEYED = Sql::each(
        "UPDATE open_expected SET is_keyed = 1 WHERE council_id = $1 AND expected_id IN (SELECT unhex(value) FROM json_each($2))",
        "UPDATE open_expected SET is_keyed = 1 WHERE council_id = $1 AND expected_id = ANY($2)");
    UNMARK_KEYED = Sql::each(
        "UPDATE open_expected SET is_keyed = 0 WHERE council_id = $1 AND is_keyed = 1 AND expected_id IN (SELECT unhex(value) FROM json_each($2))",
        "UPDATE open_expected SET is_keyed = 0 WHERE council_id = $1 AND is_keyed = 1 AND expected_id = ANY($2)");
    // SQLite has one writer, who needs no lock.
    SHARE_KEYS = Sql::each(
        "SELECT $1",
        "SELECT pg_advisory_xact_lock_shared(1768780802, CAST($1 AS INTEGER))");
    HOLD_KEYS = Sql::each(
        "SELECT $1",
        "SELECT pg_advisory_xact_lock(1768780802, CAST($1 AS INTEGER))");
}

/// How many ids or keys go into one statement.
const AT_ONCE: usize = 5_000;

/// A key of an open row, on its day.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExpectedKey {
    /// What it is found by, as whoever asks writes it.
    pub text: String,
    /// The row's day.
    pub day: NaiveDate,
    /// The row.
    pub id: ExpectedId,
}

/// A key that is asked for, from one day to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedKey {
    /// What is looked for.
    pub text: String,
    /// The first day and the last; all days where there are none.
    pub days: Option<(NaiveDate, NaiveDate)>,
}

/// An open row, as far as its keys are made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keyable {
    /// Its id.
    pub id: ExpectedId,
    /// The channel it comes through.
    pub channel: String,
    /// The day the payer paid.
    pub day: NaiveDate,
    /// For us positive.
    pub amount: Pence,
    /// The reference the bank may quote.
    pub reference: String,
    /// The batch it came with, and every payout that it was ever said to be part of: reversing
    /// an import brings an earlier one back.
    pub batches: Vec<String>,
    /// Whether it is a side of a bank debit's advice.
    pub is_advice: bool,
}

fn keyable(row: Row) -> Result<(Keyable, String)> {
    let one = Keyable {
        id: row.id(0, ExpectedId::new)?,
        channel: row.text(1)?,
        day: row.day(2)?,
        amount: row.pence(3)?,
        reference: row.text(4)?,
        batches: vec![row.text(5)?],
        is_advice: row.int(7)? == 1,
    };
    Ok((one, row.text(6)?))
}

impl Tx {
    /// What is expected of banks and has no keys yet, by id.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn new_expected(&mut self, council: CouncilId) -> Result<Vec<OpenExpected>> {
        self.new_expected_where(council, &mut |_| true).await
    }

    /// Those of them that `is_wanted` says, without holding the others.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn new_expected_where(
        &mut self,
        council: CouncilId,
        is_wanted: &mut (dyn FnMut(&OpenExpected) -> bool + Send),
    ) -> Result<Vec<OpenExpected>> {
        // Few among very many are asked for one by one, all there are at once.
        let is_few = self.has_expected_keys(council).await?;
        let sql = if is_few { NEW_BESIDE_KEYED } else { NEW_EXPECTED };
        let mut found = Vec::new();
        self.each(sql, args![council], &mut |row| {
            let one = open(row)?;
            if is_wanted(&one) {
                found.push(one);
            }
            Ok(())
        })
        .await?;
        Ok(found)
    }

    /// Those of these rows that are expected of banks and open.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn these_expected(
        &mut self,
        council: CouncilId,
        ids: &[ExpectedId],
    ) -> Result<Vec<OpenExpected>> {
        let mut found = Vec::with_capacity(ids.len());
        for ids in ids.chunks(AT_ONCE) {
            let ids: Vec<_> = ids.iter().map(|id| id.get()).collect();
            found.extend(self.all(THESE_EXPECTED, args![council, ids], open).await?);
        }
        Ok(found)
    }

    /// Whether any open row has keys.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn has_expected_keys(&mut self, council: CouncilId) -> Result<bool> {
        Ok(self.first(ANY_KEYED, args![council], |row| row.int(0)).await?.is_some())
    }

    /// The rows that have one of these keys, by id, each once; some may be open no more.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn keyed_expected(
        &mut self,
        council: CouncilId,
        asked: impl Iterator<Item = AskedKey>,
    ) -> Result<Vec<ExpectedId>> {
        let all = (NaiveDate::from_ymd_opt(1, 1, 1), NaiveDate::from_ymd_opt(9_999, 12, 31));
        let always = all.0.zip(all.1).unwrap_or_default();
        let mut written = asked.map(|key| {
            let (from, to) = key.days.unwrap_or(always);
            let (from, to) = (from.max(always.0), to.min(always.1));
            format!("{}{}{}", from.format("%Y-%m-%d"), to.format("%Y-%m-%d"), key.text)
        });
        let mut found: Vec<ExpectedId> = Vec::new();
        loop {
            let some: Vec<String> = written.by_ref().take(AT_ONCE).collect();
            if some.is_empty() {
                break;
            }
            let read = |row: Row| row.id(0, ExpectedId::new);
            found.extend(self.all(KEYED, args![council, some], read).await?);
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    /// How many open rows have no keys.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn count_new_expected(&mut self, council: CouncilId) -> Result<i64> {
        self.one(COUNT_NEW, args![council], |row| row.int(0)).await
    }

    /// The oldest `limit` open rows without keys. Until this unit of work ends nobody says of
    /// which payout a row is.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn oldest_unkeyed(&mut self, council: CouncilId, limit: i64) -> Result<Vec<Keyable>> {
        self.execute(HOLD_KEYS, args![council]).await?;
        let mut found = Vec::new();
        let mut keep = |one| found.push(one);
        self.each_keyable(OLDEST_NEW, args![council, limit], &mut keep).await?;
        Ok(found)
    }

    /// Hands each open row that is found by its keys to `each`, by id.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn each_keyed(
        &mut self,
        council: CouncilId,
        each: &mut (dyn FnMut(Keyable) + Send),
    ) -> Result<()> {
        self.each_keyable(KEYED_ROWS, args![council], each).await
    }

    /// Hands each key of those rows to `each`.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn each_key_of_keyed(
        &mut self,
        council: CouncilId,
        each: &mut (dyn FnMut(ExpectedKey) + Send),
    ) -> Result<()> {
        self.each(KEYS_OF_KEYED, args![council], &mut |row| {
            let (text, day) = (row.text(0)?, row.day(1)?);
            each(ExpectedKey { text, day, id: row.id(2, ExpectedId::new)? });
            Ok(())
        })
        .await
    }

    async fn each_keyable(
        &mut self,
        sql: Sql,
        args: &[Arg],
        each: &mut (dyn FnMut(Keyable) + Send),
    ) -> Result<()> {
        let mut last: Option<Keyable> = None;
        self.each(sql, args, &mut |row| {
            let (mut one, payout) = keyable(row)?;
            one.batches.push(payout);
            match &mut last {
                Some(last) if last.id == one.id => last.batches.append(&mut one.batches),
                _ => last.replace(one).into_iter().for_each(&mut *each),
            }
            Ok(())
        })
        .await?;
        last.into_iter().for_each(each);
        Ok(())
    }

    /// Adds the keys of these rows; from now on they are found by them alone.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn put_expected_keys(
        &mut self,
        council: CouncilId,
        ids: &[ExpectedId],
        mut keys: Vec<ExpectedKey>,
    ) -> Result<()> {
        // In the order in which they lie.
        keys.sort_unstable();
        for keys in keys.chunks(AT_ONCE) {
            let keys: Vec<String> = keys.iter().map(written).collect();
            self.execute(PUT_KEYS, args![council, keys]).await?;
        }
        for ids in ids.chunks(AT_ONCE) {
            let ids: Vec<_> = ids.iter().map(|id| id.get()).collect();
            self.execute(MARK_KEYED, args![council, ids]).await?;
        }
        Ok(())
    }

    /// Has rows read whole again whose keys say too little: they are of another payout now.
    pub(super) async fn unkey_expected(
        &mut self,
        council: CouncilId,
        ids: impl Iterator<Item = ExpectedId>,
    ) -> Result<()> {
        // Who is adding keys now ends first, and who does later sees the payout.
        self.execute(SHARE_KEYS, args![council]).await?;
        if !self.has_expected_keys(council).await? {
            return Ok(());
        }
        let ids: Vec<_> = ids.map(ExpectedId::get).collect();
        for ids in ids.chunks(AT_ONCE) {
            self.execute(UNMARK_KEYED, args![council, ids.to_vec()]).await?;
        }
        Ok(())
    }
}

/// A key in one text: the row, its day, and what it is found by.
fn written(key: &ExpectedKey) -> String {
    format!("{}{}{}", key.id.get().simple(), key.day.format("%Y-%m-%d"), key.text)
}
