//! ADDACS, AUDDIS and AWACS: what banks say of instructions and of accounts.

use std::io::BufRead;

use chrono::NaiveDate;
use ims_ledger::Advice;

use super::{
    is_xml_with,
    said::{Said, Whose},
    walk::{Listener, walk},
};
use crate::{
    Confidence, FAULTS_MAX, Format, Head, Record, Verdict,
    bacs::reasons::{Report, meaning, reason},
    out::Out,
    verdict::Faults,
};

/// See `docs/formats/bacs-messages.md`.
pub(crate) struct Messages;

impl Format for Messages {
    fn name(&self) -> &'static str {
        "bacs-messages"
    }

    fn title(&self) -> &'static str {
        "Bacs ADDACS, AUDDIS and AWACS: instructions and accounts amended"
    }

    fn page(&self) -> &'static str {
        "docs/formats/bacs-messages.md"
    }

    fn recognise(&self, head: &Head<'_>) -> Confidence {
        is_xml_with(head, &["<MessagingAdvice", ":MessagingAdvice"])
    }

    fn read(&self, input: &mut dyn BufRead, sink: &mut dyn FnMut(Record)) -> Verdict {
        let mut reading = Reading {
            out: Out::new(sink),
            faults: Faults::default(),
            report: None,
            is_there: false,
            day: None,
            items: 0,
            files: Vec::new(),
            errors: Vec::new(),
        };
        let mut faults = Faults::default();
        walk(input, &mut faults, &mut reading);
        if faults.is_clean() && !reading.is_there {
            reading
                .faults
                .error(None, "no MessagingAdvices in it; it is no ADDACS, AUDDIS or AWACS");
        }
        reading.finish();
        faults.absorb(reading.faults);
        let version = reading.report.map(|report| report.as_str().to_owned());
        faults.verdict(version, None)
    }
}

struct Reading<'s> {
    out: Out<'s>,
    faults: Faults,
    report: Option<Report>,
    is_there: bool,
    /// The day of the report.
    day: Option<NaiveDate>,
    items: u64,
    /// Files of ours that were accepted or refused whole: they wait for the
    /// errors, which come after them.
    files: Vec<File>,
    errors: Vec<(u64, String)>,
}

struct File {
    advice: Advice,
    is_refused: bool,
}

impl Listener for Reading<'_> {
    fn begins(&mut self, name: &str, said: &Said, line: u64) {
        match name {
            "MessagingAdvices" => self.is_there = true,
            "MessagingHeader" | "Header" => self.header(said, line),
            "MessagingAdvice" => {
                self.items = self.items.saturating_add(1);
                if let Err(message) = self.message(line, said) {
                    self.faults.error(line, message);
                }
            }
            "MessagingError" => self.error(line, said),
            _ => {}
        }
    }

    fn ends(&mut self, _: &str, _: &str, _: &str, _: u64) {}
}

