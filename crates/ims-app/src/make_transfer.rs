//! Money moved from accounts to accounts, with no posted line behind it: as
//! much is given as is taken.

use ims_ledger::{MethodKind, Stops, id::TransferId};
use ims_store::{TransferRow, Tx};
use serde::{Deserialize, Serialize};

use crate::{
    AppError, Books, Moved, MovedPart, Permission, Result, Transferred,
    approve_transfer::Move,
    journal_line::Under,
    keyed::{no_card_in_key, once_each},
    moving::{
        FromSuspense, Lined, entry_of, lines_for, method_of, negated, reasoned, receipt_of, sum_of,
    },
    no_card::no_card,
    posting::about_receipt,
};

/// A transfer between accounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewTransfer {
    /// The accounts money is taken from, each with a positive amount.
    pub from: Vec<MovedPart>,
    /// The accounts it is given to: together exactly as much.
    pub to: Vec<MovedPart>,
    /// Why.
    pub reason: String,
    /// A key of the caller's: the same key again changes nothing.
    #[serde(skip)]
    pub key: Option<String>,
}

impl Books {
    /// Moves money between accounts.
    ///
    /// # Errors
    ///
    /// [`AppError::BadInput`] when an account is none, or not exactly as much
    /// is given as is taken; [`AppError::NotAllowed`] to who works for some
    /// offices or methods of payment only.
    pub async fn make_transfer(&self, new: &NewTransfer) -> Result<Moved> {
        self.actor().needs(Permission::Transfer)?;
        no_card("reason", &new.reason)?;
        no_card_in_key(new.key.as_deref())?;
        for part in new.from.iter().chain(&new.to) {
            // Accounts are of every office and method of payment.
            self.needs_whole_fund(&part.fund, "move money between accounts")?;
        }
        let what = Move::Transfer(new.clone());
        once_each(|| self.move_once("transfer", &what, new.key.as_deref())).await
    }

    pub(crate) async fn post_transfer(
        &self,
        tx: &mut Tx,
        new: &NewTransfer,
        under: Under<'_>,
    ) -> Result<Transferred> {
        let reason = reasoned(&new.reason)?;
        check(new)?;
        let amount = sum_of(&new.to)?;
        let settings = self.settings_in(tx).await?;
        let today = self.world().today();
        let (council, stops) = (&settings.council, self.stops_of_moves(under.approval));
        let from = lines_for(self, tx, council, &new.from, today, Stops::Overridden).await?;
        let Lined { lines: given, warnings } =
            lines_for(self, tx, council, &new.to, today, stops).await?;
        let taken = from.lines;
        let twice = taken.iter().find(|from| {
            given.iter().any(|to| from.fund == to.fund && from.reference == to.reference)
        });
        if let Some(both) = twice {
            let what = format!("{} {} both gives and is given", both.fund, both.reference);
            return Err(AppError::BadInput(what));
        }
        let taken = taken.into_iter().map(negated).collect::<Result<Vec<_>>>()?;
        let writer = self.writer(tx).await?;
        let method = method_of(&settings.council, MethodKind::Transfer, "transfer");
        let lines = taken.into_iter().chain(given).collect();
        let mut receipt = receipt_of(&writer, &method, today, lines)?;
        let id = TransferId::new(self.world().id());
        let postings = entry_of(&receipt.lines, FromSuspense::No)?;
        let about = format!("transfer {id} {}", about_receipt(&receipt));
        let mut entry = writer.entry("transfer", today, about, postings);
        entry.key = under.key.map(str::to_owned);
        receipt.entry = entry.id;
        tx.post_many(self.id(), std::slice::from_ref(&entry)).await?;
        tx.add_receipts(self.id(), std::slice::from_ref(&receipt)).await?;
        let row = TransferRow {
            id,
            kind: "transfer".to_owned(),
            receipt: receipt.id,
            number: receipt.number.clone(),
            entry: entry.id,
            source: None,
            amount,
            reason: reason.to_owned(),
            approval: under.approval,
            by: self.actor().name().to_owned(),
            at: writer.now,
            undone: None,
        };
        tx.add_transfer(self.id(), &row).await?;
        let data = serde_json::json!({
            "receipt": receipt.number, "amount_pence": amount, "from": new.from, "to": new.to,
            "why": reason, "approval": under.approval, "warnings": warnings,
        });
        self.note(tx, "transfer", &id.to_string(), data).await?;
        Ok(Transferred { id, receipt: receipt.number, amount, warnings, before: false })
    }
}

/// Each amount is more than nothing, and as much is given as is taken.
fn check(new: &NewTransfer) -> Result<()> {
    if new.from.is_empty() || new.to.is_empty() {
        let what = "a transfer takes from one account or more and gives to one or more";
        return Err(AppError::BadInput(what.to_owned()));
    }
    if let Some(part) = new.from.iter().chain(&new.to).find(|part| !part.amount.is_positive()) {
        let MovedPart { fund, reference, amount, .. } = part;
        let what = format!("{amount} of {fund} {reference}: an amount moved is more than nothing");
        return Err(AppError::BadInput(what));
    }
    let (taken, given) = (sum_of(&new.from)?, sum_of(&new.to)?);
    if taken != given {
        let what = format!("{taken} is taken and {given} given: the two must be equal");
        return Err(AppError::BadInput(what));
    }
    Ok(())
}
