//! The lines of a day that stand alike: what a rule matched, what is in suspense.

use askama::Template;
use axum::{
    extract::{Path, Query},
    http::StatusCode,
    response::Response,
};
use ims_app::{BankDay, BankDayLine, LineStands, LineWords};
use ims_ledger::id::LineId;
use ims_money::Pence;
use serde::Deserialize;

use super::{
    super::{one_page, place},
    day::total,
    day_of, href,
};
use crate::{
    desk::Desk,
    fault::Fault,
    form::{Further, address},
    page::{self, Page, Place},
    show as written,
};

/// Where a rule's name stands in an address, so that no rule is taken for a state.
const RULE: &str = "rule ";

/// How many lines stand in a way, and what they come to.
pub(super) struct Way {
    pub(super) words: String,
    pub(super) href: String,
    pub(super) lines: i64,
    pub(super) total: Pence,
}

impl Way {
    /// Every way in which lines of the day stand: what explains most of them first, then
    /// what is in suspense and what is open.
    pub(super) fn of(day: &BankDay, here: &str) -> Vec<Self> {
        let mut found: Vec<(String, Vec<&BankDayLine>)> = Vec::new();
        for line in &day.facts.lines {
            let key = key(&line.stands);
            match found.iter_mut().find(|(known, _)| *known == key) {
                Some((_, lines)) => lines.push(line),
                None => found.push((key, vec![line])),
            }
        }
        found.sort_by_key(|(key, lines)| (rank(key), std::cmp::Reverse(lines.len()), key.clone()));
        let way = |(key, lines): (String, Vec<&BankDayLine>)| Self {
            words: words(&key),
            href: address(&format!("{here}/lines"), &[("by", &key)]),
            lines: i64::try_from(lines.len()).unwrap_or(i64::MAX),
            total: total(&lines.into_iter().cloned().collect::<Vec<_>>()),
        };
        found.into_iter().map(way).collect()
    }
}

fn key(stands: &LineStands) -> String {
    match stands {
        LineStands::Matched { rule, .. } => format!("{RULE}{rule}"),
        LineStands::Suspense { .. } => "suspense".to_owned(),
        LineStands::Proposed { .. } => "proposed".to_owned(),
        LineStands::Unmatched => "unmatched".to_owned(),
        LineStands::Nothing => "nothing".to_owned(),
    }
}

fn rank(key: &str) -> usize {
    let last = ["nothing", "suspense", "proposed", "unmatched"];
    last.iter().position(|state| *state == key).map_or(0, |at| at.saturating_add(1))
}

fn words(key: &str) -> String {
    match key {
        "suspense" => "In suspense".to_owned(),
        "proposed" => "Open, with something proposed".to_owned(),
        "unmatched" => "Open, with nothing proposed".to_owned(),
        "nothing" => "Moves nothing".to_owned(),
        rule => format!("Matched: {}", rule.strip_prefix(RULE).unwrap_or(rule)),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    by: String,
    after: String,
}

#[derive(Template)]
#[template(path = "office/bank_day_lines.html")]
struct LinesPage {
    page: Page,
    back: String,
    words: String,
    count: i64,
    total: Pence,
    lines: Vec<(BankDayLine, LineWords)>,
    further: Further,
}

/// One page of those lines, each with the way to what explains it.
pub(super) async fn show(
    desk: Desk,
    Path((bank, day)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    let on = day_of(&day)?;
    let mut day = desk.books.bank_day_to_sign(&bank, on).await?;
    let mut lines = std::mem::take(&mut day.facts.lines);
    lines.retain(|line| key(&line.stands) == asked.by);
    let (count, total) = (i64::try_from(lines.len()).unwrap_or(i64::MAX), total(&lines));
    let after = place::<LineId>(&asked.after)?;
    let from = after.and_then(|id| lines.iter().position(|line| line.line == id));
    let rest = lines.split_off(from.map_or(0, |at| at.saturating_add(1)));
    let (lines, has_more) = one_page(rest);
    let last = lines.last().filter(|_| has_more).map(|line| line.line.to_string());
    let here = href(&bank, on);
    let again =
        |after: &str| address(&format!("{here}/lines"), &[("by", &asked.by), ("after", after)]);
    let words = words(&asked.by);
    let with_words = |line: BankDayLine| {
        let words = day.words.remove(&line.line).unwrap_or_default();
        (line, words)
    };
    let title = format!("{}, {}: {}", day.name, written::day(on), words);
    let template = LinesPage {
        page: Page::of(&desk, Some(Place::Reconciliation), title),
        further: Further { first: after.map(|_| again("")), next: last.map(|last| again(&last)) },
        back: here,
        words,
        count,
        total,
        lines: lines.into_iter().map(with_words).collect(),
    };
    Ok(page::html(StatusCode::OK, &template))
}
