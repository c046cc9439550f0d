//! The statement of the main account, as MT940.

use std::fmt::Write as _;

use chrono::NaiveDate;
use ims_ledger::BankAccount;
use ims_money::Pence;

use crate::{
    line::Line,
    writing::{push_size, sum, yymmdd},
};

/// What a statement says around its lines.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame<'a> {
    pub(crate) bank: &'a BankAccount,
    /// The bank's number for the statement.
    pub(crate) number: u64,
    /// The day of the statement before.
    pub(crate) eve: NaiveDate,
    pub(crate) date: NaiveDate,
    pub(crate) opening: Pence,
}

impl Frame<'_> {
    /// The balance after `lines`.
    pub(crate) fn closing(&self, lines: &[Line]) -> Pence {
        sum(lines.iter().map(|line| line.amount).chain([self.opening]))
    }
}

pub(crate) fn write(frame: &Frame<'_>, lines: &[Line]) -> Vec<u8> {
    let mut text = String::with_capacity(200 + lines.len() * 120);
    let day = yymmdd(frame.date);
    let month_and_day = day.get(2..).unwrap_or_default();
    let _ = write!(text, ":20:QHV{day}M\r\n");
    let _ = write!(text, ":25:{}{}\r\n", frame.bank.sort_code, frame.bank.number);
    let _ = write!(text, ":28C:{:05}/001\r\n", frame.number);
    balance(&mut text, "60F", &yymmdd(frame.eve), frame.opening);
    for (line, number) in lines.iter().zip(1_u64..) {
        let side = if line.amount.is_negative() { 'D' } else { 'C' };
        let _ = write!(text, ":61:{day}{month_and_day}{side}");
        push_size(&mut text, line.amount, ',');
        let reference = reference(line);
        let _ = write!(text, "{}{reference}//M{day}{number:07}\r\n", line.kind.swift());
        let _ = write!(text, ":86:{}", line.kind.letters());
        for part in [&line.payer, &line.written] {
            if !part.is_empty() {
                let _ = write!(text, " {part}");
            }
        }
        text.push_str("\r\n");
    }
    balance(&mut text, "62F", &day, frame.closing(lines));
    text.push_str("-\r\n");
    text.into_bytes()
}

fn balance(text: &mut String, tag: &str, day: &str, amount: Pence) {
    let side = if amount.is_negative() { 'D' } else { 'C' };
    let _ = write!(text, ":{tag}:{side}{day}GBP");
    push_size(text, amount, ',');
    text.push_str("\r\n");
}

/// The payer's reference, of which there is room for 16 characters. The bank's
/// own lines have none.
fn reference(line: &Line) -> &str {
    let has_one = !line.payer.is_empty() && line.written.len() <= 16;
    if has_one { &line.written } else { "NONREF" }
}