impl Reading<'_> {
    fn header(&mut self, said: &Said, line: u64) {
        let kind = said.get(&["advicetype"]).unwrap_or_default().to_ascii_uppercase();
        for (begins, report) in
            [("ADD", Report::Addacs), ("AUD", Report::Auddis), ("AWA", Report::Awacs)]
        {
            if kind.starts_with(begins) {
                self.report = Some(report);
            }
        }
        let days =
            ["reportgenerationdate", "currentprocessingdate", "processingdate", "reportdate"];
        match said.day(&days) {
            Ok(day) => self.day = day.or(self.day),
            Err(message) => self.faults.error(line, format!("report generation date: {message}")),
        }
    }

    /// Which report it is; where the header does not say, the message shows it.
    fn report_of(&mut self, line: u64, said: &Said) -> Report {
        if let Some(report) = self.report {
            return report;
        }
        let is_auddis = said.has("acceptedddi") || said.has("volserialnumber");
        let report = if is_auddis { Report::Auddis } else { Report::Addacs };
        let name = report.as_str();
        self.faults
            .warning(line, format!("the header has no advice-type; by its shape it is {name}"));
        self.report = Some(report);
        report
    }

    fn message(&mut self, line: u64, said: &Said) -> Result<(), String> {
        let report = self.report_of(line, said);
        let kind = said.get(&["recordtype"]).unwrap_or_default().to_ascii_uppercase();
        let day = said
            .day(&["effectivedate", "processingdate", "duedate"])
            .map_err(|message| format!("effective-date: {message}"))?;
        let date = day.or(self.day).ok_or("no effective-date, nor one of the report")?;
        if report == Report::Auddis && matches!(kind.as_str(), "V" | "R") {
            self.file(line, said, date, kind == "R");
            return Ok(());
        }
        let reference = said.text(&["reference", "ref", "payerreference", "beneficiaryreference"]);
        let reference = reference.ok_or("no reference; the payer's would be right")?;
        let code = said.text(&["reasoncode"]).unwrap_or_default();
        let stated = said.get(&["reasondescription", "reasoncodemeaning"]).unwrap_or_default();
        if reason(report, &code).is_none() {
            let name = report.as_str();
            self.faults.warning(line, format!("reason code `{code}` is not one of {name}'s"));
        }
        self.out.give(Record::Advice(Advice {
            line,
            kind: report.as_str().to_owned(),
            date,
            reference,
            meaning: meaning(report, &code, stated),
            code,
            sort_code: said.sort_code(Whose::Payer),
            account: said.account(Whose::Payer),
            name: said.text(&["payername", "beneficiaryname", "name"]),
            transaction_code: said.text(&["transactioncode", "transcode"]),
            advice_reference: Some(format!(
                "{} {}/{}",
                report.as_str(),
                self.day.unwrap_or(date),
                self.items
            )),
            new_sort_code: said.sort_code(Whose::New),
            new_account: said.account(Whose::New),
            ..Advice::default()
        }));
        Ok(())
    }

    /// A file of instructions that we sent, accepted or refused whole.
    fn file(&mut self, line: u64, said: &Said, date: NaiveDate, is_refused: bool) {
        let serial = said.text(&["volserialnumber", "volumeserialnumber"]).unwrap_or_default();
        let number = said.get(&["originatorfilenumber", "filenumber"]).unwrap_or("?");
        let count = |name| said.get(&[name]).unwrap_or("0").to_owned();
        let (accepted, rejected) = (count("acceptedddi"), count("rejectedddi"));
        let done = if is_refused { "refused" } else { "accepted" };
        let file_type = said.get(&["filetype"]).unwrap_or_default();
        let is_test = !file_type.is_empty() && !file_type.eq_ignore_ascii_case("LIVE");
        if is_test {
            self.faults.warning(line, format!("a file of type {file_type}, not LIVE"));
        }
        let error = said.get(&["fileerrorcode"]).map(|code| format!(", error {code}"));
        let meaning = format!(
            "file {number} {done}: {accepted} instructions accepted, {rejected} refused{}",
            error.unwrap_or_default()
        );
        let advice = Advice {
            line,
            kind: Report::Auddis.as_str().to_owned(),
            date,
            reference: serial,
            code: if is_refused { "REJECTED" } else { "ACCEPTED" }.to_owned(),
            meaning,
            ..Advice::default()
        };
        if u64::try_from(self.files.len()).is_ok_and(|held| held < FAULTS_MAX) {
            self.files.push(File { advice, is_refused });
        } else {
            self.faults.error(line, format!("more than {FAULTS_MAX} files in one report"));
        }
    }

    fn error(&mut self, line: u64, said: &Said) {
        let lines: Vec<&str> = ["line1", "line2", "line3", "line4"]
            .iter()
            .filter_map(|name| said.get(&[name]))
            .collect();
        if u64::try_from(self.errors.len()).is_ok_and(|held| held < FAULTS_MAX) {
            self.errors.push((line, lines.join(" ")));
        }
    }

    fn finish(&mut self) {
        let words: Vec<String> = self.errors.iter().map(|(_, text)| text.clone()).collect();
        let any_refused = self.files.iter().any(|file| file.is_refused);
        for file in std::mem::take(&mut self.files) {
            let mut advice = file.advice;
            if file.is_refused && !words.is_empty() {
                advice.meaning = format!("{}: {}", advice.meaning, words.join("; "));
            }
            self.out.give(Record::Advice(advice));
        }
        if !any_refused {
            for (line, text) in std::mem::take(&mut self.errors) {
                self.faults.warning(line, format!("the report tells an error: {text}"));
            }
        }
    }
}
