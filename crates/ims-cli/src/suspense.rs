//! `ims suspense`: money of unknown owners.

use std::collections::BTreeMap;

use clap::{Args, Subcommand};
use ims_app::{Books, NewAllocation, Perhaps, Permission};
use ims_ledger::id::{ApprovalId, LineId, SuspenseId};
use ims_money::Pence;
use ims_store::OpenSuspense;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{Answer, CliError, Desk, Globals, desk::instant};

mod care;
mod guard;
mod many;
mod rule;
mod settle;
mod suggest;

/// Money of unknown owners.
#[derive(Subcommand, Clone, Debug)]
pub enum SuspenseCommand {
    /// List what is open, the oldest first, or look for items
    #[command(after_help = "Example: ims suspense list --status part --owner ann --overdue")]
    List(care::ListArgs),
    /// Show an item: who sees to it, what became of it, every note
    #[command(after_help = "Example: ims suspense show 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b")]
    Show {
        /// The item's id
        #[arg(value_parser = crate::args::id::<SuspenseId>)]
        id: SuspenseId,
    },
    /// Say whose an item may be: the likelier first, and why; nothing is booked
    #[command(after_help = "Example: ims suspense suggest 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b")]
    Suggest {
        /// The item's id
        #[arg(value_parser = crate::args::id::<SuspenseId>)]
        id: SuspenseId,
    },
    /// Put all that is left of an item where a suggestion says
    #[command(
        after_help = "Example: ims suspense accept 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b --candidate 1 --seen 7f3a90c2"
    )]
    Accept(suggest::AcceptArgs),
    /// Make a rule of where a person put an item, and show what it would have changed
    #[command(
        after_help = "Example: ims suspense rule 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b --out new.toml"
    )]
    Rule(rule::RuleArgs),
    /// Say which accounts about to be summoned may have paid with money nobody placed
    #[command(after_help = "Example: ims suspense guard summonses.csv --fund CT")]
    Guard(guard::GuardArgs),
    /// Put an item, or part of it, into the account it belongs to
    #[command(
        after_help = "Example: ims suspense allocate 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b --fund CT --reference 123456785 --note \"payer rang\""
    )]
    Allocate(AllocateArgs),
    /// Put many items into many accounts, all or none
    #[command(
        after_help = "The file has the columns item, fund, reference, amount, kind; kind is to or \
                      credit-note. Amounts are in pounds. What is taken of an item is what its \
                      accounts get less its credit notes.\n\n\
                      Example: ims suspense allocate-many --file where.csv --note \"sheet 3\""
    )]
    AllocateMany(many::ManyArgs),
    /// Take an allocation or a write-off back, once
    #[command(
        after_help = "Example: ims suspense undo 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b --reason \"another payer\""
    )]
    Undo {
        /// The allocation's id, as `ims suspense show` has it
        #[arg(value_parser = crate::args::id::<Uuid>)]
        id: Uuid,
        /// Why, for the auditor
        #[arg(long)]
        reason: String,
    },
    /// Add money that came with nothing to say whose it is
    #[command(
        after_help = "Example: ims suspense add --channel till --amount 20.00 --reference SLIP0042 --reason \"cash with no name\""
    )]
    Add(settle::AddArgs),
    /// Write a note about an item
    #[command(
        after_help = "Example: ims suspense note 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b \"rang, no answer\""
    )]
    Note {
        /// The item's id
        #[arg(value_parser = crate::args::id::<SuspenseId>)]
        id: SuspenseId,
        /// The words
        words: String,
    },
    /// Say who sees to an item, by when, and its group
    #[command(
        after_help = "Example: ims suspense assign 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b --owner ann --due 2026-04-30"
    )]
    Assign(care::AssignArgs),
    /// Ask for an item to be given back to who paid it
    #[command(
        after_help = "Example: ims suspense return 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b --reason \"paid us by mistake\""
    )]
    Return(settle::PartArgs),
    /// List what is given back, paid or to be paid
    #[command(after_help = "Example: ims suspense returns")]
    Returns {
        /// How many at most
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: i64,
        /// Only those older than this one
        #[arg(long, value_name = "ID", value_parser = crate::args::id::<Uuid>)]
        before: Option<Uuid>,
    },
    /// Say which bank line paid a return
    #[command(
        after_help = "Example: ims suspense paid 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b --line 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0c"
    )]
    Paid {
        /// The return's id
        #[arg(value_parser = crate::args::id::<Uuid>)]
        id: Uuid,
        /// The bank line's id
        #[arg(long, value_parser = crate::args::id::<LineId>)]
        line: LineId,
    },
    /// Cancel a return that is approved and not paid: the item has its money again
    #[command(
        after_help = "What the bank was told already it pays all the same: stop it there.\n\n\
                      Example: ims suspense cancel-return 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b --reason \"the payer owes rent\""
    )]
    CancelReturn {
        /// The return's id, as `ims suspense returns` has it
        #[arg(value_parser = crate::args::id::<Uuid>)]
        id: Uuid,
        /// Why, for the auditor
        #[arg(long)]
        reason: String,
    },
    /// Ask for an item to be given up
    #[command(
        after_help = "Example: ims suspense write-off 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b --reason \"too old, payer unknown\""
    )]
    WriteOff(settle::PartArgs),
    /// Approve a return or a write-off, as a second person
    #[command(
        after_help = "Example: ims --as mo suspense approve 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b"
    )]
    Approve {
        /// The approval's id, as `ims approval list` shows it
        #[arg(value_parser = crate::args::id::<ApprovalId>)]
        id: ApprovalId,
        /// What was seen, for the auditor
        #[arg(long, default_value = "", hide_default_value = true)]
        reason: String,
    },
    /// Say no to a return or a write-off
    #[command(
        after_help = "Example: ims --as mo suspense refuse 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b --reason \"look again\""
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
    #[arg(long, value_name = "POUNDS", allow_hyphen_values = true)]
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
        SuspenseCommand::List(args) => care::list(args, globals, desk).await,
        SuspenseCommand::Show { id } => care::show(*id, globals, desk).await,
        SuspenseCommand::Suggest { id } => suggest::suggest(*id, globals, desk).await,
        SuspenseCommand::Accept(args) => suggest::accept(args, globals, desk).await,
        SuspenseCommand::Rule(args) => rule::run(args, globals, desk).await,
        SuspenseCommand::Guard(args) => guard::guard(args, globals, desk).await,
        SuspenseCommand::Allocate(args) => allocate(args, globals, desk).await,
        SuspenseCommand::AllocateMany(args) => many::run(args, globals, desk).await,
        SuspenseCommand::Undo { id, reason } => settle::undo(*id, reason, globals, desk).await,
        SuspenseCommand::Add(args) => settle::add(args, globals, desk).await,
        SuspenseCommand::Note { id, words } => care::note(*id, words, globals, desk).await,
        SuspenseCommand::Assign(args) => care::assign(args, globals, desk).await,
        SuspenseCommand::Return(args) => settle::give_back(args, globals, desk).await,
        SuspenseCommand::Returns { limit, before } => {
            settle::returns(*limit, *before, globals, desk).await
        }
        SuspenseCommand::Paid { id, line } => settle::paid(*id, *line, globals, desk).await,
        SuspenseCommand::CancelReturn { id, reason } => {
            settle::cancel(*id, reason, globals, desk).await
        }
        SuspenseCommand::WriteOff(args) => settle::write_off(args, globals, desk).await,
        SuspenseCommand::Approve { id, reason } => {
            settle::approve(*id, reason, globals, desk).await
        }
        SuspenseCommand::Refuse { id, reason } => settle::refuse(*id, reason, globals, desk).await,
    }
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
    let answer = Answer::of(document).say(words);
    let answer = if done.before { answer } else { answer.say(rule::offer(args.id)) };
    Ok(answer.exit(sealed))
}

