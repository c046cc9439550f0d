//! `verify` finds e-returns that were tampered with.

use super::*;
use crate::deeds::{
    raw::{sql, tamper},
    town::proved,
};

/// The sentences of the checks that do not hold.
async fn wrong(books: &Books) -> Vec<String> {
    let verified = books.verify(None).await.unwrap();
    let wrong = verified.checks.into_iter().filter(|check| !check.ok);
    wrong.map(|check| check.detail.unwrap_or_default()).collect()
}

on_both! {
    async fn what_was_tampered_with_is_found(url: &str) {
        for (what, found) in [
            ("UPDATE ereturn_state SET status = 'returned'", "R1 approved: 2 is kept, 2 adds up"),
            ("UPDATE ereturn_state SET version = 1", "R1 approved: 1 is kept, 2 adds up"),
            ("UPDATE ereturn_version SET saved_by = 'mia' WHERE version = 2", "R1: 1 is kept, 0 adds up"),
            ("UPDATE ereturn_approval SET submitted_by = 'eve'", "R1: 1 is kept, 0 adds up"),
            ("UPDATE ereturn_approval SET rows_pence = 4300", "R1: 4300 is kept, 4200 adds up"),
            ("UPDATE ereturn_approval SET counted_pence = 4300", "R1: 4300 is kept, 4200 adds up"),
            ("UPDATE paying_in_slip SET amount_pence = 3501", "slip 1: 3501 is kept, 3500 adds up"),
            ("UPDATE number_series SET last_number = 7 WHERE series = 'slip'", "slip: 7 is kept, 1 adds up"),
            ("UPDATE ereturn SET number = 2", "e-return: 1 is kept, 1 adds up"),
            (
                "UPDATE ereturn_version SET document = replace(document, '1200', '1300') WHERE version = 2",
                "R1 is not what it was when it was saved",
            ),
            ("UPDATE detail SET words = replace(words, 'Smith', 'Jones')", "R1 is not what it was when it was saved"),
        ] {
            let fresh = another(url);
            let town = with_templates(&fresh.url).await;
            let made = submitted(&ann(&town).await, "LIB", &mixed()).await;
            approved(&mia(&town).await, made.id).await.unwrap();
            town.proved().await;
            tamper(&fresh.url, what);
            let wrong = wrong(&town.books).await;
            assert!(wrong.iter().any(|wrong| wrong.starts_with(found)), "{what}: {wrong:?}");
        }
    }

    /// Names on cheques stand apart, can be erased, and the books still hold.
    async fn names_on_cheques_can_be_erased(url: &str) {
        let town = with_templates(url).await;
        let made = submitted(&ann(&town).await, "LIB", &mixed()).await;
        approved(&mia(&town).await, made.id).await.unwrap();
        assert_eq!(sql(url, "SELECT count(*) FROM ereturn_version WHERE document LIKE '%Smith%'"), "0");
        assert_eq!(town.books.ereturn(made.id).await.unwrap().takings, mixed());
        sql(url, "DELETE FROM detail");
        let takings = town.books.ereturn(made.id).await.unwrap().takings;
        assert_eq!((takings.cheques[0].name.as_str(), takings.cheques[0].amount.get()), ("", 1_500));
        proved(&town.books).await;
    }
}
