//! Whether what rows were made by is still so, asked in the statement that adds
//! them.

use super::insert::Bound;
use crate::guard::Guard;

/// The name that the guard's one row has in a statement; without it the rows
/// are not added.
pub(super) const STANDS: &str = "stands";

/// One row while all of a guard holds, as the first part of a statement.
///
/// Each look is by one key, whatever the planner thinks of the tables' sizes.
/// The day is a function that keeps days from being closed and sees what was
/// committed before it could; the rest is as it stood when the statement began.
pub(super) const SQL: &str = "stands AS MATERIALIZED (SELECT 1 AS yes WHERE
    (SELECT COALESCE(bool_and(ims_closed_through(x.council) IS NOT DISTINCT FROM x.day), TRUE)
     FROM UNNEST($1::bigint[], $2::date[]) AS x (council, day))
    AND (SELECT COALESCE(bool_and(x.version IS NOT DISTINCT FROM
            (SELECT c.version FROM configuration c WHERE c.council_id = x.council AND c.from_day <= x.day
             ORDER BY c.from_day DESC, c.version DESC LIMIT 1)), TRUE)
     FROM UNNEST($3::bigint[], $4::date[], $5::bigint[]) AS x (council, day, version))
    AND (SELECT COALESCE(bool_and(
            (SELECT r.council_id FROM redirect r
             WHERE r.council_id = x.council AND r.reference = x.reference LIMIT 1) IS NULL), TRUE)
     FROM UNNEST($6::bigint[], $7::text[]) AS x (council, reference))
    AND (SELECT COALESCE(bool_and(COALESCE(
            (SELECT COALESCE(h.stop, '') = '' FROM account_holder h
             WHERE h.council_id = x.council AND h.fund = x.fund AND h.reference = x.reference),
            NOT x.must_exist)), TRUE)
     FROM UNNEST($8::bigint[], $9::text[], $10::text[], $11::boolean[]) AS x (council, fund, reference, must_exist)))";

/// How many places [`SQL`] has.
pub(super) const PLACES: usize = 11;

/// Binds them.
pub(super) fn bind<'q>(query: Bound<'q>, guard: &Guard) -> Bound<'q> {
    let Guard { days, configurations, references, accounts } = guard;
    query
        .bind(days.iter().map(|(council, _)| council.get()).collect::<Vec<_>>())
        .bind(days.iter().map(|(_, day)| *day).collect::<Vec<_>>())
        .bind(configurations.iter().map(|(council, _, _)| council.get()).collect::<Vec<_>>())
        .bind(configurations.iter().map(|(_, day, _)| *day).collect::<Vec<_>>())
        .bind(configurations.iter().map(|(_, _, version)| *version).collect::<Vec<_>>())
        .bind(references.iter().map(|(council, _)| council.get()).collect::<Vec<_>>())
        .bind(references.iter().map(|(_, reference)| reference.clone()).collect::<Vec<_>>())
        .bind(accounts.iter().map(|account| account.council.get()).collect::<Vec<_>>())
        .bind(accounts.iter().map(|account| account.fund.clone()).collect::<Vec<_>>())
        .bind(accounts.iter().map(|account| account.reference.clone()).collect::<Vec<_>>())
        .bind(accounts.iter().map(|account| account.must_exist).collect::<Vec<_>>())
}
