//! NatWest and RBS Bankline Direct data services: fixed width, labelled as a
//! Bacs tape is.

mod control;
mod row;

use std::io::BufRead;

use chrono::NaiveDate;
use ims_ledger::{Balance, StatementClose, StatementHead};

use crate::{
    Confidence, Format, Head, Record, STATEMENTS_MAX, Verdict,
    amounts::clipped,
    columns::between,
    lines::{Lines, first_lines},
    out::Out,
    verdict::Faults,
};
use control::Control;
use row::{Kind, Row};

/// See `docs/formats/bankline-direct.md`.
pub(crate) struct Bankline;

impl Format for Bankline {
    fn name(&self) -> &'static str {
        "bankline-direct"
    }

    fn title(&self) -> &'static str {
        "NatWest and RBS Bankline Direct data services (fixed width)"
    }

    fn page(&self) -> &'static str {
        "docs/formats/bankline-direct.md"
    }

    fn recognise(&self, head: &Head<'_>) -> Confidence {
        let lines = first_lines(head.bytes, 1);
        let Some(first) = lines.first().filter(|line| line.starts_with("VOL1")) else {
            return Confidence::No;
        };
        if between(first, 37, 47) == "****830000" || head.file_name.contains(".CARS.") {
            Confidence::Sure
        } else if first.trim_end() == "VOL1BACSSTANDARD18" {
            Confidence::Maybe
        } else {
            Confidence::No
        }
    }

    fn read(&self, input: &mut dyn BufRead, sink: &mut dyn FnMut(Record)) -> Verdict {
        let mut lines = Lines::new(input);
        let mut reading = Reading {
            out: Out::new(sink),
            faults: Faults::default(),
            processed: None,
            open: None,
            control: Control::default(),
            statements: 0,
            ended: false,
        };
        let mut number = 0;
        while let Some(line) = lines.next() {
            number += 1;
            let line = line.trim_end_matches(['\0', '\u{1a}']);
            if !line.trim().is_empty() {
                reading.line(line, number);
            }
            if reading.statements > STATEMENTS_MAX {
                reading
                    .faults
                    .error(number, format!("more than {STATEMENTS_MAX} accounts; split the file"));
                break;
            }
        }
        reading.finish(lines, number)
    }
}

/// The reading of one file.
struct Reading<'s> {
    out: Out<'s>,
    faults: Faults,
    /// The processing day of the header.
    processed: Option<NaiveDate>,
    open: Option<Open>,
    control: Control,
    statements: u64,
    ended: bool,
}

/// The account whose rows are being read.
#[derive(Debug, Default)]
struct Open {
    sort_code: String,
    account: String,
    closing: Option<Balance>,
    /// Of its own lines, in pence.
    debits: i64,
    credits: i64,
}

impl Reading<'_> {
    fn line(&mut self, line: &str, number: u64) {
        match line.get(..4) {
            Some("VOL1" | "HDR1" | "HDR2" | "EOF1" | "EOF2") => {}
            Some("UHL1") => self.header(line, number),
            Some("UTL1") => {
                self.ended = true;
                self.control.compare(line, number, &mut self.faults);
            }
            _ => self.row(line, number),
        }
    }

    fn header(&mut self, line: &str, number: u64) {
        self.processed = row::julian(between(line, 4, 10));
        let currency = between(line, 20, 23).trim();
        let labelled = line.trim_end() == "UHL1BACSSTANDARD18";
        if !labelled && !matches!(currency, "" | "000" | "00") {
            self.faults.warning(
                number,
                format!("currency code `{}`; 000, sterling, is read", clipped(currency)),
            );
        }
    }

    fn row(&mut self, line: &str, number: u64) {
        let row = match Row::read(line, number, self.processed) {
            Ok(row) => row,
            Err(message) => {
                self.faults.error(number, message);
                return;
            }
        };
        self.account(&row, number);
        let Some(open) = &mut self.open else { return };
        match row.kind {
            Kind::Debit(pence) => {
                self.control.debit(pence);
                open.debits = open.debits.saturating_add(pence);
            }
            Kind::Credit(pence) => {
                self.control.credit(pence);
                open.credits = open.credits.saturating_add(pence);
            }
            Kind::DebitTotal(pence) => {
                self.control.debit(pence);
                total("debits", open.debits, pence, number, &mut self.faults);
            }
            Kind::CreditTotal(pence) => {
                self.control.credit(pence);
                total("credits", open.credits, pence, number, &mut self.faults);
            }
            Kind::Ledger(balance) => {
                self.control.balance();
                open.closing = Some(balance);
            }
            Kind::NoMoney => {}
        }
        if let Some(line) = row.line {
            self.out.line(line);
        }
    }

    /// Opens the account that the row is of, unless it is open.
    fn account(&mut self, row: &Row, number: u64) {
        let is_open = |open: &Open| open.sort_code == row.sort_code && open.account == row.account;
        if self.open.as_ref().is_some_and(is_open) {
            return;
        }
        self.close(number);
        self.out.open(StatementHead {
            account: row.account.clone(),
            sort_code: Some(row.sort_code.clone()),
            currency: "GBP".to_owned(),
            from: self.processed,
            to: self.processed,
            ..StatementHead::default()
        });
        self.statements = self.statements.saturating_add(1);
        self.open = Some(Open {
            sort_code: row.sort_code.clone(),
            account: row.account.clone(),
            ..Open::default()
        });
    }

    fn close(&mut self, number: u64) {
        if let Some(open) = self.open.take() {
            let close = StatementClose { closing: open.closing, ..StatementClose::default() };
            self.out.close(close, number, &mut self.faults);
        }
    }

    fn finish(mut self, lines: Lines<'_>, number: u64) -> Verdict {
        self.close(number);
        if !self.ended {
            let line = (number > 0).then_some(number);
            self.faults.error(line, "no trailer (UTL1); the file may have been cut off");
        }
        let Self { out, mut faults, .. } = self;
        lines.finish(&mut faults);
        faults.verdict(None, out.totals())
    }
}

/// The bank's sum of one side of an account: a warning, for it counts some lines
/// in ways of its own.
fn total(name: &str, ours: i64, stated: i64, number: u64, faults: &mut Faults) {
    if ours != stated {
        faults.warning(
            number,
            format!("the account's {name} make {ours} pence, but its total says {stated}"),
        );
    }
}
