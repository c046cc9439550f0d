//! The tables: made once, alike on both engines.

use std::collections::BTreeSet;

use ims_store::Store;
use ims_testkit::{Engine, on_both, pg::TempPg};

use super::{made, raw::Raw};

on_both! {
    async fn every_statement_is_understood(url: &str) {
        let (store, _) = made::store(url).await;
        let refused = store.begin().await.unwrap().prepare_all().await;
        assert!(refused.is_empty(), "{refused:#?}");
    }

    async fn opening_again_changes_nothing(url: &str) {
        let (first, _) = made::store(url).await;
        let before = Raw::open(url).await.tables().await;
        let second = Store::open(url).await.unwrap();
        assert_eq!(Raw::open(url).await.tables().await, before);
        let councils = second.snapshot().await.unwrap().councils().await.unwrap();
        assert_eq!(councils, first.snapshot().await.unwrap().councils().await.unwrap());
        assert_eq!(councils.len(), 1);
    }

    async fn many_may_open_a_new_database_at_once(url: &str) {
        let opening: Vec<_> = (0..6)
            .map(|_| {
                let url = url.to_owned();
                tokio::spawn(async move { Store::open(&url).await })
            })
            .collect();
        for store in opening {
            let store = store.await.unwrap().unwrap();
            assert_eq!(store.snapshot().await.unwrap().councils().await.unwrap(), []);
        }
    }

    /// Roles are a whole server's: first starts in two of its databases meet there.
    async fn many_may_open_the_databases_of_a_new_server_at_once(url: &str) {
        if url.starts_with("sqlite:") {
            return;
        }
        let server = TempPg::start();
        for _ in 0..5 {
            let databases: Vec<_> = (0..6).map(|_| server.database()).collect();
            let opening: Vec<_> = databases
                .iter()
                .map(|database| {
                    let url = database.url.clone();
                    tokio::spawn(async move { Store::open(&url).await })
                })
                .collect();
            for store in opening {
                store.await.unwrap().unwrap().close().await;
            }
            for database in databases {
                database.sql("DROP OWNED BY ims_runtime");
            }
            server.database().sql("DROP ROLE ims_runtime");
        }
    }

    /// What a newer program has made is left alone.
    async fn a_newer_database_is_refused(url: &str) {
        let (store, _) = made::store(url).await;
        store.close().await;
        let row = "SELECT 9999, description, installed_on, success, checksum, execution_time FROM _sqlx_migrations LIMIT 1";
        Raw::open(url).await.run(&format!("INSERT INTO _sqlx_migrations {row}")).await;
        let refused = Store::open(url).await.unwrap_err().to_string();
        assert_eq!(refused, "the database is of a newer version (9999) than this program: upgrade the program");
    }

    async fn both_engines_have_the_same_columns(url: &str) {
        let (here, there) = here_and_there(url, SQLITE_COLUMNS, POSTGRES_COLUMNS).await;
        assert!(here.len() > 250, "{}", here.len());
        assert_eq!(here, there);
    }

    async fn both_engines_have_the_same_indexes_and_keys(url: &str) {
        let (here, there) = here_and_there(url, SQLITE_INDEXES, POSTGRES_INDEXES).await;
        assert!(here.len() > 50, "{}", here.len());
        assert_eq!(here, there);
    }

    /// Whatever the locale of a PostgreSQL server, pages follow on as on SQLite.
    async fn every_text_sorts_by_its_bytes(url: &str) {
        let _store = made::store(url).await;
        let mut raw = Raw::open(url).await;
        let others = if raw.is_sqlite() {
            "SELECT name FROM sqlite_schema WHERE sql LIKE '%COLLATE%'"
        } else {
            "SELECT CAST(table_name || '.' || column_name AS TEXT) FROM information_schema.columns
             WHERE table_schema = 'public' AND table_name <> '_sqlx_migrations'
                AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'"
        };
        assert_eq!(raw.texts(others).await, [""; 0]);
    }

    /// `council_id` leads every primary key of what is a council's.
    async fn the_council_leads_every_key(url: &str) {
        let _store = made::store(url).await;
        let mut raw = Raw::open(url).await;
        let sql = if raw.is_sqlite() { SQLITE_INDEXES } else { POSTGRES_INDEXES };
        let keys = raw.texts(sql).await;
        let others: BTreeSet<_> = keys
            .iter()
            .filter(|key| !key.contains(": council_id"))
            .map(|key| key.split([' ', ':']).next().unwrap())
            .collect();
        let known = ["council", "job", "person", "web_session"];
        assert_eq!(others, BTreeSet::from(known));
    }
}

