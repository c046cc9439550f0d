//! What a council does with its income, one deed a file.
//!
//! ```text
//! App                    a store, and a World to act in: clock and randomness
//!   init, sign_in …      what is about no one council's books
//!   books(code, actor)   one council's books in somebody's hands
//!     open_books         opening balances, item by item
//!     import_file        all of a file or none of it, and the same one once
//!     take_receipt       money at a counter, by post, telephone, card; once a key
//!     charge_fee         a card fee, a receipt of its own
//!     add_to_basket      what a resident means to pay, kept for some hours
//!     bring_basket       the payment of it, the same from every tab
//!     make_link, take_up_link   what is asked of somebody, by an address only the council can make
//!     start_payment      a basket asked of a provider, checked as at a counter
//!     send_refund        to the provider that took the payment, once
//!     record_payment     what the provider says of it, in any order: one receipt
//!     put_holder, stop_holder, redirect_reference
//!     reconcile          bank lines explained, by rules that say why
//!     bank_day, prepare_bank_day … each day of an account, signed by two people
//!     payouts            receipts, settlement and bank side by side, each difference explained
//!     clearing_due, files_due   what should have come by now, money and files
//!     match_lines, accept_proposal  what no rule may decide, matched by hand
//!     reconcile_rules, try_rules  by which rules a run goes, and what others would have made of it
//!     undo_match, reverse_import, allocate_suspense
//!     create_ereturn … approve_ereturns   a site's takings, posted by a second person
//!     journal_line, make_transfer  money moved, and undone once
//!     allocate_many, return_suspense, write_off
//!     meant_by           whose suspense may be, at a glance, for lists
//!     suggest_suspense, accept_suggestion  whose it may be, and why; a person decides
//!     allocate_as_suggested  the same, by a page that was shown some time ago
//!     suspense_correction  the same for the next money like it, tried on the past
//!     guard_accounts     what of it may be of accounts about to be summoned
//!     request_refund     kept back at once; a second person decides
//!     make_export(Refunds)  by bank: in one file for Bacs, and only one
//!     record_refund      sent, no answer, paid, failed, bounced: in any order
//!     open_dispute, end_dispute, record_return
//!     place_returns      what Bacs reports say came back, and what nobody can place
//!     configuration      planned, applied, approved, replayed over the past
//!     close_day          certified; what nobody explained goes to suspense
//!     make_export        every closed day in exactly one file of each kind
//!     acknowledge_export what the other side said of it; rejected days go out again
//!     close_period       a month; ask_reopen_day, decide_reopen: two people
//!     balances_at        and what was open, as it stood at any day or instant
//!     control            the books beside the ledger and the host systems
//!     export_audit       one file with which anybody can check the books
//!     verify             every kept figure against what the entries add up to
//! ```
//!
//! Nothing here reads the clock, the environment or randomness: the world is
//! handed in, so a test or a simulation can hand in another.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::{Arc, atomic::{AtomicU8, Ordering}};
//!
//! use chrono::{DateTime, TimeZone, Utc};
//! use ims_app::{Actor, App, Clock, Imported, NewFile, Random, Store, World, configuration};
//!
//! struct Noon;
//! impl Clock for Noon {
//!     fn now(&self) -> DateTime<Utc> {
//!         Utc.with_ymd_and_hms(2026, 4, 1, 12, 0, 0).single().unwrap_or_default()
//!     }
//! }
//!
//! #[derive(Default)]
//! struct Counter(AtomicU8);
//! impl Random for Counter {
//!     fn fill(&self, bytes: &mut [u8]) {
//!         bytes.fill_with(|| self.0.fetch_add(1, Ordering::Relaxed));
//!     }
//! }
//!
//! let folder = tempfile::tempdir()?;
//! let url = format!("sqlite:{}", folder.path().join("ims.db").display());
//! let world = World::new(Arc::new(Noon), Arc::new(Counter::default()));
//! let app = App::new(Store::open(&url).await?, world);
//!
//! // A council is a document: sound defaults, and here one fund.
//! let document = configuration::defaults("ANY", "Anyborough Council")?
//!     + "\n[[fund]]\ncode = \"CT\"\nname = \"Council tax\"\n";
//! let books = app.init(&document, Actor::system("example")).await?;
//!
//! // Two receipts; nobody knows the fund of the second, and it is money all the same.
//! let bytes = b"\
//! R1,I1,P1,S,01/04/2026,01/04/2026,80012345,1,CT,10,120.50,,0,0.00,Council tax\n\
//! R2,I2,P2,S,01/04/2026,01/04/2026,80012345,1,??,10,9.50,,0,0.00,A mystery\n";
//! let file =
//!     NewFile { name: "april.csv", bytes, format: None, accept: None, dry_run: false };
//! let Imported::Now(done) = books.import_file(file).await? else { return Err("not now".into()) };
//! assert_eq!((done.total.to_string(), done.suspense_total.to_string()), ("130.00".into(), "9.50".into()));
//!
//! // The same bytes again change nothing, and the books prove themselves.
//! assert!(matches!(books.import_file(file).await?, Imported::Before(_)));
//! let verified = books.verify(None).await?;
//! assert!(verified.ok, "{:?}", verified.checks);
//! assert_eq!(verified.entries, 2);
//! # Ok(())
//! # }
//! ```
//!
//! *Invariant:* a deed is one transaction and is answered after its commit.
//! *Invariant:* each deed asks first whether its actor may. *Invariant:* what
//! `verify` says comes from the entries, never from a kept figure.

