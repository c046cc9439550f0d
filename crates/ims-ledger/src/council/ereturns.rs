//! Templates of e-returns: what a site may declare, row by row.

use serde::{Deserialize, Serialize};

use super::{ConfigurationFault, Council, Fund};
use crate::{
    REFERENCE_LENGTH_MAX, ReferenceRule,
    id::{ChannelCode, FundCode, MethodCode, OfficeCode, TemplateCode, VatCode},
};

/// The longest name or description of a template.
const TEXT_LENGTH_MAX: usize = 100;

/// What a row's reference has when its fund demands nothing.
const REFERENCE_LENGTH: usize = 11;

/// What a site's takings are declared on. A council changes it by a new version
/// of its configuration; an e-return keeps the version it was made under.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EReturnTemplate {
    /// The code.
    pub code: TemplateCode,
    /// Its name.
    pub name: String,
    /// The office whose takings they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub office: Option<OfficeCode>,
    /// The method of payment its receipts go by.
    pub method: MethodCode,
    /// Whether notes and coins may be declared.
    #[serde(default)]
    pub cash: bool,
    /// Whether cheques may be declared.
    #[serde(default)]
    pub cheques: bool,
    /// Whether totals of card machines may be declared.
    #[serde(default)]
    pub card_machine: bool,
    /// Where cash and cheques wait until the bank shows the paying-in slip.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slip_channel: Option<ChannelCode>,
    /// Where the totals of card machines wait until the bank shows the payout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terminal_channel: Option<ChannelCode>,
    /// Whether cash and cheques are paid in on one slip.
    #[serde(default)]
    pub slips: Slips,
    /// Whether nothing is declared on it any more.
    #[serde(default)]
    pub disabled: bool,
    /// What may be declared, in its order; numbered from 1.
    #[serde(default)]
    pub row: Vec<TemplateRow>,
}

/// How cash and cheques are paid in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Slips {
    /// On one slip.
    #[default]
    Together,
    /// On a slip each.
    Apart,
}

/// One row of a template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateRow {
    /// The account reference; `*` stands for any digit, where it may be changed.
    pub reference: String,
    /// What it is for.
    pub description: String,
    /// The fund it goes to.
    pub fund: FundCode,
    /// Its VAT code.
    pub vat: VatCode,
    /// Whether another reference of its pattern may be written.
    #[serde(default)]
    pub override_reference: bool,
    /// Whether another description may be written.
    #[serde(default)]
    pub override_description: bool,
    /// Whether another VAT code may be chosen.
    #[serde(default)]
    pub override_vat: bool,
}

impl Council {
    /// The template of that code, disabled or not.
    #[must_use]
    pub fn ereturn_template(&self, code: &str) -> Option<&EReturnTemplate> {
        self.ereturn_template.iter().find(|template| template.code.as_str() == code)
    }
}

/// Everything wrong with the templates of `council`.
pub(super) fn faults(council: &Council) -> Vec<ConfigurationFault> {
    let mut found = Vec::new();
    for template in &council.ereturn_template {
        let place = format!("ereturn_template {}", template.code);
        for what in template_faults(template, council) {
            found.push(ConfigurationFault { place: place.clone(), what });
        }
        for (row, number) in template.row.iter().zip(1_usize..) {
            let place = format!("{place} row {number}");
            for what in row_faults(row, council) {
                found.push(ConfigurationFault { place: place.clone(), what });
            }
        }
    }
    found
}

fn template_faults(template: &EReturnTemplate, council: &Council) -> Vec<String> {
    let mut found = text_faults("name", &template.name);
    let has_channel = |code: &ChannelCode| council.channel.iter().any(|c| c.code == *code);
    if let Some(office) = &template.office
        && !council.office.iter().any(|known| known.code == *office)
    {
        found.push(format!("its office {office} is not configured"));
    }
    if !council.method.iter().any(|method| method.code == template.method) {
        found.push(format!("its method {} is not configured", template.method));
    }
    let takes_slips = template.cash || template.cheques;
    for (is_taken, channel, name) in [
        (takes_slips, &template.slip_channel, "slip_channel"),
        (template.card_machine, &template.terminal_channel, "terminal_channel"),
    ] {
        match channel {
            Some(code) if !has_channel(code) => {
                found.push(format!("its {name} {code} is not configured"));
            }
            None if is_taken => {
                found.push(format!("needs a {name}: where its money waits for the bank"));
            }
            Some(_) | None => {}
        }
    }
    if !takes_slips && !template.card_machine {
        found.push("takes nothing: set cash, cheques or card_machine".to_owned());
    }
    if template.row.is_empty() {
        found.push("has no rows".to_owned());
    }
    found
}

