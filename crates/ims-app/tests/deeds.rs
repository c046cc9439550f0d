//! What each deed of a council promises, the same on every engine.
//!
//! Each promise is written once and run on SQLite and on PostgreSQL; unless a
//! test is about books that were tampered with, it ends with books that prove
//! themselves.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod deeds {
    mod bank_rules;
    mod close;
    mod concurrent;
    mod councils;
    mod exports;
    mod fees;
    mod files;
    mod holders;
    mod imports;
    mod jobs;
    mod matrix;
    mod people;
    mod placed;
    mod raw;
    mod reconcile;
    mod redirects;
    mod reverse;
    mod statements;
    mod suspense;
    mod take_receipt;
    mod take_rules;
    mod town;
    mod undo;
    mod verify;
}
