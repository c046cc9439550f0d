//! Work for later: done by the server and by `ims jobs run`.

use std::fmt;

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use ims_ledger::id::{CouncilId, JobId, PaymentId};
use ims_store::{JobKinds, JobRow, NewJob};
use serde::{Deserialize, Serialize};

use crate::{Actor, App, AppError, Books, Permission, Result, receipt_mail::MAIL_RECEIPT};

/// How long a worker has for the jobs that it took at once before it is taken for dead.
const LEASE_MINUTES: i64 = 10;

/// Jobs a worker takes at once.
const AT_ONCE: i64 = 4;

/// A job that failed so often is laid aside for a person.
const ATTEMPTS_MAX: i64 = 5;

/// The same of what waits for somebody else's server, for a mail server or a payment
/// provider: until the next day.
const LONG_ATTEMPTS_MAX: i64 = 16;

/// What those jobs are called.
const SWEEP_PAYMENTS: &str = "sweep-payments";
const SETTLE_PAYMENTS: &str = "settle-payments";

/// What can be left for later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum JobKind {
    /// Seal what no block has yet.
    Seal,
    /// Explain as many open bank lines as the rules can.
    Reconcile,
    /// Close a day.
    CloseDay {
        /// The day.
        day: NaiveDate,
    },
    /// Check every invariant and the chain; a check that fails fails the job.
    Verify,
    /// Go through what the payment providers have of a day, and forget who meant to
    /// pay and did not.
    SweepPayments {
        /// The day.
        day: NaiveDate,
    },
    /// Ask the payment providers for their payouts and disputes up to a day, and record
    /// them.
    SettlePayments {
        /// The day.
        day: NaiveDate,
    },
    /// Send a payment's receipt to its payer by e-mail, who asked for that.
    MailReceipt {
        /// The payment.
        payment: PaymentId,
    },
}

/// What a job needs that the app has not itself: a line out.
#[async_trait]
pub trait Errands: fmt::Debug + Send + Sync {
    /// Goes through what the council's payment providers have of a day.
    ///
    /// # Errors
    ///
    /// What could not be done, so that the job is tried again.
    async fn sweep_payments(&self, books: &Books, day: NaiveDate) -> Result<()>;

    /// Records what the council's payment providers paid out, and what is disputed
    /// there, up to a day.
    ///
    /// # Errors
    ///
    /// What could not be done, so that the job is tried again.
    async fn settle_payments(&self, books: &Books, day: NaiveDate) -> Result<()>;
}

impl JobKind {
    const fn name(&self) -> &'static str {
        match self {
            Self::Seal => "seal",
            Self::Reconcile => "reconcile",
            Self::CloseDay { .. } => "close-day",
            Self::Verify => "verify",
            Self::SweepPayments { .. } => SWEEP_PAYMENTS,
            Self::SettlePayments { .. } => SETTLE_PAYMENTS,
            Self::MailReceipt { .. } => MAIL_RECEIPT,
        }
    }

    /// What somebody needs to leave it: the system does it, in their name.
    const fn needs(&self) -> Option<Permission> {
        match self {
            Self::Seal => None,
            Self::Reconcile => Some(Permission::Reconcile),
            Self::CloseDay { .. } => Some(Permission::CloseDay),
            Self::Verify => Some(Permission::Audit),
            Self::SweepPayments { .. } | Self::SettlePayments { .. } => Some(Permission::Import),
            Self::MailReceipt { .. } => Some(Permission::TakeCard),
        }
    }
}

/// How often a job of this kind is tried.
fn attempts_max(kind: &str) -> i64 {
    match kind {
        MAIL_RECEIPT | SWEEP_PAYMENTS | SETTLE_PAYMENTS => LONG_ATTEMPTS_MAX,
        _ => ATTEMPTS_MAX,
    }
}

