//! OFX statements: the unclosed tags of 1.x and the XML of 2.x, by one reader.

mod entry;
mod scan;
mod statement;
mod value;

use std::io::BufRead;

use chrono::NaiveDate;

use crate::{
    Confidence, Format, Head, Record, STATEMENTS_MAX, Verdict, XML_DEPTH_MAX, amounts::clipped,
    lines::without_bom, out::Out, verdict::Faults,
};
use entry::Entry;
use scan::{Scanner, Token};
use statement::Statement;

/// How much may stand before the root element.
const HEADER_BYTES_MAX: usize = 4 << 10;

/// See `docs/formats/ofx.md`.
pub(crate) struct Ofx;

impl Format for Ofx {
    fn name(&self) -> &'static str {
        "ofx"
    }

    fn title(&self) -> &'static str {
        "OFX bank statement, 1.x and 2.x (also QFX)"
    }

    fn page(&self) -> &'static str {
        "docs/formats/ofx.md"
    }

    fn recognise(&self, head: &Head<'_>) -> Confidence {
        let text = without_bom(head.bytes).trim_ascii_start().to_ascii_uppercase();
        let at = memchr::memmem::find(&text, b"<OFX>");
        if text.starts_with(b"OFXHEADER") || at.is_some_and(|at| at < HEADER_BYTES_MAX) {
            Confidence::Sure
        } else {
            Confidence::No
        }
    }

    fn read(&self, input: &mut dyn BufRead, sink: &mut dyn FnMut(Record)) -> Verdict {
        let mut scanner = Scanner::new(input);
        let mut reading = Reading::new(sink);
        loop {
            let before = scanner.line();
            match scanner.next() {
                Some(Token::Opens(name)) => reading.opens(name, before),
                Some(Token::Closes(name)) => reading.closes(name, before),
                Some(Token::Text(text)) => {
                    let latin = reading.text(text);
                    scanner.is_latin |= latin;
                }
                Some(Token::Instruction(text)) => reading.header(text),
                None => break,
            }
            if reading.statements > STATEMENTS_MAX {
                reading.faults.error(
                    before,
                    format!("more than {STATEMENTS_MAX} statements; split the file"),
                );
                break;
            }
        }
        let line = scanner.line();
        let mut faults = Faults::default();
        scanner.finish(&mut faults);
        reading.finish(line, faults)
    }
}

/// An element that holds others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    /// `STMTRS`, `CCSTMTRS`, `INVSTMTRS`.
    Statement,
    /// The account the statement is of.
    From,
    /// `LEDGERBAL`.
    Balance,
    /// `STMTTRN`.
    Entry,
    /// The account of the other side.
    To,
    /// `STATUS`.
    Status,
    /// One whose elements are of no use to us.
    Passed,
}

/// The elements that hold others.
const SCOPES: [(&str, Scope); 20] = [
    ("STMTRS", Scope::Statement),
    ("CCSTMTRS", Scope::Statement),
    ("INVSTMTRS", Scope::Statement),
    ("BANKACCTFROM", Scope::From),
    ("CCACCTFROM", Scope::From),
    ("INVACCTFROM", Scope::From),
    ("LOANACCTFROM", Scope::From),
    ("LEDGERBAL", Scope::Balance),
    ("STMTTRN", Scope::Entry),
    ("STMTTRNP", Scope::Entry),
    ("BANKACCTTO", Scope::To),
    ("CCACCTTO", Scope::To),
    ("STATUS", Scope::Status),
    ("AVAILBAL", Scope::Passed),
    ("BAL", Scope::Passed),
    ("INVBAL", Scope::Passed),
    ("INV401KBAL", Scope::Passed),
    ("FI", Scope::Passed),
    // The amount has been changed into the statement's currency.
    ("ORIGCURRENCY", Scope::Passed),
    ("SECLIST", Scope::Passed),
];

/// The reading of one file.
struct Reading<'s> {
    out: Out<'s>,
    faults: Faults,
    version: Option<String>,
    /// What is open, outermost first, with its name.
    open: Vec<(Scope, &'static str)>,
    /// The element whose text is being read, and its line.
    leaf: String,
    leaf_line: u64,
    text: String,
    seen: bool,
    written: Option<NaiveDate>,
    statement: Option<Statement>,
    entry: Option<Entry>,
    statements: u64,
    /// Of a `STATUS`: its code and whether it is an error.
    code: String,
    failed: bool,
}

impl<'s> Reading<'s> {
    fn new(sink: &'s mut dyn FnMut(Record)) -> Self {
        Self {
            out: Out::new(sink),
            faults: Faults::default(),
            version: None,
            open: Vec::new(),
            leaf: String::new(),
            leaf_line: 0,
            text: String::new(),
            seen: false,
            written: None,
            statement: None,
            entry: None,
            statements: 0,
            code: String::new(),
            failed: false,
        }
    }

    fn within(&self) -> Option<Scope> {
        self.open.last().map(|(scope, _)| *scope)
    }

