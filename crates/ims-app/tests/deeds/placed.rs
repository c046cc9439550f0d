//! Where each row of money goes, and with which VAT.

use ims_app::SearchReceipts;
use ims_testkit::on_both;

use super::{
    files::{paid, receipts},
    town::{Town, april, ct},
};

on_both! {
    async fn money_for_nobody_goes_to_suspense_with_its_reason(url: &str) {
        let town = Town::of(url).await;
        let wrong_digit = ct(1).replace(ct(1).chars().last().unwrap(), "x");
        let rows = [
            paid("CT", &ct(1), "CARD", "1.00"),
            paid("XX", &ct(1), "CARD", "2.00"),
            paid("CT", &wrong_digit, "CARD", "3.00"),
            paid("CT", &ct(50), "CARD", "4.00"),
            paid("CT", &ct(1), "GOLD", "5.00"),
            paid("PK", "PN000001", "CARD", "500.01"),
            paid("", "nonsense", "CARD", "6.00"),
        ];
        let done = town.took("monday.csv", &receipts(&rows)).await;
        assert_eq!((done.rows, done.suspense, done.suspense_total.get()), (7, 6, 52_001));
        let items = town.suspense().await;
        for (pence, says) in [
            (200, "fund `XX` is not configured"),
            (300, "(fund CT)"),
            (400, "no account holder of fund CT has"),
            (500, "method of payment `GOLD` is not configured"),
            (50_001, "is more than fund PK takes at once"),
            (600, "is no reference of any fund"),
        ] {
            let item = items.iter().find(|item| item.amount.get() == pence).unwrap();
            assert!(item.reason.contains(says), "{}", item.reason);
            assert!(done.remarks.iter().any(|remark| remark.contains(&item.reason)));
        }
        assert_eq!(town.at("suspense").await, -52_001);
        assert_eq!(town.at("fund:CT").await, -100);
        town.proved().await;
    }

    async fn an_import_rule_changes_a_row_before_it_is_placed(url: &str) {
        let town = Town::of(url).await;
        let done = town.took("monday.csv", &receipts(&[paid("CTAX", &ct(1), "CARD", "7.00")])).await;
        assert_eq!(done.suspense, 0);
        assert_eq!(town.at("fund:CT").await, -700);
        town.proved().await;
    }

    async fn a_reference_without_a_fund_finds_its_fund(url: &str) {
        let town = Town::of(url).await;
        let rows = [paid("", &ct(3), "CARD", "7.00"), paid("", "LM000123", "CARD", "12.00")];
        assert_eq!(town.took("monday.csv", &receipts(&rows)).await.suspense, 0);
        assert_eq!((town.at("fund:CT").await, town.at("fund:LE").await), (-700, -1_000));
        town.proved().await;
    }

    /// Half pennies differ between systems: within a penny the sender's figure
    /// stays, beyond it the rate in force counts and somebody is told.
    async fn vat_within_a_penny_of_ours_is_kept(url: &str) {
        let town = Town::of(url).await;
        let rows = [
            paid("LE", "LM000001", "CARD", "12.00").vat("S", "2.00"),
            paid("LE", "LM000002", "CARD", "12.00").vat("S", "2.01"),
            paid("LE", "LM000003", "CARD", "12.00").vat("S", "1.99"),
            paid("LE", "LM000004", "CARD", "12.00").vat("S", "2.02"),
            paid("LE", "LM000005", "CARD", "12.00").vat("Z", "0.00"),
            paid("LE", "LM000006", "CARD", "12.00"),
        ];
        let done = town.took("monday.csv", &receipts(&rows)).await;
        assert_eq!(done.remarks.len(), 1, "{:?}", done.remarks);
        assert!(done.remarks[0].starts_with("line 4: the file says 2.02 of VAT"));
        let (_, kept, _) = town.books.import_shown(done.id).await.unwrap();
        let mut vat: Vec<_> = kept
            .iter()
            .map(|receipt| (receipt.lines[0].reference.clone(), receipt.lines[0].vat.get()))
            .collect();
        vat.sort();
        let held: Vec<i64> = vat.into_iter().map(|(_, held)| held).collect();
        assert_eq!(held, [200, 201, 199, 200, 0, 200]);
        assert_eq!((town.at("vat:S").await, town.at("fund:LE").await), (-1_000, -6_200));
        town.proved().await;
    }

    async fn an_amount_of_nothing_is_left_out_and_said(url: &str) {
        let town = Town::of(url).await;
        let rows = [paid("CT", &ct(1), "CARD", "0.00"), paid("CT", &ct(1), "CARD", "1.00")];
        let done = town.took("monday.csv", &receipts(&rows)).await;
        assert_eq!((done.rows, done.total.get()), (2, 100));
        assert_eq!(done.remarks, ["line 1: an amount of nothing, left out"]);
        assert_eq!(town.at("fund:CT").await, -100);
        town.proved().await;
    }

    async fn money_paid_back_is_the_other_way_round(url: &str) {
        let town = Town::of(url).await;
        let rows = [paid("LE", "LM000001", "CARD", "12.00"), paid("LE", "LM000001", "CARD", "-12.00")];
        town.took("monday.csv", &receipts(&rows)).await;
        assert!(town.balances().await.is_empty());
        town.proved().await;
    }

    async fn a_receipt_is_found_by_what_people_know_of_it(url: &str) {
        let town = Town::of(url).await;
        let rows = [paid("CT", &ct(1), "CARD", "1.00"), paid("CT", &ct(2), "CASH", "2.00")];
        town.took("monday.csv", &receipts(&rows)).await;
        let find = async |search| town.books.search_receipts(&search, None, 10).await.unwrap();
        let found = find(SearchReceipts::Reference(ct(2))).await;
        assert_eq!(found.len(), 1);
        let one = &found[0];
        assert_eq!((one.fund.as_str(), one.method.as_str(), one.amount.get()), ("CT", "CASH", 200));
        assert_eq!(one.narrative, "Payment 2 of somebody");
        assert_eq!(find(SearchReceipts::Number(one.number.clone())).await, found);
        assert_eq!(find(SearchReceipts::Day(april(20))).await.len(), 2);
        assert_eq!(find(SearchReceipts::DayAndAmount(april(20), one.amount)).await, found);
        assert_eq!(find(SearchReceipts::Day(april(21))).await.len(), 0);
        town.proved().await;
    }
}