mod acknowledge_export;
mod acknowledge_file;
mod add_suspense_item;
mod addresses;
mod admit;
mod ageing;
mod agreements;
mod allocate_many;
mod allocate_suspense;
mod approvals;
mod approve_transfer;
mod as_it_stood;
mod audit_trail;
mod bank_day;
mod baskets;
mod books;
mod brought_back;
mod cancel_return;
mod care_for_suspense;
mod charge_fee;
mod close_day;
mod close_period;
mod clues;
pub mod configuration;
mod control;
mod correct_suspense;
mod decide_refund;
mod denied;
mod disputes;
mod ereturns;
mod error;
mod files_due;
mod find_losses;
mod guard_accounts;
mod holders;
mod import_file;
mod jobs;
mod journal_line;
mod keyed;
mod known;
mod layouts;
mod links;
mod long;
mod look;
mod make_export;
mod make_transfer;
mod messages;
mod money_due;
mod money_received;
mod moving;
mod no_card;
mod open_books;
mod outgoing;
mod payer_accounts;
mod paying_in;
mod payments;
mod payouts;
mod people;
mod place_returns;
mod posting;
mod receipt_mail;
mod reconcile_bank;
mod record_return;
mod redirect_reference;
mod redirects;
mod reference_repairs;
mod refund_payee;
mod refund_steps;
mod reopen_days;
mod request_refund;
mod return_suspense;
mod reverse_import;
mod seal_books;
mod send_refunds;
mod settlement_file;
mod show_receipt;
mod still_to_come;
mod suggest_suspense;
mod take_receipt;
mod tills;
mod undo_allocation;
mod undo_match;
mod undo_transfer;
mod verify;
mod who;
mod withdraw_approval;
mod world;
mod write_off;

