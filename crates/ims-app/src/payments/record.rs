//! Recording what is learned of a payment: from whomever, in any order, as
//! often as it is told.

use chrono::TimeDelta;
use ims_ledger::id::{ChannelCode, PaymentId};
use ims_pay::{Event, Heard, NextStep, OutOfTurn, Said, Saying, Status, StatusName};
use ims_store::{PaymentExceptionRow, PaymentRow, PaymentStepRow, StoreError, Tx};

use super::{
    PaymentNews, PaymentView, Word,
    book::Booking,
    exceptions::{ExceptionKind, Odd},
    look_at,
    moved::moved_now,
    processor::processors_name,
    status::{name_of, named, order_of, reason_of, status_of},
};
use crate::{AppError, Books, Permission, Result, Settings, keyed::once_each};

/// How long after a payment was booked its provider may not know of it yet.
const LEARNED_LATE: TimeDelta = TimeDelta::hours(1);

/// What came of something learned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PaymentHeard {
    /// It is of a payment of ours.
    Of(Box<Heeded>),
    /// It cannot be, or is of money nobody knew of: a person has to look.
    Exception(Box<PaymentExceptionRow>),
    /// It is of no payment of ours, and of no money.
    Nothing,
}

/// What came of something learned of a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heeded {
    /// The payment as it stands now; `before` if it stood so already.
    pub view: PaymentView,
    /// What the payer does next, where the provider says it and the payment is open.
    pub next: Option<NextStep>,
}

impl Books {
    /// Records what a provider says. A payment it took is posted once, in the
    /// step that says so; what is known already changes nothing; what cannot
    /// be is listed for a person; money of a payment unknown here goes to
    /// suspense and is listed.
    ///
    /// # Errors
    ///
    /// [`AppError::BadInput`] for a channel that is not configured,
    /// [`AppError::NotFound`] when the payment asked about is none.
    pub async fn record_payment(&self, news: &PaymentNews) -> Result<PaymentHeard> {
        self.actor().needs(Permission::Import)?;
        let recorded = once_each(|| self.record_news(news, None)).await;
        match (recorded, &news.word) {
            // The provider has the money: what cannot be a receipt is in suspense.
            (Err(error), Word::Said(said))
                if error.is_lasting() && matches!(said.saying(), Saying::Paid(_)) =>
            {
                let why = error.to_string();
                once_each(|| self.record_news(news, Some(&why))).await
            }
            (recorded, _) => recorded,
        }
    }

    /// `unfit` says why the money of a payment cannot be posted as a receipt.
    async fn record_news(&self, news: &PaymentNews, unfit: Option<&str>) -> Result<PaymentHeard> {
        let mut tx = self.store().begin().await?;
        let settings = self.settings_in(&mut tx).await?;
        let channel = channel_of(&settings, &news.channel)?;
        let Some(id) = self.meant(&mut tx, news).await? else {
            let Word::Said(said) = &news.word else { return Ok(PaymentHeard::Nothing) };
            return match self.meant_elsewhere(&mut tx, said).await? {
                Some(row) => self.elsewhere(tx, news, said, &row).await,
                None => self.stranger(tx, &channel, news, said, None).await,
            };
        };
        let absent = || AppError::NotFound { what: "payment", name: id.to_string() };
        let row = tx.hold_payment(self.id(), id).await?.ok_or_else(absent)?;
        let order = order_of(&row)?;
        let now = self.world().now();
        if row.status == StatusName::Expired.as_str() {
            self.is_heard_of(&mut tx, news, &row).await?;
        }
        let event = match &news.word {
            Word::Said(said) => Said::clone(said).of(&order, now),
            Word::Silent => Ok(Event::silent()),
            Word::Handed => Ok(Event::handed(&order, NextStep::Nothing)),
            // It may have been told of since it was asked about.
            Word::GivenUp if !name_of(&row)?.is_open() => {
                return self.no_change(tx, row, None).await;
            }
            Word::NotFound if self.is_just_booked(&mut tx, &row).await? => {
                return self.no_change(tx, row, None).await;
            }
            Word::GivenUp => Said::unnamed(Saying::Expired).of(&order, now),
            Word::NotFound if named(&row).is_none() && now >= row.expires_at => {
                Said::unnamed(Saying::Expired).of(&order, now)
            }
            Word::NotFound if row.status == StatusName::Captured.as_str() => {
                let why = "the provider knows of no such payment, and it is booked".to_owned();
                let odd = Odd { kind: ExceptionKind::OutOfTurn, why };
                return self.odd(tx, news, Some(&row), odd).await;
            }
            Word::NotFound => return self.no_change(tx, row, None).await,
        };
        match event {
            Ok(event) => self.heed(tx, (&settings, unfit), &channel, row, news, event).await,
            Err(why) => {
                let odd = Odd { kind: ExceptionKind::of(&why), why: why.to_string() };
                self.odd(tx, news, Some(&row), odd).await
            }
        }
    }

