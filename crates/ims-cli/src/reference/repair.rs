//! What somebody may have meant: what the ledger finds one slip away, the
//! likelier slips first, each with the slip in words. Only offered, never booked.

use ims_ledger::{Fund, Funds};

/// The longest text that repairs are looked for, in characters.
const LENGTH_MAX: usize = 80;

/// The most repairs that are offered.
pub(super) const REPAIRS_MAX: usize = 5;

/// A reference that may have been meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Repair {
    pub(super) reference: String,
    pub(super) slip: Slip,
}

/// How one text became another, the likelier first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Slip {
    /// Spaces, dashes and the like between the characters.
    Separated,
    /// Letters that look like digits, or the other way about.
    Alike,
    /// Two neighbours the wrong way round, from this character on.
    Swapped(usize),
    /// One character that does not belong.
    Extra(usize, char),
    /// One character that is missing.
    Missing(usize, char),
    /// One character for another.
    Wrong(usize, char),
    /// More than one of these.
    Several,
}

impl Slip {
    /// In words, for the one who has to decide.
    pub(super) fn in_words(&self) -> String {
        let nth = |at: &usize| at.saturating_add(1);
        match self {
            Self::Separated => "without spaces and dashes".to_owned(),
            Self::Alike => "letters and digits that look alike".to_owned(),
            Self::Swapped(at) => format!("characters {} and {} swapped", nth(at), nth(&nth(at))),
            Self::Extra(at, c) => format!("without the {c} at character {}", nth(at)),
            Self::Missing(at, c) => format!("with {c} as character {}", nth(at)),
            Self::Wrong(at, c) => format!("{c} as character {}", nth(at)),
            Self::Several => "several small slips".to_owned(),
        }
    }

    fn between(given: &[char], meant: &[char]) -> Self {
        let bare: Vec<char> = given.iter().copied().filter(|c| c.is_alphanumeric()).collect();
        if bare == meant {
            return Self::Separated;
        }
        if given.len() == meant.len()
            && given.iter().zip(meant).all(|(a, b)| digit(*a) == digit(*b))
        {
            return Self::Alike;
        }
        let at = given.iter().zip(meant).take_while(|(a, b)| a == b).count();
        let after = |text: &[char], skip: usize| {
            text.get(at.saturating_add(skip)..).unwrap_or_default().to_vec()
        };
        let (held, wanted) = (given.get(at).copied(), meant.get(at).copied());
        match (held, wanted) {
            (Some(extra), _) if after(given, 1) == after(meant, 0) => Self::Extra(at, extra),
            (_, Some(missing)) if after(given, 0) == after(meant, 1) => Self::Missing(at, missing),
            (Some(_), Some(right)) if after(given, 1) == after(meant, 1) => Self::Wrong(at, right),
            (Some(_), Some(_)) if is_swap(&after(given, 0), &after(meant, 0)) => Self::Swapped(at),
            _ => Self::Several,
        }
    }
}

fn is_swap(given: &[char], meant: &[char]) -> bool {
    match (given, meant) {
        ([a, b, rest @ ..], [c, d, others @ ..]) => a == d && b == c && rest == others,
        _ => false,
    }
}

/// Characters taken for each other by eye or by scanner, as the digit.
const fn digit(c: char) -> char {
    match c {
        'O' | 'Q' => '0',
        'I' | 'L' => '1',
        'Z' => '2',
        'S' => '5',
        'B' => '8',
        other => other,
    }
}

/// Every repair that the fund's rule accepts, the likelier first, each once.
pub(super) fn candidates(given: &str, funds: &Funds<'_>, fund: &Fund) -> Vec<Repair> {
    let given: Vec<char> = given.trim().to_uppercase().chars().collect();
    if given.len() > LENGTH_MAX {
        return Vec::new();
    }
    let text = |characters: &[char]| characters.iter().collect::<String>();
    let bare: Vec<char> = given.iter().copied().filter(|c| c.is_alphanumeric()).collect();
    let digits: Vec<char> = bare.iter().map(|c| digit(*c)).collect();
    let code = fund.code.as_str();
    let mut found = Vec::new();
    for variant in [&bare, &digits] {
        found.extend(funds.read(code, &text(variant)).and_then(Result::ok));
    }
    // A letter where the fund has digits may stand for any of them.
    for (at, _) in bare.iter().enumerate().filter(|(_, c)| !c.is_ascii_digit()) {
        for c in '0'..='9' {
            let mut variant = bare.clone();
            variant.iter_mut().skip(at).take(1).for_each(|place| *place = c);
            found.extend(funds.read(code, &text(&variant)).and_then(Result::ok));
        }
    }
    for variant in [&given, &bare] {
        found.extend(funds.near(code, &text(variant)));
    }
    let mut repairs: Vec<Repair> = found
        .into_iter()
        .map(|place| place.reference.to_string())
        .filter(|reference| *reference != text(&given))
        .map(|reference| {
            let meant: Vec<char> = reference.chars().collect();
            Repair { slip: Slip::between(&given, &meant), reference }
        })
        .collect();
    repairs.sort_by(|a, b| (&a.slip, &a.reference).cmp(&(&b.slip, &b.reference)));
    repairs.dedup();
    repairs
}

#[cfg(test)]
mod tests {
    use ims_ledger::Council;

    use super::*;

    const COUNCIL: &str = r##"
code = "T"
name = "T"
[[fund]]
code = "CT"
name = "Council tax"
[fund.reference]
min_length = 9
max_length = 9
characters = "numeric"
mask = '########@'
check_digit = { algorithm = "weighted-sum", modulus = 10, weights = [3, 7, 1, 3, 7, 1, 3, 7, 0], subtract = true, results = { 10 = "0" } }
"##;

    fn found(given: &str) -> Vec<(String, String)> {
        let council: Council = toml::from_str(COUNCIL).unwrap();
        let funds = Funds::of(&council).unwrap();
        let repairs = candidates(given, &funds, &council.fund[0]);
        repairs.into_iter().map(|it| (it.reference, it.slip.in_words())).collect()
    }

    #[test]
    fn every_kind_of_slip_is_found_again_and_named() {
        for (given, says) in [
            ("5012 3468 9", "without spaces and dashes"),
            ("5012-34689", "without spaces and dashes"),
            ("SOI234689", "letters and digits that look alike"),
            ("051234689", "characters 1 and 2 swapped"),
            ("501234698", "characters 8 and 9 swapped"),
            ("5012734689", "without the 7 at character 5"),
            ("50123468", "with 9 as character 9"),
            ("01234689", "with 5 as character 1"),
            ("501294689", "3 as character 5"),
            ("5012S4689", "3 as character 5"),
        ] {
            let all = found(given);
            assert!(all.contains(&("501234689".to_owned(), says.to_owned())), "{given}: {all:?}");
        }
    }

    #[test]
    fn the_likelier_comes_first_and_nothing_twice() {
        let all = found("SOI234689");
        assert_eq!(all[0].0, "501234689");
        let mut references: Vec<_> = all.iter().map(|(reference, _)| reference).collect();
        references.sort();
        references.dedup();
        assert_eq!(references.len(), all.len());
        assert_eq!(found("what is this"), []);
        assert_eq!(found(&"1".repeat(1_000)), []);
    }
}
