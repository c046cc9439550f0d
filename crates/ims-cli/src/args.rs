//! The arguments, as `clap` reads them.

use std::str::FromStr;

use chrono::NaiveDate;
use clap::{Args, Parser, Subcommand};

use crate::{
    account, audit, backup, config, day, demo, ereturn, export, import, init, inspect, jobs,
    match_files, opening, receipt, reconcile, reference, suspense, user, verify, watch,
};

/// The commands, grouped as a council's work is. A test keeps it whole.
const HELP: &str = "\
{about}

{usage-heading} {usage}

Try it:
  demo        make a synthetic council and live one day of it

Set up:
  init        make a council in a new or existing database
  config      show the configuration, put a new version in force
  account     bank accounts: add, list
  opening     take opening balances over
  user        people: add, list, disable

Every day:
  import      take files in; list, show and reverse imports
  watch       take in what arrives in a folder
  reconcile   explain bank lines; status, why, undo
  suspense    money of unknown owners: list, allocate
  receipt     find and show receipts
  ereturn     a site's takings: fill, submit, approve
  reference   check references, offer repairs
  export      files for the ledger and the host systems
  day         close and show accounting days

Look after the books:
  verify      check every invariant and the audit chain
  backup      write an embedded database into one file
  restore     put a backup back
  jobs        work for later: run, list, retry
  audit       who did what

Without a database:
  file        recognise and read files; list formats
  match       pair two CSV files and say why
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
pub struct Globals {
    /// The database: sqlite:PATH or postgres://… [default: sqlite:ims.db]
    #[arg(long, env = "IMS_DATA", hide_env_values = true, global = true, value_name = "URL")]
    pub data: Option<String>,
    /// The council, by its code; may be left out while there is one
    #[arg(long, env = "IMS_COUNCIL", global = true, value_name = "CODE")]
    pub council: Option<String>,
    /// Act as this user, with their permissions; stands before the command
    #[arg(long = "as", id = "user", env = "IMS_USER", value_name = "USER")]
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
    /// Show the configuration, put a new version in force
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Bank accounts: add, list
    #[command(subcommand)]
    Account(account::AccountCommand),
    /// Take opening balances over
    Opening(opening::OpeningArgs),
    /// People: add, list, disable
    #[command(subcommand)]
    User(user::UserCommand),
    /// Take files in; list, show and reverse imports
    Import(import::ImportArgs),
    /// Take in what arrives in a folder
    Watch(watch::WatchArgs),
    /// Explain bank lines; status, why, undo
    #[command(subcommand)]
    Reconcile(reconcile::ReconcileCommand),
    /// Money of unknown owners: list, allocate
    #[command(subcommand)]
    Suspense(suspense::SuspenseCommand),
    /// Find and show receipts
    #[command(subcommand)]
    Receipt(receipt::ReceiptCommand),
    /// A site's takings: fill, submit, approve
    #[command(subcommand, name = "ereturn")]
    EReturn(ereturn::EReturnCommand),
    /// Check references, offer repairs
    #[command(subcommand)]
    Reference(reference::ReferenceCommand),
    /// Files for the ledger and the host systems
    #[command(subcommand)]
    Export(export::ExportCommand),
    /// Close and show accounting days
    #[command(subcommand)]
    Day(day::DayCommand),
    /// Check every invariant and the audit chain
    Verify(verify::VerifyArgs),
    /// Write an embedded database into one file
    Backup(backup::BackupArgs),
    /// Put a backup back
    Restore(backup::RestoreArgs),
    /// Work for later: run, list, retry
    #[command(subcommand)]
    Jobs(jobs::JobsCommand),
    /// Who did what
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
