//! Lists of disputes: each by its name, its payment and where it stands.

use chrono::DateTime;

use super::{Report, Suite};
use crate::{DisputeState, Reply, STERLING, Span};

#[derive(Debug)]
pub(super) struct RecordedDisputes {
    pub(super) source: &'static str,
    pub(super) reply: Reply,
    pub(super) rows: Vec<Option<(String, DisputeState)>>,
}

impl Suite<'_> {
    /// A page of disputes, row by row: its name and where it stands. None for a row
    /// that does not read.
    #[must_use]
    pub fn disputed(
        mut self,
        source: &'static str,
        reply: Reply,
        rows: &[Option<(&str, DisputeState)>],
    ) -> Self {
        let rows = rows.iter().map(|row| row.map(|(name, state)| (name.to_owned(), state)));
        self.disputes.push(RecordedDisputes { source, reply, rows: rows.collect() });
        self
    }

    pub(super) fn check_disputes(&self, report: &mut Report) {
        let Some(disputes) = self.provider.abilities().disputes else {
            let none = self.disputes.is_empty();
            report.that(none, "an ability is claimed where it is tried", || "disputes".to_owned());
            return;
        };
        let ask = |from: i64, after: Option<&str>| {
            let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap_or(self.now);
            disputes.disputes(Span { from: at(from), to: self.now }, after, self.now)
        };
        self.check_list_asking(report, "disputes", (0, 86_400), &ask);
        for recorded in &self.disputes {
            let (source, reply) = (recorded.source, &recorded.reply);
            let page = disputes.disputed(reply);
            self.keeps_secrets(report, "a list", &format!("{page:?}"));
            self.check_list_faults(report, source, reply, &|reply| {
                disputes.disputed(reply).map(|page| page.rows.len())
            });
            let Ok(page) = page else {
                report.that(false, "a list says what it should", || format!("{source}: {page:?}"));
                continue;
            };
            let next = (None, page.after.as_deref());
            self.check_next_page(report, source, next, &|after| ask(0, after));
            let of = |row: &Result<crate::SaidDispute, _>| {
                row.as_ref().ok().map(|said| (said.dispute_ref.clone(), said.state))
            };
            let told: Vec<_> = page.rows.iter().map(of).collect();
            report.that(told == recorded.rows, "a list says what it should", || {
                format!("{source}: {told:?}, not {:?}", recorded.rows)
            });
            for said in page.rows.iter().flatten() {
                let is_whole = !said.provider_ref.is_empty() && said.amount.0.is_positive();
                let is_sterling = said.amount.1.eq_ignore_ascii_case(STERLING);
                report.that(is_whole && is_sterling, "a dispute names its payment", || {
                    format!("{source}: {said:?}")
                });
            }
        }
    }
}
