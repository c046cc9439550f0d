//! What an order may say beside its amount.

use std::fmt;

use ims_money::Pence;

/// Who enters the card, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Channel {
    /// The payer, on a page of the provider's.
    #[default]
    Online,
    /// An officer, for a payer on the telephone or by post (MOTO).
    Staff,
    /// The payer, on the keys of a telephone.
    Telephone,
    /// The payer, at a card terminal of this name.
    Terminal(String),
}

/// What language the payer is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Welsh.
    Welsh,
}

impl Language {
    /// `en` or `cy`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Welsh => "cy",
        }
    }
}

/// When the money is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Take {
    /// As soon as the payer agreed.
    #[default]
    AtOnce,
    /// Held, until we capture it or let it go.
    Later,
}

/// Who pays. Only the provider is told; nothing of it is ever printed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Payer {
    /// Their name, as on the card.
    pub name: Option<String>,
    /// Where the provider sends its own receipt.
    pub email: Option<String>,
    /// First line of the address.
    pub line1: Option<String>,
    /// Second line of the address.
    pub line2: Option<String>,
    /// Town or city.
    pub city: Option<String>,
    /// Postcode.
    pub postcode: Option<String>,
}

impl Payer {
    /// Everything that is said of them.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        [&self.name, &self.email, &self.line1, &self.line2, &self.city, &self.postcode]
            .into_iter()
            .filter_map(Option::as_deref)
    }
}

impl fmt::Debug for Payer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Payer(..)")
    }
}

/// One line of what is paid, for providers that are told them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Item {
    /// The fund's code.
    pub fund: String,
    /// The payer's reference in the fund.
    pub reference: String,
    /// What the payer is shown.
    pub description: String,
    /// What is paid of it, VAT and all; more than nothing.
    pub amount: Pence,
}

/// How a payment has to do with an agreement to take money again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Agreeing {
    /// It sets up the agreement of this name at the provider: the payer pays now
    /// and agrees that we take more later.
    SetUp(String),
    /// It is taken under the agreement of this name, the payer not being there.
    Use(String),
}
