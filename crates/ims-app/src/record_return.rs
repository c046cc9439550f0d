//! Payments sent back: direct debits returned, indemnity claims, cheques
//! unpaid, recalls, successes their provider undoes.
//!
//! What the payment credits now is taken: of its lines, of the accounts its
//! money was moved on to, of suspense while it is there. What was refunded
//! already is a loss. The bank's debit, before or after the advice, is what the
//! channel then waits for. A cheque presented again is a new receipt.

use chrono::{DateTime, NaiveDate, Utc};
use ims_ledger::{
    flow,
    id::{ChannelCode, ExpectedId, MatchId, ReturnId, SuspenseId},
};
use ims_money::Pence;
use ims_store::{ExpectedRow, MatchRow, PairRow, ReceiptRow, ReturnRow, StoreError, Tx};

use crate::{
    AppError, Books, Permission, ROWS_MAX, Result,
    books::patiently,
    brought_back::{Brought, Whereabouts},
    disputes::{claimed_lines, waiting},
    no_card::no_card,
    outgoing::{Lost, Taking, lost},
    posting::{Writer, about_receipt, some},
    who::SeenPage,
};

const PURPOSE: &str = "return";

/// The name the explanation goes by of a payment that its provider undid before it paid it out.
pub(crate) const UNDONE_RULE: &str = "undone by the provider";

/// Why a payment came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReturnKind {
    /// A direct debit the payer's bank did not pay.
    DirectDebit,
    /// A direct debit the payer's bank claims back under the guarantee.
    Indemnity,
    /// A cheque the payer's bank did not pay.
    Cheque,
    /// A credit its sender's bank recalled.
    Recall,
    /// A payment its provider said had succeeded, and now says had not.
    Undone,
}

impl ReturnKind {
    /// Every kind.
    pub const ALL: [Self; 5] =
        [Self::DirectDebit, Self::Indemnity, Self::Cheque, Self::Recall, Self::Undone];

    /// The word it is kept and given by.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DirectDebit => "direct-debit",
            Self::Indemnity => "indemnity",
            Self::Cheque => "cheque",
            Self::Recall => "recall",
            Self::Undone => "undone",
        }
    }

    /// The kind of that word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReturnOf {
    /// A payment, or one line of it, by its receipt number.
    Receipt {
        /// The number.
        number: String,
        /// The line, from 1; none is the whole payment.
        line: Option<i64>,
    },
    /// Money that had gone to suspense.
    Suspense(SuspenseId),
}

/// A payment sent back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewReturn {
    /// What came back.
    pub of: ReturnOf,
    /// How much of the line or item; all that was paid if not said.
    pub amount: Option<Pence>,
    /// Why.
    pub kind: ReturnKind,
    /// The reason code of the advice.
    pub code: String,
    /// The advice's own reference: the same advice again changes nothing.
    pub advice: String,
    /// The channel it goes back through; that of the method of payment if not said.
    pub channel: Option<String>,
    /// The day of the advice; today if not said.
    pub happened_on: Option<NaiveDate>,
    /// A note.
    pub note: String,
}

/// What recording a return came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnedPayment {
    /// The return.
    pub returned: ReturnRow,
    /// What nobody had any more: a loss in `disputes`.
    pub loss: Pence,
    /// Whether the advice was known already and nothing changed.
    pub before: bool,
}

/// What the money was, how much of it goes back, and where that is.
struct Wanted {
    paid: ReceiptRow,
    amount: Pence,
    found: Whereabouts,
}

impl Books {
    /// Records that a payment was sent back.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another receipt or item, [`AppError::BadInput`]
    /// without an advice's reference, [`AppError::Refused`] when it was sent back
    /// already, its receipt was undone, or the advice is of another payment.
    pub async fn record_return(&self, new: &NewReturn) -> Result<ReturnedPayment> {
        self.actor().needs(Permission::RecordReturn)?;
        for (what, text) in
            [("note", &new.note), ("reason code", &new.code), ("advice's reference", &new.advice)]
        {
            no_card(what, text)?;
        }
        if new.advice.trim().is_empty() {
            let what = "say the advice's reference: by it the same advice is known again";
            return Err(AppError::BadInput(what.to_owned()));
        }
        if new.amount.is_some_and(|amount| !amount.is_positive()) {
            return Err(AppError::BadInput("a return is of more than nothing".to_owned()));
        }
        patiently(|| async {
            match self.return_once(new).await {
                Err(AppError::Store(StoreError::Duplicate(_))) => Err(StoreError::Busy.into()),
                other => other,
            }
        })
        .await
    }

