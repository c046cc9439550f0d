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
