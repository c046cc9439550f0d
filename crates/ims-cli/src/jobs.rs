//! `ims jobs`: work for later, as the server does it by itself.

use std::time::Duration;

use clap::Subcommand;
use ims_app::Permission;
use ims_ledger::id::JobId;
use serde_json::json;

use crate::{
    Answer, CliError, Desk, Globals,
    answer::counted,
    desk::{instant, minute, needs},
    payment::LineArgs,
};

/// Work for later.
#[derive(Subcommand, Clone, Debug)]
pub enum JobsCommand {
    /// Do the jobs that are due, and go on until stopped
    #[command(after_help = "Example: ims jobs run --once")]
    Run {
        /// Stop when none is due
        #[arg(long)]
        once: bool,
        /// How long to wait when none is due
        #[arg(long, value_name = "SECONDS", default_value_t = 5)]
        interval: u64,
        /// Where the values of secrets are
        #[command(flatten)]
        line: LineArgs,
    },
    /// List the newest jobs
    #[command(after_help = "Example: ims jobs list")]
    List {
        /// How many at most
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: i64,
    },
    /// Let a job that was laid aside be tried again
    #[command(after_help = "Example: ims jobs retry 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b")]
    Retry {
        /// Its id
        #[arg(value_parser = crate::args::id::<JobId>)]
        id: JobId,
    },
}

pub(crate) async fn run(
    command: &JobsCommand,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    match command {
        JobsCommand::Run { once, interval, line } => {
            needs(&books, Permission::Configure, "run jobs")?;
            let worker = format!("cli {}", std::process::id());
            let app = line.given_to(books.app().clone())?;
            let mut done = 0_usize;
            loop {
                let count = app.run_jobs_once(&worker).await?;
                done = done.saturating_add(count);
                if count == 0 && *once {
                    break;
                }
                if count == 0 {
                    tokio::time::sleep(Duration::from_secs((*interval).max(1))).await;
                }
            }
            let sealed = desk.seal(&books).await;
            let words = format!("{} run", counted(done, "job", "jobs"));
            Ok(Answer::of(json!({ "run": done })).say(words).exit(sealed))
        }
        JobsCommand::List { limit } => {
            let jobs = books.jobs(*limit).await?;
            let documents: Vec<_> = jobs
                .iter()
                .map(|job| {
                    json!({
                        "id": job.id, "kind": job.kind, "state": job.state,
                        "attempts": job.attempts, "run_at": instant(job.run_at),
                        "last_error": job.last_error,
                    })
                })
                .collect();
            let answer = Answer::of(json!({ "jobs": documents }));
            if jobs.is_empty() {
                return Ok(answer.say("there is no job"));
            }
            let rows = jobs.into_iter().map(|job| {
                [
                    job.id.to_string(),
                    job.kind,
                    job.state.to_owned(),
                    job.attempts.to_string(),
                    minute(job.run_at),
                    job.last_error.unwrap_or_default(),
                ]
            });
            Ok(answer.table(["job", "kind", "state", ">tries", "not before", "last error"], rows))
        }
        JobsCommand::Retry { id } => {
            books.retry_job(*id).await?;
            let sealed = desk.seal(&books).await;
            Ok(Answer::of(json!({ "id": id })).say(format!("job {id} waits again")).exit(sealed))
        }
    }
}
