//! Money is taken by what was seen before, but only while that is so.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicI64, Ordering::SeqCst},
};

use ims_app::{Books, NewReceipt};
use ims_testkit::on_both;

use super::{
    concurrent::at_once,
    raw::count,
    redirects::from_old,
    take_receipt::{COUNTER, cash, counter, keyed, why},
    town::{april, ct, settings},
};

on_both! {
    /// Whatever is changed on one server counts at once on another, which has
    /// seen it otherwise.
    async fn what_another_server_changes_counts_at_once(url: &str) {
        let town = counter(url).await;
        let there = town.elsewhere(7).await;
        let takes = async |new: &NewReceipt| {
            let done = town.books.take_receipt(new).await.unwrap();
            town.books.receipt(&done.receipt).await.unwrap()
        };
        let small = cash("NR", "1", 60);
        assert_eq!(takes(&small).await.receipt.accounting_day, april(20));

        let stricter = COUNTER.replace("max_pence = 9999", "max_pence = 50");
        there.configure(&format!("{}{stricter}", settings("MILL")), april(20)).await.unwrap();
        let says = "0.60 is more than fund NR takes at once (0.50)";
        assert_eq!(why(&town.books, &small).await, says);

        takes(&cash("CT", &ct(1), 100)).await;
        there.redirect_reference(&from_old(&ct(1), Some(&ct(2)))).await.unwrap();
        let led = takes(&cash("CT", &ct(1), 100)).await;
        assert_eq!(led.lines[0].line.reference, ct(2));

        takes(&cash("CT", &ct(3), 100)).await;
        let stop = format!("fund,reference,name,stop\nCT,{},Three,BAIL\n", ct(3));
        town.took("stop.csv", &stop).await;
        let cashier = town.hands_of(ims_app::Role::Cashier).await;
        let says = format!("CT {} is on stop: with the bailiffs; ring 1234", ct(3));
        assert_eq!(why(&cashier, &cash("CT", &ct(3), 100)).await, says);

        assert_eq!(
            why(&town.books, &cash("NX", "7", 100)).await,
            "no account holder of fund NX has `7`"
        );

        there.close_day(april(20)).await.unwrap();
        assert_eq!(takes(&cash("CT", &ct(2), 100)).await.receipt.accounting_day, april(21));
        town.proved().await;
    }

    /// W18: a key is used once, by whichever server and however often it is tried.
    async fn a_key_that_another_server_used_is_used(url: &str) {
        let town = counter(url).await;
        let there = town.elsewhere(7).await;
        town.books.take_receipt(&cash("CT", &ct(1), 1)).await.unwrap();
        there.take_receipt(&cash("CT", &ct(1), 2)).await.unwrap();
        let first = there.take_receipt(&keyed(cash("CT", &ct(1), 500), "form 1")).await.unwrap();
        let again = town.books.take_receipt(&keyed(cash("CT", &ct(1), 500), "form 1")).await.unwrap();
        assert_eq!((first.before, again.before, &again.receipt), (false, true, &first.receipt));
        assert_eq!(
            why(&town.books, &keyed(cash("CT", &ct(1), 501), "form 1")).await,
            "`form 1` was used before for something else"
        );
        assert_eq!((town.at("fund:CT").await, count(url, "receipt")), (-503, 3));
        town.proved().await;
    }

    /// A day's certificate has every receipt that counts in it, however many
    /// servers take money while it is closed.
    async fn a_day_closed_meanwhile_gets_nothing_more(url: &str) {
        let town = counter(url).await;
        let there = town.elsewhere(9).await;
        let (taken, closed) = (Arc::new(AtomicI64::new(0)), Arc::new(AtomicBool::new(false)));
        let (so_far, is_closed) = (Arc::clone(&taken), Arc::clone(&closed));
        let closing = tokio::spawn(async move {
            while so_far.load(SeqCst) < 40 {
                tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            }
            let certificate = there.close_day(april(20)).await.unwrap();
            is_closed.store(true, SeqCst);
            certificate
        });
        let servers = at_once(&town, |books: Books| {
            let (taken, closed) = (Arc::clone(&taken), Arc::clone(&closed));
            async move {
                let mut more = 10;
                while more > 0 {
                    books.take_receipt(&cash("CT", &ct(1), 100)).await.unwrap();
                    taken.fetch_add(1, SeqCst);
                    more -= u32::from(closed.load(SeqCst));
                }
            }
        });
        servers.await;
        let (certificate, taken) = (closing.await.unwrap(), taken.load(SeqCst));
        let counted = count(url, "receipt WHERE accounting_day = '2026-04-20'");
        assert_eq!((certificate.receipts, count(url, "receipt")), (counted, taken));
        assert!(counted < taken, "some were taken after it was closed");
        town.proved().await;
    }
}
