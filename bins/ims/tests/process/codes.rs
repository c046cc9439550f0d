use std::{
    io::{Read as _, Write as _},
    process::Stdio,
};

use ims_testkit::Engine;

use crate::place::{Place, bare, receipts};

#[test]
fn each_way_of_ending_has_its_code() {
    let place = Place::new(Engine::Sqlite);
    place.write("good.csv", &receipts(3).0);
    place.write("odd.csv", &receipts(4).0.replace("LE", "ZZ"));
    place.write("bad.txt", "Dear Sir or Madam\n");
    for (args, code) in [
        (&["verify"][..], 0),
        (&["import", "good.csv"], 0),
        (&["import", "good.csv"], 0),
        (&["import", "odd.csv"], 1),
        (&["import", "bad.txt", "good.csv"], 2),
        (&["frobnicate"], 2),
        (&[], 2),
        (&["--help"], 0),
        (&["--version"], 0),
        (&["init", "--name", "x", "--code", "testborough"], 3),
        (&["day", "close", "2999-01-01"], 3),
        (&["verify", "--head", "00"], 1),
        (&["--data", "sqlite:/no/such/folder/ims.db", "verify"], 4),
        (&["--data", "postgres://nobody@127.0.0.1:1/none", "verify"], 4),
    ] {
        let output = place.run(args);
        assert_eq!(output.status.code(), Some(code), "{args:?} {output:?}");
        let err = String::from_utf8(output.stderr).unwrap();
        if code >= 2 && !args.is_empty() {
            assert!(err.starts_with("ims: ") && err.lines().count() == 1, "{args:?}: {err}");
        } else if code < 2 {
            assert_eq!(err, "", "{args:?}: nothing is told to nobody");
        }
    }
}

#[test]
fn the_environment_names_database_council_and_user() {
    let place = Place::new(Engine::Sqlite);
    let with = |name: &str, value: &str| {
        place.command(&["import", "list"]).env(name, value).output().unwrap().status.code()
    };
    assert_eq!(with("IMS_COUNCIL", "testborough"), Some(0));
    assert_eq!(with("IMS_COUNCIL", "elsewhere"), Some(2));
    assert_eq!(with("IMS_USER", "nobody"), Some(2));
    // Without a name, ims.db in the current folder.
    let folder = tempfile::tempdir().unwrap();
    let mut init = bare();
    init.current_dir(&folder).args(["init", "--name", "Here", "--code", "here"]);
    assert!(init.output().unwrap().status.success());
    assert!(folder.path().join("ims.db").exists());
}

#[test]
fn somebody_who_stops_listening_is_no_error() {
    let place = Place::new(Engine::Sqlite);
    place.write("many.csv", &receipts(2_000).0);
    assert!(place.run(&["import", "many.csv"]).status.success());
    let mut child =
        place.start(&["receipt", "find", "--day", "2026-04-01", "--limit", "500", "--json"]);
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

#[test]
fn standard_input_and_passwords_come_through_a_pipe() {
    let place = Place::new(Engine::Sqlite);
    let feed = |args: &[&str], text: &str| {
        let mut child =
            place.command(args).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let mut said = String::new();
        child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
        (child.wait().unwrap().code(), said)
    };
    let (code, said) = feed(&["import", "-", "--json"], &receipts(5).0);
    assert_eq!(code, Some(0), "{said}");
    let add = ["user", "add", "ann", "--name", "Ann", "--role", "auditor", "--password-stdin"];
    assert_eq!(feed(&add, "correct horse battery\n").0, Some(0));
    let (code, said) = feed(&["file", "inspect", "-"], &receipts(5).0);
    assert_eq!(code, Some(0), "{said}");
}
