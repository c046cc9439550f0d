//! What it pays out: a list of payouts, then what each is made of.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use ims_ledger::{SettlementHead, SettlementKind, SettlementLine};
use ims_pay::{Page, ProviderError, Reply, Request, STERLING, Settled, Settlements, form};
use serde_json::Value;

use super::{Stripe, abilities, heard, payment};
use crate::{cannot, json};

impl Settlements for Stripe {
    /// The first page lists the payouts that arrive between the days; each further
    /// one is `po_1 po_2 …`, the payouts still to be told, the first perhaps with
    /// `@` and the last line told.
    fn settlement(
        &self,
        from: NaiveDate,
        to: NaiveDate,
        after: Option<&str>,
        _now: DateTime<Utc>,
    ) -> Result<Request, ProviderError> {
        let Some(after) = after else {
            let seconds = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc().timestamp();
            let pairs = [
                ("arrival_date[gte]", seconds(from).to_string()),
                ("arrival_date[lte]", seconds(to).to_string()),
                ("limit", "100".to_owned()),
            ];
            let pairs: Vec<(&str, &str)> = pairs.iter().map(|(n, v)| (*n, v.as_str())).collect();
            return Ok(self.get(&format!("/payouts?{}", form::encode(&pairs))));
        };
        let Some(first) = after.split(' ').find(|name| !name.is_empty()) else {
            return cannot("that is no page of a settlement");
        };
        let (payout, line) = first.split_once('@').unwrap_or((first, ""));
        let mut pairs = vec![("payout", payout), ("limit", "100"), ("expand[]", "data.source")];
        if !line.is_empty() {
            pairs.push(("starting_after", line));
        }
        Ok(self.get(&format!("/balance_transactions?{}", form::encode(&pairs))))
    }

    fn settled(&self, after: Option<&str>, reply: &Reply) -> Result<Page<Settled>, ProviderError> {
        let value = heard(reply)?;
        let rows = abilities::list(&value)?;
        let Some(after) = after else {
            if abilities::last(&value, rows).is_some() {
                return Err(ProviderError::unreadable("it paid out too often; ask for fewer days"));
            }
            // What somebody paid out by hand is made of nothing that is listed, and what
            // failed brought nothing.
            let is_listed = |row: &&Value| {
                json::text(row, "status") == Some("paid")
                    && row.get("automatic").and_then(Value::as_bool) != Some(false)
            };
            let rows = rows.iter().filter(is_listed);
            let names: Result<Vec<_>, _> = rows.map(|row| json::need(row, "id")).collect();
            let names = names?.join(" ");
            return Ok(Page { rows: Vec::new(), after: Some(names).filter(|n| !n.is_empty()) });
        };
        let (first, others) = after.split_once(' ').unwrap_or((after, ""));
        let payout = first.split('@').next().unwrap_or_default();
        let lines: Result<Vec<_>, _> =
            (1..).zip(rows).map(|(nth, row)| line(nth, payout, row)).collect();
        let after = match abilities::last(&value, rows) {
            Some(last) => Some(format!("{payout}@{last} {others}").trim_end().to_owned()),
            None => Some(others.to_owned()).filter(|others| !others.is_empty()),
        };
        Ok(Page { rows: lines?.into_iter().flatten().collect(), after })
    }
}

/// A line of a payout; none for the payout itself.
fn line(nth: u64, payout: &str, row: &Value) -> Result<Option<Settled>, ProviderError> {
    let kind = match json::need(row, "type")? {
        "payout" => return Ok(None),
        "charge" | "payment" => SettlementKind::Payment,
        "refund" | "payment_refund" | "refund_failure" | "payment_failure_refund" => {
            SettlementKind::Refund
        }
        "stripe_fee" => SettlementKind::Fee,
        "adjustment" if json::text(row, "reporting_category").is_some_and(is_dispute) => {
            SettlementKind::Dispute
        }
        _ => SettlementKind::Adjustment,
    };
    let currency = json::need(row, "currency")?;
    let gross = json::need_pence(row, "amount")?;
    let fee = json::need_pence(row, "fee")?;
    let net = json::need_pence(row, "net")?;
    if gross.checked_sub(fee) != Some(net) {
        return Err(ProviderError::unreadable(format!("{gross} less {fee} is not {net}")));
    }
    let date = payment::time(row, "created").ok_or_else(|| json::absent("created"))?;
    let name = json::text(row, "source.payment_intent").or_else(|| json::text(row, "source.id"));
    let name = name.or_else(|| json::text(row, "source"));
    let provider_ref = name.or_else(|| json::text(row, "id")).unwrap_or_default().to_owned();
    let line = SettlementLine {
        line: nth,
        reference: json::text(row, "source.metadata.reference").map(str::to_owned),
        provider_ref,
        kind,
        date: date.date_naive(),
        gross,
        fee,
        net,
    };
    let other = !currency.eq_ignore_ascii_case(STERLING);
    let payout = SettlementHead {
        provider: "stripe".to_owned(),
        payout: Some(payout.to_owned()),
        date: payment::time(row, "available_on").map(|time| time.date_naive()),
        currency: other.then(|| currency.to_ascii_uppercase()),
        paid: None,
    };
    Ok(Some(Settled { payout, line }))
}

fn is_dispute(category: &str) -> bool {
    category.starts_with("dispute")
}
