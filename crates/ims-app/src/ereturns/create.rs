//! A new e-return: its number and its first version, or neither.

use ims_ledger::{EReturnStatus, Takings, id::EReturnId};
use ims_money::Pence;
use ims_store::{EReturnRow, StoreError, Tx};

use super::{label, version_of};
use crate::{AppError, Books, Permission, Result, books::patiently};

/// What an e-return is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEReturn {
    /// The template's code.
    pub template: String,
    /// A key of the caller's: the same key again makes nothing.
    pub key: Option<String>,
}

/// An e-return that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeEReturn {
    /// Its id.
    pub id: EReturnId,
    /// Its number as people see it: `R17`.
    pub number: String,
    /// The newest version, from which the next is saved.
    pub version: i64,
    /// Whether it had been made under the same key before.
    pub before: bool,
}

/// The series of their numbers.
const SERIES: &str = "e-return";

impl Books {
    /// Makes an e-return on a template: numbered without gaps, with the
    /// template's rows, each of nothing.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another template, [`AppError::Refused`] when it
    /// is disabled or the key was used for another.
    pub async fn create_ereturn(&self, new: &NewEReturn) -> Result<MadeEReturn> {
        self.actor().needs(Permission::PrepareEReturn)?;
        crate::keyed::no_card_in_key(new.key.as_deref())?;
        patiently(|| self.create_ereturn_once(new)).await
    }

    async fn create_ereturn_once(&self, new: &NewEReturn) -> Result<MadeEReturn> {
        let mut tx = self.store().begin().await?;
        if let Some(made) = self.made_before(&mut tx, new).await? {
            return Ok(made);
        }
        let settings = self.settings_in(&mut tx).await?;
        let absent =
            || AppError::NotFound { what: "e-return template", name: new.template.clone() };
        let template = settings.council.ereturn_template(&new.template);
        let template = template.filter(|it| self.sees_template(it)).ok_or_else(absent)?;
        if template.disabled {
            let what = format!("template {} is disabled: nothing is declared on it", template.code);
            return Err(AppError::Refused(what));
        }
        let row = EReturnRow {
            id: EReturnId::new(self.world().id()),
            number: tx.next_number(self.id(), SERIES).await?,
            template: new.template.clone(),
            office: template.office.as_ref().map(ToString::to_string),
            config_version: settings.version,
            created_by: self.actor().name().to_owned(),
            created_at: self.world().now(),
            key: new.key.clone(),
            status: EReturnStatus::New.as_str().to_owned(),
            version: 1,
            rows: Pence::ZERO,
            counted: Pence::ZERO,
        };
        let added = tx.add_ereturn(self.id(), &row).await;
        added.map_err(|error| match error {
            // Somebody made it under this key meanwhile: look again.
            StoreError::Duplicate(name) if name == "ereturn_once" => StoreError::Busy,
            other => other,
        })?;
        let blank = Takings::blank(template, self.world().today());
        let first = version_of(self, row.id, 1, &blank, &mut Vec::new())?;
        tx.add_ereturn_version(self.id(), &first).await?;
        let number = label(row.number);
        let data = serde_json::json!({
            "template": row.template, "office": row.office, "configuration": row.config_version,
        });
        self.note(&mut tx, "create e-return", &number, data).await?;
        tx.commit().await?;
        Ok(MadeEReturn { id: row.id, number, version: 1, before: false })
    }

    async fn made_before(&self, tx: &mut Tx, new: &NewEReturn) -> Result<Option<MadeEReturn>> {
        let Some(key) = &new.key else { return Ok(None) };
        let Some(id) = tx.ereturn_by_key(self.id(), key).await? else { return Ok(None) };
        let Some(row) = tx.ereturn(self.id(), id).await? else { return Ok(None) };
        if row.template != new.template || row.created_by != self.actor().name() {
            return Err(AppError::Refused(format!("`{key}` was used before for something else")));
        }
        let (number, version) = (label(row.number), row.version);
        Ok(Some(MadeEReturn { id, number, version, before: true }))
    }
}
