use super::*;

const COUNCIL: &str = r##"
code = "T"
name = "T"
[[channel]]
code = "till"
name = "Till"
[[method]]
code = "CASH"
name = "Cash"
kind = "cash"
channel = "till"
[[method]]
code = "MID"
name = "Between"
kind = "cash"
channel = "till"
min_pence = 9799
max_pence = 9899
[[method]]
code = "BACK"
name = "Taken back"
kind = "reversal"
channel = "till"
min_pence = -5000
max_pence = -1
[[fund]]
code = "FREE"
name = "No rule, no limit"
[[fund]]
code = "MAX"
name = "No rule, a limit"
max_pence = 9999
[[fund]]
code = "LEN"
name = "Lengths"
reference = { min_length = 1, max_length = 5 }
[[fund]]
code = "TWO"
name = "Lengths"
reference = { min_length = 2, max_length = 5 }
[[fund]]
code = "CT"
name = "Exists, and has a mask"
must_exist = true
reference = { min_length = 3, max_length = 3, mask = "A##" }
[[fund]]
code = "ANYHOLDER"
name = "Exists, no rule"
must_exist = true
max_pence = 100
[[fund]]
code = "OLD"
name = "Closed"
disabled = true
[[stop]]
code = "BAIL"
message = "with the bailiffs; ring 1234"
[[stop]]
code = "REFER"
message = "accept payment but refer"
staff = "warn"
post = "allow"
[[stop]]
code = "REFER"
fund = "FREE"
message = "leisure says no"
[[stop]]
code = "ELSE"
fund = "LEN"
message = "another fund's"
"##;

fn council() -> Council {
    let council: Council = toml::from_str(COUNCIL).unwrap();
    assert_eq!(council.faults(), []);
    council
}

const CLAIM: Claim<'_> = Claim {
    fund: "FREE",
    reference: "R1",
    amount: None,
    method: None,
    through: Through::Staff,
    account: None,
    stops: Stops::Heeded,
};

/// What the chain says, `ok`, or the warning that comes with it.
fn said(claim: &Claim<'_>) -> String {
    let council = council();
    let funds = Funds::of(&council).unwrap();
    match validate(&council, &funds, claim) {
        Ok(accepted) => accepted.warning.unwrap_or_else(|| "ok".to_owned()),
        Err(invalid) => invalid.to_string(),
    }
}

fn amounts(fund: &str, method: Option<&str>, pounds: &str) -> String {
    let council = council();
    let method = method.map(|code| {
        council.method.iter().find(|method| method.code.as_str() == code).unwrap().clone()
    });
    match pounds.parse() {
        Err(bad) => format!("{bad}"),
        Ok(amount) => said(&Claim { fund, amount: Some(amount), method: method.as_ref(), ..CLAIM }),
    }
}

/// The amount vectors: limits are inclusive; no method, no method's limits; a
/// fraction of a penny is no amount at all. W13: a fund without a reference
/// rule has limits all the same.
#[test]
fn amounts_against_fund_and_method() {
    let fraction = |text: &str| format!("`{text}` has a fraction of a penny");
    for (fund, method, pounds, says) in [
        ("MAX", None, "99.99", "ok".to_owned()),
        ("MAX", None, "100", "100.00 is more than fund MAX takes at once (99.99)".to_owned()),
        ("MAX", None, "99.999", fraction("99.999")),
        ("FREE", None, "1000000", "ok".to_owned()),
        ("FREE", Some("MID"), "97.99", "ok".to_owned()),
        ("FREE", Some("MID"), "98.98", "ok".to_owned()),
        ("FREE", Some("MID"), "98", "ok".to_owned()),
        ("FREE", Some("MID"), "98.99", "ok".to_owned()),
        ("FREE", Some("MID"), "97.999", fraction("97.999")),
        (
            "FREE",
            Some("MID"),
            "97.98",
            "97.98 is less than is taken by MID (97.99 or more)".to_owned(),
        ),
        (
            "FREE",
            Some("MID"),
            "99.00",
            "99.00 is more than is taken by MID at once (98.99)".to_owned(),
        ),
        ("FREE", Some("CASH"), "0.01", "ok".to_owned()),
        ("FREE", Some("CASH"), "0", "an amount of nothing cannot be taken".to_owned()),
        (
            "FREE",
            Some("CASH"),
            "-0.01",
            "-0.01 is less than is taken by CASH (0.01 or more)".to_owned(),
        ),
        ("FREE", Some("BACK"), "-50.00", "ok".to_owned()),
        (
            "FREE",
            Some("BACK"),
            "-50.01",
            "-50.01 is less than is taken by BACK (-50.00 or more)".to_owned(),
        ),
        (
            "FREE",
            Some("BACK"),
            "0.01",
            "0.01 is more than is taken by BACK at once (-0.01)".to_owned(),
        ),
        (
            "ANYHOLDER",
            None,
            "1.01",
            "1.01 is more than fund ANYHOLDER takes at once (1.00)".to_owned(),
        ),
    ] {
        assert_eq!(amounts(fund, method, pounds), says, "{fund} {method:?} {pounds}");
    }
}

