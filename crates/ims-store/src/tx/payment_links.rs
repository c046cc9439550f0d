//! Payment links: what the council asks somebody to pay, what was started by each,
//! and where it stands.

use chrono::{DateTime, Utc};
use ims_ledger::id::{CouncilId, LinkId, PaymentId};

use super::{Difference, Tx};
use crate::{
    Result,
    arg::args,
    row::Row,
    sql::{Sql, statements},
};

statements! {
    LINK = Sql::both(
        "SELECT l.link_id, l.document, l.uses, l.expires_at, l.made_by, l.made_at, l.idempotency_key, s.status, s.payment_id
         FROM payment_link l JOIN payment_link_state s ON s.council_id = l.council_id AND s.link_id = l.link_id
         WHERE l.council_id = $1 AND l.link_id = $2");
    HOLD = Sql::each(
        "SELECT l.link_id, l.document, l.uses, l.expires_at, l.made_by, l.made_at, l.idempotency_key, s.status, s.payment_id
         FROM payment_link l JOIN payment_link_state s ON s.council_id = l.council_id AND s.link_id = l.link_id
         WHERE l.council_id = $1 AND l.link_id = $2",
        "SELECT l.link_id, l.document, l.uses, l.expires_at, l.made_by, l.made_at, l.idempotency_key, s.status, s.payment_id
         FROM payment_link l JOIN payment_link_state s ON s.council_id = l.council_id AND s.link_id = l.link_id
         WHERE l.council_id = $1 AND l.link_id = $2 FOR UPDATE OF s");
    BY_KEY = Sql::both("SELECT link_id FROM payment_link WHERE council_id = $1 AND idempotency_key = $2");
    LINKS = Sql::both(
        "SELECT l.link_id, l.document, l.uses, l.expires_at, l.made_by, l.made_at, l.idempotency_key, s.status, s.payment_id
         FROM payment_link l JOIN payment_link_state s ON s.council_id = l.council_id AND s.link_id = l.link_id
         WHERE l.council_id = $1 AND l.link_id < $2 AND ($3 = '' OR s.status = $3) ORDER BY l.link_id DESC LIMIT $4");
    ADD = Sql::both(
        "INSERT INTO payment_link (council_id, link_id, document, uses, expires_at, made_by, made_at, idempotency_key)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)");
    OPEN = Sql::both(
        "INSERT INTO payment_link_state (council_id, link_id, status, payment_id, changed_at) VALUES ($1, $2, 'open', NULL, $3)");
    WITHDRAW = Sql::both(
        "INSERT INTO payment_link_withdrawal (council_id, link_id, why, withdrawn_by, withdrawn_at) VALUES ($1, $2, $3, $4, $5)");
    MOVE = Sql::both(
        "UPDATE payment_link_state SET status = $3, payment_id = $4, changed_at = $5 WHERE council_id = $1 AND link_id = $2");
    USE = Sql::both(
        "INSERT INTO payment_link_use (council_id, link_id, payment_id, used_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING");
    OF_PAYMENT = Sql::both(
        "SELECT link_id FROM payment_link_use WHERE council_id = $1 AND payment_id = $2 ORDER BY link_id");
    USES = Sql::both(
        "SELECT COUNT(CASE s.status WHEN 'captured' THEN 1 END), COUNT(s.look_at) FROM payment_link_use u
         JOIN payment_state s ON s.council_id = u.council_id AND s.payment_id = u.payment_id
         WHERE u.council_id = $1 AND u.link_id = $2");
    STATES_THAT_DIFFER = Sql::both(
        "SELECT 'a link of ' || x.made_by || '''s is ' || x.status || ', not ' || x.should, x.paid, x.paid FROM (
            SELECT l.link_id AS link_id, l.made_by AS made_by, COALESCE(s.status, 'nowhere') AS status, s.payment_id AS payment_id,
                (SELECT COUNT(*) FROM payment_link_use u JOIN payment_state p ON p.council_id = u.council_id AND p.payment_id = u.payment_id
                    WHERE u.council_id = l.council_id AND u.link_id = l.link_id AND p.status = 'captured') AS paid,
                (SELECT COUNT(*) FROM payment_link_use u JOIN payment_state p ON p.council_id = u.council_id AND p.payment_id = u.payment_id
                    WHERE u.council_id = l.council_id AND u.link_id = l.link_id AND p.status = 'captured'
                    AND u.payment_id = s.payment_id) AS named,
                CASE WHEN l.uses = 'once' AND EXISTS (SELECT 1 FROM payment_link_use u
                    JOIN payment_state p ON p.council_id = u.council_id AND p.payment_id = u.payment_id
                    WHERE u.council_id = l.council_id AND u.link_id = l.link_id AND p.status = 'captured') THEN 'paid'
                WHEN EXISTS (SELECT 1 FROM payment_link_withdrawal w WHERE w.council_id = l.council_id AND w.link_id = l.link_id) THEN 'withdrawn'
                ELSE 'open' END AS should
            FROM payment_link l LEFT JOIN payment_link_state s ON s.council_id = l.council_id AND s.link_id = l.link_id
            WHERE l.council_id = $1) x
         WHERE x.status <> x.should OR (x.status = 'paid' AND x.named = 0) ORDER BY x.link_id");
}

/// A payment link, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkRow {
    /// Its id.
    pub id: LinkId,
    /// What it is for, as JSON.
    pub document: String,
    /// `once` or `many`.
    pub uses: String,
    /// Until when it is good.
    pub expires_at: DateTime<Utc>,
    /// Who made it.
    pub made_by: String,
    /// When.
    pub made_at: DateTime<Utc>,
    /// The caller's key, if it gave one.
    pub key: Option<String>,
    /// `open`, `paid` or `withdrawn`.
    pub status: String,
    /// The payment that paid it.
    pub paid_by: Option<PaymentId>,
}

/// That a link is good no more: which, why, by whom, when.
pub type LinkWithdrawal<'a> = (LinkId, &'a str, &'a str, DateTime<Utc>);

fn link(row: Row) -> Result<LinkRow> {
    Ok(LinkRow {
        id: row.id(0, LinkId::new)?,
        document: row.text(1)?,
        uses: row.text(2)?,
        expires_at: row.time(3)?,
        made_by: row.text(4)?,
        made_at: row.time(5)?,
        key: row.opt_text(6)?,
        status: row.text(7)?,
        paid_by: row.opt_id(8, PaymentId::new)?,
    })
}

impl Tx {
    /// Adds a link, which is open.
    ///
    /// # Errors
    ///
    /// [`Duplicate`](crate::StoreError::Duplicate) of `payment_link_once` for a key
    /// that was used before.
    pub async fn add_link(&mut self, council: CouncilId, row: &LinkRow) -> Result<()> {
        let args = args![
            council,
            row.id,
            &row.document,
            &row.uses,
            row.expires_at,
            &row.made_by,
            row.made_at,
            row.key.clone()
        ];
        self.execute(ADD, args).await?;
        self.execute(OPEN, args![council, row.id, row.made_at]).await?;
        Ok(())
    }

    /// A link.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn link(&mut self, council: CouncilId, id: LinkId) -> Result<Option<LinkRow>> {
        self.first(LINK, args![council, id], link).await
    }

    /// The same, held: whoever else holds it waits for this unit of work to end.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn hold_link(&mut self, council: CouncilId, id: LinkId) -> Result<Option<LinkRow>> {
        self.first(HOLD, args![council, id], link).await
    }

    /// The link that was made under the caller's key.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn link_by_key(&mut self, council: CouncilId, key: &str) -> Result<Option<LinkId>> {
        self.first(BY_KEY, args![council, key], |row| row.id(0, LinkId::new)).await
    }

    /// Links made before one of them, the newest first: those that stand so, or all.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn links(
        &mut self,
        council: CouncilId,
        before: LinkId,
        status: &str,
        limit: i64,
    ) -> Result<Vec<LinkRow>> {
        self.all(LINKS, args![council, before, status, limit], link).await
    }

    /// Withdraws a link that is held.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn withdraw_link(
        &mut self,
        council: CouncilId,
        (id, why, by, at): LinkWithdrawal<'_>,
    ) -> Result<()> {
        self.execute(WITHDRAW, args![council, id, why, by, at]).await?;
        self.execute(MOVE, args![council, id, "withdrawn", None::<PaymentId>, at]).await?;
        Ok(())
    }

    /// Says which payment paid a link that is held.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn link_paid(
        &mut self,
        council: CouncilId,
        (id, payment): (LinkId, PaymentId),
        at: DateTime<Utc>,
    ) -> Result<()> {
        self.execute(MOVE, args![council, id, "paid", payment, at]).await?;
        Ok(())
    }

    /// Keeps that a payment was started by a link; false when that was known.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn use_link(
        &mut self,
        council: CouncilId,
        (id, payment): (LinkId, PaymentId),
        at: DateTime<Utc>,
    ) -> Result<bool> {
        Ok(self.execute(USE, args![council, id, payment, at]).await? == 1)
    }

    /// The links that a payment was started by.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn links_of_payment(
        &mut self,
        council: CouncilId,
        payment: PaymentId,
    ) -> Result<Vec<LinkId>> {
        self.all(OF_PAYMENT, args![council, payment], |row| row.id(0, LinkId::new)).await
    }

    /// How many payments started by a link were paid, and how many have not ended.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn link_uses(&mut self, council: CouncilId, id: LinkId) -> Result<(i64, i64)> {
        let counts = |row: Row| Ok((row.int(0)?, row.int(1)?));
        Ok(self.first(USES, args![council, id], counts).await?.unwrap_or_default())
    }

    /// Links that stand elsewhere than what was done with them puts them.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn link_states_that_differ(&mut self, council: CouncilId) -> Result<Vec<Difference>> {
        self.all(STATES_THAT_DIFFER, args![council], Difference::of).await
    }
}
