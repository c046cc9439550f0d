//! The rules of a run: a preset, or the council's own, as its configuration says.

use ims_ledger::Council;
use ims_reconcile::{
    Rules,
    rules::{How, PRESETS},
};

use crate::{AppError, Books, Permission, Result};

/// What a council has that says nothing.
const PRESET: &str = "careful";

/// Names that explanations go by which no rule of a council's made.
const TAKEN: [&str; 16] = [
    super::advices::RULE,
    super::by_hand::BY_HAND,
    super::identify::RULE,
    super::late_payments::RULE,
    super::proposals::TOLD_BEFORE,
    super::proposals::TOLD_OTHER_AMOUNT,
    crate::close_day::TO_SUSPENSE,
    crate::payments::RENAMED,
    crate::record_return::UNDONE_RULE,
    crate::refund_steps::BOUNCED_RULE,
    crate::refund_steps::PAID_RULE,
    crate::return_suspense::PAID,
    crate::reverse_import::RULE,
    crate::tills::PAID_IN,
    crate::undo_match::NO_MORE,
    crate::write_off::ACCEPTED,
];

/// The rules by which bank lines are matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulesInForce {
    /// The version of the configuration that says so; none for a preset that was asked for.
    pub version: Option<i64>,
    /// The preset's name; none where they are the council's own.
    pub preset: Option<String>,
    /// The rules as TOML, to go on from.
    pub text: String,
}

impl Books {
    /// The rules in force, or those of a preset, as text to go on from.
    ///
    /// # Errors
    ///
    /// [`AppError::BadInput`] when there is no such preset.
    pub async fn reconcile_rules(&self, preset: Option<&str>) -> Result<RulesInForce> {
        self.actor().needs(Permission::SeeBank)?;
        if let Some(name) = preset {
            let (_, text) = of_preset(name).map_err(AppError::BadInput)?;
            return Ok(RulesInForce { version: None, preset: Some(name.to_owned()), text });
        }
        let settings = self.settings().await?;
        let version = Some(settings.version);
        let council = &settings.council.reconcile;
        match (&council.rules, council.preset.as_deref().unwrap_or(PRESET)) {
            (Some(text), _) => {
                Ok(RulesInForce { version, preset: None, text: text.trim_start().to_owned() })
            }
            (None, name) => {
                let (_, text) = of_preset(name).map_err(AppError::BadInput)?;
                Ok(RulesInForce { version, preset: Some(name.to_owned()), text })
            }
        }
    }
}

/// The rules of a council.
///
/// # Errors
///
/// [`AppError::BadInput`] where they do not read (any more).
pub(crate) fn rules_of(council: &Council) -> Result<Rules> {
    let settings = &council.reconcile;
    let rules = match (&settings.rules, settings.preset.as_deref().unwrap_or(PRESET)) {
        (Some(text), _) => own(text),
        (None, name) => of_preset(name).map(|(rules, _)| rules),
    };
    rules.map_err(|fault| AppError::BadInput(format!("the rules of [reconcile]: {fault}")))
}

/// Everything wrong with the rules of a council.
pub(crate) fn faults(council: &Council) -> Vec<String> {
    let rules = rules_of(council).err().map(|fault| match fault {
        AppError::BadInput(what) => what,
        other => other.to_string(),
    });
    let banks = council.bank_rule.iter().filter_map(|rule| taken(&rule.name));
    rules.into_iter().chain(banks.map(|what| format!("bank_rule: {what}"))).collect()
}

/// A preset as a run takes it: a fee is posted from its settlement, never inferred from a
/// difference.
fn of_preset(name: &str) -> Result<(Rules, String), String> {
    let known = || PRESETS.map(|(name, _)| name).join(" or ");
    let (rules, text) = Rules::of_preset(name)
        .ok_or_else(|| format!("there is no preset `{name}`; {} would be right", known()))?;
    if rules.check_to_post().is_ok() {
        return Ok((rules, text.to_owned()));
    }
    let rules = rules.with_fees_proposed();
    let text = rules.text();
    Ok((rules, text))
}

/// A council's own rules, or what is wrong with them.
pub(super) fn own(text: &str) -> Result<Rules, String> {
    let rules = Rules::read(text).map_err(|fault| fault.to_string())?;
    rules.check_to_post().map_err(|fault| fault.to_string())?;
    match rules.rule.iter().find_map(|rule| taken(&rule.name)) {
        Some(what) => Err(what),
        None => Ok(rules),
    }
}

fn taken(name: &str) -> Option<String> {
    TAKEN.contains(&name.trim()).then(|| {
        format!(
            "rule `{name}`: that name is what the program calls a match of its own; give another"
        )
    })
}

/// As a run has them. Which two rows of a day make an amount cannot be asked by key; that rule
/// only proposes, and a run shows no proposals.
pub(super) fn of_run(mut rules: Rules) -> Rules {
    rules.rule.retain(|rule| !matches!(rule.how, How::Joint { edits: 1.., .. }));
    rules
}
