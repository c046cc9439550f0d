//! Money that leaves accounts again: out of which receipt lines it is taken,
//! and the receipt that says so.
//!
//! *Invariant:* nothing is taken of a line that is not left of it. What was
//! moved on is followed to where it is now; what is nowhere any more is short,
//! and the caller books it as a loss, never below nothing on a fund.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use ims_ledger::{
    flow,
    id::{FundCode, ReceiptId, VatCode},
};
use ims_money::Pence;
use ims_store::{LineKey, LineUseRow, ReceiptLineRow, ReceiptRow, StoreError, Taken, Tx};
use uuid::Uuid;

use crate::{AppError, Result, posting::Writer};

/// How often money is followed from line to line.
pub(crate) const MOVES_MAX: u32 = 64;

/// How many of what stands in the way of a reversal are named.
pub(crate) const STANDING_MAX: i64 = 5;

/// What is taken out of one receipt line.
#[derive(Clone, Debug)]
pub(crate) struct Out {
    pub(crate) of: LineKey,
    /// The line as it was paid.
    pub(crate) line: ReceiptLineRow,
    pub(crate) amount: Pence,
    pub(crate) vat: Pence,
}

/// Takes money out of receipt lines for one deed.
pub(crate) struct Taking<'a, 'w> {
    pub(crate) writer: &'a Writer<'w>,
    pub(crate) purpose: &'static str,
    /// The refund, return or dispute.
    pub(crate) subject: Uuid,
    pub(crate) outs: Vec<Out>,
    receipts: BTreeMap<ReceiptId, ReceiptRow>,
}

impl<'a, 'w> Taking<'a, 'w> {
    pub(crate) const fn of(writer: &'a Writer<'w>, purpose: &'static str, subject: Uuid) -> Self {
        Self { writer, purpose, subject, outs: Vec::new(), receipts: BTreeMap::new() }
    }

    /// Takes exactly `amount` of a line; `Err` inside with what is left when
    /// that is less.
    pub(crate) async fn exactly(
        &mut self,
        tx: &mut Tx,
        of: LineKey,
        amount: Pence,
    ) -> Result<std::result::Result<(), Pence>> {
        match tx.take_from_line(self.writer.books.id(), of, amount).await? {
            Taken::Vat(vat) => {
                let line = self.line(tx, of).await?;
                self.outs.push(Out { of, line, amount, vat });
                Ok(Ok(()))
            }
            Taken::TooMuch(left) => Ok(Err(left)),
            Taken::NoLine => Ok(Err(Pence::ZERO)),
        }
    }

    /// Takes what a line credits now, up to `amount`: what is left on it first,
    /// then what was moved on from it, where that is now. Gives what is short.
    pub(crate) async fn as_far_as_it_goes(
        &mut self,
        tx: &mut Tx,
        of: LineKey,
        amount: Pence,
    ) -> Result<Pence> {
        self.follow(tx, of, amount, MOVES_MAX).await
    }

    async fn follow(
        &mut self,
        tx: &mut Tx,
        of: LineKey,
        amount: Pence,
        moves_left: u32,
    ) -> Result<Pence> {
        let less = |from: Pence, by: Pence| from.checked_sub(by).ok_or(AppError::Overflow);
        let Some(state) = tx.lock_line(self.writer.books.id(), of).await? else {
            return Ok(amount);
        };
        let here = amount.min(state.left());
        let mut rest = amount;
        if here.is_positive() && self.exactly(tx, of, here).await?.is_ok() {
            rest = less(rest, here)?;
        }
        if rest.is_zero() || moves_left == 0 {
            return Ok(rest);
        }
        for (to, moved) in self.moved_on(tx, of).await? {
            let there = rest.min(moved);
            if there.is_positive() {
                let next = Box::pin(self.follow(tx, to, there, moves_left.saturating_sub(1)));
                let short = next.await?;
                rest = less(rest, less(there, short)?)?;
            }
        }
        Ok(rest)
    }

    /// Where what was moved on from a line went, and how much of it stayed moved.
    async fn moved_on(&self, tx: &mut Tx, of: LineKey) -> Result<BTreeMap<LineKey, Pence>> {
        let mut moved: BTreeMap<LineKey, Pence> = BTreeMap::new();
        for one in tx.line_uses(self.writer.books.id(), of.receipt).await? {
            if let (true, Some(to)) = (one.of == of, one.to) {
                let sum = moved.entry(to).or_default();
                *sum = sum.checked_add(one.amount).ok_or(AppError::Overflow)?;
            }
        }
        Ok(moved)
    }

    async fn line(&mut self, tx: &mut Tx, of: LineKey) -> Result<ReceiptLineRow> {
        if let Some(receipt) = self.receipts.get(&of.receipt) {
            return line_of(receipt, of.line);
        }
        let absent = || AppError::NotFound { what: "receipt", name: of.receipt.to_string() };
        let receipt = tx.receipt(self.writer.books.id(), of.receipt).await?.ok_or_else(absent)?;
        let line = line_of(&receipt, of.line)?;
        self.receipts.insert(of.receipt, receipt);
        Ok(line)
    }

