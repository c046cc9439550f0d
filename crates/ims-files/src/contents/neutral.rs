//! The one shape in which any file is shown. Credits are positive; amounts are
//! decimal strings with at least the currency's digits.

use chrono::NaiveDate;
use ims_ledger::{
    Acknowledgement, Advice, Balance, IncomingHolder, IncomingReceipt, ScheduleLine,
    SettlementKind, SettlementLine, StatementLine,
};
use ims_money::{Amount, Pence};
use serde::{Serialize, Serializer, ser::SerializeMap};

use super::{Contents, Schedule, Settlement, Statement};
use crate::amounts::in_currency;

/// Writes the fields named; a `?` leaves out what is `None`.
macro_rules! fields {
    ($serializer:expr; $($key:literal $mark:tt $value:expr),+ $(,)?) => {{
        let mut shape = $serializer.serialize_map(None)?;
        $(fields!(@$mark shape, $key, $value);)+
        shape.end()
    }};
    (@= $shape:ident, $key:literal, $value:expr) => { $shape.serialize_entry($key, &$value)? };
    (@? $shape:ident, $key:literal, $value:expr) => {
        if let Some(value) = &$value { $shape.serialize_entry($key, value)? }
    };
}

impl Serialize for Contents {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (settlement, settlements) = one_or_many(&self.settlements);
        let (schedule, schedules) = one_or_many(&self.schedules);
        fields!(serializer;
            "statements" = self.statements,
            "receipts" ? some(self.receipts.iter().map(Receipt).collect()),
            "settlement" ? settlement,
            "settlements" ? settlements,
            "schedule" ? schedule,
            "schedules" ? schedules,
            "holders" ? some(self.holders.iter().map(Holder).collect()),
            "advices" ? some(self.advices.iter().map(Item).collect()),
            "acknowledgements" ? some(self.acknowledgements.iter().map(Answer).collect()),
        )
    }
}

/// The only one, or all of several.
fn one_or_many<T>(all: &[T]) -> (Option<&T>, Option<&[T]>) {
    match all {
        [] => (None, None),
        [one] => (Some(one), None),
        many => (None, Some(many)),
    }
}

fn some<T>(all: Vec<T>) -> Option<Vec<T>> {
    (!all.is_empty()).then_some(all)
}

struct Dated(NaiveDate, Amount);

impl Serialize for Dated {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        fields!(serializer; "date" = self.0, "amount" = self.1)
    }
}

impl Serialize for Statement {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let currency = self.head.currency.as_str();
        let shown = |balance: Balance| Dated(balance.date, in_currency(balance.amount, currency));
        let entries: Vec<_> = self.lines.iter().map(|line| Entry { line, currency }).collect();
        fields!(serializer;
            "account" = self.head.account,
            "sort_code" ? self.head.sort_code,
            "currency" = currency,
            "number" ? self.head.number,
            "id" ? self.head.id,
            "page" ? self.head.page.or(self.close.page),
            "continued" ? self.close.continued.then_some(true),
            "from" ? self.head.from,
            "to" ? self.head.to,
            "interim" ? self.head.interim.then_some(true),
            "opening" ? self.opening().map(shown),
            "closing" ? self.close.closing.map(shown),
            "balanced" = self.balanced(),
            "entries" = entries,
        )
    }
}

struct Entry<'a> {
    line: &'a StatementLine,
    currency: &'a str,
}

impl Serialize for Entry<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let line = self.line;
        let currency = line.currency.as_deref().unwrap_or(self.currency);
        let parts = line.parts.iter().map(|line| Entry { line, currency }).collect();
        let counterparty = line.counterparty.as_ref().map(Party);
        fields!(serializer;
            "line" = line.line,
            "booked" = line.booked,
            "value" ? line.value,
            "amount" = in_currency(line.amount, currency),
            "currency" ? line.currency,
            "code" ? line.code,
            "reference" ? line.reference,
            "bank_reference" ? line.bank_reference,
            "narrative" = line.narrative,
            "counterparty" ? counterparty,
            "status" ? line.status,
            "returned" ? line.returned,
            "parts" ? some(parts),
        )
    }
}

struct Party<'a>(&'a ims_ledger::Counterparty);

impl Serialize for Party<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        fields!(serializer;
            "name" ? self.0.name,
            "sort_code" ? self.0.sort_code,
            "account" ? self.0.account,
            "iban" ? self.0.iban,
        )
    }
}

fn pounds(pence: Pence) -> Amount {
    pence.into()
}

struct Receipt<'a>(&'a IncomingReceipt);

