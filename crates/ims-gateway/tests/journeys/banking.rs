//! Pay by bank: the payer agrees at their bank, and the gateway makes the payment.

use chrono::TimeDelta;
use ims_pay::{Channel, NextStep};
use ims_testkit::on_both;

use super::adapters::{FarEnd, Mill, between, captured, started};

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

/// A bank that needs a moment: told once that it makes a payment, told again that it did.
fn bank(heard: &[String]) -> String {
    let asked = heard.last().unwrap();
    let made = heard.iter().filter(|one| one.starts_with("POST /pisp/domestic-payments ")).count();
    let payment = "\"DomesticPaymentId\":\"7290-003\",";
    match (asked.starts_with("POST /pisp/domestic-payments "), made) {
        (true, 1) => agreed_to(heard, "AcceptedSettlementInProcess", payment),
        (true, _) => agreed_to(heard, "AcceptedCreditSettlementCompleted", payment),
        (false, 0) if heard.len() <= 2 => agreed_to(heard, "AwaitingAuthorisation", ""),
        (false, 0) => agreed_to(heard, "Authorised", ""),
        (false, _) => agreed_to(heard, "Consumed", ""),
    }
}

on_both! {
    /// The payer agrees at their bank; then the payment is made, once, and followed.
    async fn a_payment_by_bank_is_made_when_its_payer_has_agreed(url: &str) {
        let far = FarEnd::answering(bank).await;
        let mill = Mill::with(url, &bank_at(&far.url)).await;
        let paying = mill.pay(Channel::Online).await.unwrap();
        assert_eq!(paying.next, Some(NextStep::redirect("https://agree.example/58923")));
        // Nobody has agreed yet: nothing is made.
        assert_eq!(mill.looked(&paying).await, started());
        assert_eq!(far.heard().len(), 2);
        assert_eq!(mill.looked(&paying).await, ("authorised".to_owned(), false, 0));
        assert_eq!(mill.looked(&paying).await, captured());
        assert_eq!(mill.looked(&paying).await, captured());
        let made: Vec<_> =
            far.heard().into_iter().filter(|one| one.starts_with("POST /pisp/domestic-payments ")).collect();
        assert_eq!(made.len(), 2, "{made:?}");
        let key = format!("x-idempotency-key: {}\r\n", paying.view.payment.reference);
        for asked in &made {
            assert!(asked.contains(&key) && asked.contains("\"ConsentId\":\"58923\""), "{asked}");
        }
        let view = mill.books.payment(paying.view.payment.id).await.unwrap();
        assert_eq!(view.payment.transaction.as_deref(), Some("7290-003"));
        let verified = mill.books.verify(None).await.unwrap();
        assert!(verified.ok, "{:?}", verified.checks);
    }

    /// It may have been made: once the bank has forgotten the key, it is not asked for again.
    async fn a_payment_by_bank_is_not_made_again_when_the_bank_forgot_its_key(url: &str) {
        let far = FarEnd::answering(bank).await;
        let mill = Mill::with(url, &bank_at(&far.url)).await;
        let paying = mill.pay(Channel::Online).await.unwrap();
        mill.looked(&paying).await;
        assert_eq!(mill.looked(&paying).await.0, "authorised");
        mill.clock.forward(TimeDelta::hours(21));
        assert_eq!(mill.looked(&paying).await.0, "authorised");
        let made = far.heard().iter().filter(|one| one.starts_with("POST /pisp/domestic-payments ")).count();
        assert_eq!(made, 1);
    }
}
