//! Looking: what screens and lists show.

use std::collections::HashSet;

use chrono::NaiveDate;
use ims_ledger::{
    Account,
    id::{EntryId, ImportId, LineId, ReceiptId, SuspenseId},
};
use ims_money::Pence;
use ims_store::{
    DayCloseRow, ExportRow, FundTotal, HolderRow, ImportRow, MatchRow, OpenLine, OpenSuspense,
    PairRow, PostingView, Quarantined, ReceiptView, SearchReceipts, StatementRow,
};

use crate::{
    AppError, Books, Permission, Result,
    books::{first_day, last_day},
};

/// The most rows any list gives at once.
pub const ROWS_MAX: i64 = 500;

/// A council's day at a glance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dashboard {
    /// The day shown: the newest with receipts, or today.
    pub day: NaiveDate,
    /// Whether it is closed.
    pub is_closed: bool,
    /// Income by fund and method.
    pub income: Vec<FundTotal>,
    /// Receipts of the day.
    pub receipts: i64,
    /// Their sum.
    pub receipts_pence: Pence,
    /// Open suspense items, and what is left of them.
    pub suspense: (i64, Pence),
    /// What payment providers said that cannot be and nobody has looked into; 0 for
    /// who may not see suspense.
    pub exceptions: i64,
    /// What each channel still waits for: channel, how many, how much, since when.
    pub expected: Vec<(String, i64, Pence, NaiveDate)>,
    /// Each bank account.
    pub banks: Vec<BankStatus>,
    /// The newest files.
    pub imports: Vec<ImportRow>,
    /// Files kept aside.
    pub quarantined: Vec<Quarantined>,
}

/// Where a bank account stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankStatus {
    /// The account's code.
    pub bank: String,
    /// Its name.
    pub name: String,
    /// Its last statement.
    pub statement: Option<StatementRow>,
    /// Lines of the days looked at.
    pub lines: i64,
    /// Those explained by a rule of reconciliation.
    pub explained: i64,
    /// Those still open or put into suspense.
    pub unexplained: i64,
    /// By rule (empty: still open): how many, and their signed sum.
    pub by_rule: Vec<(String, i64, Pence)>,
}

/// A bank line with all its explanations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// The line.
    pub line: OpenLine,
    /// Each explanation it ever had.
    pub explanations: Vec<Explanation>,
}

/// One explanation of a bank line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The rule, the reason, and whether it was taken back.
    pub set: MatchRow,
    /// What it joins, with the reference and channel of what was expected.
    pub pairs: Vec<(PairRow, String, String)>,
}

