use std::{fs, path::Path};

use super::*;

const EXPECTED: &str = "id,date,amount,reference,mop,merchant,batch_ref\n\
    1,2026-04-01,9550,R123456789,20,,\n\
    2,2026-04-01,1000,80012345,20,,\n\
    3,2026-04-01,2500,,10,SHOP 77,po_7\n\
    4,2026-04-01,-500,,10,SHOP 77,po_7\n\
    5,2026-04-02,700,80099999,20,,\n";
const BANK: &str = "id,date,amount,reference,type\n\
    11,2026-04-03,9550,R123456789,CR\n\
    12,2026-04-02,600,80012345,CR\n\
    13,2026-04-02,400,80012345,CR\n\
    14,2026-04-02,2000,PO-7,CR\n\
    15,2026-04-02,699,80099999,CR\n\
    16,2026-04-03,9550,R123456789,CR\n";
const PAIRS: &str = "bank_id,ledger_id,rule,reason\n\
    11,1,exact,\"reference R123456789 and amount 95.50 agree, paid 2 days later\"\n\
    12,2,split,2 lines of reference 80012345 add up to 10.00\n\
    13,2,split,2 lines of reference 80012345 add up to 10.00\n\
    14,3,batch,\"quotes batch po_7 and pays the sum of its rows, 20.00\"\n\
    14,4,batch,\"quotes batch po_7 and pays the sum of its rows, 20.00\"\n";

/// A folder with the two files, and the arguments that name every result.
struct Desk {
    folder: tempfile::TempDir,
    args: MatchArgs,
}

impl Desk {
    fn new(expected: impl AsRef<[u8]>, bank: impl AsRef<[u8]>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("a.csv"), expected).unwrap();
        fs::write(at("b.csv"), bank).unwrap();
        let args = MatchArgs {
            expected: at("a.csv"),
            bank: at("b.csv"),
            out: at("m.csv"),
            rules: None,
            proposals: Some(at("p.csv")),
            left_bank: Some(at("lb.csv")),
            left_expected: Some(at("le.csv")),
        };
        Self { folder, args }
    }

    fn run(&self) -> Result<(Report, String), MatchError> {
        let mut said = Vec::new();
        let report = run(&self.args, false, &mut said)?;
        Ok((report, String::from_utf8(said).unwrap()))
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap()
    }

    fn error(&self) -> String {
        let error = self.run().unwrap_err().to_string();
        let mut names: Vec<_> = fs::read_dir(self.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.retain(|name| !["a.csv", "b.csv", "rules.toml"].contains(&name.as_str()));
        assert_eq!(names, [""; 0], "nothing is written after: {error}");
        error.replace(&format!("{}{}", self.folder.path().display(), std::path::MAIN_SEPARATOR), "")
    }
}

#[test]
fn pairs_and_what_is_left_are_written() {
    let desk = Desk::new(EXPECTED, BANK);
    let (report, said) = desk.run().unwrap();
    assert_eq!(desk.read("m.csv"), PAIRS);
    assert_eq!(
        desk.read("lb.csv"),
        "id,date,amount,reference,narrative,why,candidates\n\
         15,2026-04-02,699,80099999,,,\n\
         16,2026-04-03,9550,R123456789,,looks like the same bank line given twice,11\n"
    );
    assert_eq!(
        desk.read("le.csv"),
        "id,date,amount,reference,merchant,batch_ref\n5,2026-04-02,700,80099999,,\n"
    );
    assert_eq!(
        desk.read("p.csv"),
        "bank_id,ledger_id,rule,reason,rank,probability\n\
         15,5,other-amount,\"quotes reference 80099999, which owes 7.00, but pays 6.99\",1,0.3000\n"
    );
    assert_eq!((report.pairs, report.matched_bank.count, report.left_bank.count), (5, 4, 2));
    assert!(
        said.starts_with("matched 4 of 6 bank lines with 4 of 5 expected rows: 125.50\n"),
        "{said}"
    );
}

