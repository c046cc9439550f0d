//! Tills: drawers that cashiers take money into, one at a time.

use serde::{Deserialize, Serialize};

use super::{ConfigurationFault, Council, Slips};
use crate::id::{ChannelCode, OfficeCode, TillCode};

/// A drawer at an office. Cash of an office that has one is taken into it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Till {
    /// The code.
    pub code: TillCode,
    /// Its name.
    pub name: String,
    /// The office it stands in.
    pub office: OfficeCode,
    /// Where its cash and cheques wait until the bank shows the paying-in slip.
    pub slip_channel: ChannelCode,
    /// Where the batches of its card terminals wait until the bank shows them;
    /// without one it takes no cards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terminal_channel: Option<ChannelCode>,
    /// Whether cash and cheques are paid in on one slip.
    #[serde(default)]
    pub slips: Slips,
    /// Whether it is opened no more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disabled: bool,
}

impl Council {
    /// The till of that code, disabled or not.
    #[must_use]
    pub fn till(&self, code: &str) -> Option<&Till> {
        self.till.iter().find(|till| till.code.as_str() == code)
    }
}

/// Everything wrong with the tills of `council`.
pub(super) fn faults(council: &Council) -> Vec<ConfigurationFault> {
    let mut found = Vec::new();
    let is_channel = |code: &ChannelCode| council.channel.iter().any(|it| it.code == *code);
    for till in &council.till {
        let mut add = |what: String| {
            found.push(ConfigurationFault { place: format!("till {}", till.code), what });
        };
        if till.name.trim().is_empty() {
            add("its name is blank".to_owned());
        }
        if !council.office.iter().any(|office| office.code == till.office) {
            add(format!("its office {} is not configured", till.office));
        }
        if !is_channel(&till.slip_channel) {
            add(format!("its slip_channel {} is not configured", till.slip_channel));
        }
        if let Some(code) = till.terminal_channel.as_ref().filter(|code| !is_channel(code)) {
            add(format!("its terminal_channel {code} is not configured"));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_till_stands_in_an_office_and_pays_in_through_channels_there_are() {
        let council = |till: &str| -> Council {
            let rest = "code = \"T\"\nname = \"T\"\noffice = [{ code = \"LB\", name = \"Library\" }]\n\
                        channel = [{ code = \"slip\", name = \"Slips\" }]\n[[till]]\ncode = \"A\"\n";
            toml::from_str(&format!("{rest}{till}")).unwrap()
        };
        let faults = |till: &str| -> Vec<String> {
            council(till).faults().iter().map(ToString::to_string).collect()
        };
        let good = "name = \"Desk\"\noffice = \"LB\"\nslip_channel = \"slip\"\n";
        assert_eq!(faults(good), [""; 0]);
        assert_eq!(council(good).till("A").unwrap().name, "Desk");
        assert_eq!(
            faults(
                "name = \" \"\noffice = \"X\"\nslip_channel = \"no\"\nterminal_channel = \"nor\"\n"
            ),
            [
                "till A: its name is blank",
                "till A: its office X is not configured",
                "till A: its slip_channel no is not configured",
                "till A: its terminal_channel nor is not configured",
            ]
        );
        let twice = format!("{good}[[till]]\ncode = \"A\"\n{good}");
        assert_eq!(faults(&twice), ["till A: is there twice; codes are unique"]);
    }
}
