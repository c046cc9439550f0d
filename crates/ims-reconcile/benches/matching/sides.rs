//! Made-up data as the engine takes it, and its outcome as it is judged.

use ims_money::Pence;
use ims_reconcile::{BankLine, Expected, Outcome};
use ims_testkit::dirty::{BankRow, Dirty, LedgerRow, Score, Suggested, Suggestions};

pub(crate) fn expected(made: &Dirty) -> Vec<Expected<'_>> {
    fn row(row: &LedgerRow) -> Expected<'_> {
        let LedgerRow { id, date, amount, reference, merchant, batch, .. } = row;
        let (id, date, amount) = (*id, *date, Pence::new(*amount));
        Expected { id, date, amount, reference, merchant, batch }
    }
    made.ledger.iter().map(row).collect()
}

pub(crate) fn bank(made: &Dirty) -> Vec<BankLine<'_>> {
    fn line(line: &BankRow) -> BankLine<'_> {
        let BankRow { id, date, amount, reference, narrative, kind } = line;
        let (id, date, amount) = (*id, *date, Pence::new(*amount));
        BankLine { id, date, amount, reference, narrative, kind }
    }
    made.bank.iter().map(line).collect()
}

/// What an outcome is worth.
pub(crate) fn judged(
    made: &Dirty,
    outcome: &Outcome,
    rows: &[Expected<'_>],
    lines: &[BankLine<'_>],
) -> (Score, Suggestions) {
    let line = |at: &u32| lines[*at as usize].id;
    let row = |at: &u32| rows[*at as usize].id;
    let pairs = outcome.matches.iter().flat_map(|found| {
        found.bank.iter().flat_map(|at| found.expected.iter().map(move |of| (line(at), row(of))))
    });
    let matched = outcome.matches.iter().flat_map(|found| found.bank.iter().map(line));
    let suggested: Vec<Suggested> = outcome
        .proposals
        .iter()
        .map(|found| Suggested {
            lines: found.bank.iter().map(line).collect(),
            rows: found.expected.iter().map(row).collect(),
            rank: found.rank,
            basis_points: found.basis_points,
        })
        .collect();
    (made.score(pairs), made.judge(matched, &suggested))
}
