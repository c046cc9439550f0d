//! The council's accounts at payment providers. Secrets are not among them: an
//! account says what its secrets are called, and whoever runs the programs keeps
//! their values.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{ConfigurationFault, Council, Method, MethodKind};
use crate::id::{ChannelCode, FundCode, MethodCode};

/// The longest name of an account or a secret.
const NAME_LENGTH_MAX: usize = 40;

/// An account at a payment provider. One that takes no new payments is kept, so
/// that what is under way is followed to its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderAccount {
    /// What payments through it are kept under: it never changes.
    pub name: String,
    /// Which provider: `govuk-pay`, `stripe`, `fuse` … The program that opens the
    /// account knows which there are.
    pub kind: String,
    /// The methods of payment it takes, all of one channel: there its money
    /// waits until the bank shows it.
    pub methods: Vec<MethodCode>,
    /// The funds it takes money for; none for every fund.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub funds: Vec<FundCode>,
    /// Where it is, if not where its provider usually is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub url: String,
    /// Whether it takes no new payments.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disabled: bool,
    /// What its provider knows it by, and no secret: `merchant`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<String, String>,
    /// The names of its secrets, by what each is for: `key`, `notices`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub secrets: BTreeMap<String, String>,
}

impl ProviderAccount {
    /// Whether new payments by this method, for this fund, may go through it.
    #[must_use]
    pub fn takes(&self, method: &str, fund: &str) -> bool {
        let is_method = self.methods.iter().any(|code| code.as_str() == method);
        let is_fund = self.funds.is_empty() || self.funds.iter().any(|code| code.as_str() == fund);
        !self.disabled && is_method && is_fund
    }

    /// The channel its money waits in.
    #[must_use]
    pub fn channel<'c>(&self, council: &'c Council) -> Option<&'c ChannelCode> {
        let mut methods = council.method.iter();
        let is_ours = |code: &MethodCode| self.methods.contains(code);
        methods.find(|method| is_ours(&method.code)).map(|method| &method.channel)
    }
}

impl Council {
    /// The account at a provider of this name.
    #[must_use]
    pub fn provider(&self, name: &str) -> Option<&ProviderAccount> {
        self.provider.iter().find(|account| account.name == name)
    }

    /// The first account that takes new payments by this method for this fund.
    #[must_use]
    pub fn provider_for(&self, method: &str, fund: &str) -> Option<&ProviderAccount> {
        self.provider.iter().find(|account| account.takes(method, fund))
    }

    /// The account that takes new payments by this method for every one of these
    /// funds: the first for each of them. None where they are of several, or there
    /// is no fund.
    #[must_use]
    pub fn provider_for_all<'c, 'f>(
        &'c self,
        method: &str,
        funds: impl IntoIterator<Item = &'f str>,
    ) -> Option<&'c ProviderAccount> {
        let mut accounts = funds.into_iter().map(|fund| self.provider_for(method, fund));
        let first = accounts.next()??;
        accounts.all(|other| other == Some(first)).then_some(first)
    }

    /// The methods of payment by which an officer takes a card over the telephone, on the
    /// page of a provider: cards through staff or by telephone that some account takes.
    pub fn telephone_methods(&self) -> impl Iterator<Item = &Method> {
        let is_by_staff =
            |it: &Method| matches!(it.kind, MethodKind::CardStaff | MethodKind::CardPhone);
        let is_taken = |it: &Method| {
            let mut accounts = self.provider.iter().filter(|account| !account.disabled);
            accounts.any(|account| account.methods.contains(&it.code))
        };
        let methods = self.method.iter().filter(move |it| !it.disabled && is_by_staff(it));
        methods.filter(move |it| is_taken(it))
    }
}

/// Whether an account or a secret can be called so.
pub(super) fn is_secret_name(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=NAME_LENGTH_MAX).contains(&text.len()) && text.bytes().all(is_plain)
}

pub(super) fn faults(council: &Council) -> Vec<ConfigurationFault> {
    let mut faults = Vec::new();
    for account in &council.provider {
        let place = format!("provider {}", account.name);
        let mut add = |what: String| faults.push(ConfigurationFault { place: place.clone(), what });
        if !is_secret_name(&account.name) {
            add(format!("its name is 1 to {NAME_LENGTH_MAX} letters, digits, `-` or `_`"));
        }
        if council.provider.iter().filter(|other| other.name == account.name).count() > 1 {
            add("is there twice".to_owned());
        }
        if account.methods.is_empty() {
            add("has no methods; say what it takes".to_owned());
        }
        let mut channels = BTreeSet::new();
        for code in &account.methods {
            match council.method.iter().find(|method| method.code == *code) {
                None => add(format!("its method {code} is not configured")),
                Some(method) if !method.kind.is_card() => {
                    add(format!("its method {code} is no card"))
                }
                Some(method) => {
                    channels.insert(&method.channel);
                }
            }
        }
        if channels.len() > 1 {
            add("its methods are of several channels; its money waits in one".to_owned());
        }
        for code in &account.funds {
            if !council.fund.iter().any(|fund| fund.code == *code) {
                add(format!("its fund {code} is not configured"));
            }
        }
        for (what, name) in &account.secrets {
            if !is_secret_name(name) {
                add(format!(
                    "its secret `{what}` is called by a name of 1 to {NAME_LENGTH_MAX} letters, \
                     digits, `-` or `_`; the secret itself does not belong here"
                ));
            }
        }
    }
    faults
}