/// A job as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobView {
    /// Its id.
    pub id: JobId,
    /// What is to be done.
    pub kind: String,
    /// `waiting`, `done` or `laid aside`.
    pub state: &'static str,
    /// How often it was tried.
    pub attempts: i64,
    /// Not before.
    pub run_at: DateTime<Utc>,
    /// Why it failed last.
    pub last_error: Option<String>,
}

fn view(row: JobRow) -> JobView {
    let state = match (row.done_at, row.dead_at) {
        (Some(_), _) => "done",
        (None, Some(_)) => "laid aside",
        (None, None) => "waiting",
    };
    JobView {
        id: row.id,
        kind: row.kind,
        state,
        attempts: row.attempts,
        run_at: row.run_at,
        last_error: row.last_error,
    }
}

impl Books {
    /// Leaves a job for later; false when the same one waits already.
    ///
    /// # Errors
    ///
    /// [`AppError::NotAllowed`] for who may not do it at once either.
    pub async fn add_job(&self, job: &JobKind, run_at: DateTime<Utc>) -> Result<bool> {
        if let Some(permission) = job.needs() {
            self.actor().needs(permission)?;
        }
        let payload = serde_json::to_string(job).map_err(|e| AppError::BadInput(e.to_string()))?;
        let new = NewJob {
            id: JobId::new(self.world().id()),
            kind: job.name().to_owned(),
            dedupe_key: Some(payload.clone()),
            payload,
            run_at,
        };
        let mut tx = self.store().begin().await?;
        let is_new = tx.add_job(self.id(), &new, self.world().now()).await?;
        // The system does it, later: here is who asked. (Sealing is nobody's deed.)
        if is_new && job.needs().is_some() {
            let data = serde_json::json!({ "job": job, "run_at": run_at });
            self.note(&mut tx, "add job", &new.id.to_string(), data).await?;
        }
        tx.commit().await?;
        Ok(is_new)
    }

    /// The newest jobs.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn jobs(&self, limit: i64) -> Result<Vec<JobView>> {
        self.actor().needs(Permission::Audit)?;
        let mut tx = self.store().snapshot().await?;
        let rows = tx.jobs(self.id(), limit.clamp(1, crate::ROWS_MAX)).await?;
        Ok(rows.into_iter().map(view).collect())
    }

    /// Lets a job that was laid aside be tried again.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for one that is not laid aside.
    pub async fn retry_job(&self, id: JobId) -> Result<()> {
        self.actor().needs(Permission::Configure)?;
        let mut tx = self.store().begin().await?;
        if !tx.revive_job(self.id(), id, self.world().now()).await? {
            return Err(AppError::NotFound { what: "job laid aside", name: id.to_string() });
        }
        self.note(&mut tx, "retry job", &id.to_string(), serde_json::json!({})).await?;
        tx.commit().await?;
        Ok(())
    }
}

impl App {
    /// Takes a few jobs that are due and does them; gives how many there were.
    /// Several workers on one database never do the same job at once; a job
    /// whose worker died is done again by another. Letters are left to a program
    /// that has a way to send them.
    ///
    /// # Errors
    ///
    /// What the store says; a job that fails is no error but is tried again
    /// later, and laid aside when it keeps failing.
    pub async fn run_jobs_once(&self, worker: &str) -> Result<usize> {
        if !self.sends_mail() {
            return self.run_other_jobs_once(worker).await;
        }
        self.run_once(worker, JobKinds::All).await
    }

    /// The same of letters alone, which may wait long for a mail server that is
    /// silent. None without a way to send them.
    ///
    /// # Errors
    ///
    /// As [`run_jobs_once`](Self::run_jobs_once).
    pub async fn run_letters_once(&self, worker: &str) -> Result<usize> {
        if !self.sends_mail() {
            return Ok(0);
        }
        self.run_once(worker, JobKinds::Only(MAIL_RECEIPT)).await
    }

    /// The same of all jobs but letters.
    ///
    /// # Errors
    ///
    /// As [`run_jobs_once`](Self::run_jobs_once).
    pub async fn run_other_jobs_once(&self, worker: &str) -> Result<usize> {
        self.run_once(worker, JobKinds::AllBut(MAIL_RECEIPT)).await
    }

