//! Lists of payments: each row as a look would say it, and no row hides another.

use chrono::DateTime;
use ims_money::Pence;

use super::{Report, Suite, asking::other_key, damage};
use crate::{
    Event, Heard, Order, Page, ProviderError, Reply, Said, Searches, Span, Status, StatusName,
};

#[derive(Debug)]
pub(super) struct RecordedSearch {
    pub(super) source: &'static str,
    pub(super) reply: Reply,
    pub(super) rows: Vec<Option<(Order, StatusName)>>,
}

type Found = Page<Result<Said, ProviderError>>;

impl Suite<'_> {
    /// A page of a search, row by row: of which order it is, and what a new payment
    /// under it is after that. None for a row that does not read.
    #[must_use]
    pub fn found(
        mut self,
        source: &'static str,
        reply: Reply,
        rows: &[Option<(&Order, StatusName)>],
    ) -> Self {
        let rows = rows.iter().map(|row| row.map(|(order, wanted)| (order.clone(), wanted)));
        self.searches.push(RecordedSearch { source, reply, rows: rows.collect() });
        self
    }

    pub(super) fn check_searches(&self, report: &mut Report) {
        let Some(searches) = self.provider.abilities().searches else {
            let none = self.searches.is_empty();
            report.that(none, "an ability is claimed where it is tried", || "searches".to_owned());
            return;
        };
        let ask = |from: i64, after: Option<&str>| {
            let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap_or(self.now);
            searches.search(Span { from: at(from), to: self.now }, after, self.now)
        };
        self.check_list_asking(report, "payments", (0, 86_400), &ask);
        for recorded in &self.searches {
            let (source, reply) = (recorded.source, &recorded.reply);
            let page = searches.found(reply);
            self.keeps_secrets(report, "a list", &format!("{page:?}"));
            self.check_list_faults(report, source, reply, &|reply| {
                searches.found(reply).map(|page| page.rows.len())
            });
            let Ok(page) = page else {
                report.that(false, "a list says what it should", || format!("{source}: {page:?}"));
                continue;
            };
            let next = (None, page.after.as_deref());
            self.check_next_page(report, source, next, &|after| ask(0, after));
            self.check_found(report, recorded, &page);
            self.damaged_rows_pay_for_nothing(report, searches, recorded);
        }
    }

    fn check_found(&self, report: &mut Report, recorded: &RecordedSearch, page: &Found) {
        let all = page.rows.len() == recorded.rows.len();
        report.that(all, "a list has all its rows", || {
            format!("{}: {} and not {}", recorded.source, page.rows.len(), recorded.rows.len())
        });
        for (row, wanted) in page.rows.iter().zip(&recorded.rows) {
            let (Ok(said), Some((order, wanted))) = (row, wanted) else {
                let holds = row.is_err() && wanted.is_none();
                report.that(holds, "a list says what it should", || {
                    format!("{}: {row:?}", recorded.source)
                });
                continue;
            };
            let after = self.of(said, order).map(|event| Status::Created.after(event));
            let holds = matches!(&after, Ok(Ok(after)) if after.name() == *wanted);
            report.that(holds, "a list says what it should", || {
                format!("{}: {after:?}, not {wanted}", recorded.source)
            });
            if *wanted != StatusName::Captured {
                continue;
            }
            let more = order.amount().checked_add(Pence::new(1)).unwrap_or(order.amount());
            let back = order.return_url();
            let others = [
                Order::of(order.key(), more, "", back),
                Order::of(&other_key(order.key()), order.amount(), "", back),
            ];
            for other in others.into_iter().flatten() {
                let raised = self.of(said, &other).is_err_and(|error| error.is_exception());
                report.that(raised, "another amount or order is an exception", || {
                    format!("{}: {}", recorded.source, order.key())
                });
            }
        }
    }

    fn of(&self, said: &Said, order: &Order) -> Result<Event, ProviderError> {
        said.clone().of(order, self.now)
    }

    fn damaged_rows_pay_for_nothing(
        &self,
        report: &mut Report,
        searches: &dyn Searches,
        recorded: &RecordedSearch,
    ) {
        let rows = || recorded.rows.iter().flatten();
        let is_paid = |order: &Order| {
            rows().any(|(other, wanted)| other == order && *wanted == StatusName::Captured)
        };
        let unpaid: Vec<&Order> =
            rows().map(|(order, _)| order).filter(|order| !is_paid(order)).collect();
        for copy in damage::flipped(&recorded.reply.body.0) {
            let shown = String::from_utf8_lossy(&copy).into_owned();
            let read = searches.found(&Reply::new(recorded.reply.status, copy));
            let rows = read.map(|page| page.rows).unwrap_or_default();
            let paid = rows.iter().flatten().any(|said| {
                let is_paid = |event: Event| matches!(event.what(), Heard::Paid(_));
                unpaid.iter().any(|order| self.of(said, order).is_ok_and(is_paid))
            });
            report.that(!paid, "a damaged list pays for nothing", || {
                format!("{}: {shown}", recorded.source)
            });
        }
    }
}
