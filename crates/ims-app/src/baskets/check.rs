//! Whether something can be paid on the web, and why not.

use ims_ledger::{BadReference, Invalid, Method, PortalItem, Stops, Through};
use ims_money::Pence;
use ims_store::Tx;

use crate::{
    AppError, Books, Result, Settings,
    admit::{Admitted, NotAdmitted, Terms, Wish, admit_or_say_why},
    take_receipt::owed_by,
};

/// An account that can be paid on the web.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayableAccount {
    /// The fund the money goes to.
    pub fund: String,
    /// The account, as the fund writes it.
    pub reference: String,
    /// What a stop says that does not block.
    pub warning: Option<String>,
    /// What is owed, where the council lets it be shown and somebody stated it.
    pub balance: Option<Pence>,
}

/// Why something cannot be paid on the web: what a resident can be told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unpayable {
    /// The portal is closed, or nothing is paid into that fund there.
    NotOffered,
    /// The fund refuses the reference.
    Reference(BadReference),
    /// Nobody has the reference, and somebody must.
    NoHolder,
    /// The account is on stop; the council's own words.
    OnStop(String),
    /// Less than is taken at once.
    TooLittle(Pence),
    /// More than is taken at once.
    TooMuch(Pence),
    /// The same reference is in the basket with another amount.
    Twice,
    /// The basket holds as much as one payment may.
    Full(usize),
}

impl Books {
    /// Whether an account can be paid on the web today; the outer error is the
    /// store's.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn payable_account(
        &self,
        fund: &str,
        reference: &str,
    ) -> Result<Result<PayableAccount, Unpayable>> {
        self.serves_residents()?;
        let mut tx = self.store().snapshot().await?;
        let settings = self.settings_in(&mut tx).await?;
        self.payable(&mut tx, &settings, (fund, reference), None).await
    }

    pub(crate) async fn payable(
        &self,
        tx: &mut Tx,
        settings: &Settings,
        (fund, reference): (&str, &str),
        amount: Option<Pence>,
    ) -> Result<Result<PayableAccount, Unpayable>> {
        let Some((item, method)) = offered(settings, fund) else {
            return Ok(Err(Unpayable::NotOffered));
        };
        let funds = settings.funds()?;
        let terms = Terms {
            council: &settings.council,
            funds: &funds,
            method: Some(method),
            through: Through::Portal,
            stops: Stops::Heeded,
            on: self.world().today(),
        };
        let wish = Wish { fund, reference, amount };
        let answer = admit_or_say_why(tx, self, terms, &[wish]).await?.pop();
        let absent = || AppError::NotFound { what: "reference", name: reference.to_owned() };
        let admitted = match answer.ok_or_else(absent)? {
            Ok(admitted) => admitted,
            Err(why) => return Ok(Err(unpayable(why)?)),
        };
        if let Some(why) = amount.and_then(|amount| out_of_bounds(item, amount)) {
            return Ok(Err(why));
        }
        let balance = match &admitted.holder {
            Some(holder) if item.show_balance => owed_by(tx, self, holder).await?,
            _ => None,
        };
        let Admitted { fund, reference, warning, .. } = admitted;
        Ok(Ok(PayableAccount { fund: fund.code.to_string(), reference, warning, balance }))
    }
}

/// The item of a fund, and the method it is paid by, while the portal is open.
fn offered<'s>(settings: &'s Settings, fund: &str) -> Option<(&'s PortalItem, &'s Method)> {
    let portal = &settings.council.portal;
    let item = portal.item(fund).filter(|_| portal.open)?;
    let code = portal.method.as_ref()?;
    let mut methods = settings.council.method.iter();
    methods.find(|method| method.code == *code).map(|method| (item, method))
}

fn out_of_bounds(item: &PortalItem, amount: Pence) -> Option<Unpayable> {
    if let Some(least) = item.min_pence.filter(|least| amount < *least) {
        return Some(Unpayable::TooLittle(least));
    }
    item.max_pence.filter(|most| amount > *most).map(Unpayable::TooMuch)
}

/// What a resident is told; what is wrong with the configuration is no answer.
fn unpayable(why: NotAdmitted) -> Result<Unpayable> {
    let invalid = match why {
        NotAdmitted::Check(invalid) => invalid,
        NotAdmitted::Loop(_) => return Err(why.into()),
    };
    Ok(match invalid {
        Invalid::UnknownFund(_) | Invalid::DisabledFund(_) => Unpayable::NotOffered,
        Invalid::Nothing => Unpayable::TooLittle(Pence::new(1)),
        Invalid::AboveFund { most, .. } | Invalid::AboveMethod { most, .. } => {
            Unpayable::TooMuch(most)
        }
        Invalid::BelowMethod { least, .. } => Unpayable::TooLittle(least),
        Invalid::Reference { why, .. } => Unpayable::Reference(why),
        Invalid::NoHolder { .. } => Unpayable::NoHolder,
        Invalid::OnStop { message, .. } => Unpayable::OnStop(message),
        other => return Err(AppError::BadInput(other.to_string())),
    })
}
