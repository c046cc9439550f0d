//! What programs of the council's may ask for through the API.

use serde::{Deserialize, Serialize};

use super::{ConfigurationFault, Council, particulars::is_web_address};

/// What the council lets its programs do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ApiSettings {
    /// Where payers may be sent back to from a payment that a program started: what
    /// the addresses begin with, `https://…/`. None, and no program starts one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub return_to: Vec<String>,
}

impl ApiSettings {
    /// Whether nothing was set.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Whether payers may be sent to this address: it begins with one that the council
    /// named, and goes no step back from there.
    ///
    /// ```
    /// use ims_ledger::ApiSettings;
    ///
    /// let api = ApiSettings { return_to: vec!["https://my.example.gov.uk/paid/".to_owned()] };
    /// assert!(api.may_return_to("https://my.example.gov.uk/paid/17?of={reference}"));
    /// assert!(!api.may_return_to("https://my.example.gov.uk/paid/../login"));
    /// assert!(!api.may_return_to("https://my.example.gov.uk.example.org/paid/17"));
    /// ```
    #[must_use]
    pub fn may_return_to(&self, address: &str) -> bool {
        let path = address.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
        let goes_back = path.contains("..") || path.contains("%2e") || path.contains('\\');
        is_web_address(address)
            && !goes_back
            && self.return_to.iter().any(|beginning| address.starts_with(beginning.as_str()))
    }
}

/// Everything wrong with it.
pub(super) fn faults(council: &Council) -> Vec<ConfigurationFault> {
    let is_bad = |address: &&String| {
        !is_web_address(address) || !address.ends_with('/') || address.contains(['?', '#'])
    };
    let bad = council.api.return_to.iter().filter(is_bad);
    bad.map(|address| ConfigurationFault {
        place: "api return_to".to_owned(),
        what: format!(
            "`{address}` is not what addresses begin with: https://my.example.gov.uk/paid/ would \
             be, with a stroke at its end"
        ),
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payers_are_sent_to_the_councils_own_addresses_only() {
        let beginning = "https://my.example.gov.uk/paid/".to_owned();
        let api = ApiSettings { return_to: vec![beginning, "https://b.example:8443/".to_owned()] };
        for good in [
            "https://my.example.gov.uk/paid/",
            "https://my.example.gov.uk/paid/17?from=..&of={reference}#top",
            "https://b.example:8443/x",
        ] {
            assert!(api.may_return_to(good), "{good}");
        }
        for bad in [
            "",
            "http://my.example.gov.uk/paid/17",
            "https://my.example.gov.uk/paid",
            "https://my.example.gov.uk/other",
            "https://MY.example.gov.uk.evil.example/paid/",
            "https://my.example.gov.uk@evil.example/paid/",
            "https://my.example.gov.uk/paid/../login",
            "https://my.example.gov.uk/paid/%2E%2e/login",
            "https://my.example.gov.uk/paid/..\\login",
            "https://my.example.gov.uk/paid/ 17",
            "https://b.example/x",
        ] {
            assert!(!api.may_return_to(bad), "{bad}");
        }
        assert!(!ApiSettings::default().may_return_to("https://my.example.gov.uk/paid/"));
    }
}
