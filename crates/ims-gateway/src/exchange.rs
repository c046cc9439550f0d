//! Asking what became of a payment, and calling one off.

use ims_app::{
    AppError, Books, PaymentHeard, PaymentRow, PaymentView, Word, payment_named, payment_order,
};
use ims_ledger::id::PaymentId;
use ims_pay::{Delivery, Hint, Names, ProviderError, Said, Saying, StatusName};

use crate::{
    GatewayError, Gateways, Result,
    account::Account,
    gateways::{hinted, record, recorder},
    made_here::{Agreed, followed},
};

/// What came of asking about a payment.
#[derive(Debug)]
pub(crate) struct Looked {
    pub(crate) heard: PaymentHeard,
    pub(crate) answer: Answer,
}

/// What the provider answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Nothing at all.
    None,
    /// That it knows of no such payment.
    NotFound,
    /// Something that says nothing of the payment, a refused key for one, and what.
    Unread(String),
    /// Something.
    Some,
}

impl Gateways {
    /// The payment as its provider knows it now: one that is not known to be paid is
    /// asked about first, for what was called off may have been paid all the same.
    /// What the provider says is recorded, whoever asks.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for none; [`GatewayError::Account`] when the
    /// account of an open payment is set up no more. A provider that does not
    /// answer, or answers what does not read, is no error.
    pub async fn look(&self, books: &Books, id: PaymentId) -> Result<PaymentView> {
        let recorder = recorder(books).await?;
        let view = recorder.payment(id).await?;
        let status = view.status()?;
        if status == StatusName::Captured {
            return Ok(view);
        }
        let account = match self.account_of(&recorder, &view.payment.provider).await {
            Err(GatewayError::Account { .. }) if !status.is_open() => return Ok(view),
            account => account?,
        };
        unless_away(self.look_at(&recorder, &account, &view.payment).await)?;
        Ok(recorder.payment(id).await?)
    }

    /// A payer's browser came back from the provider. What it brings is a hint;
    /// the provider is asked. None when it names no payment of this account:
    /// not every provider says which, so an address to come back to should.
    ///
    /// # Errors
    ///
    /// As [`look`](Self::look).
    pub async fn returned(
        &self,
        books: &Books,
        account: &str,
        back: &Delivery,
    ) -> Result<Option<PaymentView>> {
        let recorder = recorder(books).await?;
        let account = self.account_of(&recorder, account).await?;
        let hint = account.provider.returned(back);
        match hinted(&recorder, &account, &hint).await? {
            Some(row) => self.look(books, row.id).await.map(Some),
            None => Ok(None),
        }
    }

