//! `ims till`: what one cashier takes into one drawer, from a float to a slip.

use std::cmp::Reverse;

use clap::{Args, Subcommand};
use ims_app::{Books, CountedTill, NewTillSession, Tender, TillLiftBackRow, TillStatus, TillView};
use ims_ledger::{CardMachine, Cash, CashLine, Denomination, TillCount};
use ims_money::Pence;
use serde_json::{Value, json};

use crate::{
    Answer, CliError, Desk, Exit, Globals,
    answer::counted,
    desk::{instant, minute},
    ereturn::{DecideArgs, card, coins, terminal},
    error::bad,
    receipt::{self, TakeArgs},
};

/// Tills.
#[derive(Subcommand, Clone, Debug)]
pub enum TillCommand {
    /// List sessions, the newest first
    #[command(after_help = "Example: ims till list --status open")]
    List {
        /// Only those that are: open, counted, recount, closed
        #[arg(long, value_name = "STATUS", value_parser = status)]
        status: Option<TillStatus>,
        /// Only those of this cashier
        #[arg(long, value_name = "USER")]
        cashier: Option<String>,
        /// How many at most
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: i64,
    },
    /// Open a till with the float you counted into it
    #[command(after_help = "Example: ims --as ann till open DESK --float 10.00=3 --float 1.00=20")]
    Open {
        /// The till's code
        till: String,
        /// How many there are of a note or coin
        #[arg(long, value_name = "VALUE=COUNT", value_parser = coins)]
        float: Vec<(Denomination, u32)>,
        /// A key of yours: the same key again opens nothing
        #[arg(long)]
        key: Option<String>,
    },
    /// Take money into your till and give a receipt
    #[command(
        after_help = "Example: ims --as ann till take T7 --method 01 --line CT:112233448:15.00 --tendered 20.00"
    )]
    Take(Box<TakeAtTillArgs>),
    /// Lift cash from your till to the safe
    #[command(after_help = "Example: ims --as ann till lift T7 --cash 20.00=10 --bag B16")]
    Lift {
        /// The session's number
        number: String,
        /// How many there are of a note or coin
        #[arg(long, value_name = "VALUE=COUNT", value_parser = coins, required = true)]
        cash: Vec<(Denomination, u32)>,
        /// The number on the bag
        #[arg(long, default_value = "", hide_default_value = true)]
        bag: String,
        /// A key of yours: the same key again lifts nothing
        #[arg(long)]
        key: Option<String>,
    },
    /// Take back a lift that was mistyped; what was really lifted is lifted anew
    #[command(
        after_help = "Example: ims --as ann till take-back T7 1 --reason 'ten, not a hundred'"
    )]
    TakeBack {
        /// The session's number
        number: String,
        /// Which of its lifts, as `ims till show` numbers them
        lift: i64,
        /// What was wrong with it
        #[arg(long)]
        reason: String,
    },
    /// Count your till: all that is in it, the float too. Nothing goes into it after that
    #[command(
        after_help = "Example: ims --as ann till count T7 --cash 20.00=3 --cash 1.00=25 --bag B17 --cheque 30.00 --card T1/17=7.00"
    )]
    Count(CountArgs),
    /// Say yes or no to what a till is over or short
    #[command(
        after_help = "Example: ims --as mia till decide 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b --yes"
    )]
    Decide(DecideArgs),
    /// Show a session; what should be in it only once it was counted
    #[command(after_help = "Example: ims till show T7")]
    Show {
        /// The session's number
        number: String,
    },
}

/// Money to be taken into a till.
#[derive(Args, Clone, Debug)]
pub struct TakeAtTillArgs {
    /// The session's number
    pub number: String,
    /// What the payer hands over in cash, in pounds; the rest is change
    #[arg(long, value_name = "POUNDS", conflicts_with = "terminal")]
    pub tendered: Option<Pence>,
    /// The card terminal and the number of its batch
    #[arg(long, value_name = "TERMINAL/BATCH", value_parser = terminal)]
    pub terminal: Option<(String, String)>,
    /// The money.
    #[command(flatten)]
    pub take: TakeArgs,
}

/// What was counted.
#[derive(Args, Clone, Debug)]
pub struct CountArgs {
    /// The session's number
    pub number: String,
    /// How many there are of a note or coin
    #[arg(long, value_name = "VALUE=COUNT", value_parser = coins)]
    pub cash: Vec<(Denomination, u32)>,
    /// The number on the bag that goes to the bank
    #[arg(long, default_value = "", hide_default_value = true)]
    pub bag: String,
    /// The amount of a cheque in pounds; once for each
    #[arg(long = "cheque", value_name = "POUNDS")]
    pub cheques: Vec<Pence>,
    /// What a card terminal says its batch took, in pounds
    #[arg(long = "card", value_name = "TERMINAL/BATCH=POUNDS", value_parser = card)]
    pub cards: Vec<(String, String, Pence)>,
    /// A key of yours: the same key again counts nothing
    #[arg(long)]
    pub key: Option<String>,
}

