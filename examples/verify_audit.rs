//! Checks a file of `ims audit export` with none of our code: every hash, every
//! link of the chain, every balance, by what `docs/formats/audit-export.md` says.
//!
//! `cargo run -p ims-examples --example verify_audit -- audit.jsonl --head 9f2c…`
//!
//! The head is one that was written down elsewhere, on a certificate, an export
//! or a backup: without it, whoever rewrote all of the books is not found out.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, from_value};
use sha2::{Digest as _, Sha256};

/// What a file came to: pence of both sides by day, and by account, debit positive.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) days: BTreeMap<String, (i128, i128)>,
    pub(crate) accounts: BTreeMap<String, i128>,
    /// The hash of every block.
    heads: Vec<String>,
    council: i64,
    is_whole: bool,
    is_ended: bool,
    /// Entries and events no block has sealed yet, by kind and id, with their hash.
    loose: HashMap<(String, String), String>,
}

/// Every field that is hashed has its length before it; numbers are eight bytes.
fn put(content: &mut Vec<u8>, field: &[u8]) {
    content.extend((field.len() as u64).to_be_bytes());
    content.extend(field);
}

fn put_texts(content: &mut Vec<u8>, line: &Value, names: &[&str]) -> Result<(), String> {
    names.iter().try_for_each(|name| text(line, name).map(|text| put(content, text.as_bytes())))
}

fn hash(content: &[u8]) -> String {
    Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn text<'a>(line: &'a Value, name: &str) -> Result<&'a str, String> {
    line.get(name).and_then(Value::as_str).ok_or(format!("there is no text `{name}`"))
}

fn number(line: &Value, name: &str) -> Result<i64, String> {
    line.get(name).and_then(Value::as_i64).ok_or(format!("there is no whole number `{name}`"))
}

/// A list of three things each: a posting, or what a block seals.
fn threes(line: &Value, name: &str) -> Result<Vec<[Value; 3]>, String> {
    from_value(line.get(name).cloned().unwrap_or_default()).map_err(|e| format!("{name}: {e}"))
}

/// Bytes written in hexadecimal; the hyphens of an id are passed over.
fn unhex(text: &str) -> Result<Vec<u8>, String> {
    let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b'-').collect();
    let byte = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok();
    let bytes: Option<_> = digits.chunks(2).map(byte).collect();
    bytes.ok_or(format!("`{text}` is not hexadecimal"))
}

impl Report {
    /// The beginning of what is hashed: kind, council, and the id of what has one.
    fn begin(&self, line: &Value) -> Result<Vec<u8>, String> {
        let mut content = Vec::new();
        put(&mut content, text(line, "t")?.as_bytes());
        content.extend(self.council.to_be_bytes());
        text(line, "id").map_or(Ok(()), |id| unhex(id).map(|id| put(&mut content, &id)))?;
        Ok(content)
    }

    /// An entry: its sides are equal, and are added to its day and accounts.
    fn entry(&mut self, line: &Value) -> Result<String, String> {
        let mut content = self.begin(line)?;
        put_texts(&mut content, line, &["kind", "happened_on", "accounting_day"])?;
        content.extend(number(line, "posted_us")?.to_be_bytes());
        put_texts(&mut content, line, &["actor", "key", "about"])?;
        put(&mut content, &unhex(text(line, "detail")?)?);
        let (mut debits, mut credits) = (0, 0);
        for [account, side, pence] in threes(line, "postings")? {
            let account = account.as_str().unwrap_or_default();
            let pence = pence.as_i64().filter(|pence| *pence > 0).ok_or("pence are above 0")?;
            let (sum, side, sign) = match side.as_str() {
                Some("debit") => (&mut debits, "debit", 1),
                _ => (&mut credits, "credit", -1),
            };
            put(&mut content, account.as_bytes());
            put(&mut content, side.as_bytes());
            content.extend(pence.to_be_bytes());
            *sum += i128::from(pence);
            *self.accounts.entry(account.to_owned()).or_default() += sign * i128::from(pence);
        }
        if debits != credits || debits == 0 {
            return Err(format!("its debits are {debits} pence, its credits {credits}"));
        }
        let day = self.days.entry(text(line, "accounting_day")?.to_owned()).or_default();
        *day = (day.0 + debits, day.1 + credits);
        Ok(hash(&content))
    }

