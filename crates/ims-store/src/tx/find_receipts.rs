//! Receipts looked for by all that people know of them.

use chrono::{DateTime, NaiveDate, Utc};
use ims_ledger::id::{CouncilId, ImportId, ReceiptId};
use ims_money::Pence;
use uuid::Uuid;

use super::{ReceiptRow, ReceiptView, Tx, Within, views::view, within::seen};
use crate::{
    Result,
    arg::args,
    sql::{Sql, statements},
};

/// A search that begins with the index of one criterion and sifts by the others.
macro_rules! find {
    ($first:literal) => {
        Sql::each(find!($first, sqlite), find!($first, postgres))
    };
    ($first:literal, $engine:ident) => {
        concat!(
            "SELECT r.receipt_id, r.number, r.happened_on, r.accounting_day, r.method, l.fund, l.reference, l.amount_pence, COALESCE(d.words, '')
             FROM (SELECT DISTINCT r.council_id, r.receipt_id FROM receipt r
                JOIN receipt_line l ON l.council_id = r.council_id AND l.receipt_id = r.receipt_id
                WHERE r.council_id = $1 AND r.receipt_id < $2 AND ",
            $first,
            " AND (r.number = $4 OR $4 IS NULL) AND (l.reference = $5 OR $5 IS NULL) AND (l.fund = $6 OR $6 IS NULL)
                AND (l.amount_pence = $7 OR $7 IS NULL) AND (r.accounting_day >= $8 OR $8 IS NULL)
                AND (r.accounting_day <= $9 OR $9 IS NULL) AND (r.method = $10 OR $10 IS NULL)
                AND (r.office = $11 OR $11 IS NULL) AND (r.import_id = $12 OR $12 IS NULL) AND ",
            seen!($engine, "$13", "$14", "$15"),
            "
                ORDER BY 2 DESC LIMIT $3) f
             JOIN receipt r ON r.council_id = f.council_id AND r.receipt_id = f.receipt_id
             JOIN receipt_line l ON l.council_id = r.council_id AND l.receipt_id = r.receipt_id
             LEFT JOIN detail d ON d.council_id = r.council_id AND d.owner_id = r.receipt_id
             WHERE r.council_id = $1 AND (l.reference = $5 OR $5 IS NULL) AND (l.fund = $6 OR $6 IS NULL)
                AND (l.amount_pence = $7 OR $7 IS NULL) AND ",
            seen!($engine, "$13", "$14", "$15"),
            "
             ORDER BY r.receipt_id DESC, l.line_no"
        )
    };
}

statements! {
    BY_NUMBER = find!("r.number = $4");
    BY_REFERENCE = find!("l.council_id = $1 AND l.reference = $5");
    BY_IMPORT = find!("r.import_id = $12");
    BY_DAYS = find!("r.accounting_day BETWEEN $8 AND $9");
    BY_NOTHING = find!("l.council_id = $1");
    ID_OF_NUMBER = Sql::both("SELECT receipt_id FROM receipt WHERE council_id = $1 AND number = $2");
    UNDONE_BY = Sql::both("SELECT number FROM receipt WHERE council_id = $1 AND reverses = $2");
    WORDS = Sql::both("SELECT words FROM detail WHERE council_id = $1 AND owner_id = $2");
    CREDITED_SINCE = Sql::both(
        "SELECT CAST(COALESCE(SUM(l.amount_pence), 0) AS BIGINT) FROM receipt_line l
         JOIN receipt r ON r.council_id = l.council_id AND r.receipt_id = l.receipt_id
         WHERE l.council_id = $1 AND l.reference = $3 AND l.fund = $2 AND r.posted_at >= $4");
}

/// What receipts are looked for by; everything that is set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FindReceipts {
    /// The number a payer was given.
    pub number: Option<String>,
    /// An account reference, whole.
    pub reference: Option<String>,
    /// A fund's code.
    pub fund: Option<String>,
    /// The amount of a line.
    pub amount: Option<Pence>,
    /// The first accounting day.
    pub from: Option<NaiveDate>,
    /// The last.
    pub to: Option<NaiveDate>,
    /// A method of payment's code.
    pub method: Option<String>,
    /// An office's code.
    pub office: Option<String>,
    /// The file it came in.
    pub import: Option<ImportId>,
}

impl FindReceipts {
    fn statement(&self) -> Sql {
        if self.number.is_some() {
            BY_NUMBER
        } else if self.reference.is_some() {
            BY_REFERENCE
        } else if self.import.is_some() {
            BY_IMPORT
        } else if self.from.is_some() && self.to.is_some() {
            BY_DAYS
        } else {
            BY_NOTHING
        }
    }
}

impl Tx {
    /// Receipts looked for, the newest first: the lines sought, as far as they
    /// are seen, of the `limit` receipts before `before`. A receipt is never cut in two; the next page
    /// begins before the last one's id.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn find_receipts(
        &mut self,
        council: CouncilId,
        within: &Within,
        find: &FindReceipts,
        before: Option<ReceiptId>,
        limit: i64,
    ) -> Result<Vec<ReceiptView>> {
        let before = before.map_or(Uuid::max(), ReceiptId::get);
        let [funds, offices, methods] = within.args();
        let args = args![
            council,
            before,
            limit,
            find.number.clone(),
            find.reference.clone(),
            find.fund.clone(),
            find.amount,
            find.from,
            find.to,
            find.method.clone(),
            find.office.clone(),
            find.import,
            funds,
            offices,
            methods
        ];
        self.all(find.statement(), args, view).await
    }

    /// The receipt with this number.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn receipt_numbered(
        &mut self,
        council: CouncilId,
        number: &str,
    ) -> Result<Option<ReceiptRow>> {
        let id = |row: crate::row::Row| row.id(0, ReceiptId::new);
        match self.first(ID_OF_NUMBER, args![council, number], id).await? {
            Some(id) => self.receipt(council, id).await,
            None => Ok(None),
        }
    }

    /// The number of the receipt that undoes one.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn undone_by(
        &mut self,
        council: CouncilId,
        receipt: ReceiptId,
    ) -> Result<Option<String>> {
        self.first(UNDONE_BY, args![council, receipt], |row| row.text(0)).await
    }

    /// What is kept apart about people under `owner`; empty when there is
    /// nothing, or it was erased.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn words_of(&mut self, council: CouncilId, owner: Uuid) -> Result<Option<String>> {
        self.first(WORDS, args![council, owner], |row| row.text(0)).await
    }

    /// What an account was credited with by receipts posted since `since`.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn credited_since(
        &mut self,
        council: CouncilId,
        (fund, reference): (&str, &str),
        since: DateTime<Utc>,
    ) -> Result<Pence> {
        let args = args![council, fund, reference, since];
        self.one(CREDITED_SINCE, args, |row| row.pence(0)).await
    }
}
