//! What Bacs can carry of a text.

/// The characters of a name or a reference.
pub const TEXT_LENGTH: usize = 18;

/// Whether Bacs carries this character: capital letters, digits, a blank, and
/// `.` `&` `/` `-`.
#[must_use]
pub const fn is_permitted(character: char) -> bool {
    matches!(character, 'A'..='Z' | '0'..='9' | ' ' | '.' | '&' | '/' | '-')
}

/// A name as Bacs can carry it: capitals, letters without their accents, no
/// apostrophes, blanks for what else is not carried, cut at
/// [`TEXT_LENGTH`] characters.
///
/// ```
/// assert_eq!(ims_files::bacs::fitted("Zoë O'Brien (Mrs)"), "ZOE OBRIEN MRS");
/// ```
#[must_use]
pub fn fitted(name: &str) -> String {
    let mut whole = String::new();
    for character in name.chars() {
        if matches!(character, '\'' | '\u{2019}' | '`') {
            continue;
        }
        match unaccented(character) {
            Some(letters) => whole.push_str(letters),
            None => {
                let capital = character.to_ascii_uppercase();
                whole.push(if is_permitted(capital) { capital } else { ' ' });
            }
        }
    }
    let words: Vec<&str> = whole.split_whitespace().collect();
    let cut: String = words.join(" ").chars().take(TEXT_LENGTH).collect();
    cut.trim_end().to_owned()
}

/// The plain letters of an accented one of western Europe.
const fn unaccented(letter: char) -> Option<&'static str> {
    Some(match letter {
        'À'..='Å' | 'à'..='å' | 'Ā' | 'ā' | 'Ă' | 'ă' | 'Ą' | 'ą' => "A",
        'Æ' | 'æ' => "AE",
        'Ç' | 'ç' | 'Ć'..='č' => "C",
        'Ď'..='đ' | 'Ð' | 'ð' => "D",
        'È'..='Ë' | 'è'..='ë' | 'Ē'..='ě' => "E",
        'Ĝ'..='ģ' => "G",
        'Ì'..='Ï' | 'ì'..='ï' | 'Ĩ'..='ı' => "I",
        'Ł' | 'ł' | 'Ĺ'..='ľ' => "L",
        'Ñ' | 'ñ' | 'Ń'..='ň' => "N",
        'Ò'..='Ö' | 'Ø' | 'ò'..='ö' | 'ø' | 'Ō'..='ő' => "O",
        'Œ' | 'œ' => "OE",
        'Ŕ'..='ř' => "R",
        'Ś'..='š' => "S",
        'ß' => "SS",
        'Ţ'..='ŧ' => "T",
        'Þ' | 'þ' => "TH",
        'Ù'..='Ü' | 'ù'..='ü' | 'Ũ'..='ų' => "U",
        'Ŵ' | 'ŵ' => "W",
        'Ý' | 'ý' | 'ÿ' | 'Ŷ'..='Ÿ' => "Y",
        'Ź'..='ž' => "Z",
        _ => return None,
    })
}

/// Why a direct debit's reference is not one, if it is not.
pub(crate) fn debit_reference_fault(reference: &str) -> Option<&'static str> {
    let first = reference.chars().next();
    let letters: Vec<char> = reference.chars().filter(char::is_ascii_alphanumeric).collect();
    if letters.len() < 6 {
        Some("a direct debit's reference has at least six letters or digits")
    } else if !first.is_some_and(|first| first.is_ascii_alphanumeric()) {
        Some("a direct debit's reference begins with a letter or a digit")
    } else if letters.windows(2).all(|pair| matches!(pair, [a, b] if a == b)) {
        Some("a direct debit's reference is not one character all through")
    } else if reference.starts_with("DDIC") {
        Some("a reference that begins with DDIC is kept for indemnity claims")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_fitted() {
        for (name, fits) in [
            ("J Smith", "J SMITH"),
            ("Sørensen, Åse", "SORENSEN ASE"),
            ("SIÂN   ŵyn-jones", "SIAN WYN-JONES"),
            ("A & B Builders Ltd. of Anyborough", "A & B BUILDERS LTD"),
            ("Straße", "STRASSE"),
            ("日本", ""),
            ("SEVENTEEN LETTERS X", "SEVENTEEN LETTERS"),
        ] {
            assert_eq!(fitted(name), fits, "{name}");
            assert!(fitted(name).chars().all(is_permitted), "{name}");
            assert_eq!(fitted(fits), fits);
        }
    }

    #[test]
    fn debit_references() {
        for good in ["80012345", "CT-80012345", "ABCDEF", "AAAAAB", "A/1.2.3.4.5"] {
            assert_eq!(debit_reference_fault(good), None, "{good}");
        }
        for bad in ["12345", "AAAAAA", "-123456", "DDIC123456", "1-1-1-1-1-1", ""] {
            assert!(debit_reference_fault(bad).is_some(), "{bad}");
        }
    }
}
