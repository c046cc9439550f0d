//! Reads and writes what banks, agents and finance systems exchange with a council; layouts described as data; every fault has its line.
#![warn(clippy::as_conversions, clippy::wildcard_enum_match_arm)]

mod accounts;
mod allpay;
mod amounts;
mod bai2;
mod camt053;
mod columns;
mod contents;
mod dates;
mod format;
mod holders_csv;
pub mod layout;
mod limits;
mod lines;
mod mt940;
mod out;
mod receipts_csv;
mod recognise;
mod record;
mod rows;
mod schedule_csv;
mod settlement_csv;
mod strange;
mod ukbank;
mod verdict;
mod xml;

pub use contents::{Contents, Schedule, Settlement, Statement};
pub use format::{Confidence, Format, Head};
pub use limits::*;
pub use recognise::{Unrecognised, by_name, formats, recognise};
pub use record::Record;
pub use strange::Strange;
pub use verdict::{Fault, Severity, Totals, Verdict};
