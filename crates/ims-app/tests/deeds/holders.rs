//! Account holders: patched, stopped, found, and nothing of their past lost.

use ims_app::{Books, HolderPatch, HolderRow, SearchHolders};
use ims_money::Pence;
use ims_testkit::on_both;

use super::{
    concurrent::at_once,
    raw::{counts, sql, tamper},
    take_receipt::counter,
    town::{Town, ct, holders},
};

fn patch(reference: &str, version: Option<i64>) -> HolderPatch {
    HolderPatch {
        fund: "CT".to_owned(),
        reference: reference.to_owned(),
        version,
        reason: "they rang".to_owned(),
        ..HolderPatch::default()
    }
}

fn named(reference: &str, version: Option<i64>, name: &str) -> HolderPatch {
    HolderPatch { name: Some(name.to_owned()), ..patch(reference, version) }
}

async fn of(town: &Town, n: u32) -> HolderRow {
    town.books.holder("CT", &ct(n)).await.unwrap().unwrap()
}

/// What the history says: version, deed, fields, by whom.
async fn history(town: &Town, n: u32) -> Vec<String> {
    let all = town.books.holder_history(("CT", &ct(n)), None, 50).await.unwrap();
    let said = |it: &ims_app::HolderChange| {
        format!("{} {} [{}] {}", it.row.version, it.row.deed, it.row.fields, it.row.by)
    };
    all.iter().map(said).collect()
}

