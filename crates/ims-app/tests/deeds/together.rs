//! Matches of one bank account and day post together, and each can be taken back by itself.

use ims_app::Actor;
use ims_store::Crash;
use ims_testkit::{Engine, on_both};

use super::{
    files::{paid, receipts, statement},
    raw::{count, sql, tamper},
    town::{Town, ct, server_with_faults},
};

const ALTERED: &str = "matches are what was posted for them";

impl Town {
    /// Two slips of 12.50 and 4.00, and a day's bank lines of both, matched.
    async fn two_slips(&self) {
        let rows = [
            paid("CT", &ct(1), "CASH", "12.50").batch("SLIP0042"),
            paid("CT", &ct(2), "CASH", "4.00").batch("SLIP0043"),
        ];
        self.took("monday.csv", &receipts(&rows)).await;
        let shown = [(1_250, "CR SLIP0042"), (400, "CR SLIP0043")];
        self.took("s1.sta", &statement(1, 0, 20, &shown)).await;
    }

    /// The one check that does not hold.
    async fn faulty(&self) -> (&'static str, String) {
        let verified = self.books.verify(None).await.unwrap();
        let mut wrong = verified.checks.into_iter().filter(|check| !check.ok);
        let first = wrong.next().unwrap();
        assert_eq!(wrong.next(), None);
        (first.name, first.detail.unwrap())
    }
}

