//! What was found, as a file for a spreadsheet.

use std::{
    fs::{self, File},
    io::BufWriter,
    path::Path,
};

use ims_app::{Books, FindReceipts};
use ims_files::layout::no_formula;
use ims_ledger::id::ReceiptId;
use ims_store::ReceiptView;
use serde_json::json;

use crate::{Answer, CliError, answer::counted, source::beside};

/// How many receipts are asked for at a time.
const PAGE: i64 = 500;

const COLUMNS: [&str; 8] =
    ["receipt", "paid", "counts in", "method", "fund", "reference", "amount", "narrative"];

/// Writes all that is found beside its place as it comes, then moves it there.
pub(super) async fn write(
    books: &Books,
    find: &FindReceipts,
    before: Option<ReceiptId>,
    out: &Path,
) -> Result<Answer, CliError> {
    let at = |source| CliError::Write { path: out.to_owned(), source };
    let part = beside(out, "part");
    let file = File::create(&part).map_err(at)?;
    let written = lines(books, find, before, &file).await;
    let done = match written {
        Ok(lines) => {
            file.sync_all().and_then(|()| fs::rename(&part, out)).map(|()| lines).map_err(at)
        }
        Err(Failed::Asking(error)) => Err(*error),
        Err(Failed::Writing(source)) => Err(at(source)),
    };
    if done.is_err() {
        let _ = fs::remove_file(&part);
    }
    let lines = done?;
    let document = json!({ "file": out.display().to_string(), "lines": lines });
    Ok(Answer::of(document).say(format!(
        "{} written: {}",
        out.display(),
        counted(lines, "line", "lines")
    )))
}

enum Failed {
    Asking(Box<CliError>),
    Writing(std::io::Error),
}

async fn lines(
    books: &Books,
    find: &FindReceipts,
    mut before: Option<ReceiptId>,
    file: &File,
) -> Result<u64, Failed> {
    let wrong = |error: csv::Error| Failed::Writing(error.into());
    let mut csv = csv::Writer::from_writer(BufWriter::new(file));
    csv.write_record(COLUMNS).map_err(wrong)?;
    let mut lines = 0_u64;
    loop {
        let found = books.find_receipts(find, before, PAGE).await;
        let found = found.map_err(|error| Failed::Asking(Box::new(error.into())))?;
        let Some(last) = found.last() else { break };
        before = Some(last.id);
        for line in &found {
            csv.write_record(row(line)).map_err(wrong)?;
            lines = lines.saturating_add(1);
        }
    }
    csv.flush().map_err(Failed::Writing)?;
    Ok(lines)
}

fn row(line: &ReceiptView) -> [String; 8] {
    [
        line.number.clone(),
        line.happened_on.to_string(),
        line.accounting_day.to_string(),
        line.method.clone(),
        line.fund.clone(),
        no_formula(&line.reference),
        line.amount.to_string(),
        no_formula(&line.narrative),
    ]
}
