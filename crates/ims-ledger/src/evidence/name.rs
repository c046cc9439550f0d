//! Names as banks write them beside names as councils do.

mod holder;
mod parts;
mod payer;
mod words;

pub use holder::HolderName;
pub use payer::PayerName;

use super::NameAgrees;

/// How `payer`, as the bank has it (`SMITH J`, `MR JOHN SMITH`, `J & A SMITH`, `ACME PLUMBING`),
/// agrees with `holder`, as the council has it.
///
/// ```
/// use ims_ledger::evidence::{NameAgrees, name_agrees};
///
/// assert_eq!(name_agrees("SMITH J", "Mrs Jane Smith"), NameAgrees::SurnameAndInitial);
/// assert_eq!(name_agrees("A SMITH", "Mrs Jane Smith"), NameAgrees::Surname);
/// assert_eq!(name_agrees("K OKAFOR", "Mrs Jane Smith"), NameAgrees::No);
/// assert_eq!(name_agrees("", "Mrs Jane Smith"), NameAgrees::Unknown);
/// assert_eq!(name_agrees("ACME PLUMBING", "Acme Plumbing Ltd"), NameAgrees::Firm);
/// assert_eq!(name_agrees("ALPHA HOMES LTD", "Acme Plumbing Ltd"), NameAgrees::No);
/// ```
#[must_use]
pub fn name_agrees(payer: &str, holder: &str) -> NameAgrees {
    HolderName::of(holder).agrees(&PayerName::of(payer))
}

#[cfg(test)]
mod tests;