on_both! {
    async fn two_matches_of_a_day_are_one_entry(url: &str) {
        let town = Town::of(url).await;
        town.two_slips().await;
        let lines = [town.open_line(1_250).await.id, town.open_line(400).await.id];
        let open = town.balances().await;
        town.books.reconcile().await.unwrap();
        assert_eq!(count(url, "match_set"), 2);
        assert_eq!(count(url, "entry WHERE kind IN ('match', 'matches')"), 1);
        assert_eq!(count(url, "posting p JOIN entry e ON e.entry_id = p.entry_id WHERE e.kind = 'matches'"), 2);
        town.proved().await;
        // Each is taken back alone, in any order, and leaves the other.
        let matched = town.balances().await;
        town.books.undo_match(town.standing(lines[0]).await, "another slip").await.unwrap();
        assert_eq!(town.at("unmatched:main").await, -1_250);
        assert_ne!(town.balances().await, matched);
        town.proved().await;
        town.books.undo_match(town.standing(lines[1]).await, "another slip").await.unwrap();
        assert_eq!(town.balances().await, open);
        town.proved().await;
    }

    /// Of two days' lines and a line of two rows, what is taken back is that part alone.
    async fn each_part_of_a_day_is_taken_back_by_itself(url: &str) {
        let town = Town::of(url).await;
        let rows = [
            paid("CT", &ct(1), "CASH", "12.50").batch("SLIP0042"),
            paid("CT", &ct(2), "CASH", "4.00").batch("SLIP0042"),
            paid("CT", &ct(3), "CASH", "7.00").batch("SLIP0043"),
            paid("CT", &ct(4), "CASH", "9.00").batch("SLIP0044"),
        ];
        town.took("monday.csv", &receipts(&rows)).await;
        town.took("s1.sta", &statement(1, 0, 20, &[(1_650, "CR SLIP0042"), (700, "CR SLIP0043")])).await;
        town.took("s2.sta", &statement(2, 2_350, 21, &[(900, "CR SLIP0044")])).await;
        let lines = [1_650, 700, 900].map(async |pence| town.open_line(pence).await.id);
        let mut ids = Vec::new();
        for line in lines {
            ids.push(line.await);
        }
        let open = town.balances().await;
        town.books.reconcile().await.unwrap();
        assert_eq!(count(url, "match_set"), 3);
        assert_eq!(count(url, "match_pair"), 4);
        assert_eq!(count(url, "entry WHERE kind IN ('match', 'matches')"), 1);
        town.proved().await;
        let mut left = -open["unmatched:main"];
        assert_eq!((left, town.at("unmatched:main").await), (3_250, 0));
        for (line, pence) in ids.iter().zip([1_650, 700, 900]) {
            let before = town.at("unmatched:main").await;
            town.books.undo_match(town.standing(*line).await, "another slip").await.unwrap();
            assert_eq!(town.at("unmatched:main").await, before - pence);
            left -= pence;
            town.proved().await;
        }
        assert_eq!(left, 0);
        assert_eq!(town.balances().await, open);
    }

    /// A match that was put in or taken out afterwards is found.
    async fn a_match_that_is_gone_is_found(url: &str) {
        let town = Town::of(url).await;
        town.two_slips().await;
        town.books.reconcile().await.unwrap();
        town.proved().await;
        tamper(url, "UPDATE match_set SET entry_id = (SELECT entry_id FROM entry WHERE kind = 'receipt' LIMIT 1) WHERE amount_pence = 400");
        assert_eq!(town.faulty().await.0, ALTERED);
    }

    /// A run makes as many statements for two hundred lines as for twenty.
    async fn a_runs_statements_do_not_grow_with_its_lines(url: &str) {
        let engine = if url.starts_with("sqlite:") { Engine::Sqlite } else { Engine::Postgres };
        let mut asked = Vec::new();
        for count in [20, 200] {
            let fresh = engine.fresh();
            let town = Town::of(&fresh.url).await;
            let slip = |n: i64| (format!("SLIP{n:04}"), 1_000 + n);
            let row = |(slip, pence): (String, i64)| {
                let pounds = format!("{}.{:02}", pence / 100, pence % 100);
                paid("CT", &ct(1), "CASH", &pounds).batch(&slip)
            };
            let rows: Vec<_> = (0..count).map(|n| row(slip(n))).collect();
            town.took("monday.csv", &receipts(&rows)).await;
            let shown: Vec<_> = (0..count).map(slip).collect();
            let shown: Vec<_> = shown.iter().map(|(slip, pence)| (*pence, slip.as_str())).collect();
            town.took("s1.sta", &statement(1, 0, 20, &shown)).await;
            let (app, faults) = server_with_faults(&fresh.url, &town.clock, 7).await;
            let books = app.books(Some("MILL"), Actor::system("run")).await.unwrap();
            faults.crash_at(u32::MAX, Crash::Before);
            let done = books.reconcile().await.unwrap();
            asked.push(u32::MAX - faults.moments_left().unwrap());
            assert_eq!((done.lines, done.left.len()), (u64::try_from(count).unwrap(), 0));
        }
        assert!(asked[0] > 10, "{asked:?}");
        assert_eq!(asked[0], asked[1]);
    }

    async fn an_account_turns_over_what_its_matches_did(url: &str) {
        let town = Town::of(url).await;
        let rows = [
            paid("CT", &ct(1), "CASH", "12.50").batch("SLIP0042"),
            paid("CT", &ct(2), "CASH", "-4.00").batch("SLIP0043"),
        ];
        town.took("monday.csv", &receipts(&rows)).await;
        let shown = [(1_250, "CR SLIP0042"), (-400, "DR SLIP0043")];
        town.took("s1.sta", &statement(1, 5_000, 20, &shown)).await;
        town.books.reconcile().await.unwrap();
        assert_eq!(count(url, "match_set"), 2);
        let of = "SELECT account, side, amount_pence FROM posting p JOIN entry e ON e.entry_id = p.entry_id
            WHERE e.kind = 'matches' AND account LIKE 'unmatched:%' ORDER BY side";
        assert_eq!(sql(url, of), "unmatched:main|credit|400\nunmatched:main|debit|1250");
        town.proved().await;
    }

    async fn a_match_altered_later_is_found(url: &str) {
        let town = Town::of(url).await;
        town.two_slips().await;
        town.books.reconcile().await.unwrap();
        town.proved().await;
        tamper(url, "UPDATE match_set SET reason = 'because' WHERE amount_pence = 400");
        let (name, detail) = town.faulty().await;
        assert_eq!(name, ALTERED);
        assert!(detail.contains("was posted for 2 matches"), "{detail}");
    }

    async fn matches_that_change_places_are_found(url: &str) {
        let town = Town::of(url).await;
        let rows = [
            paid("CT", &ct(1), "CASH", "4.00").batch("SLIP0042"),
            paid("CT", &ct(2), "CASH", "4.00").batch("SLIP0043"),
        ];
        town.took("monday.csv", &receipts(&rows)).await;
        let shown = [(400, "CR SLIP0042"), (400, "CR SLIP0043")];
        town.took("s1.sta", &statement(1, 0, 20, &shown)).await;
        town.books.reconcile().await.unwrap();
        assert_eq!(count(url, "match_pair"), 2);
        town.proved().await;
        // Every balance is as before: only the digest knows.
        tamper(url, "CREATE TABLE was AS SELECT * FROM match_pair;
            UPDATE match_pair SET expected_id = (SELECT w.expected_id FROM was w WHERE w.match_id <> match_pair.match_id)");
        assert_eq!(town.faulty().await.0, ALTERED);
    }
}
