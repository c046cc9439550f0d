//! What a payment provider is: requests and replies as plain values, the life
//! of a payment, and a sandbox.
//!
//! ```text
//! Order              what is asked of a provider: an amount, under a key
//! Provider           makes a Request, reads a Reply, checks a notice
//!   Sandbox          the first one: the amount decides what happens
//! Status, Event      the life of a payment as one table
//! Verified           a notice whose signature was checked
//! Secret             a key that is never printed
//! ```
//!
//! Nothing here opens a connection. A provider makes a request and reads a
//! reply; whoever has a network carries both. So a recorded request and reply
//! are the whole test of a provider. No answer at all is not an error but an
//! [`Event::Silent`]: the payment may well exist.
//!
//! A payment from its order to the money:
//!
//! ```
//! use chrono::{TimeZone, Utc};
//! use ims_money::Pence;
//! use ims_pay::{Order, Provider, Sandbox, Secret, Status};
//!
//! let now = Utc.with_ymd_and_hms(2026, 4, 1, 9, 0, 0).single().ok_or("a real time")?;
//! let sandbox = Sandbox::new(Secret::new("test-key"));
//! let order = Order::of("pay-1", Pence::new(12_050), "Council tax", "https://council.example/back")?;
//!
//! // The request goes out; here the sandbox answers it itself.
//! let reply = sandbox.serve(&sandbox.ask(&order), now).ok_or("no answer")?;
//! let status = Status::Created.after(sandbox.asked(&order, &reply)?)?;
//! let Status::Started { provider_ref, next_url } = &status else { return Err("not started".into()) };
//! assert!(next_url.starts_with("https://"));
//!
//! // The payer comes back, and the provider is asked what became of it.
//! let reply = sandbox.serve(&sandbox.look(provider_ref), now).ok_or("no answer")?;
//! let status = status.after(sandbox.looked(&order, &reply)?)?;
//! assert_eq!(status, Status::Captured { provider_ref: "sbx-12050-pay-1".to_owned(), at: now });
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! *Invariant:* an answer for another amount or another payment is an error,
//! never an event. *Invariant:* only a [`Verified`] notice can be acted on.
//! *Invariant:* what a provider cannot do, it does not claim: there are no
//! default methods. Card numbers have no type here, because they never come in.
#![warn(clippy::as_conversions, clippy::arithmetic_side_effects, clippy::wildcard_enum_match_arm)]

mod exchange;
mod notice;
mod order;
mod provider;
mod sandbox;
mod secret;
mod status;

pub use exchange::{Body, Header, Method, Reply, Request};
pub use notice::{Verified, hmac_sha256};
pub use order::{BadOrder, KEY_LENGTH_MAX, Order};
pub use provider::{Provider, ProviderError};
pub use sandbox::Sandbox;
pub use secret::Secret;
pub use status::{Event, OutOfTurn, Status};
