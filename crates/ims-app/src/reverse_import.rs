//! Undoing an import: contra entries in today's open day, refused while
//! anything stands on it.

use std::collections::HashMap;

use ims_ledger::{
    Draft,
    id::{EntryId, ImportId, MatchId},
};
use ims_money::Pence;
use ims_store::{
    AllocationRow, EntryRow, LineKey, LineUseRow, MatchRow, OpenSuspense, ReceiptRow, StatementRow,
    StoreError, Tx,
};
use serde::{Deserialize, Serialize};

use crate::{
    AppError, Books, Permission, Result,
    books::patiently,
    keyed::Said,
    no_card::no_card,
    outgoing::{STANDING_MAX, in_words},
    place_returns::is_report,
    posting::Writer,
};

/// The name the explanation of what a reversal took away goes by.
pub(crate) const RULE: &str = "import reversed";

/// What a reversal did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reversed {
    /// The import.
    pub id: ImportId,
    /// Entries undone.
    pub entries: usize,
    /// Receipts undone, each by one of its own.
    pub receipts: usize,
    /// Suspense items taken away.
    pub suspense: usize,
}

/// Receipts and entries undone at once: an import may have a million.
const AT_ONCE: usize = 5_000;

/// What has been undone so far.
#[derive(Default)]
struct Undone {
    /// The entry that undoes each.
    contra: HashMap<EntryId, EntryId>,
    /// The first of those.
    first: Option<EntryId>,
    receipts: usize,
    /// Lines that money came in by.
    lines: usize,
}

impl Books {
    /// Undoes an import. With nothing standing on it, every balance is as before.
    ///
    /// # Errors
    ///
    /// [`AppError::Refused`], naming them, while matches or allocations stand
    /// on it, or when another statement of the account follows.
    pub async fn reverse_import(&self, id: ImportId, reason: &str) -> Result<Reversed> {
        self.actor().needs(Permission::Import)?;
        no_card("reason", reason)?;
        if reason.trim().is_empty() {
            return Err(AppError::BadInput("say why the import is reversed".to_owned()));
        }
        let done = patiently(|| self.reverse_once(id, reason)).await;
        match done {
            Err(AppError::Store(StoreError::Duplicate(_))) => {
                Err(AppError::Refused(format!("import {id} was reversed by somebody else")))
            }
            other => other,
        }
    }

    async fn reverse_once(&self, id: ImportId, reason: &str) -> Result<Reversed> {
        let mut tx = self.store().begin().await?;
        let absent = || AppError::NotFound { what: "import", name: id.to_string() };
        let import = tx.import(self.id(), id).await?.ok_or_else(absent)?;
        let said = Said { deed: "reverse import", of: id.to_string(), words: reason };
        if let Some(done) = self.said::<Reversed>(&mut tx, &said).await? {
            return Ok(done);
        }
        if import.reversed_at.is_some() {
            return Err(AppError::Refused(format!("import {id} was reversed already")));
        }
        if import.format == "holders-csv" {
            let what = "a file of account holders is replaced by the next one, not reversed";
            return Err(AppError::Refused(what.to_owned()));
        }
        let returned =
            if is_report(&import.format) { self.returns_of(&mut tx, &import).await? } else { 0 };
        if returned > 0 {
            return Err(AppError::Refused(format!(
                "import {id} cannot be reversed: {returned} payments it told of are recorded as returned"
            )));
        }
        let contra_id = ImportId::new(self.world().id());
        let writer = Writer {
            books: self,
            now: self.world().now(),
            closed_through: tx.closed_through(self.id()).await?,
            import: Some(contra_id),
        };
        let suspense = self.what_stands(&mut tx, id).await?;
        let mut undone = Undone::default();
        self.undo_receipts(&mut tx, &writer, id, &mut undone).await?;
        self.undo_the_rest(&mut tx, &writer, id, &mut undone).await?;
        // What is reversed cannot be refunded, moved or returned any more: all of
        // every line is taken, in one go. Whoever took of one since we looked was
        // first: then it is looked again.
        if tx.use_up_import(self.id(), id).await? != count(undone.lines) {
            return Err(StoreError::Busy.into());
        }
        self.take_away(&mut tx, &writer, id, (&suspense, undone.first), reason).await?;
        tx.add_reversal(self.id(), id, contra_id, reason, self.actor().name(), writer.now).await?;
        let (entries, receipts) = (undone.contra.len(), undone.receipts);
        let data =
            serde_json::json!({ "reason": reason, "entries": entries, "receipts": receipts });
        self.note(&mut tx, "reverse import", &id.to_string(), data).await?;
        let done = Reversed { id, entries, receipts, suspense: suspense.len() };
        self.keep_said(&mut tx, &said, &done).await?;
        tx.commit().await?;
        Ok(done)
    }

