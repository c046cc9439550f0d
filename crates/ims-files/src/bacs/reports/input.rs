//! The input report: what Bacs took of what we sent, and what it did not; and
//! the report of what was withdrawn.

use std::io::BufRead;

use chrono::NaiveDate;
use ims_ledger::Advice;

use super::{
    is_xml_with,
    said::{Said, Whose, day},
    walk::{Listener, walk},
};
use crate::{Confidence, Format, Head, Record, Verdict, out::Out, verdict::Faults};

/// See `docs/formats/bacs-input.md`.
pub(crate) struct InputReport;

impl Format for InputReport {
    fn name(&self) -> &'static str {
        "bacs-input"
    }

    fn title(&self) -> &'static str {
        "Bacs input and withdrawal reports: what was taken of a submission"
    }

    fn page(&self) -> &'static str {
        "docs/formats/bacs-input.md"
    }

    fn recognise(&self, head: &Head<'_>) -> Confidence {
        is_xml_with(
            head,
            &["<InputReport", ":InputReport", "<WithdrawalReport", ":WithdrawalReport"],
        )
    }

    fn read(&self, input: &mut dyn BufRead, sink: &mut dyn FnMut(Record)) -> Verdict {
        let mut reading = Reading {
            out: Out::new(sink),
            faults: Faults::default(),
            kind: None,
            day: None,
            serial: String::new(),
            file: String::new(),
            is_of_error: false,
            item: None,
            message: Said::default(),
            message_text: String::new(),
            side: "",
            rejected: 0,
            stated_rejected: None,
        };
        let mut faults = Faults::default();
        walk(input, &mut faults, &mut reading);
        reading.finish(faults.is_clean());
        faults.absorb(reading.faults);
        faults.verdict(reading.kind.map(|kind| kind.to_ascii_lowercase()), None)
    }
}

struct Reading<'s> {
    out: Out<'s>,
    faults: Faults,
    kind: Option<&'static str>,
    day: Option<NaiveDate>,
    /// The volume's serial number, by which the submission is known.
    serial: String,
    /// The file's number in it.
    file: String,
    /// Inside an error of an item.
    is_of_error: bool,
    item: Option<(u64, Said)>,
    message: Said,
    message_text: String,
    /// Whose totals are open: `credits` or `debits`.
    side: &'static str,
    rejected: u64,
    stated_rejected: Option<u64>,
}

impl Listener for Reading<'_> {
    fn begins(&mut self, name: &str, said: &Said, line: u64) {
        match name {
            "InputReport" => self.kind = Some("INPUT"),
            "WithdrawalReport" => self.kind = Some("WITHDRAWAL"),
            "ProcessingDate" => self.processing_day(said, line),
            "SubmissionInformation" => {
                self.serial = said
                    .text(&["volumeserialnumber", "submissionserialnumber"])
                    .unwrap_or_default();
            }
            "UserFileInformation" => {
                self.file = said.text(&["userfilenumber", "filenumber"]).unwrap_or_default();
            }
            "Error" => {
                self.is_of_error = true;
                (self.item, self.message) = (None, Said::default());
                self.message_text.clear();
            }
            "ErrorItem" if self.is_of_error => self.item = Some((line, said.clone())),
            "ErrorMessage" if self.is_of_error => self.message = said.clone(),
            "CreditEntry" => self.side = "credits",
            "DebitEntry" => self.side = "debits",
            "AcceptedRecords" => self.accepted(said, line),
            "RejectedRecords" => self.refused(said),
            "Credit" | "Debit" if self.kind == Some("WITHDRAWAL") => {
                self.side = if name == "Credit" { "credits" } else { "debits" };
                self.withdrawn(said, line);
            }
            _ => {}
        }
    }

    fn ends(&mut self, name: &str, _: &str, text: &str, line: u64) {
        match name {
            // Its day may be its text.
            "ProcessingDate" if self.day.is_none() && !text.is_empty() => match day(text) {
                Ok(day) => self.day = Some(day),
                Err(message) => self.faults.error(line, format!("ProcessingDate: {message}")),
            },
            "ErrorMessage" if self.is_of_error => self.message_text = text.to_owned(),
            "Error" => {
                self.is_of_error = false;
                self.item_error(line);
            }
            _ => {}
        }
    }
}

