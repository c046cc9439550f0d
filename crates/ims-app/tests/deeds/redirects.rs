//! Old references lead to new ones from a day on, however the money comes.

use ims_app::{NewAllocation, NewRedirect};
use ims_ledger::Through;
use ims_testkit::on_both;

use super::{
    files::{paid, receipts, statement},
    raw::counts,
    take_receipt::{cash, counter, keyed},
    town::{Town, april, ct},
};

/// From the 20th on, `reference` leads to the council tax account `to`.
pub(super) fn from_old(reference: &str, to: Option<&str>) -> NewRedirect {
    NewRedirect {
        fund: "CT".to_owned(),
        reference: reference.to_owned(),
        to: to.map(|to| ("CT".to_owned(), to.to_owned())),
        from: april(20),
        reason: "a new system".to_owned(),
    }
}

/// A town where `OLD 1` leads to `OLD2`'s account by way of account 2.
async fn redirected(url: &str) -> Town {
    let town = counter(url).await;
    town.books.redirect_reference(&from_old("old 1", Some(&ct(2)))).await.unwrap();
    town.books.redirect_reference(&from_old(&ct(2), Some(&ct(3)))).await.unwrap();
    town
}

async fn at_account(town: &Town, n: u32) -> i64 {
    let find = ims_app::FindReceipts { reference: Some(ct(n)), ..Default::default() };
    let found = town.books.find_receipts(&find, None, 50).await.unwrap();
    found.iter().map(|line| line.amount.get()).sum()
}

on_both! {
    /// A chain is followed to its end: at the counter, in a file, in suspense,
    /// at the bank; and the receipt says where the money was meant for.
    async fn money_for_an_old_reference_goes_to_the_new_one(url: &str) {
        let town = redirected(url).await;
        let new = keyed(cash("CT", "Old 1", 100), "form 1");
        let taken = town.books.take_receipt(&new).await.unwrap();
        assert!(town.books.take_receipt(&new).await.unwrap().before);
        let shown = town.books.receipt(&taken.receipt).await.unwrap();
        assert_eq!(shown.receipt.lines[0].reference, ct(3));
        assert_eq!(shown.redirected_from, ["CT/OLD 1"]);

        let rows = [
            paid("CT", "OLD 1", "CARD", "2.00"),
            paid("", &ct(2), "CARD", "4.00"),
            paid("CT", "OLD 1", "CARD", "8.00").on(april(19)),
            paid("CT", &ct(2), "CARD", "16.00").on(april(19)),
            paid("XX", "1", "CARD", "32.00"),
        ];
        let done = town.took("monday.csv", &receipts(&rows)).await;
        assert_eq!((done.suspense, done.suspense_total.get()), (2, 4_000));
        assert_eq!((at_account(&town, 2).await, at_account(&town, 3).await), (1_600, 700));

        let id = town.suspense().await.into_iter().find(|item| item.amount.get() == 3_200).unwrap().id;
        let to = NewAllocation {
            fund: "CT".to_owned(),
            reference: ct(2),
            amount: None,
            note: "rang".to_owned(),
            key: Some("form 2".to_owned()),
        };
        let done = town.books.allocate_suspense(id, &to).await.unwrap();
        let again = town.books.allocate_suspense(id, &to).await.unwrap();
        assert_eq!((again.before, &again.receipt), (true, &done.receipt));
        let shown = town.books.receipt(&done.receipt).await.unwrap();
        assert_eq!(shown.redirected_from, [format!("CT/{}", ct(2))]);

        let says = format!("FPI {}", ct(2));
        town.took("s1.sta", &statement(1, 0, 20, &[(6_400, &says)])).await;
        assert_eq!(town.reconciled().await.1, [""; 0]);
        assert_eq!((at_account(&town, 2).await, at_account(&town, 3).await), (1_600, 10_300));
        let checked = town.books.check_reference("CT", "old 1", Through::Staff).await.unwrap();
        assert_eq!((checked.reference, checked.redirected_from), (ct(3), Some("CT/OLD 1".to_owned())));
        town.proved().await;
    }

    async fn a_circle_is_refused_and_the_same_again_changes_nothing(url: &str) {
        let town = redirected(url).await;
        let before = counts(url);
        let first = town.books.redirect_reference(&from_old("OLD 1", Some(&ct(2)))).await.unwrap();
        assert_eq!(first.reason, "a new system");
        for (reference, to, says) in [
            (ct(3), ct(2), "lead round in a circle; a person has to mend them"),
            (ct(4), ct(4), "lead round in a circle; a person has to mend them"),
            ("OLD 9".to_owned(), "700000019".to_owned(), "fails its check digit (fund CT)"),
            (" ".to_owned(), ct(1), "an old reference has 1 to 60 characters"),
        ] {
            let why = town.books.redirect_reference(&from_old(&reference, Some(&to))).await.unwrap_err();
            assert!(why.to_string().ends_with(says), "{why}");
        }
        assert_eq!(counts(url), before);
        assert_eq!(town.books.redirects(None, 50).await.unwrap().len(), 2);
        town.proved().await;
    }

    /// A redirect is ended by another: nothing is taken back or rewritten.
    async fn a_redirect_ends_from_a_day_on(url: &str) {
        let town = redirected(url).await;
        town.books.redirect_reference(&from_old(&ct(2), None)).await.unwrap();
        town.books.take_receipt(&cash("CT", "OLD 1", 100)).await.unwrap();
        assert_eq!((at_account(&town, 2).await, at_account(&town, 3).await), (100, 0));
        let page = town.books.redirects(None, 2).await.unwrap();
        let rest = town.books.redirects(Some(page[1].id), 2).await.unwrap();
        assert_eq!((rest.len(), rest[0].redirect.to.as_ref()), (1, None));
        town.proved().await;
    }
}
