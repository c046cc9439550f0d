//! Whether money may be taken for references: old ones are followed, account
//! holders looked up, and the ledger's chain of checks asked.

use chrono::NaiveDate;
use ims_ledger::{
    Accepted, Claim, Council, Fund, Funds, Invalid, KnownAccount, Method, Stops, Through, validate,
};
use ims_money::Pence;
use ims_store::{HolderRow, SearchHolders, Tx};

use crate::{
    AppError, Books, Permission, Repair, Result,
    redirects::{redirects_of, written},
};

/// What a claim is checked by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms<'a, 'b> {
    pub(crate) council: &'b Council,
    pub(crate) funds: &'b Funds<'a>,
    pub(crate) method: Option<&'b Method>,
    pub(crate) through: Through,
    pub(crate) stops: Stops,
    /// The money's own day.
    pub(crate) on: NaiveDate,
}

/// What somebody wants to pay into.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish<'a> {
    pub(crate) fund: &'a str,
    pub(crate) reference: &'a str,
    pub(crate) amount: Option<Pence>,
}

/// An account that takes it.
#[derive(Clone, Debug)]
pub(crate) struct Admitted<'a> {
    pub(crate) fund: &'a Fund,
    pub(crate) reference: String,
    /// The fund and reference it was redirected from.
    pub(crate) old: Option<String>,
    /// What a stop says that does not block.
    pub(crate) warning: Option<String>,
    pub(crate) holder: Option<HolderRow>,
}

/// Why an account does not take it.
#[derive(Clone, Debug)]
pub(crate) enum NotAdmitted {
    /// Redirected references lead in a circle.
    Loop(String),
    /// A check fails.
    Check(Invalid),
}

impl From<NotAdmitted> for AppError {
    /// A rule that forbids is a refusal; what cannot be meant is bad input.
    fn from(why: NotAdmitted) -> Self {
        match why {
            NotAdmitted::Loop(why) => Self::BadInput(why),
            NotAdmitted::Check(invalid) => match invalid {
                Invalid::OnStop { .. }
                | Invalid::AboveFund { .. }
                | Invalid::AboveMethod { .. }
                | Invalid::BelowMethod { .. } => Self::Refused(invalid.to_string()),
                _ => Self::BadInput(invalid.to_string()),
            },
        }
    }
}

/// Asks for each wish, in order. The outer error is the store's.
pub(crate) async fn admit<'a>(
    tx: &mut Tx,
    books: &Books,
    terms: Terms<'a, '_>,
    wishes: &[Wish<'_>],
) -> Result<Vec<Result<Admitted<'a>, AppError>>> {
    let answers = admit_or_say_why(tx, books, terms, wishes).await?;
    Ok(answers.into_iter().map(|answer| answer.map_err(AppError::from)).collect())
}

/// The same, with the check that fails.
pub(crate) async fn admit_or_say_why<'a>(
    tx: &mut Tx,
    books: &Books,
    terms: Terms<'a, '_>,
    wishes: &[Wish<'_>],
) -> Result<Vec<Result<Admitted<'a>, NotAdmitted>>> {
    let references = wishes.iter().map(|wish| written(wish.reference));
    let redirects = redirects_of(tx, books.id(), references).await?;
    let mut answers = Vec::with_capacity(wishes.len());
    for wish in wishes {
        let led = redirects.follow(wish.fund, &written(wish.reference), terms.on);
        let led = match led {
            Ok(led) => led,
            Err(looped) => {
                answers.push(Err(NotAdmitted::Loop(looped.to_string())));
                continue;
            }
        };
        let (fund, reference) = led
            .as_ref()
            .map_or((wish.fund, wish.reference), |to| (to.fund.as_str(), to.reference.as_str()));
        let holder = match terms.funds.read(fund, reference) {
            Some(Ok(place)) => tx.holder(books.id(), fund, place.reference.as_str()).await?,
            Some(Err(_)) | None => None,
        };
        let claim = Claim {
            fund,
            reference,
            amount: wish.amount,
            method: terms.method,
            through: terms.through,
            account: holder.as_ref().map(|row| KnownAccount { stop: row.stop.as_deref() }),
            stops: terms.stops,
        };
        let answer = validate(terms.council, terms.funds, &claim).map_err(NotAdmitted::Check);
        let old = led.is_some().then(|| format!("{}/{}", wish.fund, written(wish.reference)));
        answers.push(answer.map(|Accepted { fund, place, warning }| Admitted {
            fund,
            reference: place.reference.to_string(),
            old,
            warning,
            holder,
        }));
    }
    Ok(answers)
}

/// What a reference check says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedReference {
    /// The fund money for it goes to.
    pub fund: String,
    /// The reference as the fund writes it.
    pub reference: String,
    /// The fund and reference it was redirected from.
    pub redirected_from: Option<String>,
    /// What a stop says that does not block.
    pub warning: Option<String>,
    /// Whether somebody is known to hold it; nothing where no holder of the fund is known.
    pub is_held: Option<bool>,
    /// References that somebody holds and that may have been meant, where nobody holds this
    /// one: only [`check_or_repair_for`](Books::check_or_repair_for) looks for them.
    pub perhaps: Vec<Repair>,
}

impl Books {
    /// Whether money for `reference` of `fund` may be taken today, all checks
    /// but those of amount and method. Nothing is posted.
    ///
    /// # Errors
    ///
    /// [`AppError::BadInput`] or [`AppError::Refused`] says which check fails.
    pub async fn check_reference(
        &self,
        fund: &str,
        reference: &str,
        through: Through,
    ) -> Result<CheckedReference> {
        self.actor().needs(Permission::SeeIncome)?;
        self.needs_fund(fund)?;
        let mut tx = self.store().snapshot().await?;
        let settings = self.settings_in(&mut tx).await?;
        let funds = settings.funds()?;
        let terms = Terms {
            council: &settings.council,
            funds: &funds,
            method: None,
            through,
            stops: Stops::Heeded,
            on: self.world().today(),
        };
        let wish = Wish { fund, reference, amount: None };
        let absent = || AppError::NotFound { what: "reference", name: reference.to_owned() };
        let admitted = admit(&mut tx, self, terms, &[wish]).await?.pop().ok_or_else(absent)??;
        // An old reference may lead to a fund of somebody else's.
        let code = admitted.fund.code.as_str();
        self.needs_fund(code)?;
        let is_held = match admitted.holder {
            Some(_) => Some(true),
            None => {
                // The next of all funds' holders, which is this fund's if it has any.
                let of = SearchHolders::default();
                let next = tx.search_holders(self.id(), &of, Some((code, "")), 1).await?;
                next.first().is_some_and(|next| next.fund == code).then_some(false)
            }
        };
        Ok(CheckedReference {
            fund: code.to_owned(),
            reference: admitted.reference,
            redirected_from: admitted.old,
            warning: admitted.warning,
            is_held,
            perhaps: Vec::new(),
        })
    }

    /// What stops do for whoever takes money `through` a channel.
    pub(crate) fn stops(&self, through: Through) -> Stops {
        if through.has_staff() && self.actor().may(Permission::OverrideStop) {
            Stops::Overridden
        } else {
            Stops::Heeded
        }
    }
}
