//! `ims ereturn`: a site's takings, from a blank template to a paying-in slip.

use clap::{Args, Subcommand};
use ims_app::{AppError, Books, Bulk, NewEReturn, NewSlipDifference, ToApprove, Verdict};
use ims_ledger::id::{ApprovalId, EReturnId};
use ims_money::Pence;
use serde_json::json;

use crate::{Answer, CliError, Desk, Exit, Globals, answer::counted};

mod fill;
mod list;
mod show;

use fill::FillArgs;
pub(crate) use fill::{card, coins, terminal};
use list::ListArgs;

/// A site's takings.
#[derive(Subcommand, Clone, Debug)]
pub enum EReturnCommand {
    /// List the templates there are, with their rows
    #[command(after_help = "Example: ims ereturn templates")]
    Templates,
    /// Make an e-return on a template
    #[command(after_help = "Example: ims --as ann ereturn new LIB")]
    New {
        /// The template's code
        template: String,
        /// A key of yours: the same key again makes nothing
        #[arg(long)]
        key: Option<String>,
    },
    /// Write what was taken: from a file, from options, or both
    #[command(after_help = fill::HELP)]
    Fill(FillArgs),
    /// Hand an e-return in for approval
    #[command(after_help = "Example: ims --as ann ereturn submit R17")]
    Submit {
        /// Its number
        number: String,
        /// The version you have seen [default: the newest]
        #[arg(long, value_name = "VERSION")]
        seen: Option<i64>,
    },
    /// Send a submitted e-return back to be put right
    #[command(after_help = "Example: ims --as mia ereturn return R17 --reason \"which room?\"")]
    Return(Because),
    /// Approve e-returns; by nobody who had a hand in them
    #[command(after_help = "Example: ims --as mia ereturn approve R17 R18")]
    Approve {
        /// Their numbers
        #[arg(required = true)]
        numbers: Vec<String>,
        /// All of them, or none when one cannot be approved
        #[arg(long)]
        all: bool,
    },
    /// Give up an e-return that is not approved
    #[command(after_help = "Example: ims --as mia ereturn void R17 --reason \"declared twice\"")]
    Void(Because),
    /// List e-returns, the newest first; void ones only when asked for
    #[command(after_help = "Example: ims ereturn list --status submitted --template LIB")]
    List(ListArgs),
    /// Show an e-return with its whole history
    #[command(after_help = "Example: ims ereturn show R17")]
    Show {
        /// Its number
        number: String,
    },
    /// Write a note on an e-return
    #[command(after_help = "Example: ims --as ann ereturn note R17 \"the bag was resealed\"")]
    Note {
        /// Its number
        number: String,
        /// What it says
        note: String,
    },
    /// Ask for what the bank counted of a paying-in slip to be accepted
    #[command(
        after_help = "Example: ims --as ann ereturn slip PS000017 --counted 95.00 --reason \"a forged note\""
    )]
    Slip(SlipArgs),
    /// Say yes or no to what the bank counted of a slip
    #[command(
        after_help = "Example: ims --as mia ereturn decide 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b --yes"
    )]
    Decide(DecideArgs),
}

/// An e-return, and why.
#[derive(Args, Clone, Debug)]
pub struct Because {
    /// Its number
    pub number: String,
    /// Why
    #[arg(long)]
    pub reason: String,
}

/// A slip the bank counted differently.
#[derive(Args, Clone, Debug)]
pub struct SlipArgs {
    /// The slip's number, as the bank shows it
    pub slip: String,
    /// What the bank counted, in pounds
    #[arg(long, value_name = "POUNDS")]
    pub counted: Pence,
    /// Why
    #[arg(long)]
    pub reason: String,
    /// A key of yours: the same key again asks nothing new
    #[arg(long)]
    pub key: Option<String>,
}

/// What is said to what was asked for.
#[derive(Args, Clone, Debug)]
pub struct DecideArgs {
    /// What waits, by its id
    #[arg(value_parser = crate::args::id::<ApprovalId>)]
    pub id: ApprovalId,
    /// It shall be accepted
    #[arg(long, required_unless_present_any = ["no", "withdraw"], conflicts_with_all = ["no", "withdraw"])]
    pub yes: bool,
    /// It shall not
    #[arg(long, conflicts_with = "withdraw")]
    pub no: bool,
    /// You asked for it and no longer want it
    #[arg(long)]
    pub withdraw: bool,
    /// Why
    #[arg(long, default_value = "", hide_default_value = true)]
    pub reason: String,
}

impl DecideArgs {
    /// What is said.
    pub(crate) const fn verdict(&self) -> Verdict {
        match (self.yes, self.no) {
            (true, _) => Verdict::Approved,
            (false, true) => Verdict::Refused,
            (false, false) => Verdict::Withdrawn,
        }
    }
}

