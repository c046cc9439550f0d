use std::time::Duration;

use ims_app::App;

/// How long a worker rests when nothing was due, or the database was away.
const REST: Duration = Duration::from_secs(5);

/// Does jobs that are due until `stop` is done; the one in hand is finished
/// first. Several servers on one database share them safely.
pub async fn run_jobs(app: &App, stop: impl Future<Output = ()>) {
    let worker = format!("server-{}", app.world().id());
    let mut stop = std::pin::pin!(stop);
    loop {
        let count = app.run_jobs_once(&worker).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "jobs could not be run");
            0
        });
        let rest = if count == 0 { REST } else { Duration::ZERO };
        tokio::select! {
            () = &mut stop => return,
            () = tokio::time::sleep(rest) => {}
        }
    }
}
