//! Reads and writes what banks, agents and finance systems exchange with a
//! council.
//!
//! A file is first recognised by its beginning ([`recognise`]), then read by
//! its [`Format`]: what it says comes one [`Record`] at a time, as the plain
//! types of `ims-ledger`, and what only the whole file shows (its faults, its
//! totals) in a closing [`Verdict`]. No fault hides the rows after it, each has
//! its line, and nothing is ever guessed: a day that does not exist is an
//! error, never moved; an amount that does not read is an error, never nought.
//!
//! ```
//! use ims_files::{Contents, Head, recognise};
//!
//! let file: &[u8] = b":20:A\n:25:20000012345678\n:28C:1/1\n:60F:C260401GBP10,00\n\
//!     :61:2604010401C120,50NTRF80012345//B1\n:86:FPI SMITH J\n:62F:C260401GBP130,50\n-\n";
//!
//! let format = recognise(&Head { bytes: file, file_name: "april.sta" })?;
//! assert_eq!(format.name(), "mt940");
//!
//! let mut contents = Contents::default();
//! let verdict = format.read(&mut &file[..], &mut |record| contents.take(record));
//! assert!(verdict.is_read_whole());
//!
//! let statement = &contents.statements[0];
//! assert_eq!(statement.head.sort_code.as_deref(), Some("200000"));
//! assert_eq!(statement.lines[0].amount.to_string(), "120.50");
//! assert_eq!(statement.balanced(), Some(true));
//! # Ok::<(), ims_files::Unrecognised>(())
//! ```
//!
//! Whether a file with faults may be posted is not decided here. Importing
//! streams; [`Contents`] gathers a whole file, for looking at it.
//!
//! Files for finance and host systems are written by a [`layout`], which is data;
//! so are many of the files that are read.
//! Columns of a spreadsheet that nobody agreed on are looked for by [`sheet`].
//! Whatever the format, card numbers are masked on the way out ([`Guarded`]).
//! [`fingerprint`] knows files and rows again, [`band`] says what is unusual.
//!
//! Readers take any [`BufRead`](std::io::BufRead): no files are opened here, no
//! clock is read. Input is hostile until read: every size is bounded
//! ([`LINE_BYTES_MAX`] and its neighbours), no input makes a reader panic or
//! run on for ever, and XML with a document type is refused.
//!
//! Each format has a page under `docs/formats`, and golden files under
//! `tests/golden`.
#![warn(clippy::as_conversions, clippy::wildcard_enum_match_arm)]

mod accounts;
mod amounts;
pub mod bacs;
mod bai2;
pub mod band;
mod bankline;
mod camt053;
mod caps;
mod columns;
mod contents;
mod continuity;
mod dates;
mod dwp;
pub mod fingerprint;
mod format;
mod guard;
mod holders_csv;
mod json;
pub mod layout;
mod limits;
mod lines;
mod mt940;
mod ofx;
mod out;
mod postings_csv;
mod qif;
mod receipts_csv;
mod recognise;
mod record;
mod rows;
mod schedule_csv;
mod settle;
mod settlement_csv;
pub mod sheet;
mod strange;
mod ukbank;
mod verdict;
mod xlsx;
mod xml;

pub use contents::{Contents, LeftOut, Schedule, Settlement, Statement};
pub use continuity::{Continuity, Why};
pub use format::{Confidence, Format, Head};
pub use guard::{Guarded, masked, masked_file, masked_over_lines};
pub use limits::*;
pub use postings_csv::add_up;
pub use recognise::{Unrecognised, by_name, formats, recognise, recognise_among};
pub use record::Record;
pub use strange::Strange;
pub use verdict::{Fault, Severity, Totals, Verdict};
