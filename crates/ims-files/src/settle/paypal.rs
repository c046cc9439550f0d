//! PayPal: the settlement report (STL). See `docs/formats/paypal.md`.

mod section;

use std::io::BufRead;

use crate::{
    Confidence, Format, Head, Record, Verdict,
    out::Out,
    rows::{Rows, first_rows},
    verdict::Faults,
};

use super::book::Book;
use section::Reading;

/// The settlement report.
pub(crate) struct Paypal;

impl Format for Paypal {
    fn name(&self) -> &'static str {
        "paypal-stl"
    }

    fn title(&self) -> &'static str {
        "PayPal settlement report (STL)"
    }

    fn page(&self) -> &'static str {
        "docs/formats/paypal.md"
    }

    fn recognise(&self, head: &Head<'_>) -> Confidence {
        let rows = first_rows(head.bytes, 4);
        // A report may be given from its section on.
        let begins = rows.first().is_some_and(|row| ["RH", "SH"].contains(&row.get(0)));
        let columns = rows.iter().find(|row| row.get(0) == "CH");
        let fits = columns
            .is_some_and(|row| row.iter().any(|name| name.eq_ignore_ascii_case("Transaction ID")));
        if begins && fits { Confidence::Sure } else { Confidence::No }
    }

    fn read(&self, input: &mut dyn BufRead, sink: &mut dyn FnMut(Record)) -> Verdict {
        let mut rows = Rows::new(input);
        let mut faults = Faults::default();
        let mut book = Book::new("paypal", Out::new(sink));
        let mut reading = Reading::default();
        while let Some(row) = rows.next() {
            if let Err(message) = reading.take(row, &mut book) {
                faults.error(row.line, message);
            }
        }
        rows.finish(&mut faults);
        reading.finish(&mut faults);
        let totals = book.finish(&mut faults);
        faults.verdict(reading.version(), totals)
    }
}
