//! Control: our books beside what the general ledger's control accounts and
//! the host systems' cash totals say, by day and by month, with a certificate.
//!
//! Nothing is posted. A difference stays one until a person mends it where it
//! is wrong; what may explain it is said beside it, never taken off it.

mod explain;
mod said;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use ims_ledger::{Council, seal::ContentHash};
use ims_money::Pence;
use ims_store::{ControlRow, StoreError, Tx};
use serde::{Deserialize, Serialize};

use crate::{
    AppError, Books, Period, Permission, ROWS_MAX, Result, books::patiently,
    make_export::ledger_code,
};
use explain::Reasons;
use said::Said;

/// A file that says what another system holds.
#[derive(Clone, Copy, Debug)]
pub struct ControlFile<'a> {
    /// What it is called, for errors and the certificate.
    pub name: &'a str,
    /// Its bytes: CSV, its header naming `day`, `account` or `fund`, `amount`.
    pub bytes: &'a [u8],
}

/// What is to be compared.
#[derive(Clone, Debug)]
pub struct NewControl<'a> {
    /// The first accounting day.
    pub from: NaiveDate,
    /// The last.
    pub through: NaiveDate,
    /// What the ledger's control accounts moved by each day, debit positive.
    pub ledger: Option<ControlFile<'a>>,
    /// What each host system took each day, money in positive: fund, file.
    pub hosts: Vec<(String, ControlFile<'a>)>,
}

/// Where figures came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlSource {
    /// `ledger`, or `host:` and the fund.
    pub of: String,
    /// The file's name.
    pub file: String,
    /// The hash of its bytes, in hexadecimal.
    pub sha256: String,
    /// Rows of days that are not compared.
    pub outside: u64,
}

/// One account or fund on one day, or in one month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlLine {
    /// `ledger`, or `host:` and the fund.
    pub of: String,
    /// The ledger's code of the account, or the fund.
    pub name: String,
    /// The day, or the month.
    pub when: String,
    /// What our books say.
    pub ours_pence: Pence,
    /// What they say; absent when no file was given.
    pub theirs_pence: Option<Pence>,
    /// Ours less theirs.
    pub difference_pence: Pence,
    /// What may explain a difference.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub why: Vec<String>,
}

/// A certificate: what was compared and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Control {
    /// Counted from 1, without gaps.
    pub number: i64,
    /// The council's code.
    pub council: String,
    /// The first accounting day.
    pub from: NaiveDate,
    /// The last.
    pub through: NaiveDate,
    /// The last closed day then.
    pub closed_through: Option<NaiveDate>,
    /// The files.
    pub sources: Vec<ControlSource>,
    /// By day.
    pub days: Vec<ControlLine>,
    /// By month.
    pub months: Vec<ControlLine>,
    /// How many lines by day differ.
    pub differences: i64,
    /// The newest block, in hexadecimal.
    pub head: String,
    /// By whom.
    pub made_by: String,
}

/// The most days compared at once.
const DAYS_MAX: i64 = 400;

/// Figures by what, name and day.
type Figures = BTreeMap<(String, String, NaiveDate), Pence>;

impl Books {
    /// Compares the books with what others say and keeps the certificate.
    ///
    /// # Errors
    ///
    /// [`AppError::BadInput`] for a file that does not read, with its line, for
    /// a fund that is not configured, and for more than 400 days.
    pub async fn control(&self, new: &NewControl<'_>) -> Result<Control> {
        self.actor().needs(Permission::Control)?;
        let days = new.through.signed_duration_since(new.from).num_days();
        if !(0..DAYS_MAX).contains(&days) {
            let what = format!("{} to {} is not 1 to {DAYS_MAX} days", new.from, new.through);
            return Err(AppError::BadInput(what));
        }
        let head = self.seal().await?;
        let control = patiently(async || match self.control_once(new, head).await {
            // Somebody else took the number a moment before.
            Err(AppError::Store(StoreError::Duplicate(_))) => Err(StoreError::Busy.into()),
            other => other,
        })
        .await?;
        self.seal().await?;
        Ok(control)
    }

