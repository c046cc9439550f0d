//! `ims dispute`: payments disputed with a card scheme.

use chrono::NaiveDate;
use clap::{Args, Subcommand};
use ims_app::{DisputeOutcome, Disputed, NewDispute};
use ims_ledger::id::DisputeId;
use ims_money::Pence;
use ims_store::DisputeRow;
use serde_json::{Value, json};

use crate::{Answer, CliError, Desk, Globals, answer::counted, desk::instant, error::bad};

/// Payments disputed.
#[derive(Subcommand, Clone, Debug)]
pub enum DisputeCommand {
    /// Record that a payment is disputed: the provider has taken it back
    #[command(
        after_help = "Example: ims dispute open 0J2K-3M4N-5P6Q-R --reference dp_1 --reason fraudulent"
    )]
    Open(OpenArgs),
    /// Record that a dispute was won: the provider gives the money back
    #[command(
        after_help = "Example: ims dispute won 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b --reason \"slip shown\""
    )]
    Won(EndArgs),
    /// Record that a dispute was lost: the accounts lose the money
    #[command(
        after_help = "Example: ims dispute lost 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b --reason \"no slip\""
    )]
    Lost(EndArgs),
    /// List disputes, the oldest first
    #[command(after_help = "Example: ims dispute list --open")]
    List {
        /// Only those that are open
        #[arg(long)]
        open: bool,
        /// How many at most
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: i64,
        /// Only those after this one
        #[arg(long, value_name = "ID", value_parser = crate::args::id::<DisputeId>)]
        after: Option<DisputeId>,
    },
}

/// What is disputed.
#[derive(Args, Clone, Debug)]
pub struct OpenArgs {
    /// The payment's receipt number
    pub receipt: String,
    /// How much of a line, from 1; the whole payment if none is said
    #[arg(long = "line", value_name = "N=POUNDS", value_parser = crate::refund::line)]
    pub lines: Vec<(i64, Option<Pence>)>,
    /// The provider's reference of the case: the same again changes nothing
    #[arg(long)]
    pub reference: String,
    /// Why, as the provider says
    #[arg(long, default_value = "", hide_default_value = true)]
    pub reason: String,
    /// The day the provider took the money, today if not said
    #[arg(long, value_name = "DATE", value_parser = crate::args::day)]
    pub day: Option<NaiveDate>,
}

/// Which dispute ended, and why so.
#[derive(Args, Clone, Debug)]
pub struct EndArgs {
    /// The dispute's id, as the list shows it
    #[arg(value_parser = crate::args::id::<DisputeId>)]
    pub id: DisputeId,
    /// Why
    #[arg(long, default_value = "", hide_default_value = true)]
    pub reason: String,
}

pub(crate) async fn run(
    command: &DisputeCommand,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    let (done, words) = match command {
        DisputeCommand::Open(args) => (books.open_dispute(&new(args)?).await?, "open"),
        DisputeCommand::Won(args) => {
            (books.end_dispute(args.id, DisputeOutcome::Won, &args.reason).await?, "won")
        }
        DisputeCommand::Lost(args) => {
            (books.end_dispute(args.id, DisputeOutcome::Lost, &args.reason).await?, "lost")
        }
        DisputeCommand::List { open, limit, after } => {
            return Ok(listed(&books.disputes(*open, *after, *limit).await?));
        }
    };
    let sealed = desk.seal(&books).await;
    Ok(said(&done, words).exit(sealed))
}

fn new(args: &OpenArgs) -> Result<NewDispute, CliError> {
    let whole = || bad("say how much of the line is disputed: --line 1=5.00");
    let lines = args.lines.iter().map(|(line, amount)| Ok((*line, amount.ok_or_else(whole)?)));
    Ok(NewDispute {
        receipt: args.receipt.clone(),
        lines: lines.collect::<Result<_, CliError>>()?,
        reference: args.reference.clone(),
        reason: args.reason.clone(),
        happened_on: args.day,
    })
}

fn said(done: &Disputed, words: &str) -> Answer {
    let dispute = &done.dispute;
    let mut document = as_json(dispute);
    if let Value::Object(fields) = &mut document {
        fields.insert("short_pence".to_owned(), json!(done.short));
        fields.insert("before".to_owned(), json!(done.before));
    }
    let words = if done.before { "known already; nothing changed" } else { words };
    let answer = Answer::of(document)
        .say(format!("dispute {} of {}: {words}", dispute.reference, dispute.amount));
    if done.short.is_zero() || words == "won" {
        return answer;
    }
    answer.say(format!("{} of it had gone before: a loss if the dispute is lost", done.short))
}

fn listed(disputes: &[DisputeRow]) -> Answer {
    let documents: Vec<_> = disputes.iter().map(as_json).collect();
    let rows = disputes.iter().map(|dispute| {
        [
            dispute.id.to_string(),
            dispute.reference.clone(),
            dispute.happened_on.to_string(),
            dispute.amount.to_string(),
            dispute.receipt_number.clone(),
            outcome(dispute).to_owned(),
            dispute.reason.clone(),
        ]
    });
    let columns = ["dispute", "reference", "date", ">amount", "receipt", "state", "why"];
    let words = counted(disputes.len(), "dispute", "disputes");
    Answer::of(json!({ "disputes": documents })).say(words).table(columns, rows)
}

fn outcome(dispute: &DisputeRow) -> &str {
    dispute.end.as_ref().map_or("open", |end| end.outcome.as_str())
}

fn as_json(dispute: &DisputeRow) -> Value {
    json!({
        "id": dispute.id, "reference": dispute.reference, "receipt": dispute.receipt_number,
        "channel": dispute.channel, "amount_pence": dispute.amount, "reason": dispute.reason,
        "date": dispute.happened_on, "state": outcome(dispute), "opened_by": dispute.by,
        "opened_at": instant(dispute.at),
        "ended_at": dispute.end.as_ref().map(|end| instant(end.at)),
    })
}
