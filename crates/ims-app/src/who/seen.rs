//! What of receipts, and of what is about them, somebody sees who works for a
//! part of the council.

use ims_ledger::{EReturnTemplate, id::ReceiptId};
use ims_store::{ReceiptRow, Tx};

use crate::{AppError, Books, Result};

impl Books {
    /// Asks whether a receipt is within what the actor works for, every line of
    /// it: who works for one fund moves nothing of another's. One they see
    /// nothing of sounds like one there is not.
    pub(crate) fn needs_receipt(&self, receipt: &ReceiptRow) -> Result<()> {
        let scope = self.actor().scope();
        if scope.is_whole() {
            return Ok(());
        }
        match scope.of_receipt(receipt.clone()) {
            Some(seen) if seen.lines.len() == receipt.lines.len() => Ok(()),
            Some(_) => {
                Err(self.actor().refused_in_part("change a payment that is for other funds too"))
            }
            None => Err(AppError::NotFound { what: "receipt", name: receipt.number.clone() }),
        }
    }

    /// Whether the actor sees every line of a receipt.
    pub(crate) async fn sees_receipt(&self, tx: &mut Tx, id: ReceiptId) -> Result<bool> {
        if self.actor().scope().is_whole() {
            return Ok(true);
        }
        let receipt = tx.receipt(self.id(), id).await?;
        Ok(receipt.is_some_and(|receipt| self.needs_receipt(&receipt).is_ok()))
    }

    /// Whether a site's template, and with it what is declared on it, is within
    /// what the actor works for: its office, its method, the funds of its rows.
    pub(crate) fn sees_template(&self, template: &EReturnTemplate) -> bool {
        let scope = self.actor().scope();
        let office = template.office.as_ref();
        scope.may_template(template.code.as_str())
            && scope.may_method(template.method.as_str())
            && office.is_none_or(|office| scope.may_office(office.as_str()))
            && template.row.iter().all(|row| scope.may_fund(row.fund.as_str()))
    }

    /// Asks whether all of a fund is within what the actor works for, of every
    /// office and method of payment.
    pub(crate) fn needs_whole_fund(&self, fund: &str, deed: &'static str) -> Result<()> {
        let within = self.within();
        if within.offices.is_none() && within.methods.is_none() {
            return self.needs_fund(fund);
        }
        self.needs_whole(deed)
    }
}

/// A page of what somebody sees, filled from as many pages of what there is as
/// that takes.
pub(crate) struct SeenPage<T> {
    limit: usize,
    /// What is seen so far.
    pub(crate) rows: Vec<T>,
}

impl<T> SeenPage<T> {
    /// A page of at most `limit` rows.
    pub(crate) fn of(limit: i64) -> Self {
        Self { limit: usize::try_from(limit).unwrap_or_default(), rows: Vec::new() }
    }

    /// Takes what is seen of the next `limit` rows; whether to ask for more.
    pub(crate) fn take(&mut self, page: Vec<T>, is_seen: impl Fn(&T) -> bool) -> bool {
        let is_last = page.len() < self.limit;
        self.rows.extend(page.into_iter().filter(is_seen));
        self.goes_on(is_last)
    }

    /// The same of rows that are each about a receipt; those about none are of
    /// the whole council.
    pub(crate) async fn take_of(
        &mut self,
        books: &Books,
        tx: &mut Tx,
        page: Vec<(Option<ReceiptId>, T)>,
    ) -> Result<bool> {
        let is_last = page.len() < self.limit;
        for (receipt, row) in page {
            let is_seen = match receipt {
                Some(receipt) => books.sees_receipt(tx, receipt).await?,
                None => books.actor().scope().is_whole(),
            };
            if is_seen {
                self.rows.push(row);
            }
        }
        Ok(self.goes_on(is_last))
    }

    fn goes_on(&mut self, is_last: bool) -> bool {
        let is_full = self.rows.len() >= self.limit;
        self.rows.truncate(self.limit);
        !is_full && !is_last
    }
}

#[cfg(test)]
mod tests {
    use super::SeenPage;

    #[test]
    fn a_page_is_filled_from_as_many_as_that_takes() {
        let mut seen = SeenPage::of(3);
        assert!(seen.take(vec![1, 2, 3], |row| row % 2 == 0));
        assert!(seen.take(vec![4, 5, 7], |row| row % 2 == 0));
        assert!(!seen.take(vec![6, 8, 10], |row| row % 2 == 0));
        assert_eq!(seen.rows, [2, 4, 6]);
        // The last page there is ends it.
        assert!(!SeenPage::of(3).take(vec![1], |row| row % 2 == 0));
    }
}
