//! Suspense given back, given up, added, taken back.

use chrono::NaiveDate;
use clap::Args;
use ims_app::{NewSuspenseItem, SuspenseReturnRow};
use ims_ledger::id::{ApprovalId, LineId, SuspenseId};
use ims_money::Pence;
use serde_json::json;
use uuid::Uuid;

use crate::{
    Answer, CliError, Desk, Globals,
    desk::instant,
    error::bad,
    transfer::{said, waits},
};

/// Part of an item, and why.
#[derive(Args, Clone, Debug)]
pub struct PartArgs {
    /// The item's id
    #[arg(value_parser = crate::args::id::<SuspenseId>)]
    pub id: SuspenseId,
    /// How much, in pounds; all that is left if not said
    #[arg(long, value_name = "POUNDS", allow_hyphen_values = true)]
    pub amount: Option<Pence>,
    /// Why
    #[arg(long)]
    pub reason: String,
    /// A key of yours: the same key again changes nothing
    #[arg(long)]
    pub key: Option<String>,
}

/// Money nobody can place.
#[derive(Args, Clone, Debug)]
pub struct AddArgs {
    /// The channel it came by
    #[arg(long, value_name = "CODE")]
    pub channel: String,
    /// How much, in pounds
    #[arg(long, value_name = "POUNDS")]
    pub amount: Pence,
    /// The day it came [default: today]
    #[arg(long, value_name = "DATE", value_parser = crate::args::day)]
    pub date: Option<NaiveDate>,
    /// What the bank will quote of it, such as a slip
    #[arg(long, default_value = "", hide_default_value = true)]
    pub reference: String,
    /// What the payer said or wrote
    #[arg(long, default_value = "", hide_default_value = true)]
    pub narrative: String,
    /// The method of payment's code
    #[arg(long, value_name = "CODE")]
    pub method: Option<String>,
    /// Why nobody can place it
    #[arg(long)]
    pub reason: String,
    /// A key of yours: the same key again changes nothing
    #[arg(long)]
    pub key: Option<String>,
}

pub(super) async fn add(
    args: &AddArgs,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    let new = NewSuspenseItem {
        channel: args.channel.clone(),
        amount: args.amount,
        happened_on: args.date.unwrap_or_else(|| desk.world.today()),
        reference: args.reference.clone(),
        narrative: args.narrative.clone(),
        method: args.method.clone(),
        reason: args.reason.clone(),
        key: args.key.clone(),
    };
    let id = books.add_suspense_item(&new).await?;
    let sealed = desk.seal(&books).await;
    let words = format!("{} in suspense as {id}", args.amount);
    Ok(Answer::of(json!({ "item": id, "amount_pence": args.amount })).say(words).exit(sealed))
}

pub(super) async fn give_back(
    args: &PartArgs,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    let key = args.key.as_deref();
    let asked = books.return_suspense(args.id, args.amount, &args.reason, key).await?;
    Ok(waits(asked).exit(desk.seal(&books).await))
}

pub(super) async fn write_off(
    args: &PartArgs,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    let key = args.key.as_deref();
    let asked = books.write_off_suspense(args.id, args.amount, &args.reason, key).await?;
    Ok(waits(asked).exit(desk.seal(&books).await))
}

/// Approves a return or a write-off, whichever waits under that id.
pub(super) async fn approve(
    id: ApprovalId,
    reason: &str,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    let row = books.approval(id).await?;
    let answer = match row.kind.as_str() {
        "suspense-return" => {
            let returned = books.approve_suspense_return(id, reason).await?;
            let document = json!({ "approval": id, "verdict": "approved", "return": returned });
            let words = format!("{} is to be paid back, return {returned}", row.amount);
            Answer::of(document).say(words)
        }
        "write-off" => {
            let amount = books.approve_write_off(id, reason).await?;
            let document = json!({ "approval": id, "verdict": "approved", "amount_pence": amount });
            Answer::of(document).say(format!("{amount} written off"))
        }
        other => return Err(another(id, other)),
    };
    Ok(answer.exit(desk.seal(&books).await))
}

/// Says no to a return or a write-off.
pub(super) async fn refuse(
    id: ApprovalId,
    reason: &str,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    match books.approval(id).await?.kind.as_str() {
        "suspense-return" => books.refuse_suspense_return(id, reason).await?,
        "write-off" => books.refuse_write_off(id, reason).await?,
        other => return Err(another(id, other)),
    }
    let sealed = desk.seal(&books).await;
    Ok(said(id, "refused", "it is refused; the item is as it was", sealed))
}

fn another(id: ApprovalId, kind: &str) -> CliError {
    let by = crate::approval::decides(kind);
    bad(format!("{id} is a {kind}: {by} decides it"))
}

/// Says which bank line paid a return.
pub(super) async fn paid(
    id: Uuid,
    line: LineId,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    books.pay_suspense_return(id, line).await?;
    let sealed = desk.seal(&books).await;
    Ok(Answer::of(json!({ "return": id, "line": line })).say("it is paid").exit(sealed))
}

/// Cancels a return that is not paid.
pub(super) async fn cancel(
    id: Uuid,
    reason: &str,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    let left = books.cancel_suspense_return(id, reason).await?;
    let sealed = desk.seal(&books).await;
    let document = json!({ "return": id, "remaining_pence": left });
    Ok(Answer::of(document)
        .say(format!("it is cancelled; {left} of the item is left"))
        .exit(sealed))
}

/// Returns of suspense, the newest first.
pub(super) async fn returns(
    limit: i64,
    before: Option<Uuid>,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    let found = books.suspense_returns(before, limit).await?;
    let state = |row: &SuspenseReturnRow| match (&row.paid, &row.cancelled) {
        (Some(_), _) => "paid",
        (None, Some(_)) => "cancelled",
        (None, None) => "open",
    };
    let documents = found.iter().map(|row| {
        json!({
            "id": row.id, "item": row.suspense, "amount_pence": row.amount, "reason": row.reason,
            "by": row.by, "at": instant(row.at), "state": state(row),
            "match": row.paid,
            "cancelled": row.cancelled.as_ref().map(|it| {
                json!({ "by": it.by, "at": instant(it.at), "reason": it.reason })
            }),
        })
    });
    let document = json!({ "returns": documents.collect::<Vec<_>>() });
    if found.is_empty() {
        return Ok(Answer::of(document).say("nothing was given back"));
    }
    let rows = found.iter().map(|row| {
        [
            row.id.to_string(),
            row.suspense.to_string(),
            row.amount.to_string(),
            state(row).to_owned(),
            row.reason.clone(),
        ]
    });
    Ok(Answer::of(document).table(["return", "item", ">amount", "state", "why"], rows))
}

/// Takes an allocation or a write-off back.
pub(super) async fn undo(
    id: Uuid,
    reason: &str,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    let remaining = books.undo_allocation(id, reason).await?;
    let sealed = desk.seal(&books).await;
    let words = format!("taken back; {remaining} is left of the item");
    let document = json!({ "allocation": id, "remaining_pence": remaining });
    Ok(Answer::of(document).say(words).exit(sealed))
}
