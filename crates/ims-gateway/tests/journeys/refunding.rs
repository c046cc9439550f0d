//! Money goes back through the provider that took it: once.

use std::{collections::BTreeSet, sync::Arc};

use chrono::TimeDelta;
use ims_app::{Actor, AppError, Books, NewRefund, Permission, RefundNews};
use ims_gateway::{Carrier, GatewayError, Gateways};
use ims_ledger::{
    RefundEvent, RefundWay,
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
    approved_by(town, payment, pence, RefundWay::Source).await
}

async fn approved_by(town: &Town, payment: PaymentId, pence: i64, way: RefundWay) -> RefundId {
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
        way,
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

/// All that the provider has called it.
async fn names(town: &Town, id: RefundId) -> BTreeSet<String> {
    let steps = town.books.refund(id).await.unwrap().2;
    steps.into_iter().map(|step| step.reference).filter(|name| !name.is_empty()).collect()
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

    /// What was given before the money came back is not taken for what is sent
    /// again, by whomever it is told.
    async fn a_refund_that_came_back_is_sent_anew(url: &str) {
        let town = Town::of(url).await;
        let payment = captured(&town, "k", 5_000).await;
        let id = approved(&town, payment, 1_200).await;
        town.gateways.refund(&town.books, id).await.unwrap();
        assert_eq!(names(&town, id).await.len(), 1, "named as soon as it is submitted");
        town.stub.books().pay_refunds();
        town.gateways.poll(&town.books).await.unwrap();
        let back = RefundNews {
            reason: "account closed".to_owned(),
            ..RefundNews::of(RefundEvent::Bounce)
        };
        town.books.record_refund(id, &back).await.unwrap();
        assert_eq!((state(&town, id).await.as_str(), town.taken().await), ("bounced", 5_000));
        town.stub.books().set_weather(Weather { silent: 1, ..Weather::default() });
        let unknown = town.gateways.refund(&town.books, id).await.unwrap();
        assert_eq!(unknown.refund.state, "unknown");
        town.stub.books().set_weather(Weather::default());
        for delivery in town.stub.notices() {
            town.gateways.notice(&town.books, "pay", &delivery).await.unwrap();
        }
        town.gateways.poll(&town.books).await.unwrap();
        assert_eq!((state(&town, id).await.as_str(), town.taken().await), ("sent", 5_000));
        town.stub.books().pay_refunds();
        town.gateways.poll(&town.books).await.unwrap();
        assert_eq!((state(&town, id).await.as_str(), town.taken().await), ("paid", 3_800));
        // Given twice; what came back waits for its money.
        assert_eq!((names(&town, id).await.len(), town.stub.books().total()), (2, 2_600));
        assert_eq!(town.books.payment_exceptions(None, 9).await.unwrap(), []);
        town.proved().await;
    }

    /// What cannot be asked for was not sent.
    async fn a_refund_whose_account_cannot_be_asked_stays_approved(url: &str) {
        let town = Town::of(url).await;
        let payment = captured(&town, "k", 5_000).await;
        let id = approved(&town, payment, 1_200).await;
        let unset = Gateways::new(Carrier::new().unwrap(), Arc::new(|_: &str| None));
        let why = unset.refund(&town.books, id).await.unwrap_err().to_string();
        assert_eq!(why, "provider pay: the value of its secret `key` is not set");
        assert_eq!(state(&town, id).await, "approved");
        agrees(&town).await;
        town.gateways.refund(&town.books, id).await.unwrap();
        assert_eq!(state(&town, id).await, "sent");
    }

    /// The server ended after it was recorded as sent and before it was asked for.
    async fn a_refund_that_was_never_asked_for_is_listed(url: &str) {
        let town = Town::of(url).await;
        let payment = captured(&town, "k", 5_000).await;
        let id = approved(&town, payment, 1_200).await;
        town.books.send_refund(id, |_, _| Ok(())).await.unwrap();
        town.gateways.poll(&town.books).await.unwrap();
        assert_eq!(town.books.payment_exceptions(None, 9).await.unwrap(), []);
        town.forward(TimeDelta::minutes(6));
        for _ in 0..2 {
            town.gateways.poll(&town.books).await.unwrap();
            assert_eq!(state(&town, id).await, "unknown");
        }
        let listed = town.books.payment_exceptions(None, 9).await.unwrap();
        assert_eq!((listed.len(), listed[0].payment), (1, Some(payment)));
        assert!(listed[0].why.contains("knows of no such refund: send it again"), "{listed:?}");
        town.gateways.refund(&town.books, id).await.unwrap();
        town.stub.books().pay_refunds();
        town.gateways.poll(&town.books).await.unwrap();
        assert_eq!(state(&town, id).await, "paid");
        agrees(&town).await;
    }

    /// The card was closed meanwhile: what had been given came back, and is due again.
    async fn a_refund_that_fails_after_it_was_paid_came_back(url: &str) {
        let town = Town::of(url).await;
        let payment = captured(&town, "k", 5_000).await;
        let id = approved(&town, payment, 1_200).await;
        town.gateways.refund(&town.books, id).await.unwrap();
        town.stub.books().pay_refunds();
        town.gateways.poll(&town.books).await.unwrap();
        assert_eq!((state(&town, id).await.as_str(), town.taken().await), ("paid", 3_800));
        let name = names(&town, id).await.pop_first().unwrap();
        let of = town.books.payment(payment).await.unwrap().payment.provider_ref.unwrap();
        let refund = format!(
            r#"{{"refund_id":"{name}","payment_id":"{of}","amount":1200,"status":"error","created_date":"2026-04-01T00:00:00Z"}}"#
        );
        for _ in 0..2 {
            let notice = signed("refund", &refund);
            let noticed = town.gateways.notice(&town.books, "pay", &notice).await.unwrap();
            assert_eq!(noticed.exceptions, 0);
            assert_eq!((state(&town, id).await.as_str(), town.taken().await), ("bounced", 5_000));
        }
    }

    /// Refunds by bank wait for days; they stand in nobody's way.
    async fn many_refunds_by_bank_hide_no_refund_by_card(url: &str) {
        let town = Town::of(url).await;
        let payment = captured(&town, "k", 5_000).await;
        for _ in 0..101 {
            let by_bank = approved_by(&town, payment, 1, RefundWay::Bank).await;
            let sent = RefundNews::of(RefundEvent::Send);
            town.books.record_refund(by_bank, &sent).await.unwrap();
        }
        let id = approved(&town, payment, 1_200).await;
        town.gateways.refund(&town.books, id).await.unwrap();
        town.stub.books().pay_refunds();
        town.gateways.poll(&town.books).await.unwrap();
        assert_eq!(state(&town, id).await, "paid");
    }

    async fn a_provider_that_is_silent_of_refunds_is_left_alone(url: &str) {
        let town = Town::of(url).await;
        for nth in 0..4 {
            let payment = captured(&town, &format!("k{nth}"), 5_000).await;
            let id = approved(&town, payment, 1_200).await;
            town.gateways.refund(&town.books, id).await.unwrap();
        }
        town.stub.books().set_weather(Weather { silent: 1, ..Weather::default() });
        let polled = town.gateways.poll(&town.books).await.unwrap();
        let silent = polled.failed.iter().filter(|(what, _)| what.starts_with("refund "));
        assert_eq!(silent.count(), 3, "{:?}", polled.failed);
    }

    /// It refuses a second refund: what it takes and turns down is the first.
    async fn a_refund_that_is_turned_down_when_asked_for_again_has_failed(url: &str) {
        let town = Town::of(url).await;
        let payment = captured(&town, "k", 5_000).await;
        let id = approved(&town, payment, 1_213).await;
        // The server ended before it was asked for.
        town.books.send_refund(id, |_, _| Ok(())).await.unwrap();
        let failed = town.gateways.refund(&town.books, id).await.unwrap();
        assert_eq!((failed.refund.state.as_str(), town.taken().await), ("failed", 5_000));
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
