//! The income ledger's books on disk.
//!
//! One [`Store`] over SQLite (one file, one machine) or PostgreSQL (many
//! servers), and one [`Tx`]: all that is done through it lasts together, or not
//! at all. Every statement is written once where both databases allow it, and
//! one suite of tests runs on both.
//!
//! The books only grow. An entry that is posted is never updated and never
//! deleted; the database itself refuses it. What changes (which bank lines are
//! still open, what is left of a suspense item) is kept in small working
//! tables beside the books, and `verify` compares them with what the books add
//! up to.
//!
//! A unit of work of which one step failed, or was given up half-way, cannot be
//! committed on either engine. A rule that was broken has the same name on both
//! (`StoreError::Duplicate("entry_once")`). Times are whole microseconds, texts
//! sort by their bytes. On PostgreSQL the tables are the login's, and the work
//! is done as the role `ims_runtime`, which may only read the books and add to
//! them. `docs/data-model.md` tells what is in which table.
//!
//! Who builds this crate in a workspace of their own, with SQLite, does well to
//! set `LIBSQLITE3_FLAGS` as our `.cargo/config.toml` does: without it the
//! connections share one pool of pages and one lock, and large books are slow.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use ims_store::Store;
//!
//! # let folder = tempfile::tempdir()?;
//! # let file = folder.path().join("ims.db");
//! let store = Store::open(&format!("sqlite:{}", file.display())).await?;
//! let mut tx = store.begin().await?;
//! let council = tx.add_council("ANY", "Anyborough", chrono::DateTime::UNIX_EPOCH).await?;
//! tx.commit().await?;
//!
//! let mut tx = store.snapshot().await?;
//! assert_eq!(tx.councils().await?, [council]);
//! # Ok(())
//! # }
//! ```

mod addition;
mod arg;
mod batch;
mod engine;
mod error;
#[cfg(feature = "faults")]
mod faults;
mod guard;
mod migrations;
#[cfg(feature = "postgres")]
mod postgres;
mod queue;
mod row;
mod sql;
#[cfg(feature = "sqlite")]
mod sqlite;
mod store;
mod tx;

pub use addition::Addition;
pub use error::{Result, StoreError};
#[cfg(feature = "faults")]
pub use faults::{Crash, Faults};
pub use store::Store;
pub use tx::{
    AccountStood, AccountTotal, AckRow, AfterReceipt, AgreementPayments, AgreementRow,
    AgreementStepRow, AllocationRow, ApprovalRow, ArrivalRow, AskedFor, AskedKey, AuditRow,
    AuditedEntry, AwaitedRow, Balances, BankDayLine, BankDayRow, BasketRow, BlockRow, BookedRow,
    CameLine, CashLine, ClaimRow, ConfigurationRow, ControlRow, CouncilRow, DayCloseRow,
    DayReopenRow, DayTotals, DecisionRow, DeedKeyRow, Difference, DisputeEndRow, DisputeRow,
    EReturnApprovalRow, EReturnNoteRow, EReturnRow, EReturnStepRow, EReturnVersionRow,
    EarlierPrints, EntryFault, EntryRow, ExpectedKey, ExpectedRow, ExportRow, ExportState,
    FileWordRow, FindEvents, FindPayments, FindReceipts, FoundSuspense, FundDay, FundTotal,
    GivenBackRow, GrantRow, HolderChangeRow, HolderRow, ImportRow, ItemClaimRow, JobKinds, JobRow,
    JoinedTogether, Keyable, LineKey, LineMark, LineRow, LineState, LineUseRow, LineWithoutFile,
    LinkRow, LinkWithdrawal, ListedAgreement, LostClaim, MatchRow, MovedSince, NamedMoney, NewJob,
    NumberedTillReceipt, OpenExpected, OpenLine, OpenSuspense, PaidFromRow, PairRow,
    PaymentExceptionRow, PaymentLineRow, PaymentRow, PaymentStepRow, PeriodCloseRow,
    PeriodReopenRow, PersonLife, PersonRow, PlacedRow, PostingOf, PostingView, PrintRow,
    Quarantined, ReceiptLineRow, ReceiptMailRow, ReceiptRow, ReceiptView, RedirectRow,
    RefundFileItemRow, RefundFileRow, RefundLineRow, RefundPayeeRow, RefundRow, RefundStepRow,
    ReturnRow, Sealable, SearchEReturns, SearchHolders, SearchReceipts, SearchSuspense, ServesRow,
    SessionRow, SignedBy, SignedInRow, SlipRow, SourcedMoney, StatementRow, StoodSuspense,
    StoredEntry, SuspenseCare, SuspenseNoteRow, SuspenseReturnRow, SuspenseRow, SuspenseStatus,
    Taken, TakingRow, TillCloseRow, TillCountRow, TillLiftBackRow, TillLiftRow, TillReceiptRow,
    TillSessionRow, TillSlipRow, TillTakenRow, TransferRow, Tx, UndonePair, UndoneRow, WaitsDay,
    WaitsKind, WaitsRow, Within,
};