    /// Whether a payment was booked so lately that the provider may not have known of it
    /// when it was asked: some learn of one late, and an answer may be under way.
    async fn is_just_booked(&self, tx: &mut Tx, row: &PaymentRow) -> Result<bool> {
        if row.status != StatusName::Captured.as_str() {
            return Ok(false);
        }
        let steps = tx.payment_steps(self.id(), row.id).await?;
        let booked = steps.iter().find(|step| step.entry.is_some());
        let age = booked.map(|step| self.world().now().signed_duration_since(step.at));
        Ok(age.is_some_and(|age| age < LEARNED_LATE))
    }

    /// The payment that is meant: the one asked about, the one we call so, the
    /// one the provider calls so.
    async fn meant(&self, tx: &mut Tx, news: &PaymentNews) -> Result<Option<PaymentId>> {
        if let Some(id) = news.payment {
            let absent = || AppError::NotFound { what: "payment", name: id.to_string() };
            let row = tx.payment(self.id(), id).await?.ok_or_else(absent)?;
            if row.provider != news.provider {
                let what = format!("payment {} is not {}'s", row.reference, news.provider);
                return Err(AppError::BadInput(what));
            }
            return Ok(Some(id));
        }
        let Word::Said(said) = &news.word else { return Ok(None) };
        if let Some(reference) = said.reference()
            && let Some(id) = tx.payment_we_call(self.id(), &news.provider, reference).await?
        {
            return Ok(Some(id));
        }
        match said.provider_ref() {
            Some(name) => Ok(tx.payment_they_call(self.id(), &news.provider, name).await?),
            None => Ok(None),
        }
    }

    /// An event of a payment that is held.
    async fn heed(
        &self,
        mut tx: Tx,
        (settings, unfit): (&Settings, Option<&str>),
        channel: &ChannelCode,
        row: PaymentRow,
        news: &PaymentNews,
        event: Event,
    ) -> Result<PaymentHeard> {
        let said = match &news.word {
            Word::Said(said) => said.provider_ref(),
            Word::Silent | Word::Handed | Word::NotFound | Word::GivenUp => None,
        };
        let heard = event.what().name();
        let next = match event.what() {
            Heard::Accepted { next, .. } => next.clone(),
            _ => None,
        };
        let after = match (status_of(&row, said)?.after(event), &news.word) {
            (Ok(after), _) => after,
            (Err(OutOfTurn::AnotherPayment { .. }), Word::Said(said))
                if matches!(said.saying(), Saying::Paid(_)) =>
            {
                return self.stranger(tx, channel, news, said, Some(&row)).await;
            }
            (Err(why), _) => {
                let kind = ExceptionKind::of_turn(&why);
                return self.odd(tx, news, Some(&row), Odd { kind, why: why.to_string() }).await;
            }
        };
        let told = match &news.id {
            Some(id) => tx.is_payment_news_known(self.id(), &news.provider, id).await?,
            None => true,
        };
        // Nobody is sent to pay what is over, however late its answer comes.
        let next = next.filter(|_| after.name().is_open());
        // Called off before it was named, it may have been paid under this name.
        let name = after.provider_ref().or(named(&row)).or(said).or(row.provider_ref.as_deref());
        let name = name.map(str::to_owned);
        let was = name_of(&row)?;
        let moved = moved_now(&row, news);
        let is_moved = moved.is_some() || is_named_now(&row, &after);
        if after.name() == was && told && name == row.provider_ref && !is_moved {
            if let (Status::Captured(_), Some(other)) = (&after, processors_name(news)) {
                let money = row.transaction.as_deref().or(row.provider_ref.as_deref());
                let named = (money.unwrap_or_default(), other);
                self.known_as(&mut tx, &row.channel, named).await?;
            }
            return self.no_change(tx, row, next).await;
        }
        let mut step = self.step_of(&row, news, &after, heard);
        if let Some(moved) = moved {
            step.transaction = Some(moved.to_owned());
            self.waits_as(&mut tx, &row, moved).await?;
        }
        step.provider_ref = name;
        step.news = news.id.clone().filter(|_| !told);
        if let (Status::Captured(taken), false) = (&after, row.status == step.status) {
            self.hold_basket_of(&mut tx, &row).await?;
            match self.book(&mut tx, (settings, unfit), &row, taken).await? {
                Booking::Done { entry, receipt, suspense } => {
                    step.entry = Some(entry);
                    step.receipt = receipt;
                    step.suspense = suspense;
                    match receipt {
                        Some(_) => self.mail_later(&mut tx, row.id).await?,
                        None => self.no_mail(&mut tx, row.id).await?,
                    }
                    // Whoever set an agreement up has agreed, even to one that was ended since.
                    tx.look_at_agreement_of(self.id(), row.id, self.world().now()).await?;
                    if let Some(other) = processors_name(news) {
                        let named = (taken.transaction(), other);
                        self.known_as(&mut tx, &row.channel, named).await?;
                    }
                    if let Some(odd) = self.paid_twice_or_by_link(&mut tx, &row).await? {
                        self.listed(&mut tx, news, Some(&row), odd, None).await?;
                    }
                }
                Booking::Odd(odd) => return self.odd(tx, news, Some(&row), odd).await,
            }
        }
        self.list_unheard(&mut tx, news, &row).await?;
        let view = self.take_payment_step(&mut tx, row, step).await?;
        tx.commit().await?;
        Ok(PaymentHeard::Of(Box::new(Heeded { view, next })))
    }

