//! The files that should have come: which did, which are late, early, empty,
//! short, unlike those before them; and which came that were not due.

mod aside;
mod calendar;
mod words;

use std::{
    collections::{BTreeMap, HashMap, hash_map},
    fmt,
};

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use ims_files::band::{self, Figures};
use ims_ledger::{Council, ExpectedFile, WorkingDays, id::ImportId, london_day, london_time};
use ims_store::{ArrivalRow, FileWordRow, Tx};

use self::calendar::{Assigned, is_unexpected};

use crate::{AppError, Books, Permission, Result};

/// The most files that are looked at, of all that came since the first day waited for.
const FILES_MAX: i64 = 200_000;

/// How long before the days looked at a file that has not come is still told of.
const OVERDUE: Days = Days::new(3 * 366);

/// The most days that are looked at at once.
const DAYS_MAX: i64 = 92;

/// How long before and after the days looked at files are taken for theirs.
const MARGIN: Days = Days::new(14);

/// The files of some days.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilesDue {
    /// Those that are waited for, in the order they are due.
    pub files: Vec<FileDue>,
    /// Those that came and were not due, in the order they came.
    pub unexpected: Vec<UnexpectedFile>,
}

/// A file like one that is waited for, on a day on which none was due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnexpectedFile {
    /// What the council calls the file that it is like.
    pub name: String,
    /// Who sends it.
    pub from: String,
    /// The last day it is of, where it says.
    pub of: Option<NaiveDate>,
    /// The file that came.
    pub came: FileCame,
}

/// Somebody said that a file will not come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenUp {
    /// Who.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Why.
    pub reason: String,
}

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
    /// That it will not come, where somebody said so and it did not.
    pub given_up: Option<GivenUp>,
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
    /// It came, and is kept aside: it waits for a person.
    KeptAside {
        /// What it is called.
        file_name: String,
        /// Why, in words.
        why: String,
    },
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
            Self::KeptAside { .. } => "kept aside",
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
            Self::KeptAside { file_name, why } => write!(f, ": {file_name}: {why}"),
            Self::Missing | Self::Late | Self::Early | Self::Empty => Ok(()),
        }
    }
}

impl Books {
    /// The files that the council waits for of the days between two, both included, in the order
    /// they are due: what came of each, and what is not as it should be. Before them stand those
    /// of earlier days, of three years at most, that should have come and have not, until they
    /// come or somebody says that they will not; after them what came and was not due.
    ///
    /// # Errors
    ///
    /// [`AppError::BadInput`] for more than 92 days.
    pub async fn files_due(&self, from: NaiveDate, to: NaiveDate) -> Result<FilesDue> {
        self.actor().needs(Permission::SeeImports)?;
        if to.signed_duration_since(from).num_days() >= DAYS_MAX {
            let what = format!("{from} to {to} are too many days: {DAYS_MAX} are the most");
            return Err(AppError::BadInput(what));
        }
        let mut tx = self.store().snapshot().await?;
        let council = self.settings_in(&mut tx).await?.council;
        self.files_due_in(&mut tx, &council, (from, to)).await
    }