    async fn return_once(&self, new: &NewReturn) -> Result<ReturnedPayment> {
        let mut tx = self.store().begin().await?;
        if let Some(known) = tx.return_by_advice(self.id(), new.advice.trim()).await? {
            return self.known_advice(&mut tx, new, known).await;
        }
        let writer = Writer {
            books: self,
            now: self.world().now(),
            closed_through: tx.closed_through(self.id()).await?,
            import: None,
        };
        let id = ReturnId::new(self.world().id());
        let wanted = self.wanted(&mut tx, new).await?;
        let said = new.channel.as_deref();
        let channel = self.channel_of_payment(&mut tx, &wanted.paid.method, said).await?;
        let mut taking = Taking::of(&writer, PURPOSE, id.get());
        let loss = self.claim(&mut tx, &mut taking, &wanted.found).await?;
        let mut row = row(&writer, id, new, &wanted, &channel);
        row.of_suspense = wanted.found.of_suspense()?;
        self.post_return(&mut tx, &taking, &wanted, &channel, loss, &mut row).await?;
        tx.add_return(self.id(), &row).await?;
        let data = serde_json::json!({
            "receipt": row.receipt_number, "suspense": row.suspense, "kind": row.kind,
            "code": row.code, "advice": row.advice, "amount_pence": row.amount, "loss_pence": loss,
            "note": row.note,
        });
        self.note(&mut tx, "record return", &id.to_string(), data).await?;
        tx.commit().await?;
        Ok(ReturnedPayment { returned: row, loss, before: false })
    }

    async fn known_advice(
        &self,
        tx: &mut Tx,
        new: &NewReturn,
        known: ReturnRow,
    ) -> Result<ReturnedPayment> {
        let is_same = match &new.of {
            ReturnOf::Receipt { number, line } => {
                let receipt = self.receipt_numbered(tx, number).await?;
                known.receipt == Some(receipt.id) && known.line == *line
            }
            ReturnOf::Suspense(id) => known.suspense == Some(*id),
        };
        let is_same = is_same
            && known.kind == new.kind.as_str()
            && new.amount.is_none_or(|amount| amount == known.amount);
        if !is_same {
            let what = format!("advice {} was recorded before for something else", known.advice);
            return Err(AppError::Refused(what));
        }
        let loss = self.claimed_short(tx, known.id.get()).await?;
        Ok(ReturnedPayment { returned: known, loss, before: true })
    }

    async fn wanted(&self, tx: &mut Tx, new: &NewReturn) -> Result<Wanted> {
        if matches!(new.of, ReturnOf::Suspense(_)) {
            self.needs_whole("record what came back of suspense")?;
        }
        match &new.of {
            ReturnOf::Receipt { number, line } => {
                let paid = self.receipt_numbered(tx, number).await?;
                let brought = match line {
                    Some(line) => named_line(&paid, *line, new.amount)?,
                    None => self.whole_or_part(tx, &paid, new.amount).await?,
                };
                let amount = brought.amount()?;
                let found = self.find_brought(tx, brought).await?;
                Ok(Wanted { paid, amount, found })
            }
            ReturnOf::Suspense(id) => self.wanted_of_suspense(tx, *id, new.amount).await,
        }
    }

    /// All that the payment brought in; a part only of what is one thing.
    async fn whole_or_part(
        &self,
        tx: &mut Tx,
        paid: &ReceiptRow,
        amount: Option<Pence>,
    ) -> Result<Brought> {
        let brought = self.brought_in(tx, paid).await?;
        let all = brought.amount()?;
        match amount.filter(|amount| *amount != all) {
            Some(part) => brought.part(part),
            None if all.is_zero() => Err(AppError::Refused(format!(
                "receipt {} brought no money in that could go back",
                paid.number
            ))),
            None => Ok(brought),
        }
    }

