//! The result files: written beside their names first, then all moved into place.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use ims_reconcile::{Outcome, Rules, Why};

use super::{
    MatchArgs, MatchError,
    sides::{BankSide, ExpectedSide},
};

/// Writes every result that was asked for, or none.
pub(super) fn results(
    args: &MatchArgs,
    expected: &ExpectedSide<'_>,
    bank: &BankSide<'_>,
    rules: &Rules,
    outcome: &Outcome,
) -> Result<(), MatchError> {
    let all = Results { expected, bank, rules, outcome };
    let mut drafts = vec![Draft::write(&args.out, |out| all.pairs(out))?];
    if let Some(path) = &args.proposals {
        drafts.push(Draft::write(path, |out| all.proposals(out))?);
    }
    if let Some(path) = &args.left_bank {
        drafts.push(Draft::write(path, |out| all.left_bank(out))?);
    }
    if let Some(path) = &args.left_expected {
        drafts.push(Draft::write(path, |out| all.left_expected(out))?);
    }
    drafts.into_iter().try_for_each(Draft::publish)
}

/// A file under a passing name, removed if it is not published.
struct Draft {
    path: PathBuf,
    draft: PathBuf,
    is_published: bool,
}

impl Draft {
    fn write(
        path: &Path,
        fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<Self, MatchError> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".part-{}", std::process::id()));
        let draft =
            Self { path: path.to_owned(), draft: path.with_file_name(name), is_published: false };
        let written = File::create(&draft.draft).and_then(|file| {
            let mut out = BufWriter::with_capacity(1 << 18, file);
            fill(&mut out)?;
            out.flush()
        });
        match written {
            Ok(()) => Ok(draft),
            Err(source) => Err(MatchError::Write { path: path.to_owned(), source }),
        }
    }

    fn publish(mut self) -> Result<(), MatchError> {
        std::fs::rename(&self.draft, &self.path)
            .map_err(|source| MatchError::Write { path: self.path.clone(), source })?;
        self.is_published = true;
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.is_published {
            let _ = std::fs::remove_file(&self.draft);
        }
    }
}

struct Results<'r> {
    expected: &'r ExpectedSide<'r>,
    bank: &'r BankSide<'r>,
    rules: &'r Rules,
    outcome: &'r Outcome,
}

