//! By which rules a council matches what the bank shows.

use serde::{Deserialize, Serialize};

use super::{ConfigurationFault, Council};

/// By which rules bank lines are matched with what was expected. What presets there are and what
/// the text says is for `ims-reconcile` to read.
///
/// ```
/// use ims_ledger::ReconcileSettings;
///
/// let settings: ReconcileSettings = toml::from_str("preset = \"default\"")?;
/// assert_eq!(settings.preset.as_deref(), Some("default"));
/// assert!(!settings.is_default());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReconcileSettings {
    /// Which of the rules that come with the program; the careful ones if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preset: Option<String>,
    /// The council's own rules instead, as TOML.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<String>,
}

impl ReconcileSettings {
    /// Whether nothing is said.
    #[must_use]
    pub const fn is_default(&self) -> bool {
        self.preset.is_none() && self.rules.is_none()
    }
}

/// Everything wrong with what `council` says of its rules, but for the rules themselves.
pub(super) fn faults(council: &Council) -> Vec<ConfigurationFault> {
    let settings = &council.reconcile;
    if settings.preset.is_none() || settings.rules.is_none() {
        return Vec::new();
    }
    let what = "names a preset and gives rules of its own; say one of them".to_owned();
    vec![ConfigurationFault { place: "reconcile".to_owned(), what }]
}
