//! The certificate of a signed day: as text, as a table, on paper. It is what
//! was signed, with what has happened since; what lines say is read from the
//! books when it is printed.

use chrono::{DateTime, Utc};
use ims_files::layout::no_formula;
use ims_ledger::id::LineId;
use ims_money::Pence;
use ims_store::SignedBy;

use super::{BankDay, BankDayLine, LineStands, LineWords, SignedBankDay, pdf};
use crate::{Ageing, AppError, Result};

/// How many characters of what a line says stand in the text.
const SAYS_SHOWN: usize = 44;

impl BankDay {
    /// The certificate as lines of text; `None` while nobody has prepared the
    /// day.
    #[must_use]
    pub fn certificate_text(&self) -> Option<String> {
        let lines = self.signed.as_ref().map(|signed| self.lines(signed))?;
        Some(lines.join("\n") + "\n")
    }

    /// The certificate on A4 pages, as a PDF file; `None` while nobody has
    /// prepared the day.
    #[must_use]
    pub fn certificate_pdf(&self) -> Option<Vec<u8>> {
        let signed = self.signed.as_ref()?;
        let (facts, foot) = (&signed.facts, &signed.sha256);
        let foot = format!("{} {}, sha256 {foot}", facts.bank, facts.day);
        Some(pdf::pages(&self.lines(signed), &foot))
    }

    /// Each line of the certificate as a row of a table (CSV), and below them what clearing
    /// accounts wait for, item by item; `None` while nobody has prepared the day.
    ///
    /// # Errors
    ///
    /// None that can be foreseen: what `csv` says.
    pub fn certificate_csv(&self) -> Result<Option<Vec<u8>>> {
        let Some(signed) = &self.signed else { return Ok(None) };
        let bad = |error: csv::Error| AppError::BadInput(error.to_string());
        let mut out = csv::Writer::from_writer(Vec::new());
        out.write_record(HEADER).map_err(bad)?;
        let (bank, day) = (&signed.facts.bank, signed.facts.day.to_string());
        let nobody = LineWords::default();
        for line in &signed.facts.lines {
            let words = self.words.get(&line.line).unwrap_or(&nobody);
            let (rule, of) = rule_and_id(&line.stands);
            let row = [
                bank.as_str(),
                &day,
                &line.line.to_string(),
                &day,
                &line.amount_pence.to_string(),
                state(&line.stands),
                rule,
                &of,
                &no_formula(&words.why),
                &no_formula(&words.says),
            ];
            out.write_record(row).map_err(bad)?;
        }
        for line in &signed.facts.earlier {
            let words = self.words.get(&line.line).unwrap_or(&nobody);
            let (id, amount) = (line.line.to_string(), line.amount_pence.to_string());
            let booked = line.booked_on.to_string();
            let says = no_formula(&words.says);
            let row = [bank.as_str(), &day, &id, &booked, &amount, "unmatched", "", "", "", &says];
            out.write_record(row).map_err(bad)?;
        }
        for item in &signed.facts.waiting_items {
            let (id, amount) = (item.expected.to_string(), item.amount_pence.to_string());
            let (on, clearing) =
                (item.happened_on.to_string(), format!("clearing:{}", item.channel));
            let row = [bank.as_str(), &day, &id, &on, &amount, "waiting", &clearing, "", "", ""];
            out.write_record(row).map_err(bad)?;
        }
        let bytes = out.into_inner().map_err(|error| AppError::BadInput(error.to_string()))?;
        Ok(Some(bytes))
    }

    fn lines(&self, signed: &SignedBankDay) -> Vec<String> {
        let facts = &signed.facts;
        let mut out = vec![
            "Certificate of a bank account's day".to_owned(),
            format!("{} ({}), {}", self.name, facts.bank, facts.day.format("%A %-d %B %Y")),
            String::new(),
            figure("Balance before", facts.opening_pence),
        ];
        out.extend(by_rule(facts.lines.as_slice()));
        out.push(figure("Balance after", facts.closing_pence));
        out.push(String::new());
        for statement in &facts.statements {
            let number = statement.number.as_deref().unwrap_or("no number");
            out.push(format!(
                "Statement {} ({number}): from {} to {}, {}",
                statement.sequence,
                statement.opening_pence,
                statement.closing_pence,
                statement.proof
            ));
        }
        out.push(String::new());
        signatures(&mut out, signed);
        self.changes(&mut out);
        out.push(format!("Content {}", signed.sha256));
        out.push(format!("Sealed up to {}", signed.head));
        open_sides(&mut out, facts);
        out.extend([String::new(), "Lines of the day".to_owned()]);
        for line in &facts.lines {
            out.extend(self.line(line));
        }
        if !facts.earlier.is_empty() {
            out.extend([String::new(), "Lines of earlier days that nothing explains".to_owned()]);
        }
        for line in &facts.earlier {
            out.push(format!(
                "{:>14}  {}  {}",
                line.amount_pence.to_string(),
                line.booked_on,
                self.says(line.line)
            ));
            out.push(format!("{:16}line {}", "", line.line));
        }
        // A note or a name may hold anything: no line of it passes for one of ours.
        out.into_iter().map(|line| one_line(&line)).collect()
    }

