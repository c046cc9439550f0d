//! One e-return, with its whole history.

use ims_app::{Books, EReturnView};
use serde_json::{Value, json};

use crate::{
    Answer, CliError,
    desk::{instant, minute},
};

pub(super) async fn run(number: &str, books: &Books) -> Result<Answer, CliError> {
    let id = books.ereturn_numbered(number).await?;
    let view = books.ereturn(id).await?;
    let (row, totals) = (&view.row, &view.totals);
    let words = format!(
        "R{} on {} ({}), taken on {}: {}, version {}",
        row.number,
        row.template,
        view.template.name,
        view.takings.taken_on,
        view.status,
        row.version
    );
    let sums = format!(
        "rows {}, counted {}: cash {}, cheques {}, card machines {}",
        totals.rows, totals.counted, totals.cash, totals.cheques, totals.card_machines
    );
    let mut answer = Answer::of(as_json(&view)).say(words).say(sums);
    if !totals.over.is_zero() {
        answer = answer.say(format!("over (short is negative) {}", totals.over));
    }
    let lines = view.takings.rows.iter().filter(|row| !row.amount.is_zero()).map(|row| {
        [
            row.row.to_string(),
            row.reference.clone(),
            row.description.clone(),
            row.vat.clone(),
            row.amount.to_string(),
        ]
    });
    answer = answer.table([">row", "reference", "description", "VAT", ">amount"], lines);
    for slip in &view.slips {
        answer = answer.say(format!("slip PS{:06} of {}: {}", slip.number, slip.kind, slip.amount));
    }
    if view.approval.is_none() {
        for missing in &view.missing {
            answer = answer.say(format!("missing: {missing}"));
        }
    }
    Ok(answer.table(["when", "who", "what", "why"], history(&view)))
}

/// What was done with it, in the order of time.
fn history(view: &EReturnView) -> Vec<[String; 4]> {
    let mut done = Vec::new();
    for version in &view.versions {
        let what = match version.version {
            1 => "made".to_owned(),
            number => format!("saved as version {number}"),
        };
        done.push((version.saved_at, version.saved_by.as_str(), what, ""));
    }
    for step in &view.steps {
        done.push((step.at, step.by.as_str(), step.step.clone(), step.reason.as_str()));
    }
    for note in &view.notes {
        done.push((note.at, note.by.as_str(), "note".to_owned(), note.note.as_str()));
    }
    if let Some(approval) = &view.approval {
        let by = approval.approved_by.as_str();
        done.push((approval.approved_at, by, "approved".to_owned(), ""));
    }
    // Versions and steps of one moment keep the order they stand in here.
    done.sort_by_key(|(at, _, _, _)| *at);
    done.into_iter()
        .map(|(at, who, what, why)| [minute(at), who.to_owned(), what, why.to_owned()])
        .collect()
}

fn as_json(view: &EReturnView) -> Value {
    let row = &view.row;
    json!({
        "id": row.id, "number": format!("R{}", row.number), "template": row.template,
        "office": row.office, "status": row.status, "version": row.version,
        "configuration": row.config_version,
        "created_by": row.created_by, "created_at": instant(row.created_at),
        "takings": view.takings,
        "rows_pence": view.totals.rows, "cash_pence": view.totals.cash,
        "cheques_pence": view.totals.cheques, "card_machines_pence": view.totals.card_machines,
        "counted_pence": view.totals.counted, "over_pence": view.totals.over,
        "missing": view.missing,
        "versions": view.versions.iter().map(|version| json!({
            "version": version.version, "by": version.saved_by, "at": instant(version.saved_at),
            "rows_pence": version.rows, "counted_pence": version.counted,
            "hash": version.content_hash.to_string(),
        })).collect::<Vec<_>>(),
        "steps": view.steps.iter().map(|step| json!({
            "step": step.step, "version": step.version, "by": step.by,
            "at": instant(step.at), "reason": step.reason,
        })).collect::<Vec<_>>(),
        "approval": view.approval.as_ref().map(|approval| json!({
            "version": approval.version, "submitted_by": approval.submitted_by,
            "submitted_at": instant(approval.submitted_at), "by": approval.approved_by,
            "at": instant(approval.approved_at), "rows_pence": approval.rows,
            "counted_pence": approval.counted, "entry": approval.entry, "receipt": approval.receipt,
        })),
        "notes": view.notes.iter().map(|note| json!({
            "note": note.note, "by": note.by, "at": instant(note.at),
        })).collect::<Vec<_>>(),
        "slips": view.slips.iter().map(|slip| json!({
            "number": format!("PS{:06}", slip.number), "kind": slip.kind,
            "amount_pence": slip.amount, "expected": slip.expected,
        })).collect::<Vec<_>>(),
    })
}
