//! Work that keeps a processor busy for long.

use tokio::{
    runtime::{Handle, RuntimeFlavor},
    task::block_in_place,
};

/// Does it here; where other tasks wait for this thread, another takes them on. For work that
/// borrows what it works on: what can be sent elsewhere goes to `spawn_blocking`.
pub(crate) fn long<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => block_in_place(work),
        _ => work(),
    }
}
