//! How often somebody may try a password, or a number they may be guessing:
//! bounded for each user name and each address, in the memory of this server.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};

/// Tries of one user name in [`MINUTES`].
const TRIES_PER_NAME_MAX: u32 = 10;

/// Tries from one address in [`MINUTES`]: a council's staff may share one.
const TRIES_PER_ADDRESS_MAX: u32 = 100;

/// How long tries are remembered.
const MINUTES: i64 = 15;

/// Names and addresses remembered at once; the oldest is forgotten for a new one.
const REMEMBERED_MAX: usize = 10_000;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Who {
    Name(String),
    Address(IpAddr),
}

/// Tries at signing in.
#[derive(Debug, Default)]
pub(crate) struct SignInLimit {
    tries: Mutex<HashMap<Who, (u32, DateTime<Utc>)>>,
}

impl SignInLimit {
    /// Counts a try, and whether it may go on; if not, in how many minutes.
    ///
    /// It counts before the password is looked at, so that tries made at the
    /// same moment are not free.
    pub(crate) fn try_once(
        &self,
        name: &str,
        address: Option<IpAddr>,
        now: DateTime<Utc>,
    ) -> Result<(), i64> {
        let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        let name = (Who::Name(folded(name)), TRIES_PER_NAME_MAX);
        let address = address.map(|it| (Who::Address(network(it)), TRIES_PER_ADDRESS_MAX));
        let counted = [Some(name), address].into_iter().flatten();
        let waits = counted.filter_map(|(who, max)| count(&mut tries, who, max, now).err());
        // Every count is made, whichever refuses.
        waits.collect::<Vec<_>>().into_iter().max().map_or(Ok(()), Err)
    }

    /// Forgets the tries of a name whose owner has signed in.
    pub(crate) fn forget(&self, name: &str) {
        let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        tries.remove(&Who::Name(folded(name)));
    }
}

/// Tries at a number from each address, or of each visit.
#[derive(Debug)]
pub(crate) struct TriesLimit {
    max: u32,
    tries: Mutex<HashMap<Who, (u32, DateTime<Utc>)>>,
}

impl TriesLimit {
    /// At most so many from one address, or of one visit, in [`MINUTES`].
    pub(crate) fn of(max: u32) -> Self {
        Self { max, tries: Mutex::default() }
    }

    /// Counts a try, and whether it may go on; if not, in how many minutes. Who
    /// comes from nowhere counts as one address.
    pub(crate) fn try_once(&self, address: Option<IpAddr>, now: DateTime<Utc>) -> Result<(), i64> {
        let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        count(&mut tries, from(address), self.max, now)
    }

    /// Takes a try back that was no guess: what was looked up is there.
    pub(crate) fn take_back(&self, address: Option<IpAddr>) {
        let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((made, _)) = tries.get_mut(&from(address)) {
            *made = made.saturating_sub(1);
        }
    }

    /// The same of a visit, wherever it comes from.
    pub(crate) fn try_as(&self, visit: &str, now: DateTime<Utc>) -> Result<(), i64> {
        let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        count(&mut tries, Who::Name(visit.to_owned()), self.max, now)
    }
}

/// Who comes from there; nowhere is an address too.
fn from(address: Option<IpAddr>) -> Who {
    let nowhere = IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED);
    Who::Address(network(address.unwrap_or(nowhere)))
}

fn count(
    tries: &mut HashMap<Who, (u32, DateTime<Utc>)>,
    who: Who,
    max: u32,
    now: DateTime<Utc>,
) -> Result<(), i64> {
    let window = TimeDelta::minutes(MINUTES);
    let is_over = |since: DateTime<Utc>| now.signed_duration_since(since) >= window;
    if tries.len() >= REMEMBERED_MAX && !tries.contains_key(&who) {
        tries.retain(|_, (_, since)| !is_over(*since));
        if tries.len() >= REMEMBERED_MAX {
            let oldest = tries.iter().min_by_key(|(_, (_, since))| *since);
            if let Some(oldest) = oldest.map(|(who, _)| who.clone()) {
                tries.remove(&oldest);
            }
        }
    }
    let (made, since) = tries.entry(who).or_insert((0, now));
    if is_over(*since) {
        (*made, *since) = (0, now);
    }
    *made = made.saturating_add(1);
    if *made <= max {
        return Ok(());
    }
    let gone = now.signed_duration_since(*since).num_minutes();
    Err(MINUTES.saturating_sub(gone).max(1))
}

/// As the app compares names; cut, because anybody may send anything.
fn folded(name: &str) -> String {
    name.trim().to_lowercase().chars().take(100).collect()
}

/// One household or office holds a whole IPv6 network of 64 bits.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried(limit: &SignInLimit, name: &str, address: &str, now: DateTime<Utc>) -> bool {
        limit.try_once(name, Some(address.parse().unwrap()), now).is_ok()
    }

    #[test]
    fn a_name_is_tried_ten_times_in_a_quarter_of_an_hour_from_wherever() {
        let limit = SignInLimit::default();
        let now = DateTime::UNIX_EPOCH;
        let address = |at: usize| format!("192.0.2.{at}");
        let good = (0..12).filter(|at| tried(&limit, "Ann ", &address(*at), now)).count();
        assert_eq!(good, 10);
        assert!(tried(&limit, "bob", "192.0.2.1", now));
        assert!(tried(&limit, "ann", "192.0.2.1", now + TimeDelta::minutes(MINUTES)));
        limit.forget("ANN");
        assert!(tried(&limit, "ann", "192.0.2.1", now));
    }

    #[test]
    fn an_address_is_one_network_whatever_names_it_tries() {
        let limit = SignInLimit::default();
        let now = DateTime::UNIX_EPOCH;
        let good = (0..120)
            .filter(|at| tried(&limit, &format!("name {at}"), &format!("2001:db8::{at:x}"), now))
            .count();
        assert_eq!(good, 100);
        assert!(tried(&limit, "name", "2001:db8:0:1::1", now));
    }

    #[test]
    fn an_address_guesses_so_often_and_no_more() {
        let limit = TriesLimit::of(3);
        let now = DateTime::UNIX_EPOCH;
        let tried = |address: &str, now| limit.try_once(address.parse().ok(), now);
        let good = (0..5).filter(|_| tried("192.0.2.1", now).is_ok()).count();
        assert_eq!(good, 3);
        assert_eq!(tried("192.0.2.1", now + TimeDelta::minutes(5)), Err(10));
        assert!(tried("192.0.2.2", now).is_ok());
        assert!(tried("192.0.2.1", now + TimeDelta::minutes(MINUTES)).is_ok());
        assert!((0..4).any(|_| limit.try_once(None, now).is_err()));
    }

    #[test]
    fn what_was_no_guess_is_not_counted() {
        let limit = TriesLimit::of(3);
        let (ann, now) = ("192.0.2.1".parse().ok(), DateTime::UNIX_EPOCH);
        for _ in 0..50 {
            assert_eq!(limit.try_once(ann, now), Ok(()));
            limit.take_back(ann);
        }
        // Taking back what was never counted gives nothing.
        (0..5).for_each(|_| limit.take_back(ann));
        assert_eq!((0..5).filter(|_| limit.try_once(ann, now).is_ok()).count(), 3);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let limit = SignInLimit::default();
        for at in 0..REMEMBERED_MAX + 50 {
            let now = DateTime::UNIX_EPOCH + TimeDelta::microseconds(i64::try_from(at).unwrap());
            let _ = limit.try_once(&at.to_string(), None, now);
        }
        assert_eq!(limit.tries.lock().unwrap().len(), REMEMBERED_MAX);
    }
}
