//! What a payment provider is: requests and replies as plain values, the life of
//! a payment, a sandbox, and the conformance suite every provider must pass.
//!
//! ```text
//! Order              what is asked of a provider: an amount, under a key
//! Provider           makes a Request, reads a Reply
//!   Abilities        what only some can do, a trait each: Notices,
//!                    KeyedNotices, Refunds, Captures, Cancels, Searches, Settlements, Disputes, Agreements
//!   Sandbox          the first one: the amount decides what happens
//! NextStep           what the payer does: redirect, form, terminal, a secret
//! Said → Event       what a provider says, and that it is about our order
//! Status             the life of a payment as one table; RefundState of a refund,
//!                    DisputeState of a dispute
//! Delivery → Verified  what was sent to us, and that its signature agreed
//! MacKey, Proof      the one place where signatures are compared
//! Hint               what a payer's browser brought back: no more than that
//! conformance        what a provider's adapter must keep (feature `conformance`)
//! Secret, Hidden     what is never printed
//! ```
//!
//! Nothing here opens a connection. A provider makes a request and reads a
//! reply; whoever has a network carries both. So a recorded request and reply
//! are the whole test of a provider. No answer at all is not an error but an
//! [`Event::silent`]: the payment may well exist.
//!
//! A payment from its order to the money:
//!
//! ```
//! use chrono::{TimeZone, Utc};
//! use ims_money::Pence;
//! use ims_pay::{Ask, NextStep, Order, Provider, Sandbox, Secret, Status};
//!
//! let now = Utc.with_ymd_and_hms(2026, 4, 1, 9, 0, 0).single().ok_or("a real time")?;
//! let sandbox = Sandbox::new(Secret::new("test-key"));
//! let order = Order::of("pay-1", Pence::new(12_050), "Council tax", "https://council.example/back")?;
//!
//! // The request goes out; here the sandbox answers it itself.
//! let Ask::Send(request) = sandbox.ask(&order, now)? else { return Err("nothing to send".into()) };
//! let reply = sandbox.serve(&request, now).ok_or("no answer")?;
//! let status = Status::Created.after(sandbox.asked(&reply)?.of(&order, now)?)?;
//! let Status::Started { next: Some(NextStep::Redirect { url }), .. } = &status else {
//!     return Err("not started".into());
//! };
//! assert!(url.starts_with("https://"));
//!
//! // The payer comes back, and the provider is asked what became of it.
//! let reply = sandbox.serve(&sandbox.look(&order, status.provider_ref(), now)?, now).ok_or("no answer")?;
//! let status = status.after(sandbox.looked(&reply)?.of(&order, now)?)?;
//! let Status::Captured(taken) = status else { return Err("not paid".into()) };
//! assert_eq!((taken.amount(), taken.at()), (Pence::new(12_050), now));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! *Invariant:* an answer for another amount, currency or payment is an error,
//! never an event: only [`Said::of`] makes an [`Event`], and it compares.
//! *Invariant:* only a [`Verified`] notice can be acted on, and only a MAC that
//! agreed makes one. *Invariant:* what a provider cannot do, it does not claim.
//! *Invariant:* what looks like a card number is refused in what is asked and
//! masked or refused in what is answered.
#![warn(clippy::as_conversions, clippy::arithmetic_side_effects, clippy::wildcard_enum_match_arm)]
#![cfg_attr(test, allow(clippy::arithmetic_side_effects, clippy::as_conversions))]

mod ability;
#[cfg(feature = "conformance")]
pub mod conformance;
mod dispute;
mod exchange;
pub mod form;
mod mac;
mod notice;
mod order;
mod patience;
mod provider;
mod refund;
mod said;
mod sandbox;
mod secret;
mod status;
mod step;

pub use ability::{
    Abilities, AgreementState, Agreements, AskedTwice, Cancels, Captures, Disputes, Heeded,
    KeyedNotices, Names, NewAgreement, Notices, Page, PayoutPiece, Refunds, SaidAgreement,
    Searches, Settled, Settlements, Span, left_of,
};
pub use dispute::{DisputeOutOfTurn, DisputeState, SaidDispute};
pub use exchange::{
    BODY_BYTES_MAX, Body, Delivery, Header, Method, Reply, Request, is_safe_address,
};
/// The life of a refund, from the ledger that posts its steps.
pub use ims_ledger::{RefundEvent, RefundState};
pub use mac::{MacKey, Proof, same_digest};
pub use notice::{Hint, News, NotVerified, Seems, Tidings, Verified};
pub use order::{
    Agreeing, BadOrder, Channel, ITEMS_MAX, Item, KEY_LENGTH_MAX, Language, Order, Payer, Take,
};
pub use patience::wait_seconds;
pub use provider::{Provider, ProviderError};
pub use refund::{BadRefund, RefundOrder, RefundSaying, SaidRefund};
pub use said::{Again, CardShown, Event, Heard, Paying, STERLING, Said, Saying, Taken};
pub use sandbox::Sandbox;
pub use secret::{Hidden, Secret};
pub use status::{BadStatus, OutOfTurn, Status, StatusName};
pub use step::{Ask, NextStep};

/// Whether there is something in the text that looks like a card number: in a
/// range that schemes issue, of a length that goes with it, with a right check
/// digit, alone or in groups.
///
/// ```
/// assert!(ims_pay::looks_like_a_card("paid with 4111 1111 1111 1111"));
/// assert!(!ims_pay::looks_like_a_card("80012345"));
/// ```
#[must_use]
pub fn looks_like_a_card(text: &str) -> bool {
    ims_ledger::card_number::masked(text).is_some()
}
