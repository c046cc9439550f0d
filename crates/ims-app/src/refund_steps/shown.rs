//! Bank lines that show a refund by bank paid, or come back.

use ims_ledger::{RefundEvent, flow, id::BankCode, remaining_after};
use ims_money::Pence;
use ims_store::{
    AllocationRow, EntryRow, MatchRow, OpenLine, OpenSuspense, PairRow, RefundFileRow, RefundRow,
    StoreError, Tx,
};

use super::{moved, word_of_entry};
use crate::{
    AppError, Books, Result,
    posting::{Writer, some},
    reconcile_bank::one_line,
};

/// The names the explanations go by.
pub(crate) const PAID_RULE: &str = "refund paid";
pub(crate) const BOUNCED_RULE: &str = "refund came back";

/// What a bank line may show paid, or come back: a refund, or a file of them.
pub(crate) struct Money {
    /// As entries name it.
    about: String,
    /// As people name it.
    name: &'static str,
    amount: Pence,
    reason: String,
}

impl Money {
    pub(crate) fn of(refund: &RefundRow) -> Self {
        let RefundRow { id, number, receipt_number, .. } = refund;
        Self {
            about: format!("refund {id} {number}"),
            name: "the refund",
            amount: refund.amount,
            reason: format!("the line is refund {number} of receipt {receipt_number}"),
        }
    }

    /// Of so many refunds in a file.
    pub(crate) fn of_file(file: &RefundFileRow, refunds: usize, amount: Pence) -> Self {
        let RefundFileRow { export, file_name, .. } = file;
        Self {
            about: format!("refunds {export} {file_name}"),
            name: "the file",
            amount,
            reason: format!("the line pays {file_name}, refunds: {refunds}"),
        }
    }

    /// How much leaves `refunds-due`: less than nothing when it came back.
    fn moved(&self, event: RefundEvent) -> Result<(Pence, &'static str)> {
        moved(self.amount, event)
    }
}

/// An explanation of a bank line: the refund that it is, or the file of them.
pub(crate) struct Shown {
    pub(crate) entry: EntryRow,
    pub(crate) set: MatchRow,
    pub(crate) pair: PairRow,
    /// What the line had become by the close of its day.
    suspense: Option<(OpenSuspense, AllocationRow)>,
}

impl Shown {
    /// By an open line.
    pub(crate) fn by(
        writer: &Writer<'_>,
        money: &Money,
        line: &OpenLine,
        event: RefundEvent,
    ) -> Result<Self> {
        let (amount, word) = money.moved(event)?;
        is_of(money, line, event)?;
        let bank =
            BankCode::parse(&line.bank).map_err(|bad| AppError::BadInput(bad.to_string()))?;
        let postings = some(flow::refund_paid_by_bank(&bank, amount))?;
        let about = format!("{} {word} line {}", money.about, line.id);
        let entry = writer.entry(word_of_entry(event), line.booked_on, about, postings);
        let (set, pair) = one_line(writer, line, rule(event), money.reason.clone(), Some(&entry));
        Ok(Self { entry, set, pair, suspense: None })
    }

    /// By a line that nobody could place by the close of its day.
    pub(crate) fn by_suspense(
        writer: &Writer<'_>,
        money: &Money,
        line: &OpenLine,
        item: &OpenSuspense,
        event: RefundEvent,
    ) -> Result<Self> {
        let (amount, word) = money.moved(event)?;
        is_of(money, line, event)?;
        // All of it, or somebody has placed part of it already.
        remaining_after(item.remaining, line.amount)
            .map_err(|refused| AppError::Refused(refused.to_string()))?;
        let postings = some(flow::refund_found_in_suspense(amount))?;
        let about = format!("{} {word} suspense {}", money.about, item.id);
        let today = writer.books.world().today();
        let entry = writer.entry(word_of_entry(event), today, about, postings);
        let (set, mut pair) =
            one_line(writer, line, rule(event), money.reason.clone(), Some(&entry));
        pair.line = None;
        pair.suspense = Some(item.id);
        let allocation = AllocationRow {
            id: writer.books.world().id(),
            suspense: item.id,
            amount: item.remaining,
            entry: entry.id,
            receipt: None,
            matched: Some(set.id),
            note: set.reason.clone(),
            by: writer.books.actor().name().to_owned(),
            at: writer.now,
        };
        Ok(Self { entry, set, pair, suspense: Some((item.clone(), allocation)) })
    }

    /// Posts it, and takes the line off what is open.
    pub(super) async fn add(self, tx: &mut Tx, books: &Books) -> Result<()> {
        let council = books.id();
        tx.post_many(council, &[self.entry]).await?;
        tx.add_matches(council, &[self.set], std::slice::from_ref(&self.pair)).await?;
        if let Some((item, allocation)) = self.suspense {
            let none = Pence::ZERO;
            if !tx.lower_suspense(council, item.id, item.remaining, none).await? {
                return Err(StoreError::Busy.into());
            }
            return Ok(tx.add_allocations(council, &[allocation]).await?);
        }
        let Some(line) = self.pair.line else { return Ok(()) };
        if tx.close_lines(council, &[line]).await? == 1 {
            return Ok(());
        }
        Err(AppError::Refused(format!("bank line {line} is explained by something else")))
    }
}

fn is_of(money: &Money, line: &OpenLine, event: RefundEvent) -> Result<()> {
    let (amount, word) = money.moved(event)?;
    if line.amount.checked_neg() == Some(amount) {
        return Ok(());
    }
    Err(AppError::Refused(format!(
        "bank line {} is of {}, but {} {word} is of {}",
        line.id, line.amount, money.name, money.amount
    )))
}

const fn rule(event: RefundEvent) -> &'static str {
    match event {
        RefundEvent::Bounce => BOUNCED_RULE,
        _ => PAID_RULE,
    }
}
