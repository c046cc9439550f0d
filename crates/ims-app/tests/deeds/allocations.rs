//! Many items of suspense to many accounts: all of it or none, credit notes, and back.

use ims_app::{AppError, ItemAllocation, NewAllocations, NewSuspenseItem};
use ims_ledger::id::SuspenseId;
use ims_money::Pence;
use ims_testkit::on_both;

use super::{
    files::{paid, receipts, statement},
    raw::{count, counts},
    suspense::to_first,
    town::{Town, april, ct, settings},
    transfers::{journal, part},
};

/// So much of an item, to these accounts, with these credit notes.
fn item(
    id: SuspenseId,
    pence: i64,
    to: &[(&str, &str, i64)],
    notes: &[(&str, &str, i64)],
) -> ItemAllocation {
    let parts = |parts: &[(&str, &str, i64)]| {
        parts.iter().map(|(fund, reference, pence)| part(fund, reference, *pence)).collect()
    };
    ItemAllocation {
        item: id,
        amount: Pence::new(pence),
        to: parts(to),
        credit_notes: parts(notes),
    }
}

fn many(items: &[ItemAllocation]) -> NewAllocations {
    NewAllocations { items: items.to_vec(), note: "the payer rang".to_owned(), key: None }
}

impl Town {
    /// Suspense items of so many pence, in the order they came; parking takes
    /// credit notes.
    async fn with_items(&self, pence: &[i64]) -> Vec<SuspenseId> {
        let from = "code = \"PK\"\n";
        let text = settings("MILL").replace(from, "code = \"PK\"\ncredit_notes = true\n");
        self.books.configure(&text, april(20)).await.unwrap();
        let rows: Vec<_> = pence
            .iter()
            .map(|pence| paid("XX", "1", "CARD", &Pence::new(*pence).to_string()))
            .collect();
        self.took("monday.csv", &receipts(&rows)).await;
        self.suspense().await.into_iter().map(|item| item.id).collect()
    }

    async fn item_left(&self, id: SuspenseId) -> i64 {
        self.books.suspense_item(id).await.unwrap().remaining.get()
    }

    /// The allocations of an item that stand and were not made by an undo.
    pub(super) async fn allocation(&self, id: SuspenseId) -> uuid::Uuid {
        let shown = self.books.suspense_shown(id).await.unwrap();
        shown.allocations.iter().rfind(|(_, undone)| undone.is_none()).unwrap().0.id
    }
}

const A: &str = "PN000001";
const B: &str = "PN000002";
const C: &str = "PN000003";

