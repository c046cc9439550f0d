use std::{collections::BTreeMap, fmt, sync::Arc};

use ims_app::{Actor, Books, PaymentHeard, PaymentNews, PaymentRow, Word};
use ims_ledger::{Council, id::PaymentId};
use ims_pay::{Hint, Provider, Reply, Request, Secret};

use crate::{
    Carrier, Patience, Result, Told,
    account::{Account, Means},
};

/// The value of the secret of this name, if it is known.
pub type Secrets = Arc<dyn Fn(&str) -> Option<Secret> + Send + Sync>;

/// What an installation has to reach its councils' providers with. Cheap to clone.
#[derive(Clone)]
pub struct Gateways {
    carrier: Carrier,
    means: Means,
    pub(crate) patience: Patience,
}

impl fmt::Debug for Gateways {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (has_sandbox, own) = (&self.means.has_sandbox, self.means.own.keys());
        let own: Vec<_> = own.collect();
        f.debug_struct("Gateways")
            .field("has_sandbox", has_sandbox)
            .field("own", &own)
            .finish_non_exhaustive()
    }
}

impl Gateways {
    /// Over this line, with these secrets.
    #[must_use]
    pub fn new(carrier: Carrier, secrets: Secrets) -> Self {
        let means = Means { secrets, has_sandbox: false, own: BTreeMap::new() };
        Self { carrier, means, patience: Patience::default() }
    }

    /// The same, knowing one more kind of provider: accounts of the configuration
    /// that say this `kind` are opened by `open`, out of what they are told. What the
    /// configuration says of such an account and `open` does not ask for is refused.
    /// A kind of ours under the same name is replaced.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use ims_gateway::{Carrier, Gateways};
    /// use ims_pay::{Sandbox, Secret};
    ///
    /// let secrets = |name: &str| (name == "bank-key").then(|| Secret::new("k"));
    /// let gateways = Gateways::new(Carrier::new()?, Arc::new(secrets))
    ///     // Whatever implements `ims_pay::Provider` stands where the sandbox does here.
    ///     .with_kind("town-bank", |told| {
    ///         if told.setting("branch").is_empty() {
    ///             return Err(told.bad("needs a setting: settings = { branch = \"…\" }"));
    ///         }
    ///         Ok(Arc::new(Sandbox::new(told.needed("key")?)))
    ///     });
    ///
    /// let account = |settings: &str| {
    ///     let defaults = ims_app::configuration::defaults("ANY", "Anyborough Council")?;
    ///     ims_app::configuration::read(&format!(
    ///         "{defaults}[[provider]]\nname = \"bank\"\nkind = \"town-bank\"\nmethods = [\"10\"]\n\
    ///          {settings}secrets = {{ key = \"bank-key\" }}\n"
    ///     ))
    /// };
    /// assert!(gateways.faults(&account("settings = { branch = \"7\" }\n")?).is_empty());
    /// let faults = gateways.faults(&account("")?);
    /// assert!(faults[0].to_string().starts_with("provider bank: needs a setting"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_kind<F>(mut self, kind: &str, open: F) -> Self
    where
        F: Fn(&Told<'_>) -> Result<Arc<dyn Provider>> + Send + Sync + 'static,
    {
        self.means.own.insert(kind.to_owned(), Arc::new(open));
        self
    }

    /// The same, for a demo: accounts at the sandbox are asked as well.
    #[must_use]
    pub const fn with_sandbox(mut self) -> Self {
        self.means.has_sandbox = true;
        self
    }

    /// The same, with another patience for providers that want to be left alone.
    #[must_use]
    pub const fn with_patience(mut self, patience: Patience) -> Self {
        self.patience = patience;
        self
    }

    /// Whether each account of the council's configuration can be asked: what is
    /// wrong, an account at a time.
    #[must_use]
    pub fn faults(&self, council: &Council) -> Vec<crate::GatewayError> {
        let names = council.provider.iter().map(|account| account.name.as_str());
        names.filter_map(|name| self.account(council, name).err()).collect()
    }

    pub(crate) fn account(&self, council: &Council, name: &str) -> Result<Account> {
        Account::open(council, name, &self.means)
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
