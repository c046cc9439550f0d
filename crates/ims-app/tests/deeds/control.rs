//! The books beside the ledger and the host systems.

use chrono::NaiveDate;
use ims_app::{Ack, Control, ControlFile, ControlLine, ExportKind, NewControl};
use ims_ledger::{
    Draft,
    id::{EntryId, ReceiptId},
};
use ims_money::Pence;
use ims_store::{EntryRow, ReceiptLineRow, ReceiptRow, Tx};
use ims_testkit::on_both;

use super::{
    files::{paid, receipts},
    raw::count,
    town::{Town, april, ct},
    transfers::{done, journal, part},
};

fn line(fund: &str, reference: &str, pence: i64) -> ReceiptLineRow {
    ReceiptLineRow {
        fund: fund.to_owned(),
        reference: reference.to_owned(),
        amount: Pence::new(pence),
        vat_code: None,
        vat_basis_points: None,
        vat: Pence::ZERO,
    }
}

/// A receipt with these lines, and the entry that posts `postings`.
fn receipt(
    town: &Town,
    lines: Vec<ReceiptLineRow>,
    postings: Draft,
    day: NaiveDate,
) -> (EntryRow, ReceiptRow) {
    let world = town.app.world();
    let id = ReceiptId::new(world.id());
    let mut receipt = ReceiptRow {
        id,
        number: ims_ledger::ReceiptNumber::from_random(u64::from_be_bytes(world.bytes()))
            .to_string(),
        method: "CARD".to_owned(),
        office: None,
        happened_on: day,
        accounting_day: day,
        posted_at: world.now(),
        total: Pence::checked_sum(lines.iter().map(|line| line.amount)).unwrap(),
        entry: EntryId::new(world.id()),
        import: None,
        source_ref: None,
        reverses: None,
        lines,
    };
    let mut about = format!("receipt {id} {} {}", receipt.number, receipt.method);
    for line in &receipt.lines {
        about += &format!(" {}/{}/{}/-/0.00", line.fund, line.reference, line.amount);
    }
    let entry = EntryRow {
        id: receipt.entry,
        kind: "transfer",
        happened_on: day,
        accounting_day: day,
        posted_at: world.now(),
        actor: "system:test".to_owned(),
        key: None,
        about,
        import: None,
        detail: None,
        postings: postings.balance().unwrap(),
    };
    receipt.entry = entry.id;
    (entry, receipt)
}

/// Card money for an account, posted by hand.
pub(super) fn card(
    town: &Town,
    fund: &str,
    reference: &str,
    pence: i64,
    day: NaiveDate,
) -> (EntryRow, ReceiptRow) {
    let postings = Draft::new()
        .debit("clearing:card".parse().unwrap(), Pence::new(pence))
        .credit(format!("fund:{fund}").parse().unwrap(), Pence::new(pence));
    receipt(town, vec![line(fund, reference, pence)], postings, day)
}

pub(super) async fn post(tx: &mut Tx, town: &Town, (entry, receipt): (EntryRow, ReceiptRow)) {
    let council = town.books.council().id;
    tx.post_many(council, std::slice::from_ref(&entry)).await.unwrap();
    let waits = ims_store::ExpectedRow {
        id: ims_ledger::id::ExpectedId::new(town.app.world().id()),
        channel: "card".to_owned(),
        happened_on: receipt.happened_on,
        amount: receipt.total,
        reference: String::new(),
        batch_ref: String::new(),
        source_ref: String::new(),
        entry: entry.id,
        receipt: Some(receipt.id),
        import: None,
        created_at: receipt.posted_at,
        is_payers: true,
    };
    if !waits.amount.is_zero() {
        tx.add_expected(council, &[waits]).await.unwrap();
    }
    tx.add_receipts(council, &[receipt]).await.unwrap();
}

fn csv<'a>(name: &'a str, text: &'a str) -> ControlFile<'a> {
    ControlFile { name, bytes: text.as_bytes() }
}

/// The lines that differ: what, name, when, how much, why.
fn differing(lines: &[ControlLine]) -> Vec<(&str, &str, i64, String)> {
    let differ = lines.iter().filter(|line| !line.difference_pence.is_zero());
    differ
        .map(|line| {
            (
                line.name.as_str(),
                line.when.as_str(),
                line.difference_pence.get(),
                line.why.join("; "),
            )
        })
        .collect()
}

