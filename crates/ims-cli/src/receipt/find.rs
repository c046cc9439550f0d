use std::path::PathBuf;

use chrono::NaiveDate;
use clap::Args;
use ims_app::FindReceipts;
use ims_ledger::{
    ReceiptNumber,
    id::{ImportId, ReceiptId},
};
use ims_money::Pence;
use ims_store::ReceiptView;
use serde_json::{Value, json};

use super::found_csv;
use crate::{Answer, CliError, Desk, Globals};

/// What receipts are looked for by; everything that is given must hold.
#[derive(Args, Clone, Debug)]
pub struct FindArgs {
    /// The number the payer was given
    #[arg(long)]
    pub number: Option<ReceiptNumber>,
    /// An account reference, whole
    #[arg(long, value_name = "REF")]
    pub reference: Option<String>,
    /// A fund's code
    #[arg(long, value_name = "CODE")]
    pub fund: Option<String>,
    /// The amount of a line, in pounds
    #[arg(long, value_name = "POUNDS", allow_hyphen_values = true)]
    pub amount: Option<Pence>,
    /// An accounting day
    #[arg(long, value_name = "DATE", value_parser = crate::args::day, conflicts_with_all = ["from", "to"])]
    pub day: Option<NaiveDate>,
    /// The first accounting day
    #[arg(long, value_name = "DATE", value_parser = crate::args::day)]
    pub from: Option<NaiveDate>,
    /// The last accounting day
    #[arg(long, value_name = "DATE", value_parser = crate::args::day)]
    pub to: Option<NaiveDate>,
    /// A method of payment's code
    #[arg(long, value_name = "CODE")]
    pub method: Option<String>,
    /// An office's code
    #[arg(long, value_name = "CODE")]
    pub office: Option<String>,
    /// The file it came in, by its id
    #[arg(long, value_name = "ID", value_parser = crate::args::id::<ImportId>)]
    pub import: Option<ImportId>,
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub limit: i64,
    /// Only those older than this one, by its id
    #[arg(long, value_name = "ID", value_parser = crate::args::id::<ReceiptId>)]
    pub before: Option<ReceiptId>,
    /// Write all that is found into a file for a spreadsheet, however many
    #[arg(long, value_name = "FILE.csv", conflicts_with = "limit")]
    pub csv: Option<PathBuf>,
}

pub(super) async fn run(
    args: &FindArgs,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    let find = FindReceipts {
        number: args.number.map(|number| number.to_string()),
        reference: args.reference.as_ref().map(|text| text.trim().to_uppercase()),
        fund: args.fund.clone(),
        amount: args.amount,
        from: args.day.or(args.from),
        to: args.day.or(args.to),
        method: args.method.clone(),
        office: args.office.clone(),
        import: args.import,
    };
    if let Some(out) = &args.csv {
        return found_csv::write(&books, &find, args.before, out).await;
    }
    let found = books.find_receipts(&find, args.before, args.limit).await?;
    let answer = Answer::of(json!({ "receipts": found.iter().map(as_json).collect::<Vec<_>>() }));
    Ok(if found.is_empty() { answer.say("no receipt was found") } else { table(answer, &found) })
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
