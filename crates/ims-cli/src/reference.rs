//! `ims reference`: references under their fund's rule, repairs, and old
//! references that lead elsewhere.

mod redirect;

use clap::Subcommand;
use ims_app::{AppError, Books, CheckedReference};
use ims_ledger::{Meant, Through};
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
    /// Let an old reference lead to another from a day on
    #[command(
        after_help = "Example: ims reference redirect --fund CT 8001234 --to 112233448 --from 2026-04-01 --why \"new system\""
    )]
    Redirect(redirect::RedirectArgs),
    /// List the references that lead elsewhere, in the order of their making
    #[command(after_help = "Example: ims reference redirects --limit 20")]
    Redirects {
        /// Only those after this one, by its id
        #[arg(long, value_name = "ID", value_parser = crate::args::id::<uuid::Uuid>)]
        after: Option<uuid::Uuid>,
        /// How many at most
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: i64,
    },
}

/// What was found of one reference.
struct Checked {
    given: String,
    /// As the fund writes it, or why it is none.
    read: Result<CheckedReference, String>,
    repairs: Vec<Meant>,
}

pub(crate) async fn run(
    command: &ReferenceCommand,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    match command {
        ReferenceCommand::Check { fund, references } => {
            check_all(fund, references, globals, desk).await
        }
        ReferenceCommand::Redirect(args) => redirect::redirect(args, globals, desk).await,
        ReferenceCommand::Redirects { after, limit } => {
            redirect::list(*after, *limit, globals, desk).await
        }
    }
}

async fn check_all(
    code: &str,
    references: &[String],
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    let council = books.settings().await?.council;
    let codes: Vec<_> = council.fund.iter().map(|fund| fund.code.as_str()).collect();
    if !codes.contains(&code) {
        return Err(bad(format!("there is no fund `{code}`; there are: {}", codes.join(", "))));
    }
    let mut all = Vec::new();
    for given in references {
        all.push(check(&books, code, given).await?);
    }
    let is_good = all.iter().all(|checked| checked.read.is_ok());
    let documents: Vec<_> = all.iter().map(as_json).collect();
    let mut answer = Answer::of(json!({ "fund": code, "references": documents }))
        .exit(if is_good { Exit::Done } else { Exit::SeeTo });
    for checked in &all {
        answer = match &checked.read {
            Ok(good) => answer.say(words(good)),
            Err(why) => answer.say(format!("{}: {why}", checked.given)),
        };
        for repair in &checked.repairs {
            let (reference, slips) = (&repair.place.reference, repair.in_words());
            answer = answer.say(format!("  perhaps {reference}: {slips}"));
        }
    }
    Ok(answer)
}

fn words(good: &CheckedReference) -> String {
    let old = good.redirected_from.as_ref();
    let old = old.map(|old| format!(", which {old} leads to")).unwrap_or_default();
    let warning = good.warning.as_ref();
    let warning = warning.map(|warning| format!("; but: {warning}")).unwrap_or_default();
    format!("{}: good{old}{warning}", good.reference)
}

async fn check(books: &Books, fund: &str, given: &str) -> Result<Checked, CliError> {
    let (read, repairs) = match books.check_or_repair(fund, given, Through::Staff).await {
        Ok(Ok(checked)) => (Ok(checked), Vec::new()),
        Ok(Err((why, repairs))) => (Err(why), repairs),
        // On stop: nothing is wrong with the reference.
        Err(AppError::Refused(why)) => (Err(why), Vec::new()),
        Err(other) => return Err(other.into()),
    };
    Ok(Checked { given: given.to_owned(), read, repairs })
}

fn as_json(checked: &Checked) -> Value {
    let repairs: Vec<_> = checked
        .repairs
        .iter()
        .map(|repair| json!({ "reference": repair.place.reference.as_str(), "how": repair.in_words() }))
        .collect();
    match &checked.read {
        Ok(good) => json!({
            "given": checked.given, "ok": true, "reference": good.reference, "fund": good.fund,
            "redirected_from": good.redirected_from, "warning": good.warning,
        }),
        Err(why) => {
            json!({ "given": checked.given, "ok": false, "why": why, "repairs": repairs })
        }
    }
}
