//! The receipt that was just given, with what is to be known of it.

use ims_app::{AppError, NumberedTillReceipt};
use ims_ledger::{Council, Method, MethodKind, Through};
use ims_money::Pence;

use super::vat;
use crate::{desk::Desk, fault::Fault, show};

/// A receipt as it stands in the books. What is to be known of it is read there
/// again, so that no address says it.
pub(super) struct Done {
    pub(super) given: NumberedTillReceipt,
    /// What of it is more than was owed, and waits in suspense.
    pub(super) overpaid: Pence,
    /// The VAT held in its lines, in words.
    pub(super) vat: Vec<String>,
    /// What stops say of its accounts.
    pub(super) warnings: Vec<String>,
}

impl Done {
    /// All that is to be known of a receipt.
    pub(super) async fn of(
        desk: &Desk,
        council: &Council,
        given: &NumberedTillReceipt,
    ) -> Result<Self, Fault> {
        let shown = desk.books.receipt(&given.number).await?;
        let vat = vat::given(&shown);
        let kept = shown.receipt;
        let is_its = |method: &&Method| method.code.as_str() == kept.method;
        let through = match council.method.iter().find(is_its).map(|method| method.kind) {
            Some(MethodKind::Post) => Through::Post,
            _ => Through::Staff,
        };
        let mut warnings = Vec::new();
        for line in &kept.lines {
            warnings.extend(said_of(desk, &line.fund, &line.reference, through).await?);
        }
        // Its lines are what was owed; the till took what was paid.
        let overpaid = given.row.amount.checked_sub(kept.total).unwrap_or_default();
        Ok(Self { given: given.clone(), overpaid, vat, warnings })
    }

    /// Whether something is given back.
    pub(super) fn has_change(&self) -> bool {
        self.given.row.tendered != self.given.row.amount
    }

    /// What is given back.
    pub(super) fn change(&self) -> String {
        let row = &self.given.row;
        show::money(row.tendered.checked_sub(row.amount).unwrap_or_default())
    }
}

/// What a stop says of an account, whether it blocks or not: who may take money
/// all the same is told so.
async fn said_of(
    desk: &Desk,
    fund: &str,
    reference: &str,
    through: Through,
) -> Result<Option<String>, Fault> {
    let said = match desk.books.check_reference(fund, reference, through).await {
        Ok(good) => good.warning,
        Err(AppError::Refused(why)) => Some(why),
        // The money was taken: a rule that has changed since says nothing of that.
        Err(AppError::BadInput(_)) => None,
        Err(error) => return Err(error.into()),
    };
    Ok(said.map(|said| format!("{reference}: {said}")))
}
