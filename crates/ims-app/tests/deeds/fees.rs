//! A card fee is a receipt of its own, once for a payment.

use ims_app::{Books, NewReceipt};
use ims_money::Pence;
use ims_testkit::on_both;

use super::{
    concurrent::at_once,
    raw::{count, counts},
    take_receipt::{cash, counter},
    town::{Town, ct},
};

async fn paid(town: &Town) -> String {
    let new = NewReceipt { method: "PHONE".to_owned(), ..cash("CT", &ct(1), 5_000) };
    town.books.take_receipt(&new).await.unwrap().receipt
}

on_both! {
    /// To the account of the payment's first line, or to the one that is
    /// configured; the payment's own receipt stays what it was.
    async fn a_fee_is_no_line_of_its_payment(url: &str) {
        let town = counter(url).await;
        let number = paid(&town).await;
        let before = town.books.receipt(&number).await.unwrap();
        let done = town.books.charge_fee(&number, "FEE", Pence::new(150)).await.unwrap();
        assert_eq!((done.fund.as_str(), done.reference.as_str()), ("CT", ct(1).as_str()));
        assert_eq!(town.books.receipt(&number).await.unwrap(), before);
        let fee = town.books.receipt(&done.receipt).await.unwrap();
        assert_eq!((fee.receipt.total.get(), fee.receipt.lines[0].vat.get()), (150, 0));
        assert_eq!((fee.entry.kind.as_str(), fee.receipt.source_ref), ("fee", Some(number)));
        let other = paid(&town).await;
        let done = town.books.charge_fee(&other, "FEEC", Pence::new(229)).await.unwrap();
        assert_eq!((done.fund.as_str(), done.reference.as_str()), ("NR", "FEES"));
        assert_eq!(
            (town.at("clearing:phone").await, town.at("fund:CT").await, town.at("fund:NR").await),
            (10_379, -10_150, -229)
        );
        town.proved().await;
    }

    /// Once: the same again changes nothing, another amount is refused.
    async fn a_payment_has_one_fee(url: &str) {
        let town = counter(url).await;
        let number = paid(&town).await;
        let first = town.books.charge_fee(&number, "FEE", Pence::new(150)).await.unwrap();
        let before = counts(url);
        let again = town.books.charge_fee(&number, "FEE", Pence::new(150)).await.unwrap();
        assert!(again.before);
        assert_eq!((again.receipt, again.fund, again.reference), (first.receipt.clone(), first.fund, first.reference));
        let cash = town.books.take_receipt(&cash("CT", &ct(1), 100)).await.unwrap().receipt;
        let after = counts(url);
        assert_ne!(before, after);
        let another = format!("receipt {number} was charged another fee before");
        for (number, method, pence, says) in [
            (number.as_str(), "FEE", 151, another.as_str()),
            (number.as_str(), "FEEC", 150, another.as_str()),
            (cash.as_str(), "FEE", 150, "payments by CASH incur no fee"),
            (first.receipt.as_str(), "FEE", 150, "payments by FEE incur no fee"),
            ("none", "FEE", 150, "there is no receipt `none`"),
        ] {
            let why = town.books.charge_fee(number, method, Pence::new(pence)).await.unwrap_err();
            assert_eq!(why.to_string(), says);
        }
        let number = paid(&town).await;
        for (method, pence, says) in [
            ("CARD", 150, "`CARD` is no method of payment of kind fee"),
            ("FEE", 0, "a fee is for more than nothing"),
        ] {
            let why = town.books.charge_fee(&number, method, Pence::new(pence)).await.unwrap_err();
            assert_eq!(why.to_string(), says);
        }
        town.proved().await;
    }

    async fn one_fee_at_once_is_charged_once(url: &str) {
        let town = counter(url).await;
        let number = paid(&town).await;
        let done = at_once(&town, move |books: Books| {
            let number = number.clone();
            async move { books.charge_fee(&number, "FEE", Pence::new(150)).await }
        });
        let done: Vec<_> = done.await.into_iter().map(Result::unwrap).collect();
        assert_eq!(done.iter().filter(|done| !done.before).count(), 1, "{done:?}");
        assert_eq!((count(url, "receipt"), town.at("fund:CT").await), (2, -5_150));
        town.proved().await;
    }
}
