use std::io::{self, Write};

use comfy_table::{CellAlignment, ContentArrangement, Table, presets::NOTHING};
use ims_files::{Schedule, Settlement, Severity, Statement};
use ims_ledger::{Acknowledgement, Advice, IncomingHolder, IncomingReceipt, Outcome};

use super::{Listed, look::Looked};

/// How many rows of a table a person is shown.
pub(super) const ROWS_MAX: usize = 60;

pub(super) fn file(looked: &Looked<'_>, out: &mut dyn Write) -> io::Result<()> {
    let title =
        looked.format.map_or_else(|| "not read".to_owned(), |format| format.title().to_owned());
    writeln!(out, "{}: {title}", plain(&looked.path))?;
    let contents = &looked.contents;
    contents.statements.iter().try_for_each(|statement| statement_of(statement, out))?;
    contents.schedules.iter().try_for_each(|schedule| schedule_of(schedule, out))?;
    contents.settlements.iter().try_for_each(|settlement| settlement_of(settlement, out))?;
    let left_out = contents.left_out();
    receipts(&contents.receipts, left_out.receipts, out)?;
    holders(&contents.holders, left_out.holders, out)?;
    advices(&contents.advices, left_out.advices, out)?;
    acknowledgements(&contents.acknowledgements, left_out.acknowledgements, out)?;
    if let Some(totals) = looked.verdict.totals {
        writeln!(out, "  {} rows of money, {} in all", totals.count, totals.sum)?;
    }
    for problem in looked.problems() {
        let severity = match problem.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let place = problem.line.map(|line| format!("line {line}: ")).unwrap_or_default();
        writeln!(out, "  {severity}: {place}{}", plain(&problem.message))?;
    }
    writeln!(out)
}

fn statement_of(statement: &Statement, out: &mut dyn Write) -> io::Result<()> {
    let head = &statement.head;
    let sort_code = head.sort_code.as_deref().map(dashed).unwrap_or_default();
    let balance = |of: Option<ims_ledger::Balance>| {
        of.map_or_else(|| "not stated".to_owned(), |of| format!("{} on {}", of.amount, of.date))
    };
    let agree = match statement.balanced() {
        Some(true) => "balances agree",
        Some(false) => "balances DISAGREE",
        None => "balances not stated",
    };
    writeln!(
        out,
        "  account {sort_code}{} {}{}{}, {agree}",
        plain(&head.account),
        plain(&head.currency),
        head.number
            .as_deref()
            .map(|number| format!(" number {}", plain(number)))
            .unwrap_or_default(),
        if head.interim { ", interim: not to be posted" } else { "" },
    )?;
    writeln!(
        out,
        "  opening {}, closing {}",
        balance(statement.opening()),
        balance(statement.close.closing)
    )?;
    let rows = statement.lines.iter().map(|line| {
        let name = line.counterparty.as_ref().and_then(|party| party.name.clone());
        [
            line.booked.to_string(),
            line.amount.to_string(),
            line.code.clone().unwrap_or_default(),
            line.reference.clone().unwrap_or_default(),
            [name.unwrap_or_default(), line.narrative.clone()].join(" "),
        ]
    });
    table(["booked", "amount", "code", "reference", "narrative"], rows, statement.left_out(), out)
}

fn schedule_of(schedule: &Schedule, out: &mut dyn Write) -> io::Result<()> {
    let date = schedule.head.date.map(|date| format!(" of {date}")).unwrap_or_default();
    writeln!(out, "  schedule from {}{date}", plain(&schedule.head.sender))?;
    let rows = schedule.lines.iter().map(|line| {
        [
            line.line.to_string(),
            line.amount.to_string(),
            line.reference.clone(),
            line.name.clone().unwrap_or_default(),
            line.date.map(|date| date.to_string()).unwrap_or_default(),
        ]
    });
    table(["line", "amount", "reference", "name", "paid on"], rows, schedule.left_out(), out)
}

