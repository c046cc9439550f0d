use super::*;

struct Sample;

impl Row for Sample {
    fn text(&self, field: Field) -> Cow<'_, str> {
        match field {
            Field::Narrative => Cow::Borrowed("RENT JONES"),
            Field::Reference => Cow::Borrowed("R123"),
            Field::Fund
            | Field::Method
            | Field::Office
            | Field::Code
            | Field::VatCode
            | Field::Amount
            | Field::Date => Cow::Borrowed(""),
        }
    }
    fn amount(&self) -> Pence {
        Pence::new(1_000)
    }
    fn date(&self) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 4, 1).unwrap()
    }
}

fn condition(join: Join, field: Field, is: Operator, value: &str) -> Condition {
    let value = value.to_owned();
    Condition { join, field, is, value, and: String::new(), values: Vec::new(), ignore_case: false }
}

/// Whether one condition, written as in a configuration, holds for the sample.
fn holds(toml: &str) -> Result<bool, String> {
    let condition: Condition = toml::from_str(toml).map_err(|error| error.to_string())?;
    let when = When::new(&vec![vec![condition]]).map_err(|bad| bad.to_string())?;
    Ok(when.holds(&Sample))
}

/// R-RUL-4 and R-RUL-5: every operator on every kind of field; amounts are
/// compared as amounts (W43), texts by what the council says about capitals (W44).
#[test]
fn each_operator_on_each_kind_of_field() {
    for (field, is, rest, good) in [
        ("narrative", "contains", "value = 'JON'", true),
        ("narrative", "contains", "value = 'jon'", false),
        ("narrative", "contains", "value = 'jon'\nignore_case = true", true),
        ("narrative", "not-contains", "value = 'SMITH'", true),
        ("narrative", "not-contains", "value = 'jones'", true),
        ("narrative", "not-contains", "value = 'jones'\nignore_case = true", false),
        ("narrative", "starts-with", "value = 'RENT'", true),
        ("narrative", "starts-with", "value = 'rent'", false),
        ("narrative", "starts-with", "value = 'rent'\nignore_case = true", true),
        ("narrative", "ends-with", "value = 'JONES'", true),
        ("narrative", "ends-with", "value = 'RENT'", false),
        ("reference", "equals", "value = 'R123'", true),
        ("reference", "equals", "value = 'r123'", false),
        ("reference", "equals", "value = 'r123'\nignore_case = true", true),
        ("reference", "one-of", "values = ['R1', 'R123']", true),
        ("reference", "one-of", "values = ['R1', 'R12']", false),
        ("reference", "one-of", "values = ['r123']\nignore_case = true", true),
        ("reference", "matches", "value = '^R[0-9]+$'", true),
        ("reference", "matches", "value = '^r[0-9]+$'", false),
        ("reference", "matches", "value = '^r[0-9]+$'\nignore_case = true", true),
        ("fund", "blank", "", true),
        ("fund", "not-blank", "", false),
        ("fund", "equals", "value = ''", true),
        ("reference", "blank", "", false),
        ("reference", "not-blank", "", true),
        ("vat-code", "blank", "", true),
        // 10.00 is 10: an amount is no text.
        ("amount", "equals", "value = '10'", true),
        ("amount", "equals", "value = '10.00'", true),
        ("amount", "equals", "value = '10.01'", false),
        ("amount", "greater-than", "value = '9.99'", true),
        ("amount", "greater-than", "value = '10'", false),
        ("amount", "less-than", "value = '10.00'", false),
        ("amount", "less-than", "value = '100'", true),
        ("amount", "between", "value = '10'\nand = '10'", true),
        ("amount", "between", "value = '9'\nand = '9.99'", false),
        ("amount", "one-of", "values = ['5', '10']", true),
        ("date", "equals", "value = '2026-04-01'", true),
        ("date", "on", "value = '2026-04-02'", false),
        ("date", "greater-than", "value = '2026-03-31'", true),
        ("date", "after", "value = '2026-04-01'", false),
        ("date", "before", "value = '2026-04-02'", true),
        ("date", "before", "value = '2026-04-01'", false),
        ("date", "between", "value = '2026-04-01'\nand = '2026-04-30'", true),
    ] {
        let toml = format!("field = '{field}'\nis = '{is}'\n{rest}");
        assert_eq!(holds(&toml), Ok(good), "{toml}");
    }
}

