//! A till opened: one at a drawer, and one for a cashier.

use ims_ledger::{Cash, id::TillSessionId};
use ims_money::Pence;
use ims_store::{StoreError, TillSessionRow, Tx};

use super::{TillStatus, label};
use crate::{
    AppError, Books, Permission, ROWS_MAX, Result, ScopeKind,
    books::patiently,
    keyed::{no_card_in_key, written},
};

/// What a session begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTillSession {
    /// The till's code.
    pub till: String,
    /// The float, counted into the drawer by its cashier; it may be nothing.
    pub float: Cash,
    /// A key of the caller's: the same key again opens nothing.
    pub key: Option<String>,
}

/// A session that was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedTill {
    /// Its id.
    pub id: TillSessionId,
    /// Its number as people see it: `T7`.
    pub number: String,
    /// What the float came to.
    pub float: Pence,
    /// Whether it had been opened under the same key before.
    pub before: bool,
}

/// The series of their numbers.
const SERIES: &str = "till";

impl Books {
    /// Opens a till with a float. It is the till of whoever opens it, until they
    /// count it.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another till, [`AppError::BadInput`] for a float
    /// that cannot be meant, [`AppError::Refused`] while the till or the cashier
    /// has another session open, or when the key was used for another.
    pub async fn open_till(&self, new: &NewTillSession) -> Result<OpenedTill> {
        self.actor().needs(Permission::TakeCash)?;
        no_card_in_key(new.key.as_deref())?;
        patiently(|| self.open_till_once(new)).await
    }

    async fn open_till_once(&self, new: &NewTillSession) -> Result<OpenedTill> {
        let mut tx = self.store().begin().await?;
        let settings = self.settings_in(&mut tx).await?;
        let absent = || AppError::NotFound { what: "till", name: new.till.clone() };
        let till = settings.council.till(&new.till).ok_or_else(absent)?;
        self.needs_within(ScopeKind::Office, till.office.as_str()).map_err(|_| absent())?;
        if let Some(fault) = new.float.faults().first() {
            return Err(AppError::BadInput(format!("the float: {}", fault.what)));
        }
        let float = new.float.total().ok_or(AppError::Overflow)?;
        let float_document = written(&new.float)?;
        if let Some(opened) = self.opened_before(&mut tx, new, &float_document).await? {
            return Ok(opened);
        }
        if till.disabled {
            let what = format!("till {} is disabled: it is opened no more", till.code);
            return Err(AppError::Refused(what));
        }
        self.is_free(&mut tx, &new.till).await?;
        let row = TillSessionRow {
            id: TillSessionId::new(self.world().id()),
            number: tx.next_number(self.id(), SERIES).await?,
            till: new.till.clone(),
            office: till.office.to_string(),
            cashier: self.actor().name().to_owned(),
            float_document,
            float,
            config_version: settings.version,
            opened_at: self.world().now(),
            key: new.key.clone(),
            status: TillStatus::Open.as_str().to_owned(),
        };
        let added = tx.add_till_session(self.id(), &row).await;
        // Somebody opened it meanwhile: look again.
        added.map_err(|error| match error {
            StoreError::Duplicate(_) => StoreError::Busy,
            other => other,
        })?;
        let number = label(row.number);
        let data = serde_json::json!({
            "till": row.till, "office": row.office, "float_pence": float,
            "configuration": row.config_version,
        });
        self.note(&mut tx, "open till", &number, data).await?;
        tx.commit().await?;
        Ok(OpenedTill { id: row.id, number, float, before: false })
    }

    async fn opened_before(
        &self,
        tx: &mut Tx,
        new: &NewTillSession,
        float: &str,
    ) -> Result<Option<OpenedTill>> {
        let Some(key) = &new.key else { return Ok(None) };
        let Some(id) = tx.till_session_by_key(self.id(), key).await? else { return Ok(None) };
        let Some(row) = tx.till_session(self.id(), id).await? else { return Ok(None) };
        let is_same = row.till == new.till
            && row.float_document == float
            && row.cashier == self.actor().name();
        if !is_same {
            return Err(AppError::Refused(format!("`{key}` was used before for something else")));
        }
        Ok(Some(OpenedTill { id, number: label(row.number), float: row.float, before: true }))
    }

    /// Refuses a till that somebody has open, and who has another one open.
    async fn is_free(&self, tx: &mut Tx, till: &str) -> Result<()> {
        let who = self.actor().name();
        let mut before = None;
        loop {
            let open = tx.till_sessions(self.id(), ("open", ""), before, ROWS_MAX).await?;
            if let Some(other) = open.iter().find(|row| row.till == till) {
                let what = format!(
                    "till {till} is open: {} has it ({})",
                    other.cashier,
                    label(other.number)
                );
                return Err(AppError::Refused(what));
            }
            if let Some(other) = open.iter().find(|row| row.cashier == who) {
                return Err(AppError::Refused(format!(
                    "{who} has till {} open ({}): count that first",
                    other.till,
                    label(other.number)
                )));
            }
            match open.last() {
                Some(last) => before = Some(last.number),
                None => return Ok(()),
            }
        }
    }
}
