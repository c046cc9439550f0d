//! Where a payment stands, read back from where it was kept.

use ims_money::Pence;
use ims_pay::{Again, Order, Status, StatusName, Taken};
use ims_store::PaymentRow;

use crate::{AppError, Result};

/// What an answer is held against needs an address; nobody is sent there.
const NOWHERE: &str = "https://localhost/";

/// The order of a payment, as far as an answer is held against it: for looking,
/// cancelling and capturing, not for asking.
///
/// # Errors
///
/// [`AppError::BadInput`] for a payment that no provider could have been asked for.
pub fn order_of(row: &PaymentRow) -> Result<Order> {
    let bad = |bad: ims_pay::BadOrder| AppError::BadInput(bad.to_string());
    Order::of(&row.reference, row.amount, "payment", NOWHERE).map_err(bad)
}

pub(crate) fn name_of(row: &PaymentRow) -> Result<StatusName> {
    row.status.parse().map_err(|bad: ims_pay::BadStatus| AppError::BadInput(bad.to_string()))
}

/// What the provider calls a payment. Our own reference stands for it until the
/// provider has named it, and is then no other payment's name.
#[must_use]
pub fn named(row: &PaymentRow) -> Option<&str> {
    row.provider_ref.as_deref().filter(|name| *name != row.reference)
}

/// The status, when the provider now calls the payment `said`.
pub(super) fn status_of(row: &PaymentRow, said: Option<&str>) -> Result<Status> {
    let name = || named(row).or(said).unwrap_or(&row.reference).to_owned();
    let reason = row.reason.clone();
    Ok(match name_of(row)? {
        StatusName::Created => Status::Created,
        StatusName::Unknown => Status::Unknown { provider_ref: named(row).map(str::to_owned) },
        StatusName::Started => Status::Started { provider_ref: name(), next: None },
        StatusName::Pending => Status::Pending { provider_ref: name() },
        StatusName::Authorised => {
            Status::Authorised { provider_ref: name(), transaction: row.transaction.clone() }
        }
        StatusName::Captured => {
            let transaction = row.transaction.clone();
            let at = row.started_at;
            Status::Captured(Taken::kept(name(), transaction, row.amount, Pence::ZERO, at))
        }
        StatusName::Failed => Status::Failed { reason, again: Again::Unsaid },
        StatusName::Cancelled => Status::Cancelled,
        StatusName::Expired => Status::Expired,
        StatusName::Errored => Status::Errored { reason },
    })
}

/// Why it ended so, in the provider's words.
pub(super) fn reason_of(status: &Status) -> &str {
    match status {
        Status::Failed { reason, .. } | Status::Errored { reason } => reason,
        Status::Created
        | Status::Started { .. }
        | Status::Pending { .. }
        | Status::Authorised { .. }
        | Status::Captured(_)
        | Status::Cancelled
        | Status::Expired
        | Status::Unknown { .. } => "",
    }
}