fn settlement_of(settlement: &Settlement, out: &mut dyn Write) -> io::Result<()> {
    let payout = settlement.head.payout.as_deref().map(plain).unwrap_or_default();
    writeln!(out, "  payout {payout} of {}", plain(&settlement.head.provider))?;
    let rows = settlement.lines.iter().map(|line| {
        [
            line.date.to_string(),
            line.net.to_string(),
            line.gross.to_string(),
            line.fee.to_string(),
            line.reference.clone().unwrap_or_else(|| line.provider_ref.clone()),
        ]
    });
    table(["date", "net", "gross", "fee", "reference"], rows, settlement.left_out(), out)
}

fn receipts(receipts: &[IncomingReceipt], left_out: u64, out: &mut dyn Write) -> io::Result<()> {
    let rows = receipts.iter().map(|receipt| {
        [
            receipt.date.to_string(),
            receipt.amount.to_string(),
            receipt.fund.clone().unwrap_or_default(),
            receipt.reference.clone(),
            receipt.narrative.clone().unwrap_or_default(),
        ]
    });
    table(["date", "amount", "fund", "reference", "narrative"], rows, left_out, out)
}

fn holders(holders: &[IncomingHolder], left_out: u64, out: &mut dyn Write) -> io::Result<()> {
    let rows = holders.iter().map(|holder| {
        [
            holder.line.to_string(),
            holder.balance.map(|balance| balance.to_string()).unwrap_or_default(),
            holder.fund.clone(),
            holder.reference.clone(),
            holder.name.clone(),
        ]
    });
    table(["line", "balance", "fund", "reference", "name"], rows, left_out, out)
}

fn advices(advices: &[Advice], left_out: u64, out: &mut dyn Write) -> io::Result<()> {
    let rows = advices.iter().map(|advice| {
        [
            format!("{} {}", advice.kind, advice.date),
            advice.amount.map(|amount| amount.to_string()).unwrap_or_default(),
            advice.reference.clone(),
            advice.code.clone(),
            advice.meaning.clone(),
        ]
    });
    table(["advice", "amount", "reference", "code", "meaning"], rows, left_out, out)
}

fn acknowledgements(
    answers: &[Acknowledgement],
    left_out: u64,
    out: &mut dyn Write,
) -> io::Result<()> {
    let rows = answers.iter().map(|answer| {
        let outcome = match answer.outcome {
            Outcome::Accepted => "accepted",
            Outcome::Rejected => "rejected",
        };
        [
            answer.line.to_string(),
            answer.amount.map(|amount| amount.to_string()).unwrap_or_default(),
            outcome.to_owned(),
            answer.reference.clone(),
            answer.message.clone().unwrap_or_default(),
        ]
    });
    table(["line", "amount", "outcome", "reference", "message"], rows, left_out, out)
}

pub(super) fn formats(all: &[Listed<'_>], out: &mut dyn Write) -> io::Result<()> {
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(["name", "", "what it is", "specification"]);
    for known in all {
        let does = if known.writes { "writes" } else { "reads" };
        table.add_row([known.name, does, &known.title, known.page]);
    }
    writeln!(out, "{table}")
}

/// Rows under a heading, the second column to the right, and how many there are more
/// in the file; nothing without rows.
fn table(
    heading: [&str; 5],
    rows: impl ExactSizeIterator<Item = [String; 5]>,
    left_out: u64,
    out: &mut dyn Write,
) -> io::Result<()> {
    if rows.len() == 0 && left_out == 0 {
        return Ok(());
    }
    let mut table = Table::new();
    table
        .load_style(NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(heading);
    if let Some(column) = table.column_mut(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    for row in rows {
        table.add_row(row.map(|cell| plain(&cell)));
    }
    writeln!(out, "{table}")?;
    if left_out > 0 {
        writeln!(out, "  and {left_out} more; --json shows all")?;
    }
    Ok(())
}

/// What a file says, without what would move a terminal's cursor.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn dashed(sort_code: &str) -> String {
    let pairs: Vec<String> = sort_code
        .as_bytes()
        .chunks(2)
        .map(|pair| String::from_utf8_lossy(pair).into_owned())
        .collect();
    format!("{} ", pairs.join("-"))
}
