//! Giving back: once, no more than asked, and what is accepted is not yet paid.

use chrono::{DateTime, TimeDelta, Utc};
use ims_money::Pence;

use super::{Report, Suite, asking::all_of, damage, replies::is_later};
use crate::{AskedTwice, BadRefund, ProviderError, RefundOrder, Refunds, Reply};

/// An order for a refund under a key, of an amount.
type OrderOf<'a> = dyn Fn(&str, Pence) -> Result<RefundOrder, BadRefund> + 'a;

/// Less than this no list can promise.
const LAG_MIN: TimeDelta = TimeDelta::minutes(5);

impl Suite<'_> {
    pub(super) fn check_refunds(&self, report: &mut Report) {
        let Some(provider) = self.provider.abilities().refunds else {
            let none = self.refunds.is_empty();
            report.that(none, "an ability is claimed where it is tried", || "refunds".to_owned());
            return;
        };
        self.check_asking_back(report, provider);
        for recorded in &self.refunds {
            self.keeps_secrets(report, "a refund's order", &format!("{:?}", recorded.refund));
            let said = provider.refunded(&recorded.reply);
            self.keeps_secrets(report, "a refund", &format!("{said:?}"));
            let event = said.as_ref().map_err(Clone::clone).and_then(|s| s.of(&recorded.refund));
            report.that(
                event == Ok(recorded.wanted),
                "a refund's answer says what it should",
                || format!("{}: {event:?}, not {:?}", recorded.source, recorded.wanted),
            );
            let names = said.is_ok_and(|said| said.amount.is_some());
            let other = more(&recorded.refund)
                .map(|other| provider.refunded(&recorded.reply).and_then(|said| said.of(&other)));
            let raised = other.is_none_or(|o| o.is_err_and(|error| error.is_exception()));
            report.that(!names || raised, "another refund is an exception", || {
                recorded.source.to_owned()
            });
            self.refund_faults(report, provider, &recorded.reply, recorded.source);
        }
    }

    fn check_asking_back(&self, report: &mut Report, provider: &dyn Refunds) {
        let left = self.order.amount();
        let of = |key: &str, amount| RefundOrder::of(key, self.order.key(), "x-1", amount, left);
        let request = |key: &str, amount: Pence| {
            let refund = of(key, amount).ok()?;
            let request = provider.refund(&refund.from_transaction("t-1"), self.now).ok()?;
            Some(all_of(&request))
        };
        let one = Pence::new(1);
        let part = request("r-1", one);
        report.that(part.is_some(), "part of a payment can be given back", String::new);
        report.that(part == request("r-1", one), "the same refund is the same request", || {
            "asked twice, it differs".to_owned()
        });
        report.that(part != request("r-1", left), "another refund is another request", || {
            "with another amount it is the same".to_owned()
        });
        check_asked_twice(report, provider, (&of, request("r-1", one)), self.now);
        let shown = of("r-1", one).ok().map(|refund| provider.refund(&refund, self.now));
        self.keeps_secrets(report, "asking for a refund", &format!("{shown:?}"));
        let tls = shown.and_then(Result::ok).is_none_or(|r| r.url.starts_with("https://"));
        report.that(tls, "everything goes over TLS", || "a refund does not".to_owned());
        for body in damage::STRANGE {
            let read = provider.refunded(&Reply::new(200, *body));
            report.that(read.is_err(), "what is no answer is not read as one", || {
                format!("refund: {:?}", String::from_utf8_lossy(body))
            });
        }
    }

    fn refund_faults(
        &self,
        report: &mut Report,
        provider: &dyn Refunds,
        reply: &Reply,
        source: &'static str,
    ) {
        for status in [400, 401, 403, 408, 409, 412, 425, 429, 500, 503] {
            let read = provider.refunded(&Reply { status, ..reply.clone() });
            // What may still happen is no refusal: it would be asked for anew.
            let may_be = |error: &ProviderError| {
                !is_later(status) || !matches!(error, ProviderError::Rejected { .. })
            };
            report.that(read.as_ref().is_err_and(may_be), "a fault is no refund", || {
                format!("{source}: HTTP {status}: {read:?}")
            });
        }
        let whole = provider.refunded(reply);
        for copy in damage::cut(&reply.body.0) {
            let length = copy.len();
            let read = provider.refunded(&Reply::new(reply.status, copy));
            let holds =
                matches!(&read, Err(ProviderError::Unreadable(_) | ProviderError::Rejected { .. }))
                    || read == whole;
            report.that(holds, "a refund's answer cut off says nothing", || {
                format!("{source}: cut at {length}: {read:?}")
            });
        }
    }
}

/// Tries that what it makes of a refund asked for twice is in what it is asked: our key,
/// or what is left. What may be given twice is looked at before, and shown some time.
fn check_asked_twice(
    report: &mut Report,
    provider: &dyn Refunds,
    (of, asked): (&OrderOf<'_>, Option<Vec<u8>>),
    now: DateTime<Utc>,
) {
    let one = Pence::new(1);
    let other = of("r-2", one).ok().and_then(|refund| {
        provider.refund(&refund.from_transaction("t-1"), now).ok().map(|request| all_of(&request))
    });
    // An order of the same refund with less left of the payment.
    let less = of("r-1", one).ok().and_then(|refund| {
        let (payment, name) = (refund.payment_key(), refund.provider_ref());
        let refund = RefundOrder::of("r-1", payment, name, one, one).ok()?;
        let request = provider.refund(&refund.from_transaction("t-1"), now).ok()?;
        Some(all_of(&request))
    });
    let (keyed, counted) = (other != asked, less != asked);
    match provider.asked_twice() {
        AskedTwice::TheSame(_) => {
            report.that(keyed, "a refund goes under our key", || "another key is the same".into());
        }
        AskedTwice::Refused => {
            report.that(keyed || counted, "a second refund can be refused", || {
                "neither our key nor what is left goes with it".to_owned()
            });
        }
        AskedTwice::GivenTwice(shown_after) => {
            let look =
                of("r-1", one).ok().map(|refund| provider.look_at_refund(&refund, None, now));
            let looks = look.flatten().is_some();
            let holds = match shown_after {
                Some(after) => looks && after >= LAG_MIN,
                None => true,
            };
            report.that(holds, "a refund is shown before it is asked for again", || {
                format!("looked at: {looks}, after {shown_after:?}")
            });
        }
    }
}

/// The same refund of a penny more, or less where there is no more.
fn more(refund: &RefundOrder) -> Option<RefundOrder> {
    let other = |pence| {
        let amount = refund.amount().checked_add(Pence::new(pence))?;
        let (payment, name) = (refund.payment_key(), refund.provider_ref());
        let other = RefundOrder::of(refund.key(), payment, name, amount, refund.available());
        other.ok().map(|other| other.from_transaction(refund.transaction()))
    };
    other(1).or_else(|| other(-1))
}