impl Serialize for Receipt<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let receipt = self.0;
        fields!(serializer;
            "line" = receipt.line,
            "date" = receipt.date,
            "amount" = pounds(receipt.amount),
            "reference" = receipt.reference,
            "fund" ? receipt.fund,
            "method" ? receipt.method,
            "office" ? receipt.office,
            "vat_code" ? receipt.vat_code,
            "vat" ? receipt.vat.map(pounds),
            "narrative" ? receipt.narrative,
            "source_ref" ? receipt.source_ref,
            "batch" ? receipt.batch,
        )
    }
}

impl Serialize for Settlement {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let sum = |kind: Option<SettlementKind>, of: fn(&SettlementLine) -> Pence| {
            let lines = self.lines.iter().filter(|line| kind.is_none_or(|kind| kind == line.kind));
            Pence::checked_sum(lines.map(of)).map(pounds)
        };
        let has_adjustments = self.lines.iter().any(|line| line.kind == SettlementKind::Adjustment);
        // Where the file does not date the payout, the last of its payments does.
        let date = self.head.date.or_else(|| self.lines.iter().map(|line| line.date).max());
        fields!(serializer;
            "provider" = self.head.provider,
            "payout" ? self.head.payout,
            "date" ? date,
            "currency" ? self.head.currency,
            "gross" = sum(Some(SettlementKind::Payment), |line| line.gross),
            "fees" = sum(None, |line| line.fee),
            "refunds" = sum(Some(SettlementKind::Refund), |line| line.gross),
            "disputes" = sum(Some(SettlementKind::Dispute), |line| line.gross),
            "adjustments" ? has_adjustments
                .then(|| sum(Some(SettlementKind::Adjustment), |line| line.gross)),
            "net" = sum(None, |line| line.net),
            "paid" ? self.head.paid.map(pounds),
            "lines" = self.lines.iter().map(Settled).collect::<Vec<_>>(),
        )
    }
}

struct Settled<'a>(&'a SettlementLine);

impl Serialize for Settled<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let line = self.0;
        fields!(serializer;
            "line" = line.line,
            "reference" ? line.reference,
            "provider_ref" = line.provider_ref,
            "kind" = line.kind,
            "date" = line.date,
            "gross" = pounds(line.gross),
            "fee" ? (!line.fee.is_zero()).then(|| pounds(line.fee)),
            "net" = pounds(line.net),
        )
    }
}

impl Serialize for Schedule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let total = Pence::checked_sum(self.lines.iter().map(|line| line.amount)).map(pounds);
        fields!(serializer;
            "sender" = self.head.sender,
            "date" ? self.head.date,
            "reference" ? self.head.reference,
            "total" = total,
            "lines" = self.lines.iter().map(Scheduled).collect::<Vec<_>>(),
        )
    }
}

struct Scheduled<'a>(&'a ScheduleLine);

impl Serialize for Scheduled<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let line = self.0;
        fields!(serializer;
            "line" = line.line,
            "reference" = line.reference,
            "name" ? line.name,
            "amount" = pounds(line.amount),
            "date" ? line.date,
            "kind" ? line.kind,
        )
    }
}

struct Holder<'a>(&'a IncomingHolder);

impl Serialize for Holder<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let holder = self.0;
        fields!(serializer;
            "line" = holder.line,
            "fund" = holder.fund,
            "reference" = holder.reference,
            "name" = holder.name,
            "address" = holder.address,
            "balance" ? holder.balance.map(pounds),
            "instalment" ? holder.instalment.map(pounds),
            "stop" ? holder.stop,
        )
    }
}

struct Item<'a>(&'a Advice);

impl Serialize for Item<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let advice = self.0;
        fields!(serializer;
            "line" = advice.line,
            "kind" = advice.kind,
            "date" = advice.date,
            "reference" = advice.reference,
            "code" = advice.code,
            "meaning" = advice.meaning,
            "amount" ? advice.amount.map(|amount| amount.with_decimals(2)),
            "sort_code" ? advice.sort_code,
            "account" ? advice.account,
            "name" ? advice.name,
            "original_date" ? advice.original_date,
            "transaction_code" ? advice.transaction_code,
            "advice_reference" ? advice.advice_reference,
            "new_sort_code" ? advice.new_sort_code,
            "new_account" ? advice.new_account,
        )
    }
}

struct Answer<'a>(&'a Acknowledgement);

impl Serialize for Answer<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let answer = self.0;
        fields!(serializer;
            "line" = answer.line,
            "export" ? answer.export,
            "their_reference" ? answer.their_reference,
            "reference" = answer.reference,
            "outcome" = answer.outcome,
            "message" ? answer.message,
            "amount" ? answer.amount.map(pounds),
        )
    }
}
