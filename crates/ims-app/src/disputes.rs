//! Disputes with a card scheme: opened, won, lost.
//!
//! What is disputed is kept back from the day it is opened. What the accounts
//! no longer had by then was refunded before, and stays in `disputes` as a loss
//! when the dispute is lost.

use chrono::NaiveDate;
use ims_ledger::{
    card_number::masked,
    flow,
    id::{ChannelCode, DisputeId, ExpectedId},
};
use ims_money::Pence;
use ims_store::{
    ClaimRow, DisputeEndRow, DisputeRow, EntryRow, ExpectedRow, LineKey, ReceiptRow, StoreError, Tx,
};

use crate::{
    AppError, Books, Permission, ROWS_MAX, Result,
    books::patiently,
    brought_back::Brought,
    import_file::{ADJUSTED_UNKNOWN, DISPUTE_UNKNOWN},
    no_card::no_card,
    outgoing::{Lost, Taking, lost},
    posting::{Writer, about_receipt, some},
    who::SeenPage,
};

const PURPOSE: &str = "dispute";

/// A dispute a provider tells of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDispute {
    /// The payment's receipt number.
    pub receipt: String,
    /// Line, from 1, and how much of it; no lines: the whole payment.
    pub lines: Vec<(i64, Pence)>,
    /// The provider's reference of the case: the same again changes nothing.
    pub reference: String,
    /// Why, as the provider says.
    pub reason: String,
    /// The day the provider took the money; today if not said.
    pub happened_on: Option<NaiveDate>,
}

/// How a dispute ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisputeOutcome {
    /// The provider gives the money back.
    Won,
    /// The payer keeps it.
    Lost,
}

impl DisputeOutcome {
    /// `won` or `lost`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Won => "won",
            Self::Lost => "lost",
        }
    }
}

/// A dispute, and what of it the accounts no longer had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disputed {
    /// The dispute, with how it ended.
    pub dispute: DisputeRow,
    /// What the accounts no longer had: a loss if it is lost.
    pub short: Pence,
    /// Whether it was known already and nothing changed.
    pub before: bool,
}

impl Books {
    /// Records that a payment is disputed: the provider has taken it back.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another receipt, [`AppError::Refused`] when
    /// more of a line is disputed than was paid and not claimed before, the
    /// receipt was undone, the reference was used for another payment, or a payout
    /// has taken it already and nobody knew whose it was.
    pub async fn open_dispute(&self, new: &NewDispute) -> Result<Disputed> {
        self.open_dispute_of(new, &[]).await
    }

    /// The same of a payment that its provider, and so a payout, calls by these `names`.
    pub(crate) async fn open_dispute_of(
        &self,
        new: &NewDispute,
        names: &[String],
    ) -> Result<Disputed> {
        self.actor().needs(Permission::RecordReturn)?;
        if new.reference.trim().is_empty() {
            let what =
                "say the provider's reference of the dispute: by it the same one is known again";
            return Err(AppError::BadInput(what.to_owned()));
        }
        patiently(|| async {
            match self.open_once(new, names).await {
                Err(AppError::Store(StoreError::Duplicate(_))) => Err(StoreError::Busy.into()),
                other => other,
            }
        })
        .await
    }

