use crate::{BadReference, CheckDigit};

/// Compares an upper-case reference with a mask, character by character. A
/// reference shorter than the mask passes here: lengths are the length rule's.
pub(crate) fn fits(
    mask: &str,
    upper: &str,
    check_digit: Option<&CheckDigit>,
) -> Result<(), BadReference> {
    let mut pattern = mask.chars();
    for (c, at) in upper.chars().zip(1_usize..) {
        let differs = || BadReference::Mask { text: upper.to_owned(), mask: mask.to_owned(), at };
        let wanted = pattern.next().ok_or_else(differs)?;
        let fits = match wanted {
            '$' => c.is_alphabetic(),
            '#' => c.is_ascii_digit(),
            '?' => c.is_alphabetic() || c.is_ascii_digit(),
            '*' => c.is_alphabetic() || c.is_ascii_digit() || matches!(c, ' ' | '/' | '-'),
            '@' => {
                if !check_digit.is_some_and(|rule| rule.holds(upper, c)) {
                    return Err(BadReference::CheckDigit(upper.to_owned()));
                }
                true
            }
            literal => c == literal,
        };
        if !fits {
            return Err(differs());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CheckAlgorithm;

    #[test]
    fn each_mask_character_means_one_thing() {
        for (mask, text, good) in [
            ("$$##", "AB12", true),
            ("$$##", "A112", false),
            ("$$##", "ABX2", false),
            ("??", "A1", true),
            ("??", "A-", false),
            ("****", "A1/-", true),
            ("* *", "A B", true),
            ("**", "A.", false),
            ("BJ##", "BJ12", true),
            ("BJ##", "BK12", false),
            ("###", "12", true),
            ("##", "123", false),
        ] {
            assert_eq!(fits(mask, text, None).is_ok(), good, "{mask} {text}");
        }
    }

    #[test]
    fn the_check_digit_is_over_the_whole_reference() {
        let rule = CheckDigit {
            algorithm: CheckAlgorithm::WeightedSum,
            modulus: 11,
            prefix: "12".to_owned(),
            weights: vec![9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
            results: [("10".to_owned(), "A".to_owned())].into(),
            subtract: false,
        };
        let fits = |text| fits("FP#######@", text, Some(&rule)).map_err(|e| e.to_string());
        assert_eq!(fits("FP2000012A"), Ok(()));
        assert_eq!(fits("FP20000121"), Err("`FP20000121` fails its check digit".to_owned()));
        assert_eq!(
            fits("AB12345678"),
            Err("`AB12345678` should look like `FP#######@`, but differs at character 1".to_owned())
        );
    }
}
