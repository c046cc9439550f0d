//! What money that nobody has placed says of whose it is: the references and
//! names in its words, its amount, and where money like it went before.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use ims_ledger::{
    Funds, Redirects,
    evidence::{HolderName, NameAgrees, PayerName},
};
use ims_money::Pence;
use ims_store::PlacedRow;

use crate::redirects::lead;

mod case;

pub(crate) use case::{Case, Like, PaidFrom, weighed};

/// How many placings of suspense are looked through, the newest first.
pub(crate) const PLACED_MAX: i64 = 50_000;

/// Texts that went to more accounts than this say nothing of whose they are.
const ACCOUNTS_MAX: usize = 3;

/// The least digits of a word that may be a reference.
const DIGITS_MIN: usize = 3;
/// The least characters of one.
const LENGTH_MIN: usize = 4;

/// What money says of itself.
#[derive(Clone, Debug)]
pub(crate) struct Clue {
    /// Its words that may be references, and runs of them written together.
    pub(crate) tokens: BTreeSet<String>,
    /// Its words that may be of a name.
    pub(crate) payer: PayerName,
    /// The reference it came with: letters and digits.
    reference: String,
    /// How much.
    pub(crate) amount: Pence,
}

impl Clue {
    pub(crate) fn of(reference: &str, narrative: &str, amount: Pence) -> Self {
        let all = format!("{reference} {narrative}").to_uppercase();
        let words: Vec<&str> =
            all.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let runs = (1..=3_usize).flat_map(|many| words.windows(many));
        let runs = runs.filter(|run| run.len() == 1 || run.iter().all(|word| digits(word) > 0));
        let mut tokens: BTreeSet<String> = runs.map(<[&str]>::concat).collect();
        let reference: String =
            reference.to_uppercase().chars().filter(|c| c.is_alphanumeric()).collect();
        tokens.insert(reference.clone());
        tokens.retain(|token| digits(token) >= DIGITS_MIN && token.chars().count() >= LENGTH_MIN);
        Self { tokens, payer: PayerName::of(&all), reference, amount }
    }

    /// What it has in common with other money of the same reference, if it is
    /// more than a word.
    fn same_reference(&self) -> Option<&str> {
        (digits(&self.reference) >= DIGITS_MIN).then_some(self.reference.as_str())
    }

    /// What it has in common with other money of the same payer: a name is two
    /// words at least.
    fn same_payer(&self) -> Option<String> {
        let words: Vec<&str> = self.payer.words().collect();
        (words.len() >= 2).then(|| words.join(" "))
    }

    /// How the payer's name in its words agrees with an account holder's.
    pub(crate) fn name_agrees(&self, holder: &str) -> NameAgrees {
        HolderName::of(holder).agrees(&self.payer)
    }
}

fn digits(word: &str) -> usize {
    word.chars().filter(char::is_ascii_digit).count()
}

/// An account: fund and reference.
pub(crate) type Account = (String, String);

/// Where money for an account goes on a day, when it is an old one that leads
/// somewhere.
pub(crate) fn led(
    redirects: &Redirects,
    funds: &Funds<'_>,
    (fund, reference): &Account,
    day: NaiveDate,
) -> Option<Account> {
    let place = funds.read(fund, reference)?.ok()?;
    let to = lead(redirects, funds, &place, day).ok()??;
    Some((to.fund.to_string(), to.reference.to_string()))
}

/// Where money with the same reference, and of the same payer, was placed: the
/// accounts, and the last day of each.
#[derive(Debug, Default)]
pub(crate) struct History {
    by_reference: BTreeMap<String, BTreeMap<Account, NaiveDate>>,
    by_payer: BTreeMap<String, BTreeMap<Account, NaiveDate>>,
}

/// An earlier placing of like money.
pub(crate) struct Earlier {
    pub(crate) account: Account,
    pub(crate) like: Like,
    pub(crate) why: String,
}

impl History {
    pub(crate) fn of(rows: Vec<PlacedRow>) -> Self {
        let mut history = Self::default();
        for row in rows {
            let clue = Clue::of(&row.reference, &row.narrative, Pence::ZERO);
            let account = (row.fund, row.account);
            let keep = |kept: &mut BTreeMap<String, BTreeMap<_, _>>, key: String| {
                let last = kept.entry(key).or_default().entry(account.clone());
                let last = last.or_insert(row.happened_on);
                *last = row.happened_on.max(*last);
            };
            if let Some(reference) = clue.same_reference() {
                keep(&mut history.by_reference, reference.to_owned());
            }
            if let Some(payer) = clue.same_payer() {
                keep(&mut history.by_payer, payer);
            }
        }
        history
    }

