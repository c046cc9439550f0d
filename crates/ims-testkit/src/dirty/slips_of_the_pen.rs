//! What goes wrong when a reference is copied by hand.

use super::random::Random;

/// The text with one slip: a character changed, two swapped, one lost, one too many.
pub(super) fn slipped(random: &mut Random, text: &str) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    let at = random.below(characters.len() as u64) as usize;
    match random.below(20) {
        0..10 => {
            let pool = if characters[at].is_ascii_digit() { b'0'..=b'9' } else { b'A'..=b'Z' };
            let others: Vec<u8> = pool.filter(|c| char::from(*c) != characters[at]).collect();
            characters[at] = char::from(random.one_of(&others));
        }
        10..15 => {
            let differs = |at: &usize| characters[*at] != characters[*at + 1];
            let last = characters.len() - 1;
            let place = (at..last).chain(0..at.min(last)).find(differs);
            match place {
                Some(place) => characters.swap(place, place + 1),
                None => characters.truncate(last),
            }
        }
        15..18 => {
            characters.remove(at);
        }
        _ => characters.insert(at, char::from(random.one_of(b"0123456789"))),
    }
    characters.into_iter().collect()
}
