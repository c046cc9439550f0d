//! What became of a refund: sent, without an answer, paid, failed, bounced.
//!
//! Every step may be told of again, late or out of order: what is new is
//! recorded, what is not changes nothing, what cannot be says why.

use chrono::NaiveDate;
use ims_ledger::{
    RefundEvent, RefundState,
    card_number::masked,
    flow,
    id::{ChannelCode, EntryId, ExpectedId, LineId, MatchId, ReceiptId, RefundId},
};
use ims_money::Pence;
use ims_store::{ClaimRow, ExpectedRow, LineKey, RefundRow, RefundStepRow, StoreError, Tx};

use uuid::Uuid;

use crate::{
    AppError, Books, Permission, Result,
    books::patiently,
    outgoing::Taking,
    payments::refund_name,
    posting::{Writer, some},
    request_refund::KIND,
};

mod file;
mod shown;

pub use file::PaidFile;
pub(crate) use file::{steps, underway};
pub(crate) use shown::{BOUNCED_RULE, Money, PAID_RULE, Shown};

/// What somebody tells of a refund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundNews {
    /// What happened.
    pub event: RefundEvent,
    /// The notice's own key, when it has one: the same notice counts once.
    pub notice: Option<String>,
    /// The provider's or the bank's reference.
    pub reference: String,
    /// Why, in words.
    pub reason: String,
    /// The bank line that shows it, of a refund by bank.
    pub line: Option<LineId>,
    /// The day it happened; today if not said.
    pub happened_on: Option<NaiveDate>,
}

impl RefundNews {
    /// Bare news of an event.
    #[must_use]
    pub const fn of(event: RefundEvent) -> Self {
        Self {
            event,
            notice: None,
            reference: String::new(),
            reason: String::new(),
            line: None,
            happened_on: None,
        }
    }
}

/// Where a refund stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundStanding {
    /// The refund.
    pub refund: RefundRow,
    /// The key under which the provider is asked to pay: the same until the
    /// money came back, so that asking again pays once.
    pub provider_key: String,
    /// Whether nothing changed, because it was known already.
    pub before: bool,
}

impl RefundStanding {
    pub(crate) async fn of(
        tx: &mut Tx,
        books: &Books,
        refund: RefundRow,
        before: bool,
    ) -> Result<Self> {
        let steps = tx.refund_steps(books.id(), refund.id).await?;
        let bounced = RefundState::Bounced.as_str();
        let bounces = steps.iter().filter(|step| step.state == bounced).count();
        // Another payment, another key; a first one goes by the refund's own id.
        let bounces = u128::try_from(bounces).unwrap_or_default();
        let provider_key = Uuid::from_u128(refund.id.get().as_u128() ^ bounces).to_string();
        Ok(Self { refund, provider_key, before })
    }
}

/// A step about to be taken.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) number: i64,
    pub(crate) state: RefundState,
    pub(crate) entry: Option<EntryId>,
    pub(crate) receipt: Option<ReceiptId>,
    pub(crate) line: Option<LineId>,
    pub(crate) matched: Option<MatchId>,
    pub(crate) notice: Option<String>,
    pub(crate) reference: String,
    pub(crate) reason: String,
}

impl Step {
    pub(crate) fn of(refund: &RefundRow, state: RefundState, reason: &str) -> Self {
        Self {
            number: refund.steps.saturating_add(1),
            state,
            entry: None,
            receipt: None,
            line: None,
            matched: None,
            notice: None,
            reference: String::new(),
            // A provider's words are not refused: money would be.
            reason: masked(reason.trim()).unwrap_or_else(|| reason.trim().to_owned()),
        }
    }

    pub(crate) fn row(self, writer: &Writer<'_>, refund: &RefundRow) -> RefundStepRow {
        RefundStepRow {
            refund: refund.id,
            number: self.number,
            state: self.state.as_str().to_owned(),
            entry: self.entry,
            receipt: self.receipt,
            line: self.line,
            matched: self.matched,
            notice: self.notice,
            reference: self.reference,
            reason: self.reason,
            by: writer.books.actor().name().to_owned(),
            at: writer.now,
        }
    }
}

/// The state after `event`, or the refusal in words.
pub(crate) fn next(refund: &RefundRow, event: RefundEvent) -> Result<RefundState> {
    state(refund)?.after(event).map_err(|out| AppError::Refused(out.to_string()))
}

