//! Rows that may be money of another day's file once more: their sender gives a day to the
//! file only, and sent the row again under another. A payer may pay the same twice, so
//! they are posted, and named for a person to look at.

use std::collections::HashMap;

use chrono::{Days, NaiveDate};
use ims_ledger::{IncomingReceipt, Method, ScheduleLine};
use ims_money::Pence;
use ims_store::CameLine;

use super::{
    Part,
    named::{LINES_MAX, remark_on_more},
    place::Placed,
};
use crate::Result;

/// How many days the two may lie apart: what is paid week by week is no money once more.
const DAYS_APART_MAX: u64 = 6;

/// Remarks on rows without a day of their own that are like one of another day's file.
pub(super) async fn remark_on_alike(
    part: &mut Part<'_>,
    (method, day): (&Method, NaiveDate),
    lines: &[ScheduleLine],
    placed: &[(&IncomingReceipt, &Placed<'_>)],
) -> Result<()> {
    let mut dayless = Vec::new();
    for (line, (row, placed)) in lines.iter().zip(placed) {
        if let Placed::Account { fund, reference, .. } = placed
            && line.date.is_none()
            && !row.amount.is_zero()
        {
            dayless.push((*row, fund.code.as_str(), reference.as_str()));
        }
    }
    let mut asked: Vec<String> = dayless.iter().map(|(.., it)| (*it).to_owned()).collect();
    asked.sort_unstable();
    asked.dedup();
    let apart = Days::new(DAYS_APART_MAX);
    let days =
        (day.checked_sub_days(apart).unwrap_or(day), day.checked_add_days(apart).unwrap_or(day));
    let council = part.writer.books.id();
    let came = part.tx.came_to(council, &asked, method.code.as_str(), days).await?;
    let mut by_account: HashMap<(&str, &str, Pence), Vec<&CameLine>> = HashMap::new();
    for it in &came {
        by_account.entry((&it.fund, &it.reference, it.amount)).or_default().push(it);
    }
    let alike = dayless.iter().filter_map(|(row, fund, reference)| {
        let came = by_account.get(&(*fund, *reference, row.amount))?;
        came.iter().find(|it| it.happened_on != row.date).map(|it| (*row, *it))
    });
    let alike: Vec<(&IncomingReceipt, &CameLine)> = alike.collect();
    for (row, it) in alike.iter().take(LINES_MAX) {
        part.tally.remark(format!(
            "line {}: possible duplicate of receipt {}: {} to {} {} of {}, in {} of {}",
            row.line,
            it.receipt,
            row.amount,
            it.fund,
            it.reference,
            it.happened_on,
            it.file_name,
            it.imported_at.date_naive()
        ));
    }
    remark_on_more(part, alike.iter().map(|(row, _)| row.line));
    Ok(())
}
