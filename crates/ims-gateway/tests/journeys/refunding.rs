//! Money goes back through the provider that took it: once.

use chrono::TimeDelta;
use ims_app::{Actor, AppError, Books, NewRefund, Permission};
use ims_gateway::GatewayError;
use ims_ledger::{
    RefundWay,
    id::{PaymentId, RefundId},
};
use ims_money::Pence;
use ims_pay::{Delivery, MacKey, Secret};
use ims_store::Crash;
use ims_testkit::{
    govuk_pay::{SIGNING_SECRET, Weather},
    on_both,
};

use super::town::{Town, captured};

/// A refund of so much of a payment, approved by somebody else.
async fn approved(town: &Town, payment: PaymentId, pence: i64) -> RefundId {
    let view = town.gateways.look(&town.books, payment).await.unwrap();
    let hands = async |name: &str, permissions: &[Permission]| -> Books {
        let actor = Actor::holding(name, permissions);
        town.books.app().books(Some("MILL"), actor).await.unwrap()
    };
    let asks = hands("ann", &[Permission::Refund, Permission::RefundPart]).await;
    let decides = hands("bob", &[Permission::ApproveRefund]).await;
    let new = NewRefund {
        payee: None,
        receipt: view.receipt.unwrap(),
        lines: vec![(1, Some(Pence::new(pence)))],
        way: RefundWay::Source,
        reason: "class cancelled".to_owned(),
        key: None,
    };
    let id = asks.request_refund(&new).await.unwrap().id;
    decides.approve_refund(id, "form seen").await.unwrap();
    id
}

async fn state(town: &Town, id: RefundId) -> String {
    town.books.refund(id).await.unwrap().0.state
}

/// What the provider has is what the books say.
async fn agrees(town: &Town) {
    assert_eq!(town.taken().await, town.stub.books().total());
    town.proved().await;
}

