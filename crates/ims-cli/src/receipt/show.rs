use ims_app::{AppError, ShownLine, ShownReceipt};
use ims_ledger::ReceiptNumber;
use serde_json::{Value, json};

use crate::{Answer, CliError, Desk, Globals, desk::instant, error::bad};

pub(super) async fn run(
    number: ReceiptNumber,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    let shown = match books.receipt(&number.to_string()).await {
        Err(AppError::NotFound { .. }) => return Err(bad(format!("there is no receipt {number}"))),
        other => other?,
    };
    let receipt = &shown.receipt;
    let mut answer = Answer::of(as_json(&shown)).say(format!(
        "receipt {}: {} by {} on {}, counts in {}",
        receipt.number, receipt.total, receipt.method, receipt.happened_on, receipt.accounting_day
    ));
    for (what, text) in told(&shown) {
        answer = answer.say(format!("  {what} {text}"));
    }
    let lines = shown.lines.iter().map(|shown| {
        let ShownLine { line, state, .. } = shown;
        [
            line.fund.clone(),
            line.reference.clone(),
            line.amount.to_string(),
            line.vat_code.clone().unwrap_or_default(),
            line.vat.to_string(),
            state.used.to_string(),
        ]
    });
    let answer = answer.table(["fund", "reference", ">amount", "VAT", ">held", ">taken"], lines);
    let uses = shown.lines.iter().flat_map(|line| &line.uses).map(|used| {
        [used.purpose.clone(), used.amount.to_string(), used.by.clone(), instant(used.at)]
    });
    let answer = answer.table(["taken by", ">amount", "who", "when"], uses);
    let sides = shown.postings.iter().map(|side| {
        [side.side.as_str().to_owned(), side.account.to_string(), side.amount.to_string()]
    });
    Ok(answer.table(["side", "account", ">amount"], sides))
}

/// What there is to tell beside the lines.
fn told(shown: &ShownReceipt) -> Vec<(&'static str, String)> {
    let receipt = &shown.receipt;
    let file = shown.file_name.as_ref().zip(receipt.import);
    let file = file.map(|(name, (_, line))| format!("{name}, line {line}"));
    let redirected = shown.redirected_from.join(", ");
    let said = [
        ("taken at", receipt.office.clone()),
        ("posted by", Some(shown.entry.actor.clone())),
        ("came in", file),
        ("says", Some(shown.words.clone())),
        ("redirected from", Some(redirected)),
        ("undoes", shown.reverses.clone()),
        ("undone by", shown.undone_by.clone()),
    ];
    let there = said.into_iter().filter_map(|(what, text)| text.map(|text| (what, text)));
    there.filter(|(_, text)| !text.is_empty()).collect()
}

fn as_json(shown: &ShownReceipt) -> Value {
    let receipt = &shown.receipt;
    let import =
        receipt.import.map(|(id, line)| json!({ "id": id, "line": line, "file": shown.file_name }));
    json!({
        "id": receipt.id, "number": receipt.number, "date": receipt.happened_on,
        "accounting_day": receipt.accounting_day, "known_at": instant(receipt.posted_at),
        "method": receipt.method, "office": receipt.office, "total_pence": receipt.total,
        "narrative": shown.words, "by": shown.entry.actor, "import": import,
        "redirected_from": shown.redirected_from, "reverses": shown.reverses,
        "undone_by": shown.undone_by,
        "lines": shown.lines.iter().map(line_json).collect::<Vec<_>>(),
        "entry": {
            "id": shown.entry.id, "kind": shown.entry.kind, "sha256": shown.entry.hash.to_string(),
            "postings": shown.postings.iter().map(|side| json!({
                "account": side.account, "side": side.side.as_str(), "amount_pence": side.amount,
            })).collect::<Vec<_>>(),
        },
    })
}

fn line_json(shown: &ShownLine) -> Value {
    let ShownLine { line, state, uses, .. } = shown;
    json!({
        "fund": line.fund, "reference": line.reference, "amount_pence": line.amount,
        "vat_code": line.vat_code, "vat_basis_points": line.vat_basis_points,
        "vat_pence": line.vat, "taken_pence": state.used,
        "uses": uses.iter().map(|used| json!({
            "purpose": used.purpose, "amount_pence": used.amount, "vat_pence": used.vat,
            "by": used.by, "at": instant(used.at), "subject": used.subject.to_string(),
        })).collect::<Vec<_>>(),
    })
}