#[test]
fn json_is_one_document_with_the_same_numbers() {
    let desk = Desk::new(EXPECTED, BANK);
    let mut said = Vec::new();
    run(&desk.args, true, &mut said).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&said).unwrap();
    assert_eq!(json["bank"], serde_json::json!({"count": 6, "pence": 22_799}));
    assert_eq!(json["matched_bank"], serde_json::json!({"count": 4, "pence": 12_550}));
    assert_eq!(json["matched_expected"], serde_json::json!({"count": 4, "pence": 12_550}));
    assert_eq!(json["left_expected"], serde_json::json!({"count": 1, "pence": 700}));
    assert_eq!(
        json["rules"][0],
        serde_json::json!({"rule": "exact", "matches": 1, "pairs": 1, "pence": 9_550})
    );
}

#[test]
fn the_order_of_records_and_columns_does_not_matter() {
    let mut lines: Vec<&str> = BANK.lines().collect();
    lines[1..].reverse();
    let mut rows: Vec<String> = EXPECTED
        .lines()
        .map(|row| row.split(',').rev().collect::<Vec<_>>().join(",") + ",extra")
        .collect();
    rows[1..].reverse();
    let desk = Desk::new(rows.join("\n"), lines.join("\n"));
    desk.run().unwrap();
    assert_eq!(desk.read("m.csv"), PAIRS);
}

#[test]
fn quotes_carriage_returns_and_byte_order_marks_are_read() {
    let quote = |text: &str| {
        let quoted = |line: &str| {
            line.split(',').map(|field| format!("\"{field}\"")).collect::<Vec<_>>().join(",")
        };
        text.lines().map(quoted).collect::<Vec<_>>().join("\r\n")
    };
    for (expected, bank) in [
        (EXPECTED.replace('\n', "\r\n"), BANK.replace('\n', "\r\n\r\n")),
        (format!("\u{feff}{EXPECTED}"), format!("\u{feff}{BANK}")),
        (quote(EXPECTED), quote(BANK)),
        (format!("\u{feff}{}", quote(EXPECTED)), format!("{BANK}\n\n")),
    ] {
        let desk = Desk::new(&expected, &bank);
        desk.run().unwrap();
        assert_eq!(desk.read("m.csv"), PAIRS, "{expected:?}");
    }
}

#[test]
fn ids_and_texts_with_commas_come_out_quoted() {
    let desk = Desk::new(
        "id,date,amount,reference\n\"a,\"\"1\"\"\",2026-04-01,500,\"Smith, 7\"\n",
        "id,date,amount,narrative\nb,2026-04-01,500,\"x\ny smith 7\"\nc,2026-04-01,5,\n",
    );
    desk.run().unwrap();
    assert_eq!(
        desk.read("m.csv"),
        "bank_id,ledger_id,rule,reason\n\
         b,\"a,\"\"1\"\"\",quoted,\"reference Smith, 7 stands in `x\ny smith 7` and amount 5.00 agrees, paid the same day\"\n"
    );
}

#[test]
fn twins_are_told_apart_by_id_in_numbers_and_in_texts() {
    for (ids, first) in [(["9", "10"], "9"), (["b9", "b10"], "b10"), (["010", "9"], "010")] {
        let [one, other] = ids;
        let bank = |one, other| {
            format!(
                "id,date,amount,reference\n{one},2026-04-01,500,A1\n{other},2026-04-01,500,A1\n"
            )
        };
        for bank in [bank(one, other), bank(other, one)] {
            let desk = Desk::new("id,date,amount,reference\n1,2026-04-01,500,A1\n", bank);
            desk.run().unwrap();
            assert!(desk.read("m.csv").contains(&format!("\n{first},1,exact")), "{ids:?}");
        }
    }
}

