//! The program as a process: exit codes, streams, and what survives `kill -9`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

#[path = "process/codes.rs"]
mod codes;
#[path = "process/killed.rs"]
mod killed;
#[path = "process/place.rs"]
mod place;
#[path = "process/together.rs"]
mod together;
