//! Payments of another country's child support agency, as its bank lists them. See
//! `docs/formats/caps-xml.md`.

use std::io::BufRead;

use chrono::NaiveDate;
use ims_ledger::{ScheduleHead, ScheduleLine};
use ims_money::Pence;

use crate::{
    Confidence, Format, Head, Record, STATEMENTS_MAX, Verdict,
    amounts::{clipped, pence},
    dates,
    out::Out,
    verdict::Faults,
    xml::{self, Step, Visitor},
};

/// A `CapFa` file.
pub(crate) struct Caps;

impl Format for Caps {
    fn name(&self) -> &'static str {
        "caps-xml"
    }

    fn title(&self) -> &'static str {
        "Child support payments from abroad, CapFa (XML)"
    }

    fn page(&self) -> &'static str {
        "docs/formats/caps-xml.md"
    }

    fn recognise(&self, head: &Head<'_>) -> Confidence {
        let fits = xml::root(head.bytes).is_some_and(|root| root == "CapFa");
        if fits { Confidence::Sure } else { Confidence::No }
    }

    fn read(&self, input: &mut dyn BufRead, sink: &mut dyn FnMut(Record)) -> Verdict {
        let mut faults = Faults::default();
        let mut reading = Reading::new(Out::new(sink));
        xml::read(input, &mut faults, &mut reading);
        if reading.payments == 0 && faults.is_clean() {
            faults.warning(None, "there is no payment in the file");
        }
        faults.absorb(reading.faults);
        let totals = reading.out.totals();
        faults.verdict(None, totals)
    }
}

/// The longest text of an element that is kept.
const TEXT_MAX: usize = 300;

struct Reading<'s> {
    out: Out<'s>,
    faults: Faults,
    /// The names of the elements that are open, of those that matter.
    path: Vec<Place>,
    text: String,
    payments: u64,
    payment: Payment,
    line: Line,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Payment,
    Line,
    Id,
    Date,
    Total,
    Case,
    Name,
    Amount,
    Other,
}

#[derive(Default)]
struct Payment {
    id: String,
    date: String,
    total: String,
    begun: u64,
    opened: bool,
    sum: Option<Pence>,
}

#[derive(Default)]
struct Line {
    case: String,
    name: String,
    amount: String,
    begun: u64,
}

impl Place {
    fn of(name: &str) -> Self {
        match name {
            "CapFaPayment" => Self::Payment,
            "CapFaPaymentTx" => Self::Line,
            "FaPaymentId" => Self::Id,
            "PaymentDate" => Self::Date,
            "ForeignCurrencyPaymentAmount" => Self::Total,
            "ForeignCaseId" => Self::Case,
            "UsStateCaseNcpName" => Self::Name,
            "ForeignCurrencyPaymentTxAmount" => Self::Amount,
            _ => Self::Other,
        }
    }
}

impl<'s> Reading<'s> {
    fn new(out: Out<'s>) -> Self {
        Self {
            out,
            faults: Faults::default(),
            path: Vec::new(),
            text: String::new(),
            payments: 0,
            payment: Payment::default(),
            line: Line::default(),
        }
    }

    fn day(&self) -> Result<NaiveDate, String> {
        let text = self.payment.date.as_str();
        dates::iso(text).ok_or_else(|| {
            format!("PaymentDate: `{}` is not a date; 2026-04-01 would be", clipped(text))
        })
    }

    fn open(&mut self) -> Result<(), String> {
        if self.payment.opened {
            return Ok(());
        }
        let date = self.day()?;
        self.payment.opened = true;
        self.payments += 1;
        if self.payments > STATEMENTS_MAX {
            return Err(format!("more than {STATEMENTS_MAX} payments; split the file"));
        }
        self.payment.sum = Some(Pence::ZERO);
        let reference = Some(self.payment.id.clone()).filter(|text| !text.is_empty());
        let head = ScheduleHead { sender: "US CAPS".to_owned(), date: Some(date), reference };
        self.out.give(Record::ScheduleOpens(head));
        Ok(())
    }

    fn end_line(&mut self) -> Result<(), String> {
        self.open()?;
        let Line { case, name, amount, begun } = std::mem::take(&mut self.line);
        if case.is_empty() {
            return Err("ForeignCaseId is missing; it is our reference".to_owned());
        }
        let amount =
            pence(&amount).map_err(|why| format!("ForeignCurrencyPaymentTxAmount: {why}"))?;
        self.payment.sum = self.payment.sum.and_then(|sum| sum.checked_add(amount));
        self.out.give(Record::ScheduleLine(ScheduleLine {
            line: begun,
            reference: case,
            name: Some(name).filter(|name| !name.is_empty()),
            amount,
            date: Some(self.day()?),
            kind: None,
        }));
        Ok(())
    }

    fn end_payment(&mut self) -> Result<(), String> {
        self.open()?;
        let payment = std::mem::take(&mut self.payment);
        if payment.total.is_empty() {
            return Ok(());
        }
        let total =
            pence(&payment.total).map_err(|why| format!("ForeignCurrencyPaymentAmount: {why}"))?;
        if payment.sum == Some(total) {
            return Ok(());
        }
        let sum = payment.sum.map_or_else(|| "too much".to_owned(), |sum| sum.to_string());
        Err(format!("the payment says {total}, but its parts make {sum}"))
    }

    fn end(&mut self, line: impl FnOnce() -> u64) {
        let Some(place) = self.path.pop() else { return };
        let text = self.text.trim().to_owned();
        self.text.clear();
        let begun = if place == Place::Line { self.line.begun } else { self.payment.begun };
        let field = match place {
            Place::Id => &mut self.payment.id,
            Place::Date => &mut self.payment.date,
            Place::Total => &mut self.payment.total,
            Place::Case => &mut self.line.case,
            Place::Name => &mut self.line.name,
            Place::Amount => &mut self.line.amount,
            Place::Line | Place::Payment => {
                let done = if place == Place::Line { self.end_line() } else { self.end_payment() };
                if let Err(message) = done {
                    // One payment inside another leaves the outer one without a beginning.
                    self.faults.error(if begun == 0 { line() } else { begun }, message);
                }
                return;
            }
            Place::Other => return,
        };
        *field = text;
    }
}

impl Visitor for Reading<'_> {
    fn step(&mut self, step: Step<'_>, line: impl FnOnce() -> u64) {
        match step {
            Step::Begins(name, _) => {
                let place = Place::of(name);
                self.text.clear();
                if place == Place::Payment {
                    self.payment = Payment { begun: line(), ..Payment::default() };
                } else if place == Place::Line {
                    self.line = Line { begun: line(), ..Line::default() };
                }
                self.path.push(place);
            }
            Step::Text(text) => {
                if self.text.len().saturating_add(text.len()) <= TEXT_MAX {
                    self.text.push_str(text);
                }
            }
            Step::Ends => self.end(line),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payment_inside_another_is_an_error_with_a_line() {
        let file = "<CapFa>\n<CapFaPayment>\n<CapFaPayment><PaymentDate>2026-04-01</PaymentDate>\n\
            </CapFaPayment>\n</CapFaPayment></CapFa>";
        let verdict = Caps.read(&mut file.as_bytes(), &mut |_| {});
        assert_eq!(verdict.errors, 1);
        assert_eq!(verdict.faults[0].line, Some(5));
    }
}
