//! A payment's receipt, sent to its payer by e-mail: after the payment is booked,
//! at most once, and never a reason for the payment to fail.
//!
//! The booking leaves a job in the same unit of work. Before a letter is handed
//! over, that is written down; a server that was stopped in between has perhaps
//! sent it, so nobody sends it again. The address is kept where names are, apart
//! from the books, and is deleted once the letter has gone.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use ims_ledger::{Council, id::PaymentId};
use ims_pay::Language;
use ims_store::{NewJob, Tx};
use thiserror::Error;
use uuid::Uuid;

use crate::{AppError, Books, JobKind, Result, books::patiently, keyed::written};

mod letter;
mod unsent;

pub(crate) use unsent::Unsent;

/// For how long somebody may still be handing a letter over.
const HANDING_OVER: TimeDelta = TimeDelta::seconds(90);

/// That a payer wants the receipt by e-mail.
#[derive(Clone, PartialEq, Eq)]
pub struct WantedMail {
    /// Where to.
    pub address: String,
    /// In which language: that of the pages they paid on.
    pub language: Language,
}

impl fmt::Debug for WantedMail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WantedMail").field("language", &self.language).finish_non_exhaustive()
    }
}

/// A letter to a payer. It does not print whom it is to, or what it says.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// Its id, which is the same however often it is tried.
    pub id: Uuid,
    /// Where to.
    pub to: String,
    /// In which language.
    pub language: Language,
    /// What it is about.
    pub subject: String,
    /// What it says, in plain text.
    pub text: String,
}

impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Letter").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Why a letter was not sent. The words are for the staff and name no payer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NotSent {
    /// Certainly not yet; the same again later may succeed.
    #[error("{0}")]
    Later(String),
    /// It will not be, however often it is tried: the address is none.
    #[error("{0}")]
    Never(String),
    /// Nobody knows: it was handed over, and no answer came.
    #[error("{0}")]
    Unknown(String),
}

/// A way on which e-mail leaves.
#[async_trait]
pub trait Mail: fmt::Debug + Send + Sync {
    /// What the configuration calls it: `smtp`, `notify`.
    fn way(&self) -> &'static str;

    /// Hands a letter over.
    ///
    /// # Errors
    ///
    /// [`NotSent`]; as [`Unknown`](NotSent::Unknown) whatever may have been sent.
    async fn send(
        &self,
        council: &Council,
        letter: &Letter,
        now: DateTime<Utc>,
    ) -> Result<(), NotSent>;
}

/// A letter that is about to be handed over.
struct Ready {
    council: Arc<Council>,
    letter: Letter,
}

impl Books {
    /// Keeps where a payer wants the receipt, or that they do not; false when
    /// that is as it was.
    pub(crate) async fn want_mail(
        &self,
        tx: &mut Tx,
        payment: PaymentId,
        wanted: Option<&WantedMail>,
    ) -> Result<bool> {
        let (council, now) = (self.id(), self.world().now());
        let before = tx.receipt_mail(council, payment).await?;
        let address = match &before {
            Some(row) => tx.words_of(council, row.id).await?,
            None => None,
        };
        let is_so = match (&before, wanted) {
            (Some(row), Some(wanted)) => {
                row.language == wanted.language.code()
                    && address.as_deref() == Some(wanted.address.as_str())
            }
            (before, wanted) => before.is_none() && wanted.is_none(),
        };
        if is_so {
            return Ok(false);
        }
        let is_kept = match wanted {
            None => tx.drop_receipt_mail(council, payment).await?,
            Some(wanted) => {
                let id = self.world().id();
                let row = (payment, id, wanted.language.code());
                let is_kept = tx.want_receipt_mail(council, row, now).await?;
                if is_kept {
                    let salt: [u8; 16] = self.world().bytes();
                    let detail = (id, salt.to_vec(), wanted.address.clone());
                    tx.put_details(council, &[detail]).await?;
                }
                is_kept
            }
        };
        if let Some(old) = before.filter(|_| is_kept) {
            tx.forget_details(council, old.id).await?;
        }
        Ok(is_kept)
    }

    /// Forgets where a payer wants the receipt: there will be none.
    pub(crate) async fn no_mail(&self, tx: &mut Tx, payment: PaymentId) -> Result<()> {
        if let Some(row) = tx.receipt_mail(self.id(), payment).await?
            && tx.drop_receipt_mail(self.id(), payment).await?
        {
            tx.forget_details(self.id(), row.id).await?;
        }
        Ok(())
    }

    /// Leaves the letter for later, with the booking of its payment.
    pub(crate) async fn mail_later(&self, tx: &mut Tx, payment: PaymentId) -> Result<()> {
        if tx.receipt_mail(self.id(), payment).await?.is_none() {
            return Ok(());
        }
        let now = self.world().now();
        let payload = written(&JobKind::MailReceipt { payment })?;
        let new = NewJob {
            id: ims_ledger::id::JobId::new(self.world().id()),
            kind: MAIL_RECEIPT.to_owned(),
            dedupe_key: Some(payload.clone()),
            payload,
            run_at: now,
        };
        tx.add_job(self.id(), &new, now).await?;
        Ok(())
    }