impl Reading<'_> {
    fn processing_day(&mut self, said: &Said, line: u64) {
        match said.day(&["date", "processingdate"]) {
            Ok(day) => self.day = self.day.or(day),
            Err(message) => self.faults.error(line, format!("ProcessingDate: {message}")),
        }
    }

    /// What all advices of the report have in common.
    fn advice(&mut self, line: u64, code: &str, meaning: String) -> Option<Advice> {
        let Some(date) = self.day else {
            self.faults
                .error(line, "no ProcessingDate before it; the day of the report would be right");
            return None;
        };
        Some(Advice {
            line,
            kind: self.kind.unwrap_or("INPUT").to_owned(),
            date,
            reference: self.serial.clone(),
            code: code.to_owned(),
            meaning,
            ..Advice::default()
        })
    }

    /// An item that was refused, amended or sent back.
    fn item_error(&mut self, line: u64) {
        let (line, item) = self.item.take().unwrap_or((line, Said::default()));
        let message = std::mem::take(&mut self.message);
        let code = message.get(&["type"]).unwrap_or("ERROR").to_ascii_uppercase();
        let words: Vec<&str> = ["message", "description", "text", "line1", "line2", "line3"]
            .iter()
            .filter_map(|name| message.get(&[name]))
            .chain(Some(self.message_text.as_str()).filter(|text| !text.is_empty()))
            .collect();
        let words = words.join(" ");
        let meaning = if words.is_empty() { told(&code).to_owned() } else { words };
        if code == "REJECTED" {
            self.rejected = self.rejected.saturating_add(1);
        }
        let amount = match item.amount(&["valueof", "amount"]) {
            Ok(amount) => amount,
            Err(message) => {
                self.faults.error(line, format!("valueOf: {message}"));
                return;
            }
        };
        let Some(advice) = self.advice(line, &code, meaning) else { return };
        self.out.give(Record::Advice(Advice {
            reference: item.text(&["reference", "ref"]).unwrap_or_default(),
            amount,
            sort_code: item.sort_code(Whose::Payer),
            account: item.account(Whose::Payer),
            name: item.text(&["destinationname", "destinationaccountname", "name"]),
            transaction_code: item.text(&["transactioncode", "transcode"]),
            ..advice
        }));
    }

    fn accepted(&mut self, said: &Said, line: u64) {
        let count = said.get(&["numberof"]).unwrap_or("?").to_owned();
        if count.trim_start_matches('0').is_empty() {
            return;
        }
        let meaning = format!("{count} {} of file {} accepted", self.side, self.file);
        self.total(said, line, "ACCEPTED", meaning);
    }

    fn withdrawn(&mut self, said: &Said, line: u64) {
        let nothing = said.amount(&["valueof"]).is_ok_and(|a| a.is_none_or(|a| a.is_zero()));
        if !nothing {
            let meaning = format!("{} withdrawn before they were processed", self.side);
            self.total(said, line, "WITHDRAWN", meaning);
        }
    }

    fn total(&mut self, said: &Said, line: u64, code: &str, meaning: String) {
        match said.amount(&["valueof"]) {
            Ok(amount) => {
                if let Some(advice) = self.advice(line, code, meaning) {
                    self.out.give(Record::Advice(Advice { amount, ..advice }));
                }
            }
            Err(message) => self.faults.error(line, format!("valueOf: {message}")),
        }
    }

    fn refused(&mut self, said: &Said) {
        let count = said.get(&["numberof"]).and_then(|count| count.parse().ok()).unwrap_or(0);
        let before = self.stated_rejected.unwrap_or(0);
        self.stated_rejected = Some(before.saturating_add(count));
    }

    fn finish(&mut self, is_whole: bool) {
        if is_whole && self.kind.is_none() {
            self.faults.error(None, "no InputReport in it; it is no input report of Bacs");
        }
        if let Some(stated) = self.stated_rejected.filter(|stated| *stated != self.rejected) {
            let read = self.rejected;
            self.faults.warning(
                None,
                format!("the report counts {stated} records rejected, but names {read} of them"),
            );
        }
    }
}

/// The type of an error in words.
fn told(code: &str) -> &'static str {
    match code {
        "REJECTED" => "not taken; send it again when it is right",
        "AMENDED" => "taken after Bacs amended it",
        "RETURNED" => "taken, and sent back to our own account",
        _ => "told as an error, without a reason",
    }
}
