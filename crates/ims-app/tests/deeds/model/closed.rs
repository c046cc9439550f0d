//! Days, months and exports: closed, opened again, acknowledged.

use chrono::{Days, NaiveDate};
use ims_app::{Ack, Books, ExportKind, Period};
use ims_ledger::id::{ApprovalId, ExportId};

use super::{Life, doing::Again, shadow::Waiting, step::Says};
use crate::deeds::town::april;

/// An export.
pub(super) struct Export {
    id: ExportId,
    kind: ExportKind,
    bytes: Vec<u8>,
    /// The days it has: after the first, through the second.
    days: (Option<NaiveDate>, NaiveDate),
    said: Option<(Ack, String)>,
    is_replaced: bool,
}

impl Export {
    fn is_rejected(&self) -> bool {
        matches!(self.said, Some((Ack::Rejected, _)))
    }

    fn has(&self, day: NaiveDate) -> bool {
        self.days.0.is_none_or(|after| after < day) && day <= self.days.1
    }
}

impl Life {
    pub(super) async fn close_day(&mut self) {
        let today = self.shadow.today();
        let was = self.shadow.closed_through;
        let deed = async |books: &Books| books.close_day(today).await;
        let done = self.does(&self.town.books, Again::Same, deed).await.unwrap();
        assert_eq!(done.day, today);
        self.shadow.closed_through = was.max(Some(today));
    }

    pub(super) async fn close_month(&mut self) {
        let month = Period::of(april(1));
        let is_possible = self.shadow.closed_through >= Some(month.last_day());
        let deed = async |books: &Books| books.close_period(month).await;
        match self.does(&self.town.books, Again::Same, deed).await {
            Ok(_) => {
                assert!(is_possible, "a month was closed before its last day");
                if !self.shadow.closed_months.contains(&month) {
                    self.shadow.closed_months.push(month);
                }
            }
            Err(error) => {
                assert!(error.is_refusal(), "{error:?}");
                assert!(!is_possible, "{error}");
            }
        }
    }

    /// Whether a day can be opened again.
    fn may_open(&self, day: NaiveDate) -> bool {
        let mut holding = self.shadow.exports.iter();
        self.shadow.closed_through >= Some(day)
            && !self.shadow.closed_months.iter().any(|month| *month >= Period::of(day))
            && !holding.any(|export| !export.is_rejected() && export.days.1 >= day)
    }

    pub(super) async fn reopen_day(&mut self, days_ago: u64, says: Says) {
        let today = self.shadow.today();
        let day = today.checked_sub_days(Days::new(days_ago)).unwrap();
        let key = self.shadow.key();
        let is_possible = self.may_open(day);
        let deed = async |books: &Books| books.ask_reopen_day(day, "late", Some(&key)).await;
        match self.does(&self.town.books, Again::Same, deed).await {
            Ok(asked) => {
                assert!(is_possible, "{day} may be opened again");
                self.decide(Waiting::Day(asked, day), says).await;
            }
            Err(error) => {
                assert!(error.is_refusal(), "{error:?}");
                assert!(!is_possible, "{day}: {error}");
            }
        }
    }

    pub(super) async fn decide_day(&mut self, id: ApprovalId, day: NaiveDate, is_yes: bool) {
        let is_possible = !is_yes || self.may_open(day);
        match self.opens(id, is_yes).await {
            Ok(_) if is_yes => {
                assert!(is_possible, "{day} was opened again");
                self.shadow.closed_through = day.pred_opt();
            }
            Ok(_) => {}
            Err(error) => {
                assert!(error.is_refusal(), "{error:?}");
                assert!(!is_possible, "{day}: {error}");
                self.shadow.waiting.push(Waiting::Day(id, day));
            }
        }
    }

    pub(super) async fn reopen_month(&mut self, says: Says) {
        let month = Period::of(april(1));
        let key = self.shadow.key();
        let is_possible = self.shadow.closed_months.contains(&month);
        let deed = async |books: &Books| books.ask_reopen_period(month, "late", Some(&key)).await;
        match self.does(&self.town.books, Again::Same, deed).await {
            Ok(asked) => {
                assert!(is_possible, "{month} may be opened again");
                self.decide(Waiting::Month(asked, month), says).await;
            }
            Err(error) => {
                assert!(error.is_refusal(), "{error:?}");
                assert!(!is_possible, "{month}: {error}");
            }
        }
    }

    pub(super) async fn decide_month(&mut self, id: ApprovalId, month: Period, is_yes: bool) {
        let is_possible = !is_yes || self.shadow.closed_months.contains(&month);
        match self.opens(id, is_yes).await {
            Ok(_) if is_yes => {
                assert!(is_possible, "{month} was opened again");
                self.shadow.closed_months.retain(|closed| *closed != month);
            }
            Ok(_) => {}
            Err(error) => {
                assert!(error.is_refusal(), "{error:?}");
                assert!(!is_possible, "{month}: {error}");
                self.shadow.waiting.push(Waiting::Month(id, month));
            }
        }
    }

