//! What residents mean to pay on the web, before they pay it.
//!
//! A basket is kept on the server under the hash of a random name that only a
//! cookie holds, so that a refresh, the way back and a second tab all see the
//! same one. It is no part of the books, and is forgotten some hours after it
//! was last changed.

use chrono::{DateTime, TimeDelta, Utc};
use ims_ledger::{
    id::{LinkId, PaymentId},
    is_mail_address,
    seal::ContentHash,
};
use ims_money::Pence;
use ims_pay::StatusName;
use ims_store::{BasketRow, PaymentRow, StoreError, Tx};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    AppError, Books, Permission, Result, Settings,
    books::patiently,
    keyed::{read, written},
    no_card::no_card,
    payments::name_of,
    take_receipt::{PORTAL_LINES_MAX, Payer, payer_reads},
};

mod check;
mod parts;
mod pay;

pub use check::{PayableAccount, Unpayable};
pub use parts::BasketPart;
pub(crate) use pay::account_for;
pub use pay::{BroughtBack, NotBrought};

/// How long a basket is kept after its last change: longer than a payment that
/// its provider does not know may still begin.
const KEPT: TimeDelta = TimeDelta::hours(4);

/// One thing to be paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BasketLine {
    /// The fund's code.
    pub fund: String,
    /// The account, as the fund writes it.
    pub reference: String,
    /// Gross, more than nothing.
    pub amount: Pence,
}

/// A basket as its owner sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BasketView {
    /// Which state of its content this is: what is paid must be what was shown.
    pub content: i64,
    /// What is in it.
    pub lines: Vec<BasketLine>,
    /// What it comes to.
    pub total: Pence,
    /// What is paid with each payment, in their order: more than one where funds are
    /// paid through accounts of their own.
    pub parts: Vec<BasketPart>,
    /// Who pays, if that was asked.
    pub payer: Option<Payer>,
    /// Whether a fund needs to know who pays, and that was not said yet.
    pub needs_payer: bool,
    /// Whether a fund needs to know who pays.
    pub asks_payer: bool,
    /// Where the receipt is wanted by e-mail, if that was said.
    pub mail: Option<String>,
    /// Whether the council sends receipts by e-mail.
    pub asks_mail: bool,
    /// Whether it was said that it is wanted so, or is not.
    pub said_mail: bool,
    /// The payment it was brought to, while nobody knows how that ends.
    pub under_way: Option<UnderWay>,
}

/// A payment of a basket that has not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnderWay {
    /// The payment.
    pub id: PaymentId,
    /// Our reference for it.
    pub reference: String,
    /// How much.
    pub amount: Pence,
}

/// What is kept of it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Kept {
    content: i64,
    lines: Vec<BasketLine>,
    payer: Option<Payer>,
    /// Where the receipt is wanted: nothing for nowhere, none if not yet said.
    #[serde(default)]
    mail: Option<String>,
    /// Which lines came by a payment link.
    #[serde(default)]
    links: Vec<LinkedLine>,
    /// The last try whose money came: its lines are no longer in the basket.
    #[serde(default)]
    settled: i64,
}

/// That a line came by a payment link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LinkedLine {
    pub(crate) fund: String,
    pub(crate) reference: String,
    pub(crate) link: LinkId,
}

impl LinkedLine {
    fn is_of(&self, line: &BasketLine) -> bool {
        self.fund == line.fund && self.reference == line.reference
    }
}

impl Kept {
    /// The links of which some line is not in the basket any more. They are
    /// forgotten: what a link asks for is paid whole.
    fn forget_broken_links(&mut self) -> Vec<LinkId> {
        let is_gone = |of: &&LinkedLine| !self.lines.iter().any(|line| of.is_of(line));
        let broken: Vec<_> = self.links.iter().filter(is_gone).map(|of| of.link).collect();
        self.links.retain(|of| !broken.contains(&of.link));
        broken
    }

    /// Takes lines out; with a line that came by a link go the others of that link.
    fn take_out(&mut self, is_meant: impl Fn(&BasketLine) -> bool) {
        self.lines.retain(|line| !is_meant(line));
        loop {
            let linked = self.links.clone();
            let broken = self.forget_broken_links();
            if broken.is_empty() {
                return;
            }
            let is_with = |line: &BasketLine| {
                linked.iter().any(|of| of.is_of(line) && broken.contains(&of.link))
            };
            self.lines.retain(|line| !is_with(line));
        }
    }
}

/// A basket and the row it was read from, if it was kept before.
pub(crate) struct Held {
    row: Option<BasketRow>,
    kept: Kept,
    /// How often it was brought to a payment.
    tries: i64,
    /// The payment of the last time.
    last: Option<PaymentRow>,
}

fn hash_of(token: &str) -> ContentHash {
    ContentHash::of(token.as_bytes())
}

impl Held {
    /// Which lines came by a payment link.
    pub(crate) fn linked(&self) -> &[LinkedLine] {
        &self.kept.links
    }

