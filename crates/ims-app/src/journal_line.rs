//! A posted line moved to where it belongs, whole or in part.
//!
//! What is moved is taken out of the line first, under the database's lock, so
//! that no two people move the same money; its VAT goes with it as it was
//! taken, and the accounts it goes to hold VAT by their own funds' rules.

use ims_ledger::{
    MethodKind,
    id::{ApprovalId, ReceiptId, TransferId},
};
use ims_money::Pence;
use ims_store::{LineKey, LineUseRow, ReceiptLineRow, ReceiptRow, Taken, TransferRow, Tx};
use serde::{Deserialize, Serialize};

use crate::{
    AppError, Books, Moved, MovedPart, Permission, Result, Transferred,
    approve_transfer::Move,
    keyed::{Keyed, once_each, written},
    moving::{FromSuspense, Lined, entry_of, lines_for, method_of, reasoned, receipt_of, sum_of},
    no_card::no_card,
    posting::about_receipt,
};

/// A journal of a posted line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewJournal {
    /// The receipt.
    pub receipt: ReceiptId,
    /// Its line, from 1.
    pub line: i64,
    /// Where the money belongs; together no more than what is left of the line.
    pub to: Vec<MovedPart>,
    /// Why.
    pub reason: String,
    /// A key of the caller's: the same key again changes nothing.
    #[serde(skip)]
    pub key: Option<String>,
}

/// Under what a move is posted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Under<'a> {
    /// The approval it waited for.
    pub(crate) approval: Option<ApprovalId>,
    /// The caller's key.
    pub(crate) key: Option<&'a str>,
}

impl Books {
    /// Moves a posted line, or part of it, to other accounts.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another receipt, [`AppError::BadInput`] when
    /// an account is none, [`AppError::Refused`] when more is asked than is
    /// left of the line.
    pub async fn journal_line(&self, new: &NewJournal) -> Result<Moved> {
        self.actor().needs(Permission::Journal)?;
        no_card("reason", &new.reason)?;
        let what = Move::Journal(new.clone());
        once_each(|| self.move_once("journal", &what, new.key.as_deref())).await
    }

    pub(crate) async fn move_once(
        &self,
        deed: &'static str,
        what: &Move,
        key: Option<&str>,
    ) -> Result<Moved> {
        let document = written(what)?;
        let asked = Keyed::by_caller(deed, key, &document)?;
        let mut tx = self.store().begin().await?;
        if let Some(before) = self.answered::<Moved>(&mut tx, asked).await? {
            return Ok(before.again());
        }
        let settings = self.settings_in(&mut tx).await?;
        let done = self.post_move(&mut tx, what, Under { approval: None, key }).await?;
        let limit = settings.council.approval.transfer_above_pence;
        let moved = if limit.is_some_and(|limit| done.amount > limit) {
            // It could be posted: that is all we wanted to know. None of it lasts.
            let funds = self.funds_moved(&mut tx, what, done.id).await?;
            drop(tx);
            tx = self.store().begin().await?;
            let asked = (done.amount, funds.as_slice());
            Moved::Waits(self.ask_to_move(&mut tx, what, asked, &document, key).await?)
        } else {
            Moved::Done(done)
        };
        self.keep_answer(&mut tx, asked, &moved).await?;
        tx.commit().await?;
        Ok(moved)
    }

