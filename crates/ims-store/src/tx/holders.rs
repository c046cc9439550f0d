//! Account holders, as the funds' own systems state them.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use ims_ledger::id::{CouncilId, ImportId};
use ims_money::Pence;
use uuid::Uuid;

use super::Tx;
use crate::{
    Result, StoreError,
    arg::{Arg, args},
    batch::Batch,
    row::Row,
    sql::{Sql, statements},
};

statements! {
    FORGET = Sql::each(
        "DELETE FROM account_holder WHERE council_id = $1 AND fund = $2
            AND reference IN (SELECT value FROM json_each($3))",
        "DELETE FROM account_holder WHERE council_id = $1 AND fund = $2 AND reference = ANY($3)");
    EXISTING = Sql::each(
        "SELECT reference FROM account_holder WHERE council_id = $1 AND fund = $2
            AND reference IN (SELECT value FROM json_each($3))",
        "SELECT h.reference FROM UNNEST($3::text[]) x (reference) CROSS JOIN LATERAL
            (SELECT a.reference FROM account_holder a
             WHERE a.council_id = $1 AND a.fund = $2 AND a.reference = x.reference LIMIT 1) h");
    HOLDER = Sql::both(
        "SELECT fund, reference, name, address, balance_pence, stop, version, balance_at, instalment_pence FROM account_holder
         WHERE council_id = $1 AND fund = $2 AND reference = $3");
    HOLD = Sql::each(
        "SELECT fund, reference, name, address, balance_pence, stop, version, balance_at, instalment_pence FROM account_holder
         WHERE council_id = $1 AND fund = $2 AND reference IN (SELECT value FROM json_each($3))
         ORDER BY reference",
        "SELECT fund, reference, name, address, balance_pence, stop, version, balance_at, instalment_pence FROM account_holder
         WHERE council_id = $1 AND fund = $2 AND reference = ANY($3) ORDER BY reference FOR UPDATE");
    SEARCH = Sql::both(
        "SELECT fund, reference, name, address, balance_pence, stop, version, balance_at, instalment_pence FROM account_holder
         WHERE council_id = $1 AND (fund, reference) > ($2, $3) AND (fund = $5 OR $5 IS NULL)
            AND (UPPER(reference) LIKE $6 ESCAPE '\\' OR $6 IS NULL) AND (UPPER(name) LIKE $7 ESCAPE '\\' OR $7 IS NULL)
            AND (REPLACE(UPPER(address), ' ', '') LIKE $8 ESCAPE '\\' OR $8 IS NULL)
         ORDER BY fund, reference LIMIT $4");
    CHANGE = Sql::both(
        "UPDATE account_holder SET name = $5, address = $6, balance_pence = $7, stop = $8, balance_at = $9, updated_at = $10, instalment_pence = $11, version = version + 1
         WHERE council_id = $1 AND fund = $2 AND reference = $3 AND version = $4");
    HOLDERS = Sql::both("SELECT COUNT(*) FROM account_holder WHERE council_id = $1");
}

/// One account holder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HolderRow {
    /// The fund's code.
    pub fund: String,
    /// The account reference.
    pub reference: String,
    /// Who holds the account.
    pub name: String,
    /// Their address, a line a line.
    pub address: String,
    /// What they owe, if known.
    pub balance: Option<Pence>,
    /// The code of a stop message, if there is one.
    pub stop: Option<String>,
    /// How often it was written, from 1.
    pub version: i64,
    /// When the balance was stated, if known.
    pub balance_at: Option<DateTime<Utc>>,
    /// What they pay at a time, if known.
    pub instalment: Option<Pence>,
}

/// What account holders are looked for by; everything that is set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchHolders {
    /// The fund's code.
    pub fund: Option<String>,
    /// Part of the reference.
    pub reference: Option<String>,
    /// Part of the name.
    pub name: Option<String>,
    /// Part of the address: a postcode, with or without its space.
    pub postcode: Option<String>,
}

pub(super) fn holder(row: Row) -> Result<HolderRow> {
    Ok(HolderRow {
        fund: row.text(0)?,
        reference: row.text(1)?,
        name: row.text(2)?,
        address: row.text(3)?,
        balance: row.opt_pence(4)?,
        stop: row.opt_text(5)?,
        version: row.int(6)?,
        balance_at: row.opt_time(7)?,
        instalment: row.opt_pence(8)?,
    })
}

fn rows_of(
    council: CouncilId,
    fund: &str,
    holders: &[HolderRow],
    import: ImportId,
    now: DateTime<Utc>,
) -> Batch {
    Batch::new("account_holder", holders.len())
        .council(council)
        .texts("fund", holders.iter().map(|_| fund))
        .texts("reference", holders.iter().map(|h| h.reference.as_str()))
        .texts("name", holders.iter().map(|h| h.name.as_str()))
        .texts("address", holders.iter().map(|h| h.address.as_str()))
        .opt_ints("balance_pence", holders.iter().map(|h| h.balance.map(Pence::get)))
        .opt_texts("stop", holders.iter().map(|h| h.stop.as_deref()))
        .uuids("import_id", holders.iter().map(|_| import.get()))
        .times("updated_at", holders.iter().map(|_| now))
        .ints("version", holders.iter().map(|h| h.version))
        .opt_times("balance_at", holders.iter().map(|h| h.balance_at))
        .opt_ints("instalment_pence", holders.iter().map(|h| h.instalment.map(Pence::get)))
}

/// A pattern for texts that hold `text`, in whatever case.
fn containing(text: &str) -> String {
    let mut pattern = "%".to_owned();
    for c in text.trim().to_ascii_uppercase().chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// How many references a look-up asks for at once.
const LOOK_UP_MAX: usize = 5_000;

impl Tx {
    /// Writes account holders of one fund, each once, over what was there.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`](crate::StoreError::Duplicate) when a reference occurs twice.
    pub async fn put_holders(
        &mut self,
        council: CouncilId,
        fund: &str,
        holders: &[HolderRow],
        import: ImportId,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let mut seen = HashSet::with_capacity(holders.len());
        if !holders.iter().all(|holder| seen.insert(holder.reference.as_str())) {
            return Err(StoreError::Duplicate("account_holder_pkey".to_owned()));
        }
        for holders in holders.chunks(LOOK_UP_MAX) {
            let references: Vec<_> =
                holders.iter().map(|holder| holder.reference.clone()).collect();
            self.execute(FORGET, args![council, fund, references]).await?;
            self.insert(rows_of(council, fund, holders, import, now)).await?;
        }
        Ok(())
    }

    /// Adds an account holder that was not there.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`](crate::StoreError::Duplicate) when it is.
    pub async fn add_holder(
        &mut self,
        council: CouncilId,
        holder: &HolderRow,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let nothing = ImportId::new(Uuid::nil());
        let one = std::slice::from_ref(holder);
        self.insert(rows_of(council, &holder.fund, one, nothing, now)).await?;
        Ok(())
    }

    /// Changes an account holder that still stands at `holder.version`, which
    /// rises by one. False when somebody else was faster.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn change_holder(
        &mut self,
        council: CouncilId,
        holder: &HolderRow,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let HolderRow {
            fund,
            reference,
            name,
            address,
            balance,
            stop,
            version,
            balance_at,
            instalment,
        } = holder;
        let args = args![
            council,
            fund,
            reference,
            *version,
            name,
            address,
            *balance,
            stop.clone(),
            *balance_at,
            now,
            *instalment
        ];
        Ok(self.execute(CHANGE, args).await? == 1)
    }

    /// The account holders of `fund` that have one of `references`, kept for
    /// this unit of work: whoever else wants to change them waits.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn hold_holders(
        &mut self,
        council: CouncilId,
        fund: &str,
        references: &[String],
    ) -> Result<Vec<HolderRow>> {
        self.holders_by(HOLD, council, fund, references).await
    }

    /// The account holders with a reference of a list, however long it is.
    pub(super) async fn holders_by(
        &mut self,
        statement: Sql,
        council: CouncilId,
        fund: &str,
        references: &[String],
    ) -> Result<Vec<HolderRow>> {
        let mut found = Vec::new();
        for references in references.chunks(LOOK_UP_MAX) {
            let args = [Arg::from(council), Arg::from(fund), Arg::from(references.to_vec())];
            found.extend(self.all(statement, &args, holder).await?);
        }
        Ok(found)
    }

    /// Account holders looked for, by fund and reference: at most `limit` after
    /// the fund and reference of `after`.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn search_holders(
        &mut self,
        council: CouncilId,
        search: &SearchHolders,
        after: Option<(&str, &str)>,
        limit: i64,
    ) -> Result<Vec<HolderRow>> {
        let (fund, reference) = after.unwrap_or_default();
        let part = |text: &Option<String>| text.as_deref().map(containing);
        let postcode = search.postcode.as_deref().map(|text| containing(&text.replace(' ', "")));
        let args = args![
            council,
            fund,
            reference,
            limit,
            search.fund.clone(),
            part(&search.reference),
            part(&search.name),
            postcode
        ];
        self.all(SEARCH, args, holder).await
    }

    /// Which of `references` are account holders' of `fund`.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn existing_holders(
        &mut self,
        council: CouncilId,
        fund: &str,
        references: &[String],
    ) -> Result<HashSet<String>> {
        let mut existing = HashSet::new();
        for references in references.chunks(LOOK_UP_MAX) {
            let args = [Arg::from(council), Arg::from(fund), Arg::from(references.to_vec())];
            existing.extend(self.all(EXISTING, &args, |row| row.text(0)).await?);
        }
        Ok(existing)
    }

    /// One account holder.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn holder(
        &mut self,
        council: CouncilId,
        fund: &str,
        reference: &str,
    ) -> Result<Option<HolderRow>> {
        self.first(HOLDER, args![council, fund, reference], holder).await
    }

    /// How many account holders there are.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn count_holders(&mut self, council: CouncilId) -> Result<i64> {
        self.one(HOLDERS, args![council], |row| row.int(0)).await
    }
}