fn text_faults(name: &str, text: &str) -> Vec<String> {
    if text.trim().is_empty() {
        return vec![format!("its {name} is blank")];
    }
    if text.chars().count() > TEXT_LENGTH_MAX {
        return vec![format!("its {name} has more than {TEXT_LENGTH_MAX} characters")];
    }
    Vec::new()
}

fn row_faults(row: &TemplateRow, council: &Council) -> Vec<String> {
    let mut found = text_faults("description", &row.description);
    if !council.vat.iter().any(|vat| vat.code == row.vat) {
        found.push(format!("its VAT code {} is not configured", row.vat));
    }
    match council.fund.iter().find(|fund| fund.code == row.fund) {
        Some(fund) => found.extend(reference_fault(row, fund)),
        None => found.push(format!("its fund {} is not configured", row.fund)),
    }
    found
}

/// A reference is eleven digits, or what the fund's own rule says; `*` only
/// where it may be changed.
fn reference_fault(row: &TemplateRow, fund: &Fund) -> Option<String> {
    let text = &row.reference;
    if text.trim().is_empty() {
        return Some("its reference is blank".to_owned());
    }
    if text.contains('*') && !row.override_reference {
        return Some(format!("`{text}` has a `*`, but its reference may not be changed"));
    }
    if fund.reference == ReferenceRule::default() {
        let found = text.chars().count();
        if found != REFERENCE_LENGTH {
            return Some(format!("`{text}` has {found} characters; it needs {REFERENCE_LENGTH}"));
        }
        let fits = text.chars().all(|c| c.is_ascii_digit() || c == '*');
        return (!fits)
            .then(|| format!("`{text}` may have only digits and, if it may be changed, `*`"));
    }
    if !text.contains('*') {
        let read = fund.reference.reader().ok()?.parse(text);
        return read.err().map(|bad| format!("{bad} (fund {})", fund.code));
    }
    let rule = &fund.reference;
    let most = if rule.max_length == 0 { REFERENCE_LENGTH_MAX } else { rule.max_length };
    let found = text.chars().count();
    if found < rule.min_length || found > most {
        let least = rule.min_length;
        return Some(format!(
            "`{text}` has {found} characters; references of fund {} have {least} to {most}",
            fund.code
        ));
    }
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '*' | ' ' | '/' | '-');
    (!text.chars().all(fits)).then(|| format!("`{text}` has a character no reference has"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const COUNCIL: &str = r##"
code = "T"
name = "Testborough"
vat = [{ code = "S", name = "Standard", rate = [{ from = "2011-01-04", basis_points = 2000 }] }]
channel = [{ code = "slip", name = "Slips" }]
method = [{ code = "ER", name = "E-return", kind = "cash", channel = "slip" }]
[[fund]]
code = "SD"
name = "Sundry"
[[fund]]
code = "PK"
name = "Parking"
reference = { min_length = 8, max_length = 8, mask = "PN######" }
"##;

    fn faults_of(template: &str) -> Vec<String> {
        let council: Council = toml::from_str(&format!("{COUNCIL}{template}")).unwrap();
        council.faults().iter().map(ToString::to_string).collect()
    }

    fn row(reference: &str, may_change: bool, more: &str) -> String {
        format!(
            "[[ereturn_template]]\ncode = \"A\"\nname = \"Library\"\nmethod = \"ER\"\ncash = true\n\
             slip_channel = \"slip\"\n[[ereturn_template.row]]\nreference = \"{reference}\"\n\
             override_reference = {may_change}\n{more}"
        )
    }

    /// Appendix (g), "Template row": R-VAL-11, which the reference never called.
    #[test]
    fn a_templates_row_is_held_to_its_rule() {
        let fund = "fund = \"SD\"\nvat = \"S\"\ndescription = \"Fines\"\n";
        let at = "ereturn_template A row 1: ";
        for (reference, may_change, fault) in [
            ("12345678901", false, None),
            ("12345678901", true, None),
            ("1234567****", true, None),
            ("***********", true, None),
            ("", false, Some("its reference is blank")),
            (" ", true, Some("its reference is blank")),
            ("1234567890", false, Some("`1234567890` has 10 characters; it needs 11")),
            ("123456789012", true, Some("`123456789012` has 12 characters; it needs 11")),
            (
                "1234567890*",
                false,
                Some("`1234567890*` has a `*`, but its reference may not be changed"),
            ),
            (
                "1234567890-",
                false,
                Some("`1234567890-` may have only digits and, if it may be changed, `*`"),
            ),
            (
                "1234567890A",
                false,
                Some("`1234567890A` may have only digits and, if it may be changed, `*`"),
            ),
            (
                "1234567890.",
                true,
                Some("`1234567890.` may have only digits and, if it may be changed, `*`"),
            ),
            (
                "1234567890=",
                true,
                Some("`1234567890=` may have only digits and, if it may be changed, `*`"),
            ),
            (
                "123456789-*",
                true,
                Some("`123456789-*` may have only digits and, if it may be changed, `*`"),
            ),
            (
                "A234567890*",
                true,
                Some("`A234567890*` may have only digits and, if it may be changed, `*`"),
            ),
        ] {
            let expected: Vec<String> = fault.iter().map(|fault| format!("{at}{fault}")).collect();
            assert_eq!(faults_of(&row(reference, may_change, fund)), expected, "{reference}");
        }
    }

    #[test]
    fn a_fund_with_a_rule_of_its_own_is_held_to_that() {
        let fund = "fund = \"PK\"\nvat = \"S\"\ndescription = \"Fines\"\n";
        for (reference, may_change, fault) in [
            ("PN123456", false, None),
            ("PN12****", true, None),
            (
                "PN1234567",
                false,
                Some("`PN1234567` has 9 characters, this fund's references have 8 (fund PK)"),
            ),
            (
                "PN12345*9",
                true,
                Some("`PN12345*9` has 9 characters; references of fund PK have 8 to 8"),
            ),
            (
                "PX123456",
                false,
                Some(
                    "`PX123456` should look like `PN######`, but differs at character 2 (fund PK)",
                ),
            ),
        ] {
            let at = "ereturn_template A row 1: ";
            let expected: Vec<String> = fault.iter().map(|fault| format!("{at}{fault}")).collect();
            assert_eq!(faults_of(&row(reference, may_change, fund)), expected, "{reference}");
        }
    }

    #[test]
    fn each_fault_of_a_template_says_what_would_be_right() {
        let good = "fund = \"SD\"\nvat = \"S\"\ndescription = \"Fines\"\n";
        for (toml, fault) in [
            (
                row("12345678901", false, "fund = \"SD\"\nvat = \"S\"\ndescription = \" \"\n"),
                "ereturn_template A row 1: its description is blank",
            ),
            (
                row("12345678901", false, "fund = \"SD\"\nvat = \"X\"\ndescription = \"a\"\n"),
                "ereturn_template A row 1: its VAT code X is not configured",
            ),
            (
                row("12345678901", false, "fund = \"XX\"\nvat = \"S\"\ndescription = \"a\"\n"),
                "ereturn_template A row 1: its fund XX is not configured",
            ),
            (
                row("12345678901", false, good).replace("slip_channel = \"slip\"\n", ""),
                "ereturn_template A: needs a slip_channel: where its money waits for the bank",
            ),
            (
                row("12345678901", false, good).replace("\"slip\"", "\"nowhere\""),
                "ereturn_template A: its slip_channel nowhere is not configured",
            ),
            (
                row("12345678901", false, good).replace("cash = true", "card_machine = true"),
                "ereturn_template A: needs a terminal_channel: where its money waits for the bank",
            ),
            (
                row("12345678901", false, good).replace("cash = true", "cash = false"),
                "ereturn_template A: takes nothing: set cash, cheques or card_machine",
            ),
            (
                row("12345678901", false, good).replace("\"ER\"", "\"NO\""),
                "ereturn_template A: its method NO is not configured",
            ),
        ] {
            assert_eq!(faults_of(&toml), [fault], "{toml}");
        }
        let twice = format!("{0}{0}", row("12345678901", false, good));
        assert_eq!(faults_of(&twice), ["ereturn_template A: is there twice; codes are unique"]);
    }
}
