//! Baskets of residents: checked as the council offers it, the same in every
//! tab, and forgotten.

use chrono::TimeDelta;
use ims_app::{
    Actor, BasketLine, Books, FindEvents, HolderPatch, JobKind, MoneyReceived, NotBrought, Payer,
    Permission, Unpayable, Word,
};
use ims_ledger::BadReference;
use ims_money::Pence;
use ims_pay::{Said, Saying};
use ims_testkit::on_both;

use super::{
    payments::{basket as payment, told, took},
    raw::{count, sql},
    town::{Town, april, ct, settings},
};

/// What the town's residents can pay.
pub(super) const PORTAL: &str = r#"
[[provider]]
name = "sandbox"
kind = "sandbox"
methods = ["CARD"]
[[stop]]
code = "C"
message = "Please telephone 01632 960001"
[portal]
open = true
method = "CARD"
[[portal.item]]
fund = "CT"
label = { en = "Council tax", cy = "Treth gyngor" }
reference = { en = "Account number" }
show_balance = true
[[portal.item]]
fund = "LE"
label = { en = "Leisure" }
reference = { en = "Membership number" }
min_pence = 100
max_pence = 5000
"#;

/// A town with a portal, and its books as residents have them.
async fn open(url: &str) -> (Town, Books) {
    let town = Town::of(url).await;
    let document = settings("MILL")
        .replace("[[fund]]\ncode = \"PK\"", "[[fund]]\naddress_required = true\ncode = \"PK\"");
    let document = format!(
        "{document}\n{PORTAL}[[portal.item]]\nfund = \"PK\"\nlabel = {{ en = \"Parking\" }}\nreference = {{ en = \"Number\" }}\n"
    );
    town.books.configure(&document, april(1)).await.unwrap();
    let portal = Actor::holding("portal", &[Permission::TakeCard]);
    let residents = town.app.books(Some("MILL"), portal).await.unwrap();
    (town, residents)
}

pub(super) fn line(fund: &str, reference: &str, pence: i64) -> BasketLine {
    let (fund, reference) = (fund.to_owned(), reference.to_owned());
    BasketLine { fund, reference, amount: Pence::new(pence) }
}

