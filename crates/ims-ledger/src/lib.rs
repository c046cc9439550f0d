//! The income ledger of a UK council as pure values and rules: no database, no
//! clock, no files.
//!
//! The model as an outline:
//!
//! ```text
//! Council                what a council settles for itself, as one document
//!   Fund                 an income stream, with what it demands of references
//!   Method, Channel      how money comes in, and where it waits for the bank
//!   Vat                  codes with dated rates and a named rounding
//!   ImportRule, BankRule conditions, and what they change or explain
//!   EReturnTemplate      what a site declares its takings on
//!   Message, Particulars, CustomField
//!                        banners; the council's own settings and fields
//!   Portal               what residents can pay on the web, in both languages
//!   ApiSettings          where payers of a program are sent back to
//! Takings                what a site declares, checked against its template
//! ImportRules            what rows of files are changed into, ready to apply
//!   Stop                 what stands in the way of taking money, by channel
//! validate               one chain of checks whether money may be taken
//! Redirects              old references and where they lead to, by day
//! AccountRef             a reference its fund accepts (mask, check digit …)
//! Draft → Balanced       an entry; only a balanced one can be posted
//!   flow                 every event of the ledger as an entry
//! WorkingDays            when banks clear: weekends, bank holidays, and a list
//! StatementLine, ScheduleLine, SettlementLine, Advice, IncomingReceipt
//!                        what files say, before any rule is applied
//! TrialBalance           every account's balance, in memory
//! card_number            what looks like one, so that none is kept
//! Meant, evidence        what a wrong reference may have been meant for, how likely
//! seal                   content hashes and the chain that proves the books
//! ```
//!
//! A payment, from what a payer wrote to an entry:
//!
//! ```
//! use ims_ledger::{Council, Funds, flow, id::ChannelCode};
//! use ims_money::Pence;
//!
//! let council: Council = toml::from_str(r##"
//!     code = "ANY"
//!     name = "Anyborough"
//!     [[fund]]
//!     code = "PK"
//!     name = "Parking"
//!     find_in_text = true
//!     reference = { min_length = 8, max_length = 8, mask = "PK######" }
//! "##)?;
//! assert!(council.faults().is_empty());
//!
//! let places = Funds::of(&council)?.found_in("PCN pk123456 THANKS");
//! let place = places.first().ok_or("nobody named")?;
//! let gain = flow::Gain { fund: &place.fund, gross: Pence::new(3_500), vat: None };
//! let entry = flow::taken(&ChannelCode::parse("card-web")?, &[gain])?.ok_or("nothing")?;
//! assert_eq!(entry.postings().len(), 2);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![warn(clippy::as_conversions, clippy::arithmetic_side_effects, clippy::wildcard_enum_match_arm)]
#![cfg_attr(test, allow(clippy::arithmetic_side_effects, clippy::as_conversions))]

mod account;
mod acknowledgement;
mod advice;
#[allow(
    clippy::arithmetic_side_effects,
    reason = "it counts the digits of one text, a few at a time"
)]
pub mod card_number;
mod check_digit;
mod condition;
mod council;
mod day;
mod entry;
mod ereturn;
pub mod evidence;
pub mod flow;
pub mod id;
mod import_rule;
mod incoming;
mod mask;
mod meant;
mod placement;
mod postcode;
mod receipt;
mod redirect;
mod reference;
mod refund;
mod schedule;
pub mod seal;
mod settlement;
mod statement;
mod suspense;
mod till;
mod trial_balance;
mod validation;
mod vat_choice;
mod working_days;

pub use account::{Account, BadAccount};
pub use acknowledgement::{Acknowledgement, Outcome, acknowledged};
pub use advice::Advice;
pub use check_digit::{CheckAlgorithm, CheckDigit};
pub use condition::{BadCondition, Condition, Field, Groups, Join, Operator, Row, When};
pub use council::{
    AddressSettings, ApiSettings, Approval, BacsSettings, BankAccount, BankRule, CalendarSettings,
    Channel, ConfigurationFault, ConfirmedSheet, Council, CustomField, CustomFieldKind,
    CustomFieldOwner, EReturnTemplate, ExpectedFile, ExportSettings, Fund, FundGroup, MailSettings,
    Message, Method, MethodKind, Office, OnStop, OwnLayout, Particulars, PeopleSettings, Portal,
    PortalItem, ProviderAccount, Recipients, ReconcileSettings, RoleSettings, Severity,
    SheetColumns, Shown, Slips, Stop, TemplateRow, Through, Till, Vat, VatRate, Words,
    is_mail_address,
};
pub use day::{accounting_day, london_day, london_end, london_time};
pub use entry::{Balanced, Draft, NotBalanced, Posting, Side};
pub use ereturn::{
    BadRowReference, CardMachine, Cash, CashLine, Cheque, Denomination, EReturnFault,
    EReturnStatus, EReturnStep, OutOfTurn, OverShort, Takings, TakingsRow, TakingsTotals,
    check_row_reference,
};
pub use import_rule::{ImportRule, ImportRules, LookUp, Lookup, NewText, RuleChange, Set};
pub use incoming::{IncomingHolder, IncomingReceipt};
pub(crate) use mask::Stands;
pub use meant::{Meant, Slip};
pub use placement::{Funds, Place, Readers};
pub use postcode::{BadPostcode, Postcode};
pub use receipt::{BadReceiptNumber, ReceiptNumber};
pub use redirect::{Followed, Looped, Redirect, Redirects};
pub use reference::{
    AccountRef, BadReference, BadRule, Characters, REFERENCE_LENGTH_MAX, ReferenceReader,
    ReferenceRule,
};
pub use refund::{BadRefundState, RefundEvent, RefundOutOfTurn, RefundState, RefundWay};
pub use schedule::{ScheduleHead, ScheduleLine};
pub use settlement::{SettlementHead, SettlementKind, SettlementLine};
pub use statement::{Balance, Counterparty, StatementClose, StatementHead, StatementLine};
pub use suspense::{BadAllocation, remaining_after};
pub use till::{TillBanking, TillCount, TillLine, TillTaken};
pub use trial_balance::{AccountTotal, Place as AccountPlace, TrialBalance};
pub use validation::{Accepted, Claim, Invalid, KnownAccount, Stops, check_amount, validate};
pub use vat_choice::{BadVat, ChosenVat, HeldIn};
pub use working_days::{BadHoliday, Nation, WorkingDays};
