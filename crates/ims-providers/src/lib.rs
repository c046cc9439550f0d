//! Adapters to payment providers, one module and one feature each.
//!
//! **There are none yet.** Adapters to GOV.UK Pay, Stripe, Adyen, Worldpay,
//! Smartpay Fuse and Capita come later; until then no payment is taken online.
//! What `ims-app` will hold is any [`Provider`], and the one there is today is
//! the [`Sandbox`], which has no network and takes no money.
//!
//! An adapter will look like the sandbox: it makes a request out of an order,
//! and an event out of a reply. It opens no connection, keeps nothing, and
//! reads no clock, so that recorded requests and replies are its whole test.
//! The one thing that differs between two adapters is how their provider
//! writes; whoever uses one cannot tell which it is:
//!
//! ```
//! use chrono::DateTime;
//! use ims_money::Pence;
//! use ims_providers::{Event, Order, Provider, Reply, Request, Sandbox, Secret, Status};
//!
//! /// Asks for a payment, with whatever carries requests and replies.
//! fn start(
//!     provider: &dyn Provider,
//!     order: &Order,
//!     send: impl Fn(&Request) -> Option<Reply>,
//! ) -> Result<Status, Box<dyn std::error::Error>> {
//!     let event = match send(&provider.ask(order)) {
//!         Some(reply) => provider.asked(order, &reply)?,
//!         // It may have been heard all the same.
//!         None => Event::Silent,
//!     };
//!     Ok(Status::Created.after(event)?)
//! }
//!
//! let sandbox = Sandbox::new(Secret::new("test-key"));
//! let send = |request: &Request| sandbox.serve(request, DateTime::UNIX_EPOCH);
//! let back = "https://council.example/back";
//!
//! let order = Order::of("pay-1", Pence::new(4_500), "Parking", back)?;
//! assert_eq!(start(&sandbox, &order, send)?.name(), "started");
//!
//! // An amount that ends in seven pence gets no answer.
//! let order = Order::of("pay-2", Pence::new(4_507), "Parking", back)?;
//! assert_eq!(start(&sandbox, &order, send)?.name(), "unknown");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub use ims_pay::{
    Body, Event, Header, Method, Order, OutOfTurn, Provider, ProviderError, Reply, Request,
    Sandbox, Secret, Status, Verified,
};
