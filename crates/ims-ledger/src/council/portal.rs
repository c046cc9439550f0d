//! What residents can pay on the web, and what they are told there.

use std::collections::{BTreeMap, BTreeSet};

use ims_money::Pence;
use serde::{Deserialize, Serialize};

use super::{
    ConfigurationFault, Council, MethodKind, particulars::is_web_address, providers::is_secret_name,
};
use crate::id::{FundCode, MethodCode};

/// The most characters of a text.
const TEXT_LENGTH_MAX: usize = 1_000;

/// The residents' portal. Closed until it is said to be open.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Portal {
    /// Whether residents can pay.
    pub open: bool,
    /// The method of payment, a card's on the web.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<MethodCode>,
    /// Whether it is offered in Welsh too.
    pub welsh: bool,
    /// Where residents reach it, `https://…`, without a stroke at its end: what
    /// payment links begin with.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub address: String,
    /// The names of its secrets, by what each is for: `links`, the key that payment
    /// links are signed with.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub secrets: BTreeMap<String, String>,
    /// Where the council says what it does with what people tell it, `https://…`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub privacy: String,
    /// Where it says how everybody can use its pages, `https://…`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub accessibility: String,
    /// Whom to ask for help: a telephone number and when it is answered.
    #[serde(skip_serializing_if = "Words::is_empty")]
    pub help: Words,
    /// What can be paid, in the order it is shown.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub item: Vec<PortalItem>,
}

/// Something residents can pay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PortalItem {
    /// The fund it goes to.
    pub fund: FundCode,
    /// What it is called.
    pub label: Words,
    /// What stands under its name in the list.
    #[serde(default, skip_serializing_if = "Words::is_empty")]
    pub hint: Words,
    /// Where the reference is found, and whatever else helps.
    #[serde(default, skip_serializing_if = "Words::is_empty")]
    pub help: Words,
    /// What its reference is called: `Council tax account number`.
    pub reference: Words,
    /// A reference that its fund takes, to show how one looks.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub example: String,
    /// The least that is taken at once, in pence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_pence: Option<Pence>,
    /// The most that is taken at once, in pence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_pence: Option<Pence>,
    /// Whether whoever types a reference is told what is owed on it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub show_balance: bool,
}

/// A text in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Words {
    /// English.
    pub en: String,
    /// Welsh; where there is none, the English is shown as English.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub cy: String,
}

impl Words {
    /// Whether nothing is said.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.en.is_empty() && self.cy.is_empty()
    }
}

impl Portal {
    /// Whether nothing was set.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// What can be paid into a fund.
    #[must_use]
    pub fn item(&self, fund: &str) -> Option<&PortalItem> {
        self.item.iter().find(|item| item.fund.as_str() == fund)
    }
}

/// Everything wrong with the portal of `council`.
pub(super) fn faults(council: &Council) -> Vec<ConfigurationFault> {
    let portal = &council.portal;
    let mut found = Vec::new();
    let mut add = |place: &str, what: String| {
        found.push(ConfigurationFault { place: place.to_owned(), what });
    };
    if portal.open && portal.item.is_empty() {
        add("portal", "is open, but has no item that can be paid".to_owned());
    }
    match &portal.method {
        None if portal.open => add("portal", "is open, but has no method".to_owned()),
        None => {}
        Some(code) => {
            let method = council.method.iter().find(|method| method.code == *code);
            if method.is_none_or(|it| it.kind != MethodKind::CardOnline || it.disabled) {
                add("portal", format!("its method {code} is none of kind card-online in use"));
            }
        }
    }
    for (name, address) in [("privacy", &portal.privacy), ("accessibility", &portal.accessibility)]
    {
        if !address.is_empty() && !is_web_address(address) {
            let what = "is no web address; https://www.example.gov.uk would be";
            add(&format!("portal {name}"), what.to_owned());
        }
    }
    let is_bare = |address: &str| !address.ends_with('/') && !address.contains(['?', '#']);
    let is_good = |address: &str| is_web_address(address) && is_bare(address);
    if !portal.address.is_empty() && !is_good(&portal.address) {
        let what = "is not where a portal is; https://pay.example.gov.uk would be";
        add("portal address", what.to_owned());
    }
    for (what, name) in &portal.secrets {
        if what != "links" {
            add("portal secrets", format!("has no secret `{what}`; it has: links"));
        } else if !is_secret_name(name) {
            let what = "calls its key by no name of letters, digits, `-` or `_`; the key itself \
                        does not belong here";
            add("portal secrets", what.to_owned());
        }
    }
    let mut seen = BTreeSet::new();
    for item in &portal.item {
        let place = format!("portal item {}", item.fund);
        if !seen.insert(&item.fund) {
            add(&place, "is there twice; a fund stands once".to_owned());
        }
        for what in faults_of(council, item) {
            add(&place, what);
        }
    }
    if portal.help.en.chars().chain(portal.help.cy.chars()).count() > TEXT_LENGTH_MAX {
        add("portal help", format!("has more than {TEXT_LENGTH_MAX} characters"));
    }
    found
}

