//! Sessions and their receipts as they are answered.

use chrono::{DateTime, Utc};
use ims_app::{CountedTill, NumberedTillReceipt, TillSessionRow, TillStatus, TillView};
use ims_ledger::{
    TillLine,
    id::{ApprovalId, ReceiptId, TillSessionId},
};
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct Session {
    id: TillSessionId,
    number: String,
    till: String,
    office: String,
    cashier: String,
    opened_at: DateTime<Utc>,
    float_pence: i64,
    status: String,
}

impl Session {
    pub(super) fn of(row: &TillSessionRow) -> Self {
        Self {
            id: row.id,
            number: format!("T{}", row.number),
            till: row.till.clone(),
            office: row.office.clone(),
            cashier: row.cashier.clone(),
            opened_at: row.opened_at,
            float_pence: row.float.get(),
            status: row.status.clone(),
        }
    }
}

#[derive(Serialize)]
pub(super) struct Shown {
    #[serde(flatten)]
    session: Session,
    receipts: i64,
    card_machines: Vec<Machine>,
    lifts: Vec<Lift>,
    /// The count that stands: nothing before the first, nor of one before a recount.
    counted: Option<Counted>,
}

#[derive(Serialize)]
struct Machine {
    terminal: String,
    batch: String,
}

#[derive(Serialize)]
struct Lift {
    lift: i64,
    amount_pence: i64,
    at: DateTime<Utc>,
    /// Who took it back and why, if somebody did: it counts no more.
    taken_back: Option<TakenBack>,
}

#[derive(Serialize)]
struct TakenBack {
    by: String,
    reason: String,
    at: DateTime<Utc>,
}

impl Shown {
    pub(super) fn of(view: &TillView) -> Self {
        let machine = |(terminal, batch): &(String, String)| Machine {
            terminal: terminal.clone(),
            batch: batch.clone(),
        };
        let lifts = view.lifts.iter().map(|lift| Lift {
            lift: lift.number,
            amount_pence: lift.amount.get(),
            at: lift.at,
            taken_back: view.lifts_back.iter().find(|back| back.lift == lift.number).map(|back| {
                TakenBack { by: back.by.clone(), reason: back.reason.clone(), at: back.at }
            }),
        });
        let stands = |_: &&CountedTill| view.status != TillStatus::Recount;
        Self {
            session: Session::of(&view.row),
            receipts: view.receipts,
            card_machines: view.batches.iter().map(machine).collect(),
            lifts: lifts.collect(),
            counted: view.counted.as_ref().filter(stands).map(Counted::of),
        }
    }
}

#[derive(Serialize)]
pub(super) struct Counted {
    number: String,
    status: &'static str,
    expected_pence: i64,
    counted_pence: i64,
    over_pence: i64,
    float_short_pence: i64,
    lines: Vec<Line>,
    slips: Vec<String>,
    waits_for: Option<ApprovalId>,
    before: bool,
}

#[derive(Serialize)]
struct Line {
    what: String,
    expected_pence: i64,
    counted_pence: i64,
}

impl Counted {
    pub(super) fn of(done: &CountedTill) -> Self {
        let line = |line: &TillLine| Line {
            what: line.what.clone(),
            expected_pence: line.expected.get(),
            counted_pence: line.counted.get(),
        };
        Self {
            number: done.number.clone(),
            status: done.status.as_str(),
            expected_pence: done.expected.get(),
            counted_pence: done.counted.get(),
            over_pence: done.over.get(),
            float_short_pence: done.float_short.get(),
            lines: done.lines.iter().map(line).collect(),
            slips: done.slips.clone(),
            waits_for: done.waits_for,
            before: done.before,
        }
    }
}

#[derive(Serialize)]
pub(super) struct Receipt {
    receipt_id: ReceiptId,
    number: String,
    kind: String,
    amount_pence: i64,
    tendered_pence: i64,
    terminal: Option<String>,
    batch: Option<String>,
    taken_at: DateTime<Utc>,
}

impl Receipt {
    pub(super) fn of(one: NumberedTillReceipt) -> Self {
        let NumberedTillReceipt { number, row } = one;
        let said = |text: String| (!text.is_empty()).then_some(text);
        Self {
            receipt_id: row.receipt,
            number,
            kind: row.kind,
            amount_pence: row.amount.get(),
            tendered_pence: row.tendered.get(),
            terminal: said(row.terminal),
            batch: said(row.batch),
            taken_at: row.taken_at,
        }
    }
}