    /// What is left of the item first, then what was allocated of it, where it is.
    async fn wanted_of_suspense(
        &self,
        tx: &mut Tx,
        id: SuspenseId,
        amount: Option<Pence>,
    ) -> Result<Wanted> {
        let absent = || AppError::NotFound { what: "suspense item", name: id.to_string() };
        let item = tx.suspense(self.id(), id).await?.ok_or_else(absent)?;
        let amount = amount.unwrap_or(item.amount);
        let before = tx.returned_of_suspense(self.id(), id).await?;
        let sum = before.checked_add(amount).ok_or(AppError::Overflow)?;
        if !amount.is_positive() || sum > item.amount {
            return Err(AppError::Refused(format!(
                "{amount} of this suspense item cannot come back: {before} of its {} did already",
                item.amount
            )));
        }
        let nobodys = blank(self, item.method.as_deref().unwrap_or_default(), &item.reference)?;
        let brought = Brought { lines: Vec::new(), items: vec![(item, amount)] };
        let found = self.find_brought(tx, brought).await?;
        let paid = found.receipts.first().cloned().unwrap_or(nobodys);
        Ok(Wanted { paid, amount, found })
    }

    async fn post_return(
        &self,
        tx: &mut Tx,
        taking: &Taking<'_, '_>,
        wanted: &Wanted,
        channel: &ChannelCode,
        loss: Pence,
        row: &mut ReturnRow,
    ) -> Result<()> {
        let writer = taking.writer;
        let mut receipt = taking.receipt(&wanted.paid, row.happened_on)?;
        let lost = lost(receipt.as_ref())?;
        let gains: Vec<_> = lost.iter().map(Lost::gain).collect();
        let postings = some(flow::sent_back(channel, &gains, row.of_suspense, loss))?;
        let said = receipt.as_ref().map(about_receipt).unwrap_or_default();
        let about = format!(
            "return {} {} {} suspense {} loss {loss} {said}",
            row.id, row.kind, row.advice, row.of_suspense
        );
        let entry = writer.entry("return", row.happened_on, about, postings);
        row.entry = entry.id;
        if let Some(receipt) = &mut receipt {
            receipt.entry = entry.id;
        }
        row.out = receipt.as_ref().map(|receipt| receipt.id);
        let less = wanted.amount.checked_neg();
        let paid = &wanted.paid;
        let item = waiting(writer, channel, row.happened_on, less, paid, &row.advice, entry.id)?;
        tx.post_many(self.id(), std::slice::from_ref(&entry)).await?;
        tx.add_receipts(self.id(), receipt.as_slice()).await?;
        tx.add_expected(self.id(), std::slice::from_ref(&item)).await?;
        if row.kind == ReturnKind::Undone.as_str() {
            self.never_comes(tx, writer, paid, &item).await?;
        }
        let note = format!("sent back ({}): {}", row.kind, row.advice);
        self.took_of_items(tx, writer, &wanted.found.taken, &entry, &note).await
    }

    /// What the provider undid before it was in any payout is waited for no
    /// more, nor is its undoing: the two close each other.
    async fn never_comes(
        &self,
        tx: &mut Tx,
        writer: &Writer<'_>,
        paid: &ReceiptRow,
        back: &ExpectedRow,
    ) -> Result<()> {
        let of_payment = tx.expected_of_entry(self.id(), paid.entry).await?;
        let opposite = back.amount.checked_neg().ok_or(AppError::Overflow)?;
        let ids: Vec<_> = of_payment.iter().map(|(item, _)| item.id).collect();
        // As they wait at the bank: with the payout that a settlement has put them in.
        let open = tx.these_expected(self.id(), &ids).await?;
        let waits = open.iter().find(|item| {
            item.channel == back.channel && item.amount == opposite && item.batch_ref.is_empty()
        });
        let Some(waits) = waits else { return Ok(()) };
        let reason = format!("the payment was undone before it was paid out: {}", back.source_ref);
        let both = [(waits.id, waits.amount), (back.id, back.amount)];
        self.close_each_other(tx, writer.now, (UNDONE_RULE, reason), both).await
    }

