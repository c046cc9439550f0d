//! Expected money: open, settled into payouts, matched, opened again.

use chrono::NaiveDate;
use ims_ledger::id::ExpectedId;
use ims_store::{
    AskedKey, ExpectedKey, ExpectedRow, Keyable, NamedMoney, OpenExpected, SourcedMoney, StoreError,
};
use ims_testkit::on_both;

use super::{
    made::{self, day, expected, id, pence},
    raw::Raw,
};

fn open(row: &ExpectedRow) -> OpenExpected {
    let ExpectedRow {
        id,
        channel,
        happened_on,
        amount,
        reference,
        batch_ref,
        source_ref,
        is_payers,
        ..
    } = row.clone();
    OpenExpected { id, channel, happened_on, amount, reference, batch_ref, source_ref, is_payers }
}

on_both! {
    async fn what_is_expected_stays_open_until_it_is_closed(url: &str) {
        let (store, council) = made::store(url).await;
        let items: Vec<_> = [30, -10, 5].map(|amount| expected(amount, "card-web")).to_vec();
        let mut tx = store.begin().await.unwrap();
        tx.add_expected(council, &items).await.unwrap();
        assert_eq!(tx.open_expected(council).await.unwrap(), items.iter().map(open).collect::<Vec<_>>());
        let ids = [items[0].id, items[2].id, id(ExpectedId::new)];
        assert_eq!(tx.close_expected(council, &ids).await.unwrap(), 2, "one of them is nobody's");
        assert_eq!(tx.close_expected(council, &ids).await.unwrap(), 0, "closed already");
        assert_eq!(tx.close_expected(council, &[]).await.unwrap(), 0);
        assert_eq!(tx.open_expected(council).await.unwrap(), [open(&items[1])]);
        tx.open_expected_again(council, &[items[0].id]).await.unwrap();
        assert_eq!(tx.open_expected(council).await.unwrap(), [open(&items[0]), open(&items[1])]);
        let refused = tx.open_expected_again(council, &[items[1].id]).await.unwrap_err();
        assert!(matches!(&refused, StoreError::Duplicate(name) if name == "open_expected_pkey"), "{refused:?}");
    }

    /// Of very many those of one entry are asked for by it, and none other is read.
    async fn what_an_entry_made_wait_is_asked_for_by_it(url: &str) {
        let (store, council) = made::store(url).await;
        let items: Vec<_> = (1..=11_000).map(|amount| expected(amount, "card-web")).collect();
        let mut tx = store.begin().await.unwrap();
        tx.add_expected(council, &items).await.unwrap();
        tx.close_expected(council, &[items[7].id]).await.unwrap();
        for (at, is_open) in [(7, false), (8, true)] {
            let found = tx.expected_of_entry(council, items[at].entry).await.unwrap();
            assert_eq!(found, [(open(&items[at]), is_open)]);
        }
        tx.commit().await.unwrap();
        let mut raw = Raw::open(url).await;
        raw.run("ANALYZE expected").await;
        let plan = raw.plan_of("expected e", &format!("e.entry_id = {}", raw.id(items[7].entry.get()))).await;
        let by_it = plan.replace(' ', "").contains("entry_id=");
        assert!(plan.contains("expected_entry") && by_it, "{plan}");
    }

    /// More than go into one statement.
    async fn very_many_are_closed(url: &str) {
        let (store, council) = made::store(url).await;
        let items: Vec<_> = (1..=11_000).map(|amount| expected(amount, "card-web")).collect();
        let ids: Vec<_> = items.iter().map(|row| row.id).collect();
        let sources: Vec<_> = items.iter().map(|row| row.source_ref.clone()).collect();
        let mut tx = store.begin().await.unwrap();
        tx.add_expected(council, &items).await.unwrap();
        let found = tx.expected_by_source(council, "card-web", &sources).await.unwrap();
        assert_eq!(found.len(), 11_000);
        assert_eq!(tx.close_expected(council, &ids).await.unwrap(), 11_000);
        assert_eq!(tx.open_expected(council).await.unwrap(), []);
    }

    async fn a_payout_settles_which_batch_an_item_is_in(url: &str) {
        let (store, council) = made::store(url).await;
        let item = ExpectedRow { batch_ref: "BASKET".to_owned(), ..expected(30, "card-web") };
        let import = made::import("x").id;
        let mut tx = store.begin().await.unwrap();
        tx.add_expected(council, std::slice::from_ref(&item)).await.unwrap();
        tx.put_in_batches(council, &[(item.id, "PAYOUT".to_owned())], import).await.unwrap();
        let settled = OpenExpected { batch_ref: "PAYOUT".to_owned(), ..open(&item) };
        let sources = [item.source_ref.clone()];
        let found = tx.expected_by_source(council, "card-web", &sources).await.unwrap();
        assert_eq!(found.iter().map(|item| item.payout.as_deref()).collect::<Vec<_>>(), [Some("PAYOUT")]);
        assert_eq!(tx.open_expected(council).await.unwrap(), [settled]);
        let refused = tx.put_in_batches(council, &[(item.id, "OTHER".to_owned())], import).await.unwrap_err();
        assert!(matches!(&refused, StoreError::Duplicate(name) if name == "expected_batch_pkey"), "{refused:?}");
    }

    async fn what_has_keys_is_found_by_them_alone(url: &str) {
        let (store, council) = made::store(url).await;
        let on = |amount, at: u32| ExpectedRow { happened_on: day(at), ..expected(amount, "card-web") };
        let items = [on(30, 1), on(-10, 2), on(5, 3), on(7, 4)];
        let mut tx = store.begin().await.unwrap();
        tx.add_expected(council, &items).await.unwrap();
        assert_eq!((tx.has_expected_keys(council).await.unwrap(), tx.count_new_expected(council).await.unwrap()), (false, 4));
        let oldest = tx.oldest_unkeyed(council, 3).await.unwrap();
        let keyable = |row: &ExpectedRow| Keyable {
            id: row.id,
            channel: row.channel.clone(),
            day: row.happened_on,
            amount: row.amount,
            reference: row.reference.clone(),
            batches: vec![row.batch_ref.clone(), String::new()],
            is_advice: false,
        };
        assert_eq!(oldest, items[..3].iter().map(keyable).collect::<Vec<_>>());
        let key = |text: &str, row: &ExpectedRow| ExpectedKey { text: text.to_owned(), day: row.happened_on, id: row.id };
        let keys = vec![key("=O'B\"\\", &items[0]), key("~5", &items[0]), key("=É", &items[1]), key("~5", &items[1]), key("~5", &items[2])];
        let ids = [items[0].id, items[1].id, items[2].id];
        tx.put_expected_keys(council, &ids, keys.clone()).await.unwrap();
        // Keys that are there already are no mistake.
        tx.put_expected_keys(council, &ids, keys.clone()).await.unwrap();
        assert_eq!(tx.new_expected(council).await.unwrap(), [open(&items[3])]);
        let (mut rows, mut kept) = (Vec::new(), Vec::new());
        tx.each_keyed(council, &mut |row| rows.push(row)).await.unwrap();
        tx.each_key_of_keyed(council, &mut |key| kept.push(key)).await.unwrap();
        kept.sort();
        let mut all = keys.clone();
        all.sort();
        assert_eq!((rows, kept), (oldest, all));
        assert_eq!((tx.has_expected_keys(council).await.unwrap(), tx.count_new_expected(council).await.unwrap()), (true, 1));
        assert_eq!(tx.open_expected(council).await.unwrap().len(), 4, "all of them are open");
        for (text, days, found) in [
            ("=O'B\"\\", None, &ids[..1]),
            ("=É", None, &ids[1..2]),
            ("=é", None, &[]),
            ("~5", None, &ids[..]),
            ("~5", Some((day(2), day(3))), &ids[1..]),
            ("~5", Some((day(1), day(1))), &ids[..1]),
            ("~5", Some((NaiveDate::MIN, NaiveDate::MAX)), &ids[..]),
            ("~5", Some((day(3), day(1))), &[]),
            ("~", None, &[]),
        ] {
            let asked = AskedKey { text: text.to_owned(), days };
            let keyed = tx.keyed_expected(council, std::iter::once(asked)).await.unwrap();
            assert_eq!(keyed, found, "{text} {days:?}");
        }
        // What is closed and opened again is read whole, whatever keys it has.
        tx.close_expected(council, &ids[..2]).await.unwrap();
        tx.open_expected_again(council, &ids[..1]).await.unwrap();
        assert_eq!(tx.these_expected(council, &ids).await.unwrap(), [open(&items[0]), open(&items[2])]);
        assert_eq!(tx.new_expected(council).await.unwrap(), [open(&items[0]), open(&items[3])]);
        assert_eq!(tx.keyed_expected(council, std::iter::empty()).await.unwrap(), []);
    }

    async fn what_a_payout_is_said_to_pay_has_no_keys_any_more(url: &str) {
        let (store, council) = made::store(url).await;
        let items = [expected(30, "card-web"), expected(40, "card-web")];
        let ids = [items[0].id, items[1].id];
        let mut tx = store.begin().await.unwrap();
        tx.add_expected(council, &items).await.unwrap();
        let key = |row: &ExpectedRow| ExpectedKey { text: "=X".to_owned(), day: row.happened_on, id: row.id };
        tx.put_expected_keys(council, &ids, items.iter().map(key).collect()).await.unwrap();
        let (first, second) = (made::import("x").id, made::import("y").id);
        tx.put_in_batches(council, &[(ids[0], "PAYOUT".to_owned())], first).await.unwrap();
        assert_eq!(tx.new_expected(council).await.unwrap(), [OpenExpected { batch_ref: "PAYOUT".to_owned(), ..open(&items[0]) }]);
        tx.add_reversal(council, first, made::import("").id, "wrong", "jo", made::at(1)).await.unwrap();
        tx.put_in_batches(council, &[(ids[0], "OTHER".to_owned())], second).await.unwrap();
        let mut batches = tx.oldest_unkeyed(council, 9).await.unwrap().remove(0).batches;
        batches.sort();
        batches.retain(|batch| !batch.is_empty());
        assert_eq!(batches, ["OTHER", "PAYOUT"], "each may be the one again");
    }

    async fn items_are_found_by_the_sender_s_reference(url: &str) {
        let (store, council) = made::store(url).await;
        let source = |amount, channel, source: &str| ExpectedRow { source_ref: source.to_owned(), ..expected(amount, channel) };
        let items = [source(1, "card-web", "a'\"\\"), source(2, "card-web", "b"), source(3, "slip", "b"), source(4, "slip", "")];
        let mut tx = store.begin().await.unwrap();
        tx.add_expected(council, &items).await.unwrap();
        let sources = ["a'\"\\".to_owned(), "b".to_owned(), String::new(), "c".to_owned()];
        assert_eq!(tx.close_expected(council, &[items[1].id]).await.unwrap(), 1);
        let web = tx.expected_by_source(council, "card-web", &sources).await.unwrap();
        let waits = |item: &ExpectedRow| SourcedMoney {
            id: item.id,
            source_ref: item.source_ref.clone(),
            amount: item.amount,
            payout: None,
            is_open: item.id != items[1].id,
            is_told: false,
        };
        assert_eq!(web, [waits(&items[0]), waits(&items[1])]);
        let slip = tx.expected_by_source(council, "slip", &sources).await.unwrap();
        assert_eq!(slip, [waits(&items[2])]);
        let named = tx.expected_named(council, "card-web", &sources, ["x", "y"]).await.unwrap();
        let wanted = items[..2].iter().map(|row| NamedMoney {
            source_ref: row.source_ref.clone(),
            amount: row.amount,
            happened_on: row.happened_on,
            reference: row.reference.clone(),
            import: row.import,
            is_placed: false,
        });
        assert_eq!(named, wanted.collect::<Vec<_>>());
    }

    async fn what_else_money_is_called_is_known_by_its_entry(url: &str) {
        let (store, council) = made::store(url).await;
        let items = [expected(5, "card-web"), expected(5, "card-web")];
        let mut tx = store.begin().await.unwrap();
        tx.add_expected(council, &items).await.unwrap();
        for (name, item) in [("pi_2", &items[0]), ("pi_1", &items[0]), ("pi_1", &items[0]), ("pi_9", &items[1])] {
            tx.name_expected(council, ("card-web", name), &[item.id], made::at(1)).await.unwrap();
        }
        let names = tx.names_of_entry(council, "card-web", items[0].entry).await.unwrap();
        assert_eq!(names, ["pi_1", "pi_2"]);
        assert!(tx.names_of_entry(council, "slip", items[0].entry).await.unwrap().is_empty());
    }

    async fn what_came_in_a_reversed_file_is_named_no_more(url: &str) {
        let (store, council) = made::store(url).await;
        let (kept, undone) = (made::import("kept").id, made::import("undone").id);
        let named = |import| ExpectedRow { import, source_ref: "P1".to_owned(), ..expected(5, "card-web") };
        let mut tx = store.begin().await.unwrap();
        tx.add_expected(council, &[Some(kept), Some(undone), None].map(named)).await.unwrap();
        tx.add_reversal(council, undone, made::import("").id, "wrong", "jo", made::at(1)).await.unwrap();
        let found = tx.expected_named(council, "card-web", &["P1".to_owned()], ["x", "y"]).await.unwrap();
        assert_eq!(found.iter().map(|money| money.import).collect::<Vec<_>>(), [Some(kept), None]);
    }

    async fn an_import_says_how_much_of_it_was_matched(url: &str) {
        let (store, council) = made::store(url).await;
        let import = made::import("x").id;
        let items = [1, 2].map(|amount| ExpectedRow { import: Some(import), ..expected(amount, "card-web") });
        let mut tx = store.begin().await.unwrap();
        tx.add_expected(council, &items).await.unwrap();
        tx.add_expected(council, &[expected(3, "card-web")]).await.unwrap();
        tx.close_expected(council, &[items[0].id]).await.unwrap();
        assert_eq!(tx.count_matched(council, import).await.unwrap(), 1);
        assert_eq!(tx.count_brought(council, import).await.unwrap(), 2);
    }

    async fn each_channel_s_total_is_told(url: &str) {
        let (store, council) = made::store(url).await;
        let on = |amount, channel, happened_on: NaiveDate| ExpectedRow { happened_on, ..expected(amount, channel) };
        let items = [on(30, "slip", day(3)), on(-50, "slip", day(2)), on(7, "Agent", day(9)), on(1, "slip", day(1))];
        let mut tx = store.begin().await.unwrap();
        tx.add_expected(council, &items).await.unwrap();
        tx.close_expected(council, &[items[3].id]).await.unwrap();
        let totals = tx.open_expected_totals(council).await.unwrap();
        assert_eq!(totals, [("Agent".to_owned(), 1, pence(7), day(9)), ("slip".to_owned(), 2, pence(-20), day(2))]);
    }
}
