//! Account holders, as the funds' own systems state them.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use ims_ledger::id::{CouncilId, ImportId};
use ims_money::Pence;

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
        "SELECT reference FROM account_holder WHERE council_id = $1 AND fund = $2 AND reference = ANY($3)");
    HOLDER = Sql::both(
        "SELECT fund, reference, name, address, balance_pence, stop FROM account_holder
         WHERE council_id = $1 AND fund = $2 AND reference = $3");
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
}

fn holder(row: Row) -> Result<HolderRow> {
    Ok(HolderRow {
        fund: row.text(0)?,
        reference: row.text(1)?,
        name: row.text(2)?,
        address: row.text(3)?,
        balance: row.opt_pence(4)?,
        stop: row.opt_text(5)?,
    })
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
            let batch = Batch::new("account_holder", holders.len())
                .council(council)
                .texts("fund", holders.iter().map(|_| fund))
                .texts("reference", holders.iter().map(|h| h.reference.as_str()))
                .texts("name", holders.iter().map(|h| h.name.as_str()))
                .texts("address", holders.iter().map(|h| h.address.as_str()))
                .opt_ints("balance_pence", holders.iter().map(|h| h.balance.map(Pence::get)))
                .opt_texts("stop", holders.iter().map(|h| h.stop.as_deref()))
                .uuids("import_id", holders.iter().map(|_| import.get()))
                .times("updated_at", holders.iter().map(|_| now));
            self.insert(batch).await?;
        }
        Ok(())
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