    /// The suspense that the import made, if nothing stands on any of it.
    async fn what_stands(&self, tx: &mut Tx, id: ImportId) -> Result<Vec<OpenSuspense>> {
        let mut standing = Vec::new();
        let matched = tx.count_matched(self.id(), id).await?;
        if matched > 0 {
            standing.push(format!("{matched} matches with bank lines"));
        }
        let suspense = tx.suspense_of_import(self.id(), id).await?;
        let used = suspense.iter().filter(|item| item.remaining != item.amount).count();
        if used > 0 {
            standing.push(format!("{used} allocations of suspense"));
        }
        let explained = tx.lines_standing(self.id(), id).await?;
        if explained > 0 {
            standing.push(format!("{explained} explained bank lines"));
        }
        let taken = tx.standing_on_import(self.id(), id, STANDING_MAX).await?;
        if !taken.is_empty() {
            standing.push(in_words(&taken));
        }
        let statements: Vec<StatementRow> = tx.statements_of_import(self.id(), id).await?;
        if !statements.is_empty() {
            // Nobody adds one that follows on while we look and until we are done.
            tx.hold_statements(self.id()).await?;
        }
        for statement in &statements {
            let last = tx.last_statement(self.id(), &statement.bank).await?;
            if last.is_some_and(|last| last.import != id) {
                standing.push(format!("a later statement of {}", statement.bank));
            }
        }
        if !standing.is_empty() {
            return Err(AppError::Refused(format!(
                "import {id} cannot be reversed while these stand on it: {}",
                standing.join(", ")
            )));
        }
        Ok(suspense)
    }

    /// Undoes the import's receipts with their entries, page by page.
    async fn undo_receipts(
        &self,
        tx: &mut Tx,
        writer: &Writer<'_>,
        id: ImportId,
        undone: &mut Undone,
    ) -> Result<()> {
        let mut after = None;
        let limit = i64::try_from(AT_ONCE).unwrap_or(i64::MAX);
        loop {
            let page = tx.receipts_of_import_after(self.id(), id, after, limit).await?;
            let Some(last) = page.last() else { break };
            after = last.import.map(|(_, line)| (line, last.id));
            let entries: Vec<EntryId> = page.iter().map(|receipt| receipt.entry).collect();
            self.undo_entries(tx, writer, entries, undone).await?;
            let contra = page
                .iter()
                .map(|receipt| contra_receipt(writer, receipt, undone))
                .collect::<Result<Vec<_>>>()?;
            let pairs = page.iter().zip(&contra);
            let uses: Vec<LineUseRow> =
                pairs.flat_map(|(receipt, by)| whole_lines(writer, receipt, by)).collect();
            tx.add_receipts(self.id(), &contra).await?;
            tx.add_line_uses(self.id(), &uses).await?;
            undone.receipts = undone.receipts.saturating_add(page.len());
            undone.lines = undone.lines.saturating_add(uses.len());
        }
        let all = tx.count_receipts(self.id(), id).await?;
        if usize::try_from(all).ok() == Some(undone.receipts) {
            return Ok(());
        }
        let why = format!("import {id} has {all} receipts, {} were read", undone.receipts);
        Err(StoreError::Database(why).into())
    }

    /// Undoes the entries that are no receipt's: suspense, fees, bank lines.
    async fn undo_the_rest(
        &self,
        tx: &mut Tx,
        writer: &Writer<'_>,
        id: ImportId,
        undone: &mut Undone,
    ) -> Result<()> {
        let mut rest = tx.entries_of_import(self.id(), id).await?;
        rest.retain(|entry| !undone.contra.contains_key(entry));
        rest.sort_unstable();
        for some in rest.chunks(AT_ONCE) {
            self.undo_entries(tx, writer, some.to_vec(), undone).await?;
        }
        Ok(())
    }

