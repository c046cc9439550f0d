//! Files to the ledger and the host systems: numbered without gaps, totalled,
//! hashed, and each closed day in exactly one of each kind.

use std::io::Read as _;

use chrono::NaiveDate;
use flate2::read::DeflateDecoder;
use ims_files::layout::{Batch, Row, Value};
use ims_ledger::{Account, Council, ExportSettings, Fund, id::ExportId, seal::ContentHash};
use ims_money::Pence;
use ims_store::{AccountTotal, CashLine, ExportRow, ExportState, StoreError, Tx};

use crate::{
    AppError, Books, Permission, Result,
    books::{first_day, patiently},
    import_file::deflate,
    layouts,
    send_refunds::SERIES,
};

/// A series of exports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExportKind {
    /// The journal of every account.
    LedgerJournal,
    /// The income of one fund, for its own system.
    HostCash(String),
    /// Approved refunds by bank, for Bacs.
    Refunds,
}

impl ExportKind {
    /// `ledger-journal`, `refunds`, or `host:` and the fund's code.
    ///
    /// # Errors
    ///
    /// [`AppError::BadInput`] for anything else.
    pub fn parse(text: &str) -> Result<Self> {
        match text.split_once(':') {
            None if text == "ledger-journal" => Ok(Self::LedgerJournal),
            None if text == SERIES => Ok(Self::Refunds),
            Some(("host", fund)) if !fund.is_empty() => Ok(Self::HostCash(fund.to_owned())),
            _ => Err(AppError::BadInput(format!(
                "`{text}` is no export: ledger-journal, refunds, or host: and a fund's code"
            ))),
        }
    }

    /// The name it is kept by.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::LedgerJournal => "ledger-journal".to_owned(),
            Self::HostCash(fund) => format!("host:{fund}"),
            Self::Refunds => SERIES.to_owned(),
        }
    }

    /// What a file is called: as the council says, else the usual.
    pub(crate) fn file_name(
        &self,
        settings: Option<&ExportSettings>,
        number: i64,
        day: NaiveDate,
    ) -> String {
        if let Some(shape) = settings.and_then(|settings| settings.file_name.as_ref()) {
            let day = day.format("%Y%m%d").to_string();
            return shape.replace("{number}", &format!("{number:06}")).replace("{date}", &day);
        }
        match self {
            Self::LedgerJournal => format!("ledger-journal-{number:06}.csv"),
            Self::HostCash(fund) => format!("cash-{fund}-{number:06}.txt"),
            Self::Refunds => format!("bacs-refunds-{number:06}.txt"),
        }
    }
}

/// An export and its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// What is registered of it.
    pub row: ExportRow,
    /// The file.
    pub bytes: Vec<u8>,
}

/// An export that is about to be registered.
pub(crate) struct Made {
    pub(crate) kind: String,
    pub(crate) number: i64,
    /// The day before the first in it, and the last.
    pub(crate) days: (Option<NaiveDate>, NaiveDate),
    pub(crate) file_name: String,
    /// The records of the file that are rows, totals not among them.
    pub(crate) rows: u64,
    pub(crate) debit: Pence,
    pub(crate) credit: Pence,
    pub(crate) head: ContentHash,
    /// The rejected ones whose place it takes, with their numbers.
    pub(crate) replaced: Vec<(ExportId, i64)>,
    pub(crate) bytes: Vec<u8>,
}

