//! Lists in pages: each row once, whatever the size of a page.

use ims_ledger::id::{EventId, ImportId, ReceiptId, SuspenseId};
use ims_store::{EntryRow, ImportRow, SearchReceipts};
use ims_testkit::on_both;

use super::made::{self, day, entry, pence};

on_both! {
    /// Receipts of several lines are never cut in two.
    async fn every_receipt_line_is_on_one_page(url: &str) {
        let (store, council) = made::store(url).await;
        let amounts: [&[i64]; 5] = [&[1, 2, 3], &[4], &[5, 6], &[7, 8, 9, 1], &[2]];
        let receipts: Vec<_> = (0..23).map(|at| made::receipt(&entry(1), amounts[at % 5])).collect();
        let other_day = EntryRow { accounting_day: day(2), ..entry(1) };
        let mut elsewhere = made::receipt(&other_day, &[1]);
        elsewhere.lines[0].reference = "another".to_owned();
        let mut tx = store.begin().await.unwrap();
        tx.add_receipts(council, &receipts).await.unwrap();
        tx.add_receipts(council, &[elsewhere]).await.unwrap();

        let mut expected: Vec<(ReceiptId, i64)> = Vec::new();
        for receipt in receipts.iter().rev() {
            expected.extend(receipt.lines.iter().map(|line| (receipt.id, line.amount.get())));
        }
        let ones: Vec<_> = expected.iter().filter(|(_, amount)| *amount == 1).copied().collect();
        let number = receipts[3].number.clone();
        let of_one: Vec<_> = expected.iter().filter(|(id, _)| *id == receipts[3].id).copied().collect();
        for limit in [1, 2, 3, 7, 100] {
            for (search, expected) in [
                (SearchReceipts::Reference("80012345".to_owned()), &expected),
                (SearchReceipts::Day(day(1)), &expected),
                (SearchReceipts::DayAndAmount(day(1), pence(1)), &ones),
                (SearchReceipts::Number(number.clone()), &of_one),
            ] {
                let (mut seen, mut before) = (Vec::new(), None);
                loop {
                    let page = tx.search_receipts(council, &search, before, limit).await.unwrap();
                    let Some(last) = page.last() else { break };
                    before = Some(last.id);
                    seen.extend(page.iter().map(|view| (view.id, view.amount.get())));
                }
                assert_eq!(&seen, expected, "{search:?}, {limit} at a time");
            }
        }
    }

    async fn every_import_is_on_one_page(url: &str) {
        let (store, council) = made::store(url).await;
        let imports: Vec<_> = (0..11).map(|at| made::import(&format!("file {at}"))).collect();
        let mut tx = store.begin().await.unwrap();
        for row in imports.iter().rev() {
            tx.add_import(council, row).await.unwrap();
        }
        let expected: Vec<ImportRow> = imports.into_iter().rev().collect();
        for limit in [1, 4, 11, 50] {
            let (mut seen, mut before): (Vec<ImportRow>, Option<ImportId>) = (Vec::new(), None);
            loop {
                let page = tx.imports(council, before, limit).await.unwrap();
                let Some(last) = page.last() else { break };
                before = Some(last.id);
                seen.extend(page);
            }
            assert_eq!(seen, expected, "{limit} at a time");
        }
    }

    async fn every_event_is_on_one_page(url: &str) {
        let (store, council) = made::store(url).await;
        let events: Vec<_> = (0..11).map(|at| made::event(&format!("deed {at}"))).collect();
        let mut tx = store.begin().await.unwrap();
        for row in &events {
            tx.add_event(council, row).await.unwrap();
        }
        let expected: Vec<_> = events.iter().rev().map(|row| row.id).collect();
        for limit in [1, 4, 11, 50] {
            let (mut seen, mut before): (Vec<EventId>, Option<EventId>) = (Vec::new(), None);
            loop {
                let page = tx.events(council, before, limit).await.unwrap();
                let Some(last) = page.last() else { break };
                before = Some(last.id);
                seen.extend(page.iter().map(|row| row.id));
            }
            assert_eq!(seen, expected, "{limit} at a time");
        }
    }

    async fn every_open_suspense_item_is_on_one_page(url: &str) {
        let (store, council) = made::store(url).await;
        let items: Vec<_> = (1..=11).map(made::suspense).collect();
        let mut tx = store.begin().await.unwrap();
        tx.add_suspense(council, &items).await.unwrap();
        let expected: Vec<_> = items.iter().map(|row| row.id).collect();
        for limit in [1, 4, 11, 50] {
            let (mut seen, mut after): (Vec<SuspenseId>, Option<SuspenseId>) = (Vec::new(), None);
            loop {
                let page = tx.open_suspense(council, after, limit).await.unwrap();
                let Some(last) = page.last() else { break };
                after = Some(last.id);
                seen.extend(page.iter().map(|row| row.id));
            }
            assert_eq!(seen, expected, "{limit} at a time");
        }
    }
}
