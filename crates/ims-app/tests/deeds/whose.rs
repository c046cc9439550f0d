//! A credit that quotes an account is its payer's: it is never taken for money of somebody
//! else, nor for what is on its way in a sum.

use ims_app::{DisputeOutcome, NewSuspenseItem};
use ims_money::Pence;
use ims_testkit::on_both;

use super::{
    files::{paid, receipts, statement},
    redirects::from_old,
    refunds::{number_of, with_payment},
    returns::{COLLECTED, disputed::dispute, returned},
    town::{Town, april, ct, settings},
};

fn one(rule: &str) -> Vec<(String, u64)> {
    vec![(rule.to_owned(), 1)]
}

/// Money somebody entered, of that channel.
fn entered(channel: &str, pence: i64, reference: &str) -> NewSuspenseItem {
    NewSuspenseItem {
        channel: channel.to_owned(),
        amount: Pence::new(pence),
        happened_on: april(19),
        reference: reference.to_owned(),
        narrative: String::new(),
        method: None,
        reason: "no name".to_owned(),
        key: None,
    }
}

on_both! {
    /// Two accounts whose references lie close together, and the same amount: what the payer
    /// quotes leads to an account, so that it is no slip of the pen for the other.
    async fn an_account_is_nobodys_slip_of_the_pen(url: &str) {
        let town = Town::of(url).await;
        town.took("monday.csv", &receipts(&[paid("LE", "LM000777", "BANK", "12.00")])).await;
        town.took("s1.sta", &statement(1, 0, 20, &[(1_200, "FPI LM000778 GYM")])).await;
        let (rules, left) = town.reconciled().await;
        assert_eq!((rules, left.len()), (vec![], 1));
        assert!(left[0].contains("quotes"), "{left:?}");
        assert_eq!((town.at("clearing:bank").await, town.at("unmatched:main").await), (1_200, -1_200));
        // Nor is it proposed as one.
        let day = town.books.bank_day("main", april(20)).await.unwrap();
        let stands = day.facts.lines[0].stands.in_words();
        assert!(!stands.contains("typo"), "{stands}");
        town.proved().await;
    }

    /// What leads to nobody may be a slip, and one is mended still.
    async fn a_slip_that_leads_to_nobody_is_mended(url: &str) {
        let town = Town::of(url).await;
        town.took("monday.csv", &receipts(&[paid("LE", "LM000777", "BANK", "12.00")])).await;
        town.took("s1.sta", &statement(1, 0, 20, &[(1_200, "FPI LM00077 GYM")])).await;
        assert_eq!(town.reconciled().await, (one("typo"), vec![]));
        assert_eq!(town.at("clearing:bank").await, 0);
        town.proved().await;
    }

    /// An old reference leads to an account too.
    async fn an_old_reference_is_nobodys_slip_of_the_pen(url: &str) {
        let town = Town::of(url).await;
        let (old, new) = (ct(50), ct(4));
        town.books.redirect_reference(&from_old(&old, Some(&new))).await.unwrap();
        let near = near(&old);
        town.books.add_suspense_item(&entered("till", 2_500, &near)).await.unwrap();
        town.took("s1.sta", &statement(1, 0, 20, &[(2_500, &format!("FPI {old}"))])).await;
        let (rules, left) = town.reconciled().await;
        assert_eq!((rules, left.len(), town.at("clearing:till").await), (vec![], 1, 2_500));
        town.proved().await;
    }

    /// What a won dispute gives back comes in a payout.
    async fn what_a_dispute_gives_back_is_no_payers_credit(url: &str) {
        let (town, number) = with_payment(url).await;
        let opened = town.books.open_dispute(&dispute(&number, &[])).await.unwrap();
        let account = town.books.receipt(&number).await.unwrap().receipt.lines[0].reference.clone();
        let says = format!("FPI {account}");
        town.took("s1.sta", &statement(1, 1_000, 20, &[(-600, &says)])).await;
        let (rules, left) = town.reconciled().await;
        assert_eq!((rules, left.len()), (vec![], 1), "a debit is not the provider's");
        town.books.end_dispute(opened.dispute.id, DisputeOutcome::Won, "slip shown").await.unwrap();
        let before = town.at("clearing:card").await;
        town.took("s2.sta", &statement(2, 400, 20, &[(600, &says)])).await;
        let (rules, left) = town.reconciled().await;
        assert_eq!((rules, left.len()), (one("reference quoted"), 1));
        assert_eq!(town.at("clearing:card").await, before);
        town.proved().await;
    }

    /// Cards go through another provider from now on: what the former one owes comes in its
    /// payouts, as ever.
    async fn what_a_former_provider_owes_is_no_payers_credit(url: &str) {
        let town = Town::of(url).await;
        let row = paid("CT", &ct(4), "CARD", "23.45").on(april(17));
        town.took("monday.csv", &receipts(&[row])).await;
        let moved = settings("MILL")
            .replace("merchant = \"5200107\"\n", "")
            .replace("channel = \"card\"", "channel = \"cards\"");
        let moved = format!("{moved}\n[[channel]]\ncode = \"cards\"\nname = \"New cards\"\n");
        town.books.configure(&moved, april(1)).await.unwrap();
        let says = format!("FPI SMITH {}", ct(4));
        town.took("s1.sta", &statement(1, 0, 20, &[(2_345, &says)])).await;
        assert_eq!(town.reconciled().await, (one("reference quoted"), vec![]));
        assert_eq!((town.at("clearing:card").await, town.at("fund:CT").await), (2_345, -4_690));
        town.proved().await;
    }

    /// What somebody entered under a payer's account is not the payer's next credit; under a
    /// slip's number it is found by it.
    async fn what_somebody_entered_is_found_by_its_slip_not_by_its_payer(url: &str) {
        let town = Town::of(url).await;
        for reference in [&*ct(4), "SLIP0077"] {
            town.books.add_suspense_item(&entered("till", 2_345, reference)).await.unwrap();
        }
        let says = format!("FPI SMITH {}", ct(4));
        town.took("s1.sta", &statement(1, 0, 20, &[(2_345, &says), (2_345, "CR SLIP0077")])).await;
        let (rules, left) = town.reconciled().await;
        assert_eq!(left, Vec::<String>::new());
        let both = ["quoted", "reference quoted"].map(|rule| (rule.to_owned(), 1));
        assert_eq!(rules, both);
        assert_eq!((town.at("clearing:till").await, town.at("fund:CT").await), (2_345, -2_345));
        town.proved().await;
    }

    /// Only a debit that the bank showed waits for an advice.
    async fn what_has_no_reference_is_no_debit_of_the_bank(url: &str) {
        let town = Town::of(url).await;
        town.took("dd.csv", &receipts(&[paid("CT", &ct(1), "DD", "30.00").batch(COLLECTED)])).await;
        town.took("s1.sta", &statement(1, 0, 20, &[(3_000, COLLECTED)])).await;
        town.books.reconcile().await.unwrap();
        town.books.add_suspense_item(&entered("dd", 3_000, "")).await.unwrap();
        town.clock.to_april(21);
        let number = number_of(&town.books, &ct(1)).await;
        town.books.record_return(&returned(&number, "ARUDD 1")).await.unwrap();
        town.books.reconcile().await.unwrap();
        assert_eq!(town.books.waited_for(Some("dd")).await.unwrap().len(), 2);
        // The bank's debit, whichever it is, closes the return and leaves the money entered.
        town.took("s2.sta", &statement(2, 3_000, 21, &[(-3_000, "UNPAID DD")])).await;
        town.books.reconcile().await.unwrap();
        let open = town.books.waited_for(Some("dd")).await.unwrap();
        assert_eq!(open.iter().map(|item| item.amount.get()).collect::<Vec<_>>(), [3_000]);
        town.proved().await;
    }
}

/// A text one slip away from this reference that is nobody's.
fn near(reference: &str) -> String {
    format!("{}X", &reference[..reference.len() - 1])
}
