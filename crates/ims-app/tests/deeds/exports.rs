//! What goes out is numbered, totalled, and has each closed day once.

use ims_app::{ExportKind, Exported};
use ims_testkit::on_both;

use super::{
    files::{one_receipt, paid, receipts, statement},
    raw::sql,
    suspense::to_first,
    town::{Town, april, ct},
};

async fn export(town: &Town, kind: &ExportKind) -> Option<Exported> {
    town.books.make_export(kind).await.unwrap()
}

/// The debits and credits posted in the days after the first to the last.
fn posted(url: &str, after: u32, through: u32) -> (i64, i64) {
    let side = |side: &str| -> i64 {
        let days = format!("'{}' AND accounting_day <= '{}'", april(after), april(through));
        let sum = sql(
            url,
            &format!(
                "SELECT coalesce(sum(amount_pence), 0) FROM posting
                 WHERE side = '{side}' AND accounting_day > {days}"
            ),
        );
        sum.parse().unwrap()
    };
    (side("debit"), side("credit"))
}

on_both! {
    async fn exports_are_numbered_and_have_each_day_once(url: &str) {
        let town = Town::of(url).await;
        let journal = ExportKind::LedgerJournal;
        assert!(export(&town, &journal).await.is_none());
        town.took("monday.csv", &one_receipt()).await;
        assert!(export(&town, &journal).await.is_none(), "an open day is in no export");
        let head = town.books.close_day(april(20)).await.unwrap().head;
        let first = export(&town, &journal).await.unwrap();
        assert_eq!((first.row.number, first.row.after_day), (1, None));
        assert_eq!(first.row.through_day, april(20));
        assert_eq!((first.row.debit.get(), first.row.credit.get()), posted(url, 1, 20));
        assert_eq!(first.row.debit.get(), 12_050);
        assert!(export(&town, &journal).await.is_none());
        assert!(town.books.verify(Some(&head)).await.unwrap().ok);
        assert!(town.books.verify(Some(&first.row.head.to_string())).await.unwrap().ok);

        town.clock.to_april(22);
        for (day, amount) in [(21, "5.00"), (22, "3.00")] {
            let row = paid("LE", "LM000001", "CASH", amount).on(april(day));
            town.took("more.csv", &receipts(&[row])).await;
        }
        town.took("s1.sta", &statement(1, 0, 21, &[(12_050, "5200107")])).await;
        town.books.close_day(april(21)).await.unwrap();
        town.books.close_day(april(22)).await.unwrap();
        let second = export(&town, &journal).await.unwrap();
        assert_eq!((second.row.number, second.row.after_day), (2, Some(april(20))));
        assert_eq!(second.row.through_day, april(22));
        assert_eq!((second.row.debit.get(), second.row.credit.get()), posted(url, 20, 22));
        assert!(export(&town, &journal).await.is_none());
        let numbers: Vec<_> =
            town.books.exports(10).await.unwrap().into_iter().map(|row| row.number).collect();
        assert_eq!(numbers, [2, 1]);
        town.proved().await;
    }

    async fn an_export_comes_back_byte_for_byte(url: &str) {
        let town = Town::of(url).await;
        town.took("monday.csv", &one_receipt()).await;
        town.books.close_day(april(20)).await.unwrap();
        let first = export(&town, &ExportKind::LedgerJournal).await.unwrap();
        town.clock.to_april(25);
        town.took("late.csv", &receipts(&[paid("CT", &ct(2), "CARD", "9.99")])).await;
        let again = town.books.export_again(first.row.id).await.unwrap();
        assert_eq!(again, first);
        let text = String::from_utf8(again.bytes).unwrap();
        assert!(text.contains("R1000") && text.contains("120.50"), "{text}");
        town.proved().await;
    }

    /// A host system gets its own fund's receipts, each of them once.
    async fn a_host_file_has_its_own_funds_receipts(url: &str) {
        let town = Town::of(url).await;
        let rows = [
            paid("CT", &ct(1), "CARD", "120.50"),
            paid("CT", &ct(2), "CASH", "-20.00"),
            paid("LE", "LM000001", "CASH", "12.00"),
        ];
        town.took("monday.csv", &receipts(&rows)).await;
        town.books.close_day(april(20)).await.unwrap();
        let tax = export(&town, &ExportKind::HostCash("CT".to_owned())).await.unwrap();
        assert_eq!((tax.row.number, tax.row.rows), (1, 2));
        assert_eq!((tax.row.debit.get(), tax.row.credit.get()), (12_050, 2_000));
        let text = String::from_utf8(tax.bytes).unwrap();
        assert!(text.contains(&ct(1)) && !text.contains("LM000001"), "{text}");
        let leisure = export(&town, &ExportKind::HostCash("LE".to_owned())).await.unwrap();
        assert_eq!((leisure.row.number, leisure.row.rows), (1, 1));
        let other = town.books.make_export(&ExportKind::HostCash("XX".to_owned())).await;
        assert!(other.unwrap_err().is_bad_input());
        town.proved().await;
    }

    /// What is posted late counts in a later day, and so in the next file.
    async fn what_comes_late_is_in_the_next_file(url: &str) {
        let town = Town::of(url).await;
        town.took("monday.csv", &one_receipt()).await;
        town.books.close_day(april(20)).await.unwrap();
        let host = ExportKind::HostCash("CT".to_owned());
        assert_eq!(export(&town, &host).await.unwrap().row.rows, 1);
        town.took("late.csv", &receipts(&[paid("CT", &ct(2), "CARD", "9.99")])).await;
        assert!(export(&town, &host).await.is_none());
        town.clock.to_april(21);
        town.books.close_day(april(21)).await.unwrap();
        let late = export(&town, &host).await.unwrap();
        assert_eq!((late.row.rows, late.row.debit.get()), (1, 999));
        town.proved().await;
    }

    /// What is allocated from suspense came by no method of the council's.
    async fn money_found_in_suspense_goes_to_the_host_system_too(url: &str) {
        let town = Town::of(url).await;
        town.took("s1.sta", &statement(1, 0, 20, &[(500, "FROM SOMEBODY")])).await;
        town.books.close_day(april(20)).await.unwrap();
        town.clock.to_april(21);
        let item = town.suspense().await[0].id;
        town.books.allocate_suspense(item, &to_first(None)).await.unwrap();
        town.books.close_day(april(21)).await.unwrap();
        let made = export(&town, &ExportKind::HostCash("CT".parse().unwrap())).await.unwrap();
        assert_eq!((made.row.rows, made.row.debit.get()), (1, 500));
        town.proved().await;
    }
}
