use chrono::NaiveDate;
use ims_ledger::Balance;
use ims_money::Amount;

use crate::verdict::Faults;

/// How many rows whose balance does not follow are told apart by line.
const BREAKS_MAX: usize = 100;

/// Follows the balances from row to row, in both directions at once: a file may
/// be written oldest first or newest first, and only its end shows which.
#[derive(Debug, Default)]
pub(super) struct Chain {
    first: Option<Link>,
    last: Option<Link>,
    /// False after a row that could not be read.
    joined: bool,
    oldest_first: Breaks,
    newest_first: Breaks,
    /// As those, were money in money out; only their count is of use.
    turned: [u64; 2],
    links: u64,
    without_balance: u64,
    with_balance: u64,
}

#[derive(Clone, Copy, Debug)]
struct Link {
    line: u64,
    date: NaiveDate,
    amount: Amount,
    balance: Amount,
}

#[derive(Debug, Default)]
struct Breaks {
    count: u64,
    lines: Vec<u64>,
}

impl Breaks {
    fn add(&mut self, line: u64) {
        self.count += 1;
        if self.lines.len() < BREAKS_MAX {
            self.lines.push(line);
        }
    }
}

impl Chain {
    pub(super) fn link(
        &mut self,
        date: NaiveDate,
        amount: Amount,
        balance: Option<Amount>,
        line: u64,
    ) {
        let Some(balance) = balance else {
            self.without_balance += 1;
            self.joined = false;
            return;
        };
        self.with_balance += 1;
        if let Some(above) = self.last
            && self.joined
        {
            let moved = balance.checked_sub(above.balance);
            self.links += 1;
            self.turned[0] += u64::from(moved != Some(amount.negated()));
            self.turned[1] += u64::from(moved != Some(above.amount));
            if moved != Some(amount) {
                self.oldest_first.add(line);
            }
            if moved != Some(above.amount.negated()) {
                self.newest_first.add(line);
            }
        }
        let link = Link { line, date, amount, balance };
        self.first.get_or_insert(link);
        self.last = Some(link);
        self.joined = true;
    }

    pub(super) fn broken(&mut self) {
        self.joined = false;
    }

    /// The opening and the closing balance, and the line that shows the closing
    /// one. None where not every row has its balance.
    pub(super) fn ends(
        &self,
        account: &str,
        faults: &mut Faults,
    ) -> (Option<Balance>, Option<Balance>, u64) {
        let (Some(first), Some(last)) = (self.first, self.last) else { return (None, None, 0) };
        if self.without_balance > 0 {
            let missing = self.without_balance;
            faults.warning(
                first.line,
                format!("{missing} rows of account {account} have no balance, so none is checked"),
            );
            return (None, None, 0);
        }
        let newest_first = match self.newest_first.count.cmp(&self.oldest_first.count) {
            std::cmp::Ordering::Less => true,
            std::cmp::Ordering::Greater => false,
            std::cmp::Ordering::Equal => first.date > last.date,
        };
        let (oldest, newest, breaks) = if newest_first {
            (last, first, &self.newest_first)
        } else {
            (first, last, &self.oldest_first)
        };
        if self.links > 1 && breaks.count > 1 && self.turned.contains(&0) {
            faults.error(
                first.line,
                "the balances follow only where money in is money out: the columns are not what they are taken for; a layout can say what they are",
            );
            return (None, None, 0);
        }
        for line in &breaks.lines {
            faults.warning(
                *line,
                "the balance does not follow from the row above; a row may be missing or changed; download the file again",
            );
        }
        let before = oldest.balance.checked_sub(oldest.amount);
        let opening = before.map(|amount| Balance { date: oldest.date, amount });
        let closing = Balance { date: newest.date, amount: newest.balance };
        (opening, Some(closing), newest.line)
    }
}
