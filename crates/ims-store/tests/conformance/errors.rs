//! What went wrong is said by its kind, and no password is ever in it.

use ims_store::{Store, StoreError};
use ims_testkit::on_both;

use super::{
    made::{self, entry},
    raw::Raw,
};

on_both! {
    async fn what_is_no_address_is_refused(url: &str) {
        let scheme = url.split(':').next().unwrap();
        for (bad, shown) in [
            ("", ""),
            ("ims.db", "ims.db"),
            (&format!("{scheme}x:{url}"), ""),
            ("sqlite:", "sqlite:"),
            ("mysql://jo:s3cret@host/db", "mysql:…"),
            ("postgres:jo:s3cret@host", "postgres:…"),
            ("postgres://jo:s3cret@host:port/db", "postgres:…"),
            ("postgres://host:port/db?password=s3cret", "postgres:…"),
        ] {
            match Store::open(bad).await {
                Err(error @ StoreError::BadUrl(_)) => {
                    let text = error.to_string();
                    assert!(text.contains(&format!("`{shown}")) && !text.contains("s3cret"), "{bad}: {text}");
                }
                other => panic!("{bad}: {other:?}"),
            }
        }
    }

    async fn what_cannot_be_reached_is_said_at_once_and_without_a_password(url: &str) {
        let started = std::time::Instant::now();
        let nowhere = if url.starts_with("sqlite:") {
            vec![format!("{url}/folder/ims.db"), "sqlite:/no/such/folder/ims.db".to_owned()]
        } else {
            // Taken and closed again, so that nobody listens there.
            let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
            let (server, _) = url.rsplit_once('/').unwrap();
            vec![
                format!("postgres://jo:s3cret@{free}/db"),
                format!("postgres://{free}/db?user=jo&password=s3cret"),
                format!("postgres://jo:s3c%40ret@{free}/db"),
                format!("{server}/no_such_database"),
            ]
        };
        for nowhere in nowhere {
            match Store::open(&nowhere).await {
                Err(error @ StoreError::Unreachable { .. }) => {
                    let text = format!("{error} {error:?}");
                    assert!(!text.contains("s3c"), "{nowhere}: {text}");
                    assert!(text.contains("could not be opened: "), "{nowhere}: {text}");
                }
                other => panic!("{nowhere}: {other:?}"),
            }
        }
        assert!(started.elapsed().as_secs() < 8);
    }

    async fn what_is_no_database_is_left_alone(url: &str) {
        let Some(path) = url.strip_prefix("sqlite:") else { return };
        let text = "Dear Sir or Madam, this is a letter, and no database. ".repeat(50);
        std::fs::write(path, &text).unwrap();
        assert!(matches!(Store::open(url).await, Err(StoreError::Unreachable { .. })));
        assert_eq!(std::fs::read_to_string(path).unwrap(), text);
    }

    /// SQLite by the byte of the header that forbids writing, which binds root
    /// too; PostgreSQL by a database that is set to be read only.
    async fn what_may_not_be_written_is_said(url: &str) {
        let (store, council) = made::store(url).await;
        store.close().await;
        match url.strip_prefix("sqlite:") {
            Some(path) => {
                let mut bytes = std::fs::read(path).unwrap();
                bytes[18] = 3;
                std::fs::write(path, bytes).unwrap();
            }
            None => {
                let name = url.rsplit('/').next().unwrap();
                let set = format!("ALTER DATABASE {name} SET default_transaction_read_only = on");
                Raw::open(url).await.run(&set).await;
            }
        }
        let refused = match Store::open(url).await {
            Ok(store) => match store.begin().await {
                Ok(mut tx) => tx.post_many(council, &[entry(1)]).await.unwrap_err(),
                Err(error) => error,
            },
            Err(error) => error,
        };
        assert!(matches!(refused, StoreError::ReadOnly), "{refused:?}");
    }

    /// PostgreSQL says so by the code that a trigger of ours gives here; SQLite
    /// is filled for real in the tests beside it.
    async fn a_full_disk_is_said(url: &str) {
        let (store, council) = made::store(url).await;
        let mut raw = Raw::open(url).await;
        if raw.is_sqlite() {
            return;
        }
        raw.run("CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
                 BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$;
                 CREATE TRIGGER full_disk BEFORE INSERT ON entry EXECUTE FUNCTION full_disk()").await;
        let refused = store.begin().await.unwrap().post_many(council, &[entry(1)]).await.unwrap_err();
        assert!(matches!(refused, StoreError::DiskFull), "{refused:?}");
    }

    /// Two units of work that wait for each other: one is told to try again.
    async fn a_deadlock_is_busy(url: &str) {
        let (store, council) = made::store(url).await;
        if store.engine() == "sqlite" {
            return; // one writer: nobody can wait for another
        }
        let items = [made::suspense(1), made::suspense(2)];
        let mut tx = store.begin().await.unwrap();
        tx.add_suspense(council, &items).await.unwrap();
        tx.commit().await.unwrap();
        let barrier = std::sync::Arc::new(tokio::sync::Barrier::new(2));
        let running = [[0, 1], [1, 0]].map(|order| {
            let (store, barrier) = (store.clone(), barrier.clone());
            let items = order.map(|at: usize| (items[at].id, items[at].amount));
            tokio::spawn(async move {
                let mut tx = store.begin().await?;
                tx.lower_suspense(council, items[0].0, items[0].1, made::pence(9)).await?;
                barrier.wait().await;
                tx.lower_suspense(council, items[1].0, items[1].1, made::pence(9)).await?;
                tx.commit().await
            })
        });
        let mut busy = 0;
        for run in running {
            match run.await.unwrap() {
                Ok(()) => {}
                Err(StoreError::Busy) => busy += 1,
                Err(other) => panic!("{other:?}"),
            }
        }
        assert_eq!(busy, 1);
    }
}