    /// Closes two rows that come to nothing together: neither is waited for any more.
    pub(crate) async fn close_each_other(
        &self,
        tx: &mut Tx,
        now: DateTime<Utc>,
        (rule, reason): (&str, String),
        both: [(ExpectedId, Pence); 2],
    ) -> Result<()> {
        let set = MatchRow {
            id: MatchId::new(self.world().id()),
            rule: rule.to_owned(),
            reason,
            amount: Pence::ZERO,
            entry: None,
            made_by: self.actor().name().to_owned(),
            made_at: now,
            config_version: None,
            undone_at: None,
        };
        let pairs = both.map(|(expected, amount)| PairRow {
            matched: set.id,
            line: None,
            suspense: None,
            expected: Some(expected),
            receipt: None,
            amount,
        });
        tx.add_matches(self.id(), std::slice::from_ref(&set), &pairs).await?;
        if tx.close_expected(self.id(), &both.map(|(id, _)| id)).await? == 2 {
            return Ok(());
        }
        // Somebody matched one of them since we looked.
        Err(StoreError::Busy.into())
    }

    /// Payments sent back, the oldest first.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn returns(&self, after: Option<ReturnId>, limit: i64) -> Result<Vec<ReturnRow>> {
        self.actor().needs(Permission::SeeIncome)?;
        let mut tx = self.store().snapshot().await?;
        let (mut after, limit) = (after, limit.clamp(1, ROWS_MAX));
        let mut seen = SeenPage::of(limit);
        loop {
            let rows = tx.returns(self.id(), after, limit).await?;
            after = rows.last().map(|row| row.id);
            let page = rows.into_iter().map(|row| (row.receipt, row)).collect();
            if !seen.take_of(self, &mut tx, page).await? {
                return Ok(seen.rows);
            }
        }
    }
}

/// One line of a payment, or part of it.
fn named_line(paid: &ReceiptRow, line: i64, amount: Option<Pence>) -> Result<Brought> {
    let every = claimed_lines(paid, &[])?;
    let absent =
        || AppError::NotFound { what: "line", name: format!("{line} of receipt {}", paid.number) };
    let (of, whole) = every.into_iter().find(|(of, _)| of.line == line).ok_or_else(absent)?;
    Ok(Brought { lines: vec![(of, amount.unwrap_or(whole))], items: Vec::new() })
}

/// What stands for the payment of money that never was on an account.
fn blank(books: &Books, method: &str, reference: &str) -> Result<ReceiptRow> {
    let writer = Writer { books, now: books.world().now(), closed_through: None, import: None };
    let mut paid = writer.receipt(method, books.world().today(), &[])?;
    paid.lines.push(ims_store::ReceiptLineRow {
        fund: String::new(),
        reference: reference.to_owned(),
        amount: Pence::ZERO,
        vat_code: None,
        vat_basis_points: None,
        vat: Pence::ZERO,
    });
    Ok(paid)
}

fn row(
    writer: &Writer<'_>,
    id: ReturnId,
    new: &NewReturn,
    wanted: &Wanted,
    channel: &ChannelCode,
) -> ReturnRow {
    let (receipt, line, suspense) = match &new.of {
        ReturnOf::Receipt { line, .. } => (Some(wanted.paid.id), *line, None),
        ReturnOf::Suspense(id) => (None, None, Some(*id)),
    };
    let number = receipt.map(|_| wanted.paid.number.clone());
    ReturnRow {
        id,
        kind: new.kind.as_str().to_owned(),
        code: new.code.trim().to_owned(),
        advice: new.advice.trim().to_owned(),
        channel: channel.to_string(),
        receipt,
        receipt_number: number.unwrap_or_default(),
        line,
        suspense,
        amount: wanted.amount,
        of_suspense: Pence::ZERO,
        entry: ims_ledger::id::EntryId::new(uuid::Uuid::nil()),
        out: None,
        happened_on: new.happened_on.unwrap_or_else(|| writer.books.world().today()),
        note: new.note.trim().to_owned(),
        by: writer.books.actor().name().to_owned(),
        at: writer.now,
    }
}
