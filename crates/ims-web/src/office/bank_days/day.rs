//! A day of a bank account: what explains its lines, what is open on both sides and how
//! old, who signed it.

use askama::Template;
use axum::{
    extract::{Path, Query},
    http::StatusCode,
    response::Response,
};
use chrono::NaiveDate;
use ims_app::{Ageing, BankDay, BankDayLine, LineStands, Permission};
use ims_ledger::id::LineId;
use ims_money::Pence;
use serde::Deserialize;

use super::{
    super::{id, names::Names, one_page, place},
    day_of, href,
    lines::Way,
    sign::{Signing, mark},
};
use crate::{
    desk::Desk,
    fault::Fault,
    form::{Errors, Further, address, percent_encoded},
    page::{self, Page, Place},
    show as written,
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    after: String,
    matched: String,
}

/// What a form that was sent leaves to be told.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) errors: Errors,
    /// What was written into the form.
    pub(super) note: String,
    /// Which page of the open lines.
    pub(super) after: String,
    /// The line that was just matched.
    pub(super) matched: String,
}

#[derive(Template)]
#[template(path = "office/bank_day.html")]
struct DayPage {
    page: Page,
    errors: Errors,
    /// The address of this page, and of the account's days.
    here: String,
    list: String,
    day: BankDay,
    count: i64,
    total: Pence,
    ways: Vec<Way>,
    open: Vec<OpenRow>,
    open_count: i64,
    further: Further,
    after: String,
    ages: Vec<Aged>,
    csrf: String,
    /// The line that was just matched, if it is.
    matched: Option<LineId>,
    may_match: bool,
    signing: Signing,
}

impl DayPage {
    /// What the bank says of a line, where this day still has it.
    fn said(&self, line: &LineId) -> &str {
        let says = self.day.words.get(line).map(|words| words.says.as_str());
        says.filter(|says| !says.is_empty()).unwrap_or("The bank line")
    }
}

/// A line that waits for somebody to decide.
struct OpenRow {
    line: LineId,
    booked_on: NaiveDate,
    amount: Pence,
    says: String,
    /// Whether it went to suspense when its day closed.
    is_suspense: bool,
    proposals: Vec<Proposal>,
}

/// What may explain it.
struct Proposal {
    rule: String,
    why: String,
    likely: String,
    /// Whether both sides come to the same: no other can be accepted.
    is_equal: bool,
    mark: String,
}

/// How old something is that is open.
struct Aged {
    what: String,
    href: Option<String>,
    /// How many, and how much, of each age; and in all.
    cells: Vec<String>,
}

