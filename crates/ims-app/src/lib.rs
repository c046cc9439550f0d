//! What a council does with its income, one deed a file.

mod allocate_suspense;
mod books;
mod close_day;
pub mod configuration;
mod error;
mod import_file;
mod jobs;
mod look;
mod make_export;
mod open_books;
mod people;
mod posting;
mod reconcile_bank;
mod reverse_import;
mod seal_books;
mod undo_match;
mod verify;
mod who;
mod world;

pub use allocate_suspense::{Allocated, NewAllocation};
pub use books::{App, Books, Settings};
pub use close_day::Certificate;
pub use error::{AppError, Result};
pub use import_file::{ImportSummary, Imported, NewFile};
pub use jobs::{JobKind, JobView};
pub use look::{BankStatus, Dashboard, Explained, Explanation, ROWS_MAX};
pub use make_export::{ExportKind, Exported};
pub use open_books::OpeningItem;
pub use people::{NewPerson, PASSWORD_LENGTH_MIN, PersonView, Session, SignedIn};
pub use reconcile_bank::{LeftLine, Reconciled};
pub use reverse_import::Reversed;
pub use verify::{Check, Verified};
pub use who::{Actor, Permission, Role};
pub use world::{Clock, Random, World};

// What lists and pages show.
pub use ims_store::{
    CouncilRow, FundTotal, ImportRow, MatchRow, OpenLine, OpenSuspense, PairRow, Quarantined,
    ReceiptLineRow, ReceiptRow, ReceiptView, SearchReceipts, StatementRow, Store, StoreError,
};
