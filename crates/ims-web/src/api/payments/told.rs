//! What a program is told of a payment.

use axum::{http::StatusCode, response::IntoResponse as _, response::Response};
use chrono::{DateTime, Utc};
use ims_app::PaymentView;
use ims_ledger::id::PaymentId;
use ims_pay::NextStep;
use serde::Serialize;

use super::super::json;
use crate::fault::Fault;

#[derive(Serialize)]
struct Payment<'a> {
    payment_id: PaymentId,
    reference: &'a str,
    status: &'a str,
    /// Whether it may still be paid.
    is_open: bool,
    reason: &'a str,
    amount_pence: i64,
    currency: &'static str,
    method: &'a str,
    through: &'a str,
    started_at: DateTime<Utc>,
    lines: Vec<Line<'a>>,
    receipt: Option<&'a str>,
    next: Option<Next>,
}

#[derive(Serialize)]
struct Line<'a> {
    fund: &'a str,
    reference: &'a str,
    amount_pence: i64,
}

/// What the payer does next.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum Next {
    Redirect { url: String },
    Form { url: String, fields: Vec<Field> },
    Terminal { name: String, show: Option<String> },
    PayerSecret { secret: String },
    Nothing,
}

#[derive(Serialize)]
struct Field {
    name: String,
    value: String,
}

impl Next {
    fn of(step: NextStep) -> Option<Self> {
        Some(match step {
            NextStep::Redirect { url } => Self::Redirect { url },
            NextStep::Form { url, fields } => {
                let field = |(name, value): (String, ims_pay::Hidden)| Field {
                    name,
                    value: value.reveal().to_owned(),
                };
                Self::Form { url, fields: fields.into_iter().map(field).collect() }
            }
            NextStep::Terminal { name, show } => Self::Terminal { name, show },
            NextStep::PayerSecret { secret } => {
                Self::PayerSecret { secret: secret.reveal().to_owned() }
            }
            NextStep::Nothing => Self::Nothing,
            _ => return None,
        })
    }
}

/// A payment as it stands, and what its payer does next.
pub(in crate::api) fn told(
    view: &PaymentView,
    next: Option<NextStep>,
    is_before: bool,
) -> Result<Response, Fault> {
    let row = &view.payment;
    let lines = view.lines.iter().map(|line| Line {
        fund: &line.fund,
        reference: &line.reference,
        amount_pence: line.amount.get(),
    });
    let is_open = view.status()?.is_open();
    let payment = Payment {
        payment_id: row.id,
        reference: &row.reference,
        status: &row.status,
        is_open,
        reason: &row.reason,
        amount_pence: row.amount.get(),
        currency: "GBP",
        method: &row.method,
        through: &row.through,
        started_at: row.started_at,
        lines: lines.collect(),
        receipt: view.receipt.as_deref(),
        next: next.filter(|_| is_open).and_then(Next::of),
    };
    let status = if is_before { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, json(&payment)).into_response())
}
