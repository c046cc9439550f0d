//! Pay by bank: the payer agrees at their bank, and the gateway makes the payment.

use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use ims_gateway::Paying;
use ims_pay::{Channel, NextStep};
use ims_testkit::on_both;

use super::adapters::{FarEnd, Mill, between, captured, said, started};

/// An account at a bank's interface.
fn bank_at(url: &str) -> String {
    format!(
        "kind = \"open-banking\"\nurl = \"{url}/pisp\"\nsecrets = {{ key = \"key\" }}\n\
         settings = {{ name = \"Millborough Council\", sort-code = \"20-00-00\", account = \"12345678\", \
         authorise = \"https://agree.example/{{consent}}\" }}\n"
    )
}

/// A consent, or the payment under it, as the Open Banking read/write API v3.1 has them.
fn agreed_to(heard: &[String], status: &str, payment: &str) -> String {
    let reference = between(&heard[0], "\"InstructionIdentification\":\"", "\"").unwrap();
    format!(
        r#"{{"Data":{{{payment}"ConsentId":"58923","Status":"{status}","Initiation":{{
        "InstructionIdentification":"{reference}","InstructedAmount":{{"Amount":"45.00","Currency":"GBP"}}}}}}}}"#
    )
}

/// What the bank says now: of the consent, when the payment is to be made, and of the
/// payment by its own name.
#[derive(Clone)]
struct Bank(Arc<Mutex<[String; 3]>>);

const PAYMENT: &str = "\"DomesticPaymentId\":\"7290-003\",";

/// Words of the stub that are no status: the request is not answered, the consent or the
/// payment is not known, and what the bank refuses.
const SILENT: &str = "silent";
const LOST: &str = "lost";
const REFUSED: &str = "refused";

impl Bank {
    async fn with(url: &str) -> (Self, FarEnd, Mill) {
        let bank =
            Self(Arc::new(Mutex::new(["AwaitingAuthorisation", REFUSED, LOST].map(str::to_owned))));
        let told = bank.clone();
        let far = FarEnd::answering(move |heard| told.answer(heard)).await;
        let mill = Mill::with(url, &bank_at(&far.url)).await;
        (bank, far, mill)
    }

    fn says(&self, words: [&str; 3]) {
        *self.0.lock().unwrap() = words.map(str::to_owned);
    }

    fn answer(&self, heard: &[String]) -> String {
        let [consent, made, payment] = self.0.lock().unwrap().clone();
        let asked = heard.last().unwrap();
        let (word, more) = match asked.split(' ').nth(1).unwrap() {
            "/pisp/domestic-payments" => (made, PAYMENT),
            "/pisp/domestic-payments/7290-003" => (payment, PAYMENT),
            _ => (consent, ""),
        };
        match word.as_str() {
            SILENT => String::new(),
            LOST => said("400 Bad Request", &fault("UK.OBIE.Resource.NotFound")),
            REFUSED => said("400 Bad Request", &fault("UK.OBIE.Rules.FailsControlParameters")),
            // Asked once more in the same breath, it is known to be made.
            "Authorised, made" if asked_last_for_payment(heard) => agreed_to(heard, "Consumed", ""),
            "Authorised, made" => agreed_to(heard, "Authorised", ""),
            status => agreed_to(heard, status, more),
        }
    }
}

fn asked_last_for_payment(heard: &[String]) -> bool {
    heard.iter().rev().nth(1).is_some_and(|one| one.starts_with(MAKING))
}

fn fault(code: &str) -> String {
    format!(
        r#"{{"Code":"400 BadRequest","Id":"1","Message":"no","Errors":[{{"ErrorCode":"{code}","Message":"no"}}]}}"#
    )
}

const MAKING: &str = "POST /pisp/domestic-payments ";

fn made(far: &FarEnd) -> usize {
    far.heard().iter().filter(|one| one.starts_with(MAKING)).count()
}

fn authorised() -> (String, bool, i64) {
    ("authorised".to_owned(), false, 0)
}

/// What became of it, and why.
async fn ended(mill: &Mill, paying: &Paying) -> (String, String) {
    let view = mill.gateways.look(&mill.books, paying.view.payment.id).await.unwrap();
    assert_eq!((view.receipt, mill.taken().await), (None, 0));
    (view.payment.status, view.payment.reason)
}

