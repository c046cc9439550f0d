//! What a provider said that cannot be: kept for a person, once, and taken off
//! the list by one.

use chrono::TimeDelta;
use ims_ledger::{
    id::{EntryId, ExceptionId, SuspenseId},
    seal::ContentHash,
};
use ims_pay::{OutOfTurn, ProviderError, Said};
use ims_store::{PaymentExceptionRow, PaymentRow, Tx};

use super::{
    PaymentHeard, PaymentNews, Word, exception_money::money_of, look_at,
    processor::processors_name, status::named,
};
use crate::{AppError, Books, Permission, ROWS_MAX, Result, books::patiently, moving::reasoned};

/// What kind of thing cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExceptionKind {
    /// Paid, and unknown here: the money is in suspense, if its amount is known.
    Unknown,
    /// Paid, but our payment is another at the provider: in suspense likewise.
    Another,
    /// Paid, and the same of the same basket, or by the same payment link, was paid
    /// with another payment: both are booked, and one of them is to be given back.
    Twice,
    /// Another amount than was asked for.
    Amount,
    /// Another currency.
    Currency,
    /// Another order than was asked about.
    Order,
    /// It denies money that was taken.
    OutOfTurn,
    /// It does not read, or says too little.
    Unreadable,
}

impl ExceptionKind {
    /// The word it is kept and listed by.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Another => "another",
            Self::Twice => "twice",
            Self::Amount => "amount",
            Self::Currency => "currency",
            Self::Order => "order",
            Self::OutOfTurn => "out-of-turn",
            Self::Unreadable => "unreadable",
        }
    }

    pub(super) const fn of(error: &ProviderError) -> Self {
        match error {
            ProviderError::AmountDiffers { .. } => Self::Amount,
            ProviderError::CurrencyDiffers { .. } => Self::Currency,
            ProviderError::OrderDiffers { .. } => Self::Order,
            _ => Self::Unreadable,
        }
    }

    pub(super) const fn of_turn(why: &OutOfTurn) -> Self {
        match why {
            OutOfTurn::AnotherPayment { .. } => Self::Another,
            _ => Self::OutOfTurn,
        }
    }
}

/// What is odd, before it is listed.
#[derive(Clone, Debug)]
pub(super) struct Odd {
    pub(super) kind: ExceptionKind,
    pub(super) why: String,
}

/// How long what was taken off the list stays off it, heard again or not.
const LISTED_AGAIN: TimeDelta = TimeDelta::days(1);

/// Whether the same is listed already.
enum Before {
    Listed(Box<PaymentExceptionRow>),
    /// By what it will be known.
    Not(ContentHash),
}

/// By what the same is known again: the kind, our payment, what the provider calls it
/// and by what reference, and why.
pub(super) fn known_by(
    kind: ExceptionKind,
    of: Option<&PaymentRow>,
    (name, reference): (Option<&str>, Option<&str>),
    why: &str,
) -> String {
    let about = of.map(|row| row.id.to_string());
    serde_json::json!([kind.as_str(), about, name, reference, why]).to_string()
}

fn said_of(news: &PaymentNews) -> Option<&Said> {
    match &news.word {
        Word::Said(said) => Some(said),
        Word::Silent | Word::Handed | Word::NotFound | Word::GivenUp => None,
    }
}

/// What the provider calls the payment, and what it says that we call it.
fn names_told(news: &PaymentNews) -> (Option<&str>, Option<&str>) {
    let said = said_of(news);
    (said.and_then(Said::provider_ref), said.and_then(Said::reference))
}

