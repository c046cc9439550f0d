use std::collections::BTreeMap;

use super::*;

struct Row;

impl Scope for Row {
    fn value(&self, name: &str) -> Result<Held, String> {
        Ok(match name {
            "reference" => Held::Text("BERN77123456".to_owned()),
            "amount" => Held::Pence(Pence::new(-12_050)),
            "date" => Held::Date(NaiveDate::from_ymd_opt(2026, 3, 31).unwrap()),
            "number" => Held::Int(42),
            _ => Held::Blank,
        })
    }

    fn column(&self, number: usize) -> Result<Held, String> {
        Ok(Held::Text(format!("c{number}")))
    }

    fn lookup(&self, table: &str, key: &str) -> Option<String> {
        let kinds = BTreeMap::from([("T", "PayPoint")]);
        kinds.get(key).filter(|_| table == "kinds").map(|found| (*found).to_owned())
    }
}

fn shown(expression: &str) -> String {
    match Expr::parse(expression).and_then(|expr| expr.eval(&Row)) {
        Ok(Held::Blank) => "nothing".to_owned(),
        Ok(Held::Text(text)) => format!("'{text}'"),
        Ok(Held::Pence(pence)) => format!("£{pence}"),
        Ok(Held::Date(date)) => date.to_string(),
        Ok(Held::Int(number)) => number.to_string(),
        Ok(Held::Truth(truth)) => truth.to_string(),
        Err(message) => format!("fault: {message}"),
    }
}

#[test]
fn what_expressions_come_to() {
    for (expression, wanted) in [
        ("if(starts_with(reference, 'BERN'), substring(reference, 5), reference)", "'77123456'"),
        ("concat('IMS', pad(number, 5, '0'))", "'IMS00042'"),
        ("pad_right('ab', 4, '.')", "'ab..'"),
        ("substring(reference, 5, 2)", "'77'"),
        ("lookup('kinds', 'T')", "'PayPoint'"),
        ("lookup('kinds', 'Z', 'other')", "'other'"),
        ("negate(amount)", "£120.50"),
        ("amount + 50", "£-120.00"),
        ("abs(amount) - amount", "£241.00"),
        ("number - 2", "40"),
        ("amount < 0 and not is_blank(reference)", "true"),
        ("not not (amount > 0)", "false"),
        ("amount = pounds('-120.50')", "true"),
        ("absent = ''", "true"),
        ("absent != 'x'", "true"),
        ("absent < 'x'", "false"),
        ("first_of(absent, '', 'NONE')", "'NONE'"),
        ("one_of('P', 'T', 'P')", "true"),
        ("format(date, '%Y%m')", "'202603'"),
        ("financial_year(date)", "2025"),
        ("financial_month(date)", "12"),
        ("financial_month(date('01/04/2026'))", "1"),
        ("date('26090', '%y%j')", "2026-03-31"),
        ("digits('A1-2')", "'12'"),
        ("replace('a/b', '/', '')", "'ab'"),
        ("before('a-b-c', '-')", "'a'"),
        ("after('a-b-c', '-')", "'b-c'"),
        ("upper(trim(' it''s '))", "'IT'S'"),
        ("column(3)", "'c3'"),
        ("length('£')", "1"),
        ("matches(reference, '@@@@########')", "true"),
        ("pence('12050')", "£120.50"),
        ("absent", "nothing"),
    ] {
        assert_eq!(shown(expression), wanted, "{expression}");
    }
}

#[test]
fn faults_say_what_would_be_right() {
    for (expression, words) in [
        ("", "stops in the middle"),
        ("concat('a'", "`)` is missing before the end"),
        ("concat('a) ", "opens with ' and never closes"),
        ("conct('a')", "there is no function `conct`; there are abs,"),
        ("pad('a')", "pad is given 1; it is used so: pad(batch.number"),
        ("lookup(reference, 'a')", "written out"),
        ("date('x', '%Q')", "are known"),
        ("'a' 'b'", "`'b'` is too much"),
        ("a ; b", "`;` means nothing"),
        ("= 1", "`=` stands where"),
        ("99999999999999999999", "too large"),
        ("lookup('kinds', 'Z')", "`Z` is not in the table kinds"),
        ("'a' + 'b'", "concat joins texts"),
        ("date < 1", "cannot be compared"),
        ("if('a', 'b', 'c')", "where a condition should"),
        ("substring('a', 0)", "count from 1"),
        ("pad('abc', 2)", "longer than 2"),
        ("pad('a', 99999)", "wider than"),
        ("number('1.5')", "not a whole number"),
        ("negate('a')", "has no sign"),
        ("amount - 9223372036854775807", "too large"),
    ] {
        let found = shown(expression);
        assert!(found.starts_with("fault: ") && found.contains(words), "{expression}: {found}");
    }
    let deep = format!("{}1{}", "(".repeat(40), ")".repeat(40));
    assert!(shown(&deep).contains("nests deeper than"), "{}", shown(&deep));
    assert!(shown(&"not ".repeat(700)).contains("longer than"), "not bounded");
}

#[test]
fn texts_do_not_grow_without_bound() {
    let mut expression = "'aaaaaaaaaa'".to_owned();
    for _ in 0..20 {
        expression = format!("replace({expression}, 'a', 'aaaaaaaaaa')");
    }
    assert!(shown(&expression).contains("grows beyond"), "{}", shown(&expression));
}
