//! What a payment provider pays out, our own layout.

use std::{collections::HashSet, io::BufRead};

use ims_ledger::{SettlementHead, SettlementKind, SettlementLine};
use ims_money::Pence;

use crate::{
    Confidence, Format, Head, Record, STATEMENTS_MAX, Verdict,
    amounts::{clipped, pence},
    dates,
    out::Out,
    rows::{Header, Row, headed, read_headed},
};

/// What its first line names.
const WANTED: &str = "provider, provider_ref, kind, date, gross, fee and net, and may name payout, payout_date and reference";

/// See `docs/formats/settlement-csv.md`.
pub(crate) struct SettlementCsv;

impl Format for SettlementCsv {
    fn name(&self) -> &'static str {
        "settlement-csv"
    }

    fn title(&self) -> &'static str {
        "Settlement of a payment provider (CSV)"
    }

    fn page(&self) -> &'static str {
        "docs/formats/settlement-csv.md"
    }

    fn recognise(&self, head: &Head<'_>) -> Confidence {
        headed(head.bytes, Columns::of)
    }

    fn read(&self, input: &mut dyn BufRead, sink: &mut dyn FnMut(Record)) -> Verdict {
        let mut reading = Reading {
            out: Out::new(sink),
            open: None,
            sums: Sums::default(),
            seen: HashSet::new(),
        };
        let faults = read_headed(input, Columns::of, WANTED, |columns, row| {
            columns.row(row).and_then(|(head, what)| match what {
                What::Line(line) => reading.take(head, line),
                What::Total(stated) => reading.compare(&head, stated),
            })
        });
        faults.verdict(None, reading.out.totals())
    }
}

/// The sums of a settlement's lines, or what its total line states.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sums {
    gross: Pence,
    fee: Pence,
    net: Pence,
}

enum What {
    Line(SettlementLine),
    Total(Sums),
}

struct Reading<'s> {
    out: Out<'s>,
    open: Option<SettlementHead>,
    sums: Sums,
    seen: HashSet<(String, Option<String>)>,
}

impl Reading<'_> {
    fn take(&mut self, head: SettlementHead, line: SettlementLine) -> Result<(), String> {
        let same =
            |open: &SettlementHead| open.provider == head.provider && open.payout == head.payout;
        if !self.open.as_ref().is_some_and(same) {
            if !self.seen.insert((head.provider.clone(), head.payout.clone())) {
                return Err(format!(
                    "payout `{}` began further up; keep the rows of one payout together",
                    clipped(head.payout.as_deref().unwrap_or(&head.provider))
                ));
            }
            if u64::try_from(self.seen.len()).is_ok_and(|count| count > STATEMENTS_MAX) {
                return Err(format!("more than {STATEMENTS_MAX} payouts; split the file"));
            }
            self.sums = Sums::default();
            self.out.give(Record::SettlementOpens(head.clone()));
            self.open = Some(head);
        }
        let add = |sum: Pence, more: Pence| sum.checked_add(more).ok_or("the sum is too large");
        self.sums = Sums {
            gross: add(self.sums.gross, line.gross)?,
            fee: add(self.sums.fee, line.fee)?,
            net: add(self.sums.net, line.net)?,
        };
        self.out.give(Record::SettlementLine(line));
        Ok(())
    }

    fn compare(&self, head: &SettlementHead, stated: Sums) -> Result<(), String> {
        let same =
            |open: &SettlementHead| open.provider == head.provider && open.payout == head.payout;
        if !self.open.as_ref().is_some_and(same) {
            return Err("the total line is of another payout than the lines above it".to_owned());
        }
        let Sums { gross, fee, net } = self.sums;
        if stated == self.sums {
            Ok(())
        } else {
            Err(format!(
                "the total line says gross {}, fee {}, net {}, but the lines make {gross}, {fee}, {net}",
                stated.gross, stated.fee, stated.net
            ))
        }
    }
}

