//! `ims approval`: what waits for a second person, and which command decides it.

use clap::Subcommand;
use ims_app::{AppError, ApprovalRow, Books, Payee};
use ims_ledger::id::{ApprovalId, RefundId};
use serde_json::{Value, json};

use crate::{
    Answer, CliError, Desk, Globals,
    answer::counted,
    desk::{instant, minute},
    refund,
    transfer::said,
};

/// What waits for a second person.
#[derive(Subcommand, Clone, Debug)]
pub enum ApprovalCommand {
    /// List all that waits, the oldest first
    #[command(after_help = "Example: ims approval list")]
    List {
        /// How many at most
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: i64,
        /// Only those after this one
        #[arg(long, value_name = "ID", value_parser = crate::args::id::<ApprovalId>)]
        after: Option<ApprovalId>,
    },
    /// Show one, decided or not, with what is to be done
    #[command(after_help = "Example: ims approval show 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b")]
    Show {
        /// Its id
        #[arg(value_parser = crate::args::id::<ApprovalId>)]
        id: ApprovalId,
    },
    /// Take back what one asked for oneself
    #[command(
        after_help = "Example: ims --as ann approval withdraw 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b"
    )]
    Withdraw {
        /// Its id
        #[arg(value_parser = crate::args::id::<ApprovalId>)]
        id: ApprovalId,
        /// Why
        #[arg(long, default_value = "", hide_default_value = true)]
        reason: String,
    },
}

pub(crate) async fn run(
    command: &ApprovalCommand,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    match command {
        ApprovalCommand::List { limit, after } => {
            let waiting = books.approvals(*after, *limit).await?;
            let document = json!({ "approvals": waiting.iter().map(as_json).collect::<Vec<_>>() });
            let words = match waiting.len() {
                0 => "nothing waits for a second person".to_owned(),
                count => counted(count, "thing waits", "things wait") + " for a second person",
            };
            let rows = waiting.iter().map(|row| {
                [
                    row.id.to_string(),
                    row.kind.clone(),
                    row.amount.to_string(),
                    row.asked_by.clone(),
                    minute(row.asked_at),
                    row.subject.clone(),
                    decides(&row.kind).to_owned(),
                ]
            });
            let columns =
                ["approval", "kind", ">amount", "asked by", "when", "about", "decided by"];
            Ok(Answer::of(document).say(words).table(columns, rows))
        }
        ApprovalCommand::Show { id } => {
            let row = books.approval(*id).await?;
            let answer = show(&row);
            Ok(match payee(&books, &row).await? {
                Some(payee) => answer.say(format!("paid to {payee}")),
                None => answer,
            })
        }
        ApprovalCommand::Withdraw { id, reason } => {
            books.withdraw_approval(*id, reason).await?;
            let sealed = desk.seal(&books).await;
            Ok(said(*id, "withdrawn", "it is withdrawn; nothing was posted", sealed))
        }
    }
}

/// To whom a refund that waits is paid, as far as who asks may see it.
async fn payee(books: &Books, row: &ApprovalRow) -> Result<Option<Payee>, CliError> {
    if row.kind != "refund" || row.decision.is_some() {
        return Ok(None);
    }
    let id = refund::named(books, RefundId::new(row.id.get())).await?;
    match books.refund_payees(&[id]).await {
        Ok(mut payees) => Ok(payees.remove(&id)),
        Err(AppError::NotAllowed { .. } | AppError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The command that decides approvals of a kind.
pub(crate) fn decides(kind: &str) -> &'static str {
    match kind {
        "transfer" => "ims transfer approve|refuse",
        "suspense-return" | "write-off" => "ims suspense approve|refuse",
        "accepted-difference" => "ims difference approve|refuse",
        "refund" => "ims refund approve|refuse",
        "reopen-day" | "reopen-period" => "ims day approve|refuse",
        "configuration" => "ims config approve|refuse",
        "slip-difference" => "ims ereturn decide",
        "till-difference" => "ims till decide",
        _ => "the command of its kind: ims help",
    }
}

fn show(row: &ApprovalRow) -> Answer {
    let asked = format!(
        "{} of {} ({}), asked by {} on {}: {}",
        row.kind,
        row.amount,
        row.subject,
        row.asked_by,
        minute(row.asked_at),
        row.reason
    );
    let state = match &row.decision {
        Some(done) => {
            format!("{} by {} on {} {}", done.verdict, done.by, minute(done.at), done.reason)
        }
        None => format!("it waits; {} decides it", decides(&row.kind)),
    };
    Answer::of(as_json(row)).say(asked).say(state.trim_end()).say(&row.document)
}

fn as_json(row: &ApprovalRow) -> Value {
    let document: Value = serde_json::from_str(&row.document).unwrap_or(Value::Null);
    let decision = row.decision.as_ref().map(|done| {
        json!({
            "verdict": done.verdict, "by": done.by, "at": instant(done.at), "reason": done.reason,
        })
    });
    json!({
        "id": row.id, "kind": row.kind, "subject": row.subject, "amount_pence": row.amount,
        "reason": row.reason, "asked_by": row.asked_by, "asked_at": instant(row.asked_at),
        "document": document, "decision": decision, "decided_by": decides(&row.kind),
    })
}