    async fn open_once(&self, new: &NewDispute, names: &[String]) -> Result<Disputed> {
        let mut tx = self.store().begin().await?;
        let receipt = self.receipt_numbered(&mut tx, &new.receipt).await?;
        let channel = match self.channel_of_receipt(&mut tx, &receipt).await? {
            Some(channel) => channel,
            None => self.channel_of_payment(&mut tx, &receipt.method, None).await?,
        };
        let reference = new.reference.trim();
        let brought = match new.lines.as_slice() {
            [] => self.brought_in(&mut tx, &receipt).await?,
            lines => Brought { lines: claimed_lines(&receipt, lines)?, items: Vec::new() },
        };
        let amount = brought.amount()?;
        let known = tx.dispute_by_reference(self.id(), channel.as_str(), reference).await?;
        if let Some(dispute) = known {
            // What was more than was owed was no part of it once.
            let is_whole = new.lines.is_empty() && dispute.of_suspense.is_zero();
            let is_same = dispute.amount == amount || (is_whole && dispute.amount == receipt.total);
            if dispute.receipt != receipt.id || !is_same {
                let what = format!("dispute {reference} is of another payment or amount");
                return Err(AppError::Refused(what));
            }
            let short = self.claimed_short(&mut tx, dispute.id.get()).await?;
            return Ok(Disputed { dispute, short, before: true });
        }
        let mut names = names.to_vec();
        names.extend(tx.names_of_entry(self.id(), channel.as_str(), receipt.entry).await?);
        self.not_taken_yet(&mut tx, &channel, (reference, &names), amount).await?;
        let writer = Writer {
            books: self,
            now: self.world().now(),
            closed_through: tx.closed_through(self.id()).await?,
            import: None,
        };
        let id = DisputeId::new(self.world().id());
        let mut taking = Taking::of(&writer, PURPOSE, id.get());
        let found = self.find_brought(&mut tx, brought).await?;
        let of_suspense = found.of_suspense()?;
        let short = self.claim(&mut tx, &mut taking, &found).await?;
        let day = new.happened_on.unwrap_or_else(|| self.world().today());
        let of_lines = amount.checked_sub(of_suspense).ok_or(AppError::Overflow)?;
        let postings = some(flow::disputed(&channel, of_suspense, of_lines))?;
        let about = format!("dispute {id} {reference} of {amount} of receipt {}", receipt.number);
        let entry = writer.entry("dispute", day, about, postings);
        tx.post_many(self.id(), std::slice::from_ref(&entry)).await?;
        let waiting =
            waiting(&writer, &channel, day, amount.checked_neg(), &receipt, reference, entry.id)?;
        tx.add_expected(self.id(), &[waiting]).await?;
        let note = format!("kept back for dispute {reference}");
        self.took_of_items(&mut tx, &writer, &found.taken, &entry, &note).await?;
        let reason = new.reason.trim();
        let dispute = DisputeRow {
            id,
            receipt: receipt.id,
            receipt_number: receipt.number.clone(),
            channel: channel.to_string(),
            reference: reference.to_owned(),
            amount,
            of_suspense,
            // A provider's words are not refused: money would be.
            reason: masked(reason).unwrap_or_else(|| reason.to_owned()),
            entry: entry.id,
            happened_on: day,
            by: self.actor().name().to_owned(),
            at: writer.now,
            end: None,
        };
        tx.add_dispute(self.id(), &dispute).await?;
        let data = serde_json::json!({
            "receipt": receipt.number, "reference": reference, "amount_pence": amount,
            "short_pence": short, "why": dispute.reason,
        });
        self.note(&mut tx, "open dispute", &id.to_string(), data).await?;
        tx.commit().await?;
        Ok(Disputed { dispute, short, before: false })
    }

    /// Refuses a dispute that a payout took before it was heard of: it would be kept
    /// back once more, and be waited for though no payout brings it.
    async fn not_taken_yet(
        &self,
        tx: &mut Tx,
        channel: &ChannelCode,
        (reference, names): (&str, &[String]),
        amount: Pence,
    ) -> Result<()> {
        let mut sources = names.to_vec();
        sources.push(reference.to_owned());
        let less = amount.checked_neg().ok_or(AppError::Overflow)?;
        let told = (channel.as_str(), sources.as_slice());
        let reasons = [DISPUTE_UNKNOWN, ADJUSTED_UNKNOWN];
        match tx.taken_back_unknown(self.id(), told, less, reasons).await? {
            None => Ok(()),
            Some((source, payout)) => Err(AppError::Refused(format!(
                "payout {payout} has taken {amount} back already, as {source}, and it went into \
                 suspense: reverse the import of that payout, record the dispute (the nightly \
                 run does) and import it again; or place it from suspense and record no dispute"
            ))),
        }
    }

    /// Where the money of a payment by `method` is taken back from.
    pub(crate) async fn channel_of_payment(
        &self,
        tx: &mut Tx,
        method: &str,
        said: Option<&str>,
    ) -> Result<ChannelCode> {
        let council = self.settings_in(tx).await?.council;
        let known = |code: &str| council.channel.iter().find(|it| it.code.as_str() == code);
        if let Some(said) = said {
            let absent = || AppError::NotFound { what: "channel", name: said.to_owned() };
            return Ok(known(said).ok_or_else(absent)?.code.clone());
        }
        let method = council.method.iter().find(|it| it.code.as_str() == method);
        let what =
            "no channel is known for how this was paid: name the channel it goes back through";
        let none = || AppError::BadInput(what.to_owned());
        Ok(method.ok_or_else(none)?.channel.clone())
    }

    /// Records how a dispute ended. The same again changes nothing.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another dispute, [`AppError::Refused`] when it
    /// ended the other way.
    pub async fn end_dispute(
        &self,
        id: DisputeId,
        outcome: DisputeOutcome,
        reason: &str,
    ) -> Result<Disputed> {
        self.actor().needs(Permission::RecordReturn)?;
        no_card("reason", reason)?;
        patiently(|| async {
            match self.end_once(id, outcome, reason).await {
                Err(AppError::Store(StoreError::Duplicate(_))) => Err(StoreError::Busy.into()),
                other => other,
            }
        })
        .await
    }

