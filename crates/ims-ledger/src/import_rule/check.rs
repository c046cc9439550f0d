//! What is wrong with import rules, before any row meets them.

use super::{ImportRule, Ready};
use crate::{Council, Field};

impl ImportRule {
    /// What is wrong with the rule in `council`, and what would be right.
    #[must_use]
    pub fn faults(&self, council: &Council) -> Vec<String> {
        let mut faults = Vec::new();
        if self.name.trim().is_empty() {
            faults.push("has no name".to_owned());
        }
        if let (Some(from), Some(until)) = (self.from, self.until)
            && until < from
        {
            faults.push(format!("ends on {until}, before it begins on {from}"));
        }
        if self.when.len() > 1 && self.when.iter().any(Vec::is_empty) {
            faults.push("has a group without conditions: it would hold for every row".to_owned());
        }
        if self.set.is_empty() {
            faults.push("sets nothing".to_owned());
        }
        if self.set.negate && self.formats.is_empty() {
            faults
                .push("negates amounts: name the formats whose sender turns its signs".to_owned());
        }
        match Ready::new(council, self) {
            Ok(ready) => faults.extend(ready.unknown(council)),
            Err(bad) => faults.push(bad),
        }
        faults
    }
}

impl Ready<'_> {
    /// Values it sets that are not configured.
    fn unknown(&self, council: &Council) -> Vec<String> {
        let mut unknown = Vec::new();
        for action in &self.actions {
            let known: Box<dyn Fn(&str) -> bool> = match action.field {
                Field::Fund => {
                    Box::new(|code| council.fund.iter().any(|f| f.code.as_str() == code))
                }
                Field::Method => {
                    Box::new(|code| council.method.iter().any(|m| m.code.as_str() == code))
                }
                Field::VatCode => {
                    Box::new(|code| council.vat.iter().any(|v| v.code.as_str() == code))
                }
                Field::Office => {
                    Box::new(|code| council.office.iter().any(|o| o.code.as_str() == code))
                }
                Field::Reference | Field::Narrative | Field::Amount | Field::Code | Field::Date => {
                    Box::new(|_| true)
                }
            };
            for value in action.settled() {
                if !value.is_empty() && !known(value) {
                    let field = action.field.name();
                    unknown.push(format!("sets {field} `{value}`, which is not configured"));
                }
            }
        }
        unknown.dedup();
        unknown
    }
}
