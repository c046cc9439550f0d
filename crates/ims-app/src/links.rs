//! Payment links: what the council asks somebody to pay, by an address that only
//! the council can have made.
//!
//! ```text
//! make_link        what for, how often, until when: a deed of the staff's
//!   the address    the link's id and a MAC of it; nothing of a payer
//! followed_link    what it is for, and whether it can still be paid
//! take_up_link     its lines into the visitor's basket, all or none
//! ```
//!
//! A basket remembers which link a line came by, so that what is paid says so: a
//! link for one payment is paid then, and whoever else follows it is told before
//! they pay. Should two people have paid all the same, both payments are booked,
//! and the second is listed for a person.

use chrono::{DateTime, NaiveDate, Utc};
use ims_ledger::{
    id::{LinkId, PaymentId},
    london_day,
};
use ims_money::Pence;
use ims_store::{LinkRow, Tx};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{AppError, Books, Permission, ROWS_MAX, Result, Settings, keyed::read, who::SeenPage};

mod make;
mod paid;
mod sign;
mod take_up;
mod withdraw;

pub use make::{LINK_DAYS_MAX, LINK_LABEL_MAX, NewLink};
pub use sign::SecretValues;
pub(crate) use sign::Secrets;
pub use take_up::NotTakenUp;

/// One thing that a link asks to be paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkLine {
    /// The fund's code.
    pub fund: String,
    /// The account, as the fund writes it.
    pub reference: String,
    /// Gross, more than nothing; none where the payer says how much.
    pub amount: Option<Pence>,
}

/// How often a link may be paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkUses {
    /// By one payment.
    Once,
    /// By as many as there are people.
    Many,
}

impl LinkUses {
    /// The word it is kept by.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Once => "once",
            Self::Many => "many",
        }
    }

    fn named(word: &str) -> Result<Self> {
        let known = [Self::Once, Self::Many].into_iter().find(|uses| uses.as_str() == word);
        known.ok_or_else(|| AppError::BadInput(format!("`{word}` is no use of a link")))
    }
}

/// Whether a link can be paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// It can.
    Open,
    /// It was for one payment, and that was made.
    Paid,
    /// The council has taken it back.
    Withdrawn,
    /// Its last day is over.
    Expired,
}

impl LinkState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Open, Self::Paid, Self::Withdrawn, Self::Expired];

    /// The word it is listed by.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Paid => "paid",
            Self::Withdrawn => "withdrawn",
            Self::Expired => "expired",
        }
    }

    /// The state of this name.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// What is kept of it: that a day is over is kept nowhere.
    const fn kept(self) -> &'static str {
        match self {
            Self::Open | Self::Expired => Self::Open.as_str(),
            Self::Paid | Self::Withdrawn => self.as_str(),
        }
    }

    fn of(row: &LinkRow, now: DateTime<Utc>) -> Result<Self> {
        let state = Self::named(&row.status);
        let unknown = || AppError::BadInput(format!("`{}` is no state of a link", row.status));
        match state.ok_or_else(unknown)? {
            Self::Open if now >= row.expires_at => Ok(Self::Expired),
            state => Ok(state),
        }
    }
}

/// A link as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkView {
    /// Its id.
    pub id: LinkId,
    /// What it is for.
    pub lines: Vec<LinkLine>,
    /// How often it may be paid.
    pub uses: LinkUses,
    /// Its last day.
    pub until: NaiveDate,
    /// The council's own words for it.
    pub label: String,
    /// Who made it.
    pub made_by: String,
    /// When.
    pub made_at: DateTime<Utc>,
    /// Whether it can be paid.
    pub state: LinkState,
    /// The day it was paid, if it was for one payment.
    pub paid_on: Option<NaiveDate>,
    /// The payment that paid it.
    pub paid_by: Option<PaymentId>,
    /// How many payments by it were made.
    pub payments: i64,
    /// How many have been started by it and not ended.
    pub under_way: i64,
    /// The end of its address: `/link/` and this. None where the program was not
    /// given the key.
    pub token: Option<String>,
    /// Whether it stood so before.
    pub before: bool,
}

