//! Agreements with payers, as a provider keeps them: asked for, set up by a payment of
//! the payer's, used without them, and ended.

use chrono::{DateTime, Utc};
use ims_app::{
    AgreedUse, AgreementRow, AgreementStatus, AgreementView, AppError, Books, NewAgreedPayment,
    NewAgreement, PaymentLine, PaymentView, Permission,
};
use ims_ledger::{Council, id::AgreementId};
use ims_pay::{
    Agreeing, AgreementState, Agreements, NewAgreement as Asked, ProviderError, SaidAgreement,
};

use crate::{
    AskFor, GatewayError, Gateways, Paying, Result,
    account::Account,
    gateways::recorder,
    made_here::KNOWN_FOR,
    pay::could_be_asked,
    poll::{AT_ONCE, Polled, SILENCES_MAX},
};

/// Where nobody comes back to: an order has such an address, and no payer is there.
const NOWHERE: &str = "https://nobody.invalid/";

impl Gateways {
    /// Makes an agreement and asks its provider for it. Under the same key it is the same
    /// agreement; one that the provider has not answered for is asked for again. The
    /// provider may then keep two, of which the one that no payment sets up does nothing.
    ///
    /// # Errors
    ///
    /// As [`Books::make_agreement`]; [`GatewayError::Account`] for an account that keeps
    /// no agreements, before anything is kept;
    /// [`GatewayError::Provider`] when the provider refuses. A provider that does not
    /// answer is no error: it has not named the agreement then.
    pub async fn agree(&self, books: &Books, new: &NewAgreement) -> Result<AgreementView> {
        let council = books.settings().await?.council;
        let account = self.account(&council, new.provider.trim())?;
        keeper(&account)?;
        let view = books.make_agreement(new).await?;
        let before = view.before;
        Ok(AgreementView { before, ..self.told_of(books, &account, view).await? })
    }

    /// Starts a payment under an agreement and asks its provider for it: one that sets the
    /// agreement up needs the payer, who comes back as `ask` says; any other is taken
    /// without them. The same key again is the same payment. One that sets the agreement up is
    /// asked for again. One that is taken is asked for again only while the provider has not
    /// named it, knows the key, and the agreement is active; else it is looked at.
    ///
    /// # Errors
    ///
    /// As [`pay`](Self::pay) and [`Books::start_agreed_payment`]; [`AppError::Refused`]
    /// too when the provider says that the agreement is none any more.
    pub async fn pay_under(
        &self,
        books: &Books,
        new: &NewAgreedPayment,
        ask: &AskFor,
    ) -> Result<Paying> {
        if !books.actor().may(Permission::TakeAgreed) {
            // Before the provider is asked for anything.
            let (who, deed) = (books.actor().name().to_owned(), Permission::TakeAgreed.in_words());
            return Err(AppError::NotAllowed { who, deed }.into());
        }
        let agreement = books.agreement(new.agreement).await?;
        let council = books.settings().await?.council;
        let account = self.account(&council, &agreement.row.provider)?;
        keeper(&account)?;
        takes(&council, &account, (&agreement.row.method, &agreement.row.fund))?;
        let agreement = self.told_of(books, &account, agreement).await?;
        let agreement = self.as_it_stands(books, &account, new.what, agreement).await?;
        let name = match (&agreement.row.agreement_ref, agreement.status) {
            (Some(name), _) => name.clone(),
            (None, AgreementStatus::Created) => {
                let what = "does not answer: it has not named the agreement yet, ask again";
                return Err(GatewayError::account(&account.name, what));
            }
            // The books say that it has ended.
            (None, _) => String::new(),
        };
        let agreeing = match new.what {
            AgreedUse::SetUp => Agreeing::SetUp(name),
            AgreedUse::Take => Agreeing::Use(name),
        };
        let asked = (ask, Some(&agreeing));
        let lines = [line_of(&agreement.row, new)];
        could_be_asked((&council, &account), &lines, asked, books.app().world().now())?;
        let view = books.start_agreed_payment(new).await?;
        let is_before = view.before;
        if new.what == AgreedUse::Take && is_before && view.status()?.is_open() {
            // Nobody stands before it who would notice: what may be charged already, or must
            // not be any more, is only looked at.
            let agreement = books.agreement(new.agreement).await?;
            if !may_ask_again(&agreement, &view, books.app().world().now()) {
                let view = self.look(books, view.payment.id).await?;
                return Ok(Paying { view: PaymentView { before: true, ..view }, next: None });
            }
        }
        match self.ask_started(books, (&council, &account), view, asked).await {
            Err(GatewayError::Provider(why @ ProviderError::Rejected { .. })) => {
                // The payer may have ended it: then that is what is wrong.
                let agreement = self.look_at_agreement(books, new.agreement).await?;
                Err(refusal(&agreement, is_before, why))
            }
            done => done,
        }
    }

