use super::*;

fn refusal(rule: &ReferenceRule, text: &str) -> String {
    match rule.reader().unwrap().parse(text) {
        Ok(_) => "ok".to_owned(),
        Err(error) => error.to_string(),
    }
}

/// Whether a class takes a text. Blanks, spaces and signs beside each class.
#[test]
fn classes_of_characters() {
    use Characters::*;
    let texts = [
        "", " ", "AB", "ab", "12", "A1", "A B", "1 2", " AB", "AB ", "12 ", "A/1", "A-1", "1/2",
        "1-2", "\u{e9}",
    ];
    for (class, takes) in [
        (Alpha, vec!["AB", "ab"]),
        (AlphaSpace, vec![" ", "AB", "ab", "A B", " AB", "AB "]),
        (Numeric, vec!["12"]),
        (NumericSpace, vec![" ", "12", "1 2", "12 "]),
        (AlphaNumeric, vec!["AB", "ab", "12", "A1"]),
        (AlphaNumericSpace, vec![" ", "AB", "ab", "12", "A1", "A B", "1 2", " AB", "AB ", "12 "]),
    ] {
        let taken: Vec<_> = texts.into_iter().filter(|text| class.accepts(text)).collect();
        assert_eq!(taken, takes, "{class:?}");
        // A reference is never blank, whatever its class; spaces around it are left off.
        let rule = ReferenceRule { characters: Some(class), max_length: 10, ..Default::default() };
        for blank in ["", " ", "     "] {
            assert_eq!(refusal(&rule, blank), "the reference is blank", "{class:?}");
        }
        assert_eq!(refusal(&rule, " AB ") == "ok", class.accepts("AB"), "{class:?}");
    }
}

/// Lengths 1 to 5, and 2 to 5.
#[test]
fn lengths_are_inclusive() {
    for (min, text, good) in [
        (1, "", false),
        (1, " ", false),
        (1, "     ", false),
        (1, "1", true),
        (1, "12", true),
        (1, "123", true),
        (1, "1234", true),
        (1, "12345", true),
        (1, "123456", false),
        (2, "1", false),
        (2, "12", true),
        // In capitals these are six characters, and that is how they would be kept.
        (1, "\u{df}\u{df}\u{df}", false),
    ] {
        let rule = ReferenceRule { min_length: min, max_length: 5, ..Default::default() };
        assert_eq!(refusal(&rule, text) == "ok", good, "{min} to 5: `{text}`");
    }
}

#[test]
fn an_anchored_pattern_holds_the_whole() {
    let rule =
        ReferenceRule { regex: Some("^AB[0-9]{5}[0-9YZ]$".to_owned()), ..ReferenceRule::default() };
    for (text, good) in
        [("AB123456", true), ("AB12345Y", true), ("AB12345C", false), ("AB12345", false)]
    {
        assert_eq!(rule.reader().unwrap().parse(text).is_ok(), good, "{text}");
    }
}

#[test]
fn says_what_would_be_right() {
    let rule = ReferenceRule {
        min_length: 6,
        max_length: 9,
        characters: Some(Characters::Numeric),
        ..ReferenceRule::default()
    };
    for (text, says) in [
        ("", "the reference is blank"),
        ("12345", "`12345` has 5 characters, this fund's references have 6 to 9"),
        ("12345A", "`12345A` may have only digits"),
    ] {
        assert_eq!(refusal(&rule, text), says);
    }
}

#[test]
fn no_pattern_passes_and_a_pattern_is_read_as_given() {
    let rule = |regex: Option<&str>| ReferenceRule {
        regex: regex.map(str::to_owned),
        ..Default::default()
    };
    assert_eq!(refusal(&rule(None), "anything at all"), "ok");
    assert_eq!(refusal(&rule(Some("")), "anything at all"), "ok");
    // Found anywhere, in the letters as they were given.
    assert_eq!(refusal(&rule(Some("[0-9]{2}")), "x12x"), "ok");
    assert_eq!(refusal(&rule(Some("^ab")), "ab1"), "ok");
    assert_eq!(
        refusal(&rule(Some("^ab")), "AB1"),
        "`AB1` does not look like this fund's references (`^ab`)"
    );
}

