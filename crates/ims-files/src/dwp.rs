//! DWP's schedules of deductions from benefit, which enforcement agents send too.
//! See `docs/formats/dwp-xml.md`.

use std::io::BufRead;

use chrono::NaiveDate;
use ims_ledger::{ScheduleHead, ScheduleLine};
use ims_money::Pence;

use crate::{
    Confidence, Format, Head, Record, Verdict,
    amounts::clipped,
    dates,
    out::Out,
    verdict::Faults,
    xml::{self, Step, Visitor},
};

/// A third-party deductions schedule, `PacsTppSchedule`.
pub(crate) struct Dwp;

impl Format for Dwp {
    fn name(&self) -> &'static str {
        "dwp-xml"
    }

    fn title(&self) -> &'static str {
        "DWP third-party deductions schedule (XML)"
    }

    fn page(&self) -> &'static str {
        "docs/formats/dwp-xml.md"
    }

    fn recognise(&self, head: &Head<'_>) -> Confidence {
        let fits = xml::root(head.bytes).is_some_and(|root| root == "PacsTppSchedule");
        if fits { Confidence::Sure } else { Confidence::No }
    }

    fn read(&self, input: &mut dyn BufRead, sink: &mut dyn FnMut(Record)) -> Verdict {
        let mut faults = Faults::default();
        let mut reading = Reading::new(Out::new(sink));
        xml::read(input, &mut faults, &mut reading);
        let totals = reading.finish(&mut faults);
        faults.verdict(None, totals)
    }
}

/// The longest text of an element that is kept.
const TEXT_MAX: usize = 200;

struct Reading<'s> {
    out: Out<'s>,
    faults: Faults,
    depth: usize,
    text: String,
    /// The elements of the header, detail or summary that is open, by their names.
    fields: Vec<(&'static str, String)>,
    begun: u64,
    head: ScheduleHead,
    opened: bool,
    summed: bool,
    sum: Option<Pence>,
    kinds: [u64; 2],
}

/// The elements that are read.
const FIELDS: &[&str] = &[
    "CreditorID",
    "BatchNumber",
    "PacsDocumentCreationDate",
    "NotificationReference",
    "CustomerRef",
    "RecordType",
    "DateTo",
    "DetailAmountType",
    "DetailAmountSign",
    "SummaryAmountType",
    "SummaryAmountSign",
    "Total02Records",
    "Total03Records",
];

impl<'s> Reading<'s> {
    fn new(out: Out<'s>) -> Self {
        Self {
            out,
            faults: Faults::default(),
            depth: 0,
            text: String::new(),
            fields: Vec::new(),
            begun: 0,
            head: ScheduleHead::default(),
            opened: false,
            summed: false,
            sum: Some(Pence::ZERO),
            kinds: [0, 0],
        }
    }

    fn get(&self, name: &str) -> &str {
        let found = self.fields.iter().find(|(held, _)| *held == name);
        found.map_or("", |(_, text)| text.trim())
    }

    fn needed(&self, name: &str) -> Result<&str, String> {
        match self.get(name) {
            "" => Err(format!("{name} is missing")),
            text => Ok(text),
        }
    }

    fn day(&self, name: &str) -> Result<NaiveDate, String> {
        let text = self.needed(name)?;
        dates::iso(text).ok_or_else(|| {
            format!("{name}: `{}` is not a date; 2026-04-01 would be", clipped(text))
        })
    }

    /// Pence without a sign.
    fn size(&self, amount: &str) -> Result<Pence, String> {
        let text = self.needed(amount)?;
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse()
            .ok()
            .filter(|_| digits)
            .map(Pence::new)
            .ok_or_else(|| format!("{amount}: `{}` is no whole number of pence", clipped(text)))
    }

    /// Pence with the sign that stands in an element of its own.
    fn money(&self, amount: &str, sign: &str) -> Result<Pence, String> {
        let pence = self.size(amount)?;
        match self.get(sign) {
            "+" => Ok(pence),
            "-" => pence.checked_neg().ok_or_else(|| format!("{amount} is too large")),
            other => Err(format!("{sign}: `{}` is neither + nor -", clipped(other))),
        }
    }