    /// Posts for each of `entries` one with its sides swapped, in today's open day.
    async fn undo_entries(
        &self,
        tx: &mut Tx,
        writer: &Writer<'_>,
        mut entries: Vec<EntryId>,
        undone: &mut Undone,
    ) -> Result<()> {
        // Several receipts may have one entry.
        entries.retain(|entry| !undone.contra.contains_key(entry));
        entries.sort_unstable();
        entries.dedup();
        let mut drafts: Vec<(EntryId, Draft)> = Vec::with_capacity(entries.len());
        for (entry, account, side, amount) in tx.postings_of_entries(self.id(), &entries).await? {
            if drafts.last().is_none_or(|(last, _)| *last != entry) {
                drafts.push((entry, Draft::new()));
            }
            if let Some((_, draft)) = drafts.last_mut() {
                *draft = std::mem::take(draft).on(account, side.other(), amount);
            }
        }
        let today = self.world().today();
        let mut rows: Vec<EntryRow> = Vec::with_capacity(drafts.len());
        for (entry, draft) in drafts {
            let about = format!("reverses {entry}");
            let contra = writer.entry("reversal", today, about, draft.balance()?);
            undone.contra.insert(entry, contra.id);
            undone.first.get_or_insert(contra.id);
            rows.push(contra);
        }
        Ok(tx.post_many(self.id(), &rows).await?)
    }

    /// Takes what the import left open off the working tables, by an
    /// explanation of its own.
    async fn take_away(
        &self,
        tx: &mut Tx,
        writer: &Writer<'_>,
        id: ImportId,
        (suspense, entry): (&[OpenSuspense], Option<EntryId>),
        reason: &str,
    ) -> Result<()> {
        let set = MatchRow {
            id: MatchId::new(self.world().id()),
            rule: RULE.to_owned(),
            reason: format!("the import it came in was reversed: {reason}"),
            amount: Pence::ZERO,
            entry,
            made_by: self.actor().name().to_owned(),
            made_at: writer.now,
            config_version: None,
            undone_at: None,
        };
        let brought = tx.count_brought(self.id(), id).await?;
        if brought > 0 {
            tx.add_matches(self.id(), std::slice::from_ref(&set), &[]).await?;
            let closed = tx.close_import(self.id(), id, set.id).await?;
            // Somebody matched one of them since we looked: look again.
            if i64::try_from(closed).ok() != Some(brought) {
                return Err(StoreError::Busy.into());
            }
        }
        let mut allocations = Vec::new();
        for item in suspense {
            if !tx.lower_suspense(self.id(), item.id, item.remaining, Pence::ZERO).await? {
                return Err(StoreError::Busy.into());
            }
            allocations.push(AllocationRow {
                id: self.world().id(),
                suspense: item.id,
                amount: item.remaining,
                entry: entry.unwrap_or_else(|| EntryId::new(uuid::Uuid::nil())),
                receipt: None,
                matched: None,
                note: set.reason.clone(),
                by: self.actor().name().to_owned(),
                at: writer.now,
            });
        }
        tx.add_allocations(self.id(), &allocations).await?;
        Ok(())
    }
}

/// Every line of a receipt that money came in by, whole.
fn whole_lines(
    writer: &Writer<'_>,
    receipt: &ReceiptRow,
    undone: &ReceiptRow,
) -> impl Iterator<Item = LineUseRow> {
    let paid = receipt.lines.iter().zip(1_i64..).filter(|(row, _)| row.amount.is_positive());
    paid.map(move |(row, line)| LineUseRow {
        id: writer.books.world().id(),
        of: LineKey { receipt: receipt.id, line },
        purpose: "reversal".to_owned(),
        amount: row.amount,
        vat: row.vat,
        to: None,
        subject: undone.id.get(),
        by: writer.books.actor().name().to_owned(),
        at: writer.now,
    })
}

fn count(items: usize) -> u64 {
    u64::try_from(items).unwrap_or(u64::MAX)
}

/// The receipt that undoes `receipt`.
fn contra_receipt(
    writer: &Writer<'_>,
    receipt: &ReceiptRow,
    undone: &Undone,
) -> Result<ReceiptRow> {
    let absent = || AppError::NotFound { what: "entry", name: receipt.entry.to_string() };
    writer.undoing(receipt, *undone.contra.get(&receipt.entry).ok_or_else(absent)?)
}
