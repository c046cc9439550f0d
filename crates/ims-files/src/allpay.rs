//! The daily file of allpay: fixed-width lines and two totals.

use std::io::BufRead;

use ims_ledger::{ScheduleHead, ScheduleLine};
use ims_money::Amount;

use crate::{
    Confidence, Format, Head, Record, Verdict,
    amounts::{clipped, pence, sterling},
    columns::between,
    dates,
    lines::{Lines, first_lines},
    out::Out,
    verdict::Faults,
};

const TOTAL_AMOUNT: &str = "Total Amount Updated onto System:";
const TOTAL_COUNT: &str = "Total Transactions updated onto System:";

/// See `docs/formats/allpay.md`.
pub(crate) struct Allpay;

impl Format for Allpay {
    fn name(&self) -> &'static str {
        "allpay"
    }

    fn title(&self) -> &'static str {
        "allpay payments (fixed width with totals)"
    }

    fn page(&self) -> &'static str {
        "docs/formats/allpay.md"
    }

    fn recognise(&self, head: &Head<'_>) -> Confidence {
        let lines = first_lines(head.bytes, 20);
        if lines.iter().any(|line| trailer(line).is_some()) {
            return Confidence::Sure;
        }
        // A file without its trailer, or with a bad first line, is still allpay's.
        let shaped = |line: &String| {
            line.chars().count() == 43
                && between(line, 32, 33).chars().all(|c| c.is_ascii_uppercase())
                && between(line, 35, 36) == "/"
                && between(line, 38, 39) == "/"
        };
        if lines.iter().any(shaped) { Confidence::Sure } else { Confidence::No }
    }

    fn read(&self, input: &mut dyn BufRead, sink: &mut dyn FnMut(Record)) -> Verdict {
        let mut lines = Lines::new(input);
        let mut out = Out::new(sink);
        let mut faults = Faults::default();
        let mut stated = Stated::default();
        out.give(Record::ScheduleOpens(ScheduleHead {
            sender: "allpay".to_owned(),
            ..ScheduleHead::default()
        }));
        let mut detail = true;
        while let Some(line) = lines.next() {
            let line = line.into_owned();
            let number = lines.number();
            if let Some(trailer) = trailer(&line) {
                detail = false;
                stated.take(&trailer, number, &mut faults);
            } else if line.trim().len() < 2 {
                detail = detail && out.count() == 0;
            } else if detail {
                match payment(&line, number) {
                    Ok(line) => out.give(Record::ScheduleLine(line)),
                    Err(message) => faults.error(number, message),
                }
            } else {
                faults.error(
                    number,
                    format!(
                        "`{}` comes after the payments and is no total; nothing may",
                        clipped(&line)
                    ),
                );
            }
        }
        lines.finish(&mut faults);
        stated.compare(&out, &mut faults);
        let totals = out.totals();
        faults.verdict(None, totals)
    }
}

/// The two totals at the end.
#[derive(Default)]
struct Stated {
    amount: Option<(u64, Amount)>,
    count: Option<(u64, u64)>,
    seen: [bool; 2],
}

enum Trailer {
    Amount(String),
    Count(String),
}

fn trailer(line: &str) -> Option<Trailer> {
    let after = |label: &str| {
        let line = line.trim_start();
        let start = line.get(..label.len())?;
        start.eq_ignore_ascii_case(label).then(|| line.get(label.len()..))?
    };
    if let Some(amount) = after(TOTAL_AMOUNT) {
        return Some(Trailer::Amount(amount.trim().to_owned()));
    }
    after(TOTAL_COUNT).map(|count| Trailer::Count(count.trim().to_owned()))
}

impl Stated {
    fn take(&mut self, trailer: &Trailer, line: u64, faults: &mut Faults) {
        let [amount_seen, count_seen] = &mut self.seen;
        let (seen, label) = match trailer {
            Trailer::Amount(_) => (amount_seen, TOTAL_AMOUNT),
            Trailer::Count(_) => (count_seen, TOTAL_COUNT),
        };
        if std::mem::replace(seen, true) {
            faults.error(line, format!("a second `{label}`; there is one in a file"));
            return;
        }
        match trailer {
            Trailer::Amount(text) => match sterling(text) {
                Ok(amount) => self.amount = Some((line, amount)),
                Err(message) => faults.error(line, format!("total amount: {message}")),
            },
            Trailer::Count(text) => match text.parse() {
                Ok(count) => self.count = Some((line, count)),
                Err(_) => faults.error(
                    line,
                    format!("total transactions: `{}` is not a whole number", clipped(text)),
                ),
            },
        }
    }

    fn compare(&self, out: &Out<'_>, faults: &mut Faults) {
        let [amount_seen, count_seen] = self.seen;
        if !amount_seen {
            faults.error(
                None,
                format!("`{TOTAL_AMOUNT}` is missing; the file may have been cut off"),
            );
        }
        if !count_seen {
            faults
                .error(None, format!("`{TOTAL_COUNT}` is missing; the file may have been cut off"));
        }
        if let Some((line, amount)) = self.amount
            && out.sum() != Some(amount)
        {
            let sum = out.sum().map_or_else(|| "too much".to_owned(), |sum| sum.to_string());
            faults.error(line, format!("the total says {amount}, but the payments make {sum}"));
        }
        if let Some((line, count)) = self.count
            && count != out.count()
        {
            faults.error(
                line,
                format!("the total says {count} payments, but {} were read", out.count()),
            );
        }
    }
}

/// One payment: narrative 0–6, reference 7–22, amount 23–31, type 32, date 33–42.
fn payment(line: &str, number: u64) -> Result<ScheduleLine, String> {
    if line.trim_end().chars().count() != 43 {
        return Err(format!(
            "{} characters; a payment has 43 and ends in its date",
            line.trim_end().chars().count()
        ));
    }
    let reference = match between(line, 7, 11) {
        "BERN" => between(line, 11, 23),
        _ => between(line, 7, 23),
    };
    let kind = between(line, 32, 33).trim();
    Ok(ScheduleLine {
        line: number,
        reference: reference.trim().to_owned(),
        name: None,
        amount: pence(between(line, 23, 32)).map_err(|message| format!("amount: {message}"))?,
        date: Some(dates::uk(between(line, 33, 43)).map_err(|message| format!("date: {message}"))?),
        kind: (!kind.is_empty()).then(|| kind.to_owned()),
    })
}
