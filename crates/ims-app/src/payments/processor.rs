//! A payment that the processor behind its provider calls otherwise: the processor's payouts go
//! by that name.

use ims_ledger::id::ExpectedId;
use ims_pay::{Said, Saying};
use ims_store::Tx;

use super::{PaymentNews, Word, stranger::is_a_name};
use crate::{Books, Result};

/// The most characters that are kept of such a name.
const NAME_MAX: usize = 200;

/// What the processor calls the money that was taken, if the provider says so.
pub(super) fn processors_name(news: &PaymentNews) -> Option<&str> {
    let Word::Said(said) = &news.word else { return None };
    let name = of(said)?;
    (is_a_name(name) && name.len() <= NAME_MAX).then_some(name)
}

fn of(said: &Said) -> Option<&str> {
    let Saying::Paid(paying) = said.saying() else { return None };
    paying.processor.as_deref()
}

impl Books {
    /// From now on money that is booked and waited for through `channel`, which its provider
    /// calls `money`, is found by its processor's name too. Nothing of it is posted anew.
    pub(super) async fn known_as(
        &self,
        tx: &mut Tx,
        channel: &str,
        (money, processors): (&str, &str),
    ) -> Result<()> {
        if money == processors {
            return Ok(());
        }
        let named = [money.to_owned()];
        let found = tx.expected_by_source(self.id(), channel, &named).await?;
        let taken = found.iter().filter(|it| it.amount.is_positive());
        let ids: Vec<ExpectedId> = taken.map(|it| it.id).collect();
        tx.name_expected(self.id(), (channel, processors), &ids, self.world().now()).await?;
        Ok(())
    }
}
