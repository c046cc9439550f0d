//! Card money three ways: our receipts, the provider's settlement, the bank's
//! line. The settlement is read again from the file that was kept, so nothing of
//! it is lost to what was posted of it. What the books match with a payout is its bank
//! line; only for others the council's rules are asked.

mod compared;
mod sides;
mod standing;

use chrono::NaiveDate;
use ims_ledger::id::ImportId;
use ims_money::Pence;
use ims_store::OpenLine;

use crate::{Books, Permission, Result, reconcile_bank::rules_of};

/// The most settlement files that are read at once.
const FILES_MAX: i64 = 1_000;

/// A payout of a provider, and what makes the difference between what was taken
/// and what arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayoutExplained {
    /// The provider, as its file names it.
    pub provider: String,
    /// The channel it pays.
    pub channel: String,
    /// Its name for the payout.
    pub payout: String,
    /// The day of it.
    pub date: NaiveDate,
    /// The settlement's import.
    pub import: ImportId,
    /// What that file was called.
    pub file_name: String,
    /// How many lines the settlement has.
    pub lines: usize,
    /// Our receipts in it, less refunds.
    pub taken: Pence,
    /// What arrived at the bank; what is said to be on its way while nothing did.
    pub paid: Pence,
    /// Taken less paid: the sum of the parts.
    pub residual: Pence,
    /// What of it nothing explains.
    pub unexplained: Pence,
    /// The day whose takings it is for: that of more than half of its payments, where no
    /// other payout of the channel has the same.
    pub covers: Option<NaiveDate>,
    /// Whether it has arrived at the bank.
    pub has_arrived: bool,
    /// The bank lines that pay it.
    pub bank: Vec<OpenLine>,
    /// The residual, line by line.
    pub parts: Vec<ResidualPart>,
}

/// A part of a payout's residual.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResidualPart {
    /// Why, in words.
    pub why: String,
    /// Whether it names a difference without explaining it.
    pub is_unexplained: bool,
    /// Positive if less arrived for it.
    pub amount: Pence,
    /// The provider's reference, where it is about one line.
    pub provider_ref: String,
    /// The number of our receipt, where it is about one.
    pub receipt: String,
}

/// A payment or refund of ours that no payout has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotPaidOut {
    /// The channel it waits in.
    pub channel: String,
    /// The day it was paid.
    pub happened_on: NaiveDate,
    /// A refund is negative.
    pub amount: Pence,
    /// The provider's reference.
    pub provider_ref: String,
    /// Our reference.
    pub reference: String,
    /// The number of its receipt; empty where it has none of its own.
    pub receipt: String,
}

/// A line of a settlement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaidOutLine {
    /// The channel.
    pub channel: String,
    /// The provider's name for the payout.
    pub payout: String,
    /// What the settlement's file was called.
    pub file_name: String,
    /// The line of it.
    pub line: u64,
    /// The day of the payment, as the provider says.
    pub date: NaiveDate,
    /// Before the fee; a refund is negative.
    pub amount: Pence,
    /// The provider's reference.
    pub provider_ref: String,
    /// Our reference, when the file gives it.
    pub reference: String,
}

/// Payouts, and what is in none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Payouts {
    /// The payouts, in the order of their days.
    pub payouts: Vec<PayoutExplained>,
    /// Our payments and refunds of the days asked about, by card, that are in no payout yet:
    /// the oldest first, at most [`NOT_PAID_MAX`].
    pub not_paid: Vec<NotPaidOut>,
    /// Payments and refunds in these payouts that nobody here knows.
    pub not_ours: Vec<PaidOutLine>,
    /// Lines of these payouts that several payments of ours could be, all alike.
    pub unclear: Vec<PaidOutLine>,
    /// Open bank lines, from the first day on, that name a provider and pay none of these.
    pub bank_left: Vec<OpenLine>,
}

/// The most payments in no payout that are listed.
pub const NOT_PAID_MAX: usize = 10_000;

impl Books {
    /// The payouts whose settlements have days between two, of every provider,
    /// each with its residual explained; and what of ours, of theirs and of the bank's is in
    /// none of them.
    ///
    /// # Errors
    ///
    /// [`AppError::BadInput`](crate::AppError::BadInput) when a file is not kept whole.
    pub async fn payouts(&self, from: NaiveDate, to: NaiveDate) -> Result<Payouts> {
        self.actor().needs(Permission::SeeBank)?;
        let mut tx = self.store().snapshot().await?;
        let council = self.settings_in(&mut tx).await?.council;
        let mut told = Vec::new();
        for id in tx.settlement_files(self.id(), (from, to), FILES_MAX).await? {
            told.extend(self.told_by(&mut tx, &council, id).await?);
        }
        told.sort_by(|one, other| {
            let key = |told: &sides::Told| {
                (told.date, told.channel.clone(), told.settlement.head.payout.clone())
            };
            key(one).cmp(&key(other))
        });
        let rules = rules_of(&council)?;
        let sides = self.sides(&mut tx, &council, told, (from, to)).await?;
        Ok(compared::compared(&sides, &rules, from))
    }
}
