use ims_money::Pence;
use serde::{Deserialize, Serialize};

use super::{Council, check::Faults};

/// What a second person has to approve. Nothing, unless it is said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Approval {
    /// Every new version of the configuration, this wish among it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub configuration: bool,
    /// Transfers and journals of more than this, in pence, wait for a second
    /// person; none do when it is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transfer_above_pence: Option<Pence>,
    /// What a till is over or short by more than this, in pence, waits for a
    /// second person; nothing does when it is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub till_difference_above_pence: Option<Pence>,
}

impl Approval {
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl Council {
    pub(super) fn check_approval(&self, faults: &mut Faults) {
        let Approval { transfer_above_pence, till_difference_above_pence, .. } = self.approval;
        for (name, limit) in [
            ("transfer_above_pence", transfer_above_pence),
            ("till_difference_above_pence", till_difference_above_pence),
        ] {
            if limit.is_some_and(Pence::is_negative) {
                faults.add("approval", &format!("{name} must be nothing or more"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_below_nothing_is_a_fault() {
        let faults = |pence: i64| {
            let toml = format!(
                "code = \"T\"\nname = \"T\"\n[approval]\ntransfer_above_pence = {pence}\n\
                 till_difference_above_pence = {pence}\n"
            );
            let council: Council = toml::from_str(&toml).unwrap();
            council.faults().iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(faults(0), [""; 0]);
        assert_eq!(
            faults(-1),
            [
                "approval: transfer_above_pence must be nothing or more",
                "approval: till_difference_above_pence must be nothing or more"
            ]
        );
    }
}
