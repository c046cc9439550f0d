//! Work for later: leased once, taken back from the dead, laid aside.

use std::collections::HashSet;

use ims_store::{JobKinds, JobRow, NewJob, StoreError};
use ims_testkit::on_both;

use super::made::{self, at, job};

on_both! {
    /// However many workers, each job is one's alone.
    async fn each_job_is_claimed_once(url: &str) {
        let (store, council) = made::store(url).await;
        let mut tx = store.begin().await.unwrap();
        for _ in 0..60 {
            assert!(tx.add_job(council, &job("seal", None), at(0)).await.unwrap());
        }
        tx.commit().await.unwrap();
        let workers: Vec<_> = (0..6)
            .map(|worker| {
                let store = store.clone();
                tokio::spawn(async move {
                    let (name, mut mine) = (format!("worker {worker}"), Vec::new());
                    loop {
                        let mut tx = store.begin().await.unwrap();
                        let jobs = tx.claim_jobs(&name, at(60), at(1), (JobKinds::All, 7)).await.unwrap();
                        tx.commit().await.unwrap();
                        if jobs.is_empty() {
                            return mine;
                        }
                        assert!(jobs.len() <= 7 && jobs.iter().all(|it| it.attempts == 1));
                        mine.extend(jobs.into_iter().map(|it| it.id));
                    }
                })
            })
            .collect();
        let mut claimed = Vec::new();
        for worker in workers {
            claimed.extend(worker.await.unwrap());
        }
        assert_eq!(claimed.len(), 60);
        assert_eq!(claimed.iter().collect::<HashSet<_>>().len(), 60);
    }

    async fn jobs_are_claimed_when_due_the_first_first(url: &str) {
        let (store, council) = made::store(url).await;
        let due = [30, 10, 20, 40].map(|seconds| NewJob { run_at: at(seconds), ..job("x", None) });
        let mut tx = store.begin().await.unwrap();
        for new in &due {
            tx.add_job(council, new, at(0)).await.unwrap();
        }
        assert_eq!(tx.claim_jobs("w", at(99), at(9), (JobKinds::All, 9)).await.unwrap(), []);
        let first = tx.claim_jobs("w", at(99), at(30), (JobKinds::All, 2)).await.unwrap();
        assert_eq!(first.iter().map(|it| it.id).collect::<Vec<_>>(), [due[1].id, due[2].id]);
        let rest = tx.claim_jobs("w", at(99), at(30), (JobKinds::All, 9)).await.unwrap();
        assert_eq!(rest.iter().map(|it| it.id).collect::<Vec<_>>(), [due[0].id]);
    }

    /// A worker leaves what it cannot do, though it is due before the rest.
    async fn a_worker_takes_the_kinds_it_can_do(url: &str) {
        let (store, council) = made::store(url).await;
        let mut tx = store.begin().await.unwrap();
        for (kind, due) in [("letter", 1), ("seal", 2), ("letter", 3), ("verify", 4)] {
            let new = NewJob { run_at: at(due), ..job(kind, None) };
            tx.add_job(council, &new, at(0)).await.unwrap();
        }
        for (kinds, limit, taken) in [
            (JobKinds::AllBut("letter"), 1, vec!["seal"]),
            (JobKinds::Only("letter"), 1, vec!["letter"]),
            (JobKinds::Only("seal"), 9, vec![]),
            (JobKinds::All, 9, vec!["letter", "verify"]),
        ] {
            let jobs = tx.claim_jobs("w", at(99), at(9), (kinds, limit)).await.unwrap();
            let jobs: Vec<_> = jobs.iter().map(|job| job.kind.as_str()).collect();
            assert_eq!(jobs, taken, "{kinds:?}");
        }
    }

    /// A worker that died is passed over; if it comes back, it has lost the job.
    async fn a_lease_that_ran_out_is_taken_over(url: &str) {
        let (store, council) = made::store(url).await;
        let new = job("x", None);
        let mut tx = store.begin().await.unwrap();
        tx.add_job(council, &new, at(0)).await.unwrap();
        assert_eq!(tx.claim_jobs("dead", at(60), at(0), (JobKinds::All, 9)).await.unwrap().len(), 1);
        assert_eq!(tx.claim_jobs("heir", at(99), at(60), (JobKinds::All, 9)).await.unwrap(), [], "it still runs");
        let taken = tx.claim_jobs("heir", at(120), at(61), (JobKinds::All, 9)).await.unwrap();
        assert_eq!(taken.iter().map(|it| (it.id, it.attempts)).collect::<Vec<_>>(), [(new.id, 2)]);
        assert!(!tx.finish_job(council, new.id, "dead", at(62)).await.unwrap());
        assert!(!tx.retry_job(council, new.id, "dead", at(62), "slow").await.unwrap());
        assert!(!tx.lay_job_aside(council, new.id, "dead", at(62), "slow").await.unwrap());
        assert!(tx.finish_job(council, new.id, "heir", at(63)).await.unwrap());
        assert!(!tx.finish_job(council, new.id, "heir", at(64)).await.unwrap(), "done once");
        assert_eq!(tx.jobs(council, 9).await.unwrap()[0].done_at, Some(at(63)));
        assert_eq!(tx.claim_jobs("heir", at(999), at(900), (JobKinds::All, 9)).await.unwrap(), []);
    }

    async fn a_failed_job_is_tried_again_laid_aside_and_revived(url: &str) {
        let (store, council) = made::store(url).await;
        let new = job("x", None);
        let mut tx = store.begin().await.unwrap();
        tx.add_job(council, &new, at(0)).await.unwrap();
        tx.claim_jobs("w", at(60), at(0), (JobKinds::All, 9)).await.unwrap();
        assert!(tx.retry_job(council, new.id, "w", at(30), "no answer").await.unwrap());
        assert_eq!(tx.claim_jobs("w", at(60), at(29), (JobKinds::All, 9)).await.unwrap(), []);
        let again = tx.claim_jobs("w", at(60), at(30), (JobKinds::All, 9)).await.unwrap();
        let mut expected = JobRow {
            council,
            id: new.id,
            kind: "x".to_owned(),
            payload: "{}".to_owned(),
            attempts: 2,
            run_at: at(30),
            done_at: None,
            dead_at: None,
            last_error: Some("no answer".to_owned()),
        };
        assert_eq!(again, [expected.clone()]);
        assert!(!tx.revive_job(council, new.id, at(31)).await.unwrap(), "it is not laid aside");
        assert!(tx.lay_job_aside(council, new.id, "w", at(31), "still none").await.unwrap());
        assert_eq!(tx.claim_jobs("w", at(999), at(900), (JobKinds::All, 9)).await.unwrap(), []);
        expected.dead_at = Some(at(31));
        expected.last_error = Some("still none".to_owned());
        assert_eq!(tx.jobs(council, 9).await.unwrap(), [expected]);
        assert!(tx.revive_job(council, new.id, at(40)).await.unwrap());
        let revived = tx.claim_jobs("w", at(60), at(40), (JobKinds::All, 9)).await.unwrap();
        assert_eq!(revived.iter().map(|it| (it.id, it.attempts)).collect::<Vec<_>>(), [(new.id, 1)]);
    }

    async fn while_one_waits_another_of_its_key_is_not_added(url: &str) {
        let (store, council) = made::store(url).await;
        let keyed = || job("seal", Some("once"));
        let first = keyed();
        let mut tx = store.begin().await.unwrap();
        let other = tx.add_council("TWO", "Two", at(0)).await.unwrap().id;
        assert!(tx.add_job(council, &first, at(0)).await.unwrap());
        assert!(!tx.add_job(council, &keyed(), at(0)).await.unwrap());
        assert!(tx.add_job(council, &job("other", Some("once")), at(0)).await.unwrap());
        assert!(tx.add_job(council, &job("seal", None), at(0)).await.unwrap());
        assert!(tx.add_job(other, &keyed(), at(0)).await.unwrap());
        tx.claim_jobs("w", at(60), at(0), (JobKinds::All, 9)).await.unwrap();
        assert!(!tx.add_job(council, &keyed(), at(0)).await.unwrap(), "it is being done");
        assert!(tx.lay_job_aside(council, first.id, "w", at(1), "no").await.unwrap());
        assert!(tx.add_job(council, &keyed(), at(2)).await.unwrap(), "the first waits no more");
        tx.commit().await.unwrap();

        let mut tx = store.begin().await.unwrap();
        let refused = tx.revive_job(council, first.id, at(3)).await.unwrap_err();
        assert!(matches!(&refused, StoreError::Duplicate(name) if name == "job_dedupe"), "{refused:?}");
        drop(tx);
        let mut tx = store.begin().await.unwrap();
        let same_id = NewJob { dedupe_key: None, ..first };
        let refused = tx.add_job(council, &same_id, at(3)).await.unwrap_err();
        assert!(matches!(&refused, StoreError::Duplicate(name) if name == "job_pkey"), "{refused:?}");
    }
}
