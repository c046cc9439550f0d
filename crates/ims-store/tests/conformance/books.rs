//! Posting: what goes into the books comes out again, once.

use chrono::Duration;
use ims_ledger::{Side, id::EntryId, seal::ContentHash};
use ims_store::{Balances, EntryRow, StoreError, StoredEntry};
use ims_testkit::on_both;

use super::made::{self, account, at, day, entry, id, pence};

on_both! {
    async fn a_posted_entry_reads_as_it_was_written(url: &str) {
        let (store, council) = made::store(url).await;
        let posted = EntryRow { key: Some("k 1".to_owned()), detail: Some(ContentHash::of(b"x")), ..entry(1_234) };
        let mut tx = store.begin().await.unwrap();
        tx.post_many(council, std::slice::from_ref(&posted)).await.unwrap();
        tx.commit().await.unwrap();

        let expected = StoredEntry {
            id: posted.id,
            kind: "receipt".to_owned(),
            happened_on: day(1),
            accounting_day: day(1),
            posted_at: at(0),
            actor: "system:test".to_owned(),
            about: "a test".to_owned(),
            hash: posted.hash(council),
        };
        let mut tx = store.snapshot().await.unwrap();
        assert_eq!(tx.entry(council, posted.id).await.unwrap(), Some(expected.clone()));
        assert_eq!(tx.entry_by_key(council, "k 1").await.unwrap(), Some(expected));
        assert_eq!(tx.entry_by_key(council, "k 2").await.unwrap(), None);
        assert_eq!(tx.entry(council, id(EntryId::new)).await.unwrap(), None);
        let sides = [
            (account("clearing:card-web"), Side::Debit, pence(1_234)),
            (account("fund:CT"), Side::Credit, pence(1_234)),
        ];
        assert_eq!(tx.postings(council, posted.id).await.unwrap(), sides);
        assert_eq!(tx.count_unsealed(council).await.unwrap(), 1);
    }

    async fn balances_are_by_day_and_as_they_stood(url: &str) {
        let (store, council) = made::store(url).await;
        let first = entry(100);
        let late = EntryRow { accounting_day: day(2), posted_at: at(60), ..entry(40) };
        let undone = EntryRow { posted_at: at(120), postings: first.postings.reversed(), ..entry(1) };
        let mut tx = store.begin().await.unwrap();
        tx.post_many(council, &[first, late, undone]).await.unwrap();

        let both = |debit: i64, credit: i64| {
            let sums = |name, debit, credit| Balances {
                account: account(name),
                debit: pence(debit),
                credit: pence(credit),
            };
            [sums("clearing:card-web", debit, credit), sums("fund:CT", credit, debit)]
        };
        assert_eq!(tx.balances(council, day(1)).await.unwrap(), both(100, 100));
        assert_eq!(tx.balances(council, day(2)).await.unwrap(), both(140, 100));
        assert_eq!(tx.balances_at(council, at(0) - Duration::microseconds(1)).await.unwrap(), []);
        assert_eq!(tx.balances_at(council, at(60)).await.unwrap(), both(140, 0));
        assert_eq!(tx.balances_at(council, at(120)).await.unwrap(), both(140, 100));
        assert_eq!(tx.balance(council, &account("fund:CT")).await.unwrap(), pence(-40));
        assert_eq!(tx.balance(council, &account("suspense")).await.unwrap(), pence(0));
        let days = tx.account_totals(council, day(1), day(2)).await.unwrap();
        let days: Vec<_> = days.iter().map(|it| (it.day, it.is_debit, it.postings, it.amount)).collect();
        assert_eq!(days, [(day(2), true, 1, pence(40)), (day(2), false, 1, pence(40))]);
    }

    /// A key is used once in a council; the refusal names the rule, and nothing lasts.
    async fn a_key_posts_once(url: &str) {
        let (store, council) = made::store(url).await;
        let other = store_another(&store).await;
        let keyed = || EntryRow { key: Some("webhook 7".to_owned()), ..entry(5) };
        let mut tx = store.begin().await.unwrap();
        tx.post_many(council, &[keyed()]).await.unwrap();
        tx.post_many(other, &[keyed()]).await.unwrap();
        tx.commit().await.unwrap();

        let mut tx = store.begin().await.unwrap();
        tx.post_many(council, &[entry(6)]).await.unwrap();
        let refused = tx.post_many(council, &[entry(7), keyed()]).await.unwrap_err();
        assert!(matches!(&refused, StoreError::Duplicate(name) if name == "entry_once"), "{refused:?}");
        let refused = tx.commit().await.unwrap_err();
        assert!(matches!(refused, StoreError::Abandoned), "{refused:?}");
        assert_eq!(store.snapshot().await.unwrap().count_entries(council).await.unwrap(), 1);
    }

    /// More than one statement's worth, and an odd rest.
    async fn twenty_thousand_entries_go_in_at_once(url: &str) {
        let (store, council) = made::store(url).await;
        let entries: Vec<_> = (1..=20_001).map(entry).collect();
        let mut tx = store.begin().await.unwrap();
        tx.post_many(council, &entries).await.unwrap();
        tx.commit().await.unwrap();

        let mut tx = store.snapshot().await.unwrap();
        let mut seen = Vec::new();
        let checked = tx.check_entries(council, 10, &mut |id, hash| seen.push((id, hash))).await.unwrap();
        assert_eq!(checked, (20_001, vec![]));
        let expected: Vec<_> = entries.iter().map(|it| (it.id.get(), it.hash(council))).collect();
        assert!(seen == expected);
        let sum = pence(20_001 * 20_002 / 2);
        assert_eq!(tx.balance(council, &account("clearing:card-web")).await.unwrap(), sum);
        assert_eq!(tx.count_unsealed(council).await.unwrap(), 20_001);
        assert_eq!(tx.days_that_differ(council).await.unwrap(), []);
    }

    /// The last of many is a duplicate: none of them lasts.
    async fn a_duplicate_among_many_undoes_them_all(url: &str) {
        let (store, council) = made::store(url).await;
        let mut entries: Vec<_> = (1..=12_000).map(entry).collect();
        entries[11_999].id = entries[0].id;
        let mut tx = store.begin().await.unwrap();
        // Many are added behind: at the latest the commit says it.
        let posted = tx.post_many(council, &entries).await;
        let refused = posted.and(tx.commit().await).unwrap_err();
        assert!(matches!(&refused, StoreError::Duplicate(name) if name == "entry_pkey"), "{refused:?}");
        let mut tx = store.begin().await.unwrap();
        assert_eq!(tx.count_entries(council).await.unwrap(), 0);
        assert_eq!(tx.count_unsealed(council).await.unwrap(), 0);
        assert_eq!(tx.balances(council, day(30)).await.unwrap(), []);
    }

    async fn every_rule_of_uniqueness_is_named(url: &str) {
        let (store, council) = made::store(url).await;
        let row = made::import("same");
        let jo = made::person("jo");
        let receipt = made::receipt(&entry(5), &[5]);
        let undo = ims_store::ReceiptRow { reverses: Some(receipt.id), ..made::receipt(&entry(5), &[-5]) };
        let statement = made::statement(row.id, 1);
        let export = made::export("host:CT", 1, day(1));
        let mut tx = store.begin().await.unwrap();
        tx.add_import(council, &row).await.unwrap();
        tx.add_person(&jo, at(0)).await.unwrap();
        tx.add_receipts(council, &[receipt.clone(), undo.clone()]).await.unwrap();
        tx.add_statement(council, &statement, &[]).await.unwrap();
        tx.add_export(council, &export).await.unwrap();
        tx.close_day(council, &made::closed(day(1))).await.unwrap();
        let reopened = made::reopened(1, day(1));
        tx.reopen_days(council, &reopened).await.unwrap();
        tx.commit().await.unwrap();

        let again = async |what: &str| {
            let mut tx = store.begin().await.unwrap();
            let refused = match what {
                "council_code" => tx.add_council("ANY", "Other", at(0)).await.map(drop),
                "person_username" => tx.add_person(&made::person("jo"), at(0)).await,
                "person_pkey" => tx.add_person(&ims_store::PersonRow { username: "al".to_owned(), ..jo.clone() }, at(0)).await,
                "import_once" => tx.add_import(council, &ims_store::ImportRow { id: made::import("").id, ..row.clone() }).await,
                "receipt_number" => {
                    let number = receipt.number.clone();
                    tx.add_receipts(council, &[ims_store::ReceiptRow { number, ..made::receipt(&entry(5), &[5]) }]).await
                }
                "receipt_reversed_once" => {
                    let reverses = Some(receipt.id);
                    tx.add_receipts(council, &[ims_store::ReceiptRow { reverses, ..made::receipt(&entry(5), &[-5]) }]).await
                }
                "statement_sequence" => tx.add_statement(council, &made::statement(row.id, 1), &[]).await,
                "export_number" => tx.add_export(council, &made::export("host:CT", 1, day(2))).await,
                "day_reopen_approval" => {
                    let approval = reopened.approval;
                    tx.reopen_days(council, &ims_store::DayReopenRow { approval, ..made::reopened(2, day(1)) }).await
                }
                "day_close_pkey" => tx.close_day(council, &made::closed(day(1))).await,
                other => panic!("{other}"),
            };
            match refused {
                Err(StoreError::Duplicate(name)) => assert_eq!(name, what),
                other => panic!("{what}: {other:?}"),
            }
        };
        for what in [
            "council_code", "person_username", "person_pkey", "import_once", "receipt_number",
            "receipt_reversed_once", "statement_sequence", "export_number", "day_reopen_approval", "day_close_pkey",
        ] {
            again(what).await;
        }
    }
}

async fn store_another(store: &ims_store::Store) -> ims_ledger::id::CouncilId {
    let mut tx = store.begin().await.unwrap();
    let council = tx.add_council("TWO", "Twoborough", at(0)).await.unwrap();
    tx.commit().await.unwrap();
    council.id
}
