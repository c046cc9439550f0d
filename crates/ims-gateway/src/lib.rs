//! A council's accounts at payment providers, and the one place that carries
//! requests to them.
//!
//! ```text
//! Gateways           what an installation has: a line out, and the values of secrets
//!   pay              a basket is started, asked for, and recorded
//!   look, returned   the payer is back: what became of it is asked and recorded
//!   notice           a provider says something unasked; only what is signed counts
//!   brought          the payer's browser carries what the provider signed
//!   cancel           called off, if the provider will
//!   agree, pay_under a payer agrees, and money is taken again without them
//!   refund           money goes back through the provider that took it
//!   poll             every open payment whose time has come
//!   sweep            all a provider has of some days, held against what we have
//!   settle           what a provider paid out, and what is disputed there
//! Notify             letters, by GOV.UK Notify
//! OsPlaces           addresses of a postcode, by Ordnance Survey
//! Carrier            requests over TLS, with time limits and bounded answers
//! ```
//!
//! The accounts stand in the council's configuration (`[[provider]]`). It names
//! their secrets; [`Secrets`] knows the values, which are in no database and in
//! no document. An adapter makes requests and reads replies, `ims-app` records
//! what they say, and what is between the two is here.
//!
//! No answer is never taken for a "no": such a payment is unknown, is asked for
//! again under its own key, and is looked at until the provider has said.
//!
//! Where the installation allows it (`ims-server --demo`), an account of kind
//! `sandbox` needs neither a network nor a page to pay on: the payer is sent
//! straight back, and the pence of the amount decide what became of the payment
//! ([`Sandbox`](ims_pay::Sandbox)). Elsewhere such an account is refused, since
//! it takes no money.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Arc;
//!
//! use ims_app::{Actor, App, NewPayment, PaymentLine, configuration};
//! use ims_gateway::{AskFor, Carrier, Gateways};
//! use ims_ledger::Through;
//! use ims_money::Pence;
//! use ims_pay::{NextStep, Secret};
//!
//! # let folder = tempfile::tempdir()?;
//! # let url = format!("sqlite:{}", folder.path().join("ims.db").display());
//! # let app = App::new(ims_app::Store::open(&url).await?, ims_edge::world());
//! let document = configuration::defaults("ANY", "Anyborough Council")? + r#"
//!     [[fund]]
//!     code = "CT"
//!     name = "Council tax"
//!     [[provider]]
//!     name = "demo"
//!     kind = "sandbox"
//!     methods = ["10"]
//!     secrets = { key = "demo-key" }
//! "#;
//! let books = app.init(&document, Actor::system("example")).await?;
//!
//! // What the secrets are is known to the program alone.
//! let secrets = |name: &str| (name == "demo-key").then(|| Secret::new("a demo's"));
//! let gateways = Gateways::new(Carrier::new()?, Arc::new(secrets)).with_sandbox();
//!
//! let basket = NewPayment {
//!     provider: "demo".to_owned(),
//!     method: "10".to_owned(),
//!     through: Through::Portal,
//!     lines: vec![PaymentLine {
//!         fund: "CT".to_owned(),
//!         reference: "80012345".to_owned(),
//!         amount: Pence::new(12_050),
//!         vat_code: None,
//!     }],
//!     payer: None,
//!     mail: None,
//!     links: Vec::new(),
//!     asked_with: String::new(),
//!     key: Some("basket 1".to_owned()),
//! };
//! let back = "https://pay.example.gov.uk/back/1";
//! let paying = gateways.pay(&books, &basket, &AskFor::new("Council tax", back)).await?;
//! assert_eq!(paying.next, Some(NextStep::redirect(back)));
//!
//! // The payer is back. What became of it, the provider says.
//! let view = gateways.look(&books, paying.view.payment.id).await?;
//! assert_eq!(view.payment.status, "captured");
//! assert!(view.receipt.is_some());
//! # Ok(())
//! # }
//! ```
//!
//! *Invariant:* what a browser brings back, or an unsigned notice says, is a
//! reason to look and nothing else. *Invariant:* whatever is heard of a payment
//! goes through `record_payment`. *Invariant:* a request is only ever sent over
//! TLS, or to this machine, and is never sent on to where an answer points.

mod account;
mod agreements;
mod carrier;
mod error;
mod exchange;
mod gateways;
mod made_here;
mod notice;
mod notify;
mod os_places;
mod patience;
mod pay;
mod poll;
mod refund;
mod settle;
mod sweep;

pub use account::{KINDS, Told};
pub use carrier::{Carrier, CarrierError};
pub use error::{GatewayError, Result};
pub use gateways::{Gateways, Secrets};
pub use notice::Noticed;
pub use notify::Notify;
pub use os_places::OsPlaces;
pub use patience::Patience;
pub use pay::{AskFor, Paying};
pub use poll::Polled;
pub use settle::PaidOut;
pub use sweep::Swept;
