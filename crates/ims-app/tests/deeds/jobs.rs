//! Work for later is done once, tried again when it fails, and laid aside when
//! it keeps failing.

use chrono::TimeDelta;
use ims_app::JobKind;
use ims_testkit::on_both;

use super::{
    files::{one_receipt, statement},
    raw::tamper,
    town::{Town, april, server},
};

on_both! {
    async fn a_job_is_done_once(url: &str) {
        let town = Town::of(url).await;
        town.took("s1.sta", &statement(1, 900, 20, &[(-150, "CHARGES")])).await;
        let now = town.app.world().now();
        assert!(town.books.add_job(&JobKind::Reconcile, now).await.unwrap());
        assert!(!town.books.add_job(&JobKind::Reconcile, now).await.unwrap());
        assert_eq!(town.app.run_jobs_once("one").await.unwrap(), 1);
        assert_eq!(town.app.run_jobs_once("one").await.unwrap(), 0);
        assert_eq!(town.at("fees:bank").await, 150);
        let jobs = town.books.jobs(10).await.unwrap();
        assert_eq!((jobs.len(), jobs[0].state, jobs[0].attempts), (1, "done", 1));
        town.proved().await;
    }

    async fn a_job_waits_for_its_time(url: &str) {
        let town = Town::of(url).await;
        let later = town.app.world().now() + TimeDelta::minutes(5);
        town.books.add_job(&JobKind::Seal, later).await.unwrap();
        assert_eq!(town.app.run_jobs_once("one").await.unwrap(), 0);
        town.clock.forward(TimeDelta::minutes(5));
        assert_eq!(town.app.run_jobs_once("one").await.unwrap(), 1);
        assert_eq!(town.books.verify(None).await.unwrap().unsealed, 0);
        town.proved().await;
    }

    async fn two_workers_never_take_the_same_job(url: &str) {
        let town = Town::of(url).await;
        let now = town.app.world().now();
        for job in [JobKind::Seal, JobKind::Reconcile, JobKind::Verify] {
            town.books.add_job(&job, now).await.unwrap();
        }
        let other = server(url, &town.clock, 7).await;
        let (one, two) = tokio::join!(town.app.run_jobs_once("one"), other.run_jobs_once("two"));
        assert_eq!(one.unwrap() + two.unwrap(), 3);
        for job in town.books.jobs(10).await.unwrap() {
            assert_eq!((job.state, job.attempts), ("done", 1), "{job:?}");
        }
        town.proved().await;
    }

    /// A day that has not come cannot be closed: the job fails until it has.
    async fn a_job_that_fails_is_tried_again_later(url: &str) {
        let town = Town::of(url).await;
        let now = town.app.world().now();
        town.books.add_job(&JobKind::CloseDay { day: april(21) }, now).await.unwrap();
        assert_eq!(town.app.run_jobs_once("one").await.unwrap(), 1);
        assert_eq!(town.app.run_jobs_once("one").await.unwrap(), 0);
        let job = town.books.jobs(1).await.unwrap().remove(0);
        assert_eq!((job.state, job.attempts), ("waiting", 1));
        assert!(job.run_at > now);
        assert!(job.last_error.unwrap().contains("today is 2026-04-20"));
        town.clock.to_april(21);
        assert_eq!(town.app.run_jobs_once("one").await.unwrap(), 1);
        assert_eq!(town.books.closed_days(1).await.unwrap()[0].day, april(21));
        town.proved().await;
    }

    async fn a_job_that_keeps_failing_is_laid_aside_and_revived(url: &str) {
        let town = Town::of(url).await;
        let now = town.app.world().now();
        town.books.add_job(&JobKind::CloseDay { day: april(28) }, now).await.unwrap();
        let mut tried = 0;
        for _ in 0..10 {
            tried += town.app.run_jobs_once("one").await.unwrap();
            town.clock.forward(TimeDelta::hours(3));
        }
        assert_eq!(tried, 5);
        let job = town.books.jobs(1).await.unwrap().remove(0);
        assert_eq!((job.state, job.attempts), ("laid aside", 5));
        town.clock.to_april(28);
        assert_eq!(town.app.run_jobs_once("one").await.unwrap(), 0);
        town.books.retry_job(job.id).await.unwrap();
        assert_eq!(town.app.run_jobs_once("one").await.unwrap(), 1);
        assert_eq!(town.books.closed_days(1).await.unwrap()[0].day, april(28));
        assert!(town.books.retry_job(job.id).await.unwrap_err().is_bad_input());
        town.proved().await;
    }

    async fn books_that_do_not_prove_themselves_fail_the_job(url: &str) {
        let town = Town::of(url).await;
        town.took("monday.csv", &one_receipt()).await;
        tamper(url, "UPDATE posting SET amount_pence = 12051 WHERE account = 'fund:CT'");
        town.books.add_job(&JobKind::Verify, town.app.world().now()).await.unwrap();
        town.app.run_jobs_once("one").await.unwrap();
        let job = town.books.jobs(1).await.unwrap().remove(0);
        assert_eq!(job.state, "waiting");
        assert!(job.last_error.unwrap().starts_with("not so: every entry balances"));
    }
}
