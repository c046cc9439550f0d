//! What somebody sees who does not see all of a council: lists, pages and sums
//! made of the rows of their funds, offices and methods and of no others.

use chrono::NaiveDate;
use ims_ledger::id::{ApprovalId, CouncilId, ReceiptId};
use uuid::Uuid;

use super::{
    ApprovalRow, ExportRow, Tx,
    approvals::approval,
    exports::export,
    views::{fund_total, view},
};
use crate::{
    FundTotal, ReceiptView, Result, SearchReceipts,
    arg::Arg,
    sql::{Sql, statements},
};

/// Stands in a list for all there is; no code is written so.
const ALL_THERE_IS: &str = "*";

/// The part of a council that somebody sees: of each kind all there is, or
/// these codes. A receipt without an office is in no office.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Within {
    /// Funds.
    pub funds: Option<Vec<String>>,
    /// Offices.
    pub offices: Option<Vec<String>>,
    /// Methods of payment.
    pub methods: Option<Vec<String>>,
}

impl Within {
    /// Whether it is all there is.
    #[must_use]
    pub const fn is_all(&self) -> bool {
        self.funds.is_none() && self.offices.is_none() && self.methods.is_none()
    }

    /// The funds all of which is seen: what names no office and no method of
    /// payment is not seen in part.
    fn funds_alone(&self) -> Vec<String> {
        let is_by_fund = self.offices.is_none() && self.methods.is_none();
        self.funds.clone().filter(|_| is_by_fund).unwrap_or_default()
    }

    /// The first three arguments of every statement here.
    pub(super) fn args(&self) -> [Arg; 3] {
        [&self.funds, &self.offices, &self.methods]
            .map(|codes| Arg::Texts(codes.clone().unwrap_or_else(|| vec![ALL_THERE_IS.to_owned()])))
    }

    fn with(&self, more: impl IntoIterator<Item = Arg>) -> Vec<Arg> {
        self.args().into_iter().chain(more).collect()
    }
}

