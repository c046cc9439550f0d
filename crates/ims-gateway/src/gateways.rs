use std::{fmt, sync::Arc};

use ims_app::{Actor, Books, PaymentHeard, PaymentNews, PaymentRow, Word};
use ims_ledger::{Council, id::PaymentId};
use ims_pay::{Hint, Reply, Request, Secret};

use crate::{Carrier, Result, account::Account};

/// The value of the secret of this name, if it is known.
pub type Secrets = Arc<dyn Fn(&str) -> Option<Secret> + Send + Sync>;

/// What an installation has to reach its councils' providers with. Cheap to clone.
#[derive(Clone)]
pub struct Gateways {
    carrier: Carrier,
    secrets: Secrets,
    has_sandbox: bool,
}

impl fmt::Debug for Gateways {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateways").field("has_sandbox", &self.has_sandbox).finish_non_exhaustive()
    }
}

impl Gateways {
    /// Over this line, with these secrets.
    #[must_use]
    pub fn new(carrier: Carrier, secrets: Secrets) -> Self {
        Self { carrier, secrets, has_sandbox: false }
    }

    /// The same, for a demo: accounts at the sandbox are asked as well.
    #[must_use]
    pub fn with_sandbox(self) -> Self {
        Self { has_sandbox: true, ..self }
    }

    /// Whether each account of the council's configuration can be asked: what is
    /// wrong, an account at a time.
    #[must_use]
    pub fn faults(&self, council: &Council) -> Vec<crate::GatewayError> {
        let names = council.provider.iter().map(|account| account.name.as_str());
        names.filter_map(|name| self.account(council, name).err()).collect()
    }

    pub(crate) fn account(&self, council: &Council, name: &str) -> Result<Account> {
        Account::open(council, name, &self.secrets, self.has_sandbox)
    }

    /// The account of this name, under the configuration in force.
    pub(crate) async fn account_of(&self, books: &Books, name: &str) -> Result<Account> {
        self.account(&books.settings().await?.council, name)
    }

    /// What comes back of a request; the sandbox answers without a line.
    pub(crate) async fn carry(
        &self,
        books: &Books,
        account: &Account,
        request: &Request,
    ) -> Option<Reply> {
        match &account.sandbox {
            Some(sandbox) => sandbox.serve(request, books.app().world().now()),
            None => self.carrier.carry(request).await,
        }
    }
}

/// The same books in the hands of the program: what a provider says is recorded
/// whoever asked.
pub(crate) async fn recorder(books: &Books) -> Result<Books> {
    let code = books.council().code.clone();
    let actor = Actor::system("payments").with_origin(books.actor().origin());
    Ok(books.app().books(Some(&code), actor).await?)
}

/// Records what was heard of a payment that was asked about, or of whichever it
/// names.
pub(crate) async fn record(
    recorder: &Books,
    account: &Account,
    payment: Option<PaymentId>,
    id: Option<String>,
    word: Word,
) -> Result<PaymentHeard> {
    let (provider, channel) = (account.name.clone(), account.channel.clone());
    let news = PaymentNews { provider, channel, payment, id, word };
    Ok(recorder.record_payment(&news).await?)
}

/// The payment that a browser or an unsigned notice names.
pub(crate) async fn hinted(
    recorder: &Books,
    account: &Account,
    hint: &Hint,
) -> Result<Option<PaymentRow>> {
    Ok(recorder.payment_hinted(&account.name, hint).await?)
}