    /// Records what was taken.
    pub(crate) async fn record(&self, tx: &mut Tx) -> Result<()> {
        let uses: Vec<_> = self
            .outs
            .iter()
            .map(|out| LineUseRow {
                id: self.writer.books.world().id(),
                of: out.of,
                purpose: self.purpose.to_owned(),
                amount: out.amount,
                vat: out.vat,
                to: None,
                subject: self.subject,
                by: self.writer.books.actor().name().to_owned(),
                at: self.writer.now,
            })
            .collect();
        Ok(tx.add_line_uses(self.writer.books.id(), &uses).await?)
    }

    /// What this deed has taken by now, whenever that was.
    pub(crate) async fn taken_before(&mut self, tx: &mut Tx) -> Result<()> {
        for (of, (amount, vat)) in self.net(tx).await? {
            let line = self.line(tx, of).await?;
            self.outs.push(Out { of, line, amount, vat });
        }
        Ok(())
    }

    async fn net(&self, tx: &mut Tx) -> Result<BTreeMap<LineKey, (Pence, Pence)>> {
        let mut net: BTreeMap<LineKey, (Pence, Pence)> = BTreeMap::new();
        for one in tx.line_uses_by(self.writer.books.id(), self.subject).await? {
            let sums = net.entry(one.of).or_default();
            sums.0 = sums.0.checked_add(one.amount).ok_or(AppError::Overflow)?;
            sums.1 = sums.1.checked_add(one.vat).ok_or(AppError::Overflow)?;
        }
        net.retain(|_, (amount, _)| !amount.is_zero());
        Ok(net)
    }

    /// Gives all back that this deed has taken, to the penny, and says to which
    /// lines. What others had claimed of them and not found is then there.
    pub(crate) async fn give_back(&self, tx: &mut Tx) -> Result<Vec<LineKey>> {
        let mut uses = Vec::new();
        for (of, (amount, vat)) in self.net(tx).await? {
            if !tx.give_back_to_line(self.writer.books.id(), of, amount, vat).await? {
                return Err(StoreError::Busy.into());
            }
            uses.push(LineUseRow {
                id: self.writer.books.world().id(),
                of,
                purpose: self.purpose.to_owned(),
                amount: amount.checked_neg().ok_or(AppError::Overflow)?,
                vat: vat.checked_neg().ok_or(AppError::Overflow)?,
                to: None,
                subject: self.subject,
                by: self.writer.books.actor().name().to_owned(),
                at: self.writer.now,
            });
        }
        tx.add_line_uses(self.writer.books.id(), &uses).await?;
        Ok(uses.into_iter().map(|one| one.of).collect())
    }

    /// The receipt with a negative line for each that was taken from; its entry
    /// is still to be named. `None` when nothing was.
    pub(crate) fn receipt(
        &self,
        like: &ReceiptRow,
        happened_on: NaiveDate,
    ) -> Result<Option<ReceiptRow>> {
        let negated = |amount: Pence| amount.checked_neg().ok_or(AppError::Overflow);
        if self.outs.is_empty() {
            return Ok(None);
        }
        let mut receipt = self.writer.receipt(&like.method, happened_on, &[])?;
        receipt.office.clone_from(&like.office);
        for out in &self.outs {
            let mut line = out.line.clone();
            line.amount = negated(out.amount)?;
            line.vat = negated(out.vat)?;
            receipt.lines.push(line);
        }
        let total = Pence::checked_sum(receipt.lines.iter().map(|line| line.amount));
        receipt.total = total.ok_or(AppError::Overflow)?;
        Ok(Some(receipt))
    }
}

fn line_of(receipt: &ReceiptRow, line: i64) -> Result<ReceiptLineRow> {
    let at = usize::try_from(line).ok().and_then(|line| line.checked_sub(1));
    let found = at.and_then(|at| receipt.lines.get(at)).cloned();
    let name = || format!("{line} of receipt {}", receipt.number);
    found.ok_or_else(|| AppError::NotFound { what: "line", name: name() })
}

/// What a fund loses by a line, its codes read.
pub(crate) struct Lost {
    fund: FundCode,
    vat: Option<VatCode>,
    gross: Pence,
    held: Pence,
}

impl Lost {
    pub(crate) fn gain(&self) -> flow::Gain<'_> {
        let vat = self.vat.as_ref().map(|code| (code, self.held));
        flow::Gain { fund: &self.fund, gross: self.gross, vat }
    }
}

/// What the funds lose by the lines of a receipt; nothing by none.
pub(crate) fn lost(receipt: Option<&ReceiptRow>) -> Result<Vec<Lost>> {
    let bad = |code: ims_ledger::id::BadCode| AppError::BadInput(code.to_string());
    let one = |line: &ReceiptLineRow| {
        let vat = line.vat_code.as_deref().map(VatCode::parse).transpose().map_err(bad)?;
        let fund = FundCode::parse(&line.fund).map_err(bad)?;
        Ok(Lost { fund, vat, gross: line.amount, held: line.vat })
    };
    receipt.into_iter().flat_map(|receipt| &receipt.lines).map(one).collect()
}

/// What stands in the way of a reversal, in words.
pub(crate) fn in_words(standing: &[(String, String, Pence)]) -> String {
    let each: Vec<_> = standing
        .iter()
        .map(|(number, purpose, amount)| format!("a {purpose} of {amount} of receipt {number}"))
        .collect();
    each.join(", ")
}
