//! A made-up council and its files from a seed: for the demo, training, tests
//! and benchmarks.
//!
//! ```text
//! Borough                the council of a seed
//!   council()            its configuration: funds, channels, bank accounts, rules
//!   day(date)            what arrives on a day
//! Day
//!   files                account holders, receipts, settlement, schedules, statements
//!   opening              what the books are taken over with, on the first day
//!   planted              what is wrong on purpose, each with a sentence
//! ```
//!
//! Everything follows from the seed: no clock, no files, no randomness of the
//! machine. The money adds up: each payout, slip, collection and schedule has
//! its bank line, each statement continues the one before, and what does not
//! add up is in [`Day::planted`]. People, firms, streets, postcodes, sort codes
//! and references are invented.
//!
//! ```
//! use ims_synthetic::{Borough, Fault, working_day_after};
//!
//! let mut borough = Borough::new(7, 500);
//! assert!(borough.council().faults().is_empty());
//!
//! let first = borough.day(borough.first_day());
//! assert_eq!(first.files.len(), 11);
//! for kind in Fault::ALL {
//!     assert!(first.planted.iter().any(|planted| planted.kind == kind), "{kind}");
//! }
//!
//! let second = borough.day(working_day_after(first.date));
//! assert!(second.opening.is_empty());
//! ```

mod accounts;
mod agents;
mod borough;
mod calendar;
mod camt053;
mod cards;
mod council;
mod counter;
mod credits;
mod day;
mod direct_debits;
mod holders;
mod housekeeping;
mod income;
mod line;
mod making;
mod mistake;
mod mt940;
mod payer;
mod payers;
mod random;
mod receipts;
mod words;
mod writing;

pub use borough::{Borough, ROWS_MAX, ROWS_MIN};
pub use calendar::working_day_after;
pub use day::{Day, Fault, File, OpeningItem, Planted};