fn status(word: &str) -> Result<TillStatus, String> {
    TillStatus::named(word).ok_or_else(|| "there are: open, counted, recount, closed".to_owned())
}

pub(crate) async fn run(
    command: &TillCommand,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    match command {
        TillCommand::List { status, cashier, limit } => {
            list(*status, cashier.as_deref(), *limit, &books).await
        }
        TillCommand::Show { number } => {
            let id = books.till_numbered(number).await?;
            Ok(shown(&books.till_session(id).await?))
        }
        TillCommand::Open { till, float, key } => {
            let float = cash(float, "");
            let new = NewTillSession { till: till.clone(), float, key: key.clone() };
            let opened = books.open_till(&new).await?;
            let document = json!({
                "id": opened.id, "number": opened.number, "float_pence": opened.float,
                "before": opened.before,
            });
            let done = if opened.before { "was opened before under this key" } else { "is open" };
            let words =
                format!("{} {done}: till {till} with a float of {}", opened.number, opened.float);
            finish(Answer::of(document).say(words), &books, desk).await
        }
        TillCommand::Take(args) => take(args, &books, desk).await,
        TillCommand::Lift { number, cash: lines, bag, key } => {
            let id = books.till_numbered(number).await?;
            let done = books.lift_from_till(id, &cash(lines, bag), key.as_deref()).await?;
            let document = json!({
                "lift": done.number, "amount_pence": done.amount, "before": done.before,
            });
            let before = if done.before { " before under this key; nothing changed" } else { "" };
            let words = format!("{} lifted to the safe{before}", done.amount);
            finish(Answer::of(document).say(words), &books, desk).await
        }
        TillCommand::TakeBack { number, lift, reason } => {
            let id = books.till_numbered(number).await?;
            let done = books.take_back_lift(id, *lift, reason, None).await?;
            let document = json!({
                "lift": done.number, "amount_pence": done.amount, "before": done.before,
            });
            let before = if done.before { " before; nothing changed" } else { "" };
            let words = format!("lift {} of {} taken back{before}", done.number, done.amount);
            finish(Answer::of(document).say(words), &books, desk).await
        }
        TillCommand::Count(args) => {
            let id = books.till_numbered(&args.number).await?;
            let card = |(terminal, batch, amount): &(String, String, Pence)| CardMachine {
                terminal: terminal.clone(),
                batch: batch.clone(),
                amount: *amount,
            };
            let count = TillCount {
                cash: cash(&args.cash, &args.bag),
                cheques: args.cheques.clone(),
                card_machines: args.cards.iter().map(card).collect(),
            };
            let done = books.count_till(id, &count, args.key.as_deref()).await?;
            finish(told(&done), &books, desk).await
        }
        TillCommand::Decide(args) => {
            let done = books.decide_till_difference(args.id, args.verdict(), &args.reason).await?;
            finish(told(&done), &books, desk).await
        }
    }
}

async fn finish(answer: Answer, books: &Books, desk: &mut Desk<'_>) -> Result<Answer, CliError> {
    let sealed = desk.seal(books).await;
    let exit = if answer.ended() == Exit::Done { sealed } else { answer.ended() };
    Ok(answer.exit(exit))
}

/// Notes and coins, the largest first.
fn cash(of: &[(Denomination, u32)], bag: &str) -> Cash {
    let mut of = of.to_vec();
    of.sort_by_key(|(denomination, _)| Reverse(*denomination));
    let line = |(denomination, count)| CashLine { denomination, count: Some(count), value: None };
    Cash { bag: bag.to_owned(), lines: of.into_iter().map(line).collect() }
}

async fn take(
    args: &TakeAtTillArgs,
    books: &Books,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    if args.take.office.is_some() || args.take.on.is_some() {
        return Err(bad(
            "a till takes money today and at its own office: leave --office and --on out",
        ));
    }
    let id = books.till_numbered(&args.number).await?;
    let tender = match (&args.tendered, &args.terminal) {
        (Some(tendered), _) => Tender::Cash(*tendered),
        (None, Some((terminal, batch))) => {
            Tender::Card { terminal: terminal.clone(), batch: batch.clone() }
        }
        (None, None) => Tender::Exact,
    };
    let done = books.take_at_till(id, &args.take.asked(), &tender).await?;
    let change = matches!(tender, Tender::Cash(_)).then_some(done.change);
    finish(receipt::told(&done.receipt, change), books, desk).await
}

