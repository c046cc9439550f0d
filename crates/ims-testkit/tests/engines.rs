//! Both engines are there, and one body makes two tests.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use ims_testkit::on_both;
use ims_testkit::pg::{self, TempPg};

on_both! {
    /// What the macro promises of an `async` body.
    async fn an_async_body_gets_an_address(url: &str) {
        tokio::task::yield_now().await;
        assert!(url.starts_with("sqlite:/") || url.starts_with("postgres://ims@127.0.0.1:"), "{url}");
    }

    fn a_plain_body_may_answer(url: &str) -> Result<(), std::num::ParseIntError> {
        let _: u64 = url.len().to_string().parse()?;
        Ok(())
    }
}

#[test]
fn each_database_is_empty_and_its_own() {
    let (one, other) = (pg::database(), pg::database());
    one.sql("CREATE TABLE only_here (x BIGINT); INSERT INTO only_here VALUES (1)");
    assert_eq!(one.sql("SELECT x FROM only_here").trim(), "1");
    assert_eq!(tables(&other), "0");
}

#[test]
fn a_database_goes_with_its_value() {
    let database = pg::database();
    let name = database.sql("SELECT current_database()").trim().to_owned();
    let witness = pg::database();
    let find = format!("SELECT count(*) FROM pg_database WHERE datname = '{name}'");
    assert_eq!(witness.sql(&find).trim(), "1");
    drop(database);
    assert_eq!(witness.sql(&find).trim(), "0");
}

#[test]
fn a_role_starts_without_privileges() {
    let database = pg::database();
    assert!(database.url_as("ims_testkit_role").contains("://ims_testkit_role@127.0.0.1:"));
    let _again = database.url_as("ims_testkit_role");
    let granted = database.sql("SELECT rolsuper FROM pg_roles WHERE rolname = 'ims_testkit_role'");
    assert_eq!(granted.trim(), "f");
}

#[test]
fn a_crash_keeps_what_was_committed() {
    let cluster = TempPg::start();
    let database = cluster.database();
    database.sql("CREATE TABLE kept (x BIGINT); INSERT INTO kept VALUES (7)");
    cluster.crash();
    cluster.start_again();
    assert_eq!(database.sql("SELECT x FROM kept").trim(), "7");
}

#[test]
fn names_sort_by_their_bytes_as_on_the_embedded_engine() {
    let sorted = pg::database().sql("SELECT x FROM (VALUES ('a'), ('B')) AS v (x) ORDER BY x");
    assert_eq!(sorted, "B\na\n");
}

fn tables(database: &pg::Database) -> String {
    database
        .sql("SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'")
        .trim()
        .to_owned()
}
