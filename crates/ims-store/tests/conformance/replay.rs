//! What came in before, found again.

use ims_ledger::id::ImportId;
use ims_store::ReceiptRow;
use ims_testkit::on_both;

use super::made::{self, at, day};

on_both! {
    async fn every_version_of_a_configuration_comes_in_turn(url: &str) {
        let (store, council) = made::store(url).await;
        let mut tx = store.begin().await.unwrap();
        for (from, text) in [(5, "first"), (20, "second"), (10, "third")] {
            tx.add_configuration(council, "Anyborough", day(from), text, "jo", at(0)).await.unwrap();
        }
        let all = tx.configurations(council, 0, 10).await.unwrap();
        let all: Vec<_> = all.iter().map(|row| (row.version, row.document.as_str())).collect();
        assert_eq!(all, [(1, "first"), (2, "second"), (3, "third")]);
        let page = tx.configurations(council, 1, 1).await.unwrap();
        assert_eq!(page.iter().map(|row| row.version).collect::<Vec<_>>(), [2]);
    }

    async fn imports_that_stand_are_those_of_the_time_that_nobody_reversed(url: &str) {
        let (store, council) = made::store(url).await;
        let mut tx = store.begin().await.unwrap();
        let mut ids = Vec::new();
        for seconds in [0, 10, 20, 30] {
            let mut row = made::import(&seconds.to_string());
            row.imported_at = at(seconds);
            tx.add_import(council, &row).await.unwrap();
            ids.push(row.id);
        }
        tx.add_reversal(council, ids[1], made::id(ImportId::new), "wrong", "jo", at(40)).await.unwrap();
        let found = tx.imports_that_stand(council, None, at(0), at(30), 10).await.unwrap();
        assert_eq!(found, [ids[0], ids[2]], "the last moment is not within, the reversed is left out");
        assert_eq!(tx.imports_that_stand(council, Some(ids[0]), at(0), at(31), 1).await.unwrap(), [ids[2]]);
    }

    async fn lines_without_a_file_come_page_by_page_and_only_those_that_stand(url: &str) {
        let (store, council) = made::store(url).await;
        let mut tx = store.begin().await.unwrap();
        let mut numbers = Vec::new();
        // Taken by hand, by a file, undone, undoing, and of another kind.
        for case in ["hand", "file", "undone", "undoing", "allocation", "late"] {
            let mut entry = made::entry(300);
            let mut receipt: ReceiptRow;
            match case {
                "file" => {
                    let row = made::import("a file");
                    tx.add_import(council, &row).await.unwrap();
                    entry.import = Some(row.id);
                    receipt = made::receipt(&entry, &[300]);
                }
                "allocation" => {
                    entry.kind = "allocation";
                    receipt = made::receipt(&entry, &[300]);
                }
                "late" => {
                    entry.accounting_day = day(2);
                    receipt = made::receipt(&entry, &[300]);
                }
                _ => receipt = made::receipt(&entry, &[100, 200]),
            }
            if case == "undoing" {
                receipt.reverses = numbers.last().copied();
            }
            numbers.push(receipt.id);
            tx.post_many(council, &[entry]).await.unwrap();
            tx.add_receipts(council, &[receipt]).await.unwrap();
        }
        let days = (day(1), day(1));
        let all = tx.lines_without_file(council, days, None, 10).await.unwrap();
        let shown: Vec<_> = all.iter().map(|row| (row.receipt, row.line, row.amount.get())).collect();
        assert_eq!(shown, [(numbers[0], 1, 100), (numbers[0], 2, 200)]);
        let first = tx.lines_without_file(council, days, None, 1).await.unwrap();
        assert_eq!(first[..], all[..1]);
        let rest = tx.lines_without_file(council, days, Some((numbers[0], 1)), 10).await.unwrap();
        assert_eq!(rest[..], all[1..]);
        let late = tx.lines_without_file(council, (day(2), day(2)), None, 10).await.unwrap();
        assert_eq!(late.len(), 1);
        let other = tx.add_council("TWO", "Twoborough", at(0)).await.unwrap().id;
        assert_eq!(tx.lines_without_file(other, (day(1), day(2)), None, 10).await.unwrap(), []);
        // Counted up to the most that is asked for.
        assert_eq!(tx.receipts_by_method(council, day(1), "web", 100).await.unwrap(), 6);
        assert_eq!(tx.receipts_by_method(council, day(2), "web", 100).await.unwrap(), 1);
        assert_eq!(tx.receipts_by_method(council, day(1), "web", 2).await.unwrap(), 2);
        assert_eq!(tx.receipts_by_method(council, day(1), "post", 2).await.unwrap(), 0);
    }
}
