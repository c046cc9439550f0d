//! `ims reconcile payout`: what was taken by card, what the provider settled,
//! what the bank shows.

use chrono::{Days, NaiveDate};
use clap::Args;
use ims_app::{AppError, Books, NotPaidOut, OpenLine, PaidOutLine, PayoutExplained, Payouts};
use serde_json::{Value, json};

use crate::{Answer, CliError, Exit};

/// Payouts of providers, each difference explained.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Without a name it lists the payouts of every provider, and what is in none of them: payments of ours in no payout yet, payments nobody here knows, and bank lines that name a provider and pay none.\n\nExample: ims reconcile payout po_778899"
)]
pub struct PayoutArgs {
    /// The provider's name for the payout
    #[arg(value_name = "PAYOUT")]
    pub payout: Option<String>,
    /// Settlements with days from this one on [default: 62 days before the last]
    #[arg(long, value_name = "DATE", value_parser = crate::args::day)]
    pub from: Option<NaiveDate>,
    /// The last of these days [default: today]
    #[arg(long, value_name = "DATE", value_parser = crate::args::day)]
    pub to: Option<NaiveDate>,
}

pub(super) async fn run(
    args: &PayoutArgs,
    books: &Books,
    today: NaiveDate,
) -> Result<Answer, CliError> {
    let to = args.to.unwrap_or(today);
    let from = args.from.or_else(|| to.checked_sub_days(Days::new(62))).unwrap_or(to);
    let mut told = books.payouts(from, to).await?;
    let payouts = &mut told.payouts;
    if let Some(name) = &args.payout {
        payouts.retain(|one| one.payout.eq_ignore_ascii_case(name));
        if payouts.is_empty() {
            return Err(AppError::NotFound { what: "payout", name: name.clone() }.into());
        }
    }
    let is_wrong = told.payouts.iter().any(|one| !one.unexplained.is_zero());
    let payouts: Vec<Value> = told.payouts.iter().map(as_json).collect();
    if args.payout.is_some() {
        let mut answer = Answer::of(json!({ "from": from, "to": to, "payouts": payouts }));
        for one in &told.payouts {
            answer = show(answer, one);
        }
        return Ok(answer.exit(if is_wrong { Exit::SeeTo } else { Exit::Done }));
    }
    let lines = |lines: &[PaidOutLine]| lines.iter().map(line_as_json).collect::<Vec<_>>();
    let document = json!({
        "from": from, "to": to, "payouts": payouts,
        "not_paid": told.not_paid.iter().map(not_paid_as_json).collect::<Vec<_>>(),
        "not_ours": lines(&told.not_ours), "unclear": lines(&told.unclear),
        "bank_left": told.bank_left.iter().map(bank_as_json).collect::<Vec<_>>(),
    });
    let mut answer = Answer::of(document);
    answer = if told.payouts.is_empty() {
        answer.say("no settlement has days then")
    } else {
        list(answer, &told.payouts)
    };
    let is_wrong = is_wrong || !told.unclear.is_empty();
    let answer = left(answer, &told);
    Ok(answer.exit(if is_wrong { Exit::SeeTo } else { Exit::Done }))
}

fn list(answer: Answer, payouts: &[PayoutExplained]) -> Answer {
    let rows = payouts.iter().map(|one| {
        [
            one.payout.clone(),
            one.provider.clone(),
            one.date.to_string(),
            one.taken.to_string(),
            one.paid.to_string(),
            one.residual.to_string(),
            one.unexplained.to_string(),
            at_bank(one),
        ]
    });
    let columns = [
        "payout",
        "provider",
        "date",
        ">taken",
        ">paid",
        ">difference",
        ">unexplained",
        "at the bank",
    ];
    answer.table(columns, rows)
}

fn at_bank(one: &PayoutExplained) -> String {
    let part = if one.has_arrived { "" } else { ", in part" };
    match one.bank.as_slice() {
        [] if one.has_arrived => "taken over".to_owned(),
        [] => "not yet".to_owned(),
        [line] => format!("{} {}{part}", line.bank, line.booked_on),
        [line, more @ ..] => {
            format!("{} {} and {} more{part}", line.bank, line.booked_on, more.len())
        }
    }
}

