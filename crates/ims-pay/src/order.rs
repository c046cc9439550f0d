use ims_money::Pence;
use thiserror::Error;

/// The longest key, in characters.
pub const KEY_LENGTH_MAX: usize = 64;

/// What is asked of a provider: one payment, under a key of ours. The same key
/// asked twice is the same payment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Order {
    key: String,
    amount: Pence,
    description: String,
    return_url: String,
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
}

impl Order {
    /// An order for `amount` under `key`.
    ///
    /// # Errors
    ///
    /// [`BadOrder`] for a key that is none, an amount of nothing or less, or a
    /// way back without TLS.
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
        if !return_url.starts_with("https://") {
            return Err(BadOrder::ReturnUrl(return_url.to_owned()));
        }
        Ok(Self {
            key: key.to_owned(),
            amount,
            description: description.to_owned(),
            return_url: return_url.to_owned(),
        })
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_no_provider_could_do_once() {
        let back = "https://council.example/back";
        let long = "k".repeat(KEY_LENGTH_MAX + 1);
        for (key, pence, url, error) in [
            ("", 1, back, BadOrder::Key(String::new())),
            ("a b", 1, back, BadOrder::Key("a b".to_owned())),
            (&long, 1, back, BadOrder::Key(long.clone())),
            ("k", 0, back, BadOrder::Amount(Pence::ZERO)),
            ("k", -1, back, BadOrder::Amount(Pence::new(-1))),
            ("k", 1, "http://x", BadOrder::ReturnUrl("http://x".to_owned())),
        ] {
            assert_eq!(Order::of(key, Pence::new(pence), "", url), Err(error), "{key} {pence}");
        }
    }
}
