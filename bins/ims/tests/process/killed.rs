//! `kill -9` at any moment: posted once, or not at all, and never half.

use std::{
    hash::{BuildHasher as _, Hasher as _, RandomState},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use ims_testkit::Engine;

use crate::place::{Place, is_long, receipts};

/// How long one undisturbed import takes, program start to end.
fn undisturbed(engine: Engine, text: &str, rows: u64, pence: i64) -> Duration {
    let place = Place::new(engine);
    place.write("day.csv", text);
    let start = Instant::now();
    assert!(place.run(&["import", "day.csv"]).status.success());
    let took = start.elapsed();
    place.holds(rows, pence, "undisturbed");
    took
}

fn survives(engine: Engine) {
    let (kills, rows) = if is_long() { (50_u32, 110_000) } else { (10, 5_000) };
    let (text, pence) = receipts(rows);
    let mut took = undisturbed(engine, &text, rows, pence);
    let mut place = Place::new(engine);
    let mut landed = 0_u32;
    for kill in 0..kills {
        place.write("day.csv", &text);
        let step = moment(took, kill, kills);
        let start = Instant::now();
        let mut child = place.start(&["import", "day.csv"]);
        while start.elapsed() < step && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        if child.try_wait().unwrap().is_none() {
            landed += 1;
        } else {
            // The machine has become faster: aim earlier from now on.
            took = took.min(start.elapsed());
        }
        // SIGKILL on Unix; a process that has ended already is not hurt.
        let _ = child.kill();
        child.wait().unwrap();
        if is_there(&place, rows, &format!("kill {kill} of {kills}, after {step:?}")) {
            finished(&place, rows, pence);
            place = Place::new(engine);
        }
    }
    assert!(landed >= kills / 3, "only {landed} of {kills} kills came before the end");
    place.write("day.csv", &text);
    let again = place.run(&["import", "day.csv"]);
    assert!(again.status.success(), "{again:?}");
    finished(&place, rows, pence);
}

/// Whether the whole file is there; fails unless it is that or nothing.
fn is_there(place: &Place, rows: u64, after: &str) -> bool {
    let imports = place.document(&["import", "list"]);
    let count = imports["imports"].as_array().unwrap().len();
    assert!(count <= 1, "{after}: {imports:#}");
    let verified = place.document(&["verify"]);
    assert_eq!(verified["ok"], true, "{after}: {verified:#}");
    let entries = verified["entries"].as_u64().unwrap();
    // A server may finish a commit that it had been sent just before the kill,
    // between our two looks.
    assert!(entries == rows || (entries == 0 && count == 0), "{after}: {entries} entries");
    entries == rows
}

/// The same file once more changes nothing and is said; what is there is whole.
fn finished(place: &Place, rows: u64, pence: i64) {
    let repeat = place.document(&["import", "day.csv"]);
    assert_eq!(repeat["files"][0]["outcome"], "imported before", "{repeat:#}");
    place.holds(rows, pence, "after a repeat");
}

/// A random moment in the `kill`th of `kills` equal stretches of a run and a
/// little more.
fn moment(took: Duration, kill: u32, kills: u32) -> Duration {
    let random = RandomState::new().build_hasher().finish() % 1_000;
    let thousandths = kill * 1_000 + u32::try_from(random).unwrap();
    (took + took / 10) * thousandths / (kills * 1_000)
}

#[test]
fn a_killed_import_is_whole_or_nothing_on_sqlite() {
    survives(Engine::Sqlite);
}

#[test]
fn a_killed_import_is_whole_or_nothing_on_postgres() {
    survives(Engine::Postgres);
}

/// Ctrl-C is as harmless as the rest.
#[test]
fn an_interrupted_import_leaves_nothing_half_done() {
    let rows = 5_000;
    let (text, pence) = receipts(rows);
    let took = undisturbed(Engine::Sqlite, &text, rows, pence);
    let place = Place::new(Engine::Sqlite);
    place.write("day.csv", &text);
    for turn in 0..4 {
        let mut child = place.start(&["import", "day.csv"]);
        std::thread::sleep(moment(took, turn, 4));
        let pid = child.id().to_string();
        // It may have ended already; then there is nobody to interrupt.
        let _ = Command::new("kill").args(["-INT", &pid]).stderr(Stdio::null()).status();
        child.wait().unwrap();
        let verified = place.document(&["verify"]);
        assert_eq!(verified["ok"], true, "{verified:#}");
        let entries = verified["entries"].as_u64().unwrap();
        assert!(entries == 0 || entries == rows, "{entries} entries");
    }
    assert!(place.run(&["import", "day.csv"]).status.success());
    place.holds(rows, pence, "after the interruptions");
}

/// A watcher killed at any moment, started again: each file posted once and put
/// away, none lost.
#[test]
fn a_killed_watcher_takes_each_file_once() {
    let rows = 3_000;
    let (text, pence) = receipts(rows);
    let took = undisturbed(Engine::Sqlite, &text, rows, pence);
    let place = Place::new(Engine::Sqlite);
    let folder = place.write("x", "").with_file_name("in");
    std::fs::create_dir(&folder).unwrap();
    place.write("in/day.csv", &text);
    for kill in 0..4 {
        let mut child = place.start(&["watch", "in", "--interval", "1"]);
        std::thread::sleep(Duration::from_secs(1) + moment(took, kill, 4));
        let _ = child.kill();
        child.wait().unwrap();
    }
    let last = place.run(&["watch", "in", "--once", "--interval", "1"]);
    assert_eq!(last.status.code(), Some(0), "{last:?}");
    place.holds(rows, pence, "after the kills");
    let left: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(left, ["done"]);
    assert!(folder.join("done/day.csv").exists());
}
