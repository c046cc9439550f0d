use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use ims_money::Pence;
use proptest::prelude::*;

use super::*;
use crate::{Order, Said, Saying};

fn event_of(provider_ref: &str, at: DateTime<Utc>, saying: Saying) -> Event {
    let order = Order::of("p-1", Pence::new(100), "", "https://council.example/back").unwrap();
    let said = Said::new(provider_ref, saying).about("p-1").for_amount(Pence::new(100), "GBP");
    said.of(&order, at).unwrap()
}

fn event(saying: Saying) -> Event {
    event_of("p1", DateTime::UNIX_EPOCH, saying)
}

fn accepted() -> Event {
    event(Saying::Accepted { next: Some(NextStep::redirect("https://p")) })
}

fn every_event() -> Vec<Event> {
    vec![
        accepted(),
        event(Saying::Waiting),
        event(Saying::Authorised { transaction: None }),
        event(Saying::paid(None)),
        event(Saying::refused("declined")),
        event(Saying::Cancelled),
        event(Saying::Expired),
        event(Saying::broke("down")),
        Event::silent(),
    ]
}

fn every_status() -> Vec<Status> {
    let all = every_event();
    let mut statuses = vec![Status::Created, Status::Unknown { provider_ref: None }];
    statuses.extend(all.into_iter().take(8).map(|event| Status::Created.after(event).unwrap()));
    statuses
}

#[test]
fn the_whole_table() {
    let mut table = format!("{:<11}", "");
    for event in every_event() {
        write!(table, "{:<11}", event.what().name()).unwrap();
    }
    for status in every_status() {
        write!(table, "\n{status:<11}").unwrap();
        for event in every_event() {
            let cell = match status.clone().after(event) {
                Ok(after) if after == status => ".".to_owned(),
                Ok(after) => after.to_string(),
                Err(_) => "refused".to_owned(),
            };
            write!(table, "{cell:<11}").unwrap();
        }
    }
    let table: Vec<&str> = table.lines().map(str::trim_end).collect();
    assert_eq!(table.join("\n"), TABLE.trim_matches('\n'));
}

/// A row for each status, a column for each event; `.` is no change.
const TABLE: &str = r"
           accepted   waiting    authorised paid       refused    cancelled  expired    broke      silent
created    started    pending    authorised captured   failed     cancelled  expired    errored    unknown
unknown    started    pending    authorised captured   failed     cancelled  expired    errored    .
started    .          pending    authorised captured   failed     cancelled  expired    errored    unknown
pending    .          .          authorised captured   failed     cancelled  expired    errored    unknown
authorised .          .          .          captured   failed     cancelled  expired    errored    unknown
captured   .          .          .          .          refused    refused    refused    refused    .
failed     .          .          .          captured   .          .          .          .          .
cancelled  .          .          .          captured   .          .          .          .          .
expired    .          .          .          captured   .          .          .          .          .
errored    .          .          .          captured   .          .          .          .          .
";

#[test]
fn every_status_has_its_word() {
    for (status, name) in every_status().iter().zip(StatusName::ALL) {
        assert_eq!((status.name(), name.as_str().parse()), (name, Ok(name)));
    }
    assert!("paid".parse::<StatusName>().is_err());
}

#[test]
fn silence_forgets_nothing_that_was_known() {
    let unknown = Status::Created.after(event(Saying::Waiting)).unwrap();
    let unknown = unknown.after(Event::silent()).unwrap();
    assert_eq!(unknown, Status::Unknown { provider_ref: Some("p1".to_owned()) });
    let other = event_of("p2", DateTime::UNIX_EPOCH, Saying::paid(None));
    assert_eq!(
        unknown.after(other).unwrap_err().to_string(),
        "the payment is `p1` at the provider, but the answer is about `p2`"
    );
}

#[test]
fn a_payment_not_named_is_known_by_our_reference() {
    let started = Status::Created.after(accepted()).unwrap();
    let order = Order::of("p-1", Pence::new(100), "", "https://council.example/back").unwrap();
    let said = Said::unnamed(Saying::paid(None)).about("p-1").for_amount(Pence::new(100), "GBP");
    let paid = started.after(said.of(&order, DateTime::UNIX_EPOCH).unwrap()).unwrap();
    assert_eq!(paid.provider_ref(), Some("p1"));
}

/// Two payments under one reference: the second is never taken for the first.
#[test]
fn other_money_under_the_same_reference_is_another_payment() {
    let order = Order::of("p-1", Pence::new(100), "", "https://council.example/back").unwrap();
    let paid = |transaction: Option<&str>| {
        let transaction = transaction.map(str::to_owned);
        let saying = Saying::Paid(crate::Paying { transaction, ..crate::Paying::default() });
        let said = Said::unnamed(saying).about("p-1").for_amount(Pence::new(100), "GBP");
        said.of(&order, DateTime::UNIX_EPOCH).unwrap()
    };
    let captured = Status::Created.after(paid(Some("t1"))).unwrap();
    for same in [Some("t1"), None, Some("p-1")] {
        assert_eq!(captured.clone().after(paid(same)), Ok(captured.clone()), "{same:?}");
    }
    let (ours, theirs) = ("t1".to_owned(), "t2".to_owned());
    let another = Err(OutOfTurn::AnotherPayment { ours, theirs });
    assert_eq!(captured.after(paid(Some("t2"))), another);
    // What it is called may be told later than that it was taken.
    let unnamed = Status::Created.after(paid(None)).unwrap();
    assert_eq!(unnamed.clone().after(paid(Some("t2"))), Ok(unnamed));
}

#[test]
fn the_first_time_of_payment_is_kept() {
    let captured = Status::Created.after(event(Saying::paid(None))).unwrap();
    let again = event_of("p1", DateTime::<Utc>::MAX_UTC, Saying::paid(None));
    assert_eq!(captured.clone().after(again), Ok(captured));
}

#[test]
fn money_taken_is_not_talked_away() {
    let captured = Status::Created.after(event(Saying::paid(None))).unwrap();
    assert_eq!(
        captured.after(event(Saying::Expired)).unwrap_err().to_string(),
        "the payment is captured, so it cannot be expired now; ask the provider which is true"
    );
}

proptest! {
    /// Whatever order they come in, however often, and whatever is lost: a
    /// payment somebody said was paid is paid, and no other is.
    #[test]
    fn paid_if_and_only_if_somebody_said_so(
        told in prop::collection::vec(prop::sample::select(every_event()), 0..12),
    ) {
        let last = told.iter().cloned().fold(Status::Created, |status, event| {
            status.clone().after(event).unwrap_or(status)
        });
        let said_paid = told.iter().any(|event| event.what().name() == "paid");
        prop_assert_eq!(last.name() == StatusName::Captured, said_paid);
    }
}
