//! `ims reference check`: references under their fund's rule, and repairs.

mod repair;

use clap::Subcommand;
use ims_app::Books;
use ims_ledger::{Fund, Funds};
use serde_json::{Value, json};

use crate::{Answer, CliError, Desk, Exit, Globals, error::bad};

/// References.
#[derive(Subcommand, Clone, Debug)]
pub enum ReferenceCommand {
    /// Check references under a fund's rule; offer repairs, book nothing
    #[command(after_help = "Example: ims reference check --fund CT 123456785 12345678S")]
    Check {
        /// The fund's code
        #[arg(long, value_name = "CODE")]
        fund: String,
        /// The references
        #[arg(required = true, value_name = "REF")]
        references: Vec<String>,
    },
}

/// What was found of one reference.
struct Checked {
    given: String,
    /// As the fund writes it, or why it is none.
    read: Result<String, String>,
    repairs: Vec<repair::Repair>,
}

pub(crate) async fn run(
    command: &ReferenceCommand,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let ReferenceCommand::Check { fund: code, references } = command;
    let books = desk.books(globals).await?;
    let council = books.settings().await?.council;
    let fund = council.fund.iter().find(|fund| fund.code.as_str() == code).ok_or_else(|| {
        let codes: Vec<_> = council.fund.iter().map(|fund| fund.code.as_str()).collect();
        bad(format!("there is no fund `{code}`; there are: {}", codes.join(", ")))
    })?;
    let funds = Funds::of(&council).map_err(bad)?;
    let mut all = Vec::new();
    for given in references {
        all.push(check(&books, fund, &funds, given).await?);
    }
    let is_good = all.iter().all(|checked| checked.read.is_ok());
    let documents: Vec<_> = all.iter().map(as_json).collect();
    let mut answer = Answer::of(json!({ "fund": code, "references": documents }))
        .exit(if is_good { Exit::Done } else { Exit::SeeTo });
    for checked in &all {
        answer = match &checked.read {
            Ok(reference) => answer.say(format!("{reference}: good")),
            Err(why) => answer.say(format!("{}: {why}", checked.given)),
        };
        for repair in &checked.repairs {
            let (reference, slip) = (&repair.reference, repair.slip.in_words());
            answer = answer.say(format!("  perhaps {reference}: {slip}"));
        }
    }
    Ok(answer)
}

async fn check(
    books: &Books,
    fund: &Fund,
    funds: &Funds<'_>,
    given: &str,
) -> Result<Checked, CliError> {
    let code = fund.code.as_str();
    let read = match funds.read(code, given) {
        None => Err(format!("nothing is taken for fund {code} any more")),
        Some(Err(bad)) => Err(bad.to_string()),
        Some(Ok(place)) => {
            // Asked for every fund, so that who may not see accounts learns nothing.
            let wanted = [place.reference.to_string()];
            let held = books.held(code, &wanted).await?;
            if place.must_exist && held.is_empty() {
                Err(format!("no account holder of fund {code} has it"))
            } else {
                Ok(place.reference.to_string())
            }
        }
    };
    let repairs = match &read {
        Ok(_) => Vec::new(),
        Err(_) => repairs(books, fund, funds, given).await?,
    };
    Ok(Checked { given: given.to_owned(), read, repairs })
}

/// Repairs that the fund's rule lets stand; account holders' come first, and
/// where the fund demands it, no others.
async fn repairs(
    books: &Books,
    fund: &Fund,
    funds: &Funds<'_>,
    given: &str,
) -> Result<Vec<repair::Repair>, CliError> {
    let mut candidates = repair::candidates(given, funds, fund);
    if candidates.is_empty() {
        return Ok(candidates);
    }
    let references: Vec<_> = candidates.iter().map(|it| it.reference.clone()).collect();
    let held = books.held(fund.code.as_str(), &references).await?;
    if fund.must_exist {
        candidates.retain(|repair| held.contains(&repair.reference));
    }
    candidates.sort_by_key(|repair| !held.contains(&repair.reference));
    candidates.truncate(repair::REPAIRS_MAX);
    Ok(candidates)
}

fn as_json(checked: &Checked) -> Value {
    let repairs: Vec<_> = checked
        .repairs
        .iter()
        .map(|repair| json!({ "reference": repair.reference, "how": repair.slip.in_words() }))
        .collect();
    match &checked.read {
        Ok(reference) => json!({ "given": checked.given, "ok": true, "reference": reference }),
        Err(why) => {
            json!({ "given": checked.given, "ok": false, "why": why, "repairs": repairs })
        }
    }
}
