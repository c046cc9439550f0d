//! Bank lines that are no income go by the council's own rules.

use ims_testkit::on_both;

use super::{
    files::{paid, receipts, statement, statement_of},
    town::{Town, april, ct},
};

on_both! {
    async fn sweeps_and_charges_go_where_the_rules_say(url: &str) {
        let town = Town::of(url).await;
        let lines = [(-50_000, "OVERNIGHT SWEEP"), (-150, "CHARGES MARCH"), (25, "CHARGES REFUND")];
        town.took("s1.sta", &statement(1, 90_000, 20, &lines)).await;
        let (rules, left) = town.reconciled().await;
        assert_eq!(rules, [("Charge".to_owned(), 2), ("Sweep".to_owned(), 1)]);
        assert_eq!(left.len(), 0);
        assert_eq!((town.at("outside:sweep").await, town.at("fees:bank").await), (50_000, 125));
        assert_eq!(town.at("unmatched:main").await, 0);
        town.proved().await;
    }

    async fn a_transfer_between_accounts_waits_for_both_sides(url: &str) {
        let town = Town::of(url).await;
        town.took("m1.sta", &statement(1, 90_000, 20, &[(-40_000, "TFR SAVINGS")])).await;
        assert_eq!(town.reconciled().await.0, []);
        assert_eq!(town.at("unmatched:main").await, 40_000);
        town.clock.to_april(21);
        let other = [(40_000, "TFR FROM MAIN"), (30_000, "SOMETHING ELSE")];
        town.took("s1.sta", &statement_of("87654321", 1, 0, 21, &other)).await;
        let (rules, left) = town.reconciled().await;
        assert_eq!((rules, left.len()), (vec![("To savings".to_owned(), 2)], 1));
        assert_eq!((town.at("unmatched:main").await, town.at("unmatched:savings").await), (0, -30_000));
        town.proved().await;
    }

    /// Two lines that could be the other side are one too many.
    async fn a_transfer_with_two_possible_sides_is_left_to_people(url: &str) {
        let town = Town::of(url).await;
        town.took("m1.sta", &statement(1, 90_000, 20, &[(-40_000, "TFR SAVINGS")])).await;
        let other = [(40_000, "TFR A"), (40_000, "TFR B")];
        town.took("s1.sta", &statement_of("87654321", 1, 0, 20, &other)).await;
        assert_eq!(town.reconciled().await.0, []);
        town.proved().await;
    }

    /// The line is the debit's return; until its advice comes, the clearing
    /// account holds it open.
    async fn a_returned_debit_waits_for_its_advice(url: &str) {
        let town = Town::of(url).await;
        let rows = [paid("CT", &ct(1), "DD", "30.00").batch("DD0420")];
        town.took("dd.csv", &receipts(&rows)).await;
        town.took("s1.sta", &statement(1, 0, 20, &[(3_000, "DD0420"), (-3_000, "UNPAID DD")])).await;
        let (rules, left) = town.reconciled().await;
        assert_eq!(rules, [("Returned debit".to_owned(), 1), ("batch".to_owned(), 1)]);
        assert_eq!(left.len(), 0);
        assert_eq!((town.at("clearing:dd").await, town.at("fund:CT").await), (3_000, -3_000));
        let waiting = town.books.dashboard(Some(april(20))).await.unwrap().expected;
        let waiting: Vec<_> =
            waiting.iter().map(|(channel, count, sum, _)| (channel.as_str(), *count, sum.get())).collect();
        assert_eq!(waiting, [("dd", 1, 3_000)]);
        town.proved().await;
    }
}