    async fn end_once(
        &self,
        id: DisputeId,
        outcome: DisputeOutcome,
        reason: &str,
    ) -> Result<Disputed> {
        let mut tx = self.store().begin().await?;
        let absent = || AppError::NotFound { what: "dispute", name: id.to_string() };
        let mut dispute = tx.dispute(self.id(), id).await?.ok_or_else(absent)?;
        if !self.sees_receipt(&mut tx, dispute.receipt).await? {
            return Err(absent());
        }
        if let Some(end) = &dispute.end {
            if end.outcome != outcome.as_str() {
                let what = format!("dispute {} was {} already", dispute.reference, end.outcome);
                return Err(AppError::Refused(what));
            }
            let short = self.claimed_short(&mut tx, id.get()).await?;
            return Ok(Disputed { dispute, short, before: true });
        }
        let writer = Writer {
            books: self,
            now: self.world().now(),
            closed_through: tx.closed_through(self.id()).await?,
            import: None,
        };
        let mut end = DisputeEndRow {
            outcome: outcome.as_str().to_owned(),
            entry: None,
            receipt: None,
            reason: reason.trim().to_owned(),
            by: self.actor().name().to_owned(),
            at: writer.now,
        };
        let paid = tx.receipt(self.id(), dispute.receipt).await?.ok_or_else(absent)?;
        let given_back = match outcome {
            DisputeOutcome::Won => self.won(&mut tx, &writer, &dispute, &paid, &mut end).await?,
            DisputeOutcome::Lost => {
                self.lose(&mut tx, &writer, &dispute, &paid, &mut end).await?;
                Vec::new()
            }
        };
        tx.end_dispute(self.id(), id, &end).await?;
        // Once it has ended: what it claimed itself and did not find is claimed no more.
        self.find_losses(&mut tx, &writer, given_back).await?;
        let short = self.claimed_short(&mut tx, id.get()).await?;
        let data = serde_json::json!({
            "reference": dispute.reference, "receipt": dispute.receipt_number,
            "amount_pence": dispute.amount, "short_pence": short, "why": end.reason,
        });
        self.note(&mut tx, &format!("dispute {}", outcome.as_str()), &id.to_string(), data).await?;
        tx.commit().await?;
        dispute.end = Some(end);
        Ok(Disputed { dispute, short, before: false })
    }

    async fn won(
        &self,
        tx: &mut Tx,
        writer: &Writer<'_>,
        dispute: &DisputeRow,
        paid: &ReceiptRow,
        end: &mut DisputeEndRow,
    ) -> Result<Vec<LineKey>> {
        let today = self.world().today();
        let code = ChannelCode::parse(&dispute.channel);
        let channel = code.map_err(|bad| AppError::BadInput(bad.to_string()))?;
        let of_suspense = dispute.of_suspense.checked_neg().ok_or(AppError::Overflow)?;
        let of_lines = dispute.of_suspense.checked_sub(dispute.amount);
        let of_lines = of_lines.ok_or(AppError::Overflow)?;
        let postings = some(flow::disputed(&channel, of_suspense, of_lines))?;
        let about = format!("dispute {} {} won", dispute.id, dispute.reference);
        let entry = writer.entry("dispute-won", today, about, postings);
        tx.post_many(self.id(), std::slice::from_ref(&entry)).await?;
        let amount = Some(dispute.amount);
        let again = waiting(writer, &channel, today, amount, paid, &dispute.reference, entry.id)?;
        tx.add_expected(self.id(), &[again]).await?;
        end.entry = Some(entry.id);
        self.give_items_back(tx, writer, dispute, &entry).await?;
        Taking::of(writer, PURPOSE, dispute.id.get()).give_back(tx).await
    }

    /// Suspense has again what was kept back of it for a dispute that was won.
    async fn give_items_back(
        &self,
        tx: &mut Tx,
        writer: &Writer<'_>,
        dispute: &DisputeRow,
        won: &EntryRow,
    ) -> Result<()> {
        let mut back = Vec::new();
        for kept in tx.allocations_of_entry(self.id(), dispute.entry).await? {
            tx.reopen_suspense(self.id(), kept.suspense, kept.amount).await?;
            back.push((kept.suspense, kept.amount.checked_neg().ok_or(AppError::Overflow)?));
        }
        let note = format!("dispute {} was won", dispute.reference);
        self.took_of_items(tx, writer, &back, won, &note).await
    }

