//! `ims reconcile`: what the bank shows, explained.

use chrono::NaiveDate;
use clap::Subcommand;
use ims_app::{BankStatus, Books, Explanation};
use ims_ledger::id::{LineId, MatchId};
use ims_store::OpenLine;
use serde_json::{Value, json};

mod by_hand;
mod day;
mod expected;
mod payout;
mod rules;
mod tried;

use self::day::ReconcileDayCommand;
use crate::{
    Answer, CliError, Desk, Exit, Globals,
    answer::counted,
    desk::{instant, minute},
};

/// The most open lines that a person is shown.
const LINES_PRINTED: usize = 60;

/// What the bank shows, explained.
#[derive(Subcommand, Clone, Debug)]
pub enum ReconcileCommand {
    /// Explain as many open bank lines as the rules can
    #[command(after_help = "Example: ims reconcile run")]
    Run,
    /// Show where each bank account stands, and the lines still open
    #[command(after_help = "Example: ims reconcile status --day 2026-04-01")]
    Status {
        /// Only lines booked on this day
        #[arg(long, value_name = "DATE", value_parser = crate::args::day)]
        day: Option<NaiveDate>,
    },
    /// Say how a bank line was explained
    #[command(after_help = "Example: ims reconcile explain 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b")]
    Explain {
        /// The line's id
        #[arg(value_parser = crate::args::id::<LineId>)]
        line: LineId,
    },
    /// Match bank lines with what was expected, by hand
    Match(by_hand::MatchArgs),
    /// Take a match back
    #[command(
        after_help = "Example: ims reconcile undo 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b --reason \"another payer\""
    )]
    Undo {
        /// The match's id
        #[arg(value_parser = crate::args::id::<MatchId>)]
        id: MatchId,
        /// Why, for the auditor
        #[arg(long)]
        reason: String,
    },
    /// Show what clearing accounts still wait for, how late it is and whose
    Expected(expected::ExpectedArgs),
    /// Explain payouts: what was taken, what was settled, what the bank shows
    Payout(payout::PayoutArgs),
    /// Write the rules by which bank lines are matched, to go on from
    Rules(rules::RulesArgs),
    /// Show what other rules would have matched otherwise; write nothing
    Try(rules::TryArgs),
    /// A bank account's day: show, prepare, review, reopen, certificate
    #[command(subcommand)]
    Day(ReconcileDayCommand),
}

pub(crate) async fn run(
    command: &ReconcileCommand,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    match command {
        ReconcileCommand::Run => all(&books, desk).await,
        ReconcileCommand::Status { day } => status(&books, *day).await,
        ReconcileCommand::Explain { line } => explain(&books, *line).await,
        ReconcileCommand::Expected(args) => expected::run(args, &books).await,
        ReconcileCommand::Payout(args) => payout::run(args, &books, desk.world.today()).await,
        ReconcileCommand::Day(command) => day::run(command, &books, desk).await,
        ReconcileCommand::Rules(args) => rules::rules(args, &books).await,
        ReconcileCommand::Try(args) => rules::try_rules(args, &books, desk).await,
        ReconcileCommand::Match(args) => by_hand::run(args, &books, desk).await,
        ReconcileCommand::Undo { id, reason } => undo(&books, *id, reason, desk).await,
    }
}

async fn all(books: &Books, desk: &mut Desk<'_>) -> Result<Answer, CliError> {
    let done = books.reconcile().await?;
    let sealed = desk.seal(books).await;
    let rules: Vec<_> = done
        .by_rule
        .iter()
        .map(|(rule, (lines, total))| json!({ "rule": rule, "lines": lines, "total_pence": total }))
        .collect();
    let left: Vec<_> = done
        .left
        .iter()
        .map(|left| {
            let mut line = as_json(&left.line);
            if let Some(fields) = line.as_object_mut() {
                fields.insert("why".to_owned(), json!(left.why));
                fields.insert("candidates".to_owned(), json!(left.candidates));
            }
            line
        })
        .collect();
    let document = json!({
        "lines": done.lines, "explained": done.explained, "by_rule": rules, "left": left,
        "version": done.version,
    });
    let lines = counted(done.lines, "open line", "open lines");
    let words = format!("{lines} looked at, {} explained, {} left", done.explained, left.len());
    let by_rule = done
        .by_rule
        .iter()
        .map(|(rule, (lines, total))| [rule.clone(), lines.to_string(), total.to_string()]);
    let rows = done.left.iter().take(LINES_PRINTED).map(|left| {
        let line = &left.line;
        [line.id.to_string(), line.booked_on.to_string(), line.amount.to_string(), left.why.clone()]
    });
    let exit = if done.left.is_empty() { Exit::Done } else { Exit::SeeTo };
    Ok(Answer::of(document)
        .say(words)
        .table(["rule", ">lines", ">total"], by_rule)
        .table(["line", "booked", ">amount", "what stands in the way"], rows)
        .exit(exit.max(sealed)))
}

