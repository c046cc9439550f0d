//! Pairs what the bank says with what was expected, one to one, one to many, many to one, and says why.

mod engine;
mod item;
mod outcome;
pub mod rules;

pub use engine::reconcile;
pub use item::{BankLine, Expected};
pub use outcome::{Ambiguity, Items, Match, Outcome, Proposal, Why};
pub use rules::{RuleId, Rules};

