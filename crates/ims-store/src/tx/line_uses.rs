//! What is taken out of receipt lines: refunds, transfers, returns, disputes, reversals.

use chrono::{DateTime, Utc};
use ims_ledger::id::{CouncilId, ImportId, ReceiptId};
use ims_money::{Pence, vat};
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
    BEGIN_USE = Sql::both(
        "INSERT INTO line_used (council_id, receipt_id, line_no, amount_pence, vat_pence, used_pence, used_vat_pence)
         SELECT l.council_id, l.receipt_id, l.line_no, l.amount_pence, l.vat_pence, 0, 0 FROM receipt_line l
         JOIN receipt r ON r.council_id = l.council_id AND r.receipt_id = l.receipt_id
         WHERE l.council_id = $1 AND l.receipt_id = $2 AND l.line_no = $3 AND l.amount_pence > 0 AND r.reverses IS NULL
         ON CONFLICT (council_id, receipt_id, line_no) DO NOTHING");
    TAKE = Sql::both(
        "UPDATE line_used SET used_pence = used_pence + $4
         WHERE council_id = $1 AND receipt_id = $2 AND line_no = $3
            AND used_pence + $4 <= amount_pence AND used_pence + $4 >= 0");
    LOCK = Sql::both(
        "UPDATE line_used SET used_pence = used_pence WHERE council_id = $1 AND receipt_id = $2 AND line_no = $3");
    USE_UP_GIVEN_BACK = Sql::both(
        "UPDATE line_used SET used_pence = amount_pence, used_vat_pence = vat_pence
         WHERE council_id = $1 AND used_pence = 0 AND receipt_id IN
            (SELECT r.receipt_id FROM receipt r WHERE r.council_id = $1 AND r.import_id = $2)");
    USE_UP_UNTOUCHED = Sql::both(
        "INSERT INTO line_used (council_id, receipt_id, line_no, amount_pence, vat_pence, used_pence, used_vat_pence)
         SELECT l.council_id, l.receipt_id, l.line_no, l.amount_pence, l.vat_pence, l.amount_pence, l.vat_pence
         FROM receipt r CROSS JOIN receipt_line l
         WHERE r.council_id = $1 AND r.import_id = $2 AND l.council_id = r.council_id AND l.receipt_id = r.receipt_id
            AND l.amount_pence > 0
         ON CONFLICT (council_id, receipt_id, line_no) DO NOTHING");
    STANDING_ON_IMPORT = Sql::both(
        "SELECT r.number, x.purpose, CAST(SUM(x.amount_pence) AS BIGINT) FROM receipt r
         JOIN line_use x ON x.council_id = r.council_id AND x.receipt_id = r.receipt_id
         WHERE r.council_id = $1 AND r.import_id = $2 GROUP BY r.number, x.purpose, x.subject_id
         HAVING SUM(x.amount_pence) > 0 ORDER BY r.number, x.purpose LIMIT $3");
    STANDING_ON_RECEIPT = Sql::both(
        "SELECT r.number, x.purpose, CAST(SUM(x.amount_pence) AS BIGINT) FROM receipt r
         JOIN line_use x ON x.council_id = r.council_id AND x.receipt_id = r.receipt_id
         WHERE r.council_id = $1 AND r.receipt_id = $2 GROUP BY r.number, x.purpose, x.subject_id
         HAVING SUM(x.amount_pence) > 0 ORDER BY r.number, x.purpose LIMIT $3");
    CLAIMS_ON_IMPORT = Sql::both(
        "SELECT r.number, c.purpose, CAST(SUM(c.amount_pence) AS BIGINT) FROM receipt r
         JOIN claim_line c ON c.council_id = r.council_id AND c.receipt_id = r.receipt_id
         LEFT JOIN dispute_end e ON e.council_id = c.council_id AND e.dispute_id = c.subject_id
         WHERE r.council_id = $1 AND r.import_id = $2 AND COALESCE(e.outcome, '') <> 'won' GROUP BY r.number, c.purpose, c.subject_id
         HAVING SUM(c.amount_pence) > 0 ORDER BY r.number, c.purpose LIMIT $3");
    TAKE_VAT = Sql::both(
        "UPDATE line_used SET used_vat_pence = used_vat_pence + $4
         WHERE council_id = $1 AND receipt_id = $2 AND line_no = $3");
    USED = Sql::both(
        "SELECT amount_pence, vat_pence, used_pence, used_vat_pence FROM line_used
         WHERE council_id = $1 AND receipt_id = $2 AND line_no = $3");
    LINE = Sql::both(
        "SELECT l.amount_pence, l.vat_pence, COALESCE(u.used_pence, 0), COALESCE(u.used_vat_pence, 0) FROM receipt_line l
         LEFT JOIN line_used u ON u.council_id = l.council_id AND u.receipt_id = l.receipt_id AND u.line_no = l.line_no
         WHERE l.council_id = $1 AND l.receipt_id = $2 AND l.line_no = $3");
    USES_OF_RECEIPT = Sql::both(
        "SELECT use_id, receipt_id, line_no, purpose, amount_pence, vat_pence, to_receipt_id, to_line_no, subject_id, used_by, used_at
         FROM line_use WHERE council_id = $1 AND receipt_id = $2 ORDER BY used_at, use_id");
    USES_OF_SUBJECT = Sql::both(
        "SELECT use_id, receipt_id, line_no, purpose, amount_pence, vat_pence, to_receipt_id, to_line_no, subject_id, used_by, used_at
         FROM line_use WHERE council_id = $1 AND subject_id = $2 ORDER BY used_at, use_id");
    USES_THAT_DIFFER = Sql::both(
        "SELECT r.number, u.used_pence, CAST(COALESCE(SUM(x.amount_pence), 0) AS BIGINT) FROM line_used u
         JOIN receipt r ON r.council_id = u.council_id AND r.receipt_id = u.receipt_id
         LEFT JOIN line_use x ON x.council_id = u.council_id AND x.receipt_id = u.receipt_id AND x.line_no = u.line_no
         WHERE u.council_id = $1 GROUP BY r.number, u.receipt_id, u.line_no, u.used_pence, u.used_vat_pence
         HAVING u.used_pence <> COALESCE(SUM(x.amount_pence), 0) OR u.used_vat_pence <> COALESCE(SUM(x.vat_pence), 0)
         ORDER BY r.number");
    OVERUSED = Sql::both(
        "SELECT r.number, CAST(SUM(x.amount_pence) AS BIGINT), MAX(l.amount_pence) FROM line_use x
         JOIN receipt r ON r.council_id = x.council_id AND r.receipt_id = x.receipt_id
         JOIN receipt_line l ON l.council_id = x.council_id AND l.receipt_id = x.receipt_id AND l.line_no = x.line_no
         WHERE x.council_id = $1 GROUP BY r.number, x.receipt_id, x.line_no
         HAVING SUM(x.amount_pence) > MAX(l.amount_pence) OR SUM(x.amount_pence) < 0 ORDER BY r.number");
}

/// One line of one receipt, counted from 1. In order, so that whoever takes
/// several takes them in the same order as everybody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineKey {
    /// The receipt.
    pub receipt: ReceiptId,
    /// The line, from 1.
    pub line: i64,
}

/// What is taken of a receipt line, all deeds together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineState {
    /// What was paid, gross.
    pub amount: Pence,
    /// The VAT held in it.
    pub vat: Pence,
    /// What is taken.
    pub used: Pence,
    /// The VAT held in what is taken.
    pub used_vat: Pence,
}

impl LineState {
    /// What is left to take.
    #[must_use]
    pub fn left(&self) -> Pence {
        self.amount.checked_sub(self.used).unwrap_or(Pence::ZERO)
    }
}

/// What came of taking from a receipt line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It was taken, with so much VAT: in proportion, and the last takes the rest.
    Vat(Pence),
    /// So much is left, which is less.
    TooMuch(Pence),
    /// There is no such line, or it is one that money went out by, or one that
    /// only undoes another.
    NoLine,
}

/// What a deed took out of a receipt line; negative: gave back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineUseRow {
    /// Its id.
    pub id: Uuid,
    /// The line it was taken from.
    pub of: LineKey,
    /// What for: `refund`, `transfer`, `return`, `dispute` or `reversal`.
    pub purpose: String,
    /// How much, gross.
    pub amount: Pence,
    /// The VAT held in it.
    pub vat: Pence,
    /// The line it went to.
    pub to: Option<LineKey>,
    /// The refund, transfer, return, dispute or receipt that took it.
    pub subject: Uuid,
    /// By whom.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

fn state(row: Row) -> Result<LineState> {
    Ok(LineState {
        amount: row.pence(0)?,
        vat: row.pence(1)?,
        used: row.pence(2)?,
        used_vat: row.pence(3)?,
    })
}

fn line_use(row: Row) -> Result<LineUseRow> {
    let to = match row.opt_id(6, ReceiptId::new)? {
        Some(receipt) => Some(LineKey { receipt, line: row.int(7)? }),
        None => None,
    };
    Ok(LineUseRow {
        id: row.id(0, |id| id)?,
        of: LineKey { receipt: row.id(1, ReceiptId::new)?, line: row.int(2)? },
        purpose: row.text(3)?,
        amount: row.pence(4)?,
        vat: row.pence(5)?,
        to,
        subject: row.id(8, |id| id)?,
        by: row.text(9)?,
        at: row.time(10)?,
    })
}

fn standing(row: Row) -> Result<(String, String, Pence)> {
    Ok((row.text(0)?, row.text(1)?, row.pence(2)?))
}

impl Tx {
    /// Takes `amount`, more than nothing, out of a receipt line, if so much is
    /// left. Whoever else wants of the same line waits until this unit of work
    /// has ended. Record it with [`add_line_uses`](Self::add_line_uses).
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn take_from_line(
        &mut self,
        council: CouncilId,
        of: LineKey,
        amount: Pence,
    ) -> Result<Taken> {
        let (receipt, line) = (of.receipt.get(), of.line);
        self.execute(BEGIN_USE, args![council, receipt, line]).await?;
        let taken = self.execute(TAKE, args![council, receipt, line, amount]).await?;
        let Some(now) = self.first(USED, args![council, receipt, line], state).await? else {
            return Ok(Taken::NoLine);
        };
        if taken == 0 {
            return Ok(Taken::TooMuch(now.left()));
        }
        // Worked out from all that is taken by now, so that the parts add up to the whole.
        let held = vat::part(now.vat, now.used, now.amount).unwrap_or(now.vat);
        // After parts were given back, their rounding may have left more VAT taken than that.
        let held = held.checked_sub(now.used_vat).unwrap_or(Pence::ZERO).max(Pence::ZERO);
        self.execute(TAKE_VAT, args![council, receipt, line, held]).await?;
        Ok(Taken::Vat(held))
    }

    /// What is left of a line, and nobody else takes of it until this unit of
    /// work has ended. `None` when there is no such line, or it is one that
    /// money went out by.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn lock_line(
        &mut self,
        council: CouncilId,
        of: LineKey,
    ) -> Result<Option<LineState>> {
        let (receipt, line) = (of.receipt.get(), of.line);
        self.execute(BEGIN_USE, args![council, receipt, line]).await?;
        self.execute(LOCK, args![council, receipt, line]).await?;
        self.first(USED, args![council, receipt, line], state).await
    }

    /// Takes all of every line of an import's receipts of which nothing is
    /// taken, and says of how many: fewer than there are when something stands
    /// on one of them.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn use_up_import(&mut self, council: CouncilId, import: ImportId) -> Result<u64> {
        let given_back = self.execute(USE_UP_GIVEN_BACK, args![council, import]).await?;
        let untouched = self.execute(USE_UP_UNTOUCHED, args![council, import]).await?;
        Ok(given_back.saturating_add(untouched))
    }

    /// What stands on the lines of an import's receipts: receipt number,
    /// purpose and amount of each deed that took of them.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn standing_on_import(
        &mut self,
        council: CouncilId,
        import: ImportId,
        limit: i64,
    ) -> Result<Vec<(String, String, Pence)>> {
        let mut found =
            self.all(STANDING_ON_IMPORT, args![council, import, limit], standing).await?;
        let claims = self.all(CLAIMS_ON_IMPORT, args![council, import, limit], standing).await?;
        for claim in claims {
            if !found.iter().any(|(number, purpose, _)| (number, purpose) == (&claim.0, &claim.1)) {
                found.push(claim);
            }
        }
        Ok(found)
    }

    /// What stands on the lines of one receipt.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn standing_on_receipt(
        &mut self,
        council: CouncilId,
        receipt: ReceiptId,
        limit: i64,
    ) -> Result<Vec<(String, String, Pence)>> {
        self.all(STANDING_ON_RECEIPT, args![council, receipt, limit], standing).await
    }

    /// Gives back what was taken from a line, with the VAT that was taken with
    /// it. False when less than that is taken.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn give_back_to_line(
        &mut self,
        council: CouncilId,
        of: LineKey,
        amount: Pence,
        held: Pence,
    ) -> Result<bool> {
        let (receipt, line) = (of.receipt.get(), of.line);
        let back = amount.checked_neg().unwrap_or(Pence::ZERO);
        let given = self.execute(TAKE, args![council, receipt, line, back]).await?;
        if given == 0 {
            return Ok(false);
        }
        let back = held.checked_neg().unwrap_or(Pence::ZERO);
        self.execute(TAKE_VAT, args![council, receipt, line, back]).await?;
        Ok(true)
    }

    /// What is taken of a line, or `None` when there is no such line.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn line_state(
        &mut self,
        council: CouncilId,
        of: LineKey,
    ) -> Result<Option<LineState>> {
        self.first(LINE, args![council, of.receipt.get(), of.line], state).await
    }

    /// Records what was taken from lines, or given back.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn add_line_uses(&mut self, council: CouncilId, uses: &[LineUseRow]) -> Result<()> {
        let rows = Batch::new("line_use", uses.len())
            .council(council)
            .uuids("use_id", uses.iter().map(|u| u.id))
            .uuids("receipt_id", uses.iter().map(|u| u.of.receipt.get()))
            .ints("line_no", uses.iter().map(|u| u.of.line))
            .texts("purpose", uses.iter().map(|u| u.purpose.as_str()))
            .ints("amount_pence", uses.iter().map(|u| u.amount.get()))
            .ints("vat_pence", uses.iter().map(|u| u.vat.get()))
            .opt_uuids("to_receipt_id", uses.iter().map(|u| u.to.map(|to| to.receipt.get())))
            .opt_ints("to_line_no", uses.iter().map(|u| u.to.map(|to| to.line)))
            .uuids("subject_id", uses.iter().map(|u| u.subject))
            .texts("used_by", uses.iter().map(|u| u.by.as_str()))
            .times("used_at", uses.iter().map(|u| u.at));
        self.insert(rows).await?;
        Ok(())
    }

    /// What was taken from the lines of a receipt, the oldest first.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn line_uses(
        &mut self,
        council: CouncilId,
        receipt: ReceiptId,
    ) -> Result<Vec<LineUseRow>> {
        self.all(USES_OF_RECEIPT, args![council, receipt.get()], line_use).await
    }

    /// What one refund, transfer, return, dispute or receipt took.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn line_uses_by(
        &mut self,
        council: CouncilId,
        subject: Uuid,
    ) -> Result<Vec<LineUseRow>> {
        self.all(USES_OF_SUBJECT, args![council, subject], line_use).await
    }

    /// Receipt lines whose kept use is not what the deeds add up to, and those
    /// of which more is taken than was paid.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn line_uses_that_differ(&mut self, council: CouncilId) -> Result<Vec<Difference>> {
        let mut found = self.all(USES_THAT_DIFFER, args![council], Difference::of).await?;
        found.extend(self.all(OVERUSED, args![council], Difference::of).await?);
        Ok(found)
    }
}