    /// Sends the receipt of a payment, unless that was done, or may have been.
    pub(crate) async fn mail_receipt(&self, payment: PaymentId) -> Result<()> {
        let Some(ready) = patiently(|| self.take_up_letter(payment)).await? else {
            return Ok(());
        };
        let way = self.way_out(&ready.council)?;
        let (unsent, id) = (self.app().unsent(), ready.letter.id);
        unsent.forget(id);
        let (state, why) = match way.send(&ready.council, &ready.letter, self.world().now()).await {
            Ok(()) => ("sent", String::new()),
            Err(NotSent::Later(why)) => {
                unsent.keep(id);
                patiently(|| self.put_back(payment)).await?;
                unsent.forget(id);
                return Err(AppError::Refused(why));
            }
            Err(NotSent::Never(why)) => ("refused", why),
            Err(NotSent::Unknown(why)) => ("unknown", why),
        };
        patiently(|| self.end_mail(payment, id, state, &why)).await
    }

    fn way_out(&self, council: &Council) -> Result<Arc<dyn Mail>> {
        let refused = |what: &str| AppError::Refused(what.to_owned());
        let mail = council.mail.as_ref();
        let mail = mail.ok_or_else(|| refused("the council's configuration has no [mail]"))?;
        let nobody = || refused("this program has no way to send e-mail; a server has");
        self.app().mail(&mail.by).ok_or_else(nobody)
    }

    /// Writes the letter and marks it as being handed over. None when there is
    /// nothing to be sent any more.
    async fn take_up_letter(&self, payment: PaymentId) -> Result<Option<Ready>> {
        let (council, now) = (self.id(), self.world().now());
        let mut tx = self.store().begin().await?;
        let Some(row) = tx.receipt_mail(council, payment).await? else { return Ok(None) };
        match row.state.as_str() {
            "wanted" => {}
            "sending" if self.app().unsent().has(row.id) => {}
            "sending" if now < row.since.checked_add_signed(HANDING_OVER).unwrap_or(now) => {
                let what = "somebody else is handing it over at this moment";
                return Err(AppError::Refused(what.to_owned()));
            }
            "sending" => {
                drop(tx);
                let why = "the server was stopped while it was sent";
                self.end_mail(payment, row.id, "unknown", why).await?;
                return Ok(None);
            }
            _ => return Ok(None),
        }
        let settings = self.settings_in(&mut tx).await?.council.clone();
        self.way_out(&settings)?;
        let Some(to) = tx.words_of(council, row.id).await? else {
            drop(tx);
            // Taken up so that it can be ended.
            patiently(|| self.move_on(payment, (&row.state, "sending"))).await?;
            self.end_mail(payment, row.id, "refused", "the address was erased").await?;
            return Ok(None);
        };
        let absent = || AppError::NotFound { what: "payment", name: payment.to_string() };
        let paid = tx.payment(council, payment).await?.ok_or_else(absent)?;
        let (reference, amount) = (paid.reference.clone(), paid.amount);
        let number = self.payment_view(&mut tx, paid, false).await?.receipt;
        let number = number
            .ok_or(AppError::NotFound { what: "receipt of payment", name: reference.clone() })?;
        let absent = || AppError::NotFound { what: "receipt", name: number.clone() };
        let receipt = tx.receipt_numbered(council, &number).await?.ok_or_else(absent)?;
        let language = letter::language_of(&row.language);
        let (subject, text) = letter::of(&settings, language, (&reference, amount), &receipt);
        if !tx.move_receipt_mail(council, payment, (&row.state, "sending"), now).await? {
            return Ok(None);
        }
        tx.commit().await?;
        let letter = Letter { id: row.id, to, language, subject, text };
        Ok(Some(Ready { council: settings, letter }))
    }

    async fn move_on(&self, payment: PaymentId, steps: (&str, &str)) -> Result<()> {
        let mut tx = self.store().begin().await?;
        tx.move_receipt_mail(self.id(), payment, steps, self.world().now()).await?;
        tx.commit().await?;
        Ok(())
    }

    /// It was certainly not sent: it is wanted as before.
    async fn put_back(&self, payment: PaymentId) -> Result<()> {
        self.move_on(payment, ("sending", "wanted")).await
    }

    /// It is over; the address is forgotten.
    async fn end_mail(&self, payment: PaymentId, id: Uuid, state: &str, why: &str) -> Result<()> {
        let mut tx = self.store().begin().await?;
        self.ended(&mut tx, (payment, id), ("sending", state), why).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn ended(
        &self,
        tx: &mut Tx,
        (payment, id): (PaymentId, Uuid),
        (from, state): (&str, &str),
        why: &str,
    ) -> Result<()> {
        let now = self.world().now();
        if tx.move_receipt_mail(self.id(), payment, (from, state), now).await? {
            tx.forget_details(self.id(), id).await?;
            let data = serde_json::json!({ "payment": payment, "state": state, "why": why });
            self.note(tx, "mail receipt", &payment.to_string(), data).await?;
        }
        Ok(())
    }

    /// It was tried often enough: nobody tries again, and the address is forgotten.
    pub(crate) async fn give_up_mail(
        &self,
        tx: &mut Tx,
        payment: PaymentId,
        why: &str,
    ) -> Result<()> {
        let Some(row) = tx.receipt_mail(self.id(), payment).await? else { return Ok(()) };
        let state = match row.state.as_str() {
            "wanted" => "refused",
            "sending" => "unknown",
            _ => return Ok(()),
        };
        let why = format!("given up: {why}");
        self.ended(tx, (payment, row.id), (&row.state, state), &why).await
    }
}

/// What the job is called.
pub(crate) const MAIL_RECEIPT: &str = "mail-receipt";
