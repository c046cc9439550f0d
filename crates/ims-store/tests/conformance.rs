//! What a store promises, the same on every engine.
//!
//! Each promise is written once and run on SQLite and on PostgreSQL.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod conformance {
    mod agreements;
    mod append;
    mod append_only;
    mod approvals;
    mod bank_days;
    mod baskets;
    mod behind;
    mod books;
    mod chain;
    mod check;
    mod checked;
    mod councils;
    mod ereturns;
    mod errors;
    mod expected;
    mod files;
    mod holders;
    mod jobs;
    mod line_payers;
    mod line_uses;
    mod made;
    mod notice_keys;
    mod paging;
    mod payment_links;
    mod payments;
    mod people;
    mod provider_through;
    mod raw;
    mod receipt_mails;
    mod refunds;
    mod replay;
    mod schema;
    mod standing;
    mod statements;
    mod suspense;
    mod tills;
    mod totals;
    mod transfers;
    mod units;
    mod values;
}
