//! What is written comes back: statements and files made from values, read again.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::fmt::Write as _;

use chrono::{Days, NaiveDate};
use ims_files::{Contents, Verdict, by_name};
use ims_money::Pence;
use proptest::prelude::*;

/// A line of a statement: the day after the first of April, pence, reference.
type Line = (u64, i64, String);

fn lines() -> impl Strategy<Value = Vec<Line>> {
    prop::collection::vec((0..300_u64, -9_999_999..9_999_999_i64, "[A-Z0-9]{1,16}"), 0..30)
}

fn day(offset: u64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 4, 1).unwrap() + Days::new(offset)
}

fn read(format: &str, text: &str) -> (Contents, Verdict) {
    let mut contents = Contents::default();
    let verdict =
        by_name(format).unwrap().read(&mut text.as_bytes(), &mut |record| contents.take(record));
    (contents, verdict)
}

/// The lines came back, in order, and the balances agree.
fn assert_same(format: &str, text: &str, lines: &[Line]) -> Result<(), TestCaseError> {
    let (contents, verdict) = read(format, text);
    prop_assert_eq!(&verdict.faults, &Vec::new());
    let statement = &contents.statements[0];
    prop_assert_eq!(statement.balanced(), Some(true));
    prop_assert_eq!(statement.head.sort_code.as_deref(), Some("200000"));
    prop_assert_eq!(statement.head.account.as_str(), "12345678");
    let back: Vec<Line> = statement
        .lines
        .iter()
        .map(|line| {
            let offset = (line.booked - day(0)).num_days();
            let reference = line.reference.clone().unwrap_or_else(|| line.narrative.clone());
            (u64::try_from(offset).unwrap(), line.amount.pence().unwrap().get(), reference)
        })
        .collect();
    prop_assert_eq!(&back, lines);
    let sum: i64 = lines.iter().map(|line| line.1).sum();
    prop_assert_eq!(
        verdict.totals.map(|totals| totals.sum.pence().unwrap().get()),
        (!lines.is_empty()).then_some(sum)
    );
    Ok(())
}

fn pounds(pence: i64) -> String {
    Pence::new(pence.abs()).to_string()
}

fn mark<'a>(pence: i64, credit: &'a str, debit: &'a str) -> &'a str {
    if pence < 0 { debit } else { credit }
}

