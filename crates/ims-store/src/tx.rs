//! The unit of work, one file for each group of tables.

use std::fmt;

use crate::{
    Addition, Result, StoreError, arg::Arg, batch::Batch, engine::Engine, row::Row, sql::Sql,
};

mod acks;
mod agreements;
mod alike;
mod approvals;
mod arrivals;
mod audit;
mod bank_days;
mod baskets;
pub(crate) mod books;
mod check;
mod claim_items;
mod claims;
mod clues;
mod control;
mod councils;
pub(crate) mod days;
mod deed_keys;
mod ereturn_views;
mod ereturns;
pub(crate) mod expected;
mod expected_keys;
mod expected_names;
mod exports;
mod file_words;
mod files;
mod find_receipts;
mod given_back;
mod holder_changes;
mod holders;
mod jobs;
mod line_payers;
mod line_uses;
mod losses;
mod matched;
mod matches;
mod notice_keys;
mod open_rows;
mod payers;
mod payment_exceptions;
mod payment_links;
mod payments;
mod payments_booked;
mod payments_in_doubt;
mod payments_named;
mod payments_watched;
mod payouts;
mod people;
mod periods;
mod prints;
mod provider_through;
mod receipt_mails;
pub(crate) mod receipts;
mod redirects;
mod refund_files;
mod refunds;
mod refunds_through;
mod replay;
pub(crate) mod seal;
mod signed_in;
mod slips;
mod standing;
mod statements;
mod stood;
pub(crate) mod suspense;
mod suspense_care;
mod suspense_returns;
mod till_checks;
mod till_counts;
mod tills;
mod totals;
mod transfers;
mod undo_import;
mod views;
mod waits;
mod within;

pub use acks::{AckRow, ExportState};
pub use agreements::{AgreementPayments, AgreementRow, AgreementStepRow, ListedAgreement};
pub use alike::CameLine;
pub use approvals::{ApprovalRow, DecisionRow};
pub use arrivals::{ArrivalRow, AwaitedRow};
pub use audit::{AuditedEntry, FindEvents};
pub use bank_days::{BankDayLine, BankDayRow, SignedBy};
pub use baskets::BasketRow;
pub use books::{Balances, EntryRow, StoredEntry};
pub use check::{Difference, EntryFault};
pub use claim_items::ItemClaimRow;
pub use claims::{ClaimRow, DisputeEndRow, DisputeRow, ReturnRow};
pub use clues::PlacedRow;
pub use control::{ControlRow, FundDay, MovedSince};
pub use councils::{ConfigurationRow, CouncilRow};
pub use days::{DayCloseRow, DayReopenRow};
pub use deed_keys::DeedKeyRow;
pub use ereturn_views::SearchEReturns;
pub use ereturns::{
    EReturnApprovalRow, EReturnNoteRow, EReturnRow, EReturnStepRow, EReturnVersionRow,
};
pub use expected::{ExpectedRow, NamedMoney, OpenExpected, SourcedMoney};
pub use expected_keys::{AskedKey, ExpectedKey, Keyable};
pub use exports::{AccountTotal, CashLine, ExportRow};
pub use file_words::FileWordRow;
pub use files::{ImportRow, Quarantined};
pub use find_receipts::FindReceipts;
pub use given_back::GivenBackRow;
pub use holder_changes::HolderChangeRow;
pub use holders::{HolderRow, SearchHolders};
pub use jobs::{JobKinds, JobRow, NewJob};
pub use line_payers::PaidFromRow;
pub use line_uses::{LineKey, LineState, LineUseRow, Taken};
pub use losses::LostClaim;
pub use matched::JoinedTogether;
pub use matches::{MatchRow, PairRow, UndonePair};
pub use payment_exceptions::PaymentExceptionRow;
pub use payment_links::{LinkRow, LinkWithdrawal};
pub use payments::{PaymentLineRow, PaymentRow, PaymentStepRow};
pub use payments_booked::BookedRow;
pub use payments_in_doubt::AskedFor;
pub use payments_watched::FindPayments;
pub use payouts::TakingRow;
pub use people::{PersonRow, SessionRow};
pub use periods::{PeriodCloseRow, PeriodReopenRow};
pub use prints::{EarlierPrints, PrintRow};
pub use receipt_mails::ReceiptMailRow;
pub use receipts::{ReceiptLineRow, ReceiptRow};
pub use redirects::RedirectRow;
pub use refund_files::{RefundFileItemRow, RefundFileRow, RefundPayeeRow};
pub use refunds::{RefundLineRow, RefundRow, RefundStepRow};
pub use replay::LineWithoutFile;
pub use seal::{AuditRow, BlockRow, Sealable};
pub use signed_in::{ServesRow, SignedInRow};
pub use slips::SlipRow;
pub use standing::{GrantRow, PersonLife};
pub use statements::{LineMark, LineRow, OpenLine, StatementRow};
pub use stood::{AccountStood, StoodSuspense};
pub use suspense::{AllocationRow, OpenSuspense, SuspenseRow};
pub use suspense_care::{
    FoundSuspense, SearchSuspense, SuspenseCare, SuspenseNoteRow, SuspenseStatus,
};
pub use suspense_returns::SuspenseReturnRow;
pub use till_counts::{TillCloseRow, TillCountRow, TillLiftBackRow, TillLiftRow, TillSlipRow};
pub use tills::{NumberedTillReceipt, TillReceiptRow, TillSessionRow, TillTakenRow};
pub use totals::PostingView;
pub use transfers::{TransferRow, UndoneRow};
pub use undo_import::{AfterReceipt, PostingOf};
pub use views::{DayTotals, FundTotal, ReceiptView, SearchReceipts};
pub use waits::{WaitsDay, WaitsKind, WaitsRow};
pub use within::Within;

