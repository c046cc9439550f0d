//! Who sees to suspense, and how it is found.

use std::sync::atomic::{AtomicU32, Ordering};

use chrono::TimeDelta;
use ims_app::{AppError, Books, SearchSuspense, SuspenseCare, SuspenseStatus};
use ims_ledger::id::SuspenseId;
use ims_money::Pence;
use ims_testkit::on_both;

use super::{
    concurrent::at_once,
    files::{paid, receipts},
    raw::{count, counts, sql},
    suspense::to_first,
    town::{Town, april},
};

impl Town {
    async fn found(&self, search: &SearchSuspense) -> Vec<SuspenseId> {
        let found = self.books.search_suspense(search, None, 100).await.unwrap();
        found.into_iter().map(|found| found.item.id).collect()
    }
}

on_both! {
    async fn items_are_found_by_what_became_of_them(url: &str) {
        let town = Town::of(url).await;
        let rows = ["10.00", "20.00", "30.00"].map(|pounds| paid("XX", "1", "CARD", pounds));
        town.took("monday.csv", &receipts(&rows)).await;
        let ids: Vec<_> = town.suspense().await.into_iter().map(|item| item.id).collect();
        town.books.allocate_suspense(ids[1], &to_first(Some(1))).await.unwrap();
        town.books.allocate_suspense(ids[2], &to_first(None)).await.unwrap();
        for (status, wanted) in [
            (SuspenseStatus::Unallocated, vec![ids[0]]),
            (SuspenseStatus::Part, vec![ids[1]]),
            (SuspenseStatus::Open, vec![ids[0], ids[1]]),
            (SuspenseStatus::Allocated, vec![ids[2]]),
            (SuspenseStatus::All, ids.clone()),
        ] {
            let search = SearchSuspense { status, ..SearchSuspense::default() };
            assert_eq!(town.found(&search).await, wanted, "{status:?}");
        }
        // Pages: the rest after the first.
        let all = SearchSuspense { status: SuspenseStatus::All, ..SearchSuspense::default() };
        let page = town.books.search_suspense(&all, Some(ids[0]), 1).await.unwrap();
        assert_eq!(page.iter().map(|found| found.item.id).collect::<Vec<_>>(), [ids[1]]);
        assert_eq!(page[0].item.remaining.get(), 1_999);
        // What is taken back is found where it was before.
        let id = town.allocation(ids[2]).await;
        town.books.undo_allocation(id, "wrong").await.unwrap();
        let open = SearchSuspense { status: SuspenseStatus::Unallocated, ..all };
        assert_eq!(town.found(&open).await, [ids[0], ids[2]]);
        town.proved().await;
    }

    async fn items_are_found_by_what_they_say(url: &str) {
        let town = Town::of(url).await;
        let first = town.took("one.csv", &receipts(&[paid("XX", "AB_12%", "CARD", "10.00")])).await;
        town.clock.forward(TimeDelta::days(1));
        town.took("two.csv", &receipts(&[paid("XX", "ABX12!", "CARD", "20.00"), paid("XX", "zz", "CARD", "20.01")])).await;
        let ids: Vec<_> = town.suspense().await.into_iter().map(|item| item.id).collect();
        let care = SuspenseCare { owner: Some("ann".to_owned()), due_on: Some(april(21)), group: Some("rents".to_owned()) };
        town.books.assign_suspense(ids[1], &SuspenseCare::default(), &care).await.unwrap();
        let day = |day| Some(april(day).and_hms_opt(0, 0, 0).unwrap().and_utc());
        let plain = SearchSuspense::default;
        let text = |text: &str| Some(text.to_owned());
        for (search, wanted) in [
            (SearchSuspense { reference: text("ab"), ..plain() }, vec![ids[0], ids[1]]),
            // What means something in a pattern means itself here.
            (SearchSuspense { reference: text("b_1"), ..plain() }, vec![ids[0]]),
            (SearchSuspense { reference: text("%"), ..plain() }, vec![ids[0]]),
            (SearchSuspense { reference: text("!"), ..plain() }, vec![ids[1]]),
            (SearchSuspense { narrative: text("PAYMENT 2"), ..plain() }, vec![ids[2]]),
            (SearchSuspense { narrative: text("of somebody"), ..plain() }, ids.clone()),
            (SearchSuspense { narrative: text("nobody"), ..plain() }, vec![]),
            (SearchSuspense { amount: Some(Pence::new(2_000)), ..plain() }, vec![ids[1]]),
            (SearchSuspense { import: Some(first.id), ..plain() }, vec![ids[0]]),
            (SearchSuspense { created_from: day(21), ..plain() }, vec![ids[1], ids[2]]),
            (SearchSuspense { created_before: day(21), ..plain() }, vec![ids[0]]),
            (SearchSuspense { owner: text("ann"), ..plain() }, vec![ids[1]]),
            (SearchSuspense { owner: text("bob"), ..plain() }, vec![]),
            (SearchSuspense { group: text("rents"), ..plain() }, vec![ids[1]]),
            (SearchSuspense { overdue_on: Some(april(22)), ..plain() }, vec![ids[1]]),
            (SearchSuspense { overdue_on: Some(april(21)), ..plain() }, vec![]),
        ] {
            assert_eq!(town.found(&search).await, wanted, "{search:?}");
        }
        // What is used up is overdue no more, whoever looks for whatever.
        town.books.allocate_suspense(ids[1], &to_first(None)).await.unwrap();
        let all = SearchSuspense { status: SuspenseStatus::All, overdue_on: Some(april(29)), ..plain() };
        assert!(town.found(&all).await.is_empty());
        town.proved().await;
    }

    async fn notes_stay_and_owners_change(url: &str) {
        let town = Town::of(url).await;
        town.took("monday.csv", &receipts(&[paid("XX", "1", "CARD", "10.00")])).await;
        let id = town.suspense().await[0].id;
        town.books.note_suspense(id, " rang MR J BLOGGS ").await.unwrap();
        town.clock.forward(TimeDelta::minutes(1));
        town.books.note_suspense(id, "no answer").await.unwrap();
        let care = |owner: &str| SuspenseCare { owner: Some(owner.to_owned()), ..SuspenseCare::default() };
        let none = SuspenseCare::default();
        town.books.assign_suspense(id, &none, &care("ann")).await.unwrap();
        let bob = SuspenseCare { due_on: Some(april(30)), ..care("bob") };
        town.books.assign_suspense(id, &care("ann"), &bob).await.unwrap();
        let shown = town.books.suspense_shown(id).await.unwrap();
        let notes: Vec<_> = shown.notes.iter().map(|note| (note.note.as_str(), note.by.as_str())).collect();
        assert_eq!(notes, [("rang MR J BLOGGS", "system:test"), ("no answer", "system:test")]);
        assert_eq!(shown.care, bob);
        // The trail says what changed, and not what was written about people.
        let trail = town.books.find_events(&ims_app::FindEvents::default(), None, 10).await.unwrap();
        let changed = trail.iter().find(|event| event.deed == "assign suspense").unwrap();
        assert!(changed.data.contains("\"ann\"") && changed.data.contains("\"bob\""), "{}", changed.data);
        assert!(trail.iter().any(|event| event.deed == "note suspense"));
        assert!(trail.iter().all(|event| !event.data.contains("BLOGGS")));
        let before = counts(url);
        town.books.assign_suspense(id, &none, &shown.care).await.unwrap();
        assert_eq!(counts(url), before, "the same again is no change");
        let nobody = SuspenseId::new(town.app.world().id());
        for why in [
            town.books.note_suspense(nobody, "x").await.map(drop).unwrap_err(),
            town.books.assign_suspense(nobody, &none, &care("ann")).await.unwrap_err(),
            town.books.suspense_shown(nobody).await.map(drop).unwrap_err(),
        ] {
            assert!(matches!(why, AppError::NotFound { .. }), "{why:?}");
        }
        for why in [
            town.books.note_suspense(id, "  ").await.map(drop).unwrap_err(),
            town.books.note_suspense(id, &"x".repeat(2_001)).await.map(drop).unwrap_err(),
            town.books.assign_suspense(id, &bob, &care(" ")).await.unwrap_err(),
            town.books.assign_suspense(id, &bob, &care(&"x".repeat(101))).await.unwrap_err(),
        ] {
            assert!(why.is_bad_input(), "{why:?}");
        }
        assert_eq!((counts(url), count(url, "suspense_note")), (before, 2));
        town.proved().await;
    }

    /// The books say so when more is left of an item than there was.
    async fn more_left_than_there_was_is_found(url: &str) {
        let town = Town::of(url).await;
        town.took("monday.csv", &receipts(&[paid("XX", "1", "CARD", "10.00"), paid("XX", "2", "CARD", "10.00")])).await;
        let ids: Vec<_> = town.suspense().await.into_iter().map(|item| item.id).collect();
        town.books.allocate_suspense(ids[0], &to_first(Some(500))).await.unwrap();
        let last = "(SELECT MAX(remaining_pence) FROM open_suspense)";
        super::raw::tamper(url, &format!("UPDATE open_suspense SET remaining_pence = 1001 WHERE remaining_pence = {last}"));
        let verified = town.books.verify(None).await.unwrap();
        let wrong: Vec<_> = verified.checks.iter().filter(|check| !check.ok).map(|check| check.name).collect();
        assert!(wrong.contains(&"what is left of an item is between nothing and its amount, on its own side"), "{wrong:?}");
        assert_eq!(sql(url, "SELECT COUNT(*) FROM open_suspense"), "2");
    }

    /// W22: of those who take an item up at once one has it, and the others are told who.
    async fn of_four_who_take_an_item_up_one_has_it(url: &str) {
        let town = Town::of(url).await;
        town.took("monday.csv", &receipts(&[paid("XX", "1", "CARD", "10.00")])).await;
        let id = town.suspense().await[0].id;
        let names = AtomicU32::new(0);
        let came = at_once(&town, move |books: Books| {
            let owner = format!("clerk {}", names.fetch_add(1, Ordering::Relaxed));
            let care = SuspenseCare { owner: Some(owner.clone()), ..SuspenseCare::default() };
            async move { (owner, books.assign_suspense(id, &SuspenseCare::default(), &care).await) }
        });
        let (done, refused): (Vec<_>, Vec<_>) = came.await.into_iter().partition(|(_, came)| came.is_ok());
        assert_eq!(done.len(), 1, "{done:?}");
        let owner = &done[0].0;
        for (_, why) in refused {
            assert_eq!(
                why.unwrap_err().to_string(),
                format!("somebody said since who sees to this item: {owner}; look at it again")
            );
        }
        let care = town.books.suspense_shown(id).await.unwrap().care;
        assert_eq!(care.owner.as_ref(), Some(owner));
        town.proved().await;
    }
}
