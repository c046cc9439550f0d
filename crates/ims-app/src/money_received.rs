//! "Have you had my money?", asked by a number and answered with little.

use chrono::NaiveDate;
use ims_ledger::ReceiptNumber;
use ims_pay::StatusName;

use crate::{Books, Result};

/// What whoever holds a number is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MoneyReceived {
    /// It was received, and is of that day.
    On(NaiveDate),
    /// A payment is under way, and its provider has not said yet.
    UnderWay,
    /// The payment came to nothing.
    NotPaid,
    /// Nobody knows that number.
    Unknown,
}

impl Books {
    /// Whether money has come, by the number of a receipt or our reference for a
    /// payment. Neither can be guessed.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn money_received(&self, number: &str) -> Result<MoneyReceived> {
        self.serves_residents()?;
        let Ok(number) = number.parse::<ReceiptNumber>() else {
            return Ok(MoneyReceived::Unknown);
        };
        let number = number.to_string();
        let mut tx = self.store().snapshot().await?;
        if let Some(receipt) = tx.receipt_numbered(self.id(), &number).await? {
            return Ok(MoneyReceived::On(receipt.happened_on));
        }
        let payment = match tx.payment_referenced(self.id(), &number).await? {
            Some(id) => tx.payment(self.id(), id).await?,
            None => None,
        };
        let Some(payment) = payment else { return Ok(MoneyReceived::Unknown) };
        let view = self.payment_view(&mut tx, payment, true).await?;
        Ok(match view.status()? {
            StatusName::Captured => {
                let taken = view.steps.iter().find(|step| step.entry.is_some());
                let at = taken.map_or(view.payment.started_at, |step| step.at);
                MoneyReceived::On(ims_ledger::london_day(at))
            }
            StatusName::Failed
            | StatusName::Cancelled
            | StatusName::Expired
            | StatusName::Errored => MoneyReceived::NotPaid,
            StatusName::Created
            | StatusName::Unknown
            | StatusName::Started
            | StatusName::Pending
            | StatusName::Authorised => MoneyReceived::UnderWay,
        })
    }
}
