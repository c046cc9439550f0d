//! New versions of the configuration: put in force, or asked for and approved.
//!
//! A version is in force for what is done from its day on, and only for what
//! is done after it was made: what was posted stays as it was posted, under the
//! version its import names. So an earlier day changes nothing in the books; it
//! only says which version later deeds find.

use chrono::NaiveDate;
use ims_ledger::id::ApprovalId;
use ims_money::Pence;
use ims_store::{ConfigurationRow, Tx};
use serde::{Deserialize, Serialize};

use super::{read, read_new};
use crate::{
    AppError, Books, Permission, ROWS_MAX, Result,
    approvals::{Ask, Verdict},
    books::{last_day, patiently},
    no_card::no_card,
};

/// The kind of approval that a version waits under.
pub(super) const KIND: &str = "configuration";

/// The most changes a refusal names.
const NAMED_MAX: usize = 5;

/// A version to be put in force.
#[derive(Clone, Copy, Debug)]
pub struct NewConfiguration<'a> {
    /// The whole configuration, as TOML.
    pub document: &'a str,
    /// The first day it is in force.
    pub from: NaiveDate,
    /// Why; needed for a day that is closed, and for a second person.
    pub reason: &'a str,
    /// The version it was written from: refused when there is a newer one.
    pub after: Option<i64>,
}

/// What became of a new version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Configured {
    /// It is kept, and in force from its day on.
    Now(i64),
    /// The newest version says the same from the same day; nothing changed.
    Before(i64),
    /// A second person has to approve it.
    Waits(ApprovalId),
}

/// What waits for a second person.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Wish {
    pub(super) from: NaiveDate,
    /// The newest version when it was asked for.
    pub(super) after: i64,
    pub(super) document: String,
}

impl Books {
    /// Puts a new version of the configuration in force from a day on.
    ///
    /// # Errors
    ///
    /// As [`apply_configuration`](Self::apply_configuration), and
    /// [`AppError::Refused`] when a second person has to approve it.
    pub async fn configure(&self, document: &str, from: NaiveDate) -> Result<i64> {
        self.may_configure_something()?;
        if self.settings().await?.council.approval.configuration {
            let what =
                "a second person has to approve the configuration: `ims config apply` asks them";
            return Err(AppError::Refused(what.to_owned()));
        }
        let new = NewConfiguration { document, from, reason: "", after: None };
        match self.apply_configuration(&new).await? {
            Configured::Now(version) | Configured::Before(version) => Ok(version),
            Configured::Waits(id) => Err(AppError::Refused(format!("{id} waits for approval"))),
        }
    }

    /// Puts a new version of the configuration in force from a day on, or asks
    /// a second person where the version in force wants one. The same document
    /// for the same day again changes nothing.
    ///
    /// # Errors
    ///
    /// [`AppError::BadInput`] when it has faults or is another council's;
    /// [`AppError::Refused`] for a closed day without a reason, for a day from
    /// which it would never be in force, and when it was written from another
    /// version than the newest, naming what that one changed.
    pub async fn apply_configuration(&self, new: &NewConfiguration<'_>) -> Result<Configured> {
        no_card("reason", new.reason)?;
        self.may_configure_something()?;
        self.read_own(new.document)?;
        patiently(|| self.apply_once(new)).await
    }

