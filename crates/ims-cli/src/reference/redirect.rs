use chrono::NaiveDate;
use clap::Args;
use ims_app::{NewRedirect, RedirectRow};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{Answer, CliError, Desk, Globals};

/// An old reference and where it leads to.
#[derive(Args, Clone, Debug)]
pub struct RedirectArgs {
    /// The fund's code
    #[arg(long, value_name = "CODE")]
    pub fund: String,
    /// The old reference
    #[arg(value_name = "OLD")]
    pub old: String,
    /// The new reference
    #[arg(long, value_name = "REF", required_unless_present = "end", conflicts_with = "end")]
    pub to: Option<String>,
    /// The new reference's fund, if it is another
    #[arg(long, value_name = "CODE", requires = "to")]
    pub to_fund: Option<String>,
    /// End an earlier redirect
    #[arg(long)]
    pub end: bool,
    /// The first day of the money it is for
    #[arg(long, value_name = "DATE", value_parser = crate::args::day)]
    pub from: NaiveDate,
    /// Why, for the auditor
    #[arg(long, alias = "reason")]
    pub why: String,
}

pub(super) async fn redirect(
    args: &RedirectArgs,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    let to_fund = args.to_fund.clone().unwrap_or_else(|| args.fund.clone());
    let new = NewRedirect {
        fund: args.fund.clone(),
        reference: args.old.clone(),
        to: args.to.clone().map(|to| (to_fund, to)),
        from: args.from,
        reason: args.why.clone(),
    };
    let row = books.redirect_reference(&new).await?;
    let sealed = desk.seal(&books).await;
    Ok(Answer::of(as_json(&row)).say(words(&row)).exit(sealed))
}

pub(super) async fn list(
    after: Option<Uuid>,
    limit: i64,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    let rows = books.redirects(after, limit).await?;
    let documents: Vec<_> = rows.iter().map(as_json).collect();
    let mut answer = Answer::of(json!({ "redirects": documents }));
    if rows.is_empty() {
        return Ok(answer.say("no reference leads elsewhere"));
    }
    for row in &rows {
        answer = answer.say(words(row));
    }
    Ok(answer)
}

fn words(row: &RedirectRow) -> String {
    let redirect = &row.redirect;
    let to = match &redirect.to {
        Some((fund, reference)) => format!("leads to {fund} {reference}"),
        None => "leads nowhere else".to_owned(),
    };
    format!(
        "{} {} {to} from {} ({}, {})",
        redirect.fund, redirect.reference, redirect.from, row.reason, row.by
    )
}

fn as_json(row: &RedirectRow) -> Value {
    let to = row.redirect.to.as_ref();
    json!({
        "id": row.id.to_string(), "fund": row.redirect.fund, "reference": row.redirect.reference,
        "from": row.redirect.from, "to_fund": to.map(|to| &to.0), "to_reference": to.map(|to| &to.1),
        "why": row.reason, "by": row.by,
    })
}
