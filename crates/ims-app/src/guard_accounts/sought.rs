//! Accounts by what money may say of them: each is made ready once, and few are looked at for
//! any one item.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Bound,
};

use ims_ledger::evidence::HolderName;
use ims_money::Pence;
use ims_store::HolderRow;

use super::nearly::{Meant, Word, words};
use crate::clues::{Account, Clue};

/// Of references of this length and longer it is looked whether words have them written
/// together with more.
const WITHIN_MIN: usize = 5;

/// The accounts that were asked about.
pub(super) struct Sought<'a> {
    all: Vec<(&'a Account, Meant)>,
    /// By the reference as it is compared, …
    by_text: HashMap<Vec<char>, Vec<usize>>,
    /// … without its leading noughts, …
    by_number: HashMap<Vec<char>, Vec<usize>>,
    /// … and by its length.
    by_length: BTreeMap<usize, Vec<usize>>,
    /// By their holders' surnames and the firms' own words.
    by_name: BTreeMap<String, Vec<usize>>,
    /// By what it owes in all, what it pays at a time, and what it paid before.
    by_amount: HashMap<Pence, Vec<usize>>,
}

impl<'a> Sought<'a> {
    pub(super) fn of(
        accounts: &'a BTreeSet<Account>,
        holders: &BTreeMap<Account, HolderRow>,
        paid: &BTreeSet<(Account, Pence)>,
    ) -> Self {
        let mut sought = Self {
            all: Vec::with_capacity(accounts.len()),
            by_text: HashMap::new(),
            by_number: HashMap::new(),
            by_length: BTreeMap::new(),
            by_name: BTreeMap::new(),
            by_amount: HashMap::new(),
        };
        let mut places: HashMap<&Account, usize> = HashMap::new();
        for account in accounts {
            let (at, meant) = (sought.all.len(), Meant::of(&account.1));
            sought.by_text.entry(meant.folded().to_vec()).or_default().push(at);
            sought.by_number.entry(meant.number().to_vec()).or_default().push(at);
            sought.by_length.entry(meant.folded().len()).or_default().push(at);
            if let Some(holder) = holders.get(account) {
                for key in HolderName::of(&holder.name).keys() {
                    sought.by_name.entry(key.to_owned()).or_default().push(at);
                }
                for amount in [holder.balance, holder.instalment].into_iter().flatten() {
                    sought.by_amount.entry(amount).or_default().push(at);
                }
            }
            places.insert(account, at);
            sought.all.push((account, meant));
        }
        for (account, amount) in paid {
            if let Some(at) = places.get(account) {
                sought.by_amount.entry(*amount).or_default().push(*at);
            }
        }
        sought
    }

    /// The accounts whose reference the money quotes, or nearly does: what each costs, as a
    /// slip's, and in words. The best of each.
    pub(super) fn nearly(&self, clue: &Clue) -> Vec<(&'a Account, u16, String)> {
        let mut best: BTreeMap<usize, (u16, String)> = BTreeMap::new();
        for word in words(&clue.tokens) {
            for at in self.like(&word) {
                let Some((_, meant)) = self.all.get(at) else { continue };
                if let Some((cost, how)) = word.how_near(meant) {
                    let found = (cost, format!("`{}` {how}", word.token));
                    let kept = best.entry(at).or_insert_with(|| found.clone());
                    if found < *kept {
                        *kept = found;
                    }
                }
            }
        }
        let of = |(at, (cost, why))| Some((self.all.get::<usize>(at)?.0, cost, why));
        best.into_iter().filter_map(of).collect()
    }

    /// The accounts that a word may mean, and some more.
    fn like(&self, word: &Word) -> BTreeSet<usize> {
        let length = word.folded.len();
        let of = |found: Option<&Vec<usize>>| found.cloned().unwrap_or_default();
        let mut like: BTreeSet<usize> = BTreeSet::new();
        like.extend(of(self.by_number.get(word.number())));
        let swapped = length.saturating_sub(length.div_euclid(2));
        let (second, first) = word.folded.split_at(swapped.min(length));
        like.extend(of(self.by_text.get(&[first, second].concat())));
        for (shorter, _) in self.by_length.range(WITHIN_MIN.min(length)..length) {
            for window in word.folded.windows(*shorter) {
                like.extend(of(self.by_text.get(window)));
            }
        }
        let near = length.saturating_sub(2)..=length.saturating_add(2);
        for at in self.by_length.range(near).flat_map(|(_, all)| all) {
            if self.all.get(*at).is_some_and(|(_, meant)| word.may_be_two_slips_from(meant)) {
                like.insert(*at);
            }
        }
        like
    }

    /// The accounts whose holder's name may stand in the words, or that owe, pay at a time or
    /// paid before just what the money is.
    pub(super) fn by_name_or_amount(&self, clue: &Clue) -> BTreeSet<&'a Account> {
        let named = clue.payer.keys().flat_map(|(word, is_cut)| self.named(word, is_cut));
        let fitting = self.by_amount.get(&clue.amount).into_iter().flatten();
        named
            .chain(fitting)
            .filter_map(|at| self.all.get(*at))
            .map(|(account, _)| *account)
            .collect()
    }

    /// The accounts kept by a word, or by one that begins so if the bank may have cut it.
    fn named(&self, word: &str, is_cut: bool) -> impl Iterator<Item = &usize> {
        let from = self.by_name.range::<str, _>((Bound::Included(word), Bound::Unbounded));
        let is_it = move |key: &str| key == word || (is_cut && key.starts_with(word));
        from.take_while(move |(key, _)| is_it(key)).flat_map(|(_, at)| at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is looked up is what comparing every word with every reference would find.
    #[test]
    fn nothing_is_missed_by_looking_up() {
        let mut dice = 0x2545_F491_4F6C_DD1D_u64;
        let mut below = |most: u64| {
            dice ^= dice << 13;
            dice ^= dice >> 7;
            dice ^= dice << 17;
            dice % most
        };
        let digits = ['0', '0', '1', '2', 'O', 'B', '8', 'X'];
        let mut text = |length: u64| -> String {
            (0..length).map(|_| digits[usize::try_from(below(8)).unwrap()]).collect()
        };
        let lengths = [3, 4, 5, 6, 7, 9, 9, 9, 12];
        let accounts: BTreeSet<Account> =
            (0..200).map(|n| ("CT".to_owned(), text(lengths[n % 9]))).collect();
        let sought = Sought::of(&accounts, &BTreeMap::new(), &BTreeSet::new());
        let mut found = 0;
        for (n, account) in accounts.iter().enumerate() {
            let mut near = account.1.clone();
            match n % 5 {
                0 => near.insert_str(1, "27"),
                1 => near = format!("0{}9", &near[1..]),
                2 => near = format!("CT{near}X"),
                3 => near = format!("{}{}", &near[near.len() / 2..], &near[..near.len() / 2]),
                _ => near = near[1..].to_owned(),
            }
            let clue = Clue::of("", &format!("{near} 123 {}", account.1), Pence::ZERO);
            let mut all = Vec::new();
            for account in &accounts {
                let meant = Meant::of(&account.1);
                let each = words(&clue.tokens).filter_map(|word| {
                    let (cost, how) = word.how_near(&meant)?;
                    Some((cost, format!("`{}` {how}", word.token)))
                });
                all.extend(each.min().map(|(cost, why)| (account, cost, why)));
            }
            found += all.len();
            assert_eq!(sought.nearly(&clue), all, "{near}");
        }
        assert!(found > 300, "{found}");
    }
}
