//! Whether a sort code and an account can belong together: modulus checking, by
//! the table of weights that the operator loads.

mod rule;
mod table;

use thiserror::Error;

pub use table::WeightTable;

/// What a check came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Checked {
    /// It passes.
    Valid,
    /// It fails: one of the digits is wrong.
    Invalid,
    /// The table says nothing of this sort code, which makes it no worse: it
    /// counts as valid.
    NotListed,
    /// An account in a foreign currency, whose digits follow no rule: it counts
    /// as valid.
    ForeignCurrency,
}

impl Checked {
    /// Whether money may be sent there, as far as the digits tell.
    #[must_use]
    pub const fn may_be_paid(&self) -> bool {
        !matches!(self, Self::Invalid)
    }

    /// The word it goes by: `valid`, `invalid`, `not-listed`, `foreign-currency`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Invalid => "invalid",
            Self::NotListed => "not-listed",
            Self::ForeignCurrency => "foreign-currency",
        }
    }

    /// In words.
    #[must_use]
    pub const fn in_words(&self) -> &'static str {
        match self {
            Self::Valid => "sort code and account can belong together",
            Self::Invalid => "sort code and account cannot belong together: a digit is wrong",
            Self::NotListed => {
                "the table has no rule for this sort code, so nothing speaks against it"
            }
            Self::ForeignCurrency => {
                "an account in a foreign currency, which cannot be checked; nothing speaks against it"
            }
        }
    }
}

/// What is no sort code or no account.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BadBankAccount {
    /// The sort code.
    #[error("`{0}` is no sort code; six digits would be right")]
    SortCode(String),
    /// The account.
    #[error(
        "`{0}` is no account; eight digits would be right (six, seven and nine are understood)"
    )]
    Account(String),
    /// Ten digits, of which banks use different eight.
    #[error(
        "`{0}` has ten digits: give the last eight for NatWest, the first eight for the Co-operative Bank"
    )]
    TenDigits(String),
}

/// Sort code and account as their fourteen digits, `u` to `z` and `a` to `h`.
pub(super) type Digits = [u8; 14];

/// The digits of an account as written: blanks and dashes are passed over,
/// shorter accounts take noughts in front, the first of nine belongs to the sort
/// code.
pub(super) fn digits(sort_code: &str, account: &str) -> Result<Digits, BadBankAccount> {
    let plain = |text: &str| -> Option<Vec<u8>> {
        let kept = text.chars().filter(|c| !matches!(c, ' ' | '-'));
        kept.map(|c| c.to_digit(10).and_then(|digit| u8::try_from(digit).ok())).collect()
    };
    let wrong = || BadBankAccount::SortCode(sort_code.to_owned());
    let mut sort = plain(sort_code).filter(|digits| digits.len() == 6).ok_or_else(wrong)?;
    let wrong = || BadBankAccount::Account(account.to_owned());
    let number = plain(account).ok_or_else(wrong)?;
    let number = match number.as_slice() {
        [_, _, _, _, _, _, _, _] => number,
        [_, _, _, _, _, _, _] => [vec![0], number].concat(),
        [_, _, _, _, _, _] => [vec![0, 0], number].concat(),
        [first, rest @ ..] if rest.len() == 8 => {
            sort.pop();
            sort.push(*first);
            rest.to_vec()
        }
        [_, rest @ ..] if rest.len() == 9 => {
            return Err(BadBankAccount::TenDigits(account.to_owned()));
        }
        _ => return Err(wrong()),
    };
    sort.extend(number);
    Digits::try_from(sort).map_err(|_| wrong())
}

/// A sort code and an account as the six and eight digits that are paid to,
/// however they are written: with blanks or dashes, shorter or longer.
///
/// # Errors
///
/// When one of them is not written as one.
///
/// ```
/// use ims_files::bacs::plain_account;
///
/// let (sort_code, account) = plain_account("20-00-00", "1234567")?;
/// assert_eq!((sort_code.as_str(), account.as_str()), ("200000", "01234567"));
/// assert!(plain_account("20-00", "55779911").is_err());
/// # Ok::<(), ims_files::bacs::BadBankAccount>(())
/// ```
pub fn plain_account(sort_code: &str, account: &str) -> Result<(String, String), BadBankAccount> {
    let digits = digits(sort_code, account)?;
    let mut plain = digits.into_iter().filter_map(|digit| char::from_digit(digit.into(), 10));
    let sort_code = plain.by_ref().take(6).collect();
    Ok((sort_code, plain.collect()))
}

impl WeightTable {
    /// Whether this sort code and account can belong together.
    ///
    /// # Errors
    ///
    /// When one of them is not written as one.
    pub fn check(&self, sort_code: &str, account: &str) -> Result<Checked, BadBankAccount> {
        let digits = digits(sort_code, account)?;
        Ok(rule::check(self, &digits))
    }
}

#[cfg(test)]
mod tests;
