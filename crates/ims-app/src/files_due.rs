//! The files that should have come: which did, which are late, early, empty,
//! short, unlike those before them.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, btree_map, hash_map},
    fmt,
};

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use ims_files::band::{self, Figures};
use ims_ledger::{ExpectedFile, WorkingDays, id::ImportId, london_time};
use ims_store::{ArrivalRow, Tx};

use crate::{AppError, Books, Permission, Result};

/// The most files that are looked at between two days.
const FILES_MAX: i64 = 20_000;

/// The most days that are looked at at once.
const DAYS_MAX: i64 = 92;

/// How long before and after the days looked at files are taken for theirs.
const MARGIN: Days = Days::new(14);

/// A file that is waited for on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileDue {
    /// What the council calls it.
    pub name: String,
    /// Who sends it.
    pub from: String,
    /// The day it is of.
    pub of: NaiveDate,
    /// When it is due, London time.
    pub due: NaiveDateTime,
    /// The file that came.
    pub came: Option<FileCame>,
    /// What is not as it should be; none where it is, and while there is time.
    pub faults: Vec<FileFault>,
}

/// A file that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileCame {
    /// Its import.
    pub import: ImportId,
    /// What it was called.
    pub file_name: String,
    /// How many rows it has.
    pub rows: i64,
    /// When it came.
    pub at: DateTime<Utc>,
}

/// What is not as it should be with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileFault {
    /// It has not come, and should have.
    Missing,
    /// It came too late.
    Late,
    /// It came before the working day it was due on: it may not be whole.
    Early,
    /// It has no rows.
    Empty,
    /// It has fewer rows than it must have.
    Short {
        /// How many it must have.
        rows_min: u32,
    },
    /// It is unlike those that its sender sent before.
    OutOfPattern {
        /// In what, in words.
        words: String,
    },
}

impl FileFault {
    /// The word it goes by.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Late => "late",
            Self::Early => "early",
            Self::Empty => "empty",
            Self::Short { .. } => "short",
            Self::OutOfPattern { .. } => "out of pattern",
        }
    }
}

/// In words: the word it goes by, and what shows it.
impl fmt::Display for FileFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())?;
        match self {
            Self::Short { rows_min } => write!(f, ": fewer than {rows_min} rows"),
            Self::OutOfPattern { words } => write!(f, ": {words}"),
            Self::Missing | Self::Late | Self::Early | Self::Empty => Ok(()),
        }
    }
}

impl Books {
    /// The files that the council waits for of the days between two, both
    /// included, in the order they are due: what came of each, and what is not
    /// as it should be.
    ///
    /// # Errors
    ///
    /// [`AppError::BadInput`] for more than 92 days.
    pub async fn files_due(&self, from: NaiveDate, to: NaiveDate) -> Result<Vec<FileDue>> {
        self.actor().needs(Permission::SeeImports)?;
        if to.signed_duration_since(from).num_days() >= DAYS_MAX {
            let what = format!("{from} to {to} are too many days: {DAYS_MAX} are the most");
            return Err(AppError::BadInput(what));
        }
        let mut tx = self.store().snapshot().await?;
        let council = self.settings_in(&mut tx).await?.council;
        if council.expected_file.is_empty() {
            return Ok(Vec::new());
        }
        let first = from.checked_sub_days(MARGIN).unwrap_or(from);
        let last = to.checked_add_days(MARGIN).unwrap_or(to);
        let at = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
        let arrivals = tx.arrivals(self.id(), (at(first), at(last)), FILES_MAX).await?;
        let working = WorkingDays::england_and_wales();
        let now = london_time(self.world().now());
        let mut past = Past::default();
        let mut found = Vec::new();
        for file in &council.expected_file {
            let theirs: Vec<&ArrivalRow> = arrivals
                .iter()
                .filter(|row| file.is_it(&row.format, &row.file_name, sender(row)))
                .collect();
            // Days around those asked for take their own files first.
            let days = file.days(first, to, &working);
            let mut came = assigned(file, &days, &theirs, &working);
            for day in days.into_iter().filter(|day| *day >= from) {
                let row = came.remove(&day);
                let mut faults = faults(file, day, row, &working, now);
                if let Some(row) = row {
                    faults.extend(past.judge(self, &mut tx, row).await?);
                }
                found.push(FileDue {
                    name: file.name.clone(),
                    from: file.from.clone(),
                    of: day,
                    due: file.due(day, &working),
                    came: row.map(|row| FileCame {
                        import: row.import,
                        file_name: row.file_name.clone(),
                        rows: row.rows,
                        at: row.imported_at,
                    }),
                    faults,
                });
            }
        }
        found.sort_by(|one, other| (one.due, &one.name).cmp(&(other.due, &other.name)));
        Ok(found)
    }
}

