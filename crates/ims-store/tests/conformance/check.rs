//! What was changed behind the books' back is found.

use ims_ledger::{id::EntryId, seal::ContentHash};
use ims_store::{BlockRow, EntryFault, EntryRow, Tx};
use ims_testkit::on_both;

use super::{
    made::{self, day, entry},
    raw::Raw,
};

const HASH: &str = "its content is not what its hash was made of";

/// A store with three entries, and the means to change them.
struct Tampered {
    store: ims_store::Store,
    council: ims_ledger::id::CouncilId,
    entries: Vec<EntryRow>,
    raw: Raw,
}

impl Tampered {
    async fn new(url: &str) -> Self {
        let (store, council) = made::store(url).await;
        let entries: Vec<_> = [100, 200, 300].map(entry).to_vec();
        let mut tx = store.begin().await.unwrap();
        tx.post_many(council, &entries).await.unwrap();
        tx.commit().await.unwrap();
        let mut raw = Raw::open(url).await;
        raw.without_triggers().await;
        Self { store, council, entries, raw }
    }

    /// Changes the second entry.
    async fn with(&mut self, sql: &str) {
        let second = self.raw.id(self.entries[1].id.get());
        let touched = self.raw.run(&sql.replace("SECOND", &second)).await;
        assert!(touched > 0, "{sql}");
    }

    async fn tx(&self) -> Tx {
        self.store.snapshot().await.unwrap()
    }

    async fn faults(&self) -> Vec<EntryFault> {
        self.tx().await.check_entries(self.council, 10, &mut |_, _| {}).await.unwrap().1
    }

    fn second(&self, what: &str) -> Vec<EntryFault> {
        vec![EntryFault { entry: self.entries[1].id, what: what.to_owned() }]
    }
}

