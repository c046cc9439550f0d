//! `ims transfer`: posted lines and balances moved to where they belong.

use clap::{Args, Subcommand};
use ims_app::{
    Books, Moved, MovedPart, NewJournal, NewTransfer, SearchReceipts, TransferRow, Transferred,
};
use ims_ledger::{
    ReceiptNumber,
    id::{ApprovalId, TransferId},
};
use serde_json::{Value, json};

use crate::{
    Answer, CliError, Desk, Exit, Globals,
    desk::{instant, minute},
    error::bad,
};

/// Money moved between accounts.
#[derive(Subcommand, Clone, Debug)]
pub enum TransferCommand {
    /// Move a posted line, or part of it, to the accounts it belongs to
    #[command(
        after_help = "Example: ims transfer journal 0J2K-3M4N-5P6Q-R --to CT/112233448=20.00 --reason \"keyed to the wrong account\""
    )]
    Journal(JournalArgs),
    /// Move money between accounts: as much is given as is taken
    #[command(
        after_help = "Example: ims transfer make --from CT/112233448=20.00 --to LE/SWIM=20.00 --reason \"the tenant moved\""
    )]
    Make(MakeArgs),
    /// Take a transfer or journal back, once
    #[command(
        after_help = "Example: ims transfer undo 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b --reason \"it was right\""
    )]
    Undo {
        /// The transfer's id
        #[arg(value_parser = crate::args::id::<TransferId>)]
        id: TransferId,
        /// Why, for the auditor
        #[arg(long)]
        reason: String,
    },
    /// List transfers and journals, the newest first
    #[command(after_help = "Example: ims transfer list --limit 20")]
    List {
        /// How many at most
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: i64,
        /// Only those older than this one
        #[arg(long, value_name = "ID", value_parser = crate::args::id::<TransferId>)]
        before: Option<TransferId>,
    },
    /// Show one, with what it took and gave
    #[command(after_help = "Example: ims transfer show 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b")]
    Show {
        /// The transfer's id
        #[arg(value_parser = crate::args::id::<TransferId>)]
        id: TransferId,
    },
    /// Approve one that waits, as a second person
    #[command(
        after_help = "Example: ims --as mo transfer approve 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b"
    )]
    Approve {
        /// The approval's id, as `ims approval list` shows it
        #[arg(value_parser = crate::args::id::<ApprovalId>)]
        id: ApprovalId,
        /// What was seen, for the auditor
        #[arg(long, default_value = "", hide_default_value = true)]
        reason: String,
    },
    /// Say no to one that waits
    #[command(
        after_help = "Example: ims --as mo transfer refuse 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b --reason \"no letter\""
    )]
    Refuse {
        /// The approval's id
        #[arg(value_parser = crate::args::id::<ApprovalId>)]
        id: ApprovalId,
        /// Why
        #[arg(long)]
        reason: String,
    },
}

/// A journal of a posted line.
#[derive(Args, Clone, Debug)]
pub struct JournalArgs {
    /// The receipt's number
    pub receipt: ReceiptNumber,
    /// Which of its lines
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub line: i64,
    /// Where money goes; may be said more than once. `@CODE` after it takes
    /// another VAT code, where the fund allows it
    #[arg(long, value_name = "FUND/REFERENCE=POUNDS[@VAT]", required = true, value_parser = crate::parts::part)]
    pub to: Vec<MovedPart>,
    /// Why, for the auditor
    #[arg(long)]
    pub reason: String,
    /// A key of yours: the same key again changes nothing
    #[arg(long)]
    pub key: Option<String>,
}

/// A transfer between accounts.
#[derive(Args, Clone, Debug)]
pub struct MakeArgs {
    /// Where money is taken; may be said more than once
    #[arg(long, value_name = "FUND/REFERENCE=POUNDS[@VAT]", required = true, value_parser = crate::parts::part)]
    pub from: Vec<MovedPart>,
    /// Where it goes; may be said more than once
    #[arg(long, value_name = "FUND/REFERENCE=POUNDS[@VAT]", required = true, value_parser = crate::parts::part)]
    pub to: Vec<MovedPart>,
    /// Why, for the auditor
    #[arg(long)]
    pub reason: String,
    /// A key of yours: the same key again changes nothing
    #[arg(long)]
    pub key: Option<String>,
}

