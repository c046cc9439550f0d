//! `ims control`: the books beside the ledger and the host systems.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::Args;
use ims_app::{Control, ControlFile, ControlLine, NewControl};

use crate::{Answer, CliError, Desk, Exit, Globals, answer::counted, error::bad, source};

/// Compares the books with the ledger and the host systems.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "The files are CSV; their headers name the columns day, account (ledger) or fund (host, may be left out) and amount, in pounds. The ledger's amounts are what its control accounts moved by, debit positive; a host's what it took. Nothing is posted: the certificate is numbered and kept.\n\nExample: ims control --from 2026-04-01 --through 2026-04-30 --ledger gl.csv --host CT=tax.csv"
)]
pub struct ControlArgs {
    /// The first accounting day
    #[arg(long, value_name = "DATE", value_parser = crate::args::day, required_unless_present = "show")]
    pub from: Option<NaiveDate>,
    /// The last accounting day
    #[arg(long, value_name = "DATE", value_parser = crate::args::day, required_unless_present = "show")]
    pub through: Option<NaiveDate>,
    /// What the ledger's control accounts moved by each day
    #[arg(long, value_name = "FILE.csv")]
    pub ledger: Option<PathBuf>,
    /// What the host system of a fund took each day; once for each
    #[arg(long, value_name = "FUND=FILE.csv")]
    pub host: Vec<String>,
    /// Show a certificate that was made, by its number
    #[arg(long, value_name = "N", conflicts_with_all = ["from", "through", "ledger", "host"])]
    pub show: Option<i64>,
}

/// The largest file that is read.
const BYTES_MAX: u64 = 64 * 1024 * 1024;

pub(crate) async fn run(
    args: &ControlArgs,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    if let Some(number) = args.show {
        return answer(&books.control_again(number).await?);
    }
    let (Some(from), Some(through)) = (args.from, args.through) else {
        return Err(bad("say --from and --through, or --show"));
    };
    let mut files = Vec::new();
    if let Some(path) = &args.ledger {
        files.push((None, path.clone()));
    }
    for host in &args.host {
        let wrong = || bad(format!("`{host}` is no fund and file; CT=tax.csv would be"));
        let (fund, path) = host.split_once('=').ok_or_else(wrong)?;
        files.push((Some(fund.to_owned()), PathBuf::from(path)));
    }
    let mut read = Vec::new();
    for (fund, path) in files {
        let bytes = source::bytes(&path, BYTES_MAX, desk.input)?;
        read.push((fund, path.display().to_string(), bytes));
    }
    let ledger = read.iter().find(|(fund, _, _)| fund.is_none());
    let new = NewControl {
        from,
        through,
        ledger: ledger.map(|(_, name, bytes)| ControlFile { name, bytes }),
        hosts: read
            .iter()
            .filter_map(|(fund, name, bytes)| Some((fund.clone()?, ControlFile { name, bytes })))
            .collect(),
    };
    answer(&books.control(&new).await?)
}

fn answer(control: &Control) -> Result<Answer, CliError> {
    let document = serde_json::to_value(control).map_err(|error| bad(error.to_string()))?;
    let what = match control.differences {
        0 => "no difference".to_owned(),
        count => counted(count, "difference", "differences"),
    };
    let closed = control
        .closed_through
        .map_or_else(|| "no day is closed".to_owned(), |day| format!("days closed through {day}"));
    let mut page = Answer::of(document)
        .say(format!("certificate {} of {}", control.number, control.council))
        .say(format!("{} to {}: {what}; {closed}", control.from, control.through));
    for one in &control.sources {
        let outside = if one.outside > 0 {
            format!(", {} of other days", counted(one.outside, "row", "rows"))
        } else {
            String::new()
        };
        page = page.say(format!("{}: {} (sha256 {}{outside})", one.of, one.file, one.sha256));
    }
    page = table(page, &control.months);
    let differing: Vec<ControlLine> =
        control.days.iter().filter(|line| !line.difference_pence.is_zero()).cloned().collect();
    page = table(page, &differing);
    for line in &differing {
        page =
            page.say(format!("{} {} {}: {}", line.of, line.name, line.when, line.why.join("; ")));
    }
    page = page.say(format!("made by {}, sealed up to {}", control.made_by, control.head));
    let exit = if control.differences == 0 { Exit::Done } else { Exit::SeeTo };
    Ok(page.exit(exit))
}

fn table(page: Answer, lines: &[ControlLine]) -> Answer {
    let rows = lines.iter().map(|line| {
        [
            line.when.clone(),
            line.of.clone(),
            line.name.clone(),
            line.ours_pence.to_string(),
            line.theirs_pence.map(|pence| pence.to_string()).unwrap_or_default(),
            line.theirs_pence.map(|_| line.difference_pence.to_string()).unwrap_or_default(),
        ]
    });
    page.table(["when", "of", "account", ">ours", ">theirs", ">difference"], rows)
}
