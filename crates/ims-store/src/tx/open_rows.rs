//! The open rows of expected money: one reading of them for all who ask.

/// The rows that are expected of banks and open, with the payout each is of; more conditions.
macro_rules! open_rows {
    ($and:literal) => {
        concat!(
            "SELECT e.expected_id, e.channel, e.happened_on, e.amount_pence, e.reference, COALESCE(b.batch_ref, e.batch_ref), e.source_ref, e.is_payers
             FROM open_expected o
             JOIN expected e ON e.council_id = o.council_id AND e.expected_id = o.expected_id
             LEFT JOIN expected_batch b ON b.council_id = e.council_id AND b.expected_id = e.expected_id
                AND NOT EXISTS (SELECT 1 FROM import_reversal v WHERE v.council_id = b.council_id AND v.import_id = b.import_id)
             WHERE o.council_id = $1 ",
            $and,
            " AND NOT EXISTS (SELECT 1 FROM till_receipt t WHERE t.council_id = o.council_id AND t.expected_id = o.expected_id)
             ORDER BY o.expected_id"
        )
    };
}
pub(super) use open_rows;

/// The same of the rows `o` in PostgreSQL, each asked for by its key whatever the planner
/// thinks: told of some thousand rows, it reads all there are.
macro_rules! open_rows_each {
    ($of:expr) => {
        concat!(
            "SELECT r.* FROM ", $of, " CROSS JOIN LATERAL (
                SELECT e.expected_id, e.channel, e.happened_on, e.amount_pence, e.reference, COALESCE(b.batch_ref, e.batch_ref), e.source_ref, e.is_payers
                FROM expected e
                LEFT JOIN expected_batch b ON b.council_id = e.council_id AND b.expected_id = e.expected_id
                   AND NOT EXISTS (SELECT 1 FROM import_reversal v WHERE v.council_id = b.council_id AND v.import_id = b.import_id)
                WHERE e.council_id = $1 AND e.expected_id = o.expected_id
                   AND NOT EXISTS (SELECT 1 FROM till_receipt t WHERE t.council_id = $1 AND t.expected_id = o.expected_id)
                OFFSET 0) r
             ORDER BY r.expected_id"
        )
    };
}
pub(super) use open_rows_each;

/// The open ones without keys; for the macro above and the one below.
macro_rules! open_without_keys {
    () => {
        "(SELECT expected_id FROM open_expected WHERE council_id = $1 AND is_keyed = 0) o"
    };
}
pub(super) use open_without_keys;

/// The open ones of the ids `$2` in PostgreSQL, each looked up.
macro_rules! open_of_these {
    () => {
        "(SELECT DISTINCT UNNEST(CAST($2 AS UUID[])) AS id) v CROSS JOIN LATERAL (
            SELECT x.expected_id FROM open_expected x WHERE x.council_id = $1 AND x.expected_id = v.id OFFSET 0) o"
    };
}
pub(super) use open_of_these;

/// What a bank rule made wait for its advice, and what advices say goes back; more conditions.
macro_rules! advice_sides {
    ($and:literal) => {
        concat!(
            "SELECT o.expected_id, n.kind FROM open_expected o
             JOIN expected e ON e.council_id = o.council_id AND e.expected_id = o.expected_id
                AND e.import_id IS NULL AND e.receipt_id IS NULL AND e.batch_ref = ''
             JOIN entry n ON n.council_id = e.council_id AND n.entry_id = e.entry_id AND n.kind IN ('bank-rule', 'return', 'dispute')
             WHERE o.council_id = $1 ",
            $and
        )
    };
}
pub(super) use advice_sides;

/// As [`open_rows_each`], of those sides.
macro_rules! advice_sides_each {
    ($of:expr) => {
        concat!(
            "SELECT o.expected_id, a.kind FROM ", $of, " CROSS JOIN LATERAL (
                SELECT n.kind FROM expected e
                JOIN entry n ON n.council_id = e.council_id AND n.entry_id = e.entry_id AND n.kind IN ('bank-rule', 'return', 'dispute')
                WHERE e.council_id = $1 AND e.expected_id = o.expected_id
                   AND e.import_id IS NULL AND e.receipt_id IS NULL AND e.batch_ref = ''
                OFFSET 0) a"
        )
    };
}
pub(super) use advice_sides_each;