#[test]
fn a_fault_names_file_line_and_what_would_be_right() {
    let good = "id,date,amount,reference\n1,2026-04-01,500,A1\n";
    for (expected, fault) in [
        ("", "a.csv, line 1: the file is empty; it needs a heading"),
        ("id,date,sum\n", "a.csv, line 1: no column `amount` in the heading, only id, date, sum"),
        (
            "id,date,amount\n1,2026-04-01,500\n2,2026-04-01\n",
            "a.csv, line 3: 2 columns, but the heading has 3",
        ),
        (
            "id,date,amount\n1,01/04/2026,500\n",
            "a.csv, line 2: `01/04/2026` is not a date; write it as 2026-04-01",
        ),
        (
            "id,date,amount\n1,2026-02-30,500\n",
            "a.csv, line 2: `2026-02-30` is not a date; write it as 2026-04-01",
        ),
        (
            "id,date,amount\n1,2026-04-01,5.00\n",
            "a.csv, line 2: amount `5.00` is not a whole number of pence; write 12.34 pounds as 1234",
        ),
        (
            "id,date,amount\n1,2026-04-01,99999999999999999999\n",
            "a.csv, line 2: amount `99999999999999999999` is not a whole number of pence; write 12.34 pounds as 1234",
        ),
        (
            "id,date,amount\n1,2026-04-01,\n",
            "a.csv, line 2: amount `` is not a whole number of pence; write 12.34 pounds as 1234",
        ),
        (
            "id,date,amount\n,2026-04-01,500\n",
            "a.csv, line 2: the id is empty; each record needs its own",
        ),
        (
            "id,date,amount\n1,2026-04-01,500\n\n1,2026-04-01,500\n",
            "a.csv, line 4: id `1` stands on line 2 already; each record needs its own",
        ),
        (
            "id,date,amount,reference\n\"1\",2026-04-01,500,\"a\nb\"\n2,2026-04-01,x,\n",
            "a.csv, line 4: amount `x` is not a whole number of pence; write 12.34 pounds as 1234",
        ),
    ] {
        assert_eq!(Desk::new(expected, good).error(), fault);
    }
    let bad = b"id,date,amount\n1,2026-04-01,500\n\xff";
    let said = "a.csv, line 3: not UTF-8 text; save the file as CSV UTF-8";
    assert_eq!(Desk::new(bad, good).error(), said);
    let desk = Desk::new(good, good);
    fs::remove_file(desk.folder.path().join("b.csv")).unwrap();
    assert_eq!(desk.error(), "cannot read b.csv");
}

#[test]
fn rules_come_from_a_file() {
    let with = |rules: &str| {
        let mut desk = Desk::new(EXPECTED, BANK);
        let path = desk.folder.path().join("rules.toml");
        fs::write(&path, rules).unwrap();
        desk.args.rules = Some(path);
        desk
    };
    let desk = with(
        "[[rule]]\nname = \"same\"\nhow.same_reference.days = { after = 1 }\nsays = \"{reference} {when}\"\n\
         [[rule]]\nname = \"payout\"\nhow.batch.days = { before = 1, after = 1 }\nsays = \"{rows} rows\"\n",
    );
    desk.run().unwrap();
    assert_eq!(
        desk.read("m.csv"),
        "bank_id,ledger_id,rule,reason\n14,3,payout,2 rows\n14,4,payout,2 rows\n"
    );
    for (rules, fault) in [
        ("rule = [", "rules.toml, line 1: unclosed array"),
        (
            "[[rule]]\nname = \"x\"\nhow.same_reference.dais = 1\nsays = \"\"\n",
            "unexpected keys in table: dais",
        ),
        (
            "[[rule]]\nname = \"x\"\nhow.batch.days.after = 1\nsays = \"{sun}\"\n",
            "`{sun}` is not one of",
        ),
        (
            "[[rule]]\nname = \"x\"\nhow.same_amount = { days.after = 1, candidates_max = 1 }\nsays = \"\"\n",
            "rule `x` may only propose",
        ),
    ] {
        let error = with(rules).error();
        assert!(error.contains(fault), "{error}");
    }
}

#[test]
fn no_result_overwrites_what_is_read_or_written() {
    for change in [
        |args: &mut MatchArgs| args.out.clone_from(&args.bank),
        |args: &mut MatchArgs| args.out = args.bank.with_file_name(".").join("b.csv"),
        |args: &mut MatchArgs| args.proposals = Some(args.out.clone()),
    ] {
        let mut desk = Desk::new(EXPECTED, BANK);
        change(&mut desk.args);
        let error = desk.error();
        assert!(error.ends_with("is named twice; give each file its own name"), "{error}");
        assert_eq!(desk.read("b.csv"), BANK);
    }
}

#[test]
fn a_result_that_cannot_be_written_leaves_none() {
    let mut desk = Desk::new(EXPECTED, BANK);
    desk.args.left_expected = Some(Path::new("/no/such/folder/le.csv").to_owned());
    assert_eq!(desk.error(), "cannot write /no/such/folder/le.csv");
}
