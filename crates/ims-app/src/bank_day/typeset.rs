//! Text in a typeface of Windows-1252, in rows that fit a page. Letters that it lacks
//! are a letter and a mark over it, where they are that.

/// Characters of a row: Courier of eight points between the margins.
pub(super) const COLUMNS: usize = 106;

/// What stands in one column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    /// The letter, in Windows-1252.
    pub(super) base: u8,
    /// What stands over it.
    pub(super) mark: Option<Mark>,
}

/// A mark over a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// The mark, in Windows-1252.
    pub(super) byte: u8,
    /// What the two are together.
    pub(super) letter: String,
}

/// The columns of a text; what cannot be shown is a question mark.
pub(super) fn cells(text: &str) -> Vec<Cell> {
    let mut cells: Vec<Cell> = Vec::new();
    for letter in text.chars() {
        if let Some(byte) = combining(letter) {
            // It belongs to the letter before it.
            if let Some(last) = cells.last_mut().filter(|last| last.base.is_ascii_alphabetic()) {
                let letter = format!("{}{letter}", char::from(last.base));
                last.mark = Some(Mark { byte, letter });
                continue;
            }
        }
        cells.push(match of_two(letter) {
            Some((base, byte)) => {
                Cell { base, mark: Some(Mark { byte, letter: letter.to_string() }) }
            }
            None => Cell { base: byte_of(letter), mark: None },
        });
    }
    cells
}

/// The rows of a line: broken between words where that can be, and where it goes on as far
/// in as it begins.
pub(super) fn rows(line: &str) -> Vec<Vec<Cell>> {
    let mut rest = cells(line);
    let space = Cell { base: b' ', mark: None };
    let indent = rest.iter().take_while(|cell| **cell == space).count();
    let indent = vec![space.clone(); indent.min(COLUMNS / 2)];
    let mut rows = Vec::new();
    while rest.len() > COLUMNS {
        let spaces = rest.iter().take(COLUMNS.saturating_add(1)).enumerate();
        let last = spaces.filter(|(_, cell)| **cell == space).map(|(at, _)| at).next_back();
        let cut = last.filter(|at| *at > COLUMNS / 2);
        let mut below = rest.split_off(cut.unwrap_or(COLUMNS));
        if cut.is_some() {
            // The space at which it breaks is in neither.
            below.remove(0);
        }
        rows.push(std::mem::replace(&mut rest, [indent.clone(), below].concat()));
    }
    rows.push(rest);
    rows
}

/// The marks that stand over letters, as Windows-1252 has them on their own.
const fn combining(mark: char) -> Option<u8> {
    match mark {
        '\u{300}' => Some(b'`'),
        '\u{301}' => Some(0xb4),
        '\u{302}' => Some(0x88),
        '\u{303}' => Some(0x98),
        '\u{308}' => Some(0xa8),
        _ => None,
    }
}

/// Letters of Welsh that Windows-1252 lacks, as a letter and a mark.
const fn of_two(letter: char) -> Option<(u8, u8)> {
    Some(match letter {
        'ŵ' => (b'w', 0x88),
        'Ŵ' => (b'W', 0x88),
        'ŷ' => (b'y', 0x88),
        'Ŷ' => (b'Y', 0x88),
        'ẁ' => (b'w', b'`'),
        'Ẁ' => (b'W', b'`'),
        'ẃ' => (b'w', 0xb4),
        'Ẃ' => (b'W', 0xb4),
        'ẅ' => (b'w', 0xa8),
        'Ẅ' => (b'W', 0xa8),
        'ỳ' => (b'y', b'`'),
        'Ỳ' => (b'Y', b'`'),
        _ => return None,
    })
}

/// What Windows-1252 has between 0x80 and 0x9f; what is free is a question mark.
const UPPER: &str = "€?‚ƒ„…†‡ˆ‰Š‹Œ?Ž??‘’“”•–—˜™š›œ?žŸ";

fn byte_of(letter: char) -> u8 {
    let latin = u8::try_from(u32::from(letter)).ok();
    if let Some(byte) = latin.filter(|byte| matches!(byte, 0x20..=0x7e | 0xa0..=0xff)) {
        return byte;
    }
    let upper = (0x80_u8..).zip(UPPER.chars()).find(|(_, known)| *known == letter);
    upper.map_or(b'?', |(byte, _)| byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str) -> Vec<u8> {
        cells(text).into_iter().map(|cell| cell.base).collect()
    }

    fn said(row: &[Cell]) -> String {
        row.iter().map(|cell| char::from(cell.base)).collect()
    }

    #[test]
    fn letters_are_those_of_windows_1252() {
        assert_eq!(bytes("£5 Ann’s – “x” €9…"), b"\xa35 Ann\x92s \x96 \x93x\x94 \x809\x85");
        assert_eq!(bytes("ŵŶ\u{7}☃\u{302}"), b"wY???");
        assert_eq!(
            cells("w\u{302}")[0].mark,
            cells("ŵ")[0].mark.clone().map(|mark| Mark { letter: "w\u{302}".to_owned(), ..mark })
        );
    }

    #[test]
    fn a_long_line_goes_on_below_between_words_and_as_far_in() {
        let line = format!("    {}", "expected 0190-aaaa ".repeat(20));
        let rows: Vec<String> = rows(&line).iter().map(|row| said(row)).collect();
        assert!(rows.len() > 3 && rows.iter().all(|row| row.len() <= COLUMNS), "{rows:?}");
        assert!(rows.iter().all(|row| row.starts_with("    ") && !row.starts_with("     ")));
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(words(&rows.join(" ")), words(&line));
    }

    #[test]
    fn a_word_that_is_longer_than_a_row_is_broken_anywhere() {
        let long: String = ('a'..='z').cycle().take(250).collect();
        let rows: Vec<String> = rows(&long).iter().map(|row| said(row)).collect();
        assert_eq!(rows.iter().map(String::len).collect::<Vec<_>>(), [106, 106, 38]);
        assert_eq!(rows.concat(), long);
        assert_eq!(super::rows(""), [vec![]]);
    }
}
