//! What a provider says unasked. Anybody can send us something, so only what is
//! signed is acted on; what names a payment and is not signed is a reason to look.

use ims_app::{Books, PaymentHeard, Word, payment_named, payment_order};
use ims_pay::{Delivery, Hint, KeyedNotices, News, NotVerified, Reply, Saying, Tidings};

use crate::{
    GatewayError, Gateways, Result,
    account::Account,
    gateways::{hinted, record, recorder},
};

/// What came of a notice. All of it is recorded: the provider may forget it.
#[derive(Clone, Debug)]
pub struct Noticed {
    /// What the provider wants to hear.
    pub thanks: Reply,
    /// How many lines of it were of a payment of ours.
    pub ours: usize,
    /// How many put something on the list of exceptions.
    pub exceptions: usize,
}

impl Gateways {
    /// A delivery to the account's address for notices. Once this returns
    /// without an error, all it says is recorded.
    ///
    /// # Errors
    ///
    /// [`GatewayError::NotVerified`] for what is not signed as it should be, and
    /// of which nothing was read; else what the books or the account say: the
    /// provider should send it again.
    pub async fn notice(
        &self,
        books: &Books,
        account: &str,
        delivery: &Delivery,
    ) -> Result<Noticed> {
        let recorder = recorder(books).await?;
        let account = self.account_of(&recorder, account).await?;
        let abilities = account.provider.abilities();
        if let Some(keyed) = abilities.keyed_notices {
            return self.keyed_notice(&recorder, &account, keyed, delivery).await;
        }
        let Some(notices) = abilities.notices else {
            return Err(GatewayError::account(&account.name, "sends no notices"));
        };
        let verified = match notices.verify(delivery, recorder.app().world().now()) {
            Ok(verified) => verified,
            Err(NotVerified::NeverSigned) => {
                let mut noticed = Noticed::with(notices.thanks());
                let hint = account.provider.returned(delivery);
                noticed.count(self.look_at_hinted(&recorder, &account, &hint).await?.as_ref());
                return Ok(noticed);
            }
            Err(why) => return Err(why.into()),
        };
        let (thanks, news) = (notices.thanks(), notices.news(&verified)?);
        self.heed_all(&recorder, &account, thanks, news).await
    }

    /// A notice that is signed with the key of the payment it says it is of.
    async fn keyed_notice(
        &self,
        recorder: &Books,
        account: &Account,
        keyed: &dyn KeyedNotices,
        delivery: &Delivery,
    ) -> Result<Noticed> {
        let Hint { reference, .. } = account.provider.returned(delivery);
        let hint = Hint { reference, ..Hint::default() };
        let row = hinted(recorder, account, &hint).await?.ok_or(NotVerified::NoKey)?;
        let kept = recorder.notice_key(row.id).await?.ok_or(NotVerified::NoKey)?;
        let verified = keyed.verify_with(delivery, &kept.key)?;
        let news = keyed.news_of(&verified, &payment_order(&row)?)?;
        self.heed_all(recorder, account, keyed.thanks_to(&kept.back), news).await
    }

    /// What a payer's browser was made to post to us on its way back. Where the
    /// provider signs that as it signs notices and it is of money taken, it is a reason to
    /// look: the payer had it in hand, so the provider is asked, and what it says is
    /// recorded. Only where it cannot be asked about the payment, or where no money was
    /// taken, is what is signed recorded as a notice is. None of anything else: nothing of
    /// it was read, and the provider is to be [asked](Self::look).
    ///
    /// # Errors
    ///
    /// As [`notice`](Self::notice), but for what is not signed.
    pub async fn brought(
        &self,
        books: &Books,
        account: &str,
        back: &Delivery,
    ) -> Result<Option<Noticed>> {
        let recorder = recorder(books).await?;
        let account = self.account_of(&recorder, account).await?;
        let Some(notices) = account.provider.abilities().notices else { return Ok(None) };
        let Ok(verified) = notices.verify(back, recorder.app().world().now()) else {
            return Ok(None);
        };
        let mut noticed = Noticed::with(notices.thanks());
        for mut one in notices.news(&verified)? {
            if let Some(hint) = self.can_be_asked(&recorder, &account, &one).await? {
                one.what = hint;
            }
            noticed.count(self.heed(&recorder, &account, one).await?.as_ref());
        }
        Ok(Some(noticed))
    }

    /// What is said of money of a payment, as a reason to look at it, if it can be looked at.
    async fn can_be_asked(
        &self,
        recorder: &Books,
        account: &Account,
        news: &News,
    ) -> Result<Option<Tidings>> {
        let Tidings::Payment(said) = &news.what else { return Ok(None) };
        if !matches!(said.saying(), Saying::Paid(_) | Saying::Authorised { .. }) {
            return Ok(None);
        }
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let (reference, provider_ref) = (owned(said.reference()), owned(said.provider_ref()));
        let hint = Hint { reference, provider_ref, ..Hint::default() };
        let Some(row) = hinted(recorder, account, &hint).await? else { return Ok(None) };
        let now = recorder.app().world().now();
        let look = account.provider.look(&payment_order(&row)?, payment_named(&row), now);
        let Hint { reference, provider_ref, .. } = hint;
        Ok(look.ok().map(|_| Tidings::LookAt { provider_ref, reference }))
    }

    async fn heed_all(
        &self,
        recorder: &Books,
        account: &Account,
        thanks: Reply,
        news: Vec<News>,
    ) -> Result<Noticed> {
        let mut noticed = Noticed::with(thanks);
        for one in news {
            let heard = self.heed(recorder, account, one).await?;
            noticed.count(heard.as_ref());
        }
        Ok(noticed)
    }

    /// One line of a verified notice.
    async fn heed(
        &self,
        recorder: &Books,
        account: &Account,
        news: News,
    ) -> Result<Option<PaymentHeard>> {
        match news.what {
            Tidings::Payment(said) => {
                let word = Word::Said(Box::new(said));
                record(recorder, account, None, news.id, word).await.map(Some)
            }
            Tidings::LookAt { provider_ref, reference } => {
                let hint = Hint { reference, provider_ref, ..Hint::default() };
                self.look_at_hinted(recorder, account, &hint).await
            }
            Tidings::Refund(said) => {
                let odd = recorder.hear_of_refund(&account.name, news.id.as_deref(), &said).await?;
                Ok(odd.map(|row| PaymentHeard::Exception(Box::new(row))))
            }
            Tidings::Dispute(said) => {
                let odd = recorder.hear_of_dispute(&account.name, &said).await?;
                Ok(odd.map(|row| PaymentHeard::Exception(Box::new(row))))
            }
            Tidings::Other(_) | _ => Ok(None),
        }
    }

    async fn look_at_hinted(
        &self,
        recorder: &Books,
        account: &Account,
        hint: &Hint,
    ) -> Result<Option<PaymentHeard>> {
        match hinted(recorder, account, hint).await? {
            Some(row) => Ok(Some(self.look_at(recorder, account, &row).await?.heard)),
            None => Ok(None),
        }
    }
}

impl Noticed {
    /// Nothing yet.
    const fn with(thanks: Reply) -> Self {
        Self { thanks, ours: 0, exceptions: 0 }
    }

    fn count(&mut self, heard: Option<&PaymentHeard>) {
        match heard {
            Some(PaymentHeard::Of(_)) => self.ours = self.ours.saturating_add(1),
            Some(PaymentHeard::Exception(_)) => {
                self.exceptions = self.exceptions.saturating_add(1);
            }
            Some(PaymentHeard::Nothing) | None => {}
        }
    }
}