/// That line `l` of receipt `r` is within what three arguments say: funds,
/// offices, methods; the first three, unless others are named.
macro_rules! seen {
    ($engine:ident) => {
        seen!($engine, "$1", "$2", "$3")
    };
    (sqlite, $funds:literal, $offices:literal, $methods:literal) => {
        concat!(
            "('*' IN (SELECT value FROM json_each(",
            $funds,
            ")) OR l.fund IN (SELECT value FROM json_each(",
            $funds,
            ")))
            AND ('*' IN (SELECT value FROM json_each(",
            $offices,
            ")) OR r.office IN (SELECT value FROM json_each(",
            $offices,
            ")))
            AND ('*' IN (SELECT value FROM json_each(",
            $methods,
            ")) OR r.method IN (SELECT value FROM json_each(",
            $methods,
            ")))"
        )
    };
    (postgres, $funds:literal, $offices:literal, $methods:literal) => {
        concat!(
            "('*' = ANY(",
            $funds,
            ") OR l.fund = ANY(",
            $funds,
            ")) AND ('*' = ANY(",
            $offices,
            ") OR r.office = ANY(",
            $offices,
            "))
            AND ('*' = ANY(",
            $methods,
            ") OR r.method = ANY(",
            $methods,
            "))"
        )
    };
}

pub(super) use seen;

/// A statement with that condition in its middle.
macro_rules! lines_seen {
    ($before:literal, $after:literal) => {
        Sql::each(
            concat!($before, seen!(sqlite), $after),
            concat!($before, seen!(postgres), $after),
        )
    };
}

/// A search: first the receipts of the page, then their lines.
macro_rules! search {
    ($wanted:literal, $lines:literal) => {
        Sql::each(search!(sqlite, $wanted, $lines), search!(postgres, $wanted, $lines))
    };
    ($engine:ident, $wanted:literal, $lines:literal) => {
        concat!(
            "SELECT r.receipt_id, r.number, r.happened_on, r.accounting_day, r.method, l.fund, l.reference, l.amount_pence,
                COALESCE(d.words, '')
             FROM (SELECT DISTINCT r.council_id, r.receipt_id FROM receipt r
                JOIN receipt_line l ON l.council_id = r.council_id AND l.receipt_id = r.receipt_id
                WHERE r.council_id = $4 AND r.receipt_id < $5 AND ", $wanted, " AND ", seen!($engine), "
                ORDER BY 2 DESC LIMIT $6) f
             JOIN receipt r ON r.council_id = f.council_id AND r.receipt_id = f.receipt_id
             JOIN receipt_line l ON l.council_id = r.council_id AND l.receipt_id = r.receipt_id
             LEFT JOIN detail d ON d.council_id = r.council_id AND d.owner_id = r.receipt_id
             WHERE r.council_id = $4 AND ", $lines, " AND ", seen!($engine), "
             ORDER BY r.receipt_id DESC, l.line_no"
        )
    };
}

statements! {
    FUND_TOTALS_WITHIN = lines_seen!(
        "SELECT l.fund, r.method, COUNT(*), CAST(COALESCE(SUM(l.amount_pence), 0) AS BIGINT) FROM receipt r
         JOIN receipt_line l ON l.council_id = r.council_id AND l.receipt_id = r.receipt_id
         WHERE r.council_id = $4 AND r.accounting_day BETWEEN $5 AND $6 AND ",
        " GROUP BY l.fund, r.method ORDER BY l.fund, r.method");
    NEWEST_DAY_WITHIN = lines_seen!(
        "SELECT r.accounting_day FROM receipt r
         JOIN receipt_line l ON l.council_id = r.council_id AND l.receipt_id = r.receipt_id
         WHERE r.council_id = $4 AND ",
        " ORDER BY r.accounting_day DESC LIMIT 1");
    BY_NUMBER_WITHIN = search!("r.number = $7", "1 = 1");
    BY_REFERENCE_WITHIN = search!("l.reference = $7", "l.reference = $7");
    BY_DAY_WITHIN = search!("r.accounting_day = $7", "1 = 1");
    BY_DAY_AND_AMOUNT_WITHIN =
        search!("r.accounting_day = $7 AND l.amount_pence = $8", "l.amount_pence = $8");
    EXPORTS_WITHIN = Sql::each(
        "SELECT export_id, kind, number, after_day, through_day, content_hash, file_name, rows, debit_pence, credit_pence, head, made_by, made_at
         FROM export WHERE council_id = $3 AND kind IN (SELECT value FROM json_each($1))
         ORDER BY made_at DESC, export_id DESC LIMIT $2",
        "SELECT export_id, kind, number, after_day, through_day, content_hash, file_name, rows, debit_pence, credit_pence, head, made_by, made_at
         FROM export WHERE council_id = $3 AND kind = ANY($1)
         ORDER BY made_at DESC, export_id DESC LIMIT $2");
    OPEN_APPROVALS_WITHIN = Sql::each(
        "SELECT a.approval_id, a.kind, a.subject, a.amount_pence, a.document, a.reason, a.asked_by, a.asked_at, a.idempotency_key,
            NULL, NULL, NULL, NULL
         FROM open_approval o JOIN approval a ON a.council_id = o.council_id AND a.approval_id = o.approval_id
         WHERE o.council_id = $4 AND o.approval_id > $2 AND (a.asked_by = $5 OR (
            EXISTS (SELECT 1 FROM approval_fund f WHERE f.council_id = $4 AND f.approval_id = a.approval_id)
            AND NOT EXISTS (SELECT 1 FROM approval_fund f WHERE f.council_id = $4 AND f.approval_id = a.approval_id
                AND f.fund NOT IN (SELECT value FROM json_each($1)))))
         ORDER BY o.approval_id LIMIT $3",
        "SELECT a.approval_id, a.kind, a.subject, a.amount_pence, a.document, a.reason, a.asked_by, a.asked_at, a.idempotency_key,
            NULL, NULL, NULL, NULL
         FROM open_approval o JOIN approval a ON a.council_id = o.council_id AND a.approval_id = o.approval_id
         WHERE o.council_id = $4 AND o.approval_id > $2 AND (a.asked_by = $5 OR (
            EXISTS (SELECT 1 FROM approval_fund f WHERE f.council_id = $4 AND f.approval_id = a.approval_id)
            AND NOT EXISTS (SELECT 1 FROM approval_fund f WHERE f.council_id = $4 AND f.approval_id = a.approval_id
                AND f.fund <> ALL($1))))
         ORDER BY o.approval_id LIMIT $3");
}

impl Tx {
    /// Income by fund and method over accounting days, as far as it is seen.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn fund_totals_within(
        &mut self,
        council: CouncilId,
        within: &Within,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<Vec<FundTotal>> {
        if within.is_all() {
            return self.fund_totals(council, from, to).await;
        }
        let args = within.with([Arg::from(council), Arg::from(from), Arg::from(to)]);
        self.all(FUND_TOTALS_WITHIN, &args, fund_total).await
    }

    /// The newest accounting day with a receipt that is seen.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn newest_day_within(
        &mut self,
        council: CouncilId,
        within: &Within,
    ) -> Result<Option<NaiveDate>> {
        if within.is_all() {
            return Ok(self.day_totals(council, 1).await?.first().map(|totals| totals.day));
        }
        self.first(NEWEST_DAY_WITHIN, &within.with([Arg::from(council)]), |row| row.day(0)).await
    }

    /// Receipts looked for, as [`search_receipts`](Self::search_receipts) gives
    /// them, but only the lines that are seen: pages are as full as ever.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn search_receipts_within(
        &mut self,
        council: CouncilId,
        within: &Within,
        search: &SearchReceipts,
        before: Option<ReceiptId>,
        limit: i64,
    ) -> Result<Vec<ReceiptView>> {
        if within.is_all() {
            return self.search_receipts(council, search, before, limit).await;
        }
        let (sql, wanted) = match search {
            SearchReceipts::Number(number) => (BY_NUMBER_WITHIN, vec![Arg::from(number)]),
            SearchReceipts::Reference(reference) => {
                (BY_REFERENCE_WITHIN, vec![Arg::from(reference)])
            }
            SearchReceipts::Day(day) => (BY_DAY_WITHIN, vec![Arg::from(*day)]),
            SearchReceipts::DayAndAmount(day, amount) => {
                (BY_DAY_AND_AMOUNT_WITHIN, vec![Arg::from(*day), Arg::from(*amount)])
            }
        };
        let before = before.map_or(Uuid::max(), ReceiptId::get);
        let page = [Arg::from(council), Arg::from(before), Arg::from(limit)];
        self.all(sql, &within.with(page.into_iter().chain(wanted)), view).await
    }

    /// The newest exports, as far as they are seen: those of the funds' own
    /// systems, by whom every office and method of the fund is seen.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn exports_within(
        &mut self,
        council: CouncilId,
        within: &Within,
        limit: i64,
    ) -> Result<Vec<ExportRow>> {
        if within.is_all() {
            return self.exports(council, limit).await;
        }
        let funds = within.funds_alone();
        let kinds = funds.iter().map(|fund| format!("host:{fund}")).collect();
        let args = [Arg::Texts(kinds), Arg::from(limit), Arg::from(council)];
        self.all(EXPORTS_WITHIN, &args, export).await
    }

    /// What waits for a second person, the oldest first: of the funds seen, and
    /// what `who` asked for themselves.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn open_approvals_within(
        &mut self,
        council: CouncilId,
        within: &Within,
        who: &str,
        after: Option<ApprovalId>,
        limit: i64,
    ) -> Result<Vec<ApprovalRow>> {
        if within.is_all() {
            return self.open_approvals(council, after, limit).await;
        }
        let funds = within.funds_alone();
        let after = after.map_or(Uuid::nil(), ApprovalId::get);
        let args = [
            Arg::Texts(funds),
            Arg::from(after),
            Arg::from(limit),
            Arg::from(council),
            Arg::from(who),
        ];
        self.all(OPEN_APPROVALS_WITHIN, &args, approval).await
    }
}
