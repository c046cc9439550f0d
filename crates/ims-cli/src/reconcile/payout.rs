//! `ims reconcile payout`: what was taken by card, what the provider settled,
//! what the bank shows.

use chrono::{Days, NaiveDate};
use clap::Args;
use ims_app::{AppError, Books, PayoutExplained};
use serde_json::{Value, json};

use crate::{Answer, CliError, Exit};

/// Payouts of providers, each difference explained.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Without a name it lists the payouts of every provider.\n\nExample: ims reconcile payout po_778899"
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
    let mut payouts = books.payouts(from, to).await?;
    if let Some(name) = &args.payout {
        payouts.retain(|one| one.payout.eq_ignore_ascii_case(name));
        if payouts.is_empty() {
            return Err(AppError::NotFound { what: "payout", name: name.clone() }.into());
        }
    }
    let document: Vec<Value> = payouts.iter().map(as_json).collect();
    let mut answer = Answer::of(json!({ "from": from, "to": to, "payouts": document }));
    if args.payout.is_some() {
        for one in &payouts {
            answer = show(answer, one);
        }
    } else if payouts.is_empty() {
        answer = answer.say("no settlement has days then");
    } else {
        answer = list(answer, &payouts);
    }
    let is_wrong = payouts.iter().any(|one| !one.unexplained.is_zero());
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
    let there = one.bank.as_ref();
    there.map_or_else(|| "not yet".to_owned(), |line| format!("{} {}", line.bank, line.booked_on))
}

fn show(answer: Answer, one: &PayoutExplained) -> Answer {
    let bank = match &one.bank {
        Some(line) => {
            format!("{} of {} paid {}, line {}", line.bank, line.booked_on, line.amount, line.id)
        }
        None => format!("the bank does not show it yet; {} is on its way", one.paid),
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
        "unexplained_pence": one.unexplained, "parts": parts,
        "bank": one.bank.as_ref().map(|line| {
            json!({ "line": line.id, "account": line.bank, "booked": line.booked_on, "amount_pence": line.amount })
        }),
    })
}
