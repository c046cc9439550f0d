//! A resident follows a link: what it is for, and its lines into their basket.

use ims_ledger::id::LinkId;
use ims_money::Pence;
use ims_store::Tx;

use super::{LinkState, LinkView, lines_of};
use crate::{
    BasketLine, BasketView, Books, Result, Settings, Unpayable,
    baskets::{Held, LinkedLine},
    books::patiently,
};

/// Why the lines of a link cannot be put into a basket.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotTakenUp {
    /// This council never made such an address.
    Unknown,
    /// It cannot be paid any more.
    Ended(LinkState),
    /// One of its lines cannot be paid: which, counted from nought.
    Line(usize, Unpayable),
}

impl Books {
    /// The link that an address ends in. `None` when this council did not make the
    /// address: then nothing is looked up.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn followed_link(&self, token: &str) -> Result<Option<LinkView>> {
        self.serves_residents()?;
        let mut tx = self.store().snapshot().await?;
        let settings = self.settings_in(&mut tx).await?;
        let Some(id) = self.link_meant(&settings, token) else { return Ok(None) };
        match tx.link(self.id(), id).await? {
            Some(row) => self.link_view(&mut tx, &settings, row).await.map(Some),
            None => Ok(None),
        }
    }

    fn link_meant(&self, settings: &Settings, token: &str) -> Option<LinkId> {
        self.link_key(settings).ok()?.read(token)
    }

    /// Puts the lines of a link into a basket, all or none of them: those without
    /// an amount with the one that stands in its place in `amounts`. Again, it
    /// changes nothing.
    ///
    /// # Errors
    ///
    /// What the store says; the inner error says why not.
    pub async fn take_up_link(
        &self,
        basket: &str,
        token: &str,
        amounts: &[Option<Pence>],
    ) -> Result<Result<BasketView, NotTakenUp>> {
        self.serves_residents()?;
        patiently(|| self.take_up_once(basket, token, amounts)).await
    }

    async fn take_up_once(
        &self,
        basket: &str,
        token: &str,
        amounts: &[Option<Pence>],
    ) -> Result<Result<BasketView, NotTakenUp>> {
        let mut tx = self.store().begin().await?;
        let settings = self.settings_in(&mut tx).await?;
        let Some(id) = self.link_meant(&settings, token) else {
            return Ok(Err(NotTakenUp::Unknown));
        };
        let Some(row) = tx.link(self.id(), id).await? else { return Ok(Err(NotTakenUp::Unknown)) };
        match LinkState::of(&row, self.world().now())? {
            LinkState::Open => {}
            ended => return Ok(Err(NotTakenUp::Ended(ended))),
        }
        let mut held = self.held_basket(&mut tx, basket).await?;
        let mut is_changed = false;
        for (at, line) in lines_of(&row)?.into_iter().enumerate() {
            let said = amounts.get(at).copied().flatten();
            // What the link says counts, whatever a form says.
            let amount = line.amount.or(said).unwrap_or(Pence::ZERO);
            let line = BasketLine { fund: line.fund, reference: line.reference, amount };
            match self.put_line(&mut tx, &settings, &mut held, &line).await? {
                Ok((line, is_new)) => {
                    let (fund, reference) = (line.fund, line.reference);
                    let is_same = |it: &&LinkedLine| it.fund == fund && it.reference == reference;
                    // One line pays one link: the other one's money is asked for as well.
                    if held.linked().iter().any(|it| is_same(&it) && it.link != id) {
                        return Ok(Err(NotTakenUp::Line(at, Unpayable::Twice)));
                    }
                    is_changed |= is_new | held.link(LinkedLine { fund, reference, link: id });
                }
                Err(why) => return Ok(Err(NotTakenUp::Line(at, why))),
            }
        }
        if !is_changed {
            return held.view(&settings).map(Ok);
        }
        self.keep_changed(tx, basket, held, &settings).await.map(Ok)
    }

    /// The first line of a basket that came by a link which cannot be paid any
    /// more, and where that link stands.
    pub(crate) async fn ended_link(
        &self,
        tx: &mut Tx,
        held: &Held,
    ) -> Result<Option<(String, LinkState)>> {
        for line in held.linked() {
            let Some(row) = tx.link(self.id(), line.link).await? else { continue };
            match LinkState::of(&row, self.world().now())? {
                LinkState::Open => {}
                ended => return Ok(Some((line.reference.clone(), ended))),
            }
        }
        Ok(None)
    }
}
