//! What residents mean to pay, before they pay it.

use chrono::{DateTime, Utc};
use ims_ledger::{id::CouncilId, seal::ContentHash};
use uuid::Uuid;

use super::Tx;
use crate::{
    Result,
    arg::args,
    row::Row,
    sql::{Sql, statements},
};

statements! {
    BASKET = Sql::both(
        "SELECT basket_id, token_hash, document, tries, version, ends_at FROM basket
         WHERE council_id = $1 AND token_hash = $2 AND ends_at > $3");
    END_OLD = Sql::both("DELETE FROM basket WHERE council_id = $1 AND ends_at <= $2");
    ADD = Sql::both(
        "INSERT INTO basket (council_id, basket_id, token_hash, document, tries, version, ends_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING");
    CHANGE = Sql::both(
        "UPDATE basket SET document = $4, tries = $5, version = $6, ends_at = $7
         WHERE council_id = $1 AND basket_id = $2 AND token_hash = $3 AND version = $6 - 1");
}

/// A basket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BasketRow {
    /// Its id.
    pub id: Uuid,
    /// The hash of the name in the cookie.
    pub token_hash: ContentHash,
    /// What is in it, as JSON.
    pub document: String,
    /// How often it was brought to a payment.
    pub tries: i64,
    /// Which change this is, from 1.
    pub version: i64,
    /// When it is forgotten.
    pub ends_at: DateTime<Utc>,
}

fn basket(row: Row) -> Result<BasketRow> {
    Ok(BasketRow {
        id: row.id(0, |id| id)?,
        token_hash: row.hash(1)?,
        document: row.text(2)?,
        tries: row.int(3)?,
        version: row.int(4)?,
        ends_at: row.time(5)?,
    })
}

impl Tx {
    /// The basket of a token's hash, unless it has ended.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn basket(
        &mut self,
        council: CouncilId,
        token_hash: ContentHash,
        now: DateTime<Utc>,
    ) -> Result<Option<BasketRow>> {
        self.first(BASKET, args![council, token_hash, now], basket).await
    }

    /// Keeps a new basket at version 1, and forgets those that have ended; or a
    /// change of the version before. False when somebody else kept that one.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn keep_basket(
        &mut self,
        council: CouncilId,
        row: &BasketRow,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let args = args![
            council,
            row.id,
            row.token_hash,
            &row.document,
            row.tries,
            row.version,
            row.ends_at
        ];
        if row.version > 1 {
            return Ok(self.execute(CHANGE, args).await? == 1);
        }
        self.end_old_baskets(council, now).await?;
        Ok(self.execute(ADD, args).await? == 1)
    }

    /// Forgets the baskets that have ended.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn end_old_baskets(&mut self, council: CouncilId, now: DateTime<Utc>) -> Result<()> {
        self.execute(END_OLD, &args![council, now][..]).await.map(drop)
    }
}
