//! The arguments, as `clap` reads them.

use std::str::FromStr;

use chrono::{DateTime, NaiveDate, Utc};
use clap::{Args, Parser, Subcommand};
use ims_app::Period;

use crate::{
    account, agreement, approval, audit, backup, bank, columns, config, control, day, demo,
    difference, dispute, ereturn, export, holder, import, init, inspect, jobs, layout, link,
    match_files, opening, payment, period, receipt, reconcile, reference, refund, returned, role,
    suspense, till, transfer, user, verify, watch,
};

/// The commands, grouped as a council's work is. A test keeps it whole.
const HELP: &str = "\
{about}

{usage-heading} {usage}

Try it:
  demo        make a synthetic council and live one day of it

Set up:
  init        make a council in a new or existing database
  config      plan, apply, approve and replay the configuration
  account     bank accounts: add, list
  opening     take opening balances over
  user        people: add, bar, roles, what they work for
  role        what roles allow: list, show

Every day:
  import      take files in; list, show and reverse imports
  watch       take in what arrives in a folder
  reconcile   explain bank lines; status, why, undo
  suspense    money of unknown owners: list, allocate, return, write off
  transfer    posted lines and balances moved to where they belong
  difference  what clearing accounts wait for and will not get
  approval    what waits for a second person
  receipt     take money; find and show receipts
  link        payment links and QR codes: make, list, show, withdraw
  agreement   payments without the payer: make, set up, take, end
  payment     through providers: list, show, poll, sweep, exceptions
  refund      give payments back: request, approve, what became of it
  dispute     payments disputed with a card scheme: open, won, lost
  return      payments sent back: record, list
  ereturn     a site's takings: fill, submit, approve
  till        a cashier's till: open, take, lift, count
  holder      account holders: show, put, stop, release, history, find
  reference   check references, offer repairs; old references
  export      files for the ledger and the host systems, and what became of them
  control     compare the books with the ledger and the host systems
  day         close, show and reopen accounting days
  period      close and reopen months

Look after the books:
  verify      check every invariant and the audit chain
  backup      write an embedded database into one file
  restore     put a backup back
  jobs        work for later: run, list, retry
  audit       who did what; one file with which anybody can check

Without a database:
  file        recognise and read files; list formats
  match       pair two CSV files and say why
  bank        check a sort code and account; the days of a Bacs payment
  help        this page, or that of a command

Options:
{options}
{after-help}";

/// An income management system for councils: takes files in, reconciles the
/// bank, finds owners for suspense, closes days, and proves its own books.
#[derive(Parser, Clone, Debug)]
#[command(
    name = "ims",
    version,
    help_template = HELP,
    arg_required_else_help = true,
    after_help = "Exit codes: 0 done; 1 done, but there is something to see to; 2 wrong usage or \
                  an input that cannot be used; 3 refused by a rule; 4 the store could not be \
                  reached.\n\nExample: ims --data sqlite:ims.db import statement.sta receipts.csv"
)]
pub struct Cli {
    /// What every command takes.
    #[command(flatten)]
    pub globals: Globals,
    /// What is to be done.
    #[command(subcommand)]
    pub command: Command,
}

/// What every command takes.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Options of every command")]
pub struct Globals {
    /// The database: sqlite:PATH or postgres://… [default: sqlite:ims.db]
    #[arg(long, env = "IMS_DATA", hide_env_values = true, global = true, value_name = "URL")]
    pub data: Option<String>,
    /// The council, by its code; may be left out while there is one
    #[arg(long, env = "IMS_COUNCIL", hide_env_values = true, global = true, value_name = "CODE")]
    pub council: Option<String>,
    /// Act as this user, with their permissions; stands before the command
    #[arg(long = "as", id = "user", env = "IMS_USER", hide_env_values = true, value_name = "USER")]
    pub user: Option<String>,
    /// Print one JSON document
    #[arg(long, global = true)]
    pub json: bool,
    /// Show no progress
    #[arg(long, global = true)]
    pub quiet: bool,
    /// Whether `--data` stood on the command line itself.
    #[arg(skip)]
    pub data_is_given: bool,
}