/// What is in none of the payouts.
fn left(mut answer: Answer, told: &Payouts) -> Answer {
    if !told.not_paid.is_empty() {
        let rows = told.not_paid.iter().map(|one| {
            let ours = [one.provider_ref.clone(), one.receipt.clone(), one.reference.clone()];
            let [provider_ref, receipt, reference] = ours;
            let (paid, amount) = (one.happened_on.to_string(), one.amount.to_string());
            [one.channel.clone(), paid, amount, provider_ref, receipt, reference]
        });
        let columns = ["channel", "paid", ">amount", "at the provider", "receipt", "reference"];
        answer = answer.say("ours, in no payout yet:").table(columns, rows.collect::<Vec<_>>());
    }
    for (what, lines) in [
        ("in a payout, and nobody here knows them:", &told.not_ours),
        ("in a payout, and several of ours could be them:", &told.unclear),
    ] {
        if !lines.is_empty() {
            let rows = lines.iter().map(|one| {
                let place = format!("{} line {}", one.file_name, one.line);
                let (date, amount) = (one.date.to_string(), one.amount.to_string());
                [one.payout.clone(), date, amount, one.provider_ref.clone(), place]
            });
            let columns = ["payout", "date", ">amount", "at the provider", "in"];
            answer = answer.say(what).table(columns, rows.collect::<Vec<_>>());
        }
    }
    if !told.bank_left.is_empty() {
        let rows = told.bank_left.iter().map(|line| {
            let words = format!("{} {}", line.reference, line.narrative);
            let (day, amount) = (line.booked_on.to_string(), line.amount.to_string());
            [line.bank.clone(), day, amount, words.trim().to_owned(), line.id.to_string()]
        });
        let columns = ["account", "booked", ">amount", "says", "line"];
        let what = "at the bank, named as a provider's, and paying none of these:";
        answer = answer.say(what).table(columns, rows.collect::<Vec<_>>());
    }
    answer
}

fn show(answer: Answer, one: &PayoutExplained) -> Answer {
    let lines = one.bank.iter().map(|line| {
        format!("{} of {} paid {}, line {}", line.bank, line.booked_on, line.amount, line.id)
    });
    let bank = match lines.collect::<Vec<_>>() {
        none if none.is_empty() && one.has_arrived => {
            format!("{} of it came as money that was taken over", one.paid)
        }
        none if none.is_empty() => {
            format!("the bank does not show it yet; {} is on its way", one.paid)
        }
        lines if one.has_arrived => lines.join("; "),
        lines => format!("{}; the rest of {} is still to come", lines.join("; "), one.paid),
    };
    let rows = one.parts.iter().map(|part| {
        [part.why.clone(), part.amount.to_string(), part.provider_ref.clone(), part.receipt.clone()]
    });
    answer
        .say(format!(
            "payout {} of {}, {}: {} lines in {}",
            one.payout, one.provider, one.date, one.lines, one.file_name
        ))
        .say(bank)
        .say(format!("taken {} less paid {}: {}", one.taken, one.paid, one.residual))
        .table(["because", ">amount", "at the provider", "receipt"], rows)
        .say(if one.unexplained.is_zero() {
            "all of it is explained".to_owned()
        } else {
            format!("{} is not explained", one.unexplained)
        })
}

fn as_json(one: &PayoutExplained) -> Value {
    let parts: Vec<_> = one
        .parts
        .iter()
        .map(|part| {
            json!({
                "because": part.why, "explains": !part.is_unexplained, "amount_pence": part.amount,
                "provider_ref": part.provider_ref, "receipt": part.receipt,
            })
        })
        .collect();
    json!({
        "payout": one.payout, "provider": one.provider, "channel": one.channel, "date": one.date,
        "import": one.import, "file": one.file_name, "lines": one.lines,
        "taken_pence": one.taken, "paid_pence": one.paid, "residual_pence": one.residual,
        "unexplained_pence": one.unexplained, "parts": parts, "covers": one.covers,
        "has_arrived": one.has_arrived, "bank": one.bank.first().map(bank_as_json),
        "bank_lines": one.bank.iter().map(bank_as_json).collect::<Vec<_>>(),
    })
}

fn bank_as_json(line: &OpenLine) -> Value {
    json!({
        "line": line.id, "account": line.bank, "booked": line.booked_on, "amount_pence": line.amount,
    })
}

fn not_paid_as_json(one: &NotPaidOut) -> Value {
    json!({
        "channel": one.channel, "date": one.happened_on, "amount_pence": one.amount,
        "provider_ref": one.provider_ref, "reference": one.reference, "receipt": one.receipt,
    })
}

fn line_as_json(one: &PaidOutLine) -> Value {
    json!({
        "channel": one.channel, "payout": one.payout, "file": one.file_name, "line": one.line,
        "date": one.date, "amount_pence": one.amount, "provider_ref": one.provider_ref,
        "reference": one.reference,
    })
}
