//! How GOV.UK Pay writes what it knows.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::books::{Agreement, Books, Payment, Refund};

pub(super) fn time(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

pub(super) fn state(status: &str, code: Option<&str>) -> Value {
    let finished = matches!(status, "success" | "failed" | "cancelled" | "error");
    let mut state = json!({ "status": status, "finished": finished });
    if let Some(code) = code {
        state["code"] = json!(code);
        state["message"] = json!(match code {
            "P0020" => "Payment expired",
            "P0030" => "Payment was cancelled by the user",
            "P0040" => "Payment was cancelled by the service",
            "P0050" => "Payment provider returned an error",
            _ => "Payment method rejected",
        });
    }
    state
}

pub(super) fn payment(books: &Books, payment: &Payment) -> Value {
    let (url, id) = (&books.url, &payment.payment_id);
    let link =
        |path: &str, method: &str| json!({ "href": format!("{url}{path}"), "method": method });
    let left = books.left(payment);
    let refundable = match (payment.status, left) {
        ("success", 0) => "full",
        ("success", _) => "available",
        ("failed" | "cancelled" | "error", _) => "unavailable",
        _ => "pending",
    };
    let asked = |name: &str| payment.asked.get(name).cloned();
    let mut links = json!({
        "self": link(&format!("/v1/payments/{id}"), "GET"),
        "events": link(&format!("/v1/payments/{id}/events"), "GET"),
        "refunds": link(&format!("/v1/payments/{id}/refunds"), "GET"),
    });
    if matches!(payment.status, "created" | "started") && asked("agreement_id").is_none() {
        links["next_url"] = link(&format!("/card/{id}"), "GET");
        links["cancel"] = link(&format!("/v1/payments/{id}/cancel"), "POST");
    }
    if payment.status == "capturable" {
        links["capture"] = link(&format!("/v1/payments/{id}/capture"), "POST");
    }
    let mut settlement = json!({});
    if let Some(day) = payment.captured {
        settlement["capture_submit_time"] =
            json!(time(payment.events.last().map_or(payment.created, |(_, at)| *at)));
        settlement["captured_date"] = json!(day.to_string());
    }
    if let Some(day) = payment.settled {
        settlement["settled_date"] = json!(day.to_string());
    }
    let mut written = json!({
        "amount": payment.amount,
        "authorisation_mode": asked("authorisation_mode").unwrap_or(json!("web")),
        "created_date": time(payment.created),
        "delayed_capture": asked("delayed_capture").unwrap_or(json!(false)),
        "description": asked("description"),
        "language": asked("language").unwrap_or(json!("en")),
        "moto": asked("moto").unwrap_or(json!(false)),
        "payment_id": id,
        "payment_provider": "sandbox",
        "reference": payment.reference,
        "refund_summary": {
            "status": refundable, "amount_available": left, "amount_submitted": payment.amount - left,
        },
        "settlement_summary": settlement,
        "state": state(payment.status, payment.code),
        "_links": links,
    });
    for name in ["return_url", "email", "metadata", "agreement_id"] {
        if let Some(value) = asked(name) {
            written[name] = value;
        }
    }
    if payment.settled.is_some() && payment.fee != 0 {
        written["fee"] = json!(payment.fee);
        let net = payment.amount + payment.surcharge - payment.fee + payment.misstated;
        written["net_amount"] = json!(net);
    }
    if payment.surcharge != 0 {
        written["corporate_card_surcharge"] = json!(payment.surcharge);
        written["total_amount"] = json!(payment.amount + payment.surcharge);
    }
    if let Some(card) = &payment.card {
        written["card_details"] = json!({
            "card_brand": "Visa", "card_type": "debit", "cardholder_name": "A Payer",
            "expiry_date": "12/30", "first_digits_card_number": card.first,
            "last_digits_card_number": card.last,
        });
    }
    written
}

pub(super) fn refund(books: &Books, refund: &Refund) -> Value {
    let (url, id, payment) = (&books.url, &refund.refund_id, &refund.payment_id);
    let mut settlement = json!({});
    if let Some(day) = refund.settled {
        settlement["settled_date"] = json!(day.to_string());
    }
    json!({
        "refund_id": id,
        "payment_id": payment,
        "amount": refund.amount,
        "status": refund.status,
        "created_date": time(refund.created),
        "settlement_summary": settlement,
        "_links": {
            "self": { "href": format!("{url}/v1/payments/{payment}/refunds/{id}"), "method": "GET" },
            "payment": { "href": format!("{url}/v1/payments/{payment}"), "method": "GET" },
        },
    })
}

pub(super) fn agreement(agreement: &Agreement) -> Value {
    let mut written = agreement.asked.clone();
    written["agreement_id"] = json!(agreement.agreement_id);
    written["status"] = json!(agreement.status);
    written["created_date"] = json!(time(agreement.created));
    written
}

/// A page of a search: rows, and how to get at the others.
pub(super) fn page(url: &str, path: &str, rows: Vec<Value>, page: usize, size: usize) -> Value {
    let total = rows.len();
    let last = total.div_ceil(size).max(1);
    let rows: Vec<Value> = rows.into_iter().skip((page - 1) * size).take(size).collect();
    let link =
        |number: usize| json!({ "href": format!("{url}{path}?page={number}&display_size={size}") });
    let mut links = json!({ "self": link(page), "first_page": link(1), "last_page": link(last) });
    if page > 1 {
        links["prev_page"] = link(page - 1);
    }
    if page < last {
        links["next_page"] = link(page + 1);
    }
    json!({ "total": total, "count": rows.len(), "page": page, "results": rows, "_links": links })
}