impl Books {
    /// The council's day at a glance: `day`, or the newest with receipts.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn dashboard(&self, day: Option<NaiveDate>) -> Result<Dashboard> {
        self.actor().needs(Permission::SeeDashboard)?;
        let within = self.within();
        let is_whole = within.is_all();
        let mut tx = self.store().snapshot().await?;
        let newest = tx.newest_day_within(self.id(), &within).await?;
        let day = day.or(newest).unwrap_or_else(|| self.world().today());
        let income = tx.fund_totals_within(self.id(), &within, day, day).await?;
        let closed = tx.closed_through(self.id()).await?;
        let sum = Pence::checked_sum(income.iter().map(|total| total.amount));
        let may_see_bank = self.actor().may(Permission::SeeBank);
        let id = self.id();
        // What is of no one fund is of nobody who works for some.
        let suspense = tx.open_suspense_totals(id).await?;
        let suspense = if is_whole { suspense } else { (0, Pence::ZERO) };
        let sees_exceptions = is_whole && self.actor().may(Permission::SeeSuspense);
        let exceptions = if sees_exceptions { tx.count_payment_exceptions(id).await? } else { 0 };
        // Nor does it tell a cashier what should be in their drawer.
        let sees_clearing = is_whole && may_see_bank;
        let expected = if sees_clearing { tx.due_totals(id).await? } else { Vec::new() };
        let may_see_imports = self.actor().may(Permission::SeeImports);
        let imports = if may_see_imports { tx.imports(id, None, 10).await? } else { Vec::new() };
        let quarantined = if may_see_imports { tx.quarantined(id, 10).await? } else { Vec::new() };
        drop(tx);
        Ok(Dashboard {
            day,
            is_closed: closed.is_some_and(|closed| day <= closed),
            receipts: income.iter().map(|total| total.lines).fold(0, i64::saturating_add),
            receipts_pence: sum.ok_or(AppError::Overflow)?,
            income,
            suspense,
            exceptions,
            expected,
            banks: if may_see_bank { self.bank_status(Some(day)).await? } else { Vec::new() },
            imports,
            quarantined,
        })
    }

    /// Income by fund and method over accounting days, the first and the last included.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn income(&self, from: NaiveDate, to: NaiveDate) -> Result<Vec<FundTotal>> {
        self.actor().needs(Permission::SeeIncome)?;
        let mut tx = self.store().snapshot().await?;
        Ok(tx.fund_totals_within(self.id(), &self.within(), from, to).await?)
    }

    /// How the lines of each bank account were explained: those booked on
    /// `day`, or all there are.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn bank_status(&self, day: Option<NaiveDate>) -> Result<Vec<BankStatus>> {
        self.actor().needs(Permission::SeeBank)?;
        let mut tx = self.store().snapshot().await?;
        let settings = self.settings_in(&mut tx).await?;
        let (from, to) = (day.unwrap_or_else(first_day), day.unwrap_or_else(last_day));
        let mut banks = Vec::new();
        for account in &settings.council.bank_account {
            let bank = account.code.as_str();
            let by_rule = tx.lines_by_rule(self.id(), bank, from, to).await?;
            let lines = by_rule.iter().map(|(_, count, _)| *count).fold(0, i64::saturating_add);
            let open = |rule: &str| rule.is_empty() || rule == crate::close_day::TO_SUSPENSE;
            let unexplained = by_rule.iter().filter(|(rule, _, _)| open(rule));
            let unexplained = unexplained.map(|(_, count, _)| *count).fold(0, i64::saturating_add);
            banks.push(BankStatus {
                bank: bank.to_owned(),
                name: account.name.clone(),
                statement: tx.last_statement(self.id(), bank).await?,
                lines,
                explained: lines.saturating_sub(unexplained),
                unexplained,
                by_rule,
            });
        }
        Ok(banks)
    }

    /// Receipts looked for, the newest first, at most `limit` before `before`.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn search_receipts(
        &self,
        search: &SearchReceipts,
        before: Option<ReceiptId>,
        limit: i64,
    ) -> Result<Vec<ReceiptView>> {
        self.actor().needs(Permission::SeeIncome)?;
        let mut tx = self.store().look().await?;
        let (within, limit) = (self.within(), limit.clamp(1, ROWS_MAX));
        Ok(tx.search_receipts_within(self.id(), &within, search, before, limit).await?)
    }

    /// Open suspense, the oldest first, at most `limit` after `after`.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn open_suspense(
        &self,
        after: Option<SuspenseId>,
        limit: i64,
    ) -> Result<Vec<OpenSuspense>> {
        self.actor().needs(Permission::SeeSuspense)?;
        let mut tx = self.store().snapshot().await?;
        Ok(tx.open_suspense(self.id(), after, limit.clamp(1, ROWS_MAX)).await?)
    }

    /// One suspense item.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another.
    pub async fn suspense_item(&self, id: SuspenseId) -> Result<OpenSuspense> {
        self.actor().needs(Permission::SeeSuspense)?;
        let item = self.store().snapshot().await?.suspense(self.id(), id).await?;
        item.ok_or_else(|| AppError::NotFound { what: "suspense item", name: id.to_string() })
    }

    /// Bank lines nothing explains yet.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn open_lines(&self) -> Result<Vec<OpenLine>> {
        self.actor().needs(Permission::SeeBank)?;
        Ok(self.store().snapshot().await?.open_lines(self.id()).await?)
    }

    /// A bank line and every explanation it ever had.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another.
    pub async fn explain_line(&self, id: LineId) -> Result<Explained> {
        self.actor().needs(Permission::SeeBank)?;
        let mut tx = self.store().snapshot().await?;
        let absent = || AppError::NotFound { what: "bank line", name: id.to_string() };
        let line = tx.line(self.id(), id).await?.ok_or_else(absent)?;
        let mut explanations = Vec::new();
        for set in tx.matches_of_line(self.id(), id).await? {
            let pairs = tx.pairs(self.id(), set.id).await?;
            explanations.push(Explanation { set, pairs });
        }
        Ok(Explained { line, explanations })
    }

    /// The newest files taken in, at most `limit` before `before`.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn imports(&self, before: Option<ImportId>, limit: i64) -> Result<Vec<ImportRow>> {
        self.actor().needs(Permission::SeeImports)?;
        let mut tx = self.store().snapshot().await?;
        Ok(tx.imports(self.id(), before, limit.clamp(1, ROWS_MAX)).await?)
    }

    /// One file, and what became of its rows: receipts as lines, suspense items.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another.
    pub async fn import_shown(
        &self,
        id: ImportId,
    ) -> Result<(ImportRow, Vec<ims_store::ReceiptRow>, Vec<OpenSuspense>)> {
        self.actor().needs(Permission::SeeImports)?;
        let mut tx = self.store().snapshot().await?;
        let absent = || AppError::NotFound { what: "import", name: id.to_string() };
        let row = tx.import(self.id(), id).await?.ok_or_else(absent)?;
        let receipts = tx.receipts_of_import(self.id(), id).await?;
        let suspense = tx.suspense_of_import(self.id(), id).await?;
        Ok((row, receipts, suspense))
    }

    /// Files kept aside.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn quarantined(&self) -> Result<Vec<Quarantined>> {
        self.actor().needs(Permission::SeeImports)?;
        Ok(self.store().snapshot().await?.quarantined(self.id(), ROWS_MAX).await?)
    }

    /// The newest exports: those of the funds the actor works for.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn exports(&self, limit: i64) -> Result<Vec<ExportRow>> {
        self.actor().needs(Permission::SeeIncome)?;
        let (within, limit) = (self.within(), limit.clamp(1, ROWS_MAX));
        Ok(self.store().snapshot().await?.exports_within(self.id(), &within, limit).await?)
    }

    /// The newest closed days.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn closed_days(&self, limit: i64) -> Result<Vec<DayCloseRow>> {
        self.actor().needs(Permission::SeeIncome)?;
        // A certificate holds every account's balance.
        self.needs_whole("see what closed days came to")?;
        Ok(self.store().snapshot().await?.closed_days(self.id(), limit.clamp(1, ROWS_MAX)).await?)
    }

    /// What one account stands at: debits less credits.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn balance(&self, account: &Account) -> Result<Pence> {
        self.actor().needs(Permission::SeeBank)?;
        Ok(self.store().look().await?.balance_now(self.id(), account).await?)
    }

    /// The newest postings on a control account before a day and entry, the
    /// newest first: its own page of the ledger.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn postings_of(
        &self,
        account: &Account,
        before: Option<(NaiveDate, EntryId)>,
        limit: i64,
    ) -> Result<Vec<PostingView>> {
        self.actor().needs(Permission::SeeBank)?;
        let limit = limit.clamp(1, ROWS_MAX);
        Ok(self.store().look().await?.postings_of(self.id(), account, before, limit).await?)
    }

    /// The account holder of a reference, if there is one. That somebody saw
    /// them is in the audit trail.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn holder(&self, fund: &str, reference: &str) -> Result<Option<HolderRow>> {
        self.actor().needs(Permission::SeeHolders)?;
        if !self.actor().scope().may_fund(fund) {
            return Ok(None);
        }
        let holder = self.store().snapshot().await?.holder(self.id(), fund, reference).await?;
        if holder.is_some() {
            let subject = format!("{fund} {reference}");
            self.note_alone("see account holder", &subject, serde_json::json!({})).await?;
        }
        Ok(holder)
    }

    /// Which of some references are account holders' of a fund: nothing is
    /// shown of them.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn held(&self, fund: &str, references: &[String]) -> Result<HashSet<String>> {
        self.actor().needs(Permission::SeeIncome)?;
        if !self.actor().scope().may_fund(fund) {
            return Ok(HashSet::new());
        }
        Ok(self.store().snapshot().await?.existing_holders(self.id(), fund, references).await?)
    }
}
