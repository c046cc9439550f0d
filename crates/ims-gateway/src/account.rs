//! An account of the configuration, made into an adapter.

use std::sync::Arc;

use ims_ledger::{Council, ProviderAccount};
use ims_pay::{Provider, Sandbox, Secret};
use ims_providers::GovUkPay;

use crate::{GatewayError, Result, Secrets};

/// The providers an account can be at.
pub const KINDS: [&str; 2] = ["govuk-pay", "sandbox"];

/// An account that can be asked.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) name: String,
    /// Where its money waits.
    pub(crate) channel: String,
    pub(crate) provider: Arc<dyn Provider>,
    /// Both ends of the line, of the sandbox only.
    pub(crate) sandbox: Option<Sandbox>,
}

impl Account {
    /// The account of this name.
    pub(crate) fn open(
        council: &Council,
        name: &str,
        secrets: &Secrets,
        has_sandbox: bool,
    ) -> Result<Self> {
        let bad = |what: &str| GatewayError::account(name, what);
        let set = council.provider(name);
        let set = set.ok_or_else(|| bad("is not in the council's configuration"))?;
        let channel = set.channel(council).ok_or_else(|| bad("has no channel"))?.to_string();
        let (provider, sandbox): (Arc<dyn Provider>, _) = match set.kind.as_str() {
            "govuk-pay" => {
                let mut pay = GovUkPay::new(needed(set, "key", secrets)?);
                if let Some(notices) = secret(set, "notices", secrets)? {
                    pay = pay.noticed_with(notices);
                }
                if !set.url.is_empty() {
                    pay = pay.at(&set.url)?;
                }
                (Arc::new(pay), None)
            }
            "sandbox" if has_sandbox => {
                let sandbox = Sandbox::new(needed(set, "key", secrets)?);
                (Arc::new(sandbox.clone()), Some(sandbox))
            }
            "sandbox" => return Err(bad("the sandbox takes no money; it is for demos only")),
            other => {
                let known = KINDS.join(", ");
                return Err(bad(&format!("`{other}` is no kind of provider; known: {known}")));
            }
        };
        Ok(Self { name: set.name.clone(), channel, provider, sandbox })
    }
}

fn needed(set: &ProviderAccount, what: &str, secrets: &Secrets) -> Result<Secret> {
    let absent = || {
        GatewayError::account(&set.name, format!("needs a secret: secrets = {{ {what} = \"…\" }}"))
    };
    secret(set, what, secrets)?.ok_or_else(absent)
}

/// The value of a secret, if the account has one of that kind; one that it names
/// and nobody knows is a fault.
fn secret(set: &ProviderAccount, what: &str, secrets: &Secrets) -> Result<Option<Secret>> {
    let Some(name) = set.secrets.get(what) else { return Ok(None) };
    let unknown =
        || GatewayError::account(&set.name, format!("the value of its secret `{name}` is not set"));
    secrets(name).map(Some).ok_or_else(unknown)
}