on_both! {
    /// W22: a change names the version it changes; who comes second looks again.
    /// What it does not name stays.
    async fn a_change_names_its_version_and_leaves_the_rest(url: &str) {
        let town = counter(url).await;
        let before = of(&town, 1).await;
        let done = town.books.put_holder(&named(&ct(1), Some(1), "Renamed")).await.unwrap();
        let expected = HolderRow { name: "Renamed".to_owned(), version: 2, ..before };
        assert_eq!((&done, &of(&town, 1).await), (&expected, &expected));
        for (late, says) in [
            (named(&ct(1), Some(1), "Late"), "was changed since: it is at version 2, not 1; look again"),
            (named(&ct(1), None, "Late"), "is there already, at version 2; name that version to change it"),
            (named(&ct(50), Some(1), "Late"), "is not there, so it has no version 1"),
        ] {
            let why = town.books.put_holder(&late).await.unwrap_err();
            assert!(why.is_refusal() && why.to_string().ends_with(says), "{why}");
        }
        let moved = HolderPatch {
            address: Some("2 Low Road\nZZ9 9ZZ".to_owned()),
            balance: Some(Pence::new(-5)),
            ..patch(&ct(1), Some(2))
        };
        let done = town.books.put_holder(&moved).await.unwrap();
        assert_eq!((done.version, done.name.as_str()), (3, "Renamed"));
        let new = town.books.put_holder(&named(&ct(50), None, "Fifty")).await.unwrap();
        assert_eq!((new.version, new.balance), (1, None));
        for (wrong, says) in [
            (patch(&ct(51), None), format!("CT {} needs the name of who holds it", ct(51))),
            (named("700000019", None, "x"), "`700000019` fails its check digit (fund CT)".to_owned()),
            (HolderPatch { reason: " ".to_owned(), ..named(&ct(52), None, "x") }, "say why: a reason is needed".to_owned()),
        ] {
            assert_eq!(town.books.put_holder(&wrong).await.unwrap_err().to_string(), says);
        }
        assert_eq!(
            history(&town, 1).await,
            ["3 put [address balance] system:test", "2 put [name] system:test", "1 import [new] system:test"]
        );
        let all = town.books.holder_history(("CT", &ct(1)), None, 50).await.unwrap();
        assert_eq!((&all[1].before["name"], &all[1].after["name"]), (&"Holder 1".into(), &"Renamed".into()));
        assert_eq!((&all[2].before, &all[0].row.reason), (&serde_json::Value::Null, &"they rang".to_owned()));
        let older = town.books.holder_history(("CT", &ct(1)), Some(2), 50).await.unwrap();
        assert_eq!(older, all[2..]);
        town.proved().await;
    }

    /// W22: at the same moment, too: one wins, the others are told.
    async fn of_two_changes_at_once_one_is_told_to_look_again(url: &str) {
        let town = counter(url).await;
        let done = at_once(&town, |books: Books| async move {
            books.put_holder(&named(&ct(1), Some(1), books.actor().name())).await
        });
        let done = done.await;
        assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 1, "{done:?}");
        for lost in done.into_iter().filter_map(Result::err) {
            assert!(lost.is_refusal() && lost.to_string().contains("look again"), "{lost:?}");
        }
        assert_eq!(of(&town, 1).await.version, 2);
        town.proved().await;
    }

    /// W47: what a row leaves out stays; rows that are not there stay; two
    /// funds have the same reference side by side; the history is kept.
    async fn a_file_overwrites_nothing_with_nothing(url: &str) {
        let town = counter(url).await;
        let one = of(&town, 1).await;
        let file = format!(
            "fund,reference,name,address1,balance,stop\nCT,{},,,,BAIL\nCT,{},Two,,7.00,\nNX,{},Other fund,,,\n",
            ct(1), ct(2), ct(1)
        );
        town.took("part.csv", &file).await;
        let stopped = HolderRow { stop: Some("BAIL".to_owned()), version: 2, ..one };
        assert_eq!(of(&town, 1).await, stopped);
        let two = of(&town, 2).await;
        assert_eq!(
            (two.name.as_str(), two.address.as_str(), two.balance),
            ("Two", "2 Mill Lane\nZZ1 1ZZ", Some(Pence::new(700)))
        );
        let other = town.books.holder("NX", &ct(1)).await.unwrap().unwrap();
        assert_eq!((other.name.as_str(), other.version), ("Other fund", 1));
        assert_eq!((of(&town, 3).await.version, of(&town, 9).await.name.as_str()), (1, "Holder 9"));
        // The same again from the first file: only what differs is a change.
        town.took("again.csv", &(holders() + "\n")).await;
        assert_eq!(history(&town, 3).await.len(), 1);
        assert_eq!(history(&town, 2).await[0], "3 import [name balance] system:test");
        assert_eq!(of(&town, 1).await.stop.as_deref(), Some("BAIL"));
        let release = format!("fund,reference,name,stop\nCT,{},,-\n", ct(1));
        town.took("release.csv", &release).await;
        assert_eq!(of(&town, 1).await.stop, None);
        assert_eq!(history(&town, 1).await[0], "3 import [stop] system:test");
        town.proved().await;
    }

    /// What is paid at a time comes by file or by hand, and a blank leaves it as it was.
    async fn an_instalment_is_kept(url: &str) {
        let town = counter(url).await;
        let instalment = async || of(&town, 1).await.instalment.map(Pence::get);
        assert_eq!(instalment().await, None);
        let file = |says: &str| format!("fund,reference,name,instalment\nCT,{},,{says}\n", ct(1));
        for (name, says, kept) in
            [("a.csv", "125.00", 12_500), ("b.csv", "", 12_500), ("c.csv", "0.00", 0)]
        {
            town.took(name, &file(says)).await;
            assert_eq!(instalment().await, Some(kept), "{says}");
        }
        let by_hand = |pence| HolderPatch {
            instalment: Some(Pence::new(pence)),
            ..patch(&ct(1), Some(3))
        };
        let why = town.books.put_holder(&by_hand(-1)).await.unwrap_err().to_string();
        assert!(why.starts_with("an instalment is nothing or more"), "{why}");
        town.books.put_holder(&by_hand(5_000)).await.unwrap();
        assert_eq!(instalment().await, Some(5_000));
        let changes = town.books.holder_history(("CT", &ct(1)), None, 10).await.unwrap();
        assert_eq!(changes[0].row.fields, "instalment");
        let was = |value: &serde_json::Value| value["instalment_pence"].as_i64();
        assert_eq!((was(&changes[0].before), was(&changes[0].after)), (Some(0), Some(5_000)));
        town.proved().await;
    }

    /// W47: doubles are named with their lines.
    async fn doubles_in_a_file_are_named_with_their_lines(url: &str) {
        let town = Town::of(url).await;
        let before = counts(url);
        let file = holders() + format!("CT,{},Twice,,,\nCT,{},Again,,,\n", ct(3), ct(5)).as_str();
        assert_eq!(
            town.refused("holders.csv", &file).await,
            format!(
                "holders.csv line 11: CT `{}` is there twice, first in line 4; an account has one row; so are CT `{}` in lines 6 and 12 (2 in all)",
                ct(3), ct(5)
            )
        );
        assert_eq!(counts(url), before);
        town.proved().await;
    }

    /// Rows are read a lot at a time: one that is there twice is found all the same,
    /// and then none is put.
    async fn a_file_longer_than_a_lot_is_put_whole_or_not_at_all(url: &str) {
        let town = Town::of(url).await;
        let row = |n: u32| format!("CT,{},Holder {n},BAIL\n", ct(n));
        let all: String = (1..=5_002).map(row).collect();
        let file = format!("fund,reference,name,stop\n{all}");
        let before = counts(url);
        let why = town.refused("twice.csv", &format!("{file}{}", row(1))).await;
        assert_eq!(
            why,
            format!("twice.csv line 5004: CT `{}` is there twice, first in line 2; an account has one row", ct(1))
        );
        assert_eq!(counts(url), before);
        town.took("all.csv", &file).await;
        for n in [1, 5_000, 5_001, 5_002] {
            assert_eq!(of(&town, n).await.name, format!("Holder {n}"));
        }
        town.proved().await;
    }

    /// R-VAL-14: a stop is configured, and for the holder's fund.
    async fn an_account_is_put_on_stop_and_released(url: &str) {
        let town = counter(url).await;
        let reference = ct(1);
        let one = ("CT", reference.as_str());
        let done = town.books.stop_holder(one, "BAIL", "court").await.unwrap();
        assert_eq!((done.stop.as_deref(), done.version), (Some("BAIL"), 2));
        let before = counts(url);
        assert_eq!(town.books.stop_holder(one, "BAIL", "again").await.unwrap(), done);
        assert_eq!(counts(url), before);
        for (account, code, says) in [
            (one, "RENT", "stop `RENT` is not configured for fund CT; there are: BAIL, REFER"),
            (("CT", "nobody"), "BAIL", "there is no account holder `CT NOBODY`"),
        ] {
            let why = town.books.stop_holder(account, code, "court").await.unwrap_err();
            assert_eq!(why.to_string(), says);
        }
        let free = town.books.release_holder(one, "paid up").await.unwrap();
        assert_eq!((free.stop, free.version), (None, 3));
        assert_eq!(town.books.release_holder(one, "again").await.unwrap().version, 3);
        assert_eq!(
            history(&town, 1).await,
            ["3 release [stop] system:test", "2 stop [stop] system:test", "1 import [new] system:test"]
        );
        town.proved().await;
    }

    async fn holders_are_found_in_pages(url: &str) {
        let town = counter(url).await;
        let more = "fund,reference,name,postcode\nNX,A_1,Ann O'Nym 50%,AB1 2CD\nNX,AX1,Bob,ab12ce\n";
        town.took("more.csv", more).await;
        let find = async |search: SearchHolders| {
            let found = town.books.find_holders(&search, None, 50).await.unwrap();
            found.into_iter().map(|row| row.reference).collect::<Vec<_>>()
        };
        let all = SearchHolders::default();
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(find(all.clone()).await.len(), 11);
        assert_eq!(find(SearchHolders { fund: text("NX"), ..all.clone() }).await, ["AX1", "A_1"]);
        assert_eq!(find(SearchHolders { reference: text("a_"), ..all.clone() }).await, ["A_1"]);
        assert_eq!(find(SearchHolders { name: text("o'nym"), ..all.clone() }).await, ["A_1"]);
        assert_eq!(find(SearchHolders { name: text("0%"), ..all.clone() }).await, ["A_1"]);
        assert_eq!(find(SearchHolders { postcode: text("AB12"), ..all.clone() }).await, ["AX1", "A_1"]);
        assert_eq!(find(SearchHolders { postcode: text("ab1 2ce"), ..all.clone() }).await, ["AX1"]);
        assert_eq!(find(SearchHolders { name: text("holder 3"), ..all.clone() }).await, [ct(3)]);
        let mut seen = Vec::new();
        loop {
            let after = seen.last().map(|row: &HolderRow| (row.fund.as_str(), row.reference.as_str()));
            let page = town.books.find_holders(&all, after, 4).await.unwrap();
            if page.is_empty() {
                break;
            }
            seen.extend(page);
        }
        assert_eq!(seen.len(), 11);
        town.proved().await;
    }

    /// The history is kept apart like all texts about people: it can be erased,
    /// but not changed, and a holder changed behind its back is found.
    async fn a_history_that_was_changed_is_found(url: &str) {
        let town = counter(url).await;
        town.books.put_holder(&named(&ct(1), Some(1), "Renamed")).await.unwrap();
        let owner = "(SELECT change_id FROM holder_change WHERE version = 2)";
        assert_eq!(sql(url, "SELECT fields FROM holder_change WHERE version = 2"), "name");
        sql(url, &format!("DELETE FROM detail WHERE owner_id = {owner}"));
        town.proved().await;
        let wrong = async |name: &str| {
            let verified = town.books.verify(None).await.unwrap();
            let wrong: Vec<_> =
                verified.checks.into_iter().filter(|check| !check.ok).map(|check| check.name).collect();
            assert_eq!(wrong, [name]);
        };
        tamper(url, "UPDATE account_holder SET version = 7 WHERE version = 2");
        wrong("each account holder is as its last change left it").await;
        tamper(url, "UPDATE account_holder SET version = 2 WHERE version = 7");
        tamper(url, "UPDATE detail SET words = 'x' WHERE owner_id IN (SELECT change_id FROM holder_change)");
        wrong("changes of account holders say what they said").await;
    }
}
