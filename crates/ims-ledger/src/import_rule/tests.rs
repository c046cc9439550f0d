use super::*;

fn row() -> IncomingReceipt {
    IncomingReceipt {
        line: 1,
        date: NaiveDate::from_ymd_opt(2026, 4, 1).unwrap(),
        amount: Pence::new(1_000),
        reference: "R1".to_owned(),
        fund: Some("OLD".to_owned()),
        method: None,
        office: Some("4100".to_owned()),
        vat_code: None,
        vat: Some(Pence::new(167)),
        narrative: Some("HB claim 00123 Mrs Smith".to_owned()),
        source_ref: None,
        batch: None,
    }
}

fn council(rules: &str) -> Council {
    toml::from_str(&format!("code = \"T\"\nname = \"T\"\n{rules}")).unwrap()
}

/// The row after the rules, as `field=value` for what they changed.
fn changed(rules: &str) -> Vec<String> {
    let council = council(rules);
    let mut traced = row();
    let rules = ImportRules::of(&council, "receipts-csv").unwrap();
    let changes = rules.traced(&mut traced);
    let mut plain = row();
    rules.apply(&mut plain);
    assert_eq!(plain, traced, "tracing changes nothing");
    changes.iter().map(|change| format!("{}={}", change.field.name(), change.to)).collect()
}

fn rule(extra: &str, set: &str) -> String {
    format!(
        "[[import_rule]]\nname = \"r\"\n{extra}\nset = {{ {set} }}\nwhen = [[{{ field = \"reference\", is = \"starts-with\", value = \"R\" }}]]\n"
    )
}

/// W43: a rule that is off has no effect; dates and formats bound the others.
#[test]
fn a_rule_changes_what_it_holds_for_and_nothing_else() {
    let hr = "fund = 'HR'";
    for (rules, changes) in [
        (rule("", hr), vec!["fund=HR"]),
        (rule("disabled = true", hr), vec![]),
        (rule("from = \"2026-04-01\"", hr), vec!["fund=HR"]),
        (rule("from = \"2026-04-02\"", hr), vec![]),
        (rule("until = \"2026-04-01\"", hr), vec!["fund=HR"]),
        (rule("until = \"2026-03-31\"", hr), vec![]),
        (rule("formats = [\"mt940\"]", hr), vec![]),
        (rule("formats = [\"receipts-csv\"]", hr), vec!["fund=HR"]),
        (rule("", "fund = ''"), vec!["fund="]),
        // The last to set a field wins; a format's own rules go before those for all.
        (rule("", "fund = 'A'") + &rule("", "fund = 'B'"), vec!["fund=A", "fund=B"]),
        (
            rule("", "fund = 'A'") + &rule("formats = [\"receipts-csv\"]", "fund = 'B'"),
            vec!["fund=B", "fund=A"],
        ),
        // R-RUL-1: no conditions, so it always runs.
        ("[[import_rule]]\nname = 'r'\nset = { office = 'X' }\n".to_owned(), vec!["office=X"]),
        // A rule sees what the rules before it changed.
        (rule("", "reference = 'X1'") + &rule("", hr), vec!["reference=X1"]),
    ] {
        assert_eq!(changed(&rules), changes, "{rules}");
    }
}

/// W43: as many rules as there are, not the first twenty.
#[test]
fn every_rule_applies_however_many_there_are() {
    let rules: String = (1..=25).map(|n| rule("", &format!("narrative = '{n}'"))).collect();
    let changes = changed(&rules);
    assert_eq!((changes.len(), changes.last().map(String::as_str)), (25, Some("narrative=25")));
}

#[test]
fn every_field_can_be_set_but_no_amount_made_up() {
    let set =
        "fund = 'A', reference = 'B', method = 'C', office = 'D', narrative = 'E', vat_code = 'F'";
    assert_eq!(
        changed(&rule("", set)),
        ["fund=A", "reference=B", "method=C", "office=D", "narrative=E", "vat-code=F"]
    );
    // What is as it should be already is no change.
    assert_eq!(changed(&rule("", "fund = 'OLD'")), [""; 0]);
    for set in ["amount = '1.00'", "date = '2026-01-01'"] {
        let text = format!("code = 'T'\nname = 'T'\n{}", rule("", set));
        assert!(
            toml::from_str::<Council>(&text).unwrap_err().to_string().contains("unknown field")
        );
    }
}