    async fn apply_once(&self, new: &NewConfiguration<'_>) -> Result<Configured> {
        let mut tx = self.store().begin().await?;
        tx.hold_configuration(self.id()).await?;
        let versions = self.versions(&mut tx).await?;
        let newest = versions.last();
        if let Some(row) =
            newest.filter(|row| row.from_day == new.from && row.document == new.document)
        {
            return Ok(Configured::Before(row.version));
        }
        if let Some(after) = new.after {
            nothing_since(&versions, after)?;
        }
        let kept = newest.map(|row| read(&row.document)).transpose()?;
        self.may_configure(kept.as_ref(), &self.read_own(new.document)?)?;
        self.day_suits(&mut tx, &versions, new.from, new.reason).await?;
        let wants_another = self.settings_in(&mut tx).await?.council.approval.configuration;
        if !wants_another {
            let name = self.actor().name();
            let version = self.keep(&mut tx, new.document, new.from, name, new.reason).await?;
            tx.commit().await?;
            return Ok(Configured::Now(version));
        }
        let wish = Wish {
            from: new.from,
            after: newest.map_or(0, |row| row.version),
            document: new.document.to_owned(),
        };
        let ask = Ask {
            kind: KIND,
            subject: format!("a new configuration from {}", new.from),
            amount: Pence::ZERO,
            document: as_json(&wish)?,
            reason: new.reason,
            key: None,
        };
        let id = self.ask(&mut tx, ask).await?;
        tx.commit().await?;
        Ok(Configured::Waits(id))
    }

    /// Says yes, no, or never mind to a version that waits. Approved, it is
    /// kept, and its number comes back.
    ///
    /// # Errors
    ///
    /// [`AppError::Refused`] for who asked for it, when it was decided before,
    /// and when another version was put in force meanwhile.
    pub async fn decide_configuration(
        &self,
        id: ApprovalId,
        verdict: Verdict,
        reason: &str,
    ) -> Result<Option<i64>> {
        no_card("reason", reason)?;
        match verdict {
            Verdict::Approved | Verdict::Refused => {
                self.actor().needs(Permission::ApproveConfiguration)?;
            }
            Verdict::Withdrawn => self.may_configure_something()?,
        }
        patiently(|| self.decide_version(id, verdict, reason)).await
    }

    async fn decide_version(
        &self,
        id: ApprovalId,
        verdict: Verdict,
        reason: &str,
    ) -> Result<Option<i64>> {
        let mut tx = self.store().begin().await?;
        tx.hold_configuration(self.id()).await?;
        if let Some(row) = self.decided_so(&mut tx, id, KIND, (verdict, reason)).await? {
            // Approved, it became the version after the one it was asked for after.
            let version = wish_of(&row.document)?.after.checked_add(1);
            return Ok(version.filter(|_| verdict == Verdict::Approved));
        }
        let row = self.waiting(&mut tx, id, KIND).await?;
        self.decide(&mut tx, &row, verdict, reason).await?;
        if verdict != Verdict::Approved {
            tx.commit().await?;
            return Ok(None);
        }
        let wish = wish_of(&row.document)?;
        // Who approves a version gives it its force: they gain nothing by it either.
        self.gains_nothing(&self.read_own(&wish.document)?)?;
        let versions = self.versions(&mut tx).await?;
        if let Some(newest) = versions.last().filter(|newest| newest.version != wish.after) {
            return Err(AppError::Refused(format!(
                "version {} was put in force after this was asked for: plan it anew and ask again",
                newest.version
            )));
        }
        self.day_suits(&mut tx, &versions, wish.from, &row.reason).await?;
        let version =
            self.keep(&mut tx, &wish.document, wish.from, &row.asked_by, &row.reason).await?;
        tx.commit().await?;
        Ok(Some(version))
    }

