//! Putting one's name to a day: one person prepares it, another reviews it, and
//! opening it again needs a reason.

use chrono::NaiveDate;
use ims_ledger::seal::ContentHash;
use ims_store::{BankDayRow, SignedBy, StoreError, Tx};

use super::{
    BankDay,
    changes::since,
    look::{Proposals, account_of, read},
};
use crate::{
    AppError, Books, NOTE_MAX, Permission, Result, books::patiently, moving::reasoned,
    no_card::no_card,
};

impl Books {
    /// Puts the actor's name to a day of a bank account as it is: what is still
    /// unexplained is listed in the certificate. The same again by the same
    /// person changes nothing.
    ///
    /// # Errors
    ///
    /// [`AppError::Refused`] for a day that no statement reaches, or that is
    /// signed.
    pub async fn prepare_bank_day(
        &self,
        bank: &str,
        day: NaiveDate,
        note: &str,
    ) -> Result<BankDay> {
        self.actor().needs(Permission::Reconcile)?;
        no_card("note", note)?;
        let head = self.seal().await?;
        let done = patiently(|| self.prepare_once(bank, day, note, head)).await;
        self.signed_now(bank, day, done).await
    }

    /// Puts a second person's name to a day that was prepared.
    ///
    /// # Errors
    ///
    /// [`AppError::Refused`] for who prepared it, for a day nobody prepared or
    /// somebody reviewed, and when what was prepared no longer holds.
    pub async fn review_bank_day(&self, bank: &str, day: NaiveDate, note: &str) -> Result<BankDay> {
        self.actor().needs(Permission::ReviewReconciliation)?;
        no_card("note", note)?;
        let done = patiently(|| self.review_once(bank, day, note)).await;
        self.signed_now(bank, day, done).await
    }

    /// Opens a signed day again: for who prepares and who reviews.
    ///
    /// # Errors
    ///
    /// [`AppError::BadInput`] without a reason, [`AppError::Refused`] for a day
    /// that nobody signed.
    pub async fn reopen_bank_day(
        &self,
        bank: &str,
        day: NaiveDate,
        reason: &str,
    ) -> Result<BankDay> {
        if !self.actor().may(Permission::ReviewReconciliation) {
            self.actor().needs(Permission::Reconcile)?;
        }
        let reason = reasoned(reason)?;
        let done = patiently(|| self.reopen_once(bank, day, reason)).await;
        self.signed_now(bank, day, done).await
    }

    async fn signed_now(&self, bank: &str, day: NaiveDate, done: Result<()>) -> Result<BankDay> {
        match done {
            Err(AppError::Store(StoreError::Duplicate(_))) => {
                let what =
                    format!("somebody else signed {day} of {bank} a moment before: look again");
                return Err(AppError::Refused(what));
            }
            other => other?,
        }
        self.seal().await?;
        self.bank_day_seen(bank, day, Proposals::OfTheDay).await
    }