/// What a rule says of itself; each line of the demo data of LocalGov IMS that
/// could never validate is among them.
#[test]
fn a_rule_that_contradicts_itself_says_how() {
    let weighted =
        r#"{ algorithm = "weighted-sum", modulus = 10, weights = [3, 2, 0], subtract = true }"#;
    for (rule, says) in [
        (
            "min_length = 9\nmax_length = 3",
            "the lengths 9 to 3 allow nothing; the longest reference has 36 characters",
        ),
        (
            "max_length = 37",
            "the lengths 0 to 37 allow nothing; the longest reference has 36 characters",
        ),
        (
            "mask = '##@'",
            "the mask `##@` has a check digit (`@`), but no check_digit says how it is worked out",
        ),
        (
            "mask = '###'\ncharacters = 'alpha'",
            "the mask `###` cannot be met: `#` is not among letters",
        ),
        (
            "mask = 'A/#'\ncharacters = 'alpha-numeric'",
            "the mask `A/#` cannot be met: `/` is not among letters and digits",
        ),
        (
            "mask = '$$#'\ncharacters = 'numeric-space'",
            "the mask `$$#` cannot be met: `$` is not among digits and spaces",
        ),
        (
            "mask = '###'\nmin_length = 4",
            "the mask `###` cannot be met: references have at least 4 characters",
        ),
        (
            "mask = '###'\nmax_length = 2",
            "the mask `###` cannot be met: references have at most 2 characters",
        ),
        (
            "mask = 'bj##'",
            "the mask `bj##` cannot be met: `b` is a small letter, but references are compared in capitals",
        ),
        (
            &format!("mask = '###'\ncheck_digit = {weighted}"),
            "the check digit does not work: no mask says with `@` where it stands, so it would never be checked",
        ),
        (
            &format!("mask = '#@@'\nmin_length = 3\ncheck_digit = {weighted}"),
            "the check digit does not work: the mask `#@@` has 2 `@`, the algorithm has 1",
        ),
        (
            &format!("mask = '##@'\nmin_length = 2\ncheck_digit = {weighted}"),
            "the check digit does not work: it is character 3, but references may have 2; make min_length 3 or more",
        ),
        (
            &format!("mask = '###@'\nmin_length = 4\ncheck_digit = {weighted}"),
            "the check digit does not work: it has 3 weights, but character 4 may be a digit",
        ),
        (
            &format!("mask = '#@#'\nmin_length = 3\ncheck_digit = {weighted}"),
            "the check digit does not work: it is character 2 and counts itself; its weight must be 0",
        ),
        (
            "mask = '##@'\nmin_length = 3\ncharacters = 'numeric'\ncheck_digit = { algorithm = 'weighted-sum', modulus = 11, weights = [3, 2, 0], results = { 10 = 'X' } }",
            "the check digit does not work: it can be `X`, which is not among digits",
        ),
        (
            "mask = '$$@'\nmin_length = 3\ncharacters = 'alpha'\ncheck_digit = { algorithm = 'luhn' }",
            "the check digit does not work: it can be `0`, which is not among letters",
        ),
        (
            "mask = '##@'\nmin_length = 3\ncheck_digit = { algorithm = 'weighted-sum', modulus = 10, weights = [3, 2, 0], results = { 10 = '0' } }",
            "the check digit does not work: no result is ever `10`",
        ),
        (
            "mask = '##@'\nmin_length = 3\ncheck_digit = { algorithm = 'weighted-sum', modulus = 11, weights = [3, 2, 0], results = { 10 = 'x' } }",
            "the check digit does not work: `10` is written `x`; write one character, a letter as a capital",
        ),
        (
            "mask = '##@'\nmin_length = 3\ncheck_digit = { algorithm = 'weighted-sum', weights = [3, 2, 0] }",
            "the check digit does not work: the modulus must be 2 or more",
        ),
        (
            "mask = '##@'\nmin_length = 3\ncheck_digit = { algorithm = 'dynix', modulus = 10 }",
            "the check digit does not work: it has no weights",
        ),
        (
            "mask = '##@'\nmin_length = 3\ncheck_digit = { algorithm = 'weighted-sum', modulus = 10, prefix = '1234', weights = [3, 2, 0] }",
            "the check digit does not work: its prefix `1234` is longer than the mask `##@`",
        ),
        (
            "mask = '##@'\nmin_length = 3\ncheck_digit = { algorithm = 'damm', modulus = 10 }",
            "the check digit does not work: this algorithm has figures of its own: leave modulus, weights, prefix, results and subtract out",
        ),
        (
            "mask = '#@#'\nmin_length = 3\ncheck_digit = { algorithm = 'verhoeff' }",
            "the check digit does not work: this algorithm's stands at the end, but the mask is `#@#`",
        ),
        (
            "mask = '###@'\nmin_length = 4\ncheck_digit = { algorithm = 'iso7064-mod97' }",
            "the check digit does not work: the mask `###@` has 1 `@`, the algorithm has 2",
        ),
        ("regex = '('", "the pattern `(` does not read: "),
        (
            "regex = '^AB[0-9]{5}$'\nmask = 'AC#####'",
            "the pattern `^AB[0-9]{5}$` cannot be met: no reference of these lengths, characters and mask has it",
        ),
        (
            "regex = '^AB[0-9]{5}$'\nmax_length = 6",
            "the pattern `^AB[0-9]{5}$` cannot be met: no reference of these lengths, characters and mask has it",
        ),
        (
            "regex = '[A-Z]'\ncharacters = 'numeric'",
            "the pattern `[A-Z]` cannot be met: no reference of these lengths, characters and mask has it",
        ),
    ] {
        let read: ReferenceRule = toml::from_str(rule).unwrap();
        let why = read.reader().map(drop).unwrap_err().to_string();
        assert!(why.starts_with(says) && (why == says || says.ends_with(": ")), "{rule}\n{why}");
    }
}

