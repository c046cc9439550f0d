//! ARUDD and ARUCS: debits that came back unpaid, credits that came back
//! unapplied.

use std::io::BufRead;

use chrono::NaiveDate;
use ims_ledger::Advice;
use ims_money::Amount;

use super::{
    is_xml_with,
    said::{Said, Whose},
    walk::{Listener, walk},
};
use crate::{
    Confidence, Format, Head, Record, Verdict,
    bacs::reasons::{Report, meaning, reason},
    out::Out,
    verdict::Faults,
};

/// See `docs/formats/bacs-returns.md`.
pub(crate) struct Returns;

impl Format for Returns {
    fn name(&self) -> &'static str {
        "bacs-returns"
    }

    fn title(&self) -> &'static str {
        "Bacs ARUDD and ARUCS: debits unpaid and credits unapplied"
    }

    fn page(&self) -> &'static str {
        "docs/formats/bacs-returns.md"
    }

    fn recognise(&self, head: &Head<'_>) -> Confidence {
        is_xml_with(head, &["<ARUDD", "<ARUCS", ":ARUDD", ":ARUCS", "<ReturnedDebitItem"])
    }

    fn read(&self, input: &mut dyn BufRead, sink: &mut dyn FnMut(Record)) -> Verdict {
        let mut reading = Reading {
            out: Out::new(sink),
            faults: Faults::default(),
            report: None,
            day: None,
            number: String::new(),
            user: String::new(),
            item: None,
            items: 0,
            account: Sum::NONE,
            stated: None,
        };
        let mut faults = Faults::default();
        walk(input, &mut faults, &mut reading);
        if faults.is_clean() && reading.report.is_none() {
            reading
                .faults
                .error(None, "no ARUDD or ARUCS in it; it is no report of returned items");
        }
        faults.absorb(reading.faults);
        let version = reading.report.map(|report| report.as_str().to_owned());
        faults.verdict(version, reading.out.totals())
    }
}

struct Reading<'s> {
    out: Out<'s>,
    faults: Faults,
    report: Option<Report>,
    /// The day of the report.
    day: Option<NaiveDate>,
    /// The report's own number.
    number: String,
    /// The service user's number.
    user: String,
    item: Option<(u64, Said, Said)>,
    items: u64,
    /// What was read of the account that is open, and what its totals state.
    account: Sum,
    stated: Option<(u64, Said)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sum {
    count: u64,
    amount: Option<Amount>,
}

impl Sum {
    const NONE: Self = Self { count: 0, amount: Some(Amount::ZERO) };
}

fn is_item(name: &str) -> bool {
    name.starts_with("Returned") && name.ends_with("Item")
}

impl Listener for Reading<'_> {
    fn begins(&mut self, name: &str, said: &Said, line: u64) {
        match name {
            "ARUDD" => self.report = Some(Report::Arudd),
            "ARUCS" => self.report = Some(Report::Arucs),
            "Header" => self.header(said, line),
            "ServiceLicenseInformation" => {
                self.user = said.text(&["usernumber"]).unwrap_or_default();
            }
            "OriginatingAccountRecord" => (self.account, self.stated) = (Sum::NONE, None),
            "Totals" if self.item.is_none() => self.stated = Some((line, said.clone())),
            name if is_item(name) => self.item = Some((line, said.clone(), Said::default())),
            name if name.ends_with("Account") => {
                if let Some((_, _, account)) = &mut self.item {
                    *account = said.clone();
                }
            }
            _ => {}
        }
    }

    fn ends(&mut self, name: &str, _: &str, _: &str, _: u64) {
        if is_item(name) {
            if let Some((line, item, account)) = self.item.take() {
                self.items = self.items.saturating_add(1);
                match self.advice(line, &item, &account) {
                    Ok(advice) => self.give(advice),
                    Err(message) => self.faults.error(line, message),
                }
            }
        } else if name == "OriginatingAccountRecord" {
            self.check_totals();
        }
    }
}

impl Reading<'_> {
    fn header(&mut self, said: &Said, line: u64) {
        match said.day(&["currentprocessingdate", "processingdate", "reportgenerationdate"]) {
            Ok(day) => self.day = day.or(self.day),
            Err(message) => self.faults.error(line, format!("current processing date: {message}")),
        }
        if let Some(number) = said.get(&["advicenumber", "reportnumber"]) {
            self.number = number.to_owned();
        }
    }

    fn advice(&mut self, line: u64, item: &Said, account: &Said) -> Result<Advice, String> {
        let report = self.report.unwrap_or(Report::Arudd);
        let date = self.day.ok_or("no currentProcessingDate in the header of the report")?;
        let amount = item.amount(&["valueof", "amount"]).map_err(|m| format!("valueOf: {m}"))?;
        let amount = amount.ok_or("no valueOf; the pounds that came back would be right")?;
        if let Some(currency) = item.get(&["currency"])
            && !currency.eq_ignore_ascii_case("GBP")
        {
            return Err(format!("currency {currency}; only sterling (GBP) is read"));
        }
        let original_date = item
            .day(&["originalprocessingdate"])
            .map_err(|message| format!("originalProcessingDate: {message}"))?;
        let reference = item.text(&["ref", "reference"]).or_else(|| account.text(&["ref"]));
        let reference = reference.ok_or("no ref; the payer's reference would be right")?;
        let code = item.text(&["returncode", "reasoncode"]).unwrap_or_default();
        let stated = item.get(&["returndescription", "reasondescription"]).unwrap_or_default();
        if stated.is_empty() && reason(report, &code).is_none() {
            let name = report.as_str();
            self.faults.warning(line, format!("return code `{code}` is not one of {name}'s"));
        }
        let known = |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
        let (user, number) = (known(&self.user), known(&self.number));
        let own = format!("{} {user} {date} {number}/{}", report.as_str(), self.items);
        Ok(Advice {
            line,
            kind: report.as_str().to_owned(),
            date,
            reference,
            meaning: meaning(report, &code, stated),
            code,
            amount: Some(amount),
            sort_code: account.sort_code(Whose::Payer).or_else(|| item.sort_code(Whose::Payer)),
            account: account.text(&["number"]).or_else(|| account.account(Whose::Payer)),
            name: account.text(&["name"]),
            original_date,
            transaction_code: item.text(&["transcode", "transactioncode"]),
            advice_reference: Some(own),
            new_sort_code: None,
            new_account: None,
        })
    }

    fn give(&mut self, advice: Advice) {
        self.account.count = self.account.count.saturating_add(1);
        let amount = advice.amount.unwrap_or(Amount::ZERO);
        self.account.amount = self.account.amount.and_then(|sum| sum.checked_add(amount));
        self.out.give(Record::Advice(advice));
    }

    fn check_totals(&mut self) {
        let Some((line, stated)) = self.stated.take() else { return };
        match stated.amount(&["valueof"]) {
            Ok(Some(amount)) if self.account.amount != Some(amount) => {
                let sum = self.account.amount;
                let sum = sum.map_or_else(|| "too much".to_owned(), |sum| sum.to_string());
                self.faults
                    .error(line, format!("the total says {amount}, but the items make {sum}"));
            }
            Ok(_) => {}
            Err(message) => self.faults.error(line, format!("total: {message}")),
        }
        if let Some(count) = stated.get(&["numberof"])
            && count.parse() != Ok(self.account.count)
        {
            let read = self.account.count;
            self.faults.error(line, format!("the total says {count} items, but {read} were read"));
        }
    }
}
