//! E-returns looked for, and checked against what was done with them.

use chrono::{DateTime, Utc};
use ims_ledger::{id::CouncilId, seal::ContentHash};
use ims_money::Pence;

use super::{Difference, EReturnRow, Tx, ereturns::ereturn};
use crate::{
    Result,
    arg::args,
    sql::{Sql, statements},
};

statements! {
    SEARCH = Sql::both(
        "SELECT e.ereturn_id, e.number, e.template, e.office, e.config_version, e.created_by, e.created_at, e.idempotency_key,
            s.status, s.version, v.rows_pence, v.counted_pence
         FROM ereturn e
         JOIN ereturn_state s ON s.council_id = e.council_id AND s.ereturn_id = e.ereturn_id
         JOIN ereturn_version v ON v.council_id = e.council_id AND v.ereturn_id = e.ereturn_id AND v.version = s.version
         WHERE e.council_id = $1 AND e.number < $2
            AND ($3 = '' OR e.template = $3)
            AND ($4 = '' OR COALESCE(e.office, '') = $4)
            AND ($5 = 'all' OR s.status = $5 OR ($5 = '' AND s.status <> 'void'))
            AND e.created_at >= $6 AND e.created_at < $7
            AND ($8 = '' OR replace('R' || CAST(e.number AS TEXT), $8, '') <> 'R' || CAST(e.number AS TEXT))
            AND ($9 = -1 OR v.rows_pence = $9)
            AND ($10 = '' OR EXISTS (SELECT 1 FROM detail d WHERE d.council_id = v.council_id AND d.owner_id = v.detail_id
                AND replace(lower(d.words), lower($10), '') <> lower(d.words)))
         ORDER BY e.number DESC LIMIT $11");
    STATES_THAT_DIFFER = Sql::both(
        "SELECT 'R' || CAST(x.number AS TEXT) || ' ' || x.should, x.stands_at, x.newest FROM (
            SELECT e.number AS number, COALESCE(s.version, 0) AS stands_at, COALESCE(s.status, '') AS status,
                COALESCE((SELECT MAX(v.version) FROM ereturn_version v
                    WHERE v.council_id = e.council_id AND v.ereturn_id = e.ereturn_id), 0) AS newest,
                CASE WHEN EXISTS (SELECT 1 FROM ereturn_approval a
                        WHERE a.council_id = e.council_id AND a.ereturn_id = e.ereturn_id) THEN 'approved'
                ELSE COALESCE((SELECT CASE t.step WHEN 'voided' THEN 'void' ELSE t.step END FROM ereturn_step t
                        WHERE t.council_id = e.council_id AND t.ereturn_id = e.ereturn_id ORDER BY t.step_no DESC LIMIT 1),
                    CASE WHEN EXISTS (SELECT 1 FROM ereturn_version v
                        WHERE v.council_id = e.council_id AND v.ereturn_id = e.ereturn_id AND v.version > 1)
                    THEN 'in-progress' ELSE 'new' END) END AS should
            FROM ereturn e LEFT JOIN ereturn_state s ON s.council_id = e.council_id AND s.ereturn_id = e.ereturn_id
            WHERE e.council_id = $1) x
         WHERE x.stands_at <> x.newest OR x.status <> x.should OR x.newest = 0 ORDER BY x.number");
    APPROVED_BY_A_HAND = Sql::both(
        "SELECT 'R' || CAST(e.number AS TEXT), 1, 0 FROM ereturn_approval a
         JOIN ereturn e ON e.council_id = a.council_id AND e.ereturn_id = a.ereturn_id
         WHERE a.council_id = $1 AND (
            EXISTS (SELECT 1 FROM ereturn_version v WHERE v.council_id = a.council_id AND v.ereturn_id = a.ereturn_id
                AND v.saved_by = a.approved_by)
            OR EXISTS (SELECT 1 FROM ereturn_step t WHERE t.council_id = a.council_id AND t.ereturn_id = a.ereturn_id
                AND t.step = 'submitted' AND t.done_by = a.approved_by)
            OR NOT EXISTS (SELECT 1 FROM ereturn_step t WHERE t.council_id = a.council_id AND t.ereturn_id = a.ereturn_id
                AND t.step = 'submitted' AND t.done_by = a.submitted_by))
         ORDER BY e.number");
    ROWS_THAT_DIFFER = Sql::both(
        "SELECT 'R' || CAST(e.number AS TEXT), a.rows_pence, COALESCE(r.total_pence, 0) FROM ereturn_approval a
         JOIN ereturn e ON e.council_id = a.council_id AND e.ereturn_id = a.ereturn_id
         LEFT JOIN ereturn_version v ON v.council_id = a.council_id AND v.ereturn_id = a.ereturn_id AND v.version = a.version
         LEFT JOIN receipt r ON r.council_id = a.council_id AND r.receipt_id = a.receipt_id AND r.entry_id = a.entry_id
         WHERE a.council_id = $1 AND (r.receipt_id IS NULL OR v.version IS NULL OR r.total_pence <> a.rows_pence
            OR v.rows_pence <> a.rows_pence)
         ORDER BY e.number");
    COUNTED_OTHERWISE = Sql::both(
        "SELECT 'R' || CAST(e.number AS TEXT), a.counted_pence, v.counted_pence FROM ereturn_approval a
         JOIN ereturn e ON e.council_id = a.council_id AND e.ereturn_id = a.ereturn_id
         JOIN ereturn_version v ON v.council_id = a.council_id AND v.ereturn_id = a.ereturn_id AND v.version = a.version
         WHERE a.council_id = $1 AND v.counted_pence <> a.counted_pence ORDER BY e.number");
    COUNTED_THAT_DIFFER = Sql::both(
        "SELECT 'R' || CAST(e.number AS TEXT), a.counted_pence, CAST(COALESCE(SUM(x.amount_pence), 0) AS BIGINT)
         FROM ereturn_approval a
         JOIN ereturn e ON e.council_id = a.council_id AND e.ereturn_id = a.ereturn_id
         LEFT JOIN expected x ON x.council_id = a.council_id AND x.entry_id = a.entry_id
         WHERE a.council_id = $1 GROUP BY e.number, a.counted_pence
         HAVING a.counted_pence <> COALESCE(SUM(x.amount_pence), 0) ORDER BY e.number");
    SLIPS_THAT_DIFFER = Sql::both(
        "SELECT 'slip ' || CAST(p.number AS TEXT), p.amount_pence, COALESCE(x.amount_pence, 0) FROM paying_in_slip p
         LEFT JOIN expected x ON x.council_id = p.council_id AND x.expected_id = p.expected_id
         WHERE p.council_id = $1 AND p.amount_pence <> COALESCE(x.amount_pence, 0) ORDER BY p.number");
    SERIES_WITH_GAPS = Sql::both(
        "SELECT x.series, COALESCE(n.last_number, 0), x.given FROM (
            SELECT 'e-return' AS series, COUNT(*) AS given, COALESCE(MAX(number), 0) AS newest FROM ereturn WHERE council_id = $1
            UNION ALL
            SELECT 'till', COUNT(*), COALESCE(MAX(number), 0) FROM till_session WHERE council_id = $1
            UNION ALL
            SELECT 'slip', COUNT(*), COALESCE(MAX(number), 0) FROM (
                SELECT number FROM paying_in_slip WHERE council_id = $1
                UNION ALL SELECT number FROM till_slip WHERE council_id = $1) s) x
         LEFT JOIN number_series n ON n.council_id = $1 AND n.series = x.series
         WHERE x.newest <> x.given OR COALESCE(n.last_number, 0) <> x.given ORDER BY x.series");
    APPROVED_DOCUMENTS = Sql::both(
        "SELECT e.number, v.document, v.content_hash, n.about, d.salt, d.words, v.detail_digest FROM ereturn_version v
         JOIN ereturn e ON e.council_id = v.council_id AND e.ereturn_id = v.ereturn_id
         LEFT JOIN ereturn_approval a ON a.council_id = v.council_id AND a.ereturn_id = v.ereturn_id AND a.version = v.version
         LEFT JOIN entry n ON n.council_id = a.council_id AND n.entry_id = a.entry_id
         LEFT JOIN detail d ON d.council_id = v.council_id AND d.owner_id = v.detail_id
         WHERE v.council_id = $1 ORDER BY e.number, v.version");
}

/// What e-returns are looked for by. An empty text, and `None`, is any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchEReturns {
    /// Part of the number, as people see it.
    pub number: String,
    /// The template's code.
    pub template: String,
    /// The office's code.
    pub office: String,
    /// Where it stands; empty is everything but void, `all` is everything.
    pub status: String,
    /// Made at this time or after.
    pub from: DateTime<Utc>,
    /// Made before this time.
    pub until: DateTime<Utc>,
    /// What its rows come to.
    pub total: Option<Pence>,
    /// Part of a name on a cheque, or of the narrative.
    pub words: String,
}

impl Tx {
    /// E-returns looked for, the newest first, at most `limit` numbered below `before`.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn search_ereturns(
        &mut self,
        council: CouncilId,
        search: &SearchEReturns,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<EReturnRow>> {
        // No e-return comes to less than nothing.
        let total = search.total.map_or(-1, Pence::get);
        let args = args![
            council,
            before.unwrap_or(i64::MAX),
            &search.template,
            &search.office,
            &search.status,
            search.from,
            search.until,
            search.number.to_ascii_uppercase(),
            total,
            &search.words,
            limit,
        ];
        self.all(SEARCH, args, ereturn).await
    }

    /// E-returns that do not stand where what was done with them puts them.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn ereturn_states_that_differ(
        &mut self,
        council: CouncilId,
    ) -> Result<Vec<Difference>> {
        self.all(STATES_THAT_DIFFER, args![council], Difference::of).await
    }

    /// E-returns approved by somebody who had a hand in them.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn ereturns_approved_by_a_hand(
        &mut self,
        council: CouncilId,
    ) -> Result<Vec<Difference>> {
        self.all(APPROVED_BY_A_HAND, args![council], Difference::of).await
    }

    /// E-returns whose approval is not their receipt, or not what is expected of
    /// them; slips that are not.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn ereturn_money_that_differs(
        &mut self,
        council: CouncilId,
    ) -> Result<Vec<Difference>> {
        let mut found = self.all(ROWS_THAT_DIFFER, args![council], Difference::of).await?;
        found.extend(self.all(COUNTED_OTHERWISE, args![council], Difference::of).await?);
        found.extend(self.all(COUNTED_THAT_DIFFER, args![council], Difference::of).await?);
        found.extend(self.all(SLIPS_THAT_DIFFER, args![council], Difference::of).await?);
        Ok(found)
    }

    /// Series of e-returns, tills and slips whose numbers have a gap.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn series_with_gaps(&mut self, council: CouncilId) -> Result<Vec<Difference>> {
        self.all(SERIES_WITH_GAPS, args![council], Difference::of).await
    }

    /// The number of the first e-return with a version that is not what its hash
    /// was made of, or whose entry says another, or whose words were changed.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn ereturn_altered(&mut self, council: CouncilId) -> Result<Option<i64>> {
        let mut altered = None;
        self.each(APPROVED_DOCUMENTS, args![council], &mut |row| {
            let hash = ContentHash::of(row.text(1)?.as_bytes());
            let about = row.opt_text(3)?;
            let is_said = about.is_none_or(|about| about.contains(&hash.to_string()));
            let words_stand = match row.opt_text(5)? {
                None => true,
                Some(words) => row.opt_hash(6)? == Some(ContentHash::salted(row.bytes(4)?, &words)),
            };
            if altered.is_none() && (hash != row.hash(2)? || !is_said || !words_stand) {
                altered = Some(row.int(0)?);
            }
            Ok(())
        })
        .await?;
        Ok(altered)
    }
}