pub use acknowledge_export::Ack;
pub use add_suspense_item::NewSuspenseItem;
pub use addresses::{
    ADDRESSES_MAX, AddressLookup, AddressesAway, AddressesFound, DeliveryPoint, PostalAddress,
};
pub use admit::CheckedReference;
pub use ageing::Ageing;
pub use agreements::{
    AGREEMENT_DESCRIPTION_MAX, AgreedUse, AgreementStatus, AgreementView, NewAgreedPayment,
    NewAgreement,
};
pub use allocate_many::{AllocatedItem, AllocatedMany, ItemAllocation, NewAllocations};
pub use allocate_suspense::{Allocated, NewAllocation};
pub use approvals::Verdict;
pub use as_it_stood::{Stand, StoodOpen, SuspenseStood};
pub use audit_trail::{AuditFile, AuditRange};
pub use bank_day::{
    BANK_DAY_LINES_MAX, BANK_DAY_WAITING_MAX, BankDay, BankDayChange, BankDayFacts, BankDayLine,
    BankDayStatement, EarlierLine, LineStands, LineWords, ListedBankDay, SignedBankDay,
    WaitingItem,
};
pub use baskets::{
    BasketLine, BasketPart, BasketView, BroughtBack, NotBrought, PayableAccount, UnderWay,
    Unpayable,
};
pub use books::{App, Books, Settings};
pub use care_for_suspense::{NOTE_MAX, SuspenseShown};
pub use charge_fee::ChargedFee;
pub use close_day::Certificate;
pub use close_period::{Period, PeriodCertificate};
pub use control::{Control, ControlFile, ControlLine, ControlSource, NewControl};
pub use correct_suspense::Correction;
pub use disputes::{DisputeOutcome, Disputed, NewDispute};
pub use ereturns::{
    ApprovedEReturn, Bulk, EReturnView, MadeEReturn, MovedEReturn, NewEReturn, NewSlipDifference,
    SavedEReturn, SlipDifference, ToApprove,
};
pub use error::{AppError, Result};
pub use files_due::{FileCame, FileDue, FileFault, FilesDue, GivenUp, UnexpectedFile};
pub use guard_accounts::{GUARDED_MAX, Guard, GuardedAccount, KeptAside, MayBeTheirs, Unplaced};
pub use holders::{HolderChange, HolderPatch};
pub use import_file::{ImportSummary, Imported, NewFile};
pub use jobs::{Errands, JobKind, JobView};
pub use journal_line::NewJournal;
pub use links::{
    LINK_DAYS_MAX, LINK_LABEL_MAX, LinkLine, LinkState, LinkUses, LinkView, NewLink, NotTakenUp,
    SecretValues,
};
pub use look::{BankStatus, Dashboard, Explained, Explanation, ROWS_MAX};
pub use make_export::{ExportKind, Exported};
pub use make_transfer::NewTransfer;
pub use money_due::{Awaited, ClearingDue};
pub use money_received::MoneyReceived;
pub use moving::{Moved, MovedPart, PARTS_MAX, Transferred};
pub use open_books::OpeningItem;
pub use payments::{
    ExceptionKind, GoneThrough, Heeded, LeftOff, NewPayment, NoticeKey, PaymentHeard, PaymentLine,
    PaymentNews, PaymentView, RefundExchange, Word, payment_named, payment_order,
};
pub use payouts::{NOT_PAID_MAX, NotPaidOut, PaidOutLine, PayoutExplained, Payouts, ResidualPart};
pub use people::{
    NewPassword, NewPerson, PASSWORD_LENGTH_MIN, PersonView, Session, SignedIn, Standing,
};
pub use place_returns::{OpenAdvice, PlacedReturns};
pub use receipt_mail::{Letter, Mail, NotSent, WantedMail};
pub use reconcile_bank::{
    BankRulesTried, ConfigurationTried, LeftLine, LineRuled, LineTried, MATCHED_MAX, NewMatch,
    NextMatch, NextRun, ProposedMatch, Reconciled, RulesInForce, RulesTried, TriedMatch,
};
pub use record_return::{NewReturn, ReturnKind, ReturnOf, ReturnedPayment};
pub use redirect_reference::NewRedirect;
pub use reference_repairs::{KnownPayer, Repair};
pub use refund_payee::Payee;
pub use refund_steps::{PaidFile, RefundNews, RefundStanding};
pub use request_refund::{LineLeft, NewRefund, REFUND_LINES_MAX, RefundAsked};
pub use reverse_import::Reversed;
pub use settlement_file::{SETTLEMENT_FORMAT, settlement_file};
pub use show_receipt::{ShownLine, ShownReceipt};
pub use still_to_come::{StillToCome, ToComePart};
pub use suggest_suspense::{Perhaps, Suggestion, suggestion_note};
pub use take_receipt::{
    Cheque, LINES_MAX, NewReceipt, NewReceiptLine, PORTAL_LINES_MAX, Payer, TakenReceipt,
};
pub use tills::{
    CountedTill, LiftTakenBack, LiftedFromTill, NewTillSession, OpenedTill, TakenAtTill, Tender,
    TillStatus, TillView,
};
pub use verify::{Check, Verified};
pub use who::{Actor, LOCALGOV_IMS, Permission, Role, RoleView, Scope, ScopeKind, approval_kinds};
pub use world::{Clock, Random, World};

// What lists and pages show.
pub use ims_store::{
    AccountStood, AckRow, AgreementPayments, AgreementRow, AgreementStepRow, ApprovalRow, AuditRow,
    AwaitedRow, ControlRow, CouncilRow, DecisionRow, DisputeEndRow, DisputeRow, EReturnApprovalRow,
    EReturnNoteRow, EReturnRow, EReturnStepRow, EReturnVersionRow, ExportState, FindEvents,
    FindPayments, FindReceipts, FoundSuspense, FundTotal, GrantRow, HolderRow, ImportRow,
    LineState, LineUseRow, MatchRow, NumberedTillReceipt, OpenExpected, OpenLine, OpenSuspense,
    PairRow, PaymentExceptionRow, PaymentLineRow, PaymentRow, PaymentStepRow, PeriodCloseRow,
    PostingView, Quarantined, ReceiptLineRow, ReceiptRow, ReceiptView, RedirectRow, RefundLineRow,
    RefundRow, RefundStepRow, ReturnRow, SearchEReturns, SearchHolders, SearchReceipts,
    SearchSuspense, SignedBy, SlipRow, StatementRow, StoodSuspense, Store, StoreError,
    SuspenseCare, SuspenseNoteRow, SuspenseReturnRow, SuspenseStatus, TillCloseRow, TillCountRow,
    TillLiftBackRow, TillLiftRow, TillReceiptRow, TillSessionRow, TransferRow, UndoneRow,
};
