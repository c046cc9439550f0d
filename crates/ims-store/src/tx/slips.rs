//! Paying-in slips, and numbers without gaps.

use chrono::{DateTime, Utc};
use ims_ledger::id::{CouncilId, EReturnId, ExpectedId};
use ims_money::Pence;

use super::{OpenExpected, Tx, expected::open};
use crate::{
    Result,
    arg::args,
    batch::Batch,
    row::Row,
    sql::{Sql, statements},
};

statements! {
    NEXT_NUMBER = Sql::both(
        "INSERT INTO number_series (council_id, series, last_number) VALUES ($1, $2, 1)
         ON CONFLICT (council_id, series) DO UPDATE SET last_number = number_series.last_number + 1
         RETURNING last_number");
    SLIPS_OF = Sql::both(
        "SELECT number, ereturn_id, kind, amount_pence, expected_id, made_at FROM paying_in_slip
         WHERE council_id = $1 AND ereturn_id = $2 ORDER BY number");
    OPEN_BATCH = Sql::both(
        "SELECT e.expected_id, e.channel, e.happened_on, e.amount_pence, e.reference, e.batch_ref, e.source_ref, e.is_payers
         FROM open_expected o
         JOIN expected e ON e.council_id = o.council_id AND e.expected_id = o.expected_id
         WHERE o.council_id = $1 AND e.batch_ref = $2 ORDER BY o.expected_id");
}

/// A paying-in slip made of an e-return.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlipRow {
    /// Its number, without gaps.
    pub number: i64,
    /// The e-return it is of.
    pub ereturn: EReturnId,
    /// `cash`, `cheques` or `together`.
    pub kind: String,
    /// What it says.
    pub amount: Pence,
    /// What the bank is to show of it.
    pub expected: ExpectedId,
    /// When.
    pub made_at: DateTime<Utc>,
}

fn slip(row: Row) -> Result<SlipRow> {
    Ok(SlipRow {
        number: row.int(0)?,
        ereturn: row.id(1, EReturnId::new)?,
        kind: row.text(2)?,
        amount: row.pence(3)?,
        expected: row.id(4, ExpectedId::new)?,
        made_at: row.time(5)?,
    })
}

impl Tx {
    /// The next number of a series. Whoever else numbers in it waits until this
    /// unit of work has ended; if it does not last, the number is given again.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn next_number(&mut self, council: CouncilId, series: &str) -> Result<i64> {
        self.one(NEXT_NUMBER, args![council, series], |row| row.int(0)).await
    }

    /// Adds paying-in slips.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`](crate::StoreError::Duplicate) for a number given before.
    pub async fn add_slips(&mut self, council: CouncilId, slips: &[SlipRow]) -> Result<()> {
        let rows = Batch::new("paying_in_slip", slips.len())
            .council(council)
            .ints("number", slips.iter().map(|s| s.number))
            .uuids("ereturn_id", slips.iter().map(|s| s.ereturn.get()))
            .texts("kind", slips.iter().map(|s| s.kind.as_str()))
            .ints("amount_pence", slips.iter().map(|s| s.amount.get()))
            .uuids("expected_id", slips.iter().map(|s| s.expected.get()))
            .times("made_at", slips.iter().map(|s| s.made_at));
        self.insert(rows).await?;
        Ok(())
    }

    /// The paying-in slips of an e-return.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn slips_of(
        &mut self,
        council: CouncilId,
        ereturn: EReturnId,
    ) -> Result<Vec<SlipRow>> {
        self.all(SLIPS_OF, args![council, ereturn], slip).await
    }

    /// What is still expected under the number of a slip.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn open_batch(
        &mut self,
        council: CouncilId,
        batch_ref: &str,
    ) -> Result<Vec<OpenExpected>> {
        self.all(OPEN_BATCH, args![council, batch_ref], open).await
    }
}
