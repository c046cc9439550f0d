//! Every account's balance, in memory.

use std::collections::HashMap;

use ims_money::Pence;

use crate::{Account, BadAccount, Balanced, Side};

/// What each account was debited and credited with: a whole ledger in memory,
/// as large as it has accounts, however many postings there are.
///
/// ```
/// use ims_ledger::{Account, Side, TrialBalance};
/// use ims_money::Pence;
///
/// let mut ledger = TrialBalance::default();
/// let till = ledger.place("clearing:till")?;
/// let fund = ledger.place("fund:CT")?;
/// ledger.add(till, Side::Debit, Pence::new(120)).ok_or("too large")?;
/// ledger.add(fund, Side::Credit, Pence::new(120)).ok_or("too large")?;
/// let totals = ledger.totals();
/// assert_eq!(totals[0].account, "clearing:till".parse()?);
/// assert_eq!(totals[0].balance(), Some(Pence::new(120)));
/// assert!(ledger.is_balanced());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct TrialBalance {
    places: HashMap<String, Place>,
    totals: Vec<AccountTotal>,
}

/// Where an account is in a [`TrialBalance`]; of no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place(usize);

/// What one account was debited and credited with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountTotal {
    /// The account.
    pub account: Account,
    /// All its debits.
    pub debits: Pence,
    /// All its credits.
    pub credits: Pence,
}

impl AccountTotal {
    /// Debits less credits; `None` beyond an `i64`.
    #[must_use]
    pub fn balance(&self) -> Option<Pence> {
        self.debits.checked_sub(self.credits)
    }
}

impl TrialBalance {
    /// Where the account of that name is; looked up by the text alone, so that
    /// a file of a million rows makes each account once.
    ///
    /// # Errors
    ///
    /// [`BadAccount`] for a text that names none.
    pub fn place(&mut self, text: &str) -> Result<Place, BadAccount> {
        if let Some(place) = self.places.get(text) {
            return Ok(*place);
        }
        let place = Place(self.totals.len());
        let account = text.parse()?;
        self.totals.push(AccountTotal { account, debits: Pence::ZERO, credits: Pence::ZERO });
        self.places.insert(text.to_owned(), place);
        Ok(place)
    }

    /// Adds one side; `None`, and nothing changed, for a sum beyond an `i64`.
    #[must_use]
    pub fn add(&mut self, place: Place, side: Side, amount: Pence) -> Option<()> {
        let total = self.totals.get_mut(place.0)?;
        let sum = match side {
            Side::Debit => &mut total.debits,
            Side::Credit => &mut total.credits,
        };
        *sum = sum.checked_add(amount)?;
        Some(())
    }

    /// Posts an entry; `None` for a sum beyond an `i64`.
    #[must_use]
    pub fn post(&mut self, entry: &Balanced) -> Option<()> {
        for posting in entry.postings() {
            let place = self.place(&posting.account.to_string()).ok()?;
            self.add(place, posting.side, posting.amount)?;
        }
        Some(())
    }

    /// Every account, sorted.
    #[must_use]
    pub fn totals(&self) -> Vec<AccountTotal> {
        let mut totals = self.totals.clone();
        totals.sort_by(|one, other| one.account.cmp(&other.account));
        totals
    }

    /// Whether all debits are all credits.
    #[must_use]
    pub fn is_balanced(&self) -> bool {
        let sum =
            |side: fn(&AccountTotal) -> Pence| Pence::checked_sum(self.totals.iter().map(side));
        let (debits, credits) = (sum(|total| total.debits), sum(|total| total.credits));
        debits.is_some() && debits == credits
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Draft;

    #[test]
    fn entries_add_up_account_by_account() {
        let account = |text: &str| text.parse::<Account>().unwrap();
        let mut ledger = TrialBalance::default();
        for (debit, credit, pence) in
            [("bank:main", "unmatched:main", 500), ("unmatched:main", "fund:CT", 300)]
        {
            let draft = Draft::new()
                .debit(account(debit), Pence::new(pence))
                .credit(account(credit), Pence::new(pence));
            ledger.post(&draft.balance().unwrap()).unwrap();
        }
        let totals = ledger.totals();
        let shown: Vec<_> = totals
            .iter()
            .map(|total| (total.account.to_string(), total.balance().unwrap().get()))
            .collect();
        let expected = [("bank:main", 500), ("unmatched:main", -200), ("fund:CT", -300)];
        assert_eq!(shown, expected.map(|(account, pence)| (account.to_owned(), pence)));
        assert!(ledger.is_balanced());
        let bank = ledger.place("bank:main").unwrap();
        assert_eq!(ledger.add(bank, Side::Debit, Pence::new(i64::MAX)), None);
        assert!(ledger.is_balanced(), "what did not fit changed nothing");
        ledger.add(bank, Side::Debit, Pence::new(1)).unwrap();
        assert!(!ledger.is_balanced());
        assert!(ledger.place("petty-cash").is_err());
    }
}
