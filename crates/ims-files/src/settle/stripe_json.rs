//! Stripe: a list of balance transactions as its API gives it. See
//! `docs/formats/stripe.md`.

use std::io::BufRead;

use chrono::{DateTime, NaiveDate};
use ims_ledger::{SettlementKind, SettlementLine};
use ims_money::Pence;

use super::{
    book::{self, Book, Key},
    signs::{as_fee, by_sign, less, minor},
    stripe::{Category, category, reference},
};
use crate::{
    Confidence, Format, Head, Record, Verdict,
    json::{self, Item},
    out::Out,
    verdict::Faults,
};

/// Pages of `/v1/balance_transactions`.
pub(crate) struct StripeJson;

impl Format for StripeJson {
    fn name(&self) -> &'static str {
        "stripe-json"
    }

    fn title(&self) -> &'static str {
        "Stripe balance transactions (API pages)"
    }

    fn page(&self) -> &'static str {
        "docs/formats/stripe.md"
    }

    fn recognise(&self, head: &Head<'_>) -> Confidence {
        let text = crate::lines::without_bom(head.bytes).trim_ascii_start();
        let has = |word: &str| memchr::memmem::find(text, word.as_bytes()).is_some();
        let fits = text.first().is_some_and(|byte| b"{[".contains(byte))
            && has("\"balance_transaction\"")
            && has("\"net\"")
            && has("\"available_on\"");
        if fits { Confidence::Sure } else { Confidence::No }
    }

    fn read(&self, input: &mut dyn BufRead, sink: &mut dyn FnMut(Record)) -> Verdict {
        let mut faults = Faults::default();
        let mut wrong = Faults::default();
        let mut book = Book::new("stripe", Out::new(sink));
        json::read(input, &["data"], &mut faults, &mut |item| {
            if let Err(message) = take(&item, &mut book) {
                wrong.error(item.line, message);
            }
        });
        faults.absorb(wrong);
        let totals = book.finish(&mut faults);
        faults.verdict(None, totals)
    }
}

fn day(path: &str, item: &Item) -> Result<NaiveDate, String> {
    let seconds = item.get(path).parse().ok();
    let moment = seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    moment
        .map(|moment| moment.date_naive())
        .ok_or_else(|| format!("{path}: is not a time in seconds since 1970"))
}

fn take(item: &Item, book: &mut Book<'_>) -> Result<(), String> {
    if item.is_cut {
        return Err("the object is too long to be a balance transaction".to_owned());
    }
    if item.get("object") != "balance_transaction" {
        let object = crate::amounts::clipped(item.get("object"));
        return Err(format!("object: `{object}` is no balance_transaction"));
    }
    let currency = item.get("currency").to_ascii_uppercase();
    let money = |path: &str| -> Result<Pence, String> { minor(path, item.get(path), &currency) };
    let (gross, fee, net) = (money("amount")?, money("fee")?, money("net")?);
    let created = day("created", item)?;
    // A page asked for by payout holds that payout's row, which names it.
    let key = Key { currency: currency.clone(), ..Key::default() };
    let source = item.first_of(&["source.id", "source"]);
    let kind = match category(item.first_of(&["reporting_category", "type"])) {
        Category::Payout => {
            book.renamed(key.clone(), source)?;
            return book.paid(key, item.line, less(net)?, Some(day("available_on", item)?));
        }
        Category::Line(kind) => by_sign(kind, gross),
    };
    let ours = ["source.metadata.reference", "source.metadata.order_id", "source.reference"];
    let theirs = ["source.payment_intent", "source.charge", "source.id", "source", "id"];
    let line = SettlementLine {
        reference: Some(item.first_of(&ours).to_owned())
            .filter(|text| !text.is_empty())
            .or_else(|| reference(item.below("source.metadata."), item.line, book)),
        provider_ref: item.first_of(&theirs).to_owned(),
        ..book::line(item.line, kind, created)
    };
    let line = match kind {
        SettlementKind::Fee => as_fee(line, net)?,
        SettlementKind::Payment
        | SettlementKind::Refund
        | SettlementKind::Dispute
        | SettlementKind::Adjustment => SettlementLine { gross, fee, net, ..line },
    };
    book.line(key, line)
}
