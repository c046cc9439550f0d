//! Open payments whose time has come are asked about, whatever else was heard.

use ims_app::{Books, PaymentHeard};

use crate::{
    GatewayError, Gateways, Result,
    account::Account,
    exchange::{Answer, Looked},
    gateways::recorder,
};

/// The most payments of an account that are asked about at once.
pub(crate) const AT_ONCE: i64 = 100;

/// A provider that is silent so often in a row is left alone until the next time.
pub(crate) const SILENCES_MAX: u32 = 3;

/// What came of a poll.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Polled {
    /// How many payments were asked about.
    pub asked: usize,
    /// How many of them stand otherwise than before.
    pub moved: usize,
    /// How many put something on the list of exceptions.
    pub exceptions: usize,
    /// Accounts that could not be asked, payments whose answer could not be
    /// recorded, agreements and refunds that nobody can say of what became of them, and
    /// why.
    pub failed: Vec<(String, String)>,
}

impl Gateways {
    /// Asks about the open payments and the agreements of every account whose time has
    /// come, and records what is said. An account that cannot be asked is reported, and
    /// does not keep the others from it; nor does a payment whose answer cannot be
    /// recorded. Agreements whose account is set up no more are ended after a while
    /// ([`Books::end_agreements_of_no_account`]). Several programs may do so at once.
    ///
    /// # Errors
    ///
    /// What the books say when they cannot be asked at all.
    pub async fn poll(&self, books: &Books) -> Result<Polled> {
        let recorder = recorder(books).await?;
        let council = recorder.settings().await?.council;
        let mut polled = Polled::default();
        for set in &council.provider {
            let done = match self.account(&council, &set.name) {
                Ok(account) => {
                    let done = self.poll_account(&recorder, &account, &mut polled).await;
                    match done {
                        Ok(()) => self.poll_agreements(&recorder, &account, &mut polled).await,
                        Err(error) => Err(error),
                    }
                }
                Err(error) => Err(error),
            };
            match done {
                Ok(()) => {}
                Err(GatewayError::App(error)) => return Err(error.into()),
                Err(error) => polled.failed.push((set.name.clone(), error.to_string())),
            }
        }
        self.poll_refunds(&recorder, &mut polled).await?;
        match recorder.end_agreements_of_no_account().await {
            Ok(ended) => polled.exceptions = polled.exceptions.saturating_add(ended),
            Err(error) if error.is_of_the_database() => return Err(error.into()),
            Err(error) => {
                polled.failed.push(("agreements without an account".to_owned(), error.to_string()));
            }
        }
        Ok(polled)
    }

    async fn poll_account(
        &self,
        recorder: &Books,
        account: &Account,
        polled: &mut Polled,
    ) -> Result<()> {
        let mut silences = 0_u32;
        for row in recorder.payments_due(&account.name, AT_ONCE).await? {
            if !recorder.take_up_payment(&row).await? {
                continue;
            }
            let Looked { heard, answer } = match self.look_at(recorder, account, &row).await {
                Ok(looked) => looked,
                // It keeps no other payment from being heard of.
                Err(GatewayError::App(error)) if !error.is_of_the_database() => {
                    let name = format!("payment {}", row.reference);
                    polled.failed.push((name, error.to_string()));
                    continue;
                }
                Err(error) => return Err(error),
            };
            polled.asked = polled.asked.saturating_add(1);
            match heard {
                PaymentHeard::Of(heeded) => {
                    let is_moved = heeded.view.payment.status != row.status;
                    polled.moved = polled.moved.saturating_add(is_moved.into());
                }
                PaymentHeard::Exception(_) => {
                    polled.exceptions = polled.exceptions.saturating_add(1);
                }
                PaymentHeard::Nothing => {}
            }
            silences = if answer == Answer::None { silences.saturating_add(1) } else { 0 };
            if silences >= SILENCES_MAX {
                return Err(GatewayError::account(&account.name, "does not answer"));
            }
        }
        Ok(())
    }
}