    fn header(&mut self) -> Result<(), String> {
        let creditor = self.needed("CreditorID")?.to_owned();
        // Agents that remit in this shape put a name of their own.
        let is_dwp =
            creditor.bytes().all(|byte| byte.is_ascii_digit()) || creditor.starts_with("DWP");
        self.head = ScheduleHead {
            sender: if is_dwp { "DWP".to_owned() } else { creditor },
            date: None,
            reference: Some(self.get("NotificationReference").to_owned())
                .filter(|text| !text.is_empty()),
        };
        self.head.date = Some(self.day("PacsDocumentCreationDate")?);
        Ok(())
    }

    fn open(&mut self) {
        if !std::mem::replace(&mut self.opened, true) {
            self.out.give(Record::ScheduleOpens(std::mem::take(&mut self.head)));
        }
    }

    fn detail(&mut self) -> Result<(), String> {
        let kind = self.get("RecordType").to_owned();
        match kind.as_str() {
            "02" => self.kinds[0] += 1,
            "03" => self.kinds[1] += 1,
            other => {
                return Err(format!("RecordType: `{}` is neither 02 nor 03", clipped(other)));
            }
        }
        let amount = self.money("DetailAmountType", "DetailAmountSign")?;
        let line = ScheduleLine {
            line: self.begun,
            reference: self.needed("CustomerRef")?.to_owned(),
            name: None,
            amount,
            date: Some(self.day("DateTo")?),
            kind: Some(kind),
        };
        self.open();
        self.sum = self.sum.and_then(|sum| sum.checked_add(amount));
        self.out.give(Record::ScheduleLine(line));
        Ok(())
    }

    fn summary(&mut self) -> Result<(), String> {
        self.summed = true;
        self.open();
        for (name, found) in [("Total02Records", self.kinds[0]), ("Total03Records", self.kinds[1])]
        {
            let stated = self.needed(name)?;
            if stated.parse() != Ok(found) {
                return Err(format!("{name} is {}, but there are {found}", clipped(stated)));
            }
        }
        let unsigned = self.get("SummaryAmountSign").is_empty();
        let stated = if unsigned {
            self.size("SummaryAmountType")?
        } else {
            self.money("SummaryAmountType", "SummaryAmountSign")?
        };
        if self.sum == Some(stated) || (unsigned && self.sum == stated.checked_neg()) {
            if unsigned {
                self.faults.warning(
                    self.begun,
                    "SummaryAmountSign is empty; the sum was compared without its sign",
                );
            }
            return Ok(());
        }
        let sum = self.sum.map_or_else(|| "too much".to_owned(), |sum| sum.to_string());
        Err(format!("the summary says {stated}, but the details make {sum}"))
    }

    fn finish(mut self, faults: &mut Faults) -> Option<crate::Totals> {
        if faults.is_clean() && !self.summed {
            self.faults.error(None, "there is no DocumentSummary; the file was cut off");
        }
        faults.absorb(self.faults);
        self.out.totals()
    }
}

impl Visitor for Reading<'_> {
    fn step(&mut self, step: Step<'_>, line: impl FnOnce() -> u64) {
        match step {
            Step::Begins(name, _) => {
                self.depth += 1;
                self.text.clear();
                if self.depth == 2 {
                    self.fields.clear();
                    self.begun = line();
                } else if self.depth == 3
                    && let Some(known) = FIELDS.iter().find(|known| **known == name)
                {
                    self.fields.push((known, String::new()));
                    self.fields.truncate(FIELDS.len());
                }
            }
            Step::Text(text) => {
                if self.depth == 3 && self.text.len().saturating_add(text.len()) <= TEXT_MAX {
                    self.text.push_str(text);
                }
            }
            Step::Ends => self.end(),
        }
    }
}

impl Reading<'_> {
    fn end(&mut self) {
        let depth = self.depth;
        self.depth = depth.saturating_sub(1);
        if depth == 3 {
            if let Some((_, held)) = self.fields.last_mut()
                && held.is_empty()
            {
                *held = std::mem::take(&mut self.text);
            }
            return;
        }
        if depth != 2 {
            return;
        }
        let has = |name: &str| self.fields.iter().any(|(held, _)| *held == name);
        let done = if has("CreditorID") || has("PacsDocumentCreationDate") {
            self.header()
        } else if has("SummaryAmountType") || has("Total02Records") {
            self.summary()
        } else if has("CustomerRef") || has("DetailAmountType") || has("RecordType") {
            self.detail()
        } else {
            Ok(())
        };
        if let Err(message) = done {
            self.faults.error(self.begun, message);
        }
    }
}
