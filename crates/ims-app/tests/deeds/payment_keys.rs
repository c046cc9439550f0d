//! Keys of callers beside those under which payments are booked.

use ims_app::{Actor, NewPayment, NewRefund, Permission, Word};
use ims_ledger::RefundWay;
use ims_money::Pence;
use ims_pay::Said;
use ims_testkit::on_both;

use super::{
    payments::{basket, heard, odd, of, paid, told},
    raw::tamper,
    take_receipt::{cash, keyed},
    town::{Town, ct},
};

on_both! {
    /// Callers say `payment 7` of their payments. Whatever they say, what a provider takes
    /// is booked, and is refunded through it.
    async fn a_callers_key_may_begin_as_it_likes(url: &str) {
        let town = Town::of(url).await;
        let new = NewPayment { key: Some("payment 7".to_owned()), ..basket(&[("LE", "LM000001", 700)]) };
        let view = town.books.start_payment(&new).await.unwrap();
        assert_eq!(town.books.start_payment(&new).await.unwrap().payment.id, view.payment.id);
        let id = view.payment.id.to_string();
        for key in [format!("payment {id}"), "sandbox payment p-3".to_owned(), "school trip payment 1".to_owned()] {
            town.books.take_receipt(&keyed(cash("CT", &ct(2), 100), &key)).await.unwrap();
        }
        let receipt = heard(&town.books, &of(&view, "p-1", paid())).await.view.receipt.unwrap();
        let stranger = Said::new("p-3", paid()).about("none of ours").for_amount(Pence::new(30), "GBP");
        assert_eq!(odd(&town.books, &told(Word::Said(Box::new(stranger)))).await, "unknown");
        assert_eq!((town.at("clearing:card").await, town.at("suspense").await), (730, -30));
        for key in ["money of payment 7".to_owned(), "stranger's payment at sandbox: p-9".to_owned()] {
            let why = town.books.take_receipt(&keyed(cash("CT", &ct(2), 100), &key)).await.unwrap_err();
            assert!(why.is_bad_input() && why.to_string().contains("choose another"), "{why}");
        }
        let new = NewRefund {
            payee: None,
            receipt,
            lines: vec![(1, Some(Pence::new(200)))],
            way: RefundWay::Source,
            reason: "class cancelled".to_owned(),
            key: None,
        };
        let refund = town.books.request_refund(&new).await.unwrap().id;
        let bob = Actor::holding("bob", &[Permission::ApproveRefund]);
        let decides = town.app.books(Some("MILL"), bob).await.unwrap();
        decides.approve_refund(refund, "form seen").await.unwrap();
        let sent = town.books.send_refund(refund, |_, _| Ok(())).await.unwrap();
        assert!(!sent.is_again);
        town.proved().await;
        // As it was booked before keys began so: it is found all the same.
        let of = |key: String| format!("WHERE idempotency_key = '{key}'");
        let (before, now) = (of(format!("payment {id}")), of(format!("money of payment {id}")));
        tamper(url, &format!("UPDATE entry SET idempotency_key = NULL {before}"));
        tamper(url, &format!("UPDATE entry SET idempotency_key = 'payment {id}' {now}"));
        assert!(town.books.send_refund(refund, |_, _| Ok(())).await.unwrap().is_again);
    }
}