/// All that is done through it lasts together, or not at all.
///
/// Once a step has failed, or was given up half-way, nothing of it can last:
/// [`commit`](Self::commit) refuses. (PostgreSQL would answer such a commit
/// without an error and keep nothing; SQLite would keep the other half.)
pub struct Tx {
    engine: Box<dyn Engine>,
    is_broken: bool,
    only_reads: bool,
}

impl fmt::Debug for Tx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tx(..)")
    }
}

impl Tx {
    pub(crate) fn new(engine: Box<dyn Engine>) -> Self {
        Self { engine, is_broken: false, only_reads: false }
    }

    /// A unit of work that only reads, and so stands in nobody's way.
    pub(crate) fn reading(engine: Box<dyn Engine>) -> Self {
        Self { engine, is_broken: false, only_reads: true }
    }

    /// Before a step: a step that never comes back counts as failed.
    fn begin_step(&mut self) -> bool {
        std::mem::replace(&mut self.is_broken, true)
    }

    /// After a step that came back.
    fn end_step<T>(&mut self, was_broken: bool, done: Result<T>) -> Result<T> {
        self.is_broken = was_broken || done.is_err();
        done
    }

    /// Makes all of it last.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`] when it has to be tried again,
    /// [`StoreError::DiskFull`], [`StoreError::Abandoned`] when an earlier step
    /// had failed; then nothing of it lasts.
    pub async fn commit(self) -> Result<()> {
        if self.is_broken {
            return Err(StoreError::Abandoned);
        }
        self.engine.commit().await
    }

    pub(crate) async fn execute(&mut self, sql: Sql, args: &[Arg]) -> Result<u64> {
        let was_broken = self.begin_step();
        let done = self.engine.execute(sql, args).await;
        self.end_step(was_broken, done)
    }

    pub(crate) async fn each(
        &mut self,
        sql: Sql,
        args: &[Arg],
        each: &mut (dyn FnMut(Row) -> Result<()> + Send),
    ) -> Result<()> {
        let was_broken = self.begin_step();
        let done = self.engine.each(sql, args, each).await;
        self.end_step(was_broken, done)
    }

