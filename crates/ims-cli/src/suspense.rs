//! `ims suspense`: money of unknown owners.

use clap::{Args, Subcommand};
use ims_app::NewAllocation;
use ims_ledger::id::SuspenseId;
use ims_money::Pence;
use ims_store::OpenSuspense;
use serde_json::{Value, json};

use crate::{Answer, CliError, Desk, Globals, answer::counted, desk::instant};

/// Money of unknown owners.
#[derive(Subcommand, Clone, Debug)]
pub enum SuspenseCommand {
    /// List what is open, the oldest first
    #[command(after_help = "Example: ims suspense list --limit 20")]
    List {
        /// How many at most
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: i64,
        /// Only those after this one
        #[arg(long, value_name = "ID", value_parser = crate::args::id::<SuspenseId>)]
        after: Option<SuspenseId>,
    },
    /// Put an item, or part of it, into the account it belongs to
    #[command(
        after_help = "Example: ims suspense allocate 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b --fund CT --reference 123456785 --note \"payer rang\""
    )]
    Allocate(AllocateArgs),
}

/// Where an item goes.
#[derive(Args, Clone, Debug)]
pub struct AllocateArgs {
    /// The item's id, as the list shows it
    #[arg(value_parser = crate::args::id::<SuspenseId>)]
    pub id: SuspenseId,
    /// The fund's code
    #[arg(long)]
    pub fund: String,
    /// The account reference in it
    #[arg(long)]
    pub reference: String,
    /// How much, in pounds; all that is left if not said
    #[arg(long, value_name = "POUNDS")]
    pub amount: Option<Pence>,
    /// Why, for the auditor
    #[arg(long, default_value = "", hide_default_value = true)]
    pub note: String,
    /// A key of yours: the same key again changes nothing
    #[arg(long)]
    pub key: Option<String>,
}

pub(crate) async fn run(
    command: &SuspenseCommand,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    match command {
        SuspenseCommand::List { limit, after } => list(*limit, *after, globals, desk).await,
        SuspenseCommand::Allocate(args) => allocate(args, globals, desk).await,
    }
}

async fn list(
    limit: i64,
    after: Option<SuspenseId>,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    let items = books.open_suspense(after, limit).await?;
    let (count, total) =
        books.app().store().snapshot().await?.open_suspense_totals(books.council().id).await?;
    let documents: Vec<_> = items.iter().map(as_json).collect();
    let document = json!({ "count": count, "remaining_pence": total, "items": documents });
    let words = match count {
        0 => "suspense is empty".to_owned(),
        count => format!("{} open, {total} left in all", counted(count, "item", "items")),
    };
    let rows = items.iter().map(|item| {
        [
            item.id.to_string(),
            item.happened_on.to_string(),
            item.remaining.to_string(),
            item.reference.clone(),
            item.narrative.clone(),
            item.reason.clone(),
        ]
    });
    let columns = ["item", "date", ">left", "reference", "narrative", "why"];
    Ok(Answer::of(document).say(words).table(columns, rows))
}

async fn allocate(
    args: &AllocateArgs,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    let to = NewAllocation {
        fund: args.fund.clone(),
        reference: args.reference.clone(),
        amount: args.amount,
        note: args.note.clone(),
        key: args.key.clone(),
    };
    let done = books.allocate_suspense(args.id, &to).await?;
    let sealed = desk.seal(&books).await;
    let document = json!({
        "item": args.id, "receipt": done.receipt, "amount_pence": done.amount,
        "remaining_pence": done.remaining, "before": done.before,
    });
    let words = if done.before {
        format!("done before under this key as receipt {}; nothing changed", done.receipt)
    } else {
        format!(
            "{} allocated to {} {} as receipt {}; {} left of the item",
            done.amount, args.fund, args.reference, done.receipt, done.remaining
        )
    };
    Ok(Answer::of(document).say(words).exit(sealed))
}

/// A suspense item as every document shows it.
pub(crate) fn as_json(item: &OpenSuspense) -> Value {
    json!({
        "id": item.id, "date": item.happened_on, "amount_pence": item.amount,
        "remaining_pence": item.remaining, "reason": item.reason, "reference": item.reference,
        "narrative": item.narrative, "line": item.line, "method": item.method,
        "known_at": instant(item.created_at),
    })
}
