//! In whatever order answers and notices of a payment come, and however often each:
//! once paid is paid, and it is one payment.

use super::{Report, Suite, keyed::read as read_keyed, notices::read};
use crate::{Event, Heard, News, Order, OutOfTurn, Status, StatusName, Tidings};

/// Something that was told of a payment, and the order it was told of.
struct Told<'s> {
    source: &'static str,
    order: &'s Order,
    event: Event,
}

impl Suite<'_> {
    pub(super) fn check_arrival(&self, report: &mut Report) {
        let told = self.told_of_payments();
        for paid in told.iter().filter(|one| matches!(one.event.what(), Heard::Paid(_))) {
            let others = told.iter().filter(|other| other.order == paid.order);
            let others = one_of_each(others);
            let silence = Event::silent();
            let mut events: Vec<(&str, &Event)> =
                others.iter().map(|one| (one.source, &one.event)).collect();
            events.push(("silence", &silence));
            for (nth, first) in events.iter().enumerate() {
                for second in events.iter().skip(nth) {
                    let key = paid.order.key();
                    three_in_any_order(report, key, [(paid.source, &paid.event), *first, *second]);
                }
            }
        }
    }

    /// What answers and verified notices tell of payments.
    fn told_of_payments(&self) -> Vec<Told<'_>> {
        let mut told = Vec::new();
        for one in &self.replies {
            if let Ok(event) = self.event(one, &one.order) {
                told.push(Told { source: one.source, order: &one.order, event });
            }
        }
        let abilities = self.provider.abilities();
        let mut heard = |source, order, news: Option<Vec<News>>| {
            for news in news.unwrap_or_default() {
                let Tidings::Payment(said) = news.what else { continue };
                if let Ok(event) = said.of(order, self.now) {
                    told.push(Told { source, order, event });
                }
            }
        };
        if let Some(notices) = abilities.notices {
            for one in &self.notices {
                heard(one.source, &one.order, read(notices, &one.delivery, one));
            }
        }
        if let Some(keyed) = abilities.keyed_notices {
            for one in &self.keyed {
                heard(one.source, &one.order, read_keyed(keyed, &one.delivery, one));
            }
        }
        told
    }
}

/// One of those that lead to the same status and source: more tell nothing more.
fn one_of_each<'t>(told: impl Iterator<Item = &'t Told<'t>>) -> Vec<&'t Told<'t>> {
    let mut found: Vec<(&'static str, StatusName, &Told<'_>)> = Vec::new();
    for one in told {
        let Ok(after) = Status::Created.after(one.event.clone()) else { continue };
        let is_there = |(source, name, _): &(&str, StatusName, _)| {
            *source == one.source && *name == after.name()
        };
        if !found.iter().any(is_there) {
            found.push((one.source, after.name(), one));
        }
    }
    found.into_iter().map(|(_, _, one)| one).collect()
}

fn three_in_any_order(report: &mut Report, key: &str, told: [(&str, &Event); 3]) {
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let inturn = order.into_iter().filter_map(|at: usize| told.get(at).copied());
        let ends = lived(key, inturn.map(|(_, event)| event));
        let shown = || format!("{ends:?} after {order:?} of {told:?}");
        report.that(ends.is_some(), "one payment has one name", shown);
        // Of another payment's money nothing more is to be said.
        let holds = ends.is_none_or(|ends| ends == StatusName::Captured);
        report.that(holds, "the order of arrival is no matter", shown);
    }
}

/// How a payment ends that hears all of it, each twice; none where some of it is about
/// another payment. What cannot be is for a person, and changes nothing.
fn lived<'e>(key: &str, told: impl Iterator<Item = &'e Event>) -> Option<StatusName> {
    let mut status = Status::Created;
    for event in told {
        for _ in 0..2 {
            match after(key, status.clone(), event) {
                Ok(after) => status = after,
                Err(OutOfTurn::AnotherPayment { .. }) => return None,
                Err(OutOfTurn::Contradicts { .. }) => {}
            }
        }
    }
    Some(status.name())
}

/// The status after it. Our own key stands for a payment until it is named.
fn after(key: &str, status: Status, event: &Event) -> Result<Status, OutOfTurn> {
    match status.clone().after(event.clone()) {
        Err(OutOfTurn::AnotherPayment { ours, theirs }) if ours == key => {
            if matches!(status, Status::Captured(_)) {
                return Ok(status);
            }
            named(status, theirs).after(event.clone())
        }
        other => other,
    }
}

fn named(status: Status, provider_ref: String) -> Status {
    match status {
        Status::Started { next, .. } => Status::Started { provider_ref, next },
        Status::Pending { .. } => Status::Pending { provider_ref },
        Status::Authorised { transaction, .. } => Status::Authorised { provider_ref, transaction },
        Status::Unknown { .. } => Status::Unknown { provider_ref: Some(provider_ref) },
        kept @ (Status::Created
        | Status::Captured(_)
        | Status::Failed { .. }
        | Status::Cancelled
        | Status::Expired
        | Status::Errored { .. }) => kept,
    }
}
