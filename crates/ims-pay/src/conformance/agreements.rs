//! Agreements: asked for and looked at, what is said of one is no other's, and what is
//! no answer is no consent.

use super::{Report, Suite, asking::all_of, damage};
use crate::{
    Agreeing, AgreementState, Agreements, Ask, NewAgreement, ProviderError, Reply, Request,
};

/// Statuses that are no answer, whatever stands beside them: a refused key for one.
const FAULTS: [u16; 10] = [400, 401, 403, 404, 409, 412, 422, 429, 500, 503];

/// A published test number.
const CARD: &str = "4111111111111111";

/// A name that must be escaped in an address.
const STRANGE: &str = "a/b?c&d#e<f>\"'";

#[derive(Debug)]
pub(super) struct RecordedAgreement {
    pub(super) source: &'static str,
    agreement_ref: String,
    reply: Reply,
    pub(super) wanted: AgreementState,
}

#[derive(Debug)]
pub(super) struct RecordedEnd {
    pub(super) source: &'static str,
    reply: Reply,
}

impl Suite<'_> {
    /// An answer to having asked for the agreement that the provider calls so, or to a
    /// look at it: where it is `wanted` to stand.
    #[must_use]
    pub fn agreed(
        mut self,
        source: &'static str,
        agreement_ref: &str,
        reply: Reply,
        wanted: AgreementState,
    ) -> Self {
        let agreement_ref = agreement_ref.to_owned();
        self.agreements.push(RecordedAgreement { source, agreement_ref, reply, wanted });
        self
    }

    /// An answer that an agreement ends.
    #[must_use]
    pub fn agreement_ended(mut self, source: &'static str, reply: Reply) -> Self {
        self.ends.push(RecordedEnd { source, reply });
        self
    }

    pub(super) fn check_agreements(&self, report: &mut Report) {
        let Some(agreements) = self.provider.abilities().agreements else {
            let none = self.agreements.is_empty() && self.ends.is_empty();
            let what = || "agreements".to_owned();
            report.that(none, "an ability is claimed where it is tried", what);
            return;
        };
        self.asks_for_agreements(report, agreements);
        self.asks_about_agreements(report, agreements);
        self.asks_under_agreements(report);
        for recorded in &self.agreements {
            self.says_where_it_stands(report, agreements, recorded);
            self.faults_are_no_agreement(report, recorded.source, &recorded.reply, &|reply| {
                agreements.agreed(reply).map(drop)
            });
        }
        for body in damage::STRANGE {
            let read = agreements.agreed(&Reply::new(200, *body));
            report.that(read.is_err(), "what is no agreement is not read as one", || {
                format!("{:?}", String::from_utf8_lossy(body))
            });
        }
        for recorded in &self.ends {
            let read = agreements.ended(&recorded.reply);
            report.that(read.is_ok(), "a consent says what it should", || {
                format!("{}: ending an agreement: {read:?}", recorded.source)
            });
            self.faults_are_no_agreement(report, recorded.source, &recorded.reply, &|reply| {
                agreements.ended(reply).map(drop)
            });
        }
    }

    fn asks_for_agreements(&self, report: &mut Report, agreements: &dyn Agreements) {
        let new = |reference: &str, description: &str| NewAgreement {
            reference: reference.to_owned(),
            description: description.to_owned(),
            payer_id: None,
        };
        let asked = |new: &NewAgreement| agreements.agree(new, self.now);
        let first = asked(&new("a-1", "Rent"));
        self.keeps_secrets(report, "asking for an agreement", &format!("{first:?}"));
        let tls = first.as_ref().is_ok_and(|request| request.url.starts_with("https://"));
        report.that(tls, "everything goes over TLS", || format!("an agreement: {first:?}"));
        let whole = |asked: Result<Request, ProviderError>| asked.map(|it| all_of(&it));
        let first = whole(first);
        report.that(
            first == whole(asked(&new("a-1", "Rent"))),
            "the same agreement is the same request",
            || "asked twice, it differs".to_owned(),
        );
        report.that(
            first != whole(asked(&new("a-2", "Rent"))),
            "another agreement is another request",
            || "with another reference it is the same".to_owned(),
        );
        let card = CARD.to_owned();
        for new in [
            new(CARD, "Rent"),
            new("a-1", &format!("Rent {CARD}")),
            NewAgreement { payer_id: Some(card), ..new("a-1", "Rent") },
        ] {
            let asked = asked(&new);
            report.that(asked.is_err(), "a card number is given to nobody", || {
                format!("an agreement: {new:?}")
            });
        }
    }

    fn asks_about_agreements(&self, report: &mut Report, agreements: &dyn Agreements) {
        let (look, end) = (
            |name: &str| agreements.look_at_agreement(name, self.now),
            |name: &str| agreements.end_agreement(name, self.now),
        );
        for name in ["x-1", STRANGE] {
            for request in [look(name), end(name)] {
                self.keeps_secrets(report, "asking about an agreement", &format!("{request:?}"));
                let tls = request.url.starts_with("https://");
                report.that(tls, "everything goes over TLS", || format!("agreement {name:?}"));
                let escaped = !request.url.contains("?c&d#e<f>");
                let what = || format!("agreement {name:?}");
                report.that(escaped, "a name is escaped in an address", what);
            }
        }
        let differs = all_of(&look("x-1")) != all_of(&look("x-2"))
            && all_of(&end("x-1")) != all_of(&end("x-2"))
            && all_of(&look("x-1")) != all_of(&end("x-1"));
        report.that(differs, "another agreement is another request", || {
            "looked at or ended, it is the same".to_owned()
        });
    }

    /// A payment that sets one up, and one that is taken under it, are told apart from
    /// each other and from any other, and name it.
    fn asks_under_agreements(&self, report: &mut Report) {
        let asked = |agreeing: Option<Agreeing>| {
            let order = agreeing.into_iter().fold(self.order.clone(), crate::Order::under);
            match self.provider.ask(&order, self.now) {
                Ok(Ask::Send(request)) => Some(all_of(&request)),
                Ok(Ask::Hand(_)) | Err(_) => None,
            }
        };
        let set_up = |name: &str| asked(Some(Agreeing::SetUp(name.to_owned())));
        let used = |name: &str| asked(Some(Agreeing::Use(name.to_owned())));
        let all = [asked(None), set_up("x-1"), set_up("x-2"), used("x-1"), used("x-2")];
        let is_asked = all.iter().all(Option::is_some);
        report.that(is_asked, "a payment under an agreement can be asked for", || {
            format!("{:?}", all.iter().map(Option::is_some).collect::<Vec<_>>())
        });
        let apart = (0..all.len()).all(|at| {
            let later = all.iter().skip(at.saturating_add(1));
            later.into_iter().all(|other| all.get(at) != Some(other))
        });
        report.that(apart, "another agreement is another request", || {
            "a payment under it is asked for like another".to_owned()
        });
    }

    fn says_where_it_stands(
        &self,
        report: &mut Report,
        agreements: &dyn Agreements,
        recorded: &RecordedAgreement,
    ) {
        let (source, reply) = (recorded.source, &recorded.reply);
        let said = agreements.agreed(reply);
        self.keeps_secrets(report, "what is said of an agreement", &format!("{said:?}"));
        let told = said.as_ref().map(|said| (said.agreement_ref.as_str(), said.state));
        let wanted = (recorded.agreement_ref.as_str(), recorded.wanted);
        report.that(told == Ok(wanted), "an agreement stands where it should", || {
            format!("{source}: {told:?}, not {wanted:?}")
        });
        for copy in damage::cut(&reply.body.0) {
            let cut = agreements.agreed(&Reply::new(reply.status, copy));
            let holds = cut.is_err() || cut == said;
            report.that(holds, "an answer cut off says nothing of an agreement", || {
                format!("{source}: {cut:?}")
            });
        }
        for copy in damage::flipped(&reply.body.0) {
            let read = agreements.agreed(&Reply::new(reply.status, copy));
            let state = read.map(|read| read.state);
            let holds = state.is_err() || state == Ok(recorded.wanted);
            report.that(holds, "a damaged answer agrees to nothing", || {
                format!("{source}: {state:?}")
            });
        }
    }

    fn faults_are_no_agreement(
        &self,
        report: &mut Report,
        source: &str,
        reply: &Reply,
        read: &dyn Fn(&Reply) -> Result<(), ProviderError>,
    ) {
        for status in FAULTS {
            let read = read(&Reply { status, ..reply.clone() });
            self.keeps_secrets(report, "a fault", &format!("{read:?}"));
            let later = status == 429 || status >= 500;
            let holds = read.as_ref().is_err_and(|it| !later || it.may_be_asked_again());
            report.that(holds, "a fault is no agreement", || {
                format!("{source}: HTTP {status}: {read:?}")
            });
        }
    }
}

#[cfg(test)]
mod tests;