on_both! {
    async fn a_refund_goes_back_to_where_it_came_from(url: &str) {
        let town = Town::of(url).await;
        let payment = captured(&town, "k", 5_000).await;
        let id = approved(&town, payment, 1_200).await;
        let sent = town.gateways.refund(&town.books, id).await.unwrap();
        assert_eq!(sent.refund.state, "sent");
        // Asked again it is the same one; another of the payment has to wait.
        town.gateways.refund(&town.books, id).await.unwrap();
        assert_eq!((town.taken().await, town.stub.books().total()), (5_000, 3_800));
        let other = approved(&town, payment, 1_200).await;
        let waits = town.gateways.refund(&town.books, other).await.unwrap_err();
        assert!(waits.to_string().contains("of the same payment is under way"), "{waits}");
        town.stub.books().pay_refunds();
        town.gateways.poll(&town.books).await.unwrap();
        assert_eq!(state(&town, id).await, "paid");
        agrees(&town).await;
        // The first is not taken for the second, which is as much.
        town.gateways.refund(&town.books, other).await.unwrap();
        town.stub.books().pay_refunds();
        for delivery in town.stub.notices() {
            town.gateways.notice(&town.books, "pay", &delivery).await.unwrap();
            town.gateways.notice(&town.books, "pay", &delivery).await.unwrap();
        }
        assert_eq!((state(&town, other).await.as_str(), town.taken().await), ("paid", 2_600));
        agrees(&town).await;
        assert_eq!(town.books.payment_exceptions(None, 9).await.unwrap(), []);
    }

    /// W8: no answer is no failure, and asking again pays once.
    async fn a_refund_whose_answer_was_lost_is_paid_once(url: &str) {
        let town = Town::of(url).await;
        let payment = captured(&town, "k", 5_000).await;
        let id = approved(&town, payment, 1_200).await;
        town.stub.books().set_weather(Weather { silent: 1, ..Weather::default() });
        let unknown = town.gateways.refund(&town.books, id).await.unwrap();
        assert_eq!(unknown.refund.state, "unknown");
        town.stub.books().set_weather(Weather::default());
        town.gateways.refund(&town.books, id).await.unwrap();
        assert_eq!(town.stub.books().total(), 3_800);
        town.stub.books().pay_refunds();
        town.gateways.poll(&town.books).await.unwrap();
        assert_eq!(state(&town, id).await, "paid");
        agrees(&town).await;
    }

    /// The server ends at each moment of it in turn, and somebody tries again.
    async fn a_refund_is_paid_once_whenever_the_server_is_killed(url: &str) {
        let town = Town::of(url).await;
        let (books, faults) = town.with_faults(url).await;
        let moments = if std::env::var_os("IMS_TEST_LONG").is_some() { 60 } else { 12 };
        for moment in 0..moments {
            let payment = captured(&town, &format!("k{moment}"), 5_000).await;
            let id = approved(&town, payment, 1_200).await;
            let before = town.stub.books().total();
            let how = if moment % 2 == 0 { Crash::Before } else { Crash::AnswerToo };
            // Spread over all that a refund asks of the database.
            faults.crash_at(moment * 60 / moments, how);
            let _ = town.gateways.refund(&books, id).await;
            let _ = faults.mend();
            town.gateways.refund(&books, id).await.unwrap();
            assert_eq!(town.stub.books().total(), before - 1_200, "{moment}");
            town.stub.books().pay_refunds();
            town.gateways.poll(&town.books).await.unwrap();
            assert_eq!(state(&town, id).await, "paid");
        }
        agrees(&town).await;
    }

    async fn a_refund_that_is_turned_down_has_failed(url: &str) {
        let town = Town::of(url).await;
        let payment = captured(&town, "k", 5_000).await;
        let id = approved(&town, payment, 1_213).await;
        let failed = town.gateways.refund(&town.books, id).await.unwrap();
        assert_eq!((failed.refund.state.as_str(), town.taken().await), ("failed", 5_000));
        let over = town.gateways.refund(&town.books, id).await.unwrap_err();
        assert!(matches!(&over, GatewayError::App(AppError::Refused(_))), "{over:?}");
        agrees(&town).await;
    }

    /// Somebody gave money back on the provider's own pages.
    async fn a_refund_that_nobody_here_asked_for_is_listed(url: &str) {
        let town = Town::of(url).await;
        let payment = captured(&town, "k", 5_000).await;
        let name = town.books.payment(payment).await.unwrap().payment.provider_ref.unwrap();
        let refund = format!(
            r#"{{"refund_id":"r1","payment_id":"{name}","amount":700,"status":"success","created_date":"2026-04-01T00:00:00Z"}}"#
        );
        for _ in 0..2 {
            let noticed =
                town.gateways.notice(&town.books, "pay", &signed("refund", &refund)).await.unwrap();
            assert_eq!((noticed.ours, noticed.exceptions), (0, 1));
        }
        let listed = town.books.payment_exceptions(None, 9).await.unwrap();
        assert_eq!((listed.len(), listed[0].payment), (1, Some(payment)));
        assert!(listed[0].why.contains("refund r1: made at the provider"), "{}", listed[0].why);
        town.proved().await;
    }

    async fn a_dispute_is_recorded_once_and_ends(url: &str) {
        let town = Town::of(url).await;
        let payment = captured(&town, "k", 5_000).await;
        let name = town.books.payment(payment).await.unwrap().payment.provider_ref.unwrap();
        let dispute = |status: &str, amount: i64| {
            let body = format!(
                r#"{{"dispute_id":"d1","payment_id":"{name}","amount":{amount},"fee":1500,"net_amount":-6500,"reason":"fraudulent","status":"{status}","created_date":"2026-04-01T00:00:00Z","evidence_due_date":"2026-04-09T00:00:00Z"}}"#
            );
            signed("dispute", &body)
        };
        for status in ["needs_response", "under_review", "needs_response"] {
            let notice = dispute(status, 5_000);
            let noticed = town.gateways.notice(&town.books, "pay", &notice).await.unwrap();
            assert_eq!(noticed.exceptions, 0, "{status}");
        }
        assert_eq!((town.taken().await, town.books.disputes(true, None, 9).await.unwrap().len()), (0, 1));
        for _ in 0..2 {
            town.gateways.notice(&town.books, "pay", &dispute("won", 5_000)).await.unwrap();
        }
        assert_eq!(town.taken().await, 5_000);
        let part = town.gateways.notice(&town.books, "pay", &dispute("lost", 4_000)).await.unwrap();
        assert_eq!((part.exceptions, town.taken().await), (1, 5_000));
        town.forward(TimeDelta::minutes(1));
        town.proved().await;
    }
}

/// A notice as the provider signs it.
fn signed(kind: &str, resource: &str) -> Delivery {
    let body = format!(
        r#"{{"webhook_message_id":"m-{kind}-{}","resource_type":"{kind}","resource":{resource}}}"#,
        resource.len()
    );
    let signature = MacKey::text(&Secret::new(SIGNING_SECRET)).sign_hex(body.as_bytes());
    Delivery::new(&[("pay-signature", &signature)], body)
}
