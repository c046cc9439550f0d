use super::*;

/// A few rules, enough for the published test cases named below. The table that
/// is in force is the operator's to load.
const WEIGHTS: &str = "\
070116 070116 MOD11    0    0    7    6    5    8    9    4    5    6    7    8    9   -1  12
070116 070116 MOD10    0    3    2    4    5    8    9    4    5    6    7    8    9   -1  13
074456 074456 MOD11    0    0    7    6    5    8    9    4    5    6    7    8    9   -1  12
074456 074456 MOD10    0    3    2    4    5    8    9    4    5    6    7    8    9   -1  13
086090 086090 MOD10    0    0    0    1    0    1    7    1    3    7    1    3    7    1   8
089000 089999 MOD10    0    0    0    0    0    0    7    1    3    7    1    3    7    1
107999 107999 MOD11    0    0    0    0    0    0    8    7    6    5    4    3    2    1
118765 118765 DBLAL    0    0    2    1    2    1    2    1    2    1    2    1    2    1   1
134020 134020 MOD11    0    0    0    7    5    9    8    4    6    3    5    2    0    0   4
180002 180002 MOD11    0    0    0    0    0    0    8    7    6    5    4    3    2    1  14
200915 200915 MOD11    0    0    0    0    0    0    0    7    6    5    4    3    2    1   6
200915 200915 DBLAL    2    1    2    1    2    1    2    1    2    1    2    1    2    1   6
202959 203099 MOD11    0    0    0    0    0    0    0    7    6    5    4    3    2    1
202959 203099 DBLAL    2    1    2    1    2    1    2    1    2    1    2    1    2    1
772798 772798 MOD11    0    0    1    2    5    3    6    4    8    7   10    9    3    1   7
938000 938696 MOD11    7    6    5    4    3    2    7    6    5    4    3    2    0    0   5
938000 938696 DBLAL    2    1    2    1    2    1    2    1    2    1    2    1    2    0   5
";

const SUBSTITUTES: &str = "938600 938611\n";

fn table() -> WeightTable {
    let (mut table, verdict) = WeightTable::read(&mut WEIGHTS.as_bytes());
    assert_eq!(verdict.faults, []);
    assert_eq!(table.substitute(&mut SUBSTITUTES.as_bytes()).faults, []);
    table
}

