//! Looking for suspense, and who sees to it.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use clap::{Args, ValueEnum};
use ims_app::{FoundSuspense, SearchSuspense, SuspenseCare, SuspenseStatus};
use ims_ledger::id::{ImportId, SuspenseId};
use ims_money::Pence;
use serde_json::{Value, json};

use super::{as_json, meant, perhaps, with_meant};
use crate::{
    Answer, CliError, Desk, Globals,
    answer::counted,
    desk::{instant, minute},
};

/// What became of items.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Nothing of it is placed.
    Unallocated,
    /// Part of it is placed.
    Part,
    /// Something of it is left.
    Open,
    /// Nothing of it is left.
    Allocated,
    /// Whatever became of it.
    All,
}

impl Status {
    const fn wanted(self) -> SuspenseStatus {
        match self {
            Self::Unallocated => SuspenseStatus::Unallocated,
            Self::Part => SuspenseStatus::Part,
            Self::Open => SuspenseStatus::Open,
            Self::Allocated => SuspenseStatus::Allocated,
            Self::All => SuspenseStatus::All,
        }
    }
}

/// What suspense is looked for by.
#[derive(Args, Clone, Debug)]
pub struct ListArgs {
    /// What became of it [default: open]
    #[arg(long)]
    pub status: Option<Status>,
    /// Known since this day
    #[arg(long, value_name = "DATE", value_parser = crate::args::day)]
    pub from: Option<NaiveDate>,
    /// Known until this day, the day included
    #[arg(long, value_name = "DATE", value_parser = crate::args::day)]
    pub to: Option<NaiveDate>,
    /// Part of the reference it came with
    #[arg(long, value_name = "TEXT")]
    pub reference: Option<String>,
    /// Part of what the payer wrote
    #[arg(long, value_name = "TEXT")]
    pub narrative: Option<String>,
    /// Exactly this amount, in pounds
    #[arg(long, value_name = "POUNDS", allow_hyphen_values = true)]
    pub amount: Option<Pence>,
    /// The file it came in
    #[arg(long, value_name = "ID", value_parser = crate::args::id::<ImportId>)]
    pub import: Option<ImportId>,
    /// Who sees to it
    #[arg(long, value_name = "USER")]
    pub owner: Option<String>,
    /// Its group
    #[arg(long, value_name = "NAME")]
    pub group: Option<String>,
    /// Only what was due before today
    #[arg(long)]
    pub overdue: bool,
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub limit: i64,
    /// Only those after this one
    #[arg(long, value_name = "ID", value_parser = crate::args::id::<SuspenseId>)]
    pub after: Option<SuspenseId>,
}

impl ListArgs {
    fn search(&self, today: NaiveDate) -> SearchSuspense {
        SearchSuspense {
            status: self.status.map(Status::wanted).unwrap_or_default(),
            created_from: self.from.map(midnight),
            created_before: self.to.and_then(|day| day.succ_opt()).map(midnight),
            reference: self.reference.clone(),
            narrative: self.narrative.clone(),
            amount: self.amount,
            import: self.import,
            owner: self.owner.clone(),
            group: self.group.clone(),
            overdue_on: self.overdue.then_some(today),
        }
    }
}

/// When a day begins in London: an hour before that of UTC in summer.
fn midnight(day: NaiveDate) -> DateTime<Utc> {
    let utc = day.and_time(NaiveTime::MIN).and_utc();
    match utc.checked_sub_signed(TimeDelta::hours(1)) {
        Some(summer) if ims_ledger::london_day(summer) == day => summer,
        _ => utc,
    }
}

pub(super) async fn list(
    args: &ListArgs,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let search = args.search(desk.world.today());
    let books = desk.books(globals).await?;
    let items = books.search_suspense(&search, args.after, args.limit).await?;
    let meant = meant(&books, items.iter().map(|found| &found.item)).await?;
    let document = |found: &FoundSuspense| with_meant(found_json(found), &meant, found.item.id);
    let documents: Vec<_> = items.iter().map(document).collect();
    let (count, total, words) = if search == SearchSuspense::default() {
        let (count, total) =
            books.app().store().snapshot().await?.open_suspense_totals(books.council().id).await?;
        let words = match count {
            0 => "suspense is empty".to_owned(),
            count => format!("{} open, {total} left in all", counted(count, "item", "items")),
        };
        (count, total, words)
    } else {
        let left = Pence::checked_sum(items.iter().map(|found| found.item.remaining));
        let total = left.ok_or(ims_app::AppError::Overflow)?;
        let words = match items.len() {
            0 => "no such item was found".to_owned(),
            count => format!("{} found, {total} left of them", counted(count, "item", "items")),
        };
        (i64::try_from(items.len()).unwrap_or(i64::MAX), total, words)
    };
    let document = json!({ "count": count, "remaining_pence": total, "items": documents });
    let rows = items.iter().map(|found| {
        [
            found.item.id.to_string(),
            found.item.happened_on.to_string(),
            found.item.remaining.to_string(),
            found.item.reference.clone(),
            found.item.narrative.clone(),
            found.item.reason.clone(),
            perhaps(&meant, found.item.id),
        ]
    });
    let columns = ["item", "date", ">left", "reference", "narrative", "why", "perhaps"];
    Ok(Answer::of(document).say(words).table(columns, rows))
}

