//! What the compiler does not check of the workspace: its layers, its shape,
//! and the habits that keep it readable.
//!
//! Each test gathers every fault before it fails, so that one run tells all.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

#[path = "tidy/engines.rs"]
mod engines;
#[path = "tidy/fronts.rs"]
mod fronts;
#[path = "tidy/layers.rs"]
mod layers;
#[path = "tidy/links.rs"]
mod links;
#[path = "tidy/locks.rs"]
mod locks;
#[path = "tidy/manifest.rs"]
mod manifest;
#[path = "tidy/migrations.rs"]
mod migrations;
#[path = "tidy/money.rs"]
mod money;
#[path = "tidy/named.rs"]
mod named;
#[path = "tidy/packages.rs"]
mod packages;
#[path = "tidy/repository.rs"]
mod repository;
#[path = "tidy/shape.rs"]
mod shape;
#[path = "tidy/signatures.rs"]
mod signatures;
#[path = "tidy/sources.rs"]
mod sources;

/// Fails with all of `faults`, one a line, unless there are none.
#[track_caller]
fn assert_none(faults: &[String]) {
    assert!(faults.is_empty(), "{} faults\n  {}\n", faults.len(), faults.join("\n  "));
}
