//! A refund is asked of the provider that took the payment: once, however often
//! somebody tries, and whatever was lost on the way.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use ims_app::{Books, RefundExchange, RefundNews, RefundStanding};
use ims_ledger::{Council, RefundEvent, id::RefundId};
use ims_pay::{ProviderError, Refunds, SaidRefund};

use crate::{
    GatewayError, Gateways, Polled, Result, account::Account, gateways::recorder,
    poll::SILENCES_MAX,
};

/// Refunds under way that are looked at in one go.
const AT_ONCE: i64 = 100;

/// How long after it was sent a refund that the provider does not know is missed.
const MISSED_AFTER: TimeDelta = TimeDelta::minutes(5);

impl Gateways {
    /// Sends an approved refund to the provider that took the payment, or asks
    /// what became of one that was sent. One without an answer is unknown: it is
    /// looked for, and asked for again under its own key.
    ///
    /// # Errors
    ///
    /// As [`Books::send_refund`], of an account that cannot be asked too: the
    /// refund stays approved. That the provider refuses is no error: the refund has
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
        let found = match exchange.is_again {
            true => self.look_for(recorder, &account, refunds, exchange).await?,
            false => None,
        };
        let id = exchange.standing.refund.id;
        let news = match found {
            Some(said) => news_of(&said, exchange)?,
            None if may_ask => self.ask_for(recorder, &account, refunds, exchange).await?,
            None => {
                let age = recorder.app().world().now().signed_duration_since(exchange.sent_at);
                if age < MISSED_AFTER {
                    return Ok(exchange.standing.clone());
                }
                return Ok(recorder.miss_refund(id).await?);
            }
        };
        Ok(recorder.record_refund(id, &news).await?)
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

    /// The refund among those the provider has of the payment, if it is there.
    async fn look_for(
        &self,
        recorder: &Books,
        account: &Account,
        refunds: &dyn Refunds,
        exchange: &RefundExchange,
    ) -> Result<Option<SaidRefund>> {
        let now = recorder.app().world().now();
        let name = exchange.name.as_deref();
        let Some(request) = refunds.look_at_refund(&exchange.order, name, now) else {
            return Ok(None);
        };
        let reply = self.carry(recorder, account, &request).await;
        let silent = || GatewayError::account(&account.name, "does not answer");
        let said = match refunds.looked_at_refund(&reply.ok_or_else(silent)?) {
            Ok(said) => said,
            Err(ProviderError::NotFound) => return Ok(None),
            Err(why) => return Err(why.into()),
        };
        let is_ours = |one: &SaidRefund| {
            let others = &exchange.others;
            let is_anothers = one.refund_ref.as_ref().is_some_and(|name| others.contains(name));
            !is_anothers && one.of(&exchange.order).is_ok()
        };
        Ok(said.into_iter().find(is_ours))
    }

    async fn ask_for(
        &self,
        recorder: &Books,
        account: &Account,
        refunds: &dyn Refunds,
        exchange: &RefundExchange,
    ) -> Result<RefundNews> {
        let request = match refunds.refund(&exchange.order, recorder.app().world().now()) {
            Ok(request) => request,
            // It cannot be asked for, and was not.
            Err(why) if !exchange.is_again => return Ok(failed(&why)),
            Err(why) => return Ok(unknown(&why.to_string())),
        };
        let Some(reply) = self.carry(recorder, account, &request).await else {
            return Ok(unknown("the provider did not answer"));
        };
        match refunds.refunded(&reply) {
            Ok(said) => news_of(&said, exchange),
            // Turned down at the first try, nothing was given; later it may have been.
            Err(why @ ProviderError::Rejected { .. }) if !exchange.is_again => Ok(failed(&why)),
            Err(why) => Ok(unknown(&why.to_string())),
        }
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
