//! Taking a file in: all of it or none, and the same content once.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use ims_files::{
    Contents, FILE_BYTES_MAX, Format, HEAD_BYTES_MAX, Head, Record, Severity, Verdict,
    fingerprint::Sketch,
};
use ims_ledger::{id::ImportId, seal::ContentHash};
use ims_money::Pence;
use ims_store::{ImportRow, Quarantined, StoreError, Tx};

use crate::{
    AppError, Books, Permission, Result, Settings,
    books::patiently,
    layouts::{self, OwnFormat},
    no_card::no_card,
    place_returns::is_report,
    posting::Writer,
};

pub(crate) use again::{Again, Outcome, ReadAgain};
pub(crate) use aside::{money_in, senders_of};
pub(crate) use kept::deflate;
pub(crate) use place::{Placed, Wanted, exists, funds_of, known_holders, place, place_with};
pub(crate) use settlements::{ADJUSTED_UNKNOWN, DISPUTE_UNKNOWN, PAID_UNKNOWN, REFUNDED_UNKNOWN};

mod again;
mod alike;
mod aside;
mod holders;
mod kept;
mod named;
mod place;
mod receipts;
mod reread;
mod rules;
mod schedules;
mod seen;
mod settlements;
mod statements;

/// Days a row may lie in the future before it is taken for a mistake.
const DAYS_AHEAD_MAX: u64 = 31;

/// A file to be taken in.
#[derive(Clone, Copy, Debug)]
pub struct NewFile<'a> {
    /// What it is called, for people; folders are left off.
    pub name: &'a str,
    /// All of it.
    pub bytes: &'a [u8],
    /// The format's name, when a person says which it is.
    pub format: Option<&'a str>,
    /// Why it is accepted although its balances disagree.
    pub accept: Option<&'a str>,
    /// Only look: nothing is kept.
    pub dry_run: bool,
}

/// What became of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Imported {
    /// It was posted.
    Now(ImportSummary),
    /// The same content was imported before; nothing changed.
    Before(ImportSummary),
    /// It reads but disagrees; it is kept aside until a person accepts it.
    Quarantined {
        /// What disagrees.
        reason: String,
    },
}

/// An import in figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportSummary {
    /// Its id.
    pub id: ImportId,
    /// What it is called.
    pub file_name: String,
    /// The format it was read as.
    pub format: String,
    /// Rows of money or accounts.
    pub rows: u64,
    /// Their sum.
    pub total: Pence,
    /// Rows that went to suspense.
    pub suspense: u64,
    /// Their sum.
    pub suspense_total: Pence,
    /// What a person may want to know, each with its line where it has one.
    pub remarks: Vec<String>,
}

/// What the parts of an import add to as they go.
#[derive(Debug, Default)]
struct Tally {
    rows: u64,
    total: Pence,
    suspense: u64,
    suspense_total: Pence,
    remarks: Vec<String>,
}

/// The most remarks kept of one file.
const REMARKS_MAX: usize = 200;

impl Tally {
    fn row(&mut self, amount: Pence) -> Result<()> {
        self.rows = self.rows.saturating_add(1);
        self.total = self.total.checked_add(amount).ok_or(AppError::Overflow)?;
        Ok(())
    }

    fn suspend(&mut self, amount: Pence, remark: String) -> Result<()> {
        self.suspense = self.suspense.saturating_add(1);
        self.suspense_total = self.suspense_total.checked_add(amount).ok_or(AppError::Overflow)?;
        self.remark(remark);
        Ok(())
    }

    fn remark(&mut self, remark: String) {
        if self.remarks.len() < REMARKS_MAX {
            self.remarks.push(remark);
        }
    }
}

/// A file that reads but disagrees with what was posted before.
enum Posted {
    Done,
    Disagrees(String),
}

