use proptest::prelude::*;

use super::*;

fn rule(
    algorithm: CheckAlgorithm,
    modulus: u32,
    prefix: &str,
    weights: &[u32],
    subtract: bool,
    result: (&str, &str),
) -> CheckDigit {
    CheckDigit {
        algorithm,
        modulus,
        prefix: prefix.to_owned(),
        weights: weights.to_vec(),
        results: [(result.0.to_owned(), result.1.to_owned())].into(),
        subtract,
    }
}

fn check(rule: &CheckDigit, rows: &[(&str, bool)]) {
    for (text, valid) in rows {
        let last = text.chars().last().unwrap().to_string();
        assert_eq!(rule.hold(text, &last), *valid, "{text}");
    }
}

const DOWN: [u32; 11] = [9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0];

#[test]
fn weighted_sums_as_the_councils_use_them() {
    use CheckAlgorithm::WeightedSum;
    check(
        &rule(WeightedSum, 10, "98", &[2, 0, 3, 0, 4, 0, 5, 0, 0, 0], true, ("10", "Z")),
        &[("AB1234562", true), ("AB1234566", false)],
    );
    check(
        &rule(WeightedSum, 10, "", &DOWN, true, ("10", "Z")),
        &[("963456138Z", true), ("9634561384", false)],
    );
    check(
        &rule(WeightedSum, 10, "", &DOWN, false, ("10", "Z")),
        &[("9634561380", true), ("9634561381", false)],
    );
    check(
        &rule(WeightedSum, 11, "12", &DOWN[..10], false, ("10", "A")),
        &[
            ("FP20000050", true),
            ("FP2000012A", true),
            ("FP20352091", true),
            ("FP20000061", true),
            ("FP20000083", true),
            ("FP20000108", true),
            ("FP20000119", true),
            ("FP20000607", true),
            ("FP2000101A", true),
            ("FP20000051", false),
        ],
    );
    check(
        &rule(WeightedSum, 11, "05", &DOWN[..10], false, ("10", "A")),
        &[("BJ99518409", true), ("BJ99514805", true), ("BJ9951434A", true)],
    );
    check(
        &rule(WeightedSum, 10, "", &[0, 0, 9, 7, 1, 4, 6, 3, 2, 8, 0], true, ("10", "0")),
        &[("61100513680", true), ("61100513681", false)],
    );
    check(
        &rule(WeightedSum, 10, "", &[3, 7, 1, 3, 7, 1, 3, 7, 0], true, ("10", "0")),
        &[("774952620", true), ("123456780", true), ("100000007", true), ("100000008", false)],
    );
}

#[test]
fn library_cards_as_dynix_checks_them() {
    use CheckAlgorithm::Dynix;
    check(
        &rule(Dynix, 10, "", &[2, 0, 3, 0, 4, 0, 5, 0, 6], true, ("10", "Z")),
        &[("AB1234567", true), ("AB1234566", false)],
    );
    check(
        &rule(Dynix, 10, "", &DOWN[..10], true, ("10", "Z")),
        &[("963456138Z", true), ("9634561384", false)],
    );
    let luhn: Vec<u32> = (0..14).map(|at| if at % 2 == 0 { 2 } else { 0 }).collect();
    check(
        &rule(Dynix, 10, "", &luhn, true, ("10", "0")),
        &[("29876000123455", true), ("21376000234566", true), ("29876000123456", false)],
    );
}

/// The working of the examples to its end: what each reference's check character
/// must be, whatever it is.
#[test]
fn worked_examples_give_their_check_character() {
    use CheckAlgorithm::{Dynix, WeightedSum};
    let letters = [2, 0, 3, 0, 4, 0, 5, 0, 0, 0];
    let luhn: Vec<u32> = (0..14).map(|at| if at % 2 == 0 { 2 } else { 0 }).collect();
    for (rule, reference, check) in [
        // 981234562: 9x2 + 1x3 + 3x4 + 5x5 = 58, and 10 - 8.
        (rule(WeightedSum, 10, "98", &letters, true, ("10", "Z")), "AB1234566", "2"),
        // Letters add nothing and still use up their weights: 2x3 + 4x4 + 6x5 = 52.
        (
            rule(WeightedSum, 10, "", &[9, 9, 1, 3, 1, 4, 1, 5, 0], true, ("10", "Z")),
            "AB0204060",
            "8",
        ),
        // 240: nothing is left of it by 10, and 10 less nothing is 10.
        (rule(WeightedSum, 10, "", &DOWN, true, ("10", "Z")), "9634561384", "Z"),
        (rule(WeightedSum, 10, "", &DOWN, false, ("10", "Z")), "9634561381", "0"),
        // 1220000050: 44; then 43, 89 and 208, by 11.
        (rule(WeightedSum, 11, "12", &DOWN[..10], false, ("10", "A")), "FP20000051", "0"),
        (rule(WeightedSum, 11, "12", &DOWN[..10], false, ("10", "A")), "FP20000121", "A"),
        (rule(WeightedSum, 11, "12", &DOWN[..10], false, ("10", "A")), "FP20352090", "1"),
        (rule(WeightedSum, 11, "05", &DOWN[..10], false, ("10", "A")), "BJ99518400", "9"),
        (rule(WeightedSum, 11, "05", &DOWN[..10], false, ("10", "A")), "BJ99514340", "A"),
        // 120.
        (
            rule(WeightedSum, 10, "", &[0, 0, 9, 7, 1, 4, 6, 3, 2, 8, 0], true, ("10", "0")),
            "61100513681",
            "0",
        ),
        (
            rule(WeightedSum, 10, "", &[3, 7, 1, 3, 7, 1, 3, 7, 0], true, ("10", "0")),
            "100000000",
            "7",
        ),
        // 33, and 130.
        (rule(Dynix, 10, "", &[2, 0, 3, 0, 4, 0, 5, 0, 6], true, ("10", "Z")), "AB1234566", "7"),
        (rule(Dynix, 10, "", &DOWN[..10], true, ("10", "Z")), "9634561384", "Z"),
        (rule(Dynix, 10, "", &luhn, true, ("10", "0")), "29876000123450", "5"),
        (rule(Dynix, 10, "", &luhn, true, ("10", "0")), "21376000234560", "6"),
    ] {
        assert_eq!(rule.expected(reference).as_deref(), Some(check), "{rule:?} {reference}");
    }
}

