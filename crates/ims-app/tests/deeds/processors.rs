//! A provider that has its payments taken by another, as GOV.UK Pay has them by Stripe or
//! Worldpay: the payouts are the processor's, and go by its names.

use ims_app::{NewRefund, PaymentView, RefundNews};
use ims_ledger::{RefundEvent, RefundWay};
use ims_money::Pence;
use ims_pay::{Paying, Saying};
use ims_testkit::on_both;

use super::{
    files::{settlement, statement},
    payments::{basket, heard, of},
    raw::count,
    town::{Town, april, ct, settings},
};

pub(super) fn paid(processors: Option<&str>) -> Saying {
    Saying::Paid(Paying { processor: processors.map(str::to_owned), ..Paying::default() })
}

impl Town {
    /// A town whose card money is paid out by this processor.
    pub(super) async fn paid_out_by(url: &str, sender: &str) -> Self {
        let town = Self::of(url).await;
        let own =
            settings("MILL").replace("sender = \"paybridge\"", &format!("sender = \"{sender}\""));
        town.books.configure(&own, april(1)).await.unwrap();
        town
    }

    /// A payment of 10.00 that the provider calls `gp_N`.
    pub(super) async fn asked(&self, nth: u32) -> PaymentView {
        self.books.start_payment(&basket(&[("CT", &ct(nth), 1_000)])).await.unwrap()
    }

    pub(super) async fn was_told(
        &self,
        view: &PaymentView,
        nth: u32,
        processors: Option<&str>,
    ) -> PaymentView {
        heard(&self.books, &of(view, &format!("gp_{nth}"), paid(processors))).await.view
    }

    /// What the cards hold, what is in suspense, and what a statement of the payout leaves.
    pub(super) async fn cards_and_suspense(&self) -> (i64, i64) {
        (self.at("clearing:card").await, self.at("suspense").await)
    }
}

/// A payout report of Stripe's: payment intent, category, gross and fee in pence.
pub(super) fn stripe(lines: &[(&str, &str, i64, i64)]) -> String {
    let pounds = |pence: i64| format!("{}.{:02}", pence / 100, (pence % 100).abs());
    let mut file = "automatic_payout_id,automatic_payout_effective_at,balance_transaction_id,created,currency,gross,fee,net,reporting_category,source_id,payment_intent_id\n".to_owned();
    let mut net = 0;
    for (n, (intent, category, gross, fee)) in (1..).zip(lines) {
        net += gross - fee;
        let (gross, fee, own) = (pounds(*gross), pounds(*fee), pounds(gross - fee));
        file += &format!(
            "po_778899,2026-04-20 00:00:00,txn_{n},2026-04-20 09:00:00,gbp,{gross},{fee},{own},{category},ch_{n},{intent}\n"
        );
    }
    let net = pounds(net);
    let last = format!(
        "po_778899,2026-04-20 00:00:00,txn_9,2026-04-20 10:00:00,gbp,-{net},0.00,-{net},payout,po_778899,\n"
    );
    file + last.as_str()
}

fn worldpay(lines: &[(&str, &str, &str)]) -> String {
    let mut file = "Merchant Code,Order Code,Date,Status,Payment Method,Currency,Amount,Commission,Net,Settlement Date,Batch Id\n".to_owned();
    for (order, status, amount) in lines {
        file += &format!(
            "COUNCIL,{order},20/04/2026,{status},VISA-SSL,GBP,{amount},0.00,{amount},20/04/2026,550177\n"
        );
    }
    file
}

