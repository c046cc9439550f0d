//! Messages to everybody.

use ims_ledger::Message;

use crate::{Books, Permission, Result};

impl Books {
    /// The messages shown now, the gravest first.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn messages_now(&self) -> Result<Vec<Message>> {
        self.actor().needs(Permission::SeeIncome)?;
        let council = self.settings().await?.council;
        Ok(council.messages_at(self.world().now()).into_iter().cloned().collect())
    }
}
