use ims_app::Books;
use ims_ledger::id::ImportId;
use ims_store::{ImportRow, OpenSuspense};
use serde_json::{Value, json};

use crate::{
    Answer, CliError,
    answer::counted,
    desk::{instant, minute},
    suspense::{as_json, meant, perhaps, with_meant},
};

/// The most receipts or items of one import that are listed.
const ROWS_SHOWN: usize = 500;

/// The most that a person is shown.
const ROWS_PRINTED: usize = 40;

pub(super) async fn list(
    books: &Books,
    limit: i64,
    before: Option<ImportId>,
) -> Result<Answer, CliError> {
    let imports = books.imports(before, limit).await?;
    let aside = books.quarantined().await?;
    let kept: Vec<_> = aside
        .iter()
        .map(|file| {
            json!({
                "file": file.file_name, "format": file.format, "reason": file.reason,
                "sha256": file.content_hash.to_string(), "since": instant(file.quarantined_at),
            })
        })
        .collect();
    let documents: Vec<_> = imports.iter().map(document).collect();
    let mut answer = Answer::of(json!({ "imports": documents, "kept_aside": kept }));
    if imports.is_empty() {
        answer = answer.say("nothing has been imported yet");
    }
    let rows = imports.iter().map(|row| {
        let state = if row.reversed_at.is_some() { "reversed" } else { "" };
        [
            row.id.to_string(),
            minute(row.imported_at),
            row.file_name.clone(),
            row.format.clone(),
            row.rows.to_string(),
            row.total.to_string(),
            row.suspense_rows.to_string(),
            state.to_owned(),
        ]
    });
    let columns = ["import", "when", "file", "format", ">rows", ">total", ">suspense", ""];
    answer = answer.table(columns, rows);
    if !aside.is_empty() {
        answer = answer.say("kept aside, nothing posted:");
    }
    let rows = aside.iter().map(|file| [file.file_name.clone(), file.reason.clone()]);
    Ok(answer.table(["file", "why"], rows))
}

pub(super) async fn show(books: &Books, id: ImportId) -> Result<Answer, CliError> {
    let (row, receipts, suspense) = books.import_shown(id).await?;
    let meant = meant(books, suspense.iter().take(ROWS_SHOWN)).await?;
    let lines = |receipt: &ims_store::ReceiptRow| -> Vec<Value> {
        let line = |line: &ims_store::ReceiptLineRow| json!({ "fund": line.fund, "reference": line.reference, "amount_pence": line.amount });
        receipt.lines.iter().map(line).collect()
    };
    let receipt = |receipt: &ims_store::ReceiptRow| {
        json!({
            "number": receipt.number, "date": receipt.happened_on, "method": receipt.method,
            "line": receipt.import.map(|(_, line)| line), "total_pence": receipt.total,
            "lines": lines(receipt),
        })
    };
    let mut document = document(&row);
    if let Some(fields) = document.as_object_mut() {
        let shown = receipts.iter().take(ROWS_SHOWN).map(receipt).collect();
        fields.insert("receipts".to_owned(), Value::Array(shown));
        let item = |item: &OpenSuspense| with_meant(as_json(item), &meant, item.id);
        let items = suspense.iter().take(ROWS_SHOWN).map(item).collect();
        fields.insert("suspense_items".to_owned(), Value::Array(items));
        fields.insert("receipt_count".to_owned(), json!(receipts.len()));
        fields.insert("suspense_count".to_owned(), json!(suspense.len()));
    }
    let reversed = row.reversed_at.map(|at| format!(", reversed {}", minute(at)));
    let mut answer = Answer::of(document).say(format!(
        "import {}: {} ({}), taken in {} by {}{}",
        row.id,
        row.file_name,
        row.format,
        minute(row.imported_at),
        row.imported_by,
        reversed.unwrap_or_default(),
    ));
    answer = answer.say(format!(
        "{}, {} in all: {}, {}",
        counted(row.rows, "row", "rows"),
        row.total,
        counted(receipts.len(), "receipt", "receipts"),
        counted(suspense.len(), "suspense item", "suspense items"),
    ));
    let rows = receipts.iter().take(ROWS_PRINTED).flat_map(|receipt| {
        receipt.lines.iter().map(|line| {
            [
                receipt.import.map(|(_, line)| line.to_string()).unwrap_or_default(),
                receipt.number.clone(),
                receipt.happened_on.to_string(),
                line.fund.clone(),
                line.reference.clone(),
                line.amount.to_string(),
            ]
        })
    });
    answer = answer.table([">line", "receipt", "date", "fund", "reference", ">amount"], rows);
    let rows = suspense.iter().take(ROWS_PRINTED).map(|item| {
        [
            item.id.to_string(),
            item.remaining.to_string(),
            item.reference.clone(),
            item.reason.clone(),
            perhaps(&meant, item.id),
        ]
    });
    Ok(answer.table(["suspense", ">left", "reference", "why", "perhaps"], rows))
}

fn document(row: &ImportRow) -> Value {
    json!({
        "id": row.id, "file": row.file_name, "format": row.format, "rows": row.rows,
        "total_pence": row.total, "suspense": row.suspense_rows, "remarks": row.warnings,
        "sha256": row.content_hash.to_string(), "imported_at": instant(row.imported_at),
        "imported_by": row.imported_by, "configuration": row.config_version,
        "accepted_because": row.accepted_because, "reversed_at": row.reversed_at.map(instant),
    })
}
