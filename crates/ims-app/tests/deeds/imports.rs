//! A file is taken in once, whole, and kept as it came.

use std::io::Read as _;

use ims_app::{Imported, NewFile};
use ims_ledger::seal::ContentHash;
use ims_testkit::on_both;

use super::{
    files::{one_receipt, paid, receipts},
    raw::counts,
    town::{Town, april, ct, file, holders},
};

/// The second row's amount does not read.
fn bad_file() -> String {
    one_receipt() + receipts(&[paid("CT", &ct(2), "CARD", "1.005")]).as_str()
}

on_both! {
    async fn the_same_content_twice_changes_nothing(url: &str) {
        let town = Town::of(url).await;
        let first = town.took("monday.csv", &one_receipt()).await;
        let before = (counts(url), town.balances().await);
        let again = town.books.import_file(file("tuesday.csv", &one_receipt())).await.unwrap();
        let Imported::Before(again) = again else { panic!("{again:?}") };
        assert_eq!((again.id, again.file_name.as_str()), (first.id, "monday.csv"));
        assert_eq!((counts(url), town.balances().await), before);
        assert_eq!(town.at("fund:CT").await, -12_050);
        town.proved().await;
    }

    async fn a_bad_file_posts_nothing_and_names_its_line(url: &str) {
        let town = Town::of(url).await;
        let before = counts(url);
        let why = town.refused("monday.csv", &bad_file()).await;
        assert!(why.starts_with("monday.csv line 2: "), "{why}");
        assert!(why.contains("1.005"), "{why}");
        assert_eq!(counts(url), before);
        assert!(town.balances().await.is_empty());
        town.proved().await;
    }

    /// What a list of payments is not: nothing says which bank line brings it.
    async fn a_settlement_without_a_payout_says_what_to_import_instead(url: &str) {
        let town = Town::of(url).await;
        let before = counts(url);
        let golden = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden");
        for (name, instead) in [
            ("govukpay-csv/stripe-account.in", "import the payout report of the provider behind it (Stripe, Worldpay)"),
            ("govukpay-json/payments.in", "import the payout report of the provider behind it (Stripe, Worldpay)"),
            ("adyen-accounting-csv/day.in", "import the settlement details report"),
        ] {
            let text = std::fs::read_to_string(golden.join(name)).unwrap();
            let why = town.refused("report", &text).await;
            assert!(why.starts_with("report: names no payout: ") && why.contains(instead), "{name}: {why}");
        }
        assert_eq!(counts(url), before);
        town.proved().await;
    }

    /// What is found only when rows are posted undoes the rows before it too.
    async fn a_row_of_the_far_future_refuses_the_whole_file(url: &str) {
        let town = Town::of(url).await;
        let before = counts(url);
        let late = paid("CT", &ct(2), "CARD", "2.00").on(april(20) + chrono::Days::new(32));
        let rows = [paid("CT", &ct(1), "CARD", "1.00"), late];
        let why = town.refused("monday.csv", &receipts(&rows)).await;
        assert_eq!(why, "monday.csv line 2: is dated 2026-05-22, which lies in the future");
        assert_eq!(counts(url), before);
        let near = paid("CT", &ct(2), "CARD", "2.00").on(april(20) + chrono::Days::new(31));
        assert_eq!(town.took("monday.csv", &receipts(&[near])).await.rows, 1);
        town.proved().await;
    }

    async fn the_bytes_of_a_file_come_back(url: &str) {
        let town = Town::of(url).await;
        let text = one_receipt();
        town.took("monday.csv", &text).await;
        let mut tx = town.app.store().snapshot().await.unwrap();
        let hash = ContentHash::of(text.as_bytes());
        let kept = tx.archived(town.books.council().id, hash).await.unwrap().unwrap();
        drop(tx);
        let mut bytes = String::new();
        flate2::read::DeflateDecoder::new(kept.as_slice()).read_to_string(&mut bytes).unwrap();
        assert_eq!(bytes, text);
        town.proved().await;
    }

    async fn a_dry_run_tells_all_and_keeps_nothing(url: &str) {
        let town = Town::of(url).await;
        let before = counts(url);
        let rows = [paid("CT", &ct(1), "CARD", "1.00"), paid("XX", "1", "CARD", "2.50")];
        let text = receipts(&rows);
        let look = NewFile { dry_run: true, ..file("monday.csv", &text) };
        let Imported::Now(told) = town.books.import_file(look).await.unwrap() else { panic!() };
        assert_eq!((told.rows, told.total.get()), (2, 350));
        assert_eq!((told.suspense, told.suspense_total.get()), (1, 250));
        assert_eq!(counts(url), before);
        let kept = town.took("monday.csv", &text).await;
        assert_eq!((kept.rows, kept.remarks), (told.rows, told.remarks));
        town.proved().await;
    }

    async fn one_bad_row_refuses_a_whole_file_of_account_holders(url: &str) {
        let town = Town::of(url).await;
        let good = holders().replace("Holder 1", "Renamed");
        for (row, says) in [
            ("CT,700000019,Bad,,,\n", "fails its check digit"),
            ("XX,1,Bad,,,\n", "fund `XX` is not configured"),
            (&*format!("CT,{},Twice,,,\n", ct(3)), "is there twice"),
        ] {
            let why = town.refused("holders.csv", &(good.clone() + row)).await;
            assert!(why.starts_with("holders.csv line 11: ") && why.contains(says), "{why}");
            let first = town.books.holder("CT", &ct(1)).await.unwrap().unwrap();
            assert_eq!(first.name, "Holder 1");
        }
        town.took("holders.csv", &good).await;
        let first = town.books.holder("CT", &ct(1)).await.unwrap().unwrap();
        assert_eq!((first.name.as_str(), first.balance.map(|p| p.get())), ("Renamed", Some(10_000)));
        town.proved().await;
    }

    async fn what_nobody_recognises_is_refused(url: &str) {
        let town = Town::of(url).await;
        let before = counts(url);
        town.refused("letter.txt", "Dear Sir or Madam,\n").await;
        town.refused("empty.csv", "").await;
        let text = one_receipt();
        let wrong = NewFile { format: Some("no-such"), ..file("a.csv", &text) };
        let why = town.books.import_file(wrong).await.unwrap_err();
        assert!(why.is_bad_input() && why.to_string().contains("`no-such`"), "{why}");
        assert_eq!(counts(url), before);
        town.proved().await;
    }
}