    fn changes(&self, out: &mut Vec<String>) {
        if self.since.is_empty() {
            out.push("Since then nothing of it has changed".to_owned());
            return;
        }
        out.push("Since then:".to_owned());
        for change in &self.since {
            let mark = if change.weighs { "!" } else { "-" };
            out.push(format!("  {mark} {}", change.what));
            if let Some(line) = change.line {
                let below = format!("{:4}line {line}  {}", "", self.says(line));
                out.push(below.trim_end().to_owned());
            }
        }
    }

    /// A line of the bank, and below it where to look further.
    fn line(&self, line: &BankDayLine) -> Vec<String> {
        let (amount, stands) = (line.amount_pence.to_string(), line.stands.in_words());
        let (_, of) = rule_and_id(&line.stands);
        let first = format!("{amount:>14}  {stands:<28}  {}", self.says(line.line));
        let kind = match line.stands {
            LineStands::Matched { .. } => "match",
            LineStands::Suspense { .. } => "item",
            LineStands::Proposed { .. } => "expected",
            LineStands::Unmatched | LineStands::Nothing => "",
        };
        let below = format!("{:16}line {} {kind} {of}", "", line.line);
        vec![first, below.trim_end().to_owned()]
    }

    fn says(&self, line: LineId) -> String {
        let says = self.words.get(&line).map(|words| words.says.as_str()).unwrap_or_default();
        says.chars().take(SAYS_SHOWN).collect()
    }
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

const HEADER: [&str; 10] = [
    "account",
    "day",
    "line",
    "booked",
    "amount",
    "state",
    "rule",
    "match or item",
    "why",
    "what it says",
];

const fn state(stands: &LineStands) -> &'static str {
    match stands {
        LineStands::Matched { .. } => "matched",
        LineStands::Suspense { .. } => "suspense",
        LineStands::Proposed { .. } => "proposed",
        LineStands::Unmatched => "unmatched",
        LineStands::Nothing => "nothing",
    }
}

/// The rule that explains a line, and what to look further by.
fn rule_and_id(stands: &LineStands) -> (&str, String) {
    match stands {
        LineStands::Matched { rule, matched } => (rule, matched.to_string()),
        LineStands::Suspense { item, .. } => ("", item.to_string()),
        LineStands::Proposed { rule, expected, .. } => {
            (rule, expected.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
        }
        LineStands::Unmatched | LineStands::Nothing => ("", String::new()),
    }
}

fn figure(what: &str, amount: Pence) -> String {
    format!("{what:<44}{:>16}", amount.to_string())
}

/// How many lines each rule explained, and their sum, in the order of the words.
fn by_rule(lines: &[BankDayLine]) -> Vec<String> {
    let mut sums: std::collections::BTreeMap<String, (u64, Pence)> = Default::default();
    for line in lines {
        let name = match &line.stands {
            LineStands::Suspense { .. } => "in suspense".to_owned(),
            other => other.in_words(),
        };
        let sum = sums.entry(name).or_default();
        sum.0 = sum.0.saturating_add(1);
        sum.1 = sum.1.checked_add(line.amount_pence).unwrap_or(sum.1);
    }
    let row = |(name, (count, sum))| {
        let lines = if count == 1 { "line" } else { "lines" };
        figure(&format!("  {name}, {count} {lines}"), sum)
    };
    sums.into_iter().map(row).collect()
}

fn signatures(out: &mut Vec<String>, signed: &SignedBankDay) {
    let word = |what: &str, word: &SignedBy| {
        let note = if word.note.is_empty() { String::new() } else { format!(": {}", word.note) };
        format!("{what} by {}, {}{note}", word.by, minute(word.at))
    };
    out.push(word("Prepared", &signed.prepared));
    match &signed.reviewed {
        Some(review) => out.push(word("Reviewed", review)),
        None => out.push("Not reviewed yet".to_owned()),
    }
}

fn minute(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

/// What is open on both sides, by how many working days old.
fn open_sides(out: &mut Vec<String>, facts: &super::BankDayFacts) {
    out.extend([String::new(), "Open, by working days".to_owned()]);
    let heads: String = Ageing::BANDS.iter().map(|band| format!("{band:>14}")).collect();
    out.push(format!("{:<24}{heads}{:>14}", "", "in all"));
    let row = |name: &str, ageing: &Ageing| {
        let sums: String =
            ageing.amount_pence.iter().map(|sum| format!("{:>14}", sum.to_string())).collect();
        format!("{name:<24}{sums}{:>14}", ageing.total().to_string())
    };
    out.push(row("bank, unmatched", &facts.unmatched));
    for (channel, ageing) in &facts.waiting {
        out.push(row(&format!("clearing:{channel}"), ageing));
    }
}
