//! A payment under an agreement started: the one that sets it up, or one without the
//! payer.

use chrono::{DateTime, Utc};
use ims_ledger::{Through, id::AgreementId};
use ims_money::Pence;
use ims_store::{AgreementRow, PaymentRow, Tx};

use super::{AgreementStatus, no_agreement};
use crate::{
    AppError, Books, NewPayment, PaymentLine, PaymentView, Permission, Result,
    keyed::{callers, once_each},
    payments::{is_same, look_at},
};

/// What a payment does with its agreement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgreedUse {
    /// It sets it up: the payer is there, and agrees.
    SetUp,
    /// It is taken under it, without the payer.
    Take,
}

impl AgreedUse {
    /// The word it is kept by.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SetUp => "set-up",
            Self::Take => "take",
        }
    }
}

/// A payment under an agreement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAgreedPayment {
    /// The agreement.
    pub agreement: AgreementId,
    /// What it does with it.
    pub what: AgreedUse,
    /// How much, more than nothing.
    pub amount: Pence,
    /// How else it is asked for: where the payer comes back to. Only its hash is kept.
    pub asked_with: String,
    /// A key of the caller's, always: the same due payment asked for twice is one.
    pub key: String,
}

/// What a payment is under, while it is started.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Under {
    agreement: AgreementId,
    what: AgreedUse,
    amount: Pence,
}

impl Books {
    /// Starts a payment under an agreement, checked as one on the portal is: nobody of
    /// the council's is there to decide on a stop. The same key again is the same
    /// payment, whatever became of the agreement since.
    ///
    /// # Errors
    ///
    /// As [`start_payment`](Self::start_payment); [`AppError::Refused`] under an
    /// agreement that is not active, for setting up one that is, and for more than the
    /// payer agreed to.
    pub async fn start_agreed_payment(&self, new: &NewAgreedPayment) -> Result<PaymentView> {
        self.actor().needs(Permission::TakeAgreed)?;
        if new.key.trim().is_empty() {
            let what = "a payment under an agreement has a key, so that it is not taken twice";
            return Err(AppError::BadInput(what.to_owned()));
        }
        callers(Some(&new.key))?;
        let mut tx = self.store().snapshot().await?;
        let row = tx.agreement(self.id(), new.agreement).await?;
        let row = row.ok_or_else(|| no_agreement(new.agreement))?;
        self.needs_agreement(&row)?;
        drop(tx);
        let (basket, under) = (basket_of(&row, new), Under::of(new));
        once_each(|| self.start_once(&basket, Some(under))).await
    }

    /// The payment that was started so under this key, if one was, wherever it stands and
    /// whatever stands in the way of asking for one now.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for an agreement that is none of the actor's,
    /// [`AppError::Refused`] for a key that something else was done under.
    pub async fn agreed_payment_before(
        &self,
        new: &NewAgreedPayment,
    ) -> Result<Option<PaymentView>> {
        self.actor().needs(Permission::TakeAgreed)?;
        let mut tx = self.store().snapshot().await?;
        let row = tx.agreement(self.id(), new.agreement).await?;
        let row = row.ok_or_else(|| no_agreement(new.agreement))?;
        self.needs_agreement(&row)?;
        let Some(before) = tx.payment_by_key(self.id(), &new.key).await? else { return Ok(None) };
        is_same(&before, &basket_of(&row, new))?;
        self.payment_view(&mut tx, before, true).await.map(Some)
    }

    /// Asks whether a payment may be started under its agreement. Nobody ends it until
    /// this unit of work does.
    pub(crate) async fn may_be_under(&self, tx: &mut Tx, under: Under) -> Result<()> {
        let id = under.agreement;
        let row = tx.hold_agreement(self.id(), id).await?.ok_or_else(|| no_agreement(id))?;
        let refused = |what: String| Err(AppError::Refused(what));
        let name = &row.reference;
        match (under.what, AgreementStatus::of(&row)?) {
            (AgreedUse::SetUp, AgreementStatus::Created)
            | (AgreedUse::Take, AgreementStatus::Active) => {}
            (AgreedUse::SetUp, AgreementStatus::Active) => {
                return refused(format!(
                    "agreement {name} is set up already: take payments under it"
                ));
            }
            (AgreedUse::Take, AgreementStatus::Created) => {
                return refused(format!(
                    "agreement {name} is not set up: its payer pays once, on the provider's page, first"
                ));
            }
            (_, AgreementStatus::Ending | AgreementStatus::Ended) => {
                return refused(format!("agreement {name} has ended: make another with its payer"));
            }
        }
        match row.most {
            Some(most) if under.amount > most => refused(format!(
                "{} is more than the {most} that agreement {name} takes at once",
                under.amount
            )),
            Some(_) | None => Ok(()),
        }
    }

    /// Keeps what a payment that is started is under.
    pub(crate) async fn is_under(
        &self,
        tx: &mut Tx,
        under: Under,
        payment: &PaymentRow,
    ) -> Result<()> {
        let now: DateTime<Utc> = self.world().now();
        let Under { agreement, what, .. } = under;
        tx.pay_under(self.id(), (agreement, payment.id), what.as_str(), now).await?;
        let row = tx.agreement(self.id(), agreement).await?;
        let row = row.ok_or_else(|| no_agreement(agreement))?;
        let subject = row.reference.clone();
        if what == AgreedUse::SetUp {
            // The provider says whether the payer agreed, once they are through.
            let (at, name) = (look_at(now, now), row.agreement_ref.clone());
            let step = (AgreementStatus::of(&row)?, what.as_str(), "");
            self.take_agreement_step(tx, row, step, name, Some(at)).await?;
        }
        let data = serde_json::json!({
            "payment": payment.reference, "what": what.as_str(), "amount_pence": payment.amount,
        });
        self.note(tx, "payment under agreement", &subject, data).await
    }
}

impl Under {
    const fn of(new: &NewAgreedPayment) -> Self {
        Self { agreement: new.agreement, what: new.what, amount: new.amount }
    }
}

/// What is asked for, as any other payment is.
fn basket_of(row: &AgreementRow, new: &NewAgreedPayment) -> NewPayment {
    let line = PaymentLine {
        fund: row.fund.clone(),
        reference: row.account.clone(),
        amount: new.amount,
        vat_code: None,
    };
    NewPayment {
        provider: row.provider.clone(),
        method: row.method.clone(),
        through: Through::Portal,
        lines: vec![line],
        payer: None,
        mail: None,
        links: Vec::new(),
        asked_with: format!("{} {} {}", new.what.as_str(), row.id, new.asked_with),
        key: Some(new.key.clone()),
    }
}