impl Books {
    /// What no person has looked into yet, the oldest first.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn payment_exceptions(
        &self,
        after: Option<ExceptionId>,
        limit: i64,
    ) -> Result<Vec<PaymentExceptionRow>> {
        self.actor().needs(Permission::SeeSuspense)?;
        let mut tx = self.store().snapshot().await?;
        Ok(tx.open_payment_exceptions(self.id(), after, limit.clamp(1, ROWS_MAX)).await?)
    }

    /// Takes one off the list: somebody looked into it. It moves no money; what
    /// was booked waits in suspense, and
    /// [`book_payment_exception`](Self::book_payment_exception) puts there what was not.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another, [`AppError::BadInput`] without a reason.
    pub async fn end_payment_exception(&self, id: ExceptionId, why: &str) -> Result<()> {
        self.actor().needs(Permission::AllocateSuspense)?;
        reasoned(why)?;
        patiently(|| async {
            let mut tx = self.store().begin().await?;
            let absent = || AppError::NotFound { what: "payment exception", name: id.to_string() };
            let row = tx.payment_exception(self.id(), id).await?.ok_or_else(absent)?;
            let by = (why.trim(), self.actor().name(), self.world().now());
            if tx.end_payment_exception(self.id(), id, by).await? {
                let data = serde_json::json!({ "kind": row.kind, "what": row.why, "why": why });
                self.note(&mut tx, "end payment exception", &id.to_string(), data).await?;
            }
            tx.commit().await?;
            Ok(())
        })
        .await
    }

    /// Lists what is odd of a payment, once; nothing is posted.
    pub(super) async fn odd(
        &self,
        mut tx: Tx,
        news: &PaymentNews,
        of: Option<&PaymentRow>,
        odd: Odd,
    ) -> Result<PaymentHeard> {
        if let Some(row) = of {
            let again = look_at(row.started_at, self.world().now());
            tx.look_at_payment(self.id(), row.id, again).await?;
        }
        let row = self.listed(&mut tx, news, of, odd, None).await?;
        tx.commit().await?;
        Ok(PaymentHeard::Exception(Box::new(row)))
    }

    /// The same of what is in the books already: once somebody took it off the list it stays
    /// off it.
    pub(super) async fn odd_until_ended(
        &self,
        mut tx: Tx,
        news: &PaymentNews,
        of: Option<&PaymentRow>,
        odd: Odd,
    ) -> Result<PaymentHeard> {
        let known = known_by(odd.kind, of, names_told(news), &odd.why);
        let once = ContentHash::of(known.as_bytes());
        if let Some(row) = tx.payment_exception_once(self.id(), &news.provider, once).await?
            && tx.is_payment_exception_ended(self.id(), row.id).await?
        {
            return Ok(PaymentHeard::Nothing);
        }
        self.odd(tx, news, of, odd).await
    }

    /// The same as it is listed, or by what it is known when it is listed anew. What
    /// somebody took off the list comes back when it is heard again and no money
    /// of it is booked, at most once a day.
    async fn listed_before(
        &self,
        tx: &mut Tx,
        (provider, name): (&str, Option<&str>),
        known: &str,
    ) -> Result<Before> {
        let mut text = known.to_owned();
        loop {
            let once = ContentHash::of(text.as_bytes());
            let Some(row) = tx.payment_exception_once(self.id(), provider, once).await? else {
                return Ok(Before::Not(once));
            };
            let now = self.world().now();
            let is_new = now < row.at.checked_add_signed(LISTED_AGAIN).unwrap_or(now);
            let stands = is_new || row.entry.is_some();
            let stands =
                stands || (row.is_money && self.is_in_suspense(tx, provider, name).await?);
            if stands || !tx.is_payment_exception_ended(self.id(), row.id).await? {
                return Ok(Before::Listed(Box::new(row)));
            }
            // Each time it comes back it has a key of its own.
            text = format!("{known} after {}", row.id);
        }
    }

    /// Whether the money of a payment that is not ours, or not as it was asked for, is
    /// in suspense under the provider's name for it.
    async fn is_in_suspense(
        &self,
        tx: &mut Tx,
        provider: &str,
        name: Option<&str>,
    ) -> Result<bool> {
        let Some(name) = name else { return Ok(false) };
        let booked = tx.payment_booked(self.id(), provider, name).await?;
        Ok(booked.is_some_and(|booked| booked.payment.is_none() && booked.suspense.is_some()))
    }

    /// The row of what is odd, new or there before.
    pub(super) async fn listed(
        &self,
        tx: &mut Tx,
        news: &PaymentNews,
        of: Option<&PaymentRow>,
        odd: Odd,
        booked: Option<(EntryId, SuspenseId)>,
    ) -> Result<PaymentExceptionRow> {
        let said = said_of(news);
        let (name, reference) = names_told(news);
        let known = known_by(odd.kind, of, (name, reference), &odd.why);
        // Some notices name the movement of money, and the payment as we do.
        let called = name.or_else(|| of.and_then(named));
        let once = match self.listed_before(tx, (&news.provider, called), &known).await? {
            Before::Listed(row) => return Ok(*row),
            Before::Not(once) => once,
        };
        let shown = |text: Option<&str>| text.map(ProviderError::shown);
        let money = said.and_then(|said| money_of(odd.kind, said, called));
        // Of what is given up, nobody says how much it is but we.
        let ours = of.filter(|_| news.word == Word::GivenUp).map(|row| row.amount);
        let row = PaymentExceptionRow {
            id: ExceptionId::new(self.world().id()),
            provider: news.provider.clone(),
            kind: odd.kind.as_str().to_owned(),
            once,
            payment: of.map(|row| row.id),
            provider_ref: shown(if money.is_some() { called } else { name }),
            reference: shown(reference),
            amount: said.and_then(|said| said.amount()).map(|(amount, _)| amount).or(ours),
            why: odd.why,
            entry: booked.map(|(entry, _)| entry),
            suspense: booked.map(|(_, item)| item),
            by: self.actor().name().to_owned(),
            at: self.world().now(),
            is_money: booked.is_none() && money.is_some(),
            processor: money.as_ref().and(processors_name(news)).map(str::to_owned),
            transaction: money.flatten(),
        };
        tx.add_payment_exception(self.id(), &row).await?;
        let data = serde_json::json!({
            "provider": row.provider, "kind": row.kind, "what": row.why,
            "provider_ref": row.provider_ref, "amount_pence": row.amount,
        });
        self.note(tx, "payment exception", &row.id.to_string(), data).await?;
        Ok(row)
    }
}
