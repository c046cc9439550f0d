//! What a provider says of an agreement, and which to ask about.

use chrono::{DateTime, TimeDelta, Utc};
use ims_ledger::id::AgreementId;
use ims_pay::{AgreementState, ProviderError, SaidAgreement, looks_like_a_card};
use ims_store::{AgreementPayments, AgreementRow, Tx};

use super::{AgreementStatus, AgreementView, no_agreement};
use crate::{AppError, Books, Permission, ROWS_MAX, Result, books::patiently, payments::look_at};

/// For how long a provider is asked about an agreement of which it says nothing new.
pub(super) const ASKED_FOR: TimeDelta = TimeDelta::days(14);

/// The longest name a provider may have for an agreement.
const NAME_MAX: usize = 255;

impl Books {
    /// Records what a provider says of an agreement. What is known already, or long past,
    /// changes nothing.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another, [`AppError::Refused`] when the provider
    /// answers for another agreement than was asked about.
    pub async fn hear_of_agreement(
        &self,
        id: AgreementId,
        said: &SaidAgreement,
    ) -> Result<AgreementView> {
        self.actor().needs(Permission::Import)?;
        patiently(|| self.hear_of_agreement_once(id, said)).await
    }

    async fn hear_of_agreement_once(
        &self,
        id: AgreementId,
        said: &SaidAgreement,
    ) -> Result<AgreementView> {
        let mut tx = self.store().begin().await?;
        let row = tx.hold_agreement(self.id(), id).await?.ok_or_else(|| no_agreement(id))?;
        is_of(&row, said)?;
        let (status, name) = (AgreementStatus::of(&row)?, Some(said.agreement_ref.clone()));
        let payments = tx.agreement_payments(self.id(), id).await?;
        let after = after(status, said.state, payments);
        if after == status && name == row.agreement_ref {
            return self.agreement_not_changed(tx, row, status).await;
        }
        let is_told = said.state == AgreementState::Ended;
        let look_at = self.asked_again((after, is_told), payments, row.changed_at);
        let step = (after, said.state.as_str(), "");
        let view = self.take_agreement_step(&mut tx, row, step, name, look_at).await?;
        tx.commit().await?;
        Ok(view)
    }

    async fn agreement_not_changed(
        &self,
        mut tx: Tx,
        row: AgreementRow,
        status: AgreementStatus,
    ) -> Result<AgreementView> {
        let payments = tx.agreement_payments(self.id(), row.id).await?;
        let steps = tx.agreement_steps(self.id(), row.id).await?;
        let is_told = steps.last().is_some_and(|it| it.heard == AgreementState::Ended.as_str());
        let look_at = self.asked_again((status, is_told), payments, row.changed_at);
        tx.look_at_agreement(self.id(), row.id, look_at).await?;
        let view = self.agreement_view(&mut tx, row, true).await?;
        tx.commit().await?;
        Ok(view)
    }

    /// Agreements at `provider` that it is time to ask about, the longest due first:
    /// those that somebody is setting up, and those that the provider has still to end.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn agreements_due(&self, provider: &str, limit: i64) -> Result<Vec<AgreementRow>> {
        self.actor().needs(Permission::Import)?;
        let (now, limit) = (self.world().now(), limit.clamp(1, ROWS_MAX));
        Ok(self.store().snapshot().await?.agreements_due(self.id(), provider, now, limit).await?)
    }

    /// Keeps that a provider was asked about an agreement and said nothing of it: it is
    /// asked again in a while.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another.
    pub async fn miss_agreement(&self, id: AgreementId) -> Result<()> {
        self.actor().needs(Permission::Import)?;
        patiently(|| async {
            let mut tx = self.store().begin().await?;
            let row = tx.hold_agreement(self.id(), id).await?.ok_or_else(|| no_agreement(id))?;
            let status = AgreementStatus::of(&row)?;
            self.agreement_not_changed(tx, row, status).await.map(drop)
        })
        .await
    }

    /// When the provider is asked again; never where it has nothing to say. What the
    /// council ended is asked about until it says so; where it has not (`is_told`) and the
    /// payer was sent to set it up, for a while: they may do so late.
    fn asked_again(
        &self,
        (status, is_told): (AgreementStatus, bool),
        payments: AgreementPayments,
        since: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        let now = self.world().now();
        let is_old = now.signed_duration_since(since) > ASKED_FOR;
        match status {
            AgreementStatus::Created if (payments.open > 0 || payments.paid > 0) && !is_old => {
                Some(look_at(since, now))
            }
            AgreementStatus::Ending => Some(look_at(since, now)),
            AgreementStatus::Ended if !is_told && payments.set_up > 0 && !is_old => {
                Some(look_at(since, now))
            }
            AgreementStatus::Created | AgreementStatus::Active | AgreementStatus::Ended => None,
        }
    }
}

