//! `ims reconcile rules`, `ims reconcile try`: by which rules bank lines are matched, and what
//! others would have made of the last weeks.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use chrono::{Days, NaiveDate};
use clap::{ArgGroup, Args};
use ims_app::{Books, LineTried, RulesTried, TriedMatch};
use serde_json::{Value, json};

use super::tried;
use crate::{Answer, CliError, Desk, Exit, answer::counted, source};

/// Days looked back on when no first day is said.
const DAYS_BACK: u64 = 30;

/// Which rules are written.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "As `ims match --rules` and `ims reconcile try` read them; in a configuration they stand as the text `rules` of [reconcile].\n\nExample: ims reconcile rules --out rules.toml"
)]
pub struct RulesArgs {
    /// Those that come with the program under this name, instead of those in force
    #[arg(long, value_name = "NAME")]
    pub preset: Option<String>,
    /// Where to; standard output if not said
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// Rules, and the days they are tried on.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Both rules are given the same money, all of these days at once: what a rule, a person or nobody matched. With --config also the rules for bank lines that are no income, and what the next run would explain of what is open. Without any it shows what the next run explains as it is. Nothing is written.\n\nExample: ims reconcile try rules.toml --from 2026-03-01 --to 2026-03-31",
    group = ArgGroup::new("what")
)]
pub struct TryArgs {
    /// The rules; `-` is standard input
    #[arg(value_name = "RULES", group = "what")]
    pub file: Option<PathBuf>,
    /// Those that come with the program under this name
    #[arg(long, value_name = "NAME", group = "what")]
    pub preset: Option<String>,
    /// Those of a whole configuration, with its rules for bank lines; `-` is standard input
    #[arg(long, value_name = "FILE", group = "what")]
    pub config: Option<PathBuf>,
    /// Bank lines of which days: the first [default: 30 days before the last]
    #[arg(long, value_name = "DATE", value_parser = crate::args::day)]
    pub from: Option<NaiveDate>,
    /// The last [default: today]
    #[arg(long, value_name = "DATE", value_parser = crate::args::day)]
    pub to: Option<NaiveDate>,
    /// How many lines are named one by one; all are counted
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub limit: usize,
}

pub(super) async fn rules(args: &RulesArgs, books: &Books) -> Result<Answer, CliError> {
    let rules = books.reconcile_rules(args.preset.as_deref()).await?;
    let document = json!({ "version": rules.version, "preset": rules.preset, "rules": rules.text });
    let Some(path) = &args.out else { return Ok(Answer::of(document).text(&rules.text)) };
    source::write_whole(path, rules.text.as_bytes())?;
    let which = match (&rules.preset, rules.version) {
        (Some(preset), Some(version)) => {
            format!("the rules in force, preset {preset} of version {version},")
        }
        (Some(preset), None) => format!("the rules of preset {preset}"),
        (None, version) => {
            format!("the rules in force, of version {},", version.unwrap_or_default())
        }
    };
    Ok(Answer::of(document).say(format!("{which} are written to {}", path.display())))
}

pub(super) async fn try_rules(
    args: &TryArgs,
    books: &Books,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let to = args.to.unwrap_or_else(|| desk.world.today());
    let from = args.from.or_else(|| to.checked_sub_days(Days::new(DAYS_BACK))).unwrap_or(to);
    let text = match (&args.file, &args.preset, &args.config) {
        (Some(file), ..) => source::document(file, desk.input)?,
        (None, Some(name), _) => books.reconcile_rules(Some(name)).await?.text,
        (None, None, Some(file)) => {
            let document = source::document(file, desk.input)?;
            let tried = books.try_configuration(&document, (from, to), args.limit).await?;
            return Ok(tried::of_configuration(&tried));
        }
        (None, None, None) => return Ok(tried::next(&books.try_next_run(args.limit).await?)),
    };
    Ok(answer(&books.try_rules(&text, (from, to), args.limit).await?))
}

fn answer(tried: &RulesTried) -> Answer {
    let answer = with_rules(Answer::of(as_json(tried)), tried).say("nothing is written");
    answer.exit(if tried.differing == 0 { Exit::Done } else { Exit::SeeTo })
}

pub(super) fn with_rules(answer: Answer, tried: &RulesTried) -> Answer {
    let names: BTreeSet<&String> = tried.now.keys().chain(tried.then.keys()).collect();
    let count = |all: &BTreeMap<String, u64>, name: &String| {
        all.get(name).copied().unwrap_or_default().to_string()
    };
    let by_rule = names
        .into_iter()
        .map(|name| [name.clone(), count(&tried.now, name), count(&tried.then, name)]);
    let rows = tried.differences.iter().map(|one| {
        [
            one.line.id.to_string(),
            one.line.booked_on.to_string(),
            one.line.amount.to_string(),
            one.stands.clone().unwrap_or_else(|| "open".to_owned()),
            what(one.now.as_ref()),
            what(one.then.as_ref()),
            match one.agrees {
                Some(true) => "the same as in the books".to_owned(),
                Some(false) => "not as in the books".to_owned(),
                None => String::new(),
            },
        ]
    });
    let columns =
        ["line", "booked", ">amount", "in the books", "rules in force", "rules tried", ""];
    let answer = answer
        .say(format!(
            "{} from {} to {}: {} matched with the same by both, {} otherwise",
            counted(tried.lines, "bank line", "bank lines"),
            tried.from,
            tried.to,
            tried.same,
            tried.differing
        ))
        .table(["rule", ">in force", ">tried"], by_rule)
        .table(columns, rows);
    let named = u64::try_from(tried.differences.len()).unwrap_or(u64::MAX);
    let more = tried.differing.saturating_sub(named);
    if more == 0 {
        answer
    } else {
        answer.say(format!("and {more} more; --limit names more of them"))
    }
}

fn what(one: Option<&TriedMatch>) -> String {
    one.map_or_else(|| "nothing".to_owned(), |one| format!("{}: {}", one.rule, one.reason))
}

pub(super) fn as_json(tried: &RulesTried) -> Value {
    let made = |one: &Option<TriedMatch>| {
        one.as_ref().map(|one| {
            json!({
                "rule": one.rule, "why": one.reason, "expected": one.expected, "lines": one.lines,
            })
        })
    };
    let one = |one: &LineTried| {
        json!({
            "line": one.line.id, "account": one.line.bank, "booked": one.line.booked_on,
            "amount_pence": one.line.amount, "stands": one.stands, "agrees": one.agrees,
            "in_force": made(&one.now), "tried": made(&one.then),
        })
    };
    json!({
        "from": tried.from, "to": tried.to, "version": tried.version, "lines": tried.lines,
        "in_force": tried.now, "tried": tried.then, "same": tried.same,
        "differing": tried.differing,
        "differences": tried.differences.iter().map(one).collect::<Vec<_>>(),
    })
}
