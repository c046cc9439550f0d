//! A payout that is being read: what its rows make, beside what is said to be paid.

use ims_ledger::SettlementHead;
use ims_money::Pence;

use crate::{amounts::clipped, settle};

/// An open payout.
pub(super) struct Settled {
    head: SettlementHead,
    paid: Option<Pence>,
    /// `None` once it is too much.
    sum: Option<Pence>,
}

impl Settled {
    pub(super) fn new(head: SettlementHead) -> Self {
        Self { paid: head.paid, head, sum: Some(Pence::ZERO) }
    }

    /// Whether a row is of this payout.
    pub(super) fn is_of(&self, head: &SettlementHead) -> bool {
        self.head.provider == head.provider
            && self.head.payout == head.payout
            && self.head.currency == head.currency
    }

    /// Adds a row, which may say again what was paid, and not otherwise.
    pub(super) fn add(&mut self, net: Pence, paid: Option<Pence>) -> Result<(), String> {
        if let (Some(before), Some(now)) = (self.paid, paid)
            && before != now
        {
            return Err(format!(
                "paid: {now}, but rows of the {} before it say {before}; they would be the same",
                name(self.head.payout.as_deref())
            ));
        }
        self.paid = self.paid.or(paid);
        self.sum = self.sum.and_then(|sum| sum.checked_add(net));
        Ok(())
    }

    /// What is said of it when it ends; `later` is what a trailer said was paid.
    pub(super) fn doubt(&self, later: Option<Pence>) -> Option<String> {
        let paid = self.paid.or(later)?;
        settle::doubt(&name(self.head.payout.as_deref()), self.sum, paid)
    }
}

/// What is said of a payout without rows.
pub(super) fn rowless(payout: Option<&str>, paid: Pence) -> Option<String> {
    (!paid.is_zero()).then(|| settle::rowless(&name(payout), paid))
}

fn name(payout: Option<&str>) -> String {
    payout.map_or_else(|| "payout".to_owned(), |payout| format!("payout {}", clipped(payout)))
}
