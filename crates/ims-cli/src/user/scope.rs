use clap::Args;
use ims_app::{Books, ScopeKind};
use serde_json::{Value, json};

use crate::{Answer, CliError, Desk, Exit};

/// What somebody works for. Without a change it is shown.
#[derive(Args, Clone, Debug)]
pub struct ScopeArgs {
    /// What they sign in with
    pub username: String,
    /// Add this: fund:CT, fund-group:…, office:…, method:… or template:…; several may be given
    #[arg(long, value_name = "KIND:CODE", value_parser = part)]
    pub add: Vec<(ScopeKind, String)>,
    /// Take this away; the last of a kind stays
    #[arg(long, value_name = "KIND:CODE", value_parser = part)]
    pub remove: Vec<(ScopeKind, String)>,
    /// Let them work for all there is of a kind: fund, office, method or template
    #[arg(long, value_name = "KIND", value_parser = kind)]
    pub all: Vec<ScopeKind>,
}

fn kind(text: &str) -> Result<ScopeKind, String> {
    let names: Vec<_> = ScopeKind::ALL.into_iter().map(ScopeKind::name).collect();
    ScopeKind::named(text).ok_or_else(|| format!("there are the kinds {}", names.join(", ")))
}

fn part(text: &str) -> Result<(ScopeKind, String), String> {
    let (of, code) = text.split_once(':').ok_or("write a kind and a code, like fund:CT")?;
    Ok((kind(of)?, code.to_owned()))
}

pub(super) async fn run(
    args: &ScopeArgs,
    books: &Books,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    for (kind, code) in &args.add {
        books.grant_scope(&args.username, *kind, code).await?;
    }
    for (kind, code) in &args.remove {
        books.revoke_scope(&args.username, *kind, code).await?;
    }
    for kind in &args.all {
        books.lift_scope(&args.username, *kind).await?;
    }
    let is_changed = !(args.add.is_empty() && args.remove.is_empty() && args.all.is_empty());
    let sealed = if is_changed { desk.seal(books).await } else { Exit::Done };
    let found = super::standings(Some(&args.username), books).await?;
    let scopes = found.into_iter().next().map(|one| one.scopes).unwrap_or_default();
    let document = json!({ "username": args.username, "scopes": as_json(&scopes) });
    let words = format!("{} works for {}", args.username, in_words(&scopes));
    Ok(Answer::of(document).say(words).exit(sealed))
}

/// `fund CT, office 1`; everything when nothing is named.
pub(super) fn in_words(scopes: &[(String, String)]) -> String {
    if scopes.is_empty() {
        return "everything".to_owned();
    }
    let parts: Vec<_> = scopes.iter().map(|(kind, code)| format!("{kind} {code}")).collect();
    parts.join(", ")
}

pub(super) fn as_json(scopes: &[(String, String)]) -> Vec<Value> {
    scopes.iter().map(|(kind, code)| json!({ "kind": kind, "code": code })).collect()
}
