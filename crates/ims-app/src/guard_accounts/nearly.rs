//! Whether words quote a reference, or nearly do.

use std::collections::BTreeSet;

/// A word, and what it is when letters that look like digits are digits.
pub(super) type Folded = (String, Vec<char>);

pub(super) fn folded_all(tokens: &BTreeSet<String>) -> Vec<Folded> {
    tokens.iter().map(|token| (token.clone(), folded(token))).collect()
}

/// How a word quotes `reference`: what it costs, as a slip's, and in words. The
/// best of them.
pub(super) fn quoted(tokens: &[Folded], reference: &str) -> Option<(u16, String)> {
    let bare: String = reference.to_uppercase().chars().filter(|c| c.is_alphanumeric()).collect();
    let meant = folded(&bare);
    let found = tokens.iter().filter_map(|(token, word)| {
        let (cost, how) = how_near(token, word, &bare, &meant)?;
        Some((cost, format!("`{token}` {how}")))
    });
    found.min()
}

fn how_near(token: &str, word: &[char], bare: &str, meant: &[char]) -> Option<(u16, &'static str)> {
    if token == bare {
        return Some((0, "is quoted"));
    }
    if word == meant {
        return Some((2, "is it, with letters for digits"));
    }
    let without_noughts =
        |all: &[char]| -> Vec<char> { all.iter().copied().skip_while(|c| *c == '0').collect() };
    if without_noughts(word) == without_noughts(meant) {
        return Some((3, "is it but for leading noughts"));
    }
    if meant.len() >= 5
        && word.len() > meant.len()
        && word.windows(meant.len()).any(|it| it == meant)
    {
        return Some((3, "has it written together with more"));
    }
    let (first, second) = meant.split_at(meant.len().div_euclid(2));
    if meant.len() >= 6 && word == [second, first].concat() {
        return Some((8, "is it with its halves swapped"));
    }
    // Of a short one, two characters are too much of it.
    match distance(word, meant) {
        Some(1) => Some((6, "is one slip from it")),
        Some(2) if meant.len() >= 6 => Some((18, "is two slips from it")),
        _ => None,
    }
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
            let tokens = folded_all(&BTreeSet::from([word.to_owned()]));
            // The halves of nine are four and five.
            let found = quoted(&tokens, "501234689").map(|(cost, _)| cost);
            assert_eq!(found, cost, "{word}");
        }
        let short = folded_all(&BTreeSet::from(["1239".to_owned()]));
        assert_eq!(quoted(&short, "1245"), None);
        assert_eq!(quoted(&folded_all(&BTreeSet::from(["42".to_owned()])), "00042").unwrap().0, 3);
    }
}
