//! A folder that is watched, through stops and repeats.

use std::{fs, path::Path};

use ims_cli::Exit;

use crate::town::Town;

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_taken_in_before_a_stop_is_only_put_away_after_it() {
    let town = Town::with_council().await;
    let folder = town.folder().join("in");
    fs::create_dir(&folder).unwrap();
    town.bring("receipts.csv");
    let receipts = fs::read(town.folder().join("receipts.csv")).unwrap();
    fs::write(folder.join("receipts.csv"), &receipts).unwrap();
    // Taken in, then the program was stopped before it could move the file.
    let arrived = folder.join("receipts.csv").display().to_string();
    assert_eq!(town.run(&["import", &arrived]).await.exit, Exit::Done);
    let watch = ["watch", &folder.display().to_string(), "--once", "--interval", "1", "--json"];
    let said = town.run(&watch).await;
    assert_eq!(said.json()["files"][0]["outcome"], "imported before");
    assert_eq!(names(&folder), ["done"]);
    // The same file sent once more goes the same way, and nothing is overwritten.
    fs::write(folder.join("receipts.csv"), &receipts).unwrap();
    assert_eq!(town.run(&watch).await.exit, Exit::Done);
    assert_eq!(names(&folder.join("done")), ["receipts.csv", "receipts.csv.2"]);
    let found = town.run(&["receipt", "find", "--day", "2026-04-01", "--json"]).await.json();
    assert_eq!(found["receipts"].as_array().unwrap().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_file_is_never_taken_in() {
    let town = Town::with_council().await;
    let folder = town.folder().join("in");
    fs::create_dir(&folder).unwrap();
    let row =
        |n: u32| format!("R{n},I{n},P{n},1,01/04/2026,01/04/2026,112233448,1,CT,01,1.00,,,,\n");
    let path = folder.join("slow.csv");
    // A sender that writes a row every tenth of a second for four looks' time.
    let sender = std::thread::spawn({
        let path = path.clone();
        move || {
            let mut text = String::new();
            for n in 0..40 {
                text.push_str(&row(n));
                fs::write(&path, &text).unwrap();
                std::thread::sleep(std::time::Duration::from_millis(100));
            }
        }
    });
    let watch = ["watch", &folder.display().to_string(), "--once", "--interval", "1", "--json"];
    let first = town.run(&watch).await.json();
    assert_eq!(first["files"].as_array().unwrap().len(), 0);
    assert_eq!(first["growing"], 1);
    sender.join().unwrap();
    let then = town.run(&watch).await.json();
    assert_eq!(then["files"][0]["rows"], 40);
    assert_eq!(then["files"][0]["total_pence"], 4_000);
}
