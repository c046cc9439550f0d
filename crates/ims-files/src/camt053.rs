//! ISO 20022 bank statements (camt.053), interim reports (camt.052) and
//! notifications (camt.054), of any version, read as a stream.

mod details;
mod entry;
mod money;
mod paths;
mod statement;

use std::io::BufRead;

use crate::{
    Confidence, Format, Head, RECORD_BYTES_MAX, Record, STATEMENTS_MAX, Verdict,
    out::Out,
    verdict::Faults,
    xml::{self, Attributes, Step, Visitor},
};
use entry::Entry;
use money::Currency;
use paths::{Leaf, Paths, Scope};
use statement::Statement;

/// The three messages: the element that holds the statements, the element of
/// each, and its short name.
const MESSAGES: [(&str, &str, &str); 3] = [
    ("BkToCstmrStmt", "Stmt", "camt.053"),
    ("BkToCstmrAcctRpt", "Rpt", "camt.052"),
    ("BkToCstmrDbtCdtNtfctn", "Ntfctn", "camt.054"),
];

/// Whether an element is that message: the first version writes `BkToCstmrStmtV01`.
fn names(element: &str, message: &str) -> bool {
    let version =
        element.strip_prefix(message).map(|after| after.strip_prefix('V').unwrap_or(after));
    version
        .is_some_and(|digits| digits.len() <= 2 && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// See `docs/formats/camt053.md`.
pub(crate) struct Camt053;

impl Format for Camt053 {
    fn name(&self) -> &'static str {
        "camt053"
    }

    fn title(&self) -> &'static str {
        "ISO 20022 bank statement: camt.053, interim camt.052, camt.054"
    }

    fn page(&self) -> &'static str {
        "docs/formats/camt053.md"
    }

    fn recognise(&self, head: &Head<'_>) -> Confidence {
        let starts = crate::lines::without_bom(head.bytes).trim_ascii_start().starts_with(b"<");
        let holds = |name: &str| memchr::memmem::find(head.bytes, name.as_bytes()).is_some();
        let named = MESSAGES
            .iter()
            .any(|(message, _, short)| holds(message) || holds(&format!("xsd:{short}.")));
        if starts && named { Confidence::Sure } else { Confidence::No }
    }

    fn read(&self, input: &mut dyn BufRead, sink: &mut dyn FnMut(Record)) -> Verdict {
        let mut reading = Reading {
            out: Out::new(sink),
            faults: Faults::default(),
            paths: Paths::new(),
            version: None,
            message: None,
            place: Vec::new(),
            outside: 0,
            text: String::new(),
            currency: Some(Currency::default()),
            statement: None,
            entry: Entry::default(),
            in_entry: false,
            statements: 0,
        };
        let mut faults = Faults::default();
        let line = xml::read(input, &mut faults, &mut reading);
        reading.finish(line, faults)
    }
}

/// The reading of one file.
struct Reading<'s> {
    out: Out<'s>,
    faults: Faults,
    paths: Paths,
    version: Option<String>,
    /// Which of [`MESSAGES`] is open.
    message: Option<(&'static str, &'static str)>,
    /// The nodes from the statement down to the element that is open.
    place: Vec<usize>,
    /// How many elements are open that are on no path.
    outside: usize,
    text: String,
    /// The `Ccy` of the element that is open; `None` where it is no currency.
    currency: Option<Currency>,
    statement: Option<Statement>,
    entry: Entry,
    in_entry: bool,
    statements: u64,
}

impl Visitor for Reading<'_> {
    fn step(&mut self, step: Step<'_>, line: impl FnOnce() -> u64) {
        match step {
            Step::Begins(name, attributes) => self.begins(name, attributes, line),
            Step::Text(text) => {
                if self.outside == 0 && self.leaf().is_some() {
                    self.text.push_str(text);
                }
            }
            Step::Ends => self.ends(line),
        }
    }
}

