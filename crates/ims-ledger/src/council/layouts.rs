//! A council's own file layouts, and what its exports are written by.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Council, check::ConfigurationFault};

/// A file format described as data, as the council keeps it. What the text says
/// is for `ims-files` to read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnLayout {
    /// The layout's name; a blank and more words tell its versions apart.
    pub name: String,
    /// The layout, as TOML.
    pub text: String,
}

impl OwnLayout {
    /// The layout's name, without what tells its versions apart.
    #[must_use]
    pub fn layout(&self) -> &str {
        self.name.split(' ').next().unwrap_or_default()
    }
}

/// What a series of exports is written by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportSettings {
    /// The series: `ledger-journal`, or `host:` and a fund's code.
    pub name: String,
    /// The layout, one of the council's own or one that comes with the program.
    pub layout: String,
    /// What the layout lets one set.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub set: BTreeMap<String, String>,
    /// The file's name, with `{number}` and perhaps `{date}` in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
}

pub(super) fn faults(council: &Council) -> Vec<ConfigurationFault> {
    let mut faults = Vec::new();
    let mut add = |place: String, what: &str| {
        faults.push(ConfigurationFault { place, what: what.to_owned() });
    };
    for export in &council.export {
        let place = || format!("export {}", export.name);
        let is_known = match export.name.split_once(':') {
            None => export.name == "ledger-journal",
            Some(("host", code)) => council.fund.iter().any(|fund| fund.code.as_str() == code),
            Some(_) => false,
        };
        if !is_known {
            add(place(), "is no series; ledger-journal, or host: and a fund's code, would be");
        }
        let bad = |c: char| c.is_control() || matches!(c, '/' | '\\');
        let fits = |name: &String| name.contains("{number}") && !name.contains(bad);
        if !export.file_name.as_ref().is_none_or(fits) {
            add(place(), "its file_name needs {number} in it, and no folder");
        }
    }
    faults
}