on_both! {
    async fn a_basket_is_the_same_in_every_tab_until_it_is_forgotten(url: &str) {
        let (town, residents) = open(url).await;
        let tax = line("CT", &ct(1), 500);
        residents.add_to_basket("ann", &tax).await.unwrap().unwrap();
        let view = residents.add_to_basket("ann", &line("LE", "lm000001", 250)).await.unwrap().unwrap();
        assert_eq!((view.lines.len(), view.total.get()), (2, 750));
        assert_eq!(view.lines[1].reference, "LM000001", "as its fund writes it");
        // Twice the same button is one line; another amount is asked about.
        assert_eq!(residents.add_to_basket("ann", &tax).await.unwrap().unwrap(), view);
        let more = residents.add_to_basket("ann", &line("CT", &ct(1), 501)).await.unwrap();
        assert_eq!(more, Err(Unpayable::Twice));
        assert_eq!(residents.basket("ann").await.unwrap(), view);
        assert_eq!(residents.basket("bob").await.unwrap().lines, []);

        let left = residents.remove_from_basket("ann", "CT", &ct(1)).await.unwrap();
        assert_eq!((left.lines.len(), left.content > view.content), (1, true));
        assert_eq!(residents.remove_from_basket("bob", "CT", &ct(1)).await.unwrap().lines, []);
        assert_eq!(count(url, "basket"), 1);
        town.clock.forward(TimeDelta::hours(5));
        assert_eq!(residents.basket("ann").await.unwrap().lines, []);
        residents.add_to_basket("bob", &tax).await.unwrap().unwrap();
        assert_eq!(count(url, "basket"), 1, "what has ended is gone");
        town.proved().await;
    }

    /// Who they are is kept while a payment may turn out paid, and then with its
    /// receipt alone.
    async fn who_never_paid_is_forgotten(url: &str) {
        let (town, residents) = open(url).await;
        let payer = Payer {
            name: "Ann Nobody".to_owned(),
            line1: "1 High Street".to_owned(),
            line2: String::new(),
            town: "Millborough".to_owned(),
            postcode: "ZZ1 1ZZ".to_owned(),
        };
        let named = || {
            let of = |table: &str, column: &str| {
                let like = format!("SELECT COUNT(*) FROM {table} WHERE {column} LIKE '%Ann Nobody%'");
                sql(url, &like).parse::<i64>().unwrap()
            };
            (of("detail", "words"), of("basket", "document"))
        };
        let started = async |token: &str| {
            residents.add_to_basket(token, &line("PK", "PN000001", 100)).await.unwrap().unwrap();
            let view = residents.set_basket_payer(token, &payer).await.unwrap();
            let new = residents.bring_basket(token, view.content).await.unwrap().unwrap();
            residents.start_payment(&new).await.unwrap()
        };
        let night = async || {
            let job = JobKind::SweepPayments { day: town.app.world().today() };
            town.books.add_job(&job, town.app.world().now()).await.unwrap();
            town.app.run_jobs_once("night").await.unwrap();
        };
        let gone = started("ann").await;
        let said = Said::new("p-1", Saying::Cancelled).about(gone.payment.reference.clone());
        town.books.record_payment(&told(Word::Said(Box::new(said)))).await.unwrap();
        assert_eq!(named(), (1, 1));
        town.clock.forward(TimeDelta::days(1));
        night().await;
        assert_eq!(named(), (1, 0), "it may turn out to be paid all the same");
        town.clock.forward(TimeDelta::days(7));
        night().await;
        assert_eq!(named(), (0, 0));
        let find = FindEvents { deed: Some("forget payers".to_owned()), ..FindEvents::default() };
        let events = town.books.find_events(&find, None, 9).await.unwrap();
        assert_eq!(events.len(), 1, "a night that forgets nobody leaves none");
        assert!(events[0].data.contains("\"payers\":1"), "{}", events[0].data);

        let paid = started("bob").await;
        assert_eq!(named(), (1, 1));
        took(&town, &paid).await;
        assert_eq!(named(), (1, 1), "of the receipt, no longer of the payment");
        let kept = "SELECT COUNT(*) FROM detail WHERE words LIKE '%\"Ann Nobody\"%'";
        assert_eq!(sql(url, kept), "0");
        town.proved().await;
    }

    async fn tabs_that_add_at_once_lose_nothing(url: &str) {
        let (town, residents) = open(url).await;
        let lines: Vec<_> = (1..=4).map(|n| line("CT", &ct(n), 100)).collect();
        let (a, b, c, d) = tokio::join!(
            residents.add_to_basket("ann", &lines[0]),
            residents.add_to_basket("ann", &lines[1]),
            residents.add_to_basket("ann", &lines[2]),
            residents.add_to_basket("ann", &lines[3]),
        );
        for done in [a, b, c, d] {
            done.unwrap().unwrap();
        }
        assert_eq!(residents.basket("ann").await.unwrap().lines.len(), 4);
        town.proved().await;
    }

    async fn what_cannot_be_paid_is_said(url: &str) {
        let (town, residents) = open(url).await;
        town.books.stop_holder(("CT", &ct(2)), "C", "asked").await.unwrap();
        let stop = "Please telephone 01632 960001".to_owned();
        for (asked, why) in [
            (line("XX", "1", 100), Unpayable::NotOffered),
            (line("CT", &ct(2), 100), Unpayable::OnStop(stop)),
            (line("CT", "700000999", 100), Unpayable::NoHolder),
            (line("LE", "LM000001", 99), Unpayable::TooLittle(Pence::new(100))),
            (line("LE", "LM000001", 5001), Unpayable::TooMuch(Pence::new(5000))),
            (line("PK", "PN000001", 50_001), Unpayable::TooMuch(Pence::new(50_000))),
            (line("PK", "PN000001", 0), Unpayable::TooLittle(Pence::new(1))),
        ] {
            let said = residents.add_to_basket("ann", &asked).await.unwrap();
            // The reference nobody has may fail its check digit first.
            let is_right = said == Err(why.clone())
                || why == Unpayable::NoHolder
                    && matches!(said, Err(Unpayable::Reference(BadReference::CheckDigit(_))));
            assert!(is_right, "{asked:?}: {said:?}");
        }
        let said = residents.add_to_basket("ann", &line("LE", "LM1", 100)).await.unwrap();
        assert!(matches!(said, Err(Unpayable::Reference(_))), "{said:?}");
        for n in 1..=10 {
            let one = line("LE", &format!("LM00000{}", n % 10), 100);
            residents.add_to_basket("ann", &one).await.unwrap().unwrap();
        }
        let said = residents.add_to_basket("ann", &line("LE", "LM000099", 100)).await.unwrap();
        assert_eq!(said, Err(Unpayable::Full(10)));
        town.books.configure(&settings("MILL"), april(1)).await.unwrap();
        let closed = residents.add_to_basket("bob", &line("CT", &ct(1), 1)).await.unwrap();
        assert_eq!(closed, Err(Unpayable::NotOffered), "closed");
        town.proved().await;
    }

    async fn a_balance_is_shown_only_where_the_council_lets_it(url: &str) {
        let (town, residents) = open(url).await;
        let owed = residents.payable_account("CT", &ct(1)).await.unwrap().unwrap();
        assert_eq!(owed.balance, Some(Pence::new(10_000)));
        let patch = HolderPatch {
            fund: "LE".to_owned(),
            reference: "LM000001".to_owned(),
            name: Some("Holder".to_owned()),
            balance: Some(Pence::new(700)),
            reason: "new".to_owned(),
            ..HolderPatch::default()
        };
        town.books.put_holder(&patch).await.unwrap();
        let hidden = residents.payable_account("LE", "LM000001").await.unwrap().unwrap();
        assert_eq!(hidden.balance, None);
        town.proved().await;
    }

    async fn who_pays_is_asked_where_a_fund_needs_it(url: &str) {
        let (town, residents) = open(url).await;
        let view = residents.add_to_basket("ann", &line("CT", &ct(1), 100)).await.unwrap().unwrap();
        assert!(!view.asks_payer);
        let view = residents.add_to_basket("ann", &line("PK", "PN000001", 100)).await.unwrap().unwrap();
        assert!(view.asks_payer && view.needs_payer);
        let part = Payer { name: "Ann Other".to_owned(), ..Payer::default() };
        assert!(residents.set_basket_payer("ann", &part).await.unwrap().needs_payer);
        let whole = Payer {
            line1: "1 Mill Lane".to_owned(),
            town: "Milltown".to_owned(),
            postcode: "ZZ1 1ZZ".to_owned(),
            ..part
        };
        let view = residents.set_basket_payer("ann", &whole).await.unwrap();
        assert!(!view.needs_payer && view.payer == Some(whole.clone()));
        let bad = Payer { town: "1234".to_owned(), ..whole };
        assert!(residents.set_basket_payer("ann", &bad).await.is_err());
        town.proved().await;
    }

    async fn a_basket_is_brought_to_one_payment_until_that_ends(url: &str) {
        let (town, residents) = open(url).await;
        let said = |status| ims_app::Word::Said(Box::new(status));
        let view = residents.add_to_basket("ann", &line("CT", &ct(1), 500)).await.unwrap().unwrap();
        let (one, two) = tokio::join!(
            residents.bring_basket("ann", view.content),
            residents.bring_basket("ann", view.content),
        );
        let (one, two) = (one.unwrap().unwrap(), two.unwrap().unwrap());
        assert_eq!(one, two, "both tabs");
        assert_eq!(residents.bring_basket("ann", 0).await.unwrap(), Err(NotBrought::Changed));
        let started = residents.start_payment(&one).await.unwrap();
        assert!(residents.start_payment(&two).await.unwrap().before);
        let more = residents.add_to_basket("ann", &line("LE", "LM000001", 250)).await.unwrap().unwrap();
        assert_eq!(more.under_way.as_ref().map(|it| it.id), Some(started.payment.id));
        let open = residents.bring_basket("ann", more.content).await.unwrap();
        assert_eq!(open, Err(NotBrought::UnderWay(started.payment.id)));

        // It ends without money: the next is another payment.
        let ended = ims_pay::Said::new("p-1", ims_pay::Saying::Cancelled)
            .about(started.payment.reference.clone())
            .for_amount(Pence::new(500), "GBP");
        town.books.record_payment(&super::payments::told(said(ended))).await.unwrap();
        let next = residents.bring_basket("ann", more.content).await.unwrap().unwrap();
        assert_ne!(next.key, one.key);
        let started = residents.start_payment(&next).await.unwrap();
        super::payments::took(&town, &started).await;
        assert_eq!(residents.basket("ann").await.unwrap().lines, [], "what is paid is out of it");
        let gone = residents.bring_basket("ann", more.content).await.unwrap();
        assert_eq!(gone, Err(NotBrought::Changed));
        let theirs = residents.brought_back("ann", &started.payment.reference).await.unwrap().unwrap();
        let others = residents.brought_back("bob", &started.payment.reference).await.unwrap().unwrap();
        assert!(theirs.is_theirs && !others.is_theirs);
        town.proved().await;
    }

    async fn who_holds_a_number_is_told_whether_the_money_came(url: &str) {
        let (town, residents) = open(url).await;
        let view = town.books.start_payment(&payment(&[("CT", &ct(1), 500)])).await.unwrap();
        let asked = async |number: &str| residents.money_received(number).await.unwrap();
        assert_eq!(asked(&view.payment.reference).await, MoneyReceived::UnderWay);
        let said = view.payment.reference.to_lowercase().replace('-', " ");
        assert_eq!(asked(&said).await, MoneyReceived::UnderWay, "as it is read out");
        super::payments::took(&town, &view).await;
        assert_eq!(asked(&said).await, MoneyReceived::On(april(20)));
        let number = town.books.payment(view.payment.id).await.unwrap().receipt.unwrap();
        assert_eq!(asked(&number).await, MoneyReceived::On(april(20)));
        for unknown in ["", "1", "0000-0000-0000-0", &number[1..]] {
            assert_eq!(asked(unknown).await, MoneyReceived::Unknown, "{unknown}");
        }
        town.proved().await;
    }
}
