//! What may be taken: limits, stops, doubles, VAT codes, cheques and addresses.

use ims_app::{
    AppError, Books, Cheque, LINES_MAX, NewReceipt, NewReceiptLine, PORTAL_LINES_MAX, Payer, Role,
};
use ims_ledger::Through;
use ims_money::Pence;
use ims_testkit::on_both;

use super::{
    raw::counts,
    take_receipt::{cash, cheque, counter, line, why},
    town::{Town, ct},
};

fn by(method: &str, fund: &str, reference: &str, pence: i64) -> NewReceipt {
    NewReceipt { method: method.to_owned(), ..cash(fund, reference, pence) }
}

fn with_vat(fund: &str, pence: i64, code: &str) -> NewReceipt {
    let vat_code = Some(code.to_owned());
    let lines = vec![NewReceiptLine { vat_code, ..line(fund, "LM000001", pence) }];
    NewReceipt { lines, ..cash("", "", 0) }
}

/// A town with an account on each stop, and a cashier, who may not override them.
async fn stopped(url: &str) -> (Town, Books) {
    let town = counter(url).await;
    let file = format!(
        "fund,reference,name,stop\nCT,{},One,BAIL\nCT,{},Two,REFER\nCT,{},Three,ODD\n",
        ct(1),
        ct(2),
        ct(3)
    );
    let done = town.took("stops.csv", &file).await;
    assert_eq!(
        done.remarks,
        ["stop `ODD` is not configured for fund CT; it blocks the 1 accounts that have it"]
    );
    let cashier = town.hands_of(Role::Cashier).await;
    (town, cashier)
}

