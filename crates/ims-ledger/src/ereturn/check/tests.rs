//! The cases of the rules as tables: each change of good takings, and the fault
//! it is named by.

use super::*;
use crate::{CardMachine, CashLine, Cheque, OverShort};

const COUNCIL: &str = r##"
code = "T"
name = "Testborough"
vat = [
    { code = "S", name = "Standard", rate = [{ from = "2011-01-04", basis_points = 2000 }] },
    { code = "Z", name = "Zero", rate = [{ from = "1973-04-01", basis_points = 0 }] },
]
channel = [{ code = "slip", name = "Slips" }, { code = "terminal", name = "Card machines" }]
method = [{ code = "ER", name = "E-return", kind = "cash", channel = "slip" }]
[[fund]]
code = "SD"
name = "Sundry"
max_pence = 100000
[[fund]]
code = "PK"
name = "Parking"
reference = { min_length = 8, max_length = 8, regex = "^PN1" }
[[ereturn_template]]
code = "A"
name = "Library"
method = "ER"
cash = true
cheques = true
card_machine = true
slip_channel = "slip"
terminal_channel = "terminal"
[[ereturn_template.row]]
reference = "12345678901"
description = "Fines"
fund = "SD"
vat = "S"
[[ereturn_template.row]]
reference = "1234567****"
description = "Rooms"
fund = "SD"
vat = "Z"
override_reference = true
override_description = true
override_vat = true
[[ereturn_template.row]]
reference = "PN******"
description = "Permits"
fund = "PK"
vat = "Z"
override_reference = true
"##;

fn council() -> Council {
    let council: Council = toml::from_str(COUNCIL).unwrap();
    assert_eq!(council.faults(), []);
    council
}

fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 4, day).unwrap()
}

fn row(row: usize, reference: &str, description: &str, vat: &str, pence: i64) -> TakingsRow {
    TakingsRow {
        row,
        reference: reference.to_owned(),
        description: description.to_owned(),
        vat: vat.to_owned(),
        amount: Pence::new(pence),
    }
}

/// Fines of 60.00 and a room of 40.00; 70.50 in cash, a cheque of 20.00 and 9.50
/// by card.
fn good() -> Takings {
    let line = |pence, count| CashLine {
        denomination: Pence::new(pence).try_into().unwrap(),
        count: Some(count),
        value: None,
    };
    Takings {
        taken_on: day(20),
        rows: vec![
            row(1, "12345678901", "Fines", "S", 6_000),
            row(2, "12345670001", "Large room", "S", 4_000),
        ],
        cash: Some(Cash { bag: "B17".to_owned(), lines: vec![line(2_000, 3), line(50, 21)] }),
        cheques: vec![Cheque { item: 1, name: "J Smith".to_owned(), amount: Pence::new(2_000) }],
        card_machines: vec![CardMachine {
            terminal: "T1".to_owned(),
            batch: "17".to_owned(),
            amount: Pence::new(950),
        }],
        over_short: None,
        narrative: String::new(),
    }
}

fn told(faults: &[EReturnFault]) -> Vec<String> {
    faults.iter().map(ToString::to_string).collect()
}

type Change = fn(&mut Takings);

fn after(
    change: Change,
    ask: impl Fn(&Takings, &EReturnTemplate, &Council) -> Vec<EReturnFault>,
) -> Vec<String> {
    let council = council();
    let mut takings = good();
    change(&mut takings);
    told(&ask(&takings, council.ereturn_template("A").unwrap(), &council))
}

fn to_keep(change: Change) -> Vec<String> {
    after(change, Takings::faults)
}

fn to_submit(change: Change) -> Vec<String> {
    after(change, |takings, template, council| takings.faults_to_submit(template, council, day(20)))
}

#[test]
fn good_takings_have_no_faults_and_add_up() {
    assert_eq!(to_submit(|_| {}), [""; 0]);
    let totals = good().totals().unwrap();
    let pence = [totals.rows, totals.cash, totals.cheques, totals.card_machines, totals.counted];
    assert_eq!(pence.map(Pence::get), [10_000, 7_050, 2_000, 950, 10_000]);
    assert_eq!(totals.over, Pence::ZERO);
}

