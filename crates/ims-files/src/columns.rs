//! Fields of a fixed-width line.

/// The characters from `from` up to `to`, counted from 0; what is there of them
/// where the line is shorter.
pub(crate) fn between(line: &str, from: usize, to: usize) -> &str {
    if line.is_ascii() {
        let end = to.min(line.len());
        return line.get(from.min(end)..end).unwrap_or_default();
    }
    let at = |nth: usize| line.char_indices().nth(nth).map_or(line.len(), |(byte, _)| byte);
    line.get(at(from)..at(to)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_characters_not_bytes() {
        assert_eq!(between("abcdef", 2, 4), "cd");
        assert_eq!(between("abcdef", 4, 9), "ef");
        assert_eq!(between("abcdef", 9, 12), "");
        assert_eq!(between("£bcdéf", 1, 5), "bcdé");
        assert_eq!(between("£b", 1, 5), "b");
    }
}
