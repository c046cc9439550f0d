//! Where addresses are looked up by their postcode.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Council, check::Faults, particulars::is_web_address, providers::is_secret_name};

/// Where residents' addresses are found, so that they need not type them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddressSettings {
    /// `os-places`, the service of Ordnance Survey, or `list`, a list of the council's own.
    pub by: String,
    /// The name of the list, a file in the server's folder of lists.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub file: String,
    /// Where the service is, if not where it usually is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub url: String,
    /// The names of its secrets, by what each is for: `key` of the service.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub secrets: BTreeMap<String, String>,
}

/// Whether a text is a file's name and leads nowhere else.
fn is_file_name(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    (1..=100).contains(&text.len()) && text.chars().all(is_plain) && !text.starts_with('.')
}

/// By TLS, or on this machine.
fn is_service_address(text: &str) -> bool {
    is_web_address(text)
        || text
            .strip_prefix("http://127.0.0.1")
            .is_some_and(|rest| is_web_address(&format!("https://h{rest}")))
}

impl Council {
    pub(super) fn check_addresses(&self, faults: &mut Faults) {
        let Some(addresses) = &self.addresses else { return };
        let mut add = |what: &str| faults.add("addresses", what);
        match addresses.by.as_str() {
            "os-places" => {
                match addresses.secrets.get("key") {
                    None => add("by os-places needs a secret: secrets = { key = \"…\" }"),
                    Some(name) if !is_secret_name(name) => {
                        add(
                            "its secret is called by a name; the secret itself does not belong here",
                        );
                    }
                    Some(_) => {}
                }
                if let Some(what) = addresses.secrets.keys().find(|what| *what != "key") {
                    add(&format!("by os-places has no secret `{what}`; it has: key"));
                }
                if !addresses.url.is_empty() && !is_service_address(&addresses.url) {
                    add("url is no web address that begins with https://");
                }
                if !addresses.file.is_empty() {
                    add("by os-places has no file; a file is for by = \"list\"");
                }
            }
            "list" => {
                if !is_file_name(&addresses.file) {
                    add(
                        "by list needs the name of a file in the server's folder of lists: file = \"addresses.csv\"",
                    );
                }
                if !addresses.url.is_empty() || !addresses.secrets.is_empty() {
                    add("by list has neither url nor secrets; they are for by = \"os-places\"");
                }
            }
            other => add(&format!("are found by `os-places` or `list`, not by `{other}`")),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::Council;

    fn faults(text: &str) -> Vec<String> {
        let council: Council =
            toml::from_str(&format!("code = \"T\"\nname = \"Town\"\n[addresses]\n{text}")).unwrap();
        council.faults().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn addresses_that_could_not_be_found_are_a_fault() {
        let places = "by = \"os-places\"\nsecrets = { key = \"os-key\" }\n";
        let list = "by = \"list\"\nfile = \"addresses.csv\"\n";
        let none: [&str; 0] = [];
        for good in [
            places.to_owned(),
            list.to_owned(),
            format!("{places}url = \"https://proxy.example.gov.uk/places\""),
            format!("{places}url = \"http://127.0.0.1:8080\""),
        ] {
            assert_eq!(faults(&good), none, "{good}");
        }
        for (text, says) in [
            ("by = \"os-places\"".to_owned(), "needs a secret"),
            (places.replace("os-key", "the key"), "does not belong here"),
            (places.replace("key = \"os-key\"", "key = \"k\", pin = \"p\""), "no secret `pin`"),
            (format!("{places}file = \"a.csv\""), "has no file"),
            (format!("{places}url = \"http://example.org\""), "no web address"),
            (format!("{places}url = \"http://127.0.0.1@example.org\""), "no web address"),
            ("by = \"list\"".to_owned(), "needs the name of a file"),
            (list.replace("addresses.csv", "../secret"), "needs the name of a file"),
            (list.replace("addresses.csv", ".hidden"), "needs the name of a file"),
            (format!("{list}url = \"https://example.org\""), "neither url nor secrets"),
            ("by = \"pigeon\"".to_owned(), "`os-places` or `list`, not by `pigeon`"),
        ] {
            let found = faults(&text);
            assert!(matches!(found.as_slice(), [one] if one.contains(says)), "{text}: {found:?}");
        }
    }
}
