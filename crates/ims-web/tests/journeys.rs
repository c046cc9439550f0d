//! The three faces as their users meet them: a real server on a loopback port,
//! over a real database of each engine, and once in a real browser.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    unreachable_pub,
    reason = "tests"
)]

#[path = "journeys/api.rs"]
mod api;
#[path = "journeys/browser.rs"]
mod browser;
#[path = "journeys/client.rs"]
mod client;
#[path = "journeys/council.rs"]
mod council;
#[path = "journeys/faults.rs"]
mod faults;
#[path = "journeys/log.rs"]
mod log;
#[path = "journeys/office.rs"]
mod office;
#[path = "journeys/signing_in.rs"]
mod signing_in;