on_both! {
    /// W13: limits, holders and stops hold for a fund without a reference rule.
    async fn limits_hold_with_and_without_a_reference_rule(url: &str) {
        let town = counter(url).await;
        for (method, fund, reference, pence, says) in [
            ("CASH", "NR", "x", 9_999, ""),
            ("CASH", "NR", "x", 10_000, "100.00 is more than fund NR takes at once (99.99)"),
            ("MID", "NR", "x", 9_799, ""),
            ("MID", "NR", "x", 9_899, ""),
            ("MID", "NR", "x", 9_798, "97.98 is less than is taken by MID (97.99 or more)"),
            ("MID", "NR", "x", 9_900, "99.00 is more than is taken by MID at once (98.99)"),
            ("CASH", "NR", "x", 0, "an amount of nothing cannot be taken"),
            ("CASH", "NR", "x", -1, "-0.01 is less than is taken by CASH (0.01 or more)"),
            ("BACK", "NR", "x", -5_000, ""),
            ("BACK", "NR", "x", -5_001, "-50.01 is less than is taken by BACK (-50.00 or more)"),
            ("CASH", "NX", "x", 1, "no account holder of fund NX has `X`"),
            ("CASH", "NR", " ", 1, "the reference is blank (fund NR)"),
            ("CASH", "GONE", "x", 1, "nothing is taken for fund GONE any more"),
            ("CASH", "XX", "x", 1, "fund `XX` is not configured"),
            ("CASH", "CT", "1", 1, "`1` has 1 character, this fund's references have 9 (fund CT)"),
            ("CASH", "PK", "PN000001", 50_001, "500.01 is more than fund PK takes at once (500.00)"),
        ] {
            let before = counts(url);
            let came = town.books.take_receipt(&by(method, fund, reference, pence)).await;
            let said = came.as_ref().map(|_| String::new()).unwrap_or_else(ToString::to_string);
            assert_eq!(said, says, "{method} {fund} {reference} {pence}");
            assert_eq!(counts(url) == before, came.is_err());
        }
        town.proved().await;
    }

    /// R-VAL-10: a reference twice is refused, whatever its fund, unless who
    /// takes it may override; on the web nobody may.
    async fn a_reference_twice_in_one_basket_is_refused(url: &str) {
        let town = counter(url).await;
        let twice = NewReceipt {
            lines: vec![line("NR", "same", 1), line("AD", "SAME", 2)],
            payer: Some(payer()),
            ..cash("", "", 0)
        };
        let cashier = town.hands_of(Role::Cashier).await;
        let says = "`SAME` is there twice; put it on one line, or take two receipts";
        assert_eq!(why(&cashier, &twice).await, says);
        let web = NewReceipt { through: Through::Portal, ..twice.clone() };
        assert_eq!(why(&town.books, &web).await, says);
        town.hands_of(Role::IncomeOfficer).await.take_receipt(&twice).await.unwrap();
        assert_eq!((town.at("fund:NR").await, town.at("fund:AD").await), (-1, -2));
        town.proved().await;
    }

    /// Blocked unless staff that may override takes it; what only warns is taken
    /// and said; a stop nobody configured blocks.
    async fn stops_block_or_warn_by_channel(url: &str) {
        let (town, cashier) = stopped(url).await;
        let stop = |n| format!("CT {} is on stop: ", ct(n));
        for (n, through, says) in [
            (1, Through::Staff, stop(1) + "with the bailiffs; ring 1234"),
            (1, Through::Portal, stop(1) + "with the bailiffs; ring 1234"),
            (2, Through::Phone, stop(2) + "accept payment but refer"),
            (3, Through::Post, stop(3) + "stop `ODD`, which the configuration does not know"),
        ] {
            let new = NewReceipt { through, ..cash("CT", &ct(n), 100) };
            let refused = cashier.take_receipt(&new).await.unwrap_err();
            assert!(matches!(refused, AppError::Refused(_)), "{refused:?}");
            assert_eq!(refused.to_string(), says);
        }
        let warned = cashier.take_receipt(&cash("CT", &ct(2), 100)).await.unwrap();
        let referred = format!("CT {}: accept payment but refer", ct(2));
        assert_eq!(warned.warnings, [referred]);
        let officer = town.hands_of(Role::IncomeOfficer).await;
        let done = officer.take_receipt(&cash("CT", &ct(1), 100)).await.unwrap();
        assert_eq!(done.warnings, [format!("CT {}: with the bailiffs; ring 1234", ct(1))]);
        let web = NewReceipt { through: Through::Portal, ..cash("CT", &ct(1), 100) };
        assert!(officer.take_receipt(&web).await.unwrap_err().is_refusal());
        let check = async |n| {
            let came = town.books.check_reference("CT", &ct(n), Through::Staff).await;
            came.map(|checked| checked.warning.unwrap_or_default())
                .unwrap_or_else(|error| error.to_string())
        };
        assert_eq!(check(1).await, stop(1) + "with the bailiffs; ring 1234");
        assert_eq!((check(2).await, check(4).await), ("accept payment but refer".to_owned(), String::new()));
        town.proved().await;
    }

    /// R-VAT-2: the fund's code; another only where the fund allows it; an
    /// unknown one is refused. W10: nobody's word for the rate is taken.
    async fn vat_goes_by_the_fund_s_code_unless_it_allows_another(url: &str) {
        let town = counter(url).await;
        let vat = async |new: NewReceipt| {
            let done = town.books.take_receipt(&new).await.unwrap();
            let receipt = town.books.receipt(&done.receipt).await.unwrap().receipt;
            let line = &receipt.lines[0];
            (line.vat_code.clone().unwrap_or_default(), line.vat.get(), done.warnings.len())
        };
        let s = |held, warnings| ("S".to_owned(), held, warnings);
        for (new, expected) in [
            (cash("LE", "LM000001", 1_000), s(167, 0)),
            (with_vat("LE", 1_000, "S"), s(167, 0)),
            (with_vat("LE", 1_000, "Z"), ("Z".to_owned(), 0, 0)),
            (with_vat("LE", 1_000, ""), s(167, 0)),
            (with_vat("FX", 1_000, "Z"), s(167, 1)),
            (with_vat("FX", 1_000, "S"), s(167, 0)),
            (with_vat("NR", 1_000, "S"), (String::new(), 0, 1)),
            (by("BACK", "LE", "LM000001", -1_000), s(-167, 0)),
            (cash("LE", "LM000001", 3), s(0, 0)),
            (cash("LE", "LM000001", 9), s(2, 0)),
            (cash("LE", "LM000001", 15), s(2, 0)),
        ] {
            assert_eq!(vat(new.clone()).await, expected, "{new:?}");
        }
        for fund in ["LE", "FX", "NR"] {
            assert_eq!(
                why(&town.books, &with_vat(fund, 1_000, "Q")).await,
                "VAT code `Q` is not configured; there are: S, Z"
            );
        }
        let long_ago = chrono::NaiveDate::from_ymd_opt(2010, 12, 31);
        let new = NewReceipt { happened_on: long_ago, ..cash("LE", "LM000001", 1_000) };
        assert_eq!(
            why(&town.books, &new).await,
            "VAT code S has no rate on 2010-12-31; its first begins later"
        );
        town.proved().await;
    }

    async fn a_cheque_has_its_details_and_nothing_else_has(url: &str) {
        let town = counter(url).await;
        let with = |method: &str, cheque| NewReceipt { cheque, ..by(method, "NR", "x", 100) };
        let bad = |change: &dyn Fn(&mut Cheque)| {
            let mut cheque = cheque();
            change(&mut cheque);
            Some(cheque)
        };
        for (new, says) in [
            (with("CHQ", None), "a cheque needs its sort code, account, number and name"),
            (with("CASH", Some(cheque())), "CASH is no cheque; leave its details out"),
            (with("CHQ", bad(&|c| c.sort_code = "20-00-00".to_owned())), "the cheque's sort code must be 6 digits"),
            (with("CHQ", bad(&|c| c.account = "1234567".to_owned())), "the cheque's account must be 8 digits"),
            (with("CHQ", bad(&|c| c.number = "12345x".to_owned())), "the cheque's number must be 6 digits"),
            (with("CHQ", bad(&|c| c.name = " ".to_owned())), "a cheque has a name of 1 to 50 characters on it"),
        ] {
            assert_eq!(why(&town.books, &new).await, says);
        }
        town.books.take_receipt(&with("CHQ", Some(cheque()))).await.unwrap();
        town.books.take_receipt(&with("POST", Some(cheque()))).await.unwrap();
        town.books.take_receipt(&with("POST", None)).await.unwrap();
        assert_eq!(town.at("clearing:till").await, 300);
        town.proved().await;
    }

    /// R-VAL-15: name, first line, town and postcode, with at least one letter
    /// each; an account holder's do as well.
    async fn an_address_is_needed_where_the_fund_says_so(url: &str) {
        let town = counter(url).await;
        let with = |payer| NewReceipt { payer, ..cash("AD", "one", 100) };
        let needs = "fund AD needs the payer's name, first address line, town and postcode";
        let bad = |change: &dyn Fn(&mut Payer)| {
            let mut payer = payer();
            change(&mut payer);
            with(Some(payer))
        };
        for (new, says) in [
            (with(None), needs),
            (bad(&|p| p.town = String::new()), needs),
            (bad(&|p| p.postcode = " ".to_owned()), needs),
            (bad(&|p| p.line1 = "12".to_owned()), "the payer's first address line has no letter in it"),
            (bad(&|p| p.name = "x".repeat(51)), "the payer's name has more than 50 characters"),
            (bad(&|p| p.postcode = "x".repeat(11)), "the payer's postcode has more than 10 characters"),
        ] {
            assert_eq!(why(&town.books, &new).await, says);
        }
        town.books.take_receipt(&with(Some(payer()))).await.unwrap();
        town.took("ad.csv", "fund,reference,name,address1\nAD,TWO,Two,2 High Street\n").await;
        town.books.take_receipt(&cash("AD", "two", 100)).await.unwrap();
        assert_eq!(town.at("fund:AD").await, -200);
        town.proved().await;
    }

    async fn a_basket_has_its_size_and_says_which_line_is_wrong(url: &str) {
        let town = counter(url).await;
        let of = |count: usize, through| NewReceipt {
            lines: (0..count).map(|n| line("NR", &format!("R{n}"), 1)).collect(),
            through,
            ..cash("", "", 0)
        };
        let says = why(&town.books, &of(0, Through::Staff)).await;
        assert_eq!(says, "a receipt needs a line: fund, reference and amount");
        let says = why(&town.books, &of(LINES_MAX + 1, Through::Staff)).await;
        assert_eq!(says, "101 lines; a receipt has at most 100");
        let says = why(&town.books, &of(PORTAL_LINES_MAX + 1, Through::Portal)).await;
        assert_eq!(says, "11 lines; a receipt has at most 10");
        let mut new = of(3, Through::Staff);
        new.lines[1].amount = Pence::new(10_000);
        let says = why(&town.books, &new).await;
        assert_eq!(says, "line 2: 100.00 is more than fund NR takes at once (99.99)");
        let office = NewReceipt { office: Some("MOON".to_owned()), ..of(1, Through::Staff) };
        assert_eq!(why(&town.books, &office).await, "office `MOON` is not configured");
        assert_eq!(town.at("fund:NR").await, 0);
        town.books.take_receipt(&of(LINES_MAX, Through::Staff)).await.unwrap();
        assert_eq!(town.at("fund:NR").await, -100);
        town.proved().await;
    }
}

fn payer() -> Payer {
    Payer {
        name: "Ann Onymous".to_owned(),
        line1: "1 Mill Lane".to_owned(),
        line2: String::new(),
        town: "Milltown".to_owned(),
        postcode: "ZZ1 1ZZ".to_owned(),
    }
}
