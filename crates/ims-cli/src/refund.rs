//! `ims refund`: payments given back to who paid them.

use chrono::NaiveDate;
use clap::{Args, Subcommand, ValueEnum};
use ims_app::{AppError, Books, NewRefund, ROWS_MAX, RefundNews, RefundStanding, Verdict};
use ims_ledger::{
    RefundEvent, RefundState, RefundWay,
    id::{LineId, RefundId},
};
use ims_money::Pence;
use ims_store::{RefundLineRow, RefundRow, RefundStepRow};
use serde_json::{Value, json};

use crate::{
    Answer, CliError, Desk, Globals,
    answer::counted,
    desk::{instant, minute},
    payment::{LineArgs, of_gateway},
};

/// Payments given back.
#[derive(Subcommand, Clone, Debug)]
pub enum RefundCommand {
    /// Ask for a refund of a payment, whole or in part; a second person decides
    #[command(
        after_help = "Example: ims refund request 0J2K-3M4N-5P6Q-R --line 1=5.00 --reason \"class cancelled\""
    )]
    Request(RequestArgs),
    /// Approve what somebody else asked for
    #[command(
        after_help = "Example: ims --as ann refund approve 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b --note \"form seen\""
    )]
    Approve {
        /// The refund's id, or its approval's
        #[arg(value_parser = crate::args::id::<RefundId>)]
        id: RefundId,
        /// A note for the auditor
        #[arg(long, default_value = "", hide_default_value = true, alias = "reason")]
        note: String,
    },
    /// Say no to what somebody asked for
    #[command(
        after_help = "Example: ims --as ann refund refuse 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b --reason \"not due\""
    )]
    Refuse(WhyArgs),
    /// Withdraw what one asked for oneself
    #[command(
        after_help = "Example: ims refund withdraw 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b --reason \"a slip\""
    )]
    Withdraw(WhyArgs),
    /// Send it to the provider that took the payment, or see what became of it
    #[command(
        after_help = "Example: ims refund send 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b --secrets /run/secrets"
    )]
    Send {
        /// The refund's id, as the list shows it
        #[arg(value_parser = crate::args::id::<RefundId>)]
        id: RefundId,
        /// Where the values of secrets are
        #[command(flatten)]
        line: LineArgs,
    },
    /// Record that the provider or the bank was told to pay it
    #[command(
        after_help = "Example: ims refund sent 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b --reference re_1"
    )]
    Sent(NewsArgs),
    /// Record that no answer came in time: it stays due
    #[command(after_help = "Example: ims refund unknown 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b")]
    Unknown(NewsArgs),
    /// Record that it was paid
    #[command(
        after_help = "Example: ims refund paid 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b --reference re_1 --notice evt_7"
    )]
    Paid(NewsArgs),
    /// Record that it will not be paid: the account has the money again
    #[command(
        after_help = "Example: ims refund failed 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b --reason \"card expired\""
    )]
    Failed(NewsArgs),
    /// Record that it was paid and came back: it is due again
    #[command(
        after_help = "Example: ims refund bounced 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b --reason \"account closed\""
    )]
    Bounced(NewsArgs),
    /// Show one refund with its steps
    #[command(after_help = "Example: ims refund status 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b")]
    Status {
        /// The refund's id, as the list shows it
        #[arg(value_parser = crate::args::id::<RefundId>)]
        id: RefundId,
    },
    /// List refunds, the oldest first
    #[command(after_help = "Example: ims refund list --state requested")]
    List(ListArgs),
}

/// What is to be given back.
#[derive(Args, Clone, Debug)]
pub struct RequestArgs {
    /// The payment's receipt number
    pub receipt: String,
    /// A line, from 1, or part of one; every line if none is said
    #[arg(long = "line", value_name = "N[=POUNDS]", value_parser = line)]
    pub lines: Vec<(i64, Option<Pence>)>,
    /// How it reaches the payer; what no provider took goes by bank
    #[arg(long, value_enum, default_value_t = Way::Source)]
    pub by: Way,
    /// Why
    #[arg(long)]
    pub reason: String,
    /// A key of yours: the same key again asks nothing new
    #[arg(long)]
    pub key: Option<String>,
}

/// How a refund reaches the payer.
#[derive(ValueEnum, Clone, Copy, Debug)]
pub enum Way {
    /// Through the provider that took the payment
    Source,
    /// By a payment from the council's bank
    Bank,
}

/// Which refund, and why.
#[derive(Args, Clone, Debug)]
pub struct WhyArgs {
    /// The refund's id, or its approval's
    #[arg(value_parser = crate::args::id::<RefundId>)]
    pub id: RefundId,
    /// Why
    #[arg(long)]
    pub reason: String,
}