/// The status after what a provider says; what is over never begins again. An agreement
/// that was ended and is active there has to be ended there.
const fn after(
    status: AgreementStatus,
    said: AgreementState,
    payments: AgreementPayments,
) -> AgreementStatus {
    match (status, said) {
        (_, AgreementState::Ended) | (AgreementStatus::Ended, AgreementState::Created) => {
            AgreementStatus::Ended
        }
        // Nobody has set it up, or can: nothing was ever agreed to.
        (AgreementStatus::Ending, AgreementState::Created)
            if payments.setting_up == 0 && payments.paid == 0 =>
        {
            AgreementStatus::Ended
        }
        (AgreementStatus::Ending, AgreementState::Created | AgreementState::Active)
        | (AgreementStatus::Ended, AgreementState::Active) => AgreementStatus::Ending,
        (AgreementStatus::Created | AgreementStatus::Active, AgreementState::Active) => {
            AgreementStatus::Active
        }
        (kept @ (AgreementStatus::Created | AgreementStatus::Active), AgreementState::Created) => {
            kept
        }
    }
}

/// Refuses an answer for another agreement, and a name that is none.
fn is_of(row: &AgreementRow, said: &SaidAgreement) -> Result<()> {
    let name = &said.agreement_ref;
    if name.is_empty() || name.len() > NAME_MAX || name.contains(char::is_control) {
        let what = "the provider's name of the agreement is none";
        return Err(AppError::Refused(what.to_owned()));
    }
    if looks_like_a_card(name) {
        let what = "the provider's name of the agreement looks like a card number; it is not kept";
        return Err(AppError::Refused(what.to_owned()));
    }
    let is_other_reference = said.reference.as_ref().is_some_and(|said| *said != row.reference);
    let is_other_name = row.agreement_ref.as_ref().is_some_and(|kept| kept != name);
    if is_other_reference || is_other_name {
        let other = said.reference.as_deref().filter(|_| is_other_reference).unwrap_or(name);
        return Err(AppError::Refused(format!(
            "agreement {} was asked about, but the provider answers for `{}`",
            row.reference,
            ProviderError::shown(other)
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agreement_goes_through_its_table_and_never_back() {
        use AgreementState as Said;
        let mut moves = String::new();
        for status in AgreementStatus::ALL {
            for said in [Said::Created, Said::Active, Said::Ended] {
                let one = AgreementPayments { setting_up: 1, ..AgreementPayments::default() };
                let (none, open) = (
                    after(status, said, AgreementPayments::default()).as_str(),
                    after(status, said, one).as_str(),
                );
                let open = if open == none { String::new() } else { format!(" ({open})") };
                moves += &format!("{} + {said} -> {none}{open}\n", status.as_str());
            }
        }
        assert_eq!(
            moves,
            "created + created -> created\n\
             created + active -> active\n\
             created + ended -> ended\n\
             active + created -> active\n\
             active + active -> active\n\
             active + ended -> ended\n\
             ending + created -> ended (ending)\n\
             ending + active -> ending\n\
             ending + ended -> ended\n\
             ended + created -> ended\n\
             ended + active -> ending\n\
             ended + ended -> ended\n"
        );
    }
}
