//! Adapters to payment providers, one module and one feature each.
//!
//! ```text
//! Adyen           Pay by Link, Sessions
//! Capita          Capita Pay360's Secure Common Payments, simple interface
//! Civica          Civica Pay (unverified)
//! Fuse            Smartpay Fuse, which is Cybersource: Secure Acceptance and REST
//! GovUkPay        GOV.UK Pay: everything it has but card numbers
//! OpenBanking     pay by bank, after the public specification (unverified)
//! Opayo           Opayo Server, once Sage Pay
//! Storm           telephone payments, the money by Cybersource (unverified)
//! Stripe          Checkout, Payment Intents
//! WorldpayGateway, AccessWorldpay
//!                 Worldpay's XML gateway, and its newer hosted pages
//! ```
//!
//! An adapter makes a request out of an order and reads what a reply says. It opens
//! no connection, keeps nothing, and reads no clock, so that recorded requests and
//! replies are its whole test: each passes the conformance suite of `ims-pay`
//! ([`ims_pay`]'s feature `conformance`) against exchanges whose source the test
//! names. What each can do and what that rests on is in `docs/providers`.
//!
//! The one thing that differs between two adapters is how their provider writes;
//! whoever uses one cannot tell which it is:
//!
//! ```
//! use chrono::{DateTime, Utc};
//! use ims_money::Pence;
//! use ims_pay::{Ask, Event, Order, Provider, Reply, Request, Sandbox, Secret, Status};
//!
//! /// Asks for a payment, with whatever carries requests and replies.
//! fn start(
//!     provider: &dyn Provider,
//!     order: &Order,
//!     now: DateTime<Utc>,
//!     send: impl Fn(&Request) -> Option<Reply>,
//! ) -> Result<Status, Box<dyn std::error::Error>> {
//!     let event = match provider.ask(order, now)? {
//!         Ask::Send(request) => match send(&request) {
//!             Some(reply) => provider.asked(&reply)?.of(order, now)?,
//!             // It may have been heard all the same.
//!             None => Event::silent(),
//!         },
//!         Ask::Hand(next) => Event::handed(order, next),
//!     };
//!     Ok(Status::Created.after(event)?)
//! }
//!
//! let now = DateTime::UNIX_EPOCH;
//! let sandbox = Sandbox::new(Secret::new("test-key"));
//! let send = |request: &Request| sandbox.serve(request, now);
//! let back = "https://council.example/back";
//!
//! let order = Order::of("pay-1", Pence::new(4_500), "Parking", back)?;
//! assert_eq!(start(&sandbox, &order, now, send)?.to_string(), "started");
//!
//! // An amount that ends in seven pence gets no answer.
//! let order = Order::of("pay-2", Pence::new(4_507), "Parking", back)?;
//! assert_eq!(start(&sandbox, &order, now, send)?.to_string(), "unknown");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![warn(clippy::as_conversions, clippy::arithmetic_side_effects)]

#[cfg(feature = "adyen")]
mod adyen;
#[cfg(feature = "capita")]
mod capita;
#[cfg(feature = "civica")]
mod civica;
#[cfg(feature = "fuse")]
mod fuse;
#[cfg(feature = "govuk-pay")]
mod govuk_pay;
#[cfg(any(
    feature = "adyen",
    feature = "fuse",
    feature = "govuk-pay",
    feature = "open-banking",
    feature = "stripe",
    feature = "worldpay"
))]
mod json;
#[cfg(feature = "opayo")]
mod opayo;
#[cfg(feature = "open-banking")]
mod open_banking;
#[cfg(feature = "storm")]
pub mod storm;
#[cfg(feature = "stripe")]
mod stripe;
#[cfg(feature = "worldpay")]
mod worldpay;
#[cfg(any(feature = "capita", feature = "civica", feature = "worldpay"))]
mod xml;

#[cfg(feature = "adyen")]
pub use adyen::Adyen;
#[cfg(feature = "capita")]
pub use capita::Capita;
#[cfg(feature = "civica")]
pub use civica::Civica;
#[cfg(feature = "fuse")]
pub use fuse::{Fuse, Profile};
#[cfg(feature = "govuk-pay")]
pub use govuk_pay::GovUkPay;
#[cfg(feature = "opayo")]
pub use opayo::Opayo;
#[cfg(feature = "open-banking")]
pub use open_banking::{Creditor, OpenBanking};
#[cfg(feature = "stripe")]
pub use stripe::Stripe;
#[cfg(feature = "worldpay")]
pub use worldpay::{AccessWorldpay, WorldpayGateway};

/// That a provider takes no such payment, and why.
fn cannot<T>(why: &str) -> Result<T, ims_pay::ProviderError> {
    Err(ims_pay::ProviderError::CannotAsk(why.to_owned()))
}