    /// The payment at the account of this name that we call so, for whoever came back to an
    /// address that names it. None where there is no such payment.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn payment_called(
        &self,
        books: &Books,
        account: &str,
        reference: &str,
    ) -> Result<Option<PaymentId>> {
        let hint = Hint { reference: Some(reference.to_owned()), ..Hint::default() };
        let found = recorder(books).await?.payment_hinted(account, &hint).await?;
        Ok(found.map(|row| row.id))
    }

    /// Asks the provider to call a payment off, and what became of it then: it
    /// may have been paid meanwhile. One that the provider has not named is looked
    /// up first; one that it does not know is over, unless the payer was sent there
    /// with all that it needs.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for none of the actor's; [`AppError::Refused`] for
    /// one that is over, or whose provider cannot, or has not answered yet.
    pub async fn cancel(&self, books: &Books, id: PaymentId) -> Result<PaymentView> {
        let view = books.payment(id).await?;
        let row = &view.payment;
        if !view.status()?.is_open() {
            let what =
                format!("payment {} is {} and cannot be called off", row.reference, row.status);
            return Err(AppError::Refused(what).into());
        }
        let recorder = recorder(books).await?;
        let account = self.account_of(&recorder, &row.provider).await?;
        let mut view = view;
        if payment_named(&view.payment).is_none() {
            let looked = self.look_at(&recorder, &account, &view.payment).await?;
            if looked.answer == Answer::NotFound && !is_handed(&view.payment) {
                // Nobody was ever told where it could be paid.
                let word = Word::Said(Box::new(Said::unnamed(Saying::Cancelled)));
                record(&recorder, &account, Some(id), None, word).await?;
            }
            view = recorder.payment(id).await?;
            if !view.status()?.is_open() {
                return Ok(view);
            }
        }
        let row = &view.payment;
        let (Some(cancels), Some(name)) =
            (account.provider.abilities().cancels, payment_named(row))
        else {
            let what = format!("{} cannot call payment {} off", account.name, row.reference);
            return Err(AppError::Refused(what).into());
        };
        let names = Names { provider_ref: name, transaction: row.transaction.as_deref() };
        let order = payment_order(row)?;
        let request = cancels.cancel(&order, names, books.app().world().now())?;
        if let Some(reply) = self.carry(books, &account, &request).await
            && let Err(why) = cancels.cancelled(&reply)
        {
            tracing::info!(account = account.name, error = %why, "a payment was not called off");
        }
        unless_away(self.look_at(&recorder, &account, row).await)?;
        Ok(recorder.payment(id).await?)
    }

    /// Asks what became of a payment and records the answer. What may be asked
    /// again is left as it is.
    ///
    /// # Errors
    ///
    /// [`GatewayError::Provider`] when the provider wants to be left alone, or is
    /// away.
    pub(crate) async fn look_at(
        &self,
        recorder: &Books,
        account: &Account,
        row: &PaymentRow,
    ) -> Result<Looked> {
        let now = recorder.app().world().now();
        let request = match followed(account, row, now) {
            Some(request) => Ok(request),
            None => account.provider.look(&payment_order(row)?, payment_named(row), now),
        };
        let looked = match request {
            Ok(request) => {
                let reply = self.carry(recorder, account, &request).await;
                reply.map(|reply| account.provider.looked(&reply))
            }
            Err(ProviderError::CannotAsk(_))
                if account.provider.abilities().keyed_notices.is_some() =>
            {
                return wait_for_notice(recorder, account, row).await;
            }
            Err(why) => Some(Err(why)),
        };
        let (word, answer) = match looked {
            None => (Word::Silent, Answer::None),
            Some(Ok(said)) => (Word::Said(Box::new(said)), Answer::Some),
            // Nobody but us makes the payment: what is not known was not made, or is looked for.
            Some(Err(ProviderError::NotFound | ProviderError::AskAgain))
                if account.is_made_here =>
            {
                (self.word_of_lost(recorder, account, row).await?, Answer::NotFound)
            }
            Some(Err(ProviderError::NotFound)) => (Word::NotFound, Answer::NotFound),
            Some(Err(why)) if why.may_be_asked_again() => return Err(why.into()),
            Some(Err(why)) => {
                let (account, payment) = (&account.name, &row.reference);
                tracing::warn!(account, payment, error = %why, "what became of a payment cannot be said");
                (Word::Silent, Answer::Unread(why.to_string()))
            }
        };
        let agreed = Agreed::of(&word);
        let heard = record(recorder, account, Some(row.id), None, word).await?;
        let heard = match agreed {
            Some(agreed) => self.make_agreed(recorder, account, agreed, heard).await?,
            None => heard,
        };
        Ok(Looked { heard, answer })
    }
}

/// Nobody can be asked about a payment that only a notice tells of. It is given up
/// when nobody will begin it any more; a notice that comes later says so all the same.
async fn wait_for_notice(recorder: &Books, account: &Account, row: &PaymentRow) -> Result<Looked> {
    let answer = Answer::Some;
    if !row.status.parse().is_ok_and(StatusName::is_open) {
        return Ok(Looked { heard: PaymentHeard::Nothing, answer });
    }
    let word =
        if recorder.app().world().now() < row.expires_at { Word::NotFound } else { Word::GivenUp };
    let heard = record(recorder, account, Some(row.id), None, word).await?;
    Ok(Looked { heard, answer })
}

/// Whether the payer went to the provider without its having named the payment:
/// it goes by our own reference, and may be paid before the provider knows of it.
fn is_handed(row: &PaymentRow) -> bool {
    row.provider_ref.as_ref() == Some(&row.reference)
}

/// A provider that is away, or answers what does not read, is no error of who asks.
fn unless_away(looked: Result<Looked>) -> Result<()> {
    match looked {
        Ok(_) | Err(GatewayError::Provider(_)) => Ok(()),
        Err(error) => Err(error),
    }
}
