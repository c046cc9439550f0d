//! A payment is started, paid, and learned of, whichever way it is.

use chrono::TimeDelta;
use ims_app::{AppError, FindPayments, PaymentHeard, PaymentNews, Word};
use ims_gateway::{AskFor, GatewayError, Polled};
use ims_pay::{Delivery, NextStep, NotVerified, ProviderError, Said, Saying};
use ims_testkit::{govuk_pay::Weather, on_both};

use super::town::{GOOD, Town, basket};

on_both! {
    async fn a_payer_who_comes_back_has_a_receipt(url: &str) {
        let town = Town::of(url).await;
        let paying = town.paid("k", 12_050).await;
        let id = paying.view.payment.id;
        assert_eq!(paying.view.payment.status, "started");
        // As often as the page is loaded again, it is one receipt.
        let view = town.gateways.look(&town.books, id).await.unwrap();
        assert_eq!(view.payment.status, "captured");
        let receipt = view.receipt.unwrap();
        let again = town.gateways.look(&town.books, id).await.unwrap();
        assert_eq!(again.receipt, Some(receipt));
        assert_eq!((town.taken().await, town.stub.books().total()), (12_050, 12_050));
        // The same key is the same payment, and there is nothing left to do.
        let again = town.pay("k", 12_050).await;
        assert_eq!((again.view.payment.id, again.next), (id, None));
        town.proved().await;
    }

    async fn a_payer_who_never_comes_back_is_told_of_or_looked_for(url: &str) {
        let town = Town::of(url).await;
        town.paid("noticed", 700).await;
        for delivery in town.stub.notices() {
            let noticed = town.gateways.notice(&town.books, "pay", &delivery).await.unwrap();
            assert_eq!((noticed.ours, noticed.exceptions, noticed.thanks.status), (1, 0, 200));
            // Sent again.
            town.gateways.notice(&town.books, "pay", &delivery).await.unwrap();
        }
        assert_eq!(town.taken().await, 700);
        town.paid("polled", 900).await;
        town.paid("left", 1).await;
        let nothing = Polled { failed: failures(), ..Polled::default() };
        assert_eq!(town.gateways.poll(&town.books).await.unwrap(), nothing);
        town.forward(TimeDelta::minutes(2));
        let polled = town.gateways.poll(&town.books).await.unwrap();
        assert_eq!((polled.asked, polled.moved, polled.exceptions), (2, 2, 0));
        assert_eq!(town.taken().await, 1_601);
        assert_eq!(town.gateways.poll(&town.books).await.unwrap(), nothing);
        town.proved().await;
    }

    /// Anybody can send something; only what is signed is read.
    async fn a_forged_notice_says_nothing(url: &str) {
        let town = Town::of(url).await;
        town.paid("k", 700).await;
        let mut last = town.stub.notices().pop().unwrap();
        last.body.0.push(b' ');
        let forged = town.gateways.notice(&town.books, "pay", &last).await.unwrap_err();
        assert!(matches!(forged, GatewayError::NotVerified(NotVerified::Forged)), "{forged:?}");
        let bare = Delivery::new(&[], last.body.0.clone());
        let bare = town.gateways.notice(&town.books, "pay", &bare).await.unwrap_err();
        assert!(matches!(bare, GatewayError::NotVerified(NotVerified::Unsigned)), "{bare:?}");
        assert_eq!(town.taken().await, 0);
    }

    /// The provider did it and did not say so: asked again, it is there once.
    async fn an_answer_that_was_lost_is_asked_for_again(url: &str) {
        let town = Town::of(url).await;
        town.stub.books().set_weather(Weather { silent: 1, ..Weather::default() });
        let paying = town.pay("k", 700).await;
        assert_eq!((paying.view.payment.status.as_str(), paying.next), ("unknown", None));
        town.stub.books().set_weather(Weather::default());
        // Nobody tries again: the search finds it.
        town.forward(TimeDelta::minutes(2));
        town.gateways.poll(&town.books).await.unwrap();
        let again = town.pay("k", 700).await;
        assert_eq!((again.view.payment.id, again.view.before), (paying.view.payment.id, true));
        assert!(matches!(again.next, Some(NextStep::Redirect { .. })));
        assert_eq!(town.stub.books().payments().len(), 1);
        assert_eq!(again.view.payment.status, "started");
    }

    async fn a_provider_that_is_busy_or_away_is_asked_again(url: &str) {
        let town = Town::of(url).await;
        town.stub.books().set_weather(Weather { busy: 2, ..Weather::default() });
        for nth in 0..4 {
            town.paid(&format!("k{nth}"), 100).await;
        }
        town.stub.books().set_weather(Weather { down: 1, ..Weather::default() });
        town.forward(TimeDelta::minutes(2));
        let polled = town.gateways.poll(&town.books).await.unwrap();
        let away = "the provider cannot answer now (HTTP status 503); ask again later";
        assert_eq!((polled.asked, polled.failed[0].1.as_str()), (0, away));
        town.stub.books().set_weather(Weather::default());
        town.forward(TimeDelta::minutes(2));
        town.gateways.poll(&town.books).await.unwrap();
        assert_eq!((town.taken().await, town.stub.books().payments().len()), (400, 4));
    }

    /// That the provider knows of no such payment is an answer.
    async fn payments_that_the_provider_never_had_starve_nobody(url: &str) {
        let town = Town::of(url).await;
        for nth in 0..4 {
            let view = town.books.start_payment(&basket(&format!("k{nth}"), 100)).await.unwrap();
            let news = PaymentNews {
                provider: "pay".to_owned(),
                channel: "card".to_owned(),
                payment: Some(view.payment.id),
                id: None,
                word: Word::Silent,
            };
            town.books.record_payment(&news).await.unwrap();
        }
        town.paid("paid", 200).await;
        town.forward(TimeDelta::minutes(2));
        let polled = town.gateways.poll(&town.books).await.unwrap();
        assert_eq!((polled.asked, polled.failed), (5, failures()));
        assert_eq!(town.taken().await, 200);
    }

    async fn a_payment_is_called_off_unless_it_was_paid(url: &str) {
        let town = Town::of(url).await;
        let left = town.pay("left", 100).await.view.payment.id;
        let view = town.gateways.cancel(&town.books, left).await.unwrap();
        assert_eq!(view.payment.status, "cancelled");
        let over = town.gateways.cancel(&town.books, left).await.unwrap_err();
        assert!(matches!(&over, GatewayError::App(AppError::Refused(_))), "{over:?}");
        // It was paid a moment before.
        let paid = town.paid("paid", 200).await.view.payment.id;
        let view = town.gateways.cancel(&town.books, paid).await.unwrap();
        assert_eq!((view.payment.status.as_str(), town.taken().await), ("captured", 200));
        town.proved().await;
    }

    /// The provider was away and never heard of it, or did it and did not say so.
    async fn a_payment_that_was_not_named_is_called_off_too(url: &str) {
        let town = Town::of(url).await;
        town.stub.books().set_weather(Weather { down: 1, ..Weather::default() });
        let unheard = town.pay("unheard", 100).await;
        assert_eq!((unheard.view.payment.status.as_str(), unheard.next), ("unknown", None));
        let id = unheard.view.payment.id;
        // Away still, nobody knows: it may be there.
        town.gateways.cancel(&town.books, id).await.unwrap_err();
        assert_eq!(town.books.payment(id).await.unwrap().payment.status, "unknown");
        town.stub.books().set_weather(Weather::default());
        let view = town.gateways.cancel(&town.books, id).await.unwrap();
        assert_eq!((view.payment.status.as_str(), town.stub.books().payments().len()), ("cancelled", 0));
        town.stub.books().set_weather(Weather { silent: 1, ..Weather::default() });
        let lost = town.pay("lost", 200).await.view.payment.id;
        town.stub.books().set_weather(Weather::default());
        let view = town.gateways.cancel(&town.books, lost).await.unwrap();
        assert_eq!(view.payment.status, "cancelled");
        assert_eq!(town.stub.books().payments()[0].status, "cancelled");
        town.proved().await;
    }

    /// One tab asked, and the answer is late; another calls the payment off before
    /// the provider's search knows of it.
    async fn a_late_answer_sends_nobody_to_what_was_called_off(url: &str) {
        let town = Town::of(url).await;
        town.stub.books().set_weather(Weather { silent: 1, ..Weather::default() });
        let id = town.pay("k", 700).await.view.payment.id;
        town.stub.books().set_weather(Weather { search_lags: 1, ..Weather::default() });
        let row = town.gateways.cancel(&town.books, id).await.unwrap().payment;
        assert_eq!((row.status.as_str(), row.provider_ref), ("cancelled", None));
        let name = town.stub.books().payments()[0].payment_id.clone();
        let next = Some(NextStep::redirect("https://pay.example/card"));
        let said = Said::new(&name, Saying::Accepted { next })
            .about(row.reference)
            .for_amount(row.amount, "GBP");
        let news = PaymentNews {
            provider: "pay".to_owned(),
            channel: "card".to_owned(),
            payment: Some(id),
            id: None,
            word: Word::Said(Box::new(said)),
        };
        for _ in 0..2 {
            let heard = town.books.record_payment(&news).await.unwrap();
            let PaymentHeard::Of(heeded) = heard else { panic!("{heard:?}") };
            assert_eq!(heeded.next, None);
            let row = heeded.view.payment;
            assert_eq!((row.status.as_str(), row.provider_ref.as_deref()), ("cancelled", Some(&*name)));
        }
        // Paid all the same, and nobody told us: the payer comes back, and it is asked for.
        town.stub.pay(&name, GOOD);
        let view = town.gateways.look(&town.books, id).await.unwrap();
        assert_eq!((view.payment.status.as_str(), town.taken().await), ("captured", 700));
        town.proved().await;
    }

    /// A service that is set up so. Whoever called a payment off must not be charged by the
    /// next look, so nothing of ours takes what is held.
    async fn money_that_is_held_is_not_taken(url: &str) {
        let town = Town::of(url).await;
        let view = town.pay("k", 700).await.view;
        let name = view.payment.provider_ref.unwrap();
        town.stub.books().hold(&name);
        town.stub.pay(&name, GOOD);
        assert_eq!(town.stub.books().payments()[0].status, "capturable");
        let view = town.gateways.look(&town.books, view.payment.id).await.unwrap();
        assert_eq!((view.payment.status.as_str(), town.taken().await), ("authorised", 0));
        let view = town.gateways.cancel(&town.books, view.payment.id).await.unwrap();
        assert_eq!((view.payment.status.as_str(), town.taken().await), ("cancelled", 0));
        assert_eq!(town.stub.books().payments()[0].status, "cancelled");
        town.proved().await;
    }

    /// What is more than the provider takes is told so, and nothing is kept.
    async fn what_the_provider_cannot_take_is_not_started(url: &str) {
        let town = Town::of(url).await;
        let ask = AskFor::new("Council tax", "https://pay.mill.example/back");
        let much = basket("much", 10_000_001);
        let why = town.gateways.pay(&town.books, &much, &ask).await.unwrap_err().to_string();
        assert!(why.contains("it takes at most 100000.00"), "{why}");
        let all = FindPayments {
            from: chrono::DateTime::UNIX_EPOCH,
            to: town.books.app().world().now() + TimeDelta::days(1),
            provider: String::new(),
            status: String::new(),
        };
        assert_eq!(town.books.payments(&all, None, 9).await.unwrap(), []);
    }

    /// What cannot be asked for leaves nothing that looks as if it might be paid.
    async fn an_account_that_is_set_up_wrongly_takes_nothing(url: &str) {
        let town = Town::of(url).await;
        let ask = AskFor::new("Council tax", "https://pay.mill.example/back");
        let through = async |provider: &str, fund: &str| {
            let mut new = basket(provider, 100);
            new.provider = provider.to_owned();
            new.lines[0].fund = fund.to_owned();
            town.gateways.pay(&town.books, &new, &ask).await.unwrap_err()
        };
        for (provider, fund, says) in [
            ("none", "CT", "provider none: is not in the council's configuration"),
            ("unset", "CT", "provider unset: the value of its secret `nobody-knows` is not set"),
            ("wrong", "PK", "provider wrong: takes no new payments by 10 for fund PK"),
        ] {
            assert_eq!(through(provider, fund).await.to_string(), says);
        }
        town.forward(TimeDelta::minutes(2));
        assert_eq!(town.gateways.poll(&town.books).await.unwrap().asked, 0);
        // Turned down by the provider: it is over, and nobody asks about it again.
        let refused = through("wrong", "CT").await;
        let is_401 = matches!(
            &refused,
            GatewayError::Provider(ProviderError::Rejected { status: 401, .. })
        );
        assert!(is_401, "{refused:?}");
        town.forward(TimeDelta::minutes(2));
        let polled = town.gateways.poll(&town.books).await.unwrap();
        assert_eq!((polled.asked, polled.failed), (0, failures()));
        assert_eq!(town.gateways.faults(&town.books.settings().await.unwrap().council).len(), 1);
    }
}

/// Of the account whose secret nobody set.
fn failures() -> Vec<(String, String)> {
    let why = "provider unset: the value of its secret `nobody-knows` is not set";
    vec![("unset".to_owned(), why.to_owned())]
}
