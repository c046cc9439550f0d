//! An account of the configuration, made into an adapter.

use std::{collections::BTreeMap, sync::Arc};

use ims_ledger::{Council, ProviderAccount};
use ims_pay::{Provider, Sandbox};

use crate::{GatewayError, Result, Secrets};
use kinds::Kind;

mod adapters;
mod kinds;
#[cfg(test)]
mod tests;
mod told;

pub use kinds::KINDS;
pub use told::Told;

/// Makes an adapter out of what is told of an account.
pub(crate) type Opener = Arc<dyn Fn(&Told<'_>) -> Result<Arc<dyn Provider>> + Send + Sync>;

/// What accounts are opened with.
#[derive(Clone)]
pub(crate) struct Means {
    pub(crate) secrets: Secrets,
    pub(crate) has_sandbox: bool,
    /// Kinds that are not ours, by their names.
    pub(crate) own: BTreeMap<String, Opener>,
}

/// An account that can be asked.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) name: String,
    /// Where its money waits.
    pub(crate) channel: String,
    pub(crate) provider: Arc<dyn Provider>,
    /// Whether the provider is told each line with its fund, not the sum alone.
    pub(crate) has_lines: bool,
    /// Whether the payer only agrees at the provider, and the payment is made by us then.
    pub(crate) is_made_here: bool,
    /// Both ends of the line, of the sandbox only.
    pub(crate) sandbox: Option<Sandbox>,
}

impl Account {
    /// The account of this name.
    pub(crate) fn open(council: &Council, name: &str, means: &Means) -> Result<Self> {
        let bad = |what: &str| GatewayError::account(name, what);
        let set = council.provider(name);
        let set = set.ok_or_else(|| bad("is not in the council's configuration"))?;
        let channel = set.channel(council).ok_or_else(|| bad("has no channel"))?.to_string();
        let told = Told::of(set, &means.secrets);
        let opened = match means.own.get(&set.kind) {
            Some(open) => {
                let provider = open(&told)?;
                told.check_heeded()?;
                Opened { provider, has_lines: true, is_made_here: false, sandbox: None }
            }
            None => ours(set, &told, means)?,
        };
        let Opened { provider, has_lines, is_made_here, sandbox } = opened;
        Ok(Self { name: set.name.clone(), channel, provider, has_lines, is_made_here, sandbox })
    }
}

/// An adapter, and what the gateway has to know of it.
struct Opened {
    provider: Arc<dyn Provider>,
    has_lines: bool,
    is_made_here: bool,
    sandbox: Option<Sandbox>,
}

fn ours(set: &ProviderAccount, told: &Told<'_>, means: &Means) -> Result<Opened> {
    let kind = Kind::of(set, means.own.keys())?;
    kind.check(set)?;
    let mut sandbox = None;
    let provider: Arc<dyn Provider> = match kind {
        Kind::GovUkPay => told.govuk_pay()?,
        Kind::Stripe => told.stripe()?,
        Kind::Adyen => told.adyen()?,
        Kind::Worldpay => told.worldpay()?,
        Kind::AccessWorldpay => told.access_worldpay()?,
        Kind::Fuse => told.fuse()?,
        Kind::Capita => told.capita()?,
        Kind::Civica => told.civica()?,
        Kind::Opayo => told.opayo()?,
        Kind::Storm => told.storm()?,
        Kind::OpenBanking => told.open_banking()?,
        Kind::Sandbox if means.has_sandbox => {
            let opened = Sandbox::new(told.needed("key")?);
            sandbox = Some(opened.clone());
            Arc::new(opened)
        }
        Kind::Sandbox => {
            return Err(told.bad("the sandbox takes no money; it is for demos only"));
        }
    };
    // Under a fund that is set all goes as one line.
    let has_lines = kind.has_funds() && told.setting("fund").is_empty();
    Ok(Opened { provider, has_lines, is_made_here: kind.is_made_here(), sandbox })
}