/// What items may have been meant for, at a glance; nothing for who does not
/// see suspense.
pub(crate) async fn meant(
    books: &Books,
    items: impl IntoIterator<Item = &OpenSuspense>,
) -> Result<BTreeMap<SuspenseId, Vec<Perhaps>>, CliError> {
    if !books.actor().may(Permission::SeeSuspense) {
        return Ok(BTreeMap::new());
    }
    let items: Vec<OpenSuspense> = items.into_iter().cloned().collect();
    Ok(books.meant_by(&items).await?)
}

/// The same of one item, for a table.
pub(crate) fn perhaps(meant: &BTreeMap<SuspenseId, Vec<Perhaps>>, item: SuspenseId) -> String {
    let of = meant.get(&item).map(Vec::as_slice).unwrap_or_default();
    let names: Vec<_> = of.iter().map(|one| format!("{} {}", one.fund, one.reference)).collect();
    names.join(", ")
}

/// An item as JSON, with what it may have been meant for.
pub(crate) fn with_meant(
    mut document: Value,
    meant: &BTreeMap<SuspenseId, Vec<Perhaps>>,
    item: SuspenseId,
) -> Value {
    let one = |one: &Perhaps| {
        let why = one.reasons.first();
        json!({ "fund": one.fund, "reference": one.reference, "why": why })
    };
    let of = meant.get(&item).map(Vec::as_slice).unwrap_or_default();
    if let Some(fields) = document.as_object_mut() {
        fields.insert("perhaps".to_owned(), of.iter().map(one).collect());
    }
    document
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
