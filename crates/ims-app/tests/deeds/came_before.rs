//! The same money in another file, files unlike those before them, statements that
//! are missing, and card numbers in what is kept.

use std::io::Read as _;

use ims_app::{Imported, NewFile, SearchReceipts};
use ims_ledger::seal::ContentHash;
use ims_testkit::on_both;

use super::{
    files::{Paid, paid, receipts, schedule, statement},
    payments::{basket, took},
    town::{Town, april, ct, file},
};

fn day(amounts: &[&'static str]) -> Vec<Paid> {
    (1..).zip(amounts).map(|(nth, amount)| paid("CT", &ct(nth), "CARD", amount)).collect()
}

/// The same rows, the last first.
fn turned(file: &str) -> String {
    let mut lines: Vec<&str> = file.lines().collect();
    lines.reverse();
    lines.join("\n") + "\n"
}

/// The rows without the numbers that their sender gave them.
fn unnamed(file: &str) -> String {
    let row = |line: &str| format!(",{}\n", line.split_once(',').unwrap().1);
    file.lines().map(row).collect()
}

fn remarks(of: &[String], word: &str) -> Vec<String> {
    of.iter().filter(|remark| remark.contains(word)).cloned().collect()
}

/// What an archived file was.
fn plain(kept: &[u8]) -> String {
    let mut bytes = String::new();
    flate2::read::DeflateDecoder::new(kept).read_to_string(&mut bytes).unwrap();
    bytes
}

on_both! {
    async fn the_same_rows_in_another_file_are_kept_aside(url: &str) {
        let town = Town::of(url).await;
        let rows = day(&["10.00", "20.00", "30.00"]);
        town.took("monday.csv", &receipts(&rows)).await;
        let before = town.balances().await;
        let other = turned(&receipts(&rows));
        let done = town.books.import_file(file("again.csv", &other)).await.unwrap();
        let Imported::Quarantined { reason } = done else { panic!("{done:?}") };
        assert_eq!(
            reason,
            "each of its rows came before in monday.csv of 2026-04-20: is it the same money once more?"
        );
        assert_eq!(town.balances().await, before);
        // A person who knows better says why.
        let accepted = NewFile { accept: Some("two tills"), ..file("again.csv", &other) };
        let Imported::Now(done) = town.books.import_file(accepted).await.unwrap() else { panic!() };
        assert_eq!(remarks(&done.remarks, "each of its rows came before").len(), 1, "{:?}", done.remarks);
        assert_eq!(town.at("fund:CT").await, -12_000);
        town.proved().await;
    }

    async fn some_rows_that_came_before_are_told(url: &str) {
        let town = Town::of(url).await;
        town.took("monday.csv", &unnamed(&receipts(&day(&["10.00", "20.00", "30.00"])))).await;
        let more = unnamed(&receipts(&day(&["10.00", "20.00", "31.00"])));
        let done = town.took("more.csv", &more).await;
        assert_eq!(
            remarks(&done.remarks, "came before"),
            ["2 of 3 rows compared came before in monday.csv of 2026-04-20: are they the same money?"]
        );
        // One payment alone may well be made twice.
        let one = more.lines().last().unwrap();
        assert_eq!(remarks(&town.took("one.csv", one).await.remarks, "came before").len(), 1);
        // Of another day it is another.
        let next = [paid("CT", &ct(3), "CARD", "31.00").on(april(21))];
        let done = town.took("next.csv", &receipts(&next)).await;
        assert!(remarks(&done.remarks, "came before").is_empty(), "{:?}", done.remarks);
        town.proved().await;
    }

    async fn rows_of_a_file_that_was_reversed_may_come_again(url: &str) {
        let town = Town::of(url).await;
        let rows = day(&["10.00", "20.00"]);
        let wrong = town.took("monday.csv", &receipts(&rows)).await;
        town.books.reverse_import(wrong.id, "in the wrong order").await.unwrap();
        let done = town.took("again.csv", &turned(&receipts(&rows))).await;
        assert!(remarks(&done.remarks, "came before").is_empty(), "{:?}", done.remarks);
        town.proved().await;
    }

    async fn a_file_unlike_those_before_it_says_so(url: &str) {
        let town = Town::of(url).await;
        for nth in 1..=8 {
            let rows = [paid("CT", &ct(1), "CARD", "50.00"), paid("CT", &ct(2), "CARD", "51.00")];
            let rows = rows.map(|row| row.on(april(nth)));
            let done = town.took("daily.csv", &receipts(&rows)).await;
            assert!(remarks(&done.remarks, "unlike").is_empty(), "{nth}: {:?}", done.remarks);
        }
        let odd = [paid("CT", &ct(1), "CARD", "5000.00"), paid("CT", &ct(2), "CARD", "51.00")];
        let odd = receipts(&odd.map(|row| row.on(april(9))));
        let look = NewFile { dry_run: true, ..file("odd.csv", &odd) };
        let Imported::Now(told) = town.books.import_file(look).await.unwrap() else { panic!() };
        let told = remarks(&told.remarks, "unlike");
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].starts_with("unlike the files before it: its value 5051.00 is out of"), "{told:?}");
        town.proved().await;
    }

    async fn a_statement_that_the_banks_numbers_miss_is_told(url: &str) {
        let town = Town::of(url).await;
        town.took("14.sta", &statement(14, 0, 14, &[(10_000, "ONE")])).await;
        let next = town.took("15.sta", &statement(15, 10_000, 15, &[(500, "TWO")])).await;
        assert!(remarks(&next.remarks, "missing").is_empty(), "{:?}", next.remarks);
        let later = town.took("18.sta", &statement(18, 10_500, 18, &[(700, "THREE")])).await;
        assert_eq!(
            remarks(&later.remarks, "missing"),
            ["statement of main: statements 16 to 17 lie between, and are missing"]
        );
        town.proved().await;
    }

    async fn no_card_number_is_kept(url: &str) {
        let town = Town::of(url).await;
        let text = receipts(&day(&["10.00", "20.00"]))
            .replace("Payment 2 of somebody", "card 4111 1111 1111 1111 said on the phone");
        let done = town.took("phone.csv", &text).await;
        assert_eq!(remarks(&done.remarks, "card number").len(), 1, "{:?}", done.remarks);
        let mut tx = town.app.store().snapshot().await.unwrap();
        let hash = ContentHash::of(text.as_bytes());
        let kept = tx.archived(town.books.council().id, hash).await.unwrap().unwrap();
        drop(tx);
        assert_eq!(plain(&kept), text.replace("4111 1111 1111 1111", "**** **** **** 1111"));
        // It is still the same file, and known again.
        let again = town.books.import_file(file("phone.csv", &text)).await.unwrap();
        assert!(matches!(again, Imported::Before(_)), "{again:?}");
        town.proved().await;
    }

    /// A statement's text goes on over its lines, and so may a number in it.
    async fn no_card_number_is_kept_over_two_lines(url: &str) {
        let town = Town::of(url).await;
        let text = statement(14, 0, 14, &[(10_000, "PAID BY 4111 1111\n1111 1111 THANKS"), (500, "4111 1111\nNO 1111")]);
        assert!(text.contains("1111\n1111 1111"), "{text}");
        let done = town.took("14.sta", &text).await;
        assert_eq!(remarks(&done.remarks, "card number").len(), 1, "{:?}", done.remarks);
        let mut tx = town.app.store().snapshot().await.unwrap();
        let hash = ContentHash::of(text.as_bytes());
        let kept = tx.archived(town.books.council().id, hash).await.unwrap().unwrap();
        drop(tx);
        let wanted = text.replace("4111 1111\n1111 1111", "**** ****\n**** 1111");
        assert_eq!(plain(&kept), wanted);
        town.proved().await;
    }

    /// Monday's file, then the month so far: rows that their sender names the same.
    async fn rows_under_the_same_reference_are_kept_aside(url: &str) {
        let town = Town::of(url).await;
        let row = |n: u32, amount: &str, source: &str, day: u32| {
            paid("CT", &ct(n), "CARD", amount).source(source).on(april(day))
        };
        let known = [row(1, "10.00", "P1", 19), row(2, "20.00", "P2", 19)];
        let first = town.took("daily.csv", &receipts(&known)).await;
        let before = town.balances().await;
        let [one, two] = known;
        let month = receipts(&[row(3, "30.00", "P3", 18), one, two.clone(), row(4, "1.00", "P4", 20)]);
        let alone = receipts(&[two]);
        for (text, says) in [
            (&month, "2 of its rows (line 2, 3) are in the books by their sender's reference: P1 of 10.00"),
            (&alone, "1 of its rows (line 1) are in the books by their sender's reference: P2 of 20.00"),
        ] {
            let done = town.books.import_file(file("month.csv", text)).await.unwrap();
            let Imported::Quarantined { reason } = done else { panic!("{done:?}") };
            let wanted =
                format!("{says} came before in daily.csv of 2026-04-20: is it the same money once more?");
            assert_eq!(reason, wanted);
            assert_eq!(town.balances().await, before);
        }
        // A sender whose numbers begin again: another account, another day or amount.
        let again = [row(2, "10.00", "P1", 19), row(1, "10.00", "P1", 20), row(2, "20.01", "P2", 19)];
        assert_eq!(town.took("others.csv", &receipts(&again)).await.rows, 3);
        // A person who knows better says why.
        let accepted = NewFile { accept: Some("paid twice"), ..file("month.csv", &alone) };
        let Imported::Now(done) = town.books.import_file(accepted).await.unwrap() else { panic!() };
        assert_eq!(remarks(&done.remarks, "in the books").len(), 1, "{:?}", done.remarks);
        // What was reversed is not in the books.
        let whole = receipts(&[row(5, "5.00", "P5", 19)]);
        let wrong = town.took("wrong.csv", &whole).await;
        town.books.reverse_import(wrong.id, "too early").await.unwrap();
        town.took("right.csv", &whole).await;
        assert!(first.rows == 2 && town.at("fund:CT").await == -(3_000 + 4_001 + 2_000 + 500));
        town.proved().await;
    }

    /// In suspense or redirected, it is the same money.
    async fn rows_that_nobody_owns_are_known_by_their_reference_too(url: &str) {
        let town = Town::of(url).await;
        let lost = receipts(&[paid("CT", "NOBODY", "CARD", "10.00").source("P1")]);
        town.took("a.csv", &lost).await;
        let more = receipts(&[
            paid("CT", &ct(1), "CARD", "7.00").source("P7"),
            paid("CT", "NOBODY", "CARD", "10.00").source("P1"),
        ]);
        let done = town.books.import_file(file("b.csv", &more)).await.unwrap();
        assert!(matches!(done, Imported::Quarantined { .. }), "{done:?}");
        assert_eq!((town.suspense().await.len(), town.at("fund:CT").await), (1, 0));
        town.proved().await;
    }

    async fn a_payment_that_was_taken_here_comes_in_no_file(url: &str) {
        let town = Town::of(url).await;
        let new = basket(&[("CT", &ct(1), 5_000), ("LE", "LM000001", 1_200)]);
        let view = town.books.start_payment(&new).await.unwrap();
        took(&town, &view).await;
        let before = town.balances().await;
        let name = format!("p of {}", view.payment.reference);
        // The provider's day and the lines of the basket may be written otherwise.
        let text = receipts(&[
            paid("CT", &ct(1), "CARD", "50.00").source(&name).on(april(21)),
            paid("CT", &ct(2), "CARD", "1.00").source("P9"),
        ]);
        let done = town.books.import_file(file("provider.csv", &text)).await.unwrap();
        let Imported::Quarantined { reason } = done else { panic!("{done:?}") };
        assert!(reason.contains(&format!("{name} of 50.00 was taken here")), "{reason}");
        assert_eq!(town.balances().await, before);
        town.proved().await;
    }

    /// A row sent again alone under another day is posted, and named as what it may be.
    async fn a_row_that_comes_again_under_another_day_is_told(url: &str) {
        let town = Town::of(url).await;
        let first = schedule("AP1", 20, &[(&ct(1), "10.00"), (&ct(2), "5.00")]);
        let told = town.took("monday.csv", &first).await;
        assert_eq!(told.remarks, [""; 0]);
        town.clock.to_april(21);
        let number = town.books.search_receipts(&SearchReceipts::Reference(ct(1)), None, 9).await.unwrap()[0].number.clone();
        let other = ct(1);
        let again = town.took("tuesday.csv", &schedule("AP2", 21, &[(&other, "10.00"), (&other, "10.01")])).await;
        assert_eq!(remarks(&again.remarks, "duplicate"), [
            format!("line 2: possible duplicate of receipt {number}: 10.00 to CT {other} of 2026-04-20, in monday.csv of 2026-04-20"),
        ]);
        // What is paid week by week is not, and a file that was reversed never was.
        town.clock.to_april(27);
        let weekly = town.took("weekly.csv", &schedule("AP3", 27, &[(&ct(2), "5.00")])).await;
        assert_eq!(remarks(&weekly.remarks, "duplicate"), [""; 0]);
        town.books.reverse_import(weekly.id, "another's").await.unwrap();
        town.clock.to_april(28);
        let next = town.took("next.csv", &schedule("AP4", 28, &[(&ct(2), "5.00")])).await;
        assert_eq!(remarks(&next.remarks, "duplicate"), [""; 0]);
        town.proved().await;
    }

    async fn a_reference_that_comes_again_under_another_day_is_told(url: &str) {
        let town = Town::of(url).await;
        let row = |source: &str| paid("CT", &ct(1), "CARD", "10.00").source(source);
        town.took("monday.csv", &receipts(&[row("PSP0001"), row("17"), row("PSP0002")])).await;
        town.clock.to_april(21);
        let other = paid("CT", &ct(2), "CARD", "10.00").source("PSP0002");
        let rows = [row("PSP0001"), row("17"), other].map(|row| row.on(april(21)));
        let told = town.took("tuesday.csv", &receipts(&rows)).await;
        assert_eq!(remarks(&told.remarks, "duplicate"), [
            format!("line 1: possible duplicate of PSP0001 of 10.00 to {}, which came before in monday.csv of 2026-04-20, dated 2026-04-20", ct(1)),
        ]);
        assert_eq!(town.at("fund:CT").await, -6_000);
        town.proved().await;
    }
}