impl Books {
    /// Takes a file in.
    ///
    /// The bytes are archived, every row is posted or put in suspense with its
    /// reason, and the same content again changes nothing.
    ///
    /// # Errors
    ///
    /// [`AppError::BadInput`] in one sentence with file and line when it cannot be used at all, or
    /// its name or the reason has a card number in it; nothing is posted then.
    pub async fn import_file(&self, file: NewFile<'_>) -> Result<Imported> {
        self.actor().needs(Permission::Import)?;
        no_card("file name", file.name)?;
        no_card("reason", file.accept.unwrap_or_default())?;
        if u64::try_from(file.bytes.len()).unwrap_or(u64::MAX) > FILE_BYTES_MAX {
            return Err(AppError::BadInput(format!(
                "{}: larger than {FILE_BYTES_MAX} bytes, the most a file may have",
                file.name
            )));
        }
        let hash = ContentHash::of(file.bytes);
        if let Some(before) = self.imported_before(hash).await? {
            return Ok(Imported::Before(before));
        }
        let own = layouts::readers(&self.settings().await?.council, self.world().today());
        let own = Arc::new(own);
        let format = recognised(&file, &own)?;
        let (contents, many, sketch, verdict) = read_but_many(&file, format)?;
        let again = |mut bytes: &[u8], sink: &mut dyn FnMut(Record)| format.read(&mut bytes, sink);
        let masked = kept::masked(&file, &verdict, &again)?;
        let bytes = masked.as_ref().map_or(file.bytes, |masked| masked.bytes.as_slice());
        let deflated = Arc::new(deflate(bytes)?);
        let reading = Reading {
            file,
            hash,
            format,
            own: Arc::clone(&own),
            contents,
            many,
            sketch,
            verdict,
            deflated,
            masked: masked.map(|masked| masked.hash),
        };
        let done = patiently(|| self.import_once(&reading)).await;
        match done {
            Ok(Imported::Now(summary)) if is_report(reading.format.name()) && !file.dry_run => {
                Ok(Imported::Now(self.with_returns(summary).await?))
            }
            // Somebody else imported the same content a moment before.
            Err(AppError::Store(StoreError::Duplicate(constraint)))
                if constraint.contains("import") =>
            {
                match self.imported_before(hash).await? {
                    Some(before) => Ok(Imported::Before(before)),
                    None => Err(StoreError::Duplicate(constraint).into()),
                }
            }
            other => other,
        }
    }

    /// A report is kept; each payment it says came back is a deed of its own.
    async fn with_returns(&self, mut summary: ImportSummary) -> Result<ImportSummary> {
        let done = self.place_import(summary.id).await?;
        let mut remarks = vec![format!("{} returned, {} in all", done.recorded, done.amount)];
        remarks.extend(done.open.iter().map(|open| {
            let advice = &open.advice;
            format!("line {}: {} stays open: {}", advice.line, advice.reference, open.reason)
        }));
        remarks.truncate(REMARKS_MAX);
        summary.remarks.extend(remarks);
        Ok(summary)
    }

    async fn imported_before(&self, hash: ContentHash) -> Result<Option<ImportSummary>> {
        let mut tx = self.store().snapshot().await?;
        let imports = tx.imports_of(self.id(), hash).await?;
        Ok(imports.last().filter(|row| row.reversed_at.is_none()).map(summary_of))
    }

    async fn import_once(&self, reading: &Reading<'_>) -> Result<Imported> {
        let mut tx = self.store().begin().await?;
        let before = tx.imports_of(self.id(), reading.hash).await?;
        if let Some(row) = before.last().filter(|row| row.reversed_at.is_none()) {
            return Ok(Imported::Before(summary_of(row)));
        }
        let settings = self.settings_in(&mut tx).await?;
        let id = ImportId::new(self.world().id());
        let writer = Writer {
            books: self,
            now: self.world().now(),
            closed_through: tx.closed_through(self.id()).await?,
            import: Some(id),
        };
        let mut tally = Tally::default();
        tally.remarks.extend(remarks_of(&reading.verdict));
        if let Some(reason) = self.compare_with_earlier(&mut tx, reading, &mut tally).await? {
            drop(tx);
            return self.keep_aside(reading, reason).await;
        }
        if let Posted::Disagrees(reason) =
            self.post(&mut tx, &writer, &settings, reading, &mut tally).await?
        {
            drop(tx);
            return self.keep_aside(reading, reason).await;
        }
        let row = ImportRow {
            id,
            content_hash: reading.hash,
            generation: i64::try_from(before.len()).unwrap_or(i64::MAX),
            format: reading.format.name().to_owned(),
            file_name: reading.file.name.to_owned(),
            rows: i64::try_from(tally.rows).unwrap_or(i64::MAX),
            total: tally.total,
            suspense_rows: i64::try_from(tally.suspense).unwrap_or(i64::MAX),
            warnings: i64::try_from(tally.remarks.len()).unwrap_or(i64::MAX),
            config_version: settings.version,
            imported_at: writer.now,
            imported_by: self.actor().name().to_owned(),
            accepted_because: reading.file.accept.map(str::to_owned),
            reversed_at: None,
        };
        let summary = ImportSummary {
            suspense_total: tally.suspense_total,
            remarks: tally.remarks,
            ..summary_of(&row)
        };
        if reading.file.dry_run {
            return Ok(Imported::Now(summary));
        }
        self.archive(&mut tx, reading, writer.now).await?;
        tx.add_import(self.id(), &row).await?;
        self.keep_print(&mut tx, reading, id).await?;
        tx.settle_quarantine(self.id(), reading.hash, writer.now).await?;
        let data = serde_json::json!({
            "file": row.file_name, "sha256": reading.hash.to_string(), "format": row.format,
            "rows": row.rows, "total_pence": row.total, "suspense": row.suspense_rows,
            "accepted_because": row.accepted_because,
        });
        self.note(&mut tx, "import", &id.to_string(), data).await?;
        tx.commit().await?;
        Ok(Imported::Now(summary))
    }

