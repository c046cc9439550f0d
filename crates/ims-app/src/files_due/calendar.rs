//! Which file is of which day, and since when it is waited for.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use ims_ledger::{Council, ExpectedFile, WorkingDays, id::ImportId, london_day};
use ims_store::{ArrivalRow, Tx};
use serde::Deserialize;

use crate::{Books, Result};

/// Versions of a configuration that are read at once.
const AT_ONCE: i64 = 50;

/// Files by the day they are of, and those of no day.
pub(super) struct Assigned<'a> {
    pub(super) came: BTreeMap<NaiveDate, &'a ArrivalRow>,
    /// Those that found no day.
    pub(super) over: Vec<&'a ArrivalRow>,
}

impl<'a> Assigned<'a> {
    /// One whose last day there is a file of is of that day; else it is of the first day not
    /// before its last; what is left goes by when it came.
    pub(super) fn of(
        file: &ExpectedFile,
        days: &[NaiveDate],
        arrivals: &[&'a ArrivalRow],
        working: &WorkingDays,
    ) -> Self {
        let mut came: BTreeMap<NaiveDate, &ArrivalRow> = BTreeMap::new();
        let mut used: BTreeSet<ImportId> = BTreeSet::new();
        let mut take = |row: &'a ArrivalRow, day: Option<NaiveDate>| {
            let day = day.filter(|day| !came.contains_key(day) && used.insert(row.import));
            if let Some(day) = day {
                came.insert(day, row);
            }
        };
        for row in arrivals {
            take(row, row.last_day.filter(|last| days.contains(last)));
        }
        for row in arrivals {
            take(row, row.last_day.and_then(|last| days.iter().find(|day| **day >= last).copied()));
        }
        for row in arrivals {
            let on = london_day(row.imported_at);
            // The newest day whose file was due by then; else the next, which is early.
            let due = |day: &&NaiveDate| file.due(**day, working).date() <= on;
            let newest = days.iter().rev().find(due).copied();
            let next = days.iter().find(|day| **day <= on && file.due(**day, working).date() > on);
            take(row, newest);
            take(row, next.copied().filter(|_| row.last_day.is_none()));
        }
        let over = arrivals.iter().filter(|row| !used.contains(&row.import)).copied().collect();
        Self { came, over }
    }
}

/// Whether no file was due on the day of one that found none: the day it says, or that on which
/// it came. Another file of a day that has its own is none of these.
pub(super) fn is_unexpected(
    file: &ExpectedFile,
    row: &ArrivalRow,
    days: &[NaiveDate],
    working: &WorkingDays,
) -> bool {
    let is_before = |day: NaiveDate| file.since.is_some_and(|since| day < since);
    match row.last_day {
        Some(last) => !days.contains(&last) && !is_before(last),
        None => {
            let on = london_day(row.imported_at);
            !is_before(on) && !days.iter().any(|day| file.due(*day, working).date() == on)
        }
    }
}

#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    expected_file: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

/// A version of the configuration: the day it was made, and the files that it names.
struct Version {
    made_on: NaiveDate,
    names: BTreeSet<String>,
}

/// Versions by the day they are from; of one day by their number.
type Versions = BTreeMap<NaiveDate, Vec<Version>>;

/// Since when each file was waited for without a day between. Of the versions of one day the
/// last is in force: what another left out, it did not leave out for a day.
fn begun(versions: &Versions) -> BTreeMap<String, NaiveDate> {
    let mut begun: BTreeMap<String, NaiveDate> = BTreeMap::new();
    for (from_day, of_day) in versions {
        let Some(last) = of_day.last() else { continue };
        begun.retain(|name, _| last.names.contains(name));
        for version in of_day {
            let from = version.made_on.max(*from_day);
            for name in version.names.intersection(&last.names) {
                begun.entry(name.clone()).or_insert(from);
            }
        }
    }
    begun
}

impl Books {
    /// Since when each file is waited for: as it says, else since the version of the
    /// configuration that was the first to name it was made and in force.
    pub(super) async fn files_begun(
        &self,
        tx: &mut Tx,
        council: &Council,
    ) -> Result<BTreeMap<String, NaiveDate>> {
        let mut since = BTreeMap::new();
        if council.expected_file.iter().any(|file| file.since.is_none()) {
            since = begun(&self.versions_begun(tx).await?);
        }
        for file in &council.expected_file {
            if let Some(day) = file.since {
                since.insert(file.name.clone(), day);
            }
        }
        Ok(since)
    }

    /// Every version but those from a day to come.
    async fn versions_begun(&self, tx: &mut Tx) -> Result<Versions> {
        let today = self.world().today();
        let mut versions = Versions::new();
        let mut after = 0;
        loop {
            let rows = tx.configurations(self.id(), after, AT_ONCE).await?;
            let Some(newest) = rows.last().map(|row| row.version) else { return Ok(versions) };
            after = newest;
            for row in rows.into_iter().filter(|row| row.from_day <= today) {
                let Ok(document) = toml::from_str::<Document>(&row.document) else { continue };
                let names = document.expected_file.into_iter().map(|file| file.name).collect();
                let version = Version { made_on: london_day(row.made_at), names };
                versions.entry(row.from_day).or_default().push(version);
            }
        }
    }
}
