//! References one slip of the pen away that a fund would accept.

use std::collections::BTreeSet;

use crate::{Funds, Place};

/// Characters that are read for one another.
const LOOKALIKES: [(char, char); 4] = [('O', '0'), ('I', '1'), ('S', '5'), ('B', '8')];

impl Funds<'_> {
    /// The accounts of fund `code` that `text` may have been meant for: one
    /// character wrong, two neighbours swapped, one too few or too many, letters
    /// and digits read for one another, a leading nought lost. Each passes the
    /// fund's rule; whether anybody has it is for the caller to look up. Sorted,
    /// each once, without `text` itself. Nothing is ever posted to one of them
    /// by itself.
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
    /// let near = funds.near("CT", "774952260"); // two digits swapped
    /// assert!(near.iter().any(|place| place.reference.as_str() == "774952620"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn near(&self, code: &str, text: &str) -> Vec<Place> {
        let text = text.trim().to_uppercase();
        let mut found = BTreeSet::new();
        for variant in variants(&text) {
            if variant != text
                && let Some(Ok(place)) = self.read(code, &variant)
            {
                found.insert(place);
            }
        }
        found.into_iter().collect()
    }
}

/// The most characters that are varied.
const LENGTH_MAX: usize = 40;

fn variants(text: &str) -> BTreeSet<String> {
    let characters: Vec<char> = text.chars().take(LENGTH_MAX).collect();
    let with = |edit: &dyn Fn(&mut Vec<char>)| {
        let mut edited = characters.clone();
        edit(&mut edited);
        edited.into_iter().collect::<String>()
    };
    let mut all = BTreeSet::new();
    for (at, old) in characters.iter().enumerate() {
        for new in pool(*old) {
            all.insert(with(&|edited| put(edited, at, new)));
        }
        all.insert(with(&|edited| {
            edited.remove(at);
        }));
        let next = at.saturating_add(1);
        if next < characters.len() {
            all.insert(with(&|edited| edited.swap(at, next)));
        }
    }
    for at in 0..=characters.len() {
        for new in '0'..='9' {
            all.insert(with(&|edited| edited.insert(at, new)));
        }
    }
    for (letter, digit) in LOOKALIKES {
        all.insert(text.replace(letter, &digit.to_string()));
        all.insert(text.replace(digit, &letter.to_string()));
    }
    all
}

fn put(characters: &mut [char], at: usize, new: char) {
    if let Some(place) = characters.get_mut(at) {
        *place = new;
    }
}

/// What may stand for a character: others of its class, and what it looks like.
fn pool(old: char) -> Vec<char> {
    let class = if old.is_ascii_digit() { '0'..='9' } else { 'A'..='Z' };
    let looks = LOOKALIKES.iter().filter_map(|(letter, digit)| match old {
        c if c == *letter => Some(*digit),
        c if c == *digit => Some(*letter),
        _ => None,
    });
    class.filter(|c| *c != old).chain(looks).collect()
}

#[cfg(test)]
mod tests {
    use crate::{Council, Funds};

    const COUNCIL: &str = r#"
code = "T"
name = "T"
[[fund]]
code = "PK"
name = "Parking"
[fund.reference]
min_length = 10
max_length = 10
mask = 'FP#######@'
check_digit = { algorithm = "weighted-sum", modulus = 11, prefix = "12", weights = [9,8,7,6,5,4,3,2,1,0], results = { 10 = "A" } }
"#;

    #[test]
    fn one_slip_is_mended_and_two_are_not() {
        let council: Council = toml::from_str(COUNCIL).unwrap();
        let funds = Funds::of(&council).unwrap();
        let mends = |text: &str| {
            funds.near("PK", text).iter().any(|place| place.reference.as_str() == "FP20000061")
        };
        for (slip, mended) in [
            ("FP20000071", true),  // one digit wrong
            ("FP02000061", true),  // swapped
            ("FP2000061", true),   // one lost
            ("FP200000611", true), // one too many
            ("FP2OOOOO61", true),  // O for nought
            ("fp20000071", true),  // lower case
            ("FP20000061", false), // nothing wrong: not its own repair
            ("FP20011061", false), // two digits wrong
        ] {
            assert_eq!(mends(slip), mended, "{slip}");
        }
        assert!(funds.near("XX", "1").is_empty());
    }
}
