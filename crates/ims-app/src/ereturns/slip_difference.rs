//! A paying-in slip counted differently by the bank: asked for by one person,
//! accepted by another. The difference is expected under the slip's own number,
//! so that the bank's line pays the sum of both.

use ims_ledger::{
    MethodKind, flow,
    id::{ApprovalId, ChannelCode, ExpectedId},
};
use ims_money::Pence;
use ims_store::{ExpectedRow, OpenExpected, StoreError, TillSessionRow, Tx};
use serde::{Deserialize, Serialize};

use crate::{
    AppError, Books, Permission, Result, Verdict,
    approvals::Ask,
    books::patiently,
    no_card::no_card,
    paying_in::slip_number,
    posting::{Writer, some},
};

/// The kind of its approvals.
const KIND: &str = "slip-difference";

/// What is to be accepted of a slip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSlipDifference {
    /// The slip's number, as the bank shows it.
    pub slip: String,
    /// What the bank counted.
    pub counted: Pence,
    /// Why.
    pub reason: String,
    /// A key of the caller's: the same key again asks nothing new.
    pub key: Option<String>,
}

/// What was decided of a slip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlipDifference {
    /// The slip's number.
    pub slip: String,
    /// What was expected.
    pub expected: Pence,
    /// What the bank counted.
    pub counted: Pence,
    /// What was said.
    pub verdict: Verdict,
}

/// What is kept until somebody decides.
#[derive(Serialize, Deserialize)]
struct Wanted {
    slip: String,
    channel: String,
    expected_pence: Pence,
    counted_pence: Pence,
}

impl Books {
    /// Asks for what the bank counted of a slip to be accepted.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] when nothing waits under that number,
    /// [`AppError::Refused`] when it is no paying-in slip or was counted as it says.
    pub async fn accept_slip_difference(&self, new: &NewSlipDifference) -> Result<ApprovalId> {
        self.actor().needs(Permission::WriteOff)?;
        no_card("reason", &new.reason)?;
        patiently(|| self.ask_slip_once(new)).await
    }

    /// Says yes or no to it, or withdraws it. Yes posts the difference to
    /// over-short.
    ///
    /// # Errors
    ///
    /// [`AppError::Refused`] to whoever asked, when it was decided before, and
    /// when the slip does not wait any more as it did.
    pub async fn decide_slip_difference(
        &self,
        id: ApprovalId,
        verdict: Verdict,
        reason: &str,
    ) -> Result<SlipDifference> {
        self.actor().needs(match verdict {
            Verdict::Approved | Verdict::Refused => Permission::ApproveWriteOff,
            Verdict::Withdrawn => Permission::WriteOff,
        })?;
        no_card("reason", reason)?;
        patiently(|| self.decide_slip_once(id, verdict, reason)).await
    }

