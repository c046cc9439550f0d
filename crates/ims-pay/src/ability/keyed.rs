use crate::{Delivery, News, NotVerified, Order, Provider, ProviderError, Reply, Secret, Verified};

/// A provider whose notice of a payment is signed with a key of that payment's own,
/// which comes with the answer to asking for it.
///
/// Whoever carries the exchange keeps the key with the payment before the payer is
/// sent on, and shows it nowhere. It is kept for a while after the payment ended: a
/// notice whose thanks were lost is sent again. Which payment a delivery is about,
/// [`Provider::returned`] hints.
pub trait KeyedNotices: Provider {
    /// The key, out of the answer to [`ask`](Provider::ask); none where it has none.
    fn notice_key(&self, reply: &Reply) -> Option<Secret>;

    /// The notice, if it is signed with the payment's key.
    ///
    /// # Errors
    ///
    /// [`NotVerified`]; [`NotVerified::NoKey`] for an empty key.
    fn verify_with<'n>(
        &self,
        delivery: &'n Delivery,
        key: &Secret,
    ) -> Result<Verified<'n>, NotVerified>;

    /// What a notice says of the payment under `order`, a line each. Only what was
    /// signed is read.
    ///
    /// # Errors
    ///
    /// [`ProviderError::Unreadable`] when it does not read.
    fn news_of(&self, notice: &Verified<'_>, order: &Order) -> Result<Vec<News>, ProviderError>;

    /// What the provider wants to hear once a notice is kept. It sends the payer's
    /// browser on to `back`.
    fn thanks_to(&self, back: &str) -> Reply;
}
