//! Schedules: one credit explained by many lines, whoever sends it.

use chrono::NaiveDate;
use ims_files::Schedule;
use ims_ledger::{Channel, IncomingReceipt, Method, ScheduleLine};
use ims_money::Pence;

use super::{
    Part, Posted,
    alike::remark_on_alike,
    bad,
    place::place,
    receipts::{Money, Rows, expected_total, take, wanted},
};
use crate::{AppError, Result};

pub(super) async fn post(mut part: Part<'_>) -> Result<Posted> {
    let reading = part.reading;
    for schedule in &reading.contents.schedules {
        post_one(&mut part, schedule).await?;
    }
    Ok(Posted::Done)
}

/// The channel whose files name this sender.
pub(super) fn channel_of<'a>(part: &Part<'a>, sender: &str) -> Result<&'a Channel> {
    let mut channels = part.settings.council.channel.iter();
    channels.find(|channel| channel.sender.eq_ignore_ascii_case(sender)).ok_or_else(|| {
        let what = format!(
            "comes from `{sender}`, which no channel has as its sender; give one sender = \"{sender}\" in the configuration"
        );
        bad(&part.reading.file, None, &what)
    })
}

fn method_of<'a>(part: &Part<'a>, channel: &Channel) -> Result<&'a Method> {
    let mut methods = part.settings.council.method.iter();
    methods.find(|method| method.channel == channel.code && !method.disabled).ok_or_else(|| {
        let what = format!("no method of payment goes through channel {}", channel.code);
        bad(&part.reading.file, None, &what)
    })
}

/// The day a schedule is of, when it says.
pub(super) fn day_of(schedule: &Schedule) -> Option<NaiveDate> {
    let last = schedule.lines.iter().filter_map(|line| line.date).max();
    schedule.head.date.or(last)
}

/// Its lines as rows of money.
pub(super) fn rows_of(
    schedule: &Schedule,
    method: &Method,
    day: NaiveDate,
) -> Vec<IncomingReceipt> {
    let row = |line: &ScheduleLine| IncomingReceipt {
        line: line.line,
        date: line.date.unwrap_or(day),
        amount: line.amount,
        reference: line.reference.clone(),
        fund: None,
        method: Some(method.code.to_string()),
        office: None,
        vat_code: None,
        vat: None,
        narrative: line.name.clone(),
        source_ref: None,
        batch: None,
    };
    schedule.lines.iter().map(row).collect()
}

async fn post_one(part: &mut Part<'_>, schedule: &Schedule) -> Result<()> {
    let settings = part.settings;
    let channel = channel_of(part, &schedule.head.sender)?;
    let method = method_of(part, channel)?;
    let day = day_of(schedule).unwrap_or_else(|| part.writer.books.world().today());
    part.check_day(1, day)?;
    let rows = rows_of(schedule, method, day);
    let funds = settings.funds()?;
    let wanted: Vec<_> = rows.iter().map(wanted).collect();
    let placed = place(part.tx, part.writer.books.id(), &funds, &wanted).await?;
    let both: Vec<_> = rows.iter().zip(&placed).collect();
    remark_on_alike(part, (method, day), &schedule.lines, &both).await?;
    let mut ready = Rows::default();
    for (row, placed) in rows.iter().zip(placed) {
        part.check_day(row.line, row.date)?;
        let money =
            Money { row, method: method.code.as_str(), channel: &channel.code, is_expected: false };
        take(part, &settings.council, &mut ready, &money, placed)?;
    }
    let total = Pence::checked_sum(rows.iter().map(|row| row.amount)).ok_or(AppError::Overflow)?;
    if !total.is_zero() {
        let reference = schedule.head.reference.clone().unwrap_or_default();
        let entry = ready.first_entry();
        let waiting =
            expected_total(part, &channel.code, day, total, reference.clone(), reference, entry);
        ready.expect(waiting);
    }
    ready.add(part).await
}
