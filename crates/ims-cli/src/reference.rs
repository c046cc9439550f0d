//! `ims reference`: references under their fund's rule, repairs, and old
//! references that lead elsewhere.

mod redirect;

use clap::Subcommand;
use ims_app::{AppError, Books, CheckedReference, KnownPayer, Repair};
use ims_ledger::Through;
use serde_json::{Value, json};

use crate::{Answer, CliError, Desk, Exit, Globals, error::bad};

/// References.
#[derive(Subcommand, Clone, Debug)]
pub enum ReferenceCommand {
    /// Check references under a fund's rule; offer repairs, book nothing
    #[command(
        after_help = "Where something is known of who paid, what may have been meant is weighed by it.\n\nExample: ims reference check --fund CT 12345678S --payer-name \"J SMITH\""
    )]
    Check {
        /// The fund's code
        #[arg(long, value_name = "CODE")]
        fund: String,
        /// The references
        #[arg(required = true, value_name = "REF")]
        references: Vec<String>,
        /// The payer's name, as the bank has it
        #[arg(long, value_name = "NAME", default_value = "")]
        payer_name: String,
        /// The sort code of the payer's bank account
        #[arg(long, value_name = "CODE", default_value = "", requires = "account")]
        sort_code: String,
        /// The number of the payer's bank account
        #[arg(long, value_name = "NUMBER", default_value = "", requires = "sort_code")]
        account: String,
        /// How much was paid, in pounds
        #[arg(long, value_name = "AMOUNT")]
        amount: Option<ims_money::Pence>,
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
    repairs: Vec<Repair>,
}

impl Checked {
    /// What may have been meant: where it is none, or nobody is known to hold it.
    fn repairs(&self) -> &[Repair] {
        self.read.as_ref().map_or(&self.repairs, |good| &good.perhaps)
    }
}

pub(crate) async fn run(
    command: &ReferenceCommand,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    match command {
        ReferenceCommand::Check { fund, references, payer_name, sort_code, account, amount } => {
            let payer = KnownPayer {
                name: payer_name.clone(),
                sort_code: sort_code.clone(),
                account: account.clone(),
                amount: *amount,
            };
            check_all(fund, (references, &payer), globals, desk).await
        }
        ReferenceCommand::Redirect(args) => redirect::redirect(args, globals, desk).await,
        ReferenceCommand::Redirects { after, limit } => {
            redirect::list(*after, *limit, globals, desk).await
        }
    }
}

async fn check_all(
    code: &str,
    (references, payer): (&[String], &KnownPayer),
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
        all.push(check(&books, code, (given, payer)).await?);
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
        for repair in checked.repairs() {
            let (reference, slips) = (&repair.meant.place.reference, repair.meant.in_words());
            let why = std::iter::once(slips).chain(repair.reasons.iter().cloned());
            let why: Vec<String> = why.collect();
            answer = answer.say(format!("  perhaps {reference}: {}", why.join("; ")));
        }
    }
    Ok(answer)
}

fn words(good: &CheckedReference) -> String {
    let old = good.redirected_from.as_ref();
    let how = match good.is_held {
        Some(true) | None => {
            let old = old.map(|old| format!(", which {old} leads to")).unwrap_or_default();
            format!("good{old}")
        }
        Some(false) => {
            let old = old.map(|old| format!("; {old} leads to it")).unwrap_or_default();
            format!("it can be paid to, but nobody is known to hold it{old}")
        }
    };
    let warning = good.warning.as_ref();
    let warning = warning.map(|warning| format!("; but: {warning}")).unwrap_or_default();
    format!("{}: {how}{warning}", good.reference)
}

async fn check(
    books: &Books,
    fund: &str,
    (given, payer): (&str, &KnownPayer),
) -> Result<Checked, CliError> {
    let checked = books.check_or_repair_for(fund, given, Through::Staff, payer).await;
    let (read, repairs) = match checked {
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
        .repairs()
        .iter()
        .map(|repair| {
            json!({
                "reference": repair.meant.place.reference.as_str(), "how": repair.meant.in_words(),
                "reasons": repair.reasons,
            })
        })
        .collect();
    match &checked.read {
        Ok(good) => json!({
            "given": checked.given, "ok": true, "reference": good.reference, "fund": good.fund,
            "redirected_from": good.redirected_from, "warning": good.warning,
            "is_held": good.is_held, "repairs": repairs,
        }),
        Err(why) => {
            json!({ "given": checked.given, "ok": false, "why": why, "repairs": repairs })
        }
    }
}
