//! `ims receipt`: money taken, receipts found and shown.

mod account;
mod fee;
mod find;
mod found_csv;
mod show;
mod take;

pub(crate) use take::{LineArg, TakeArgs, address, told};

use clap::Subcommand;
use ims_ledger::ReceiptNumber;

use crate::{Answer, CliError, Desk, Globals};

/// Receipts.
#[derive(Subcommand, Clone, Debug)]
pub enum ReceiptCommand {
    /// Take money for one or more accounts and give a receipt
    #[command(
        after_help = "Example: ims receipt take --method 01 --office CIVIC --line CT:112233448:50.00 --line LE:SWIM:12.00:S --key till-1-0042"
    )]
    Take(Box<take::TakeArgs>),
    /// Charge the payer of a card payment a fee, once
    #[command(after_help = "Example: ims receipt fee 0J2K-3M4N-5P6Q-R --method FEE --amount 1.50")]
    Fee(fee::FeeArgs),
    /// Find receipts by all that is known of them, the newest first
    #[command(after_help = "Example: ims receipt find --day 2026-04-01 --amount 120.50")]
    Find(Box<find::FindArgs>),
    /// Show one receipt whole, by the number the payer was given
    #[command(after_help = "Example: ims receipt show 0J2K-3M4N-5P6Q-R")]
    Show {
        /// Its number; spaces, dashes and small letters do not matter
        number: ReceiptNumber,
    },
    /// Show what an account has been credited with, now or as it stood
    #[command(
        after_help = "Example: ims receipt account --fund CT --reference 123456785 --as-at 2026-04-01"
    )]
    Account(account::AccountArgs),
}

pub(crate) async fn run(
    command: &ReceiptCommand,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    match command {
        ReceiptCommand::Take(args) => take::run(args, globals, desk).await,
        ReceiptCommand::Fee(args) => fee::run(args, globals, desk).await,
        ReceiptCommand::Find(args) => find::run(args, globals, desk).await,
        ReceiptCommand::Account(args) => account::run(args, globals, desk).await,
        ReceiptCommand::Show { number } => show::run(*number, globals, desk).await,
    }
}
