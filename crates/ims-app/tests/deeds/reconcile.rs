//! What the bank shows is explained by what was expected.

use ims_testkit::on_both;

use super::{
    files::{paid, receipts, schedule, settlement, statement},
    raw::counts,
    town::{Town, april, ct},
};

fn one(rule: &str) -> Vec<(String, u64)> {
    vec![(rule.to_owned(), 1)]
}

on_both! {
    async fn a_paying_in_slip_is_found_by_its_batch(url: &str) {
        let town = Town::of(url).await;
        let rows = [
            paid("CT", &ct(1), "CASH", "10.00").batch("SLIP0042"),
            paid("LE", "LM000001", "CASH", "12.00").batch("SLIP0042"),
            paid("XX", "1", "CASH", "3.00").batch("SLIP0042"),
            paid("CT", &ct(2), "CASH", "25.00").batch("SLIP0043"),
        ];
        town.took("monday.csv", &receipts(&rows)).await;
        town.took("s1.sta", &statement(1, 0, 20, &[(2_500, "CR SLIP0042")])).await;
        assert_eq!(town.reconciled().await, (one("batch"), vec![]));
        assert_eq!((town.at("clearing:till").await, town.at("unmatched:main").await), (2_500, 0));
        town.proved().await;
    }

    async fn a_card_machines_day_is_found_by_its_merchant(url: &str) {
        let town = Town::of(url).await;
        let rows = [
            paid("CT", &ct(1), "CARD", "10.00").on(april(17)),
            paid("CT", &ct(2), "CARD", "5.00").on(april(17)),
            paid("CT", &ct(3), "CARD", "4.00").on(april(18)),
        ];
        town.took("monday.csv", &receipts(&rows)).await;
        town.took("s1.sta", &statement(1, 0, 20, &[(1_500, "BGC 5200107 CARDS")])).await;
        assert_eq!(town.reconciled().await, (one("merchant-day"), vec![]));
        assert_eq!(town.at("clearing:card").await, 400);
        town.proved().await;
    }

    /// What a payout is made of comes from its settlement: payments, a refund
    /// nobody here knows, and the fees, none of them inferred.
    async fn a_payout_is_found_through_its_settlement(url: &str) {
        let town = Town::of(url).await;
        let done = town.settled_less_than_taken().await;
        assert_eq!((done.rows, done.suspense, done.suspense_total.get()), (4, 2, -1_300));
        assert_eq!((town.at("fees:card").await, town.at("suspense").await), (200, 1_300));
        town.proved().await;
        town.took("s1.sta", &statement(1, 0, 20, &[(13_500, "PAYBRIDGE PO778899")])).await;
        assert_eq!(town.reconciled().await, (one("batch"), vec![]));
        assert_eq!((town.at("clearing:card").await, town.at("unmatched:main").await), (3_000, 0));
        town.proved().await;
    }

    async fn a_payment_is_settled_once(url: &str) {
        let town = Town::of(url).await;
        town.took("monday.csv", &receipts(&[paid("CT", &ct(1), "CARD", "9.00").source("pay_1")])).await;
        let line = [("pay_1", "payment", "9.00", "0.00", "9.00")];
        town.took("settled.csv", &settlement("PO778899", 20, &line)).await;
        let before = counts(url);
        let why = town.refused("again.csv", &settlement("PO778800", 20, &line)).await;
        assert!(why.contains("settles a payment that another settlement settled before"), "{why}");
        assert_eq!(counts(url), before);
        town.proved().await;
    }

    /// A won dispute comes back under the payment's own reference, in a later payout.
    async fn money_given_back_is_not_the_payment_settled_again(url: &str) {
        let town = Town::of(url).await;
        town.took("monday.csv", &receipts(&[paid("CT", &ct(1), "CARD", "9.00").source("pay_1")])).await;
        let both = [
            ("pay_1", "dispute", "9.00", "0.00", "9.00"),
            ("pay_1", "dispute", "-9.00", "0.00", "-9.00"),
            ("pay_1", "payment", "9.00", "0.00", "9.00"),
        ];
        let done = town.took("settled.csv", &settlement("PO1", 20, &both)).await;
        assert_eq!((done.rows, done.suspense, done.suspense_total.get()), (3, 2, 0));
        let back = [("pay_1", "dispute", "9.00", "0.00", "9.00")];
        let done = town.took("back.csv", &settlement("PO2", 21, &back)).await;
        assert_eq!((done.rows, done.suspense, done.suspense_total.get()), (1, 1, 900));
        assert_eq!(town.at("fund:CT").await, -900);
        // The payout's other copy changes nothing of it.
        let before = (town.balances().await, town.suspense().await.len());
        let copy = settlement("PO2", 21, &back).replace("\n", "\r\n");
        town.took("copy.csv", &copy).await;
        assert_eq!((town.balances().await, town.suspense().await.len()), before);
        // A payment that only its provider knows is settled once, too.
        let strange = [("pay_9", "payment", "4.00", "0.00", "4.00")];
        town.took("strange.csv", &settlement("PO3", 21, &strange)).await;
        let why = town.refused("again.csv", &settlement("PO4", 22, &strange)).await;
        assert!(why.contains("settles a payment that another settlement settled before"), "{why}");
        town.proved().await;
    }

    async fn a_schedules_credit_is_found_by_its_reference(url: &str) {
        let town = Town::of(url).await;
        let lines = [(&*ct(1), "10.00"), (&*ct(2), "20.00"), ("nobody", "5.00")];
        town.took("allpay.csv", &schedule("AP20260420", 20, &lines)).await;
        assert_eq!((town.at("clearing:allpay").await, town.at("suspense").await), (3_500, -500));
        town.took("s1.sta", &statement(1, 0, 20, &[(3_500, "BGC ALLPAY AP20260420")])).await;
        let (rules, left) = town.reconciled().await;
        assert_eq!((rules.iter().map(|(_, lines)| lines).sum::<u64>(), left.len()), (1, 0));
        assert_eq!(town.at("clearing:allpay").await, 0);
        town.proved().await;
    }

    async fn two_credits_may_pay_one_expected_sum(url: &str) {
        let town = Town::of(url).await;
        town.took("monday.csv", &receipts(&[paid("CT", &ct(1), "BANK", "100.00")])).await;
        let says = format!("FPI {}", ct(1));
        town.took("s1.sta", &statement(1, 0, 20, &[(6_000, &says), (4_000, &says)])).await;
        let (rules, left) = town.reconciled().await;
        assert_eq!((rules, left.len()), (vec![("split".to_owned(), 2)], 0));
        assert_eq!((town.at("clearing:bank").await, town.at("fund:CT").await), (0, -10_000));
        town.proved().await;
    }

    async fn a_credit_that_quotes_one_account_is_its_receipt(url: &str) {
        let town = Town::of(url).await;
        let says = format!("FPI SMITH {}", ct(4));
        let lines = [(2_345, &*says), (1_200, "BGC LM000777 GYM")];
        town.took("s1.sta", &statement(1, 0, 20, &lines)).await;
        let (rules, left) = town.reconciled().await;
        assert_eq!((rules, left.len()), (vec![("reference quoted".to_owned(), 2)], 0));
        assert_eq!(
            (town.at("fund:CT").await, town.at("fund:LE").await, town.at("vat:S").await),
            (-2_345, -1_000, -200)
        );
        town.proved().await;
    }

    /// Cards, counters, collections and agents reach the bank in sums: who pays the same by
    /// bank a few days later has paid twice, and both are theirs.
    async fn a_payers_credit_is_never_taken_for_what_comes_in_a_sum(url: &str) {
        let town = Town::of(url).await;
        let ways = ["CARD", "CASH", "DD", "AGENT"];
        let rows = ways.map(|way| paid("CT", &ct(4), way, "23.45").on(april(17)));
        town.took("monday.csv", &receipts(&rows)).await;
        let typed = format!("FPI SMITH {}", ct(4).replacen('7', "1", 1));
        let says = format!("FPI SMITH {}", ct(4));
        let lines = [(2_345, &*says), (2_345, &typed)];
        town.took("s1.sta", &statement(1, 0, 20, &lines)).await;
        let (rules, left) = town.reconciled().await;
        assert_eq!((rules, left.len()), (one("reference quoted"), 1));
        for channel in ["card", "till", "dd", "allpay"] {
            assert_eq!(town.at(&format!("clearing:{channel}")).await, 2_345, "{channel}");
        }
        assert_eq!(town.at("fund:CT").await, -5 * 2_345);
        town.proved().await;
    }

    /// A wrong posting becomes a summons: what is not sure stays open.
    async fn a_credit_that_is_not_sure_is_left_open_and_says_why(url: &str) {
        let town = Town::of(url).await;
        let two = format!("FPI {} AND {}", ct(1), ct(2));
        let nobody = format!("FPI {}", ct(50));
        let digit = ct(1).chars().last().unwrap().to_digit(10).unwrap();
        let mistyped = format!("FPI {}{}", &ct(1)[..8], (digit + 1) % 10);
        let lines = [
            (100, &*two),
            (200, &*nobody),
            (300, &*mistyped),
            (400, "FPI SMITH NO REFERENCE"),
            (-500, "DD SOMETHING"),
        ];
        town.took("s1.sta", &statement(1, 1_000, 20, &lines)).await;
        let done = town.books.reconcile().await.unwrap();
        assert_eq!((done.lines, done.explained, done.left.len()), (5, 0, 5));
        for (pence, says) in [
            (100, "it quotes more than one account"),
            (200, "which no account holder has"),
            (300, "fails the check digit of fund CT"),
            (400, "it quotes no reference"),
            (-500, "nothing of this amount was to be paid out"),
        ] {
            let left = done.left.iter().find(|left| left.line.amount.get() == pence).unwrap();
            assert!(left.why.contains(says), "{}", left.why);
        }
        assert!(!town.balances().await.keys().any(|account| account.starts_with("fund:")));
        town.proved().await;
    }

    async fn a_short_payout_is_left_with_how_much_is_missing(url: &str) {
        let town = Town::of(url).await;
        let rows = [paid("CT", &ct(1), "CASH", "10.00").batch("SLIP0042")];
        town.took("monday.csv", &receipts(&rows)).await;
        town.took("s1.sta", &statement(1, 0, 20, &[(900, "CR SLIP0042")])).await;
        let (rules, left) = town.reconciled().await;
        assert_eq!(rules, []);
        assert_eq!(left, ["it quotes what was expected, but is short by 1.00"]);
        town.proved().await;
    }

    /// The credit came first and waited in suspense; the schedule explains it.
    async fn a_late_schedule_takes_its_credit_out_of_suspense(url: &str) {
        let town = Town::of(url).await;
        town.took("s1.sta", &statement(1, 0, 20, &[(3_000, "BGC ALLPAY AP20260420")])).await;
        let closed = town.books.close_day(april(20)).await.unwrap();
        assert_eq!((closed.to_suspense, town.at("suspense").await), (1, -3_000));
        town.clock.to_april(21);
        let lines = [(&*ct(1), "10.00"), (&*ct(2), "20.00")];
        town.took("allpay.csv", &schedule("AP20260420", 20, &lines)).await;
        town.books.reconcile().await.unwrap();
        assert!(town.suspense().await.is_empty());
        assert_eq!(
            (town.at("suspense").await, town.at("clearing:allpay").await, town.at("fund:CT").await),
            (0, 0, -3_000)
        );
        town.proved().await;
    }

    async fn a_line_is_explained_by_rule_and_reason(url: &str) {
        let town = Town::of(url).await;
        let says = format!("FPI SMITH {}", ct(4));
        town.took("s1.sta", &statement(1, 0, 20, &[(2_345, &says)])).await;
        let line = town.open_line(2_345).await.id;
        assert_eq!(town.books.explain_line(line).await.unwrap().explanations, []);
        town.reconciled().await;
        let explained = town.books.explain_line(line).await.unwrap();
        assert_eq!(explained.line.narrative, says);
        let [only] = &explained.explanations[..] else { panic!("{explained:?}") };
        assert_eq!(only.set.rule, "reference quoted");
        assert_eq!(only.set.reason, format!("the line quotes council tax reference {}", ct(4)));
        assert_eq!((only.pairs.len(), only.set.undone_at), (1, None));
        assert!(only.pairs[0].0.receipt.is_some());
        town.proved().await;
    }

    async fn running_twice_changes_nothing(url: &str) {
        let town = Town::of(url).await;
        let rows = [paid("CT", &ct(1), "CASH", "10.00").batch("SLIP0042")];
        town.took("monday.csv", &receipts(&rows)).await;
        let says = format!("FPI {}", ct(4));
        let lines = [(1_000, "CR SLIP0042"), (55, &*says), (7, "NOBODY"), (-9, "CHARGES")];
        town.took("s1.sta", &statement(1, 100, 20, &lines)).await;
        assert_eq!(town.books.reconcile().await.unwrap().explained, 3);
        let before = (counts(url), town.balances().await);
        let again = town.books.reconcile().await.unwrap();
        assert_eq!((again.lines, again.explained, again.left.len()), (1, 0, 1));
        assert_eq!((counts(url), town.balances().await), before);
        town.proved().await;
    }
}
