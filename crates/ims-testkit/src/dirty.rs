//! A ledger and a bank statement that belong together, as dirty as real ones, with the answers.
//!
//! The measure for reconciliation: what a matcher pairs is [scored](Dirty::score) against what
//! is known to be true. Everything comes from a seed, and everything that a matcher might learn
//! by heart (how references, merchants, batches and days are written, what the bank calls its
//! kinds of line) is a [`Shapes`] of its own, so that a rule that only knows one of them fails.
//!
//! ```
//! use ims_testkit::dirty::{Knobs, make};
//!
//! let made = make(&Knobs::hard(2_000, 7));
//! assert_eq!(made.ledger.len(), 2_000);
//! let answers = made.truth.iter().map(|pair| (pair.bank, pair.ledger));
//! let score = made.score(answers);
//! assert_eq!((score.precision(), score.recall()), (1_000_000, 1_000_000));
//! ```

mod cards;
mod deposits;
mod dress;
mod knobs;
mod payers;
mod random;
mod score;
mod shapes;
mod slips_of_the_pen;
mod suggested;

use std::{fmt, fs, io, path::Path};

use chrono::{Days, NaiveDate};

pub use knobs::Knobs;
pub use score::{Score, share};
pub use shapes::{DayText, Shapes};
pub use suggested::{Suggested, Suggestions, Tenth};

use random::Random;

/// A row of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerRow {
    /// Its number in the file, from 1.
    pub id: u64,
    /// When it happened.
    pub date: NaiveDate,
    /// In pence; negative for a refund.
    pub amount: i64,
    /// The payer's reference.
    pub reference: String,
    /// The method of payment.
    pub mop: &'static str,
    /// Who pays it out, for cards and deposits.
    pub merchant: String,
    /// Its payout, slip or schedule, where that is known.
    pub batch: String,
}

/// A line of the bank's statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankRow {
    /// Its number in the file, from 1.
    pub id: u64,
    /// When it was booked.
    pub date: NaiveDate,
    /// In pence.
    pub amount: i64,
    /// What the payer quoted.
    pub reference: String,
    /// What the bank adds.
    pub narrative: String,
    /// What the bank calls lines of this kind.
    pub kind: &'static str,
}

/// A line and a row that belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Truth {
    /// The line's number.
    pub bank: u64,
    /// The row's number.
    pub ledger: u64,
    /// What makes it hard.
    pub kind: Kind,
}

/// What makes a pair hard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Nothing: the reference and the amount agree.
    One,
    /// One slip of the pen.
    Typo,
    /// Two slips of the pen.
    Typo2,
    /// The reference stands in free text.
    Text,
    /// The end of the reference is cut off.
    Cut,
    /// It comes 6 to 20 days late.
    Late,
    /// One line pays two accounts and quotes one.
    Joint,
    /// One line pays two accounts and quotes both.
    Together,
    /// One row is paid in two or three lines.
    Split,
    /// The payer quotes another account.
    Wrong,
    /// A payout that quotes its batch.
    Batch,
    /// A payout that quotes its merchant and day.
    Day,
    /// A payout less a fee.
    Net,
    /// Several paying-in slips in one deposit.
    Deposit,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::One => "one",
            Self::Typo => "typo",
            Self::Typo2 => "typo2",
            Self::Text => "fmt",
            Self::Cut => "cut",
            Self::Late => "late",
            Self::Joint => "joint",
            Self::Together => "together",
            Self::Split => "split",
            Self::Wrong => "wrongref",
            Self::Batch => "batchA",
            Self::Day => "batchB",
            Self::Net => "netfee",
            Self::Deposit => "deposit",
        })
    }
}

/// A ledger, a statement, and the answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dirty {
    /// In order of date.
    pub ledger: Vec<LedgerRow>,
    /// In order of date.
    pub bank: Vec<BankRow>,
    /// What belongs together.
    pub truth: Vec<Truth>,
    /// Lines given twice: the copy's number, and the line's.
    pub copies: Vec<(u64, u64)>,
}

/// Makes it.
#[must_use]
pub fn make(knobs: &Knobs) -> Dirty {
    let mut making = Making {
        knobs: knobs.clone(),
        random: Random::new(knobs.seed),
        made: Dirty::default(),
        accounts: 0,
        amounts: Vec::new(),
    };
    making.common_amounts();
    making.payers();
    making.strangers();
    making.cards();
    making.deposits();
    making.copies();
    making.in_order()
}

/// What is being made; rows and lines are numbered by their place until the end.
struct Making {
    knobs: Knobs,
    random: Random,
    made: Dirty,
    accounts: u64,
    amounts: Vec<i64>,
}

impl Making {
    /// Amounts that many people pay.
    fn common_amounts(&mut self) {
        for number in 0..400_u64 {
            let amount = match number {
                0..40 => self.random.one_of(&[3_500, 7_000, 10_000, 15_000]),
                _ => self.random.spread(2_500, 4),
            };
            self.amounts.push(amount);
        }
    }

    fn amount(&mut self) -> i64 {
        if self.random.per_myriad(6_000) {
            let amounts = std::mem::take(&mut self.amounts);
            let amount = self.random.one_of(&amounts);
            self.amounts = amounts;
            return amount;
        }
        self.random.spread(900, 6)
    }

    /// A new account's reference.
    fn account(&mut self) -> String {
        self.accounts += 1;
        self.knobs.shapes.reference(self.accounts)
    }

    fn date(&self, day: u32) -> NaiveDate {
        self.knobs.first_day + Days::new(u64::from(day))
    }

    /// Days from the ledger to the bank.
    fn lag(&mut self) -> u32 {
        match self.random.below(100) {
            0..55 => 0,
            55..80 => 1,
            80..92 => 2,
            _ => 3,
        }
    }

