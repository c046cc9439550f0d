//! Up to when accounts at providers were gone through.

use chrono::{DateTime, Utc};
use ims_ledger::id::CouncilId;

use super::Tx;
use crate::{
    Result,
    arg::args,
    sql::{Sql, statements},
};

statements! {
    THROUGH = Sql::both(
        "SELECT through FROM provider_through WHERE council_id = $1 AND provider = $2 AND what = $3");
    // Whoever went less far changes nothing.
    KEEP = Sql::both(
        "INSERT INTO provider_through (council_id, provider, what, through) VALUES ($1, $2, $3, $4)
         ON CONFLICT (council_id, provider, what) DO UPDATE
         SET through = CASE WHEN provider_through.through < $4 THEN $4 ELSE provider_through.through END");
    PUT = Sql::both(
        "INSERT INTO provider_through (council_id, provider, what, through) VALUES ($1, $2, $3, $4)
         ON CONFLICT (council_id, provider, what) DO UPDATE SET through = $4");
    FORGET = Sql::both(
        "DELETE FROM provider_through WHERE council_id = $1 AND provider = $2 AND what = $3");
}

impl Tx {
    /// Up to when an account's payments, or whatever, were gone through to their end.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn provider_through(
        &mut self,
        council: CouncilId,
        (provider, what): (&str, &str),
    ) -> Result<Option<DateTime<Utc>>> {
        self.first(THROUGH, args![council, provider, what], |row| row.time(0)).await
    }

    /// Keeps up to when they were gone through, if nobody has gone further.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn keep_provider_through(
        &mut self,
        council: CouncilId,
        (provider, what): (&str, &str),
        through: DateTime<Utc>,
    ) -> Result<()> {
        self.execute(KEEP, args![council, provider, what, through]).await.map(drop)
    }

    /// Keeps that they were gone through up to then and no further, whatever was kept
    /// before; none when there is nothing to keep any more.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn put_provider_through(
        &mut self,
        council: CouncilId,
        (provider, what): (&str, &str),
        through: Option<DateTime<Utc>>,
    ) -> Result<()> {
        let done = match through {
            Some(through) => self.execute(PUT, args![council, provider, what, through]).await,
            None => self.execute(FORGET, args![council, provider, what]).await,
        };
        done.map(drop)
    }
}
