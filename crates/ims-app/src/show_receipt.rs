//! A receipt shown whole, and receipts found by what people know of them.

use ims_ledger::{Posting, id::ReceiptId};
use ims_store::{
    FindReceipts, LineKey, LineState, LineUseRow, ReceiptLineRow, ReceiptRow, ReceiptView,
    StoredEntry,
};

use crate::{AppError, Books, Permission, ROWS_MAX, Result};

/// A receipt and all that is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownReceipt {
    /// The receipt.
    pub receipt: ReceiptRow,
    /// Its lines, with what became of each.
    pub lines: Vec<ShownLine>,
    /// Narratives, payer, cheque; empty when there is nothing, or it was erased.
    pub words: String,
    /// The entry that posted it.
    pub entry: StoredEntry,
    /// The entry's sides.
    pub postings: Vec<Posting>,
    /// The name of the file it came in.
    pub file_name: Option<String>,
    /// The number of the receipt it undoes.
    pub reverses: Option<String>,
    /// The number of the receipt that undoes it.
    pub undone_by: Option<String>,
    /// The funds and references, with `/` between, that were redirected here;
    /// nothing of a receipt seen in part.
    pub redirected_from: Vec<String>,
}

/// A line of a receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownLine {
    /// Its number in the receipt, from 1; of a receipt seen in part some are not there.
    pub number: i64,
    /// The line.
    pub line: ReceiptLineRow,
    /// What is taken of it, and what is left.
    pub state: LineState,
    /// What took it: refunds, transfers, returns, disputes, reversals.
    pub uses: Vec<LineUseRow>,
}

impl Books {
    /// One receipt, whole, by the number the payer was given.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another number.
    pub async fn receipt(&self, number: &str) -> Result<ShownReceipt> {
        self.actor().needs(Permission::SeeIncome)?;
        let mut tx = self.store().snapshot().await?;
        let council = self.id();
        let absent = || AppError::NotFound { what: "receipt", name: number.to_owned() };
        let paid = tx.receipt_numbered(council, number).await?.ok_or_else(absent)?;
        let scope = self.actor().scope();
        let receipt = scope.of_receipt(paid.clone()).ok_or_else(absent)?;
        let mut entry = tx.entry(council, receipt.entry).await?.ok_or_else(absent)?;
        let mut postings = tx.postings(council, receipt.entry).await?;
        if receipt.lines.len() < paid.lines.len() {
            // Both tell of the lines that are not seen.
            entry.about.clear();
            postings.clear();
        }
        let uses = tx.line_uses(council, receipt.id).await?;
        let mut lines = Vec::new();
        for (line, number) in paid.lines.iter().zip(1_i64..) {
            if !scope.may_fund(&line.fund) {
                continue;
            }
            let of = LineKey { receipt: receipt.id, line: number };
            let state = tx.line_state(council, of).await?.ok_or_else(absent)?;
            let uses = uses.iter().filter(|used| used.of == of).cloned().collect();
            lines.push(ShownLine { number, line: line.clone(), state, uses });
        }
        let side = |(account, side, amount)| Posting { account, side, amount };
        let import = match receipt.import {
            Some((id, _)) => tx.import(council, id).await?,
            None => None,
        };
        let reverses = match receipt.reverses {
            Some(id) => tx.receipt(council, id).await?.map(|row| row.number),
            None => None,
        };
        Ok(ShownReceipt {
            lines,
            words: tx.words_of(council, receipt.id.get()).await?.unwrap_or_default(),
            postings: postings.into_iter().map(side).collect(),
            file_name: import.map(|row| row.file_name),
            reverses,
            undone_by: tx.undone_by(council, receipt.id).await?,
            redirected_from: old_references(&entry.about),
            receipt,
            entry,
        })
    }

    /// Receipts looked for, the newest first: the lines sought of at most
    /// `limit` receipts before `before`.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn find_receipts(
        &self,
        find: &FindReceipts,
        before: Option<ReceiptId>,
        limit: i64,
    ) -> Result<Vec<ReceiptView>> {
        self.actor().needs(Permission::SeeIncome)?;
        let mut tx = self.store().snapshot().await?;
        let (within, limit) = (self.within(), limit.clamp(1, ROWS_MAX));
        Ok(tx.find_receipts(self.id(), &within, find, before, limit).await?)
    }
}

/// What follows each `redirected` of an entry's words.
fn old_references(about: &str) -> Vec<String> {
    let said = about.split_once("receipt ").map_or(about, |(before, _)| before);
    let parts = said.split("redirected ").skip(1);
    // References are in upper case: a small `to` is none's.
    let old = |part: &str| part.split_once(" to ").map_or(part, |(old, _)| old).trim().to_owned();
    parts.map(old).collect()
}
