//! Receipts: each row to its account, or to suspense with its reason.

use ims_files::Record;
use ims_ledger::{
    Council, IncomingReceipt, Method, flow,
    id::{ChannelCode, EntryId, ExpectedId, SuspenseId},
};
use ims_money::Pence;
use ims_store::{EntryRow, ExpectedRow, ReceiptRow, SuspenseRow};

use super::{
    Part, Posted, bad,
    named::came_under_its_name,
    place::{Placed, Wanted, place},
    reread::Reread,
    rules::rules_of,
};
use crate::{
    Result,
    posting::{Detail, Income, about_receipt, gains, some, vat_held},
    redirects::about_old,
};

/// Where money by a method nobody configured waits.
const UNKNOWN_CHANNEL: &str = "unplaced";

/// Rows ready to be added, a table at a time.
#[derive(Default)]
pub(super) struct Rows {
    entries: Vec<EntryRow>,
    receipts: Vec<ReceiptRow>,
    suspense: Vec<SuspenseRow>,
    expected: Vec<ExpectedRow>,
    details: Vec<Detail>,
}

impl Rows {
    pub(super) async fn add(self, part: &mut Part<'_>) -> Result<()> {
        let council = part.writer.books.id();
        part.tx.post_many(council, &self.entries).await?;
        part.tx.add_receipts(council, &self.receipts).await?;
        part.tx.add_suspense(council, &self.suspense).await?;
        part.tx.add_expected(council, &self.expected).await?;
        part.tx.put_details(council, &self.details).await?;
        Ok(())
    }

    pub(super) fn expect(&mut self, row: ExpectedRow) {
        self.expected.push(row);
    }

    pub(super) fn enter(&mut self, entry: EntryRow) {
        self.entries.push(entry);
    }

    /// The first entry, which stands for the file where one is to be named.
    pub(super) fn first_entry(&self) -> EntryId {
        self.entries.first().map_or(EntryId::new(uuid::Uuid::nil()), |entry| entry.id)
    }
}

/// A row of money, wherever it comes from.
pub(super) struct Money<'a> {
    pub(super) row: &'a IncomingReceipt,
    /// The method of payment's code, as configured or as written.
    pub(super) method: &'a str,
    pub(super) channel: &'a ChannelCode,
    /// Whether its own amount is waited for; a schedule waits for its total.
    pub(super) is_expected: bool,
}

pub(super) async fn post(mut part: Part<'_>) -> Result<Posted> {
    let reading = part.reading;
    let settings = part.settings;
    let rules = rules_of(&settings.council, reading.format.name())?;
    let funds = settings.funds()?;
    let unknown = ChannelCode::parse(UNKNOWN_CHANNEL)
        .map_err(|code| bad(&reading.file, None, &code.to_string()))?;
    let mut lots = Reread::of(reading, reading.many.receipts, |record| match record {
        Record::Receipt(row) => Some(row),
        _ => None,
    });
    let mut before: Option<Rows> = None;
    while let Some(mut rows) = lots.next(reading).await? {
        part.change(&rules, &mut rows);
        // Gathered first: what is awaited must be free to move between threads.
        let wanted: Vec<_> = rows.iter().map(wanted).collect();
        let placed = place(part.tx, part.writer.books.id(), &funds, &wanted).await?;
        // What is asked of the books waits for what is being added to them: so it
        // is asked first, and then rows are made while those before are added.
        if let Some(before) = before.take() {
            before.add(&mut part).await?;
        }
        let mut coming = Vec::with_capacity(rows.len());
        for (row, placed) in rows.iter().zip(placed) {
            part.check_day(row.line, row.date)?;
            let method = row.method.as_deref().and_then(|code| method(&settings.council, code));
            coming.push(match method {
                Some(method) => (row, &method.channel, placed),
                None => (row, &unknown, Placed::Nobody(unknown_method(row))),
            });
        }
        if let Some(reason) = came_under_its_name(&mut part, &coming).await? {
            return Ok(Posted::Disagrees(reason));
        }
        let mut ready = Rows::default();
        for (row, channel, placed) in coming {
            let method = row.method.as_deref().unwrap_or_default();
            let money = Money { row, method, channel, is_expected: true };
            take(&mut part, &settings.council, &mut ready, &money, placed)?;
        }
        before = Some(ready);
    }
    if let Some(before) = before {
        before.add(&mut part).await?;
    }
    Ok(Posted::Done)
}

pub(super) fn wanted(row: &IncomingReceipt) -> Wanted<'_> {
    Wanted { fund: row.fund.as_deref(), reference: &row.reference, on: row.date }
}

pub(super) fn method<'a>(council: &'a Council, code: &str) -> Option<&'a Method> {
    council.method.iter().find(|method| method.code.as_str() == code)
}

pub(super) fn unknown_method(row: &IncomingReceipt) -> String {
    match row.method.as_deref() {
        Some(code) if !code.is_empty() => format!("method of payment `{code}` is not configured"),
        Some(_) | None => "it has no method of payment".to_owned(),
    }
}

