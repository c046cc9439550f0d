use chrono::{DateTime, Utc};
use clap::Args;
use ims_app::Stand;
use serde_json::json;

use crate::{
    Answer, CliError, Desk, Globals,
    answer::counted,
    desk::{instant, minute},
};

/// Which account, and when.
#[derive(Args, Clone, Debug)]
pub struct AccountArgs {
    /// The fund's code
    #[arg(long)]
    pub fund: String,
    /// The account reference in it
    #[arg(long, value_name = "REF")]
    pub reference: String,
    /// As the books stood at the end of this day, or at this instant [default: now]
    #[arg(long, value_name = "DATE|TIME", value_parser = crate::args::as_at)]
    pub as_at: Option<DateTime<Utc>>,
}

pub(super) async fn run(
    args: &AccountArgs,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    let at = args.as_at.unwrap_or_else(|| desk.world.now());
    let (fund, reference) = (&args.fund, args.reference.trim().to_uppercase());
    let stood = books.account_stood(fund, &reference, Stand::Instant(at)).await?;
    let document = json!({
        "fund": fund, "reference": reference, "as_at": instant(at), "lines": stood.lines,
        "amount_pence": stood.amount, "vat_pence": stood.vat,
    });
    let lines = counted(stood.lines, "receipt line", "receipt lines");
    let words = format!("{fund} {reference} at {}: {lines}, {}", minute(at), stood.amount);
    Ok(Answer::of(document).say(words))
}
