//! What is in the books stays: the database itself refuses anything else.

use std::collections::BTreeSet;

use ims_store::{Store, StoreError};
use ims_testkit::on_both;

use super::{made, raw::Raw};

/// What may change; every other table may not.
const WORKING: &[&str] = &[
    "account_holder",
    "account_span",
    "agreement_state",
    "basket",
    "council",
    "detail",
    "ereturn_state",
    "expected_key",
    "job",
    "line_payer",
    "line_used",
    "membership",
    "membership_scope",
    "noted_minute",
    "number_series",
    "open_approval",
    "open_expected",
    "open_line",
    "open_suspense",
    "payer_key",
    "payment_link_state",
    "payment_notice_key",
    "payment_state",
    "person",
    "provider_through",
    "quarantine",
    "receipt_mail",
    "refund_state",
    "suspense_care",
    "till_state",
    "unsealed",
    "web_session",
];

/// The tables of the books, each with a row.
async fn books(url: &str) -> (Store, Vec<String>) {
    let (store, council) = made::store(url).await;
    let mut tx = store.begin().await.unwrap();
    let jo = made::person("jo");
    tx.add_person(&jo, made::at(0)).await.unwrap();
    made::everything(&mut tx, council, &jo).await;
    tx.commit().await.unwrap();
    let tables: BTreeSet<String> = Raw::open(url).await.tables().await.into_iter().collect();
    let books = tables.into_iter().filter(|table| !WORKING.contains(&table.as_str())).collect();
    (store, books)
}

on_both! {
    async fn nobody_updates_or_deletes_what_is_in_the_books(url: &str) {
        let (_store, books) = books(url).await;
        assert_eq!(books.len(), 85, "{books:?}");
        let mut raw = Raw::open(url).await;
        for table in &books {
            let filled = format!("SELECT '{table}' FROM {table} LIMIT 1");
            assert_eq!(raw.texts(&filled).await, [table.as_str()], "no row to try it on");
            let mut attempts = vec![
                format!("UPDATE {table} SET council_id = council_id"),
                format!("DELETE FROM {table}"),
            ];
            if !raw.is_sqlite() {
                attempts.push(format!("TRUNCATE {table}"));
            }
            for sql in attempts {
                let refused = raw.try_run(&sql).await.unwrap_err();
                assert!(refused.contains("the books are append-only"), "{sql}: {refused}");
            }
        }
    }

    /// Where there are roles, the one that programs work as has no such right,
    /// triggers or none.
    async fn the_runtime_role_may_only_read_the_books_and_add_to_them(url: &str) {
        let (_store, books) = books(url).await;
        let mut raw = Raw::open(url).await;
        if raw.is_sqlite() {
            return;
        }
        raw.without_triggers().await;
        raw.run("SET ROLE ims_runtime").await;
        for table in &books {
            assert_eq!(raw.texts(&format!("SELECT '{table}' FROM {table} LIMIT 1")).await.len(), 1);
            raw.run(&format!("INSERT INTO {table} SELECT * FROM {table} WHERE FALSE")).await;
            for sql in [
                format!("UPDATE {table} SET council_id = council_id"),
                format!("DELETE FROM {table}"),
                format!("TRUNCATE {table}"),
                format!("DROP TABLE {table}"),
                format!("ALTER TABLE {table} DISABLE TRIGGER ALL"),
            ] {
                let refused = raw.try_run(&sql).await.unwrap_err();
                let is_right = ["permission denied", "must be owner"].iter().any(|it| refused.contains(it));
                assert!(is_right, "{sql}: {refused}");
            }
        }
        let refused = raw.try_run("INSERT INTO _sqlx_migrations SELECT * FROM _sqlx_migrations").await;
        assert!(refused.unwrap_err().contains("permission denied"));
    }

    /// Every connection of the store works as that role: what is taken from
    /// the role, the store may not do.
    async fn the_store_works_as_the_runtime_role(url: &str) {
        let (store, council) = made::store(url).await;
        let mut raw = Raw::open(url).await;
        if raw.is_sqlite() {
            return;
        }
        raw.run("REVOKE INSERT ON audit_event FROM ims_runtime").await;
        for store in [store, Store::open(url).await.unwrap()] {
            for _ in 0..3 {
                let mut tx = store.begin().await.unwrap();
                let refused = tx.add_event(council, &made::event("x")).await.unwrap_err();
                assert!(matches!(&refused, StoreError::AppendOnly(why) if why.contains("permission denied")), "{refused:?}");
            }
        }
    }

    /// A login that is no owner opens what an owner has brought up to date.
    async fn a_login_without_rights_of_its_own_works_as_the_runtime_role(url: &str) {
        let (_store, council) = made::store(url).await;
        let mut raw = Raw::open(url).await;
        if raw.is_sqlite() {
            return;
        }
        let login = format!("app_{}", url.rsplit('/').next().unwrap());
        raw.run(&format!("CREATE ROLE {login} LOGIN")).await;
        let (_, place) = url.split_once('@').unwrap();
        let theirs = format!("postgres://{login}@{place}");
        let refused = Store::open(&theirs).await;
        raw.run(&format!("GRANT ims_runtime TO {login}")).await;
        let done = match Store::open(&theirs).await {
            Ok(store) => {
                let mut tx = store.begin().await.unwrap();
                tx.post_many(council, &[made::entry(1)]).await.unwrap();
                let done = tx.commit().await;
                store.close().await;
                done
            }
            Err(error) => Err(error),
        };
        raw.run(&format!("DROP ROLE {login}")).await;
        assert!(refused.is_err());
        done.unwrap();
    }
}
