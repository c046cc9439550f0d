//! The suite itself is tried: an adapter with one fault is told that fault.

use std::sync::atomic::{AtomicU64, Ordering};

use chrono::DateTime;
use ims_money::Pence;

use super::*;
use crate::{
    Abilities, Ask, AskedTwice, Event, Hidden, Hint, MacKey, News, NextStep, NotVerified, Notices,
    ProviderError, Refunds, Request, Said, SaidRefund, Sandbox, Saying, Secret, Tidings, Verified,
};

const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;
const KEY: &str = "not-to-be-printed";

/// What is wrong with an adapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrong {
    Nothing,
    PrintsItsKey,
    ForgetsTheOrder,
    AsksAnewEachTime,
    BelievesTheAskedAmount,
    ReadsCutAnswers,
    TakesFaultsForAnswers,
    BelievesAnybody,
    ReadsUnsignedHeaders,
    PaysBackMore,
    OpenLine,
    NamesItAnew,
    GivesTwice,
    KeepsNoKey,
}

struct Adapter(Sandbox, Wrong, AtomicU64);

impl fmt::Debug for Adapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.1 == Wrong::PrintsItsKey { f.write_str(KEY) } else { f.write_str("Adapter") }
    }
}

impl Provider for Adapter {
    fn name(&self) -> &'static str {
        "wrong"
    }

    fn ask(&self, order: &Order, now: DateTime<Utc>) -> Result<Ask, ProviderError> {
        let Ask::Send(mut request) = self.0.ask(order, now)? else { unreachable!("it sends") };
        match self.1 {
            Wrong::ForgetsTheOrder => request.body = crate::Body(b"amount=1\n".to_vec()),
            Wrong::AsksAnewEachTime => {
                let nth = self.2.fetch_add(1, Ordering::Relaxed);
                request = request.with("idempotency-key", nth.to_string());
            }
            Wrong::OpenLine => request.url = request.url.replace("https", "http"),
            Wrong::Nothing
            | Wrong::PrintsItsKey
            | Wrong::BelievesTheAskedAmount
            | Wrong::ReadsCutAnswers
            | Wrong::TakesFaultsForAnswers
            | Wrong::BelievesAnybody
            | Wrong::ReadsUnsignedHeaders
            | Wrong::PaysBackMore
            | Wrong::NamesItAnew
            | Wrong::GivesTwice
            | Wrong::KeepsNoKey => {}
        }
        Ok(Ask::Send(request))
    }

    fn asked(&self, reply: &Reply) -> Result<Said, ProviderError> {
        self.looked(reply)
    }

    fn look(
        &self,
        order: &Order,
        provider_ref: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Request, ProviderError> {
        self.0.look(order, provider_ref, now)
    }

    fn looked(&self, reply: &Reply) -> Result<Said, ProviderError> {
        let mut reply = reply.clone();
        if self.1 == Wrong::TakesFaultsForAnswers {
            reply.status = 200;
        }
        if self.1 == Wrong::ReadsCutAnswers && !reply.body.0.ends_with(b"end\n") {
            let said = Said::new("sbx-1000-p-1", Saying::paid(None)).about("p-1");
            return Ok(said.for_amount(Pence::new(100), "GBP"));
        }
        let said = self.0.looked(&reply)?;
        if self.1 == Wrong::BelievesTheAskedAmount {
            // As if it were never compared: it answers for any.
            return Ok(Said::new(said.provider_ref().unwrap_or_default(), Saying::Expired));
        }
        Ok(said)
    }

    fn returned(&self, back: &Delivery) -> Hint {
        self.0.returned(back)
    }

    fn abilities(&self) -> Abilities<'_> {
        Abilities { notices: Some(self), refunds: Some(self), ..Abilities::NONE }
    }
}

impl Notices for Adapter {
    fn verify<'n>(
        &self,
        delivery: &'n Delivery,
        now: DateTime<Utc>,
    ) -> Result<Verified<'n>, NotVerified> {
        if self.1 == Wrong::BelievesAnybody {
            let key = MacKey::text(&Secret::new(KEY));
            let proof = key.verify_hex(b"", &key.sign_hex(b"")).ok_or(NotVerified::NoKey)?;
            return Ok(Verified::by(delivery, proof));
        }
        self.0.verify(delivery, now)
    }

    fn news(&self, notice: &Verified<'_>) -> Result<Vec<News>, ProviderError> {
        let mut news = self.0.news(notice)?;
        if self.1 == Wrong::ReadsUnsignedHeaders {
            let amount = notice.delivery().header("amount").and_then(|text| text.parse().ok());
            let said = Said::new("sbx-1000-p-1", Saying::paid(None)).about("p-1");
            let said = said.for_amount(Pence::new(amount.unwrap_or(0)), "GBP");
            news[0].what = Tidings::Payment(said);
        }
        if self.1 == Wrong::NamesItAnew {
            let said = Said::new("another-name", Saying::paid(None)).about("p-1");
            news[0].what = Tidings::Payment(said.for_amount(Pence::new(1_000), "GBP"));
        }
        Ok(news)
    }

    fn thanks(&self) -> Reply {
        self.0.thanks()
    }
}

