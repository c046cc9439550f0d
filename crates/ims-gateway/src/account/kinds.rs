//! Which providers an account can be at, and what each is told of it.

use ims_ledger::ProviderAccount;

use crate::{GatewayError, Result};

/// The providers an account can be at, beside those that a program brings with it
/// ([`Gateways::with_kind`](crate::Gateways::with_kind)).
pub const KINDS: [&str; 12] = [
    "govuk-pay",
    "stripe",
    "adyen",
    "worldpay",
    "access-worldpay",
    "fuse",
    "capita",
    "opayo",
    "civica",
    "storm",
    "open-banking",
    "sandbox",
];

#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    GovUkPay,
    Stripe,
    Adyen,
    Worldpay,
    AccessWorldpay,
    Fuse,
    Capita,
    Opayo,
    Civica,
    Storm,
    OpenBanking,
    Sandbox,
}

impl Kind {
    /// The kind an account says it is of.
    pub(super) fn of<'o>(
        set: &ProviderAccount,
        own: impl Iterator<Item = &'o String>,
    ) -> Result<Self> {
        Ok(match set.kind.as_str() {
            "govuk-pay" => Self::GovUkPay,
            "stripe" => Self::Stripe,
            "adyen" => Self::Adyen,
            "worldpay" => Self::Worldpay,
            "access-worldpay" => Self::AccessWorldpay,
            "fuse" => Self::Fuse,
            "capita" => Self::Capita,
            "opayo" => Self::Opayo,
            "civica" => Self::Civica,
            "storm" => Self::Storm,
            "open-banking" => Self::OpenBanking,
            "sandbox" => Self::Sandbox,
            other => {
                let known: Vec<&str> =
                    own.map(String::as_str).chain(KINDS.iter().copied()).collect();
                let known = known.join(", ");
                let what = format!("`{other}` is no kind of provider; known: {known}");
                return Err(GatewayError::account(&set.name, what));
            }
        })
    }

    /// The secrets it may have.
    const fn secrets(self) -> &'static [&'static str] {
        match self {
            Self::GovUkPay | Self::Adyen | Self::AccessWorldpay => &["key", "notices"],
            Self::Stripe => &["key", "notices", "notices-next"],
            Self::Worldpay => &["key", "back"],
            Self::Fuse => &["key", "access", "signing", "staff-access", "staff-signing"],
            Self::Opayo => &[],
            Self::Capita | Self::Civica | Self::Storm | Self::OpenBanking | Self::Sandbox => {
                &["key"]
            }
        }
    }

    /// The settings it needs, and those it may have.
    const fn settings(self) -> (&'static [&'static str], &'static [&'static str]) {
        match self {
            Self::GovUkPay | Self::Stripe | Self::Sandbox => (&[], &[]),
            Self::Adyen => (&["merchant"], &[]),
            Self::Worldpay => (&["merchant", "installation"], &["place"]),
            Self::AccessWorldpay => (&["entity", "user"], &["notices-key"]),
            Self::Fuse => (&["merchant", "key-id", "profile"], &["staff-profile", "page", "place"]),
            Self::Capita => (&["scp", "site", "key-id"], &["fund"]),
            Self::Civica => (&["query", "application", "source"], &["fund"]),
            Self::Storm => (&["merchant", "key-id"], &["place"]),
            Self::Opayo => (&["vendor"], &["place"]),
            Self::OpenBanking => (&["name", "sort-code", "account", "authorise"], &[]),
        }
    }

    /// Whether the provider's own books are kept by fund.
    pub(super) const fn has_funds(self) -> bool {
        matches!(self, Self::Capita | Self::Civica)
    }

    /// Whether the payer only agrees at the provider, and the payment is made by us then.
    pub(super) const fn is_made_here(self) -> bool {
        matches!(self, Self::OpenBanking)
    }

    /// That an account is told all its provider needs, and nothing that nobody
    /// would heed.
    pub(super) fn check(self, set: &ProviderAccount) -> Result<()> {
        let bad = |what: String| Err(GatewayError::account(&set.name, what));
        if let Some(other) =
            set.secrets.keys().find(|name| !self.secrets().contains(&name.as_str()))
        {
            let known = listed(self.secrets());
            return bad(format!("{} has no secret `{other}`; it has: {known}", set.kind));
        }
        let (needed, may) = self.settings();
        let is_known = |name: &str| needed.contains(&name) || may.contains(&name);
        if let Some(other) = set.settings.keys().find(|name| !is_known(name)) {
            let known = listed(&[needed, may].concat());
            return bad(format!("{} has no setting `{other}`; it has: {known}", set.kind));
        }
        let is_set =
            |name: &str| set.settings.get(name).is_some_and(|text| !text.trim().is_empty());
        if let Some(absent) = needed.iter().find(|name| !is_set(name)) {
            return bad(format!("needs a setting: settings = {{ {absent} = \"…\" }}"));
        }
        match (self, set.url.is_empty()) {
            (Self::Adyen, true) => {
                bad("needs url: the address of its Checkout API, with the version".to_owned())
            }
            (Self::Capita, true) => bad("needs url: the address of its SCP service".to_owned()),
            (Self::Civica, true) => bad("needs url: the address of its payment page".to_owned()),
            (Self::OpenBanking, true) => {
                bad("needs url: the address of the bank's interface, up to /pisp".to_owned())
            }
            (Self::Stripe | Self::Worldpay | Self::AccessWorldpay | Self::Sandbox, false) => {
                bad(format!("{} is where it is; leave url out", set.kind))
            }
            _ => Ok(()),
        }
    }
}

fn listed(names: &[&str]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