/// Appendix (g), "E-return update" and "E-return description" (R-VAL-13), and
/// the VAT code that the reference let through (R-ERN, FIX).
#[test]
fn what_the_template_does_not_have_is_not_kept() {
    let cases: &[(Change, &[&str])] = &[
        (|t| t.rows[0].amount = Pence::ZERO, &[]),
        // A row of nothing is kept whatever it says.
        (|t| t.rows[0] = row(1, "", "", "", 0), &[]),
        (|t| t.rows[0].row = 4, &["row 1: template A has no row 4"]),
        (|t| t.rows[0].row = 0, &["row 1: template A has no row 0"]),
        (
            |t| t.rows[1].row = 1,
            &[
                "row 2: row 1 of the template is there twice",
                "row 2: the reference must be `12345678901`: it may not be changed",
                "row 2: the description must be `Fines`: it may not be changed",
            ],
        ),
        (|t| t.rows.push(row(2, "12345670002", "Small room", "Z", 1)), &[]),
        (|t| t.rows[0].reference.clear(), &["row 1: the reference is blank"]),
        (
            |t| t.rows[1].reference = "12345670".to_owned(),
            &["row 2: `12345670` has 8 characters, `1234567****` has 11"],
        ),
        (
            |t| t.rows.push(row(3, "PN234567", "Permits", "Z", 1)),
            &["row 3: `PN234567` does not look like this fund's references (`^PN1`) (fund PK)"],
        ),
        (|t| t.rows.push(row(3, "PN134567", "Permits", "Z", 1)), &[]),
        (|t| t.rows[0].description.clear(), &["row 1: the description is blank"]),
        (|t| t.rows[0].description = " ".to_owned(), &["row 1: the description is blank"]),
        (
            |t| t.rows[0].description = "Fine".to_owned(),
            &["row 1: the description must be `Fines`: it may not be changed"],
        ),
        (|t| t.rows[1].description = "Anything".to_owned(), &[]),
        (|t| t.rows[1].description = " ".to_owned(), &["row 2: the description is blank"]),
        (
            |t| t.rows[0].vat = "Z".to_owned(),
            &["row 1: the VAT code must be S: it may not be changed"],
        ),
        (|t| t.rows[1].vat = "Z".to_owned(), &[]),
        (|t| t.rows[1].vat = "X".to_owned(), &["row 2: VAT code `X` is not configured"]),
        (
            |t| t.rows[0].amount = Pence::new(-1),
            &["row 1: -0.01 is less than nothing; money given back is a refund, not takings"],
        ),
        (
            |t| t.rows[0].amount = Pence::new(100_001),
            &["row 1: 1000.01 is more than fund SD takes at once (1000.00)"],
        ),
        (
            |t| t.rows = vec![row(2, "12345670001", "a", "S", 0); 501],
            &["rows: 501 are too many; 500 is the most"],
        ),
        (
            |t| t.cash.as_mut().unwrap().lines[1].value = Some(Pence::new(1_000)),
            &["cash: 0.50: 21 of them are worth 10.50, not 10.00"],
        ),
        (
            |t| {
                t.cash.as_mut().unwrap().lines[1].denomination =
                    Pence::new(2_000).try_into().unwrap()
            },
            &["cash: 20.00 is there twice"],
        ),
        (|t| t.cheques[0].name = " ".to_owned(), &["cheque 1: the name on it is missing"]),
        (|t| t.cheques.push(t.cheques[0].clone()), &["cheque 1: is there twice"]),
        (|t| t.cheques[0].amount = Pence::new(-5), &["cheque 1: -0.05 is less than nothing"]),
        (|t| t.card_machines[0].batch.clear(), &["card machine 1: its batch is missing"]),
        (
            |t| t.card_machines.push(t.card_machines[0].clone()),
            &["card machine 2: batch 17 of terminal T1 is there twice"],
        ),
        (
            |t| {
                t.rows[0].description.clear();
                t.cheques[0].name.clear();
            },
            &["row 1: the description is blank", "cheque 1: the name on it is missing"],
        ),
    ];
    for (change, expected) in cases {
        assert_eq!(to_keep(*change), *expected);
    }
}