impl Reading<'_> {
    fn leaf(&self) -> Option<Leaf> {
        self.place.last().and_then(|node| self.paths.leaf(*node))
    }

    fn begins(&mut self, name: &str, attributes: Attributes<'_>, line: impl FnOnce() -> u64) {
        if self.place.is_empty() {
            self.begins_above(name, attributes, line());
            return;
        }
        let child = match self.place.last() {
            Some(node) if self.outside == 0 => self.paths.child(*node, name),
            _ => None,
        };
        let Some(child) = child else {
            self.outside += 1;
            return;
        };
        self.place.push(child);
        self.text.clear();
        if name == "Amt" {
            let written = attributes.value("Ccy").unwrap_or_default();
            self.currency = Currency::read(&written);
        }
        match self.paths.scope(child) {
            Some(Scope::Balance) => {
                if let Some(statement) = &mut self.statement {
                    statement.begin_balance(line());
                }
            }
            Some(Scope::Entry) => {
                self.entry.begin(line());
                self.in_entry = true;
            }
            Some(Scope::Details) => self.entry.begin_details(),
            Some(Scope::Return) => self.entry.begin_return(),
            Some(Scope::Statement) | None => {}
        }
    }

    /// An element above the statements.
    fn begins_above(&mut self, name: &str, attributes: Attributes<'_>, line: u64) {
        for space in attributes.namespaces() {
            if let Some(at) = space.find("camt.05") {
                self.version = space.get(at..).map(str::to_owned);
            }
        }
        if let Some((_, holds, short)) =
            MESSAGES.into_iter().find(|(message, ..)| names(name, message))
        {
            self.message = Some((holds, short));
            self.version.get_or_insert_with(|| short.to_owned());
        }
        match self.message {
            Some((holds, short)) if holds == name => {
                self.statements += 1;
                if self.statements == STATEMENTS_MAX + 1 {
                    self.faults.error(
                        line,
                        format!("more than {STATEMENTS_MAX} statements; split the file"),
                    );
                }
                if self.statements <= STATEMENTS_MAX {
                    self.statement = Some(Statement::begun(line, short));
                }
                self.place.push(0);
                self.outside = 0;
            }
            _ => {}
        }
    }

    fn ends(&mut self, line: impl FnOnce() -> u64) {
        if self.outside > 0 {
            self.outside -= 1;
            return;
        }
        let Some(node) = self.place.pop() else { return };
        if let Some(leaf) = self.paths.leaf(node) {
            if !self.text.trim_ascii().is_empty() {
                self.take(leaf);
            }
            self.text.clear();
        }
        match self.paths.scope(node) {
            Some(Scope::Statement) => {
                if let Some(statement) = self.statement.take() {
                    statement.end(line(), &mut self.out, &mut self.faults);
                }
            }
            Some(Scope::Balance) => {
                if let Some(statement) = &mut self.statement {
                    statement.end_balance(&mut self.faults);
                }
            }
            Some(Scope::Entry) => {
                self.in_entry = false;
                if let Some(statement) = &mut self.statement {
                    statement.entry(&self.entry, &mut self.out, &mut self.faults);
                }
            }
            Some(Scope::Details | Scope::Return) | None => {}
        }
    }

    fn take(&mut self, leaf: Leaf) {
        let (text, currency) = (&self.text, self.currency);
        match (leaf, &mut self.statement) {
            (Leaf::Details(leaf), _) if self.in_entry => {
                self.entry.take_detail(leaf, text, currency);
            }
            (Leaf::Entry(leaf), _) if self.in_entry => self.entry.take(leaf, text, currency),
            (Leaf::Balance(leaf), Some(statement)) => statement.take_balance(leaf, text, currency),
            (Leaf::Statement(leaf), Some(statement)) => statement.take(leaf, text),
            (Leaf::Details(_) | Leaf::Entry(_), _)
            | (Leaf::Balance(_) | Leaf::Statement(_), None) => {}
        }
    }

    fn finish(mut self, line: u64, mut faults: Faults) -> Verdict {
        // The file broke off inside a statement. What was whole has gone out.
        if let Some(statement) = self.statement.take() {
            statement.end(line, &mut self.out, &mut self.faults);
        }
        // What broke off has been told already.
        if faults.is_clean() && self.message.is_none() {
            self.faults.error(
                None,
                "no BkToCstmrStmt, BkToCstmrAcctRpt or BkToCstmrDbtCdtNtfctn; it is no bank statement",
            );
        } else if faults.is_clean() && self.statements == 0 {
            self.faults.error(None, "the message holds no statement");
        }
        faults.absorb(self.faults);
        faults.verdict(self.version, self.out.totals())
    }
}

fn given(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// Adds a text to one before it, up to what a record may hold.
fn append(whole: &mut String, text: &str, between: &str) {
    if text.trim_ascii().is_empty() || whole.len().saturating_add(text.len()) > RECORD_BYTES_MAX {
        return;
    }
    if !whole.is_empty() && !whole.ends_with(' ') {
        whole.push_str(between);
    }
    whole.push_str(text.trim_matches(['\n', '\r', '\t']));
}
