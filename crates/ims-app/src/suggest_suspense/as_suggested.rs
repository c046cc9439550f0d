//! Putting suspense where a suggestion said, some time after it was shown: money of the account
//! may have been told of since, and the item may be that.

use ims_ledger::{Council, id::SuspenseId};
use ims_store::{OpenSuspense, Tx};

use super::{Look, Looked, quoted_by};
use crate::{
    Allocated, AppError, Books, NewAllocation, Permission, Result, allocate_suspense::Chosen,
    books::patiently, clues::Account, import_file::funds_of, keyed::callers, no_card::no_card,
};

impl Books {
    /// Puts a suspense item, or part of it, where a suggestion said, unless money of that
    /// account is awaited that it may be.
    ///
    /// # Errors
    ///
    /// [`AppError::Refused`] while such money is awaited; else as of
    /// [`Books::allocate_suspense`], which asks nothing of the kind.
    pub async fn allocate_as_suggested(
        &self,
        id: SuspenseId,
        to: &NewAllocation,
    ) -> Result<Allocated> {
        self.actor().needs(Permission::AllocateSuspense)?;
        no_card("note", &to.note)?;
        callers(to.key.as_deref())?;
        patiently(|| self.allocate_once(id, to, Chosen::AsSuggested)).await
    }

    /// An error while money of the account is awaited that the item may be: under its own
    /// reference, or an old one by which it would be suggested.
    pub(crate) async fn refuse_awaited(
        &self,
        tx: &mut Tx,
        council: &Council,
        item: &OpenSuspense,
        account: Account,
    ) -> Result<()> {
        let funds = funds_of(council)?;
        let mut looked = [Looked::at(item)];
        quoted_by(council, &funds, &mut looked, Look::AtAGlance);
        self.placed_before(tx, &funds, &mut looked, Look::AtAGlance).await?;
        self.paid_from_there(tx, &funds, &mut looked).await?;
        for one in &mut looked {
            one.cases.entry(account.clone()).or_default();
        }
        self.follow_old(tx, &funds, &mut looked).await?;
        for one in &mut looked {
            one.cases.retain(|of, _| *of == account);
        }
        self.told_of(tx, council, &mut looked).await?;
        let told =
            looked.into_iter().flat_map(|one| one.cases.into_values()).find_map(|it| it.told);
        let Some((told, _)) = told else { return Ok(()) };
        let (fund, reference) = account;
        Err(AppError::Refused(format!(
            "for {fund} {reference} {told}; match the two if it is, and name the account \
             yourself if it is other money"
        )))
    }
}
