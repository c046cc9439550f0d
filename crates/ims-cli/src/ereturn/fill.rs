//! Writing what was taken: a file, options, or both, over what is there.

use std::{cmp::Reverse, collections::BTreeMap, path::PathBuf};

use chrono::NaiveDate;
use clap::{Args, ValueEnum};
use ims_app::Books;
use ims_ledger::{
    CardMachine, CashLine, Cheque, Denomination, EReturnTemplate, OverShort, Takings, TakingsRow,
};
use ims_money::Pence;
use serde_json::json;

use crate::{Answer, CliError, Desk, Exit, error::bad, source};

mod written;

use written::{Written, WrittenRow};

pub(super) const HELP: &str = "\
A file ending in .csv has the columns kind, which, amount, reference, description, vat; \
the kinds are row (which: the template's row), count (which: a note or coin, amount: how \
many), cash (amount: what they are worth), bag, cheque (which: the name), card (which: \
TERMINAL/BATCH), over-short (which: why), taken-on, narrative. Any other file is TOML:

  taken_on = \"2026-04-20\"
  bag = \"B17\"
  cash = { \"20.00\" = 3, \"0.50\" = 21 }
  row = [{ row = 1, amount = \"60.00\" }, { row = 2, amount = \"40.00\", reference = \"PN123456\" }]
  cheque = [{ name = \"J Smith\", amount = \"20.00\" }]
  card_machine = [{ terminal = \"T1\", batch = \"17\", amount = \"9.50\" }]
  over_short = { amount = \"-5.00\", reason = \"till 2\" }

What is not named stays; a list that is named replaces the one there was. Options stand over \
the file.

Example: ims --as ann ereturn fill R17 --row 1=60.00 --cash 20.00=3 --bag B17";

/// What is written, and over what.
#[derive(Args, Clone, Debug)]
pub struct FillArgs {
    /// Its number
    pub number: String,
    /// What was taken, as TOML or CSV; `-` is standard input, TOML
    pub file: Option<PathBuf>,
    /// The version you have seen [default: the newest]
    #[arg(long, value_name = "VERSION")]
    pub seen: Option<i64>,
    /// Put amounts right after it was submitted, as an approver
    #[arg(long)]
    pub correct: bool,
    /// The day it was taken
    #[arg(long, value_name = "DATE", value_parser = crate::args::day)]
    pub taken_on: Option<NaiveDate>,
    /// A row's amount in pounds, and another reference if it may be changed
    #[arg(long = "row", value_name = "ROW=POUNDS[:REF]", value_parser = row)]
    pub rows: Vec<WrittenRow>,
    /// The number on the bag
    #[arg(long)]
    pub bag: Option<String>,
    /// How many there are of a note or coin
    #[arg(long, value_name = "VALUE=COUNT", value_parser = coins)]
    pub cash: Vec<(Denomination, u32)>,
    /// A cheque: whose, and how much in pounds
    #[arg(long = "cheque", value_name = "NAME=POUNDS", value_parser = named)]
    pub cheques: Vec<(String, Pence)>,
    /// What a card machine says it took, in pounds
    #[arg(long = "card", value_name = "TERMINAL/BATCH=POUNDS", value_parser = card)]
    pub cards: Vec<(String, String, Pence)>,
    /// By how much more was counted than the rows say, in pounds; short is negative
    #[arg(long, value_name = "POUNDS", allow_hyphen_values = true, requires = "because")]
    pub over_short: Option<Pence>,
    /// Why it is over or short
    #[arg(long, value_name = "REASON", requires = "over_short")]
    pub because: Option<String>,
    /// Anything else
    #[arg(long)]
    pub narrative: Option<String>,
    /// Leave out what is there of these
    #[arg(long, value_name = "PART")]
    pub clear: Vec<Part>,
}

/// A part that can be left out again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// Every row's amount
    Rows,
    /// Notes and coins, and the bag
    Cash,
    /// Cheques
    Cheques,
    /// Card machines
    Cards,
    /// What is over or short
    OverShort,
}

fn row(text: &str) -> Result<WrittenRow, String> {
    let wrong = || "write ROW=POUNDS, like 2=40.00, or ROW=POUNDS:REFERENCE".to_owned();
    let (row, rest) = text.split_once('=').ok_or_else(wrong)?;
    let (amount, reference) = match rest.split_once(':') {
        Some((amount, reference)) => (amount, Some(reference.to_owned())),
        None => (rest, None),
    };
    Ok(WrittenRow {
        row: row.trim().parse().map_err(|_| wrong())?,
        amount: pounds(amount)?,
        reference,
        description: None,
        vat: None,
    })
}

fn pounds(text: &str) -> Result<Pence, String> {
    text.trim().parse::<Pence>().map_err(|bad| bad.to_string())
}

fn denomination(text: &str) -> Result<Denomination, String> {
    Denomination::try_from(pounds(text)?).map_err(|bad| bad.to_string())
}

pub(crate) fn coins(text: &str) -> Result<(Denomination, u32), String> {
    let wrong = || "write VALUE=COUNT, like 20.00=3".to_owned();
    let (value, count) = text.split_once('=').ok_or_else(wrong)?;
    Ok((denomination(value)?, count.trim().parse().map_err(|_| wrong())?))
}

fn named(text: &str) -> Result<(String, Pence), String> {
    let wrong = || "write NAME=POUNDS, like \"J Smith=20.00\"".to_owned();
    let (name, amount) = text.rsplit_once('=').ok_or_else(wrong)?;
    Ok((name.trim().to_owned(), pounds(amount)?))
}

pub(crate) fn card(text: &str) -> Result<(String, String, Pence), String> {
    let (which, amount) = named(text)?;
    let (terminal, batch) = terminal(&which)?;
    Ok((terminal, batch, amount))
}

pub(crate) fn terminal(text: &str) -> Result<(String, String), String> {
    let split = text.split_once('/');
    let (terminal, batch) = split.ok_or_else(|| "write TERMINAL/BATCH, like T1/17".to_owned())?;
    Ok((terminal.trim().to_owned(), batch.trim().to_owned()))
}

pub(super) async fn run(
    args: &FillArgs,
    books: &Books,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let id = books.ereturn_numbered(&args.number).await?;
    let view = books.ereturn(id).await?;
    let mut takings = view.takings;
    args.clear.iter().for_each(|part| clear(*part, &mut takings));
    if let Some(path) = &args.file {
        let text = source::document(path, desk.input)?;
        let is_csv = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
        let read = if is_csv { Written::of_csv(&text) } else { Written::of_toml(&text) };
        let written = read.map_err(|why| bad(format!("{}: {why}", path.display())))?;
        put(written, &mut takings, &view.template);
    }
    put(of_options(args), &mut takings, &view.template);
    let seen = args.seen.unwrap_or(view.row.version);
    let saved = if args.correct {
        books.correct_ereturn(id, seen, &takings).await?
    } else {
        books.save_ereturn(id, seen, &takings).await?
    };
    let totals = saved.totals;
    let document = json!({
        "number": saved.number, "version": saved.version, "status": saved.status.as_str(),
        "rows_pence": totals.rows, "counted_pence": totals.counted, "over_pence": totals.over,
        "missing": saved.missing, "before": saved.before,
    });
    let done = if saved.before { "was saved before" } else { "is saved" };
    let words = format!(
        "{} {done} as version {}: rows {}, counted {}",
        saved.number, saved.version, totals.rows, totals.counted
    );
    let mut answer = Answer::of(document).say(words);
    for missing in &saved.missing {
        answer = answer.say(format!("missing: {missing}"));
    }
    let sealed = desk.seal(books).await;
    Ok(answer.exit(if saved.missing.is_empty() { sealed } else { Exit::SeeTo }))
}

fn clear(part: Part, takings: &mut Takings) {
    match part {
        Part::Rows => takings.rows.iter_mut().for_each(|row| row.amount = Pence::ZERO),
        Part::Cash => takings.cash = None,
        Part::Cheques => takings.cheques.clear(),
        Part::Cards => takings.card_machines.clear(),
        Part::OverShort => takings.over_short = None,
    }
}

fn of_options(args: &FillArgs) -> Written {
    let some = |is_empty: bool| (!is_empty).then_some(());
    let line = |(denomination, count): &(Denomination, u32)| CashLine {
        denomination: *denomination,
        count: Some(*count),
        value: None,
    };
    let card = |(terminal, batch, amount): &(String, String, Pence)| CardMachine {
        terminal: terminal.clone(),
        batch: batch.clone(),
        amount: *amount,
    };
    Written {
        taken_on: args.taken_on,
        narrative: args.narrative.clone(),
        bag: args.bag.clone(),
        rows: args.rows.clone(),
        cash: some(args.cash.is_empty()).map(|()| args.cash.iter().map(line).collect()),
        cheques: some(args.cheques.is_empty()).map(|()| args.cheques.clone()),
        cards: some(args.cards.is_empty()).map(|()| args.cards.iter().map(card).collect()),
        over_short: args
            .over_short
            .map(|amount| OverShort { amount, reason: args.because.clone().unwrap_or_default() }),
    }
}

/// Writes over what is there; what is not named stays.
fn put(written: Written, takings: &mut Takings, template: &EReturnTemplate) {
    if let Some(day) = written.taken_on {
        takings.taken_on = day;
    }
    if let Some(narrative) = written.narrative {
        takings.narrative = narrative;
    }
    if let Some(bag) = written.bag {
        takings.cash.get_or_insert_default().bag = bag;
    }
    if let Some(mut lines) = written.cash {
        lines.sort_by_key(|line| Reverse(line.denomination));
        if lines.is_empty() {
            takings.cash = None;
        } else {
            takings.cash.get_or_insert_default().lines = lines;
        }
    }
    if let Some(cheques) = written.cheques {
        let cheque = |((name, amount), item)| Cheque { item, name, amount };
        takings.cheques = cheques.into_iter().zip(1..).map(cheque).collect();
    }
    if let Some(cards) = written.cards {
        takings.card_machines = cards;
    }
    if let Some(difference) = written.over_short {
        takings.over_short = (!difference.amount.is_zero()).then_some(difference);
    }
    put_rows(written.rows, takings, template);
}

/// The rows named replace those of the same row of the template.
fn put_rows(rows: Vec<WrittenRow>, takings: &mut Takings, template: &EReturnTemplate) {
    let mut by_row: BTreeMap<usize, Vec<TakingsRow>> = BTreeMap::new();
    for row in rows {
        let own = row.row.checked_sub(1).and_then(|at| template.row.get(at));
        let theirs = |of: fn(&ims_ledger::TemplateRow) -> String| own.map(of).unwrap_or_default();
        by_row.entry(row.row).or_default().push(TakingsRow {
            row: row.row,
            reference: row.reference.unwrap_or_else(|| theirs(|own| own.reference.clone())),
            description: row.description.unwrap_or_else(|| theirs(|own| own.description.clone())),
            vat: row.vat.unwrap_or_else(|| theirs(|own| own.vat.to_string())),
            amount: row.amount,
        });
    }
    takings.rows.retain(|row| !by_row.contains_key(&row.row));
    takings.rows.extend(by_row.into_values().flatten());
    takings.rows.sort_by_key(|row| row.row);
}