    /// Every row of a query, each read by `read`.
    pub(crate) async fn all<T: Send>(
        &mut self,
        sql: Sql,
        args: &[Arg],
        read: fn(Row) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut found = Vec::new();
        let mut keep = |row| {
            found.push(read(row)?);
            Ok(())
        };
        self.each(sql, args, &mut keep).await?;
        Ok(found)
    }

    /// The first row of a query, if there is one.
    pub(crate) async fn first<T: Send>(
        &mut self,
        sql: Sql,
        args: &[Arg],
        read: fn(Row) -> Result<T>,
    ) -> Result<Option<T>> {
        Ok(self.all(sql, args, read).await?.into_iter().next())
    }

    /// The one row of a query that always gives one.
    pub(crate) async fn one<T: Send>(
        &mut self,
        sql: Sql,
        args: &[Arg],
        read: fn(Row) -> Result<T>,
    ) -> Result<T> {
        let absent = || StoreError::Database("a query that always answers gave no row".to_owned());
        self.first(sql, args, read).await?.ok_or_else(absent)
    }

    pub(crate) async fn insert(&mut self, batch: Batch) -> Result<u64> {
        if batch.rows == 0 {
            return Ok(0);
        }
        let was_broken = self.begin_step();
        let done = self.engine.insert(batch).await;
        self.end_step(was_broken, done)
    }

    /// Adds rows in this unit of work, as [`Store::append`](crate::Store::append)
    /// does in one of their own. What they must stand by is not looked at: who
    /// has a unit of work has looked.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`] when one of the rows is there already.
    pub async fn add(&mut self, addition: Addition) -> Result<()> {
        let was_broken = self.begin_step();
        let done = self.engine.insert_all(addition.batches).await;
        self.end_step(was_broken, done)
    }

    /// Asks the database to understand every statement of this crate; what it
    /// refuses comes back with the statement's name. For tests.
    pub async fn prepare_all(&mut self) -> Vec<(String, StoreError)> {
        let areas = [
            acks::ALL,
            approvals::ALL,
            arrivals::ALL,
            agreements::ALL,
            alike::ALL,
            audit::ALL,
            bank_days::ALL,
            baskets::ALL,
            books::ALL,
            check::ALL,
            clues::ALL,
            control::ALL,
            claim_items::ALL,
            claims::ALL,
            councils::ALL,
            days::ALL,
            ereturn_views::ALL,
            ereturns::ALL,
            deed_keys::ALL,
            expected::ALL,
            expected_keys::ALL,
            expected_names::ALL,
            exports::ALL,
            file_words::ALL,
            files::ALL,
            find_receipts::ALL,
            given_back::ALL,
            holder_changes::ALL,
            holders::ALL,
            jobs::ALL,
            line_payers::ALL,
            line_uses::ALL,
            losses::ALL,
            matched::ALL,
            matches::ALL,
            notice_keys::ALL,
            payment_exceptions::ALL,
            payment_links::ALL,
            payments::ALL,
            payments_booked::ALL,
            payments_named::ALL,
            payers::ALL,
            payments_in_doubt::ALL,
            payments_watched::ALL,
            people::ALL,
            payouts::ALL,
            periods::ALL,
            prints::ALL,
            provider_through::ALL,
            receipt_mails::ALL,
            receipts::ALL,
            replay::ALL,
            refund_files::ALL,
            refunds::ALL,
            refunds_through::ALL,
            redirects::ALL,
            seal::ALL,
            signed_in::ALL,
            standing::ALL,
            slips::ALL,
            statements::ALL,
            stood::ALL,
            suspense::ALL,
            till_checks::ALL,
            till_counts::ALL,
            tills::ALL,
            totals::ALL,
            suspense_care::ALL,
            suspense_returns::ALL,
            transfers::ALL,
            undo_import::ALL,
            views::ALL,
            waits::ALL,
            within::ALL,
        ];
        let mut refused = Vec::new();
        for (name, sql) in areas.into_iter().flatten() {
            if let Err(error) = self.engine.prepare(*sql).await {
                refused.push(((*name).to_owned(), error));
            }
        }
        refused
    }
}