on_both! {
    async fn untouched_books_are_whole(url: &str) {
        let books = Tampered::new(url).await;
        assert_eq!(books.faults().await, []);
        assert_eq!(books.tx().await.orphan_side(books.council).await.unwrap(), None);
        assert_eq!(books.tx().await.days_that_differ(books.council).await.unwrap(), []);
        assert_eq!(books.tx().await.count_unchained(books.council).await.unwrap(), 0);
    }

    async fn a_changed_word_of_an_entry_is_found(url: &str) {
        for change in [
            "kind = 'refund'",
            "happened_on = '2026-04-02'",
            "actor = 'somebody else'",
            "about = 'another test'",
            "idempotency_key = 'new'",
            "posted_at = '2026-04-01T12:00:00.000001+00:00'",
            "detail_digest = hash",
        ] {
            let fresh = engine(url).fresh();
            let mut books = Tampered::new(&fresh.url).await;
            books.with(&format!("UPDATE entry SET {change} WHERE entry_id = SECOND")).await;
            assert_eq!(books.faults().await, books.second(HASH), "{change}");
        }
    }

    async fn a_changed_hash_is_found(url: &str) {
        let mut books = Tampered::new(url).await;
        let hash = books.raw.hash(0xAB);
        books.with(&format!("UPDATE entry SET hash = {hash} WHERE entry_id = SECOND")).await;
        assert_eq!(books.faults().await, books.second(HASH));
    }

    async fn a_changed_amount_is_found(url: &str) {
        let mut books = Tampered::new(url).await;
        books.with("UPDATE posting SET amount_pence = 201 WHERE entry_id = SECOND").await;
        assert_eq!(books.faults().await, books.second(HASH));
    }

    async fn a_changed_account_is_found(url: &str) {
        let mut books = Tampered::new(url).await;
        books.with("UPDATE posting SET account = 'fund:PK' WHERE entry_id = SECOND AND side = 'credit'").await;
        assert_eq!(books.faults().await, books.second(HASH));
    }

    async fn a_side_moved_to_another_day_is_found(url: &str) {
        let mut books = Tampered::new(url).await;
        books.with("UPDATE posting SET accounting_day = '2026-04-02' WHERE entry_id = SECOND AND side = 'credit'").await;
        assert_eq!(books.faults().await, books.second("one of its sides counts in another day than it"));
        let days = books.tx().await.days_that_differ(books.council).await.unwrap();
        let days: Vec<_> = days.iter().map(|it| (it.of.as_str(), it.kept, it.adds_up_to)).collect();
        assert_eq!(days, [("2026-04-01", 600, 400), ("2026-04-02", 0, 200)]);
    }

    /// Changed together with the hash it would have; no rule but balance is broken.
    async fn an_unbalanced_entry_is_found_whatever_its_hash(url: &str) {
        let mut books = Tampered::new(url).await;
        books.with("UPDATE posting SET amount_pence = 250 WHERE entry_id = SECOND AND side = 'debit'").await;
        let row = &books.entries[1];
        let content = ims_ledger::seal::EntryContent {
            council: books.council,
            entry: row.id,
            kind: row.kind,
            happened_on: row.happened_on,
            accounting_day: row.accounting_day,
            posted_at: row.posted_at,
            actor: &row.actor,
            key: "",
            about: &row.about,
            detail: None,
        };
        let hash = content.hash_of([("clearing:card-web", "debit", 250), ("fund:CT", "credit", 200)]);
        let written = if books.raw.is_sqlite() { format!("x'{hash}'") } else { format!("'\\x{hash}'") };
        books.with(&format!("UPDATE entry SET hash = {written} WHERE entry_id = SECOND")).await;
        assert_eq!(books.faults().await, books.second("its debits are more than its credits by 0.50"));
        let days = books.tx().await.days_that_differ(books.council).await.unwrap();
        assert_eq!(days.iter().map(|it| (it.kept, it.adds_up_to)).collect::<Vec<_>>(), [(650, 600)]);
    }

    async fn sides_taken_away_are_found(url: &str) {
        let mut books = Tampered::new(url).await;
        books.with("DELETE FROM posting WHERE entry_id = SECOND").await;
        assert_eq!(books.faults().await, books.second(HASH));
    }

    async fn sides_whose_entry_was_taken_away_are_found(url: &str) {
        let mut books = Tampered::new(url).await;
        books.with("DELETE FROM entry WHERE entry_id = SECOND").await;
        let orphan = books.tx().await.orphan_side(books.council).await.unwrap();
        assert_eq!(orphan, Some(books.entries[1].id));
        let (read, faults) = books.tx().await.check_entries(books.council, 10, &mut |_, _| {}).await.unwrap();
        assert_eq!((read, faults), (2, vec![]));
    }

    /// An id of noughts sorts before every page.
    async fn an_entry_slipped_in_before_all_others_is_found(url: &str) {
        let mut books = Tampered::new(url).await;
        let nil = books.raw.id(uuid::Uuid::nil());
        books.with(&format!("UPDATE entry SET entry_id = {nil} WHERE entry_id = SECOND")).await;
        let found = books.faults().await;
        assert_eq!(found.first().map(|it| it.entry), Some(EntryId::new(uuid::Uuid::nil())), "{found:?}");
    }

    async fn no_more_faults_are_told_than_were_asked_for(url: &str) {
        let mut books = Tampered::new(url).await;
        books.with("UPDATE entry SET actor = 'x' WHERE entry_id <> SECOND").await;
        let (read, faults) = books.tx().await.check_entries(books.council, 1, &mut |_, _| {}).await.unwrap();
        assert_eq!((read, faults.len()), (3, 1));
        assert_eq!(books.faults().await.len(), 2);
    }

    async fn an_entry_outside_the_chain_is_found(url: &str) {
        let mut books = Tampered::new(url).await;
        books.with("DELETE FROM unsealed WHERE item_id = SECOND").await;
        assert_eq!(books.tx().await.count_unchained(books.council).await.unwrap(), 1);
    }

    async fn a_sealed_item_that_is_gone_is_found(url: &str) {
        let mut books = Tampered::new(url).await;
        let mut tx = books.store.begin().await.unwrap();
        tx.add_event(books.council, &made::event("x")).await.unwrap();
        let items = tx.take_unsealed(books.council, 10).await.unwrap();
        let row = BlockRow {
            number: 1,
            previous: ContentHash::GENESIS,
            hash: ContentHash::GENESIS,
            sealed_at: made::at(0),
            items: 4,
        };
        tx.add_block(books.council, &row, &items).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(books.tx().await.missing_item(books.council).await.unwrap(), None);
        books.with("DELETE FROM entry WHERE entry_id = SECOND").await;
        let missing = books.tx().await.missing_item(books.council).await.unwrap();
        assert_eq!(missing, Some(("entry".to_owned(), 1, 2, books.entries[1].id.get())));
        books.with("DELETE FROM audit_event WHERE council_id > 0").await;
        books.raw.run("DELETE FROM block_item WHERE item_kind = 'entry'").await;
        let missing = books.tx().await.missing_item(books.council).await.unwrap();
        assert_eq!(missing.map(|it| (it.0, it.2)), Some(("event".to_owned(), 4)));
    }

    /// What another council holds is none of this one's.
    async fn only_one_council_s_books_are_read(url: &str) {
        let mut books = Tampered::new(url).await;
        books.with("UPDATE entry SET council_id = 9 WHERE entry_id = SECOND").await;
        let (read, _) = books.tx().await.check_entries(books.council, 10, &mut |_, _| {}).await.unwrap();
        assert_eq!(read, 2);
        assert_eq!(books.tx().await.balances(books.council, day(30)).await.unwrap()[0].debit, made::pence(600));
    }
}

fn engine(url: &str) -> ims_testkit::Engine {
    if url.starts_with("sqlite:") {
        ims_testkit::Engine::Sqlite
    } else {
        ims_testkit::Engine::Postgres
    }
}
