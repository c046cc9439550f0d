use std::future::pending;

use tokio::signal::unix::{SignalKind, signal};

/// Waits for the first SIGINT or SIGTERM.
pub(crate) async fn first() {
    let wait = async |kind| match signal(kind) {
        Ok(mut signal) => {
            signal.recv().await;
        }
        Err(error) => {
            tracing::warn!(%error, "a signal cannot be listened for");
            pending::<()>().await;
        }
    };
    tokio::select! {
        () = wait(SignalKind::interrupt()) => {}
        () = wait(SignalKind::terminate()) => {}
    }
    tracing::info!("stopping: what was begun is answered first");
}
