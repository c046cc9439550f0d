//! Undoing an import: contra entries in today's open day, refused while
//! anything stands on it.

use std::collections::BTreeMap;

use ims_ledger::{
    Balanced, Draft,
    id::{EntryId, ExpectedId, ImportId, LineId, MatchId},
};
use ims_money::Pence;
use ims_store::{
    AllocationRow, EntryRow, LineKey, LineUseRow, MatchRow, OpenExpected, OpenSuspense, PairRow,
    ReceiptRow, StatementRow, StoreError, Tx,
};

use crate::{
    AppError, Books, Permission, Result,
    books::patiently,
    outgoing::{STANDING_MAX, in_words},
    place_returns::is_report,
    posting::Writer,
};

/// The name the explanation of what a reversal took away goes by.
const RULE: &str = "import reversed";

/// What a reversal did.
#[derive(Clone, Debug, PartialEq, Eq)]
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

/// What an import put into the books.
struct Stood {
    receipts: Vec<ReceiptRow>,
    suspense: Vec<OpenSuspense>,
    expected: Vec<OpenExpected>,
    lines: Vec<LineId>,
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
        let stood = self.what_stands(&mut tx, id).await?;
        let contra_id = ImportId::new(self.world().id());
        let writer = Writer {
            books: self,
            now: self.world().now(),
            closed_through: tx.closed_through(self.id()).await?,
            import: Some(contra_id),
        };
        let contra = self.contra_entries(&mut tx, &writer, id).await?;
        let receipts = contra_receipts(&writer, &stood.receipts, &contra)?;
        let entries: Vec<EntryRow> = contra.values().cloned().collect();
        tx.post_many(self.id(), &entries).await?;
        tx.add_receipts(self.id(), &receipts).await?;
        self.use_up_all(&mut tx, &writer, id, &stood.receipts, &receipts).await?;
        self.take_away(&mut tx, &writer, &stood, reason, &entries).await?;
        tx.add_reversal(self.id(), id, contra_id, reason, self.actor().name(), writer.now).await?;
        let data = serde_json::json!({ "reason": reason, "entries": entries.len(), "receipts": receipts.len() });
        self.note(&mut tx, "reverse import", &id.to_string(), data).await?;
        tx.commit().await?;
        Ok(Reversed {
            id,
            entries: entries.len(),
            receipts: receipts.len(),
            suspense: stood.suspense.len(),
        })
    }

    /// What the import put into the books, if nothing stands on it.
    async fn what_stands(&self, tx: &mut Tx, id: ImportId) -> Result<Stood> {
        let mut standing = Vec::new();
        let expected = tx.expected_of_import(self.id(), id).await?;
        let matched = expected.iter().filter(|(_, is_open)| !is_open).count();
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
        Ok(Stood {
            receipts: tx.receipts_of_import(self.id(), id).await?,
            suspense,
            expected: expected.into_iter().map(|(item, _)| item).collect(),
            lines: tx.line_ids_of_import(self.id(), id).await?,
        })
    }

    /// What is reversed cannot be refunded, moved or returned any more: all of
    /// every line is taken, in one go. Whoever took of one since we looked was
    /// first: then it is looked again.
    async fn use_up_all(
        &self,
        tx: &mut Tx,
        writer: &Writer<'_>,
        id: ImportId,
        receipts: &[ReceiptRow],
        undone: &[ReceiptRow],
    ) -> Result<()> {
        let uses: Vec<LineUseRow> = receipts
            .iter()
            .zip(undone)
            .flat_map(|(receipt, undone)| whole_lines(writer, receipt, undone))
            .collect();
        if tx.use_up_import(self.id(), id).await? != count(uses.len()) {
            return Err(StoreError::Busy.into());
        }
        Ok(tx.add_line_uses(self.id(), &uses).await?)
    }

    /// An entry for each of the import's, its sides swapped, in today's open day.
    async fn contra_entries(
        &self,
        tx: &mut Tx,
        writer: &Writer<'_>,
        id: ImportId,
    ) -> Result<BTreeMap<EntryId, EntryRow>> {
        let today = self.world().today();
        let mut drafts: Vec<(EntryId, Draft)> = Vec::new();
        for (entry, account, side, amount, _) in tx.postings_of_import(self.id(), id).await? {
            if drafts.last().is_none_or(|(last, _)| *last != entry) {
                drafts.push((entry, Draft::new()));
            }
            if let Some((_, draft)) = drafts.last_mut() {
                *draft = std::mem::take(draft).on(account, side.other(), amount);
            }
        }
        let contra = |(entry, draft): (EntryId, Draft)| {
            let postings: Balanced = draft.balance()?;
            Ok((entry, writer.entry("reversal", today, format!("reverses {entry}"), postings)))
        };
        drafts.into_iter().map(contra).collect()
    }

    /// Takes what the import left open off the working tables, by an
    /// explanation of its own.
    async fn take_away(
        &self,
        tx: &mut Tx,
        writer: &Writer<'_>,
        stood: &Stood,
        reason: &str,
        entries: &[EntryRow],
    ) -> Result<()> {
        let entry = entries.first().map(|entry| entry.id);
        let set = MatchRow {
            id: MatchId::new(self.world().id()),
            rule: RULE.to_owned(),
            reason: format!("the import it came in was reversed: {reason}"),
            amount: Pence::ZERO,
            entry,
            made_by: self.actor().name().to_owned(),
            made_at: writer.now,
            undone_at: None,
        };
        let expected = stood.expected.iter().map(|item| (None, Some(item.id), item.amount));
        let lines = stood.lines.iter().map(|line| (Some(*line), None, Pence::ZERO));
        let pairs: Vec<PairRow> = expected.chain(lines).map(|of| pair(&set, of)).collect();
        if !pairs.is_empty() {
            tx.add_matches(self.id(), std::slice::from_ref(&set), &pairs).await?;
        }
        let ids: Vec<ExpectedId> = stood.expected.iter().map(|item| item.id).collect();
        let closed = tx.close_expected(self.id(), &ids).await?;
        let lines = tx.close_lines(self.id(), &stood.lines).await?;
        // Somebody matched one of them since we looked: look again.
        if closed != count(ids.len()) || lines != count(stood.lines.len()) {
            return Err(StoreError::Busy.into());
        }
        let mut allocations = Vec::new();
        for item in &stood.suspense {
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

fn pair(set: &MatchRow, of: (Option<LineId>, Option<ExpectedId>, Pence)) -> PairRow {
    let (line, expected, amount) = of;
    PairRow { matched: set.id, line, suspense: None, expected, receipt: None, amount }
}

/// A receipt that undoes it for each of the import's.
fn contra_receipts(
    writer: &Writer<'_>,
    receipts: &[ReceiptRow],
    contra: &BTreeMap<EntryId, EntryRow>,
) -> Result<Vec<ReceiptRow>> {
    let undo = |receipt: &ReceiptRow| {
        let absent = || AppError::NotFound { what: "entry", name: receipt.entry.to_string() };
        let entry = contra.get(&receipt.entry).ok_or_else(absent)?;
        writer.undoing(receipt, entry.id)
    };
    receipts.iter().map(undo).collect()
}