/// Dynix always subtracts and knows no prefix, whatever else is set.
#[test]
fn dynix_heeds_neither_prefix_nor_subtraction() {
    for (prefix, subtract) in [("", true), ("", false), ("98", true), ("98", false)] {
        check(
            &rule(
                CheckAlgorithm::Dynix,
                10,
                prefix,
                &[2, 0, 3, 0, 4, 0, 5, 0, 6],
                subtract,
                ("10", "Z"),
            ),
            &[("AB1234567", true), ("AB1234566", false)],
        );
    }
}

#[test]
fn what_cannot_be_summed_never_holds() {
    let short = rule(CheckAlgorithm::WeightedSum, 10, "", &[1, 2], false, ("10", "0"));
    check(&short, &[("123", false)]);
    let none = rule(CheckAlgorithm::WeightedSum, 10, "", &[], false, ("10", "0"));
    check(&none, &[("0", false)]);
    let nought = rule(CheckAlgorithm::WeightedSum, 0, "", &[1], false, ("10", "0"));
    check(&nought, &[("0", false)]);
    // Two digits without a mapping can match no single character.
    let bare = rule(CheckAlgorithm::WeightedSum, 11, "", &[10, 0], false, ("11", "A"));
    check(&bare, &[("11", false), ("10", false)]);
}

use CheckAlgorithm::{Damm, Iso7064Mod11, Iso7064Mod97, Luhn, Verhoeff};

/// The published algorithms that check decimal digits.
const PUBLISHED: [CheckAlgorithm; 5] = [Iso7064Mod97, Iso7064Mod11, Luhn, Damm, Verhoeff];

/// What the standards and the algorithms' own papers give as examples.
#[test]
fn published_algorithms_give_their_published_results() {
    for (algorithm, whole, good) in [
        (Iso7064Mod97, "79444", true), // ISO 7064's own
        (Iso7064Mod97, "79445", false),
        (Iso7064Mod97, "213800WSGIIZCXF1P572", true), // an ISO 17442 identifier
        (Iso7064Mod97, "WEST12345698765432GB82", true), // an IBAN, its country last
        (Iso7064Mod97, "WEST12345698765432GB83", false),
        (Iso7064Mod11, "07945", true), // ISO 7064's own
        (Iso7064Mod11, "07944", false),
        (Iso7064Mod11, "86095742719", true), // a German tax number
        (Iso7064Mod11, "69435151530", true), // a Croatian personal number
        (Luhn, "79927398713", true),
        (Luhn, "79927398710", false),
        (Luhn, "17893729974", true),
        (Luhn, "4242424242424242", true),
        (Damm, "5724", true),
        (Damm, "5727", false),
        (Verhoeff, "2363", true),
        (Verhoeff, "123451", true),
        (Verhoeff, "1428570", true),
        (Verhoeff, "84736430954837284567892", true),
        (Verhoeff, "84736430954837284567891", false),
    ] {
        let check = &whole[whole.len() - algorithm.characters()..];
        assert_eq!(
            CheckDigit::published(algorithm).hold(whole, check),
            good,
            "{algorithm:?} {whole}"
        );
    }
}

#[test]
fn a_reference_that_is_nothing_but_its_check_digit_has_none() {
    for algorithm in PUBLISHED {
        let rule = CheckDigit::published(algorithm);
        for text in ["", "1", "12"].iter().filter(|text| text.len() <= algorithm.characters()) {
            assert_eq!(rule.expected(text), None, "{algorithm:?} {text}");
        }
    }
}

