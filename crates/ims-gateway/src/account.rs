//! An account of the configuration, made into an adapter.

use std::sync::Arc;

use ims_ledger::{Council, ProviderAccount};
use ims_pay::{MacKey, Provider, Sandbox, Secret};
use ims_providers::{AccessWorldpay, Adyen, GovUkPay, Stripe, WorldpayGateway};

use crate::{GatewayError, Result, Secrets};
use kinds::Kind;

mod kinds;
#[cfg(test)]
mod tests;

pub use kinds::KINDS;

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
        let kind = Kind::of(set)?;
        kind.check(set)?;
        let told = Told { set, secrets };
        let mut sandbox = None;
        let provider: Arc<dyn Provider> = match kind {
            Kind::GovUkPay => told.govuk_pay()?,
            Kind::Stripe => told.stripe()?,
            Kind::Adyen => told.adyen()?,
            Kind::Worldpay => told.worldpay()?,
            Kind::AccessWorldpay => told.access_worldpay()?,
            Kind::Sandbox if has_sandbox => {
                let opened = Sandbox::new(told.needed("key")?);
                sandbox = Some(opened.clone());
                Arc::new(opened)
            }
            Kind::Sandbox => return Err(bad("the sandbox takes no money; it is for demos only")),
        };
        Ok(Self { name: set.name.clone(), channel, provider, sandbox })
    }
}

/// What the configuration says of an account, and the values of its secrets.
struct Told<'a> {
    set: &'a ProviderAccount,
    secrets: &'a Secrets,
}

impl Told<'_> {
    fn govuk_pay(&self) -> Result<Arc<dyn Provider>> {
        let mut pay = GovUkPay::new(self.needed("key")?);
        if let Some(notices) = self.secret("notices")? {
            pay = pay.noticed_with(notices);
        }
        if !self.set.url.is_empty() {
            pay = pay.at(&self.set.url)?;
        }
        Ok(Arc::new(pay))
    }

    fn stripe(&self) -> Result<Arc<dyn Provider>> {
        let mut stripe = Stripe::checkout(self.needed("key")?);
        for what in ["notices", "notices-next"] {
            if let Some(signing) = self.secret(what)? {
                stripe = stripe.noticed_with(signing);
            }
        }
        Ok(Arc::new(stripe))
    }

    fn adyen(&self) -> Result<Arc<dyn Provider>> {
        let mut adyen =
            Adyen::by_link(self.needed("key")?, self.setting("merchant"), &self.set.url)?;
        if let Some(key) = self.secret("notices")? {
            if MacKey::hex(&key).is_none() {
                return Err(self.bad("its secret `notices` is no HMAC key in hexadecimal digits"));
            }
            adyen = adyen.noticed_with(key);
        }
        Ok(Arc::new(adyen))
    }

    fn worldpay(&self) -> Result<Arc<dyn Provider>> {
        let (merchant, installation) = (self.setting("merchant"), self.setting("installation"));
        let mut gateway = WorldpayGateway::new(merchant, installation, self.needed("key")?);
        if let Some(mac) = self.secret("back")? {
            gateway = gateway.signed_with(mac);
        }
        Ok(Arc::new(match self.setting("place") {
            "" | "live" => gateway,
            "tests" => gateway.in_tests(),
            other => {
                let what = format!("its place is `live` or `tests`, not `{other}`");
                return Err(self.bad(what));
            }
        }))
    }

    fn access_worldpay(&self) -> Result<Arc<dyn Provider>> {
        let (entity, user) = (self.setting("entity"), self.setting("user"));
        let mut access = AccessWorldpay::new(entity, user, self.needed("key")?);
        if let Some(signing) = self.secret("notices")? {
            let number = match self.setting("notices-key") {
                "" => "1",
                number => number,
            };
            access = access.noticed_with(number, signing);
        }
        Ok(Arc::new(access))
    }

    fn bad(&self, what: impl Into<String>) -> GatewayError {
        GatewayError::account(&self.set.name, what)
    }

    /// A setting; those that are needed are there since the account was checked.
    fn setting(&self, what: &str) -> &str {
        self.set.settings.get(what).map_or("", String::as_str)
    }

    fn needed(&self, what: &str) -> Result<Secret> {
        let absent = || self.bad(format!("needs a secret: secrets = {{ {what} = \"…\" }}"));
        self.secret(what)?.ok_or_else(absent)
    }

    /// The value of a secret, if the account has one of that kind; one that it
    /// names and nobody knows is a fault.
    fn secret(&self, what: &str) -> Result<Option<Secret>> {
        let Some(name) = self.set.secrets.get(what) else { return Ok(None) };
        let unknown = || self.bad(format!("the value of its secret `{name}` is not set"));
        (self.secrets)(name).map(Some).ok_or_else(unknown)
    }
}