/// The fund comes first, then amounts, then the reference, then the holder.
#[test]
fn the_first_check_that_fails_is_named() {
    let none = Some(Pence::ZERO);
    for (fund, reference, amount, says) in [
        ("XX", "", none, "fund `XX` is not configured"),
        ("OLD", "", none, "nothing is taken for fund OLD any more"),
        ("CT", "", none, "an amount of nothing cannot be taken"),
        ("CT", "", None, "the reference is blank (fund CT)"),
        ("CT", "A1", None, "`A1` has 2 characters, this fund's references have 3 (fund CT)"),
        ("CT", "B11", None, "`B11` should look like `A##`, but differs at character 1 (fund CT)"),
        ("CT", "a11", None, "no account holder of fund CT has `A11`"),
        ("ANYHOLDER", "x", None, "no account holder of fund ANYHOLDER has `X`"),
        ("ANYHOLDER", " ", None, "the reference is blank (fund ANYHOLDER)"),
    ] {
        assert_eq!(said(&Claim { fund, reference, amount, ..CLAIM }), says, "{fund} {reference}");
    }
}

/// Mask and holder both: an account that exists under a reference the mask
/// refuses is refused.
#[test]
fn a_fund_that_asks_for_a_holder_still_asks_for_its_mask() {
    let account = Some(KnownAccount { stop: None });
    for (reference, says) in [
        ("A11", "ok"),
        ("A1X", "`A1X` should look like `A##`, but differs at character 3 (fund CT)"),
    ] {
        assert_eq!(said(&Claim { fund: "CT", reference, account, ..CLAIM }), says);
    }
}

#[test]
fn lengths() {
    for (fund, reference, good) in [
        ("LEN", "", false),
        ("LEN", " ", false),
        ("LEN", "     ", false),
        ("LEN", "1", true),
        ("LEN", "12", true),
        ("LEN", "123", true),
        ("LEN", "1234", true),
        ("LEN", "12345", true),
        ("LEN", "123456", false),
        ("TWO", "1", false),
        ("TWO", "12", true),
    ] {
        let says = said(&Claim { fund, reference, ..CLAIM });
        assert_eq!(says == "ok", good, "{fund} `{reference}`: {says}");
    }
}

