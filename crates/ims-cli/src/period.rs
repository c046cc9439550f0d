//! `ims period`: months, closed and opened again by two people.

use clap::Subcommand;
use ims_app::{Period, PeriodCertificate};
use serde_json::{Value, json};

use crate::{
    Answer, CliError, Desk, Globals,
    answer::counted,
    day::{asked, balances, balances_json},
    desk::{instant, minute},
};

/// Months.
#[derive(Subcommand, Clone, Debug)]
pub enum PeriodCommand {
    /// Close a month all of whose days are closed
    #[command(
        after_help = "Its days stay closed until two people open the month again.\n\nExample: ims period close 2026-04"
    )]
    Close {
        /// The month
        #[arg(value_name = "MONTH", value_parser = crate::args::period)]
        period: Period,
    },
    /// List the newest closed months
    #[command(after_help = "Example: ims period list")]
    List {
        /// How many at most
        #[arg(long, value_name = "N", default_value_t = 24)]
        limit: i64,
    },
    /// Ask for a closed month to be opened again; `ims day approve` says yes
    #[command(after_help = "Example: ims --as ann period reopen 2026-04 --why \"late invoice\"")]
    Reopen {
        /// The month
        #[arg(value_name = "MONTH", value_parser = crate::args::period)]
        period: Period,
        /// Why, for the second person and the auditor
        #[arg(long, alias = "reason")]
        why: String,
        /// A key of yours: the same key again asks nothing new
        #[arg(long)]
        key: Option<String>,
    },
}

pub(crate) async fn run(
    command: &PeriodCommand,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    match command {
        PeriodCommand::Close { period } => Ok(closed(&books.close_period(*period).await?)),
        PeriodCommand::List { limit } => {
            let rows = books.periods(*limit).await?;
            let documents: Vec<Value> = rows
                .iter()
                .map(|row| {
                    let certificate: Value =
                        serde_json::from_str(&row.certificate).unwrap_or_default();
                    json!({
                        "period": row.period, "closed_at": instant(row.closed_at),
                        "closed_by": row.closed_by, "reopened_at": row.reopened_at.map(instant),
                        "certificate": certificate,
                    })
                })
                .collect();
            let answer = Answer::of(json!({ "periods": documents }));
            if rows.is_empty() {
                return Ok(answer.say("no month is closed yet"));
            }
            let rows = rows.into_iter().map(|row| {
                let again = row.reopened_at.map(minute).unwrap_or_default();
                [row.period, minute(row.closed_at), row.closed_by, again]
            });
            Ok(answer.table(["month", "closed", "by", "opened again"], rows))
        }
        PeriodCommand::Reopen { period, why, key } => {
            let id = books.ask_reopen_period(*period, why, key.as_deref()).await?;
            let sealed = desk.seal(&books).await;
            Ok(asked(id, &period.to_string()).exit(sealed))
        }
    }
}

fn closed(certificate: &PeriodCertificate) -> Answer {
    let funds: Vec<Value> = certificate
        .funds
        .iter()
        .map(|(fund, lines, sum)| json!({ "fund": fund, "lines": lines, "amount_pence": sum }))
        .collect();
    let unmatched: Vec<Value> = certificate
        .unmatched
        .iter()
        .map(|(bank, count, sum)| json!({ "bank": bank, "count": count, "amount_pence": sum }))
        .collect();
    let document = json!({
        "period": certificate.period, "before": certificate.before, "lines": certificate.lines,
        "lines_pence": certificate.lines_pence, "funds": funds,
        "suspense": { "count": certificate.suspense.0, "remaining_pence": certificate.suspense.1 },
        "unmatched": unmatched, "not_acknowledged": certificate.not_acknowledged,
        "head": certificate.head, "balances": balances_json(&certificate.balances),
    });
    let done = if certificate.before { "was closed before" } else { "is closed" };
    let answer = Answer::of(document)
        .say(format!(
            "{} {done}: {}, {}",
            certificate.period,
            counted(certificate.lines, "receipt line", "receipt lines"),
            certificate.lines_pence
        ))
        .table(
            ["fund", ">lines", ">amount"],
            certificate
                .funds
                .iter()
                .map(|(fund, lines, sum)| [fund.clone(), lines.to_string(), sum.to_string()]),
        )
        .say(format!(
            "suspense at the close: {}, {}",
            counted(certificate.suspense.0, "item", "items"),
            certificate.suspense.1
        ));
    let mut answer = answer;
    for (bank, count, sum) in &certificate.unmatched {
        let lines = counted(*count, "line", "lines");
        answer = answer.say(format!("not explained at {bank}: {lines}, {sum}"));
    }
    if !certificate.not_acknowledged.is_empty() {
        let names = certificate.not_acknowledged.join(", ");
        answer = answer.say(format!("not accepted by the other side: {names}"));
    }
    balances(answer, &certificate.balances).say(format!("sealed up to {}", certificate.head))
}