fn found_json(found: &FoundSuspense) -> Value {
    with_care(as_json(&found.item), &found.care)
}

fn with_care(mut document: Value, care: &SuspenseCare) -> Value {
    if let Some(document) = document.as_object_mut() {
        document.insert("owner".to_owned(), json!(care.owner));
        document.insert("due".to_owned(), json!(care.due_on));
        document.insert("group".to_owned(), json!(care.group));
    }
    document
}

/// An item with all that is known of it.
pub(super) async fn show(
    id: SuspenseId,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    let shown = books.suspense_shown(id).await?;
    let mut document = with_care(as_json(&shown.item), &shown.care);
    let allocations = shown.allocations.iter().map(|(row, undone)| {
        json!({
            "id": row.id, "amount_pence": row.amount, "note": row.note, "by": row.by,
            "at": instant(row.at), "match": row.matched,
            "taken_back_by": undone.as_ref().map(|undone| undone.by.clone()),
        })
    });
    let notes = shown
        .notes
        .iter()
        .map(|note| json!({ "note": note.note, "by": note.by, "at": instant(note.at) }));
    if let Some(document) = document.as_object_mut() {
        document.insert("allocations".to_owned(), allocations.collect());
        document.insert("notes".to_owned(), notes.collect());
    }
    let item = &shown.item;
    let mut answer = Answer::of(document).say(format!(
        "{} of {}, {} left: {}",
        item.amount, item.happened_on, item.remaining, item.reason
    ));
    let care = [
        shown.care.owner.as_ref().map(|owner| format!("seen to by {owner}")),
        shown.care.due_on.map(|day| format!("due {day}")),
        shown.care.group.as_ref().map(|group| format!("of group {group}")),
    ];
    let care: Vec<_> = care.into_iter().flatten().collect();
    if !care.is_empty() {
        answer = answer.say(care.join(", "));
    }
    let rows = shown.allocations.iter().map(|(row, undone)| {
        [
            row.id.to_string(),
            minute(row.at),
            row.amount.to_string(),
            row.by.clone(),
            undone.as_ref().map_or_else(String::new, |undone| undone.by.clone()),
            row.note.clone(),
        ]
    });
    let columns = ["allocation", "when", ">amount", "by", "taken back by", "note"];
    answer = answer.table(columns, rows);
    for note in &shown.notes {
        answer = answer.say(format!("{} {}: {}", minute(note.at), note.by, note.note));
    }
    Ok(answer)
}

/// Who sees to an item.
#[derive(Args, Clone, Debug)]
pub struct AssignArgs {
    /// The item's id
    #[arg(value_parser = crate::args::id::<SuspenseId>)]
    pub id: SuspenseId,
    /// Who sees to it
    #[arg(long, value_name = "USER")]
    pub owner: Option<String>,
    /// The last day it should be open
    #[arg(long, value_name = "DATE", value_parser = crate::args::day)]
    pub due: Option<NaiveDate>,
    /// Items that belong together
    #[arg(long, value_name = "NAME")]
    pub group: Option<String>,
    /// Forget what was said before and is not said now
    #[arg(long)]
    pub clear: bool,
}

pub(super) async fn assign(
    args: &AssignArgs,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    let seen = books.suspense_shown(args.id).await?.care;
    let before = if args.clear { SuspenseCare::default() } else { seen.clone() };
    let care = SuspenseCare {
        owner: args.owner.clone().or(before.owner),
        due_on: args.due.or(before.due_on),
        group: args.group.clone().or(before.group),
    };
    books.assign_suspense(args.id, &seen, &care).await?;
    let sealed = desk.seal(&books).await;
    let document = with_care(json!({ "item": args.id }), &care);
    Ok(Answer::of(document).say("noted who sees to it").exit(sealed))
}

pub(super) async fn note(
    id: SuspenseId,
    words: &str,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    let note = books.note_suspense(id, words).await?;
    let sealed = desk.seal(&books).await;
    Ok(Answer::of(json!({ "item": id, "note": note })).say("noted").exit(sealed))
}
