//! A link taken back.

use ims_ledger::id::LinkId;

use super::{LinkState, LinkView, no_link};
use crate::{AppError, Books, Permission, Result, books::patiently, moving::reasoned};

impl Books {
    /// Takes a link back: nobody is sent to pay by it any more. A payment that was
    /// started by it before is booked if it is made. Taken back again it stays so.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another, [`AppError::BadInput`] without a reason,
    /// [`AppError::Refused`] once it was paid.
    pub async fn withdraw_link(&self, id: LinkId, why: &str) -> Result<LinkView> {
        self.actor().needs(Permission::TakeCard)?;
        let why = reasoned(why)?;
        patiently(|| self.withdraw_link_once(id, why)).await
    }

    async fn withdraw_link_once(&self, id: LinkId, why: &str) -> Result<LinkView> {
        let mut tx = self.store().begin().await?;
        let settings = self.settings_in(&mut tx).await?;
        let row = tx.hold_link(self.id(), id).await?.ok_or_else(|| no_link(id))?;
        self.needs_link(&row)?;
        let now = self.world().now();
        match LinkState::of(&row, now)? {
            LinkState::Paid => {
                let what = "it was paid already: give the payment back if it was not meant";
                return Err(AppError::Refused(what.to_owned()));
            }
            LinkState::Withdrawn => return self.link_view(&mut tx, &settings, row).await,
            LinkState::Open | LinkState::Expired => {}
        }
        tx.withdraw_link(self.id(), (id, why, self.actor().name(), now)).await?;
        let data = serde_json::json!({ "why": why });
        self.note(&mut tx, "withdraw payment link", &id.to_string(), data).await?;
        let row = tx.link(self.id(), id).await?.ok_or_else(|| no_link(id))?;
        let view = self.link_view(&mut tx, &settings, row).await?;
        tx.commit().await?;
        Ok(LinkView { before: false, ..view })
    }
}