/// Appendix (g), "E-return submit".
#[test]
fn what_is_missing_or_does_not_agree_is_not_handed_in() {
    let cases: &[(Change, &[&str])] = &[
        (|t| t.taken_on = day(21), &["day: 2026-04-21 is still to come"]),
        (|t| t.cash.as_mut().unwrap().bag.clear(), &["cash: the number on the bag is missing"]),
        (
            |t| t.rows[0].amount = Pence::new(6_500),
            &[
                "total: the rows come to 105.00, but 100.00 is counted: 5.00 short; count again, or state it with its reason",
            ],
        ),
        (
            |t| t.cheques[0].amount = Pence::new(2_001),
            &[
                "total: the rows come to 100.00, but 100.01 is counted: 0.01 over; count again, or state it with its reason",
            ],
        ),
        (
            |t| {
                t.rows[0].amount = Pence::new(6_500);
                t.over_short =
                    Some(OverShort { amount: Pence::new(-500), reason: "till 2".to_owned() });
            },
            &[],
        ),
        (
            |t| {
                t.rows[0].amount = Pence::new(6_500);
                t.over_short = Some(OverShort { amount: Pence::new(-500), reason: " ".to_owned() });
            },
            &["over or short: its reason is missing"],
        ),
        // A reason given for one difference is not lent to another.
        (
            |t| {
                t.rows[0].amount = Pence::new(9_500);
                t.over_short =
                    Some(OverShort { amount: Pence::new(-500), reason: "till 2".to_owned() });
            },
            &[
                "over or short: -5.00 is stated, but 100.00 is counted for rows of 135.00: -35.00 would be right",
            ],
        ),
        (
            |t| t.over_short = Some(OverShort { amount: Pence::new(1), reason: "a".to_owned() }),
            &[
                "over or short: 0.01 is stated, but 100.00 is counted for rows of 100.00: 0.00 would be right",
            ],
        ),
        (
            |t| {
                t.cheques[0].amount = Pence::ZERO;
                t.rows[1].amount = Pence::new(2_000);
            },
            &["cheque 1: is of nothing"],
        ),
        (
            |t| {
                t.cash = None;
                t.cheques.clear();
                t.card_machines.clear();
                t.rows.clear();
            },
            &[
                "rows: none has an amount",
                "counted: nothing is declared of cash, cheques, card machines",
            ],
        ),
    ];
    for (change, expected) in cases {
        assert_eq!(to_submit(*change), *expected);
    }
}

#[test]
fn a_kind_of_money_the_template_does_not_take_is_not_kept() {
    let council = council();
    let mut template = council.ereturn_template("A").unwrap().clone();
    (template.cash, template.cheques, template.card_machine) = (false, false, false);
    assert_eq!(
        told(&good().faults(&template, &council)),
        [
            "cash: template A takes none",
            "cheques: template A takes none",
            "card machines: template A takes none",
        ]
    );
}

/// What an approver may put right is amounts (R-ERN, "Edit (Submitted)").
#[test]
fn a_correction_differs_in_amounts_alone() {
    let council = council();
    let template = council.ereturn_template("A").unwrap();
    let cases: &[(Change, bool)] = &[
        (|t| t.rows[0].amount = Pence::new(1), true),
        (|t| t.cheques.clear(), true),
        // A row of the template as it stands had been of nothing before.
        (|t| t.rows.push(row(3, "PN******", "Permits", "Z", 1)), true),
        (|t| t.rows[1].reference = "12345670009".to_owned(), false),
        (|t| t.rows[1].description = "Hall".to_owned(), false),
        (|t| t.rows[1].vat = "Z".to_owned(), false),
        (|t| t.taken_on = day(19), false),
    ];
    for (change, expected) in cases {
        let mut changed = good();
        change(&mut changed);
        assert_eq!(changed.differs_in_amounts_alone(&good(), template), *expected, "{changed:?}");
    }
}

#[test]
fn it_is_kept_as_json_and_read_back() {
    let text = serde_json::to_string(&good()).unwrap();
    assert!(text.contains("\"denomination_pence\":2000"), "{text}");
    assert_eq!(serde_json::from_str::<Takings>(&text).unwrap(), good());
    let blank = Takings::blank(council().ereturn_template("A").unwrap(), day(20));
    assert_eq!(blank.rows[1], row(2, "1234567****", "Rooms", "Z", 0));
    assert_eq!(blank.totals().unwrap(), crate::TakingsTotals::default());
}
