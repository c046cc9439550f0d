//! What a council says of itself, and whom it tells.

use serde::{Deserialize, Serialize};

use super::{ConfigurationFault, Council, is_mail_address};

/// How long a person may stay away before their account is barred.
const EXPIRY_DAYS: u32 = 90;
/// The longest text.
const TEXT_LENGTH_MAX: usize = 500;

/// Settings of the council itself. What is left empty is not shown, or not sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Particulars {
    /// Its name in a few words.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub short_name: String,
    /// Its website, `https://…`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub website: String,
    /// Its logo, `https://…`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub logo: String,
    /// Its VAT number: `GB` and nine digits, the last two a check.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub vat_number: String,
    /// The address it is registered for VAT at, by line.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub vat_address: Vec<String>,
    /// The address people write to, by line.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contact_address: Vec<String>,
    /// What stands under the portal's name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub portal_strapline: String,
    /// Where other ways to pay are told of, `https://…`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub other_ways_to_pay: String,
    /// Where a payer goes when all is done, `https://…`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub finish: String,
    /// The mail server, `host` or `host:port`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub smtp_host: String,
    /// The address mail comes from.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub mail_from: String,
    /// The name mail comes from.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub mail_from_name: String,
    /// Who is told of what.
    #[serde(skip_serializing_if = "Recipients::is_nobody")]
    pub tell: Recipients,
    /// After how many days away a person's account is barred.
    pub account_expiry_days: u32,
}

/// Who is told, by e-mail address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Recipients {
    /// Of what the system has to say.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub system: Vec<String>,
    /// Of payments that look as if they were made twice.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub duplicate_payment: Vec<String>,
    /// Of e-returns that were voided.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub void_ereturn: Vec<String>,
    /// Of people who registered.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub registration: Vec<String>,
}

impl Recipients {
    /// Whether nobody is told of anything.
    #[must_use]
    pub fn is_nobody(&self) -> bool {
        *self == Self::default()
    }
}

impl Default for Particulars {
    fn default() -> Self {
        Self {
            short_name: String::new(),
            website: String::new(),
            logo: String::new(),
            vat_number: String::new(),
            vat_address: Vec::new(),
            contact_address: Vec::new(),
            portal_strapline: String::new(),
            other_ways_to_pay: String::new(),
            finish: String::new(),
            smtp_host: String::new(),
            mail_from: String::new(),
            mail_from_name: String::new(),
            tell: Recipients::default(),
            account_expiry_days: EXPIRY_DAYS,
        }
    }
}

impl Council {
    /// Who supplies what is paid for, as an invoice with VAT says it: the council's name, and
    /// the address it is registered for VAT at, else the one people write to.
    #[must_use]
    pub fn supplier(&self) -> String {
        let own = &self.settings;
        let address =
            if own.vat_address.is_empty() { &own.contact_address } else { &own.vat_address };
        let mut parts = vec![self.name.as_str()];
        parts.extend(address.iter().map(String::as_str));
        parts.join(", ")
    }
}