/// The classes of characters and the mask, one character at a time, through the
/// whole chain.
#[test]
fn classes_and_masks() {
    for (rule, good, bad) in [
        (r#"characters = "alpha""#, "A z Ab", "1 A1 / - A-B A/B |A B"),
        (r#"characters = "alpha-space""#, "A z |A B", "1 A1 / -"),
        (r#"characters = "numeric""#, "0 9 42", "A 1A / - 1-2 |1 2"),
        (r#"characters = "numeric-space""#, "0 42 |4 2", "A 1A / -"),
        (r#"characters = "alpha-numeric""#, "A 1 a1", "/ - A/1 A-1 |A 1"),
        (r#"characters = "alpha-numeric-space""#, "A 1 |A 1", "/ - A/1"),
        (r#"mask = "$""#, "A a", "1 # |A A"),
        (r##"mask = "#""##, "1 0", "A #"),
        (r#"mask = "?""#, "A a 1", "# / -"),
        (r#"mask = "*""#, "A a 1 / -", "# $ % ^ ."),
        (r#"mask = "A""#, "A a", "B 1"),
        (r#"mask = "1""#, "1", "2 A"),
        (r#"regex = "^AB[0-9]{5}[0-9YZ]$""#, "AB123456 AB12345Y", "AB12345C AB12345 ab123456"),
        (r#"regex = "B1""#, "B1 AB12", "b1 B2"),
    ] {
        let text = format!(
            "code = \"T\"\nname = \"T\"\n[[fund]]\ncode = \"F\"\nname = \"F\"\nreference = {{ {rule} }}\n"
        );
        let council: Council = toml::from_str(&text).unwrap();
        let funds = Funds::of(&council).unwrap();
        for (list, wanted) in [(good, true), (bad, false)] {
            // After `|` comes one reference with a space in it.
            let (words, spaced) = list.split_once('|').unwrap_or((list, ""));
            let each = words.split_whitespace().chain((!spaced.is_empty()).then_some(spaced));
            for reference in each {
                let came = validate(&council, &funds, &Claim { fund: "F", reference, ..CLAIM });
                assert_eq!(came.is_ok(), wanted, "{rule} `{reference}`: {came:?}");
            }
        }
    }
}

/// R-VAL-5 mended: a stop says for each channel whether it blocks; one that
/// only warns does not block; one nobody configured blocks.
#[test]
fn stops_by_channel() {
    use Through::{Phone, Portal, Post, Staff};
    let refer = "accept payment but refer";
    for (fund, stop, through, stops, says) in [
        ("CT", "BAIL", Staff, Stops::Heeded, "CT A11 is on stop: with the bailiffs; ring 1234"),
        ("CT", "BAIL", Portal, Stops::Heeded, "CT A11 is on stop: with the bailiffs; ring 1234"),
        ("CT", "BAIL", Staff, Stops::Overridden, "with the bailiffs; ring 1234"),
        ("CT", "BAIL", Phone, Stops::Overridden, "with the bailiffs; ring 1234"),
        (
            "CT",
            "BAIL",
            Portal,
            Stops::Overridden,
            "CT A11 is on stop: with the bailiffs; ring 1234",
        ),
        ("CT", "REFER", Staff, Stops::Heeded, refer),
        ("CT", "REFER", Post, Stops::Heeded, "ok"),
        ("CT", "REFER", Phone, Stops::Heeded, "CT A11 is on stop: accept payment but refer"),
        ("FREE", "REFER", Staff, Stops::Heeded, "FREE A11 is on stop: leisure says no"),
        (
            "CT",
            "ELSE",
            Post,
            Stops::Heeded,
            "CT A11 is on stop: stop `ELSE`, which the configuration does not know",
        ),
        (
            "CT",
            "ELSE",
            Post,
            Stops::Overridden,
            "stop `ELSE`, which the configuration does not know",
        ),
        ("CT", "", Staff, Stops::Heeded, "ok"),
    ] {
        let account = Some(KnownAccount { stop: Some(stop) });
        let claim = Claim { fund, reference: "A11", account, through, stops, ..CLAIM };
        assert_eq!(said(&claim), says, "{fund} {stop} {through:?} {stops:?}");
    }
}

/// W21: the same claim says the same, whatever was asked before.
#[test]
fn nothing_is_remembered_between_two_claims() {
    let over = || amounts("MAX", Some("MID"), "98.50");
    let first = over();
    amounts("MAX", Some("CASH"), "1");
    amounts("FREE", Some("BACK"), "-1");
    assert_eq!(over(), first);
    assert_eq!(amounts("MAX", None, "1"), "ok");
}

/// Whatever a fund's rule says: no reference is a card's number, and the refusal
/// does not say it again.
#[test]
fn a_card_number_is_no_reference() {
    for reference in ["4111111111111111", "4111 1111 1111 1111", "5555-5555-5555-4444"] {
        let why = said(&Claim { reference, ..CLAIM });
        assert_eq!(why, "the reference looks like a card number: never write one (fund FREE)");
    }
    // Right by the same check, but nobody issues such a card.
    assert_eq!(said(&Claim { reference: "9876543210123452", ..CLAIM }), "ok");
}