    /// Remembers that a line came by a link; whether that is new.
    pub(crate) fn link(&mut self, line: LinkedLine) -> bool {
        let is_new = !self.kept.links.contains(&line);
        if is_new {
            self.kept.links.push(line);
        }
        is_new
    }

    pub(crate) fn view(&self, settings: &Settings) -> Result<BasketView> {
        let kept = &self.kept;
        let needs = |line: &BasketLine| {
            let mut funds = settings.council.fund.iter();
            funds.any(|fund| fund.code.as_str() == line.fund && fund.address_required)
        };
        let asks_payer = kept.lines.iter().any(needs);
        let asks_mail = settings.council.mail.is_some();
        let total = Pence::checked_sum(kept.lines.iter().map(|line| line.amount));
        Ok(BasketView {
            content: kept.content,
            lines: kept.lines.clone(),
            total: total.ok_or(AppError::Overflow)?,
            parts: self.parts(&settings.council)?,
            payer: kept.payer.clone().filter(|_| asks_payer),
            needs_payer: asks_payer && !kept.payer.as_ref().is_some_and(Payer::has_address),
            asks_payer,
            mail: kept.mail.clone().filter(|address| asks_mail && !address.is_empty()),
            asks_mail,
            said_mail: kept.mail.is_some(),
            under_way: self.under_way()?.map(|row| UnderWay {
                id: row.id,
                reference: row.reference.clone(),
                amount: row.amount,
            }),
        })
    }

    /// The payment of the last time, unless it has ended.
    fn under_way(&self) -> Result<Option<&PaymentRow>> {
        match &self.last {
            Some(row) if name_of(row)?.is_open() => Ok(Some(row)),
            _ => Ok(None),
        }
    }
}

impl Books {
    /// Residents pay into any fund: who works for some of them serves nobody.
    pub(crate) fn serves_residents(&self) -> Result<()> {
        self.actor().needs(Permission::TakeCard)?;
        if self.actor().scope().is_whole() {
            return Ok(());
        }
        Err(self.actor().refused_in_part("serve the residents' portal"))
    }

