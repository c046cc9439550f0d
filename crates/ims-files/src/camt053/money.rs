use ims_money::Amount;

use crate::amounts::{clipped, currency_decimals, decimal};

/// A currency code as it is written, blank where it is not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Currency {
    length: u8,
    bytes: [u8; 7],
}

impl Currency {
    /// `None` for what is too long to be one.
    pub(super) fn read(text: &str) -> Option<Self> {
        let text = text.trim_ascii();
        let mut bytes = [0; 7];
        bytes.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        Some(Self { length: u8::try_from(text.len()).ok()?, bytes })
    }

    pub(super) fn as_str(&self) -> &str {
        let bytes = self.bytes.get(..usize::from(self.length)).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }

    pub(super) fn is_blank(&self) -> bool {
        self.length == 0
    }
}

/// An amount with the currency that it is in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Money {
    pub(super) amount: Amount,
    pub(super) currency: Currency,
}

impl Money {
    /// `currency` is `None` where what is written is none.
    pub(super) fn read(text: &str, currency: Option<Currency>) -> Result<Self, String> {
        let text = text.trim_ascii();
        let currency = currency.ok_or("Ccy is no currency code; GBP would be")?;
        let amount = decimal(text, currency_decimals(currency.as_str()))
            .ok_or_else(|| format!("`{}` is not an amount; 1234.50 would be", clipped(text)))?;
        Ok(Self { amount, currency })
    }
}

/// Which way money goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Credit,
    Debit,
}

impl Side {
    pub(super) fn read(text: &str) -> Result<Self, String> {
        match text.trim_ascii() {
            "CRDT" => Ok(Self::Credit),
            "DBIT" => Ok(Self::Debit),
            other => Err(format!("`{}` is neither CRDT nor DBIT", clipped(other))),
        }
    }

    pub(super) fn signed(self, amount: Amount) -> Amount {
        match self {
            Self::Credit => amount,
            Self::Debit => amount.negated(),
        }
    }
}