    /// Every version of the configuration, in the order they were made.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn configurations(&self) -> Result<Vec<ConfigurationRow>> {
        self.actor().needs(Permission::SeeConfiguration)?;
        let mut tx = self.store().snapshot().await?;
        self.versions(&mut tx).await
    }

    pub(super) async fn versions(&self, tx: &mut Tx) -> Result<Vec<ConfigurationRow>> {
        let mut all: Vec<ConfigurationRow> = Vec::new();
        loop {
            let after = all.last().map_or(0, |row| row.version);
            let page = tx.configurations(self.id(), after, ROWS_MAX).await?;
            if page.is_empty() {
                return Ok(all);
            }
            all.extend(page);
        }
    }

    /// A document without faults, of this council.
    pub(crate) fn read_own(&self, document: &str) -> Result<ims_ledger::Council> {
        let council = read_new(document)?;
        if council.code.as_str() == self.council().code {
            return Ok(council);
        }
        let (given, ours) = (&council.code, &self.council().code);
        Err(AppError::BadInput(format!("this is the configuration of {given}, not of {ours}")))
    }

    /// Whether a version can begin on `from`.
    async fn day_suits(
        &self,
        tx: &mut Tx,
        versions: &[ConfigurationRow],
        from: NaiveDate,
        reason: &str,
    ) -> Result<()> {
        let today = self.world().today();
        let later = versions.iter().filter(|row| row.from_day > from && row.from_day <= today);
        if let Some(row) = later.max_by_key(|row| (row.from_day, row.version)) {
            return Err(AppError::Refused(format!(
                "version {} has been in force since {}: from {from} this one never would be; say --from {} or later",
                row.version, row.from_day, row.from_day
            )));
        }
        let closed = tx.closed_through(self.id()).await?;
        if let Some(closed) = closed.filter(|closed| from <= *closed)
            && reason.trim().is_empty()
        {
            return Err(AppError::Refused(format!(
                "days to {closed} are closed: nothing in them changes, but say why it begins there with --reason"
            )));
        }
        Ok(())
    }

    async fn keep(
        &self,
        tx: &mut Tx,
        document: &str,
        from: NaiveDate,
        made_by: &str,
        reason: &str,
    ) -> Result<i64> {
        let council = read(document)?;
        let before = tx.configuration(self.id(), last_day()).await?;
        let changes = match before {
            Some(row) => super::difference::between(&read(&row.document)?, &council)?,
            None => Vec::new(),
        };
        let now = self.world().now();
        let version =
            tx.add_configuration(self.id(), &council.name, from, document, made_by, now).await?;
        let changes: Vec<_> = changes
            .into_iter()
            .map(|change| {
                serde_json::json!({ "path": change.path, "before": change.from, "after": change.to })
            })
            .collect();
        let data = serde_json::json!({
            "version": version, "from": from, "made_by": made_by, "why": reason.trim(),
            "changes": changes,
        });
        self.note(tx, "configure", &self.council().code, data).await?;
        Ok(version)
    }
}

/// Refuses what was written from an older version than the newest (W22): it
/// would undo what was put in force since.
fn nothing_since(versions: &[ConfigurationRow], after: i64) -> Result<()> {
    let absent = || AppError::NotFound { what: "version", name: after.to_string() };
    let from = versions.iter().find(|row| row.version == after).ok_or_else(absent)?;
    // The last to be in force, as `ims config export` gives it, whenever it was made.
    let last = versions.iter().max_by_key(|row| (row.from_day, row.version));
    let Some(newest) = last.filter(|newest| newest.version != after) else {
        return Ok(());
    };
    let changes = super::difference::between(&read(&from.document)?, &read(&newest.document)?)?;
    let mut named: Vec<_> = changes.iter().take(NAMED_MAX).map(|it| it.path.as_str()).collect();
    if changes.len() > NAMED_MAX {
        named.push("…");
    }
    let changed = if named.is_empty() { "nothing but words".to_owned() } else { named.join(", ") };
    Err(AppError::Refused(format!(
        "this was written from version {after}, and version {} was made by {} on {} UTC: it changed \
         {changed}; export version {}, make your change there, and apply that after {}",
        newest.version,
        newest.made_by,
        newest.made_at.format("%d/%m/%Y %H:%M"),
        newest.version,
        newest.version,
    )))
}

fn as_json(wish: &Wish) -> Result<String> {
    let bad = |error| AppError::BadInput(format!("the configuration cannot be kept: {error}"));
    serde_json::to_string(wish).map_err(bad)
}

pub(super) fn wish_of(document: &str) -> Result<Wish> {
    let bad = |error| AppError::BadInput(format!("what was asked for does not read: {error}"));
    serde_json::from_str(document).map_err(bad)
}
