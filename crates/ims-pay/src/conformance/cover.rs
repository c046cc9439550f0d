//! That enough was tried: an adapter whose refusals nobody recorded has not been
//! tried on refusals.

use super::{Question, Report, Suite, heeded::What};
use crate::{AgreementState, Ask, Order, StatusName, Take};

impl Suite<'_> {
    /// A list that is never seen to go on may end after its first page, unseen.
    fn tries_pages(&self, tried: &mut impl FnMut(bool, &str)) {
        let abilities = self.provider.abilities();
        if let Some(searches) = abilities.searches {
            let next = |reply| searches.found(reply).is_ok_and(|page| page.after.is_some());
            tried(
                self.searches.iter().any(|one| next(&one.reply)),
                "list of payments that goes on",
            );
        }
        if let Some(settlements) = abilities.settlements {
            let next = self.settlements.iter().any(|one| {
                let page = settlements.settled(one.after, &one.reply);
                page.is_ok_and(|page| page.after.is_some())
            });
            tried(next, "settlement that goes on");
        }
        if let Some(disputes) = abilities.disputes {
            let next = |reply| disputes.disputed(reply).is_ok_and(|page| page.after.is_some());
            tried(
                self.disputes.iter().any(|one| next(&one.reply)),
                "list of disputes that goes on",
            );
        }
    }

    pub(super) fn check_cover(&self, report: &mut Report) {
        let named = self.replies.iter().map(|one| one.source);
        let named = named.chain(self.notices.iter().map(|one| one.source));
        let named = named.chain(self.keyed.iter().map(|one| one.source));
        let named = named.chain(self.vectors.iter().map(|(source, ..)| *source));
        let named = named.chain(self.heeded.iter().map(|one| one.source));
        let named = named.chain(self.searches.iter().map(|one| one.source));
        let named = named.chain(self.settlements.iter().map(|one| one.source));
        let named = named.chain(self.disputes.iter().map(|one| one.source));
        let named = named.chain(self.agreements.iter().map(|one| one.source));
        let named = named.chain(self.ends.iter().map(|one| one.source));
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
        // Where a notice says held at most, that is what it says of money.
        let mut notices = self.notices.iter();
        let paid = notices.any(|one| ["captured", "authorised"].contains(&one.wanted));
        tried(abilities.notices.is_none() || paid, "notice of money");
        let signed = !self.vectors.is_empty() || self.no_vector.is_some_and(|why| !why.is_empty());
        tried(abilities.notices.is_none() || signed, "published signature, or why there is none");
        let of = |what: What| self.heeded.iter().any(|one| one.what == what);
        tried(abilities.captures.is_none() || of(What::Capture), "answer to taking what is held");
        // What is to be taken later was not taken yet.
        let later = |order: &Order| order.when_taken() == Take::Later;
        let mut replies = self.replies.iter();
        let held = replies.any(|one| later(&one.order) && one.wanted == StatusName::Authorised);
        let mut notices = self.notices.iter();
        let held = held || notices.any(|one| later(&one.order) && one.wanted == "authorised");
        tried(abilities.captures.is_none() || held, "payment that is to be taken later, and held");
        tried(abilities.cancels.is_none() || of(What::Cancel), "answer to calling off");
        let searches = self.searches.iter();
        let has_search = searches.map(|one| one.rows.len()).any(|rows| rows > 0);
        tried(abilities.searches.is_none() || has_search, "list of payments");
        let settlements = self.settlements.iter();
        let has_settlement = settlements.map(|one| one.lines.len()).any(|lines| lines > 0);
        tried(abilities.settlements.is_none() || has_settlement, "settlement with a line");
        self.tries_pages(&mut tried);
        let has_dispute = self.disputes.iter().map(|one| one.rows.len()).any(|rows| rows > 0);
        tried(abilities.disputes.is_none() || has_dispute, "list of disputes");
        let has = |state| self.agreements.iter().any(|one| one.wanted == state);
        let states = [AgreementState::Created, AgreementState::Active, AgreementState::Ended];
        let has_agreements = states.into_iter().all(has) && !self.ends.is_empty();
        tried(
            abilities.agreements.is_none() || has_agreements,
            "agreement of each state, and its end",
        );
    }
}
