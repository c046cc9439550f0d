//! `ims reconcile match`: a person says that bank lines are what was expected.

use clap::Args;
use ims_app::{AppError, Books, NewMatch};
use ims_ledger::id::{ExpectedId, LineId, SuspenseId};
use ims_store::MatchRow;
use serde_json::json;

use crate::{Answer, CliError, Desk};

/// What belongs together, and why.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "`ims reconcile day show` numbers what rules propose for each line; `ims reconcile expected --channel` lists what is waited for. Both sides must come to the same.\n\nExample: ims reconcile match 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b --proposal 1 --seen 3f9a01bc --reason \"the payer rang\""
)]
pub struct MatchArgs {
    /// The bank lines, by their ids
    #[arg(value_name = "LINE", value_parser = crate::args::id::<LineId>)]
    pub lines: Vec<LineId>,
    /// An item of suspense that came from the bank; may be given again
    #[arg(long = "item", value_name = "ID", value_parser = crate::args::id::<SuspenseId>)]
    pub items: Vec<SuspenseId>,
    /// What was expected; may be given again
    #[arg(long, value_name = "ID", value_parser = crate::args::id::<ExpectedId>)]
    pub expected: Vec<ExpectedId>,
    /// What is proposed for the one line, by its number
    #[arg(long, value_name = "N", conflicts_with_all = ["expected", "items"], requires = "seen")]
    pub proposal: Option<usize>,
    /// The proposal's mark, as it was shown: if anything changed since, it is refused
    #[arg(long, value_name = "MARK", requires = "proposal")]
    pub seen: Option<String>,
    /// Why, for the auditor
    #[arg(long)]
    pub reason: String,
}

pub(super) async fn run(
    args: &MatchArgs,
    books: &Books,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let (new, set) = match (args.proposal, &args.seen) {
        (Some(number), Some(seen)) => accepted(args, books, number, seen).await?,
        _ => {
            let new = NewMatch {
                lines: args.lines.clone(),
                items: args.items.clone(),
                expected: args.expected.clone(),
                reason: args.reason.clone(),
            };
            let set = books.match_lines(&new).await?;
            (new, set)
        }
    };
    let sealed = desk.seal(books).await;
    let document = json!({
        "match": set.id, "rule": set.rule, "reason": set.reason, "amount_pence": set.amount,
        "lines": new.lines, "items": new.items, "expected": new.expected,
    });
    let words = format!("{} is matched by hand: match {}", set.amount, set.id);
    Ok(Answer::of(document).say(words).exit(sealed))
}

/// What `ims reconcile day show` gives that number and mark.
async fn accepted(
    args: &MatchArgs,
    books: &Books,
    number: usize,
    seen: &str,
) -> Result<(NewMatch, MatchRow), CliError> {
    let [line] = args.lines.as_slice() else {
        let what = "name one line with --proposal: the proposal names the others";
        return Err(AppError::BadInput(what.to_owned()).into());
    };
    let (chosen, set) = books.accept_proposal(*line, number, seen, &args.reason).await?;
    let (lines, items, expected) = (chosen.lines, chosen.items, chosen.expected);
    Ok((NewMatch { lines, items, expected, reason: args.reason.clone() }, set))
}