    async fn post(
        &self,
        tx: &mut Tx,
        writer: &Writer<'_>,
        settings: &Settings,
        reading: &Reading<'_>,
        tally: &mut Tally,
    ) -> Result<Posted> {
        let contents = &reading.contents;
        let what = Part { tx, writer, settings, reading, tally };
        if !contents.statements.is_empty() {
            return statements::post(what).await;
        }
        if reading.many.holders > 0 {
            return holders::put(what).await;
        }
        if !contents.settlements.is_empty() {
            return settlements::post(what).await;
        }
        if !contents.schedules.is_empty() {
            return schedules::post(what).await;
        }
        if reading.many.receipts > 0 {
            return receipts::post(what).await;
        }
        if !contents.acknowledgements.is_empty() {
            let what = "it is what a system says of an export; `ims export ack` records it";
            return Err(bad(&reading.file, None, what));
        }
        if is_report(reading.format.name()) {
            self.actor().needs(Permission::RecordReturn)?;
            return advices(what);
        }
        let nothing = match contents.advices.first() {
            Some(advice) => format!(
                "{} moves no money of a payer's: `ims file inspect` shows it, nothing is imported",
                advice.kind
            ),
            None => "there is nothing in it to import".to_owned(),
        };
        Err(bad(&reading.file, None, &nothing))
    }

    /// Keeps the bytes, under the hash of what came.
    async fn archive(&self, tx: &mut Tx, reading: &Reading<'_>, now: DateTime<Utc>) -> Result<()> {
        let size = i64::try_from(reading.file.bytes.len()).unwrap_or(i64::MAX);
        tx.archive(self.id(), reading.hash, size, reading.deflated.to_vec(), now).await?;
        if let Some(kept) = reading.masked {
            tx.add_masked(self.id(), reading.hash, kept).await?;
        }
        Ok(())
    }

    /// Records that a file is kept aside, with its bytes.
    async fn keep_aside(&self, reading: &Reading<'_>, reason: String) -> Result<Imported> {
        if reading.file.dry_run {
            return Ok(Imported::Quarantined { reason });
        }
        let mut tx = self.store().begin().await?;
        let now = self.world().now();
        self.archive(&mut tx, reading, now).await?;
        let file = Quarantined {
            content_hash: reading.hash,
            file_name: reading.file.name.to_owned(),
            format: reading.format.name().to_owned(),
            reason: reason.clone(),
            quarantined_at: now,
        };
        tx.quarantine(self.id(), &file, self.actor().name()).await?;
        let data = serde_json::json!({ "sha256": reading.hash.to_string(), "reason": reason });
        self.note(&mut tx, "quarantine", reading.file.name, data).await?;
        tx.commit().await?;
        Ok(Imported::Quarantined { reason })
    }
}

/// A report is counted; nothing of the import itself is money.
fn advices(part: Part<'_>) -> Result<Posted> {
    for advice in &part.reading.contents.advices {
        part.check_day(advice.line, advice.date)?;
        part.tally.row(Pence::ZERO)?;
    }
    Ok(Posted::Done)
}

/// A file that was read, before anything is posted.
struct Reading<'a> {
    file: NewFile<'a>,
    hash: ContentHash,
    format: &'a dyn Format,
    /// The council's own formats, of which that may be one.
    own: Arc<Vec<OwnFormat>>,
    /// All of it but its receipts and holders.
    contents: Contents,
    /// How many of those there are.
    many: Many,
    /// By what it is compared with files before and after it.
    sketch: Sketch,
    verdict: Verdict,
    /// The hash of what is kept, where card numbers in it were masked.
    masked: Option<ContentHash>,
    deflated: Arc<Vec<u8>>,
}

/// What each part of an import works with.
struct Part<'a> {
    tx: &'a mut Tx,
    writer: &'a Writer<'a>,
    settings: &'a Settings,
    reading: &'a Reading<'a>,
    tally: &'a mut Tally,
}