/// R-RUL-2 and invariant 9, the 21 combinations and some more: groups stand
/// apart, `&` is and, `+` is or, folded from the left without precedence.
#[test]
fn groups_are_alternatives_and_fold_from_the_left() {
    for (groups, good) in [
        // One group: single, all and, all or, mixed.
        ("T", true),
        ("F", false),
        ("T&T", true),
        ("T&F", false),
        ("F&T", false),
        ("F&F", false),
        ("T+T", true),
        ("T+F", true),
        ("F+T", true),
        ("F+F", false),
        ("T&T&T", true),
        ("T&T&F", false),
        ("F+F+T", true),
        ("T+F&F", false), // (T or F) and F, not T or (F and F)
        ("F&F+T", true),
        ("F&T+F", false),
        ("T+T&T", true),
        // Several groups.
        ("T T", true),
        ("F T", true),
        ("T F", true),
        ("F F", false),
        ("T&F T&T", true),
        ("T&F F&T", false),
        ("F+F F+T", true),
        ("T+F&F F&F+F", false),
        ("T+F&F F&F+T", true),
        ("F F F T", true),
    ] {
        let group = |text: &str| {
            let mut join = Join::Or; // The first join is ignored.
            let mut conditions = Vec::new();
            for c in text.chars() {
                match c {
                    '&' => join = Join::And,
                    '+' => join = Join::Or,
                    c => {
                        let value = if c == 'T' { "R123" } else { "no" };
                        conditions.push(condition(join, Field::Reference, Operator::Equals, value));
                    }
                }
            }
            conditions
        };
        let when = When::new(&groups.split(' ').map(group).collect()).unwrap();
        assert_eq!(when.holds(&Sample), good, "{groups}");
    }
    assert!(When::new(&vec![]).unwrap().holds(&Sample));
    assert!(When::new(&vec![vec![]]).unwrap().holds(&Sample));
}

#[test]
fn a_condition_that_cannot_be_compared_is_refused() {
    for (toml, why) in [
        ("field = 'amount'\nis = 'contains'\nvalue = '1'", "an amount or a date equals"),
        ("field = 'amount'\nis = 'equals'\nvalue = 'ten'", "pounds and pence: 12.50"),
        ("field = 'amount'\nis = 'equals'", "pounds and pence"),
        ("field = 'amount'\nis = 'equals'\nvalue = '1.005'", "pounds and pence"),
        ("field = 'amount'\nis = 'between'\nvalue = '1'", "pounds and pence"),
        ("field = 'amount'\nis = 'between'\nvalue = '2'\nand = '1'", "the lower one comes first"),
        ("field = 'amount'\nis = 'one-of'", "there are no `values`"),
        ("field = 'amount'\nis = 'equals'\nvalue = '1'\nignore_case = true", "only a text"),
        ("field = 'date'\nis = 'on'\nvalue = '1/4/2026'", "a date is written 2026-04-01"),
        ("field = 'narrative'\nis = 'greater-than'\nvalue = '1'", "only an amount or a date"),
        ("field = 'narrative'\nis = 'matches'\nvalue = '('", "regex parse error"),
        ("field = 'narrative'\nis = 'contains'", "there is nothing to look for"),
        ("field = 'narrative'\nis = 'equals'\nvalue = 'a'\nand = 'b'", "only `between`"),
        ("field = 'narrative'\nis = 'equals'\nvalues = ['b']", "only `one-of`"),
        ("field = 'narrative'\nis = 'blank'\nvalue = 'b'", "it has no `value`"),
        ("field = 'narrative'\nis = '7'\nvalue = 'b'", "unknown variant"),
    ] {
        let said = holds(toml).unwrap_err();
        assert!(said.contains(why), "{toml}\n{said}");
    }
}

#[test]
fn what_patterns_find_is_taken_from_the_first_group_that_holds() {
    let toml = "when = [
        [{ field = 'reference', is = 'matches', value = '^X(?<digits>.*)' }],
        [{ field = 'reference', is = 'matches', value = '^R(?<digits>[0-9]+)$' },
         { field = 'narrative', is = 'matches', value = '^(RENT) (?<name>.*)$' }],
    ]";
    #[derive(Deserialize)]
    struct Rule {
        when: Groups,
    }
    let rule: Rule = toml::from_str(toml).unwrap();
    let when = When::new(&rule.when).unwrap();
    let captured = when.captured(&Sample);
    let found = |name: &str| captured.get(name).map(String::as_str);
    assert_eq!(
        (found("digits"), found("1"), found("2")),
        (Some("123"), Some("123"), Some("JONES"))
    );
    assert_eq!(found("name"), Some("JONES"));
    // Only what each group names can be counted on.
    let names: Vec<_> = when.capture_names().into_iter().collect();
    assert_eq!(names, ["0", "1", "digits"]);
}