/// With what its check characters are at their end.
fn whole(algorithm: CheckAlgorithm, body: &str) -> String {
    let blank = "0".repeat(algorithm.characters());
    let check = CheckDigit::published(algorithm).expected(&format!("{body}{blank}")).unwrap();
    format!("{body}{check}")
}

fn holds(algorithm: CheckAlgorithm, whole: &str) -> bool {
    let check = &whole[whole.len() - algorithm.characters()..];
    CheckDigit::published(algorithm).hold(whole, check)
}

/// How many swaps of two unlike neighbours there are in four digits with their
/// check digits, and between which digits those are that go unnoticed.
fn unnoticed_swaps(algorithm: CheckAlgorithm) -> (usize, Vec<String>) {
    let (mut tried, mut unnoticed) = (0, Vec::new());
    for body in 0..10_000 {
        let whole = whole(algorithm, &format!("{body:04}"));
        for at in 0..whole.len() - 1 {
            let mut swapped: Vec<u8> = whole.bytes().collect();
            swapped.swap(at, at + 1);
            let swapped = String::from_utf8(swapped).unwrap();
            tried += usize::from(swapped != whole);
            if swapped != whole && holds(algorithm, &swapped) {
                let mut pair: Vec<_> = whole[at..at + 2].chars().collect();
                pair.sort_unstable();
                unnoticed.push(pair.into_iter().collect());
            }
        }
    }
    (tried, unnoticed)
}

#[test]
fn swapped_neighbours_are_noticed_as_each_algorithm_promises() {
    for algorithm in [Iso7064Mod97, Damm, Verhoeff] {
        assert_eq!(unnoticed_swaps(algorithm).1, [""; 0], "{algorithm:?}");
    }
    let (_, luhn) = unnoticed_swaps(Luhn);
    assert!(!luhn.is_empty() && luhn.iter().all(|pair| pair == "09"), "{luhn:?}");
    // The hybrid system misses a few: fewer than one swap in forty.
    let (tried, missed) = unnoticed_swaps(Iso7064Mod11);
    assert!(!missed.is_empty() && missed.len() * 40 < tried, "{} of {tried}", missed.len());
}

proptest! {
    /// One wrong digit is always noticed by what was made to notice it.
    #[test]
    fn a_single_wrong_digit_is_noticed(body in "[0-9]{1,20}", at in any::<prop::sample::Index>(), add in 1_u8..10) {
        for algorithm in PUBLISHED {
            let mut wrong: Vec<u8> = whole(algorithm, &body).into_bytes();
            prop_assert!(holds(algorithm, &whole(algorithm, &body)));
            let at = at.index(wrong.len());
            wrong[at] = (wrong[at] - b'0' + add) % 10 + b'0';
            prop_assert!(!holds(algorithm, &String::from_utf8(wrong).unwrap()), "{:?}", algorithm);
        }
    }

    /// Exactly one check character holds for a body; for a result of two digits
    /// that nothing is written for, none.
    #[test]
    fn exactly_one_check_character_holds(
        body in "[A-Z0-9]{1,9}",
        weights in prop::collection::vec(0_u32..10, 10),
        modulus in 2_u32..=11,
        subtract in any::<bool>(),
        dynix in any::<bool>(),
        written in prop::option::of("[A-Z]"),
    ) {
        let mut weights = weights;
        weights[body.len()] = 0;
        let algorithm = if dynix { CheckAlgorithm::Dynix } else { CheckAlgorithm::WeightedSum };
        let results: BTreeMap<String, String> = match &written {
            Some(letter) => ["10", "11"].map(|from| (from.to_owned(), letter.clone())).into(),
            None => BTreeMap::new(),
        };
        let rule = CheckDigit { algorithm, modulus, prefix: String::new(), weights, results, subtract };
        let checks = ('0'..='9').chain('A'..='Z').map(String::from);
        let good = checks.filter(|check| rule.hold(&format!("{body}{check}"), check)).count();
        let result = rule.expected(&format!("{body}0")).unwrap();
        prop_assert_eq!(good, usize::from(result.len() == 1), "{}", result);
    }

    /// A modulus of 11 with weights that differ, none of them nought, notices
    /// every single wrong digit.
    #[test]
    fn a_weighted_sum_over_eleven_notices_a_wrong_digit(body in "[0-9]{9}", at in 0_usize..9, add in 1_u8..10) {
        let rule = rule(CheckAlgorithm::WeightedSum, 11, "", &[10, 9, 8, 7, 6, 5, 4, 3, 2, 0], true, ("11", "0"));
        let mut wrong = body.clone().into_bytes();
        wrong[at] = (wrong[at] - b'0' + add) % 10 + b'0';
        let wrong = String::from_utf8(wrong).unwrap();
        prop_assert_ne!(rule.expected(&format!("{body}0")), rule.expected(&format!("{wrong}0")));
    }
}