impl Books {
    /// Links, the newest first: those in one state, or all; at most `limit` made
    /// before `before`.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn links(
        &self,
        state: Option<LinkState>,
        before: Option<LinkId>,
        limit: i64,
    ) -> Result<Vec<LinkView>> {
        self.actor().needs(Permission::SeeIncome)?;
        let mut tx = self.store().snapshot().await?;
        let settings = self.settings_in(&mut tx).await?;
        let mut before = before.unwrap_or(LinkId::new(Uuid::max()));
        let (limit, now) = (limit.clamp(1, ROWS_MAX), self.world().now());
        let kept = state.map_or("", LinkState::kept);
        let mut seen = SeenPage::of(limit);
        loop {
            let rows = tx.links(self.id(), before, kept, limit).await?;
            before = rows.last().map_or(before, |row| row.id);
            let is_meant = |row: &LinkRow| {
                let is_in = |wanted| LinkState::of(row, now).is_ok_and(|state| state == wanted);
                state.is_none_or(is_in) && self.needs_link(row).is_ok()
            };
            if !seen.take(rows, is_meant) {
                break;
            }
        }
        let mut views = Vec::with_capacity(seen.rows.len());
        for row in seen.rows {
            views.push(self.link_view(&mut tx, &settings, row).await?);
        }
        Ok(views)
    }

    /// A link.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another, and for one with a line of a fund that
    /// the actor does not work for.
    pub async fn link(&self, id: LinkId) -> Result<LinkView> {
        self.actor().needs(Permission::SeeIncome)?;
        let mut tx = self.store().snapshot().await?;
        let settings = self.settings_in(&mut tx).await?;
        let row = tx.link(self.id(), id).await?.ok_or_else(|| no_link(id))?;
        self.needs_link(&row)?;
        self.link_view(&mut tx, &settings, row).await
    }

    /// Asks whether a link is within what the actor works for, every line of it.
    fn needs_link(&self, row: &LinkRow) -> Result<()> {
        let lines = lines_of(row)?;
        let is_seen = lines.iter().all(|line| self.needs_fund(&line.fund).is_ok());
        if is_seen { Ok(()) } else { Err(no_link(row.id)) }
    }

    async fn link_view(&self, tx: &mut Tx, settings: &Settings, row: LinkRow) -> Result<LinkView> {
        let (payments, under_way) = tx.link_uses(self.id(), row.id).await?;
        let paid_on = match row.paid_by {
            Some(payment) => self.captured_on(tx, payment).await?,
            None => None,
        };
        let label = tx.words_of(self.id(), row.id.get()).await?.unwrap_or_default();
        let before = row.expires_at - chrono::TimeDelta::microseconds(1);
        Ok(LinkView {
            id: row.id,
            lines: lines_of(&row)?,
            uses: LinkUses::named(&row.uses)?,
            until: london_day(before),
            label,
            state: LinkState::of(&row, self.world().now())?,
            paid_on,
            paid_by: row.paid_by,
            payments,
            under_way,
            token: self.link_key(settings).ok().map(|key| key.token(row.id)),
            before: true,
            made_by: row.made_by,
            made_at: row.made_at,
        })
    }

    async fn captured_on(&self, tx: &mut Tx, payment: PaymentId) -> Result<Option<NaiveDate>> {
        let steps = tx.payment_steps(self.id(), payment).await?;
        let step = steps.iter().find(|step| step.entry.is_some());
        Ok(step.map(|step| london_day(step.at)))
    }
}

fn lines_of(row: &LinkRow) -> Result<Vec<LinkLine>> {
    read(&row.document)
}

fn no_link(id: LinkId) -> AppError {
    AppError::NotFound { what: "payment link", name: id.to_string() }
}
