//! Work that was left for later, and what becomes of it.

use ims_app::{Actor, App, JobKind};
use ims_cli::Exit;
use ims_store::Store;

use crate::town::Town;

async fn leave(town: &Town, job: &JobKind) {
    let store = Store::open(&format!("sqlite:{}", town.path("ims.db"))).await.unwrap();
    let app = App::new(store, town.world());
    let books = app.books(None, Actor::system("test")).await.unwrap();
    assert!(books.add_job(job, app.world().now()).await.unwrap());
    app.store().close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_done_once() {
    let town = Town::with_council().await;
    leave(&town, &JobKind::Verify).await;
    let listed = town.run(&["jobs", "list", "--json"]).await.json();
    assert_eq!(listed["jobs"][0]["state"], "waiting");
    assert_eq!(town.run(&["jobs", "run", "--once"]).await.out, "1 job run\n");
    let listed = town.run(&["jobs", "list"]).await;
    assert!(listed.out.contains("verify") && listed.out.contains("done"), "{listed:?}");
    assert_eq!(town.run(&["jobs", "run", "--once"]).await.out, "0 jobs run\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_keeps_failing_is_laid_aside_until_somebody_retries_it() {
    let town = Town::with_council().await;
    let day = "2026-06-01".parse().unwrap();
    leave(&town, &JobKind::CloseDay { day }).await;
    for hour in 10..22 {
        town.set_clock(&format!("2026-04-02T{hour}:00:00Z"));
        assert_eq!(town.run(&["jobs", "run", "--once"]).await.exit, Exit::Done);
    }
    let listed = town.run(&["jobs", "list", "--json"]).await.json();
    let job = &listed["jobs"][0];
    assert_eq!(job["state"], "laid aside", "{listed:#}");
    assert!(job["last_error"].as_str().unwrap().contains("cannot be closed"), "{listed:#}");
    town.set_clock("2026-06-02T09:00:00Z");
    let id = job["id"].as_str().unwrap();
    assert_eq!(town.run(&["jobs", "retry", id]).await.exit, Exit::Done);
    assert_eq!(town.run(&["jobs", "run", "--once"]).await.out, "1 job run\n");
    let closed = town.run(&["day", "close", "2026-06-01", "--json"]).await.json();
    assert_eq!(closed["before"], true);
}
