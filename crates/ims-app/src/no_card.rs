//! No card's number in a text that somebody writes: it is refused where it is
//! written, and never kept.
//!
//! What a machine says is not refused, or money would be: readers of files mask it,
//! and so does what hears of disputes.

use ims_ledger::card_number;

use crate::{AppError, Result};

/// Refuses a text with what looks like a card's number in it. The number is not
/// said again.
pub(crate) fn no_card(what: &str, text: &str) -> Result<()> {
    match card_number::masked(text) {
        None => Ok(()),
        Some(_) => Err(AppError::BadInput(format!(
            "the {what} has what looks like a card number in it: never write one"
        ))),
    }
}