#[test]
fn published_cases_come_out_as_published() {
    use Checked::{ForeignCurrency, Invalid, Valid};
    let table = table();
    let mut wrong = Vec::new();
    for (sort_code, account, wanted) in [
        ("089999", "66374958", Valid),
        ("107999", "88837491", Valid),
        ("202959", "63748472", Valid),
        ("134020", "63849203", Valid),
        ("118765", "64371389", Valid),
        ("200915", "41011166", ForeignCurrency),
        ("938611", "07806039", Valid),
        ("938600", "42368003", Valid),
        ("938063", "55065200", Valid),
        ("772798", "99345694", Valid),
        ("086090", "06774744", Valid),
        ("938063", "15764273", Invalid),
        ("938063", "15764264", Invalid),
        ("938063", "15763217", Invalid),
        ("118765", "64371388", Invalid),
        ("203099", "66831036", Invalid),
        ("203099", "58716970", Invalid),
        ("089999", "66374959", Invalid),
        ("107999", "88837493", Invalid),
        ("074456", "12345112", Valid),
        ("070116", "34012583", Valid),
        ("074456", "11104102", Valid),
        ("180002", "00000190", Valid),
        ("999999", "12345678", Checked::NotListed),
    ] {
        let found = table.check(sort_code, account).unwrap();
        if found != wanted {
            wrong.push(format!("{sort_code} {account}: {found:?}, not {wanted:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A rule of one range: the method, the weights that are not 0 by their letters,
/// and the exception.
fn rule(method: &str, weights: &[(char, i32)], exception: u8) -> String {
    let weight = |letter| weights.iter().find(|(of, _)| *of == letter).map_or(0, |(_, w)| *w);
    let all: Vec<String> = "uvwxyzabcdefgh".chars().map(|c| weight(c).to_string()).collect();
    format!("300000 300000 {method} {} {exception}\n", all.join(" "))
}

#[test]
fn every_exception_does_what_it_says() {
    let h = [('h', 1)];
    for (rules, account, is_valid) in [
        (vec![rule("MOD10", &h, 0)], "00000000", true),
        (vec![rule("MOD10", &h, 0)], "00000001", false),
        // The digits of each product: 2 times 9 is 1 and 8.
        (vec![rule("DBLAL", &[('g', 2), ('h', 1)], 0)], "00000091", true),
        (vec![rule("MOD10", &[('g', 2), ('h', 1)], 0)], "00000092", true),
        (vec![rule("DBLAL", &h, 1)], "00000003", true),
        (vec![rule("DBLAL", &h, 1)], "00000000", false),
        // 2 and 9: the sort code 309634 has a 9 as its `w`.
        (vec![rule("MOD11", &h, 2), rule("MOD11", &[('w', 1), ('h', 1)], 9)], "00000000", true),
        (vec![rule("MOD11", &h, 2), rule("MOD11", &[('w', 1), ('h', 1)], 9)], "00000002", true),
        (vec![rule("MOD11", &h, 2), rule("MOD11", &[('w', 1), ('h', 1)], 9)], "00000001", false),
        (vec![rule("MOD11", &h, 2), rule("MOD11", &[('w', 1), ('h', 1)], 9)], "10000005", true),
        (vec![rule("MOD11", &h, 2), rule("MOD11", &[('w', 1), ('h', 1)], 9)], "10000000", false),
        (vec![rule("MOD11", &h, 2), rule("MOD11", &[('w', 1), ('h', 1)], 9)], "10000096", true),
        (vec![rule("MOD10", &h, 0), rule("DBLAL", &[('g', 1)], 3)], "00500050", false),
        (vec![rule("MOD10", &h, 0), rule("DBLAL", &[('g', 1)], 3)], "00600050", true),
        (vec![rule("MOD10", &h, 0), rule("DBLAL", &[('g', 1)], 3)], "00900051", false),
        (vec![rule("MOD11", &[('c', 1), ('d', 1)], 4)], "00700007", true),
        (vec![rule("MOD11", &[('c', 1), ('d', 1)], 4)], "00910010", true),
        (vec![rule("MOD11", &[('c', 1), ('d', 1)], 4)], "00700017", false),
        (vec![rule("MOD11", &[('c', 1)], 5)], "00500060", true),
        (vec![rule("MOD11", &[('c', 1)], 5)], "00000000", true),
        (vec![rule("MOD11", &[('c', 1)], 5)], "00100000", false),
        (vec![rule("DBLAL", &[('c', 1)], 5)], "00700003", true),
        (vec![rule("DBLAL", &[('c', 1)], 5)], "00000000", true),
        (vec![rule("DBLAL", &[('c', 1)], 5)], "00700004", false),
        (vec![rule("MOD11", &h, 6)], "40000011", true),
        (vec![rule("MOD11", &h, 6)], "30000011", false),
        (vec![rule("MOD11", &h, 6)], "40000021", false),
        (vec![rule("MOD11", &[('a', 1), ('b', 1), ('h', 1)], 7)], "12000090", true),
        (vec![rule("MOD11", &[('a', 1), ('b', 1), ('h', 1)], 7)], "12000080", false),
        (vec![rule("MOD10", &[('z', 1), ('h', 1)], 8)], "00000004", true),
        (vec![rule("MOD10", &[('z', 1), ('h', 1)], 8)], "00000000", false),
        // 10 and 11: `c` fails the second check.
        (
            vec![rule("MOD11", &[('a', 1), ('h', 1)], 10), rule("MOD11", &[('c', 1)], 11)],
            "99100090",
            true,
        ),
        (
            vec![rule("MOD11", &[('a', 1), ('h', 1)], 10), rule("MOD11", &[('c', 1)], 11)],
            "98100090",
            false,
        ),
        (
            vec![rule("MOD11", &[('a', 1), ('h', 1)], 10), rule("MOD11", &[('c', 1)], 11)],
            "98000090",
            true,
        ),
        (vec![rule("MOD11", &h, 12), rule("MOD10", &[('g', 1)], 13)], "00000010", true),
        (vec![rule("MOD11", &h, 12), rule("MOD10", &[('g', 1)], 13)], "00000001", true),
        (vec![rule("MOD11", &h, 12), rule("MOD10", &[('g', 1)], 13)], "00000011", false),
        // 14: without its last digit, moved to the right, `h` is the 0 before it.
        (vec![rule("MOD11", &h, 14)], "00000001", true),
        (vec![rule("MOD11", &h, 14)], "00000009", true),
        (vec![rule("MOD11", &h, 14)], "00000019", false),
        (vec![rule("MOD11", &h, 14)], "00000005", false),
        // Two rules without an exception: both must hold.
        (vec![rule("MOD11", &h, 0), rule("MOD10", &[('g', 1)], 0)], "00000010", false),
        (vec![rule("MOD11", &h, 0), rule("MOD10", &[('g', 1)], 0)], "00000100", true),
    ] {
        let rules = rules.concat();
        let (table, verdict) = WeightTable::read(&mut rules.as_bytes());
        assert_eq!(verdict.faults, []);
        let found = table.check("300000", account).unwrap();
        assert_eq!(found.may_be_paid(), is_valid, "{account}: {found:?} by\n{rules}");
    }
}

#[test]
fn accounts_are_read_as_banks_write_them() {
    let read = |sort_code, account| {
        digits(sort_code, account).map(|digits| digits.map(|digit| digit.to_string()).concat())
    };
    for (sort_code, account, wanted) in [
        ("08-99-99", "66374958", "08999966374958"),
        ("089999", "6637 4958", "08999966374958"),
        ("08 99 99", "374958", "08999900374958"),
        ("089999", "6374958", "08999906374958"),
        ("089999", "166374958", "08999166374958"),
    ] {
        assert_eq!(read(sort_code, account).as_deref(), Ok(wanted));
    }
    for (sort_code, account, wrong) in [
        ("08999", "66374958", "`08999` is no sort code; six digits would be right"),
        (
            "089999",
            "6637495X",
            "`6637495X` is no account; eight digits would be right (six, seven and nine are understood)",
        ),
        (
            "089999",
            "",
            "`` is no account; eight digits would be right (six, seven and nine are understood)",
        ),
        (
            "089999",
            "1234567890",
            "`1234567890` has ten digits: give the last eight for NatWest, the first eight for the Co-operative Bank",
        ),
    ] {
        assert_eq!(read(sort_code, account).unwrap_err().to_string(), wrong);
    }
}

#[test]
fn a_table_with_a_line_that_does_not_read_says_which() {
    let (_, verdict) = WeightTable::read(
        &mut "089000 089999 MOD10 0 0 0 0 0 0 7 1 3 7 1 3 7\n\
              089999 089000 MOD10 0 0 0 0 0 0 7 1 3 7 1 3 7 1\n\
              \n\
              089000 089999 MOD10 0 0 0 0 0 0 7 1 3 7 1 3 7 1 15\n\
              089000 089999 MOD10 0 0 0 0 0 0 7 1 3 7 1 3 7 1 1 1\n"
            .as_bytes(),
    );
    let told: Vec<String> = verdict
        .faults
        .iter()
        .map(|fault| format!("{}: {}", fault.line.unwrap(), fault.message))
        .collect();
    assert_eq!(
        told,
        [
            "1: weight h ``; a small whole number would be right",
            "2: `089999 089000` is no range of sort codes; two of six digits would be right",
            "4: exception `15` is not known; 1 to 14 are",
            "5: `1` after the exception; nothing would be right",
        ]
    );
    assert!(!WeightTable::read(&mut &b"\n"[..]).1.is_read_whole());
    let verdict = WeightTable::default().substitute(&mut &b"938173 938017\n938289\n"[..]);
    assert_eq!(verdict.faults[0].message, "`938289`; two sort codes would be right");
}
