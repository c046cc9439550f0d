//! Payments through a provider.
//!
//! The deeds speak to nobody: whoever has a network carries the exchange and
//! hands in what the provider said. However it was learned of (the payer came
//! back, a verified notice, a poll, a sweep through what the provider has), it
//! goes through [`record_payment`](Books::record_payment), so that it counts once.

use chrono::{DateTime, TimeDelta, Utc};
use ims_ledger::{
    Through,
    id::{LinkId, PaymentId},
    seal::ContentHash,
};
use ims_money::Pence;
use ims_pay::{BadOrder, Order, Said, StatusName};
use ims_store::{PaymentLineRow, PaymentRow, PaymentStepRow, Tx};

use crate::{
    AppError, Books, Permission, Result, WantedMail,
    take_receipt::{NewReceipt, NewReceiptLine, Payer, digest_of},
};

mod book;
mod exception_money;
mod exceptions;
mod moved;
mod notice_key;
mod notices;
mod own;
mod payer;
mod processor;
mod record;
mod refund;
mod start;
mod status;
mod stranger;
mod through;
mod twice;
mod unheard;
mod watch;

pub use exceptions::ExceptionKind;
pub(crate) use moved::RENAMED;
pub use notice_key::NoticeKey;
pub use record::{Heeded, PaymentHeard};
pub use refund::RefundExchange;
pub(crate) use refund::name_of as refund_name;
pub(crate) use start::is_same;
pub(crate) use status::name_of;
pub use status::{named as payment_named, order_of as payment_order};
pub use through::{GoneThrough, LeftOff};

/// A basket to be paid through one account at a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPayment {
    /// The provider's name; where a council has several accounts with one, each
    /// has a name of its own.
    pub provider: String,
    /// The method of payment's code, one of a card.
    pub method: String,
    /// Through whom.
    pub through: Through,
    /// What for.
    pub lines: Vec<PaymentLine>,
    /// Who pays, for the receipt; kept apart from the books.
    pub payer: Option<Payer>,
    /// Where the payer wants the receipt, once it is paid.
    pub mail: Option<WantedMail>,
    /// The payment links that lines came by.
    pub links: Vec<LinkId>,
    /// How else it is asked for, in whatever words the caller has for that: which
    /// terminal, where the payer comes back to. Said again under the key it is the
    /// same. Only its hash is kept.
    pub asked_with: String,
    /// A key of the caller's: the same key again is the same payment.
    pub key: Option<String>,
}

/// One line of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentLine {
    /// The fund's code.
    pub fund: String,
    /// The account reference in it.
    pub reference: String,
    /// Gross, more than nothing.
    pub amount: Pence,
    /// Another VAT code than the fund's own, where the fund allows it.
    pub vat_code: Option<String>,
}

/// Something learned of a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentNews {
    /// The provider it comes from, by the name payments are started with.
    pub provider: String,
    /// The channel that waits for what this provider pays out: where money of
    /// payments unknown here is booked.
    pub channel: String,
    /// The payment that was asked about; none of a notice or a sweep.
    pub payment: Option<PaymentId>,
    /// The provider's own name of the message, if it has one.
    pub id: Option<String>,
    /// What it says.
    pub word: Word,
}

/// What a provider says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// An answer, or what a verified notice says.
    Said(Box<Said>),
    /// It was asked and did not answer.
    Silent,
    /// Nothing was sent: the payer's browser or a terminal carries it.
    Handed,
    /// It knows of no such payment, or does not yet.
    NotFound,
    /// It tells by itself only, and has not while the payment could be begun.
    GivenUp,
}

/// A payment, and what it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentView {
    /// The payment.
    pub payment: PaymentRow,
    /// Its lines.
    pub lines: Vec<PaymentLineRow>,
    /// What was heard of it, the first first.
    pub steps: Vec<PaymentStepRow>,
    /// The number of its receipt, once it is paid.
    pub receipt: Option<String>,
    /// Whether it stood so before.
    pub before: bool,
}

impl PaymentView {
    /// What the provider is asked: the same each time.
    ///
    /// # Errors
    ///
    /// [`BadOrder`] for a description or a way back that cannot be.
    pub fn order(
        &self,
        description: &str,
        return_url: &str,
    ) -> std::result::Result<Order, BadOrder> {
        Order::of(&self.payment.reference, self.payment.amount, description, return_url)
    }

    /// Where it stands.
    ///
    /// # Errors
    ///
    /// [`AppError::BadInput`] for a word that is no status.
    pub fn status(&self) -> Result<StatusName> {
        status::name_of(&self.payment)
    }
}

/// When a provider is asked again about a payment that is open: each minute at
/// first, in the end once a day.
pub(crate) fn look_at(started_at: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
    let age = now.signed_duration_since(started_at);
    let pause = if age < TimeDelta::minutes(15) {
        TimeDelta::minutes(1)
    } else if age < TimeDelta::hours(2) {
        TimeDelta::minutes(10)
    } else if age < TimeDelta::days(1) {
        TimeDelta::hours(1)
    } else {
        TimeDelta::days(1)
    };
    now.checked_add_signed(pause).unwrap_or(now)
}

/// Whether a payment was started for just that.
pub(crate) fn is_for(row: &PaymentRow, new: &NewPayment) -> bool {
    row.digest == digest_for(new) && row.provider == new.provider
}

/// The hash of all that is asked, but of who pays.
fn digest_for(new: &NewPayment) -> ContentHash {
    let digest = digest_of(&as_receipt(new));
    if new.asked_with.is_empty() {
        return digest;
    }
    ContentHash::of(format!("{digest} {}", new.asked_with).as_bytes())
}

/// The basket, as a counter would take it.
fn as_receipt(new: &NewPayment) -> NewReceipt {
    let line = |line: &PaymentLine| NewReceiptLine {
        fund: line.fund.clone(),
        reference: line.reference.clone(),
        amount: line.amount,
        vat_code: line.vat_code.clone(),
        narrative: None,
    };
    NewReceipt {
        method: new.method.clone(),
        office: None,
        happened_on: None,
        through: new.through,
        payer: new.payer.clone(),
        cheque: None,
        lines: new.lines.iter().map(line).collect(),
        key: new.key.clone(),
    }
}

impl Books {
    /// A payment, what it is for and what was heard of it.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another, and for one with a line of a fund
    /// that the actor does not work for.
    pub async fn payment(&self, id: PaymentId) -> Result<PaymentView> {
        self.actor().needs(Permission::SeeIncome)?;
        let mut tx = self.store().snapshot().await?;
        let absent = || AppError::NotFound { what: "payment", name: id.to_string() };
        let row = tx.payment(self.id(), id).await?.ok_or_else(absent)?;
        let view = self.payment_view(&mut tx, row, true).await?;
        if self.sees_payment(&view) { Ok(view) } else { Err(absent()) }
    }

    pub(crate) async fn payment_view(
        &self,
        tx: &mut Tx,
        payment: PaymentRow,
        before: bool,
    ) -> Result<PaymentView> {
        let lines = tx.payment_lines(self.id(), payment.id).await?;
        let steps = tx.payment_steps(self.id(), payment.id).await?;
        let receipt = match steps.iter().find_map(|step| step.receipt) {
            Some(id) => tx.receipt(self.id(), id).await?.map(|row| row.number),
            None => None,
        };
        Ok(PaymentView { payment, lines, steps, receipt, before })
    }
}
