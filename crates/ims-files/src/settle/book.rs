use std::collections::HashMap;

use chrono::NaiveDate;
use ims_ledger::{SettlementHead, SettlementKind, SettlementLine};
use ims_money::Pence;

use crate::{
    HELD_LINES_MAX, Record, STATEMENTS_MAX, Totals,
    amounts::{clipped, currency_decimals},
    out::Out,
    verdict::Faults,
};

/// Makes one settlement of each payout and currency, however the file mixes
/// their rows. They are handed on at its end, when each payout's own row has
/// been seen too.
pub(super) struct Book<'s> {
    out: Out<'s>,
    provider: &'static str,
    pages: Vec<Page>,
    by_key: HashMap<Key, usize>,
    held: usize,
    passed: Passed,
    /// Rows with words of ours, none of which is known to be the reference.
    unnamed: Passed,
    unknown: Passed,
}

/// What the rows of one settlement share.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Key {
    /// The payout's name; empty where the row gives none.
    pub(super) payout: String,
    /// What else tells settlements apart: a merchant account, a section, a day.
    pub(super) part: String,
    /// The currency in capitals.
    pub(super) currency: String,
}

#[derive(Default)]
struct Page {
    head: SettlementHead,
    /// Where the payout's own row is.
    paid_at: Option<u64>,
    several_payouts: bool,
    lines: Vec<SettlementLine>,
}

/// Rows of which one warning tells.
#[derive(Default)]
struct Passed {
    count: u64,
    first: u64,
    states: Vec<String>,
}

/// How many kinds of passed rows a warning names.
const STATES_NAMED_MAX: usize = 8;

impl Passed {
    fn take<'n>(&mut self, line: u64, states: impl IntoIterator<Item = &'n str>) {
        if self.count == 0 {
            self.first = line;
        }
        self.count += 1;
        for state in states.into_iter().map(clipped) {
            if self.states.len() < STATES_NAMED_MAX && !self.states.contains(&state) {
                self.states.push(state);
            }
        }
    }
}

impl<'s> Book<'s> {
    pub(super) fn new(provider: &'static str, out: Out<'s>) -> Self {
        Self {
            out,
            provider,
            pages: Vec::new(),
            by_key: HashMap::new(),
            held: 0,
            passed: Passed::default(),
            unnamed: Passed::default(),
            unknown: Passed::default(),
        }
    }

    /// Takes a line. Its net has to be its gross less its fee, and its currency
    /// one of a hundred parts.
    pub(super) fn line(&mut self, key: Key, line: SettlementLine) -> Result<(), String> {
        let SettlementLine { gross, fee, net, .. } = line;
        if gross.checked_sub(fee) != Some(net) {
            return Err(format!("net {net} is not gross {gross} less fee {fee}"));
        }
        if self.held >= HELD_LINES_MAX {
            return Err(format!("more than {HELD_LINES_MAX} rows; give one file for each payout"));
        }
        self.held += 1;
        self.page(key)?.lines.push(line);
        Ok(())
    }

    /// Takes the row of the payout itself: what was paid to us, and when.
    pub(super) fn paid(
        &mut self,
        key: Key,
        line: u64,
        paid: Pence,
        date: Option<NaiveDate>,
    ) -> Result<(), String> {
        let page = self.page(key)?;
        page.paid_at = Some(line);
        page.head.date = page.head.date.or(date);
        page.head.paid = match page.head.paid {
            Some(before) => {
                page.several_payouts = true;
                Some(before.checked_add(paid).ok_or("the sum is too large")?)
            }
            None => Some(paid),
        };
        Ok(())
    }

    /// Says when a payout is, where its rows tell.
    pub(super) fn dated(&mut self, key: Key, date: NaiveDate) -> Result<(), String> {
        self.page(key)?.head.date = Some(date);
        Ok(())
    }

    /// Gives a settlement the name that its bank line quotes.
    pub(super) fn renamed(&mut self, key: Key, payout: &str) -> Result<(), String> {
        self.page(key)?.head.payout = Some(payout.to_owned());
        Ok(())
    }

    /// Passes over a row that moved no money, and remembers why.
    pub(super) fn pass(&mut self, line: u64, state: &str) {
        self.passed.take(line, [state]);
    }