    pub(crate) async fn post_journal(
        &self,
        tx: &mut Tx,
        new: &NewJournal,
        under: Under<'_>,
    ) -> Result<Transferred> {
        let reason = reasoned(&new.reason)?;
        let absent = || AppError::NotFound { what: "receipt", name: new.receipt.to_string() };
        let source = tx.receipt(self.id(), new.receipt).await?.ok_or_else(absent)?;
        self.needs_receipt(&source)?;
        let of = LineKey { receipt: source.id, line: new.line };
        let from = line_of(&source, new.line)?;
        let settings = self.settings_in(tx).await?;
        let (stops, day) = (self.stops_of_moves(under.approval), source.happened_on);
        let Lined { lines: given, warnings } =
            lines_for(self, tx, &settings.council, &new.to, day, stops).await?;
        check_parts(from, &given)?;
        let total = sum_of(&new.to)?;
        let writer = self.writer(tx).await?;
        let id = TransferId::new(self.world().id());
        let method = method_of(&settings.council, MethodKind::Journal, "journal");
        let mut receipt = receipt_of(&writer, &method, source.happened_on, Vec::new())?;
        let uses = self.take(tx, &source, of, &given, (id, receipt.id)).await?;
        let held = Pence::checked_sum(uses.iter().map(|one| one.vat));
        let negative = |amount: Pence| amount.checked_neg().ok_or(AppError::Overflow);
        let taken = ReceiptLineRow {
            amount: negative(total)?,
            vat: negative(held.ok_or(AppError::Overflow)?)?,
            ..from.clone()
        };
        receipt.lines = std::iter::once(taken).chain(given).collect();
        let postings = entry_of(&receipt.lines, FromSuspense::No)?;
        let about =
            format!("journal {id} of {}/{} {}", source.id, new.line, about_receipt(&receipt));
        let mut entry = writer.entry("journal", self.world().today(), about, postings);
        entry.key = under.key.map(str::to_owned);
        receipt.entry = entry.id;
        tx.post_many(self.id(), std::slice::from_ref(&entry)).await?;
        tx.add_receipts(self.id(), std::slice::from_ref(&receipt)).await?;
        tx.add_line_uses(self.id(), &uses).await?;
        let row = TransferRow {
            id,
            kind: "journal".to_owned(),
            receipt: receipt.id,
            number: receipt.number.clone(),
            entry: entry.id,
            source: Some(of),
            amount: total,
            reason: reason.to_owned(),
            approval: under.approval,
            by: self.actor().name().to_owned(),
            at: writer.now,
            undone: None,
        };
        tx.add_transfer(self.id(), &row).await?;
        let data = serde_json::json!({
            "receipt": receipt.number, "of": source.number, "line": new.line,
            "amount_pence": total, "to": new.to, "why": reason, "approval": under.approval,
            "warnings": warnings,
        });
        self.note(tx, "journal line", &id.to_string(), data).await?;
        Ok(Transferred { id, receipt: receipt.number, amount: total, warnings, before: false })
    }

    /// Takes each part out of the line; the parts go to lines 2 and on of the
    /// journal's receipt.
    async fn take(
        &self,
        tx: &mut Tx,
        source: &ReceiptRow,
        of: LineKey,
        given: &[ReceiptLineRow],
        (subject, to): (TransferId, ReceiptId),
    ) -> Result<Vec<LineUseRow>> {
        let mut uses: Vec<LineUseRow> = Vec::new();
        for (part, number) in given.iter().zip(2_i64..) {
            let vat = match tx.take_from_line(self.id(), of, part.amount).await? {
                Taken::Vat(vat) => vat,
                Taken::TooMuch(left) => {
                    let ours = Pence::checked_sum(uses.iter().map(|one| one.amount));
                    let left = ours.and_then(|ours| left.checked_add(ours));
                    return Err(AppError::Refused(format!(
                        "{} is more than the {} that is left of line {} of receipt {}",
                        total(given)?,
                        left.ok_or(AppError::Overflow)?,
                        of.line,
                        source.number
                    )));
                }
                Taken::NoLine => return Err(no_line(source, of.line)),
            };
            uses.push(LineUseRow {
                id: self.world().id(),
                of,
                purpose: "transfer".to_owned(),
                amount: part.amount,
                vat,
                to: Some(LineKey { receipt: to, line: number }),
                subject: subject.get(),
                by: self.actor().name().to_owned(),
                at: self.world().now(),
            });
        }
        Ok(uses)
    }
}

fn total(given: &[ReceiptLineRow]) -> Result<Pence> {
    Pence::checked_sum(given.iter().map(|line| line.amount)).ok_or(AppError::Overflow)
}

fn no_line(source: &ReceiptRow, line: i64) -> AppError {
    AppError::BadInput(format!(
        "line {line} of receipt {} is none that money came in by",
        source.number
    ))
}

/// The line money is taken of: one by which it came in.
fn line_of(source: &ReceiptRow, line: i64) -> Result<&ReceiptLineRow> {
    if source.reverses.is_some() {
        let what = format!("receipt {} undoes another: nothing came in by it", source.number);
        return Err(AppError::Refused(what));
    }
    let at = usize::try_from(line).ok().and_then(|line| line.checked_sub(1));
    let found = at.and_then(|at| source.lines.get(at)).filter(|line| line.amount.is_positive());
    found.ok_or_else(|| no_line(source, line))
}

/// Each part is for more than nothing, and goes somewhere else.
fn check_parts(from: &ReceiptLineRow, given: &[ReceiptLineRow]) -> Result<()> {
    if given.is_empty() {
        return Err(AppError::BadInput("say where the money belongs".to_owned()));
    }
    for part in given {
        if !part.amount.is_positive() {
            let what = format!(
                "{} to {} {}: an amount moved is more than nothing",
                part.amount, part.fund, part.reference
            );
            return Err(AppError::BadInput(what));
        }
        if part.fund == from.fund && part.reference == from.reference {
            let what = format!("the money is on {} {} already", part.fund, part.reference);
            return Err(AppError::BadInput(what));
        }
    }
    Ok(())
}