/// Rules that look odd and are not.
#[test]
fn what_some_reference_meets_is_no_contradiction() {
    for (rule, meets) in [
        ("mask = '?##'\ncharacters = 'alpha-numeric'", "A12"),
        ("mask = '***'\ncharacters = 'numeric'", "123"),
        ("mask = '******************************'", "A/1-2 3"),
        ("mask = 'PP-##'", "pp-12"),
        ("mask = 'AB######'\nregex = '^ab[0-9]+$'", "ab123456"),
        ("mask = '########'\nregex = '^(7|8)[0-9]*$'", "81234567"),
        ("mask = '$$'\nregex = '^[^A-Z]+$'", "\u{e9}\u{e9}"),
        (
            "mask = '##@##'\nmin_length = 3\ncheck_digit = { algorithm = 'weighted-sum', modulus = 10, weights = [1, 1, 0, 0, 0] }",
            "123",
        ),
        (
            "mask = '##@'\nmin_length = 3\ncharacters = 'alpha-numeric'\ncheck_digit = { algorithm = 'weighted-sum', modulus = 11, weights = [3, 2, 0], results = { 10 = 'X' } }",
            "22X",
        ),
        (
            "mask = '$$#######@'\nmin_length = 10\ncheck_digit = { algorithm = 'luhn' }",
            "PK12345674",
        ),
        (
            "mask = '###@@'\nmin_length = 5\ncharacters = 'numeric'\ncheck_digit = { algorithm = 'iso7064-mod97' }",
            "79444",
        ),
    ] {
        let read: ReferenceRule = toml::from_str(rule).unwrap();
        assert_eq!(refusal(&read, meets), "ok", "{rule}");
    }
}
