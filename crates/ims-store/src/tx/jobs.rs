//! Work for later: leased, retried, laid aside when it keeps failing.

use chrono::{DateTime, Utc};
use ims_ledger::id::{CouncilId, JobId};

use super::Tx;
use crate::{
    Result,
    arg::args,
    row::Row,
    sql::{Sql, statements},
};

statements! {
    ADD_JOB = Sql::both(
        "INSERT INTO job (council_id, job_id, kind, payload, dedupe_key, run_at, attempts, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, 0, $7)
         ON CONFLICT (council_id, kind, dedupe_key) WHERE done_at IS NULL AND dead_at IS NULL AND dedupe_key IS NOT NULL DO NOTHING");
    CLAIM_JOBS = Sql::each(
        "UPDATE job SET leased_by = $1, leased_until = $2, attempts = attempts + 1
         WHERE (council_id, job_id) IN (SELECT council_id, job_id FROM job
            WHERE done_at IS NULL AND dead_at IS NULL AND run_at <= $3 AND (leased_until IS NULL OR leased_until < $3)
                AND ($5 = '' OR kind = $5) AND kind <> $6
            ORDER BY run_at, job_id LIMIT $4)
         RETURNING council_id, job_id, kind, payload, attempts, run_at, done_at, dead_at, last_error",
        "WITH ready AS MATERIALIZED (SELECT council_id, job_id FROM job
            WHERE done_at IS NULL AND dead_at IS NULL AND run_at <= $3 AND (leased_until IS NULL OR leased_until < $3)
                AND ($5 = '' OR kind = $5) AND kind <> $6
            ORDER BY run_at, job_id LIMIT $4 FOR UPDATE SKIP LOCKED)
         UPDATE job SET leased_by = $1, leased_until = $2, attempts = attempts + 1
         WHERE (council_id, job_id) IN (SELECT council_id, job_id FROM ready)
         RETURNING council_id, job_id, kind, payload, attempts, run_at, done_at, dead_at, last_error");
    FINISH_JOB = Sql::both(
        "UPDATE job SET done_at = $3, leased_by = NULL, leased_until = NULL, last_error = NULL
         WHERE council_id = $1 AND job_id = $2 AND leased_by = $4 AND done_at IS NULL");
    RETRY_LATER = Sql::both(
        "UPDATE job SET run_at = $3, leased_by = NULL, leased_until = NULL, last_error = $4
         WHERE council_id = $1 AND job_id = $2 AND leased_by = $5 AND done_at IS NULL");
    LAY_ASIDE = Sql::both(
        "UPDATE job SET dead_at = $3, leased_by = NULL, leased_until = NULL, last_error = $4
         WHERE council_id = $1 AND job_id = $2 AND leased_by = $5 AND done_at IS NULL");
    REVIVE = Sql::both(
        "UPDATE job SET dead_at = NULL, attempts = 0, run_at = $3 WHERE council_id = $1 AND job_id = $2 AND dead_at IS NOT NULL");
    JOBS = Sql::both(
        "SELECT council_id, job_id, kind, payload, attempts, run_at, done_at, dead_at, last_error FROM job
         WHERE council_id = $1 ORDER BY job_id DESC LIMIT $2");
}

/// A job to be done.
#[derive(Clone, Debug)]
pub struct NewJob {
    /// Its id.
    pub id: JobId,
    /// What is to be done.
    pub kind: String,
    /// With what, as JSON.
    pub payload: String,
    /// While a job of this kind and key waits, another is not added.
    pub dedupe_key: Option<String>,
    /// Not before.
    pub run_at: DateTime<Utc>,
}

/// Which kinds of jobs a worker takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobKinds<'a> {
    /// Whatever there is.
    All,
    /// Those of one kind.
    Only(&'a str),
    /// Those of every other kind.
    AllBut(&'a str),
}

/// A job as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobRow {
    /// Whose.
    pub council: CouncilId,
    /// Its id.
    pub id: JobId,
    /// What is to be done.
    pub kind: String,
    /// With what, as JSON.
    pub payload: String,
    /// How often it was tried, this time included.
    pub attempts: i64,
    /// Not before.
    pub run_at: DateTime<Utc>,
    /// When it was done.
    pub done_at: Option<DateTime<Utc>>,
    /// When it was laid aside.
    pub dead_at: Option<DateTime<Utc>>,
    /// Why it failed last.
    pub last_error: Option<String>,
}

fn job(row: Row) -> Result<JobRow> {
    Ok(JobRow {
        council: CouncilId::new(row.int(0)?),
        id: row.id(1, JobId::new)?,
        kind: row.text(2)?,
        payload: row.text(3)?,
        attempts: row.int(4)?,
        run_at: row.time(5)?,
        done_at: row.opt_time(6)?,
        dead_at: row.opt_time(7)?,
        last_error: row.opt_text(8)?,
    })
}

impl Tx {
    /// Adds a job; false when one with its key waits already.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`](crate::StoreError::Duplicate) for an id that was used before.
    pub async fn add_job(
        &mut self,
        council: CouncilId,
        new: &NewJob,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let args = args![
            council,
            new.id,
            &new.kind,
            &new.payload,
            new.dedupe_key.clone(),
            new.run_at,
            now
        ];
        Ok(self.execute(ADD_JOB, args).await? == 1)
    }

    /// Leases up to `limit` jobs of these kinds to `worker` until `until`. A job whose lease
    /// has run out may be leased again: its worker is taken for dead.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn claim_jobs(
        &mut self,
        worker: &str,
        until: DateTime<Utc>,
        now: DateTime<Utc>,
        (kinds, limit): (JobKinds<'_>, i64),
    ) -> Result<Vec<JobRow>> {
        let (only, but) = match kinds {
            JobKinds::All => ("", ""),
            JobKinds::Only(kind) => (kind, ""),
            JobKinds::AllBut(kind) => ("", kind),
        };
        let args = args![worker, until, now, limit, only, but];
        let mut jobs = self.all(CLAIM_JOBS, args, job).await?;
        jobs.sort_by_key(|job| (job.run_at, job.id));
        Ok(jobs)
    }

    /// The job is done. False when the lease was lost in the meantime.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn finish_job(
        &mut self,
        council: CouncilId,
        id: JobId,
        worker: &str,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        Ok(self.execute(FINISH_JOB, args![council, id, now, worker]).await? == 1)
    }

    /// The job failed and is tried again at `at`.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn retry_job(
        &mut self,
        council: CouncilId,
        id: JobId,
        worker: &str,
        at: DateTime<Utc>,
        why: &str,
    ) -> Result<bool> {
        Ok(self.execute(RETRY_LATER, args![council, id, at, why, worker]).await? == 1)
    }

    /// The job has failed too often and is laid aside for a person.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn lay_job_aside(
        &mut self,
        council: CouncilId,
        id: JobId,
        worker: &str,
        now: DateTime<Utc>,
        why: &str,
    ) -> Result<bool> {
        Ok(self.execute(LAY_ASIDE, args![council, id, now, why, worker]).await? == 1)
    }

    /// A person lets a job that was laid aside be tried again.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`](crate::StoreError::Duplicate) when another with its key waits.
    pub async fn revive_job(
        &mut self,
        council: CouncilId,
        id: JobId,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        Ok(self.execute(REVIVE, args![council, id, now]).await? == 1)
    }

    /// The newest jobs.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn jobs(&mut self, council: CouncilId, limit: i64) -> Result<Vec<JobRow>> {
        self.all(JOBS, args![council, limit], job).await
    }
}
