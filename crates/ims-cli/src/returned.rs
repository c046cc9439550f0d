//! `ims return`: payments sent back by a bank, or undone by their provider.

use chrono::NaiveDate;
use clap::{ArgGroup, Args, Subcommand};
use ims_app::{NewReturn, OpenAdvice, ReturnKind, ReturnOf};
use ims_ledger::id::{ReturnId, SuspenseId};
use ims_money::Pence;
use ims_store::ReturnRow;
use serde_json::{Value, json};

use crate::{Answer, CliError, Desk, Exit, Globals, answer::counted, desk::instant};

/// Payments sent back.
#[derive(Subcommand, Clone, Debug)]
pub enum ReturnCommand {
    /// Record that a payment was sent back, as an advice says
    #[command(
        after_help = "Example: ims return record --receipt 0J2K-3M4N-5P6Q-R --kind direct-debit --code 0 --advice ARUDD-20260421-1"
    )]
    Record(RecordArgs),
    /// Record what the reports imported say came back and can be placed now
    #[command(after_help = "Example: ims return place")]
    Place,
    /// List what reports say came back and nobody could place, with the reason
    #[command(after_help = "Example: ims return open --json")]
    Open,
    /// List payments sent back, the oldest first
    #[command(after_help = "Example: ims return list --limit 20")]
    List {
        /// How many at most
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: i64,
        /// Only those after this one
        #[arg(long, value_name = "ID", value_parser = crate::args::id::<ReturnId>)]
        after: Option<ReturnId>,
    },
}

/// What came back.
#[derive(Args, Clone, Debug)]
#[command(group = ArgGroup::new("of").required(true).args(["receipt", "suspense"]))]
pub struct RecordArgs {
    /// The payment's receipt number
    #[arg(long)]
    pub receipt: Option<String>,
    /// The suspense item, when the money had gone there
    #[arg(long, value_name = "ID", value_parser = crate::args::id::<SuspenseId>)]
    pub suspense: Option<SuspenseId>,
    /// The line of the payment, from 1; the whole payment if not said
    #[arg(long, value_name = "N", requires = "receipt")]
    pub line: Option<i64>,
    /// How much, in pounds; all that was paid if not said
    #[arg(long, value_name = "POUNDS")]
    pub amount: Option<Pence>,
    /// Why: direct-debit, indemnity, cheque, recall or undone
    #[arg(long, value_parser = kind)]
    pub kind: ReturnKind,
    /// The reason code of the advice
    #[arg(long, default_value = "", hide_default_value = true)]
    pub code: String,
    /// The advice's own reference: the same advice again changes nothing
    #[arg(long)]
    pub advice: String,
    /// The channel it goes back through, if not that of the method of payment
    #[arg(long)]
    pub channel: Option<String>,
    /// The day of the advice, today if not said
    #[arg(long, value_name = "DATE", value_parser = crate::args::day)]
    pub day: Option<NaiveDate>,
    /// A note for the auditor
    #[arg(long, default_value = "", hide_default_value = true)]
    pub note: String,
}

fn kind(text: &str) -> Result<ReturnKind, String> {
    let words: Vec<_> = ReturnKind::ALL.iter().map(|kind| kind.as_str()).collect();
    ReturnKind::named(text).ok_or_else(|| format!("it is none of {}", words.join(", ")))
}

