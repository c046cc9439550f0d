//! Every kind of value comes back as it went in.

use chrono::{DateTime, NaiveDate, Utc};
use ims_ledger::id::{EntryId, PersonId};
use ims_store::{EntryRow, HolderRow, LineRow, PersonRow, StatementRow, SuspenseRow};
use ims_testkit::on_both;
use uuid::Uuid;

use super::made::{self, at, day, entry, id, pence};

fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

on_both! {
    /// To the microsecond; what is finer is cut off, and the hash does not see it.
    async fn times_are_whole_microseconds(url: &str) {
        let (store, council) = made::store(url).await;
        let times = [
            ("2026-04-01T12:00:00Z", "2026-04-01T12:00:00Z"),
            ("2026-04-01T12:00:00.1Z", "2026-04-01T12:00:00.1Z"),
            ("2026-04-01T12:00:00.000001Z", "2026-04-01T12:00:00.000001Z"),
            ("2026-04-01T12:00:00.999999999Z", "2026-04-01T12:00:00.999999Z"),
            ("1999-12-31T23:59:59.999999999Z", "1999-12-31T23:59:59.999999Z"),
            ("1969-12-31T23:59:59.000001500Z", "1969-12-31T23:59:59.000001Z"),
        ];
        let entries: Vec<_> =
            times.iter().map(|(given, _)| EntryRow { posted_at: time(given), ..entry(1) }).collect();
        let mut tx = store.begin().await.unwrap();
        tx.post_many(council, &entries).await.unwrap();
        for (posted, (given, kept)) in entries.iter().zip(times) {
            let stored = tx.entry(council, posted.id).await.unwrap().unwrap();
            assert_eq!(stored.posted_at, time(kept), "{given}");
        }
        let (_, faults) = tx.check_entries(council, 10, &mut |_, _| {}).await.unwrap();
        assert_eq!(faults, []);
    }

    /// Times are compared as times, however many digits their seconds have.
    async fn times_are_ordered(url: &str) {
        let (store, council) = made::store(url).await;
        let times = [
            "2026-04-01T11:59:59.999999Z", "2026-04-01T12:00:00Z", "2026-04-01T12:00:00.000001Z",
            "2026-04-01T12:00:00.001Z", "2026-04-01T12:00:00.001001Z", "2026-04-01T12:00:00.01Z",
            "2026-04-01T12:00:01Z",
        ];
        let entries: Vec<_> =
            times.iter().map(|at| EntryRow { posted_at: time(at), ..entry(1) }).collect();
        let mut tx = store.begin().await.unwrap();
        tx.post_many(council, &entries).await.unwrap();
        for (before, at) in (1..).zip(times) {
            let balances = tx.balances_at(council, time(at)).await.unwrap();
            assert_eq!(balances[0].debit, pence(before), "{at}");
        }
    }

    async fn days_and_ids_have_their_whole_range(url: &str) {
        let (store, council) = made::store(url).await;
        for (id, year) in [(Uuid::max(), 9_999), (Uuid::from_u128(1), 1), (id(|id| id), 2_024)] {
            let on = NaiveDate::from_ymd_opt(year, 2, 28).unwrap();
            let row = EntryRow { id: EntryId::new(id), happened_on: on, accounting_day: on, ..entry(1) };
            let mut tx = store.begin().await.unwrap();
            tx.post_many(council, &[row]).await.unwrap();
            let stored = tx.entry(council, EntryId::new(id)).await.unwrap().unwrap();
            assert_eq!((stored.id.get(), stored.accounting_day), (id, on));
        }
    }

    async fn amounts_have_their_whole_range(url: &str) {
        let (store, council) = made::store(url).await;
        let mut tx = store.begin().await.unwrap();
        for amount in [i64::MIN, -1, 1, i64::MAX] {
            let row = made::expected(amount, "card-web");
            tx.add_expected(council, std::slice::from_ref(&row)).await.unwrap();
            let open = tx.open_expected(council).await.unwrap();
            assert_eq!(open.last().unwrap().amount, pence(amount));
        }
    }

    async fn texts_and_bytes_come_back(url: &str) {
        let (store, council) = made::store(url).await;
        let all_bytes: Vec<u8> = (0..=255).collect();
        let long = "Ä long 💷 text, ".repeat(150_000);
        let texts = ["", " ", "O'Brien \"&\" \\ %_", "naïve Ĝ 漢字 👩🏽‍🚒", "a\r\n\tb", long.as_str()];
        let mut tx = store.begin().await.unwrap();
        for text in texts {
            let item = SuspenseRow { reference: text.to_owned(), ..made::suspense(1) };
            tx.add_suspense(council, std::slice::from_ref(&item)).await.unwrap();
            let details = [(item.id.get(), all_bytes.clone(), text.to_owned())];
            tx.put_details(council, &details).await.unwrap();
            let kept = tx.suspense(council, item.id).await.unwrap().unwrap();
            assert!(kept.reference == text && kept.narrative == text, "{}", text.len());
            let of = StatementRow { bank: item.id.to_string(), ..made::statement(made::import("x").id, 1) };
            let line = LineRow { fingerprint: all_bytes.clone(), ..made::line(&of, 1, 1) };
            tx.add_statement(council, &of, &[line]).await.unwrap();
            let kept = tx.line_marks(council, &of.bank, day(1), day(1)).await.unwrap();
            assert!(kept.len() == 1 && kept[0].fingerprint == all_bytes);
        }
        let blob = all_bytes.repeat(20_000);
        let hash = ims_ledger::seal::ContentHash::of(&blob);
        tx.archive(council, hash, 1, blob.clone(), at(0)).await.unwrap();
        assert!(tx.archived(council, hash).await.unwrap() == Some(blob));
    }

    async fn what_is_absent_stays_absent(url: &str) {
        let (store, council) = made::store(url).await;
        let bare = HolderRow { balance: None, stop: None, instalment: None, ..made::holder("1") };
        let full = HolderRow { balance: Some(pence(0)), stop: Some(String::new()), ..made::holder("2") };
        let mut tx = store.begin().await.unwrap();
        let import = made::import("x").id;
        tx.put_holders(council, "CT", &[bare.clone(), full.clone()], import, at(0)).await.unwrap();
        assert_eq!(tx.holder(council, "CT", "1").await.unwrap(), Some(bare));
        assert_eq!(tx.holder(council, "CT", "2").await.unwrap(), Some(full));

        let posted = entry(1);
        let bare = made::receipt(&posted, &[1]);
        let mut full = made::receipt(&posted, &[-2, 3]);
        full.office = Some("TOWN".to_owned());
        full.import = Some((import, 12));
        full.source_ref = Some("pi_3".to_owned());
        full.reverses = Some(bare.id);
        full.lines[1].vat_code = Some("S".to_owned());
        full.lines[1].vat_basis_points = Some(2_000);
        full.lines[1].vat = pence(1);
        tx.add_receipts(council, &[bare.clone(), full.clone()]).await.unwrap();
        assert_eq!(tx.receipt(council, bare.id).await.unwrap(), Some(bare));
        assert_eq!(tx.receipts_of_import(council, import).await.unwrap(), std::slice::from_ref(&full));
        assert_eq!(tx.receipt(council, full.id).await.unwrap(), Some(full));
    }

    async fn yes_and_no_come_back(url: &str) {
        let (store, _) = made::store(url).await;
        let mut tx = store.begin().await.unwrap();
        for demo in [true, false] {
            let row = PersonRow { id: id(PersonId::new), demo, ..made::person(&format!("jo {demo}")) };
            tx.add_person(&row, at(0)).await.unwrap();
            assert!(tx.person_by_id(row.id).await.unwrap() == Some(row));
        }
        assert_eq!(day(1).to_string(), "2026-04-01");
    }
}
