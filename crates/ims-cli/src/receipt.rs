//! `ims receipt`: receipts found and shown.

use chrono::{DateTime, NaiveDate, Utc};
use clap::{Args, Subcommand};
use ims_app::Stand;
use ims_ledger::{ReceiptNumber, id::ReceiptId};
use ims_money::Pence;
use ims_store::{ReceiptView, SearchReceipts};
use serde_json::{Value, json};

use crate::{
    Answer, CliError, Desk, Globals,
    answer::counted,
    desk::{instant, minute},
    error::bad,
};

/// Receipts.
#[derive(Subcommand, Clone, Debug)]
pub enum ReceiptCommand {
    /// Find receipts by reference or day, the newest first
    #[command(after_help = "Example: ims receipt find --day 2026-04-01 --amount 120.50")]
    Find(FindArgs),
    /// Show one receipt by the number the payer was given
    #[command(after_help = "Example: ims receipt show 0J2K-3M4N-5P6Q-R")]
    Show {
        /// Its number; spaces, dashes and small letters do not matter
        number: ReceiptNumber,
    },
    /// Show what an account has been credited with, now or as it stood
    #[command(
        after_help = "Example: ims receipt account --fund CT --reference 123456785 --as-at 2026-04-01"
    )]
    Account {
        /// The fund's code
        #[arg(long)]
        fund: String,
        /// The account reference in it
        #[arg(long, value_name = "REF")]
        reference: String,
        /// As the books stood at the end of this day, or at this instant [default: now]
        #[arg(long, value_name = "DATE|TIME", value_parser = crate::args::as_at)]
        as_at: Option<DateTime<Utc>>,
    },
}

/// What receipts are looked for by.
#[derive(Args, Clone, Debug)]
pub struct FindArgs {
    /// An account reference, whole
    #[arg(long, value_name = "REF", required_unless_present = "day", conflicts_with = "day")]
    pub reference: Option<String>,
    /// An accounting day
    #[arg(long, value_name = "DATE", value_parser = crate::args::day)]
    pub day: Option<NaiveDate>,
    /// And the amount of a line, in pounds
    #[arg(long, value_name = "POUNDS", requires = "day", allow_hyphen_values = true)]
    pub amount: Option<Pence>,
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub limit: i64,
    /// Only those older than this one, by its id
    #[arg(long, value_name = "ID", value_parser = crate::args::id::<ReceiptId>)]
    pub before: Option<ReceiptId>,
}

pub(crate) async fn run(
    command: &ReceiptCommand,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    match command {
        ReceiptCommand::Account { fund, reference, as_at } => {
            let at = as_at.unwrap_or_else(|| desk.world.now());
            let reference = reference.trim().to_uppercase();
            let stood = books.account_stood(fund, &reference, Stand::Instant(at)).await?;
            let document = json!({
                "fund": fund, "reference": reference, "as_at": instant(at), "lines": stood.lines,
                "amount_pence": stood.amount, "vat_pence": stood.vat,
            });
            let lines = counted(stood.lines, "receipt line", "receipt lines");
            let words = format!("{fund} {reference} at {}: {lines}, {}", minute(at), stood.amount);
            Ok(Answer::of(document).say(words))
        }
        ReceiptCommand::Find(args) => {
            let search = match (&args.reference, args.day, args.amount) {
                (Some(reference), _, _) => {
                    SearchReceipts::Reference(reference.trim().to_uppercase())
                }
                (None, Some(day), Some(amount)) => SearchReceipts::DayAndAmount(day, amount),
                (None, Some(day), None) => SearchReceipts::Day(day),
                (None, None, _) => return Err(bad("say --reference or --day")),
            };
            let found = books.search_receipts(&search, args.before, args.limit).await?;
            let answer =
                Answer::of(json!({ "receipts": found.iter().map(as_json).collect::<Vec<_>>() }));
            Ok(if found.is_empty() {
                answer.say("no receipt was found")
            } else {
                table(answer, &found)
            })
        }
        ReceiptCommand::Show { number } => {
            let search = SearchReceipts::Number(number.to_string());
            let found = books.search_receipts(&search, None, 1).await?;
            let Some(first) = found.first() else {
                return Err(bad(format!("there is no receipt {number}")));
            };
            let total = Pence::checked_sum(found.iter().map(|line| line.amount));
            let document = json!({
                "id": first.id, "number": first.number, "date": first.happened_on,
                "accounting_day": first.accounting_day, "method": first.method,
                "total_pence": total, "narrative": first.narrative,
                "lines": found.iter().map(|line| json!({
                    "fund": line.fund, "reference": line.reference, "amount_pence": line.amount,
                })).collect::<Vec<_>>(),
            });
            Ok(table(Answer::of(document), &found))
        }
    }
}

fn table(answer: Answer, found: &[ReceiptView]) -> Answer {
    let rows = found.iter().map(|line| {
        [
            line.number.clone(),
            line.happened_on.to_string(),
            line.accounting_day.to_string(),
            line.method.clone(),
            line.fund.clone(),
            line.reference.clone(),
            line.amount.to_string(),
            line.narrative.clone(),
        ]
    });
    let columns =
        ["receipt", "paid", "counts in", "method", "fund", "reference", ">amount", "narrative"];
    answer.table(columns, rows)
}

fn as_json(line: &ReceiptView) -> Value {
    json!({
        "id": line.id, "number": line.number, "date": line.happened_on,
        "accounting_day": line.accounting_day, "method": line.method, "fund": line.fund,
        "reference": line.reference, "amount_pence": line.amount, "narrative": line.narrative,
    })
}
