//! Other people's files, where they are: documents of GOV.UK Pay, exchanges that its
//! connector recorded.
#![cfg(all(feature = "govuk-pay", feature = "worldpay"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

use chrono::DateTime;
use ims_money::Pence;
use ims_pay::{
    Agreements as _, Delivery, Heard, MacKey, Notices as _, Order, Provider, ProviderError,
    Refunds as _, Reply, Secret, Tidings,
};
use ims_providers::{GovUkPay, WorldpayGateway};

fn sample(check: &str, file: &str) -> Option<Reply> {
    let path = ims_testkit::samples(check)?.join(file);
    Some(Reply::new(200, std::fs::read(path).unwrap()))
}

fn order(key: &str, pence: i64) -> Order {
    Order::of(key, Pence::new(pence), "", "https://council.example/back").unwrap()
}

#[test]
fn documents_of_govuk_pay_read_as_they_say() {
    let now = DateTime::UNIX_EPOCH;
    let pay = GovUkPay::new(Secret::new("k")).noticed_with(Secret::new("s"));
    let check = "GOV.UK Pay's documents";
    let of = |name: &str| sample(check, &format!("govukpay/docs__{name}.json"));
    let Some(reply) = of("single_payment_reference__01") else { return };
    let event = pay.looked(&reply).unwrap().of(&order("12345", 3_750), now).unwrap();
    let Heard::Paid(taken) = event.what() else { panic!("{event:?}") };
    assert_eq!((taken.surcharge(), taken.fee()), (Pence::new(250), Some(Pence::new(200))));

    let body = of("webhooks__01").unwrap().body.0;
    let signature = MacKey::text(&Secret::new("s")).sign_hex(&body);
    let delivery = Delivery::new(&[("Pay-Signature", &signature)], body);
    let notice = pay.verify(&delivery, now).unwrap();
    let news = pay.news(&notice).unwrap().remove(0);
    assert_eq!(news.id.as_deref(), Some("123abc"));
    let Tidings::Payment(said) = news.what else { panic!("no payment") };
    assert!(said.of(&order("12345", 5_000), now).is_ok());

    let refunds = pay.looked_at_refund(&of("payment_refunds_reference__01").unwrap()).unwrap();
    let amounts: Vec<_> = refunds.iter().filter_map(|one| one.amount.clone()).collect();
    assert_eq!(amounts.iter().map(|(pence, _)| pence.get()).collect::<Vec<_>>(), [5_000, 1_000]);
    let agreement = pay.agreed(&of("recurring_payments__06").unwrap()).unwrap();
    assert_eq!(agreement.state.as_str(), "active");
}

#[test]
fn exchanges_the_connector_recorded_read_as_they_say() {
    let now = DateTime::UNIX_EPOCH;
    let gateway = WorldpayGateway::new("M", "1", Secret::new("k"));
    let check = "exchanges with Worldpay";
    for (name, pence) in
        [("captured", 4_000), ("authorised", 4_000), ("rejected", 4_000), ("cancelled", 1_000)]
    {
        let file = format!("psp-worldpay/alphagov-pay-connector__inquiry_{name}.xml");
        let Some(reply) = sample(check, &file) else { return };
        // They are in euros, and so for a person to look into.
        let event = gateway.looked(&reply).unwrap().of(&order("ExampleOrder1", pence), now);
        let euros = ProviderError::CurrencyDiffers { answered: "EUR".to_owned() };
        assert_eq!(event, Err(euros), "{name}");
        let text = reply.body.text().unwrap().replace("EUR", "GBP");
        let said = gateway.looked(&Reply::new(200, text)).unwrap();
        let event = said.of(&order("ExampleOrder1", pence), now).unwrap();
        let wanted = match name {
            "captured" => "paid",
            "authorised" => "authorised",
            "rejected" => "refused",
            _ => "cancelled",
        };
        assert_eq!(event.what().name(), wanted);
    }
    let refund = sample(check, "psp-worldpay/alphagov-pay-connector__refund-success-response.xml");
    let said = gateway.refunded(&refund.unwrap()).unwrap();
    assert_eq!(said.amount, Some((Pence::new(500), "GBP".to_owned())));
}