    /// Remembers a row that has texts of ours under these names, and does not say which
    /// of them is the reference.
    pub(super) fn unnamed<'n>(&mut self, line: u64, names: impl IntoIterator<Item = &'n str>) {
        self.unnamed.take(line, names);
    }

    /// Remembers a row of a type that nobody told us of; its money is an adjustment.
    pub(super) fn unknown(&mut self, line: u64, name: &str) {
        self.unknown.take(line, [name]);
    }

    fn page(&mut self, key: Key) -> Result<&mut Page, String> {
        let next = self.pages.len();
        let at = match self.by_key.get(&key) {
            Some(at) => *at,
            None => {
                if u64::try_from(next).is_ok_and(|count| count >= STATEMENTS_MAX) {
                    return Err(format!("more than {STATEMENTS_MAX} payouts; split the file"));
                }
                let head = self.head(&key)?;
                self.by_key.insert(key, next);
                self.pages.push(Page { head, ..Page::default() });
                next
            }
        };
        self.pages.get_mut(at).ok_or_else(|| "no such payout".to_owned())
    }

    fn head(&self, key: &Key) -> Result<SettlementHead, String> {
        Ok(SettlementHead {
            provider: self.provider.to_owned(),
            payout: (!key.payout.is_empty()).then(|| key.payout.clone()),
            date: None,
            currency: currency(&key.currency)?,
            paid: None,
        })
    }

    pub(super) fn finish(mut self, faults: &mut Faults) -> Option<Totals> {
        if self.passed.count > 0 {
            let states = self.passed.states.join(", ");
            faults.warning(
                self.passed.first,
                format!(
                    "rows that moved no money were passed over from here on: {} ({states})",
                    self.passed.count
                ),
            );
        }
        if self.unnamed.count > 0 {
            let (count, names) = (self.unnamed.count, self.unnamed.states.join(", "));
            faults.warning(
                self.unnamed.first,
                format!(
                    "{count} rows from here on have no reference, and these do not say which of them is one: {names}; name it `reference`"
                ),
            );
        }
        if self.unknown.count > 0 {
            let (count, names) = (self.unknown.count, self.unknown.states.join(", "));
            faults.warning(
                self.unknown.first,
                format!(
                    "{count} rows from here on are of a type that is not known ({names}); their money is shown as adjustments"
                ),
            );
        }
        if self.pages.is_empty() && faults.is_clean() {
            faults.warning(None, "there is no money in the file");
        }
        for page in std::mem::take(&mut self.pages) {
            compare(&page, faults);
            self.out.give(Record::SettlementOpens(page.head));
            for line in page.lines {
                self.out.give(Record::SettlementLine(line));
            }
        }
        self.out.totals()
    }
}

/// Whether the lines make what was paid. A payout may hold what an earlier file
/// had, so a difference is a warning: the bank line decides.
fn compare(page: &Page, faults: &mut Faults) {
    let (Some(paid), Some(at)) = (page.head.paid, page.paid_at) else { return };
    let name = page.head.payout.as_deref().map(clipped).unwrap_or_default();
    if page.lines.is_empty() {
        faults.warning(at, rowless(&format!("payout {name}"), paid));
        return;
    }
    let sum = Pence::checked_sum(page.lines.iter().map(|line| line.net));
    let which = if page.several_payouts { "payouts" } else { "payout" };
    if let Some(doubt) = doubt(&format!("{which} {name}"), sum, paid) {
        faults.warning(at, doubt);
    }
}

/// What is said where the rows of a payout, `None` for too much, do not make what was
/// paid.
pub(crate) fn doubt(payout: &str, sum: Option<Pence>, paid: Pence) -> Option<String> {
    if sum == Some(paid) {
        return None;
    }
    let sum = sum.map_or_else(|| "too much".to_owned(), |sum| sum.to_string());
    Some(format!("the rows make {sum}, but the {payout} is of {paid}; ask for the rest"))
}

/// What is said where a payout has no rows.
pub(crate) fn rowless(payout: &str, paid: Pence) -> String {
    format!("{payout} of {paid}, but none of its rows is in the file")
}

/// A currency as a settlement has it: of a hundred parts, and `None` for the pound.
pub(crate) fn currency(code: &str) -> Result<Option<String>, String> {
    if code.len() != 3 || !code.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Err(format!("currency: `{}` is none; GBP would be one", clipped(code)));
    }
    if currency_decimals(code) > 2 {
        return Err(format!("currency: {code} has more than a hundred parts"));
    }
    Ok((code != "GBP").then(|| code.to_owned()))
}

/// A line with what most rows have.
pub(super) fn line(line: u64, kind: SettlementKind, date: NaiveDate) -> SettlementLine {
    SettlementLine {
        line,
        reference: None,
        provider_ref: String::new(),
        kind,
        date,
        gross: Pence::ZERO,
        fee: Pence::ZERO,
        net: Pence::ZERO,
    }
}
