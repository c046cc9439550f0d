use std::time::Duration;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use ims_app::{Actor, App, JobKind, Result};
use ims_gateway::{GatewayError, Gateways};
use ims_ledger::london_end;
use tokio::sync::watch;

/// How long a worker rests when nothing was due, or the database was away.
const REST: Duration = Duration::from_secs(5);

/// How often it is looked whether payments are due.
const LOOK: Duration = Duration::from_secs(60);

/// How long after midnight in London a day's payments are gone through.
const AFTER_MIDNIGHT: TimeDelta = TimeDelta::hours(3);

/// Does jobs that are due until `stop` is done; those in hand are finished
/// first. Letters are done beside the others, which do not wait for a mail server
/// that is silent. Several servers on one database share them safely.
pub async fn run_jobs(app: &App, stop: impl Future<Output = ()>) {
    let worker = format!("server-{}", app.world().id());
    let (stopped, is_stopped) = watch::channel(false);
    let stopping = async {
        stop.await;
        stopped.send_replace(true);
    };
    let letters = until_stopped(is_stopped.clone(), || app.run_letters_once(&worker));
    let others = until_stopped(is_stopped, || app.run_other_jobs_once(&worker));
    tokio::join!(stopping, letters, others);
}

async fn until_stopped<Fut>(mut is_stopped: watch::Receiver<bool>, once: impl Fn() -> Fut)
where
    Fut: Future<Output = Result<usize>>,
{
    loop {
        let count = once().await.unwrap_or_else(|error| {
            tracing::warn!(%error, "jobs could not be run");
            0
        });
        let rest = if count == 0 { REST } else { Duration::ZERO };
        tokio::select! {
            _ = is_stopped.wait_for(|it| *it) => return,
            () = tokio::time::sleep(rest) => {}
        }
    }
}

/// Asks about payments that are due, each minute until `stop` is done, and leaves
/// the night's sweep, and the payouts' and disputes', as jobs. Several servers on one database share both: a
/// payment is asked about by who takes it up first, a job is done once.
pub async fn watch_payments(app: &App, gateways: &Gateways, stop: impl Future<Output = ()>) {
    let mut stop = std::pin::pin!(stop);
    loop {
        watch_once(app, gateways).await;
        tokio::select! {
            () = &mut stop => return,
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

async fn watch_once(app: &App, gateways: &Gateways) {
    let councils = app.councils().await.unwrap_or_else(|error| {
        tracing::warn!(%error, "payments could not be asked about");
        Vec::new()
    });
    for council in councils {
        // What is wrong with one council is no other's loss.
        if let Err(error) = watch_council(app, gateways, &council.code).await {
            let council = council.code;
            tracing::warn!(council, %error, "payments could not be asked about");
        }
    }
}

async fn watch_council(app: &App, gateways: &Gateways, code: &str) -> Result<(), GatewayError> {
    let actor = Actor::system("payments").with_origin("job");
    let books = app.books(Some(code), actor).await?;
    if books.settings().await?.council.provider.is_empty() {
        return Ok(());
    }
    // Said all day long, it waits once: it is not due before the next.
    if let Some((day, at)) = next_sweep(app.world().today()) {
        books.add_job(&JobKind::SweepPayments { day }, at).await?;
        books.add_job(&JobKind::SettlePayments { day }, at).await?;
    }
    for (what, why) in gateways.poll(&books).await?.failed {
        tracing::warn!(council = code, what, why, "payments could not be asked about");
    }
    Ok(())
}

/// The day to be gone through next, and when: today, in the night.
fn next_sweep(today: NaiveDate) -> Option<(NaiveDate, DateTime<Utc>)> {
    today.checked_add_days(Days::new(1))?;
    Some((today, london_end(today)?.checked_add_signed(AFTER_MIDNIGHT)?))
}
