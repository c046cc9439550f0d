//! A person says that a file will not come, or that it is waited for again.

use chrono::NaiveDate;
use ims_store::{FileWordRow, StoreError, Tx};

use crate::{AppError, Books, Permission, Result, books::patiently, moving::reasoned};

impl Books {
    /// Says that the file of a day will not come: it is missing no more. The same again changes
    /// nothing.
    ///
    /// # Errors
    ///
    /// [`AppError::BadInput`] without a reason, and for a file or a day that is not waited for;
    /// [`AppError::Refused`] for one that came.
    pub async fn give_up_file(&self, name: &str, of: NaiveDate, reason: &str) -> Result<()> {
        self.say_of_file(name, of, reason, false).await
    }

    /// Says that the file of a day, of which somebody said that it will not come, is waited for
    /// again.
    ///
    /// # Errors
    ///
    /// As [`give_up_file`](Self::give_up_file), and [`AppError::Refused`] when nobody said so.
    pub async fn await_file_again(&self, name: &str, of: NaiveDate, reason: &str) -> Result<()> {
        self.say_of_file(name, of, reason, true).await
    }

    async fn say_of_file(
        &self,
        name: &str,
        of: NaiveDate,
        reason: &str,
        will_come: bool,
    ) -> Result<()> {
        self.actor().needs(Permission::Import)?;
        let reason = reasoned(reason)?;
        patiently(|| self.say_of_file_once(name, of, reason, will_come)).await
    }

    async fn say_of_file_once(
        &self,
        name: &str,
        of: NaiveDate,
        reason: &str,
        will_come: bool,
    ) -> Result<()> {
        let mut tx = self.store().begin().await?;
        self.is_waited_for(&mut tx, name, of).await?;
        let last = tx.file_words(self.id(), (of, of)).await?.remove(&(name.to_owned(), of));
        if last.as_ref().map_or(will_come, |last| last.will_come == will_come) {
            if last.is_some() || !will_come {
                return Ok(());
            }
            let what = format!("nobody said that `{name}` of {of} will not come");
            return Err(AppError::Refused(what));
        }
        let row = FileWordRow {
            name: name.to_owned(),
            of,
            number: last.map_or(0, |last| last.number).saturating_add(1),
            will_come,
            reason: reason.to_owned(),
            by: self.actor().name().to_owned(),
            at: self.world().now(),
        };
        match tx.add_file_word(self.id(), &row).await {
            // Somebody else had a word a moment before: look again.
            Err(StoreError::Duplicate(_)) => return Err(StoreError::Busy.into()),
            done => done?,
        }
        let deed = if will_come { "await file again" } else { "give up file" };
        let data = serde_json::json!({ "reason": row.reason });
        self.note(&mut tx, deed, &format!("{name} of {of}"), data).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Whether the council waits for a file of that name and day that has not come.
    async fn is_waited_for(&self, tx: &mut Tx, name: &str, of: NaiveDate) -> Result<()> {
        let council = self.settings_in(tx).await?.council;
        if !council.expected_file.iter().any(|file| file.name == name) {
            let names: Vec<_> =
                council.expected_file.iter().map(|file| format!("`{}`", file.name)).collect();
            let known = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            let what = format!("no file `{name}` is waited for; there is {known}");
            return Err(AppError::BadInput(what));
        }
        let due = self.files_due_in(tx, &council, (of, of)).await?;
        let Some(file) = due.files.into_iter().find(|file| file.name == name && file.of == of)
        else {
            let what = format!("there is no `{name}` of {of}: the calendar has none of that day");
            return Err(AppError::BadInput(what));
        };
        match file.came {
            Some(came) => {
                Err(AppError::Refused(format!("`{name}` of {of} came, as {}", came.file_name)))
            }
            None => Ok(()),
        }
    }
}
