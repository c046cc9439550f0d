//! How much of it, and how dirty.

use chrono::NaiveDate;

use super::Shapes;

/// What is made. Shares are in ten-thousandths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Knobs {
    /// Rows of the ledger.
    pub rows: usize,
    /// Where chance begins.
    pub seed: u64,
    /// The first day.
    pub first_day: NaiveDate,
    /// How many days.
    pub days: u32,
    /// How everything is written.
    pub shapes: Shapes,
    /// Rows paid by card.
    pub card: u32,
    /// Rows of a batch, on average.
    pub batch: u32,
    /// Card rows past the cut-off, in the next payout.
    pub slip: u32,
    /// Card rows after midnight here and before it at the provider, in the payout before.
    pub midnight: u32,
    /// References with one slip of the pen.
    pub typos: u32,
    /// Rows paid in two lines.
    pub splits: u32,
    /// Rows paid in three lines.
    pub thirds: u32,
    /// Rows never paid; as many lines are nobody's.
    pub missing: u32,
    /// Lines given twice.
    pub copies: u32,
    /// References inside free text, spaced or in small letters.
    pub text: u32,
    /// References only in the bank's narrative, among other numbers.
    pub narrative: u32,
    /// References of which the bank cut off the end.
    pub cut: u32,
    /// References with two slips of the pen.
    pub typo2: u32,
    /// Rows paid 6 to 20 days late.
    pub late: u32,
    /// Lines that pay two accounts and quote one.
    pub joint: u32,
    /// Lines that pay two accounts and quote both.
    pub together: u32,
    /// Lines that quote another account.
    pub wrong: u32,
    /// Merchants that keep back a fee.
    pub fees: u32,
    /// Card rows that are refunds.
    pub refunds: u32,
    /// Rows banked by paying-in slip, several slips a deposit.
    pub deposits: u32,
}

impl Knobs {
    /// Repeating payments, common amounts, one slip of the pen, batches with and without marks.
    #[must_use]
    pub fn plain(rows: usize, seed: u64) -> Self {
        Self {
            rows,
            seed,
            first_day: NaiveDate::from_ymd_opt(2025, 4, 1).unwrap(),
            days: 365,
            shapes: Shapes::familiar(),
            card: 2_500,
            batch: 40,
            slip: 100,
            midnight: 0,
            typos: 500,
            splits: 300,
            thirds: 0,
            missing: 200,
            copies: 100,
            text: 0,
            narrative: 0,
            cut: 0,
            typo2: 0,
            late: 0,
            joint: 0,
            together: 0,
            wrong: 0,
            fees: 0,
            refunds: 0,
            deposits: 0,
        }
    }

    /// The published hard set: free text, two slips, late, joint, another's reference, fees,
    /// refunds, three times the cut-off slips, batches of fifteen.
    #[must_use]
    pub fn hard(rows: usize, seed: u64) -> Self {
        Self {
            batch: 15,
            slip: 300,
            text: 1_000,
            typo2: 100,
            late: 200,
            joint: 100,
            wrong: 50,
            fees: 2_500,
            refunds: 50,
            ..Self::plain(rows, seed)
        }
    }

    /// The hard set with what it leaves out: narratives full of other numbers, references cut
    /// off, both accounts quoted, three lines a row, midnight on both sides, deposits.
    #[must_use]
    pub fn harder(rows: usize, seed: u64) -> Self {
        Self {
            narrative: 1_000,
            cut: 50,
            together: 100,
            thirds: 50,
            midnight: 100,
            deposits: 500,
            ..Self::hard(rows, seed)
        }
    }

    /// The same, written otherwise.
    #[must_use]
    pub fn in_shapes(self, shapes: Shapes) -> Self {
        Self { shapes, ..self }
    }
}