/// A town with two days of council tax and parking, both closed.
async fn two_days(url: &str) -> Town {
    let town = Town::of(url).await;
    town.clock.to_april(21);
    let rows = [
        paid("CT", &ct(1), "CARD", "120.50").on(april(20)),
        paid("PK", "PN000001", "CARD", "35.00").on(april(20)),
        paid("CT", &ct(2), "CARD", "10.00").on(april(21)),
    ];
    town.took("days.csv", &receipts(&rows)).await;
    town.books.close_day(april(21)).await.unwrap();
    town
}

async fn against(town: &Town, ledger: &str, tax: &str) -> Control {
    let new = NewControl {
        from: april(20),
        through: april(22),
        ledger: Some(csv("gl.csv", ledger)),
        hosts: vec![("CT".to_owned(), csv("tax.csv", tax))],
    };
    town.books.control(&new).await.unwrap()
}

const LEDGER: &str = "day,account,amount\n2026-04-20,R1000,-120.50\n2026-04-20,fund:PK,-35.00\n\
    2026-04-20,clearing:card,155.50\n2026-04-21,R1000,-10.00\n2026-04-21,clearing:card,10.00\n";
const TAX: &str = "day,amount\n20/04/2026,120.50\n2026-04-21,10.00\n";

on_both! {
    async fn books_that_agree_are_certified_without_a_difference(url: &str) {
        let town = two_days(url).await;
        let done = against(&town, LEDGER, TAX).await;
        assert_eq!((done.number, done.differences), (1, 0), "{:?}", differing(&done.days));
        assert!(done.days.iter().any(|line| line.of == "host:PK" && line.theirs_pence.is_none()));
        let tax = done.months.iter().find(|line| line.of == "host:CT").unwrap();
        assert_eq!((tax.when.as_str(), tax.ours_pence.get(), tax.theirs_pence.unwrap().get()), ("2026-04", 13_050, 13_050));
        assert!(town.books.verify(Some(&done.head)).await.unwrap().ok);
        assert_eq!(town.books.control_again(1).await.unwrap(), done);
        assert_eq!(town.books.control_again(2).await.unwrap_err().to_string(), "there is no control certificate `2`");
        let second = against(&town, LEDGER, TAX).await;
        assert_eq!(second.number, 2);
        let kept = town.books.controls(10).await.unwrap();
        assert_eq!(kept.iter().map(|row| row.number).collect::<Vec<_>>(), [2, 1]);
        town.proved().await;
    }

    /// What is on its way is told from what nothing explains.
    async fn a_difference_says_where_the_days_file_is(url: &str) {
        let town = two_days(url).await;
        let short = "day,account,amount\n2026-04-20,R1000,-120.50\n2026-04-20,fund:PK,-35.00\n2026-04-20,clearing:card,155.50\n2026-04-21,R9999,5.00\n";
        let why = |done: &Control, name: &str| -> String {
            let found = differing(&done.days).into_iter().find(|line| line.0 == name && line.1 == "2026-04-21");
            found.unwrap().3
        };
        let done = against(&town, short, TAX).await;
        assert_eq!(done.differences, 3);
        assert_eq!(why(&done, "R1000"), "they say nothing of it on this day; no export has been made of it yet");
        assert!(why(&done, "R9999").starts_with("our books have nothing of it on this day"));
        let made = town.books.make_export(&ExportKind::LedgerJournal).await.unwrap().unwrap();
        let done = against(&town, short, TAX).await;
        assert!(why(&done, "R1000").ends_with("ledger-journal-000001.csv is not acknowledged yet"));
        town.books.acknowledge_export(made.row.id, Ack::Rejected, "R", "no").await.unwrap();
        let done = against(&town, short, TAX).await;
        assert!(why(&done, "R1000").ends_with("ledger-journal-000001.csv was rejected, and no export has taken its place"));
        let made = town.books.make_export(&ExportKind::LedgerJournal).await.unwrap().unwrap();
        town.books.acknowledge_export(made.row.id, Ack::Accepted, "GL", "").await.unwrap();
        let other = LEDGER.replace("-10.00", "-9.00");
        let done = against(&town, &other, TAX).await;
        assert_eq!(
            differing(&done.days),
            [("R1000", "2026-04-21", -100, "nothing in our books explains it".to_owned())]
        );
        let months = differing(&done.months);
        assert_eq!((months[0].1, months[0].2), ("2026-04", -100));
        town.proved().await;
    }

    /// A receipt moved between funds corrects the ledger and both host systems,
    /// each on the day it was moved.
    async fn moving_a_receipt_corrects_both_sides(url: &str) {
        let town = two_days(url).await;
        town.clock.to_april(22);
        let search = ims_app::SearchReceipts::Reference(ct(1));
        let found = town.books.search_receipts(&search, None, 1).await.unwrap();
        done(town.books.journal_line(&journal(found[0].id, &[part("PK", "PN000001", 2_000)])).await.unwrap());
        town.books.close_day(april(22)).await.unwrap();
        town.proved().await;
        // The host moved it on the day it was paid; we on the day it was moved.
        let tax = "day,amount\n2026-04-20,100.50\n2026-04-21,10.00\n";
        let done = against(&town, LEDGER, tax).await;
        let moves = "20.00 of this day was moved to other accounts since, by journal";
        let of_tax: Vec<_> = done.days.iter().filter(|line| line.of == "host:CT").cloned().collect();
        let of_tax = differing(&of_tax);
        assert_eq!((of_tax[0].1, of_tax[0].2), ("2026-04-20", 2_000));
        assert!(of_tax[0].3.contains(moves), "{of_tax:?}");
        assert_eq!((of_tax[1].1, of_tax[1].2), ("2026-04-22", -2_000));
        let month = done.months.iter().find(|line| line.of == "host:CT").unwrap();
        assert!(month.difference_pence.is_zero(), "the month agrees");
        // Both funds' files and the ledger have it.
        let tax = town.books.make_export(&ExportKind::HostCash("CT".to_owned())).await.unwrap().unwrap();
        let parking = town.books.make_export(&ExportKind::HostCash("PK".to_owned())).await.unwrap().unwrap();
        assert_eq!((tax.row.debit.get(), tax.row.credit.get()), (13_050, 2_000));
        assert_eq!((parking.row.debit.get(), parking.row.credit.get()), (5_500, 0));
        let ledger = format!("{LEDGER}2026-04-22,R1000,20.00\n2026-04-22,fund:PK,-20.00\n");
        let tax = format!("{TAX}2026-04-22,-20.00\n");
        assert_eq!(against(&town, &ledger, &tax).await.differences, 0);
        town.proved().await;
    }

    async fn a_file_that_does_not_read_certifies_nothing(url: &str) {
        let town = two_days(url).await;
        let new = |from: u32, through: u32, fund: &str, text: &'static str| NewControl {
            from: april(from),
            through: april(through),
            ledger: None,
            hosts: vec![(fund.to_owned(), csv("tax.csv", text))],
        };
        for (new, why) in [
            (new(20, 22, "CT", "day,amount\n2026-04-20,1.00.00\n"), "tax.csv line 2: the amount: "),
            (new(20, 22, "XX", TAX), "there is no fund `XX`"),
            (new(22, 20, "CT", TAX), "2026-04-22 to 2026-04-20 is not 1 to 400 days"),
        ] {
            let error = town.books.control(&new).await.unwrap_err();
            assert!(error.is_bad_input() && error.to_string().starts_with(why), "{error}");
        }
        assert_eq!(count(url, "control_certificate"), 0);
        town.proved().await;
    }

    async fn a_certificate_that_was_changed_is_found(url: &str) {
        let town = two_days(url).await;
        against(&town, LEDGER, TAX).await;
        super::raw::tamper(url, "UPDATE control_certificate SET certificate = REPLACE(certificate, '12050', '12051')");
        let verified = town.books.verify(None).await.unwrap();
        let wrong: Vec<_> = verified.checks.iter().filter(|check| !check.ok).map(|check| check.name).collect();
        assert_eq!(wrong, ["control certificates are what they were"]);
    }
}