    async fn prepare_once(
        &self,
        bank: &str,
        day: NaiveDate,
        note: &str,
        head: ContentHash,
    ) -> Result<()> {
        // What is signed is what several questions come to: of one moment, or it never was so.
        let mut tx = self.store().begin_at_one_moment().await?;
        let settings = self.settings_in(&mut tx).await?;
        let account = account_of(&settings.council, bank)?;
        let reaches = tx.bank_reaches(self.id(), bank).await?;
        if reaches.is_none_or(|last| last < day) {
            let ends = reaches.map_or_else(
                || "it has no statement yet".to_owned(),
                |last| format!("its last line is of {last}"),
            );
            return Err(AppError::Refused(format!("no statement of {bank} reaches {day}: {ends}")));
        }
        let (council, of) = (&settings.council, (account, day));
        let facts = self.bank_day_facts(&mut tx, council, of, Proposals::OfTheDay).await?.facts;
        let certificate =
            serde_json::to_string(&facts).map_err(|error| AppError::BadInput(error.to_string()))?;
        let content_hash = ContentHash::of(certificate.as_bytes());
        let newest = tx.signed_bank_days(self.id(), bank, day, day).await?.into_iter().next();
        let generation = match newest {
            Some(row) if row.reopened.is_some() => row.generation.saturating_add(1),
            Some(row)
                if row.content_hash == content_hash && row.prepared.by == self.actor().name() =>
            {
                return Ok(());
            }
            Some(row) => {
                return Err(AppError::Refused(format!(
                    "{day} of {bank} was prepared by {}: open it again first, with a reason",
                    row.prepared.by
                )));
            }
            None => 0,
        };
        let row = BankDayRow {
            bank: bank.to_owned(),
            day,
            generation,
            certificate,
            content_hash,
            head,
            prepared: self.word(note)?,
            reviewed: None,
            reopened: None,
        };
        tx.sign_bank_day(self.id(), &row).await?;
        let open = facts.lines.iter().filter(|line| line.stands.is_open()).count();
        let data = serde_json::json!({
            "generation": generation, "lines": facts.lines.len(), "open": open,
            "closing_pence": facts.closing_pence, "note": row.prepared.note,
            "sha256": content_hash.to_string(), "head": head.to_string(),
        });
        self.note(&mut tx, "prepare bank day", &subject(bank, day), data).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn review_once(&self, bank: &str, day: NaiveDate, note: &str) -> Result<()> {
        let mut tx = self.store().begin_at_one_moment().await?;
        let row = self.signed_day(&mut tx, bank, day).await?;
        let word = self.word(note)?;
        match &row.reviewed {
            Some(done) if done.by == word.by && done.note == word.note => return Ok(()),
            Some(done) => {
                let what = format!("{day} of {bank} was reviewed by {} already", done.by);
                return Err(AppError::Refused(what));
            }
            None => {}
        }
        if row.prepared.by == word.by {
            return Err(AppError::Refused(format!(
                "{} prepared {day} of {bank} and so cannot review it",
                word.by
            )));
        }
        let settings = self.settings_in(&mut tx).await?;
        let account = account_of(&settings.council, bank)?;
        let (council, of) = (&settings.council, (account, day));
        // Whether something is proposed for an open line or not, it is as open as it was.
        let facts = self.bank_day_facts(&mut tx, council, of, Proposals::Unwanted).await?.facts;
        let signed = read(row.clone())?;
        if let Some(change) = since(&signed.facts, &facts).into_iter().find(|one| one.weighs) {
            return Err(AppError::Refused(format!(
                "{day} of {bank} is not any more what {} prepared: {}; open it again, with a reason",
                row.prepared.by, change.what
            )));
        }
        tx.review_bank_day(self.id(), &row, &word).await?;
        let data = serde_json::json!({
            "generation": row.generation, "prepared_by": row.prepared.by, "note": word.note,
            "sha256": row.content_hash.to_string(),
        });
        self.note(&mut tx, "review bank day", &subject(bank, day), data).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn reopen_once(&self, bank: &str, day: NaiveDate, reason: &str) -> Result<()> {
        let mut tx = self.store().begin().await?;
        let row = self.signed_day(&mut tx, bank, day).await?;
        let word = self.word(reason)?;
        tx.reopen_bank_day(self.id(), &row, &word).await?;
        let data = serde_json::json!({
            "generation": row.generation, "prepared_by": row.prepared.by,
            "reviewed_by": row.reviewed.map(|word| word.by), "why": word.note,
        });
        self.note(&mut tx, "reopen bank day", &subject(bank, day), data).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The signature of a day that stands.
    async fn signed_day(&self, tx: &mut Tx, bank: &str, day: NaiveDate) -> Result<BankDayRow> {
        account_of(&self.settings_in(tx).await?.council, bank)?;
        let newest = tx.signed_bank_days(self.id(), bank, day, day).await?.into_iter().next();
        newest.filter(|row| row.reopened.is_none()).ok_or_else(|| {
            AppError::Refused(format!("nobody has prepared {day} of {bank}: it is open"))
        })
    }

    fn word(&self, note: &str) -> Result<SignedBy> {
        let note = note.trim();
        if note.chars().count() > NOTE_MAX {
            return Err(AppError::BadInput(format!("a note may have {NOTE_MAX} characters")));
        }
        let (by, at) = (self.actor().name().to_owned(), self.world().now());
        Ok(SignedBy { by, at, note: note.to_owned() })
    }
}

fn subject(bank: &str, day: NaiveDate) -> String {
    format!("{bank} {day}")
}
