//! A refund is asked of the provider that took the payment: once, however often
//! somebody tries, and whatever was lost on the way.

use ims_app::{Books, RefundExchange, RefundNews, RefundStanding};
use ims_ledger::{RefundEvent, RefundState, id::RefundId};
use ims_pay::{ProviderError, Refunds, SaidRefund};

use crate::{GatewayError, Gateways, Polled, Result, account::Account, gateways::recorder};

/// Refunds under way that are looked at in one go.
const AT_ONCE: i64 = 100;

impl Gateways {
    /// Sends an approved refund to the provider that took the payment, or asks
    /// what became of one that was sent. One without an answer is unknown: it is
    /// looked for, and asked for again under its own key.
    ///
    /// # Errors
    ///
    /// As [`Books::send_refund`]; [`GatewayError::Account`] when the provider
    /// gives nothing back. That the provider refuses is no error: the refund has
    /// failed, and says why.
    pub async fn refund(&self, books: &Books, id: RefundId) -> Result<RefundStanding> {
        self.follow(books, id, true).await
    }

    /// Only a person has a refund asked for; a program looks what became of it.
    async fn follow(&self, books: &Books, id: RefundId, may_ask: bool) -> Result<RefundStanding> {
        let exchange = books.send_refund(id).await?;
        let recorder = recorder(books).await?;
        let account = self.account_of(&recorder, &exchange.provider).await?;
        let Some(refunds) = account.provider.abilities().refunds else {
            return Err(GatewayError::account(&account.name, "gives nothing back by itself"));
        };
        let found = match exchange.is_again {
            true => self.look_for(&recorder, &account, refunds, &exchange).await?,
            false => None,
        };
        let news = match found {
            Some(said) => news_of(&said, &exchange)?,
            None if !may_ask => return Ok(exchange.standing),
            None => self.ask_for(&recorder, &account, refunds, &exchange).await?,
        };
        Ok(recorder.record_refund(id, &news).await?)
    }

    /// Asks about refunds under way at providers.
    pub(crate) async fn poll_refunds(&self, recorder: &Books, polled: &mut Polled) -> Result<()> {
        for state in [RefundState::Sent, RefundState::Unknown] {
            for refund in recorder.refunds(Some(state), None, AT_ONCE).await? {
                if refund.channel.is_none() {
                    continue;
                }
                match self.follow(recorder, refund.id, false).await {
                    Ok(standing) if standing.refund.state != refund.state => {
                        polled.moved = polled.moved.saturating_add(1);
                    }
                    Ok(_) => {}
                    // One that was sent by hand, and is followed by hand.
                    Err(GatewayError::App(error)) if error.is_refusal() => {}
                    Err(GatewayError::App(error)) => return Err(error.into()),
                    Err(error) => {
                        let name = format!("refund {}", refund.number);
                        polled.failed.push((name, error.to_string()));
                    }
                }
            }
        }
        Ok(())
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
        let request = refunds.refund(&exchange.order, recorder.app().world().now())?;
        let Some(reply) = self.carry(recorder, account, &request).await else {
            return Ok(unknown("the provider did not answer"));
        };
        match refunds.refunded(&reply) {
            Ok(said) => news_of(&said, exchange),
            // Turned down at the first try, nothing was given; later it may have been.
            Err(why @ ProviderError::Rejected { .. }) if !exchange.is_again => {
                Ok(RefundNews { reason: why.to_string(), ..RefundNews::of(RefundEvent::Fail) })
            }
            Err(why) => Ok(unknown(&why.to_string())),
        }
    }
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
