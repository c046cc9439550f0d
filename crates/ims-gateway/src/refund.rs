//! A refund is asked of the provider that took the payment: once, however often
//! somebody tries, and whatever was lost on the way.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use ims_app::{AppError, Books, RefundExchange, RefundNews, RefundStanding};
use ims_ledger::{Council, RefundEvent, id::RefundId};
use ims_pay::{AskedTwice, ProviderError, RefundSaying, Refunds, SaidRefund};

use crate::{
    GatewayError, Gateways, Polled, Result, account::Account, gateways::recorder,
    poll::SILENCES_MAX,
};

/// Refunds under way that are looked at in one go.
const AT_ONCE: i64 = 100;

/// How long after it was sent a refund of which nobody knows is listed for a person.
const LISTED_AFTER: TimeDelta = TimeDelta::minutes(5);

/// What is said of a refund that the provider does not have.
const UNKNOWN: &str = "sent, and the provider knows of no such refund: send it again";

/// What is said of one that no look can find, and that is given once all the same.
const UNANSWERED: &str = "sent, and no answer came: send it again, and it is given once";

/// What a look at a refund brought.
enum Found {
    /// It is there.
    This(Box<SaidRefund>),
    /// The provider knows of none, or does not yet.
    None,
    /// The provider cannot be asked.
    CannotSay,
}

impl Gateways {
    /// Sends an approved refund to the provider that took the payment, or asks
    /// what became of one that was sent. One without an answer is unknown: it is
    /// looked for, and asked for again under its own key where the provider gives it
    /// once, or shows for certain that it has none of it.
    ///
    /// # Errors
    ///
    /// As [`Books::send_refund`], of an account that cannot be asked too: the
    /// refund stays approved. [`AppError::Refused`] for one that was sent and can
    /// neither be found nor asked for again; it waits. That the provider refuses is no error: the refund has
    /// failed, and says why.
    pub async fn refund(&self, books: &Books, id: RefundId) -> Result<RefundStanding> {
        self.follow(books, id, true).await
    }

    /// Only a person has a refund asked for; a program looks what became of it.
    async fn follow(&self, books: &Books, id: RefundId, may_ask: bool) -> Result<RefundStanding> {
        let exchange =
            books.send_refund(id, |council, name| self.gives_back(council, name)).await?;
        let recorder = recorder(books).await?;
        self.carry_on(&recorder, &exchange, may_ask).await
    }

    /// Whether the account can be asked for a refund, or why not.
    fn gives_back(&self, council: &Council, name: &str) -> Result<(), String> {
        let account = self.account(council, name).map_err(|error| error.to_string())?;
        match account.provider.abilities().refunds {
            Some(_) => Ok(()),
            None => Err(gives_nothing(name).to_string()),
        }
    }

    async fn carry_on(
        &self,
        recorder: &Books,
        exchange: &RefundExchange,
        may_ask: bool,
    ) -> Result<RefundStanding> {
        let account = self.account_of(recorder, &exchange.provider).await?;
        let Some(refunds) = account.provider.abilities().refunds else {
            return Err(gives_nothing(&account.name));
        };
        let id = exchange.standing.refund.id;
        let news = if exchange.is_again {
            let found = self.look_for(recorder, &account, refunds, exchange).await?;
            match (Missing::of(&found, refunds, exchange, recorder), found) {
                (_, Found::This(said)) => news_of(&said, exchange)?,
                (Missing::AskAgain(_), _) if may_ask => {
                    if !self.note_asking(recorder, refunds, exchange).await? {
                        return Ok(exchange.standing.clone());
                    }
                    self.ask_for(recorder, &account, refunds, exchange).await?
                }
                (missing, _) => return left(recorder, exchange, &missing, may_ask).await,
            }
        } else if may_ask {
            self.ask_for(recorder, &account, refunds, exchange).await?
        } else {
            return Ok(exchange.standing.clone());
        };
        Ok(recorder.record_refund(id, &news).await?)
    }

    /// Where a second refund is another, when it was asked for last is what a look is
    /// held against, and of several who ask again at once one does. False for the others.
    async fn note_asking(
        &self,
        recorder: &Books,
        refunds: &dyn Refunds,
        exchange: &RefundExchange,
    ) -> Result<bool> {
        if !matches!(refunds.asked_twice(), AskedTwice::GivenTwice(_)) {
            return Ok(true);
        }
        let refund = &exchange.standing.refund;
        let news = RefundNews {
            notice: Some(format!("asked again after {}", exchange.sent_at.timestamp_micros())),
            ..RefundNews::of(RefundEvent::Send)
        };
        Ok(!recorder.record_refund(refund.id, &news).await?.before)
    }