    /// The newest certificates.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn controls(&self, limit: i64) -> Result<Vec<ControlRow>> {
        self.actor().needs(Permission::Control)?;
        let limit = limit.clamp(1, ROWS_MAX);
        Ok(self.store().snapshot().await?.controls(self.id(), limit).await?)
    }

    /// A certificate as it was made.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another number.
    pub async fn control_again(&self, number: i64) -> Result<Control> {
        self.actor().needs(Permission::Control)?;
        let row = self.store().snapshot().await?.control(self.id(), number).await?;
        let absent =
            || AppError::NotFound { what: "control certificate", name: number.to_string() };
        serde_json::from_str(&row.ok_or_else(absent)?.certificate)
            .map_err(|error| AppError::BadInput(error.to_string()))
    }

    async fn control_once(&self, new: &NewControl<'_>, head: ContentHash) -> Result<Control> {
        let mut tx = self.store().begin().await?;
        let council = self.settings_in(&mut tx).await?.council;
        let (theirs, sources) = theirs(&council, new)?;
        let ours = self.ours(&mut tx, &council, new).await?;
        let reasons = self.reasons(&mut tx, &council, new).await?;
        let days = compared(&ours, &theirs, &sources, &reasons)?;
        let differing = days.iter().filter(|line| !line.difference_pence.is_zero()).count();
        let control = Control {
            number: tx.last_control(self.id()).await?.saturating_add(1),
            council: self.council().code.clone(),
            from: new.from,
            through: new.through,
            closed_through: reasons.closed_through,
            sources,
            months: by_month(&days)?,
            days,
            differences: i64::try_from(differing).unwrap_or(i64::MAX),
            head: head.to_string(),
            made_by: self.actor().name().to_owned(),
        };
        let certificate = serde_json::to_string(&control)
            .map_err(|error| AppError::BadInput(error.to_string()))?;
        let row = ControlRow {
            number: control.number,
            from: new.from,
            through: new.through,
            differences: control.differences,
            head,
            content_hash: ContentHash::of(certificate.as_bytes()),
            certificate,
            made_by: control.made_by.clone(),
            made_at: self.world().now(),
        };
        tx.add_control(self.id(), &row).await?;
        let data = serde_json::json!({
            "from": new.from, "through": new.through, "differences": control.differences,
            "sources": control.sources, "sha256": row.content_hash.to_string(),
            "head": control.head,
        });
        self.note(&mut tx, "control", &row.number.to_string(), data).await?;
        tx.commit().await?;
        Ok(control)
    }

    /// What our books say: each account's movement by the ledger's code, and
    /// each fund's receipt lines.
    async fn ours(&self, tx: &mut Tx, council: &Council, new: &NewControl<'_>) -> Result<Figures> {
        let mut ours = Figures::new();
        let before = new.from.pred_opt().unwrap_or(new.from);
        for total in tx.account_totals(self.id(), before, new.through).await? {
            let name = ledger_code(council, &total.account);
            let amount =
                if total.is_debit { Some(total.amount) } else { total.amount.checked_neg() };
            add(&mut ours, ("ledger".to_owned(), name, total.day), amount)?;
        }
        for total in tx.fund_days(self.id(), new.from, new.through).await? {
            let key = (format!("host:{}", total.fund), total.fund, total.day);
            add(&mut ours, key, Some(total.amount))?;
        }
        Ok(ours)
    }
}

fn add(
    figures: &mut Figures,
    key: (String, String, NaiveDate),
    amount: Option<Pence>,
) -> Result<()> {
    let sum = figures.entry(key).or_default();
    *sum = amount.and_then(|amount| sum.checked_add(amount)).ok_or(AppError::Overflow)?;
    Ok(())
}

