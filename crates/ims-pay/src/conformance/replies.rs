//! What is answered: each says what it should of its own order and nothing of
//! any other, and damaged answers say nothing new.

use ims_money::Pence;

use super::{Question, Recorded, Report, Suite, asking::other_key, damage};
use crate::{Event, Heard, Order, ProviderError, Reply, Said, Saying, Status, StatusName};

impl Suite<'_> {
    pub(super) fn check_replies(&self, report: &mut Report) {
        for recorded in &self.replies {
            self.says_what_it_should(report, recorded);
            self.faults_are_no_events(report, recorded);
            self.damage_says_nothing_new(report, recorded);
        }
        self.order_of_arrival_is_no_matter(report);
        for question in [Question::Ask, Question::Look] {
            for body in damage::STRANGE {
                let read = self.read(question, &Reply::new(200, *body));
                report.that(read.is_err(), "what is no answer is not read as one", || {
                    format!("{question:?}: {:?}", String::from_utf8_lossy(body))
                });
            }
        }
    }

    fn read(&self, to: Question, reply: &Reply) -> Result<Said, ProviderError> {
        match to {
            Question::Ask => self.provider.asked(reply),
            Question::Look => self.provider.looked(reply),
        }
    }

    pub(super) fn event(&self, recorded: &Recorded, order: &Order) -> Result<Event, ProviderError> {
        self.read(recorded.to, &recorded.reply)?.of(order, self.now)
    }

    fn says_what_it_should(&self, report: &mut Report, recorded: &Recorded) {
        let event = self.event(recorded, &recorded.order);
        self.keeps_secrets(report, "what is said", &format!("{event:?}"));
        let after = event.map(|event| Status::Created.after(event).map(|after| after.name()));
        let holds = after == Ok(Ok(recorded.wanted));
        report.that(holds, "an answer says what it should", || {
            format!("{}: {after:?}, not {}", recorded.source, recorded.wanted)
        });
        self.silence_is_no_end(report, recorded);
        self.another_order_is_no_event(report, recorded);
        self.twice_is_once(report, recorded);
    }

    fn another_order_is_no_event(&self, report: &mut Report, recorded: &Recorded) {
        if !matches!(recorded.wanted, StatusName::Captured | StatusName::Authorised) {
            return;
        }
        let (key, amount) = (recorded.order.key(), recorded.order.amount());
        let by = |pence| amount.checked_add(Pence::new(pence)).unwrap_or(amount);
        let of = |key: &str, amount| Order::of(key, amount, "", recorded.order.return_url());
        let others =
            [of(key, by(1)), of(key, by(-1)), of(key, by(100)), of(&other_key(key), amount)];
        for other in others.into_iter().flatten() {
            let event = self.event(recorded, &other);
            let raised = event.as_ref().is_err_and(ProviderError::is_exception);
            report.that(raised, "another amount or order is an exception", || {
                format!("{}: {event:?}", recorded.source)
            });
        }
    }

    fn twice_is_once(&self, report: &mut Report, recorded: &Recorded) {
        let event = || self.event(recorded, &recorded.order).ok();
        let once = event().and_then(|event| Status::Created.after(event).ok());
        let twice = once.clone().and_then(|once| once.after(event()?).ok());
        report.that(once.is_some() && once == twice, "said twice is said once", || {
            recorded.source.to_owned()
        });
    }

    fn silence_is_no_end(&self, report: &mut Report, recorded: &Recorded) {
        let silent = Status::Created.after(Event::silent()).ok();
        let after = silent
            .zip(self.event(recorded, &recorded.order).ok())
            .and_then(|(unknown, event)| unknown.after(event).ok());
        let holds = after.is_some_and(|after| after.name() == recorded.wanted);
        report.that(holds, "after a timeout an answer counts all the same", || {
            recorded.source.to_owned()
        });
    }

    /// The same words with an HTTP status of refusal are no event, and those that
    /// say "later" are to be asked again.
    fn faults_are_no_events(&self, report: &mut Report, recorded: &Recorded) {
        for status in [301, 400, 401, 403, 408, 409, 412, 422, 425, 429, 500, 502, 503, 504] {
            let reply = Reply { status, ..recorded.reply.clone() };
            let read = self.read(recorded.to, &reply);
            self.keeps_secrets(report, "a fault", &format!("{read:?}"));
            let later = is_later(status);
            let holds = match &read {
                Ok(_) => false,
                Err(error) => !later || error.may_be_asked_again(),
            };
            report.that(holds, "a fault is no event", || {
                format!("{}: HTTP {status}: {read:?}", recorded.source)
            });
        }
    }

    fn damage_says_nothing_new(&self, report: &mut Report, recorded: &Recorded) {
        let Ok(whole) = self.read(recorded.to, &recorded.reply) else { return };
        let body = &recorded.reply.body.0;
        for copy in damage::cut(body) {
            let length = copy.len();
            let read = self.read(recorded.to, &Reply::new(recorded.reply.status, copy));
            let holds = read.as_ref().map_or(true, |said| *said == whole || !says_money(said));
            report.that(holds, "an answer cut off says nothing of money", || {
                format!("{}: cut at {length}: {read:?}", recorded.source)
            });
        }
        let was_paid = says_money(&whole);
        for copy in damage::flipped(body) {
            let shown = String::from_utf8_lossy(&copy).into_owned();
            let read = self.read(recorded.to, &Reply::new(recorded.reply.status, copy));
            let event = read.and_then(|said| said.of(&recorded.order, self.now));
            let paid = event.is_ok_and(|event| matches!(event.what(), Heard::Paid(_)));
            report.that(was_paid || !paid, "a damaged answer pays for nothing", || {
                format!("{}: {shown}", recorded.source)
            });
        }
    }

    fn order_of_arrival_is_no_matter(&self, report: &mut Report) {
        let paid = self.replies.iter().filter(|one| one.wanted == StatusName::Captured);
        for one in paid {
            for other in self.replies.iter().filter(|other| other.order == one.order) {
                for (first, second) in [(one, other), (other, one)] {
                    let ends = self.both(first, second);
                    // Two answers that contradict each other are for a person.
                    let holds = ends.is_none_or(|end| end == StatusName::Captured);
                    report.that(holds, "the order of arrival is no matter", || {
                        format!("{} with {}", first.source, second.source)
                    });
                }
            }
        }
    }

    fn both(&self, first: &Recorded, second: &Recorded) -> Option<StatusName> {
        let first = self.event(first, &first.order).ok()?;
        let second = self.event(second, &second.order).ok()?;
        let after = Status::Created.after(first).ok()?.after(second).ok()?;
        Some(after.name())
    }
}

/// Statuses that say nothing of what was asked: it may have happened, or still will.
pub(super) const fn is_later(status: u16) -> bool {
    matches!(status, 408 | 409 | 425 | 429 | 500..)
}

const fn says_money(said: &Said) -> bool {
    matches!(said.saying(), Saying::Paid(_) | Saying::Authorised { .. })
}