fn faults_of(council: &Council, item: &PortalItem) -> Vec<String> {
    let mut found = Vec::new();
    let fund = council.fund.iter().find(|fund| fund.code == item.fund);
    match fund {
        None => found.push("its fund is not configured".to_owned()),
        Some(fund) if fund.disabled => {
            found.push("its fund is disabled: nothing could be paid into it".to_owned());
        }
        Some(fund) => {
            if !item.example.is_empty()
                && let Ok(reader) = fund.reference.reader()
                && let Err(bad) = reader.parse(&item.example)
            {
                found.push(format!("its example is refused by its own fund: {bad}"));
            }
            if let (Some(most), Some(limit)) = (item.max_pence, fund.max_pence)
                && most > limit
            {
                found.push(format!("max_pence is more than its fund takes ({limit})"));
            }
        }
    }
    if item.label.en.trim().is_empty() || item.reference.en.trim().is_empty() {
        found.push("needs a label and a reference, each at least in English".to_owned());
    }
    let least = item.min_pence.unwrap_or(Pence::new(1));
    if !least.is_positive() || item.max_pence.is_some_and(|most| most < least) {
        found.push("min_pence is more than nothing and at most max_pence".to_owned());
    }
    for words in [&item.label, &item.hint, &item.help, &item.reference] {
        if [&words.en, &words.cy].iter().any(|text| text.chars().count() > TEXT_LENGTH_MAX) {
            found.push(format!("has a text of more than {TEXT_LENGTH_MAX} characters"));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = r#"
        code = "T"
        name = "Testborough"
        channel = [{ code = "card", name = "Cards" }]
        method = [
            { code = "WEB", name = "Web", kind = "card-online", channel = "card" },
            { code = "CASH", name = "Cash", kind = "cash", channel = "card" },
        ]
        [[fund]]
        code = "CT"
        name = "Council tax"
        max_pence = 500
        reference = { mask = "8#######" }
    "#;

    fn faults_of(portal: &str) -> Vec<String> {
        let council: Council = toml::from_str(&format!("{HEAD}{portal}")).unwrap();
        council.faults().iter().map(ToString::to_string).collect()
    }

    const GOOD: &str = r#"
        [portal]
        open = true
        method = "WEB"
        welsh = true
        [[portal.item]]
        fund = "CT"
        label = { en = "Council tax", cy = "Treth gyngor" }
        reference = { en = "Account number", cy = "Rhif cyfrif" }
        example = "80000001"
        max_pence = 500
    "#;

    #[test]
    fn a_portal_that_can_be_used_has_no_faults_and_is_written_as_it_was_read() {
        assert_eq!(faults_of(GOOD), [""; 0]);
        let council: Council = toml::from_str(&format!("{HEAD}{GOOD}")).unwrap();
        let again: Council = toml::from_str(&toml::to_string(&council).unwrap()).unwrap();
        assert_eq!(again, council);
        assert_eq!(council.portal.item("CT").unwrap().label.cy, "Treth gyngor");
        let linked =
            "welsh = true\naddress = \"https://pay.x.uk\"\nsecrets = { links = \"portal-links\" }";
        assert_eq!(faults_of(&GOOD.replace("welsh = true", linked)), [""; 0]);
        let closed: Council = toml::from_str(HEAD).unwrap();
        assert!(!toml::to_string(&closed).unwrap().contains("portal"));
    }

    #[test]
    fn what_could_not_be_paid_is_a_fault() {
        for (from, to, fault) in [
            ("method = \"WEB\"", "", "portal: is open, but has no method"),
            ("method = \"WEB\"", "method = \"CASH\"", "is none of kind card-online in use"),
            ("fund = \"CT\"", "fund = \"XX\"", "portal item XX: its fund is not configured"),
            ("\"80000001\"", "\"90000001\"", "its example is refused by its own fund: `90000001`"),
            ("max_pence = 500", "max_pence = 501", "max_pence is more than its fund takes (5.00)"),
            ("max_pence = 500", "min_pence = 0", "min_pence is more than nothing"),
            ("en = \"Council tax\"", "en = \"\"", "needs a label and a reference"),
            ("welsh = true", "privacy = \"http://x\"", "portal privacy: is no web address"),
            (
                "welsh = true",
                "address = \"https://x.uk/\"",
                "portal address: is not where a portal",
            ),
            ("welsh = true", "address = \"http://x.uk\"", "portal address: is not where a portal"),
            ("welsh = true", "secrets = { link = \"x\" }", "portal secrets: has no secret `link`"),
            ("welsh = true", "secrets = { links = \"k y\" }", "calls its key by no name"),
        ] {
            assert!(GOOD.contains(from), "{from}");
            let faults = faults_of(&GOOD.replacen(from, to, 1));
            assert_eq!(faults.len(), 1, "{to}: {faults:?}");
            assert!(faults[0].contains(fault), "{faults:?}");
        }
        let twice = GOOD.split_once("[[portal.item]]").unwrap().1;
        let faults = faults_of(&format!("{GOOD}[[portal.item]]{twice}"));
        assert_eq!(faults, ["portal item CT: is there twice; a fund stands once"]);
    }
}
