//! Settlements: every line, each adding up, in a payout that can be known again.

use chrono::{Days, NaiveDate};
use ims_ledger::SettlementKind;
use ims_money::Pence;

use super::{Report, Suite, damage};
use crate::{PayoutPiece, ProviderError, Reply, Request, Settled, Settlements};

#[derive(Debug)]
pub(super) struct RecordedSettlement {
    pub(super) source: &'static str,
    pub(super) after: Option<&'static str>,
    pub(super) reply: Reply,
    pub(super) lines: Vec<Option<(SettlementKind, Pence)>>,
}

impl Suite<'_> {
    /// A page of a settlement, asked for `after` a page, line by line: what it is, and
    /// what it brings once what is charged for it is taken off; none where a payout does
    /// not read.
    #[must_use]
    pub fn settled(
        mut self,
        source: &'static str,
        after: Option<&'static str>,
        reply: Reply,
        lines: &[Option<(SettlementKind, Pence)>],
    ) -> Self {
        self.settlements.push(RecordedSettlement { source, after, reply, lines: lines.to_vec() });
        self
    }

    pub(super) fn check_settlements(&self, report: &mut Report) {
        let Some(settlements) = self.provider.abilities().settlements else {
            let none = self.settlements.is_empty();
            report
                .that(none, "an ability is claimed where it is tried", || "settlements".to_owned());
            return;
        };
        let day = |days: i64| {
            let days = Days::new(u64::try_from(days).unwrap_or_default());
            NaiveDate::default().checked_add_days(days).unwrap_or_default()
        };
        let ask = |from: i64, after: Option<&str>| -> Result<Request, ProviderError> {
            settlements.settlement(day(from), self.now.date_naive(), after, self.now)
        };
        self.check_list_asking(report, "settlements", (0, 1), &ask);
        for recorded in &self.settlements {
            self.check_settled(report, settlements, recorded);
            let page = settlements.settled(recorded.after, &recorded.reply);
            let after = page.ok().and_then(|page| page.after);
            let next = (recorded.after, after.as_deref());
            self.check_next_page(report, recorded.source, next, &|after| ask(0, after));
        }
    }

    fn check_settled(
        &self,
        report: &mut Report,
        settlements: &dyn Settlements,
        recorded: &RecordedSettlement,
    ) {
        let (source, after) = (recorded.source, recorded.after);
        let page = settlements.settled(after, &recorded.reply);
        self.keeps_secrets(report, "a settlement", &format!("{page:?}"));
        let told = page.as_ref().map(|page| {
            let pieces = page.rows.iter().filter(|it| !matches!(it, PayoutPiece::Whole { .. }));
            let lines = pieces.map(|it| it.line().map(|row| (row.line.kind, row.line.net)));
            lines.collect::<Vec<_>>()
        });
        let holds = told.as_ref().is_ok_and(|told| *told == recorded.lines);
        report.that(holds, "a settlement says what it should", || {
            format!("{source}: {told:?}, not {:?}", recorded.lines)
        });
        for row in page.iter().flat_map(|page| &page.rows).filter_map(PayoutPiece::line) {
            let is_known = row.payout.payout.is_some() || row.payout.date.is_some();
            report.that(is_known, "a payout can be known again", || format!("{source}: {row:?}"));
            let is_named = !row.line.provider_ref.is_empty();
            report.that(is_named, "a line names its payment", || format!("{source}: {row:?}"));
            report.that(adds_up(row), "a line adds up", || format!("{source}: {row:?}"));
        }
        self.check_list_faults(report, source, &recorded.reply, &|reply| {
            all_read(settlements.settled(after, reply)?.rows)
        });
        for copy in damage::flipped(&recorded.reply.body.0) {
            let shown = String::from_utf8_lossy(&copy).into_owned();
            let read = settlements.settled(after, &Reply::new(recorded.reply.status, copy));
            let holds = read
                .map_or(true, |page| page.rows.iter().filter_map(PayoutPiece::line).all(adds_up));
            report
                .that(holds, "a damaged line adds up, or is none", || format!("{source}: {shown}"));
        }
    }
}

/// How many lines there are, unless something of them does not read.
fn all_read(pieces: Vec<PayoutPiece>) -> Result<usize, ProviderError> {
    let mut lines = 0_usize;
    for piece in pieces {
        match piece {
            PayoutPiece::Line(_) => lines = lines.saturating_add(1),
            PayoutPiece::Unread { why, .. } => return Err(why),
            PayoutPiece::Whole { .. } => {}
        }
    }
    Ok(lines)
}

fn adds_up(row: &Settled) -> bool {
    row.line.gross.checked_sub(row.line.fee) == Some(row.line.net)
}