/// The day.
pub(super) async fn show(
    desk: Desk,
    Path((bank, day)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    let told = Told { after: asked.after, matched: asked.matched, ..Told::default() };
    shown(&desk, &bank, day_of(&day)?, told).await
}

/// The page of a day, with what a form that was sent leaves to be told.
pub(super) async fn shown(
    desk: &Desk,
    bank: &str,
    on: NaiveDate,
    told: Told,
) -> Result<Response, Fault> {
    let day = desk.books.bank_day(bank, on).await?;
    let names = Names::of(&desk.books).await?;
    let here = href(bank, on);
    let open = open_rows(&day);
    let open_count = i64::try_from(open.len()).unwrap_or(i64::MAX);
    let after = place::<LineId>(&told.after)?;
    // A line that was explained in the meantime is gone: the list begins again.
    let from = after.and_then(|id| open.iter().position(|row| row.line == id));
    let (open, has_more) =
        one_page(open.into_iter().skip(from.map_or(0, |at| at.saturating_add(1))).collect());
    let last = open.last().filter(|_| has_more).map(|row| row.line.to_string());
    let Told { errors, note, after: _, matched } = told;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let title = format!("{}, {}", day.name, written::day(on));
    let template = DayPage {
        page: Page::of(desk, Some(Place::Reconciliation), title).with_errors(!errors.is_empty()),
        signing: Signing::of(desk, &day, mark(&day)?, (&note, &errors)),
        errors,
        list: format!("/office/reconciliation/{}", percent_encoded(bank)),
        count: i64::try_from(day.facts.lines.len()).unwrap_or(i64::MAX),
        total: total(&day.facts.lines),
        ways: Way::of(&day, &here),
        open,
        open_count,
        further: Further {
            first: after.map(|_| here.clone()),
            next: last.map(|last| address(&here, &[("after", &last)])),
        },
        after: after.map(|id| id.to_string()).unwrap_or_default(),
        ages: ages(&day, &names),
        csrf: desk.session.csrf.clone(),
        matched: matched_now(desk, &matched).await?,
        may_match: desk.may(Permission::Reconcile),
        here,
        day,
    };
    Ok(page::html(status, &template))
}

/// What the lines come to; nothing where that is beyond what an amount can hold.
pub(super) fn total(lines: &[BankDayLine]) -> Pence {
    Pence::checked_sum(lines.iter().map(|line| line.amount_pence)).unwrap_or_default()
}

/// Lines that wait for somebody: those of earlier days first, then the day's own, and
/// those in suspense for which something is proposed.
fn open_rows(day: &BankDay) -> Vec<OpenRow> {
    let facts = &day.facts;
    let earlier = facts.earlier.iter().map(|it| (it.line, it.booked_on, it.amount_pence, false));
    let own = facts.lines.iter().filter_map(|it| {
        let is_suspense = matches!(it.stands, LineStands::Suspense { .. });
        let is_listed =
            it.stands.is_open() || (is_suspense && day.proposals.contains_key(&it.line));
        is_listed.then_some((it.line, facts.day, it.amount_pence, is_suspense))
    });
    let row = |(line, booked_on, amount, is_suspense)| OpenRow {
        line,
        booked_on,
        amount,
        says: day.words.get(&line).map(|words| words.says.clone()).unwrap_or_default(),
        is_suspense,
        proposals: proposals(day, line),
    };
    earlier.chain(own).map(row).collect()
}

fn proposals(day: &BankDay, line: LineId) -> Vec<Proposal> {
    let found = day.proposals.get(&line).into_iter().flatten();
    let shown = |one: &ims_app::ProposedMatch| Proposal {
        rule: written::upper(&one.rule),
        why: written::sentence(&one.reason),
        likely: written::share(i64::from(one.basis_points), 10_000).unwrap_or_default(),
        is_equal: one.is_equal,
        mark: one.mark.clone(),
    };
    found.map(shown).collect()
}

fn ages(day: &BankDay, names: &Names) -> Vec<Aged> {
    let what = "Bank lines that nothing explains".to_owned();
    let bank = Aged { what, href: None, cells: cells(&day.facts.unmatched) };
    let waiting = day.facts.waiting.iter().map(|(channel, ages)| Aged {
        what: format!("Expected: {}", names.channel(channel)),
        href: Some(format!("/office/expected/{}", percent_encoded(channel))),
        cells: cells(ages),
    });
    std::iter::once(bank).chain(waiting).collect()
}

fn cells(ages: &Ageing) -> Vec<String> {
    let bands = ages.count.iter().copied().zip(ages.amount_pence);
    let cells = bands.chain([(ages.items(), ages.total())]);
    cells.map(|(count, sum)| format!("{count}: {}", written::money(sum))).collect()
}

/// The line of that id, if something explains it: what a page says was done is in the
/// books.
async fn matched_now(desk: &Desk, text: &str) -> Result<Option<LineId>, Fault> {
    if text.is_empty() {
        return Ok(None);
    }
    let line: LineId = id(text, "bank line")?;
    let explained = desk.books.explain_line(line).await?;
    let is_matched = explained.explanations.iter().any(|one| one.set.undone_at.is_none());
    Ok(is_matched.then_some(line))
}
