//! The letters above the columns of a sheet: `A` to `Z`, then `AA`.

/// The column of `F` or of the cell `BC12`, from 0.
pub(crate) fn column(place: &str) -> Option<usize> {
    let letters = place.bytes().take_while(u8::is_ascii_alphabetic);
    let mut number = 0_usize;
    for letter in letters {
        let nth = usize::from(letter.to_ascii_uppercase() - b'A') + 1;
        number = number.checked_mul(26)?.checked_add(nth)?;
    }
    number.checked_sub(1)
}

/// The letters of a column, counted from 0.
pub(crate) fn letters(column: usize) -> String {
    let (mut left, mut letters) = (Some(column), Vec::new());
    while let Some(at) = left {
        letters.extend(u8::try_from(at % 26).map(|nth| char::from(b'A' + nth)));
        left = (at / 26).checked_sub(1);
    }
    letters.into_iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_by_their_letters() {
        assert_eq!(column("A1"), Some(0));
        assert_eq!(column("AB7"), Some(27));
        assert_eq!(column("7"), None);
        assert_eq!(column(&"Z".repeat(60)), None);
    }

    #[test]
    fn every_column_has_letters_of_its_own() {
        assert_eq!(letters(5), "F");
        assert_eq!(letters(25), "Z");
        assert_eq!(letters(26), "AA");
        for at in 0..20_000 {
            assert_eq!(column(&letters(at)), Some(at));
        }
    }
}