pub(crate) async fn run(
    command: &EReturnCommand,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    match command {
        EReturnCommand::Templates => list::templates(&books).await,
        EReturnCommand::List(args) => list::run(args, &books).await,
        EReturnCommand::Show { number } => show::run(number, &books).await,
        EReturnCommand::Fill(args) => fill::run(args, &books, desk).await,
        EReturnCommand::New { template, key } => {
            let new = NewEReturn { template: template.clone(), key: key.clone() };
            let made = books.create_ereturn(&new).await?;
            let document = json!({
                "id": made.id, "number": made.number, "version": made.version, "before": made.before,
            });
            let done = if made.before { "was made before under this key" } else { "is made" };
            let words = format!("{} {done} on {template}", made.number);
            finish(Answer::of(document).say(words), &books, desk).await
        }
        EReturnCommand::Submit { number, seen } => {
            let id = books.ereturn_numbered(number).await?;
            let seen = match seen {
                Some(seen) => *seen,
                None => books.ereturn(id).await?.row.version,
            };
            let done = books.submit_ereturn(id, seen).await?;
            finish(moved(&done), &books, desk).await
        }
        EReturnCommand::Return(why) => {
            let id = books.ereturn_numbered(&why.number).await?;
            let done = books.return_ereturn(id, &why.reason).await?;
            finish(moved(&done), &books, desk).await
        }
        EReturnCommand::Void(why) => {
            let id = books.ereturn_numbered(&why.number).await?;
            let done = books.void_ereturn(id, &why.reason).await?;
            finish(moved(&done), &books, desk).await
        }
        EReturnCommand::Note { number, note } => {
            let id = books.ereturn_numbered(number).await?;
            books.note_ereturn(id, note).await?;
            finish(Answer::of(json!({ "id": id })).say("noted"), &books, desk).await
        }
        EReturnCommand::Approve { numbers, all } => approve(numbers, *all, &books, desk).await,
        EReturnCommand::Slip(args) => slip(args, &books, desk).await,
        EReturnCommand::Decide(args) => decide(args, &books, desk).await,
    }
}

async fn finish(answer: Answer, books: &Books, desk: &mut Desk<'_>) -> Result<Answer, CliError> {
    let sealed = desk.seal(books).await;
    Ok(answer.exit(sealed))
}

fn moved(done: &ims_app::MovedEReturn) -> Answer {
    let document = json!({
        "number": done.number, "status": done.status.as_str(), "before": done.before,
    });
    let before = if done.before { " already; nothing changed" } else { "" };
    Answer::of(document).say(format!("{} is {}{before}", done.number, done.status))
}

async fn approve(
    numbers: &[String],
    all: bool,
    books: &Books,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let mut which: Vec<(EReturnId, &str)> = Vec::new();
    for number in numbers {
        which.push((books.ereturn_numbered(number).await?, number));
    }
    let asked: Vec<ToApprove> =
        which.iter().map(|(id, _)| ToApprove { id: *id, version: None }).collect();
    let how = if all { Bulk::All } else { Bulk::Each };
    let mut results = books.approve_ereturns(&asked, how).await?;
    if results.iter().all(|(_, done)| done.is_err())
        && let Some(at) = results.iter().position(|(_, done)| is_reason(done))
        && let (_, Err(error)) = results.swap_remove(at)
    {
        return Err(error.into());
    }
    let refused = results.iter().filter(|(_, done)| done.is_err()).count();
    let mut documents = Vec::new();
    let mut rows = Vec::new();
    for (id, done) in &results {
        let asked = which.iter().find(|(known, _)| known == id).map_or("", |(_, number)| number);
        match done {
            Ok(done) => {
                documents.push(json!({
                    "number": done.number, "approved": true, "rows_pence": done.rows,
                    "counted_pence": done.counted, "receipt": done.receipt, "slips": done.slips,
                    "before": done.before,
                }));
                let words = if done.before { "approved before" } else { "approved" };
                rows.push([
                    done.number.clone(),
                    words.to_owned(),
                    done.rows.to_string(),
                    done.receipt.clone(),
                    done.slips.join(" "),
                ]);
            }
            Err(error) => {
                let why = error.to_string();
                documents.push(json!({ "number": asked, "approved": false, "why": why }));
                rows.push([asked.to_owned(), why, String::new(), String::new(), String::new()]);
            }
        }
    }
    let approved = results.len().saturating_sub(refused);
    let words = format!(
        "{} approved",
        counted(u64::try_from(approved).unwrap_or(0), "e-return", "e-returns")
    );
    let columns = ["e-return", "result", ">total", "receipt", "slips"];
    let answer = Answer::of(json!({ "results": documents })).say(words).table(columns, rows);
    let sealed = desk.seal(books).await;
    Ok(answer.exit(if refused > 0 { Exit::SeeTo } else { sealed }))
}

/// Whether it says why itself, and not that another could not be approved.
fn is_reason<T>(done: &Result<T, AppError>) -> bool {
    done.as_ref().is_err_and(|error| !error.to_string().starts_with("not approved: "))
}

async fn slip(args: &SlipArgs, books: &Books, desk: &mut Desk<'_>) -> Result<Answer, CliError> {
    let new = NewSlipDifference {
        slip: args.slip.clone(),
        counted: args.counted,
        reason: args.reason.clone(),
        key: args.key.clone(),
    };
    let id = books.accept_slip_difference(&new).await?;
    let words = format!("it waits for a second person: ims --as … ereturn decide {id} --yes");
    finish(Answer::of(json!({ "approval": id })).say(words), books, desk).await
}

async fn decide(args: &DecideArgs, books: &Books, desk: &mut Desk<'_>) -> Result<Answer, CliError> {
    let done = books.decide_slip_difference(args.id, args.verdict(), &args.reason).await?;
    let document = json!({
        "slip": done.slip, "expected_pence": done.expected, "counted_pence": done.counted,
        "verdict": done.verdict.as_str(),
    });
    let words = format!(
        "slip {}: {} instead of {} is {}",
        done.slip,
        done.counted,
        done.expected,
        done.verdict.as_str()
    );
    finish(Answer::of(document).say(words), books, desk).await
}
