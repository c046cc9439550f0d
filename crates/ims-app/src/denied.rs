//! What is noted of reading and of refusals: a transaction of its own each,
//! because nothing else is written.

use ims_store::StoreError;

use crate::{AppError, Books, Result, books::patiently};

impl Books {
    /// Notes that the actor tried what they may not: at most once a minute for
    /// each deed, so that nobody floods the audit trail. Other errors are no
    /// business of it.
    ///
    /// Whoever shows the error calls this, once, at the edge of the program.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn note_denied(&self, error: &AppError) -> Result<()> {
        let AppError::NotAllowed { deed, .. } = error else { return Ok(()) };
        self.note_at_most("denied", deed, serde_json::json!({})).await
    }

    /// Appends an audit event in a transaction of its own.
    pub(crate) async fn note_alone(
        &self,
        deed: &str,
        subject: &str,
        data: serde_json::Value,
    ) -> Result<()> {
        patiently(|| async {
            let mut tx = self.store().begin().await?;
            self.note(&mut tx, deed, subject, data.clone()).await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    /// The same, at most once a minute for each deed and subject of the actor.
    pub(crate) async fn note_at_most(
        &self,
        deed: &str,
        subject: &str,
        data: serde_json::Value,
    ) -> Result<()> {
        let minute = self.world().now().timestamp().div_euclid(60);
        let what = format!("{deed} {subject}");
        let noted = patiently(|| async {
            let mut tx = self.store().begin().await?;
            if tx.note_minute(self.id(), self.actor().name(), &what, minute).await? {
                self.note(&mut tx, deed, subject, data.clone()).await?;
            }
            Ok(tx.commit().await?)
        });
        match noted.await {
            // Another server noted the very same at this moment.
            Err(AppError::Store(StoreError::Duplicate(_))) => Ok(()),
            done => done,
        }
    }
}
