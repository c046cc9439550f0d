//! Several programs on one database.

use ims_testkit::{Engine, both};
use serde_json::Value;

use crate::place::{Place, receipts};

fn outcomes(outputs: Vec<std::process::Output>) -> Vec<String> {
    let mut outcomes: Vec<String> = outputs
        .into_iter()
        .map(|output| {
            assert_eq!(output.status.code(), Some(0), "{output:?}");
            let document: Value = serde_json::from_slice(&output.stdout).unwrap();
            document["files"][0]["outcome"].as_str().unwrap().to_owned()
        })
        .collect();
    outcomes.sort();
    outcomes
}

#[test]
fn two_imports_of_one_file_at_once_post_it_once() {
    for engine in both() {
        let rows = 5_000;
        let (text, pence) = receipts(rows);
        let place = Place::new(engine);
        place.write("day.csv", &text);
        let args = ["import", "day.csv", "--json"];
        let children = [place.start(&args), place.start(&args), place.start(&args)];
        let outputs = children.into_iter().map(|child| child.wait_with_output().unwrap()).collect();
        assert_eq!(
            outcomes(outputs),
            ["imported", "imported before", "imported before"],
            "{engine}"
        );
        place.holds(rows, pence, "together");
    }
}

#[test]
fn two_watchers_of_one_folder_take_each_file_once() {
    let place = Place::new(Engine::Sqlite);
    let (text, pence) = receipts(500);
    std::fs::create_dir(place.write("x", "").with_file_name("in")).unwrap();
    place.write("in/day.csv", &text);
    let args = ["watch", "in", "--once", "--interval", "1"];
    for child in [place.start(&args), place.start(&args)] {
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
    }
    place.holds(500, pence, "two watchers");
    assert!(!place.write("y", "").with_file_name("in").join("day.csv").exists());
}
