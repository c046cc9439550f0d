//! Whether money may be taken for a reference: one chain of checks, and the
//! first that fails says why.
//!
//! It keeps nothing between two calls, and asks nobody: whoever calls it has
//! looked the account holder up.

use ims_money::Pence;
use thiserror::Error;

use crate::{BadReference, Council, Fund, Funds, Method, OnStop, Place, Through, card_number};

/// What is to be taken, and what is known of the account.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'a> {
    /// The fund's code.
    pub fund: &'a str,
    /// The reference, as given.
    pub reference: &'a str,
    /// How much; `None` when only the reference is asked about.
    pub amount: Option<Pence>,
    /// The method of payment; `None` leaves its limits out.
    pub method: Option<&'a Method>,
    /// Through whom.
    pub through: Through,
    /// The account holder of the reference, if there is one.
    pub account: Option<KnownAccount<'a>>,
    /// What a stop does.
    pub stops: Stops,
}

/// What the books know of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownAccount<'a> {
    /// The code of the stop it is on.
    pub stop: Option<&'a str>,
}

/// Whether stops hold for whoever takes the money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stops {
    /// What blocks, blocks.
    Heeded,
    /// What blocks is shown. Only where the council's staff is there to decide;
    /// on the web a stop is heeded all the same.
    Overridden,
}

/// What may be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted<'a> {
    /// The fund.
    pub fund: &'a Fund,
    /// The account.
    pub place: Place,
    /// The message of a stop, to be shown.
    pub warning: Option<String>,
}

/// Why nothing may be taken.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Invalid {
    /// No such fund.
    #[error("fund `{0}` is not configured")]
    UnknownFund(String),
    /// The fund is closed.
    #[error("nothing is taken for fund {0} any more")]
    DisabledFund(String),
    /// The reference is a card's number, by the look of it. It is not said again.
    #[error("the reference looks like a card number: never write one (fund {fund})")]
    CardNumber {
        /// The fund.
        fund: String,
    },
    /// An amount of nought.
    #[error("an amount of nothing cannot be taken")]
    Nothing,
    /// More than the fund takes.
    #[error("{amount} is more than fund {fund} takes at once ({most})")]
    AboveFund {
        /// The amount.
        amount: Pence,
        /// The fund.
        fund: String,
        /// The most it takes.
        most: Pence,
    },
    /// More than the method takes.
    #[error("{amount} is more than is taken by {method} at once ({most})")]
    AboveMethod {
        /// The amount.
        amount: Pence,
        /// The method's code.
        method: String,
        /// The most.
        most: Pence,
    },
    /// Less than the method takes.
    #[error("{amount} is less than is taken by {method} ({least} or more)")]
    BelowMethod {
        /// The amount.
        amount: Pence,
        /// The method's code.
        method: String,
        /// The least.
        least: Pence,
    },
    /// The fund refuses the reference.
    #[error("{why} (fund {fund})")]
    Reference {
        /// The fund.
        fund: String,
        /// What it says.
        why: BadReference,
    },
    /// Nobody has the reference, and somebody must.
    #[error("no account holder of fund {fund} has `{reference}`")]
    NoHolder {
        /// The fund.
        fund: String,
        /// The reference.
        reference: String,
    },
    /// The account is on stop.
    #[error("{fund} {reference} is on stop: {message}")]
    OnStop {
        /// The fund.
        fund: String,
        /// The reference.
        reference: String,
        /// The stop's message.
        message: String,
    },
}