    /// A block: it follows the one before, and seals what is in the file as it is.
    fn block(&mut self, line: &Value) -> Result<String, String> {
        let before = self.heads.last().cloned().unwrap_or("0".repeat(64));
        let at = number(line, "number")?;
        if usize::try_from(at) != Ok(self.heads.len() + 1) || text(line, "previous")? != before {
            return Err("it does not follow the block before it".to_owned());
        }
        let mut content = self.begin(line)?;
        content.extend(at.to_be_bytes());
        put(&mut content, &unhex(&before)?);
        content.extend(number(line, "sealed_us")?.to_be_bytes());
        for item in threes(line, "items")? {
            let [Some(kind), Some(id), Some(hash)] = item.each_ref().map(Value::as_str) else {
                return Err("what it seals is not kind, id, hash".to_owned());
            };
            put(&mut content, &unhex(hash)?);
            match self.loose.remove(&(kind.to_owned(), id.to_owned())) {
                Some(held) if held != hash => return Err(format!("it sealed another {kind} {id}")),
                None if self.is_whole => return Err(format!("its {kind} {id} is not in the file")),
                _ => {}
            }
        }
        self.heads.push(hash(&content));
        Ok(hash(&content))
    }

    /// What is in no block is as much as the last line says.
    fn end(&mut self, line: &Value) -> Result<(), String> {
        self.is_ended = true;
        if self.heads.last().map(String::as_str) != Some(text(line, "head")?) {
            return Err("the newest block is not there".to_owned());
        }
        let (loose, told) = (self.loose.len(), number(line, "unsealed")?.try_into().unwrap_or(0));
        let is_right = loose == told || (!self.is_whole && loose < told);
        is_right.then_some(()).ok_or(format!("in no block are {:?}", self.loose.keys().min()))
    }

    fn line(&mut self, line: &Value, last: &mut (String, String)) -> Result<(), String> {
        let kind = text(line, "t")?;
        if self.is_ended || (kind == "council") != last.0.is_empty() {
            return Err(format!("`{kind}` does not belong here"));
        }
        let id = text(line, "id").unwrap_or_default().to_owned();
        let before = std::mem::replace(last, (kind.to_owned(), id));
        let hash = match kind {
            "council" if text(line, "format")? == "ims-audit-1" => {
                self.council = number(line, "council")?;
                self.is_whole = [line.get("from"), line.get("through")] == [Some(&Value::Null); 2];
                return Ok(());
            }
            "entry" => self.entry(line)?,
            "event" => {
                let mut content = self.begin(line)?;
                content.extend(number(line, "at_us")?.to_be_bytes());
                put_texts(&mut content, line, &["actor", "origin", "deed", "subject", "data"])?;
                hash(&content)
            }
            "block" => self.block(line)?,
            "end" => return self.end(line),
            other => return Err(format!("`{other}` is not known")),
        };
        if hash != text(line, "hash")? {
            return Err("its content is not what its hash was made of".to_owned());
        }
        if kind != "block" && (before >= *last || self.loose.insert(last.clone(), hash).is_some()) {
            return Err("it is out of order".to_owned());
        }
        Ok(())
    }
}

/// Checks a file; says the first thing that is wrong, with its line.
pub(crate) fn check(file: impl std::io::BufRead, head: Option<&str>) -> Result<Report, String> {
    let (mut report, mut last) = (Report::default(), Default::default());
    for (at, read) in (1..).zip(file.lines()) {
        let line = read.map_err(|error| error.to_string())?;
        let parsed = serde_json::from_str(&line).map_err(|error| error.to_string());
        let done = parsed.and_then(|line: Value| report.line(&line, &mut last));
        done.map_err(|what| format!("line {at}: {} {}: {what}", last.0, last.1))?;
    }
    if !report.is_ended {
        return Err("the file has no end: it was cut off".to_owned());
    }
    let lost = head.filter(|head| !report.heads.iter().any(|held| held == head));
    lost.map_or(Ok(report), |head| Err(format!("no block has the hash {head}: it was rewritten")))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("usage: verify_audit FILE [--head HASH]")?;
    let head = std::env::args().skip_while(|arg| arg != "--head").nth(1);
    let report = check(std::io::BufReader::new(std::fs::File::open(path)?), head.as_deref())?;
    let days = report.days.iter().map(|(day, (debits, credits))| (day, debits - credits));
    for (name, pence) in days.chain(report.accounts.iter().map(|(name, pence)| (name, *pence))) {
        println!("{name:<20} {pence:>16}");
    }
    println!("all of it holds, up to block {}", report.heads.len());
    Ok(())
}
