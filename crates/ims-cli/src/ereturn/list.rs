//! Templates and e-returns as lists.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use clap::Args;
use ims_app::{Books, SearchEReturns};
use ims_ledger::EReturnStatus;
use ims_money::Pence;
use serde_json::{Value, json};

use crate::{
    Answer, CliError,
    answer::counted,
    desk::{instant, minute},
};

/// What e-returns are looked for by.
#[derive(Args, Clone, Debug)]
pub struct ListArgs {
    /// Part of the number
    #[arg(long, default_value = "", hide_default_value = true)]
    pub number: String,
    /// The template's code
    #[arg(long, default_value = "", hide_default_value = true)]
    pub template: String,
    /// The office's code
    #[arg(long, default_value = "", hide_default_value = true)]
    pub office: String,
    /// Where it stands; `all` shows void ones too
    #[arg(long, default_value = "", hide_default_value = true,
        value_parser = ["new", "in-progress", "submitted", "returned", "approved", "void", "all", ""])]
    pub status: String,
    /// Made on this day or after
    #[arg(long, value_name = "DATE", value_parser = crate::args::day)]
    pub from: Option<NaiveDate>,
    /// Made on this day or before
    #[arg(long, value_name = "DATE", value_parser = crate::args::day)]
    pub to: Option<NaiveDate>,
    /// What its rows come to, in pounds
    #[arg(long, value_name = "POUNDS")]
    pub total: Option<Pence>,
    /// Part of a name on a cheque, or of the narrative
    #[arg(long, default_value = "", hide_default_value = true)]
    pub name: String,
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub limit: i64,
    /// Only those numbered below this one
    #[arg(long, value_name = "NUMBER", value_parser = plain_number)]
    pub before: Option<i64>,
}

fn plain_number(text: &str) -> Result<i64, String> {
    let digits = text.trim().trim_start_matches(['R', 'r']);
    digits.parse().map_err(|_| "it is not a number; R17 would be".to_owned())
}

/// The beginning of a day, as far as a search needs it.
fn midnight(day: Option<NaiveDate>) -> Option<DateTime<Utc>> {
    day.map(|day| day.and_time(NaiveTime::MIN).and_utc())
}

pub(super) async fn run(args: &ListArgs, books: &Books) -> Result<Answer, CliError> {
    let last = NaiveDate::from_ymd_opt(9999, 1, 1);
    let next = args.to.and_then(|day| day.checked_add_days(Days::new(1)));
    let search = SearchEReturns {
        number: args.number.clone(),
        template: args.template.clone(),
        office: args.office.clone(),
        status: args.status.clone(),
        from: midnight(args.from).unwrap_or(DateTime::UNIX_EPOCH),
        until: midnight(next.or(last)).unwrap_or(DateTime::UNIX_EPOCH),
        total: args.total,
        words: args.name.clone(),
    };
    let found = books.search_ereturns(&search, args.before, args.limit).await?;
    let documents: Vec<Value> = found
        .iter()
        .map(|row| {
            json!({
                "id": row.id, "number": format!("R{}", row.number), "template": row.template,
                "office": row.office, "status": row.status, "version": row.version,
                "rows_pence": row.rows, "counted_pence": row.counted,
                "created_by": row.created_by, "created_at": instant(row.created_at),
            })
        })
        .collect();
    let rows = found.iter().map(|row| {
        let status = EReturnStatus::named(&row.status).map(|status| status.to_string());
        [
            format!("R{}", row.number),
            minute(row.created_at),
            row.template.clone(),
            row.office.clone().unwrap_or_default(),
            status.unwrap_or_default(),
            row.rows.to_string(),
            row.counted.to_string(),
            row.created_by.clone(),
        ]
    });
    let columns = ["e-return", "made", "template", "office", "status", ">rows", ">counted", "by"];
    let answer = Answer::of(json!({ "ereturns": documents }));
    Ok(if found.is_empty() {
        answer.say("no e-return was found")
    } else {
        answer.table(columns, rows)
    })
}

pub(super) async fn templates(books: &Books) -> Result<Answer, CliError> {
    let templates = books.ereturn_templates().await?;
    let lines = templates.iter().flat_map(|template| {
        template.row.iter().zip(1_usize..).map(move |(row, number)| {
            let may = |allowed, what: &'static str| if allowed { what } else { "" };
            let changes = [
                may(row.override_reference, "reference"),
                may(row.override_description, "description"),
                may(row.override_vat, "VAT"),
            ];
            let changes: Vec<_> = changes.into_iter().filter(|what| !what.is_empty()).collect();
            [
                template.code.to_string(),
                number.to_string(),
                row.reference.clone(),
                row.description.clone(),
                row.fund.to_string(),
                row.vat.to_string(),
                changes.join(", "),
            ]
        })
    });
    let columns = ["template", ">row", "reference", "description", "fund", "VAT", "may change"];
    let words = counted(u64::try_from(templates.len()).unwrap_or(0), "template", "templates");
    let document = json!({ "templates": templates });
    Ok(Answer::of(document).say(words).table(columns, lines))
}
