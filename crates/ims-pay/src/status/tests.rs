use std::fmt::Write as _;

use super::*;

fn name() -> String {
    "p1".to_owned()
}

fn every_status() -> Vec<Status> {
    vec![
        Status::Created,
        Status::Unknown { provider_ref: None },
        Status::Started { provider_ref: name(), next_url: "https://p".to_owned() },
        Status::Pending { provider_ref: name() },
        Status::Authorised { provider_ref: name() },
        Status::Captured { provider_ref: name(), at: DateTime::UNIX_EPOCH },
        Status::Failed { reason: "declined".to_owned() },
        Status::Cancelled,
        Status::Expired,
        Status::Errored { reason: "down".to_owned() },
    ]
}

fn every_event() -> Vec<Event> {
    vec![
        Event::Accepted { provider_ref: name(), next_url: "https://p".to_owned() },
        Event::Waiting { provider_ref: name() },
        Event::Authorised { provider_ref: name() },
        Event::Paid { provider_ref: name(), at: DateTime::UNIX_EPOCH },
        Event::Refused { reason: "declined".to_owned() },
        Event::Cancelled,
        Event::Expired,
        Event::Broke { reason: "down".to_owned() },
        Event::Silent,
    ]
}

#[test]
fn the_whole_table() {
    let mut table = format!("{:<11}", "");
    for event in every_event() {
        write!(table, "{:<11}", event.name()).unwrap();
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
fn silence_forgets_nothing_that_was_known() {
    let pending = Status::Pending { provider_ref: name() };
    let unknown = pending.after(Event::Silent).unwrap();
    assert_eq!(unknown, Status::Unknown { provider_ref: Some(name()) });
    let other = Event::Paid { provider_ref: "p2".to_owned(), at: DateTime::UNIX_EPOCH };
    assert_eq!(
        unknown.after(other).unwrap_err().to_string(),
        "the payment is `p1` at the provider, but the answer is about `p2`"
    );
}

#[test]
fn the_first_time_of_payment_is_kept() {
    let captured = Status::Captured { provider_ref: name(), at: DateTime::UNIX_EPOCH };
    let again = Event::Paid { provider_ref: name(), at: DateTime::<Utc>::MAX_UTC };
    assert_eq!(captured.clone().after(again), Ok(captured));
}

#[test]
fn money_taken_is_not_talked_away() {
    let captured = Status::Captured { provider_ref: name(), at: DateTime::UNIX_EPOCH };
    assert_eq!(
        captured.after(Event::Expired).unwrap_err().to_string(),
        "the payment is captured, so it cannot be expired now; ask the provider which is true"
    );
}
