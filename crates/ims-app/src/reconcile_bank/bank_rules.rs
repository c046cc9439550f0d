//! The council's own rules for bank lines that are no income: charges, sweeps,
//! interest, transfers between its accounts, debits that wait for an advice.

use std::{borrow::Cow, collections::HashSet};

use chrono::NaiveDate;
use ims_ledger::{
    Account, BankRule, Council, Field, Funds, Row, When, flow,
    id::{ExpectedId, LineId},
};
use ims_money::Pence;
use ims_store::{ExpectedRow, OpenLine, PairRow};

use super::{Found, bank_code, one_line, undone::Undone};
use crate::{
    AppError, Result,
    import_file::funds_of,
    posting::{Writer, some},
};

/// The kind of the entries that a rule of the council's makes.
pub(super) const BANK_RULE: &str = "bank-rule";

/// Days the two sides of a transfer between accounts may lie apart.
pub(super) const TRANSFER_DAYS_MAX: i64 = 5;

/// Explains lines by rule; gives those that it explained.
pub(super) fn apply(
    writer: &Writer<'_>,
    council: &Council,
    lines: &[OpenLine],
    undone: &Undone,
    found: &mut Found,
) -> Result<HashSet<LineId>> {
    let funds = funds_of(council)?;
    let mut taken = HashSet::new();
    for claim in claims(council, lines, undone)? {
        let Claim { line, rule, other } = claim;
        taken.extend(claim.lines());
        match other {
            Some(other) => between(writer, line, other, rule, found)?,
            None => explain(writer, &funds, line, (rule, &rule.to), found)?,
        }
    }
    Ok(taken)
}

/// A line that a rule of the council's explains.
pub(super) struct Claim<'a> {
    pub(super) line: &'a OpenLine,
    pub(super) rule: &'a BankRule,
    /// Of a transfer between two accounts of the council's: the line of the other account,
    /// which is explained with it.
    pub(super) other: Option<&'a OpenLine>,
}

impl Claim<'_> {
    fn lines(&self) -> impl Iterator<Item = LineId> {
        [Some(self.line.id), self.other.map(|other| other.id)].into_iter().flatten()
    }

    /// What they come to: the two sides of a transfer to nothing.
    pub(super) const fn amount(&self) -> Pence {
        match self.other {
            Some(_) => Pence::ZERO,
            None => self.line.amount,
        }
    }
}

/// What the rules of the council's explain of these lines. A transfer between accounts of
/// which the other side is not there, or may be one of several, is left.
pub(super) fn claims<'a>(
    council: &'a Council,
    lines: &'a [OpenLine],
    undone: &Undone,
) -> Result<Vec<Claim<'a>>> {
    let mut taken = HashSet::new();
    let mut claims = Vec::new();
    for (line, rule) in ruled(council, lines, undone)? {
        if taken.contains(&line.id) {
            continue;
        }
        let other = match &rule.to {
            Account::Unmatched(_) => match other_side(line, rule, lines, &taken) {
                Some(other) => Some(other),
                None => continue,
            },
            _ => None,
        };
        let claim = Claim { line, rule, other };
        taken.extend(claim.lines());
        claims.push(claim);
    }
    Ok(claims)
}

/// The rule of the council's that says each line, the first where several do.
fn ruled<'a>(
    council: &'a Council,
    lines: &'a [OpenLine],
    undone: &Undone,
) -> Result<Vec<(&'a OpenLine, &'a BankRule)>> {
    let enabled = council.bank_rule.iter().filter(|rule| !rule.disabled);
    let rules = enabled.map(|rule| Ok((rule, When::new(&rule.when)?)));
    let rules: Vec<_> = rules
        .collect::<Result<_, ims_ledger::BadCondition>>()
        .map_err(|bad| AppError::BadInput(bad.to_string()))?;
    let says = |line: &'a OpenLine| {
        let mut rules = rules.iter().filter(|(rule, _)| !undone.rule(line.id, &rule.name));
        let fits = rules.find(|(_, when)| when.holds(&Shown(line)));
        fits.map(|(rule, _)| (line, *rule))
    };
    Ok(lines.iter().filter_map(says).collect())
}

struct Shown<'a>(&'a OpenLine);

