//! What was lost because a refund was under way, and is found when the refund
//! is not made; and what is no loss.

use ims_app::{DisputeOutcome, NewRefund, RefundNews, Role, SearchReceipts, Verdict};
use ims_ledger::{RefundEvent, RefundWay};
use ims_money::Pence;
use ims_testkit::on_both;

use super::{
    ereturns::another,
    files::{paid, receipts, statement},
    raw::counts,
    refunds::{number_of, of, with_payment},
    returns::{COLLECTED, disputed::dispute, returned},
    town::{Town, ct},
};

fn by_bank(receipt: &str, pence: i64) -> NewRefund {
    NewRefund { way: RefundWay::Bank, ..of(receipt, Some(pence)) }
}

impl Town {
    /// The losses, what is due to payers, and what the fund has of it, VAT and all.
    async fn lost(&self) -> (i64, i64, i64) {
        let fund = self.at("fund:LE").await + self.at("vat:S").await + self.at("fund:CT").await;
        (self.at("disputes").await, self.at("refunds-due").await, fund)
    }
}

on_both! {
    /// The payment came back while a refund was only asked for: what was kept
    /// back for it is taken when the refund is refused. No loss is left, and no
    /// credit that nobody paid for.
    async fn a_refund_refused_after_the_payment_came_back(url: &str) {
        for verdict in [Verdict::Refused, Verdict::Withdrawn] {
            let fresh = another(url);
            let (town, number) = with_payment(&fresh.url).await;
            let asked = town.books.request_refund(&of(&number, Some(200))).await.unwrap();
            let done = town.books.record_return(&returned(&number, "evt 1")).await.unwrap();
            // Kept back, and still on the account: nothing was posted for the refund.
            assert_eq!((done.loss.get(), town.lost().await), (200, (200, 0, -200)));
            town.proved().await;
            let manager = town.hands_of(Role::IncomeManager).await;
            let who = if verdict == Verdict::Refused { &manager } else { &town.books };
            who.refuse_refund(asked.id, verdict, "it came back").await.unwrap();
            assert_eq!((town.lost().await, town.left(&number).await), ((0, 0, 0), vec![0]));
            assert!(town.books.request_refund(&of(&number, Some(1))).await.unwrap_err().is_refusal());
            let again = town.books.record_return(&returned(&number, "evt 1")).await.unwrap();
            assert_eq!((again.before, again.loss.get()), (true, 0));
            town.proved().await;
        }
    }

    /// The same when it fails after it was approved; and told of as paid after
    /// all, it is a loss again.
    async fn a_refund_that_fails_after_the_payment_came_back(url: &str) {
        let (town, number) = with_payment(url).await;
        let asked = town.approved(&of(&number, Some(200))).await;
        town.books.record_return(&returned(&number, "evt 1")).await.unwrap();
        assert_eq!(town.lost().await, (200, -200, 0));
        town.books.record_refund(asked.id, &RefundNews::of(RefundEvent::Fail)).await.unwrap();
        assert_eq!((town.lost().await, town.left(&number).await), ((0, 0, 0), vec![0]));
        town.proved().await;
        town.books.record_refund(asked.id, &RefundNews::of(RefundEvent::Pay)).await.unwrap();
        assert_eq!(town.lost().await, (200, 0, 0));
        town.proved().await;
    }

    /// A dispute that was lost finds it too; one still open does when it ends.
    async fn a_refund_that_fails_after_the_dispute_was_lost(url: &str) {
        let (town, number) = with_payment(url).await;
        let asked = town.approved(&of(&number, Some(250))).await;
        let opened = town.books.open_dispute(&dispute(&number, &[])).await.unwrap();
        town.books.end_dispute(opened.dispute.id, DisputeOutcome::Lost, "no slip").await.unwrap();
        assert_eq!(town.lost().await, (250, -250, 0));
        town.books.record_refund(asked.id, &RefundNews::of(RefundEvent::Fail)).await.unwrap();
        assert_eq!(town.lost().await, (0, 0, 0));
        town.proved().await;
    }

    /// What an open dispute found it does not look for again when it is lost: no
    /// more is taken of the payment than was disputed.
    async fn a_dispute_that_found_its_money_takes_it_once(url: &str) {
        let town = Town::of(url).await;
        let paid = town.with_payment("CT", &ct(1), "5.00").await;
        let number = town.receipt(paid).await.number;
        let asked = town.approved(&of(&number, Some(300))).await;
        let opened = town.books.open_dispute(&dispute(&number, &[300])).await.unwrap();
        assert_eq!(opened.short.get(), 100);
        town.books.record_refund(asked.id, &RefundNews::of(RefundEvent::Fail)).await.unwrap();
        town.proved().await;
        let ended = town.books.end_dispute(opened.dispute.id, DisputeOutcome::Lost, "no slip").await.unwrap();
        assert_eq!((ended.short.get(), town.lost().await), (0, (0, 0, -200)));
        assert_eq!(town.left(&number).await, [200]);
        town.proved().await;
    }

    /// The refund is of where the money was moved on to.
    async fn a_loss_is_found_where_the_money_was_moved_on_to(url: &str) {
        let town = Town::of(url).await;
        let paid = town.with_payment("CT", &ct(1), "30.00").await;
        let number = town.receipt(paid).await.number;
        let to = [super::transfers::part("CT", &ct(2), 2_000)];
        let moved = town.books.journal_line(&super::transfers::journal(paid, &to)).await.unwrap();
        let moved = super::transfers::done(moved).receipt;
        let asked = town.approved(&NewRefund { lines: vec![(2, Some(Pence::new(500)))], ..by_bank(&moved, 1) }).await;
        town.books.record_return(&returned(&number, "evt 1")).await.unwrap();
        assert_eq!(town.lost().await, (500, -500, 0));
        town.books.record_refund(asked.id, &RefundNews::of(RefundEvent::Fail)).await.unwrap();
        assert_eq!(town.lost().await, (0, 0, 0));
        town.proved().await;
    }

    /// What was undone here brought no money in: its return is no loss of ours,
    /// and the payment that stands in its place is the one that came back.
    async fn what_was_undone_cannot_come_back(url: &str) {
        let town = Town::of(url).await;
        let file = receipts(&[paid("CT", &ct(1), "CARD", "30.00")]);
        let wrong = town.took("dd.csv", &file).await;
        let number = number_of(&town.books, &ct(1)).await;
        town.books.reverse_import(wrong.id, "the wrong day").await.unwrap();
        let before = counts(url);
        for why in [
            town.books.record_return(&returned(&number, "ARUDD 1")).await.unwrap_err(),
            town.books.open_dispute(&dispute(&number, &[])).await.unwrap_err(),
        ] {
            assert!(why.is_refusal(), "{why:?}");
            assert!(why.to_string().starts_with(&format!("receipt {number} was undone by ")), "{why}");
        }
        assert_eq!(counts(url), before);
        town.took("dd-again.csv", &(file + "\n")).await;
        let search = SearchReceipts::Reference(ct(1));
        let found = town.books.search_receipts(&search, None, 50).await.unwrap();
        let stands = found.into_iter().find(|line| line.amount.is_positive() && line.number != number);
        let stands = stands.unwrap().number;
        let done = town.books.record_return(&returned(&stands, "ARUDD 1")).await.unwrap();
        assert_eq!((done.loss.get(), town.at("fund:CT").await), (0, 0));
        town.proved().await;
    }

    /// A bank debit and an advice of one amount are the same only when nothing
    /// speaks against it: not when the bank names another account, nor when
    /// there are two that fit.
    async fn a_debit_is_paired_with_its_advice_only_when_one_fits(url: &str) {
        let town = Town::of(url).await;
        let rows = [1, 2, 3].map(|n| paid("CT", &ct(n), "DD", "30.00").batch(COLLECTED));
        town.took("dd.csv", &receipts(&rows)).await;
        town.took("s1.sta", &statement(1, 0, 20, &[(9_000, COLLECTED)])).await;
        town.books.reconcile().await.unwrap();
        town.clock.to_april(21);
        let second = format!("UNPAID DD {}", ct(2));
        town.took("s2.sta", &statement(2, 9_000, 21, &[(-3_000, second.as_str())])).await;
        town.books.reconcile().await.unwrap();
        let open = async || town.books.dashboard(None).await.unwrap().expected.first().map_or(0, |open| open.1);
        let back = async |n: u32| {
            let number = number_of(&town.books, &ct(n)).await;
            town.books.record_return(&returned(&number, &format!("ARUDD {n}"))).await.unwrap();
            town.books.reconcile().await.unwrap();
        };
        assert_eq!(open().await, 1);
        // Of that amount and that day, but the bank says another account.
        back(1).await;
        assert_eq!(open().await, 2);
        back(2).await;
        assert_eq!(open().await, 1);
        // Two advices, and a debit that says nobody's: a person has to.
        back(3).await;
        town.took("s3.sta", &statement(3, 6_000, 21, &[(-3_000, "UNPAID DD")])).await;
        town.books.reconcile().await.unwrap();
        assert_eq!(open().await, 3);
        town.took("s4.sta", &statement(4, 3_000, 21, &[(-3_000, &format!("UNPAID {}", ct(3)))])).await;
        town.books.reconcile().await.unwrap();
        // The one that is named is paired, and so there is one left for the other.
        assert_eq!((open().await, town.at("clearing:dd").await), (0, 0));
        town.proved().await;
    }
}