on_both! {
    /// §5.2: (suspense, journals, credit notes) → postings: here the side of the
    /// item and the lines of its receipt.
    async fn the_rows_that_an_allocation_makes(url: &str) {
        let town = Town::of(url).await;
        type Parts = Vec<(&'static str, &'static str, i64)>;
        let cases: [(i64, Parts, Parts, i64); 7] = [
            (10_000, vec![("PK", A, 10_000)], vec![], 2),
            (10_000, vec![("PK", A, 12_000)], vec![("PK", B, 2_000)], 3),
            (10_000, vec![("PK", A, 6_000), ("PK", B, 6_000)], vec![("PK", C, 2_000)], 4),
            (10_000, vec![("PK", A, 13_000)], vec![("PK", B, 2_000), ("PK", C, 1_000)], 4),
            (10_000, vec![("PK", A, 6_000), ("LE", "LM000001", 7_000)], vec![("PK", B, 2_000), ("PK", C, 1_000)], 5),
            // The simple split, and the small item with the larger credit note.
            (10_000, vec![("PK", A, 6_000), ("PK", B, 4_000)], vec![], 3),
            (1_000, vec![("PK", A, 1_200), ("PK", B, 800)], vec![("PK", C, 1_000)], 4),
        ];
        let ids = town.with_items(&cases.iter().map(|case| case.0).collect::<Vec<_>>()).await;
        for (id, (pence, to, notes, rows)) in ids.into_iter().zip(cases) {
            let done = town.books.allocate_many(&many(&[item(id, pence, &to, &notes)])).await.unwrap();
            let lines = town.lines(&done.items[0].receipt).await;
            assert_eq!(1 + i64::try_from(lines.len()).unwrap(), rows, "{to:?} {notes:?}");
            let wanted = to.iter().copied().chain(notes.iter().map(|(f, r, p)| (*f, *r, -*p)));
            let made = lines.iter().map(|(fund, reference, pence, _)| (fund.as_str(), reference.as_str(), *pence));
            assert!(made.eq(wanted), "{lines:?}");
            assert_eq!((done.items[0].amount.get(), done.items[0].remaining.get()), (pence, 0));
            town.proved().await;
        }
        assert_eq!((town.at("suspense").await, count(url, "suspense_allocation")), (0, 7));
    }

    /// W1: items of 20 and 10 and a journal of 30 never take 20 and give 30:
    /// each item says what is taken of it, and gives exactly that.
    async fn no_money_is_made_of_several_items(url: &str) {
        let town = Town::of(url).await;
        let ids = town.with_items(&[2_000, 1_000]).await;
        let before = counts(url);
        for (items, words) in [
            (vec![item(ids[0], 2_000, &[("PK", A, 3_000)], &[])], "30.00 is given, but 20.00 is taken of it"),
            (vec![item(ids[0], 2_000, &[("PK", A, 1_999)], &[])], "they must be equal"),
            (vec![item(ids[0], 2_000, &[("PK", A, 2_000)], &[]), item(ids[1], 1_000, &[], &[])], "0.00 is given, but 10.00"),
            (vec![item(ids[0], 1_000, &[("PK", A, 1_000)], &[]), item(ids[0], 1_000, &[("PK", A, 1_000)], &[])], "is there twice"),
            (vec![item(ids[0], 2_000, &[("PK", A, 2_500), ("PK", B, -500)], &[])], "not on the item's side"),
            (vec![item(ids[0], 2_000, &[("PK", A, 1_500)], &[("PK", B, -500)])], "not more than nothing"),
            (vec![], "one item or more"),
        ] {
            let why = town.books.allocate_many(&many(&items)).await.unwrap_err();
            assert!(why.is_bad_input() && why.to_string().contains(words), "{words}: {why}");
        }
        assert_eq!(counts(url), before);
        let both = [item(ids[1], 1_000, &[("PK", A, 1_000)], &[]), item(ids[0], 2_000, &[("PK", A, 2_000)], &[])];
        let done = town.books.allocate_many(&many(&both)).await.unwrap();
        // In the order of their ids, whatever the order they were named in.
        assert_eq!(done.items.iter().map(|one| one.item).collect::<Vec<_>>(), ids);
        assert_eq!((town.at("suspense").await, town.at("fund:PK").await), (0, -3_000));
        town.proved().await;
    }

    /// W2: the second item is refused, so nothing of the first is posted.
    async fn one_item_that_is_refused_stops_them_all(url: &str) {
        let town = Town::of(url).await;
        let ids = town.with_items(&[2_000, 1_000]).await;
        let before = counts(url);
        let good = || item(ids[0], 2_000, &[("PK", A, 2_000)], &[]);
        for second in [
            item(ids[1], 1_001, &[("PK", A, 1_001)], &[]),
            item(ids[1], 1_000, &[("CT", &ct(50), 1_000)], &[]),
            item(ids[1], 1_000, &[("PK", "nonsense", 1_000)], &[]),
            item(ids[1], 1_000, &[("PK", A, 1_500)], &[("CT", &ct(1), 500)]),
            item(SuspenseId::new(town.app.world().id()), 1, &[("PK", A, 1)], &[]),
        ] {
            let why = town.books.allocate_many(&many(&[good(), second.clone()])).await.unwrap_err();
            assert!(why.is_refusal() || why.is_bad_input(), "{why:?}");
            assert_eq!(counts(url), before, "{second:?}");
            assert_eq!(town.item_left(ids[0]).await, 2_000);
        }
        let fund = item(ids[1], 1_000, &[("PK", A, 1_500)], &[("CT", &ct(1), 500)]);
        let why = town.books.allocate_many(&many(&[fund])).await.unwrap_err();
        assert_eq!(why.to_string(), "fund CT takes no credit notes");
        town.proved().await;
    }

    /// W14: part of an item, and of one that no file brought.
    async fn what_no_file_brought_is_allocated_in_parts(url: &str) {
        let town = Town::of(url).await;
        let new = NewSuspenseItem {
            channel: "till".to_owned(),
            amount: Pence::new(5_000),
            happened_on: april(19),
            reference: "SLIP0001".to_owned(),
            narrative: "an envelope from MR J BLOGGS".to_owned(),
            method: Some("CASH".to_owned()),
            reason: "cash with no name".to_owned(),
            key: Some("till 7".to_owned()),
        };
        let id = town.books.add_suspense_item(&new).await.unwrap();
        assert_eq!((town.at("suspense").await, town.at("clearing:till").await), (-5_000, 5_000));
        assert_eq!(town.suspense().await[0].narrative, "an envelope from MR J BLOGGS");
        assert_eq!(town.books.waited_for(Some("till")).await.unwrap()[0].reference, "SLIP0001");
        town.proved().await;
        let before = counts(url);
        assert_eq!(town.books.add_suspense_item(&new).await.unwrap(), id);
        let other = NewSuspenseItem { amount: Pence::new(1), ..new.clone() };
        assert!(town.books.add_suspense_item(&other).await.unwrap_err().is_refusal());
        let plain = NewSuspenseItem { key: None, ..new };
        for wrong in [
            NewSuspenseItem { channel: "tilt".to_owned(), ..plain.clone() },
            NewSuspenseItem { amount: Pence::ZERO, ..plain.clone() },
            NewSuspenseItem { amount: Pence::new(-1), ..plain.clone() },
            NewSuspenseItem { happened_on: april(21), ..plain.clone() },
            NewSuspenseItem { method: Some("77".to_owned()), ..plain.clone() },
            NewSuspenseItem { reason: " ".to_owned(), ..plain.clone() },
            NewSuspenseItem { reference: "x".repeat(37), ..plain.clone() },
            NewSuspenseItem { narrative: "x".repeat(501), ..plain },
        ] {
            let why = town.books.add_suspense_item(&wrong).await.unwrap_err();
            assert!(why.is_bad_input(), "{wrong:?}: {why:?}");
        }
        assert_eq!(counts(url), before);
        let done = town.books.allocate_many(&many(&[item(id, 2_000, &[("PK", A, 2_000)], &[])])).await.unwrap();
        assert_eq!(done.items[0].remaining.get(), 3_000);
        town.books.allocate_suspense(id, &to_first(None)).await.unwrap();
        assert_eq!(town.at("suspense").await, 0);
        // The bank shows it as any slip.
        town.took("s1.sta", &statement(1, 0, 20, &[(5_000, "CR SLIP0001")])).await;
        town.reconciled().await;
        assert_eq!(town.at("clearing:till").await, 0);
        town.proved().await;
    }

    async fn the_same_key_allocates_many_once(url: &str) {
        let town = Town::of(url).await;
        let ids = town.with_items(&[2_000, 1_000]).await;
        let new = NewAllocations {
            key: Some("sheet 3".to_owned()),
            ..many(&[item(ids[0], 2_000, &[("PK", A, 2_000)], &[]), item(ids[1], 400, &[("PK", A, 400)], &[])])
        };
        let first = town.books.allocate_many(&new).await.unwrap();
        let before = counts(url);
        let again = town.books.allocate_many(&new).await.unwrap();
        assert!(again.before && again.items == first.items, "{again:?}");
        let other = NewAllocations { note: "another".to_owned(), ..new };
        assert!(town.books.allocate_many(&other).await.unwrap_err().is_refusal());
        let single = ims_app::NewAllocation { key: Some("sheet 3".to_owned()), ..to_first(Some(1)) };
        assert!(town.books.allocate_suspense(ids[1], &single).await.unwrap_err().is_refusal());
        assert_eq!(counts(url), before);
        town.proved().await;
    }

    /// Debit items go the other way round, without credit notes.
    async fn a_debit_item_among_them(url: &str) {
        let town = Town::of(url).await;
        town.took("s1.sta", &statement(1, 5_000, 20, &[(-1_200, "WHO KNOWS")])).await;
        town.books.close_day(april(20)).await.unwrap();
        let id = town.suspense().await[0].id;
        let why = town.books.allocate_many(&many(&[item(id, -200, &[("PK", A, 200)], &[])])).await;
        assert!(why.unwrap_err().is_bad_input());
        town.books.allocate_many(&many(&[item(id, -1_200, &[("PK", A, -1_200)], &[])])).await.unwrap();
        assert_eq!((town.at("suspense").await, town.at("fund:PK").await), (0, 1_200));
        town.proved().await;
        let left = town.books.undo_allocation(town.allocation(id).await, "not parking").await.unwrap();
        assert_eq!((left.get(), town.at("suspense").await), (-1_200, 1_200));
        town.proved().await;
    }

    /// W10, W12: the item has its money back, at the VAT then held, in today's
    /// open day; and once.
    async fn an_allocation_taken_back_leaves_all_as_it_was(url: &str) {
        let town = Town::of(url).await;
        let ids = town.with_items(&[10_000]).await;
        town.books.allocate_many(&many(&[item(ids[0], 1_000, &[("PK", A, 1_000)], &[])])).await.unwrap();
        let before = town.balances().await;
        town.books.allocate_many(&many(&[item(ids[0], 6_001, &[("LE", "LM000001", 7_001)], &[("PK", B, 1_000)])])).await.unwrap();
        let id = town.allocation(ids[0]).await;
        town.books.close_day(april(20)).await.unwrap();
        town.clock.to_april(22);
        let left = town.books.undo_allocation(id, "the payer rang again").await.unwrap();
        assert_eq!((left.get(), town.item_left(ids[0]).await), (9_000, 9_000));
        assert_eq!(town.balances().await, before);
        town.proved().await;
        let rows = counts(url);
        let why = town.books.undo_allocation(id, "again").await.unwrap_err();
        assert_eq!(why.to_string(), "this allocation was taken back by system:test on 22/04/2026 09:00 UTC");
        let why = town.books.undo_allocation(uuid::Uuid::nil(), "what").await.unwrap_err();
        assert!(matches!(why, AppError::NotFound { .. }), "{why:?}");
        // What an undo made is not taken back either.
        let made = town.allocation(ids[0]).await;
        assert!(town.books.undo_allocation(made, "no").await.unwrap_err().is_refusal());
        assert_eq!(counts(url), rows);
        // All of it can be used again.
        town.books.allocate_suspense(ids[0], &to_first(None)).await.unwrap();
        assert_eq!(town.at("suspense").await, 0);
        town.proved().await;
    }

    async fn an_allocation_that_was_used_since_is_not_taken_back(url: &str) {
        let town = Town::of(url).await;
        let ids = town.with_items(&[10_000]).await;
        let done = town.books.allocate_suspense(ids[0], &to_first(None)).await.unwrap();
        let receipt = town.numbered(&done.receipt).await;
        let moved = town.books.journal_line(&journal(receipt, &[part("CT", &ct(2), 1)])).await.unwrap();
        let id = town.allocation(ids[0]).await;
        let before = counts(url);
        let why = town.books.undo_allocation(id, "wrong").await.unwrap_err();
        assert!(why.is_refusal() && why.to_string().contains("a journal of 0.01 by system:test"), "{why}");
        assert_eq!(counts(url), before);
        town.books.undo_journal(super::transfers::done(moved).id, "wrong").await.unwrap();
        town.books.undo_allocation(id, "wrong").await.unwrap();
        assert_eq!((town.at("suspense").await, town.at("fund:CT").await), (-10_000, 0));
        let why = town.books.journal_line(&journal(receipt, &[part("CT", &ct(2), 1)])).await.unwrap_err();
        assert!(why.is_refusal(), "{why:?}");
        town.proved().await;
    }
}
