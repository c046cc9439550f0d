//! Money for accounts with nothing about them: taken in one step, without
//! looking first.
//!
//! What was seen of the council before is gone by, and accounts are supposed to
//! be held, free of stops and not redirected. The store looks in the step that
//! adds the rows; whenever anything is otherwise nothing is added, and the
//! receipt is taken the long way, which has every answer and every refusal.

use ims_ledger::{Accepted, Claim, KnownAccount, validate};
use ims_store::{Addition, StoreError};

use super::{Made, NewReceipt, Taken, TakenReceipt, lines::Rest, needs_no_till, wish};
use crate::{
    Books, Result,
    admit::{Admitted, Terms, Wish},
    known::Seen,
    redirects::written,
};

impl Books {
    /// The receipt, or `None` when somebody has to look closer: then nothing
    /// was taken.
    pub(super) async fn take_plainly(&self, new: &NewReceipt) -> Result<Option<TakenReceipt>> {
        let Some((rows, done)) = self.plainly_made(new) else { return Ok(None) };
        match self.store().append(rows).await {
            Ok(()) => Ok(Some(done)),
            Err(StoreError::Overtaken | StoreError::Duplicate(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The rows, with all that they were made by.
    fn plainly_made(&self, new: &NewReceipt) -> Option<(Addition, TakenReceipt)> {
        let today = self.world().today();
        let Seen { settings, closed_through, .. } = self.app().known().of(self.id(), today)?;
        let method = self.may_take(&settings, new).ok()?;
        needs_no_till(&settings.council, method, new).ok()?;
        let funds = settings.funds().ok()?;
        let terms = self.terms_of(new, &settings.council, &funds, method, today).ok()?;
        let admitted: Vec<_> =
            new.lines.iter().map(|line| plain(terms, wish(line))).collect::<Option<_>>()?;
        self.may_be_taken(new, &admitted).ok()?;
        let rest: Vec<_> = new.lines.iter().map(|line| Rest::none_over(line.amount)).collect();
        let (channel, admitted, rest) = (&method.channel, admitted.as_slice(), rest.as_slice());
        let taken = Taken { new, method, channel, on: terms.on, admitted, rest, source: None };
        let Made { rows, done, .. } = self.made(&settings.council, closed_through, taken).ok()?;
        let rows =
            rows.while_closed_through(closed_through).while_configured(today, settings.version);
        let guarded = admitted.iter().zip(&new.lines).fold(rows, |rows, (line, asked)| {
            rows.while_not_redirected(&written(&asked.reference)).while_free(
                line.fund.code.as_str(),
                &line.reference,
                line.fund.must_exist,
            )
        });
        Some((guarded, done))
    }
}

/// An account that takes it whole, if it is held, on no stop, and what is owed
/// on it does not matter.
fn plain<'a>(terms: Terms<'a, '_>, wish: Wish<'_>) -> Option<Admitted<'a>> {
    let fund = terms.funds.get(wish.fund)?;
    if !fund.takes_credit && wish.amount.is_some_and(ims_money::Pence::is_positive) {
        return None;
    }
    let claim = Claim {
        fund: wish.fund,
        reference: wish.reference,
        amount: wish.amount,
        method: terms.method,
        through: terms.through,
        account: fund.must_exist.then_some(KnownAccount { stop: None }),
        stops: terms.stops,
    };
    let Accepted { fund, place, warning } = validate(terms.council, terms.funds, &claim).ok()?;
    if warning.is_some() {
        return None;
    }
    let reference = place.reference.to_string();
    Some(Admitted { fund, reference, old: None, warning: None, holder: None })
}