impl Part<'_> {
    /// Refuses a day that cannot be meant.
    fn check_day(&self, line: u64, day: NaiveDate) -> Result<()> {
        let today = self.writer.books.world().today();
        let latest = today.checked_add_days(chrono::Days::new(DAYS_AHEAD_MAX));
        if latest.is_some_and(|latest| day > latest) {
            let what = format!("is dated {day}, which lies in the future");
            return Err(bad(&self.reading.file, Some(line), &what));
        }
        Ok(())
    }
}

/// One clear sentence with file and line.
fn bad(file: &NewFile<'_>, line: Option<u64>, what: &str) -> AppError {
    let place = line.map(|line| format!(" line {line}")).unwrap_or_default();
    AppError::BadInput(format!("{}{place}: {what}", file.name))
}

/// The format of that name: one of the council's own layouts before any other.
fn named<'f>(name: &str, own: &'f [OwnFormat]) -> Option<&'f dyn Format> {
    let own = own.iter().map(|own| &**own as &dyn Format).find(|own| own.name() == name);
    own.or_else(|| ims_files::by_name(name))
}

/// The format of a file: one of the council's own layouts before any other.
pub(crate) fn recognised<'f>(file: &NewFile<'_>, own: &'f [OwnFormat]) -> Result<&'f dyn Format> {
    if let Some(name) = file.format {
        let unknown = || format!("there is no format `{name}`; `ims file formats` lists them");
        return named(name, own).ok_or_else(|| bad(file, None, &unknown()));
    }
    let own: Vec<&dyn Format> = own.iter().map(|own| &**own as &dyn Format).collect();
    let head = file.bytes.get(..HEAD_BYTES_MAX.min(file.bytes.len())).unwrap_or_default();
    let head = Head { bytes: head, file_name: file.name };
    ims_files::recognise_among(&head, &own).map_err(|error| bad(file, None, &error.to_string()))
}

pub(crate) fn read_whole(file: &NewFile<'_>, format: &dyn Format) -> Result<(Contents, Verdict)> {
    let mut contents = Contents::default();
    let verdict = read(file, format, &mut |record| contents.take(record))?;
    Ok((contents, verdict))
}

/// What a file may have millions of, counted.
#[derive(Clone, Copy, Default)]
struct Many {
    receipts: u64,
    holders: u64,
}

/// Reads and checks the whole of a file, and only counts its receipts and holders.
fn read_but_many(
    file: &NewFile<'_>,
    format: &dyn Format,
) -> Result<(Contents, Many, Sketch, Verdict)> {
    let (mut contents, mut many, mut sketch) =
        (Contents::default(), Many::default(), Sketch::default());
    let verdict = read(file, format, &mut |record| {
        sketch.take(&record);
        match record {
            Record::Receipt(_) => many.receipts = many.receipts.saturating_add(1),
            Record::Holder(_) => many.holders = many.holders.saturating_add(1),
            other => contents.take(other),
        }
    })?;
    Ok((contents, many, sketch, verdict))
}

fn read(file: &NewFile<'_>, format: &dyn Format, sink: &mut dyn FnMut(Record)) -> Result<Verdict> {
    let mut bytes = file.bytes;
    let verdict = format.read(&mut bytes, sink);
    let first = verdict.faults.iter().find(|fault| fault.severity == Severity::Error);
    if let Some(fault) = first {
        let others = verdict.errors.saturating_sub(1);
        let more = if others == 0 { String::new() } else { format!(" (and {others} more)") };
        return Err(bad(file, fault.line, &format!("{}{more}", fault.message)));
    }
    Ok(verdict)
}

fn remarks_of(verdict: &Verdict) -> Vec<String> {
    let warnings = verdict.faults.iter().filter(|fault| fault.severity == Severity::Warning);
    let remark = |fault: &ims_files::Fault| {
        fault.line.map_or_else(String::new, |line| format!("line {line}: "))
            + fault.message.as_str()
    };
    warnings.map(remark).take(REMARKS_MAX).collect()
}

fn summary_of(row: &ImportRow) -> ImportSummary {
    ImportSummary {
        id: row.id,
        file_name: row.file_name.clone(),
        format: row.format.clone(),
        rows: u64::try_from(row.rows).unwrap_or_default(),
        total: row.total,
        suspense: u64::try_from(row.suspense_rows).unwrap_or_default(),
        suspense_total: Pence::ZERO,
        remarks: Vec::new(),
    }
}