    /// The basket of whoever holds this token: an empty one if there is none.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn basket(&self, token: &str) -> Result<BasketView> {
        self.serves_residents()?;
        let mut tx = self.store().snapshot().await?;
        let settings = self.settings_in(&mut tx).await?;
        self.held_basket(&mut tx, token).await?.view(&settings)
    }

    /// Puts a line into a basket; the outer error is the store's. The same line
    /// again changes nothing.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn add_to_basket(
        &self,
        token: &str,
        line: &BasketLine,
    ) -> Result<Result<BasketView, Unpayable>> {
        self.serves_residents()?;
        no_card("reference", &line.reference)?;
        patiently(|| self.add_line_once(token, line)).await
    }

    async fn add_line_once(
        &self,
        token: &str,
        line: &BasketLine,
    ) -> Result<Result<BasketView, Unpayable>> {
        let mut tx = self.store().begin().await?;
        let settings = self.settings_in(&mut tx).await?;
        let mut held = self.held_basket(&mut tx, token).await?;
        match self.put_line(&mut tx, &settings, &mut held, line).await? {
            Ok((_, true)) => self.keep_changed(tx, token, held, &settings).await.map(Ok),
            Ok((_, false)) => held.view(&settings).map(Ok),
            Err(why) => Ok(Err(why)),
        }
    }

    /// Puts a line into a basket that is held, if it can be paid: as its fund writes
    /// it, and whether it was not there before.
    pub(crate) async fn put_line(
        &self,
        tx: &mut Tx,
        settings: &Settings,
        held: &mut Held,
        line: &BasketLine,
    ) -> Result<Result<(BasketLine, bool), Unpayable>> {
        let asked = (line.fund.as_str(), line.reference.as_str());
        let account = match self.payable(tx, settings, asked, Some(line.amount)).await? {
            Ok(account) => account,
            Err(why) => return Ok(Err(why)),
        };
        let line =
            BasketLine { fund: account.fund, reference: account.reference, amount: line.amount };
        let lines = &held.kept.lines;
        if lines.contains(&line) {
            return Ok(Ok((line, false)));
        }
        // A payment may hold a reference once, whatever its fund.
        if lines.iter().any(|other| other.reference == line.reference) {
            return Ok(Err(Unpayable::Twice));
        }
        if lines.len() >= PORTAL_LINES_MAX {
            return Ok(Err(Unpayable::Full(PORTAL_LINES_MAX)));
        }
        held.kept.lines.push(line.clone());
        Ok(Ok((line, true)))
    }

    /// Takes a line out of a basket, and with one that came by a payment link the
    /// others of that link. One that is not there changes nothing.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn remove_from_basket(
        &self,
        token: &str,
        fund: &str,
        reference: &str,
    ) -> Result<BasketView> {
        self.serves_residents()?;
        let is_meant = |line: &BasketLine| line.fund == fund && line.reference == reference;
        self.change_basket(token, |kept| kept.take_out(is_meant)).await
    }

    /// Says who pays. It is kept no longer than the basket, unless they pay: then
    /// the receipt says it.
    ///
    /// # Errors
    ///
    /// [`AppError::BadInput`] for what is too long or has no letter.
    pub async fn set_basket_payer(&self, token: &str, payer: &Payer) -> Result<BasketView> {
        self.serves_residents()?;
        payer_reads(payer)?;
        self.change_basket(token, |kept| kept.payer = Some(payer.clone())).await
    }

    /// Says where the receipt is wanted by e-mail; nowhere, when it is empty. It is
    /// kept no longer than the basket, unless they pay: then until it was sent.
    ///
    /// # Errors
    ///
    /// [`AppError::BadInput`] for what is no e-mail address.
    pub async fn set_basket_mail(&self, token: &str, address: &str) -> Result<BasketView> {
        self.serves_residents()?;
        let address = address.trim();
        no_card("e-mail address", address)?;
        if !address.is_empty() && !is_mail_address(address) {
            return Err(AppError::BadInput("that is no e-mail address".to_owned()));
        }
        self.change_basket(token, |kept| kept.mail = Some(address.to_owned())).await
    }

    async fn change_basket(&self, token: &str, change: impl Fn(&mut Kept)) -> Result<BasketView> {
        patiently(|| async {
            let mut tx = self.store().begin().await?;
            let settings = self.settings_in(&mut tx).await?;
            let mut held = self.held_basket(&mut tx, token).await?;
            change(&mut held.kept);
            if held.row.is_none() {
                return held.view(&settings);
            }
            self.keep_changed(tx, token, held, &settings).await
        })
        .await
    }

    /// Keeps a basket whose content was changed, and ends the unit of work.
    pub(crate) async fn keep_changed(
        &self,
        mut tx: Tx,
        token: &str,
        mut held: Held,
        settings: &Settings,
    ) -> Result<BasketView> {
        held.kept.content = held.kept.content.saturating_add(1);
        let view = held.view(settings)?;
        self.keep_basket(&mut tx, token, &held).await?;
        tx.commit().await?;
        Ok(view)
    }

    async fn keep_basket(&self, tx: &mut Tx, token: &str, held: &Held) -> Result<()> {
        let now = self.world().now();
        let row = BasketRow {
            id: held.row.as_ref().map_or_else(|| self.world().id(), |row| row.id),
            token_hash: hash_of(token),
            document: written(&held.kept)?,
            tries: held.tries,
            version: held.row.as_ref().map_or(1, |row| row.version.saturating_add(1)),
            ends_at: ends_at(now),
        };
        if tx.keep_basket(self.id(), &row, now).await? {
            return Ok(());
        }
        // Another tab was faster: look again.
        Err(StoreError::Busy.into())
    }

    pub(crate) async fn held_basket(&self, tx: &mut Tx, token: &str) -> Result<Held> {
        let row = tx.basket(self.id(), hash_of(token), self.world().now()).await?;
        let kept = row.as_ref().map(|row| read::<Kept>(&row.document)).transpose()?;
        let (mut kept, tries) = (kept.unwrap_or_default(), row.as_ref().map_or(0, |row| row.tries));
        let last = match &row {
            Some(row) => tx.payment_by_key(self.id(), &key_of(row.id, tries)).await?,
            None => None,
        };
        if let Some(paid) = last.as_ref().filter(|_| kept.settled < tries)
            && name_of(paid)? == StatusName::Captured
        {
            let lines = tx.payment_lines(self.id(), paid.id).await?;
            let is_paid = |line: &BasketLine| {
                let mut paid = lines.iter();
                paid.any(|row| row.fund == line.fund && row.reference == line.reference)
            };
            kept.lines.retain(|line| !is_paid(line));
            kept.forget_broken_links();
            // What is left may be the rest of it, paid through another account.
            if kept.lines.is_empty() {
                (kept.payer, kept.mail) = (None, None);
            }
            (kept.settled, kept.content) = (tries, kept.content.saturating_add(1));
        }
        Ok(Held { row, kept, tries, last })
    }
}

/// What a payment of a basket is started under: two tabs that pay the same basket
/// start the same payment.
pub(crate) fn key_of(basket: Uuid, tries: i64) -> String {
    format!("basket {basket} {tries}")
}

/// The basket that a payment is of, and which try of it.
pub(crate) fn basket_of(payment: &PaymentRow) -> Option<(Uuid, i64)> {
    let (basket, tries) = payment.key.as_deref()?.strip_prefix("basket ")?.split_once(' ')?;
    Some((basket.parse().ok()?, tries.parse().ok()?))
}

fn ends_at(now: DateTime<Utc>) -> DateTime<Utc> {
    now.checked_add_signed(KEPT).unwrap_or(now)
}