    fn step_of(
        &self,
        row: &PaymentRow,
        news: &PaymentNews,
        after: &Status,
        heard: &str,
    ) -> PaymentStepRow {
        let transaction = match after {
            Status::Captured(taken) => Some(taken.transaction().to_owned()),
            Status::Authorised { transaction, .. } => transaction.clone(),
            _ => None,
        };
        PaymentStepRow {
            payment: row.id,
            number: row.steps.saturating_add(1),
            status: after.name().as_str().to_owned(),
            heard: heard.to_owned(),
            provider: news.provider.clone(),
            news: None,
            provider_ref: None,
            transaction: transaction.or_else(|| row.transaction.clone()),
            reason: reason_of(after).to_owned(),
            entry: None,
            receipt: None,
            suspense: None,
            by: self.actor().name().to_owned(),
            at: self.world().now(),
        }
    }

    async fn take_payment_step(
        &self,
        tx: &mut Tx,
        row: PaymentRow,
        step: PaymentStepRow,
    ) -> Result<PaymentView> {
        let is_open = step.status.parse().is_ok_and(ims_pay::StatusName::is_open);
        let again = is_open.then(|| look_at(row.started_at, step.at));
        let data = serde_json::json!({
            "provider": row.provider, "from": row.status, "to": step.status, "heard": step.heard,
            "amount_pence": row.amount, "provider_ref": step.provider_ref, "why": step.reason,
        });
        self.note(tx, "record payment", &row.reference, data).await?;
        if !tx.step_payment(self.id(), &step, again).await? {
            return Err(StoreError::Busy.into());
        }
        let row = PaymentRow {
            status: step.status,
            steps: step.number,
            provider_ref: step.provider_ref,
            transaction: step.transaction,
            reason: step.reason,
            ..row
        };
        self.payment_view(tx, row, false).await
    }

    /// Nothing new: an open payment is looked at again later.
    async fn no_change(
        &self,
        mut tx: Tx,
        row: PaymentRow,
        next: Option<NextStep>,
    ) -> Result<PaymentHeard> {
        let again = look_at(row.started_at, self.world().now());
        tx.look_at_payment(self.id(), row.id, again).await?;
        let view = self.payment_view(&mut tx, row, true).await?;
        tx.commit().await?;
        Ok(PaymentHeard::Of(Box::new(Heeded { view, next })))
    }
}

/// Whether the movement of money has a name now, and had none.
fn is_named_now(row: &PaymentRow, after: &Status) -> bool {
    let is_told = matches!(after, Status::Authorised { transaction: Some(_), .. });
    is_told && row.transaction.is_none()
}

fn channel_of(settings: &Settings, code: &str) -> Result<ChannelCode> {
    let mut channels = settings.council.channel.iter();
    let found = channels.find(|channel| channel.code.as_str() == code);
    let unknown = || AppError::BadInput(format!("channel `{code}` is not configured"));
    found.map(|channel| channel.code.clone()).ok_or_else(unknown)
}
