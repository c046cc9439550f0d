//! The rehearsal that a council's auditor asks for.

use ims_cli::Exit;
use serde_json::Value;

use crate::town::Town;

/// Everything the books stand at, as `day show` and the lists tell it.
async fn standing(town: &Town) -> Vec<Value> {
    let day = ["day", "show", "2026-04-01", "--json"];
    let mut all = Vec::new();
    for args in [&day[..], &["suspense", "list", "--json"], &["import", "list", "--json"]] {
        all.push(town.run(args).await.json());
    }
    all.push(town.run(&["verify", "--json"]).await.json());
    all
}

async fn lived() -> Town {
    let town = Town::with_council().await;
    for name in ["receipts.csv", "statement.sta"] {
        town.bring(name);
        let path = town.path(name);
        assert_eq!(town.run(&["import", &path]).await.exit, Exit::Done, "{name}");
    }
    town
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_brings_every_balance_back() {
    let town = lived().await;
    let before = standing(&town).await;
    assert_eq!(before[3]["ok"], true);
    let kept = town.path("kept.db");
    assert_eq!(town.run(&["backup", &kept]).await.exit, Exit::Done);
    // The day goes on, and is then lost.
    let more =
        town.write("more.csv", "R9,I9,P9,1,01/04/2026,01/04/2026,112233448,1,CT,01,7.00,,,,\n");
    assert_eq!(town.run(&["import", &more]).await.exit, Exit::Done);
    town.run(&["reconcile", "run"]).await;
    assert_ne!(standing(&town).await, before);
    assert_eq!(town.run(&["restore", &kept]).await.exit, Exit::Refused);
    assert_eq!(town.run(&["restore", &kept, "--force"]).await.exit, Exit::Done);
    assert_eq!(standing(&town).await, before);
    // What came after the backup can come again.
    assert_eq!(town.run(&["import", &more]).await.exit, Exit::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_was_tampered_with_is_not_restored() {
    let town = lived().await;
    let before = standing(&town).await;
    let kept = town.path("kept.db");
    assert_eq!(town.run(&["backup", &kept]).await.exit, Exit::Done);
    let mut bytes = std::fs::read(&kept).unwrap();
    // Somebody gives the swimmer's money another owner, with an editor.
    let places: Vec<usize> =
        (0..bytes.len() - 4).filter(|at| &bytes[*at..*at + 4] == b"SWIM").collect();
    assert!(!places.is_empty());
    places.iter().for_each(|at| bytes[at + 2] = b'A');
    let bad = town.write("bad.db", &bytes);
    let said = town.run(&["restore", &bad, "--force"]).await;
    assert_eq!(said.exit, Exit::Refused, "{said:?}");
    assert!(said.err.contains("does not verify"), "{said:?}");
    assert_eq!(standing(&town).await, before);
    let half = town.write("half.db", &std::fs::read(&kept).unwrap()[..20_000]);
    assert_ne!(town.run(&["restore", &half, "--force"]).await.exit, Exit::Done);
    assert_eq!(standing(&town).await, before);
    let left: Vec<_> = std::fs::read_dir(town.folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with('.') || name.contains("replaced"))
        .collect();
    assert_eq!(left, [""; 0], "nothing is left behind");
}
