//! Bacs reports: what they say came back is returned, once, and what cannot be
//! placed is kept open with its reason.

use ims_app::{Actor, Imported, Role};
use ims_testkit::on_both;

use super::{
    files::{paid, receipts},
    raw::count,
    returns::returned,
    town::{Town, april, ct, file},
};

/// Reference, pounds, the day it was collected.
type Back<'a> = (&'a str, &'a str, u32);

/// An ARUDD report of the 20th of April.
fn arudd(number: u32, items: &[Back<'_>]) -> String {
    let mut file = format!(
        "<BACSDocument><Data><ARUDD><Header adviceNumber=\"{number}\" currentProcessingDate=\"2026-04-20\"/>\n\
         <ServiceLicenseInformation userNumber=\"299104\"/><Advice><OriginatingAccountRecords><OriginatingAccountRecord>\n"
    );
    for (reference, pounds, day) in items {
        file += &format!(
            "<ReturnedDebitItem ref=\"{reference}\" transCode=\"17\" returnCode=\"0\" returnDescription=\"REFER TO PAYER\" \
             originalProcessingDate=\"2026-04-{day:02}\" valueOf=\"{pounds}\" currency=\"GBP\"/>\n"
        );
    }
    file + "</OriginatingAccountRecord></OriginatingAccountRecords></Advice></ARUDD></Data></BACSDocument>"
}

/// A claim for what was collected on a day of April.
fn ddica(reference: &str, pounds: &str, day: u32) -> String {
    format!(
        "<VocaDocument><Data><Document><NewAdvices><DDICAdvice><SeqNo>1</SeqNo>\
         <PayingBankReference>DDICBANK1</PayingBankReference><SUReference>{reference}</SUReference>\
         <ReasonCode>2</ReasonCode><DDCollections><DDCollection><DateOfDirectDebit>2026-04-{day:02}</DateOfDirectDebit>\
         <Amount>{pounds}</Amount></DDCollection></DDCollections><TotalAmount>{pounds}</TotalAmount></DDICAdvice>\
         <DateOfDebit>2026-05-08</DateOfDebit></NewAdvices></Document></Data></VocaDocument>"
    )
}

/// A town that collected 30.00 twice from one and 40.00 from another.
async fn collected(url: &str) -> Town {
    let town = Town::of(url).await;
    let rows = [
        paid("CT", &ct(1), "DD", "30.00").on(april(15)),
        paid("CT", &ct(1), "DD", "30.00").on(april(1)),
        paid("CT", &ct(2), "DD", "40.00").on(april(16)),
        paid("CT", &ct(3), "CASH", "50.00").on(april(16)),
    ];
    town.took("dd.csv", &receipts(&rows)).await;
    town
}

impl Town {
    async fn reasons(&self) -> Vec<String> {
        let open = self.books.open_advices().await.unwrap();
        open.into_iter().map(|open| open.reason).collect()
    }
}

on_both! {
    async fn a_report_returns_the_payments_it_names(url: &str) {
        let town = collected(url).await;
        // The reference may stand among other letters; the day is a day beside.
        let text = arudd(1, &[(&ct(1), "30.00", 15), (&format!("CT {}", ct(2)), "40.00", 15)]);
        let done = town.took("arudd.xml", &text).await;
        assert_eq!((done.rows, done.total.get()), (2, 0));
        assert_eq!(done.remarks, ["2 returned, 70.00 in all"]);
        assert_eq!(town.at("fund:CT").await, -3_000 - 5_000);
        assert_eq!(town.reasons().await, Vec::<String>::new());
        let row = &town.books.returns(None, 9).await.unwrap()[0];
        assert_eq!((row.advice.as_str(), row.code.as_str()), ("ARUDD 299104 2026-04-20 1/1", "0"));
        assert_eq!(row.happened_on, april(20));
        town.proved().await;
    }

    async fn a_report_taken_in_again_changes_nothing(url: &str) {
        let town = collected(url).await;
        let text = arudd(1, &[(&ct(1), "30.00", 15)]);
        town.took("arudd.xml", &text).await;
        assert!(matches!(
            town.books.import_file(file("arudd.xml", &text)).await,
            Ok(Imported::Before(_))
        ));
        // The same report in other bytes, and by hand.
        town.took("arudd-again.xml", &format!("{text}\n")).await;
        assert_eq!(town.books.place_returns().await.unwrap().recorded, 0);
        assert_eq!(count(url, "payment_return"), 1);
        town.proved().await;
    }

    async fn what_cannot_be_placed_stays_open_with_its_reason(url: &str) {
        let town = collected(url).await;
        let twins = [
            paid("CT", &ct(4), "DD", "10.00").on(april(16)),
            paid("CT", &ct(4), "DD", "10.00").on(april(16)),
        ];
        town.took("twins.csv", &receipts(&twins)).await;
        let text = arudd(
            1,
            &[(&ct(1), "31.00", 15), (&ct(3), "50.00", 16), (&ct(4), "10.00", 16), (&ct(5), "60.00", 16)],
        );
        let done = town.took("arudd.xml", &text).await;
        assert_eq!(done.remarks[0], "0 returned, 0.00 in all");
        let none = |pounds: &str, n, day| format!(
            "no direct debit of {pounds} for {} within 2 working days of 2026-04-{day}", ct(n)
        );
        assert_eq!(
            town.reasons().await,
            [
                none("31.00", 1, 15),
                none("50.00", 3, 16),
                "2 direct debits fit; say which by hand".to_owned(),
                none("60.00", 5, 16),
            ]
        );
        town.proved().await;
        // The collection came in late: now it can be placed.
        town.took("late.csv", &receipts(&[paid("CT", &ct(5), "DD", "60.00").on(april(16))])).await;
        assert_eq!(town.reasons().await[3], "its payment is there; it can be recorded now");
        let done = town.books.place_returns().await.unwrap();
        assert_eq!((done.recorded, done.amount.get(), done.open.len()), (1, 6_000, 3));
        // A person says which of the twins: it is open no more.
        let own = town.books.open_advices().await.unwrap()[2].advice.advice_reference.clone().unwrap();
        let search = ims_app::SearchReceipts::Reference(ct(4));
        let number = town.books.search_receipts(&search, None, 9).await.unwrap()[0].number.clone();
        town.books.record_return(&returned(&number, &own)).await.unwrap();
        assert_eq!(town.reasons().await.len(), 2);
        town.proved().await;
    }

    /// Two of one amount: the report's day tells them apart, and the second
    /// report gets the other one.
    async fn a_payment_comes_back_once(url: &str) {
        let town = collected(url).await;
        town.took("a.xml", &arudd(1, &[(&ct(1), "30.00", 15)])).await;
        town.took("b.xml", &arudd(2, &[(&ct(1), "30.00", 15)])).await;
        assert_eq!(count(url, "payment_return"), 1);
        assert_eq!(town.reasons().await.len(), 1);
        town.took("c.xml", &ddica(&ct(1), "30.00", 1)).await;
        assert_eq!(town.at("fund:CT").await, -4_000 - 5_000);
        let last = town.books.returns(None, 9).await.unwrap().pop().unwrap();
        assert_eq!((last.kind.as_str(), last.advice.as_str()), ("indemnity", "DDICBANK1"));
        // The bank takes it in May; it is known, and counts, from today.
        assert_eq!(last.happened_on, april(20));
        town.proved().await;
    }

    /// Weekly payments of one amount: each report takes its own, and one told of
    /// twice does not take its neighbour.
    async fn a_neighbour_is_never_taken_for_the_one_that_is_meant(url: &str) {
        let town = Town::of(url).await;
        town.took("rent.csv", &receipts(&[paid("CT", &ct(2), "DD", "40.00").on(april(10))])).await;
        // Processed on Thursday the 16th; its collection is not in yet.
        town.took("a.xml", &arudd(1, &[(&ct(2), "40.00", 16)])).await;
        let none = format!("no direct debit of 40.00 for {} within 2 working days of 2026-04-16", ct(2));
        assert_eq!(town.reasons().await, [none]);
        town.took("next.csv", &receipts(&[paid("CT", &ct(2), "DD", "40.00").on(april(17))])).await;
        assert_eq!(town.books.place_returns().await.unwrap().recorded, 1);
        let only = town.books.returns(None, 9).await.unwrap();
        let shown = town.books.receipt(&only[0].receipt_number).await.unwrap();
        assert_eq!(shown.receipt.happened_on, april(17));
        // The same item once more, under another number.
        town.took("b.xml", &arudd(2, &[(&ct(2), "40.00", 16)])).await;
        assert_eq!(town.reasons().await, ["the direct debit it names is back already"]);
        assert_eq!(count(url, "payment_return"), 1);
        town.proved().await;
    }

    async fn only_who_may_record_returns_takes_a_report_in(url: &str) {
        let town = collected(url).await;
        let text = arudd(1, &[(&ct(1), "30.00", 15)]);
        let reader = town.hands_of(Role::Auditor).await;
        assert!(reader.import_file(file("arudd.xml", &text)).await.unwrap_err().is_refusal());
        assert!(reader.place_returns().await.unwrap_err().is_refusal());
        assert_eq!(count(url, "payment_return"), 0);
        let other = town.app.books(Some("MILL"), Actor::system("night")).await.unwrap();
        assert!(matches!(other.import_file(file("arudd.xml", &text)).await, Ok(Imported::Now(_))));
        town.proved().await;
    }

    async fn a_report_with_returns_cannot_be_reversed(url: &str) {
        let town = collected(url).await;
        let good = town.took("a.xml", &arudd(1, &[(&ct(1), "30.00", 15)])).await;
        let why = town.books.reverse_import(good.id, "mistaken").await.unwrap_err().to_string();
        assert!(why.ends_with("1 payments it told of are recorded as returned"), "{why}");
        let bad = town.took("b.xml", &arudd(2, &[(&ct(6), "30.00", 15)])).await;
        assert_eq!(town.reasons().await.len(), 1);
        town.books.reverse_import(bad.id, "of another council").await.unwrap();
        assert_eq!(town.reasons().await, Vec::<String>::new());
        town.proved().await;
    }

    async fn reports_of_no_payment_are_not_imported(url: &str) {
        let town = collected(url).await;
        let addacs = "<BACSDocument><MessagingAdvices><MessagingHeader advice-type=\"ADDACS\"/>\
            <MessagingAdvice effective-date=\"2026-04-20\" reference=\"X\" reason-code=\"1\"/></MessagingAdvices></BACSDocument>";
        assert_eq!(
            town.refused("addacs.xml", addacs).await,
            "addacs.xml: ADDACS moves no money of a payer's: `ims file inspect` shows it, nothing is imported"
        );
        town.proved().await;
    }
}
