//! That enough was tried: an adapter whose refusals nobody recorded has not been
//! tried on refusals.

use super::{Question, Report, Suite};
use crate::{Ask, StatusName};

impl Suite<'_> {
    pub(super) fn check_cover(&self, report: &mut Report) {
        let named = self.replies.iter().map(|one| one.source);
        let named = named.chain(self.notices.iter().map(|one| one.source));
        let named = named.chain(self.keyed.iter().map(|one| one.source));
        let named = named.chain(self.vectors.iter().map(|(source, ..)| *source));
        let mut named = named.chain(self.refunds.iter().map(|one| one.source));
        report.that(
            !named.any(|source| source.trim().is_empty()),
            "every exchange names its source",
            String::new,
        );
        report.that(!self.secrets.is_empty(), "a secret to look for is given", String::new);
        if self.unverified.is_some_and(|why| !why.is_empty()) {
            return;
        }
        let any = |to: Question, wanted: &[StatusName]| {
            self.replies.iter().any(|one| one.to == to && wanted.contains(&one.wanted))
        };
        let handed = matches!(self.provider.ask(&self.order, self.now), Ok(Ask::Hand(_)));
        let started = handed || any(Question::Ask, &StatusName::ALL);
        let mut tried = |holds: bool, what: &str| {
            report.that(holds, "every kind of answer was tried", || format!("no {what}"));
        };
        tried(started, "answer to asking");
        tried(any(Question::Look, &[StatusName::Captured]), "look at a payment that was paid");
        let not_paid =
            [StatusName::Failed, StatusName::Cancelled, StatusName::Expired, StatusName::Errored];
        tried(any(Question::Look, &not_paid), "look at a payment that was not paid");
        let abilities = self.provider.abilities();
        tried(abilities.refunds.is_none() || !self.refunds.is_empty(), "answer to a refund");
        tried(abilities.notices.is_none() || !self.notices.is_empty(), "notice");
    }
}
