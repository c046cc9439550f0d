//! Tills: drawers that cashiers take money into, one at a time.

use serde::{Deserialize, Serialize};

use super::{ConfigurationFault, Council, Method, MethodKind, Slips};
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
    /// Card terminals at it that an account at a provider starts, by their names there.
    /// What they take comes through the provider, and is in no drawer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub terminals: Vec<String>,
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

/// The longest name of a card terminal.
const TERMINAL_LENGTH_MAX: usize = 50;

/// Whether some account at a provider takes cards through staff.
fn starts_terminals(council: &Council) -> bool {
    let mut methods = council.method.iter().filter(|it| it.kind == MethodKind::CardStaff);
    let takes =
        |method: &Method| council.provider.iter().any(|it| it.methods.contains(&method.code));
    methods.any(takes)
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
        let is_name = |name: &String| {
            (1..=TERMINAL_LENGTH_MAX).contains(&name.chars().count()) && name.trim() == name
        };
        if !till.terminals.iter().all(is_name) {
            add(format!("a terminal has a name of 1 to {TERMINAL_LENGTH_MAX} characters"));
        }
        if !till.terminals.is_empty() && !starts_terminals(council) {
            add("its terminals are started by no provider that takes a card-staff method"
                .to_owned());
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
        assert_eq!(
            faults(&format!("{good}terminals = [\"\"]\n")),
            [
                "till A: a terminal has a name of 1 to 50 characters",
                "till A: its terminals are started by no provider that takes a card-staff method",
            ]
        );
        let twice = format!("{good}[[till]]\ncode = \"A\"\n{good}");
        assert_eq!(faults(&twice), ["till A: is there twice; codes are unique"]);
    }
}
