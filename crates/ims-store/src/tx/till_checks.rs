//! What `verify` asks of tills.

use ims_ledger::{id::CouncilId, seal::ContentHash};

use super::{Difference, Tx};
use crate::{
    Result,
    arg::args,
    row::Row,
    sql::{Sql, statements},
};

statements! {
    STATES_THAT_DIFFER = Sql::both(
        "SELECT 'T' || CAST(x.number AS TEXT) || ' is ' || x.status || ', not ' || x.should, x.counts, x.counts FROM (
            SELECT t.number AS number, COALESCE(s.status, 'nowhere') AS status,
                (SELECT COUNT(*) FROM till_count c WHERE c.council_id = t.council_id AND c.session_id = t.session_id) AS counts,
                CASE WHEN EXISTS (SELECT 1 FROM till_close e WHERE e.council_id = t.council_id AND e.session_id = t.session_id) THEN 'closed'
                WHEN NOT EXISTS (SELECT 1 FROM till_count c WHERE c.council_id = t.council_id AND c.session_id = t.session_id) THEN 'open'
                WHEN EXISTS (SELECT 1 FROM till_count c JOIN open_approval o ON o.council_id = c.council_id AND o.approval_id = c.approval_id
                    WHERE c.council_id = t.council_id AND c.session_id = t.session_id) THEN 'counted'
                ELSE 'recount' END AS should
            FROM till_session t LEFT JOIN till_state s ON s.council_id = t.council_id AND s.session_id = t.session_id
                AND s.till = t.till AND s.cashier = t.cashier
            WHERE t.council_id = $1) x
         WHERE x.status <> x.should ORDER BY x.number");
    RECEIPTS_THAT_DIFFER = Sql::both(
        "SELECT 'T' || CAST(s.number AS TEXT), t.amount_pence, COALESCE(e.amount_pence, 0) FROM till_receipt t
         JOIN till_session s ON s.council_id = t.council_id AND s.session_id = t.session_id
         LEFT JOIN receipt r ON r.council_id = t.council_id AND r.receipt_id = t.receipt_id
         LEFT JOIN expected e ON e.council_id = t.council_id AND e.expected_id = t.expected_id
            AND e.receipt_id = t.receipt_id AND e.entry_id = r.entry_id
         WHERE t.council_id = $1 AND COALESCE(e.amount_pence, 0) <> t.amount_pence ORDER BY s.number");
    WAITING_OTHERWISE = Sql::both(
        "SELECT 'T' || CAST(s.number AS TEXT) || ' is ' || a.status, COUNT(o.expected_id), COUNT(*) FROM till_receipt t
         JOIN till_session s ON s.council_id = t.council_id AND s.session_id = t.session_id
         JOIN till_state a ON a.council_id = t.council_id AND a.session_id = t.session_id
         LEFT JOIN open_expected o ON o.council_id = t.council_id AND o.expected_id = t.expected_id
         WHERE t.council_id = $1 GROUP BY s.number, a.status
         HAVING COUNT(o.expected_id) <> (CASE a.status WHEN 'closed' THEN 0 ELSE COUNT(*) END) ORDER BY s.number");
    TAKEN_OTHERWISE = Sql::both(
        "SELECT 'T' || CAST(s.number AS TEXT), c.expected_pence, CAST(COALESCE(SUM(t.amount_pence), 0) AS BIGINT) FROM till_close c
         JOIN till_session s ON s.council_id = c.council_id AND s.session_id = c.session_id
         LEFT JOIN till_receipt t ON t.council_id = c.council_id AND t.session_id = c.session_id
         WHERE c.council_id = $1 GROUP BY s.number, c.expected_pence
         HAVING c.expected_pence <> COALESCE(SUM(t.amount_pence), 0) ORDER BY s.number");
    PAID_IN_OTHERWISE = Sql::both(
        "SELECT 'T' || CAST(s.number AS TEXT), c.counted_pence, CAST(COALESCE(SUM(e.amount_pence), 0) AS BIGINT) FROM till_close c
         JOIN till_session s ON s.council_id = c.council_id AND s.session_id = c.session_id
         LEFT JOIN expected e ON e.council_id = c.council_id AND e.entry_id = c.entry_id
         WHERE c.council_id = $1 GROUP BY s.number, c.counted_pence
         HAVING c.counted_pence <> COALESCE(SUM(e.amount_pence), 0) ORDER BY s.number");
    OVER_OTHERWISE = Sql::both(
        "SELECT 'T' || CAST(s.number AS TEXT) || ' over-short', c.counted_pence - c.expected_pence,
            CAST(COALESCE(SUM(CASE p.side WHEN 'credit' THEN p.amount_pence ELSE -p.amount_pence END), 0) AS BIGINT) FROM till_close c
         JOIN till_session s ON s.council_id = c.council_id AND s.session_id = c.session_id
         LEFT JOIN posting p ON p.council_id = c.council_id AND p.entry_id = c.entry_id AND p.account = 'over-short'
         WHERE c.council_id = $1 GROUP BY s.number, c.counted_pence, c.expected_pence
         HAVING c.counted_pence - c.expected_pence <> COALESCE(SUM(CASE p.side WHEN 'credit' THEN p.amount_pence ELSE -p.amount_pence END), 0)
         ORDER BY s.number");
    SLIPS_THAT_DIFFER = Sql::both(
        "SELECT 'slip ' || CAST(p.number AS TEXT), p.amount_pence, COALESCE(x.amount_pence, 0) FROM till_slip p
         LEFT JOIN till_close c ON c.council_id = p.council_id AND c.session_id = p.session_id
         LEFT JOIN expected x ON x.council_id = p.council_id AND x.expected_id = p.expected_id AND x.entry_id = c.entry_id
         WHERE p.council_id = $1 AND p.amount_pence <> COALESCE(x.amount_pence, 0) ORDER BY p.number");
    COUNT_DOCUMENTS = Sql::both(
        "SELECT s.number, c.document, c.content_hash FROM till_count c
         JOIN till_session s ON s.council_id = c.council_id AND s.session_id = c.session_id
         WHERE c.council_id = $1 ORDER BY s.number, c.count_no");
}

impl Tx {
    /// Sessions that do not stand where what was done with them puts them.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn till_states_that_differ(&mut self, council: CouncilId) -> Result<Vec<Difference>> {
        self.all(STATES_THAT_DIFFER, args![council], Difference::of).await
    }

    /// Receipts of tills that are not what waits for them; money that waits though
    /// its till was paid in, or the other way round; tills whose end is not their
    /// receipts, or not what was expected of the bank for it.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn till_money_that_differs(&mut self, council: CouncilId) -> Result<Vec<Difference>> {
        let mut found = Vec::new();
        for sql in [
            RECEIPTS_THAT_DIFFER,
            WAITING_OTHERWISE,
            TAKEN_OTHERWISE,
            PAID_IN_OTHERWISE,
            OVER_OTHERWISE,
            SLIPS_THAT_DIFFER,
        ] {
            found.extend(self.all(sql, args![council], Difference::of).await?);
        }
        Ok(found)
    }

    /// The number of the first session with a count that is not what its hash was
    /// made of.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn till_count_altered(&mut self, council: CouncilId) -> Result<Option<i64>> {
        let read = |row: Row| Ok((row.int(0)?, row.text(1)?, row.hash(2)?));
        let counts = self.all(COUNT_DOCUMENTS, args![council], read).await?;
        let is_other = |text: &str, hash| ContentHash::of(text.as_bytes()) != hash;
        let other = counts.into_iter().find(|(_, text, hash)| is_other(text, *hash));
        Ok(other.map(|(number, ..)| number))
    }
}
