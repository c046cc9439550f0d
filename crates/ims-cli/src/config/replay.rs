//! `ims config replay`: a configuration tried on what came in before.

use std::path::PathBuf;

use chrono::{Days, NaiveDate};
use clap::Args;
use ims_app::{
    Books,
    configuration::{Moved, Replayed, Spot, Window},
};
use serde_json::{Value, json};

use crate::{Answer, CliError, Desk, Exit, Globals, answer::counted, source};

/// Days looked back on when no first day is said.
const DAYS_BACK: u64 = 30;

/// A configuration, and the days it is tried on.
#[derive(Args, Clone, Debug)]
pub struct ReplayArgs {
    /// The document; `-` is standard input
    pub file: PathBuf,
    /// The first day files came in [default: 30 days before the last]
    #[arg(long, value_name = "DATE", value_parser = crate::args::day)]
    pub from: Option<NaiveDate>,
    /// The last day [default: today]
    #[arg(long, value_name = "DATE", value_parser = crate::args::day)]
    pub through: Option<NaiveDate>,
    /// How many receipts are named one by one; all are counted
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub limit: usize,
}

pub(super) async fn run(
    args: &ReplayArgs,
    books: &Books,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let document = source::document(&args.file, desk.input)?;
    let through = args.through.unwrap_or_else(|| desk.world.today());
    let back = || through.checked_sub_days(Days::new(DAYS_BACK)).unwrap_or(through);
    let window = Window { from: args.from.unwrap_or_else(back), through, limit: args.limit };
    let bar = desk.progress(globals, 0);
    let mut progress = |done, of| {
        bar.set_length(of);
        bar.set_position(done);
    };
    let found = books.replay(&document, window, &mut progress).await;
    bar.finish_and_clear();
    Ok(answer(&found?))
}

fn answer(found: &Replayed) -> Answer {
    let is_quiet = found.moved == 0 && found.skipped.is_empty();
    let answer = told(Answer::of(as_json(found)), found);
    answer.exit(if is_quiet { Exit::Done } else { Exit::SeeTo })
}

/// The answer with what was found, in words.
pub(crate) fn told(answer: Answer, found: &Replayed) -> Answer {
    let Window { from, through, .. } = found.window;
    let mut answer = answer.say(format!(
        "{} in {} and by hand from {from} to {through}, {} in all; {} would have gone elsewhere",
        counted(found.rows, "receipt", "receipts"),
        counted(found.files, "file", "files"),
        found.total,
        found.moved
    ));
    if found.rows == 0 {
        answer = answer.say("nothing came in on those days; --from and --through name others");
    }
    let pairs = found.pairs.iter().map(|pair| {
        [pair.from.clone(), pair.to.clone(), pair.count.to_string(), pair.total.to_string()]
    });
    answer = answer.table(["from", "to", ">receipts", ">amount"], pairs);
    for moved in &found.moves {
        answer = answer.say(in_words(moved));
    }
    let unnamed = found.moved.saturating_sub(u64::try_from(found.moves.len()).unwrap_or(u64::MAX));
    if unnamed > 0 {
        answer = answer.say(format!("and {unnamed} more; --limit names more of them"));
    }
    if found.other_causes > 0 {
        answer = answer.say(format!(
            "{} would go elsewhere today whatever the configuration: account holders changed since",
            found.other_causes
        ));
    }
    for (file, why) in &found.skipped {
        answer = answer.say(format!("{file} was left out: {why}"));
    }
    answer
}

fn in_words(moved: &Moved) -> String {
    let Moved { file, line, receipt, date, from, to } = moved;
    let place = match (file, receipt) {
        (Some(file), _) => format!("{file} line {line}"),
        (None, Some(receipt)) => format!("receipt {receipt}"),
        (None, None) => "suspense".to_owned(),
    };
    format!("  {place}, {date}, {}: {from} > {to}", from.amount)
}

/// What was found, as JSON.
pub(crate) fn as_json(found: &Replayed) -> Value {
    let sum =
        |(count, total): (u64, ims_money::Pence)| json!({ "count": count, "total_pence": total });
    let pairs: Vec<_> = found
        .pairs
        .iter()
        .map(|pair| {
            json!({
                "from": pair.from, "to": pair.to, "count": pair.count, "total_pence": pair.total,
            })
        })
        .collect();
    let moves: Vec<_> = found
        .moves
        .iter()
        .map(|moved| {
            json!({
                "file": moved.file, "line": moved.line, "receipt": moved.receipt,
                "date": moved.date, "from": spot(&moved.from), "to": spot(&moved.to),
            })
        })
        .collect();
    let skipped: Vec<_> =
        found.skipped.iter().map(|(file, why)| json!({ "file": file, "why": why })).collect();
    json!({
        "from": found.window.from, "through": found.window.through, "files": found.files,
        "other_files": found.others, "receipts": found.rows, "total_pence": found.total,
        "moved": found.moved, "pairs": pairs, "moves": moves,
        "placed_from_suspense": sum(found.found), "gone_to_suspense": sum(found.lost),
        "other_causes": found.other_causes, "left_out": skipped,
    })
}

fn spot(spot: &Spot) -> Value {
    let vat = spot.vat.as_ref().map(
        |(code, points, held)| json!({ "code": code, "basis_points": points, "held_pence": held }),
    );
    match &spot.fund {
        Some(fund) => json!({
            "fund": fund, "reference": spot.reference, "amount_pence": spot.amount, "vat": vat,
        }),
        None => json!({ "suspense": spot.reference, "amount_pence": spot.amount }),
    }
}