/// What became of a refund.
#[derive(Args, Clone, Debug)]
pub struct NewsArgs {
    /// The refund's id, as the list shows it
    #[arg(value_parser = crate::args::id::<RefundId>)]
    pub id: RefundId,
    /// The notice's own key: the same notice again changes nothing
    #[arg(long)]
    pub notice: Option<String>,
    /// The provider's or the bank's reference
    #[arg(long, default_value = "", hide_default_value = true)]
    pub reference: String,
    /// Why, in words
    #[arg(long, default_value = "", hide_default_value = true)]
    pub reason: String,
    /// The bank line that shows it, of a refund by bank
    #[arg(long, value_name = "ID", value_parser = crate::args::id::<LineId>)]
    pub bank_line: Option<LineId>,
    /// The day it happened, today if not said
    #[arg(long, value_name = "DATE", value_parser = crate::args::day)]
    pub day: Option<NaiveDate>,
}

/// Which refunds.
#[derive(Args, Clone, Debug)]
pub struct ListArgs {
    /// Only those in this state: requested, approved, sent, unknown, paid …
    #[arg(long)]
    pub state: Option<RefundState>,
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub limit: i64,
    /// Only those after this one
    #[arg(long, value_name = "ID", value_parser = crate::args::id::<RefundId>)]
    pub after: Option<RefundId>,
}

/// `1`, or `1=5.00`.
pub(crate) fn line(text: &str) -> Result<(i64, Option<Pence>), String> {
    let (line, amount) = match text.split_once('=') {
        Some((line, amount)) => {
            (line, Some(amount.parse::<Pence>().map_err(|bad| bad.to_string())?))
        }
        None => (text, None),
    };
    let line = line.trim().parse().ok().filter(|line: &i64| *line > 0);
    Ok((line.ok_or("it is no line; 1 or 1=5.00 would be")?, amount))
}

pub(crate) async fn run(
    command: &RefundCommand,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    match command {
        RefundCommand::Request(args) => request(args, globals, desk).await,
        RefundCommand::Approve { id, note } => {
            let books = desk.books(globals).await?;
            let done = books.approve_refund(named(&books, *id).await?, note).await?;
            let sealed = desk.seal(&books).await;
            Ok(standing(&done, "approved, and due").exit(sealed))
        }
        RefundCommand::Refuse(args) => refuse(args, Verdict::Refused, globals, desk).await,
        RefundCommand::Withdraw(args) => refuse(args, Verdict::Withdrawn, globals, desk).await,
        RefundCommand::Send { id, line } => {
            let books = desk.books(globals).await?;
            let done = line.gateways()?.refund(&books, *id).await.map_err(of_gateway)?;
            let sealed = desk.seal(&books).await;
            let words = match done.refund.state.as_str() {
                "sent" => "sent, and under way",
                "unknown" => "sent; no answer yet, see later what became of it",
                other => other,
            };
            Ok(standing(&done, words).exit(sealed))
        }
        RefundCommand::Sent(args) => news(args, RefundEvent::Send, globals, desk).await,
        RefundCommand::Unknown(args) => news(args, RefundEvent::NoAnswer, globals, desk).await,
        RefundCommand::Paid(args) => news(args, RefundEvent::Pay, globals, desk).await,
        RefundCommand::Failed(args) => news(args, RefundEvent::Fail, globals, desk).await,
        RefundCommand::Bounced(args) => news(args, RefundEvent::Bounce, globals, desk).await,
        RefundCommand::Status { id } => status(*id, globals, desk).await,
        RefundCommand::List(args) => list(args, globals, desk).await,
    }
}

async fn request(
    args: &RequestArgs,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    let new = NewRefund {
        receipt: args.receipt.clone(),
        lines: args.lines.clone(),
        way: match args.by {
            Way::Source => RefundWay::Source,
            Way::Bank => RefundWay::Bank,
        },
        reason: args.reason.clone(),
        key: args.key.clone(),
    };
    let done = books.request_refund(&new).await?;
    let sealed = desk.seal(&books).await;
    let document = json!({
        "id": done.id, "number": done.number, "approval": done.approval,
        "amount_pence": done.amount, "before": done.before,
    });
    let words = if done.before {
        format!("asked for before under this key as refund {}; nothing changed", done.id)
    } else {
        format!("{} kept back; refund {} waits for a second person", done.amount, done.id)
    };
    Ok(Answer::of(document).say(words).exit(sealed))
}

