//! The day on one screen, and as one JSON document.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    path::Path,
};

use ims_app::{Dashboard, Imported, Verified};
use ims_ledger::Council;
use ims_money::Pence;
use serde_json::{Value, json};

use super::{Lived, live::FileIn};

/// Pounds with thousands separators: `1,234,567.89`.
fn pounds(amount: Pence) -> String {
    let plain = amount.to_string();
    let (sign, plain) = plain.strip_prefix('-').map_or(("", plain.as_str()), |rest| ("-", rest));
    let (whole, pence) = plain.split_once('.').unwrap_or((plain, "00"));
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        let left = whole.len().saturating_sub(place);
        if place > 0 && left.is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}£{grouped}.{pence}")
}

/// A part of a whole, in per cent to one decimal, without floats.
fn percent(part: u64, whole: u64) -> String {
    let tenths = part.saturating_mul(1_000).checked_div(whole).unwrap_or(0);
    format!("{}.{}%", tenths / 10, tenths % 10)
}

fn outcome(file: &FileIn) -> (u64, Pence, u64, &'static str) {
    match &file.outcome {
        Imported::Now(summary) => (summary.rows, summary.total, summary.suspense, ""),
        Imported::Before(_) => (0, Pence::ZERO, 0, "imported before: nothing changed"),
        Imported::Quarantined { .. } => (0, Pence::ZERO, 0, "kept aside"),
    }
}

/// Income by fund, each by method.
type Income<'a> = BTreeMap<&'a str, BTreeMap<&'a str, (i64, Pence)>>;

/// The lived day, for people.
pub(super) fn screen(
    lived: &Lived,
    dir: &Path,
    council: &Council,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out, "{}, {}", lived.council, lived.day.format("%A %-d %B %Y"))?;
    writeln!(out, "\nFiles in{:>41}{:>17}{:>10}", "rows", "amount", "suspense")?;
    for file in &lived.files {
        let (rows, total, suspense, note) = outcome(file);
        if note.is_empty() {
            writeln!(out, "  {:<37}{rows:>10}{:>17}{suspense:>10}", file.name, pounds(total))?;
        } else {
            writeln!(out, "  {:<37}  {note}", file.name)?;
        }
    }
    income(lived, council, out)?;
    bank(lived, out)?;
    suspense(lived, out)?;
    ledger(lived, out)?;
    faults(lived, out)?;
    checks(&lived.verified, out)?;
    writeln!(
        out,
        "\nThe day was lived in {}.{:03} s.",
        lived.took.as_secs(),
        lived.took.subsec_millis()
    )?;
    next(dir, out)
}

fn income(lived: &Lived, council: &Council, out: &mut dyn Write) -> io::Result<()> {
    let mut by_fund: Income<'_> = BTreeMap::new();
    for total in &lived.income {
        let methods = by_fund.entry(total.fund.as_str()).or_default();
        methods.insert(total.method.as_str(), (total.lines, total.amount));
    }
    writeln!(out, "\nIncome by fund{:>35}{:>17}  by method", "receipts", "amount")?;
    for (code, methods) in by_fund {
        let name = council.fund.iter().find(|fund| fund.code.as_str() == code);
        let name = name.map_or(code, |fund| fund.name.as_str());
        let count: i64 = methods.values().map(|(count, _)| *count).sum();
        let sum = Pence::checked_sum(methods.values().map(|(_, sum)| *sum)).unwrap_or_default();
        let mut largest: Vec<_> = methods.iter().collect();
        largest.sort_by_key(|(_, (_, sum))| std::cmp::Reverse(*sum));
        let shown: Vec<_> = largest
            .iter()
            .take(3)
            .map(|(method, (_, sum))| format!("{method} {}", pounds(*sum)))
            .collect();
        writeln!(out, "  {name:<37}{count:>10}{:>17}  {}", pounds(sum), shown.join(", "))?;
    }
    Ok(())
}

