//! DDICA: claims under the direct debit guarantee, and claims taken back.

use std::io::BufRead;

use chrono::NaiveDate;
use ims_ledger::Advice;
use ims_money::Amount;

use super::{
    is_xml_with,
    said::{Said, day, pounds, sort_code},
    walk::{Listener, walk},
};
use crate::{
    Confidence, Format, HELD_LINES_MAX, Head, PARTS_MAX, Record, Verdict,
    bacs::reasons::{Report, meaning, reason},
    out::Out,
    verdict::Faults,
};

/// See `docs/formats/ddica.md`.
pub(crate) struct Ddica;

impl Format for Ddica {
    fn name(&self) -> &'static str {
        "ddica"
    }

    fn title(&self) -> &'static str {
        "Bacs DDICA: direct debit indemnity claims"
    }

    fn page(&self) -> &'static str {
        "docs/formats/ddica.md"
    }

    fn recognise(&self, head: &Head<'_>) -> Confidence {
        is_xml_with(head, &["<VocaDocument", ":VocaDocument", "<DDICAdvice"])
    }

    fn read(&self, input: &mut dyn BufRead, sink: &mut dyn FnMut(Record)) -> Verdict {
        let mut reading = Reading {
            out: Out::new(sink),
            faults: Faults::default(),
            is_there: false,
            report_day: None,
            section: None,
            claim: None,
        };
        let mut faults = Faults::default();
        walk(input, &mut faults, &mut reading);
        reading.end_section();
        if faults.is_clean() && !reading.is_there {
            reading
                .faults
                .error(None, "no NewAdvices or Cancellations in it; it is no DDICA report");
        }
        faults.absorb(reading.faults);
        faults.verdict(Some("DDICA".to_owned()), reading.out.totals())
    }
}

struct Reading<'s> {
    out: Out<'s>,
    faults: Faults,
    is_there: bool,
    /// The day of the report itself.
    report_day: Option<NaiveDate>,
    section: Option<Section>,
    claim: Option<Claim>,
}

/// New claims, or claims taken back: they wait for the day, which may come after
/// them.
#[derive(Default)]
struct Section {
    is_taken_back: bool,
    day: Option<NaiveDate>,
    stated: Option<(u64, Amount)>,
    claims: Vec<Claim>,
    /// An amount that did not read is told; the sum is then no second fault.
    is_broken: bool,
}

#[derive(Default)]
struct Claim {
    line: u64,
    number: String,
    bank_reference: String,
    reference: String,
    code: String,
    stated: String,
    sort_code: String,
    account: String,
    name: String,
    total: Option<Amount>,
    debits: Vec<(Option<NaiveDate>, Amount)>,
    /// Of the debit that is open.
    debit_day: Option<NaiveDate>,
    debit_amount: Option<Amount>,
}

impl Listener for Reading<'_> {
    fn begins(&mut self, name: &str, _: &Said, line: u64) {
        match name {
            "NewAdvices" | "Cancellations" => {
                self.end_section();
                self.is_there = true;
                let is_taken_back = name == "Cancellations";
                self.section = Some(Section { is_taken_back, ..Section::default() });
            }
            "DDICAdvice" | "DDICCancellation" => {
                self.claim = Some(Claim { line, ..Claim::default() });
            }
            _ => {}
        }
    }

    fn ends(&mut self, name: &str, inside: &str, text: &str, line: u64) {
        match (name, &mut self.claim) {
            ("NewAdvices" | "Cancellations", _) => self.end_section(),
            ("DDICAdvice" | "DDICCancellation", _) => self.end_claim(),
            (_, Some(claim)) => {
                let told = claim.take(name, inside, text);
                if let Err(message) = told {
                    if let Some(section) = &mut self.section {
                        section.is_broken = true;
                    }
                    self.faults.error(line, format!("{name}: {message}"));
                }
            }
            (_, None) => {
                if let Err(message) = self.outside(name, text, line) {
                    self.faults.error(line, format!("{name}: {message}"));
                }
            }
        }
    }
}

impl Claim {
    fn take(&mut self, name: &str, inside: &str, text: &str) -> Result<(), String> {
        let field = match name {
            "SeqNo" => &mut self.number,
            "PayingBankReference" => &mut self.bank_reference,
            "SUReference" => &mut self.reference,
            "ReasonCode" => &mut self.code,
            "ReasonCodeMeaning" => &mut self.stated,
            "PayerSortCode" => &mut self.sort_code,
            "PayerAccount" | "PayerAccountNumber" => &mut self.account,
            "PayerName" => &mut self.name,
            "TotalAmount" => {
                self.total = Some(pounds(text)?);
                return Ok(());
            }
            "DateOfDirectDebit" => {
                self.debit_day = Some(day(text)?);
                return Ok(());
            }
            "Amount" => {
                self.debit_amount = Some(pounds(text)?);
                return Ok(());
            }
            _ if inside == "DDCollections" => {
                let debit = self.debit_day.take();
                if let Some(amount) = self.debit_amount.take() {
                    if self.debits.len() >= PARTS_MAX {
                        return Err(format!("more than {PARTS_MAX} debits in one claim"));
                    }
                    self.debits.push((debit, amount));
                }
                return Ok(());
            }
            _ => return Ok(()),
        };
        *field = text.to_owned();
        Ok(())
    }
}

