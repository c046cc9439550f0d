//! Open payments whose time has come are asked about, whatever else was heard.

use ims_app::{Books, PaymentHeard};
use ims_pay::StatusName;

use crate::{GatewayError, Gateways, Result, account::Account, gateways::recorder};

/// The most payments of an account that are asked about at once.
const AT_ONCE: i64 = 100;

/// A provider that is silent so often in a row is left alone until the next time.
const SILENCES_MAX: u32 = 3;

/// What came of a poll.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Polled {
    /// How many payments were asked about.
    pub asked: usize,
    /// How many of them stand otherwise than before.
    pub moved: usize,
    /// How many put something on the list of exceptions.
    pub exceptions: usize,
    /// Accounts that could not be asked, and why.
    pub failed: Vec<(String, String)>,
}

impl Gateways {
    /// Asks about the open payments of every account whose time has come, and
    /// records what is said. An account that cannot be asked is reported, and
    /// does not keep the others from it. Several programs may do so at once.
    ///
    /// # Errors
    ///
    /// What the books say.
    pub async fn poll(&self, books: &Books) -> Result<Polled> {
        let recorder = recorder(books).await?;
        let council = recorder.settings().await?.council;
        let mut polled = Polled::default();
        for set in &council.provider {
            let done = match self.account(&council, &set.name) {
                Ok(account) => self.poll_account(&recorder, &account, &mut polled).await,
                Err(error) => Err(error),
            };
            match done {
                Ok(()) => {}
                Err(GatewayError::App(error)) => return Err(error.into()),
                Err(error) => polled.failed.push((set.name.clone(), error.to_string())),
            }
        }
        self.poll_refunds(&recorder, &mut polled).await?;
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
            let heard = self.look_at(recorder, account, &row).await?;
            polled.asked = polled.asked.saturating_add(1);
            let mut is_silent = false;
            match heard {
                PaymentHeard::Of(heeded) => {
                    is_silent = heeded.view.status()? == StatusName::Unknown;
                    let is_moved = heeded.view.payment.status != row.status;
                    polled.moved = polled.moved.saturating_add(is_moved.into());
                }
                PaymentHeard::Exception(_) => {
                    polled.exceptions = polled.exceptions.saturating_add(1);
                }
                PaymentHeard::Nothing => {}
            }
            silences = if is_silent { silences.saturating_add(1) } else { 0 };
            if silences >= SILENCES_MAX {
                return Err(GatewayError::account(&account.name, "does not answer"));
            }
        }
        Ok(())
    }
}
