//! What the server says while it works.

use std::io::IsTerminal as _;

/// Begins to write it to standard error: what `IMS_LOG` asks for, as JSON where asked or where
/// nobody reads along.
pub(crate) fn begin(is_json: bool) {
    let filter = tracing_subscriber::EnvFilter::try_from_env("IMS_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if is_json || !std::io::stderr().is_terminal() {
        log.json().flatten_event(true).init();
    } else {
        log.init();
    }
}
