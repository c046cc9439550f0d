//! What tests share: fresh databases of both engines, sample files, a browser.
//!
//! A test of anything that stores is written once and run on both engines:
//!
//! ```
//! ims_testkit::on_both! {
//!     /// What is written is read again.
//!     async fn a_new_database_is_empty(url: &str) {
//!         assert!(url.starts_with("sqlite:") || url.starts_with("postgres:"));
//!     }
//! }
//! # fn main() {}
//! ```
//!
//! makes the two tests `a_new_database_is_empty::sqlite` and
//! `a_new_database_is_empty::postgres`, each with a new, empty database that is
//! removed when the test ends. Where a macro does not fit, [`Engine::fresh`]
//! gives the same by hand:
//!
//! ```
//! use ims_testkit::Engine;
//!
//! let fresh = Engine::Sqlite.fresh();
//! assert!(fresh.url.starts_with("sqlite:"));
//! ```
//!
//! - [`dirty`]: a ledger and a bank statement with known answers, for reconciliation.
//! - [`engine`]: which engines there are, and a fresh database of each.
//! - [`pg`]: a throw-away PostgreSQL, that of `tests/run` or one of our own.
//! - `govuk_pay` (feature `govuk-pay`): a stub of GOV.UK Pay, with a card page.
//! - `mail` (feature `mail`): a mail server that keeps what it is given, and a stub of
//!   GOV.UK Notify.
//! - `places` (feature `places`): a stub of the OS Places API.
//! - [`samples`]: the optional folder of real files.
//! - `browser` (feature `browser`): headless Chromium and the accessibility check.
//!
//! *Invariant:* nothing here skips. What is missing on the machine fails the
//! test in one sentence that says what to install. Only the sample files are
//! optional, and their absence is printed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, and so does what serves tests"
)]

mod at_end;
#[cfg(feature = "browser")]
pub mod browser;
pub mod dirty;
pub mod engine;
#[cfg(feature = "govuk-pay")]
pub mod govuk_pay;
#[cfg(feature = "mail")]
pub mod mail;
mod on_both;
pub mod pg;
#[cfg(feature = "places")]
pub mod places;
mod samples;
mod scratch;
#[cfg(any(feature = "govuk-pay", feature = "mail", feature = "places"))]
mod serving;

pub use engine::{Engine, Fresh, both};
pub use samples::samples;
