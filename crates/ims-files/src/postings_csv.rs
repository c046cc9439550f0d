//! Postings as a table, added up: the whole ledger from one file, without a
//! database.

use std::io::BufRead;

use ims_ledger::{Side, TrialBalance};
use ims_money::Pence;

use crate::{
    Totals, Verdict,
    amounts::{clipped, pence},
    rows::{Header, Row, Rows},
    verdict::Faults,
};

/// Adds up a file of postings, one a row: `entry,account,side,amount`, the rows
/// of one entry together. Every entry has to balance by itself; one that does
/// not is an error with its line, like an account or amount that does not read.
/// What could not be read is not added.
///
/// ```
/// let file: &[u8] = b"entry,account,side,amount\n\
///     1,clearing:till,debit,120.50\n1,fund:CT,credit,120.50\n";
///
/// let (ledger, verdict) = ims_files::add_up(&mut &file[..]);
/// assert!(verdict.is_read_whole() && ledger.is_balanced());
/// assert_eq!(ledger.totals().len(), 2);
/// ```
///
/// See `docs/formats/postings-csv.md`.
pub fn add_up(input: &mut dyn BufRead) -> (TrialBalance, Verdict) {
    let mut rows = Rows::new(input);
    let mut faults = Faults::default();
    let mut adding = Adding::default();
    match rows.next().map(|row| (row.line, Columns::of(row))) {
        Some((_, Some(columns))) => {
            while let Some(row) = rows.next() {
                if let Err(message) = adding.row(&columns, row, &mut faults) {
                    faults.error(row.line, message);
                }
            }
            adding.close(&mut faults);
        }
        Some((line, None)) => faults
            .error(line, "no header; the first line must name entry, account, side and amount"),
        None => faults.error(None, "the file is empty"),
    }
    rows.finish(&mut faults);
    let sum = adding.debits.map(|debits| Totals { count: adding.count, sum: debits.into() });
    (adding.ledger, faults.verdict(None, sum))
}

struct Adding {
    ledger: TrialBalance,
    /// The entry that is being read, and the line it began on.
    entry: String,
    began: u64,
    /// Its debits less its credits; `None` when one of its rows did not read.
    open: Option<Pence>,
    count: u64,
    debits: Option<Pence>,
}

impl Default for Adding {
    fn default() -> Self {
        Self {
            ledger: TrialBalance::default(),
            entry: String::new(),
            began: 0,
            open: Some(Pence::ZERO),
            count: 0,
            debits: Some(Pence::ZERO),
        }
    }
}

impl Adding {
    fn row(&mut self, columns: &Columns, row: &Row, faults: &mut Faults) -> Result<(), String> {
        let entry = row.get(columns.entry);
        if entry != self.entry {
            self.close(faults);
            entry.clone_into(&mut self.entry);
            (self.began, self.open) = (row.line, Some(Pence::ZERO));
        }
        // Until the row is read whole, its entry cannot be said to balance.
        let open = self.open.take();
        if !row.fits(columns.width) {
            return Err(format!("{} columns; the header has {}", row.len(), columns.width));
        }
        if entry.is_empty() {
            return Err("entry: is empty; say which entry the posting is of".to_owned());
        }
        let side = match row.get(columns.side) {
            "debit" => Side::Debit,
            "credit" => Side::Credit,
            other => return Err(format!("side: `{}` is neither debit nor credit", clipped(other))),
        };
        let amount = pence(row.get(columns.amount)).map_err(|why| format!("amount: {why}"))?;
        if !amount.is_positive() {
            return Err(format!("amount: {amount} is not more than nothing"));
        }
        let place = self.ledger.place(row.get(columns.account)).map_err(|bad| bad.to_string())?;
        let too_large = || "the sum is too large".to_owned();
        self.ledger.add(place, side, amount).ok_or_else(too_large)?;
        self.count = self.count.saturating_add(1);
        if side == Side::Debit {
            self.debits = self.debits.and_then(|sum| sum.checked_add(amount));
        }
        self.open = match (open, side) {
            (None, _) => None,
            (Some(open), Side::Debit) => Some(open.checked_add(amount).ok_or_else(too_large)?),
            (Some(open), Side::Credit) => Some(open.checked_sub(amount).ok_or_else(too_large)?),
        };
        Ok(())
    }

    /// Says so when the entry that ends here does not balance.
    fn close(&self, faults: &mut Faults) {
        if let Some(open) = self.open.filter(|open| !open.is_zero()) {
            let entry = clipped(&self.entry);
            faults.error(
                self.began,
                format!("entry {entry} does not balance: debits less credits are {open}"),
            );
        }
    }
}

/// Where each column is.
struct Columns {
    entry: usize,
    account: usize,
    side: usize,
    amount: usize,
    width: usize,
}

impl Columns {
    fn of(row: &Row) -> Option<Self> {
        let header = Header::of(row);
        Some(Self {
            entry: header.column(&["entry"])?,
            account: header.column(&["account"])?,
            side: header.column(&["side"])?,
            amount: header.column(&["amount"])?,
            width: row.len(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(rows: &str) -> Vec<String> {
        let file = format!("entry,account,side,amount\n{rows}");
        let (_, verdict) = add_up(&mut file.as_bytes());
        let shown =
            |fault: &crate::Fault| format!("{}: {}", fault.line.unwrap_or(0), fault.message);
        verdict.faults.iter().map(shown).collect()
    }

    #[test]
    fn every_entry_has_to_balance_by_itself() {
        for (rows, expected) in [
            ("1,suspense,debit,1\n1,fund:CT,credit,1.00\n", vec![]),
            ("1,suspense,debit,2\n1,fund:CT,credit,1\n1,vat:S,credit,1\n", vec![]),
            (
                "1,suspense,debit,1\n2,fund:CT,credit,1\n",
                vec![
                    "2: entry 1 does not balance: debits less credits are 1.00",
                    "3: entry 2 does not balance: debits less credits are -1.00",
                ],
            ),
            ("1,petty,debit,1\n1,fund:CT,credit,1\n", vec!["2: `petty` is not an account"]),
            ("1,suspense,left,1\n", vec!["2: side: `left` is neither debit nor credit"]),
            ("1,suspense,debit,1.005\n", vec!["2: amount: `1.005` has a fraction of a penny"]),
            ("1,suspense,debit,-1\n", vec!["2: amount: -1.00 is not more than nothing"]),
            (",suspense,debit,1\n", vec!["2: entry: is empty"]),
            ("1,suspense,debit\n", vec!["2: 3 columns; the header has 4"]),
        ] {
            let found = faults(rows);
            assert_eq!(found.len(), expected.len(), "{rows}{found:?}");
            for (found, expected) in found.iter().zip(expected) {
                assert!(found.starts_with(expected), "{found}");
            }
        }
        assert_eq!(add_up(&mut &b""[..]).1.faults[0].message, "the file is empty");
        assert!(!add_up(&mut &b"a,b\n1,2\n"[..]).1.is_read_whole());
    }
}