async fn status(books: &Books, day: Option<NaiveDate>) -> Result<Answer, CliError> {
    let banks = books.bank_status(day).await?;
    let mut open = books.open_lines().await?;
    open.retain(|line| day.is_none_or(|day| line.booked_on == day));
    let shown = open.iter().take(500).map(as_json).collect::<Vec<_>>();
    let accounts: Vec<_> = banks.iter().map(bank_json).collect();
    let document = json!({ "accounts": accounts, "open_count": open.len(), "open_lines": shown });
    let rows = banks.iter().map(|bank| {
        let statement = bank.statement.as_ref();
        [
            bank.bank.clone(),
            bank.name.clone(),
            statement.map(|it| it.closing.to_string()).unwrap_or_default(),
            statement
                .and_then(|it| it.last_day)
                .map_or_else(|| "no statement".to_owned(), |day| day.to_string()),
            bank.lines.to_string(),
            bank.explained.to_string(),
            bank.unexplained.to_string(),
        ]
    });
    let columns = ["account", "name", ">balance", "through", ">lines", ">explained", ">not"];
    let by_rule = banks.iter().flat_map(|bank| {
        bank.by_rule.iter().map(|(rule, lines, total)| {
            let rule = if rule.is_empty() { "still open" } else { rule };
            [bank.bank.clone(), rule.to_owned(), lines.to_string(), total.to_string()]
        })
    });
    let rows_open = open.iter().take(LINES_PRINTED).map(|line| {
        [
            line.id.to_string(),
            line.bank.clone(),
            line.booked_on.to_string(),
            line.amount.to_string(),
            [line.reference.as_str(), line.narrative.as_str()].join(" "),
        ]
    });
    Ok(Answer::of(document)
        .table(columns, rows)
        .table(["account", "explained by", ">lines", ">total"], by_rule)
        .say(match open.len() {
            0 => "no line is open".to_owned(),
            count => counted(count, "line is open", "lines are open"),
        })
        .table(["line", "account", "booked", ">amount", "what it says"], rows_open))
}

async fn explain(books: &Books, id: LineId) -> Result<Answer, CliError> {
    let explained = books.explain_line(id).await?;
    let line = &explained.line;
    let matches: Vec<_> = explained.explanations.iter().map(match_json).collect();
    let document = json!({ "line": as_json(line), "explanations": matches });
    let mut answer = Answer::of(document).say(format!(
        "line {id} of {}: {} booked {}, {} {}",
        line.bank, line.amount, line.booked_on, line.reference, line.narrative
    ));
    if explained.explanations.is_empty() {
        answer = answer.say("nothing explains it yet");
    }
    for explanation in &explained.explanations {
        let set = &explanation.set;
        let version =
            set.config_version.map(|version| format!(" of configuration version {version}"));
        let undone = set.undone_at.map(|at| format!(", taken back {}", minute(at)));
        answer = answer
            .say(format!(
                "match {} by {}{} ({}, {}){}",
                set.id,
                set.rule,
                version.unwrap_or_default(),
                set.made_by,
                minute(set.made_at),
                undone.unwrap_or_default()
            ))
            .say(format!("  {}", set.reason));
        for (pair, reference, channel) in &explanation.pairs {
            let what = match (pair.expected, pair.receipt, pair.suspense) {
                (Some(_), _, _) => format!("expected by {channel}: {reference}"),
                (None, Some(_), _) => "a receipt made of it".to_owned(),
                (None, None, Some(_)) => "the suspense item it was or became".to_owned(),
                (None, None, None) => "nothing else".to_owned(),
            };
            answer = answer.say(format!("  {} {what}", pair.amount));
        }
    }
    Ok(answer)
}

async fn undo(
    books: &Books,
    id: MatchId,
    reason: &str,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let set = books.undo_match(id, reason).await?;
    let sealed = desk.seal(books).await;
    let document = json!({ "match": id, "rule": set.rule, "amount_pence": set.amount });
    let words = format!("match {id} ({}, {}) is taken back", set.rule, set.amount);
    Ok(Answer::of(document).say(words).exit(sealed))
}

fn as_json(line: &OpenLine) -> Value {
    json!({
        "id": line.id, "account": line.bank, "booked": line.booked_on, "amount_pence": line.amount,
        "code": line.code, "reference": line.reference, "bank_reference": line.bank_reference,
        "narrative": line.narrative,
    })
}

fn bank_json(bank: &BankStatus) -> Value {
    let rules: Vec<_> = bank
        .by_rule
        .iter()
        .map(|(rule, lines, total)| {
            let rule = (!rule.is_empty()).then_some(rule);
            json!({ "rule": rule, "lines": lines, "total_pence": total })
        })
        .collect();
    let statement = bank.statement.as_ref().map(|statement| {
        json!({
            "sequence": statement.sequence, "number": statement.number, "proof": statement.proof,
            "closing_pence": statement.closing, "last_day": statement.last_day,
        })
    });
    json!({
        "account": bank.bank, "name": bank.name, "statement": statement, "lines": bank.lines,
        "explained": bank.explained, "unexplained": bank.unexplained, "by_rule": rules,
    })
}

fn match_json(explanation: &Explanation) -> Value {
    let set = &explanation.set;
    let pairs: Vec<_> = explanation
        .pairs
        .iter()
        .map(|(pair, reference, channel)| {
            json!({
                "line": pair.line, "suspense": pair.suspense, "expected": pair.expected,
                "receipt": pair.receipt, "amount_pence": pair.amount, "reference": reference,
                "channel": channel,
            })
        })
        .collect();
    json!({
        "match": set.id, "rule": set.rule, "reason": set.reason, "amount_pence": set.amount,
        "config_version": set.config_version, "made_by": set.made_by, "made_at": instant(set.made_at),
        "undone_at": set.undone_at.map(instant), "pairs": pairs,
    })
}