    fn row(&mut self, day: u32, amount: i64, reference: String) -> u64 {
        let mop = self.random.one_of(&["20", "21", "22"]);
        let (merchant, batch) = (String::new(), String::new());
        self.add_row(LedgerRow {
            id: 0,
            date: self.date(day),
            amount,
            reference,
            mop,
            merchant,
            batch,
        })
    }

    fn add_row(&mut self, row: LedgerRow) -> u64 {
        self.made.ledger.push(row);
        self.made.ledger.len() as u64 - 1
    }

    fn line(&mut self, day: u32, amount: i64, reference: String, kind: &'static str) -> u64 {
        let (date, narrative) = (self.date(day), String::new());
        self.made.bank.push(BankRow { id: 0, date, amount, reference, narrative, kind });
        self.made.bank.len() as u64 - 1
    }

    fn pair(&mut self, bank: u64, ledger: u64, kind: Kind) {
        self.made.truth.push(Truth { bank, ledger, kind });
    }

    fn direct(&mut self) -> &'static str {
        self.random.one_of(&self.knobs.shapes.kinds)
    }

    /// Lines that nothing was expected for.
    fn strangers(&mut self) {
        let count = self.made.ledger.len() as u64 * u64::from(self.knobs.missing) / 10_000;
        for _ in 0..count {
            let (reference, amount, kind) = (self.account(), self.amount(), self.direct());
            let day = self.random.below(u64::from(self.knobs.days)) as u32;
            self.line(day, amount, reference, kind);
        }
    }

    /// Lines that the bank gives twice.
    fn copies(&mut self) {
        let card = self.knobs.shapes.card_kind;
        for line in 0..self.made.bank.len() {
            if self.made.bank[line].kind != card && self.random.per_myriad(self.knobs.copies) {
                let copy = self.made.bank[line].clone();
                self.made.bank.push(copy);
                self.made.copies.push((self.made.bank.len() as u64 - 1, line as u64));
            }
        }
    }

    /// Numbers everything anew by date, so that no place tells anything.
    fn in_order(mut self) -> Dirty {
        let mut random = self.random.clone();
        let mut order = |dates: Vec<NaiveDate>| -> Vec<usize> {
            let mut keyed: Vec<(NaiveDate, u64, usize)> =
                dates.into_iter().enumerate().map(|(at, date)| (date, random.next(), at)).collect();
            keyed.sort_unstable();
            keyed.into_iter().map(|(_, _, at)| at).collect()
        };
        let rows = order(self.made.ledger.iter().map(|row| row.date).collect());
        let lines = order(self.made.bank.iter().map(|line| line.date).collect());
        let number = |order: &[usize]| -> Vec<u64> {
            let mut numbers = vec![0; order.len()];
            order.iter().zip(1..).for_each(|(at, number)| numbers[*at] = number);
            numbers
        };
        let (row_number, line_number) = (number(&rows), number(&lines));
        self.made.ledger.iter_mut().zip(&row_number).for_each(|(row, id)| row.id = *id);
        self.made.bank.iter_mut().zip(&line_number).for_each(|(line, id)| line.id = *id);
        self.made.ledger.sort_by_key(|row| row.id);
        self.made.bank.sort_by_key(|line| line.id);
        for pair in &mut self.made.truth {
            pair.bank = line_number[pair.bank as usize];
            pair.ledger = row_number[pair.ledger as usize];
        }
        for (copy, line) in &mut self.made.copies {
            (*copy, *line) = (line_number[*copy as usize], line_number[*line as usize]);
        }
        self.made
    }
}

impl Dirty {
    /// Writes `ledger.csv`, `bank.csv`, `truth.csv` and `dups.csv` into a folder, as `ims match`
    /// and other programs read them. The bank's has a narrative if any line has one.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        let field = |text: &str| {
            if text.contains([',', '"']) {
                format!("\"{}\"", text.replace('"', "\"\""))
            } else {
                text.to_owned()
            }
        };
        let ledger = self.ledger.iter().map(|row| {
            let LedgerRow { id, date, amount, reference, mop, merchant, batch } = row;
            let (reference, merchant, batch) = (field(reference), field(merchant), field(batch));
            format!("{id},{date},{amount},{reference},{mop},{merchant},{batch}\n")
        });
        let is_narrated = self.bank.iter().any(|line| !line.narrative.is_empty());
        let bank = self.bank.iter().map(|line| {
            let BankRow { id, date, amount, reference, narrative, kind } = line;
            let (reference, narrative) = (field(reference), field(narrative));
            let narrative = if is_narrated { format!(",{narrative}") } else { narrative };
            format!("{id},{date},{amount},{reference},{kind}{narrative}\n")
        });
        let truth = self.truth.iter();
        let truth = truth.map(|pair| format!("{},{},{}\n", pair.bank, pair.ledger, pair.kind));
        let copies = self.copies.iter().map(|(copy, line)| format!("{copy},{line}\n"));
        fs::create_dir_all(folder)?;
        let put = |name: &str, head: &str, text: String| {
            fs::write(folder.join(name), format!("{head}\n{text}"))
        };
        put("ledger.csv", "id,date,amount,reference,mop,merchant,batch_ref", ledger.collect())?;
        let narrative = if is_narrated { ",narrative" } else { "" };
        put("bank.csv", &format!("id,date,amount,reference,type{narrative}"), bank.collect())?;
        put("truth.csv", "bank_id,ledger_id,kind", truth.collect())?;
        put("dups.csv", "dup_id,orig_id", copies.collect())
    }
}

#[cfg(test)]
mod tests;