/// What is to be done, one noun each.
#[derive(Subcommand, Clone, Debug)]
pub enum Command {
    /// Make a synthetic council and live one day of it
    #[command(after_help = "Example: ims demo --dir ./ims-demo --rows 2000 --seed 7")]
    Demo(demo::DemoArgs),
    /// Make a council in a new or existing database
    Init(init::InitArgs),
    /// Plan, apply, approve and replay the configuration
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Bank accounts: add, list
    #[command(subcommand)]
    Account(account::AccountCommand),
    /// Take opening balances over
    Opening(opening::OpeningArgs),
    /// People: add, bar, roles, what they work for
    #[command(subcommand)]
    User(user::UserCommand),
    /// What roles allow: list, show
    #[command(subcommand)]
    Role(role::RoleCommand),
    /// Take files in; list, show and reverse imports
    Import(import::ImportArgs),
    /// Take in what arrives in a folder
    Watch(watch::WatchArgs),
    /// Explain bank lines; status, why, undo
    #[command(subcommand)]
    Reconcile(reconcile::ReconcileCommand),
    /// Money of unknown owners: list, allocate, return, write off
    #[command(subcommand)]
    Suspense(suspense::SuspenseCommand),
    /// Posted lines and balances moved to where they belong
    #[command(subcommand)]
    Transfer(transfer::TransferCommand),
    /// What clearing accounts wait for and will not get
    #[command(subcommand)]
    Difference(difference::DifferenceCommand),
    /// What waits for a second person
    #[command(subcommand)]
    Approval(approval::ApprovalCommand),
    /// Take money; find and show receipts
    #[command(subcommand)]
    Receipt(receipt::ReceiptCommand),
    /// Payments through providers: list, show, poll, sweep, exceptions
    #[command(subcommand)]
    Payment(payment::PaymentCommand),
    /// Payment links and QR codes: make, list, show, withdraw
    #[command(subcommand)]
    Link(link::LinkCommand),
    /// Payments without the payer, by agreement: make, set up, take, end
    #[command(subcommand)]
    Agreement(agreement::AgreementCommand),
    /// A site's takings: fill, submit, approve
    #[command(subcommand, name = "ereturn")]
    EReturn(ereturn::EReturnCommand),
    /// A cashier's till: open, take, lift, count
    #[command(subcommand)]
    Till(till::TillCommand),
    /// Account holders: show, put, stop, release, history, find
    #[command(subcommand)]
    Holder(holder::HolderCommand),
    /// Give payments back: request, approve, what became of it
    #[command(subcommand)]
    Refund(refund::RefundCommand),
    /// Payments disputed with a card scheme: open, won, lost
    #[command(subcommand)]
    Dispute(dispute::DisputeCommand),
    /// Payments sent back: record, list
    #[command(subcommand)]
    Return(returned::ReturnCommand),
    /// Check references, offer repairs; old references
    #[command(subcommand)]
    Reference(reference::ReferenceCommand),
    /// Files for the ledger and the host systems, and what became of them
    #[command(subcommand)]
    Export(export::ExportCommand),
    /// Compare the books with the ledger and the host systems
    Control(control::ControlArgs),
    /// Close, show and reopen accounting days
    #[command(subcommand)]
    Day(day::DayCommand),
    /// Close and reopen months
    #[command(subcommand)]
    Period(period::PeriodCommand),
    /// Check every invariant and the audit chain
    Verify(verify::VerifyArgs),
    /// Write an embedded database into one file
    Backup(backup::BackupArgs),
    /// Put a backup back
    Restore(backup::RestoreArgs),
    /// Work for later: run, list, retry
    #[command(subcommand)]
    Jobs(jobs::JobsCommand),
    /// Who did what; one file with which anybody can check
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Recognise and read files without a database; list formats
    #[command(subcommand)]
    File(FileCommand),
    /// Pair two CSV files and say why
    #[command(
        after_help = "Example: ims match --expected expected.csv --bank bank.csv --out pairs.csv"
    )]
    Match(match_files::MatchArgs),
    /// Check a sort code and account; the days of a Bacs payment
    #[command(subcommand)]
    Bank(bank::BankCommand),
}

