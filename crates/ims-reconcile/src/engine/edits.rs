//! Slips of the pen.

/// True if at most `edits` slips turn one text into the other: a character changed, left out
/// or put in, or two neighbours swapped.
pub(crate) fn within(one: &[u8], other: &[u8], edits: u8) -> bool {
    let same = one.iter().zip(other).take_while(|(a, b)| a == b).count();
    let (one, other) = (one.get(same..).unwrap_or(&[]), other.get(same..).unwrap_or(&[]));
    match (one, other) {
        ([], rest) | (rest, []) => rest.len() <= usize::from(edits),
        ([a, one_after @ ..], [b, other_after @ ..]) => {
            let Some(edits) = edits.checked_sub(1) else { return false };
            let swapped = match (one_after, other_after) {
                ([c, one_after @ ..], [d, other_after @ ..]) if a == d && b == c => {
                    within(one_after, other_after, edits)
                }
                _ => false,
            };
            swapped
                || within(one_after, other_after, edits)
                || within(one_after, other, edits)
                || within(one, other_after, edits)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_counted() {
        for (one, other, edits) in [
            ("12345678", "12345678", 0),
            ("12345678", "12345679", 1),
            ("12345678", "1234567", 1),
            ("12345678", "123456778", 1),
            ("12345678", "12354678", 1),
            ("12345678", "21354678", 2),
            ("12345678", "1234", 4),
            ("", "12", 2),
        ] {
            for allowed in 0..5 {
                assert_eq!(
                    within(one.as_bytes(), other.as_bytes(), allowed),
                    edits <= allowed,
                    "{one} {other} {allowed}"
                );
            }
        }
    }
}
