//! Whose an item may be, and taking one of the accounts that are suggested.

use clap::Args;
use ims_app::Suggestion;
use ims_ledger::id::SuspenseId;
use serde_json::{Value, json};

use crate::{Answer, CliError, Desk, Globals};

/// So many candidates are shown, however unlikely they are.
const SHOWN_MIN: usize = 3;

/// Which suggestion is accepted.
#[derive(Args, Clone, Debug)]
pub struct AcceptArgs {
    /// The item's id
    #[arg(value_parser = crate::args::id::<SuspenseId>)]
    pub id: SuspenseId,
    /// Which candidate, as `ims suspense suggest` counts them
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub candidate: usize,
    /// The candidate's mark, as it was shown: if anything changed since, it is refused
    #[arg(long, value_name = "MARK")]
    pub seen: String,
}

pub(super) async fn suggest(
    id: SuspenseId,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    let found = books.suggest_suspense(id).await?;
    let documents: Vec<_> = (1_usize..).zip(&found).map(|(n, it)| as_json(n, it)).collect();
    let answer = Answer::of(json!({ "item": id, "candidates": documents }));
    if found.is_empty() {
        return Ok(answer.say("nothing speaks for any account"));
    }
    let shown = shown(found.iter().map(|it| it.permille));
    let rows = (1_usize..).zip(found.iter().take(shown)).map(|(n, it)| {
        [
            n.to_string(),
            it.fund.clone(),
            it.reference.clone(),
            percent(it.permille),
            it.mark.clone(),
            it.reasons.join("; "),
        ]
    });
    let columns = [">candidate", "fund", "reference", ">likely", "mark", "why"];
    let next = "nothing is booked; `ims suspense accept ITEM --candidate N --seen MARK` takes one";
    let answer = answer.table(columns, rows);
    Ok(match found.len().saturating_sub(shown) {
        0 => answer.say(next),
        more => answer.say(format!("{more} more, each below 0.1%, are in --json")).say(next),
    })
}

/// How many candidates a table shows: next to nothing speaks for the others, which
/// are in the JSON.
fn shown(permilles: impl Iterator<Item = u16>) -> usize {
    permilles.take_while(|permille| *permille > 0).count().max(SHOWN_MIN)
}

pub(super) async fn accept(
    args: &AcceptArgs,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    let (chosen, done) = books.accept_suggestion(args.id, args.candidate, &args.seen).await?;
    let sealed = desk.seal(&books).await;
    let document = json!({
        "item": args.id, "accepted": as_json(args.candidate, &chosen), "receipt": done.receipt,
        "amount_pence": done.amount, "remaining_pence": done.remaining,
    });
    let words = format!(
        "{} allocated to {} {} as receipt {}",
        done.amount, chosen.fund, chosen.reference, done.receipt
    );
    Ok(Answer::of(document).say(words).say(super::rule::offer(args.id)).exit(sealed))
}

fn as_json(candidate: usize, it: &Suggestion) -> Value {
    json!({
        "candidate": candidate, "fund": it.fund, "reference": it.reference,
        "permille": it.permille, "mark": it.mark, "reasons": it.reasons,
        "awaited": it.awaited,
    })
}

/// Thousandths as a percentage: `97.3%`.
pub(super) fn percent(permille: u16) -> String {
    format!("{}.{}%", permille.div_euclid(10), permille.rem_euclid(10))
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn what_nothing_speaks_for_is_not_shown() {
        for (permilles, wanted) in [
            (&[988, 0, 0, 0, 0][..], 3),
            (&[400, 300, 200, 100, 0, 0], 4),
            (&[0, 0, 0, 0], 3),
            (&[988], 3),
        ] {
            assert_eq!(shown(permilles.iter().copied()), wanted, "{permilles:?}");
        }
    }
}
