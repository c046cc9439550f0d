use ims_money::Pence;
use thiserror::Error;

use crate::{is_safe_address, looks_like_a_card};

mod payer;

pub use payer::{Agreeing, Channel, Item, Language, Payer, Take};

/// The longest key, in characters.
pub const KEY_LENGTH_MAX: usize = 64;

/// The most lines of one order.
pub const ITEMS_MAX: usize = 100;

/// What is asked of a provider: one payment in pounds sterling, under a key of
/// ours. The same key asked twice is the same payment.
///
/// ```
/// use ims_money::Pence;
/// use ims_pay::{BadOrder, Channel, Order};
///
/// let back = "https://council.example/back";
/// let order = Order::of("pay-1", Pence::new(4_500), "Parking", back)?.by(Channel::Staff);
/// assert_eq!(order.amount(), Pence::new(4_500));
///
/// // What looks like a card number goes nowhere.
/// let refused = Order::of("pay-2", Pence::new(1), "card 4111 1111 1111 1111", back);
/// assert_eq!(refused, Err(BadOrder::CardNumber("description")));
/// # Ok::<(), BadOrder>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Order {
    key: String,
    amount: Pence,
    description: String,
    return_url: String,
    notice_url: Option<String>,
    channel: Channel,
    language: Language,
    take: Take,
    payer: Option<Payer>,
    items: Vec<Item>,
    agreement: Option<Agreeing>,
}

/// Why something cannot be ordered.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BadOrder {
    /// The key is none.
    #[error("`{0}` is not a key: 1 to {KEY_LENGTH_MAX} letters, digits, `-` or `_`")]
    Key(String),
    /// Nothing, or less.
    #[error("a payment of {0} cannot be ordered; it is for more than nothing")]
    Amount(Pence),
    /// The payer would come back over an open line.
    #[error("the payer must come back to an https:// address, not to `{0}`")]
    ReturnUrl(String),
    /// The lines are not the amount.
    #[error("the lines make {lines}, the payment is {amount}; they must be the same")]
    Lines {
        /// What the lines make; more than can be counted is the largest amount.
        lines: Pence,
        /// What is to be paid.
        amount: Pence,
    },
    /// A card number where none may be.
    #[error("the {0} looks like a card number; those are only ever given to the provider")]
    CardNumber(&'static str),
}

impl Order {
    /// An order for `amount` under `key`.
    ///
    /// # Errors
    ///
    /// [`BadOrder`] for a key that is none, an amount of nothing or less, a way
    /// back without TLS, or what looks like a card number.
    pub fn of(
        key: &str,
        amount: Pence,
        description: &str,
        return_url: &str,
    ) -> Result<Self, BadOrder> {
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        if !(1..=KEY_LENGTH_MAX).contains(&key.len()) || !key.bytes().all(is_plain) {
            return Err(BadOrder::Key(key.to_owned()));
        }
        if !amount.is_positive() {
            return Err(BadOrder::Amount(amount));
        }
        if !is_safe_address(return_url) {
            return Err(BadOrder::ReturnUrl(return_url.to_owned()));
        }
        no_card("key", key)?;
        no_card("description", description)?;
        no_card("return address", return_url)?;
        Ok(Self {
            key: key.to_owned(),
            amount,
            description: description.to_owned(),
            return_url: return_url.to_owned(),
            notice_url: None,
            channel: Channel::Online,
            language: Language::English,
            take: Take::AtOnce,
            payer: None,
            items: Vec::new(),
            agreement: None,
        })
    }

    /// Where the provider sends its notice, for those that are told each time.
    ///
    /// # Errors
    ///
    /// [`BadOrder::ReturnUrl`] without TLS.
    pub fn noticed_at(mut self, url: &str) -> Result<Self, BadOrder> {
        if !is_safe_address(url) {
            return Err(BadOrder::ReturnUrl(url.to_owned()));
        }
        no_card("notice address", url)?;
        self.notice_url = Some(url.to_owned());
        Ok(self)
    }

    /// Who enters the card: the payer online, unless said.
    #[must_use]
    pub fn by(mut self, channel: Channel) -> Self {
        self.channel = channel;
        self
    }

    /// What language the payer is shown.
    #[must_use]
    pub const fn in_language(mut self, language: Language) -> Self {
        self.language = language;
        self
    }

    /// Whether the money is taken at once, or held until it is captured.
    #[must_use]
    pub const fn take(mut self, take: Take) -> Self {
        self.take = take;
        self
    }

    /// Who pays, to spare them typing it again.
    ///
    /// # Errors
    ///
    /// [`BadOrder::CardNumber`].
    pub fn paid_by(mut self, payer: Payer) -> Result<Self, BadOrder> {
        for text in payer.texts() {
            no_card("payer's name or address", text)?;
        }
        self.payer = Some(payer);
        Ok(self)
    }

    /// What the amount is made of.
    ///
    /// # Errors
    ///
    /// [`BadOrder::Lines`] when the lines do not make the amount,
    /// [`BadOrder::CardNumber`].
    pub fn made_of(mut self, items: Vec<Item>) -> Result<Self, BadOrder> {
        let lines = Pence::checked_sum(items.iter().map(|item| item.amount));
        let counted = items.len() <= ITEMS_MAX && items.iter().all(|i| i.amount.is_positive());
        if lines != Some(self.amount) || !counted {
            let lines = lines.unwrap_or(Pence::new(i64::MAX));
            return Err(BadOrder::Lines { lines, amount: self.amount });
        }
        for item in &items {
            no_card("reference of a line", &item.reference)?;
            no_card("description of a line", &item.description)?;
        }
        self.items = items;
        Ok(self)
    }

    /// Under an agreement to take money again.
    #[must_use]
    pub fn under(mut self, agreement: Agreeing) -> Self {
        self.agreement = Some(agreement);
        self
    }

    /// Our own name for the payment.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What is to be paid, more than nothing.
    #[must_use]
    pub const fn amount(&self) -> Pence {
        self.amount
    }

    /// What the payer is shown.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Where the payer comes back to.
    #[must_use]
    pub fn return_url(&self) -> &str {
        &self.return_url
    }

    /// Where the provider sends its notice, if it is told each time.
    #[must_use]
    pub fn notice_url(&self) -> Option<&str> {
        self.notice_url.as_deref()
    }

    /// Who enters the card.
    #[must_use]
    pub const fn channel(&self) -> &Channel {
        &self.channel
    }

    /// What language the payer is shown.
    #[must_use]
    pub const fn language(&self) -> Language {
        self.language
    }

    /// When the money is taken.
    #[must_use]
    pub const fn when_taken(&self) -> Take {
        self.take
    }

    /// Who pays, if that was said.
    #[must_use]
    pub const fn payer(&self) -> Option<&Payer> {
        self.payer.as_ref()
    }

    /// What the amount is made of, if that was said.
    #[must_use]
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// The agreement it is under, if any.
    #[must_use]
    pub const fn agreement(&self) -> Option<&Agreeing> {
        self.agreement.as_ref()
    }
}

fn no_card(field: &'static str, text: &str) -> Result<(), BadOrder> {
    if looks_like_a_card(text) { Err(BadOrder::CardNumber(field)) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