proptest! {
    #[test]
    fn mt940(lines in lines(), opening in -99_999_999..99_999_999_i64) {
        let comma = |pence| pounds(pence).replace('.', ",");
        let mut text = format!(
            ":20:A\r\n:25:20000012345678\r\n:28C:1\r\n:60F:{}260401GBP{}\r\n",
            mark(opening, "C", "D"), comma(opening)
        );
        for (offset, pence, reference) in &lines {
            let day = day(*offset);
            // A letter before the digits: NONREF and KREF+ are no references.
            let _ = write!(text, ":61:{}{}{}{}NTRF{reference}//B\r\n:86:TEXT\r\n", day.format("%y%m%d"), day.format("%m%d"), mark(*pence, "C", "D"), comma(*pence));
        }
        let closing = opening + lines.iter().map(|line| line.1).sum::<i64>();
        let _ = write!(text, ":62F:{}260401GBP{}\r\n-\r\n", mark(closing, "C", "D"), comma(closing));
        prop_assume!(lines.iter().all(|line| line.2 != "NONREF"));
        assert_same("mt940", &text, &lines)?;
    }

    #[test]
    fn camt053(lines in lines(), opening in -99_999_999..99_999_999_i64) {
        let balance = |kind: &str, pence: i64| format!(
            "<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy=\"GBP\">{}</Amt><CdtDbtInd>{}</CdtDbtInd><Dt><Dt>2026-04-01</Dt></Dt></Bal>",
            pounds(pence), mark(pence, "CRDT", "DBIT")
        );
        let closing = opening + lines.iter().map(|line| line.1).sum::<i64>();
        let mut text = format!(
            "<Document><BkToCstmrStmt><Stmt><Id>S</Id><Acct><Id><Othr><Id>20000012345678</Id></Othr></Id></Acct>{}{}",
            balance("OPBD", opening), balance("CLBD", closing)
        );
        for (offset, pence, reference) in &lines {
            let _ = write!(
                text,
                "<Ntry><Amt Ccy=\"GBP\">{}</Amt><CdtDbtInd>{}</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>{}</Dt></BookgDt><NtryDtls><TxDtls><Refs><EndToEndId>{reference}</EndToEndId></Refs></TxDtls></NtryDtls></Ntry>",
                pounds(*pence), mark(*pence, "CRDT", "DBIT"), day(*offset)
            );
        }
        text.push_str("</Stmt></BkToCstmrStmt></Document>");
        prop_assume!(lines.iter().all(|line| line.2 != "NONREF" && line.2 != "NOTPROVIDED"));
        assert_same("camt053", &text, &lines)?;
    }

    /// A BAI2 account is of one day.
    #[test]
    fn bai2(lines in lines(), opening in -99_999_999..99_999_999_i64) {
        let lines: Vec<Line> = lines.into_iter().map(|(_, pence, reference)| (0, pence, reference)).collect();
        let closing = opening + lines.iter().map(|line| line.1).sum::<i64>();
        let control = opening + closing + lines.iter().map(|line| line.1.abs()).sum::<i64>();
        let mut text = format!("01,B,C,260402,0600,1,80,,2/\n02,C,B,1,260401,,GBP,2/\n03,20000012345678,,010,{opening},,,015,{closing},,/\n");
        for (_, pence, reference) in &lines {
            let _ = writeln!(text, "16,{},{},0,BANK,{reference},TEXT, WITH/SLASH", mark(*pence, "165", "455"), pence.abs());
        }
        let _ = write!(text, "49,{control},{0}/\n98,{control},1,{1}/\n99,{control},1,{2}/\n", lines.len() + 2, lines.len() + 4, lines.len() + 6);
        assert_same("bai2", &text, &lines)?;
    }

    #[test]
    fn lloyds_in_both_directions(lines in lines(), opening in -99_999_999..99_999_999_i64, newest_first in any::<bool>()) {
        prop_assume!(!lines.is_empty());
        // The file is by date; within a day as it comes.
        let mut lines = lines;
        lines.sort_by_key(|line| line.0);
        let mut balance = opening;
        let mut rows: Vec<String> = Vec::new();
        for (offset, pence, reference) in &lines {
            balance += pence;
            let sign = if balance < 0 { "-" } else { "" };
            let (debit, credit) = if *pence < 0 { (pounds(*pence), String::new()) } else { (String::new(), pounds(*pence)) };
            rows.push(format!("{},FPI,'20-00-00,12345678,{reference},{debit},{credit},{sign}{}", day(*offset).format("%d/%m/%Y"), pounds(balance)));
        }
        if newest_first {
            rows.reverse();
            lines.reverse();
        }
        let header = "Transaction Date,Transaction Type,Sort Code,Account Number,Transaction Description,Debit Amount,Credit Amount,Balance";
        // When every row of a day fits both directions, either reading is true.
        let text = format!("{header}\n{}\n", rows.join("\n"));
        assert_same("lloyds-csv", &text, &lines)?;
        let (contents, _) = read("lloyds-csv", &text);
        let opening_read = contents.statements[0].opening().unwrap().amount.pence().unwrap().get();
        let ambiguous = lines.windows(2).all(|pair| pair[0].0 == pair[1].0);
        prop_assert!(ambiguous || opening_read == opening, "{opening_read} {opening}");
    }

    #[test]
    fn receipts(rows in prop::collection::vec((0..300_u64, -9_999_999..9_999_999_i64, "[ -~£]{0,20}"), 1..30)) {
        let mut text = String::new();
        for (offset, pence, narrative) in &rows {
            let sign = if *pence < 0 { "-" } else { "" };
            let _ = writeln!(
                text, "R,I,P,S,,{},80012345,1,23,90,{sign}{},N0,0,0,\"{}\"",
                day(*offset).format("%d/%m/%Y"), pounds(*pence), narrative.replace('"', "\"\"")
            );
        }
        let (contents, verdict) = read("receipts-csv", &text);
        prop_assert_eq!(&verdict.faults, &Vec::new());
        let back: Vec<_> = contents.receipts.iter().map(|receipt| {
            (receipt.date, receipt.amount.get(), receipt.narrative.clone().unwrap_or_default())
        }).collect();
        let wanted: Vec<_> = rows.iter().map(|(offset, pence, narrative)| (day(*offset), *pence, narrative.trim().to_owned())).collect();
        prop_assert_eq!(back, wanted);
    }
}