fn bank(lived: &Lived, out: &mut dyn Write) -> io::Result<()> {
    let run = &lived.reconciled;
    let share = percent(run.explained, run.lines);
    writeln!(
        out,
        "\nBank: {} of {} lines explained without a person ({share})",
        run.explained, run.lines
    )?;
    let mut rules: Vec<_> = run.by_rule.iter().filter(|(_, (count, _))| *count > 0).collect();
    rules.sort_by_key(|(_, (count, _))| std::cmp::Reverse(*count));
    for (rule, (count, sum)) in rules {
        writeln!(out, "  {rule:<37}{count:>10}{:>17}", pounds(*sum))?;
    }
    Ok(())
}

fn suspense(lived: &Lived, out: &mut dyn Write) -> io::Result<()> {
    let (count, sum) = lived.suspense;
    writeln!(out, "\nSuspense: {count} items, {}", pounds(sum))?;
    for (label, count, sum) in &lived.ages {
        writeln!(out, "  {label:<37}{count:>10}{:>17}", pounds(*sum))?;
    }
    for cleared in &lived.cleared {
        writeln!(
            out,
            "  cleared today: {} quoted {}, meant {} {}",
            pounds(cleared.amount),
            cleared.quoted,
            cleared.fund,
            cleared.reference
        )?;
    }
    Ok(())
}

fn ledger(lived: &Lived, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\nFiles out{:>40}{:>17}{:>17}", "lines", "debit / in", "credit / out")?;
    for export in &lived.exports {
        let row = &export.row;
        let (debit, credit) = (pounds(row.debit), pounds(row.credit));
        writeln!(out, "  {:<37}{:>10}{debit:>17}{credit:>17}", row.file_name, row.rows)?;
    }
    Ok(())
}

fn faults(lived: &Lived, out: &mut dyn Write) -> io::Result<()> {
    let mut by_kind: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for fault in &lived.faults {
        by_kind.entry(fault.planted.kind).or_default().push(fault);
    }
    writeln!(out, "\nWhat was wrong in the files, and where it is now")?;
    for (kind, faults) in by_kind {
        let Some(first) = faults.first() else { continue };
        let many =
            if faults.len() > 1 { format!(" ({} times)", faults.len()) } else { String::new() };
        writeln!(out, "  {}{many}: {}", kind, first.seen)?;
    }
    Ok(())
}

fn checks(verified: &Verified, out: &mut dyn Write) -> io::Result<()> {
    let held = verified.checks.iter().filter(|check| check.ok).count();
    let all = verified.checks.len();
    writeln!(
        out,
        "\nThe books prove themselves: {held} of {all} checks hold over {} entries, {} unsealed.",
        verified.entries, verified.unsealed
    )?;
    for check in verified.checks.iter().filter(|check| !check.ok) {
        writeln!(
            out,
            "  NOT SO: {} ({})",
            check.name,
            check.detail.as_deref().unwrap_or_default()
        )?;
    }
    writeln!(out, "Sealed to {}", verified.sealed_to)
}

fn next(dir: &Path, out: &mut dyn Write) -> io::Result<()> {
    let dir = dir.display();
    writeln!(
        out,
        "\nThe database is {dir}/ims.db, what came in is in {dir}/in, what went out in {dir}/out."
    )?;
    writeln!(out, "Try next:")?;
    writeln!(out, "  ims --data sqlite:{dir}/ims.db suspense list")?;
    writeln!(out, "  ims --data sqlite:{dir}/ims.db reconcile status")?;
    writeln!(out, "  ims --data sqlite:{dir}/ims.db verify")?;
    writeln!(out, "  cargo run --release --bin ims-server -- --data sqlite:{dir}/ims.db --demo")
}