impl Books {
    /// Every series of days this council's configuration calls for: the journal,
    /// and a cash file for each enabled fund; of them what the actor works for.
    /// Refunds are paid when somebody says so, and are not among them.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn export_kinds(&self) -> Result<Vec<ExportKind>> {
        let settings = self.settings().await?;
        let funds = settings.council.fund.iter().filter(|fund| !fund.disabled);
        let hosts = funds.map(|fund| ExportKind::HostCash(fund.code.to_string()));
        let all = std::iter::once(ExportKind::LedgerJournal).chain(hosts);
        Ok(all.filter(|kind| self.needs_kind(&kind.name()).is_ok()).collect())
    }

    /// Makes the next export of a series: every closed day that none before it
    /// has, those that were rejected apart; of refunds, every approved one that
    /// has a payee and is in no file yet. `None` when there is nothing.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for a fund that is not configured,
    /// [`AppError::BadInput`] when a value does not fit the layout or it leaves a row out,
    /// [`AppError::Refused`] for refunds while the configuration does not say who
    /// the council is to Bacs.
    pub async fn make_export(&self, kind: &ExportKind) -> Result<Option<Exported>> {
        self.actor().needs(Permission::Export)?;
        self.needs_kind(&kind.name())?;
        let head = self.seal().await?;
        let made = patiently(|| self.export_once(kind, head)).await;
        match made {
            // Somebody else made the same one a moment before: there is nothing left for us.
            Err(AppError::Store(StoreError::Duplicate(_))) => Ok(None),
            other => other,
        }
    }

    async fn export_once(&self, kind: &ExportKind, head: ContentHash) -> Result<Option<Exported>> {
        let usual = match kind {
            ExportKind::LedgerJournal => "ledger-journal",
            ExportKind::HostCash(_) => "host-cash",
            ExportKind::Refunds => return self.send_refunds(head).await,
        };
        let mut tx = self.store().begin().await?;
        let name = kind.name();
        let Some(through) = tx.closed_through(self.id()).await? else { return Ok(None) };
        let made = tx.export_states(self.id(), Some(&name), i64::MAX).await?;
        let Some((after, through)) = next_days(&made, through) else { return Ok(None) };
        let council = self.settings_in(&mut tx).await?.council;
        let days = (after.unwrap_or_else(first_day), through);
        let rows = if let ExportKind::HostCash(fund) = kind {
            cash(&mut tx, self, &council, fund, days).await?
        } else {
            journal(&mut tx, self, &council, days).await?
        };
        let number = made.iter().map(|one| one.row.number).max().unwrap_or(0).saturating_add(1);
        let replaced = replaced_by(&made, after, through);
        let file = written(kind, usual, &council, number, through, &rows)?;
        let (debit, credit) = totals(&rows)?;
        let made = Made {
            kind: name,
            number,
            days: (after, through),
            file_name: file.name,
            rows: file.rows,
            debit,
            credit,
            head,
            replaced: replaced.iter().map(|one| (one.row.id, one.row.number)).collect(),
            bytes: file.bytes,
        };
        let exported = self.keep_export(&mut tx, made).await?;
        tx.commit().await?;
        Ok(Some(exported))
    }

    /// Registers an export and keeps its bytes.
    pub(crate) async fn keep_export(&self, tx: &mut Tx, made: Made) -> Result<Exported> {
        let row = ExportRow {
            id: ExportId::new(self.world().id()),
            kind: made.kind,
            number: made.number,
            after_day: made.days.0,
            through_day: made.days.1,
            content_hash: ContentHash::of(&made.bytes),
            file_name: made.file_name,
            rows: i64::try_from(made.rows).unwrap_or(i64::MAX),
            debit: made.debit,
            credit: made.credit,
            head: made.head,
            made_by: self.actor().name().to_owned(),
            made_at: self.world().now(),
        };
        let size = i64::try_from(made.bytes.len()).unwrap_or(i64::MAX);
        tx.archive(self.id(), row.content_hash, size, deflate(&made.bytes)?, row.made_at).await?;
        tx.add_export(self.id(), &row).await?;
        let (ids, replaced): (Vec<ExportId>, Vec<i64>) = made.replaced.into_iter().unzip();
        tx.add_replaced(self.id(), row.id, &ids).await?;
        let data = serde_json::json!({
            "kind": row.kind, "number": row.number, "after": row.after_day, "through": row.through_day,
            "rows": row.rows, "replaces": replaced, "head": row.head.to_string(),
            "debit_pence": row.debit, "credit_pence": row.credit, "sha256": row.content_hash.to_string(),
        });
        self.note(tx, "export", &row.file_name, data).await?;
        Ok(Exported { row, bytes: made.bytes })
    }

    /// An export as it was made, byte for byte.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another.
    pub async fn export_again(&self, id: ExportId) -> Result<Exported> {
        let exported = self.exported(id).await?;
        let data = serde_json::json!({ "sha256": exported.row.content_hash.to_string() });
        self.note_alone("export again", &exported.row.file_name, data).await?;
        Ok(exported)
    }

    /// The same, not noted yet.
    pub(crate) async fn exported(&self, id: ExportId) -> Result<Exported> {
        self.actor().needs(Permission::Export)?;
        let mut tx = self.store().snapshot().await?;
        let absent = || AppError::NotFound { what: "export", name: id.to_string() };
        let row = tx.export(self.id(), id).await?.ok_or_else(absent)?;
        if self.needs_kind(&row.kind).is_err() {
            return Err(absent());
        }
        let deflated = tx.archived(self.id(), row.content_hash).await?.ok_or_else(absent)?;
        let mut bytes = Vec::new();
        DeflateDecoder::new(deflated.as_slice()).read_to_end(&mut bytes).map_err(|_| absent())?;
        Ok(Exported { row, bytes })
    }

    /// Whether the actor works for what a series holds: a host's file is of its
    /// fund (of every office and method), any other of the whole.
    pub(crate) fn needs_kind(&self, kind: &str) -> Result<()> {
        let deed = "make exports of every fund";
        match kind.strip_prefix("host:") {
            Some(fund) => self.needs_whole_fund(fund, deed),
            None => self.needs_whole(deed),
        }
    }
}

