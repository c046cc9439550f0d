//! Statements: posted when they follow on, kept aside when they disagree.

use ims_app::{Imported, NewFile};
use ims_testkit::on_both;

use super::{
    files::{stated, statement, statement_of},
    raw::{count, counts},
    town::{Town, april, file},
};

fn barclays(rows: &[(u32, &str, &str)]) -> String {
    let mut file = "Number,Date,Account,Amount,Subcategory,Memo\n".to_owned();
    for (day, amount, memo) in rows {
        file += &format!(",{day:02}/04/2026,20-00-00 12345678,{amount},Counter Credit,{memo}\n");
    }
    file
}

/// A day of an account that is swept to nothing.
const SWEPT: [(i64, &str); 2] = [(1_000, "BGC SOMEBODY"), (-1_000, "SWEEP")];

/// The same day as another system of the bank's writes it.
const CAMT: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">
<BkToCstmrStmt>
<GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-04-20T22:30:00</CreDtTm></GrpHdr>
<Stmt>
<Id>S1</Id>
<CreDtTm>2026-04-20T22:30:00</CreDtTm>
<Acct><Id><Othr><Id>20000012345678</Id></Othr></Id><Ccy>GBP</Ccy></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="GBP">0.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-04-20</Dt></Dt></Bal>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="GBP">0.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-04-20</Dt></Dt></Bal>
<Ntry><Amt Ccy="GBP">10.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-04-20</Dt></BookgDt><ValDt><Dt>2026-04-20</Dt></ValDt><AcctSvcrRef>X1</AcctSvcrRef><NtryDtls><TxDtls><RmtInf><Ustrd>SOMEBODY</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>
<Ntry><Amt Ccy="GBP">10.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-04-20</Dt></BookgDt><ValDt><Dt>2026-04-20</Dt></ValDt><AcctSvcrRef>X2</AcctSvcrRef><NtryDtls><TxDtls><RmtInf><Ustrd>TO 87654321</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>
</Stmt>
</BkToCstmrStmt>
</Document>
"#;

