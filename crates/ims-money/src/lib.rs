//! Exact sterling.
//!
//! [`Pence`] is the one amount type of the workspace: a signed whole number of
//! pence. It adds, it compares, it prints; it never rounds. Rounding happens in
//! [`vat`], where the rule has a name ([`Rounding`]), and a total is divided
//! without making or losing a penny by [`share`].
//!
//! ```
//! use ims_money::{Pence, Rounding, share, vat};
//!
//! let bill: Pence = "120.50".parse()?;
//! assert_eq!(bill.checked_sub(Pence::new(2_050)), Some(Pence::new(10_000)));
//! assert_eq!(bill.to_string(), "120.50");
//!
//! // A fifth on top is a sixth of the whole.
//! let standard = vat::BasisPoints::new(2_000).ok_or("a rate of at most 100%")?;
//! let held = vat::held_in_gross(Pence::new(12_000), standard, Rounding::HalfEven);
//! assert_eq!(held, Some(Pence::new(2_000)));
//!
//! // Three people share a pound.
//! let thirds = share(Pence::new(100), &[1, 1, 1]);
//! assert_eq!(thirds, Some(vec![Pence::new(34), Pence::new(33), Pence::new(33)]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![warn(clippy::as_conversions, clippy::arithmetic_side_effects, clippy::wildcard_enum_match_arm)]
#![cfg_attr(test, allow(clippy::arithmetic_side_effects, clippy::as_conversions))]

mod amount;
mod pence;
mod rounding;
mod share;
pub mod vat;

pub use amount::Amount;
pub use pence::{ParsePenceError, Pence};
pub use rounding::Rounding;
pub use share::share;
