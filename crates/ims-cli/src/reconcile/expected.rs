//! `ims reconcile expected`: what clearing accounts still wait for.

use clap::Args;
use ims_app::{Ageing, Awaited, Books, ClearingDue, StillToCome, ToComePart};
use ims_ledger::id::ExpectedId;
use serde_json::{Value, json};

use crate::{Answer, CliError, Exit, answer::counted};

/// What clearing accounts still wait for.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Late is what is open longer than its channel's `pays_after_days` working days.\n\nExample: ims reconcile expected --channel allpay"
)]
pub struct ExpectedArgs {
    /// Item by item, of this channel
    #[arg(long, value_name = "CODE", conflicts_with = "sums")]
    pub channel: Option<String>,
    /// What the ledger says of each account over which money comes or goes, refunds due and
    /// disputes among them, and what that is made of
    #[arg(long)]
    pub sums: bool,
    /// How many items at most
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub limit: i64,
    /// Only those known after this one
    #[arg(long, value_name = "ID", value_parser = crate::args::id::<ExpectedId>)]
    pub after: Option<ExpectedId>,
}

pub(super) async fn run(args: &ExpectedArgs, books: &Books) -> Result<Answer, CliError> {
    match &args.channel {
        None if args.sums => Ok(sums(&books.still_to_come().await?)),
        None => Ok(all(&books.clearing_due().await?)),
        Some(channel) => {
            let items = books.awaited(Some(channel), args.after, args.limit).await?;
            Ok(one(channel, &items))
        }
    }
}

fn all(due: &[ClearingDue]) -> Answer {
    let document: Vec<Value> = due
        .iter()
        .map(|one| {
            json!({
                "channel": one.channel, "name": one.name, "from": one.from,
                "pays_after_days": one.pays_after_days, "since": one.since,
                "count": one.open.items(), "amount_pence": one.open.total(), "ageing": one.open,
                "late": { "count": one.late.0, "amount_pence": one.late.1 },
            })
        })
        .collect();
    let [a, b, c, d] = Ageing::BANDS.map(|band| format!(">{band}"));
    let columns =
        ["clearing", "from", "since", ">items", ">amount", &a, &b, &c, &d, ">late", ">amount"];
    let rows = due.iter().map(|one| {
        let [a, b, c, d] = one.open.amount_pence.map(|sum| sum.to_string());
        let (late, sum) = match one.pays_after_days {
            Some(_) => (one.late.0.to_string(), one.late.1.to_string()),
            None => ("no term".to_owned(), String::new()),
        };
        [
            one.channel.clone(),
            one.from.clone(),
            one.since.to_string(),
            one.open.items().to_string(),
            one.open.total().to_string(),
            a,
            b,
            c,
            d,
            late,
            sum,
        ]
    });
    let is_late = due.iter().any(|one| one.late.0 > 0);
    let answer = Answer::of(json!({ "clearing": document })).table(columns, rows);
    let answer = if due.is_empty() { answer.say("nothing is waited for") } else { answer };
    answer.exit(if is_late { Exit::SeeTo } else { Exit::Done })
}

fn sums(accounts: &[StillToCome]) -> Answer {
    let part = |part: &ToComePart| {
        json!({
            "kind": part.kind, "count": part.count, "amount_pence": part.amount,
            "since": part.since,
        })
    };
    let one = |one: &StillToCome| {
        json!({
            "account": one.account.to_string(), "balance_pence": one.balance,
            "parts": one.parts.iter().map(part).collect::<Vec<_>>(),
            "difference_pence": one.difference,
        })
    };
    let document: Vec<Value> = accounts.iter().map(one).collect();
    let rows = accounts.iter().flat_map(|one| {
        let stands = [one.account.to_string(), one.balance.to_string()];
        let rest = (!one.difference.is_zero()).then(|| {
            [
                "nothing explains".to_owned(),
                String::new(),
                one.difference.to_string(),
                String::new(),
            ]
        });
        let parts = one.parts.iter().map(|part| {
            let since = part.since.map(|since| since.to_string()).unwrap_or_default();
            [part.kind.clone(), part.count.to_string(), part.amount.to_string(), since]
        });
        parts.chain(rest).enumerate().map(move |(at, [kind, count, amount, since])| {
            let [account, balance] = if at == 0 { stands.clone() } else { Default::default() };
            [account, balance, kind, count, amount, since]
        })
    });
    let is_off = accounts.iter().any(|one| !one.difference.is_zero());
    let answer = Answer::of(json!({ "accounts": document }))
        .table(["account", ">stands at", "of which", ">items", ">amount", "since"], rows);
    let answer = if accounts.is_empty() { answer.say("nothing is waited for") } else { answer };
    answer.exit(if is_off { Exit::SeeTo } else { Exit::Done })
}

fn one(channel: &str, items: &[Awaited]) -> Answer {
    let document: Vec<Value> = items
        .iter()
        .map(|one| {
            let item = &one.row.item;
            json!({
                "id": item.id, "kind": one.row.kind, "date": item.happened_on, "amount_pence": item.amount,
                "reference": item.reference, "batch": item.batch_ref, "source": item.source_ref,
                "receipt": one.row.receipt, "fund": one.row.fund, "account": one.row.account,
                "working_days": one.age, "due": one.due, "days_late": one.days_late,
            })
        })
        .collect();
    let rows = items.iter().map(|one| {
        let item = &one.row.item;
        let batch = if item.batch_ref.is_empty() { &item.source_ref } else { &item.batch_ref };
        [
            item.id.to_string(),
            item.happened_on.to_string(),
            item.amount.to_string(),
            batch.clone(),
            one.row.receipt.clone(),
            [one.row.fund.as_str(), one.row.account.as_str()].join(" ").trim().to_owned(),
            one.due.map(|due| due.to_string()).unwrap_or_default(),
            one.days_late.to_string(),
        ]
    });
    let columns =
        ["item", "paid", ">amount", "payout or slip", "receipt", "whose", "due", ">days late"];
    let is_late = items.iter().any(|one| one.days_late > 0);
    Answer::of(json!({ "channel": channel, "items": document }))
        .say(counted(items.len(), "item is waited for", "items are waited for"))
        .table(columns, rows)
        .exit(if is_late { Exit::SeeTo } else { Exit::Done })
}