    /// Takes a payment under an agreement, without the payer, described as the agreement is.
    ///
    /// # Errors
    ///
    /// As [`pay_under`](Self::pay_under).
    pub async fn take_under(&self, books: &Books, new: &NewAgreedPayment) -> Result<Paying> {
        let agreement = books.agreement(new.agreement).await?;
        // Said again it must be the same: nothing of this ever changes.
        self.pay_under(books, new, &AskFor::new(&agreement.row.description, NOWHERE)).await
    }

    /// The agreement as its provider knows it now. What the provider says is recorded,
    /// whoever asks.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for none of the actor's; [`GatewayError::Account`] when its
    /// account is set up no more. A provider that does not answer, or answers what does
    /// not read, is no error.
    pub async fn look_at_agreement(&self, books: &Books, id: AgreementId) -> Result<AgreementView> {
        let view = books.agreement(id).await?;
        let recorder = recorder(books).await?;
        let account = self.account_of(&recorder, &view.row.provider).await?;
        match self.ask_about(&recorder, &account, &view.row).await {
            Ok(_) | Err(GatewayError::Provider(_)) => Ok(books.agreement(id).await?),
            Err(error) => Err(error),
        }
    }

    /// Ends an agreement here, and at its provider. Should that not answer, it is told
    /// by the next [`poll`](Self::poll).
    ///
    /// # Errors
    ///
    /// As [`Books::end_agreement`].
    pub async fn end_agreement(
        &self,
        books: &Books,
        id: AgreementId,
        why: &str,
        key: Option<&str>,
    ) -> Result<AgreementView> {
        let view = books.end_agreement(id, why, key).await?;
        if view.status == AgreementStatus::Ended {
            return Ok(view);
        }
        let recorder = recorder(books).await?;
        let done = match self.account_of(&recorder, &view.row.provider).await {
            Ok(account) => self.ask_about(&recorder, &account, &view.row).await.map(drop),
            Err(error) => Err(error),
        };
        match done {
            Err(GatewayError::App(error)) => return Err(error.into()),
            // It has ended here, which is what counts.
            Err(error) => {
                tracing::warn!(agreement = view.row.reference, %error, "its provider was not told");
            }
            Ok(()) => {}
        }
        Ok(AgreementView { before: view.before, ..books.agreement(id).await? })
    }

    /// Asks about the agreements of an account whose time has come.
    pub(crate) async fn poll_agreements(
        &self,
        recorder: &Books,
        account: &Account,
        polled: &mut Polled,
    ) -> Result<()> {
        let mut silences = 0_u32;
        for row in recorder.agreements_due(&account.name, AT_ONCE).await? {
            match self.ask_about(recorder, account, &row).await {
                Ok(Some(_)) => silences = 0,
                Ok(None) => silences = silences.saturating_add(1),
                Err(GatewayError::App(error)) if error.is_of_the_database() => {
                    return Err(error.into());
                }
                Err(error) => {
                    recorder.miss_agreement(row.id).await?;
                    polled.failed.push((format!("agreement {}", row.reference), error.to_string()));
                }
            }
            if silences >= SILENCES_MAX {
                return Err(GatewayError::account(&account.name, "does not answer"));
            }
        }
        Ok(())
    }

    /// Asks the provider to keep an agreement of which it has not been heard.
    async fn told_of(
        &self,
        books: &Books,
        account: &Account,
        view: AgreementView,
    ) -> Result<AgreementView> {
        if view.row.agreement_ref.is_some() || view.status != AgreementStatus::Created {
            return Ok(view);
        }
        let agreements = keeper(account)?;
        let asked = Asked {
            reference: view.row.reference.clone(),
            description: view.row.description.clone(),
            payer_id: None,
        };
        let request = agreements.agree(&asked, books.app().world().now())?;
        let Some(reply) = self.carry(books, account, &request).await else { return Ok(view) };
        let said = agreements.agreed(&reply)?;
        let recorder = recorder(books).await?;
        match recorder.hear_of_agreement(view.row.id, &said).await {
            Ok(_) => Ok(books.agreement(view.row.id).await?),
            Err(error) => {
                // Another program was faster: its answer counts.
                let now = books.agreement(view.row.id).await?;
                if now.row.agreement_ref.is_some() { Ok(now) } else { Err(error.into()) }
            }
        }
    }