/// Files, without a database.
#[derive(Subcommand, Clone, Debug)]
pub enum FileCommand {
    /// Recognise and read files, print them in one neutral shape
    #[command(after_help = "Example: ims file inspect statement.sta --json")]
    Inspect(inspect::InspectArgs),
    /// List every format and layout, with its specification page
    #[command(after_help = "Example: ims file formats")]
    Formats,
    /// Write down what a spreadsheet's columns are taken for, to be confirmed
    #[command(after_help = "Example: ims file columns april.xlsx")]
    Columns(columns::ColumnsArgs),
    /// File formats described as data: check, test, diff, show
    #[command(subcommand)]
    Layout(layout::LayoutCommand),
}

/// An id as lists show it.
pub(crate) fn id<T: FromStr>(text: &str) -> Result<T, String> {
    text.trim().parse().map_err(|_| {
        "it is not an id; lists show them, like 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b".to_owned()
    })
}

/// A day, year first.
pub(crate) fn day(text: &str) -> Result<NaiveDate, String> {
    NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d")
        .map_err(|_| "it is not a date; 2026-04-01 would be".to_owned())
}

/// A day, whose end is meant, or an instant.
pub(crate) fn as_at(text: &str) -> Result<DateTime<Utc>, String> {
    let text = text.trim();
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Ok(at.with_timezone(&Utc));
    }
    let wrong = || {
        "it is neither a date nor an instant; 2026-04-01 or 2026-04-01T17:00:00Z would be"
            .to_owned()
    };
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| wrong())?;
    ims_ledger::london_end(day).ok_or_else(wrong)
}

/// A month, year first.
pub(crate) fn period(text: &str) -> Result<Period, String> {
    Period::parse(text).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn each(command: &clap::Command, visit: &mut dyn FnMut(&clap::Command)) {
        visit(command);
        command.get_subcommands().for_each(|sub| each(sub, visit));
    }

    #[test]
    fn the_definition_holds_and_the_front_page_names_every_command() {
        Cli::command().debug_assert();
        for command in Cli::command().get_subcommands() {
            let line = format!("\n  {:<12}", command.get_name());
            assert!(HELP.contains(&line), "{} is not on the front page", command.get_name());
        }
    }

    #[test]
    fn every_command_has_help_and_an_example_and_every_argument_its_words() {
        each(&Cli::command(), &mut |command| {
            let name = command.get_name();
            assert!(command.get_about().is_some(), "{name} says nothing of itself");
            if !command.has_subcommands() || name == "import" {
                let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
                assert!(after.contains("ims "), "{name} has no example");
            }
            for argument in command.get_arguments() {
                assert!(argument.get_help().is_some(), "{name}: {} has no help", argument.get_id());
            }
        });
    }

    #[test]
    fn the_two_meanings_of_as_stand_on_either_side_of_the_command() {
        let cli = Cli::try_parse_from(["ims", "--as", "ann", "import", "a.csv", "--as", "mt940"])
            .unwrap();
        assert_eq!(cli.globals.user.as_deref(), Some("ann"));
        let Command::Import(args) = cli.command else { panic!("not an import") };
        assert_eq!(args.format.as_deref(), Some("mt940"));
        let cli = Cli::try_parse_from(["ims", "import", "a.csv", "--as", "bai2"]).unwrap();
        assert_eq!(cli.globals.user, None);
        assert!(Cli::try_parse_from(["ims", "suspense", "list", "--as", "ann"]).is_err());
    }

    #[test]
    fn the_other_options_may_stand_anywhere() {
        let cli =
            Cli::try_parse_from(["ims", "verify", "--json", "--data", "sqlite:x.db"]).unwrap();
        assert!(cli.globals.json);
        assert_eq!(cli.globals.url(), "sqlite:x.db");
    }
}
