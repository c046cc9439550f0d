//! Card numbers that run over the end of a line.

use super::masked;

/// How many lines a record may go on for.
const LINES: u64 = 12;

/// The most bytes of a card number: nineteen digits and what parts them, twice over.
const REACH: usize = 60;

/// A text file with the card numbers masked that begin on one line and end on the
/// next; `None` where there is none to be seen.
///
/// `lines` are those, counted from 1, where records began whose texts held a card
/// number that [`masked_file`](super::masked_file) does not see: digits at the end of
/// any other line and the beginning of the next have nothing to do with one another.
/// What is masked has to be read once more: that it reads alike, and holds no card
/// number any more.
///
/// ```
/// use ims_files::masked_over_lines;
///
/// let file = b":61:2604010401C12,00NTRF1\r\n:86:PAID WITH 4111 1111 11\r\n11 1111 THANKS\r\n";
/// let kept = masked_over_lines(file, &[1]).unwrap();
/// assert!(kept.ends_with(b"PAID WITH **** **** **\r\n** 1111 THANKS\r\n"));
/// assert_eq!(masked_over_lines(file, &[]), None);
/// ```
#[must_use]
pub fn masked_over_lines(file: &[u8], lines: &[u64]) -> Option<Vec<u8>> {
    let mut kept: Option<Vec<u8>> = None;
    let mut at = 0;
    let is_near = |line: u64| {
        let far = |from: &u64| line.checked_sub(*from);
        lines.iter().filter_map(far).any(|far| far < LINES)
    };
    for (line, number) in file.split_inclusive(|byte| *byte == b'\n').zip(1_u64..) {
        at += line.len();
        if !is_near(number) {
            continue;
        }
        let now = kept.as_deref().unwrap_or(file);
        for hidden in hidden(now, at) {
            if let Some(byte) = kept.get_or_insert_with(|| file.to_vec()).get_mut(hidden) {
                *byte = b'*';
            }
        }
    }
    kept
}

/// The places of the digits of a number that runs over the end of a line at `end`.
fn hidden(file: &[u8], end: usize) -> Vec<usize> {
    let before = file.get(..end).unwrap_or_default().trim_ascii_end().len();
    let after = file.get(end..).unwrap_or_default();
    let indent = after.len() - after.trim_ascii_start().len();
    // How BAI2 goes on with a record.
    let mark = after.get(indent..).is_some_and(|rest| rest.starts_with(b"88,"));
    let after = end + indent + if mark { 3 } else { 0 };
    let tail = before.saturating_sub(REACH)..before;
    let head = after..after.saturating_add(REACH).min(file.len());
    // Whoever reads them joins lines with a blank, or with nothing.
    for between in ["", " "] {
        let places: Vec<Option<usize>> = tail
            .clone()
            .map(Some)
            .chain(between.bytes().map(|_| None))
            .chain(head.clone().map(Some))
            .collect();
        let text: String = places.iter().map(|place| character(file, *place)).collect();
        let Some(masked) = masked(&text) else { continue };
        let stars = masked.bytes().zip(text.bytes()).zip(&places);
        let hidden: Vec<usize> =
            stars.filter(|((new, old), _)| new != old).filter_map(|(_, place)| *place).collect();
        if let (Some(first), Some(last)) = (hidden.first(), hidden.last())
            && (tail.contains(first) && (head.contains(last) || runs_on(file, before, after)))
        {
            return hidden;
        }
    }
    Vec::new()
}

/// Whether digits touch the end of the line and the beginning of the next: the last
/// four, which stay, may be all there is of a number on the second.
fn runs_on(file: &[u8], before: usize, after: usize) -> bool {
    let is_digit =
        |at: Option<usize>| at.and_then(|at| file.get(at)).is_some_and(u8::is_ascii_digit);
    is_digit(before.checked_sub(1)) && is_digit(Some(after))
}

/// What is no text of ASCII, or a line end, parts numbers.
fn character(file: &[u8], place: Option<usize>) -> char {
    let Some(place) = place else { return ' ' };
    match file.get(place) {
        Some(byte) if byte.is_ascii_graphic() || *byte == b' ' => char::from(*byte),
        Some(_) | None => '\u{1}',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(file: &str) -> Option<String> {
        masked_over_lines(file.as_bytes(), &[1]).map(|kept| String::from_utf8(kept).unwrap())
    }

    #[test]
    fn a_number_is_masked_wherever_the_line_breaks() {
        for (file, wanted) in [
            ("x 41111111\n11111111 y", "x ********\n****1111 y"),
            ("x 4111\r\n  1111 1111 1111 y", "x ****\r\n  **** **** 1111 y"),
            ("x 4111 1111 1111 \n1111", "x **** **** **** \n1111"),
            ("16,165,1,,,,4111 1111\n88,1111 1111/", "16,165,1,,,,**** ****\n88,**** 1111/"),
            ("\u{a3} 4111-1111-\n1111-1111", "\u{a3} ****-****-\n****-1111"),
            ("a\nb\n4111 1111\n1111 1111\n", "a\nb\n**** ****\n**** 1111\n"),
        ] {
            assert_eq!(kept(file).as_deref(), Some(wanted));
        }
    }

    #[test]
    fn what_does_not_run_over_a_line_end_is_left_alone() {
        for file in [
            "",
            "4111 1111 1111 1111",
            "4111 1111 1111 1111\nx",
            "x\n4111 1111 1111 1111",
            "4111 1111 1111\n1112",
            "4111 1111\n\n,1111 1111",
            "4111 1111\nx 1111 1111",
            "9941111111111111\n11111199",
        ] {
            assert_eq!(kept(file), None, "{file}");
        }
        let far = format!("{}4111 1111\n1111 1111\n", "x\n".repeat(12));
        assert_eq!(kept(&far), None);
        assert!(masked_over_lines(far.as_bytes(), &[1, 13]).is_some());
    }
}