fn state(refund: &RefundRow) -> Result<RefundState> {
    refund
        .state
        .parse()
        .map_err(|bad: ims_ledger::BadRefundState| AppError::BadInput(bad.to_string()))
}

impl Books {
    /// Records what became of an approved refund. News known already, a repeated
    /// notice, an answer that timed out after all was known: nothing changes.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another refund, [`AppError::Refused`] when it
    /// cannot have happened, [`AppError::BadInput`] for a refund by bank without
    /// the bank line that shows it.
    pub async fn record_refund(&self, id: RefundId, news: &RefundNews) -> Result<RefundStanding> {
        self.actor().needs(Permission::Refund)?;
        match news.event {
            RefundEvent::Send
            | RefundEvent::NoAnswer
            | RefundEvent::Pay
            | RefundEvent::Fail
            | RefundEvent::Bounce => {}
            RefundEvent::Approve | RefundEvent::Refuse | RefundEvent::TakeBack => {
                let what = "a refund is decided by a second person, and taken off its bank line by undoing the match";
                return Err(AppError::BadInput(what.to_owned()));
            }
        }
        patiently(|| self.record_once(id, news)).await
    }

    async fn record_once(&self, id: RefundId, news: &RefundNews) -> Result<RefundStanding> {
        let mut tx = self.store().begin().await?;
        let refund = self.refund_in(&mut tx, id).await?;
        let steps = tx.refund_steps(self.id(), id).await?;
        let is_known = is_known(&steps, news, state(&refund)?)?;
        if is_known && !names_it_first(&refund, &steps, news) {
            return RefundStanding::of(&mut tx, self, refund, true).await;
        }
        let writer = Writer {
            books: self,
            now: self.world().now(),
            closed_through: tx.closed_through(self.id()).await?,
            import: None,
        };
        let late = state(&refund)? == RefundState::Failed;
        let after = next(&refund, news.event)?;
        let mut refund = refund;
        if late {
            refund = self.due_after_all(&mut tx, &writer, refund, news).await?;
        }
        let mut step = Step::of(&refund, after, &news.reason);
        step.notice.clone_from(&news.notice);
        step.reference.clone_from(&news.reference);
        match news.event {
            RefundEvent::Pay | RefundEvent::Bounce => {
                self.money_moved(&mut tx, &writer, &refund, news, &mut step).await?;
            }
            RefundEvent::Fail => self.not_due(&mut tx, &writer, &refund, &steps, &mut step).await?,
            RefundEvent::Send
            | RefundEvent::NoAnswer
            | RefundEvent::Approve
            | RefundEvent::Refuse
            | RefundEvent::TakeBack => {}
        }
        let data = serde_json::json!({
            "refund": refund.number, "receipt": refund.receipt_number, "amount_pence": refund.amount,
            "from": refund.state, "to": after, "reference": news.reference, "why": news.reason,
        });
        self.note(&mut tx, "record refund", &id.to_string(), data).await?;
        let standing = self.take_step(&mut tx, &writer, refund, step).await?;
        tx.commit().await?;
        Ok(standing)
    }

    /// It was paid though it had failed: what the accounts still have of it is
    /// taken again, the rest is a loss.
    async fn due_after_all(
        &self,
        tx: &mut Tx,
        writer: &Writer<'_>,
        mut refund: RefundRow,
        news: &RefundNews,
    ) -> Result<RefundRow> {
        let mut taking = Taking::of(writer, KIND, refund.id.get());
        let mut claims = Vec::new();
        let from = tx.claims(self.id(), refund.id.get()).await?.len();
        let mut loss = Pence::ZERO;
        for line in tx.refund_lines(self.id(), refund.id).await? {
            let of = LineKey { receipt: refund.receipt, line: line.line };
            let short = taking.as_far_as_it_goes(tx, of, line.amount).await?;
            if short.is_positive() {
                loss = loss.checked_add(short).ok_or(AppError::Overflow)?;
                claims.push((of, short));
            }
        }
        taking.record(tx).await?;
        let claims: Vec<_> = claims
            .into_iter()
            .zip(numbers_after(from))
            .map(|((of, short), number)| short_row(&refund, of, short, number))
            .collect();
        tx.add_claims(self.id(), &claims).await?;
        let why = format!("paid after it had failed: {}", news.reason);
        let mut step = Step::of(&refund, RefundState::Approved, &why);
        self.make_due(tx, &taking, &refund, loss, &mut step).await?;
        let row = step.row(writer, &refund);
        if !tx.step_refund(self.id(), &row).await? {
            return Err(StoreError::Busy.into());
        }
        refund.steps = row.number;
        refund.state = row.state;
        Ok(refund)
    }

