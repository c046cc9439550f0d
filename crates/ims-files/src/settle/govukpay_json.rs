//! GOV.UK Pay: pages of payments, refunds and disputes as its API gives them. See
//! `docs/formats/govukpay.md`.

use std::io::BufRead;

use chrono::NaiveDate;
use ims_ledger::{SettlementKind, SettlementLine};
use ims_money::Pence;

use super::{
    book::{self, Book, Key},
    signs::{as_fee, less, minor, minus},
};
use crate::{
    Confidence, Format, Head, Record, Verdict, dates,
    json::{self, Item},
    out::Out,
    verdict::Faults,
};

/// Pages of the API.
pub(crate) struct GovukpayJson;

impl Format for GovukpayJson {
    fn name(&self) -> &'static str {
        "govukpay-json"
    }

    fn title(&self) -> &'static str {
        "GOV.UK Pay payments, refunds or disputes (API pages)"
    }

    fn page(&self) -> &'static str {
        "docs/formats/govukpay.md"
    }

    fn recognise(&self, head: &Head<'_>) -> Confidence {
        let text = crate::lines::without_bom(head.bytes).trim_ascii_start();
        let has = |word: &str| memchr::memmem::find(text, word.as_bytes()).is_some();
        let ours = ["\"payment_id\"", "\"refund_id\"", "\"dispute_id\""].into_iter().any(has);
        let fits = ours && text.first().is_some_and(|byte| b"{[".contains(byte));
        if fits && has("\"amount\"") { Confidence::Sure } else { Confidence::No }
    }

    fn read(&self, input: &mut dyn BufRead, sink: &mut dyn FnMut(Record)) -> Verdict {
        let mut faults = Faults::default();
        let mut wrong = Faults::default();
        let mut book = Book::new("govuk-pay", Out::new(sink));
        json::read(input, &["results", "_embedded.refunds"], &mut faults, &mut |item| {
            if let Err(message) = take(&item, &mut book) {
                wrong.error(item.line, message);
            }
        });
        faults.absorb(wrong);
        let totals = book.finish(&mut faults);
        faults.verdict(None, totals)
    }
}

/// An amount in pence at the first of the paths that is there.
fn pence(item: &Item, paths: &[&str]) -> Result<Option<Pence>, String> {
    let (Some(path), text) = (paths.first(), item.first_of(paths)) else { return Ok(None) };
    if text.is_empty() { Ok(None) } else { minor(path, text, "GBP").map(Some) }
}

fn day(path: &str, text: &str) -> Result<NaiveDate, String> {
    dates::iso(text).ok_or_else(|| {
        format!(
            "{path}: `{}` is not a date; 2026-04-01T09:00:00Z would be",
            crate::amounts::clipped(text)
        )
    })
}

fn take(item: &Item, book: &mut Book<'_>) -> Result<(), String> {
    if item.is_cut {
        return Err("the object is too long to be a payment".to_owned());
    }
    let created = day("created_date", item.get("created_date"))?;
    let amount = pence(item, &["amount"])?.ok_or("amount: is missing")?;
    if amount.is_negative() {
        return Err(format!("amount: {amount} is less than nothing"));
    }
    let fee = pence(item, &["fee"])?.unwrap_or(Pence::ZERO);
    let is = |path: &str| !item.get(path).is_empty();
    let status = item.first_of(&["state.status", "status"]);
    let (kind, gross) = if is("refund_id") {
        let kind = (status == "success").then_some(SettlementKind::Refund);
        (kind, less(amount)?)
    } else if is("dispute_id") {
        let kind = (status == "lost").then_some(SettlementKind::Dispute);
        (kind, less(amount)?)
    } else {
        let kind = (status == "success").then_some(SettlementKind::Payment);
        (kind, pence(item, &["total_amount"])?.unwrap_or(amount))
    };
    let provider_ref = item.first_of(&["payment_id", "page.payment_id", "refund_id", "dispute_id"]);
    if provider_ref.is_empty() {
        return Err("payment_id: is missing; it tells which payment it is".to_owned());
    }
    let mut line = SettlementLine {
        reference: item.given("reference"),
        provider_ref: provider_ref.to_owned(),
        ..book::line(item.line, SettlementKind::Fee, created)
    };
    let gross = if kind.is_some() { gross } else { Pence::ZERO };
    let net = match pence(item, &["net_amount"])? {
        Some(net) => net,
        None => minus(gross, fee)?,
    };
    line = match kind {
        Some(kind) => SettlementLine { kind, gross, fee, net, ..line },
        None if fee.is_zero() => {
            book.pass(item.line, status);
            return Ok(());
        }
        None => as_fee(line, less(fee)?)?,
    };
    let settled = item.get("settlement_summary.settled_date");
    let key = Key { currency: "GBP".to_owned(), part: settled.to_owned(), ..Key::default() };
    if !settled.is_empty() {
        book.dated(key.clone(), day("settled_date", settled)?)?;
    }
    book.line(key, line)
}