/// Checks a claim: fund, amount against fund and method, no card's number for a
/// reference, the fund's reference rule whole, the account holder, the stop. A fund without a reference rule
/// skips none of the others.
///
/// # Errors
///
/// [`Invalid`] names the first check that fails.
///
/// ```
/// use ims_ledger::{Claim, Council, Funds, Stops, Through, validate};
/// use ims_money::Pence;
///
/// let council: Council = toml::from_str(r#"
///     code = "ANY"
///     name = "Anyborough"
///     [[fund]]
///     code = "PK"
///     name = "Parking"
///     max_pence = 9999
/// "#)?;
/// let funds = Funds::of(&council)?;
/// let claim = |pence| Claim {
///     fund: "PK",
///     reference: "pn1",
///     amount: Some(Pence::new(pence)),
///     method: None,
///     through: Through::Staff,
///     account: None,
///     stops: Stops::Heeded,
/// };
/// assert_eq!(validate(&council, &funds, &claim(9_999))?.place.reference.as_str(), "PN1");
/// assert_eq!(
///     validate(&council, &funds, &claim(10_000)).unwrap_err().to_string(),
///     "100.00 is more than fund PK takes at once (99.99)"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn validate<'a>(
    council: &Council,
    funds: &Funds<'a>,
    claim: &Claim<'_>,
) -> Result<Accepted<'a>, Invalid> {
    let code = claim.fund;
    let Some(fund) = funds.get(code) else {
        let is_closed = council.fund.iter().any(|fund| fund.code.as_str() == code);
        let code = code.to_owned();
        return Err(if is_closed {
            Invalid::DisabledFund(code)
        } else {
            Invalid::UnknownFund(code)
        });
    };
    if let Some(amount) = claim.amount {
        check_amount(amount, fund, claim.method)?;
    }
    if card_number::masked(claim.reference).is_some() {
        return Err(Invalid::CardNumber { fund: code.to_owned() });
    }
    let place = match funds.read(code, claim.reference) {
        Some(Ok(place)) => place,
        Some(Err(why)) => return Err(Invalid::Reference { fund: code.to_owned(), why }),
        None => return Err(Invalid::UnknownFund(code.to_owned())),
    };
    if fund.must_exist && claim.account.is_none() {
        let reference = place.reference.to_string();
        return Err(Invalid::NoHolder { fund: code.to_owned(), reference });
    }
    let warning = stopped(council, &place, claim)?;
    Ok(Accepted { fund, place, warning })
}

/// Checks an amount against what fund and method take at once, the limits
/// included. Without a limit of its own a method takes a penny or more.
///
/// # Errors
///
/// [`Invalid`] names the limit.
pub fn check_amount(amount: Pence, fund: &Fund, method: Option<&Method>) -> Result<(), Invalid> {
    if amount.is_zero() {
        return Err(Invalid::Nothing);
    }
    if let Some(most) = fund.max_pence.filter(|most| amount > *most) {
        return Err(Invalid::AboveFund { amount, fund: fund.code.to_string(), most });
    }
    let Some(method) = method else { return Ok(()) };
    let code = || method.code.to_string();
    if let Some(most) = method.max_pence.filter(|most| amount > *most) {
        return Err(Invalid::AboveMethod { amount, method: code(), most });
    }
    let least = method.min_pence.unwrap_or(Pence::new(1));
    if amount < least {
        return Err(Invalid::BelowMethod { amount, method: code(), least });
    }
    Ok(())
}

/// The message of the stop the account is on, where it does not block.
fn stopped(council: &Council, place: &Place, claim: &Claim<'_>) -> Result<Option<String>, Invalid> {
    let code = claim.account.and_then(|account| account.stop).filter(|code| !code.is_empty());
    let Some(code) = code else { return Ok(None) };
    let known = council.stop.iter().filter(|stop| stop.is_for(code, place.fund.as_str()));
    // A fund's own stop stands over one of the same code for all funds.
    let (does, message) = match known.max_by_key(|stop| stop.fund.is_some()) {
        Some(stop) => (stop.on(claim.through), stop.message.clone()),
        None => (OnStop::Block, format!("stop `{code}`, which the configuration does not know")),
    };
    let is_overridden = claim.stops == Stops::Overridden && claim.through.has_staff();
    match does {
        OnStop::Allow => Ok(None),
        OnStop::Warn => Ok(Some(message)),
        OnStop::Block if is_overridden => Ok(Some(message)),
        OnStop::Block => Err(Invalid::OnStop {
            fund: place.fund.to_string(),
            reference: place.reference.to_string(),
            message,
        }),
    }
}

#[cfg(test)]
mod tests;