on_both! {
    async fn the_first_statement_opens_the_account_and_says_so(url: &str) {
        let town = Town::of(url).await;
        let done = town.took("s1.sta", &statement(1, 100_000, 20, &[(5_000, "SOMEBODY")])).await;
        let says = "the first statement of main: its opening balance of 1000.00 opens the account";
        assert_eq!(done.remarks, [says]);
        let stands: Vec<_> = town.balances().await.into_iter().collect();
        let expected =
            [("bank:main", 105_000), ("opening", -100_000), ("unmatched:main", -5_000)];
        assert_eq!(stands, expected.map(|(account, pence)| (account.to_owned(), pence)));
        town.proved().await;
    }

    async fn a_statement_cut_off_before_its_closing_balance_is_refused(url: &str) {
        let town = Town::of(url).await;
        let whole = statement(1, 100_000, 20, &[(5_000, "SOMEBODY")]);
        let cut = whole.split(":62F:").next().unwrap();
        let before = town.balances().await;
        let refused = town.books.import_file(file("cut.sta", cut)).await.unwrap_err();
        assert!(refused.is_bad_input());
        let says = refused.to_string();
        assert!(says.starts_with("cut.sta line ") && says.contains("no closing balance"), "{says}");
        assert_eq!(town.balances().await, before);
        town.proved().await;
    }

    async fn a_statement_that_does_not_follow_on_waits_until_accepted(url: &str) {
        let town = Town::of(url).await;
        town.took("s1.sta", &statement(1, 0, 20, &[(5_000, "SOMEBODY")])).await;
        let text = statement(3, 9_000, 21, &[(100, "SOMEBODY ELSE")]);
        town.clock.to_april(21);
        let before = town.balances().await;
        let aside = town.books.import_file(file("s3.sta", &text)).await.unwrap();
        let Imported::Quarantined { reason } = aside else { panic!("{aside:?}") };
        assert!(reason.contains("opens at 90.00, but the account stands at 50.00"), "{reason}");
        assert_eq!(town.balances().await, before);
        let kept = town.books.quarantined().await.unwrap();
        assert_eq!((kept.len(), kept[0].file_name.as_str()), (1, "s3.sta"));
        assert_eq!(kept[0].reason, reason);
        town.proved().await;

        // The one between arrives: then it follows on by itself.
        town.took("s2.sta", &statement(2, 5_000, 20, &[(4_000, "BETWEEN")])).await;
        town.took("s3.sta", &text).await;
        assert_eq!(town.at("bank:main").await, 9_100);
        assert!(town.books.quarantined().await.unwrap().is_empty());
        town.proved().await;
    }

    async fn a_reason_has_a_statement_accepted_that_disagrees(url: &str) {
        let town = Town::of(url).await;
        town.took("s1.sta", &statement(1, 0, 20, &[(5_000, "SOMEBODY")])).await;
        let text = statement(3, 9_000, 20, &[(100, "SOMEBODY ELSE")]);
        let aside = town.books.import_file(file("s3.sta", &text)).await.unwrap();
        assert!(matches!(aside, Imported::Quarantined { .. }));
        let accept = Some("the bank sent nothing between");
        let taken = town.books.import_file(NewFile { accept, ..file("s3.sta", &text) }).await;
        let Imported::Now(summary) = taken.unwrap() else { panic!() };
        assert_eq!(town.at("bank:main").await, 5_100);
        let (row, _, _) = town.books.import_shown(summary.id).await.unwrap();
        assert_eq!(row.accepted_because.as_deref(), accept);
        let status = town.books.bank_status(None).await.unwrap();
        assert_eq!(status[0].statement.as_ref().unwrap().proof, "accepted");
        assert!(town.books.quarantined().await.unwrap().is_empty());
        town.proved().await;
    }

    async fn a_statement_whose_lines_do_not_make_its_balance_waits(url: &str) {
        let town = Town::of(url).await;
        let wrong = stated("12345678", 1, (0, 5_001), 20, &[(5_000, "SOMEBODY")]);
        match town.books.import_file(file("s1.sta", &wrong)).await {
            Ok(Imported::Quarantined { .. }) => {}
            Err(why) if why.is_bad_input() => assert!(why.to_string().contains("50.01"), "{why}"),
            other => panic!("{other:?}"),
        }
        assert!(town.balances().await.is_empty());
        town.proved().await;
    }

    /// A file without balances is posted from where the account stands, and the
    /// next stated balance proves it.
    async fn a_file_without_balances_leaves_out_lines_it_has_seen(url: &str) {
        let town = Town::of(url).await;
        let first = barclays(&[(19, "10.00", "ONE"), (20, "20.00", "TWO"), (20, "20.00", "TWO")]);
        assert_eq!(town.took("a.csv", &first).await.rows, 3);
        assert_eq!(town.at("bank:main").await, 5_000);
        let more = barclays(&[
            (20, "20.00", "TWO"),
            (20, "20.00", "TWO"),
            (20, "20.00", "TWO"),
            (20, "-3.00", "THREE"),
        ]);
        assert_eq!(town.took("b.csv", &more).await.rows, 2);
        assert_eq!(town.at("bank:main").await, 6_700);
        let nothing = barclays(&[(20, "-3.00", "THREE"), (20, "20.00", "TWO")]);
        let done = town.took("c.csv", &nothing).await;
        assert_eq!((done.rows, done.remarks.len()), (0, 1));
        assert!(done.remarks[0].contains("nothing new"), "{:?}", done.remarks);
        let status = town.books.bank_status(None).await.unwrap();
        assert_eq!(status[0].statement.as_ref().unwrap().proof, "unproved");
        town.took("s1.sta", &statement(1, 6_700, 21, &[])).await;
        let status = town.books.bank_status(None).await.unwrap();
        assert_eq!(status[0].statement.as_ref().unwrap().proof, "proved");
        town.proved().await;
    }

    /// Exports by date overlap: what was posted before is left out, and the
    /// balances still have to follow on.
    async fn a_statement_that_overlaps_is_posted_from_where_it_is_new(url: &str) {
        let town = Town::of(url).await;
        let one = barclays(&[(20, "10.00", "ONE")]);
        town.took("a.csv", &one).await;
        let both = "Transaction Date,Transaction Type,Sort Code,Account Number,Transaction Description,Debit Amount,Credit Amount,Balance,\n\
            21/04/2026,BGC,'20-00-00,12345678,TWO,,5.00,15.00\n\
            20/04/2026,BGC,'20-00-00,12345678,ONE,,10.00,10.00\n";
        let first = both.lines().filter(|line| !line.starts_with("21")).collect::<Vec<_>>().join("\n");
        // The same line in the same bank's words is known; from another layout it is judged by
        // its text.
        let known = town.books.import_file(file("l1.csv", &first)).await.unwrap();
        match known {
            Imported::Now(summary) => assert_eq!(summary.rows, 0),
            Imported::Quarantined { .. } | Imported::Before(_) => panic!("{known:?}"),
        }
        town.clock.to_april(21);
        assert_eq!(town.took("l2.csv", both).await.rows, 1);
        assert_eq!(town.at("bank:main").await, 1_500);
        town.proved().await;
    }

    async fn what_cannot_be_posted_is_refused_in_one_sentence(url: &str) {
        let town = Town::of(url).await;
        let before = counts(url);
        let good = statement(1, 0, 20, &[(5_000, "SOMEBODY")]);
        let interim = ":20:INTERIM\n:25:20000012345678\n:28C:1/1\n:34F:GBP0,\n\
            :13D:2604201315+0100\n:61:2604200420C7,00NTRFNONREF\n:90C:1GBP7,00\n";
        for (text, says) in [
            (good.replace("GBP", "EUR"), "only accounts in sterling can be posted"),
            (statement_of("99999999", 1, 0, 20, &[(1, "X")]), "is not one of the council's"),
            (interim.to_owned(), "never posted"),
        ] {
            let why = town.refused("s.sta", &text).await;
            assert!(why.starts_with("s.sta") && why.contains(says), "{why}");
            assert!(!why.contains('\n'), "{why}");
        }
        assert_eq!(counts(url), before);
        town.proved().await;
    }

    async fn each_account_follows_on_by_itself(url: &str) {
        let town = Town::of(url).await;
        town.took("m1.sta", &statement(1, 1_000, 20, &[(5, "A")])).await;
        town.took("s1.sta", &statement_of("87654321", 1, 70_000, 20, &[(7, "B")])).await;
        town.took("m2.sta", &statement(2, 1_005, 20, &[(-5, "C")])).await;
        assert_eq!((town.at("bank:main").await, town.at("bank:savings").await), (1_000, 70_007));
        let status = town.books.bank_status(Some(april(20))).await.unwrap();
        let lines: Vec<_> = status.iter().map(|bank| (bank.bank.as_str(), bank.lines)).collect();
        assert_eq!(lines, [("main", 2), ("savings", 1)]);
        town.proved().await;
    }

    /// An account that is swept to nothing each day: its balance cannot tell a
    /// statement that came before from the next.
    async fn a_swept_statement_is_posted_once(url: &str) {
        let town = Town::of(url).await;
        let day = statement(1, 0, 20, &SWEPT);
        town.took("s1.sta", &day).await;
        town.reconciled().await;
        let before = town.balances().await;
        // The same again, and days 20 and 21 in one.
        let done = town.took("again.sta", &day.replace(":20:STMT1", ":20:AGAIN")).await;
        assert_eq!(done.rows, 0, "{:?}", done.remarks);
        assert!(done.remarks[0].contains("nothing new"), "{:?}", done.remarks);
        assert_eq!(town.balances().await, before);
        let next = [(700, "MORE"), (-700, "SWEEP")];
        let next = statement(2, 0, 21, &next);
        let both = day.split(":62F:").next().unwrap().to_owned()
            + next.split_once(":61:").map(|(_, rest)| format!(":61:{rest}")).unwrap().as_str();
        town.clock.to_april(21);
        let done = town.took("both.sta", &both).await;
        assert_eq!(done.rows, 2, "{:?}", done.remarks);
        assert_eq!((count(url, "statement_line"), town.at("bank:main").await), (4, 0));
        // An old one long after it, when others have followed.
        let done = town.took("old.sta", &day.replace(":20:STMT1", ":20:OLD")).await;
        assert_eq!(done.rows, 0, "{:?}", done.remarks);
        // The next day has the same lines by right.
        town.clock.to_april(22);
        assert_eq!(town.took("s3.sta", &statement(3, 0, 22, &SWEPT)).await.rows, 2);
        town.proved().await;
    }

    async fn a_swept_statement_in_other_words_waits(url: &str) {
        let town = Town::of(url).await;
        town.took("s1.sta", &statement(1, 0, 20, &SWEPT)).await;
        let before = town.balances().await;
        let aside = town.books.import_file(file("s1.xml", CAMT)).await.unwrap();
        let Imported::Quarantined { reason } = aside else { panic!("{aside:?}") };
        assert_eq!(
            reason,
            "statement S1 of main: 2 of its lines, 10.00 of 2026-04-20 the first, have the day and \
             amount of lines that were posted before in other words: are they the same money once more?"
        );
        assert_eq!(town.balances().await, before);
        // A second sweep of that day, says a person who knows.
        let accept = Some("swept twice");
        let taken = town.books.import_file(NewFile { accept, ..file("s1.xml", CAMT) }).await.unwrap();
        assert!(matches!(&taken, Imported::Now(done) if done.rows == 2), "{taken:?}");
        let status = town.books.bank_status(None).await.unwrap();
        assert_eq!(status[0].statement.as_ref().unwrap().proof, "accepted");
        town.proved().await;
    }

    /// Two statements of a day, in which lines are alike by chance: balances say
    /// that they are others.
    async fn the_second_statement_of_a_day_is_posted_whole(url: &str) {
        let town = Town::of(url).await;
        let morning = [(5_000, "RENT 1"), (5_000, "RENT 2"), (-1_000, "CHARGES"), (300, "ELSE")];
        town.took("s1.sta", &statement(1, 0, 20, &morning)).await;
        let noon = [(1_000, "RENT 3"), (-1_000, "CHARGES"), (5_000, "RENT 4")];
        let done = town.took("s2.sta", &statement(2, 9_300, 20, &noon)).await;
        assert_eq!((done.rows, town.at("bank:main").await), (3, 14_300));
        town.proved().await;
    }

    async fn a_file_without_balances_never_doubles_a_statement(url: &str) {
        let town = Town::of(url).await;
        let day = statement(1, 0, 20, &[(1_000, "ONE"), (2_000, "TWO"), (2_000, "THREE")]);
        town.took("s1.sta", &day).await;
        let before = town.balances().await;
        let same = barclays(&[(20, "10.00", "ONE"), (20, "20.00", "TWO"), (20, "20.00", "THREE")]);
        let more = barclays(&[(20, "20.00", "BGC TWO"), (21, "7.00", "FOUR")]);
        town.clock.to_april(21);
        for (text, lines) in [(&same, 3), (&more, 1)] {
            let aside = town.books.import_file(file("a.csv", text)).await.unwrap();
            let Imported::Quarantined { reason } = aside else { panic!("{aside:?}") };
            assert!(reason.contains(&format!("{lines} of its lines, ")), "{reason}");
            assert_eq!(town.balances().await, before);
        }
        // What is of other days or amounts is no doubt.
        let other = barclays(&[(20, "20.01", "TWO"), (21, "20.00", "TWO")]);
        assert_eq!(town.took("b.csv", &other).await.rows, 2);
        let accept = Some("paid once more");
        let taken = town.books.import_file(NewFile { accept, ..file("a.csv", &more) }).await.unwrap();
        assert!(matches!(&taken, Imported::Now(done) if done.rows == 2), "{taken:?}");
        town.proved().await;
    }
}
