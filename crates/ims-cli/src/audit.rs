//! `ims audit`: who did what.

use clap::Subcommand;
use serde_json::{Value, json};

use crate::{
    Answer, CliError, Desk, Globals,
    desk::{instant, minute},
};

/// Who did what.
#[derive(Subcommand, Clone, Debug)]
pub enum AuditCommand {
    /// Show the newest events
    #[command(after_help = "Example: ims audit show --limit 20 --json")]
    Show {
        /// How many at most
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: i64,
    },
}

pub(crate) async fn run(
    command: &AuditCommand,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let AuditCommand::Show { limit } = command;
    let events = desk.books(globals).await?.events(*limit).await?;
    let documents: Vec<_> = events
        .iter()
        .map(|event| {
            let data: Value = serde_json::from_str(&event.data).unwrap_or_default();
            json!({
                "id": event.id, "at": instant(event.at), "actor": event.actor, "deed": event.deed,
                "subject": event.subject, "data": data, "hash": event.hash.to_string(),
            })
        })
        .collect();
    let answer = Answer::of(json!({ "events": documents }));
    if events.is_empty() {
        return Ok(answer.say("nothing has been done yet"));
    }
    let rows =
        events.into_iter().map(|event| [minute(event.at), event.actor, event.deed, event.subject]);
    Ok(answer.table(["when", "who", "did", "to"], rows))
}
