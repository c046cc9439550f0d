use clap::Args;
use ims_ledger::ReceiptNumber;
use ims_money::Pence;
use serde_json::json;

use crate::{Answer, CliError, Desk, Globals};

/// A fee to be charged.
#[derive(Args, Clone, Debug)]
pub struct FeeArgs {
    /// The payment's receipt number
    pub number: ReceiptNumber,
    /// The code of a method of payment of kind fee
    #[arg(long, value_name = "CODE")]
    pub method: String,
    /// How much, in pounds
    #[arg(long, value_name = "POUNDS")]
    pub amount: Pence,
}

pub(super) async fn run(
    args: &FeeArgs,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    let number = args.number.to_string();
    let charged = books.charge_fee(&number, &args.method, args.amount).await?;
    let sealed = desk.seal(&books).await;
    let document = json!({
        "payment": number, "receipt": charged.receipt, "fund": charged.fund,
        "reference": charged.reference, "amount_pence": args.amount, "before": charged.before,
    });
    let words = if charged.before {
        format!("charged before as receipt {}; nothing changed", charged.receipt)
    } else {
        format!(
            "{} charged to {} {} as receipt {}",
            args.amount, charged.fund, charged.reference, charged.receipt
        )
    };
    Ok(Answer::of(document).say(words).exit(sealed))
}