impl Results<'_> {
    /// One row a pair, in order of the bank lines' ids and then the expected rows'.
    fn pairs(&self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(b"bank_id,ledger_id,rule,reason\n")?;
        let mut found_by_line: Vec<Option<u32>> = vec![None; self.bank.lines.len()];
        for (number, found) in (0_u32..).zip(&self.outcome.matches) {
            for line in found.bank.iter() {
                if let Some(place) = found_by_line.get_mut(*line as usize) {
                    *place = Some(number);
                }
            }
        }
        let mut lines: Vec<(u32, u32)> = (0_u32..)
            .zip(found_by_line)
            .filter_map(|(line, number)| Some((line, number?)))
            .collect();
        lines.sort_unstable_by_key(|(line, _)| self.bank_key(*line));
        let (mut reason, mut said) = (String::new(), String::new());
        for (line, number) in lines {
            let Some(found) = self.outcome.matches.get(number as usize) else { continue };
            reason.clear();
            self.rules.write_reason(&mut reason, found, &self.expected.rows, &self.bank.lines);
            said.clear();
            push_field(&mut said, self.rules.name(found.rule));
            said.push(',');
            push_field(&mut said, &reason);
            said.push('\n');
            // The rows of a match stand in order of their keys.
            for row in found.expected.iter() {
                field(out, self.bank_id(line))?;
                out.write_all(b",")?;
                field(out, self.row_id(*row))?;
                out.write_all(b",")?;
                out.write_all(said.as_bytes())?;
            }
        }
        Ok(())
    }

    /// One row a pair, in order of the bank lines' ids and the proposals' rank.
    fn proposals(&self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(b"bank_id,ledger_id,rule,reason,rank,probability\n")?;
        let mut found: Vec<_> = self.outcome.proposals.iter().collect();
        found.sort_by_key(|found| {
            (found.bank.first().map_or(0, |line| self.bank_key(*line)), found.rank)
        });
        for found in found {
            let rule = self.rules.name(found.rule);
            let reason = self.rules.proposal_reason(found, &self.expected.rows, &self.bank.lines);
            let points = found.basis_points;
            let probability = format!("{}.{:04}", points / 10_000, points % 10_000);
            for line in found.bank.iter() {
                for row in found.expected.iter() {
                    let ids = [self.bank_id(*line), self.row_id(*row), rule, &reason];
                    record(out, &ids, &[&found.rank.to_string(), &probability])?;
                }
            }
        }
        Ok(())
    }

    /// The lines without a match, and what stood in the way.
    fn left_bank(&self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(b"id,date,amount,reference,narrative,why,candidates\n")?;
        let mut why: Vec<Option<(Why, Vec<&str>)>> = vec![None; self.bank.lines.len()];
        for ambiguity in &self.outcome.ambiguous {
            let candidates: Vec<&str> = match ambiguity.why {
                Why::Duplicate => ambiguity.bank.iter().take(1).map(|x| self.bank_id(*x)).collect(),
                _ => ambiguity.expected.iter().map(|row| self.row_id(*row)).collect(),
            };
            for line in ambiguity.bank.iter() {
                if let Some(place) = why.get_mut(*line as usize) {
                    place.get_or_insert_with(|| (ambiguity.why, candidates.clone()));
                }
            }
        }
        let mut left = self.outcome.bank_left.clone();
        left.sort_by_key(|line| self.bank_key(*line));
        for index in left {
            let Some(line) = self.bank.lines.get(index as usize) else { continue };
            let (why, candidates) = match why.get(index as usize) {
                Some(Some((why, candidates))) => (why.to_string(), candidates.join(" ")),
                Some(None) | None => (String::new(), String::new()),
            };
            let (date, amount) = (line.date.to_string(), line.amount.get().to_string());
            let texts = [line.reference, line.narrative, &why, &candidates];
            record(out, &[self.bank_id(index), &date, &amount], &texts)?;
        }
        Ok(())
    }

    /// The rows without a match.
    fn left_expected(&self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(b"id,date,amount,reference,merchant,batch_ref\n")?;
        let mut left = self.outcome.expected_left.clone();
        left.sort_by_key(|row| self.row_key(*row));
        for index in left {
            let Some(row) = self.expected.rows.get(index as usize) else { continue };
            let (date, amount) = (row.date.to_string(), row.amount.get().to_string());
            let texts = [row.reference, row.merchant, row.batch];
            record(out, &[self.row_id(index), &date, &amount], &texts)?;
        }
        Ok(())
    }

    fn bank_key(&self, line: u32) -> u64 {
        self.bank.lines.get(line as usize).map_or(0, |line| line.id)
    }

    fn row_key(&self, row: u32) -> u64 {
        self.expected.rows.get(row as usize).map_or(0, |row| row.id)
    }

    fn bank_id(&self, line: u32) -> &str {
        self.bank.ids.get(line as usize).copied().unwrap_or_default()
    }

    fn row_id(&self, row: u32) -> &str {
        self.expected.ids.get(row as usize).copied().unwrap_or_default()
    }
}

fn record(out: &mut dyn Write, some: &[&str], more: &[&str]) -> io::Result<()> {
    let mut text = String::new();
    for (place, value) in some.iter().chain(more).enumerate() {
        if place > 0 {
            text.push(',');
        }
        push_field(&mut text, value);
    }
    text.push('\n');
    out.write_all(text.as_bytes())
}

fn field(out: &mut dyn Write, value: &str) -> io::Result<()> {
    if needs_quotes(value) {
        let mut text = String::new();
        push_field(&mut text, value);
        return out.write_all(text.as_bytes());
    }
    out.write_all(value.as_bytes())
}

fn push_field(text: &mut String, value: &str) {
    if needs_quotes(value) {
        text.push('"');
        text.push_str(&value.replace('"', "\"\""));
        text.push('"');
    } else {
        text.push_str(value);
    }
}

fn needs_quotes(value: &str) -> bool {
    value.bytes().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r'))
}