async fn refuse(
    args: &WhyArgs,
    verdict: Verdict,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    let id = named(&books, args.id).await?;
    let done = books.refuse_refund(id, verdict, &args.reason).await?;
    let sealed = desk.seal(&books).await;
    let words = format!("{}; the payment has it again", verdict.as_str());
    Ok(standing(&done, &words).exit(sealed))
}

/// The refund that an id names: its own, or that of the approval it waits for,
/// which is what `ims approval list` shows.
async fn named(books: &Books, id: RefundId) -> Result<RefundId, CliError> {
    let mut after = None;
    loop {
        let page = match books.refunds(Some(RefundState::Requested), after, ROWS_MAX).await {
            // Who may not look at refunds names the refund itself.
            Err(AppError::NotAllowed { .. }) => return Ok(id),
            page => page?,
        };
        if let Some(found) = page.iter().find(|refund| refund.approval.get() == id.get()) {
            return Ok(found.id);
        }
        let Some(last) = page.last() else { return Ok(id) };
        after = Some(last.id);
    }
}

async fn news(
    args: &NewsArgs,
    event: RefundEvent,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    let news = RefundNews {
        event,
        notice: args.notice.clone(),
        reference: args.reference.clone(),
        reason: args.reason.clone(),
        line: args.bank_line,
        happened_on: args.day,
    };
    let done = books.record_refund(args.id, &news).await?;
    let sealed = desk.seal(&books).await;
    let words = match (done.before, event) {
        (true, _) => format!("known already; nothing changed: it is {}", done.refund.state),
        (false, RefundEvent::Send) => format!("sent under the key {}", done.provider_key),
        (false, _) => done.refund.state.clone(),
    };
    Ok(standing(&done, &words).exit(sealed))
}

fn standing(done: &RefundStanding, words: &str) -> Answer {
    let mut document = as_json(&done.refund);
    if let Value::Object(fields) = &mut document {
        fields.insert("provider_key".to_owned(), json!(done.provider_key));
        fields.insert("before".to_owned(), json!(done.before));
    }
    let refund = &done.refund;
    let words = format!("refund {} of {}: {words}", refund.number, refund.amount);
    Answer::of(document).say(words)
}

async fn status(id: RefundId, globals: &Globals, desk: &mut Desk<'_>) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    let (refund, lines, steps) = books.refund(id).await?;
    let mut document = as_json(&refund);
    if let Value::Object(fields) = &mut document {
        let line = |line: &RefundLineRow| json!({ "line": line.line, "amount_pence": line.amount, "vat_pence": line.vat });
        fields.insert("lines".to_owned(), lines.iter().map(line).collect());
        fields.insert("steps".to_owned(), steps.iter().map(step).collect());
    }
    let words = format!(
        "refund {} of {} of receipt {} by {}: {}",
        refund.number, refund.amount, refund.receipt_number, refund.way, refund.state
    );
    let rows = steps.iter().map(|step| {
        let (state, by) = (step.state.clone(), step.by.clone());
        [state, minute(step.at), by, step.reference.clone(), step.reason.clone()]
    });
    let columns = ["step", "when", "by", "reference", "why"];
    Ok(Answer::of(document).say(words).table(columns, rows))
}

async fn list(args: &ListArgs, globals: &Globals, desk: &mut Desk<'_>) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    let refunds = books.refunds(args.state, args.after, args.limit).await?;
    let documents: Vec<_> = refunds.iter().map(as_json).collect();
    let rows = refunds.iter().map(|refund| {
        [
            refund.id.to_string(),
            refund.state.clone(),
            refund.amount.to_string(),
            refund.receipt_number.clone(),
            refund.way.clone(),
            refund.requested_by.clone(),
            refund.reason.clone(),
        ]
    });
    let columns = ["refund", "state", ">amount", "receipt", "by", "asked by", "why"];
    let words = counted(refunds.len(), "refund", "refunds");
    Ok(Answer::of(json!({ "refunds": documents })).say(words).table(columns, rows))
}

fn as_json(refund: &RefundRow) -> Value {
    json!({
        "id": refund.id, "number": refund.number, "receipt": refund.receipt_number,
        "way": refund.way, "channel": refund.channel, "amount_pence": refund.amount,
        "reason": refund.reason, "state": refund.state, "approval": refund.approval,
        "requested_by": refund.requested_by, "requested_at": instant(refund.requested_at),
    })
}

fn step(step: &RefundStepRow) -> Value {
    json!({
        "state": step.state, "at": instant(step.at), "by": step.by, "reference": step.reference,
        "reason": step.reason, "notice": step.notice, "entry": step.entry,
        "receipt": step.receipt, "bank_line": step.line,
    })
}