    /// It will not be paid: the accounts have it again, and the lines.
    async fn not_due(
        &self,
        tx: &mut Tx,
        writer: &Writer<'_>,
        refund: &RefundRow,
        steps: &[RefundStepRow],
        step: &mut Step,
    ) -> Result<()> {
        let approved = RefundState::Approved.as_str();
        let due = steps.iter().rev().find(|step| step.state == approved && step.entry.is_some());
        let absent =
            || AppError::NotFound { what: "approval of refund", name: refund.number.clone() };
        let (due, made) = due.and_then(|due| Some((due, due.entry?))).ok_or_else(absent)?;
        let draft = tx
            .postings(self.id(), made)
            .await?
            .into_iter()
            .fold(ims_ledger::Draft::new(), |draft, (account, side, amount)| {
                draft.on(account, side.other(), amount)
            });
        let about = format!("refund {} {} not paid: reverses {made}", refund.id, refund.number);
        let entry = writer.entry("refund-failed", self.world().today(), about, draft.balance()?);
        tx.post_many(self.id(), std::slice::from_ref(&entry)).await?;
        if let Some(receipt) = due.receipt {
            let absent = || AppError::NotFound { what: "receipt", name: receipt.to_string() };
            let receipt = tx.receipt(self.id(), receipt).await?.ok_or_else(absent)?;
            let undone = writer.undoing(&receipt, entry.id)?;
            step.receipt = Some(undone.id);
            tx.add_receipts(self.id(), &[undone]).await?;
        }
        step.entry = Some(entry.id);
        let lines = Taking::of(writer, KIND, refund.id.get()).give_back(tx).await?;
        self.find_losses(tx, writer, lines).await?;
        let lost = tx.claims(self.id(), refund.id.get()).await?;
        let mut net: std::collections::BTreeMap<LineKey, Pence> = std::collections::BTreeMap::new();
        for claim in &lost {
            let sum = net.entry(claim.of).or_default();
            *sum = sum.checked_sub(claim.short).ok_or(AppError::Overflow)?;
        }
        net.retain(|_, short| !short.is_zero());
        let back: Vec<_> = net
            .into_iter()
            .zip(numbers_after(lost.len()))
            .map(|((of, short), number)| short_row(refund, of, short, number))
            .collect();
        Ok(tx.add_claims(self.id(), &back).await?)
    }

    /// The provider or the bank paid it, or sent it back.
    async fn money_moved(
        &self,
        tx: &mut Tx,
        writer: &Writer<'_>,
        refund: &RefundRow,
        news: &RefundNews,
        step: &mut Step,
    ) -> Result<()> {
        match (&refund.channel, news.line) {
            (Some(channel), None) => {
                let entry = self.by_provider(tx, writer, refund, channel, news).await?;
                step.entry = Some(entry);
                Ok(())
            }
            (None, Some(id)) => {
                let absent = || AppError::NotFound { what: "bank line", name: id.to_string() };
                let line = tx.line(self.id(), id).await?.ok_or_else(absent)?;
                let suspense = tx.suspense_of_line(self.id(), id).await?;
                let money = Money::of(refund);
                let shown = match &suspense {
                    Some(item) => Shown::by_suspense(writer, &money, &line, item, news.event)?,
                    None => Shown::by(writer, &money, &line, news.event)?,
                };
                step.line = Some(id);
                step.entry = Some(shown.entry.id);
                step.matched = Some(shown.set.id);
                shown.add(tx, self).await
            }
            (Some(_), Some(_)) => Err(AppError::BadInput(
                "this refund goes through the provider, whose payout shows it: name no bank line"
                    .to_owned(),
            )),
            (None, None) => Err(AppError::BadInput(
                "this refund goes by bank: name the bank line that shows it, or reconcile"
                    .to_owned(),
            )),
        }
    }