/// Where each column is.
struct Columns {
    provider: usize,
    payout: Option<usize>,
    payout_date: Option<usize>,
    date: usize,
    reference: Option<usize>,
    provider_ref: usize,
    kind: usize,
    gross: usize,
    fee: usize,
    net: usize,
    width: usize,
}

impl Columns {
    fn of(row: &Row) -> Option<Self> {
        let header = Header::of(row);
        Some(Self {
            provider: header.column(&["provider"])?,
            payout: header.column(&["payout"]),
            payout_date: header.column(&["payoutdate"]),
            date: header.column(&["date"])?,
            reference: header.column(&["reference"]),
            provider_ref: header.column(&["providerref"])?,
            kind: header.column(&["kind"])?,
            gross: header.column(&["gross"])?,
            fee: header.column(&["fee"])?,
            net: header.column(&["net"])?,
            width: row.len(),
        })
    }

    fn row(&self, row: &Row) -> Result<(SettlementHead, What), String> {
        if !row.fits(self.width) {
            return Err(format!("{} columns; the header has {}", row.len(), self.width));
        }
        let given = |column: Option<usize>| column.map(|at| row.get(at)).filter(|t| !t.is_empty());
        let provider = row.get(self.provider);
        if provider.is_empty() {
            return Err("provider: is empty; say who pays out".to_owned());
        }
        let payout_date = given(self.payout_date).map(dates::uk).transpose();
        let head = SettlementHead {
            provider: provider.to_owned(),
            payout: given(self.payout).map(str::to_owned),
            date: payout_date.map_err(|message| format!("payout_date: {message}"))?,
            ..SettlementHead::default()
        };
        let money = |name: &str, at| match row.get(at) {
            "" if name == "fee" => Ok(Pence::ZERO),
            text => pence(text).map_err(|message| format!("{name}: {message}")),
        };
        let gross = money("gross", self.gross)?;
        let fee = money("fee", self.fee)?;
        let net = money("net", self.net)?;
        if row.get(self.kind).eq_ignore_ascii_case("total") {
            return Ok((head, What::Total(Sums { gross, fee, net })));
        }
        let kind = kind(row.get(self.kind))?;
        if gross.checked_sub(fee) != Some(net) {
            return Err(format!("net: {net} is not gross {gross} less fee {fee}"));
        }
        check_sign(kind, gross)?;
        let date = dates::uk(row.get(self.date)).map_err(|message| format!("date: {message}"))?;
        let line = SettlementLine {
            line: row.line,
            reference: given(self.reference).map(str::to_owned),
            provider_ref: row.get(self.provider_ref).to_owned(),
            kind,
            date,
            gross,
            fee,
            net,
        };
        Ok((head, What::Line(line)))
    }
}

pub(crate) fn kind(text: &str) -> Result<SettlementKind, String> {
    match text.to_ascii_lowercase().as_str() {
        "payment" => Ok(SettlementKind::Payment),
        "refund" => Ok(SettlementKind::Refund),
        "fee" => Ok(SettlementKind::Fee),
        "dispute" => Ok(SettlementKind::Dispute),
        "adjustment" => Ok(SettlementKind::Adjustment),
        _ => Err(format!(
            "kind: `{}` is none of payment, refund, fee, dispute, adjustment, total",
            clipped(text)
        )),
    }
}

pub(crate) fn check_sign(kind: SettlementKind, gross: Pence) -> Result<(), String> {
    match kind {
        SettlementKind::Payment if gross.is_negative() => {
            Err(format!("gross: {gross} is negative; what is taken back is a refund or a dispute"))
        }
        SettlementKind::Refund if gross.is_positive() => {
            Err(format!("gross: {gross} is positive; a refund is negative"))
        }
        SettlementKind::Fee if !gross.is_zero() => {
            Err(format!("gross: {gross}; a fee has a gross of 0 and its amount in the fee column"))
        }
        SettlementKind::Payment
        | SettlementKind::Refund
        | SettlementKind::Fee
        | SettlementKind::Dispute
        | SettlementKind::Adjustment => Ok(()),
    }
}