/// The days of the next export of a series: the first run of closed days that
/// none before it has, those that were rejected counting for nothing. The day
/// before the first of them, if there is one, and the last.
fn next_days(
    made: &[ExportState],
    closed_through: NaiveDate,
) -> Option<(Option<NaiveDate>, NaiveDate)> {
    let mut standing: Vec<&ExportRow> =
        made.iter().filter(|one| !one.is_rejected()).map(|one| &one.row).collect();
    standing.sort_by_key(|row| row.through_day);
    let (mut after, mut through) = (None, closed_through);
    for row in standing {
        if row.after_day <= after {
            after = after.max(Some(row.through_day));
        } else {
            // A rejected one left a gap before this one.
            through = through.min(row.after_day.unwrap_or(through));
            break;
        }
    }
    after.is_none_or(|after| after < through).then_some((after, through))
}

/// The rejected exports whose place one of those days takes: each that shares a
/// day with it which no later one had.
fn replaced_by(
    made: &[ExportState],
    after: Option<NaiveDate>,
    through: NaiveDate,
) -> Vec<&ExportState> {
    let is_replaced = |one: &&ExportState| {
        let from = one.row.after_day.max(after);
        let to = one.row.through_day.min(through);
        let shares = |from: Option<NaiveDate>, to: NaiveDate| from.is_none_or(|from| from < to);
        let taken = |later: &&ExportState| {
            later.row.number > one.row.number
                && shares(later.row.after_day.max(from), later.row.through_day.min(to))
        };
        one.is_rejected() && shares(from, to) && !made.iter().any(|later| taken(&later))
    };
    made.iter().filter(is_replaced).collect()
}

type Days = (NaiveDate, NaiveDate);

/// One line for each day, account and side.
async fn journal(tx: &mut Tx, books: &Books, council: &Council, days: Days) -> Result<Vec<Row>> {
    let totals = tx.account_totals(books.id(), days.0, days.1).await?;
    totals.iter().map(|total| journal_row(council, total)).collect()
}

fn journal_row(council: &Council, total: &AccountTotal) -> Result<Row> {
    let amount = if total.is_debit {
        total.amount
    } else {
        total.amount.checked_neg().ok_or(AppError::Overflow)?
    };
    let code = ledger_code(council, &total.account);
    Ok(Row::new()
        .with("date", Value::Date(total.day))
        .with("account", Value::Text(code))
        .with("amount", Value::Pence(amount))
        .with("narrative", Value::Text(format!("{} postings", total.postings)))
        .with("reference", Value::Text(total.account.to_string())))
}