impl Particulars {
    /// Whether nothing was set.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Everything wrong with the settings of `council`.
pub(super) fn faults(council: &Council) -> Vec<ConfigurationFault> {
    let own = &council.settings;
    let mut found = Vec::new();
    let mut add = |name: &str, what: &str| {
        found.push(ConfigurationFault { place: format!("settings {name}"), what: what.to_owned() });
    };
    for (name, address) in [
        ("website", &own.website),
        ("logo", &own.logo),
        ("other_ways_to_pay", &own.other_ways_to_pay),
        ("finish", &own.finish),
    ] {
        if !address.is_empty() && !is_web_address(address) {
            add(name, "is no web address; https://www.example.gov.uk would be");
        }
    }
    let recipients = [
        ("tell.system", &own.tell.system),
        ("tell.duplicate_payment", &own.tell.duplicate_payment),
        ("tell.void_ereturn", &own.tell.void_ereturn),
        ("tell.registration", &own.tell.registration),
    ];
    for (name, addresses) in recipients {
        if !addresses.iter().all(|address| is_mail_address(address)) {
            add(name, "has one that is no e-mail address");
        }
    }
    if !own.mail_from.is_empty() && !is_mail_address(&own.mail_from) {
        add("mail_from", "is no e-mail address");
    }
    if !own.smtp_host.is_empty() && !is_host(&own.smtp_host) {
        add("smtp_host", "is no host; mail.example.gov.uk:587 would be");
    }
    if !own.vat_number.is_empty() && !is_vat_number(&own.vat_number) {
        add("vat_number", "is no VAT number: GB and nine digits, the last two a check");
    }
    for (name, text) in [
        ("short_name", &own.short_name),
        ("portal_strapline", &own.portal_strapline),
        ("mail_from_name", &own.mail_from_name),
    ] {
        if text.chars().count() > TEXT_LENGTH_MAX || text.contains(['\r', '\n']) {
            add(name, "is one line of at most 500 characters");
        }
    }
    if !(1..=3_650).contains(&own.account_expiry_days) {
        add("account_expiry_days", "is 1 to 3650");
    }
    found
}

pub(super) fn is_web_address(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("https://") else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    is_host(host) && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

fn is_host(text: &str) -> bool {
    let (host, port) = text.split_once(':').unwrap_or((text, "443"));
    let part = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    host.split('.').all(part) && port.parse::<u16>().is_ok_and(|port| port > 0)
}

/// Nine digits; the first seven weighed by 8 to 2, with the last two, make a
/// multiple of 97, or do with 55 added (numbers given since 2010).
fn is_vat_number(text: &str) -> bool {
    let compact: String = text.chars().filter(|c| *c != ' ').collect();
    let digits: Option<Vec<u32>> =
        compact.strip_prefix("GB").unwrap_or(&compact).chars().map(|c| c.to_digit(10)).collect();
    let Some([head @ .., tens, ones]) = digits.as_deref() else { return false };
    if head.len() != 7 {
        return false;
    }
    let weighed = head.iter().zip([8_u32, 7, 6, 5, 4, 3, 2]);
    let sum = weighed.fold(0_u32, |sum, (digit, by)| sum.saturating_add(digit.saturating_mul(by)));
    let sum = sum.saturating_add(tens.saturating_mul(10)).saturating_add(*ones);
    sum.is_multiple_of(97) || sum.saturating_add(55).is_multiple_of(97)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults_of(settings: &str) -> Vec<String> {
        let head = "code = \"T\"\nname = \"Testborough\"\n[settings]\n";
        let council: Council = toml::from_str(&format!("{head}{settings}")).unwrap();
        council.faults().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_set_is_checked() {
        let web = "is no web address; https://www.example.gov.uk would be";
        for (toml, fault) in [
            ("website = \"https://www.example.gov.uk/pay?x=1\"", None),
            ("website = \"http://www.example.gov.uk\"", Some(format!("settings website: {web}"))),
            ("finish = \"https://\"", Some(format!("settings finish: {web}"))),
            ("logo = \"javascript:alert(1)\"", Some(format!("settings logo: {web}"))),
            ("smtp_host = \"mail.example.gov.uk:587\"", None),
            (
                "smtp_host = \"mail example\"",
                Some("settings smtp_host: is no host; mail.example.gov.uk:587 would be".to_owned()),
            ),
            ("mail_from = \"income@example.gov.uk\"", None),
            ("mail_from = \"income\"", Some("settings mail_from: is no e-mail address".to_owned())),
            (
                "tell = { void_ereturn = [\"a@example.gov.uk\", \"b@@example.gov.uk\"] }",
                Some("settings tell.void_ereturn: has one that is no e-mail address".to_owned()),
            ),
            ("vat_number = \"GB 980 7806 84\"", None),
            (
                "vat_number = \"GB 980 7806 85\"",
                Some(
                    "settings vat_number: is no VAT number: GB and nine digits, the last two a check"
                        .to_owned(),
                ),
            ),
            (
                "mail_from_name = \"a\\nBcc: b@example.gov.uk\"",
                Some("settings mail_from_name: is one line of at most 500 characters".to_owned()),
            ),
            (
                "account_expiry_days = 0",
                Some("settings account_expiry_days: is 1 to 3650".to_owned()),
            ),
        ] {
            assert_eq!(faults_of(toml), fault.into_iter().collect::<Vec<_>>(), "{toml}");
        }
    }

    #[test]
    fn what_is_not_set_is_the_default_and_not_written() {
        let council: Council = toml::from_str("code = \"T\"\nname = \"Testborough\"").unwrap();
        assert_eq!(council.settings.account_expiry_days, 90);
        assert!(!toml::to_string(&council).unwrap().contains("settings"));
    }
}