    /// Takes the version of a header of either kind.
    fn header(&mut self, text: &str) {
        let upper = text.to_ascii_uppercase();
        let Some((_, after)) = upper.rsplit_once("VERSION").filter(|_| upper.contains("OFX"))
        else {
            return;
        };
        let digits: String = after
            .trim_start_matches([':', '=', '"', '\'', ' '])
            .chars()
            .take_while(|c| c.is_ascii_digit())
            .take(5)
            .collect();
        if !digits.is_empty() {
            self.version = Some(digits);
        }
    }

    /// Takes a text. Whether it is a header that declares Windows-1252.
    fn text(&mut self, text: &str) -> bool {
        if !self.seen {
            self.header(text);
            return text.contains("CHARSET:1252") || text.contains("8859-1");
        }
        if !self.leaf.is_empty() {
            self.text.push_str(text);
        }
        false
    }

    fn opens(&mut self, name: &str, line: u64) {
        self.seen |= name == "OFX";
        self.take_leaf();
        let Some((known, scope)) = SCOPES.into_iter().find(|(known, _)| *known == name) else {
            name.clone_into(&mut self.leaf);
            self.leaf_line = line;
            return;
        };
        match scope {
            Scope::Statement => {
                self.close_down_to(0, line);
                self.statements = self.statements.saturating_add(1);
                self.statement = Some(Statement::begun(line, self.written));
                if name == "INVSTMTRS" {
                    self.faults
                        .warning(line, "a statement of investments; only its bank lines are read");
                }
            }
            Scope::Entry => {
                self.end_entry(line);
                self.entry = Some(Entry::begun(line, name == "STMTTRNP"));
            }
            Scope::Status => {
                self.code.clear();
                self.failed = false;
            }
            Scope::From | Scope::Balance | Scope::To | Scope::Passed => {}
        }
        if self.open.len() < XML_DEPTH_MAX {
            self.open.push((scope, known));
        }
    }

    fn closes(&mut self, name: &str, line: u64) {
        self.take_leaf();
        let Some(at) = self.open.iter().rposition(|(_, held)| *held == name) else { return };
        self.close_down_to(at, line);
    }

    /// Closes what is open from that place on, whether the file does or not.
    fn close_down_to(&mut self, at: usize, line: u64) {
        while self.open.len() > at {
            match self.open.pop().map(|(scope, _)| scope) {
                Some(Scope::Entry) => self.end_entry(line),
                Some(Scope::Statement) => self.end_statement(line),
                Some(Scope::From | Scope::Balance | Scope::To | Scope::Status | Scope::Passed)
                | None => {}
            }
        }
        if at == 0 {
            self.end_statement(line);
        }
    }

    fn end_entry(&mut self, line: u64) {
        let Some(entry) = self.entry.take() else { return };
        match &mut self.statement {
            Some(statement) => statement.entry(entry, &mut self.out, &mut self.faults),
            None => self.faults.error(line, "a transaction (STMTTRN) outside a statement (STMTRS)"),
        }
    }

    fn end_statement(&mut self, line: u64) {
        self.end_entry(line);
        if let Some(statement) = self.statement.take() {
            statement.end(line, &mut self.out, &mut self.faults);
        }
    }

    /// Takes the element whose text has been read.
    fn take_leaf(&mut self) {
        let text = std::mem::take(&mut self.text);
        let value = text.trim();
        if !self.leaf.is_empty() && !value.is_empty() {
            let leaf = std::mem::take(&mut self.leaf);
            self.leaf(&leaf, value);
            self.leaf = leaf;
        }
        self.leaf.clear();
        self.text = text;
        self.text.clear();
    }

    fn leaf(&mut self, name: &str, text: &str) {
        match (self.within(), &mut self.entry, &mut self.statement) {
            (Some(Scope::Status), ..) => self.status(name, text),
            (Some(Scope::To), Some(entry), _) => entry.take_to(name, text),
            (Some(Scope::Passed), ..) => {}
            (_, Some(entry), _) => entry.take(name, text),
            (Some(Scope::From), _, Some(statement)) => statement.take_account(name, text),
            (Some(Scope::Balance), _, Some(statement)) => {
                statement.take_balance(name, text, self.leaf_line);
            }
            (_, _, Some(statement)) => statement.take(name, text),
            (_, None, None) => {
                if name == "DTSERVER" {
                    self.written = value::date(text).ok();
                }
            }
        }
    }

    fn status(&mut self, name: &str, text: &str) {
        match name {
            "CODE" => text.clone_into(&mut self.code),
            "SEVERITY" if text.eq_ignore_ascii_case("ERROR") => {
                self.failed = true;
                self.faults.error(
                    self.leaf_line,
                    format!("the bank answered with error {}; ask it again", clipped(&self.code)),
                );
            }
            "MESSAGE" if self.failed => {
                self.faults.warning(self.leaf_line, format!("the bank says: {}", clipped(text)));
            }
            _ => {}
        }
    }

    fn finish(mut self, line: u64, faults: Faults) -> Verdict {
        self.take_leaf();
        if self.statement.is_some() {
            self.faults
                .error(line, "the file ends in the middle of a statement (STMTRS); it was cut off");
        }
        self.close_down_to(0, line);
        if self.statements == 0 {
            self.faults.error(None, "no statement in the file; STMTRS begins one");
        }
        self.faults.absorb(faults);
        self.faults.verdict(self.version, self.out.totals())
    }
}