impl Reading<'_> {
    fn outside(&mut self, name: &str, text: &str, line: u64) -> Result<(), String> {
        match (name, &mut self.section) {
            ("TotalValueOfDebits" | "TotalValueOfCancellations", Some(section)) => {
                section.stated = Some((line, pounds(text)?));
            }
            (_, Some(section)) if name.starts_with("DateOf") && !text.is_empty() => {
                section.day = Some(day(text)?);
            }
            (_, None) if is_report_day(name) && !text.is_empty() => {
                self.report_day = Some(day(text)?);
            }
            (_, _) => {}
        }
        Ok(())
    }

    fn end_claim(&mut self) {
        let Some(claim) = self.claim.take() else { return };
        // A claim may stand outside a section that has been closed.
        let section = self.section.get_or_insert_with(Section::default);
        if section.claims.len() < HELD_LINES_MAX {
            section.claims.push(claim);
        } else {
            self.faults.error(claim.line, format!("more than {HELD_LINES_MAX} claims"));
        }
    }

    fn end_section(&mut self) {
        let Some(section) = self.section.take() else { return };
        let sum = Amount::checked_sum(section.claims.iter().filter_map(|claim| claim.total));
        if let Some((line, stated)) = section.stated
            && sum != Some(stated)
            && !section.is_broken
        {
            let sum = sum.map_or_else(|| "too much".to_owned(), |sum| sum.to_string());
            self.faults.error(line, format!("the total says {stated}, but the claims make {sum}"));
        }
        let Some(date) = section.day.or(self.report_day) else {
            if let Some(first) = section.claims.first() {
                self.faults
                    .error(first.line, "no DateOfDebit; the day the money is taken would be right");
            }
            return;
        };
        for claim in section.claims {
            self.give(claim, date, section.is_taken_back);
        }
    }

    /// One advice for each debit that is claimed back, since each was a payment.
    fn give(&mut self, claim: Claim, date: NaiveDate, is_taken_back: bool) {
        let line = claim.line;
        let sum = Amount::checked_sum(claim.debits.iter().map(|(_, amount)| *amount));
        let Some(total) = claim.total.or(sum).filter(|total| !total.is_zero()) else {
            self.faults.error(line, "no TotalAmount; the pounds that are claimed would be right");
            return;
        };
        if claim.reference.is_empty() {
            self.faults
                .warning(line, "no SUReference; the payer has to be found by name and account");
        }
        if reason(Report::Ddica, &claim.code).is_none() {
            let code = &claim.code;
            self.faults.warning(line, format!("reason code `{code}` is not one of DDICA's"));
        }
        let debits = if claim.debits.is_empty() || sum != Some(total) {
            if !claim.debits.is_empty() {
                let sum = sum.map_or_else(|| "too much".to_owned(), |sum| sum.to_string());
                self.faults.warning(
                    line,
                    format!(
                        "the claim is for {total}, but its debits make {sum}; it is kept whole"
                    ),
                );
            }
            let only = match claim.debits.as_slice() {
                [(day, _)] => *day,
                _ => None,
            };
            vec![(only, total)]
        } else {
            claim.debits.clone()
        };
        let words = meaning(Report::Ddica, &claim.code, &claim.stated);
        let words = if is_taken_back { format!("claim taken back: {words}") } else { words };
        let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let several = debits.len() > 1;
        for (nth, (original_date, amount)) in (1_u64..).zip(debits) {
            let own = if claim.bank_reference.is_empty() {
                format!("DDICA {date}/{}", claim.number)
            } else {
                claim.bank_reference.clone()
            };
            let undone = if is_taken_back { " taken back" } else { "" };
            let part = if several { format!("/{nth}") } else { String::new() };
            self.out.give(Record::Advice(Advice {
                line,
                kind: Report::Ddica.as_str().to_owned(),
                date,
                reference: claim.reference.clone(),
                code: claim.code.clone(),
                meaning: words.clone(),
                amount: Some(if is_taken_back { amount.negated() } else { amount }),
                sort_code: filled(&claim.sort_code).map(|text| sort_code(&text)),
                account: filled(&claim.account),
                name: filled(&claim.name),
                original_date,
                advice_reference: Some(format!("{own}{part}{undone}")),
                ..Advice::default()
            }));
        }
    }
}

fn is_report_day(name: &str) -> bool {
    matches!(
        name,
        "ReportDate" | "ReportGenerationDate" | "DateOfReport" | "DocumentDate" | "ProcessingDate"
    )
}
