//! Pairs a day's bank lines with what was expected, and says why; what could
//! be more than one thing is left for a person.

use chrono::NaiveDate;
use ims_money::Pence;
use ims_reconcile::{BankLine, Expected, Rules, reconcile};

fn expected(id: u64, day: NaiveDate, pence: i64, reference: &'static str) -> Expected<'static> {
    let amount = Pence::new(pence);
    Expected { id, date: day, amount, reference, merchant: "", batch: "" }
}

fn line(id: u64, day: NaiveDate, pence: i64, narrative: &'static str) -> BankLine<'static> {
    BankLine { id, date: day, amount: Pence::new(pence), reference: "", narrative, kind: "" }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let day = NaiveDate::from_ymd_opt(2026, 4, 1).ok_or("a real day")?;
    let waiting = [
        expected(1, day, 9_550, "R123456789"),
        expected(2, day, 4_000, "R222222222"),
        expected(3, day, 4_000, "R333333333"),
    ];
    let bank =
        [line(1, day, 9_550, "FPI SMITH J R123456789"), line(2, day, 4_000, "FPI JONES A THANKS")];

    let rules = Rules::default();
    let outcome = reconcile(&waiting, &bank, &rules);
    for found in &outcome.matches {
        println!("matched: {}", rules.reason(found, &waiting, &bank));
    }
    for at in &outcome.bank_left {
        let left = usize::try_from(*at).ok().and_then(|at| bank.get(at)).ok_or("no such line")?;
        println!("left for a person: {} `{}`", left.amount, left.narrative);
    }
    println!("still expected: {}", outcome.expected_left.len());
    Ok(())
}
