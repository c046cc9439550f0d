use chrono::{DateTime, Utc};
use ims_money::Pence;

use super::*;
use crate::{
    Abilities, Ask, Hint, MacKey, Order, Provider, ProviderError, Reply, Request, Said, Sandbox,
    Saying, StatusName, Verified,
};

const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

/// What is wrong with an adapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrong {
    Nothing,
    HasOneKeyForAll,
    HasNoKeyInItsAnswer,
    ReadsWhatIsNotSigned,
    NamesNoPayment,
    ForgetsTheWayBack,
}

/// The sandbox, with notices of two lines: the reference, and its signature.
#[derive(Debug)]
struct Adapter(Sandbox, Wrong);

impl Provider for Adapter {
    fn name(&self) -> &'static str {
        "keyed"
    }

    fn ask(&self, order: &Order, now: DateTime<Utc>) -> Result<Ask, ProviderError> {
        self.0.ask(order, now)
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
        let named = back.body.text().ok().and_then(|text| text.lines().next());
        let named = named.filter(|_| self.1 != Wrong::NamesNoPayment);
        Hint { reference: named.map(str::to_owned), ..Hint::default() }
    }

    fn abilities(&self) -> Abilities<'_> {
        Abilities { keyed_notices: Some(self), ..Abilities::NONE }
    }
}

impl KeyedNotices for Adapter {
    fn notice_key(&self, _: &Reply) -> Option<Secret> {
        (self.1 != Wrong::HasNoKeyInItsAnswer).then(|| Secret::new("key-1"))
    }

    fn verify_with<'n>(
        &self,
        delivery: &'n Delivery,
        key: &Secret,
    ) -> Result<Verified<'n>, NotVerified> {
        let text = delivery.body.text().map_err(|_| NotVerified::Unsigned)?;
        let (said, signature) = text.split_once('\n').ok_or(NotVerified::Unsigned)?;
        if key.reveal().is_empty() {
            return Err(NotVerified::NoKey);
        }
        let one = Secret::new("key-1");
        let key = MacKey::text(if self.1 == Wrong::HasOneKeyForAll { &one } else { key });
        let proof = key.verify_hex(said.as_bytes(), signature);
        proof.map(|proof| Verified::by(delivery, proof)).ok_or(NotVerified::Forged)
    }

    fn news_of(&self, notice: &Verified<'_>, order: &Order) -> Result<Vec<News>, ProviderError> {
        let mut amount = order.amount();
        if self.1 == Wrong::ReadsWhatIsNotSigned {
            amount = notice.delivery().query.parse().unwrap_or(Pence::new(1));
        }
        let said =
            Said::new("sbx-1000-p-1", Saying::paid(None)).about("p-1").for_amount(amount, "GBP");
        Ok(vec![News { id: None, at: None, what: Tidings::Payment(said) }])
    }

    fn thanks_to(&self, back: &str) -> Reply {
        Reply::new(200, if self.1 == Wrong::ForgetsTheWayBack { "" } else { back })
    }
}

fn tried(wrong: Wrong) -> Report {
    let adapter = Adapter(Sandbox::new(Secret::new("of-the-sandbox")), wrong);
    let back = "https://council.example/back";
    let order = Order::of("p-1", Pence::new(1_000), "Rent", back).unwrap();
    let Ask::Send(ask) = adapter.ask(&order, NOW).unwrap() else { panic!("handed") };
    let answer = adapter.0.serve(&ask, NOW).unwrap();
    let key = Secret::new("key-1");
    let mut notice = Delivery::new(&[], format!("p-1\n{}", MacKey::text(&key).sign_hex(b"p-1")));
    notice.query = "10.00".to_owned();
    Suite::new(&adapter, &order, NOW)
        .secret("key-1")
        .asked("itself", &order, answer, StatusName::Started)
        .noticed_with("itself", &order, notice, &key, StatusName::Captured)
        .unverified("only what is signed with keys is tried here")
        .check()
}

#[test]
fn each_fault_of_a_notice_with_a_key_is_told() {
    let report = tried(Wrong::Nothing);
    assert!(report.is_kept(), "{report}");
    for (wrong, promise) in [
        (Wrong::HasOneKeyForAll, "another payment's key is refused"),
        (Wrong::HasNoKeyInItsAnswer, "a payment that begins has its key"),
        (Wrong::ReadsWhatIsNotSigned, "only what is signed is believed"),
        (Wrong::NamesNoPayment, "a notice hints which payment it is of"),
        (Wrong::ForgetsTheWayBack, "a notice kept is thanked for"),
    ] {
        let report = tried(wrong);
        let told = report.faults.iter().any(|(told, _)| *told == promise);
        assert!(told, "{wrong:?} was not told as `{promise}`\n{report}");
    }
}
