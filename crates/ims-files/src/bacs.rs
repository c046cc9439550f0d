//! Bacs: submissions in Standard 18, the reports that come back, and whether a
//! sort code and account can belong together.
//!
//! Reading goes through the formats of [`formats`](crate::formats)
//! (`standard18`, `bacs-returns`, `bacs-messages`, `ddica`, `bacs-input`); here
//! is what a caller uses directly: [`Submission`] writes a file for Bacs,
//! [`WeightTable`] checks an account by the table an operator loads, [`Cycle`]
//! counts the three days of a payment, [`reason`] explains a reason code.

mod code;
mod cycle;
pub(crate) mod julian;
mod modulus;
mod reasons;
pub(crate) mod reports;
pub(crate) mod standard18;
mod submission;
mod text;

pub use code::TransactionCode;
pub use cycle::{Cycle, DAYS_AHEAD_MAX, NotProcessed};
pub use modulus::{BadBankAccount, Checked, WeightTable, plain_account};
pub use reasons::{Report, reason};
pub use submission::{BadSubmission, Instruction, ItemFault, Originator, Submission, refunds};
pub use text::{TEXT_LENGTH, fitted, is_permitted};
