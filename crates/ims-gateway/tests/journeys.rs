//! Whole payments through a stub of GOV.UK Pay, on both engines.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests"
)]

#[path = "journeys/adapters.rs"]
mod adapters;
#[path = "journeys/adyen_notices.rs"]
mod adyen_notices;
#[path = "journeys/agreeing.rs"]
mod agreeing;
#[path = "journeys/banking.rs"]
mod banking;
#[path = "journeys/carrier.rs"]
mod carrier;
#[path = "journeys/fault_run.rs"]
mod fault_run;
#[path = "journeys/notify.rs"]
mod notify;
#[path = "journeys/opayo.rs"]
mod opayo;
#[path = "journeys/opayo_at_once.rs"]
mod opayo_at_once;
#[path = "journeys/os_places.rs"]
mod os_places;
#[path = "journeys/paying.rs"]
mod paying;
#[path = "journeys/refunding.rs"]
mod refunding;
#[path = "journeys/refunds_again.rs"]
mod refunds_again;
#[path = "journeys/refunds_unseen.rs"]
mod refunds_unseen;
#[path = "journeys/settling.rs"]
mod settling;
#[path = "journeys/stripe_payouts.rs"]
mod stripe_payouts;
#[path = "journeys/sweeping.rs"]
mod sweeping;
#[path = "journeys/town.rs"]
mod town;
