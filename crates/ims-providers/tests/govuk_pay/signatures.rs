//! The published signature, and a notice that nobody can verify.

use ims_pay::{Delivery, Notices as _, Secret, conformance::Suite};
use ims_providers::GovUkPay;

use super::{KEY, SUCCESS, now, order, payment, webhook};

const VECTOR: &str = "alphagov/pay-webhooks, WebhookMessageSignatureGeneratorTest";

#[test]
fn the_published_signature_verifies() {
    let published = "We captured a £10 payment! 💷";
    let by_vector =
        GovUkPay::new(Secret::new("k")).noticed_with(Secret::new("This is my secret key! 🔑"));
    let vector = Delivery::new(
        &[("Pay-Signature", "a678c8326237dc08acabed4ec3948ee82f94c4b35cdc44b68f26fa8ef595efff")],
        published,
    );
    let report = Suite::new(&by_vector, &order(), now())
        .secret("This is my secret key! 🔑")
        .signed(VECTOR, vector, now())
        .unverified("the vector has a key of its own; everything else is tried beside it")
        .check();
    assert!(report.is_kept(), "{report}");
}

#[test]
fn a_notice_without_our_signing_secret_is_none() {
    let unkeyed = GovUkPay::new(Secret::new(KEY));
    let delivery = webhook("card_payment_succeeded", "payment", &payment(SUCCESS, ""));
    assert_eq!(unkeyed.verify(&delivery, now()).unwrap_err(), ims_pay::NotVerified::NoKey);
}
