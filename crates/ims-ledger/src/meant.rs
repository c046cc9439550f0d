//! What a reference that fails its rule, or names nobody, may have been meant for.
//!
//! One or two slips are undone in every way a fund's rule and check digit accept. Which of the
//! candidates anybody has is for the caller to look up; nothing is ever posted to one of them
//! by itself.

mod slip;

use std::collections::BTreeMap;

use crate::{Fund, Funds, Place, Stands};

pub use slip::Slip;

/// A reference that may have been meant, and what went wrong on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meant {
    /// The account.
    pub place: Place,
    /// The slips, one or two.
    pub slips: Vec<Slip>,
    /// How far-fetched it is: the least is the likeliest.
    pub cost: u16,
}

impl Meant {
    /// The slips in words: "characters 3 and 4 swapped".
    #[must_use]
    pub fn in_words(&self) -> String {
        let words: Vec<String> = self.slips.iter().map(ToString::to_string).collect();
        words.join(", and ")
    }
}

/// Longer texts are not repaired.
const LENGTH_MAX: usize = 40;
/// The most texts that are tried; beyond it two slips are tried for the likelier first slips
/// only.
const TRIES_MAX: usize = 60_000;
/// What a second slip costs beside its own cost.
const SECOND: u16 = 6;

impl Funds<'_> {
    /// At most `most` accounts of fund `code` that `text` may have been meant for, the likelier
    /// first, each once: a character wrong, one too few or too many, neighbours swapped, letters
    /// and digits read for one another, leading noughts lost, halves swapped, the prefix of
    /// another fund; or two of these. Each passes the fund's rule and check digit; `text` itself
    /// is not among them.
    ///
    /// ```
    /// # let council: ims_ledger::Council = toml::from_str(r#"
    /// #     code = "T"
    /// #     name = "T"
    /// #     [[fund]]
    /// #     code = "CT"
    /// #     name = "Council tax"
    /// #     reference = { mask = '########@', min_length = 9, max_length = 9, check_digit = { algorithm = "weighted-sum", modulus = 10, weights = [3,7,1,3,7,1,3,7,0], subtract = true, results = { 10 = "0" } } }
    /// # "#)?;
    /// let funds = ims_ledger::Funds::of(&council)?;
    /// let meant = funds.meant("CT", "77495226O", 500); // two swapped, and a letter for a nought
    /// let found = meant.iter().find(|meant| meant.place.reference.as_str() == "774952620");
    /// assert_eq!(
    ///     found.map(|meant| meant.in_words()),
    ///     Some("O read for 0 at character 9, and characters 7 and 8 swapped".to_owned())
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn meant(&self, code: &str, text: &str, most: usize) -> Vec<Meant> {
        let given: Vec<char> = text.trim().to_uppercase().chars().collect();
        let Some((fund, lengths)) = self.get(code).zip(self.lengths(code)) else {
            return Vec::new();
        };
        if given.is_empty() || given.len() > LENGTH_MAX {
            return Vec::new();
        }
        let ways = slip::Ways { letters: takes_letters(fund), lengths, prefixes: self.prefixes() };
        let mut found = self.reached(code, fund, &given, &ways);
        let itself: String = given.iter().collect();
        found.retain(|meant| meant.place.reference.as_str() != itself);
        found.sort_by(|a, b| (a.cost, &a.place).cmp(&(b.cost, &b.place)));
        found.truncate(most);
        found
    }

    /// Everything one or two slips lead to that the fund accepts.
    fn reached(&self, code: &str, fund: &Fund, given: &[char], ways: &slip::Ways) -> Vec<Meant> {
        let mut reached: BTreeMap<Vec<char>, (u16, Vec<Slip>)> = BTreeMap::new();
        let mut keep = |text: Vec<char>, cost: u16, slips: Vec<Slip>| {
            let kept = reached.entry(text).or_insert_with(|| (u16::MAX, Vec::new()));
            if (cost, slips.len()) < (kept.0, kept.1.len().max(1)) {
                *kept = (cost, slips);
            }
        };
        let mut first: Vec<(Vec<char>, Slip)> = ways.from(given);
        if let Some(masked) = over_mask(fund, given) {
            first.push((masked, Slip::Separated));
        }
        first.sort_by_key(|(_, slip)| slip.cost());
        let mut tries = 0_usize;
        for (text, slip) in &first {
            keep(text.clone(), slip.cost(), vec![*slip]);
        }
        for (text, slip) in &first {
            if tries > TRIES_MAX || !ways.can_still_fit(text.len()) {
                continue;
            }
            let second = ways.from(text);
            tries = tries.saturating_add(second.len());
            for (text, other) in second.into_iter().filter(|(text, _)| ways.fits(text.len())) {
                let cost = slip.cost().saturating_add(other.cost()).saturating_add(SECOND);
                keep(text, cost, vec![*slip, other]);
            }
        }
        let accepted = reached.into_iter().filter(|(text, _)| ways.fits(text.len()));
        let accepted = accepted.filter_map(|(text, (cost, slips))| {
            let place = self.read(code, &text.iter().collect::<String>())?.ok()?;
            Some(Meant { place, slips, cost })
        });
        accepted.collect()
    }
}

/// Whether the fund's references may have letters that are not the same in all of them.
fn takes_letters(fund: &Fund) -> bool {
    let rule = &fund.reference;
    let by_class = rule.characters.is_none_or(|class| class.accepts("A"));
    let by_mask = rule.mask.as_ref().is_none_or(|mask| {
        let stands = mask.chars().map(Stands::of);
        stands.into_iter().any(|stands| matches!(stands, Stands::Letter | Stands::Either))
    });
    by_class && by_mask
}

/// The letters and digits of `given` with the separators that the fund's mask has.
fn over_mask(fund: &Fund, given: &[char]) -> Option<Vec<char>> {
    let mask = fund.reference.mask.as_ref()?;
    let mut bare = given.iter().copied().filter(|c| c.is_alphanumeric()).peekable();
    let mut laid = Vec::new();
    for c in mask.chars() {
        let separator = match Stands::of(c) {
            Stands::Itself(literal) => Some(literal).filter(|c| !c.is_alphanumeric()),
            Stands::Letter | Stands::Digit | Stands::Either | Stands::Anything | Stands::Check => {
                None
            }
        };
        match separator {
            Some(separator) => laid.push(separator),
            None => laid.push(bare.next()?),
        }
    }
    (bare.peek().is_none() && laid != given).then_some(laid)
}

#[cfg(test)]
mod tests;