pub(crate) async fn run(
    command: &ReturnCommand,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    match command {
        ReturnCommand::Open => Ok(unplaced(&books.open_advices().await?)),
        ReturnCommand::Place => {
            let done = books.place_returns().await?;
            let sealed = desk.seal(&books).await;
            let words = format!("{} recorded as returned, {} in all", done.recorded, done.amount);
            let answer = unplaced(&done.open).say(words);
            Ok(if done.open.is_empty() { answer.exit(sealed) } else { answer })
        }
        ReturnCommand::List { limit, after } => Ok(listed(&books.returns(*after, *limit).await?)),
        ReturnCommand::Record(args) => {
            let done = books.record_return(&new(args)).await?;
            let sealed = desk.seal(&books).await;
            let mut document = as_json(&done.returned);
            if let Value::Object(fields) = &mut document {
                fields.insert("loss_pence".to_owned(), json!(done.loss));
                fields.insert("before".to_owned(), json!(done.before));
            }
            let row = &done.returned;
            let words = if done.before {
                format!("advice {} was recorded before; nothing changed", row.advice)
            } else {
                format!("{} sent back through {}", row.amount, row.channel)
            };
            let answer = Answer::of(document).say(words).exit(sealed);
            Ok(if done.loss.is_zero() {
                answer
            } else {
                answer.say(format!("{} of it had gone before: a loss", done.loss))
            })
        }
    }
}

fn new(args: &RecordArgs) -> NewReturn {
    let of = match (&args.suspense, &args.receipt) {
        (Some(id), _) => ReturnOf::Suspense(*id),
        (None, number) => {
            ReturnOf::Receipt { number: number.clone().unwrap_or_default(), line: args.line }
        }
    };
    NewReturn {
        of,
        amount: args.amount,
        kind: args.kind,
        code: args.code.clone(),
        advice: args.advice.clone(),
        channel: args.channel.clone(),
        happened_on: args.day,
        note: args.note.clone(),
    }
}

/// Items of reports that stay open: something to see to.
fn unplaced(open: &[OpenAdvice]) -> Answer {
    let documents: Vec<_> = open.iter().map(open_json).collect();
    let rows = open.iter().map(|open| {
        let advice = &open.advice;
        [
            advice.date.to_string(),
            advice.kind.clone(),
            advice.code.clone(),
            advice.amount.map(|amount| amount.to_string()).unwrap_or_default(),
            advice.reference.clone(),
            format!("{} line {}", open.file_name, advice.line),
            open.reason.clone(),
        ]
    });
    let columns = ["date", "report", "code", ">amount", "reference", "file", "reason"];
    let words = counted(open.len(), "item stays open", "items stay open");
    let exit = if open.is_empty() { Exit::Done } else { Exit::SeeTo };
    Answer::of(json!({ "open": documents })).say(words).table(columns, rows).exit(exit)
}

fn open_json(open: &OpenAdvice) -> Value {
    let advice = &open.advice;
    json!({
        "import": open.import, "file": open.file_name, "line": advice.line, "kind": advice.kind,
        "date": advice.date, "reference": advice.reference, "code": advice.code,
        "meaning": advice.meaning, "amount_pence": advice.amount.and_then(|amount| amount.pence()),
        "original_date": advice.original_date, "advice": advice.advice_reference,
        "reason": open.reason,
    })
}

fn listed(returns: &[ReturnRow]) -> Answer {
    let documents: Vec<_> = returns.iter().map(as_json).collect();
    let rows = returns.iter().map(|row| {
        [
            row.happened_on.to_string(),
            row.kind.clone(),
            row.code.clone(),
            row.amount.to_string(),
            row.receipt_number.clone(),
            row.advice.clone(),
            row.note.clone(),
        ]
    });
    let columns = ["date", "kind", "code", ">amount", "receipt", "advice", "note"];
    let words = counted(returns.len(), "payment sent back", "payments sent back");
    Answer::of(json!({ "returns": documents })).say(words).table(columns, rows)
}

fn as_json(row: &ReturnRow) -> Value {
    json!({
        "id": row.id, "kind": row.kind, "code": row.code, "advice": row.advice,
        "channel": row.channel, "receipt": Some(&row.receipt_number).filter(|it| !it.is_empty()),
        "line": row.line, "suspense": row.suspense, "amount_pence": row.amount,
        "suspense_pence": row.of_suspense, "date": row.happened_on, "note": row.note,
        "recorded_by": row.by, "recorded_at": instant(row.at),
    })
}
