//! The `ims` command line as values: arguments, commands, printing.
//!
//! ```text
//! program()            the process: its arguments, streams and clock
//!   run(args, desk)    from arguments to an exit code, without a process
//!     Cli              what was asked: Globals and a Command
//!     one file a noun  import, reconcile, suspense, day …: a deed of the app each
//!     Answer           one JSON document, and words and tables for people
//!   Exit               0 done, 1 see to it, 2 unusable, 3 refused, 4 unreachable
//! ```
//!
//! Nothing is decided here: a command parses, calls one deed of `ims-app`,
//! seals what was written, and prints. Everything a command touches is on its
//! [`Desk`], so that a test needs no process:
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! use ims_cli::{Desk, Exit};
//!
//! let (mut out, mut err) = (Vec::new(), Vec::new());
//! let mut desk = Desk {
//!     world: ims_edge::world(),
//!     input: &mut std::io::empty(),
//!     out: &mut out,
//!     err: &mut err,
//!     is_watched: false,
//! };
//! let exit = ims_cli::run(["ims", "--data", "mysql:x", "verify"], &mut desk).await;
//! assert_eq!(exit, Exit::Unusable);
//! assert!(String::from_utf8_lossy(&err).starts_with("ims: `mysql:x` is not a database"));
//! # }
//! ```

mod account;
mod agreement;
mod answer;
mod approval;
mod args;
mod audit;
mod backup;
mod bank;
pub mod columns;
mod config;
mod control;
mod day;
pub mod demo;
mod desk;
mod difference;
mod dispute;
mod ereturn;
mod error;
mod export;
mod holder;
mod import;
mod init;
pub mod inspect;
mod jobs;
pub mod layout;
mod link;
pub mod match_files;
mod opening;
mod parts;
mod payment;
mod period;
mod program;
mod receipt;
mod reconcile;
mod reference;
mod refund;
mod returned;
mod role;
mod run;
mod source;
mod suspense;
mod till;
mod transfer;
mod user;
mod verify;
mod watch;

pub use answer::Answer;
pub use args::{Cli, Command, FileCommand, Globals};
pub use desk::Desk;
pub use error::{CliError, Exit};
pub use program::program;
pub use run::run;
