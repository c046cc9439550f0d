use std::io::BufRead;

use super::{BankRow, book::Book, day, money};
use crate::{
    Confidence, Format, Head, Record, Verdict,
    lines::{Lines, first_lines},
    out::Out,
    verdict::Faults,
};

/// Santander's text file: four lines with labels for each transaction. See
/// `docs/formats/santander-txt.md`.
pub(crate) struct SantanderTxt;

impl Format for SantanderTxt {
    fn name(&self) -> &'static str {
        "santander-txt"
    }

    fn title(&self) -> &'static str {
        "Santander transactions (text)"
    }

    fn page(&self) -> &'static str {
        "docs/formats/santander-txt.md"
    }

    fn recognise(&self, head: &Head<'_>) -> Confidence {
        let lines = first_lines(head.bytes, 6);
        let has = |label: &str| lines.iter().any(|line| value(line, label).is_some());
        if has("From") && has("Account") && (has("Date") || lines.len() < 3) {
            Confidence::Sure
        } else if has("Date") && has("Description") && has("Amount") {
            Confidence::Maybe
        } else {
            Confidence::No
        }
    }

    fn read(&self, input: &mut dyn BufRead, sink: &mut dyn FnMut(Record)) -> Verdict {
        let mut lines = Lines::new(input);
        let mut faults = Faults::default();
        let mut book = Book::new(Out::new(sink));
        let mut draft = Draft::default();
        let mut account = String::new();
        while let Some(line) = lines.next() {
            let line = line.replace('\u{a0}', " ");
            if let Some(text) = value(&line, "Account") {
                account = text.to_owned();
                book.unnamed(account.clone());
            } else if let Some(text) = value(&line, "Date") {
                draft.give(&mut book, &mut faults);
                draft = Draft { date: text.to_owned(), ..Draft::default() };
            } else if let Some(text) = value(&line, "Description") {
                draft.text = Some(text.to_owned());
            } else if let Some(text) = value(&line, "Amount") {
                draft.amount = Some(text.to_owned());
            } else if let Some(text) = value(&line, "Balance") {
                draft.balance = text.to_owned();
            }
            if draft.line == 0 && !draft.date.is_empty() {
                draft.line = lines.number();
            }
        }
        draft.give(&mut book, &mut faults);
        if account.is_empty() {
            faults.warning(None, "no `Account:` line; say which it is when it is imported");
        }
        lines.finish(&mut faults);
        let totals = book.finish(&mut faults);
        faults.verdict(None, totals)
    }
}

/// A transaction while it is read.
#[derive(Debug, Default)]
struct Draft {
    line: u64,
    date: String,
    text: Option<String>,
    amount: Option<String>,
    balance: String,
}

impl Draft {
    fn give(&self, book: &mut Book<'_>, faults: &mut Faults) {
        if self.line == 0 {
            return;
        }
        match self.row() {
            Ok(row) => book.take(row, self.line, faults),
            Err(message) => {
                book.broken();
                faults.error(self.line, message);
            }
        }
    }

    fn row(&self) -> Result<BankRow<'_>, String> {
        let amount = self.amount.as_deref().ok_or("no `Amount:` below the date")?;
        let sterling = |text: &str| text.trim_end_matches("GBP").trim_end().to_owned();
        Ok(BankRow {
            date: day("Date", &self.date)?,
            amount: money("Amount", &sterling(amount))?,
            balance: match self.balance.as_str() {
                "" => None,
                balance => Some(money("Balance", &sterling(balance))?),
            },
            narrative: self.text.as_deref().unwrap_or_default().into(),
            ..BankRow::default()
        })
    }
}

/// What follows `label:` on a line that begins with it.
fn value<'l>(line: &'l str, label: &str) -> Option<&'l str> {
    Some(line.trim_start().strip_prefix(label)?.strip_prefix(':')?.trim())
}