/// What a query of the catalogue says of this database, and of a new one of the other engine.
async fn here_and_there(url: &str, sqlite: &str, postgres: &str) -> (Vec<String>, Vec<String>) {
    let other = if url.starts_with("sqlite:") { Engine::Postgres } else { Engine::Sqlite }.fresh();
    let mut found = Vec::new();
    for url in [url, &other.url] {
        let _store = made::store(url).await;
        let mut raw = Raw::open(url).await;
        let mut rows = raw.texts(if raw.is_sqlite() { sqlite } else { postgres }).await;
        rows.sort();
        found.push(rows);
    }
    let there = found.pop().unwrap();
    (found.pop().unwrap(), there)
}

/// `table.column kind nullable`, with SQLite's names for the kinds.
const SQLITE_COLUMNS: &str = "SELECT t.name || '.' || c.name || ' ' || c.type || CASE c.\"notnull\" WHEN 1 THEN '' ELSE ' NULL' END
    FROM sqlite_schema t, pragma_table_info(t.name) c
    WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' AND t.name <> '_sqlx_migrations'";

const POSTGRES_COLUMNS: &str = "SELECT CAST(table_name || '.' || column_name || ' '
    || CASE data_type WHEN 'bigint' THEN 'INTEGER' WHEN 'boolean' THEN 'INTEGER' WHEN 'text' THEN 'TEXT'
        WHEN 'date' THEN 'TEXT' WHEN 'timestamp with time zone' THEN 'TEXT' WHEN 'uuid' THEN 'BLOB'
        WHEN 'bytea' THEN 'BLOB' ELSE data_type END
    || CASE is_nullable WHEN 'NO' THEN '' ELSE ' NULL' END AS TEXT)
    FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> '_sqlx_migrations'";

/// `table unique: columns`, primary keys too.
const SQLITE_INDEXES: &str =
    "SELECT t.name || CASE i.\"unique\" WHEN 1 THEN ' unique: ' ELSE ': ' END
        || (SELECT group_concat(c.name, ', ') FROM pragma_index_info(i.name) c)
        || CASE i.partial WHEN 1 THEN ' where' ELSE '' END
    FROM sqlite_schema t, pragma_index_list(t.name) i
    WHERE t.type = 'table' AND t.name <> '_sqlx_migrations'
    UNION ALL
    SELECT t.name || ' unique: ' || k.name FROM sqlite_schema t, pragma_table_info(t.name) k
    WHERE t.type = 'table' AND t.name <> '_sqlx_migrations' AND k.pk = 1
        AND NOT EXISTS (SELECT 1 FROM pragma_index_list(t.name) i WHERE i.origin = 'pk')";

const POSTGRES_INDEXES: &str = "SELECT CAST(t.relname || CASE WHEN i.indisunique THEN ' unique: ' ELSE ': ' END
        || (SELECT string_agg(a.attname, ', ' ORDER BY k.at) FROM unnest(i.indkey) WITH ORDINALITY k (number, at)
            JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number)
        || CASE WHEN i.indpred IS NULL THEN '' ELSE ' where' END AS TEXT)
    FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace
    WHERE n.nspname = 'public' AND t.relname <> '_sqlx_migrations'";
