//! Files that came in and went out.

use ims_ledger::{id::ImportId, seal::ContentHash};
use ims_store::{CashLine, DayCloseRow, EntryRow, ImportRow, Quarantined, ReceiptRow, StoreError};
use ims_testkit::on_both;

use super::made::{self, at, day, entry, id, pence};

on_both! {
    async fn the_same_bytes_are_kept_once(url: &str) {
        let (store, council) = made::store(url).await;
        let (one, two) = (ContentHash::of(b"one"), ContentHash::of(b"two"));
        let mut tx = store.begin().await.unwrap();
        for (hash, bytes) in [(one, vec![1]), (two, vec![2]), (one, vec![3])] {
            tx.archive(council, hash, 3, bytes, at(0)).await.unwrap();
        }
        assert_eq!(tx.archived(council, one).await.unwrap(), Some(vec![1]));
        assert_eq!(tx.archived(council, ContentHash::of(b"x")).await.unwrap(), None);
        let mut both = [one, two];
        both.sort();
        assert_eq!(tx.archived_hashes(council).await.unwrap(), both);
    }

    async fn an_import_may_come_again_only_after_it_was_reversed(url: &str) {
        let (store, council) = made::store(url).await;
        let first = ImportRow { accepted_because: Some("rang the bank".to_owned()), ..made::import("x") };
        let again = ImportRow { id: id(ImportId::new), generation: 1, accepted_because: None, ..first.clone() };
        let mut tx = store.begin().await.unwrap();
        tx.add_import(council, &first).await.unwrap();
        assert_eq!(tx.import(council, first.id).await.unwrap(), Some(first.clone()));
        tx.add_reversal(council, first.id, id(ImportId::new), "wrong file", "jo", at(5)).await.unwrap();
        tx.add_import(council, &again).await.unwrap();
        let reversed = ImportRow { reversed_at: Some(at(5)), ..first.clone() };
        let of_it = tx.imports_of(council, first.content_hash).await.unwrap();
        assert_eq!(of_it, [reversed.clone(), again.clone()]);
        assert_eq!(tx.imports(council, None, 10).await.unwrap(), [again, reversed]);
        let refused = tx.add_reversal(council, first.id, id(ImportId::new), "twice", "jo", at(6)).await.unwrap_err();
        assert!(matches!(&refused, StoreError::Duplicate(name) if name == "import_reversal_pkey"), "{refused:?}");
    }

    async fn a_file_kept_aside_is_there_until_it_is_settled(url: &str) {
        let (store, council) = made::store(url).await;
        let late = Quarantined { quarantined_at: at(9), ..made::aside("late") };
        let early = made::aside("early");
        let mut tx = store.begin().await.unwrap();
        tx.quarantine(council, &late, "jo").await.unwrap();
        tx.quarantine(council, &early, "jo").await.unwrap();
        assert_eq!(tx.quarantined(council, 10).await.unwrap(), [early.clone(), late.clone()]);
        assert_eq!(tx.quarantined(council, 1).await.unwrap(), std::slice::from_ref(&early));
        tx.settle_quarantine(council, early.content_hash, at(20)).await.unwrap();
        assert_eq!(tx.quarantined(council, 10).await.unwrap(), std::slice::from_ref(&late));
        let again = Quarantined { reason: "still".to_owned(), ..early };
        tx.quarantine(council, &again, "jo").await.unwrap();
        assert_eq!(tx.quarantined(council, 10).await.unwrap(), [again, late]);
    }

    async fn a_day_is_closed_once(url: &str) {
        let (store, council) = made::store(url).await;
        let mut tx = store.begin().await.unwrap();
        assert_eq!(tx.closed_through(council).await.unwrap(), None);
        let days = [3, 1, 2].map(|of_april| DayCloseRow { certificate: format!("{{\"{of_april}\":1}}"), ..made::closed(day(of_april)) });
        for row in &days {
            tx.close_day(council, row).await.unwrap();
        }
        assert_eq!(tx.closed_through(council).await.unwrap(), Some(day(3)));
        let [third, _, second] = days;
        assert_eq!(tx.closed_days(council, 2).await.unwrap(), [third, second]);
    }

    async fn exports_are_found_again(url: &str) {
        let (store, council) = made::store(url).await;
        let rows = [("journal", 1, 1), ("journal", 2, 2), ("host:CT", 1, 2)]
            .map(|(kind, number, through)| made::export(kind, number, day(through)));
        let mut tx = store.begin().await.unwrap();
        for row in &rows {
            tx.add_export(council, row).await.unwrap();
        }
        assert_eq!(tx.export(council, rows[2].id).await.unwrap().as_ref(), Some(&rows[2]));
        let newest = tx.exports(council, 2).await.unwrap();
        assert_eq!(newest.first(), Some(&rows[1]));
    }

    async fn a_host_system_gets_the_income_of_its_days(url: &str) {
        let (store, council) = made::store(url).await;
        let on = |of_april| EntryRow { accounting_day: day(of_april), ..entry(1) };
        let mut receipts = [1, 2, 3, 4].map(|of_april| made::receipt(&on(of_april), &[10, 20]));
        receipts[2].lines[0].fund = "PK".to_owned();
        let mut tx = store.begin().await.unwrap();
        tx.add_receipts(council, &receipts).await.unwrap();
        let line = |of: &ReceiptRow, amount| CashLine {
            number: of.number.clone(),
            accounting_day: of.accounting_day,
            happened_on: day(1),
            method: "web".to_owned(),
            reference: "80012345".to_owned(),
            amount: pence(amount),
        };
        let expected = [line(&receipts[1], 10), line(&receipts[1], 20), line(&receipts[2], 20)];
        assert_eq!(tx.cash_lines(council, "CT", day(1), day(3)).await.unwrap(), expected);
        let totals = tx.fund_totals(council, day(2), day(3)).await.unwrap();
        let totals: Vec<_> = totals.iter().map(|it| (it.fund.as_str(), it.lines, it.amount.get())).collect();
        assert_eq!(totals, [("CT", 3, 50), ("PK", 1, 10)]);
        let days = tx.day_totals(council, 2).await.unwrap();
        let days: Vec<_> = days.iter().map(|it| (it.day, it.receipts, it.amount.get())).collect();
        assert_eq!(days, [(day(4), 1, 30), (day(3), 1, 30)]);
    }

    async fn account_holders_are_written_over(url: &str) {
        let (store, council) = made::store(url).await;
        let import = made::import("x").id;
        let holders: Vec<_> = (0..5_001).map(|number| made::holder(&format!("{number:08}"))).collect();
        let mut tx = store.begin().await.unwrap();
        tx.put_holders(council, "CT", &holders, import, at(0)).await.unwrap();
        let moved = ims_store::HolderRow { address: "2 Low Road".to_owned(), ..holders[7].clone() };
        tx.put_holders(council, "CT", std::slice::from_ref(&moved), import, at(1)).await.unwrap();
        assert_eq!(tx.holder(council, "CT", "00000007").await.unwrap(), Some(moved));
        assert_eq!(tx.holder(council, "PK", "00000007").await.unwrap(), None);
        assert_eq!(tx.count_holders(council).await.unwrap(), 5_001);
        let mut asked: Vec<_> = holders.iter().map(|holder| holder.reference.clone()).collect();
        asked.push("no such".to_owned());
        assert_eq!(tx.existing_holders(council, "CT", &asked).await.unwrap().len(), 5_001);
        tx.commit().await.unwrap();

        // Twice in one file, however far apart: which of the two would be right?
        let mut twice = holders.clone();
        twice.push(twice[0].clone());
        let mut tx = store.begin().await.unwrap();
        let refused = tx.put_holders(council, "CT", &twice, import, at(2)).await.unwrap_err();
        assert!(matches!(&refused, StoreError::Duplicate(name) if name == "account_holder_pkey"), "{refused:?}");
    }
}
