//! Rules as TOML text, read and written.

use std::ops::Range;

use serde::Deserialize;
use thiserror::Error;
use toml::Spanned;

use super::{BadRules, Rule, Rules};

/// A text of rules that cannot be used: where, what, and what would be right.
///
/// The file is the caller's to name: `format!("{path}, {fault}")`.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line}: {what}")]
pub struct BadRulesText {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub what: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    #[serde(default)]
    rule: Vec<Spanned<Rule>>,
}

impl Rules {
    /// Reads rules from TOML text and [checks](Self::check) them.
    ///
    /// ```
    /// use ims_reconcile::Rules;
    ///
    /// let rules = Rules::read(r#"
    ///     [[rule]]
    ///     name = "exact"
    ///     says = "{reference} and {amount} agree, paid {when}"
    ///     how.same_reference.days = { after = 5 }
    /// "#)?;
    /// assert_eq!(Rules::read(&rules.text())?, rules);
    ///
    /// let fault = Rules::read("[[rule]]\nname = \"exact\"\nhow = 3").unwrap_err();
    /// assert_eq!(fault.line, 3);
    /// # Ok::<(), ims_reconcile::rules::BadRulesText>(())
    /// ```
    ///
    /// # Errors
    /// When the text is no TOML, has a key that is not known or lacks one, or fails the check:
    /// with its line.
    pub fn read(text: &str) -> Result<Self, BadRulesText> {
        let read: Read = toml::from_str(text).map_err(|fault| BadRulesText {
            line: line_of(text, fault.span()),
            what: fault.message().replace('\n', ", "),
        })?;
        if read.rule.is_empty() {
            let what = "there is no rule; each begins with [[rule]]".to_owned();
            return Err(BadRulesText { line: 1, what });
        }
        let places: Vec<Range<usize>> = read.rule.iter().map(Spanned::span).collect();
        let rules = Self { rule: read.rule.into_iter().map(Spanned::into_inner).collect() };
        rules.check().map_err(|fault| {
            // Of two rules of one name the second is at fault.
            let named = |rule: &Rule| match fault.rule() {
                Some(name) => rule.name == name,
                None => rule.name.trim().is_empty(),
            };
            let place = match &fault {
                BadRules::SameName(_) => rules.rule.iter().rposition(named),
                _ => rules.rule.iter().position(named),
            };
            let place = place.and_then(|place| places.get(place)).cloned();
            BadRulesText { line: line_of(text, place), what: fault.to_string() }
        })?;
        Ok(rules)
    }

    /// The rules as TOML text, as [`read`](Self::read) takes them.
    #[must_use]
    pub fn text(&self) -> String {
        toml::to_string(self).unwrap_or_default()
    }
}

fn line_of(text: &str, place: Option<Range<usize>>) -> usize {
    let before = text.get(..place.map_or(0, |place| place.start)).unwrap_or(text);
    before.matches('\n').count().saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let good = "[[rule]]\nname = \"a\"\nsays = \"x\"\nhow.batch.days.after = 7\n";
        let with = |second: &str| Rules::read(&format!("{good}\n{second}")).unwrap_err();
        for (second, line, what) in [
            ("rule = [", 6, "unclosed array"),
            ("[[rule]]\nname = \"b\"\nsays = \"{sun}\"\nhow.batch.days.after = 7", 8, "`{sun}`"),
            ("[[rule]]\nname = \"b\"\nsays = \"\"\nhow.batch.dais = 7", 9, "dais"),
            ("[[rule]]\nname = \"b\"\nsay = \"\"\n", 8, "unknown field `say`, expected one of"),
            ("[[rule]]\nname = \"b\"\nsays = \"\"\n", 6, "missing field `how`"),
            ("[[rule]]\nname = \"b\"\nsays = \"\"\nhow.guess.days.after = 7", 9, "guess"),
            ("[[rule]]\nname = \"a\"\nsays = \"\"\nhow.batch.days.after = 7", 6, "called `a`"),
            (
                "[[rule]]\nname = \"b\"\nsays = \"\"\nhow.batch.days.after = 700",
                6,
                "rule `b`: days.after = 700 should be from 0 to 366",
            ),
            (
                "[[rule]]\nname = \"b\"\nsays = \"\"\nhow.other_amount.days.after = 7",
                6,
                "rule `b` may only propose",
            ),
            ("[[rule]]\nname = \" \"\nsays = \"\"\nhow.batch.days.after = 7", 6, "no name"),
        ] {
            let fault = with(second);
            assert_eq!(fault.line, line, "{second}: {fault}");
            assert!(fault.what.contains(what), "{second}: {fault}");
        }
        assert_eq!(
            Rules::read("# nothing").unwrap_err().to_string(),
            "line 1: there is no rule; each begins with [[rule]]"
        );
    }

    #[test]
    fn strict_rules_stand_first() {
        let text = "[[rule]]\nname = \"loose\"\nthen = \"propose\"\nsays = \"x\"\nhow.batch.days.after = 7\n\
                    [[rule]]\nname = \"strict\"\nsays = \"x\"\nhow.batch.days.after = 7\n";
        assert_eq!(
            Rules::read(text).unwrap_err().to_string(),
            "line 6: rule `strict` matches but stands below `loose`, which only proposes; \
             put the strict rules first"
        );
    }
}