/// How a file names who sent it: a bank account's code, or what stands behind
/// its format.
fn sender(row: &ArrivalRow) -> &str {
    if !row.bank.is_empty() {
        return &row.bank;
    }
    row.sender.strip_prefix(row.format.as_str()).unwrap_or(&row.sender).trim_start()
}

/// Which file is of which day. One that says its days is of the first day not
/// before its last; what is left goes by when it came.
fn assigned<'a>(
    file: &ExpectedFile,
    days: &[NaiveDate],
    arrivals: &[&'a ArrivalRow],
    working: &WorkingDays,
) -> BTreeMap<NaiveDate, &'a ArrivalRow> {
    let mut came: BTreeMap<NaiveDate, &ArrivalRow> = BTreeMap::new();
    let mut used = BTreeSet::new();
    for row in arrivals {
        let last = row.last_day;
        let own = last.and_then(|last| days.iter().find(|day| **day >= last));
        if let Some(day) = own
            && !came.contains_key(day)
        {
            came.insert(*day, row);
            used.insert(row.import);
        }
    }
    for row in arrivals {
        if used.contains(&row.import) {
            continue;
        }
        let on = ims_ledger::london_day(row.imported_at);
        // The newest day whose file was due by then; else the next, which is early.
        let due = |day: &&NaiveDate| file.due(**day, working).date() <= on;
        let newest = days.iter().rev().find(due);
        let next = days.iter().find(|day| **day <= on && file.due(**day, working).date() > on);
        let next = next.filter(|_| row.last_day.is_none());
        for day in newest.into_iter().chain(next) {
            if let btree_map::Entry::Vacant(free) = came.entry(*day) {
                free.insert(row);
                used.insert(row.import);
                break;
            }
        }
    }
    came
}

fn faults(
    file: &ExpectedFile,
    day: NaiveDate,
    came: Option<&ArrivalRow>,
    working: &WorkingDays,
    now: NaiveDateTime,
) -> Vec<FileFault> {
    let late_after = file.late_after(day, working);
    let Some(row) = came else {
        return if now > late_after { vec![FileFault::Missing] } else { Vec::new() };
    };
    let mut faults = Vec::new();
    let at = london_time(row.imported_at);
    if at > late_after {
        faults.push(FileFault::Late);
    }
    if at.date() < file.due(day, working).date() {
        faults.push(FileFault::Early);
    }
    let rows = u32::try_from(row.rows).unwrap_or(u32::MAX);
    match file.rows_min {
        _ if rows == 0 && !file.may_be_empty => faults.push(FileFault::Empty),
        Some(rows_min) if rows < rows_min && rows > 0 => faults.push(FileFault::Short { rows_min }),
        Some(_) | None => {}
    }
    faults
}

/// What senders sent before, each asked for once.
#[derive(Default)]
struct Past(HashMap<String, Vec<Figures>>);

impl Past {
    /// What is out of the usual in a file, by the files before it.
    async fn judge(
        &mut self,
        books: &Books,
        tx: &mut Tx,
        row: &ArrivalRow,
    ) -> Result<Option<FileFault>> {
        let Some(date) = row.last_day.filter(|_| !row.sender.is_empty()) else { return Ok(None) };
        let all = match self.0.entry(row.sender.clone()) {
            hash_map::Entry::Occupied(held) => held.into_mut(),
            hash_map::Entry::Vacant(free) => {
                let most = i64::try_from(band::PAST_MAX).unwrap_or(i64::MAX);
                let most = most.saturating_add(DAYS_MAX);
                let rows = tx.figures_of_sender(books.id(), &row.sender, most).await?;
                let figures = rows.into_iter().map(|(date, rows, sum)| Figures {
                    date,
                    rows: u64::try_from(rows).unwrap_or_default(),
                    sum,
                });
                free.insert(figures.collect())
            }
        };
        let before: Vec<Figures> =
            all.iter().filter(|one| one.date < date).take(band::PAST_MAX).copied().collect();
        let rows = u64::try_from(row.rows).unwrap_or_default();
        let judgement = band::judge(&before, &Figures { date, rows, sum: row.total });
        let words = judgement.words().join("; ");
        Ok((!words.is_empty()).then_some(FileFault::OutOfPattern { words }))
    }
}