    /// The provider knows whether the payer has agreed by now; what it does not say is
    /// left as it is kept.
    async fn as_it_stands(
        &self,
        books: &Books,
        account: &Account,
        what: AgreedUse,
        view: AgreementView,
    ) -> Result<AgreementView> {
        if what == AgreedUse::SetUp || view.status != AgreementStatus::Created {
            return Ok(view);
        }
        let recorder = recorder(books).await?;
        match self.ask_about(&recorder, account, &view.row).await {
            Ok(_) | Err(GatewayError::Provider(_)) => Ok(books.agreement(view.row.id).await?),
            Err(error) => Err(error),
        }
    }

    /// Asks how an agreement stands, or, where it was ended here, to end it; records the
    /// answer. None when there was none, or nobody to ask.
    async fn ask_about(
        &self,
        recorder: &Books,
        account: &Account,
        row: &AgreementRow,
    ) -> Result<Option<AgreementView>> {
        let agreements = keeper(account)?;
        let Some(name) = row.agreement_ref.as_deref() else { return Ok(None) };
        let now = recorder.app().world().now();
        if row.status == AgreementStatus::Ending.as_str() {
            let request = agreements.end_agreement(name, now);
            if let Some(reply) = self.carry(recorder, account, &request).await
                && agreements.ended(&reply).is_ok()
            {
                let (agreement_ref, state) = (name.to_owned(), AgreementState::Ended);
                let said = SaidAgreement { agreement_ref, reference: None, state };
                return Ok(Some(recorder.hear_of_agreement(row.id, &said).await?));
            }
            // It may have ended before, or not begun: it says so.
        }
        let request = agreements.look_at_agreement(name, now);
        let Some(reply) = self.carry(recorder, account, &request).await else {
            recorder.miss_agreement(row.id).await?;
            return Ok(None);
        };
        let said = agreements.agreed(&reply)?;
        let view = recorder.hear_of_agreement(row.id, &said).await?;
        let is_ending = |status: &str| status == AgreementStatus::Ending.as_str();
        if is_ending(&view.row.status) && !is_ending(&row.status) {
            // Its payer agreed after it was ended here: it is ended there at once.
            return Box::pin(self.ask_about(recorder, account, &view.row)).await;
        }
        Ok(Some(view))
    }
}

/// Whether a payment under an agreement that was begun before is asked for again: one that the
/// provider has not named, while it knows the key again, and while money may be taken at all.
fn may_ask_again(agreement: &AgreementView, view: &PaymentView, now: DateTime<Utc>) -> bool {
    let row = &view.payment;
    agreement.status == AgreementStatus::Active
        && row.provider_ref.is_none()
        && now.signed_duration_since(row.started_at) < KNOWN_FOR
}

/// What keeps the agreements of an account.
fn keeper(account: &Account) -> Result<&dyn Agreements> {
    account.provider.abilities().agreements.ok_or_else(|| {
        let what = "keeps no agreements: its provider takes each payment from its payer";
        GatewayError::account(&account.name, what)
    })
}

/// Asks whether new payments by that method, for that fund, go through the account.
fn takes(council: &Council, account: &Account, (method, fund): (&str, &str)) -> Result<()> {
    let set = council.provider(&account.name);
    if set.is_some_and(|set| set.takes(method, fund)) {
        return Ok(());
    }
    let what = format!("takes no new payments by {method} for fund {fund}");
    Err(GatewayError::account(&account.name, what))
}

/// Why the provider would not take a payment. Of one that was asked for before, nobody
/// knows yet what became of it.
fn refusal(agreement: &AgreementView, is_before: bool, why: ProviderError) -> GatewayError {
    let came = if is_before {
        "see what became of the payment before it is taken otherwise"
    } else {
        "nothing was taken, make another with its payer"
    };
    match agreement.status {
        AgreementStatus::Ending | AgreementStatus::Ended => {
            let name = &agreement.row.reference;
            let what = format!("agreement {name} has ended at the provider: {came}");
            AppError::Refused(what).into()
        }
        AgreementStatus::Created | AgreementStatus::Active => why.into(),
    }
}

fn line_of(row: &AgreementRow, new: &NewAgreedPayment) -> PaymentLine {
    PaymentLine {
        fund: row.fund.clone(),
        reference: row.account.clone(),
        amount: new.amount,
        vat_code: None,
    }
}