    async fn lose(
        &self,
        tx: &mut Tx,
        writer: &Writer<'_>,
        dispute: &DisputeRow,
        paid: &ReceiptRow,
        end: &mut DisputeEndRow,
    ) -> Result<()> {
        let today = self.world().today();
        let mut taking = Taking::of(writer, PURPOSE, dispute.id.get());
        self.find_after_all(tx, &mut taking).await?;
        taking.record(tx).await?;
        let mut taking = Taking::of(writer, PURPOSE, dispute.id.get());
        taking.taken_before(tx).await?;
        let Some(mut receipt) = taking.receipt(paid, today)? else { return Ok(()) };
        let lost = lost(Some(&receipt))?;
        let gains: Vec<_> = lost.iter().map(Lost::gain).collect();
        let postings = some(flow::dispute_lost(&gains))?;
        let said = about_receipt(&receipt);
        let about = format!("dispute {} {} lost {said}", dispute.id, dispute.reference);
        let entry = writer.entry("dispute-lost", today, about, postings);
        receipt.entry = entry.id;
        end.entry = Some(entry.id);
        end.receipt = Some(receipt.id);
        tx.post_many(self.id(), &[entry]).await?;
        Ok(tx.add_receipts(self.id(), &[receipt]).await?)
    }

    /// What was short when the dispute was opened may be there by now: a refund
    /// may have failed since.
    async fn find_after_all(&self, tx: &mut Tx, taking: &mut Taking<'_, '_>) -> Result<()> {
        let claims = tx.claims(self.id(), taking.subject).await?;
        let mut found = Vec::new();
        for (at, claim) in claims.iter().enumerate() {
            if claims.iter().take(at).any(|before| before.of == claim.of) {
                continue;
            }
            // What was found since it was opened is a claim of the line, below nothing.
            let of_line = claims.iter().filter(|it| it.of == claim.of).map(|it| it.short);
            let before = Pence::checked_sum(of_line).ok_or(AppError::Overflow)?;
            if !before.is_positive() {
                continue;
            }
            let short = taking.as_far_as_it_goes(tx, claim.of, before).await?;
            let less = short.checked_sub(before).ok_or(AppError::Overflow)?;
            if !less.is_zero() {
                found.push((claim, less));
            }
        }
        let rows: Vec<_> = found
            .into_iter()
            .zip((1_i64..).skip(claims.len()))
            .map(|((claim, short), number)| ClaimRow {
                number,
                amount: Pence::ZERO,
                short,
                ..claim.clone()
            })
            .collect();
        Ok(tx.add_claims(self.id(), &rows).await?)
    }

    /// Disputes, the oldest first: the open ones, or all.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn disputes(
        &self,
        only_open: bool,
        after: Option<DisputeId>,
        limit: i64,
    ) -> Result<Vec<DisputeRow>> {
        self.actor().needs(Permission::SeeIncome)?;
        let mut tx = self.store().snapshot().await?;
        let (mut after, limit) = (after, limit.clamp(1, ROWS_MAX));
        let mut seen = SeenPage::of(limit);
        loop {
            let rows = tx.disputes(self.id(), only_open, after, limit).await?;
            after = rows.last().map(|row| row.id);
            let page = rows.into_iter().map(|row| (Some(row.receipt), row)).collect();
            if !seen.take_of(self, &mut tx, page).await? {
                return Ok(seen.rows);
            }
        }
    }
}

/// The lines that are claimed: those named, or every one of the payment's, whole.
pub(crate) fn claimed_lines(
    receipt: &ReceiptRow,
    lines: &[(i64, Pence)],
) -> Result<Vec<(LineKey, Pence)>> {
    let mut wanted: Vec<(LineKey, Pence)> = lines
        .iter()
        .map(|(line, amount)| (LineKey { receipt: receipt.id, line: *line }, *amount))
        .collect();
    if wanted.is_empty() {
        let paid = receipt.lines.iter().zip(1_i64..).filter(|(row, _)| row.amount.is_positive());
        let whole = |(row, line): (&ims_store::ReceiptLineRow, i64)| {
            (LineKey { receipt: receipt.id, line }, row.amount)
        };
        wanted = paid.map(whole).collect();
    }
    wanted.sort_unstable();
    let twice = wanted.windows(2).any(|two| matches!(two, [(a, _), (b, _)] if a == b));
    if twice || wanted.is_empty() || wanted.iter().any(|(_, amount)| !amount.is_positive()) {
        let what = format!(
            "name lines of receipt {} once each, with more than nothing of it",
            receipt.number
        );
        return Err(AppError::BadInput(what));
    }
    Ok(wanted)
}

/// What the channel then waits for, or must give back.
pub(crate) fn waiting(
    writer: &Writer<'_>,
    channel: &ChannelCode,
    day: NaiveDate,
    amount: Option<Pence>,
    paid: &ReceiptRow,
    source: &str,
    entry: ims_ledger::id::EntryId,
) -> Result<ExpectedRow> {
    Ok(ExpectedRow {
        id: ExpectedId::new(writer.books.world().id()),
        channel: channel.to_string(),
        happened_on: day,
        amount: amount.ok_or(AppError::Overflow)?,
        reference: paid.lines.first().map(|line| line.reference.clone()).unwrap_or_default(),
        batch_ref: String::new(),
        source_ref: source.to_owned(),
        entry,
        receipt: None,
        import: None,
        created_at: writer.now,
        is_payers: true,
    })
}
