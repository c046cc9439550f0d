//! Slips, and every way to undo one.

use std::fmt;

/// One thing that goes wrong when a reference is copied. Places count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Slip {
    /// Spaces, dashes and the like put in or left out.
    Separated,
    /// A letter and a digit that look alike.
    Alike {
        /// Where.
        at: usize,
        /// What was written.
        wrote: char,
        /// What was meant.
        meant: char,
    },
    /// All letters that look like digits.
    AllAlike,
    /// Noughts lost from the front.
    LostNoughts(usize),
    /// Two neighbours the wrong way round, this one and the next.
    Swapped(usize),
    /// A character written twice, or only once of two.
    Doubled(usize),
    /// The prefix of another fund, or none.
    Prefix,
    /// One character for another.
    Wrong {
        /// Where.
        at: usize,
        /// What was meant.
        meant: char,
    },
    /// A character that was left out.
    Missing {
        /// Where.
        at: usize,
        /// What was meant.
        meant: char,
    },
    /// A character that does not belong.
    Extra(usize),
    /// The two halves the wrong way round.
    Halves,
}

impl Slip {
    /// How far-fetched it is.
    pub(super) const fn cost(self) -> u16 {
        match self {
            Self::Separated => 1,
            Self::Alike { .. } | Self::AllAlike => 2,
            Self::LostNoughts(_) => 3,
            Self::Swapped(_) | Self::Doubled(_) => 4,
            Self::Prefix => 5,
            Self::Wrong { .. } => 6,
            Self::Missing { .. } | Self::Extra(_) => 7,
            Self::Halves => 8,
        }
    }
}

impl fmt::Display for Slip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Separated => f.write_str("spaces and dashes aside"),
            Self::Alike { at, wrote, meant } => {
                write!(f, "{wrote} read for {meant} at character {at}")
            }
            Self::AllAlike => f.write_str("letters read for digits"),
            Self::LostNoughts(1) => f.write_str("a leading 0 lost"),
            Self::LostNoughts(count) => write!(f, "{count} leading 0s lost"),
            Self::Swapped(at) => {
                write!(f, "characters {at} and {} swapped", at.saturating_add(1))
            }
            Self::Doubled(at) => write!(f, "character {at} doubled or not"),
            Self::Prefix => f.write_str("the prefix of another fund"),
            Self::Wrong { at, meant } => write!(f, "{meant} as character {at}"),
            Self::Missing { at, meant } => write!(f, "{meant} missing as character {at}"),
            Self::Extra(at) => write!(f, "character {at} too many"),
            Self::Halves => f.write_str("the halves swapped"),
        }
    }
}

/// Characters that are read for one another.
const ALIKE: [(char, char); 7] =
    [('O', '0'), ('Q', '0'), ('I', '1'), ('L', '1'), ('Z', '2'), ('S', '5'), ('B', '8')];

/// What may be undone for a fund.
pub(super) struct Ways {
    /// Whether letters may be put in.
    pub(super) letters: bool,
    /// The shortest and the longest reference.
    pub(super) lengths: (usize, usize),
    /// What references of other funds begin with.
    pub(super) prefixes: Vec<String>,
}

type Found = Vec<(Vec<char>, Slip)>;

impl Ways {
    pub(super) fn fits(&self, length: usize) -> bool {
        (self.lengths.0..=self.lengths.1).contains(&length)
    }

    /// Whether one more slip may lead to the right length.
    pub(super) fn can_still_fit(&self, length: usize) -> bool {
        // Noughts, separators and prefixes are more than one character.
        length.saturating_add(4) >= self.lengths.0 && length <= self.lengths.1.saturating_add(4)
    }

    /// Every text that one slip turns into `text`.
    pub(super) fn from(&self, text: &[char]) -> Found {
        let mut found = Vec::new();
        self.of_the_whole(text, &mut found);
        for (place, old) in text.iter().enumerate() {
            self.of_a_character(text, place, *old, &mut found);
        }
        if text.len() < self.lengths.1 {
            for place in 0..=text.len() {
                for meant in self.pool() {
                    let twin = [place.checked_sub(1), Some(place)];
                    let twin = twin.into_iter().flatten().filter_map(|at| text.get(at));
                    let at = place.saturating_add(1);
                    let slip = if twin.into_iter().any(|c| *c == meant) {
                        Slip::Doubled(at)
                    } else {
                        Slip::Missing { at, meant }
                    };
                    found.push((with(text, |text| text.insert(place, meant)), slip));
                }
            }
        }
        found
    }

    fn of_the_whole(&self, text: &[char], found: &mut Found) {
        let bare: Vec<char> = text.iter().copied().filter(|c| c.is_alphanumeric()).collect();
        if bare != text {
            found.push((bare, Slip::Separated));
        }
        let digits: Vec<char> = text.iter().map(|c| alike(*c).unwrap_or(*c)).collect();
        // One such letter is a slip of its own.
        if digits.iter().zip(text).filter(|(a, b)| a != b).count() > 1 {
            found.push((digits, Slip::AllAlike));
        }
        for lost in 1..=self.lengths.1.saturating_sub(text.len()).min(4) {
            let noughts = std::iter::repeat_n('0', lost);
            found.push((noughts.chain(text.iter().copied()).collect(), Slip::LostNoughts(lost)));
        }
        if text.len() >= 6 {
            let (head, tail) = text.split_at(text.len() / 2);
            found.push(([tail, head].concat(), Slip::Halves));
        }
        for prefix in &self.prefixes {
            let prefix: Vec<char> = prefix.chars().collect();
            match text.strip_prefix(prefix.as_slice()) {
                Some(rest) => found.push((rest.to_vec(), Slip::Prefix)),
                None => found.push(([prefix.as_slice(), text].concat(), Slip::Prefix)),
            }
        }
    }

    fn of_a_character(&self, text: &[char], place: usize, old: char, found: &mut Found) {
        let at = place.saturating_add(1);
        let put = |new: char| {
            with(text, |text| text.iter_mut().skip(place).take(1).for_each(|c| *c = new))
        };
        let looks = ALIKE.into_iter().filter_map(|(letter, digit)| match old {
            c if c == letter => Some(digit),
            c if c == digit && self.letters => Some(letter),
            _ => None,
        });
        found.extend(looks.map(|meant| (put(meant), Slip::Alike { at, wrote: old, meant })));
        let others = self.pool().into_iter().filter(|c| *c != old);
        let same_class = others.filter(|c| c.is_ascii_digit() == old.is_ascii_digit());
        found.extend(same_class.map(|meant| (put(meant), Slip::Wrong { at, meant })));
        if text.get(at).is_some_and(|next| *next != old) {
            found.push((with(text, |text| text.swap(place, at)), Slip::Swapped(at)));
        }
        if text.len() > 1 {
            let is_twin = text.get(at) == Some(&old);
            let slip = if is_twin { Slip::Doubled(at) } else { Slip::Extra(at) };
            let without = with(text, |text| {
                text.remove(place);
            });
            found.push((without, slip));
        }
    }

    fn pool(&self) -> Vec<char> {
        let letters = ('A'..='Z').filter(|_| self.letters);
        ('0'..='9').chain(letters).collect()
    }
}

fn with(text: &[char], edit: impl FnOnce(&mut Vec<char>)) -> Vec<char> {
    let mut edited = text.to_vec();
    edit(&mut edited);
    edited
}

/// The digit a letter looks like.
fn alike(c: char) -> Option<char> {
    ALIKE.into_iter().find(|(letter, _)| *letter == c).map(|(_, digit)| digit)
}