impl Refunds for Adapter {
    fn refund(&self, refund: &RefundOrder, now: DateTime<Utc>) -> Result<Request, ProviderError> {
        let mut request = self.0.refund(refund, now)?;
        if self.1 == Wrong::KeepsNoKey {
            request.body = crate::Body(format!("amount={}\n", refund.amount().get()).into_bytes());
        }
        Ok(request)
    }

    fn refunded(&self, reply: &Reply) -> Result<SaidRefund, ProviderError> {
        let mut said = self.0.refunded(reply)?;
        if self.1 == Wrong::PaysBackMore {
            said.amount = Some((Pence::new(1), "GBP".to_owned()));
        }
        Ok(said)
    }

    fn asked_twice(&self) -> AskedTwice {
        if self.1 == Wrong::GivesTwice {
            return AskedTwice::GivenTwice(Some(chrono::TimeDelta::days(1)));
        }
        self.0.asked_twice()
    }

    fn look_at_refund(
        &self,
        _: &RefundOrder,
        _: Option<&str>,
        _: DateTime<Utc>,
    ) -> Option<Request> {
        None
    }

    fn looked_at_refund(&self, _: &Reply) -> Result<Vec<SaidRefund>, ProviderError> {
        Ok(Vec::new())
    }
}

fn order(key: &str, pence: i64) -> Order {
    Order::of(key, Pence::new(pence), "Rent", "https://council.example/back").unwrap()
}

fn tried(wrong: Wrong) -> Report {
    let sandbox = Sandbox::new(Secret::new(KEY));
    let adapter = Adapter(sandbox.clone(), wrong, AtomicU64::new(0));
    let (paid, declined) = (order("p-1", 1_000), order("p-2", 1_001));
    let serve = |request: &Request| sandbox.serve(request, NOW).unwrap();
    let Ask::Send(ask) = sandbox.ask(&paid, NOW).unwrap() else { panic!("handed") };
    let looked = |order: &Order| serve(&sandbox.look(order, None, NOW).unwrap());
    let (amount, left) = (Pence::new(400), Pence::new(1_000));
    let refund = RefundOrder::of("r-1", "p-1", "sbx-1000-p-1", amount, left).unwrap();
    let mut notice = sandbox.notice("sbx-1000-p-1", NOW).unwrap();
    if wrong == Wrong::ReadsUnsignedHeaders {
        notice.headers.push(("amount".to_owned(), "1000".to_owned()));
    }
    Suite::new(&adapter, &paid, NOW)
        .secret(KEY)
        .asked("itself", &paid, serve(&ask), StatusName::Started)
        .looked("itself", &paid, looked(&paid), StatusName::Captured)
        .looked("itself", &declined, looked(&declined), StatusName::Failed)
        .noticed("itself", &paid, notice, "captured")
        .refunded(
            "itself",
            &refund,
            serve(&sandbox.refund(&refund, NOW).unwrap()),
            RefundEvent::Pay,
        )
        .signature_tried_apart("it is made here")
        .check()
}

#[test]
fn what_is_right_is_kept() {
    let report = tried(Wrong::Nothing);
    assert!(report.is_kept(), "{report}");
    assert!(report.checks > 2_000, "{report}");
}

#[test]
fn each_fault_is_told() {
    for (wrong, promise) in [
        (Wrong::PrintsItsKey, "secrets are never printed"),
        (Wrong::ForgetsTheOrder, "what is asked goes under our key"),
        (Wrong::AsksAnewEachTime, "the same order is the same request"),
        (Wrong::BelievesTheAskedAmount, "an answer says what it should"),
        (Wrong::ReadsCutAnswers, "an answer cut off says nothing of money"),
        (Wrong::TakesFaultsForAnswers, "a fault is no event"),
        (Wrong::BelievesAnybody, "only what is signed is believed"),
        (Wrong::ReadsUnsignedHeaders, "only what is signed is believed"),
        (Wrong::PaysBackMore, "a refund's answer says what it should"),
        (Wrong::OpenLine, "everything goes over TLS"),
        (Wrong::NamesItAnew, "one payment has one name"),
        (Wrong::GivesTwice, "a refund is shown before it is asked for again"),
        (Wrong::KeepsNoKey, "a refund goes under our key"),
    ] {
        let report = tried(wrong);
        let told = report.faults.iter().any(|(told, _)| *told == promise);
        assert!(told, "{wrong:?} was not told as `{promise}`\n{report}");
    }
}

#[test]
fn too_little_is_told() {
    let sandbox = Sandbox::new(Secret::new(KEY));
    let order = order("p-1", 1_000);
    let suite = Suite::new(&sandbox, &order, NOW).secret(KEY);
    assert_eq!(suite.check().faults.len(), 7);
    for what in ["no notice of money", "no published signature, or why there is none"] {
        let faults = suite.check().faults;
        assert!(faults.iter().any(|(_, told)| told == what), "{what}: {faults:?}");
    }
    let report = suite.unverified("nothing is published").check();
    assert!(report.is_kept(), "{report}");
}

#[test]
fn a_secret_handed_to_a_browser_is_not_printed() {
    let next = NextStep::PayerSecret { secret: Hidden::new(KEY) };
    let event = Event::handed(&order("p-1", 1), next);
    assert!(!format!("{event:?}").contains(KEY));
}
