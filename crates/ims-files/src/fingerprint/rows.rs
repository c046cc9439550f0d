use crate::Record;

/// What the rows after this record belong to, and what tells those without a day of
/// their own from the same of another day; `None` where that stays as it was.
pub(super) fn about(record: &Record) -> Option<(String, String)> {
    match record {
        Record::StatementOpens(head) => {
            let sort_code = head.sort_code.as_deref().unwrap_or_default();
            Some((
                format!("statement {sort_code} {} {}", head.account, head.currency),
                String::new(),
            ))
        }
        Record::ScheduleOpens(head) => {
            let reference = || head.reference.as_deref().map(plain).unwrap_or_default();
            let day = head.date.map_or_else(reference, |date| date.to_string());
            Some((format!("schedule {}", plain(&head.sender)), day))
        }
        Record::SettlementOpens(head) => {
            Some((format!("settlement {}", plain(&head.provider)), String::new()))
        }
        Record::Line(_)
        | Record::StatementCloses(_)
        | Record::Receipt(_)
        | Record::ScheduleLine(_)
        | Record::SettlementLine(_)
        | Record::Holder(_)
        | Record::Advice(_)
        | Record::Acknowledgement(_) => None,
    }
}

/// A row as it is compared, without its place in the file; `None` where the record
/// is no row.
pub(super) fn text(record: &Record, undated: &str) -> Option<String> {
    match record {
        Record::Line(line) => Some(fields(&[
            &line.booked.to_string(),
            &line.amount.with_decimals(4).to_string(),
            line.reference.as_deref().unwrap_or_default(),
            line.bank_reference.as_deref().unwrap_or_default(),
            &line.narrative,
        ])),
        Record::Receipt(receipt) => Some(fields(&[
            "receipt",
            &receipt.date.to_string(),
            &receipt.amount.to_string(),
            &receipt.reference,
            receipt.fund.as_deref().unwrap_or_default(),
            receipt.source_ref.as_deref().unwrap_or_default(),
        ])),
        Record::ScheduleLine(line) => Some(fields(&[
            &line.reference,
            &line.amount.to_string(),
            &line.date.map_or_else(|| undated.to_owned(), |date| date.to_string()),
            line.kind.as_deref().unwrap_or_default(),
        ])),
        Record::SettlementLine(line) => Some(fields(&[
            &line.provider_ref,
            &format!("{:?}", line.kind),
            &line.date.to_string(),
            &line.gross.to_string(),
            &line.fee.to_string(),
        ])),
        Record::Advice(advice) => Some(fields(&[
            &advice.kind,
            &advice.date.to_string(),
            &advice.reference,
            &advice.code,
            advice.account.as_deref().unwrap_or_default(),
        ])),
        // The same holder again is what an extract is for.
        Record::Holder(_)
        | Record::StatementOpens(_)
        | Record::StatementCloses(_)
        | Record::ScheduleOpens(_)
        | Record::SettlementOpens(_)
        | Record::Acknowledgement(_) => None,
    }
}

fn fields(parts: &[&str]) -> String {
    let plain: Vec<String> = parts.iter().map(|part| plain(part)).collect();
    plain.join("\u{1f}")
}

/// Without differences of case and blanks.
fn plain(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").to_uppercase()
}