    async fn files_due_in(
        &self,
        tx: &mut Tx,
        council: &Council,
        (from, to): (NaiveDate, NaiveDate),
    ) -> Result<FilesDue> {
        let mut due = FilesDue::default();
        if council.expected_file.is_empty() {
            return Ok(due);
        }
        let now = london_time(self.world().now());
        let begun = self.files_begun(tx, council).await?;
        let earliest = from.checked_sub_days(OVERDUE).unwrap_or(from);
        let begun = |file: &ExpectedFile| {
            let begun = begun.get(&file.name).copied().unwrap_or(from);
            begun.clamp(earliest, from)
        };
        let oldest = council.expected_file.iter().map(begun).min().unwrap_or(from);
        let first = oldest.checked_sub_days(MARGIN).unwrap_or(oldest);
        let last = to.max(now.date());
        let arrivals = self.arrived(tx, first, last).await?;
        let aside = self.files_aside(tx, council, (first, last)).await?;
        let around = Around {
            working: council.working_days(),
            words: tx.file_words(self.id(), (oldest, to)).await?,
            now,
            asked: (from, to),
        };
        let mut past = Past::default();
        for file in &council.expected_file {
            let theirs: Vec<&ArrivalRow> = arrivals
                .iter()
                .filter(|row| file.is_it(&row.format, &row.file_name, sender(row)))
                .collect();
            // Days around those asked for take their own files first.
            let days = file.days(first, last, &around.working);
            let mut assigned = Assigned::of(file, &days, &theirs, &around.working);
            let begun = begun(file);
            for day in days.iter().copied().filter(|day| (begun..=to).contains(day)) {
                let row = assigned.came.remove(&day);
                let Some(mut one) = around.due(file, day, row) else { continue };
                if let Some(row) = row {
                    one.faults.extend(past.judge(self, tx, row).await?);
                }
                due.files.push(one);
            }
            aside::tell(&mut due.files, file, &aside);
            let over = assigned.over.into_iter().filter(|row| {
                let on = london_day(row.imported_at);
                (from..=to).contains(&on) && is_unexpected(file, row, &days, &around.working)
            });
            due.unexpected.extend(over.map(|row| UnexpectedFile {
                name: file.name.clone(),
                from: file.from.clone(),
                of: row.last_day,
                came: came(row),
            }));
        }
        due.files.sort_by(|one, other| (one.due, &one.name).cmp(&(other.due, &other.name)));
        due.unexpected.sort_by(|one, other| {
            (one.came.at, one.came.import, &one.name).cmp(&(
                other.came.at,
                other.came.import,
                &other.name,
            ))
        });
        // What fits two files that are waited for is told once.
        due.unexpected.dedup_by_key(|one| one.came.import);
        Ok(due)
    }

    /// The files that came between two days, both included.
    async fn arrived(
        &self,
        tx: &mut Tx,
        first: NaiveDate,
        last: NaiveDate,
    ) -> Result<Vec<ArrivalRow>> {
        let at = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
        // A day of London begins before the same of UTC.
        let from = first.pred_opt().unwrap_or(first);
        let until = last.checked_add_days(Days::new(2)).unwrap_or(last);
        let most = FILES_MAX.saturating_add(1);
        let rows = tx.arrivals(self.id(), (at(from), at(until)), most).await?;
        if i64::try_from(rows.len()).unwrap_or(i64::MAX) > FILES_MAX {
            let what = format!(
                "more than {FILES_MAX} files came since {first}: give each [[expected_file]] a \
                 later `since`"
            );
            return Err(AppError::BadInput(what));
        }
        Ok(rows)
    }
}

/// What files are looked at by.
struct Around {
    working: WorkingDays,
    words: BTreeMap<(String, NaiveDate), FileWordRow>,
    now: NaiveDateTime,
    asked: (NaiveDate, NaiveDate),
}

impl Around {
    /// A file of a day; none where it is of a day before those asked for and not missing.
    fn due(
        &self,
        file: &ExpectedFile,
        day: NaiveDate,
        row: Option<&ArrivalRow>,
    ) -> Option<FileDue> {
        let word = self.words.get(&(file.name.clone(), day)).filter(|word| !word.will_come);
        let given_up = word.filter(|_| row.is_none()).map(|word| GivenUp {
            by: word.by.clone(),
            at: word.at,
            reason: word.reason.clone(),
        });
        let mut faults = faults(file, day, row, &self.working, self.now);
        if given_up.is_some() {
            faults.clear();
        }
        if day < self.asked.0 && !faults.contains(&FileFault::Missing) {
            return None;
        }
        Some(FileDue {
            name: file.name.clone(),
            from: file.from.clone(),
            of: day,
            due: file.due(day, &self.working),
            came: row.map(came),
            given_up,
            faults,
        })
    }
}

fn came(row: &ArrivalRow) -> FileCame {
    FileCame {
        import: row.import,
        file_name: row.file_name.clone(),
        rows: row.rows,
        at: row.imported_at,
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