/// What the general ledger calls an account: the fund's own code where it has
/// one, ours otherwise.
pub(crate) fn ledger_code(council: &Council, account: &Account) -> String {
    let fund =
        |code: &ims_ledger::id::FundCode| council.fund.iter().find(|fund| fund.code == *code);
    match account {
        Account::Fund(code) => fund(code)
            .map(|fund| fund.ledger_code.clone())
            .filter(|code| !code.is_empty())
            .unwrap_or_else(|| account.to_string()),
        other => other.to_string(),
    }
}

async fn cash(
    tx: &mut Tx,
    books: &Books,
    council: &Council,
    fund: &str,
    days: Days,
) -> Result<Vec<Row>> {
    let absent = || AppError::NotFound { what: "fund", name: fund.to_owned() };
    let fund: &Fund =
        council.fund.iter().find(|known| known.code.as_str() == fund).ok_or_else(absent)?;
    let lines = tx.cash_lines(books.id(), fund.code.as_str(), days.0, days.1).await?;
    let code = fund.code.as_str();
    Ok(lines.iter().map(|line| cash_row(line).with("fund", Value::Text(code.to_owned()))).collect())
}

fn cash_row(line: &CashLine) -> Row {
    Row::new()
        .with("reference", Value::Text(line.reference.clone()))
        .with("amount", Value::Pence(line.amount))
        .with("date", Value::Date(line.happened_on))
        .with("method", Value::Text(line.method.clone()))
        .with("receipt", Value::Text(line.number.clone()))
}

/// The file of an export, what it is called, and how many rows it has.
struct Written {
    bytes: Vec<u8>,
    name: String,
    rows: u64,
}

/// Writes the file. Its days count as sent, so it has to tell of every row.
fn written(
    kind: &ExportKind,
    usual: &str,
    council: &Council,
    number: i64,
    date: NaiveDate,
    rows: &[Row],
) -> Result<Written> {
    let (layout, settings) = layouts::of_export(council, &kind.name(), usual, date)?;
    let name = kind.file_name(settings, number, date);
    let number = u64::try_from(number).unwrap_or_default();
    let mut bytes = Vec::new();
    let control = layout
        .write(&Batch { number, date, rows }, &mut bytes)
        .map_err(|fault| AppError::BadInput(format!("export {}: {fault}", kind.name())))?;
    if control.left_out > 0 {
        let first =
            control.first_left_out.and_then(|nth| usize::try_from(nth).ok()?.checked_sub(1));
        let first = first.and_then(|at| rows.get(at)).map(shown).unwrap_or_default();
        return Err(AppError::BadInput(format!(
            "export {}: the layout `{}` leaves {} of {} rows out, the first {first}; its days would count as sent, so every row needs a record with its amount",
            kind.name(),
            layout.name(),
            control.left_out,
            rows.len()
        )));
    }
    Ok(Written { bytes, name, rows: control.rows })
}

/// A row by its day, what it is of, and its amount.
fn shown(row: &Row) -> String {
    let words = ["date", "account", "reference", "amount"].into_iter().filter_map(|name| {
        Some(match row.get(name)? {
            Value::Text(text) => text.clone(),
            Value::Date(date) => date.to_string(),
            Value::Pence(pence) => pence.to_string(),
            Value::Int(number) => number.to_string(),
        })
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The sum of what is above nothing, and of what is below, both positive.
fn totals(rows: &[Row]) -> Result<(Pence, Pence)> {
    let (mut above, mut below) = (Pence::ZERO, Pence::ZERO);
    for row in rows {
        let Some(Value::Pence(amount)) = row.get("amount") else { continue };
        let size = amount.checked_abs().ok_or(AppError::Overflow)?;
        let sum = if amount.is_negative() { &mut below } else { &mut above };
        *sum = sum.checked_add(size).ok_or(AppError::Overflow)?;
    }
    Ok((above, below))
}