#[test]
fn a_sender_that_turns_its_signs_is_turned_once() {
    let turn = rule("formats = [\"receipts-csv\"]", "negate = true");
    assert_eq!(changed(&turn), ["amount=-10.00"]);
    assert_eq!(changed(&(turn.clone() + &turn)), ["amount=-10.00"]);
    let council = council(&turn);
    let mut row = row();
    ImportRules::of(&council, "receipts-csv").unwrap().apply(&mut row);
    assert_eq!((row.amount, row.vat), (Pence::new(-1_000), Some(Pence::new(-167))));
}

/// W44: a pattern's findings go into the reference, a table gives the fund.
#[test]
fn gaps_are_filled_from_patterns_fields_and_tables() {
    let table = "[[lookup]]\nname = 'centres'\nvalues = { 4100 = 'HB', 4200 = 'LE' }\n";
    let rule = |when: &str, set: &str| {
        format!("{table}[[import_rule]]\nname = 'r'\nwhen = {when}\nset = {{ {set} }}\n")
    };
    let claim =
        "[[{ field = 'narrative', is = 'matches', value = 'claim (?<claim>[0-9]+)( late)?' }]]";
    for (when, set, changes) in [
        (claim, "reference = 'HB${claim}'", vec!["reference=HB00123"]),
        (claim, "reference = 'HB$1X'", vec!["reference=HB00123X"]),
        (claim, "reference = '$claim-1'", vec![]),
        (claim, "reference = '${claim}/${office}/$$'", vec!["reference=00123/4100/$"]),
        // The optional part was not there: the field stays as it was.
        (claim, "reference = '$2'", vec![]),
        ("[]", "fund = { lookup = 'centres', by = '$office' }", vec!["fund=HB"]),
        ("[]", "fund = { lookup = 'centres', by = '${reference}' }", vec![]),
        // All gaps of a rule see the row as the rule found it.
        ("[]", "fund = '$reference', reference = '$fund'", vec!["fund=R1", "reference=OLD"]),
    ] {
        let rules = rule(when, set);
        let council = council(&rules);
        match ImportRules::of(&council, "any") {
            Ok(_) => assert_eq!(changed(&rules), changes, "{set}"),
            Err(why) => assert!(changes.is_empty() && why.contains("claim-1"), "{why}"),
        }
    }
}

#[test]
fn a_rule_that_could_never_work_is_a_fault_that_says_how() {
    let claim = "when = [[{ field = 'narrative', is = 'matches', value = 'a(b)' }], [{ field = 'reference', is = 'blank' }]]\n";
    for (rest, says) in [
        ("set = {}", "sets nothing"),
        (
            "from = '2026-04-02'\nuntil = '2026-04-01'\nset = { fund = '' }",
            "ends on 2026-04-01, before it begins on 2026-04-02",
        ),
        (
            "set = { negate = true }",
            "negates amounts: name the formats whose sender turns its signs",
        ),
        ("set = { fund = 'HR' }", "sets fund `HR`, which is not configured"),
        ("set = { method = '01' }", "sets method `01`, which is not configured"),
        ("set = { vat_code = 'S' }", "sets vat-code `S`, which is not configured"),
        ("set = { office = '4100' }", "sets office `4100`, which is not configured"),
        ("set = { fund = { lookup = 'no', by = '1' } }", "looks up in `no`, which is no lookup"),
        (
            "set = { fund = { lookup = 'centres', by = '1' } }",
            "sets fund `HB`, which is not configured",
        ),
        (
            &format!("{claim}set = {{ reference = '$1' }}"),
            "`$1` has a gap `1` that no pattern in every group of its conditions fills",
        ),
        ("set = { reference = 'a$' }", "`a$` has a `$` without a name; write `$$` for the sign"),
        (
            "when = [[], [{ field = 'fund', is = 'blank' }]]\nset = { fund = '' }",
            "has a group without conditions: it would hold for every row",
        ),
    ] {
        let council = council(&format!(
            "[[lookup]]\nname = 'centres'\nvalues = {{ 4100 = 'HB' }}\n[[import_rule]]\nname = 'r'\n{rest}"
        ));
        let faults: Vec<_> = council.faults().iter().map(ToString::to_string).collect();
        assert_eq!(faults, [format!("import_rule r: {says}")], "{rest}");
    }
    let twice = council(&(rule("", "fund = ''") + &rule("", "fund = ''")));
    assert_eq!(twice.faults()[0].to_string(), "import_rule r: is there twice; codes are unique");
}

#[test]
fn a_change_is_said_in_words() {
    let council = council(&rule("", "fund = ''"));
    let changes = ImportRules::of(&council, "any").unwrap().traced(&mut row());
    assert_eq!(changes[0].to_string(), "rule `r`: fund from `OLD` to nothing");
}
