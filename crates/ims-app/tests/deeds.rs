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

#[path = "../../../examples/verify_audit.rs"]
#[allow(dead_code, reason = "its main is the example's")]
mod verify_audit;

mod deeds {
    mod acks;
    mod addresses;
    mod advices;
    mod agreements;
    mod allocations;
    mod asked;
    mod audit;
    mod awaited;
    mod bank_days;
    mod bank_rules;
    mod baskets;
    mod by_hand;
    mod came_before;
    mod card_numbers;
    mod close;
    mod concurrent;
    mod configuration;
    mod control;
    mod corrections;
    mod councils;
    mod due;
    mod ereturns;
    mod exception_money;
    mod exports;
    mod fees;
    mod files;
    mod guard;
    mod holders;
    mod imports;
    mod interleaved;
    mod jobs;
    mod killed;
    mod killed_agreed;
    mod late_payments;
    mod layouts;
    mod likelihoods;
    mod limits;
    mod links;
    mod losses;
    mod matrix;
    mod messages;
    mod model;
    mod moved_as;
    mod moved_later;
    mod moves_admitted;
    mod no_rate;
    mod opening;
    mod overpaid_back;
    mod own_rules;
    mod paid_out_once;
    mod payer_accounts;
    mod payment_keys;
    mod payments;
    mod payouts;
    mod people;
    mod placed;
    mod processors;
    mod processors_strangers;
    mod raw;
    mod receipt_mail;
    mod reconcile;
    mod redirects;
    mod refund_files;
    mod refund_steps;
    mod refunds;
    mod reopen;
    mod replay;
    mod returns;
    mod reverse;
    mod rules;
    mod said_again;
    mod scopes;
    mod second_person;
    mod sheets;
    mod standing;
    mod statements;
    mod stood;
    mod suggest;
    mod suspense;
    mod suspense_care;
    mod take_plainly;
    mod take_receipt;
    mod take_rules;
    mod tills;
    mod together;
    mod town;
    mod transfers;
    mod transfers_at_once;
    mod transfers_undone;
    mod undo;
    mod unheard;
    mod verify;
    mod waits;
    mod whose;
}
