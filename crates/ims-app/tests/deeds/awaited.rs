//! A credit that quotes an account whose money was told of before may be that money: nothing is
//! booked twice, and a person is told what it may be.

use chrono::{Days, NaiveDate};
use ims_testkit::on_both;

use super::{
    ereturns::two_slips,
    files::{paid, receipts, statement},
    redirects::from_old,
    town::{Town, april, ct, settings},
};

/// A town that was told of 95.50 of the fourth account, by bank, on a day.
async fn told(url: &str, on: NaiveDate) -> Town {
    let town = Town::of(url).await;
    let rows =
        [paid("CT", &ct(4), "BANK", "95.50").on(on), paid("CT", &ct(5), "BANK", "30.00").on(on)];
    town.took("monday.csv", &receipts(&rows)).await;
    town
}

/// Nothing was booked by the line, and what it may be is said.
async fn is_left(town: &Town, pence: i64, says: &str) {
    let before = town.balances().await;
    town.took("s1.sta", &statement(1, 0, 20, &[(pence, says)])).await;
    let done = town.books.reconcile().await.unwrap();
    assert_eq!((done.explained, done.left.len()), (0, 1), "{says}: {done:?}");
    let left = &done.left[0];
    assert!(left.why.contains("95.50") && left.why.contains("may be that money"), "{}", left.why);
    assert_eq!(left.candidates.len(), 1, "{left:?}");
    let mut after = town.balances().await;
    after.remove("bank:main");
    after.remove("unmatched:main");
    assert_eq!(after, before, "{says}");
    town.proved().await;
}

on_both! {
    async fn another_amount_is_not_booked_beside_what_was_told(url: &str) {
        let town = told(url, april(20)).await;
        is_left(&town, 9_500, &format!("FPI {} SMITH", ct(4))).await;
    }

    async fn part_of_what_was_told_is_not_booked_beside_it(url: &str) {
        let town = told(url, april(20)).await;
        is_left(&town, 5_000, &format!("FPI {} SMITH", ct(4))).await;
    }

    async fn what_two_accounts_owe_is_not_booked_to_the_one_that_is_quoted(url: &str) {
        let town = told(url, april(20)).await;
        is_left(&town, 12_550, &format!("FPI {} SMITH", ct(4))).await;
    }

    /// However old it is: a standing order whose money of another month was never found is
    /// looked at by somebody.
    async fn what_was_told_long_ago_is_not_forgotten(url: &str) {
        for days in [22, 400] {
            let fresh = super::ereturns::another(url);
            let town = told(&fresh.url, april(20) - Days::new(days)).await;
            is_left(&town, 9_550, &format!("FPI {} SMITH", ct(4))).await;
        }
    }

    /// Rows that a run does not read whole are asked for, also where the line names the account
    /// by an old reference.
    async fn what_was_told_is_found_by_its_key(url: &str) {
        for quoted in [ct(4), ct(50)] {
            let fresh = super::ereturns::another(url);
            let town = told(&fresh.url, april(1)).await;
            town.books.redirect_reference(&from_old(&ct(50), Some(&ct(4)))).await.unwrap();
            assert_eq!(town.books.index_expected(0).await.unwrap(), 2);
            is_left(&town, 9_500, &format!("FPI {quoted} SMITH")).await;
        }
    }

    /// What a line of the same run pays is not waited for any more, and what nobody told of is
    /// booked as ever.
    async fn what_is_paid_stands_in_nobodys_way(url: &str) {
        let town = told(url, april(20)).await;
        let says = [4, 4, 6].map(|n| format!("FPI {} SMITH", ct(n)));
        let lines = [(9_550, &*says[0]), (1_200, &*says[1]), (700, &*says[2])];
        town.took("s1.sta", &statement(1, 0, 20, &lines)).await;
        let (rules, left) = town.reconciled().await;
        assert_eq!(left, Vec::<String>::new());
        assert_eq!(rules, [("quoted".to_owned(), 1), ("reference quoted".to_owned(), 2)]);
        assert_eq!((town.at("fund:CT").await, town.at("clearing:bank").await), (-14_450, 3_000));
        town.proved().await;
    }

    /// Slips are numbered one after another: the number beside an open slip's is another
    /// slip's, known or not.
    async fn a_slip_is_not_paid_by_its_neighbours_credit(url: &str) {
        let (town, _) = two_slips(url).await;
        town.took("s1.sta", &statement(1, 0, 20, &[(2_000, "CR PS000001")])).await;
        assert_eq!(town.reconciled().await, (vec![("batch".to_owned(), 1)], vec![]));
        // The first is closed, the third not approved yet.
        town.took("s2.sta", &statement(2, 2_000, 20, &[(1_500, "CR PS000001"), (1_500, "CR PS000003")])).await;
        let (rules, left) = town.reconciled().await;
        assert_eq!((rules, left.len(), town.at("clearing:slip").await), (vec![], 2, 1_500));
        town.took("s3.sta", &statement(3, 5_000, 20, &[(1_500, "CR PS000002")])).await;
        let (rules, left) = town.reconciled().await;
        assert_eq!((rules, left.len()), (vec![("batch".to_owned(), 1)], 2));
        town.proved().await;
    }

    /// Eight digits may be a date: only whose reference somebody has is booked by them.
    async fn nothing_is_booked_by_what_may_be_a_date(url: &str) {
        let town = Town::of(url).await;
        let more = "[[fund]]\ncode = \"RE\"\nname = \"Rents\"\nfind_in_text = true\n\
            reference = { min_length = 8, max_length = 8, mask = \"########\" }\n";
        let document = format!("{}\n{more}", settings("MILL"));
        town.books.configure(&document, april(1)).await.unwrap();
        let file = "fund,reference,name,address1,postcode,balance\nRE,61000001,Holder,1 Mill Lane,ZZ1 1ZZ,100.00\n";
        town.took("rents.csv", file).await;
        let lines = [(700, "PAID 20042026"), (900, "RENT 61000001")];
        town.took("s1.sta", &statement(1, 0, 20, &lines)).await;
        let (rules, left) = town.reconciled().await;
        assert_eq!(rules, [("reference quoted".to_owned(), 1)]);
        assert_eq!(left, ["it quotes RE 20042026, which no account holder has"]);
        assert_eq!(town.at("fund:RE").await, -900);
        town.proved().await;
    }

    /// What was told of before the account had another reference waits under the old one.
    async fn what_was_told_before_a_redirect_waits_under_the_old_reference(url: &str) {
        let town = told(url, april(1)).await;
        town.books.redirect_reference(&from_old(&ct(4), Some(&ct(9)))).await.unwrap();
        is_left(&town, 9_500, &format!("FPI {} SMITH", ct(4))).await;
    }
}
