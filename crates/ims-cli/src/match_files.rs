//! `ims match`: the reconciliation engine alone, on two CSV files, without a database.

mod report;
mod sides;
mod table;
mod write;

use std::{
    io,
    path::{Path, PathBuf},
};

use clap::Args;
use ims_reconcile::{Rules, reconcile, rules::BadRulesText};
use thiserror::Error;

pub use report::Report;
use sides::{BankSide, ExpectedSide};
pub use table::BadTable;
use table::Table;

/// Pairs the rows of two CSV files and says why.
#[derive(Args, Clone, Debug)]
pub struct MatchArgs {
    /// What was expected: id, date, amount in pence, reference, merchant, batch_ref
    #[arg(long, value_name = "A.csv")]
    pub expected: PathBuf,
    /// What the bank shows: id, date, amount in pence, reference, narrative, type
    #[arg(long, value_name = "B.csv")]
    pub bank: PathBuf,
    /// Where the pairs are written: bank_id, ledger_id, rule, reason
    #[arg(long, value_name = "M.csv")]
    pub out: PathBuf,
    /// Rules to use instead of the built-in ones
    #[arg(long, value_name = "FILE.toml")]
    pub rules: Option<PathBuf>,
    /// Where pairs that are only proposed are written, with rank and probability
    #[arg(long, value_name = "P.csv")]
    pub proposals: Option<PathBuf>,
    /// Where bank lines without a match are written, with what stood in the way
    #[arg(long, value_name = "FILE")]
    pub left_bank: Option<PathBuf>,
    /// Where expected rows without a match are written
    #[arg(long, value_name = "FILE")]
    pub left_expected: Option<PathBuf>,
}

/// Why two files were not matched. Nothing was written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum MatchError {
    /// A file that cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file with something wrong in it.
    #[error("{}, {fault}", path.display())]
    Table {
        /// The file.
        path: PathBuf,
        /// Where and what.
        fault: BadTable,
    },
    /// A file of rules that cannot be used.
    #[error("{}, {fault}", path.display())]
    Rules {
        /// The file.
        path: PathBuf,
        /// Where and what.
        fault: BadRulesText,
    },
    /// Two results, or a result and an input, that would be one file.
    #[error("{} is named twice; give each file its own name", .0.display())]
    SameFile(PathBuf),
    /// A result that cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The summary cannot be printed.
    #[error("cannot print the summary")]
    Print(#[source] io::Error),
}

/// Matches the files and prints a summary to `out`, as one JSON document if `json`.
///
/// # Errors
/// When an input cannot be used or a result cannot be written; then no result is written.
pub fn run(args: &MatchArgs, json: bool, out: &mut dyn io::Write) -> Result<Report, MatchError> {
    check_names(args)?;
    let rules = rules(args.rules.as_deref())?;
    let (expected, bank) = both(|| table(&args.expected), || table(&args.bank));
    let (expected, bank) = (expected?, bank?);
    let at = |path: &Path| {
        let path = path.to_owned();
        move |fault| MatchError::Table { path, fault }
    };
    let (expected, bank) = both(|| ExpectedSide::read(&expected), || BankSide::read(&bank));
    let expected = expected.map_err(at(&args.expected))?;
    let bank = bank.map_err(at(&args.bank))?;
    let outcome = reconcile(&expected.rows, &bank.lines, &rules);
    write::results(args, &expected, &bank, &rules, &outcome)?;
    let report = Report::new(&expected, &bank, &rules, &outcome);
    let printed = if json { report.print_json(out) } else { report.print(out, &args.out) };
    printed.map_err(MatchError::Print)?;
    Ok(report)
}

/// Does two things at a time.
fn both<A: Send, B>(one: impl FnOnce() -> A + Send, other: impl FnOnce() -> B) -> (A, B) {
    std::thread::scope(|scope| {
        let one = scope.spawn(one);
        let other = other();
        match one.join() {
            Ok(one) => (one, other),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

fn table(path: &Path) -> Result<Table, MatchError> {
    let bytes =
        std::fs::read(path).map_err(|source| MatchError::Read { path: path.to_owned(), source })?;
    Table::new(bytes).map_err(|fault| MatchError::Table { path: path.to_owned(), fault })
}

fn rules(path: Option<&Path>) -> Result<Rules, MatchError> {
    let Some(path) = path else { return Ok(Rules::default()) };
    let text = std::fs::read_to_string(path)
        .map_err(|source| MatchError::Read { path: path.to_owned(), source })?;
    Rules::read(&text).map_err(|fault| MatchError::Rules { path: path.to_owned(), fault })
}

/// No result may overwrite another, or what is read.
fn check_names(args: &MatchArgs) -> Result<(), MatchError> {
    let results = [
        Some(&args.out),
        args.proposals.as_ref(),
        args.left_bank.as_ref(),
        args.left_expected.as_ref(),
    ];
    let mut before: Vec<PathBuf> = vec![place(&args.expected), place(&args.bank)];
    before.extend(args.rules.as_deref().map(place));
    for result in results.into_iter().flatten() {
        let place = place(result);
        if before.contains(&place) {
            return Err(MatchError::SameFile(result.clone()));
        }
        before.push(place);
    }
    Ok(())
}

/// Where a path leads, however it is written.
fn place(path: &Path) -> PathBuf {
    std::fs::canonicalize(path)
        .or_else(|_| std::path::absolute(path))
        .unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests;
