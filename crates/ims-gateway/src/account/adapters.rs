//! How each kind is made out of what is told of an account.

use std::sync::Arc;

use ims_pay::{MacKey, Provider, form, is_safe_address};
use ims_providers::{
    AccessWorldpay, Adyen, Capita, Civica, Creditor, Fuse, GovUkPay, Opayo, OpenBanking, Profile,
    Stripe, WorldpayGateway, storm::Storm,
};

use super::Told;
use crate::Result;

/// Where the consent's name stands in the address at which a payer agrees.
const CONSENT: &str = "{consent}";

impl Told<'_> {
    pub(super) fn govuk_pay(&self) -> Result<Arc<dyn Provider>> {
        let mut pay = GovUkPay::new(self.needed("key")?);
        if let Some(notices) = self.secret("notices")? {
            pay = pay.noticed_with(notices);
        }
        if !self.set.url.is_empty() {
            pay = pay.at(&self.set.url)?;
        }
        Ok(Arc::new(pay))
    }

    pub(super) fn stripe(&self) -> Result<Arc<dyn Provider>> {
        let mut stripe = Stripe::checkout(self.needed("key")?);
        for what in ["notices", "notices-next"] {
            if let Some(signing) = self.secret(what)? {
                stripe = stripe.noticed_with(signing);
            }
        }
        Ok(Arc::new(stripe))
    }

    pub(super) fn adyen(&self) -> Result<Arc<dyn Provider>> {
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

    pub(super) fn worldpay(&self) -> Result<Arc<dyn Provider>> {
        let (merchant, installation) = (self.setting("merchant"), self.setting("installation"));
        let mut gateway = WorldpayGateway::new(merchant, installation, self.needed("key")?);
        if let Some(mac) = self.secret("back")? {
            gateway = gateway.signed_with(mac);
        }
        Ok(Arc::new(if self.is_in_tests()? { gateway.in_tests() } else { gateway }))
    }

    pub(super) fn access_worldpay(&self) -> Result<Arc<dyn Provider>> {
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

    pub(super) fn fuse(&self) -> Result<Arc<dyn Provider>> {
        let mut fuse = self.at_cybersource(|merchant, key_id, key| {
            Ok(Fuse::new(self.profile("profile", "access", "signing")?, merchant, key_id, key))
        })?;
        let staff = ["staff-access", "staff-signing"];
        let has_staff = staff.iter().any(|what| self.set.secrets.contains_key(*what));
        match (self.setting("staff-profile"), has_staff) {
            ("", true) => {
                return Err(self.bad("needs a setting: settings = { staff-profile = \"…\" }"));
            }
            ("", false) => {}
            _ => fuse = fuse.with_staff(self.profile("staff-profile", staff[0], staff[1])?),
        }
        if !self.setting("page").is_empty() {
            fuse = fuse.with_pages_at(self.setting("page"))?;
        }
        Ok(Arc::new(fuse))
    }

    pub(super) fn storm(&self) -> Result<Arc<dyn Provider>> {
        let behind =
            self.at_cybersource(|merchant, key_id, key| Ok(Fuse::searched(merchant, key_id, key)))?;
        Ok(Arc::new(Storm::over(behind)))
    }

    /// A merchant at Cybersource, where it is to be found.
    fn at_cybersource(
        &self,
        made: impl FnOnce(&str, &str, ims_pay::Secret) -> Result<Fuse>,
    ) -> Result<Fuse> {
        let key = self.key_in_base64("key")?;
        let mut fuse = made(self.setting("merchant"), self.setting("key-id"), key)?;
        if self.is_in_tests()? {
            fuse = fuse.in_tests();
        }
        if !self.set.url.is_empty() {
            fuse = fuse.with_rest_at(&self.set.url)?;
        }
        Ok(fuse)
    }

    fn profile(&self, profile: &str, access: &str, signing: &str) -> Result<Profile> {
        Ok(Profile {
            id: self.setting(profile).to_owned(),
            access_key: self.needed(access)?,
            secret_key: self.needed(signing)?,
        })
    }

    pub(super) fn capita(&self) -> Result<Arc<dyn Provider>> {
        let (scp, site, fund) = (self.setting("scp"), self.setting("site"), self.setting("fund"));
        let key = (self.setting("key-id"), self.key_in_base64("key")?);
        Ok(Arc::new(Capita::new(&self.set.url, scp, site, key, fund)?))
    }

    pub(super) fn opayo(&self) -> Result<Arc<dyn Provider>> {
        let mut opayo = Opayo::new(self.setting("vendor"));
        if self.is_in_tests()? {
            opayo = opayo.in_tests();
        }
        if !self.set.url.is_empty() {
            opayo = opayo.at(&self.set.url)?;
        }
        Ok(Arc::new(opayo))
    }

    pub(super) fn open_banking(&self) -> Result<Arc<dyn Provider>> {
        let authorise = self.setting("authorise").to_owned();
        if !authorise.contains(CONSENT) {
            let what = format!("its setting `authorise` is an address with {CONSENT} in it");
            return Err(self.bad(what));
        }
        if !is_safe_address(&authorise.replace(CONSENT, "x")) {
            return Err(self.bad(format!("`{authorise}` is no https:// address")));
        }
        let creditor = Creditor {
            name: self.setting("name").to_owned(),
            sort_code: self.setting("sort-code").replace('-', ""),
            account: self.setting("account").to_owned(),
        };
        let to = move |consent: &str| authorise.replace(CONSENT, &form::part(consent));
        let bank = OpenBanking::new(&self.set.url, self.needed("key")?, creditor, Arc::new(to))?;
        Ok(Arc::new(bank))
    }

    pub(super) fn civica(&self) -> Result<Arc<dyn Provider>> {
        let (page, query) = (&self.set.url, self.setting("query"));
        let application = (self.setting("application"), self.needed("key")?);
        let (source, fund) = (self.setting("source"), self.setting("fund"));
        Ok(Arc::new(Civica::new(page, query, application, source, fund)?))
    }
}
