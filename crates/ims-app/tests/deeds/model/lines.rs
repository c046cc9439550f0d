//! Receipt lines, and what is taken of them.

use std::collections::BTreeMap;

use ims_ledger::id::ReceiptId;
use ims_store::LineKey;

use super::shadow::{Account, Taken};

/// A line that money came in by.
pub(super) struct Line {
    pub(super) receipt: ReceiptId,
    pub(super) number: String,
    /// Which of the receipt's, from 1.
    pub(super) line: i64,
    pub(super) account: Account,
    pub(super) amount: i64,
    pub(super) vat: i64,
    /// How it was paid; nothing for money that only moved.
    pub(super) method: &'static str,
    /// The day of the money.
    pub(super) on: chrono::NaiveDate,
    pub(super) used: i64,
    pub(super) used_vat: i64,
    /// What was claimed back of it, by returns and disputes that were not won.
    pub(super) claimed: i64,
    /// What refunds that were paid after all could not find of it.
    pub(super) short: i64,
    /// What returns and lost disputes claimed of it and did not find.
    pub(super) lost: i64,
    /// Whether its receipt was undone.
    pub(super) is_undone: bool,
    /// The lines to which parts of it were moved.
    moved: BTreeMap<LineKey, (usize, i64)>,
}

impl Line {
    pub(super) fn left(&self) -> i64 {
        self.amount - self.used
    }

    /// Whether anything of it was taken, or is claimed.
    pub(super) fn is_touched(&self) -> bool {
        self.used != 0 || self.claimed != 0 || self.short != 0
    }

    fn take(&mut self, pence: i64) -> i64 {
        assert!(pence <= self.left(), "more is taken than is left");
        self.used += pence;
        // Worked out from all that is taken by now, so that the last takes the rest.
        let by_now = rounded(self.vat * self.used, self.amount);
        let held = (by_now - self.used_vat).max(0);
        self.used_vat += held;
        held
    }
}

/// `over / under` to the nearest, half to the even. Neither is negative.
fn rounded(over: i64, under: i64) -> i64 {
    let (whole, rest) = (over / under, over % under);
    let up = rest * 2 > under || rest * 2 == under && whole % 2 == 1;
    whole + i64::from(up)
}

/// Every line that money ever came in by.
#[derive(Default)]
pub(super) struct Lines {
    pub(super) all: Vec<Line>,
}

impl Lines {
    /// Adds the lines of a receipt by which money came in.
    pub(super) fn add(
        &mut self,
        receipt: &ims_app::ReceiptRow,
        accounts: &[(i64, Account)],
        method: &'static str,
    ) -> Vec<usize> {
        let from = self.all.len();
        for (number, account) in accounts {
            let row = &receipt.lines[usize::try_from(*number).unwrap() - 1];
            assert_eq!((row.fund.as_str(), &row.reference), (account.0, &account.1));
            self.all.push(Line {
                receipt: receipt.id,
                number: receipt.number.clone(),
                line: *number,
                account: account.clone(),
                amount: row.amount.get(),
                vat: row.vat.get(),
                method,
                on: receipt.happened_on,
                used: 0,
                used_vat: 0,
                claimed: 0,
                short: 0,
                lost: 0,
                is_undone: false,
                moved: BTreeMap::new(),
            });
        }
        (from..self.all.len()).collect()
    }

    /// Takes exactly so much of a line, which is there.
    pub(super) fn exactly(&mut self, line: usize, pence: i64) -> Taken {
        Taken { line, pence, vat: self.all[line].take(pence) }
    }

    /// Takes what a line credits now, wherever that is, and says what is short.
    pub(super) fn as_far_as_it_goes(&mut self, line: usize, pence: i64) -> (Vec<Taken>, i64) {
        let mut taken = Vec::new();
        let here = pence.min(self.all[line].left());
        if here > 0 {
            taken.push(self.exactly(line, here));
        }
        let mut rest = pence - here;
        let moved: Vec<_> = self.all[line].moved.values().copied().collect();
        for (to, moved) in moved {
            if rest.min(moved) > 0 {
                let (there, short) = self.as_far_as_it_goes(to, rest.min(moved));
                rest -= rest.min(moved) - short;
                taken.extend(there);
            }
        }
        (taken, rest)
    }

    /// What was taken of a line is on another now.
    pub(super) fn moves(&mut self, taken: &Taken, to: usize) {
        let key = LineKey { receipt: self.all[to].receipt, line: self.all[to].line };
        self.all[taken.line].moved.insert(key, (to, taken.pence));
    }

    /// What was taken is there again.
    pub(super) fn give_back(&mut self, taken: &[Taken]) {
        for one in taken {
            let line = &mut self.all[one.line];
            line.used -= one.pence;
            line.used_vat -= one.vat;
        }
    }

    /// What was moved did not stay where it was.
    pub(super) fn forget_move(&mut self, from: usize, to: &[usize]) {
        self.all[from].moved.retain(|_, (line, _)| !to.contains(line));
    }

    /// The receipt of these lines is undone: nothing of them is left.
    pub(super) fn use_up(&mut self, lines: &[usize]) {
        for line in lines {
            let line = &mut self.all[*line];
            line.used = line.amount;
            line.used_vat = line.vat;
            line.is_undone = true;
        }
    }

    /// The line from which this one's money was moved.
    pub(super) fn moved_from(&self, to: usize) -> Option<usize> {
        self.all.iter().position(|line| line.moved.values().any(|(at, _)| *at == to))
    }
}