impl MethodKind {
    /// Whether it is a card, however it is read: what providers take.
    #[must_use]
    pub const fn is_card(self) -> bool {
        matches!(self, Self::CardOnline | Self::CardStaff | Self::CardPhone)
    }

    /// Whether the bank shows it in sums only: a payout, a slip, a collection. What else comes
    /// may be shown payment by payment, each with its payer's reference.
    #[must_use]
    pub const fn reaches_the_bank_in_sums(self) -> bool {
        self.is_card() || matches!(self, Self::Cash | Self::Cheque | Self::Post | Self::DirectDebit)
    }
}

#[cfg(test)]
mod tests {
    use crate::Council;

    const DOCUMENT: &str = r#"
        code = "T"
        name = "Town"
        [[channel]]
        code = "card"
        name = "Cards"
        [[channel]]
        code = "phone"
        name = "Telephone"
        [[method]]
        code = "WEB"
        name = "Web"
        kind = "card-online"
        channel = "card"
        [[method]]
        code = "TEL"
        name = "Telephone"
        kind = "card-phone"
        channel = "phone"
        [[method]]
        code = "CASH"
        name = "Cash"
        kind = "cash"
        channel = "card"
        [[fund]]
        code = "CT"
        name = "Council tax"
        [[fund]]
        code = "PK"
        name = "Parking"
    "#;

    fn council(accounts: &str) -> Council {
        toml::from_str(&format!("{DOCUMENT}\n{accounts}")).unwrap()
    }

    #[test]
    fn a_card_by_telephone_goes_by_a_method_that_an_account_takes() {
        let of = |accounts: &str| -> Vec<String> {
            council(accounts).telephone_methods().map(|it| it.code.to_string()).collect()
        };
        let account = |methods: &str, more: &str| {
            format!("[[provider]]\nname = \"a\"\nkind = \"x\"\nmethods = [\"{methods}\"]\n{more}")
        };
        assert_eq!(of(""), [""; 0]);
        assert_eq!(of(&account("WEB", "")), [""; 0], "it is the payer's own");
        assert_eq!(of(&account("TEL", "")), ["TEL"]);
        assert_eq!(of(&account("TEL", "disabled = true\n")), [""; 0]);
    }

    #[test]
    fn a_payment_goes_through_the_first_account_that_takes_it() {
        let town = council(
            "[[provider]]\nname = \"old\"\nkind = \"x\"\nmethods = [\"WEB\"]\ndisabled = true\n\
             [[provider]]\nname = \"parking\"\nkind = \"x\"\nmethods = [\"WEB\"]\nfunds = [\"PK\"]\n\
             [[provider]]\nname = \"all\"\nkind = \"x\"\nmethods = [\"WEB\"]\n",
        );
        assert_eq!(town.faults(), []);
        let of =
            |method, fund| town.provider_for(method, fund).map(|account| account.name.as_str());
        assert_eq!([of("WEB", "PK"), of("WEB", "CT")], [Some("parking"), Some("all")]);
        assert_eq!(of("TEL", "CT"), None);
        // What it took while it was open is followed by its name.
        let old = town.provider("old").unwrap();
        assert_eq!(old.channel(&town).unwrap().as_str(), "card");
    }

    #[test]
    fn what_is_wrong_with_an_account_is_said() {
        for (text, says) in [
            ("name = \"a b\"\nmethods = [\"WEB\"]", "its name is 1 to 40"),
            ("name = \"a\"\nmethods = []", "has no methods"),
            ("name = \"a\"\nmethods = [\"NO\"]", "its method NO is not configured"),
            ("name = \"a\"\nmethods = [\"CASH\"]", "its method CASH is no card"),
            ("name = \"a\"\nmethods = [\"WEB\", \"TEL\"]", "of several channels"),
            ("name = \"a\"\nmethods = [\"WEB\"]\nfunds = [\"NO\"]", "its fund NO"),
            ("name = \"a\"\nmethods = [\"WEB\"]\nsecrets = { key = \"\" }", "does not belong here"),
        ] {
            let faults = council(&format!("[[provider]]\nkind = \"x\"\n{text}")).faults();
            assert!(
                matches!(faults.as_slice(), [one] if one.to_string().contains(says)),
                "{faults:?}"
            );
        }
        let one = "[[provider]]\nname = \"a\"\nkind = \"x\"\nmethods = [\"WEB\"]\n";
        assert_eq!(council(&format!("{one}{one}")).faults().len(), 2);
    }
}
