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

mod journeys {
    mod api;
    mod api_agreements;
    mod api_payments;
    mod api_tills;
    mod bank_days;
    mod borough;
    mod browser;
    mod client;
    mod council;
    mod counter;
    mod counter_browser;
    mod counter_card;
    mod counter_lift;
    mod counter_phone;
    mod counter_vat;
    mod exceptions;
    mod faults;
    mod log;
    mod office;
    mod payouts;
    mod portal;
    mod portal_address;
    mod portal_browser;
    mod portal_forms;
    mod portal_host;
    mod portal_link;
    mod portal_mail;
    mod portal_pays;
    mod portal_quality;
    mod portal_weight;
    mod signing_in;
    mod standing;
    mod suspense_returns;
    mod webhooks;
}
