//! Days of bank accounts, signed by two people.

use ims_store::{BankDayRow, SignedBy, StoreError};
use ims_testkit::on_both;

use super::made::{self, at, bank_day, day, line, matched, pair, signed_by, statement};

on_both! {
    /// What explains a line is the newest match that was not taken back.
    async fn the_lines_of_a_day_say_what_explains_them(url: &str) {
        let (store, council) = made::store(url).await;
        let mut tx = store.begin().await.unwrap();
        let import = made::import("a statement");
        tx.add_import(council, &import).await.unwrap();
        let row = statement(import.id, 1);
        let lines = [line(&row, 1, 100), line(&row, 2, 250)];
        tx.add_statement(council, &row, &lines).await.unwrap();
        for _ in 0..2 {
            let made = matched(100);
            let pairs = [pair(&made, Some(lines[0].id), None)];
            tx.add_matches(council, std::slice::from_ref(&made), &pairs).await.unwrap();
        }
        let found = tx.bank_day_lines(council, &row.bank, lines[0].booked_on, 10).await.unwrap();
        let amounts: Vec<_> = found.iter().map(|one| one.line.amount.get()).collect();
        assert_eq!(amounts, [100, 250]);
        assert!(found[1].explained.is_none());
        let (newest, ..) = found[0].explained.clone().unwrap();
        tx.add_undo(council, newest, None, "not theirs", "jo", at(2)).await.unwrap();
        let found = tx.bank_day_lines(council, &row.bank, lines[0].booked_on, 10).await.unwrap();
        assert!(found[0].explained.as_ref().is_some_and(|(id, ..)| *id < newest));
        let other = tx.bank_day_lines(council, "another", lines[0].booked_on, 10).await.unwrap();
        assert!(other.is_empty());
        let before = lines[0].booked_on.pred_opt().unwrap();
        assert_eq!(tx.booked_since(council, &row.bank, before).await.unwrap().get(), 350);
        let days = (before, lines[0].booked_on);
        let days = tx.bank_days(council, &row.bank, days, 10).await.unwrap();
        assert_eq!(days, [(lines[0].booked_on, 2, made::pence(350), 2)]);
        assert_eq!(tx.bank_reaches(council, &row.bank).await.unwrap(), Some(lines[0].booked_on));
    }

    async fn nobody_reviews_what_they_prepared(url: &str) {
        let (store, council) = made::store(url).await;
        let row = bank_day(0);
        let mut tx = store.begin().await.unwrap();
        tx.sign_bank_day(council, &row).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = store.begin().await.unwrap();
        let refused = tx.review_bank_day(council, &row, &signed_by("ann", 9)).await;
        assert!(refused.unwrap_err().to_string().contains("bank_day_four_eyes"));
        drop(tx);
        let mut tx = store.begin().await.unwrap();
        tx.review_bank_day(council, &row, &signed_by("bob", 9)).await.unwrap();
        tx.reopen_bank_day(council, &row, &signed_by("cat", 10)).await.unwrap();
        tx.sign_bank_day(council, &bank_day(1)).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = store.snapshot().await.unwrap();
        let found = tx.signed_bank_days(council, "main", day(1), day(30)).await.unwrap();
        let reopened = BankDayRow {
            reviewed: Some(signed_by("bob", 9)),
            reopened: Some(signed_by("cat", 10)),
            ..row.clone()
        };
        assert_eq!(found, [bank_day(1), reopened]);
        assert!(tx.signed_bank_days(council, "other", day(1), day(30)).await.unwrap().is_empty());
    }

    async fn a_day_is_signed_once_and_opened_again_with_a_reason(url: &str) {
        let (store, council) = made::store(url).await;
        let row = bank_day(0);
        let mut tx = store.begin().await.unwrap();
        tx.sign_bank_day(council, &row).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = store.begin().await.unwrap();
        let twice = tx.sign_bank_day(council, &row).await.unwrap_err();
        assert!(matches!(twice, StoreError::Duplicate(name) if name == "bank_day_pkey"));
        drop(tx);
        let mut tx = store.begin().await.unwrap();
        let silent = SignedBy { note: String::new(), ..signed_by("cat", 3) };
        let refused = tx.reopen_bank_day(council, &row, &silent).await.unwrap_err();
        assert!(refused.to_string().contains("bank_day_reopen_reason"));
    }
}
