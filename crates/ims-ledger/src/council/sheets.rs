//! Spreadsheets whose columns a person confirmed, sender by sender.

use serde::{Deserialize, Serialize};

use super::{ConfigurationFault, Council};

/// A sender's spreadsheet: what its columns are, as a person confirmed it.
///
/// ```
/// use ims_ledger::ConfirmedSheet;
///
/// let sheet: ConfirmedSheet = toml::from_str(
///     "name = \"acme\"\nsender = \"Acme Ltd\"\nheadings = [\"Works No\", \"CT Ref\", \"Taken\"]\n\
///      columns = { reference = \"CT Ref\", amount = \"Taken\" }",
/// )?;
/// assert!(sheet.has("ct  ref") && !sheet.has("Reference"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfirmedSheet {
    /// What the council calls it.
    pub name: String,
    /// Who sends it, as the rows above its headings say, or, where they say
    /// nothing, as the council's channels do.
    pub sender: String,
    /// Every heading of the sheet, whether its column matters or not.
    pub headings: Vec<String>,
    /// Whether its amounts are in pence; else in pounds.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pence: bool,
    /// The headings of the columns that matter.
    pub columns: SheetColumns,
}

/// The headings of the columns that matter, each one of the sheet's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SheetColumns {
    /// The payer's account with us.
    pub reference: String,
    /// What was paid.
    pub amount: String,
    /// `-` where the amount is taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign: Option<String>,
    /// The payer's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// When the payer paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// Whether the payment succeeded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The sender's kind of payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

impl SheetColumns {
    /// Each heading with what its column is for.
    pub fn each(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let given = [
            ("reference", Some(&self.reference)),
            ("amount", Some(&self.amount)),
            ("sign", self.sign.as_ref()),
            ("name", self.name.as_ref()),
            ("date", self.date.as_ref()),
            ("status", self.status.as_ref()),
            ("kind", self.kind.as_ref()),
        ];
        given.into_iter().filter_map(|(what, heading)| Some((what, heading?.as_str())))
    }
}

/// A heading by which it is known again: its letters and digits, in small.
fn plain(heading: &str) -> String {
    heading.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

impl ConfirmedSheet {
    /// Whether it has that heading, whatever its case, blanks and signs.
    #[must_use]
    pub fn has(&self, heading: &str) -> bool {
        self.headings.iter().any(|own| plain(own) == plain(heading))
    }
}

/// Everything wrong with the sheets of `council`.
pub(super) fn faults(council: &Council) -> Vec<ConfigurationFault> {
    let mut found = Vec::new();
    for (nth, sheet) in council.sheet.iter().enumerate() {
        let mut add = |what: String| {
            found.push(ConfigurationFault { place: format!("sheet {}", sheet.name), what });
        };
        if sheet.sender.trim().is_empty() {
            add("names no sender; whoever sends it would be right".to_owned());
        }
        for (nth, heading) in sheet.headings.iter().enumerate() {
            let name = plain(heading);
            if !name.is_empty() && sheet.headings.iter().take(nth).any(|it| plain(it) == name) {
                add(format!("has the heading `{heading}` twice"));
            }
        }
        let mut taken: Vec<String> = Vec::new();
        for (what, heading) in sheet.columns.each() {
            let name = plain(heading);
            if name.is_empty() || !sheet.has(heading) {
                let all = sheet.headings.join("`, `");
                add(format!("{what} is `{heading}`; one of its headings, `{all}`, would be right"));
            } else if taken.contains(&name) {
                add(format!("{what} is `{heading}`, which is another column already"));
            }
            taken.push(name);
        }
        let same = |other: &&super::ConfirmedSheet| {
            other.sender.eq_ignore_ascii_case(&sheet.sender)
                && other.headings.len() == sheet.headings.len()
                && sheet.headings.iter().all(|heading| other.has(heading))
        };
        if let Some(other) = council.sheet.iter().take(nth).find(same) {
            add(format!("has the sender and the headings of sheet {}; one is enough", other.name));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults_of(sheets: &str) -> Vec<String> {
        let council: Council =
            toml::from_str(&format!("code = \"T\"\nname = \"T\"\n{sheets}")).unwrap();
        council.faults().iter().map(ToString::to_string).collect()
    }

    const ACME: &str = "[[sheet]]\nname = \"acme\"\nsender = \"Acme\"\n\
        headings = [\"Works No\", \"CT Ref\", \"Taken\", \"\", \"\"]\n\
        columns = { reference = \"CT ref.\", amount = \"Taken\" }\n";

    #[test]
    fn each_column_is_one_of_the_headings() {
        assert_eq!(faults_of(ACME), [""; 0]);
        for (old, new, wanted) in [
            (
                "amount = \"Taken\"",
                "amount = \"Paid\"",
                "sheet acme: amount is `Paid`; one of its headings, `Works No`, `CT Ref`, `Taken`, ``, ``, would be right",
            ),
            (
                "amount = \"Taken\"",
                "amount = \"CT Ref\"",
                "sheet acme: amount is `CT Ref`, which is another column already",
            ),
            ("\"Works No\"", "\"taken\"", "sheet acme: has the heading `Taken` twice"),
            (
                "sender = \"Acme\"",
                "sender = \" \"",
                "sheet acme: names no sender; whoever sends it would be right",
            ),
        ] {
            assert_eq!(faults_of(&ACME.replace(old, new)), [wanted]);
        }
        let twice = format!("{ACME}{}", ACME.replace("\"acme\"", "\"other\""));
        assert_eq!(
            faults_of(&twice),
            ["sheet other: has the sender and the headings of sheet acme; one is enough"]
        );
        let named_alike = format!("{ACME}{}", ACME.replace("\"Acme\"", "\"Bolt\""));
        assert_eq!(faults_of(&named_alike).len(), 1, "{:?}", faults_of(&named_alike));
    }
}
