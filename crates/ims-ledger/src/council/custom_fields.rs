//! Fields of a council's own. They are kept, checked and shown; nothing in the
//! program goes by one.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{ConfigurationFault, Council};

/// The longest name or description.
const NAME_LENGTH_MAX: usize = 100;
/// The longest value.
const VALUE_LENGTH_MAX: usize = 500;

/// A field a council adds to what it configures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomField {
    /// What has it.
    #[serde(rename = "for")]
    pub owner: CustomFieldOwner,
    /// Its name, once for each kind of owner.
    pub name: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// What its values are.
    #[serde(default)]
    pub kind: CustomFieldKind,
    /// The values, by the owner's code.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, String>,
}

/// What may have fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CustomFieldOwner {
    /// A fund.
    Fund,
    /// A method of payment.
    Method,
    /// A VAT code.
    Vat,
    /// A stop.
    Stop,
    /// A format of imported files.
    Import,
}

/// What the values of a field are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CustomFieldKind {
    /// Any text.
    #[default]
    Text,
    /// A whole number.
    Number,
    /// `yes` or `no`.
    YesNo,
    /// A day, `2026-04-01`.
    Day,
}

impl CustomFieldOwner {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Fund => "fund",
            Self::Method => "method",
            Self::Vat => "vat",
            Self::Stop => "stop",
            Self::Import => "import",
        }
    }

    /// Whether `code` is one of these; what this document does not list may be any.
    fn has(self, council: &Council, code: &str) -> bool {
        match self {
            Self::Fund => council.fund.iter().any(|fund| fund.code.as_str() == code),
            Self::Method => council.method.iter().any(|method| method.code.as_str() == code),
            Self::Vat => council.vat.iter().any(|vat| vat.code.as_str() == code),
            Self::Stop | Self::Import => !code.trim().is_empty(),
        }
    }
}

impl CustomFieldKind {
    /// What a value would have to be, if it is not.
    fn fault(self, value: &str) -> Option<&'static str> {
        match self {
            Self::Text if value.chars().count() > VALUE_LENGTH_MAX => {
                Some("at most 500 characters")
            }
            Self::Text => None,
            Self::Number if value.parse::<i64>().is_err() => Some("a whole number"),
            Self::YesNo if !matches!(value, "yes" | "no") => Some("`yes` or `no`"),
            Self::Day if value.parse::<NaiveDate>().is_err() => Some("a day like 2026-04-01"),
            Self::Number | Self::YesNo | Self::Day => None,
        }
    }
}

/// Everything wrong with the custom fields of `council`.
pub(super) fn faults(council: &Council) -> Vec<ConfigurationFault> {
    let mut found = Vec::new();
    let mut names = BTreeSet::new();
    for field in &council.custom_field {
        let place = format!("custom_field {} of {}", field.name, field.owner.as_str());
        let mut add = |what: String| found.push(ConfigurationFault { place: place.clone(), what });
        if field.name.trim().is_empty() || field.name.chars().count() > NAME_LENGTH_MAX {
            add(format!("needs a name of 1 to {NAME_LENGTH_MAX} characters"));
        }
        if !names.insert((field.owner, field.name.trim().to_lowercase())) {
            add("is there twice; names are unique".to_owned());
        }
        for (code, value) in &field.values {
            if !field.owner.has(council, code) {
                add(format!("there is no {} `{code}`", field.owner.as_str()));
            }
            if let Some(right) = field.kind.fault(value) {
                add(format!("`{value}` of {code} must be {right}"));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults_of(fields: &str) -> Vec<String> {
        let head = "code = \"T\"\nname = \"Testborough\"\nfund = [{ code = \"CT\", name = \"Council tax\" }]\n";
        let council: Council = toml::from_str(&format!("{head}{fields}")).unwrap();
        let written = toml::to_string(&council).unwrap();
        assert_eq!(toml::from_str::<Council>(&written).unwrap(), council);
        council.faults().iter().map(ToString::to_string).collect()
    }

    fn field(owner: &str, name: &str, kind: &str, values: &str) -> String {
        format!(
            "[[custom_field]]\nfor = \"{owner}\"\nname = \"{name}\"\nkind = \"{kind}\"\nvalues = {{ {values} }}\n"
        )
    }

    /// W53: a field is typed and there once, and its owner is there.
    #[test]
    fn fields_are_typed_checked_and_there_once() {
        let place = "custom_field Code of fund: ";
        for (toml, fault) in [
            (field("fund", "Code", "text", "CT = \"R1000\""), None),
            (field("fund", "Code", "number", "CT = \"1000\""), None),
            (field("fund", "Code", "yes-no", "CT = \"yes\""), None),
            (field("fund", "Code", "day", "CT = \"2026-04-01\""), None),
            (field("import", "Code", "text", "allpay = \"x\""), None),
            (field("fund", "Code", "text", "XX = \"R1000\""), Some("there is no fund `XX`")),
            (
                field("fund", "Code", "number", "CT = \"10.5\""),
                Some("`10.5` of CT must be a whole number"),
            ),
            (
                field("fund", "Code", "yes-no", "CT = \"TRUE\""),
                Some("`TRUE` of CT must be `yes` or `no`"),
            ),
            (
                field("fund", "Code", "day", "CT = \"1 April\""),
                Some("`1 April` of CT must be a day like 2026-04-01"),
            ),
            (
                field("fund", "code", "text", "") + &field("fund", "Code", "text", ""),
                Some("is there twice; names are unique"),
            ),
            (field("vat", "Code", "text", "") + &field("fund", "Code", "text", ""), None),
        ] {
            let expected: Vec<String> =
                fault.iter().map(|fault| format!("{place}{fault}")).collect();
            assert_eq!(faults_of(&toml), expected, "{toml}");
        }
        let blank = faults_of(&field("fund", " ", "text", ""));
        assert_eq!(blank, ["custom_field   of fund: needs a name of 1 to 100 characters"]);
    }
}