    /// Asks about refunds under way at providers. An account that fails again and
    /// again is left alone until the next time.
    pub(crate) async fn poll_refunds(&self, recorder: &Books, polled: &mut Polled) -> Result<()> {
        let (mut after, mut fails) = (None, BTreeMap::<String, u32>::new());
        loop {
            let page = recorder.refunds_at_providers(after, AT_ONCE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.id);
            for refund in page {
                let what = match self.poll_refund(recorder, refund.id, &mut fails).await {
                    Ok(Some(standing)) if standing.refund.state != refund.state => {
                        polled.moved = polled.moved.saturating_add(1);
                        continue;
                    }
                    Ok(_) => continue,
                    // One that was sent by hand, and is followed by hand.
                    Err(GatewayError::App(error)) if error.is_refusal() => continue,
                    Err(GatewayError::App(error)) if error.is_of_the_database() => {
                        return Err(error.into());
                    }
                    Err(error) => error.to_string(),
                };
                polled.failed.push((format!("refund {}", refund.number), what));
            }
        }
    }

    /// None of an account that has failed too often.
    async fn poll_refund(
        &self,
        recorder: &Books,
        id: RefundId,
        fails: &mut BTreeMap<String, u32>,
    ) -> Result<Option<RefundStanding>> {
        let ready = |council: &Council, name: &str| self.gives_back(council, name);
        let exchange = recorder.send_refund(id, ready).await?;
        let count = fails.entry(exchange.provider.clone()).or_default();
        if *count >= SILENCES_MAX {
            return Ok(None);
        }
        let done = self.carry_on(recorder, &exchange, false).await;
        *count = match &done {
            Ok(_) | Err(GatewayError::App(_)) => 0,
            Err(_) => count.saturating_add(1),
        };
        done.map(Some)
    }

    /// The refund among those the provider has of the payment.
    async fn look_for(
        &self,
        recorder: &Books,
        account: &Account,
        refunds: &dyn Refunds,
        exchange: &RefundExchange,
    ) -> Result<Found> {
        let now = recorder.app().world().now();
        let name = exchange.name.as_deref();
        let Some(request) = refunds.look_at_refund(&exchange.order, name, now) else {
            return Ok(Found::CannotSay);
        };
        let reply = self.carry(recorder, account, &request).await;
        let silent = || GatewayError::account(&account.name, "does not answer");
        let said = match refunds.looked_at_refund(&reply.ok_or_else(silent)?) {
            Ok(said) => said,
            Err(ProviderError::NotFound) => return Ok(Found::None),
            Err(why) => return Err(why.into()),
        };
        let is_ours = |one: &SaidRefund| {
            let others = &exchange.others;
            let is_anothers = one.refund_ref.as_ref().is_some_and(|name| others.contains(name));
            !is_anothers && one.of(&exchange.order).is_ok()
        };
        // Asked for twice, it may be there twice: what was given counts, and one that was
        // turned down says nothing of the other.
        let is_refused = |one: &SaidRefund| matches!(one.saying, RefundSaying::Refused { .. });
        let may_be_two = matches!(refunds.asked_twice(), AskedTwice::GivenTwice(_))
            && exchange.first_sent_at != exchange.sent_at;
        let found = said.into_iter().filter(is_ours).min_by_key(is_refused);
        let found = found.filter(|one| !(may_be_two && is_refused(one)));
        Ok(found.map_or(Found::None, |said| Found::This(Box::new(said))))
    }

    async fn ask_for(
        &self,
        recorder: &Books,
        account: &Account,
        refunds: &dyn Refunds,
        exchange: &RefundExchange,
    ) -> Result<RefundNews> {
        let now = recorder.app().world().now();
        let request = match refunds.refund(&exchange.order, now) {
            Ok(request) => request,
            // It cannot be asked for, and was not.
            Err(why) if !exchange.is_again => return Ok(failed(&why)),
            Err(why) => return Ok(unknown(&why.to_string())),
        };
        let Some(reply) = self.carry(recorder, account, &request).await else {
            return Ok(unknown("the provider did not answer"));
        };
        match refunds.refunded(&reply) {
            // Turned down at the first try, nothing was given; later the first may have been.
            Ok(SaidRefund { saying: RefundSaying::Refused { reason }, .. })
                if exchange.is_again && is_another(refunds.asked_twice(), exchange, now) =>
            {
                Ok(unknown(&format!(
                    "asked for again and turned down: {}",
                    ProviderError::shown(&reason)
                )))
            }
            Ok(said) => {
                let mut news = news_of(&said, exchange)?;
                let is_taken = news.event == RefundEvent::Send && news.reference.is_empty();
                // It was told ours, and no look will say more: it is taken, and waits.
                if is_taken && refunds.look_at_refund(&exchange.order, None, now).is_none() {
                    news.reference = exchange.order.key().to_owned();
                }
                Ok(news)
            }
            Err(why @ ProviderError::Rejected { .. }) if !exchange.is_again => Ok(failed(&why)),
            Err(why) => Ok(unknown(&why.to_string())),
        }
    }
}

/// Whether a refund that is asked for again may be a second one beside the first.
fn is_another(twice: AskedTwice, exchange: &RefundExchange, now: DateTime<Utc>) -> bool {
    match twice {
        AskedTwice::GivenTwice(_) => true,
        // Its key is forgotten by then.
        AskedTwice::TheSame(within) => now.signed_duration_since(exchange.first_sent_at) >= within,
        AskedTwice::Refused => false,
    }
}

