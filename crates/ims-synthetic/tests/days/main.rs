//! Days of the made-up council, read back by the readers that councils use.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod bytes;
mod faults;
mod money;
mod reading;
mod references;
