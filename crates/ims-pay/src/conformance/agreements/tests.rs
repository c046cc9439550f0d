use chrono::{DateTime, Utc};
use ims_money::Pence;

use super::*;
use crate::{
    Abilities, Body, Delivery, Heeded, Hint, Order, Provider, Said, SaidAgreement, Sandbox, Secret,
};

const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;
const KEY: &str = "not-to-be-printed";

/// What is wrong with an adapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrong {
    Nothing,
    GivesCardsAway,
    AsksOneAgreementForAll,
    DoesNotEscape,
    ForgetsWhichToUse,
    PrintsItsKey,
    TakesFaultsForAnswers,
    ReadsAnything,
    IsActiveTooSoon,
    EndsWhateverIsSaid,
}

#[derive(Debug)]
struct Adapter(Sandbox, Wrong);

impl Provider for Adapter {
    fn name(&self) -> &'static str {
        "agreeing"
    }

    fn ask(&self, order: &Order, now: DateTime<Utc>) -> Result<Ask, ProviderError> {
        let plain = Order::of(order.key(), order.amount(), order.description(), order.return_url());
        match (self.1, order.agreement()) {
            (Wrong::ForgetsWhichToUse, Some(_)) => {
                let order = plain.map_err(|error| ProviderError::CannotAsk(error.to_string()))?;
                self.0.ask(&order.under(Agreeing::Use("x".to_owned())), now)
            }
            _ => self.0.ask(order, now),
        }
    }

    fn asked(&self, reply: &Reply) -> Result<Said, ProviderError> {
        self.0.asked(reply)
    }

    fn look(
        &self,
        order: &Order,
        name: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Request, ProviderError> {
        self.0.look(order, name, now)
    }

    fn looked(&self, reply: &Reply) -> Result<Said, ProviderError> {
        self.0.looked(reply)
    }

    fn returned(&self, back: &Delivery) -> Hint {
        self.0.returned(back)
    }

    fn abilities(&self) -> Abilities<'_> {
        Abilities { agreements: Some(self), ..Abilities::NONE }
    }
}

impl Agreements for Adapter {
    fn agree(&self, new: &NewAgreement, now: DateTime<Utc>) -> Result<Request, ProviderError> {
        if self.1 == Wrong::GivesCardsAway {
            let request = self.0.look_at_agreement("x", now);
            return Ok(Request { body: Body(format!("{new:?}").into_bytes()), ..request });
        }
        let mut new = new.clone();
        if self.1 == Wrong::AsksOneAgreementForAll {
            new.reference = "a".to_owned();
        }
        self.0.agree(&new, now)
    }

    fn look_at_agreement(&self, name: &str, now: DateTime<Utc>) -> Request {
        let mut request = self.0.look_at_agreement(name, now);
        if self.1 == Wrong::DoesNotEscape {
            request.url = format!("https://sandbox.invalid/{name}");
        }
        if self.1 == Wrong::PrintsItsKey {
            request.url = format!("{}?key={KEY}", request.url);
        }
        request
    }

    fn agreed(&self, reply: &Reply) -> Result<SaidAgreement, ProviderError> {
        let mut reply = reply.clone();
        if self.1 == Wrong::TakesFaultsForAnswers {
            reply.status = 200;
        }
        let read = self.0.agreed(&reply);
        match (self.1, read) {
            (Wrong::IsActiveTooSoon, Ok(said)) => {
                Ok(SaidAgreement { state: AgreementState::Active, ..said })
            }
            (Wrong::ReadsAnything, Err(_)) if reply.status == 200 => {
                let (agreement_ref, state) = ("x".to_owned(), AgreementState::Active);
                Ok(SaidAgreement { agreement_ref, reference: None, state })
            }
            (_, read) => read,
        }
    }

    fn end_agreement(&self, name: &str, now: DateTime<Utc>) -> Request {
        self.0.end_agreement(name, now)
    }

    fn ended(&self, reply: &Reply) -> Result<Heeded, ProviderError> {
        if self.1 == Wrong::EndsWhateverIsSaid { Ok(Heeded) } else { self.0.ended(reply) }
    }
}

fn tried(wrong: Wrong) -> Report {
    let sandbox = Sandbox::new(Secret::new(KEY));
    let adapter = Adapter(sandbox.clone(), wrong);
    let back = "https://council.example/back";
    let order = Order::of("p-1", Pence::new(1_000), "Rent", back).unwrap();
    let serve = |request: Request| sandbox.serve(&request, NOW).unwrap();
    let (reference, description) = ("a-1".to_owned(), "Rent".to_owned());
    let new = NewAgreement { reference, description, payer_id: None };
    let look = |name: &str| serve(sandbox.look_at_agreement(name, NOW));
    let (active, ended) = ("sba-active-a-1", "sba-ended-a-1");
    Suite::new(&adapter, &order, NOW)
        .secret(KEY)
        .agreed("itself", active, serve(sandbox.agree(&new, NOW).unwrap()), AgreementState::Created)
        .agreed("itself", active, look(active), AgreementState::Active)
        .agreed("itself", ended, look(ended), AgreementState::Ended)
        .agreement_ended("itself", serve(sandbox.end_agreement(active, NOW)))
        .unverified("only agreements are tried here")
        .check()
}

#[test]
fn each_fault_of_an_agreement_is_told() {
    let report = tried(Wrong::Nothing);
    assert!(report.is_kept(), "{report}");
    for (wrong, promise) in [
        (Wrong::GivesCardsAway, "a card number is given to nobody"),
        (Wrong::AsksOneAgreementForAll, "another agreement is another request"),
        (Wrong::DoesNotEscape, "a name is escaped in an address"),
        (Wrong::ForgetsWhichToUse, "another agreement is another request"),
        (Wrong::PrintsItsKey, "secrets are never printed"),
        (Wrong::TakesFaultsForAnswers, "a fault is no agreement"),
        (Wrong::ReadsAnything, "what is no agreement is not read as one"),
        (Wrong::ReadsAnything, "an answer cut off says nothing of an agreement"),
        (Wrong::IsActiveTooSoon, "an agreement stands where it should"),
        (Wrong::EndsWhateverIsSaid, "a fault is no agreement"),
    ] {
        let report = tried(wrong);
        let told = report.faults.iter().any(|(told, _)| *told == promise);
        assert!(told, "{wrong:?} was not told as `{promise}`\n{report}");
    }
}

#[test]
fn agreements_that_nobody_claims_are_not_tried() {
    let sandbox = Sandbox::new(Secret::new(KEY));
    let back = "https://council.example/back";
    let order = Order::of("p-1", Pence::new(1_000), "Rent", back).unwrap();
    let report = Suite::new(&sandbox, &order, NOW).secret(KEY).check();
    let untried = |(_, what): &(&str, String)| what == "no agreement of each state, and its end";
    assert!(report.faults.iter().any(untried), "{report}");
}