/// What can be done about a refund that was sent, and of which no look tells.
enum Missing {
    /// The provider took it, and tells of it by itself, or shows it soon.
    Waits,
    /// It may be there and not be shown yet, until then.
    NotYet(DateTime<Utc>),
    /// It is asked for again, and given once. What is known of it until then.
    AskAgain(&'static str),
    /// A person has to see what became of it, and why.
    ForAPerson(String),
}

impl Missing {
    fn of(
        found: &Found,
        refunds: &dyn Refunds,
        exchange: &RefundExchange,
        recorder: &Books,
    ) -> Self {
        let twice = refunds.asked_twice();
        let now = recorder.app().world().now();
        // The provider's own clock runs from the first time.
        let age = now.signed_duration_since(exchange.first_sent_at);
        let shown_at = exchange.sent_at.checked_add_signed(twice.shown_after());
        let shown_at = shown_at.unwrap_or(DateTime::<Utc>::MAX_UTC);
        let is_shown = now >= shown_at;
        match (found, &exchange.name, twice) {
            (Found::CannotSay, Some(_), _) => Self::Waits,
            (Found::None, Some(_), _) if !is_shown => Self::Waits,
            (Found::None, Some(name), _) => Self::ForAPerson(format!(
                "the provider took it as {}, and does not know of it now: ask there, and record \
                 what became of it; it is not asked for again",
                ProviderError::shown(name)
            )),
            (Found::CannotSay, None, AskedTwice::Refused) => Self::AskAgain(UNANSWERED),
            (Found::CannotSay, None, AskedTwice::TheSame(within)) if age < within => {
                Self::AskAgain(UNANSWERED)
            }
            (Found::None, None, AskedTwice::Refused) => Self::AskAgain(UNKNOWN),
            (Found::None, None, AskedTwice::TheSame(within)) if age < within => {
                Self::AskAgain(UNKNOWN)
            }
            (Found::None, None, AskedTwice::GivenTwice(Some(_)) | AskedTwice::TheSame(_)) => {
                if is_shown {
                    Self::AskAgain(UNKNOWN)
                } else {
                    Self::NotYet(shown_at)
                }
            }
            _ => Self::ForAPerson(
                "sent, and no answer came; the provider cannot be asked about it and would pay it \
                 twice if it were asked again: it waits for its payout. See on the provider's \
                 own pages whether it was made, and record what became of it"
                    .to_owned(),
            ),
        }
    }
}

/// The refund stays as it is, or is listed for a person; who asked is told why nothing
/// was sent.
async fn left(
    recorder: &Books,
    exchange: &RefundExchange,
    missing: &Missing,
    may_ask: bool,
) -> Result<RefundStanding> {
    let refund = &exchange.standing.refund;
    let listed_at = exchange.sent_at.checked_add_signed(LISTED_AFTER);
    let is_old = listed_at.is_some_and(|at| recorder.app().world().now() >= at);
    let refused = |why: String| AppError::Refused(format!("refund {}: {why}", refund.number));
    match missing {
        Missing::NotYet(until) if may_ask => {
            let until = until.format("%Y-%m-%d %H:%M UTC");
            let why = format!(
                "sent, and the provider may not show it before {until}; it is not asked for again \
                 until then"
            );
            Err(refused(why).into())
        }
        Missing::AskAgain(why) if is_old => Ok(recorder.miss_refund(refund.id, why).await?),
        Missing::ForAPerson(why) => {
            let standing = match is_old {
                true => recorder.miss_refund(refund.id, why).await?,
                false => exchange.standing.clone(),
            };
            if may_ask { Err(refused(why.clone()).into()) } else { Ok(standing) }
        }
        Missing::Waits | Missing::NotYet(_) | Missing::AskAgain(_) => Ok(exchange.standing.clone()),
    }
}

fn gives_nothing(account: &str) -> GatewayError {
    GatewayError::account(account, "gives nothing back by itself")
}

fn failed(why: &ProviderError) -> RefundNews {
    RefundNews { reason: why.to_string(), ..RefundNews::of(RefundEvent::Fail) }
}

fn unknown(why: &str) -> RefundNews {
    RefundNews { reason: why.to_owned(), ..RefundNews::of(RefundEvent::NoAnswer) }
}

fn news_of(said: &SaidRefund, exchange: &RefundExchange) -> Result<RefundNews> {
    use ims_pay::RefundSaying as S;
    let event = match said.of(&exchange.order) {
        Ok(event) => event,
        // Of another amount or payment: nobody knows what was given.
        Err(why) => return Ok(unknown(&why.to_string())),
    };
    let reason = match &said.saying {
        S::Refused { reason } | S::CameBack { reason } => ProviderError::shown(reason),
        S::Submitted | S::Paid => String::new(),
    };
    let reference = said.refund_ref.clone().unwrap_or_default();
    Ok(RefundNews { reference, reason, ..RefundNews::of(event) })
}