/// What the files say, and which they are.
fn theirs(council: &Council, new: &NewControl<'_>) -> Result<(Figures, Vec<ControlSource>)> {
    let (mut figures, mut sources) = (Figures::new(), Vec::new());
    let mut take = |of: String, file: ControlFile<'_>, rows: Vec<Said>| -> Result<()> {
        let mut outside = 0_u64;
        for row in rows {
            if row.day < new.from || row.day > new.through {
                outside = outside.saturating_add(1);
                continue;
            }
            add(&mut figures, (of.clone(), row.name, row.day), Some(row.amount))?;
        }
        sources.push(ControlSource {
            of,
            file: file.name.to_owned(),
            sha256: ContentHash::of(file.bytes).to_string(),
            outside,
        });
        Ok(())
    };
    if let Some(file) = new.ledger {
        // The ledger may call an account by its own code or by ours.
        let name = |text: &str| {
            text.parse().map_or_else(|_| text.to_owned(), |account| ledger_code(council, &account))
        };
        take("ledger".to_owned(), file, said::ledger(file, name)?)?;
    }
    let mut seen = BTreeSet::new();
    for (fund, file) in &new.hosts {
        if !council.fund.iter().any(|known| known.code.as_str() == fund) {
            return Err(AppError::NotFound { what: "fund", name: fund.clone() });
        }
        if !seen.insert(fund) {
            return Err(AppError::BadInput(format!("fund {fund} has two files: give one")));
        }
        take(format!("host:{fund}"), *file, said::host(*file, fund)?)?;
    }
    Ok((figures, sources))
}

/// A line for each figure that either side has.
fn compared(
    ours: &Figures,
    theirs: &Figures,
    sources: &[ControlSource],
    reasons: &Reasons,
) -> Result<Vec<ControlLine>> {
    let keys: BTreeSet<_> = ours.keys().chain(theirs.keys()).collect();
    let mut lines = Vec::new();
    for key in keys {
        let (of, name, day) = key;
        let own = ours.get(key).copied().unwrap_or_default();
        let is_told = sources.iter().any(|source| source.of == *of);
        let said = is_told.then(|| theirs.get(key).copied().unwrap_or_default());
        let difference = own.checked_sub(said.unwrap_or(own)).ok_or(AppError::Overflow)?;
        let why = if difference.is_zero() {
            Vec::new()
        } else {
            reasons.of(of, name, *day, ours.contains_key(key), theirs.contains_key(key))
        };
        lines.push(ControlLine {
            of: of.clone(),
            name: name.clone(),
            when: day.to_string(),
            ours_pence: own,
            theirs_pence: said,
            difference_pence: difference,
            why,
        });
    }
    Ok(lines)
}

/// The same by month.
fn by_month(days: &[ControlLine]) -> Result<Vec<ControlLine>> {
    let mut months: BTreeMap<(String, String, String), ControlLine> = BTreeMap::new();
    for line in days {
        let day: NaiveDate = line.when.parse().unwrap_or_default();
        let month = Period::of(day).to_string();
        let key = (line.of.clone(), line.name.clone(), month.clone());
        let sum = months.entry(key).or_insert_with(|| ControlLine {
            when: month,
            ours_pence: Pence::ZERO,
            theirs_pence: line.theirs_pence.map(|_| Pence::ZERO),
            difference_pence: Pence::ZERO,
            why: Vec::new(),
            ..line.clone()
        });
        let added = |one: Pence, other: Pence| one.checked_add(other).ok_or(AppError::Overflow);
        sum.ours_pence = added(sum.ours_pence, line.ours_pence)?;
        sum.difference_pence = added(sum.difference_pence, line.difference_pence)?;
        if let (Some(sum), Some(said)) = (&mut sum.theirs_pence, line.theirs_pence) {
            *sum = added(*sum, said)?;
        }
    }
    Ok(months.into_values().collect())
}
