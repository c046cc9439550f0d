//! `ims bank`: whether a sort code and an account can belong together, and the
//! days of a Bacs payment; without a database.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use clap::{Args, Subcommand};
use ims_files::{
    Severity, Verdict,
    bacs::{Cycle, WeightTable},
};
use ims_ledger::WorkingDays;
use serde_json::json;

use crate::{Answer, CliError, Desk, Exit, error::bad, source};

/// Bank accounts of others, and the days banks work.
#[derive(Subcommand, Clone, Debug)]
pub enum BankCommand {
    /// Check that a sort code and an account can belong together
    #[command(
        after_help = "Example: ims bank check 08-99-99 66374958 --table valacdos.txt --substitutes scsubtab.txt"
    )]
    Check(CheckArgs),
    /// The three days of what is sent to Bacs on a day
    #[command(after_help = "Example: ims bank days 2026-12-24 --holidays bank-holidays.txt")]
    Days(DaysArgs),
}

/// What is checked, and by which tables.
#[derive(Args, Clone, Debug)]
pub struct CheckArgs {
    /// The sort code
    #[arg(value_name = "SORTCODE")]
    pub sort_code: String,
    /// The account
    #[arg(value_name = "ACCOUNT")]
    pub account: String,
    /// The table of weights, as Pay.UK publishes it
    #[arg(long, value_name = "FILE")]
    pub table: PathBuf,
    /// The sort codes that are checked as others
    #[arg(long, value_name = "FILE")]
    pub substitutes: Option<PathBuf>,
}

/// Which day, and which days banks are closed.
#[derive(Args, Clone, Debug)]
pub struct DaysArgs {
    /// The day it is sent
    #[arg(value_name = "DATE", value_parser = crate::args::day)]
    pub day: NaiveDate,
    /// Bank holidays beside the ordinary ones, one a line
    #[arg(long, value_name = "FILE")]
    pub holidays: Option<PathBuf>,
}

pub(crate) fn run(command: &BankCommand, desk: &mut Desk<'_>) -> Result<Answer, CliError> {
    match command {
        BankCommand::Check(args) => check(args, desk),
        BankCommand::Days(args) => days(args, desk),
    }
}

fn check(args: &CheckArgs, desk: &mut Desk<'_>) -> Result<Answer, CliError> {
    let table = weights(&args.table, args.substitutes.as_deref(), desk)?;
    let checked = table.check(&args.sort_code, &args.account).map_err(bad)?;
    let may_be_paid = checked.may_be_paid();
    let words = checked.in_words();
    let document = json!({
        "sort_code": args.sort_code, "account": args.account, "ok": may_be_paid,
        "result": checked.as_str(), "meaning": words,
    });
    Ok(Answer::of(document)
        .say(format!("{} {}: {words}", args.sort_code, args.account))
        .exit(if may_be_paid { Exit::Done } else { Exit::SeeTo }))
}

/// The table of weights in those files.
pub(crate) fn weights(
    path: &Path,
    substitutes: Option<&Path>,
    desk: &mut Desk<'_>,
) -> Result<WeightTable, CliError> {
    let bytes = source::bytes(path, source::DOCUMENT_BYTES_MAX, desk.input)?;
    let (mut table, verdict) = WeightTable::read(&mut bytes.as_slice());
    whole(path, &verdict)?;
    if let Some(path) = substitutes {
        let bytes = source::bytes(path, source::DOCUMENT_BYTES_MAX, desk.input)?;
        whole(path, &table.substitute(&mut bytes.as_slice()))?;
    }
    Ok(table)
}

/// A table with an error is not used: a rule that is missing lets wrong accounts
/// pass.
fn whole(path: &Path, verdict: &Verdict) -> Result<(), CliError> {
    let first = verdict.faults.iter().find(|fault| fault.severity == Severity::Error);
    let Some(fault) = first else { return Ok(()) };
    let line = fault.line.map(|line| format!(" line {line}")).unwrap_or_default();
    Err(bad(format!("{}{line}: {}", path.display(), fault.message)))
}

fn days(args: &DaysArgs, desk: &mut Desk<'_>) -> Result<Answer, CliError> {
    let working = match &args.holidays {
        Some(path) => {
            let list = source::document(path, desk.input)?;
            let at = |error| bad(format!("{} {error}", path.display()));
            WorkingDays::parse(&list).map_err(at)?
        }
        None => WorkingDays::england_and_wales(),
    };
    let cycle = Cycle::of_input(args.day, &working);
    let returned = cycle.returned_by(&working);
    let document = json!({
        "input": cycle.input, "processing": cycle.processing, "entry": cycle.entry,
        "returned_by": returned,
    });
    Ok(Answer::of(document)
        .say(format!("sent in       {}", cycle.input))
        .say(format!("processed     {}", cycle.processing))
        .say(format!("in accounts   {}", cycle.entry))
        .say(format!("back, if so   {returned}")))
}
