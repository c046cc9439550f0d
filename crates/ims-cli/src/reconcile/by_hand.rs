//! `ims reconcile match`: a person says that bank lines are what was expected.

use clap::Args;
use ims_app::{AppError, Books, NewMatch, ProposedMatch};
use ims_ledger::id::{ExpectedId, LineId, SuspenseId};
use serde_json::json;

use crate::{Answer, CliError, Desk};

/// What belongs together, and why.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "`ims reconcile day show` numbers what rules propose for each line; `ims reconcile expected --channel` lists what is waited for. Both sides must come to the same.\n\nExample: ims reconcile match 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b --proposal 1 --reason \"the payer rang\""
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
    #[arg(long, value_name = "N", conflicts_with_all = ["expected", "items"])]
    pub proposal: Option<usize>,
    /// Why, for the auditor
    #[arg(long)]
    pub reason: String,
}

pub(super) async fn run(
    args: &MatchArgs,
    books: &Books,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let new = match args.proposal {
        None => NewMatch {
            lines: args.lines.clone(),
            items: args.items.clone(),
            expected: args.expected.clone(),
            reason: args.reason.clone(),
        },
        Some(number) => {
            let ProposedMatch { lines, items, expected, .. } =
                proposal(books, &args.lines, number).await?;
            NewMatch { lines, items, expected, reason: args.reason.clone() }
        }
    };
    let set = books.match_lines(&new).await?;
    let sealed = desk.seal(books).await;
    let document = json!({
        "match": set.id, "rule": set.rule, "reason": set.reason, "amount_pence": set.amount,
        "lines": new.lines, "items": new.items, "expected": new.expected,
    });
    let words = format!("{} is matched by hand: match {}", set.amount, set.id);
    Ok(Answer::of(document).say(words).exit(sealed))
}

/// What `ims reconcile day show` gives that number.
async fn proposal(
    books: &Books,
    lines: &[LineId],
    number: usize,
) -> Result<ProposedMatch, CliError> {
    let [id] = lines else {
        let what = "name one line with --proposal: the proposal names the others";
        return Err(AppError::BadInput(what.to_owned()).into());
    };
    let line = books.explain_line(*id).await?.line;
    let mut day = books.bank_day(&line.bank, line.booked_on).await?;
    let mut proposals = day.proposals.remove(id).unwrap_or_default().into_iter();
    let found = number.checked_sub(1).and_then(|before| proposals.nth(before));
    found.ok_or_else(|| {
        let what = format!(
            "line {id} has no proposal {number}: see `ims reconcile day show {} --account {}`",
            line.booked_on, line.bank
        );
        AppError::BadInput(what).into()
    })
}