on_both! {
    async fn stripes_payout_finds_payments_taken_through_another(url: &str) {
        let town = Town::paid_out_by(url, "stripe").await;
        for (nth, intent) in [(1, "pi_1"), (2, "pi_2")] {
            let view = town.asked(nth).await;
            // However often it is told.
            for _ in 0..2 {
                town.was_told(&view, nth, Some(intent)).await;
            }
        }
        assert_eq!(count(url, "expected_name"), 2);
        let report = stripe(&[("pi_1", "charge", 1_000, 20), ("pi_2", "charge", 1_000, 20)]);
        let done = town.took("payout.csv", &report).await;
        assert_eq!((done.suspense, town.cards_and_suspense().await), (0, (1_960, 0)));
        let told = town.books.payouts(april(20), april(20)).await.unwrap();
        assert_eq!((told.payouts[0].taken.get(), told.payouts[0].residual.get()), (2_000, 40));
        assert_eq!((told.not_ours, told.not_paid), (vec![], vec![]));
        town.took("s1.sta", &statement(1, 0, 20, &[(1_960, "5200107 PO_778899")])).await;
        town.books.reconcile().await.unwrap();
        assert_eq!((town.cards_and_suspense().await, town.at("unmatched:main").await), ((0, 0), 0));
        town.proved().await;
    }

    async fn worldpays_settlement_finds_them_too(url: &str) {
        let town = Town::paid_out_by(url, "worldpay").await;
        for (nth, order) in [(1, "10987654321"), (2, "2c1b9f0e-77aa")] {
            let view = town.asked(nth).await;
            town.was_told(&view, nth, Some(order)).await;
        }
        let lines = [("10987654321", "SETTLED", "10.00"), ("2c1b9f0e-77aa", "SETTLED", "10.00")];
        let done = town.took("settled.csv", &worldpay(&lines)).await;
        assert_eq!((done.suspense, town.cards_and_suspense().await), (0, (2_000, 0)));
        let told = town.books.payouts(april(20), april(20)).await.unwrap();
        assert_eq!((told.payouts[0].taken.get(), told.payouts[0].residual.get()), (2_000, 0));
        // One that nobody here knows goes to suspense as before.
        let strange = worldpay(&[("10987654399", "SETTLED", "7.00")]).replace("550177", "550178");
        assert_eq!(town.took("strange.csv", &strange).await.suspense, 1);
        town.proved().await;
    }

    /// The processor names a refund by the payment that it is of.
    async fn a_refund_goes_by_the_processors_name_of_its_payment(url: &str) {
        let town = Town::paid_out_by(url, "stripe").await;
        let view = town.asked(1).await;
        let view = town.was_told(&view, 1, Some("pi_1")).await;
        let new = NewRefund {
            payee: None,
            receipt: view.receipt.clone().unwrap(),
            lines: vec![(1, Some(Pence::new(400)))],
            way: RefundWay::Source,
            reason: "paid for another".to_owned(),
            key: None,
        };
        let id = town.approved(&new).await.id;
        town.books.record_refund(id, &RefundNews::of(RefundEvent::Send)).await.unwrap();
        town.books.record_refund(id, &RefundNews::of(RefundEvent::Pay)).await.unwrap();
        let report = stripe(&[("pi_1", "charge", 1_000, 0), ("pi_1", "refund", -400, 0)]);
        let done = town.took("payout.csv", &report).await;
        assert_eq!((done.suspense, town.cards_and_suspense().await), (0, (600, 0)));
        let told = town.books.payouts(april(20), april(20)).await.unwrap();
        assert_eq!((told.payouts[0].taken.get(), told.not_ours), (600, vec![]));
        town.proved().await;
    }

    /// The payout came first: its money waits in suspense until the payment is told of.
    async fn a_payout_that_was_faster_is_found(url: &str) {
        let town = Town::paid_out_by(url, "stripe").await;
        let view = town.asked(1).await;
        let report = stripe(&[("pi_1", "charge", 1_000, 0)]);
        assert_eq!(town.took("payout.csv", &report).await.suspense, 1);
        town.was_told(&view, 1, Some("pi_1")).await;
        town.books.reconcile().await.unwrap();
        assert_eq!(town.cards_and_suspense().await, (1_000, 0));
        assert_eq!(town.at("fund:CT").await, -1_000);
        town.proved().await;
    }

    /// Told of the name only later, the payment goes by it from then on.
    async fn a_name_that_is_told_later_counts(url: &str) {
        let town = Town::paid_out_by(url, "stripe").await;
        let view = town.asked(1).await;
        town.was_told(&view, 1, None).await;
        assert_eq!(count(url, "expected_name"), 0);
        town.was_told(&view, 1, Some("pi_1")).await;
        let report = stripe(&[("pi_1", "charge", 1_000, 0)]);
        assert_eq!(town.took("payout.csv", &report).await.suspense, 0);
        assert_eq!(town.cards_and_suspense().await, (1_000, 0));
        town.proved().await;
    }

    /// Also where the provider's list told of it before the payment was heard of.
    async fn told_in_a_list_before_it_was_known_it_is_paid_out_once(url: &str) {
        let town = Town::of(url).await;
        let view = town.asked(1).await;
        let by = |name: &'static str| [(name, "payment", "10.00", "0.00", "10.00")];
        town.took("list.csv", &settlement("PO1", 20, &by("gp_1"))).await;
        town.was_told(&view, 1, Some("pi_1")).await;
        let report = settlement("PO2", 20, &by("pi_1"));
        for _ in 0..2 {
            let why = town.refused("report.csv", &report).await;
            assert!(why.contains("another settlement settled before"), "{why}");
            town.books.reconcile().await.unwrap();
            assert_eq!(town.cards_and_suspense().await, (1_000, 0));
        }
        town.proved().await;
    }

    /// Whichever name a payout goes by, it is the same money, paid out once.
    async fn the_providers_own_name_stays_and_no_money_is_paid_out_twice(url: &str) {
        let town = Town::of(url).await;
        let view = town.asked(1).await;
        town.was_told(&view, 1, Some("pi_1")).await;
        let by = |name: &'static str| [(name, "payment", "10.00", "0.00", "10.00")];
        town.took("first.csv", &settlement("PO1", 20, &by("gp_1"))).await;
        let why = town.refused("second.csv", &settlement("PO2", 20, &by("pi_1"))).await;
        assert!(why.contains("another settlement settled before"), "{why}");
        assert_eq!(town.cards_and_suspense().await, (1_000, 0));
        town.proved().await;
    }
}
