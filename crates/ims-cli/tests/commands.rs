//! The commands, without a process: transcripts of what a person sees, and what
//! has to hold whatever is printed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

#[path = "commands/agreements.rs"]
mod agreements;
#[path = "commands/backups.rs"]
mod backups;
#[path = "commands/documents.rs"]
mod documents;
#[path = "commands/jobs.rs"]
mod jobs;
#[path = "commands/links.rs"]
mod links;
#[path = "commands/payments.rs"]
mod payments;
#[path = "commands/suggest.rs"]
mod suggest;
#[path = "commands/town.rs"]
mod town;
#[path = "commands/transcripts.rs"]
mod transcripts;
#[path = "commands/watching.rs"]
mod watching;
