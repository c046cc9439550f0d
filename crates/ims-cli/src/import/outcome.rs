use ims_app::{ImportSummary, Imported};
use serde_json::{Value, json};

use crate::{CliError, Exit, answer::counted};

/// The most remarks a person is shown of one file.
const REMARKS_SHOWN: usize = 20;

/// What became of one file.
#[derive(Debug)]
pub(crate) struct Outcome {
    path: String,
    what: What,
}

#[derive(Debug)]
enum What {
    Came(Imported),
    Failed { exit: Exit, sentence: String },
}

impl Outcome {
    pub(crate) const fn came(path: String, imported: Imported) -> Self {
        Self { path, what: What::Came(imported) }
    }

    pub(crate) fn failed(path: String, error: &CliError) -> Self {
        let what = What::Failed { exit: error.exit(), sentence: error.sentence() };
        Self { path, what }
    }

    pub(crate) const fn exit(&self) -> Exit {
        match &self.what {
            What::Came(Imported::Now(summary)) if summary.suspense > 0 => Exit::SeeTo,
            What::Came(Imported::Quarantined { .. }) => Exit::SeeTo,
            What::Came(Imported::Now(_) | Imported::Before(_)) => Exit::Done,
            What::Failed { exit, .. } => *exit,
        }
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// What standard error is told.
    pub(crate) fn complaint(&self) -> Option<&str> {
        match &self.what {
            What::Failed { sentence, .. } => Some(sentence),
            What::Came(_) => None,
        }
    }

    /// Why it may not be put with those that are done.
    pub(crate) fn refusal(&self) -> Option<String> {
        match &self.what {
            What::Failed { sentence, .. } => Some(sentence.clone()),
            What::Came(Imported::Quarantined { reason }) => Some(format!(
                "{reason}; it is kept aside, and `ims import PATH --accept REASON` takes it in"
            )),
            What::Came(Imported::Now(_) | Imported::Before(_)) => None,
        }
    }

    pub(crate) fn json(&self, is_dry_run: bool) -> Value {
        let path = &self.path;
        match &self.what {
            What::Came(Imported::Now(summary)) if is_dry_run => {
                let mut document = in_figures(path, "would be imported", summary);
                // Nothing was kept, so nothing has an id.
                if let Some(fields) = document.as_object_mut() {
                    fields.remove("id");
                }
                document
            }
            What::Came(Imported::Now(summary)) => in_figures(path, "imported", summary),
            What::Came(Imported::Before(summary)) => in_figures(path, "imported before", summary),
            What::Came(Imported::Quarantined { reason }) => {
                json!({ "path": path, "outcome": "kept aside", "message": reason })
            }
            What::Failed { exit, sentence } => {
                let outcome = if *exit == Exit::Refused { "refused" } else { "not imported" };
                json!({ "path": path, "outcome": outcome, "message": sentence })
            }
        }
    }

    pub(crate) fn lines(&self, is_dry_run: bool) -> Vec<String> {
        let path = &self.path;
        match &self.what {
            What::Came(Imported::Now(summary)) => {
                let done = if is_dry_run { "would be imported" } else { "imported" };
                let id =
                    if is_dry_run { String::new() } else { format!(", import {}", summary.id) };
                let mut lines = vec![format!("{path}: {done}, {}{id}", figures(summary))];
                let shown = summary.remarks.iter().take(REMARKS_SHOWN);
                lines.extend(shown.map(|remark| format!("  {remark}")));
                let more = summary.remarks.len().saturating_sub(REMARKS_SHOWN);
                if more > 0 {
                    lines.push(format!("  and {}", counted(more, "more remark", "more remarks")));
                }
                lines
            }
            What::Came(Imported::Before(summary)) => {
                vec![format!("{path}: imported before as import {}; nothing changed", summary.id)]
            }
            What::Came(Imported::Quarantined { reason }) => {
                vec![format!("{path}: kept aside, nothing posted: {reason}")]
            }
            // Standard error has said it.
            What::Failed { .. } => Vec::new(),
        }
    }
}

fn figures(summary: &ImportSummary) -> String {
    let rows = counted(summary.rows, "row", "rows");
    let suspense = match summary.suspense {
        0 => String::new(),
        count => format!("; {count} of them to suspense, {}", summary.suspense_total),
    };
    format!("{}, {rows}, {} in all{suspense}", summary.format, summary.total)
}

fn in_figures(path: &str, outcome: &str, summary: &ImportSummary) -> Value {
    json!({
        "path": path, "outcome": outcome, "id": summary.id, "format": summary.format,
        "rows": summary.rows, "total_pence": summary.total, "suspense": summary.suspense,
        "suspense_pence": summary.suspense_total, "remarks": summary.remarks,
    })
}