    async fn run_once(&self, worker: &str, kinds: JobKinds<'_>) -> Result<usize> {
        let now = self.world().now();
        let until = now.checked_add_signed(TimeDelta::minutes(LEASE_MINUTES)).unwrap_or(now);
        let mut tx = self.store().begin().await?;
        let jobs = tx.claim_jobs(worker, until, now, (kinds, AT_ONCE)).await?;
        tx.commit().await?;
        let count = jobs.len();
        for job in jobs {
            let done = self.do_job(&job).await;
            self.settle(&job, worker, done).await?;
        }
        Ok(count)
    }

    async fn do_job(&self, job: &JobRow) -> Result<()> {
        let kind: JobKind = serde_json::from_str(&job.payload)
            .map_err(|error| AppError::BadInput(format!("the job does not read: {error}")))?;
        let books = self.books_by_id(job.council).await?;
        match kind {
            JobKind::Seal => {
                books.seal().await?;
            }
            JobKind::Reconcile => {
                books.reconcile().await?;
            }
            JobKind::CloseDay { day } => {
                books.close_day(day).await?;
            }
            JobKind::Verify => {
                let verified = books.verify(None).await?;
                if let Some(check) = verified.checks.iter().find(|check| !check.ok) {
                    let detail = check.detail.as_deref().unwrap_or_default();
                    return Err(AppError::Refused(format!("not so: {} ({detail})", check.name)));
                }
            }
            JobKind::SweepPayments { day } => {
                books.forget_payers().await?;
                self.line_out()?.sweep_payments(&books, day).await?;
            }
            JobKind::SettlePayments { day } => {
                self.line_out()?.settle_payments(&books, day).await?;
            }
            JobKind::MailReceipt { payment } => books.mail_receipt(payment).await?,
        }
        Ok(())
    }

    fn line_out(&self) -> Result<&dyn Errands> {
        let nobody = "this program has no way to payment providers; a server has";
        self.errands().ok_or_else(|| AppError::Refused(nobody.to_owned()))
    }

    async fn books_by_id(&self, council: CouncilId) -> Result<Books> {
        let councils = self.councils().await?;
        let code = councils.into_iter().find(|row| row.id == council).map(|row| row.code);
        let absent = || AppError::NotFound { what: "council", name: council.get().to_string() };
        self.books(Some(&code.ok_or_else(absent)?), Actor::system("jobs").with_origin("job")).await
    }

    /// Done; or again in a while, longer each time; or laid aside.
    async fn settle(&self, job: &JobRow, worker: &str, done: Result<()>) -> Result<()> {
        let now = self.world().now();
        let is_last = job.attempts >= attempts_max(&job.kind);
        let given_up = match (&done, serde_json::from_str(&job.payload)) {
            (Err(error), Ok(JobKind::MailReceipt { payment })) if is_last => {
                Some((self.books_by_id(job.council).await?, payment, error.to_string()))
            }
            _ => None,
        };
        let mut tx = self.store().begin().await?;
        match done {
            Ok(()) => {
                tx.finish_job(job.council, job.id, worker, now).await?;
            }
            Err(error) if is_last => {
                let why = error.to_string();
                let is_ours = tx.lay_job_aside(job.council, job.id, worker, now, &why).await?;
                if let Some((books, payment, why)) = given_up.filter(|_| is_ours) {
                    books.give_up_mail(&mut tx, payment, &why).await?;
                }
            }
            Err(error) => {
                let pause = TimeDelta::seconds(30).checked_mul(1 << job.attempts.clamp(0, 8));
                let at = pause.and_then(|pause| now.checked_add_signed(pause)).unwrap_or(now);
                tx.retry_job(job.council, job.id, worker, at, &error.to_string()).await?;
            }
        }
        tx.commit().await?;
        Ok(())
    }
}