    async fn by_provider(
        &self,
        tx: &mut Tx,
        writer: &Writer<'_>,
        refund: &RefundRow,
        channel: &str,
        news: &RefundNews,
    ) -> Result<EntryId> {
        let code =
            ChannelCode::parse(channel).map_err(|bad| AppError::BadInput(bad.to_string()))?;
        let (amount, word) = moved(refund.amount, news.event)?;
        let day = news.happened_on.unwrap_or_else(|| self.world().today());
        let postings = some(flow::refund_paid(&code, amount))?;
        let about = format!("refund {} {} {word} {}", refund.id, refund.number, news.reference);
        let entry = writer.entry(word_of_entry(news.event), day, about, postings);
        tx.post_many(self.id(), std::slice::from_ref(&entry)).await?;
        let paid = tx.receipt(self.id(), refund.receipt).await?;
        let reference = paid.and_then(|paid| paid.lines.first().map(|line| line.reference.clone()));
        let source =
            if news.reference.is_empty() { refund.number.clone() } else { news.reference.clone() };
        let waiting = ExpectedRow {
            id: ExpectedId::new(self.world().id()),
            channel: channel.to_owned(),
            happened_on: day,
            amount: amount.checked_neg().ok_or(AppError::Overflow)?,
            reference: reference.unwrap_or_default(),
            batch_ref: String::new(),
            source_ref: source,
            entry: entry.id,
            receipt: None,
            import: None,
            created_at: writer.now,
            is_payers: true,
        };
        tx.add_expected(self.id(), &[waiting]).await?;
        Ok(entry.id)
    }
}

/// Whether the news tell nothing new.
fn is_known(steps: &[RefundStepRow], news: &RefundNews, state: RefundState) -> Result<bool> {
    if let Some(notice) = &news.notice
        && let Some(step) = steps.iter().find(|step| step.notice.as_ref() == Some(notice))
    {
        let said = step.state.parse::<RefundState>().ok();
        return if said == told(news.event) {
            Ok(true)
        } else {
            Err(AppError::Refused(format!(
                "notice `{notice}` said before that it was {}",
                step.state
            )))
        };
    }
    // Of what came back and was given up, a payment told of once more is the old one.
    let last = steps.iter().rev().find(|step| step.state != RefundState::Failed.as_str());
    let came_back = last.is_some_and(|step| step.state == RefundState::Bounced.as_str());
    if news.event == RefundEvent::Pay && state == RefundState::Failed && came_back {
        return Ok(true);
    }
    // Who asks again says so under a key of their own, and names nothing.
    let asks_again =
        news.event == RefundEvent::Send && news.notice.is_some() && news.reference.is_empty();
    Ok(!asks_again && state.after(news.event) == Ok(state))
}

/// Whether the provider says for the first time what it calls what it was sent.
fn names_it_first(refund: &RefundRow, steps: &[RefundStepRow], news: &RefundNews) -> bool {
    news.event == RefundEvent::Send
        && refund.channel.is_some()
        && !news.reference.is_empty()
        && refund_name(steps).is_none()
}

const fn told(event: RefundEvent) -> Option<RefundState> {
    match event {
        RefundEvent::Send | RefundEvent::TakeBack => Some(RefundState::Sent),
        RefundEvent::NoAnswer => Some(RefundState::Unknown),
        RefundEvent::Pay => Some(RefundState::Paid),
        RefundEvent::Fail => Some(RefundState::Failed),
        RefundEvent::Bounce => Some(RefundState::Bounced),
        RefundEvent::Approve | RefundEvent::Refuse => None,
    }
}

fn numbers_after(count: usize) -> impl Iterator<Item = i64> {
    (1_i64..).skip(count)
}

fn short_row(refund: &RefundRow, of: LineKey, short: Pence, number: i64) -> ClaimRow {
    let subject = refund.id.get();
    ClaimRow { subject, number, purpose: KIND.to_owned(), of, amount: short, short }
}

/// How much leaves `refunds-due`: less than nothing when it came back.
fn moved(amount: Pence, event: RefundEvent) -> Result<(Pence, &'static str)> {
    if event == RefundEvent::Bounce {
        Ok((amount.checked_neg().ok_or(AppError::Overflow)?, "bounced"))
    } else {
        Ok((amount, "paid"))
    }
}

fn word_of_entry(event: RefundEvent) -> &'static str {
    if event == RefundEvent::Bounce { "refund-bounced" } else { "refund-paid" }
}
