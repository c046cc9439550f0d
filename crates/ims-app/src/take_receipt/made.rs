//! The rows of a receipt, its money decided.

use chrono::NaiveDate;
use ims_ledger::{
    Council, Method, flow,
    id::{ChannelCode, EntryId, ExpectedId, ReceiptId, SuspenseId},
};
use ims_money::Pence;
use ims_store::{Addition, EntryRow, ExpectedRow, ReceiptRow, SuspenseRow};

use super::{
    NewReceipt, TakenReceipt, digest,
    lines::{self, Rest},
    total_of, warnings_of, words,
};
use crate::{
    AppError, Books, Result,
    admit::Admitted,
    posting::{Writer, about_receipt, gains, some},
};

/// What was decided of a receipt before it is posted.
#[derive(Clone, Copy)]
pub(super) struct Taken<'a, 'b> {
    pub(super) new: &'b NewReceipt,
    pub(super) method: &'b Method,
    /// Where its money waits.
    pub(super) channel: &'b ChannelCode,
    pub(super) on: NaiveDate,
    pub(super) admitted: &'b [Admitted<'a>],
    pub(super) rest: &'b [Rest],
    /// A provider's name for the money, where one took it.
    pub(super) source: Option<&'b str>,
}

/// The rows of a receipt, and what is answered once they last.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) rows: Addition,
    pub(crate) done: TakenReceipt,
    pub(crate) entry: EntryId,
    pub(crate) receipt: ReceiptId,
    /// What the channel waits for; none of nothing.
    pub(crate) expected: Option<ExpectedId>,
}

impl Books {
    /// The rows, and what is answered once they last.
    pub(super) fn made(
        &self,
        council: &Council,
        closed_through: Option<NaiveDate>,
        taken: Taken<'_, '_>,
    ) -> Result<Made> {
        let Taken { new, method, channel, on, admitted, rest, source } = taken;
        let mut warnings = warnings_of(admitted);
        let lines = lines::incomes(council, new, admitted, rest, on, &mut warnings)?;
        let now = self.world().now();
        let writer = Writer { books: self, now, closed_through, import: None };
        let mut receipt = writer.receipt(method.code.as_str(), on, &lines)?;
        receipt.office.clone_from(&new.office);
        receipt.source_ref = source.map(str::to_owned);
        let over = Pence::checked_sum(rest.iter().map(|rest| rest.over));
        let over = over.ok_or(AppError::Overflow)?;
        let postings = some(flow::overpaid(channel, &gains(&lines), over))?;
        let suspense = self.suspense_of(taken, &receipt, &writer);
        let about = about(taken, &suspense, &receipt)?;
        let mut details = Vec::new();
        let mut entry = writer.entry("receipt", on, about, postings);
        entry.key.clone_from(&new.key);
        entry.detail = writer.detail(receipt.id.get(), &words(new), &mut details);
        receipt.entry = entry.id;
        let suspense: Vec<_> =
            suspense.into_iter().map(|row| SuspenseRow { entry: entry.id, ..row }).collect();
        let expected = self.expected_of(taken, &entry, &receipt, &writer)?;
        let total = total_of(new)?;
        let data = serde_json::json!({
            "method": receipt.method, "office": receipt.office, "through": new.through.as_str(),
            "total_pence": total, "overpaid_pence": over,
            "lines": receipt.lines.iter().map(|line| serde_json::json!({
                "fund": line.fund, "reference": line.reference, "amount_pence": line.amount,
            })).collect::<Vec<_>>(),
            "stops": warnings_of(admitted),
        });
        let rows = Addition::new(self.id())
            .entries(std::slice::from_ref(&entry))
            .receipts(std::slice::from_ref(&receipt))
            .suspense(&suspense)
            .expected(expected.as_slice())
            .details(&details)
            .event(&self.noted("take receipt", &receipt.number, &data));
        let (id, receipt) = (receipt.id, receipt.number);
        let done = TakenReceipt { receipt, total, overpaid: over, warnings, before: false };
        let expected = expected.map(|row| row.id);
        Ok(Made { rows, done, entry: entry.id, receipt: id, expected })
    }

    /// What is more than is owed, an item for each account.
    fn suspense_of(
        &self,
        taken: Taken<'_, '_>,
        receipt: &ReceiptRow,
        writer: &Writer<'_>,
    ) -> Vec<SuspenseRow> {
        let over = taken.admitted.iter().zip(taken.rest).filter(|(_, rest)| !rest.over.is_zero());
        let item = |(line, rest): (&Admitted<'_>, &Rest)| SuspenseRow {
            id: SuspenseId::new(self.world().id()),
            happened_on: taken.on,
            amount: rest.over,
            reason: format!(
                "more than was owed on {} {}: paid with receipt {}",
                line.fund.code, line.reference, receipt.number
            ),
            reference: line.reference.clone(),
            entry: receipt.entry,
            import: None,
            line: None,
            method: Some(receipt.method.clone()),
            created_at: writer.now,
        };
        over.map(item).collect()
    }

    /// What the channel waits for: all that was taken, in one.
    fn expected_of(
        &self,
        taken: Taken<'_, '_>,
        entry: &EntryRow,
        receipt: &ReceiptRow,
        writer: &Writer<'_>,
    ) -> Result<Option<ExpectedRow>> {
        let amount = total_of(taken.new)?;
        if amount.is_zero() {
            return Ok(None);
        }
        let reference = match receipt.lines.as_slice() {
            [only] => only.reference.clone(),
            _ => receipt.number.clone(),
        };
        Ok(Some(ExpectedRow {
            id: ExpectedId::new(self.world().id()),
            channel: taken.channel.to_string(),
            happened_on: taken.on,
            amount,
            reference,
            batch_ref: String::new(),
            source_ref: taken.source.unwrap_or(&receipt.number).to_owned(),
            entry: entry.id,
            receipt: Some(receipt.id),
            import: None,
            created_at: writer.now,
            is_payers: receipt.lines.len() == 1,
        }))
    }
}

/// What the entry says: what was asked, what became of it, and the receipt.
fn about(taken: Taken<'_, '_>, suspense: &[SuspenseRow], receipt: &ReceiptRow) -> Result<String> {
    use std::fmt::Write as _;
    let new = taken.new;
    let mut about = format!("taken {} {} {} ", total_of(new)?, digest(new), new.through.as_str());
    for line in taken.admitted {
        if let Some(old) = &line.old {
            // Writing to a string cannot fail.
            let _ = write!(about, "redirected {old} to {}/{} ", line.fund.code, line.reference);
        }
    }
    for item in suspense {
        let _ = write!(about, "overpaid {} suspense {} ", item.amount, item.id);
    }
    about.push_str(&about_receipt(receipt));
    Ok(about)
}