/// Makes the rows of one row of money.
pub(super) fn take(
    part: &mut Part<'_>,
    council: &Council,
    ready: &mut Rows,
    money: &Money<'_>,
    placed: Placed<'_>,
) -> Result<()> {
    let row = money.row;
    part.tally.row(row.amount)?;
    if row.amount.is_zero() {
        part.tally.remark(format!("line {}: an amount of nothing, left out", row.line));
        return Ok(());
    }
    match within_limit(row, placed) {
        Placed::Account { fund, reference, old } => {
            match council.vat_of(fund, row.vat_code.as_deref()) {
                // Which VAT it holds would be a guess.
                Err(bad) if fund.vat_override => {
                    return suspend(part, ready, money, bad.to_string());
                }
                Err(bad) => part.tally.remark(format!(
                    "line {}: {bad}; fund {} goes by its own",
                    row.line, fund.code
                )),
                Ok(chosen) if chosen.is_fixed => part.tally.remark(format!(
                    "line {}: VAT code {} was not used: fund {} takes only its own",
                    row.line,
                    row.vat_code.as_deref().unwrap_or_default(),
                    fund.code
                )),
                Ok(_) => (),
            }
            let code = row.vat_code.as_deref();
            let vat = match vat_held(council, fund, code, row.amount, row.date, row.vat) {
                Ok(vat) => vat,
                // Nor would none be anything but a guess.
                Err(bad) => return suspend(part, ready, money, bad.to_string()),
            };
            if let (Some(said), Some(held)) = (row.vat, &vat)
                && said != held.held
            {
                part.tally.remark(format!(
                    "line {}: the file says {said} of VAT, the rate in force gives {}",
                    row.line, held.held
                ));
            }
            let income = Income { fund, reference, amount: row.amount, vat };
            receive(part, ready, money, &income, old.as_deref())
        }
        Placed::Nobody(reason) => suspend(part, ready, money, reason),
    }
}

/// Nobody's, when it is more than its fund takes at once.
pub(super) fn within_limit<'a>(row: &IncomingReceipt, placed: Placed<'a>) -> Placed<'a> {
    match placed {
        Placed::Account { fund, .. } if fund.max_pence.is_some_and(|max| row.amount > max) => {
            let max = fund.max_pence.unwrap_or_default();
            Placed::Nobody(format!(
                "{} is more than fund {} takes at once ({max})",
                row.amount, fund.code
            ))
        }
        other => other,
    }
}

fn line_number(row: &IncomingReceipt) -> i64 {
    i64::try_from(row.line).unwrap_or(i64::MAX)
}

fn receive(
    part: &mut Part<'_>,
    ready: &mut Rows,
    money: &Money<'_>,
    income: &Income<'_>,
    old: Option<&str>,
) -> Result<()> {
    let row = money.row;
    let lines = std::slice::from_ref(income);
    let mut receipt = part.writer.receipt(money.method, row.date, lines)?;
    receipt.office.clone_from(&row.office);
    receipt.import = part.writer.import.map(|import| (import, line_number(row)));
    receipt.source_ref.clone_from(&row.source_ref);
    let postings = some(flow::taken(money.channel, &gains(lines)))?;
    let about = about_old(old) + about_receipt(&receipt).as_str();
    let mut entry = part.writer.entry("receipt", row.date, about, postings);
    let narrative = row.narrative.as_deref().unwrap_or_default();
    entry.detail = part.writer.detail(receipt.id.get(), narrative, &mut ready.details);
    receipt.entry = entry.id;
    if money.is_expected {
        let expected = expected(part, money, &entry, Some(receipt.id), income.reference.clone());
        ready.expected.push(expected);
    }
    ready.entries.push(entry);
    ready.receipts.push(receipt);
    Ok(())
}

fn suspend(part: &mut Part<'_>, ready: &mut Rows, money: &Money<'_>, reason: String) -> Result<()> {
    let row = money.row;
    part.tally.suspend(row.amount, format!("line {}: to suspense: {reason}", row.line))?;
    let id = SuspenseId::new(part.writer.books.world().id());
    let postings = some(flow::taken_unknown(money.channel, row.amount))?;
    let about = format!("suspense {id} line {} {}", row.line, row.reference);
    let mut entry = part.writer.entry("suspense", row.date, about, postings);
    let narrative = row.narrative.as_deref().unwrap_or_default();
    entry.detail = part.writer.detail(id.get(), narrative, &mut ready.details);
    if money.is_expected {
        let expected = expected(part, money, &entry, None, row.reference.clone());
        ready.expected.push(expected);
    }
    ready.suspense.push(SuspenseRow {
        id,
        happened_on: row.date,
        amount: row.amount,
        reason,
        reference: row.reference.clone(),
        entry: entry.id,
        import: part.writer.import.map(|import| (import, line_number(row))),
        line: None,
        method: row.method.clone(),
        created_at: part.writer.now,
    });
    ready.entries.push(entry);
    Ok(())
}

/// What the bank will show of a row.
fn expected(
    part: &Part<'_>,
    money: &Money<'_>,
    entry: &EntryRow,
    receipt: Option<ims_ledger::id::ReceiptId>,
    reference: String,
) -> ExpectedRow {
    let row = money.row;
    ExpectedRow {
        id: ExpectedId::new(part.writer.books.world().id()),
        channel: money.channel.to_string(),
        happened_on: row.date,
        amount: row.amount,
        reference,
        batch_ref: row.batch.clone().unwrap_or_default(),
        source_ref: row.source_ref.clone().unwrap_or_default(),
        entry: entry.id,
        receipt,
        import: part.writer.import,
        created_at: part.writer.now,
        is_payers: true,
    }
}

/// An expected item of a file as a whole: a schedule's credit, a payout's fees.
pub(super) fn expected_total(
    part: &Part<'_>,
    channel: &ChannelCode,
    day: chrono::NaiveDate,
    amount: Pence,
    reference: String,
    batch_ref: String,
    entry: EntryId,
) -> ExpectedRow {
    ExpectedRow {
        id: ExpectedId::new(part.writer.books.world().id()),
        channel: channel.to_string(),
        happened_on: day,
        amount,
        reference,
        batch_ref,
        source_ref: String::new(),
        entry,
        receipt: None,
        import: part.writer.import,
        created_at: part.writer.now,
        is_payers: false,
    }
}