    /// Of each series every closed day that no standing export has, in one file
    /// or, where one was rejected between others, in several.
    pub(super) async fn export(&mut self) {
        for kind in self.town.books.export_kinds().await.unwrap() {
            while self.export_once(&kind).await {}
        }
    }

    async fn export_once(&mut self, kind: &ExportKind) -> bool {
        let missing = self.missing(kind);
        let known = self.town.books.exports(500).await.unwrap().len();
        let deed = async |books: &Books| books.make_export(kind).await;
        let made = self.does(&self.town.books, Again::Same, deed).await.unwrap();
        // Where the answer was lost, the list has it.
        let states = self.town.books.export_states(500).await.unwrap();
        let found =
            states.iter().find(|one| !self.shadow.exports.iter().any(|e| e.id == one.row.id));
        assert_eq!(states.len() - known, usize::from(!missing.is_empty()), "{kind:?} {missing:?}");
        let Some(found) = found else {
            assert!(made.is_none());
            return false;
        };
        let days = (found.row.after_day, found.row.through_day);
        let again = self.town.books.export_again(found.row.id).await.unwrap();
        let numbers = self.shadow.exports.iter().filter(|one| one.kind == *kind).count();
        assert_eq!(found.row.number, i64::try_from(numbers).unwrap() + 1);
        let export = Export {
            id: found.row.id,
            kind: kind.clone(),
            bytes: again.bytes,
            days,
            said: None,
            is_replaced: false,
        };
        for (day, is_missing) in self.days() {
            let is_missing = is_missing && missing.contains(&day);
            assert!(is_missing || !export.has(day), "{day} was exported twice, or open");
        }
        assert!(missing.iter().any(|day| export.has(*day)), "no closed day is in it");
        let shares = |old: &Export| missing.iter().any(|day| old.has(*day) && export.has(*day));
        for old in self.shadow.exports.iter_mut().filter(|old| old.kind == *kind) {
            old.is_replaced |= old.is_rejected() && shares(old);
        }
        self.shadow.exports.push(export);
        true
    }

    /// Every day of this life and before, and whether it is closed.
    fn days(&self) -> Vec<(NaiveDate, bool)> {
        let today = self.shadow.today();
        let is_closed = |day| self.shadow.closed_through >= Some(day);
        april(1)
            .iter_days()
            .take_while(|day| *day <= today)
            .map(|day| (day, is_closed(day)))
            .collect()
    }

    /// The closed days that no standing export of a series has.
    fn missing(&self, kind: &ExportKind) -> Vec<NaiveDate> {
        let standing = |export: &&Export| export.kind == *kind && !export.is_rejected();
        let standing: Vec<_> = self.shadow.exports.iter().filter(standing).collect();
        let days = self.days().into_iter().filter(|(_, is_closed)| *is_closed);
        let has = |day: &NaiveDate| standing.iter().any(|export| export.has(*day));
        days.map(|(day, _)| day).filter(|day| !has(day)).collect()
    }

    pub(super) async fn acknowledge(&mut self, which: usize, is_accepted: bool) {
        let Some(at) = which.checked_rem(self.shadow.exports.len()) else { return };
        let ack = if is_accepted { Ack::Accepted } else { Ack::Rejected };
        let export = &self.shadow.exports[at];
        // The same as was said before is known; anything else stands.
        let (reference, is_possible) = match &export.said {
            Some((said, reference)) => (reference.clone(), *said == ack),
            None => (self.shadow.key(), true),
        };
        let id = self.shadow.exports[at].id;
        let deed = async |books: &Books| books.acknowledge_export(id, ack, &reference, "why").await;
        match self.does(&self.town.books, Again::Same, deed).await {
            Ok(_) => {
                assert!(is_possible, "second thoughts were recorded");
                self.shadow.exports[at].said = Some((ack, reference));
            }
            Err(error) => {
                assert!(error.is_refusal(), "{error:?}");
                assert!(!is_possible, "{error}");
            }
        }
    }

    /// Byte for byte, unless another took its place.
    pub(super) async fn reissue(&mut self, which: usize) {
        let Some(at) = which.checked_rem(self.shadow.exports.len()) else { return };
        let export = &self.shadow.exports[at];
        match self.town.books.reissue_export(export.id).await {
            Ok(again) => {
                assert_eq!(again.bytes, export.bytes);
                assert!(!export.is_replaced, "an export was had again whose place another took");
            }
            Err(error) => {
                assert!(error.is_refusal(), "{error:?}");
                assert!(export.is_replaced, "{error}");
            }
        }
    }

    /// What the standing journals come to.
    pub(super) async fn journalled(&self) -> i64 {
        let states = self.town.books.export_states(500).await.unwrap();
        let journals = states.iter().filter(|one| one.row.kind == "ledger-journal");
        journals.filter(|one| !one.is_rejected()).map(|one| one.row.debit.get()).sum()
    }
}
