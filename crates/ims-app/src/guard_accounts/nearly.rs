//! Whether words quote a reference, or nearly do.

use std::collections::BTreeSet;

/// A word, and what it is when letters that look like digits are digits.
pub(super) struct Word<'a> {
    pub(super) token: &'a str,
    pub(super) folded: Vec<char>,
    digits: [u8; 10],
}

/// A reference, made ready for many words.
pub(super) struct Meant {
    bare: String,
    folded: Vec<char>,
    digits: [u8; 10],
}

pub(super) fn words(tokens: &BTreeSet<String>) -> impl Iterator<Item = Word<'_>> {
    tokens.iter().map(|token| {
        let folded = folded(token);
        Word { token, digits: counted(&folded), folded }
    })
}

impl Meant {
    pub(super) fn of(reference: &str) -> Self {
        let upper = reference.to_uppercase();
        let bare: String = upper.chars().filter(|c| c.is_alphanumeric()).collect();
        let folded = folded(&bare);
        Self { digits: counted(&folded), bare, folded }
    }

    pub(super) fn folded(&self) -> &[char] {
        &self.folded
    }

    pub(super) fn number(&self) -> &[char] {
        without_noughts(&self.folded)
    }
}

impl Word<'_> {
    pub(super) fn number(&self) -> &[char] {
        without_noughts(&self.folded)
    }

    /// False if more than two characters would have to be changed, left out, put in or swapped:
    /// each of those makes two digits at most be more or fewer.
    pub(super) fn may_be_two_slips_from(&self, meant: &Meant) -> bool {
        let pairs = self.digits.iter().zip(&meant.digits);
        pairs.map(|(one, other)| u32::from(one.abs_diff(*other))).sum::<u32>() <= 4
    }

    /// How it quotes the reference: what it costs, as a slip's, and in words.
    pub(super) fn how_near(&self, meant: &Meant) -> Option<(u16, &'static str)> {
        let (word, bare, meant) = (&self.folded, &meant.bare, &meant.folded);
        if self.token == bare {
            return Some((0, "is quoted"));
        }
        if word == meant {
            return Some((2, "is it, with letters for digits"));
        }
        if without_noughts(word) == without_noughts(meant) {
            return Some((3, "is it but for leading noughts"));
        }
        if meant.len() >= 5
            && word.len() > meant.len()
            && word.windows(meant.len()).any(|it| it == meant.as_slice())
        {
            return Some((3, "has it written together with more"));
        }
        let (first, second) = meant.split_at(meant.len().div_euclid(2));
        if meant.len() >= 6 && *word == [second, first].concat() {
            return Some((8, "is it with its halves swapped"));
        }
        // Of a short one, two characters are too much of it.
        match distance(word, meant) {
            Some(1) => Some((6, "is one slip from it")),
            Some(2) if meant.len() >= 6 => Some((18, "is two slips from it")),
            _ => None,
        }
    }
}

fn without_noughts(all: &[char]) -> &[char] {
    let noughts = all.iter().take_while(|c| **c == '0').count();
    all.get(noughts..).unwrap_or_default()
}

/// How often each digit is there.
fn counted(folded: &[char]) -> [u8; 10] {
    let mut counts = [0_u8; 10];
    for c in folded {
        let digit = c.to_digit(10).and_then(|digit| usize::try_from(digit).ok());
        if let Some(count) = digit.and_then(|digit| counts.get_mut(digit)) {
            *count = count.saturating_add(1);
        }
    }
    counts
}

/// Characters taken for each other, as the digit.
fn folded(token: &str) -> Vec<char> {
    let digit = |c| match c {
        'O' | 'Q' => '0',
        'I' | 'L' => '1',
        'Z' => '2',
        'S' => '5',
        'B' => '8',
        other => other,
    };
    token.chars().map(digit).collect()
}

/// How many characters were changed, left out, put in or swapped with the next;
/// none when more than two.
fn distance(from: &[char], to: &[char]) -> Option<usize> {
    if from.len().abs_diff(to.len()) > 2 {
        return None;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=to.len()).collect();
    for (row, c) in from.iter().enumerate() {
        let above = row.checked_sub(1).and_then(|at| from.get(at));
        let mut next = vec![row.saturating_add(1)];
        for (column, d) in to.iter().enumerate() {
            let at =
                |cells: &[usize], place: usize| cells.get(place).copied().unwrap_or(usize::MAX);
            let change = at(&last, column).saturating_add(usize::from(c != d));
            let drop = at(&last, column.saturating_add(1)).saturating_add(1);
            let insert = at(&next, column).saturating_add(1);
            let mut best = change.min(drop).min(insert);
            if let Some(left) = column.checked_sub(1)
                && to.get(left) == Some(c)
                && above == Some(d)
            {
                best = best.min(at(&before, left).saturating_add(1));
            }
            next.push(best);
        }
        if next.iter().all(|cell| *cell > 2) {
            return None;
        }
        before = std::mem::replace(&mut last, next);
    }
    last.last().copied().filter(|distance| *distance <= 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quoted(token: &str, reference: &str) -> Option<u16> {
        let tokens = BTreeSet::from([token.to_owned()]);
        let meant = Meant::of(reference);
        words(&tokens).find_map(|word| word.how_near(&meant)).map(|(cost, _)| cost)
    }

    #[test]
    fn every_slip_is_seen_and_no_stranger() {
        for (word, cost) in [
            ("501234689", Some(0)),
            ("SO1234689", Some(2)),
            ("CT501234689JUNE", Some(3)),
            ("501243689", Some(6)),
            ("50123468", Some(6)),
            ("5012334689", Some(6)),
            ("501294689", Some(6)),
            ("346895012", Some(8)),
            ("051234698", Some(18)),
            ("774952620", None),
        ] {
            // The halves of nine are four and five.
            assert_eq!(quoted(word, "501234689"), cost, "{word}");
        }
        assert_eq!(quoted("1239", "1245"), None);
        assert_eq!(quoted("42", "00042"), Some(3));
    }
}
