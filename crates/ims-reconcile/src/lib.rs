//! Pairs what the bank says with what was expected, one to one, one to many, many to one, and
//! says why.
//!
//! It is handed [`Expected`] rows and [`BankLine`]s and knows nothing else: no file, no
//! database, no clock. [`reconcile`] tries the [`Rules`] one after the other, strict ones
//! first; what one has matched the next does not see.
//!
//! ```
//! use chrono::NaiveDate;
//! use ims_money::Pence;
//! use ims_reconcile::{BankLine, Expected, Rules, reconcile};
//!
//! let day = |day| NaiveDate::from_ymd_opt(2026, 4, day).unwrap_or_default();
//! let rent = Expected {
//!     id: 1,
//!     date: day(1),
//!     amount: Pence::new(9_550),
//!     reference: "R123456789",
//!     merchant: "",
//!     batch: "",
//! };
//! let credit = BankLine {
//!     id: 1,
//!     date: day(3),
//!     amount: Pence::new(9_550),
//!     reference: "r1234 56789",
//!     narrative: "",
//!     kind: "",
//! };
//!
//! let rules = Rules::default();
//! let outcome = reconcile(&[rent], &[credit], &rules);
//! let found = &outcome.matches[0];
//! assert_eq!((&*found.bank, &*found.expected), (&[0][..], &[0][..]));
//! assert_eq!(
//!     rules.reason(found, &[rent], &[credit]),
//!     "reference R123456789 and amount 95.50 agree, paid 2 days later"
//! );
//! ```
//!
//! # What it promises
//!
//! - Every item comes back once: in one [`Match`], or left over. Never both, never twice.
//! - The lines and the rows of a match have the same total, to the penny; a fee kept back is
//!   stated.
//! - The outcome does not depend on the order of the items. Twins, which say exactly the same,
//!   are told apart by the caller's `id`.
//! - Nothing is matched on amount alone, and nothing is guessed: where there are several
//!   candidates, a person gets an [`Ambiguity`] with all of them.
//! - A bank line given twice is matched once; the other is reported as a duplicate.
//! - Each match names its rule, and the rule gives its reason in a sentence.
//!
//! # Where there are too many rows to hand over
//!
//! A [`Search`] says which rows it wants to see for some bank lines, by text and by amount and
//! day, and comes to the same matches as if it had seen them all.
//!
//! # What it does not know
//!
//! How any council, bank or provider writes its references: it finds the references, batches
//! and merchants of the rows it was handed as whole words in what a line says. The rules, with
//! their windows and sentences, are data: see [`rules`].

mod engine;
mod item;
mod outcome;
pub mod rules;
#[cfg(test)]
mod sample;
mod search;
pub mod three_way;

pub use engine::{reconcile, reconcile_on};
pub use item::{BankLine, Expected};
pub use outcome::{Ambiguity, Items, Match, Outcome, Proposal, Why};
pub use rules::{RuleId, Rules};
pub use search::{AmountOn, Search, Wanted, plain};
