//! Account holders, their history, redirects, and receipts found.

use ims_store::{FindReceipts, HolderRow, SearchHolders, StoreError};
use ims_testkit::on_both;

use super::made::{self, at, day, pence};

on_both! {
    async fn a_holder_is_changed_at_the_version_that_was_read(url: &str) {
        let (store, council) = made::store(url).await;
        let mut tx = store.begin().await.unwrap();
        let one = made::holder("1");
        tx.add_holder(council, &one, at(0)).await.unwrap();
        let two = HolderRow { name: "Two".to_owned(), balance: None, balance_at: None, instalment: Some(pence(7)), ..one };
        assert!(tx.change_holder(council, &two, at(1)).await.unwrap());
        assert!(!tx.change_holder(council, &two, at(2)).await.unwrap());
        let now = HolderRow { version: 2, ..two };
        assert_eq!(tx.holder(council, "CT", "1").await.unwrap(), Some(now.clone()));
        let asked = ["1".to_owned(), "2".to_owned()];
        assert_eq!(tx.hold_holders(council, "CT", &asked).await.unwrap(), std::slice::from_ref(&now));
        assert_eq!(tx.hold_holders(council, "PK", &asked).await.unwrap(), []);
        tx.commit().await.unwrap();
        let mut tx = store.begin().await.unwrap();
        let refused = tx.add_holder(council, &now, at(3)).await.unwrap_err();
        assert!(matches!(&refused, StoreError::Duplicate(name) if name == "account_holder_pkey"), "{refused:?}");
    }

    async fn one_version_is_made_once(url: &str) {
        let (store, council) = made::store(url).await;
        let mut tx = store.begin().await.unwrap();
        let one = made::holder("1");
        let change = made::holder_change(&one);
        tx.add_holder_changes(council, std::slice::from_ref(&change)).await.unwrap();
        let kept = tx.holder_changes(council, ("CT", "1"), None, 10).await.unwrap();
        assert_eq!(kept, [ims_store::HolderChangeRow { words: String::new(), ..change.clone() }]);
        tx.put_details(council, &[(change.id, vec![7], "words".to_owned())]).await.unwrap();
        let kept = tx.holder_changes(council, ("CT", "1"), None, 10).await.unwrap();
        assert_eq!(kept, std::slice::from_ref(&change));
        assert_eq!(tx.holder_words_that_differ(council).await.unwrap(), None);
        assert_eq!(tx.holder_changes(council, ("CT", "1"), Some(1), 10).await.unwrap(), []);
        let differ = tx.holders_that_differ(council).await.unwrap();
        assert_eq!((differ.len(), differ[0].kept, differ[0].adds_up_to), (1, 0, 1));
        tx.add_holder(council, &one, at(0)).await.unwrap();
        assert_eq!(tx.holders_that_differ(council).await.unwrap(), []);
        tx.commit().await.unwrap();
        let mut tx = store.begin().await.unwrap();
        let again = made::holder_change(&one);
        let refused = tx.add_holder_changes(council, &[again]).await.unwrap_err();
        assert!(matches!(&refused, StoreError::Duplicate(name) if name == "holder_change_once"), "{refused:?}");
    }

    /// However its name is written, and though many have one of the words.
    async fn who_has_more_of_the_words_comes_first(url: &str) {
        let (store, council) = made::store(url).await;
        let mut tx = store.begin().await.unwrap();
        for (reference, name, owes) in [
            ("1", "Acme Roofing", 1),
            ("2", "Acme Bicycles", 1),
            ("3", "Nobody", 700),
            ("4", "Patrick O'Neill-Acme", 1),
            ("5", "The Acme", 700),
        ] {
            let holder =
                HolderRow { name: name.to_owned(), balance: Some(pence(owes)), ..made::holder(reference) };
            tx.add_holder(council, &holder, at(0)).await.unwrap();
        }
        for (words, limit, found) in [
            (vec!["ACME"], 9, vec!["5", "1", "2", "4"]),
            (vec!["ACME", "ONEILL"], 9, vec!["5", "4", "1", "2"]),
            (vec!["ACME", "BICYCLES"], 2, vec!["5", "2"]),
            (vec!["LTD"], 9, vec![]),
            (vec![], 9, vec![]),
        ] {
            let words: Vec<String> = words.into_iter().map(str::to_owned).collect();
            let rows = tx.holders_named(council, &words, pence(700), limit).await.unwrap();
            let rows: Vec<_> = rows.iter().map(|row| row.reference.as_str()).collect();
            assert_eq!(rows, found, "{words:?}");
        }
    }

    async fn parts_are_looked_for_as_they_stand(url: &str) {
        let (store, council) = made::store(url).await;
        let mut tx = store.begin().await.unwrap();
        for reference in ["A_1", "AX1", "50%"] {
            tx.add_holder(council, &made::holder(reference), at(0)).await.unwrap();
        }
        for (part, found) in [("a_", vec!["A_1"]), ("%", vec!["50%"]), ("A", vec!["AX1", "A_1"]), ("\\", vec![])] {
            let search = SearchHolders { reference: Some(part.to_owned()), ..SearchHolders::default() };
            let rows = tx.search_holders(council, &search, None, 10).await.unwrap();
            let references: Vec<_> = rows.iter().map(|row| row.reference.as_str()).collect();
            assert_eq!(references, found, "{part}");
        }
        let all = SearchHolders::default();
        let page = tx.search_holders(council, &all, Some(("CT", "50%")), 1).await.unwrap();
        assert_eq!(page[0].reference, "AX1");
    }

    async fn redirects_come_in_the_order_of_their_making(url: &str) {
        let (store, council) = made::store(url).await;
        let mut tx = store.begin().await.unwrap();
        let rows = [made::redirect("OLD", Some("1")), made::redirect("OLD", None), made::redirect("X", Some("2"))];
        for row in &rows {
            tx.add_redirect(council, row).await.unwrap();
        }
        let asked = ["OLD".to_owned(), "Y".to_owned()];
        assert_eq!(tx.redirects_of(council, &asked).await.unwrap(), rows[..2]);
        assert_eq!(tx.redirects(council, Some(rows[0].id), 10).await.unwrap(), rows[1..]);
    }

    /// Each first criterion has a statement of its own; they all sift alike.
    async fn receipts_are_found_whatever_is_asked_first(url: &str) {
        let (store, council) = made::store(url).await;
        let mut tx = store.begin().await.unwrap();
        let import = made::import("x");
        let mut receipts = Vec::new();
        for office in ["A", "B"] {
            let mut entry = made::entry(30);
            entry.import = Some(import.id);
            let mut receipt = made::receipt(&entry, &[10, 20]);
            receipt.office = Some(office.to_owned());
            tx.post_many(council, &[entry]).await.unwrap();
            receipts.push(receipt);
        }
        tx.add_receipts(council, &receipts).await.unwrap();
        let number = receipts[1].number.clone();
        let all = FindReceipts { office: Some("B".to_owned()), ..FindReceipts::default() };
        for find in [
            all.clone(),
            FindReceipts { number: Some(number.clone()), ..all.clone() },
            FindReceipts { reference: Some("80012345".to_owned()), ..all.clone() },
            FindReceipts { import: Some(import.id), ..all.clone() },
            FindReceipts { from: Some(day(1)), to: Some(day(1)), ..all.clone() },
        ] {
            let found = tx.find_receipts(council, &ims_store::Within::default(), &find, None, 10).await.unwrap();
            let amounts: Vec<_> = found.iter().map(|it| (it.id, it.amount.get())).collect();
            assert_eq!(amounts, [(receipts[1].id, 10), (receipts[1].id, 20)], "{find:?}");
            let one = FindReceipts { amount: Some(pence(20)), ..find.clone() };
            assert_eq!(tx.find_receipts(council, &ims_store::Within::default(), &one, None, 10).await.unwrap().len(), 1);
            for none in [
                FindReceipts { fund: Some("PK".to_owned()), ..find.clone() },
                FindReceipts { method: Some("cash".to_owned()), ..find.clone() },
                FindReceipts { to: Some(day(1).pred_opt().unwrap()), ..find.clone() },
            ] {
                assert_eq!(tx.find_receipts(council, &ims_store::Within::default(), &none, None, 10).await.unwrap(), [], "{none:?}");
            }
            assert_eq!(tx.find_receipts(council, &ims_store::Within::default(), &find, Some(receipts[1].id), 10).await.unwrap(), []);
        }
        assert_eq!(tx.receipt_numbered(council, &number).await.unwrap().as_ref(), receipts.get(1));
        assert_eq!(tx.receipt_numbered(council, "none").await.unwrap(), None);
        let since = |seconds| (("CT", "80012345"), at(seconds));
        for (seconds, credited) in [(0, 60), (1, 0)] {
            let (account, since) = since(seconds);
            let found = tx.credited_since(council, account, since).await.unwrap();
            assert_eq!(found.get(), credited);
        }
    }
}