    async fn ask_slip_once(&self, new: &NewSlipDifference) -> Result<ApprovalId> {
        let mut tx = self.store().begin().await?;
        let slip = new.slip.trim().to_uppercase();
        if new.counted.is_negative() {
            return Err(AppError::BadInput("a bank counts no less than nothing".to_owned()));
        }
        if let Some(before) = self.slip_asked_before(&mut tx, &slip, new).await? {
            return Ok(before);
        }
        let (items, channel) = self.waits(&mut tx, &slip).await?;
        self.is_slip(&mut tx, &slip, &channel).await?;
        let expected = sum(&items)?;
        if expected == new.counted {
            let what = format!("slip {slip} says {expected}, as the bank counted: nothing differs");
            return Err(AppError::Refused(what));
        }
        let (over, way) = differs(expected, new.counted)?;
        let wanted = Wanted {
            channel: channel.to_string(),
            expected_pence: expected,
            counted_pence: new.counted,
            slip: slip.clone(),
        };
        let document = serde_json::to_string(&wanted)
            .map_err(|error| AppError::BadInput(format!("it cannot be written: {error}")))?;
        let ask = Ask {
            kind: KIND,
            subject: format!("slip {slip}: {} counted, {expected} expected, {way}", new.counted),
            amount: over.checked_abs().ok_or(AppError::Overflow)?,
            document,
            reason: &new.reason,
            key: new.key.as_deref(),
        };
        let id = self.ask(&mut tx, ask).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// What was asked for under the same key, though the slip may have moved on.
    async fn slip_asked_before(
        &self,
        tx: &mut Tx,
        slip: &str,
        new: &NewSlipDifference,
    ) -> Result<Option<ApprovalId>> {
        let Some(key) = &new.key else { return Ok(None) };
        let Some(before) = tx.approval_by_key(self.id(), key).await? else { return Ok(None) };
        let same = before.kind == KIND
            && before.asked_by == self.actor().name()
            && wanted(&before.document)
                .is_ok_and(|wanted| wanted.slip == slip && wanted.counted_pence == new.counted);
        if same {
            return Ok(Some(before.id));
        }
        Err(AppError::Refused(format!("`{key}` was used before for something else")))
    }

    async fn decide_slip_once(
        &self,
        id: ApprovalId,
        verdict: Verdict,
        reason: &str,
    ) -> Result<SlipDifference> {
        let mut tx = self.store().begin().await?;
        let done = |wanted: Wanted| SlipDifference {
            slip: wanted.slip,
            expected: wanted.expected_pence,
            counted: wanted.counted_pence,
            verdict,
        };
        if let Some(row) = self.decided_so(&mut tx, id, KIND, (verdict, reason)).await? {
            return wanted(&row.document).map(done);
        }
        let row = self.waiting(&mut tx, id, KIND).await?;
        let wanted = wanted(&row.document)?;
        if verdict == Verdict::Approved {
            self.is_of_anothers_till(&mut tx, &wanted.slip).await?;
        }
        self.decide(&mut tx, &row, verdict, reason).await?;
        if verdict == Verdict::Approved {
            self.post_slip_difference(&mut tx, id, &wanted).await?;
        }
        tx.commit().await?;
        Ok(done(wanted))
    }

    async fn post_slip_difference(
        &self,
        tx: &mut Tx,
        id: ApprovalId,
        wanted: &Wanted,
    ) -> Result<()> {
        let (items, channel) = self.waits(tx, &wanted.slip).await?;
        let expected = sum(&items)?;
        if expected != wanted.expected_pence {
            return Err(AppError::Refused(format!(
                "slip {} stands at {expected} now, not at {} as when it was asked for: ask again",
                wanted.slip, wanted.expected_pence
            )));
        }
        // Taken off and put back: whoever matches the slip meanwhile waits, and looks again.
        let ids: Vec<ExpectedId> = items.iter().map(|item| item.id).collect();
        let closed = tx.close_expected(self.id(), &ids).await?;
        if usize::try_from(closed).ok() != Some(ids.len()) {
            return Err(StoreError::Busy.into());
        }
        tx.open_expected_again(self.id(), &ids).await?;
        let (over, way) = differs(expected, wanted.counted_pence)?;
        let writer = Writer {
            books: self,
            now: self.world().now(),
            closed_through: tx.closed_through(self.id()).await?,
            import: None,
        };
        let postings = some(flow::slip_counted(&channel, over))?;
        let about = format!("slip {} {way} approval {id}", wanted.slip);
        let entry = writer.entry("difference", self.world().today(), about, postings);
        let happened_on = items.first().map_or(entry.happened_on, |item| item.happened_on);
        let row = ExpectedRow {
            id: ExpectedId::new(self.world().id()),
            channel: wanted.channel.clone(),
            happened_on,
            amount: over,
            reference: wanted.slip.clone(),
            batch_ref: wanted.slip.clone(),
            source_ref: String::new(),
            entry: entry.id,
            receipt: None,
            import: None,
            created_at: writer.now,
            is_payers: false,
        };
        tx.post_many(self.id(), std::slice::from_ref(&entry)).await?;
        Ok(tx.add_expected(self.id(), &[row]).await?)
    }

    /// What waits under a slip's number, and where.
    async fn waits(&self, tx: &mut Tx, slip: &str) -> Result<(Vec<OpenExpected>, ChannelCode)> {
        let items = tx.open_batch(self.id(), slip).await?;
        let absent = || AppError::NotFound { what: "open paying-in slip", name: slip.to_owned() };
        let first = items.first().ok_or_else(absent)?;
        if items.iter().any(|item| item.channel != first.channel) {
            let what = format!("{slip} waits in more than one channel: it is no one slip");
            return Err(AppError::Refused(what));
        }
        let channel = ChannelCode::parse(&first.channel)
            .map_err(|bad| AppError::BadInput(bad.to_string()))?;
        Ok((items, channel))
    }

    /// Refuses whoever's till it was made of, as for the till's own difference.
    async fn is_of_anothers_till(&self, tx: &mut Tx, slip: &str) -> Result<()> {
        let by = self.actor().name();
        match self.till_of_slip(tx, slip).await? {
            Some(till) if till.cashier == by => Err(AppError::Refused(format!(
                "slip {slip} is of {by}'s own till (T{}): another approves its difference",
                till.number
            ))),
            _ => Ok(()),
        }
    }

    async fn till_of_slip(&self, tx: &mut Tx, slip: &str) -> Result<Option<TillSessionRow>> {
        let Some(number) = slip_number(slip) else { return Ok(None) };
        match tx.till_of_slip(self.id(), number).await? {
            Some(session) => Ok(tx.till_session(self.id(), session).await?),
            None => Ok(None),
        }
    }

    /// Refuses a channel through which no slips are paid in: what a provider or
    /// an agent pays short is another matter. A till's slip is one whatever the
    /// configuration says by now.
    async fn is_slip(&self, tx: &mut Tx, slip: &str, channel: &ChannelCode) -> Result<()> {
        if self.till_of_slip(tx, slip).await?.is_some() {
            return Ok(());
        }
        let council = self.settings_in(tx).await?.council;
        let mut templates = council.ereturn_template.iter();
        let mut methods = council.method.iter();
        let counts =
            |kind| matches!(kind, MethodKind::Cash | MethodKind::Cheque | MethodKind::Post);
        if templates.any(|template| template.slip_channel.as_ref() == Some(channel))
            || methods.any(|method| method.channel == *channel && counts(method.kind))
        {
            return Ok(());
        }
        Err(AppError::Refused(format!("no paying-in slips wait in channel {channel}")))
    }
}

fn wanted(document: &str) -> Result<Wanted> {
    serde_json::from_str(document)
        .map_err(|error| AppError::BadInput(format!("what was asked for does not read: {error}")))
}

fn sum(items: &[OpenExpected]) -> Result<Pence> {
    Pence::checked_sum(items.iter().map(|item| item.amount)).ok_or(AppError::Overflow)
}

/// By how much more was counted, and the same in words.
fn differs(expected: Pence, counted: Pence) -> Result<(Pence, String)> {
    let over = counted.checked_sub(expected).ok_or(AppError::Overflow)?;
    let by = over.checked_abs().ok_or(AppError::Overflow)?;
    let way = if over.is_negative() { "short" } else { "over" };
    Ok((over, format!("{by} {way}")))
}