impl Row for Shown<'_> {
    fn text(&self, field: Field) -> Cow<'_, str> {
        match field {
            Field::Reference => Cow::Borrowed(self.0.reference.as_str()),
            Field::Narrative => Cow::Borrowed(self.0.narrative.as_str()),
            Field::Code => Cow::Borrowed(self.0.code.as_str()),
            Field::Amount => Cow::Owned(self.0.amount.to_string()),
            Field::Date => Cow::Owned(self.0.booked_on.to_string()),
            Field::Fund | Field::Method | Field::Office | Field::VatCode => Cow::Borrowed(""),
        }
    }

    fn amount(&self) -> Pence {
        self.0.amount
    }

    fn date(&self) -> NaiveDate {
        self.0.booked_on
    }
}

/// The only line that can be the other side of a transfer between our accounts.
fn other_side<'a>(
    line: &OpenLine,
    rule: &BankRule,
    lines: &'a [OpenLine],
    taken: &HashSet<LineId>,
) -> Option<&'a OpenLine> {
    let Account::Unmatched(to) = &rule.to else { return None };
    let opposite = line.amount.checked_neg()?;
    let mut fitting = lines.iter().filter(|other| {
        let apart = other.booked_on.signed_duration_since(line.booked_on).num_days().abs();
        other.bank == to.as_str()
            && other.bank != line.bank
            && other.amount == opposite
            && apart <= TRANSFER_DAYS_MAX
            && !taken.contains(&other.id)
    });
    match (fitting.next(), fitting.next()) {
        (Some(other), None) => Some(other),
        (Some(_), Some(_)) | (None, _) => None,
    }
}

fn between(
    writer: &Writer<'_>,
    line: &OpenLine,
    other: &OpenLine,
    rule: &BankRule,
    found: &mut Found,
) -> Result<()> {
    let to = Account::Unmatched(bank_code(other)?);
    let postings = some(flow::explained(&bank_code(line)?, to, line.amount))?;
    let about = format!("between our accounts: lines {} and {}", line.id, other.id);
    let entry = writer.entry(
        "transfer-between-accounts",
        line.booked_on.max(other.booked_on),
        about,
        postings,
    );
    let reason =
        format!("{}: {} left one of our accounts and reached the other", rule.name, line.amount);
    let (mut set, pair) = one_line(writer, line, &rule.name, reason, Some(&entry));
    set.amount = Pence::ZERO;
    found.count(&rule.name, 2, Pence::ZERO)?;
    found.pairs.push(pair.clone());
    found.pairs.push(PairRow { line: Some(other.id), amount: other.amount, ..pair });
    found.lines.extend([line.id, other.id]);
    found.sets.push(set);
    found.entries.push(entry);
    Ok(())
}

/// What a line quotes, by which its advice is known: its reference, and the
/// account references in its words; names stay where they are kept apart.
fn quoted(funds: &Funds<'_>, line: &OpenLine) -> String {
    let mut quoted = line.reference.clone();
    for place in funds.found_in(&line.narrative) {
        let reference = place.reference.as_str();
        if !quoted.contains(reference) {
            quoted.push(' ');
            quoted.push_str(reference);
        }
    }
    quoted.trim().to_owned()
}

fn explain(
    writer: &Writer<'_>,
    funds: &Funds<'_>,
    line: &OpenLine,
    (rule, to): (&BankRule, &Account),
    found: &mut Found,
) -> Result<()> {
    let postings = some(flow::explained(&bank_code(line)?, to.clone(), line.amount))?;
    let about = format!("line {} by rule {}", line.id, rule.name);
    let entry = writer.entry(BANK_RULE, line.booked_on, about, postings);
    let reason = format!("{}: the line is what the rule describes, and goes to {to}", rule.name);
    let (set, pair) = one_line(writer, line, &rule.name, reason, Some(&entry));
    if let Account::Clearing(channel) = to {
        // The line then waits for its advice. The reference is kept as the
        // sender's, so that no payment is taken for the advice.
        found.expected.push(ExpectedRow {
            id: ExpectedId::new(writer.books.world().id()),
            channel: channel.to_string(),
            happened_on: line.booked_on,
            amount: line.amount.checked_neg().ok_or(AppError::Overflow)?,
            reference: String::new(),
            batch_ref: String::new(),
            source_ref: quoted(funds, line),
            entry: entry.id,
            receipt: None,
            import: None,
            created_at: writer.now,
            is_payers: false,
        });
    }
    found.count(&rule.name, 1, line.amount)?;
    found.lines.push(line.id);
    found.sets.push(set);
    found.pairs.push(pair);
    found.entries.push(entry);
    Ok(())
}
