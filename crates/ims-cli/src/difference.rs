//! `ims difference`: what clearing accounts wait for and will not get.

use clap::Subcommand;
use ims_ledger::id::{ApprovalId, ExpectedId};
use serde_json::json;

use crate::{
    Answer, CliError, Desk, Globals,
    answer::counted,
    transfer::{said, waits},
};

/// What clearing accounts wait for, and differences accepted.
#[derive(Subcommand, Clone, Debug)]
pub enum DifferenceCommand {
    /// List what clearing accounts still wait for
    #[command(after_help = "Example: ims difference list --channel till")]
    List {
        /// Only of this channel
        #[arg(long, value_name = "CODE")]
        channel: Option<String>,
    },
    /// Ask for a shortage or an excess to be accepted
    #[command(
        after_help = "Example: ims difference accept 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b --reason \"stolen, police informed\""
    )]
    Accept {
        /// The open item's id, as the list shows it
        #[arg(value_parser = crate::args::id::<ExpectedId>)]
        id: ExpectedId,
        /// Why
        #[arg(long)]
        reason: String,
        /// A key of yours: the same key again changes nothing
        #[arg(long)]
        key: Option<String>,
    },
    /// Approve an accepted difference, as a second person
    #[command(
        after_help = "Example: ims --as mo difference approve 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b"
    )]
    Approve {
        /// The approval's id
        #[arg(value_parser = crate::args::id::<ApprovalId>)]
        id: ApprovalId,
        /// What was seen, for the auditor
        #[arg(long, default_value = "", hide_default_value = true)]
        reason: String,
    },
    /// Say no to an accepted difference
    #[command(
        after_help = "Example: ims --as mo difference refuse 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b --reason \"look again\""
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

pub(crate) async fn run(
    command: &DifferenceCommand,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    match command {
        DifferenceCommand::List { channel } => {
            let items = books.waited_for(channel.as_deref()).await?;
            let documents = items.iter().map(|item| {
                json!({
                    "id": item.id, "channel": item.channel, "date": item.happened_on,
                    "amount_pence": item.amount, "reference": item.reference, "batch": item.batch_ref,
                })
            });
            let document = json!({ "items": documents.collect::<Vec<_>>() });
            let rows = items.iter().map(|item| {
                [
                    item.id.to_string(),
                    item.channel.clone(),
                    item.happened_on.to_string(),
                    item.amount.to_string(),
                    item.reference.clone(),
                    item.batch_ref.clone(),
                ]
            });
            let words = match items.len() {
                0 => "nothing is waited for".to_owned(),
                count => counted(count, "item is", "items are") + " waited for",
            };
            let columns = ["item", "channel", "date", ">amount", "reference", "batch"];
            Ok(Answer::of(document).say(words).table(columns, rows))
        }
        DifferenceCommand::Accept { id, reason, key } => {
            let asked = books.accept_difference(*id, reason, key.as_deref()).await?;
            Ok(waits(asked).exit(desk.seal(&books).await))
        }
        DifferenceCommand::Approve { id, reason } => {
            let matched = books.approve_difference(*id, reason).await?;
            let sealed = desk.seal(&books).await;
            let words = "accepted: it is waited for no more; `ims reconcile undo` takes it back";
            let document = json!({ "approval": id, "verdict": "approved", "match": matched });
            Ok(Answer::of(document).say(format!("{words}, match {matched}")).exit(sealed))
        }
        DifferenceCommand::Refuse { id, reason } => {
            books.refuse_difference(*id, reason).await?;
            let sealed = desk.seal(&books).await;
            Ok(said(*id, "refused", "it is refused; the item is still waited for", sealed))
        }
    }
}