async fn list(
    status: Option<TillStatus>,
    cashier: Option<&str>,
    limit: i64,
    books: &Books,
) -> Result<Answer, CliError> {
    let sessions = books.till_sessions(status, cashier, None, limit).await?;
    let document = json!({ "sessions": sessions.iter().map(as_json).collect::<Vec<_>>() });
    let rows = sessions.iter().map(|row| {
        [
            format!("T{}", row.number),
            row.till.clone(),
            row.office.clone(),
            row.cashier.clone(),
            minute(row.opened_at),
            row.float.to_string(),
            row.status.clone(),
        ]
    });
    let columns = ["session", "till", "office", "cashier", "opened", ">float", "status"];
    let words = counted(sessions.len(), "till session", "till sessions");
    Ok(Answer::of(document).say(words).table(columns, rows))
}

fn as_json(row: &ims_app::TillSessionRow) -> Value {
    json!({
        "id": row.id, "number": format!("T{}", row.number), "till": row.till,
        "office": row.office, "cashier": row.cashier, "opened_at": instant(row.opened_at),
        "float_pence": row.float, "status": row.status,
    })
}

/// What a count came to.
fn told(done: &CountedTill) -> Answer {
    let words = match (done.status, &done.waits_for) {
        (TillStatus::Closed, _) => format!(
            "{} is paid in: {} counted, {} expected",
            done.number, done.counted, done.expected
        ),
        (TillStatus::Counted, Some(id)) => format!(
            "{}: {} counted, {} expected; it waits for a second person: ims --as … till decide {id} --yes",
            done.number, done.counted, done.expected
        ),
        _ => format!("{} is to be counted again", done.number),
    };
    let mut answer = Answer::of(count_json(done)).say(words);
    if done.status != TillStatus::Recount {
        answer = lines(answer, done);
    }
    if done.status == TillStatus::Closed { answer } else { answer.exit(Exit::SeeTo) }
}

fn lines(mut answer: Answer, done: &CountedTill) -> Answer {
    let rows = done.lines.iter().map(|line| {
        let over = line.counted.checked_sub(line.expected).unwrap_or_default();
        [line.what.clone(), line.expected.to_string(), line.counted.to_string(), over.to_string()]
    });
    answer = answer.table(["money", ">expected", ">counted", ">over"], rows);
    if !done.float_short.is_zero() {
        answer = answer.say(format!("of the float {} is missing", done.float_short));
    }
    for slip in &done.slips {
        answer = answer.say(format!("paying-in slip {slip}"));
    }
    answer
}

fn count_json(done: &CountedTill) -> Value {
    json!({
        "number": done.number, "status": done.status.as_str(), "expected_pence": done.expected,
        "counted_pence": done.counted, "over_pence": done.over,
        "float_short_pence": done.float_short, "slips": done.slips,
        "waits_for": done.waits_for, "before": done.before,
        "lines": done.lines.iter().map(|line| json!({
            "what": line.what, "expected_pence": line.expected, "counted_pence": line.counted,
        })).collect::<Vec<_>>(),
    })
}

/// Who took a lift back, if somebody did.
fn taken_back(view: &TillView, lift: i64) -> Option<&TillLiftBackRow> {
    view.lifts_back.iter().find(|back| back.lift == lift)
}

fn shown(view: &TillView) -> Answer {
    let row = &view.row;
    let mut document = as_json(row);
    if let Value::Object(fields) = &mut document {
        fields.insert("receipts".to_owned(), json!(view.receipts));
        fields.insert("counted".to_owned(), json!(view.counted.as_ref().map(count_json)));
        let lift = |lift: &ims_app::TillLiftRow| {
            json!({
                "lift": lift.number, "amount_pence": lift.amount, "at": instant(lift.at),
                "taken_back": taken_back(view, lift.number).map(|back| json!({
                    "by": back.by, "reason": back.reason, "at": instant(back.at),
                })),
            })
        };
        fields.insert("lifts".to_owned(), view.lifts.iter().map(lift).collect());
    }
    let words = format!(
        "T{} at till {} ({}), {}'s since {}: {}, float {}, {}",
        row.number,
        row.till,
        view.till.name,
        row.cashier,
        minute(row.opened_at),
        row.status,
        row.float,
        counted(view.receipts, "receipt", "receipts")
    );
    let mut answer = Answer::of(document).say(words);
    for lift in &view.lifts {
        let (number, amount, by, at) = (lift.number, lift.amount, &lift.by, minute(lift.at));
        let back = match taken_back(view, number) {
            Some(back) => format!(", taken back by {}: {}", back.by, back.reason),
            None => String::new(),
        };
        answer = answer.say(format!("lift {number}: {amount} by {by} on {at}{back}"));
    }
    for count in &view.counts {
        answer = answer.say(format!("counted by {} on {}", count.by, minute(count.at)));
    }
    match &view.counted {
        Some(done) => lines(answer, done),
        None => answer.say("what should be in it is told when it was counted"),
    }
}