on_both! {
    /// The payer agrees at their bank; then the payment is made, once, and followed by its
    /// own name, however long that takes.
    async fn a_payment_by_bank_is_made_when_its_payer_has_agreed(url: &str) {
        let (bank, far, mill) = Bank::with(url).await;
        let paying = mill.pay(Channel::Online).await.unwrap();
        assert_eq!(paying.next, Some(NextStep::redirect("https://agree.example/58923")));
        // Nobody has agreed yet: nothing is made.
        assert_eq!(mill.looked(&paying).await, started());
        assert_eq!(far.heard().len(), 2);
        bank.says(["Authorised", "AcceptedSettlementInProcess", "AcceptedSettlementInProcess"]);
        assert_eq!(mill.looked(&paying).await, authorised());
        mill.clock.forward(TimeDelta::hours(30));
        assert_eq!(mill.looked(&paying).await, authorised());
        bank.says(["Consumed", REFUSED, "AcceptedCreditSettlementCompleted"]);
        assert_eq!(mill.looked(&paying).await, captured());
        assert_eq!(mill.looked(&paying).await, captured());
        assert_eq!(made(&far), 1);
        let asked = far.heard().into_iter().find(|one| one.starts_with(MAKING)).unwrap();
        let key = format!("x-idempotency-key: {}\r\n", paying.view.payment.reference);
        assert!(asked.contains(&key) && asked.contains("\"ConsentId\":\"58923\""), "{asked}");
        let view = mill.books.payment(paying.view.payment.id).await.unwrap();
        assert_eq!(view.payment.transaction.as_deref(), Some("7290-003"));
        let verified = mill.books.verify(None).await.unwrap();
        assert!(verified.ok, "{:?}", verified.checks);
    }

    /// Its answer was lost: under the same key it is the same payment.
    async fn a_payment_by_bank_whose_answer_was_lost_is_asked_for_again_under_its_key(url: &str) {
        let (bank, far, mill) = Bank::with(url).await;
        let paying = mill.pay(Channel::Online).await.unwrap();
        bank.says(["Authorised", SILENT, LOST]);
        assert_eq!(mill.looked(&paying).await, authorised());
        bank.says(["Consumed", "AcceptedCreditSettlementCompleted", LOST]);
        assert_eq!(mill.looked(&paying).await, captured());
        for asked in far.heard().iter().filter(|one| one.starts_with(MAKING)) {
            let key = format!("x-idempotency-key: {}\r\n", paying.view.payment.reference);
            assert!(asked.contains(&key), "{asked}");
        }
    }

    /// It may have been made: once the bank has forgotten the key, it is not asked for again.
    async fn a_payment_by_bank_is_not_made_again_when_the_bank_forgot_its_key(url: &str) {
        let (bank, far, mill) = Bank::with(url).await;
        let paying = mill.pay(Channel::Online).await.unwrap();
        bank.says(["Authorised", SILENT, LOST]);
        assert_eq!(mill.looked(&paying).await, authorised());
        let asked = made(&far);
        mill.clock.forward(TimeDelta::hours(21));
        for consent in ["Consumed", LOST] {
            bank.says([consent, "AcceptedCreditSettlementCompleted", LOST]);
            assert_eq!(mill.looked(&paying).await, authorised());
        }
        assert_eq!(made(&far), asked);
        // Nobody can say any more whether it was made, and the bank knows of nothing.
        mill.clock.forward(TimeDelta::days(14));
        let (status, why) = ended(&mill, &paying).await;
        assert_eq!(status, "errored");
        assert!(why.contains("may have been made"), "{why}");
        assert_eq!(made(&far), asked);
    }

    /// Something was made of the consent, and what the bank calls it was lost: that ends too,
    /// and if it ever says that it was paid, it is booked.
    async fn a_payment_by_bank_whose_name_was_lost_ends_though_its_consent_was_used(url: &str) {
        let (bank, far, mill) = Bank::with(url).await;
        let paying = mill.pay(Channel::Online).await.unwrap();
        bank.says(["Authorised", SILENT, LOST]);
        assert_eq!(mill.looked(&paying).await, authorised());
        let asked = made(&far);
        bank.says(["Consumed", "AcceptedCreditSettlementCompleted", LOST]);
        mill.clock.forward(TimeDelta::hours(13 * 24));
        assert_eq!(mill.looked(&paying).await, authorised());
        mill.clock.forward(TimeDelta::days(1));
        for _ in 0..2 {
            let (status, why) = ended(&mill, &paying).await;
            assert_eq!(status, "errored");
            assert!(why.contains("see whether its money came"), "{why}");
        }
        assert_eq!(made(&far), asked);
    }

    /// The payer has agreed, and the bank will not: while it may be mended it is asked for
    /// again, then it is over, with what the bank says.
    async fn a_payment_that_the_bank_refuses_to_make_is_refused(url: &str) {
        let (bank, far, mill) = Bank::with(url).await;
        let paying = mill.pay(Channel::Online).await.unwrap();
        bank.says(["Authorised", REFUSED, LOST]);
        assert_eq!(mill.looked(&paying).await, authorised());
        mill.clock.forward(TimeDelta::hours(4));
        let (status, why) = ended(&mill, &paying).await;
        assert_eq!(status, "failed");
        assert!(why.contains("UK.OBIE.Rules.FailsControlParameters"), "{why}");
        // What is over is never made, though the bank would now.
        let asked = made(&far);
        bank.says(["Authorised", "AcceptedCreditSettlementCompleted", LOST]);
        assert_eq!(ended(&mill, &paying).await.0, "failed");
        assert_eq!(made(&far), asked);
    }

    /// A refusal is believed only when the bank says that nothing was made.
    async fn a_refusal_to_make_what_was_made_before_is_none(url: &str) {
        let (bank, _far, mill) = Bank::with(url).await;
        let paying = mill.pay(Channel::Online).await.unwrap();
        bank.says(["Authorised, made", REFUSED, LOST]);
        mill.clock.forward(TimeDelta::hours(4));
        assert_eq!(mill.looked(&paying).await, authorised());
        bank.says(["Consumed", "AcceptedCreditSettlementCompleted", LOST]);
        assert_eq!(mill.looked(&paying).await, captured());
    }

    async fn a_payment_that_was_made_and_rejected_later_is_refused(url: &str) {
        let (bank, _far, mill) = Bank::with(url).await;
        let paying = mill.pay(Channel::Online).await.unwrap();
        bank.says(["Authorised", "AcceptedSettlementInProcess", "Pending"]);
        assert_eq!(mill.looked(&paying).await, authorised());
        mill.clock.forward(TimeDelta::hours(30));
        bank.says(["Consumed", REFUSED, "Rejected"]);
        let why = "the payer's bank did not pay".to_owned();
        assert_eq!(ended(&mill, &paying).await, ("failed".to_owned(), why));
    }

    /// The bank forgot a consent that nobody agreed to.
    async fn a_consent_that_is_lost_expires_with_its_payment(url: &str) {
        let (bank, far, mill) = Bank::with(url).await;
        let paying = mill.pay(Channel::Online).await.unwrap();
        bank.says([LOST, "AcceptedCreditSettlementCompleted", LOST]);
        assert_eq!(mill.looked(&paying).await, started());
        mill.clock.forward(TimeDelta::hours(4));
        assert_eq!(ended(&mill, &paying).await.0, "expired");
        assert_eq!(made(&far), 0);
    }

    /// The bank forgot a consent, and a payment may have been made under it.
    async fn a_consent_that_is_lost_loses_no_payment_made_under_it(url: &str) {
        let (bank, _far, mill) = Bank::with(url).await;
        let paying = mill.pay(Channel::Online).await.unwrap();
        bank.says(["Authorised", SILENT, LOST]);
        assert_eq!(mill.looked(&paying).await, authorised());
        mill.clock.forward(TimeDelta::hours(4));
        // Nobody can say, then the bank says under the key, then of the payment itself.
        for [made, payment] in [[SILENT, LOST], ["Pending", LOST], [REFUSED, LOST], [REFUSED, "Pending"]] {
            bank.says([LOST, made, payment]);
            assert_eq!(mill.looked(&paying).await, authorised(), "{made} {payment}");
        }
        bank.says([LOST, REFUSED, "AcceptedCreditSettlementCompleted"]);
        assert_eq!(mill.looked(&paying).await, captured());
    }

    /// It knows neither, and under the key it makes nothing.
    async fn a_consent_that_is_lost_ends_when_the_bank_makes_nothing(url: &str) {
        let (bank, _far, mill) = Bank::with(url).await;
        let paying = mill.pay(Channel::Online).await.unwrap();
        bank.says(["Authorised", SILENT, LOST]);
        assert_eq!(mill.looked(&paying).await, authorised());
        bank.says([LOST, REFUSED, LOST]);
        assert_eq!(mill.looked(&paying).await, authorised());
        mill.clock.forward(TimeDelta::hours(4));
        let (status, why) = ended(&mill, &paying).await;
        assert_eq!(status, "failed");
        assert!(why.contains("UK.OBIE.Rules.FailsControlParameters"), "{why}");
    }

    /// A poll ends it as well: nobody has to come back.
    async fn a_poll_ends_what_the_bank_has_lost(url: &str) {
        let (bank, _far, mill) = Bank::with(url).await;
        let paying = mill.pay(Channel::Online).await.unwrap();
        bank.says([LOST, REFUSED, LOST]);
        mill.clock.forward(TimeDelta::hours(4));
        mill.gateways.poll(&mill.books).await.unwrap();
        let view = mill.books.payment(paying.view.payment.id).await.unwrap();
        assert_eq!(view.payment.status, "expired");
    }
}