/// The lived day, for programs.
pub(super) fn json(lived: &Lived, out: &mut dyn Write) -> io::Result<()> {
    let file = |file: &FileIn| {
        let (rows, total, suspense, _) = outcome(file);
        let state = match &file.outcome {
            Imported::Now(_) => "imported",
            Imported::Before(_) => "imported before",
            Imported::Quarantined { .. } => "quarantined",
        };
        json!({ "name": file.name, "about": file.about, "state": state, "rows": rows,
                "total_pence": total, "suspense": suspense })
    };
    let by_rule: Vec<Value> = lived
        .reconciled
        .by_rule
        .iter()
        .map(|(rule, (count, sum))| json!({ "rule": rule, "lines": count, "total_pence": sum }))
        .collect();
    let income: Vec<Value> = lived
        .income
        .iter()
        .map(|total| json!({ "fund": total.fund, "method": total.method, "receipts": total.lines, "total_pence": total.amount }))
        .collect();
    let exports: Vec<Value> = lived
        .exports
        .iter()
        .map(|export| {
            let row = &export.row;
            json!({ "kind": row.kind, "number": row.number, "file": row.file_name, "rows": row.rows,
                    "debit_pence": row.debit, "credit_pence": row.credit, "sha256": row.content_hash.to_string() })
        })
        .collect();
    let journal = exports.iter().find(|export| export["kind"] == "ledger-journal").cloned();
    let faults: Vec<Value> = lived
        .faults
        .iter()
        .map(|fault| {
            json!({ "kind": fault.planted.kind.to_string(), "says": fault.planted.says,
                             "amount_pence": fault.planted.amount, "seen": fault.seen })
        })
        .collect();
    let ages: Vec<Value> = lived
        .ages
        .iter()
        .map(|(age, count, sum)| json!({ "age": age, "items": count, "total_pence": sum }))
        .collect();
    let document = json!({
        "council": lived.council,
        "day": lived.day,
        "files": lived.files.iter().map(file).collect::<Vec<_>>(),
        "receipts": { "count": lived.certificate.receipts, "total_pence": lived.certificate.receipts_pence, "by_fund": income },
        "matched": { "lines": lived.reconciled.lines, "explained": lived.reconciled.explained, "by_rule": by_rule },
        "suspense": { "items": lived.suspense.0, "total_pence": lived.suspense.1, "ages": ages },
        "journal": journal,
        "exports": exports,
        "faults": faults,
        "invariants": invariants(&lived.verified),
        "took_ms": u64::try_from(lived.took.as_millis()).unwrap_or(u64::MAX),
    });
    writeln!(out, "{document:#}")
}

fn invariants(verified: &Verified) -> Value {
    let held = verified.checks.iter().filter(|check| check.ok).count();
    json!({ "ok": verified.ok, "checked": verified.checks.len(), "held": held, "entries": verified.entries,
            "sealed_to": verified.sealed_to, "unsealed": verified.unsealed, "checks": verified.checks })
}

/// What was there already, for people.
pub(super) fn again(
    council: &str,
    dashboard: &Dashboard,
    verified: &Verified,
    dir: &Path,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out, "{council} lived its day before: it is left as it is (--fresh starts again).")?;
    writeln!(
        out,
        "{}: {} receipts, {}; suspense: {} items, {}",
        dashboard.day.format("%-d %B %Y"),
        dashboard.receipts,
        pounds(dashboard.receipts_pence),
        dashboard.suspense.0,
        pounds(dashboard.suspense.1)
    )?;
    checks(verified, out)?;
    next(dir, out)
}

/// What was there already, for programs.
pub(super) fn json_again(
    council: &str,
    dashboard: &Dashboard,
    verified: &Verified,
    out: &mut dyn Write,
) -> io::Result<()> {
    let document = json!({
        "council": council,
        "before": true,
        "day": dashboard.day,
        "receipts": { "count": dashboard.receipts, "total_pence": dashboard.receipts_pence },
        "suspense": { "items": dashboard.suspense.0, "total_pence": dashboard.suspense.1 },
        "invariants": invariants(verified),
    });
    writeln!(out, "{document:#}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pounds_and_percents_read_as_people_write_them() {
        for (pence, text) in [
            (0, "£0.00"),
            (5, "£0.05"),
            (-123_456, "-£1,234.56"),
            (100_000_000, "£1,000,000.00"),
            (99_999, "£999.99"),
        ] {
            assert_eq!(pounds(Pence::new(pence)), text);
        }
        assert_eq!(percent(937, 1000), "93.7%");
        assert_eq!(percent(0, 0), "0.0%");
    }
}