pub(crate) async fn run(
    command: &TransferCommand,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    match command {
        TransferCommand::Journal(args) => {
            let search = SearchReceipts::Number(args.receipt.to_string());
            let found = books.search_receipts(&search, None, 1).await?;
            let absent = || bad(format!("there is no receipt {}", args.receipt));
            let new = NewJournal {
                receipt: found.first().ok_or_else(absent)?.id,
                line: args.line,
                to: args.to.clone(),
                reason: args.reason.clone(),
                key: args.key.clone(),
            };
            let moved = books.journal_line(&new).await?;
            Ok(as_moved(moved).exit(desk.seal(&books).await))
        }
        TransferCommand::Make(args) => {
            let new = NewTransfer {
                from: args.from.clone(),
                to: args.to.clone(),
                reason: args.reason.clone(),
                key: args.key.clone(),
            };
            let moved = books.make_transfer(&new).await?;
            Ok(as_moved(moved).exit(desk.seal(&books).await))
        }
        TransferCommand::Undo { id, reason } => undo(&books, *id, reason, desk).await,
        TransferCommand::List { limit, before } => list(&books, *before, *limit).await,
        TransferCommand::Show { id } => show(&books, *id).await,
        TransferCommand::Approve { id, reason } => {
            let done = books.approve_transfer(*id, reason).await?;
            Ok(as_moved(Moved::Done(done)).exit(desk.seal(&books).await))
        }
        TransferCommand::Refuse { id, reason } => {
            books.refuse_transfer(*id, reason).await?;
            let sealed = desk.seal(&books).await;
            Ok(said(*id, "refused", "it is refused; nothing was moved", sealed))
        }
    }
}

/// What became of something that waited.
pub(crate) fn said(id: ApprovalId, verdict: &str, words: &str, sealed: Exit) -> Answer {
    Answer::of(json!({ "approval": id, "verdict": verdict })).say(words).exit(sealed)
}

/// What waits for a second person, in the words every command uses.
pub(crate) fn waits(id: ApprovalId) -> Answer {
    let words = format!("nothing is posted yet: a second person approves it, as {id}");
    Answer::of(json!({ "approval": id })).say(words)
}

fn as_moved(moved: Moved) -> Answer {
    let done = match moved {
        Moved::Waits(id) => return waits(id),
        Moved::Done(done) => done,
    };
    let Transferred { id, receipt, amount, warnings, before } = done;
    let words = if before {
        format!("done before under this key as receipt {receipt}; nothing changed")
    } else {
        format!("{amount} moved as receipt {receipt}, transfer {id}")
    };
    let document = json!({
        "transfer": id, "receipt": receipt, "amount_pence": amount, "before": before,
        "warnings": warnings,
    });
    warnings.into_iter().fold(Answer::of(document).say(words), Answer::say)
}

async fn undo(
    books: &Books,
    id: TransferId,
    reason: &str,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let (row, _) = books.transfer_shown(id).await?;
    let done = match row.kind.as_str() {
        "journal" => books.undo_journal(id, reason).await?,
        _ => books.undo_transfer(id, reason).await?,
    };
    let sealed = desk.seal(books).await;
    let document = json!({ "transfer": id, "receipt": done.receipt, "amount_pence": done.amount });
    let words = format!("{} moved back as receipt {}", done.amount, done.receipt);
    Ok(Answer::of(document).say(words).exit(sealed))
}

async fn list(books: &Books, before: Option<TransferId>, limit: i64) -> Result<Answer, CliError> {
    let found = books.transfers(before, limit).await?;
    let document = json!({ "transfers": found.iter().map(as_json).collect::<Vec<_>>() });
    if found.is_empty() {
        return Ok(Answer::of(document).say("nothing was transferred"));
    }
    let rows = found.iter().map(|row| {
        [
            row.id.to_string(),
            minute(row.at),
            row.kind.clone(),
            row.number.clone(),
            row.amount.to_string(),
            row.by.clone(),
            row.undone.as_ref().map_or_else(String::new, |undone| undone.by.clone()),
            row.reason.clone(),
        ]
    });
    let columns = ["transfer", "when", "kind", "receipt", ">amount", "by", "taken back by", "why"];
    Ok(Answer::of(document).table(columns, rows))
}

async fn show(books: &Books, id: TransferId) -> Result<Answer, CliError> {
    let (row, receipt) = books.transfer_shown(id).await?;
    let mut document = as_json(&row);
    let lines = receipt.lines.iter().map(|line| {
        json!({
            "fund": line.fund, "reference": line.reference, "amount_pence": line.amount,
            "vat_pence": line.vat,
        })
    });
    if let Some(document) = document.as_object_mut() {
        document.insert("lines".to_owned(), lines.collect());
    }
    let mut answer = Answer::of(document).say(format!(
        "{} of {} by {} on {}: {}",
        row.kind,
        row.amount,
        row.by,
        minute(row.at),
        row.reason
    ));
    if let Some(undone) = &row.undone {
        let when = minute(undone.at);
        answer = answer.say(format!("taken back by {} on {when}: {}", undone.by, undone.reason));
    }
    let rows = receipt.lines.iter().map(|line| {
        [line.fund.clone(), line.reference.clone(), line.amount.to_string(), line.vat.to_string()]
    });
    Ok(answer.table(["fund", "reference", ">amount", ">VAT"], rows))
}

fn as_json(row: &TransferRow) -> Value {
    let undone = row.undone.as_ref().map(
        |undone| json!({ "by": undone.by, "at": instant(undone.at), "reason": undone.reason }),
    );
    json!({
        "id": row.id, "kind": row.kind, "receipt": row.number, "amount_pence": row.amount,
        "reason": row.reason, "approval": row.approval, "by": row.by, "at": instant(row.at),
        "taken_back": undone,
    })
}
