use serde::{Deserialize, Serialize};

/// What a second person has to approve. Nothing, unless it is said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Approval {
    /// Every new version of the configuration, this wish among it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub configuration: bool,
}

impl Approval {
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}
