//! `ims config plan`: what would change, path by path.

use ims_app::configuration::{Change, Plan};
use serde_json::json;

use crate::{Answer, Exit, answer::counted};

/// A plan in words; something to see to when anything would change.
pub(super) fn answer(plan: &Plan) -> Answer {
    let changes: Vec<_> = plan
        .changes
        .iter()
        .map(|change| json!({ "path": change.path, "from": change.from, "to": change.to }))
        .collect();
    let document = json!({
        "against_version": plan.version, "from": plan.from, "changes": changes,
        "warnings": plan.warnings,
    });
    let (version, from) = (plan.version, plan.from);
    let words = match plan.changes.len() {
        0 => format!("nothing would change: version {version} is in force on {from}"),
        count => format!(
            "{} against version {version}, from {from}",
            counted(count, "change", "changes")
        ),
    };
    let mut answer = Answer::of(document).say(words);
    for change in &plan.changes {
        answer = answer.say(format!("  {}", shown(change)));
    }
    for warning in &plan.warnings {
        answer = answer.say(format!("take care: {warning}"));
    }
    let is_quiet = plan.changes.is_empty() && plan.warnings.is_empty();
    answer.exit(if is_quiet { Exit::Done } else { Exit::SeeTo })
}

fn shown(Change { path, from, to }: &Change) -> String {
    match (from, to) {
        (Some(from), Some(to)) => format!("~ {path}: {from} becomes {to}"),
        (None, Some(to)) => format!("+ {path} = {to}"),
        (Some(from), None) => format!("- {path} = {from}"),
        (None, None) => format!("~ {path}"),
    }
}
