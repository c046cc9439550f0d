//! Import rules: what rows are changed into before they are placed.

use std::borrow::Cow;

use chrono::NaiveDate;
use ims_ledger::{Council, Field, ImportRule, IncomingReceipt, Row, When};
use ims_money::Pence;

use crate::{AppError, Result};

/// The rules that apply to a format, ready.
pub(super) struct ImportRules<'a>(Vec<(&'a ImportRule, When)>);

impl<'a> ImportRules<'a> {
    /// The enabled rules of `council` for `format`: those that name it first,
    /// then those for all formats; the last to set a field wins.
    pub(super) fn of(council: &'a Council, format: &str) -> Result<Self> {
        let enabled = || council.import_rule.iter().filter(|rule| !rule.disabled);
        let own = enabled().filter(|rule| rule.formats.iter().any(|name| name == format));
        let global = enabled().filter(|rule| rule.formats.is_empty());
        let ready = own.chain(global).map(|rule| Ok((rule, When::new(&rule.when)?)));
        let ready = ready.collect::<Result<_, ims_ledger::BadCondition>>();
        ready.map(Self).map_err(|bad| AppError::BadInput(bad.to_string()))
    }

    /// Changes a row by every rule that holds for it.
    pub(super) fn apply(&self, row: &mut IncomingReceipt) {
        for (rule, when) in &self.0 {
            let begun = rule.from.is_none_or(|from| row.date >= from);
            let lasts = rule.until.is_none_or(|until| row.date <= until);
            if begun && lasts && when.holds(&Incoming(row)) {
                set(row, rule);
            }
        }
    }
}

fn set(row: &mut IncomingReceipt, rule: &ImportRule) {
    let to = &rule.set;
    if let Some(fund) = &to.fund {
        row.fund = Some(fund.clone()).filter(|fund| !fund.is_empty());
    }
    if let Some(reference) = &to.reference {
        row.reference.clone_from(reference);
    }
    for (field, value) in [
        (&mut row.method, &to.method),
        (&mut row.narrative, &to.narrative),
        (&mut row.vat_code, &to.vat_code),
    ] {
        if value.is_some() {
            field.clone_from(value);
        }
    }
}

struct Incoming<'a>(&'a IncomingReceipt);

impl Row for Incoming<'_> {
    fn text(&self, field: Field) -> Cow<'_, str> {
        let text = |text: &'_ Option<String>| Cow::Owned(text.clone().unwrap_or_default());
        match field {
            Field::Reference => Cow::Borrowed(self.0.reference.as_str()),
            Field::Fund => text(&self.0.fund),
            Field::Method => text(&self.0.method),
            Field::Office => text(&self.0.office),
            Field::Narrative => text(&self.0.narrative),
            Field::Code => Cow::Borrowed(""),
            Field::Amount => Cow::Owned(self.0.amount.to_string()),
            Field::Date => Cow::Owned(self.0.date.to_string()),
        }
    }

    fn amount(&self) -> Pence {
        self.0.amount
    }

    fn date(&self) -> NaiveDate {
        self.0.date
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> IncomingReceipt {
        IncomingReceipt {
            line: 1,
            date: NaiveDate::from_ymd_opt(2026, 4, 1).unwrap(),
            amount: Pence::new(100),
            reference: "R1".to_owned(),
            fund: Some("OLD".to_owned()),
            method: None,
            office: None,
            vat_code: None,
            vat: None,
            narrative: None,
            source_ref: None,
            batch: None,
        }
    }

    fn fund_after(rules: &str) -> Option<String> {
        let council: Council =
            toml::from_str(&format!("code = \"T\"\nname = \"T\"\n{rules}")).unwrap();
        let mut row = row();
        ImportRules::of(&council, "receipts-csv").unwrap().apply(&mut row);
        row.fund
    }

    #[test]
    fn a_rule_changes_what_it_holds_for_and_nothing_else() {
        let rule = |extra: &str, fund: &str| {
            format!(
                "[[import_rule]]\nname = \"r\"\n{extra}\nset = {{ fund = \"{fund}\" }}\nwhen = [[{{ field = \"reference\", is = \"starts-with\", value = \"R\" }}]]\n"
            )
        };
        for (rules, fund) in [
            (rule("", "HR"), Some("HR")),
            (rule("disabled = true", "HR"), Some("OLD")),
            (rule("from = \"2026-04-02\"", "HR"), Some("OLD")),
            (rule("until = \"2026-03-31\"", "HR"), Some("OLD")),
            (rule("formats = [\"mt940\"]", "HR"), Some("OLD")),
            (rule("formats = [\"receipts-csv\"]", "HR"), Some("HR")),
            (rule("", ""), None),
            (rule("", "A") + rule("", "B").as_str(), Some("B")),
            (rule("", "A") + rule("formats = [\"receipts-csv\"]", "B").as_str(), Some("A")),
        ] {
            assert_eq!(fund_after(&rules).as_deref(), fund, "{rules}");
        }
    }
}
