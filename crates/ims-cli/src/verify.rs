//! `ims verify`: the books prove themselves.

use chrono::{DateTime, Utc};
use clap::Args;
use ims_app::Verified;
use serde_json::{Value, json};

use crate::{
    Answer, CliError, Desk, Exit, Globals,
    day::{balances, balances_json},
    desk::{instant, minute},
};

/// Checks every invariant and the audit chain.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples: ims verify\n          ims verify --head 9f2c… --json")]
pub struct VerifyArgs {
    /// The hash of a block that an export, a certificate or a backup carried
    #[arg(long, value_name = "HASH")]
    pub head: Option<String>,
    /// And the invariants and balances as they stood at the end of this day, or at this instant
    #[arg(long, value_name = "DATE|TIME", value_parser = crate::args::as_at)]
    pub as_at: Option<DateTime<Utc>>,
}

pub(crate) async fn run(
    args: &VerifyArgs,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    let mut verified = books.verify(args.head.as_deref()).await?;
    let Some(at) = args.as_at else { return Ok(answer(&verified, None)) };
    let (checks, held) = books.verify_as_at(at).await?;
    verified.checks.extend(checks);
    verified.ok = verified.checks.iter().all(|check| check.ok);
    let shown = balances_json(&held);
    let answer = answer(&verified, Some(json!({ "as_at": instant(at), "balances": shown })));
    Ok(balances(answer.say(format!("balances as they stood at {}:", minute(at))), &held))
}

/// What a check came to, for people and programs.
pub(crate) fn answer(verified: &Verified, more: Option<Value>) -> Answer {
    let mut document = json!({
        "ok": verified.ok, "checks": verified.checks, "sealed_to": verified.sealed_to,
        "unsealed": verified.unsealed, "entries": verified.entries,
    });
    if let (Some(fields), Some(Value::Object(more))) = (document.as_object_mut(), more) {
        fields.extend(more);
    }
    let mut answer = Answer::of(document);
    for check in &verified.checks {
        let detail = check.detail.as_deref().map(|it| format!(": {it}")).unwrap_or_default();
        let state = if check.ok { "ok     " } else { "NOT SO " };
        answer = answer.say(format!("{state} {}{detail}", check.name));
    }
    let words = format!(
        "{} entries, sealed to {}, {} not sealed yet",
        verified.entries, verified.sealed_to, verified.unsealed
    );
    let exit = if verified.ok { Exit::Done } else { Exit::SeeTo };
    answer.say(words).exit(exit)
}
