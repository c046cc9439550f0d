use crate::{Council, Funds};

const COUNCIL: &str = r##"
code = "T"
name = "T"
[[fund]]
code = "CT"
name = "Council tax"
[fund.reference]
min_length = 9
max_length = 9
characters = "numeric"
mask = '########@'
check_digit = { algorithm = "weighted-sum", modulus = 10, weights = [3, 7, 1, 3, 7, 1, 3, 7, 0], subtract = true, results = { 10 = "0" } }
[[fund]]
code = "PK"
name = "Parking"
[fund.reference]
min_length = 10
max_length = 10
mask = 'FP#######@'
check_digit = { algorithm = "weighted-sum", modulus = 11, prefix = "12", weights = [9,8,7,6,5,4,3,2,1,0], results = { 10 = "A" } }
[[fund]]
code = "HR"
name = "Rents"
[fund.reference]
min_length = 9
max_length = 9
mask = 'R/####/##'
[[fund]]
code = "AN"
name = "Anything"
"##;

fn slips(fund: &str, given: &str, meant: &str) -> Option<String> {
    let council: Council = toml::from_str(COUNCIL).unwrap();
    let funds = Funds::of(&council).unwrap();
    let found = funds.meant(fund, given, 5_000);
    found.iter().find(|found| found.place.reference.as_str() == meant).map(super::Meant::in_words)
}

#[test]
fn every_kind_of_slip_is_undone_and_named() {
    for (fund, given, meant, says) in [
        ("CT", "5012 3468 9", "501234689", "spaces and dashes aside"),
        ("CT", "SOI234689", "501234689", "letters read for digits"),
        ("CT", "5O1234689", "501234689", "O read for 0 at character 2"),
        ("CT", "50I234689", "501234689", "I read for 1 at character 3"),
        ("CT", "S01234689", "501234689", "S read for 5 at character 1"),
        ("CT", "051234689", "501234689", "characters 1 and 2 swapped"),
        ("CT", "5012734689", "501234689", "character 5 too many"),
        ("CT", "50123468", "501234689", "9 missing as character 9"),
        ("CT", "501294689", "501234689", "3 as character 5"),
        ("CT", "5501234689", "501234689", "character 1 doubled or not"),
        ("CT", "12345672", "012345672", "a leading 0 lost"),
        ("CT", "1234561", "001234561", "2 leading 0s lost"),
        ("CT", "468950123", "501234689", "the halves swapped"),
        ("CT", "FP501234689", "501234689", "the prefix of another fund"),
        ("CT", "501294689 ", "501234689", "3 as character 5"),
        ("PK", "FP2OOOOO61", "FP20000061", "letters read for digits"),
        ("PK", "fp20000071", "FP20000061", "6 as character 9"),
        ("PK", "20000061", "FP20000061", "the prefix of another fund"),
        ("HR", "R123456", "R/1234/56", "spaces and dashes aside"),
    ] {
        assert_eq!(slips(fund, given, meant).as_deref(), Some(says), "{given}");
    }
}

#[test]
fn two_slips_are_undone_and_three_are_not() {
    for (given, is_found) in
        [("105234689", true), ("501294698", true), ("502294698", false), ("5O12946B9", true)]
    {
        assert_eq!(slips("CT", given, "501234689").is_some(), is_found, "{given}");
    }
}

#[test]
fn the_likelier_comes_first_and_no_more_than_asked_for() {
    let council: Council = toml::from_str(COUNCIL).unwrap();
    let funds = Funds::of(&council).unwrap();
    let found = funds.meant("CT", "SOI234689", 10);
    assert_eq!(found[0].place.reference.as_str(), "501234689");
    let found = funds.meant("CT", "501234680", 10);
    assert_eq!(found.len(), 10);
    assert!(found.is_sorted_by_key(|found| found.cost));
    let all = funds.meant("CT", "501234680", 100_000);
    let mut references: Vec<_> = all.iter().map(|found| &found.place.reference).collect();
    references.sort();
    references.dedup();
    assert_eq!(references.len(), all.len());
    assert!(all.iter().all(|found| found.slips.len() == 1 || found.slips.len() == 2));
    for nothing in ["", " ", &"1".repeat(41)] {
        assert_eq!(funds.meant("CT", nothing, 10), []);
    }
    assert_eq!(funds.meant("XX", "501234689", 10), []);
    assert!(
        funds
            .meant("CT", "501234689", 5_000)
            .iter()
            .all(|found| { found.place.reference.as_str() != "501234689" })
    );
}

#[test]
fn a_long_reference_is_searched_in_bounds() {
    let council: Council = toml::from_str(COUNCIL).unwrap();
    let funds = Funds::of(&council).unwrap();
    assert!(!funds.meant("AN", &"A1".repeat(18), 10).is_empty());
}
