//! Books beside the books: what the deeds should have come to.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use ims_app::Period;
use ims_ledger::id::{ApprovalId, ImportId, LineId, SuspenseId, TransferId};

use super::{
    came_back::Dispute,
    closed::Export,
    declared::Declared,
    given_back::Refund,
    lines::Lines,
    step::{Row, Whose},
};
use crate::deeds::town::{april, ct};

/// A fund and a reference in it.
pub(super) type Account = (&'static str, String);

/// A file that came.
pub(super) struct File {
    pub(super) name: String,
    pub(super) text: String,
    pub(super) rows: Vec<Row>,
    /// Where each row went, and which receipt lines that made.
    pub(super) went: Vec<Option<Account>>,
    pub(super) lines: Vec<usize>,
    pub(super) suspense: Vec<SuspenseId>,
    pub(super) import: ImportId,
    pub(super) is_reversed: bool,
}

/// A part of a line that went on to another.
#[derive(Clone)]
pub(super) struct Taken {
    pub(super) line: usize,
    pub(super) pence: i64,
    pub(super) vat: i64,
}

/// A journal or transfer that stands.
pub(super) struct Move {
    pub(super) id: TransferId,
    /// What a journal took; a transfer takes of no line.
    pub(super) taken: Vec<Taken>,
    /// What a transfer took of accounts.
    pub(super) from: Vec<(Account, i64)>,
    /// The lines it made.
    pub(super) to: Vec<usize>,
}

/// An allocation of suspense that stands.
pub(super) struct Allocation {
    pub(super) id: uuid::Uuid,
    pub(super) item: SuspenseId,
    pub(super) pence: i64,
    pub(super) account: Account,
    /// The line it made; none of a debit.
    pub(super) line: Option<usize>,
}

/// What waits for a second person.
#[derive(Clone, Copy)]
pub(super) enum Waiting {
    Refund(usize),
    Return(ApprovalId, SuspenseId, i64),
    WriteOff(ApprovalId, SuspenseId, i64),
    Day(ApprovalId, NaiveDate),
    Month(ApprovalId, Period),
}

/// An account holder.
pub(super) struct Holder {
    pub(super) version: i64,
    pub(super) is_stopped: bool,
}

/// What everything should stand at. Credit positive, as income is.
#[derive(Default)]
pub(super) struct Shadow {
    pub(super) accounts: BTreeMap<Account, i64>,
    pub(super) vat: i64,
    pub(super) bank: i64,
    pub(super) disputes: i64,
    pub(super) refunds_due: i64,
    pub(super) written_off: i64,
    pub(super) over_short: i64,
    pub(super) statements: u32,
    pub(super) files: Vec<File>,
    pub(super) bank_lines: Vec<LineId>,
    pub(super) lines: Lines,
    pub(super) moves: Vec<Move>,
    pub(super) allocations: Vec<Allocation>,
    pub(super) refunds: Vec<Refund>,
    pub(super) disputed: Vec<Dispute>,
    pub(super) waiting: Vec<Waiting>,
    pub(super) declared: Vec<Declared>,
    pub(super) holders: BTreeMap<u32, Holder>,
    /// Old reference, the first day, where to; in the order of their making.
    pub(super) redirects: Vec<(Account, NaiveDate, Account)>,
    /// Receipts that may have a fee, and the fee each has.
    pub(super) by_phone: Vec<(String, Account, Option<i64>)>,
    pub(super) exports: Vec<Export>,
    pub(super) closed_through: Option<NaiveDate>,
    pub(super) closed_months: Vec<Period>,
    pub(super) keys: u32,
    pub(super) day: u64,
}

/// The VAT held in gross pence at 20%: a sixth, half pennies to the even one.
pub(super) fn vat_in(gross: i64) -> i64 {
    let (size, sign) = (gross.abs(), gross.signum());
    let (whole, rest) = (size / 6, size % 6);
    let up = rest > 3 || rest == 3 && whole % 2 == 1;
    sign * (whole + i64::from(up))
}

/// The VAT in money for an account.
pub(super) fn vat_of(account: &Account, gross: i64) -> i64 {
    if account.0 == "LE" { vat_in(gross) } else { 0 }
}

/// The first day of every life.
fn first_day() -> NaiveDate {
    april(27)
}

/// The last day a life comes to, counted from 0: it has a month's end in it.
const LAST_DAY: u64 = 20;

impl Shadow {
    pub(super) fn new() -> Self {
        let holder = |n| (n, Holder { version: 1, is_stopped: false });
        Self { holders: (1..10).map(holder).collect(), ..Self::default() }
    }

    pub(super) fn today(&self) -> NaiveDate {
        first_day().checked_add_days(Days::new(self.day)).unwrap()
    }

    pub(super) fn days_go_by(&mut self, days: u64) {
        self.day = (self.day + days).min(LAST_DAY);
    }

    /// The account that money for `whose` goes to, if it came on that day.
    pub(super) fn account(&self, whose: Whose, on: NaiveDate) -> Option<Account> {
        let account = self.follow(whose.said(), on).ok()?;
        match account.0 {
            "LE" => Some(account),
            "CT" => (1..20)
                .find(|n| ct(*n) == account.1)
                .filter(|n| self.holders.contains_key(n))
                .map(|_| account),
            _ => None,
        }
    }

    /// Where a reference leads to on that day; `Err` when it leads to itself.
    pub(super) fn follow(&self, from: Account, on: NaiveDate) -> Result<Account, ()> {
        let mut at = from;
        for _ in 0..=self.redirects.len() {
            // Of those of one day the last said; of others the latest begun.
            let begun = self.redirects.iter().filter(|(old, day, _)| *old == at && *day <= on);
            match begun.max_by_key(|(_, day, _)| *day) {
                None => return Ok(at),
                Some((_, _, to)) => at = to.clone(),
            }
        }
        Err(())
    }

    /// Whether the shadow knows what this account should stand at.
    pub(super) fn follows(account: &str) -> bool {
        ["fund:", "vat:", "bank:", "refunds-due", "disputes", "write-off", "over-short"]
            .iter()
            .any(|kind| account.starts_with(kind))
    }

    /// Every account it follows, debit positive; those at nothing left out.
    pub(super) fn balances(&self) -> BTreeMap<String, i64> {
        let mut all = BTreeMap::from([
            ("bank:main".to_owned(), self.bank),
            ("vat:S".to_owned(), -self.vat),
            ("refunds-due".to_owned(), -self.refunds_due),
            ("disputes".to_owned(), self.disputes),
            ("write-off".to_owned(), self.written_off),
            ("over-short".to_owned(), self.over_short),
        ]);
        for ((fund, _), pence) in &self.accounts {
            *all.entry(format!("fund:{fund}")).or_default() -= pence;
        }
        *all.entry("fund:LE".to_owned()).or_default() += self.vat;
        all.retain(|_, pence| *pence != 0);
        all
    }

    /// `pence` come into an account, or go out of it, with `vat` in them.
    pub(super) fn gain(&mut self, account: &Account, pence: i64, vat: i64) {
        self.vat += vat;
        *self.accounts.entry(account.clone()).or_default() += pence;
    }

    /// Money taken of lines leaves their accounts; `sign` -1 brings it back.
    pub(super) fn lose(&mut self, taken: &[Taken], sign: i64) {
        for one in taken {
            let account = self.lines.all[one.line].account.clone();
            self.gain(&account, -sign * one.pence, -sign * one.vat);
        }
    }

    /// Money is on these lines again: what was claimed of them, or of where it
    /// came from, and was lost is found.
    pub(super) fn find_losses(&mut self, given: &[Taken]) {
        for one in given {
            let mut at = Some(one.line);
            while let Some(line) = at {
                let lost = self.lines.all[line].lost;
                let (taken, still) = self.lines.as_far_as_it_goes(line, lost);
                self.lines.all[line].lost = still;
                self.lose(&taken, 1);
                self.disputes -= lost - still;
                // Then what open disputes lack of it, in the order of their ids.
                let open = self.disputed.iter().enumerate().filter(|(_, open)| open.line == line);
                let mut open: Vec<_> = open.map(|(at, open)| (open.id, at)).collect();
                open.sort_unstable();
                for (_, at) in open {
                    let short = self.disputed[at].short;
                    let (found, still) = self.lines.as_far_as_it_goes(line, short);
                    self.disputed[at].short = still;
                    self.disputed[at].taken.extend(found);
                }
                at = self.lines.moved_from(line);
            }
        }
    }

    /// A key nobody used before.
    pub(super) fn key(&mut self) -> String {
        self.keys += 1;
        format!("key {}", self.keys)
    }
}