    /// The accounts that like money was placed in, each once; none if it was
    /// placed all over.
    pub(crate) fn placed(&self, clue: &Clue) -> Vec<Earlier> {
        let mut found: Vec<Earlier> = Vec::new();
        let reference = clue.same_reference().and_then(|key| self.by_reference.get(key));
        let payer = clue.same_payer().and_then(|key| self.by_payer.get(&key));
        for (like, accounts) in [(Like::Reference, reference), (Like::Payer, payer)] {
            for (account, last) in accounts.into_iter().flatten() {
                let is_new = found.iter().all(|earlier| earlier.account != *account);
                if is_new && accounts.is_some_and(|all| all.len() <= ACCOUNTS_MAX) {
                    let what = like.in_words();
                    let why = format!("money {what} was placed there before, last that of {last}");
                    found.push(Earlier { account: account.clone(), like, why });
                }
            }
        }
        found
    }

    /// Whether money with the same reference went to one account, always.
    pub(crate) fn went_to_one(&self, clue: &Clue) -> bool {
        let placed = clue.same_reference().and_then(|key| self.by_reference.get(key));
        placed.is_some_and(|accounts| accounts.len() == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clue(reference: &str, narrative: &str) -> Clue {
        Clue::of(reference, narrative, Pence::new(100))
    }

    #[test]
    fn references_are_looked_for_in_every_word_and_run_of_words() {
        let all = clue("5012-3468 9", "FASTER PAYMENT LM0001/x J SMITH 77").tokens;
        for wanted in ["501234689", "LM0001", "5012", "50123468"] {
            assert!(all.contains(wanted), "{wanted}: {all:?}");
        }
        assert!(!all.contains("77") && !all.contains("SMITH"), "{all:?}");
    }

    #[test]
    fn a_name_is_looked_for_beside_its_surname_only() {
        for (narrative, holder, agrees) in [
            ("FASTER PAYMENT SMITH J", "Mrs Jane Smith", NameAgrees::SurnameAndInitial),
            ("JUNE RENT FOR HOUSE BY A SMITH", "Mrs Jane Smith", NameAgrees::Surname),
            ("P O'NEILL", "Patrick O'Neill", NameAgrees::SurnameAndInitial),
            ("K OKAFOR", "Mrs Jane Smith", NameAgrees::No),
            ("COUNCIL TAX PAYMENT", "Mrs Jane Smith", NameAgrees::Unknown),
            ("COUNCIL TAX PAYMENT", "", NameAgrees::Unknown),
            ("BGC 1234 ALPHA HOMES LTD", "Acme Plumbing Ltd", NameAgrees::No),
            ("BGC 1234 ACME PLUMBING LTD", "Acme Plumbing Ltd", NameAgrees::Firm),
            ("BGC 1234 JANE A", "SMITH, JANE", NameAgrees::No),
            ("BGC 1234 SMITH J", "Mr J Smith & Mrs A Jones", NameAgrees::SurnameAndInitial),
        ] {
            assert_eq!(clue("", narrative).name_agrees(holder), agrees, "{narrative} {holder}");
        }
    }

    fn placed(reference: &str, narrative: &str, account: &str) -> PlacedRow {
        PlacedRow {
            suspense: ims_ledger::id::SuspenseId::new(uuid::Uuid::nil()),
            happened_on: NaiveDate::default(),
            reference: reference.to_owned(),
            narrative: narrative.to_owned(),
            fund: "CT".to_owned(),
            account: account.to_owned(),
        }
    }

    #[test]
    fn what_went_all_over_says_nothing() {
        let of = |count: u32| {
            let rows = (0..count).map(|n| placed("TAX 2026", "SMITH J", &n.to_string()));
            History::of(rows.collect()).placed(&clue("tax2026", "Smith, J")).len()
        };
        assert_eq!([of(0), of(1), of(3), of(4)], [0, 1, 3, 0]);
        let history = History::of(vec![placed("COUNCIL TAX", "SMITH", "1")]);
        assert_eq!(history.placed(&clue("COUNCIL TAX", "SMITH")).len(), 0, "no number, no name");
    }
}
